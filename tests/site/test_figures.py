"""The figures: one SVG for light and dark, read without color, in the language and the font of the page, with numbers that hold."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import material
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dlref.site.book import Book, directives

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"
LANGUAGES = ("ja", "en")
SLUGS = [path.stem.replace("_", "-") for path in sorted(FIGURES.glob("*.py")) if path.stem != "style"]
COLUMN = 358  # px that a figure gets on a page of 390 px
NAMESPACE = "{http://www.w3.org/2000/svg}"
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


@cache
def script(slug: str) -> ModuleType:
    """The module ``docs/figures/<slug>.py``, loaded as the site loads it."""
    path = FIGURES / f"{slug.replace('-', '_')}.py"
    spec = importlib.util.spec_from_file_location(f"figure_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(FIGURES))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FIGURES))
    return module


style = script("style")


@cache
def drawn(slug: str, language: str) -> str:
    svg = script(slug).draw(language)
    assert isinstance(svg, str)
    return svg


@cache
def tree(slug: str, language: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn(slug, language))


def links(slug: str, language: str) -> list[tuple[str, str, str]]:
    """Parts of the picture that stand for formulas."""
    found = script(slug)
    return found.links(language) if hasattr(found, "links") else []


def texts(slug: str, language: str) -> list[str]:
    return ["".join(element.itertext()) for element in tree(slug, language).iter(f"{NAMESPACE}text")]


def declarations(element: ElementTree.Element) -> dict[str, str]:
    """The properties of a style attribute."""
    return dict(re.findall(r"([\w-]+):\s*([^;]+)", element.get("style", "")))


# ---- What there is ----


def test_every_figure_that_a_page_shows_has_a_script_and_every_script_is_a_figure_of_the_book() -> None:
    pages = [path for language in LANGUAGES for path in (ROOT / "docs" / language).rglob("*.md")]
    shown = {d.argument for path in pages for d in directives(path) if d.name == "figure"}
    assert shown
    assert shown <= set(SLUGS) <= set(Book.read(ROOT).figures)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_picture_is_the_same_but_for_the_words_in_both_languages(slug: str) -> None:
    def shapes(language: str) -> list[tuple[str, dict[str, str]]]:
        return [(e.tag, e.attrib) for e in tree(slug, language).iter() if e.tag not in (f"{NAMESPACE}text", f"{NAMESPACE}tspan")]

    assert shapes("ja") == shapes("en")
    assert len(texts(slug, "ja")) == len(texts(slug, "en"))


# ---- An element that can stand in a page ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
class TestElement:
    def test_it_is_one_svg_element_that_takes_the_width_it_gets(self, slug: str, language: str) -> None:
        root = tree(slug, language)  # well-formed, or this fails
        assert drawn(slug, language).startswith("<svg ")
        assert root.tag == f"{NAMESPACE}svg"
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        assert (left, top, width) == (0, 0, style.WIDTH)
        assert height > 100
        assert not {"width", "height"} & set(root.attrib)

    def test_it_is_hidden_from_screen_readers_which_get_the_description(self, slug: str, language: str) -> None:
        assert tree(slug, language).get("aria-hidden") == "true"

    def test_it_has_nothing_that_would_act_on_the_page_or_on_the_network(self, slug: str, language: str) -> None:
        allowed = {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect"}
        assert {element.tag.removeprefix(NAMESPACE) for element in tree(slug, language).iter()} <= allowed
        addresses = set(re.findall(r"https?://[^\"' ]+", drawn(slug, language)))
        assert addresses == {"http://www.w3.org/2000/svg"}
        assert "\n\n" not in drawn(slug, language)

    def test_drawing_it_again_gives_the_same(self, slug: str, language: str) -> None:
        assert script(slug).draw(language) == drawn(slug, language)
        assert script(slug).describe(language) == script(slug).describe(language)

    def test_its_ids_are_its_own_and_are_found(self, slug: str, language: str) -> None:
        ids = [element.attrib["id"] for element in tree(slug, language).iter() if "id" in element.attrib]
        assert len(ids) == len(set(ids))
        assert all(id_.startswith(f"{slug}-") for id_ in ids)
        used = re.findall(r'(?:url\(|href=")#([^)"]+)', drawn(slug, language))
        linked = [f"{slug}-{part}" for part, _, _ in links(slug, language)]
        assert set(used) | set(linked) <= set(ids)
        named = [element.attrib["id"] for element in tree(slug, language).iter() if element.get("id") == f"{slug}-{element.get('data-part')}"]
        assert set(ids) <= set(used) | set(named)

    def test_its_colors_are_variables_of_the_palette(self, slug: str, language: str) -> None:
        names = {f"var(--dl-fig-{name})" for name in style.PALETTE}
        painted = [element for element in tree(slug, language).iter() if element.tag.removeprefix(NAMESPACE) in ("path", "use", "text")]
        for element in painted:
            assert not {"fill", "stroke", "color", "opacity"} & set(element.attrib)
            for key, value in declarations(element).items():
                assert key not in ("fill", "stroke") or value in {"none", *names}
        # Black is what SVG paints where nothing is said.
        hidden = {part for parent in tree(slug, language).iter(f"{NAMESPACE}defs") for part in parent.iter()}
        for element in painted:
            paint = declarations(element)
            assert element in hidden or "fill" in paint or paint.get("fill-opacity") == "0", ElementTree.tostring(element)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl|currentcolor|black|white", re.sub(r'd="[^"]*"', "", drawn(slug, language)))

    def test_its_words_are_of_its_language(self, slug: str, language: str) -> None:
        assert bool(JAPANESE.search("".join(texts(slug, language)))) == (language == "ja")
        assert bool(JAPANESE.search(script(slug).describe(language))) == (language == "ja")
        assert not re.search(r"[@${}]", "".join(texts(slug, language))), "a token or markup is left"

    def test_its_letters_are_legible_on_a_telephone(self, slug: str, language: str) -> None:
        for element in tree(slug, language).iter(f"{NAMESPACE}text"):
            for part in (element, *element):
                size = float(part.get("font-size", element.attrib["font-size"]))
                assert size * COLUMN / style.WIDTH >= 11, "".join(element.itertext())


def test_ids_of_different_figures_differ() -> None:
    ids = [re.findall(r' id="([^"]+)"', drawn(slug, "ja")) for slug in SLUGS]
    assert len({id_ for found in ids for id_ in found}) == sum(map(len, ids))


def test_another_process_draws_the_same() -> None:
    code = (
        "import hashlib, importlib, sys\n"
        f"for slug in {SLUGS}:\n"
        "    module = importlib.import_module(slug.replace('-', '_'))\n"
        f"    for language in {LANGUAGES}:\n"
        "        print(hashlib.sha256(module.draw(language).encode()).hexdigest())\n"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join([str(ROOT), str(FIGURES)])}
    done = subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [hashlib.sha256(drawn(slug, language).encode()).hexdigest() for slug in SLUGS for language in LANGUAGES]


# ---- Read without color ----


def signatures(root: ElementTree.Element) -> dict[str, set[tuple[str, str]]]:
    """For each color of a series: how its lines are dashed and how its markers are shaped; dots on a line are a part of it."""
    shapes = {element.get("id"): element.get("d", "") for element in root.iter() if "id" in element.attrib}
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for part in (element for element in root.iter() if "data-part" in element.attrib):
        dash, marker, color = "", "", ""
        for element in part.iter():
            paint = declarations(element)
            if paint.get("stroke-linecap") == "round":
                continue
            if part.get("transform") and (match := re.search(r"--dl-fig-(\d)", paint.get("stroke", ""))):
                marker, color = element.attrib["d"], match[1]
            elif element.tag == f"{NAMESPACE}path" and (match := re.search(r"--dl-fig-(\d)", paint.get("stroke", ""))) and not element.get("id"):
                dash, color = paint.get("stroke-dasharray", "solid"), match[1]
            if element.tag == f"{NAMESPACE}use" and (match := re.search(r"--dl-fig-(\d)", paint.get("stroke", ""))):
                marker, color = shapes[element.attrib["href"][1:]], match[1]
        if color:
            found[color].add((dash, marker))
    return found


def clashes(root: ElementTree.Element) -> list[tuple[str, str]]:
    """Pairs of series that only their color tells apart."""
    found = signatures(root)
    return [(a, b) for a in found for b in found if a < b and found[a] & found[b]]


@pytest.mark.parametrize("slug", SLUGS)
def test_series_are_told_apart_without_color(slug: str) -> None:
    assert clashes(tree(slug, "ja")) == []


def test_most_figures_have_series_to_tell_apart() -> None:
    assert {"classification-losses", "optimizer-paths", "backpropagation"} <= {slug for slug in SLUGS if len(signatures(tree(slug, "ja"))) >= 2}


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if links(slug, "en")])
def test_parts_stand_for_formulas_of_the_book_and_are_named_in_the_language(slug: str) -> None:
    formulas = Book.read(ROOT).formulas
    for language in LANGUAGES:
        assert [(part, formula) for part, formula, _ in links(slug, language)] == [(part, formula) for part, formula, _ in links(slug, "en")]
        for _, formula, words in links(slug, language):
            assert formula in formulas
            assert bool(JAPANESE.search(words)) <= (language == "ja") and words


def test_series_that_only_color_tells_apart_are_found() -> None:
    picture = style.Picture("x", 200, (20, 20, 20, 20))
    picture.series("1", "a", [0, 1], [0, 1])
    picture.series("2", "b", [0, 1], [1, 0], linestyle="-")
    assert clashes(ElementTree.fromstring(picture.svg())) == [("1", "2")]


# ---- What style.py promises ----


def test_a_color_outside_the_palette_is_refused() -> None:
    picture = style.Picture("x", 200, (20, 20, 20, 20))
    picture.axes.plot([0, 1], [0, 1], color="red")
    with pytest.raises(ValueError, match="#ff0000 is not in the palette"):
        picture.svg()


@pytest.mark.parametrize(
    ("label", "pieces"),
    [
        ("margin", [("margin", "", 0)]),
        ("残差 $r$", [("残差 ", "", 0), ("r", "math", 0)]),
        ("$x_1$ and", [("x", "math", 0), ("1", "sign", 3), (" and", "", -3)]),
        ("$e^{−m}$", [("e", "math", 0), ("−", "sign", -5), ("m", "math", 0)]),
        ("$exp(m)$", [("exp", "sign", 0), ("(", "sign", 0), ("m", "math", 0), (")", "sign", 0)]),
        ("$ℱ(x)$", [("F", "script", 0), ("(", "sign", 0), ("x", "math", 0), (")", "sign", 0)]),
        ("$X̂_1$", [("X", "math", 0), ("ˆ", "sign", -3.5), ("1", "sign", 6.5)]),
        ("$ŷ_i^2$", [("y", "math", 0), ("ˆ", "sign", 0), ("i", "math", 3), ("2", "sign", -8)]),
    ],
)
def test_labels_are_set_as_written(label: str, pieces: list[tuple[str, str, float]]) -> None:
    assert [(text, kind, shift) for text, kind, _, shift in style._pieces(label)] == pieces


# ---- Descriptions ----


def _classification() -> dict[str, float]:
    found: dict[str, float] = {}
    for place, m in (("at 0", 0.0), ("at −2", -2.0)):
        found |= {f"hinge {place}": max(0.0, 1 - m), f"logistic {place}": math.log(1 + math.exp(-m)), f"exponential {place}": math.exp(-m)}
    return found


def _regression() -> dict[str, float]:
    r, delta = 2.0, 1.0
    return {"squared": r**2, "absolute": abs(r), "huber": delta * (abs(r) - delta / 2), "delta": delta, "switch": delta**2 / 2}


def _bias_variance() -> dict[str, float]:
    """The two laws of the fixed design: bias² = ‖(I − H) f*‖² / n and variance = σ² (d + 1) / n."""
    figure = script("bias-variance")
    x = np.linspace(0, 1, figure.N)
    f_star = np.exp(-4 * x) * np.cos(10 * x)
    bias, spread = [], []
    for degree in figure.DEGREES:
        powers = np.vander(x, degree + 1)
        left = f_star - powers @ np.linalg.lstsq(powers, f_star, rcond=None)[0]
        bias.append(float(left @ left) / figure.N)
        spread.append(figure.SIGMA**2 * (degree + 1) / figure.N)
    total = np.add(bias, spread) + figure.SIGMA**2
    return {
        "last degree": figure.DEGREES[-1], "best degree": int(np.argmin(total)), "points": figure.N, "training sets": figure.N_REP,
        "bias² first": bias[0], "bias² last": bias[-1], "variance first": spread[0], "variance last": spread[-1],
        "noise": figure.SIGMA**2, "least error": float(np.min(total)),
    }  # fmt: skip


def _support_vector_machine() -> dict[str, float]:
    from sklearn.svm import SVC

    figure = script("support-vector-machine")
    x = np.array(figure.POSITIVE + figure.NEGATIVE)
    y = np.repeat([1, -1], [len(figure.POSITIVE), len(figure.NEGATIVE)])
    machine = SVC(kernel="linear", C=1e8, tol=1e-10).fit(x, y)
    w1, w2 = machine.coef_[0]
    counts = {"positive": int(np.sum(y > 0)), "negative": int(np.sum(y < 0)), "support": len(machine.support_)}
    return {**counts, "w1": w1, "w2": w2, "margin": 2 / math.hypot(w1, w2)}


def _optimizer_paths() -> dict[str, float]:
    """Both methods on (θ₁² + κθ₂²)/2, parameter by parameter, step by step."""
    found: dict[str, float] = {"kappa": 25, "eta": 1.9 / 25, "alpha": 0.5, "near": 0.01}
    for name, alpha in (("gd", 0.0), ("momentum", 0.5)):
        theta, velocity, way, last = [10.0, 1.0], [0.0, 0.0], 0.0, 0
        for k in range(1, 200):
            velocity = [alpha * v - 1.9 / 25 * scale * t for v, scale, t in zip(velocity, (1, 25), theta, strict=True)]
            theta = [t + v for t, v in zip(theta, velocity, strict=True)]
            way += abs(velocity[1])
            last = k + 1 if math.hypot(*theta) >= 0.01 else last
        found |= {f"{name} steps": last, f"{name} way": way}
    return found


def _learning_rates() -> dict[str, float]:
    """On θ²/2 a step multiplies by 1 − η."""
    ends = {f"{name} end": -2.4 * (1 - eta) ** 8 for name, eta in (("small", 0.1), ("good", 0.6), ("large", 2.05))}
    return {**ends, "start": -2.4, "steps": 8, "small": 0.1, "good": 0.6, "large": 2.05}


def _two_valleys() -> dict[str, float]:
    """The roots of the derivative of θ⁴/8 − θ² + θ/2 + 3.5: two minima, with a maximum between them that parts the starts."""
    low, top, local = sorted(np.roots([0.5, 0, -2, 0.5]).real)
    assert low < -0.4 < top < local < 2.8
    values = np.polyval([1 / 8, 0, -1, 0.5, 3.5], [low, local])
    return {"global": low, "global loss": values[0], "local": local, "local loss": values[1]}


def _saddle_point() -> dict[str, float]:
    """A step multiplies θ₁ by 1 − 2η and θ₂ by 1 + 2η."""
    path = [(-1.3 * 0.8**k, -0.001 * 1.2**k) for k in range(40)]
    losses, norms = [a**2 - b**2 for a, b in path], [2 * math.hypot(a, b) for a, b in path]
    return {"flat": norms.index(min(norms)), "least": min(norms), "left": max(k for k, value in enumerate(losses) if value > -0.01), "end": losses[-1]}


def _backpropagation() -> dict[str, float]:
    """One example by the formulas of the derivatives, and PyTorch's gradients."""
    import torch

    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    z = 0.5 * x
    y = torch.sigmoid(z)
    z.retain_grad()
    y.retain_grad()
    (y**2).backward()
    s = 1 / (1 + math.exp(-1))
    assert script("backpropagation").tape() == pytest.approx(x.grad.item(), rel=1e-14)
    return {"y": s, "L": s**2, "slope": s * (1 - s), **{name: value.grad.item() for name, value in (("dx", x), ("dy", y), ("dz", z))}}


GRID = np.array([[11, 17, 23, 32], [20, 16, 28, 29], [26, 12, 15, 19], [21, 13, 12, 22]])  # of the report


def _numbered(name: str, values: Iterable[float]) -> dict[str, float]:
    return {f"{name} {k}": float(value) for k, value in enumerate(values)}


def _convolution_window() -> dict[str, float]:
    """Image, kernel, products of the middle window and output, by SciPy's cross-correlation."""
    from scipy.signal import correlate2d

    figure = script("convolution-window")
    seen = figure.IMAGE[1:4, 1:4].ravel()
    weights = figure.KERNEL.ravel()
    output = correlate2d(figure.IMAGE, figure.KERNEL, mode="valid")
    assert output[1, 1] == sum(weights * seen)
    terms = [value for pair in zip([weights[0], *np.abs(weights[1:])], seen, strict=True) for value in pair]
    return _numbered("image", figure.IMAGE.ravel()) | _numbered("kernel", weights) | _numbered("term", terms) | _numbered("output", output.ravel())


def _pooling() -> dict[str, float]:
    """What PyTorch makes of the report's grid."""
    import torch

    x = torch.tensor(GRID, dtype=torch.float64)[None]
    best, places = torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    back = torch.nn.functional.max_unpool2d(best[None], places[None], 2)
    mean = torch.nn.functional.avg_pool2d(x, 2)
    found = {"input": x, "best": best, "mean": mean, "back": back, "first": x[0, :2, :2]}
    return {key: value for name, grid in found.items() for key, value in _numbered(name, grid.ravel().tolist()).items()}


def _sigmoid() -> dict[str, float]:
    """σ(1 − σ) = p/4 where σ = (1 + √(1 − p))/2."""
    steep = math.exp(-6) / (1 + math.exp(-6)) ** 2
    value = (1 + math.sqrt(1 - 0.1)) / 2
    return {"middle": 0.5, "steepest": 0.25, "far": 6, "slope": steep, "flat": 0.1, "edge": math.log(value / (1 - value))}


def _tanh() -> dict[str, float]:
    """1 − tanh² = p where tanh = √(1 − p)."""
    return {"steepest": 1, "far": 3, "slope": 1 / math.cosh(3) ** 2, "flat": 0.1, "edge": math.atanh(math.sqrt(1 - 0.1))}


def _relu_family() -> dict[str, float]:
    from scipy.optimize import minimize_scalar
    from scipy.special import expit, ndtr

    found = {"x": -1, "relu": 0, "leaky": -0.1, "alpha": 0.1, "elu": math.expm1(-1), "level": -1}
    for name, gate in (("swish", expit), ("gelu", ndtr)):
        least = minimize_scalar(lambda x, gate=gate: x * gate(x), bounds=(-3, 0), method="bounded", options={"xatol": 1e-9})
        found |= {name: -float(gate(-1.0)), f"{name} at": float(least.x), f"{name} low": float(least.fun)}
    return found


def _residual_block() -> dict[str, float]:
    """Two convolutions of PyTorch."""
    import torch

    return {"weights": sum(torch.nn.Conv2d(64, 64, 3, bias=False).weight.numel() for _ in range(2))}


def _bottleneck_block() -> dict[str, float]:
    """The convolutions of both blocks, as PyTorch makes them."""
    import torch

    sizes = [torch.nn.Conv2d(before, after, kernel, bias=False).weight.numel() for before, after, kernel in ((256, 64, 1), (64, 64, 3), (64, 256, 1))]
    basic = 2 * torch.nn.Conv2d(256, 256, 3, bias=False).weight.numel()
    return {"first": sizes[0], "second": sizes[1], "third": sizes[2], "total": sum(sizes), "basic": basic}


def _dense_block() -> dict[str, float]:
    """Widths of inputs, by concatenation; arrows, by counting pairs."""
    maps = [np.zeros((16, 1, 1))]
    widths = []
    for _ in range(4):
        widths.append(np.concatenate(maps).shape[0])
        maps.append(np.zeros((12, 1, 1)))
    return {**{f"layer {k}": width for k, width in enumerate(widths, start=1)}, "arrows": sum(range(1, 5))}


def _rnn_unrolled() -> dict[str, float]:
    """A rotation times 0.9, twenty times, with the slopes of tanh on the way from the states between."""
    turn = 0.9 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    h, jacobian = np.zeros(2), np.eye(2)
    for t in range(1, 21):
        h = np.tanh(turn @ h + [np.sin(2 * t), 0])
        jacobian = np.diag(1 - h**2) @ turn @ jacobian
    return {"left": float(np.linalg.norm(jacobian, 2)), "bound": 0.9**20}


def _lstm() -> dict[str, float]:
    """The memory before time 12 and at it, for a forget gate of 0.9 and candidates of 0.8 and −0.8, half of which are taken in."""
    before = 0.9**11 + 0.4 * (0.9**7 + 0.9**3)
    c = 0.9 * before - 0.4
    return {"before": before, "c": c, "h": math.tanh(c)}


def _positional_encoding() -> dict[str, float]:
    """The period of the fastest pair, and the last sine of the slowest one."""
    return {"period": 2 * math.pi, "slow": math.sin(31 / 10000 ** (30 / 32))}


def _transformer() -> dict[str, float]:
    """Weights of PyTorch's layers of the base model; their projections have biases, which those of the paper do not have."""
    import torch

    found = {"layers": 6, "width": 512, "heads": 8, "inner": 2048}
    for name, layer, attentions in (("encoder", torch.nn.TransformerEncoderLayer, 1), ("decoder", torch.nn.TransformerDecoderLayer, 2)):
        found[name] = sum(p.numel() for p in layer(512, 8, 2048).parameters()) - attentions * 4 * 512
    return found


def _attention_weights() -> dict[str, float]:
    """What the picture's model looks at for each letter, as PyTorch's attention gives it."""
    import torch

    held = json.loads((ROOT / "docs" / "data" / "attention-weights.json").read_text(encoding="utf8"))["sort"]["model"]
    model = {name: torch.tensor(values, dtype=torch.float64) for name, values in held.items()}
    angles = np.arange(5)[:, None] / 10000 ** (np.arange(0, 8, 2) / 8)
    positions = torch.tensor(np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(5, 8))
    h = math.sqrt(8) * model["source"][[2, 0, 7, 3, 5]] + positions  # c a h d f
    q = math.sqrt(8) * model["target"][[8, 0, 2, 3, 5]] + positions  # start a c d f
    weights = torch.softmax(q @ model["w_q"] @ (h @ model["w_k"]).T / math.sqrt(8), dim=1)
    return _numbered("weight", weights[range(5), [1, 0, 3, 4, 2]].tolist())  # on a c d f h


def _gru() -> dict[str, float]:
    """tanh(ln 3) = 8/10, of which a quarter replaces a quarter of 1."""
    candidate = math.tanh(math.log(3))
    return {"candidate": candidate, "after": 0.75 + candidate / 4}


def _regularization_geometry() -> dict[str, float]:
    """The points of contact, by scikit-learn and by the closed form."""
    from sklearn.linear_model import Lasso

    figure = script("regularization-geometry")
    x, y = figure.X, figure.Y
    low = np.linalg.lstsq(x, y, rcond=None)[0]
    l1 = Lasso(alpha=3, fit_intercept=False, tol=1e-14).fit(x, y).coef_
    l2 = np.linalg.solve(x.T @ x + 2 * len(x) * 3 * np.eye(2), x.T @ y)
    found = {"low 1": low[0], "low 2": low[1], "l1 size": float(np.abs(l1).sum()), "l2 size": float(np.linalg.norm(l2))}
    for name, w in (("l1", l1), ("l2", l2)):
        found |= {f"{name} 1": w[0], f"{name} 2": w[1], f"{name} loss": float(np.mean((y - x @ w) ** 2)) / 2}
    return found


def _diffusion() -> dict[str, float]:
    """Forty steps, whose β grow from 0.01 to 0.3 by equal amounts."""
    left = np.cumprod(1 - (0.01 + 0.29 * np.arange(40) / 39))
    return {"signal": math.sqrt(left[9]), "end": math.sqrt(left[39])}


# The figure's numbers, recomputed without dlref, and the order in which each description says them, its plain numbers included.
_LOSSES: list[str | int] = ["hinge at 0", "logistic at 0", "exponential at 0", -2, "hinge at −2", "logistic at −2", "exponential at −2"]
_HUBER: list[str | int] = [2, "squared", "absolute", "huber", "delta", "delta", "delta", "delta", "switch"]
_CURVES: list[str | int] = ["bias² first", "bias² last", "variance first", "variance last", "noise"]
_PLANE: list[str | int] = ["support", "w1", "w2", 2, "margin"]
_RATES: list[str | int] = ["small", "small end", "good", "good end", "large", "large end"]
_VALLEYS: list[str | int | float] = ["local", "local loss", "global", "global loss", 2.8, -0.4]
_SADDLE: list[str | int | float] = [-1.3, -0.001, 0.1, "flat", "least"]
_IMAGE, _KERNEL, _TERMS, _OUTPUT = ([f"{name} {k}" for k in range(n)] for name, n in (("image", 25), ("kernel", 9), ("term", 18), ("output", 9)))
_INPUT: list[str | int | float] = [f"input {k}" for k in range(16)]
_BEST, _MEAN, _BACK, _FIRST = ([f"{name} {k}" for k in range(n)] for name, n in (("best", 4), ("mean", 4), ("back", 16), ("first", 4)))
_WINDOW: list[str | int | float] = [5, 5, *_IMAGE, 3, 3, *_KERNEL, 3, 3, 3, 3, 1, 1, 9, 9, *_TERMS, "output 4", 1, 1, *_OUTPUT]
_FAMILY: list[str | int | float] = [0, 0, "x", "relu", "leaky", "alpha", "elu", "swish", "gelu", 0, "level"]
_BLOCK: list[str | int | float] = [3, 3, 3, 3, 64, "weights"]
_LAYERS: list[str | int | float] = ["layer 1", "layer 2", "layer 3", "layer 4"]
_TIMES: list[str | int | float] = [24, 0, 5, 10, 20, 40, 2]
_BOTTLENECK: list[str | int | float] = ["first", "second", "third", "total"]
_BASE: list[str | int | float] = ["layers", "width", "heads", "inner", "encoder", "decoder"]
_CONTACT: list[str | int | float] = ["low 1", "low 2", 1, "l1 size", "l1 loss", "l1 1", "l1 2", 2, "l2 size", "l2 loss", "l2 1", "l2 2", 3, 0]
DESCRIBED: dict[str, tuple[Callable[[], dict[str, float]], dict[str, list[str | int | float]]]] = {
    "regularization-geometry": (_regularization_geometry, dict.fromkeys(LANGUAGES, _CONTACT)),
    "relu-family": (
        _relu_family,
        {
            "ja": [*_FAMILY, "swish at", "swish low", "gelu at", "gelu low", 0],
            "en": [*_FAMILY, "swish low", "swish at", "gelu low", "gelu at", 0],
        },
    ),
    "sigmoid": (
        _sigmoid,
        {
            "ja": [0, 1, 0, "middle", 0, "steepest", "far", "slope", "flat", "edge"],
            "en": [0, 1, 0, "middle", "steepest", 0, "far", "slope", "edge", "flat"],
        },
    ),
    "tanh": (_tanh, {"ja": [-1, 1, 0, "steepest", "far", "slope", "flat", "edge"], "en": [-1, 1, "steepest", 0, "slope", "far", "edge", "flat"]}),
    "average-pooling": (_pooling, dict.fromkeys(LANGUAGES, [4, 4, *_INPUT, 2, 2, *_MEAN, 2, 2, *_FIRST, "mean 0"])),
    "convolution-window": (_convolution_window, dict.fromkeys(LANGUAGES, _WINDOW)),
    "max-pooling": (_pooling, dict.fromkeys(LANGUAGES, [4, 4, *_INPUT, 2, 2, *_BEST, 2, 2, *_FIRST, "best 0"])),
    "max-unpooling": (_pooling, {"ja": [2, 2, *_BEST, 4, 4, *_BACK, 0, "best 0", 0, 1, 0], "en": [2, 2, *_BEST, 4, 4, *_BACK, 0, "best 0", 1, 0, 0]}),
    "attention-weights": (_attention_weights, dict.fromkeys(LANGUAGES, [f"weight {k}" for k in range(5)])),
    "bert": (dict, {"ja": [9, 5, 4, 1, 9, 9, 9, 81, 9, 3], "en": [9, 5, 4, 1, 9, 9, 9, 81, 9, 3]}),
    "positional-encoding": (
        _positional_encoding,
        {"ja": [0, 31, 0, 31, -1, 1, "period", 0, 31, "slow", 1], "en": [0, 31, 0, 31, -1, 1, "period", 0, "slow", 31, 1]},
    ),
    "transformer": (_transformer, dict.fromkeys(LANGUAGES, _BASE)),
    "bottleneck-block": (
        _bottleneck_block,
        {
            "ja": [256, 1, 1, 64, 3, 3, 64, 1, 1, 256, *_BOTTLENECK, 3, 3, 256, "basic"],
            "en": [1, 1, 256, 64, 3, 3, 64, 1, 1, 256, *_BOTTLENECK, 3, 3, 256, "basic"],
        },
    ),
    "dense-block": (_dense_block, {"ja": ["arrows", 16, 12, *_LAYERS], "en": ["arrows", 16, 12, *_LAYERS]}),
    "bidirectional": (dict, dict.fromkeys(LANGUAGES, [-1, 1])),
    "encoder-decoder": (dict, dict.fromkeys(LANGUAGES, [4, 1, 4, 4, 5, 1, 5, 0])),
    "gru": (
        _gru,
        {
            "ja": [-1, 1, -1, -1, -1, 1, 0.5, 0.25, -1, 0.5, "candidate", 1, 0.25, 1, 0.25, "candidate", "after"],
            "en": [-1, 1, -1, -1, 1, 0.5, 0.25, -1, 0.5, "candidate", 1, 0.25, 1, 0.25, "candidate", "after"],
        },
    ),
    "lstm": (
        _lstm,
        {
            "ja": [-1, -1, 0.9, 0.5, 1, 0.9, "before", 0.5, -0.8, "c", 1, "c", "h", 1, 1, 4, 8, -1, 12, 0.9],
            "en": [-1, -1, 0.9, 0.5, 1, 0.9, "before", 0.5, -0.8, "c", 1, "c", "h", 1, 4, 8, 1, 12, -1, 0.9],
        },
    ),
    "rnn-unrolled": (_rnn_unrolled, {"ja": [-1, 1, 20, 0.9, 20, "left", "bound"], "en": [-1, 1, 20, 0.9, "left", 20, "bound"]}),
    "autoregressive": (dict, dict.fromkeys(LANGUAGES, [4, 10])),
    "diffusion": (_diffusion, {"ja": [*_TIMES, 10, "signal", 40, "end", 0], "en": [*_TIMES, "signal", 10, "end", 40, 0]}),
    "gan": (dict, dict.fromkeys(LANGUAGES, [])),
    "vae": (dict, dict.fromkeys(LANGUAGES, [0])),
    "residual-block": (_residual_block, dict.fromkeys(LANGUAGES, _BLOCK)),
    "backpropagation": (_backpropagation, dict.fromkeys(LANGUAGES, [2, 0.5, 1, "y", "L", "dy", "slope", "dz", 0.5, "dx"])),
    "learning-rates": (_learning_rates, {"ja": [2, "start", "steps", *_RATES], "en": [2, "steps", "start", *_RATES]}),
    "local-and-global-minimum": (_two_valleys, dict.fromkeys(LANGUAGES, _VALLEYS)),
    "saddle-point": (_saddle_point, dict.fromkeys(LANGUAGES, [*_SADDLE, "left", -0.01, 39, "end"])),
    "bias-variance": (
        _bias_variance,
        {
            "ja": [0, "last degree", "points", "training sets", *_CURVES, "best degree", "least error"],
            "en": [0, "last degree", "training sets", "points", *_CURVES, "least error", "best degree"],
        },
    ),
    "classification-losses": (
        _classification,
        {"ja": [4, 0, 1, 0, 1, 0, 0, *_LOSSES, 1, 0, 0, 0], "en": [0, 1, 1, 0, 0, 0, *_LOSSES, 0, 1, 0]},
    ),
    "optimizer-paths": (
        _optimizer_paths,
        {
            "ja": ["kappa", 2, 10, 1, "eta", "gd way", "alpha", "momentum way", 0, 0, "near", "gd steps", "momentum steps"],
            "en": ["kappa", 2, 10, 1, "eta", "gd way", "alpha", "momentum way", "near", 0, 0, "gd steps", "momentum steps"],
        },
    ),
    "regression-losses": (_regression, {"ja": [3, 0, 0, *_HUBER], "en": [0, 0, *_HUBER]}),
    "support-vector-machine": (
        _support_vector_machine,
        {"ja": [1, "positive", -1, "negative", 0, 1, -1, *_PLANE], "en": [0, "positive", 1, "negative", -1, 1, -1, *_PLANE]},
    ),
}
SAMPLED = 0.03  # by so much, relative to the exact value, may an average over 20,000 training sets be off: three standard errors at degree 0


def test_every_description_is_tested() -> None:
    assert set(DESCRIBED) == set(SLUGS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_of_the_description_holds(slug: str, language: str) -> None:
    oracle, orders = DESCRIBED[slug]
    exact = oracle()
    said = re.findall(r"−?\d+(?:,\d{3})*(?:\.\d+)?", script(slug).describe(language))
    assert len(said) == len(orders[language]), said
    for text, name in zip(said, orders[language], strict=True):
        value = exact[name] if isinstance(name, str) else name
        half_a_digit = 0.5 * 10.0 ** -len(text.partition(".")[2])
        sampled = SAMPLED * abs(value) if slug == "bias-variance" and "." in text else 0.0
        assert abs(float(text.replace("−", "-").replace(",", "")) - value) <= half_a_digit + sampled + 1e-9, f"{name}: {value} is said to be {text}"


def test_the_curves_of_bias_and_variance_are_those_of_the_two_laws() -> None:
    """Exactly as the picture claims: bias² falls, variance rises along a straight line, and their sum has one valley."""
    figure = script("bias-variance")
    curves = figure.experiment()
    exact = _bias_variance()
    rise = np.linspace(exact["variance first"], exact["variance last"], len(figure.DEGREES))
    np.testing.assert_allclose(curves["variance"], rise, rtol=SAMPLED)
    np.testing.assert_allclose(curves["total"], curves["bias"] + curves["variance"] + figure.SIGMA**2, rtol=1e-12)
    slopes = np.sign(np.diff(curves["total"]))
    best = int(exact["best degree"])
    assert slopes.tolist() == [-1.0] * best + [1.0] * (len(slopes) - best)


# ---- Contrast, from the style sheets ----

SHEETS = [
    *sorted((Path(material.__file__).parent / "templates" / "assets" / "stylesheets").glob("main.*.css")),
    *sorted((Path(material.__file__).parent / "templates" / "assets" / "stylesheets").glob("palette.*.css")),
    ROOT / "docs" / "theme" / "stylesheets" / "site.css",
    ROOT / "docs" / "theme" / "stylesheets" / "figures.css",
]


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations that hold on a screen, those in ``@media screen`` included, in order."""
    depth, start, head = 0, 0, ""
    for k, character in enumerate(css):
        if character == "{":
            if depth == 0:
                head, start = css[start:k].strip(), k + 1
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                if not head.startswith("@"):
                    yield head, css[start:k]
                elif re.fullmatch(r"@media\s+screen", head):
                    yield from rules(css[start:k])
                start = k + 1


@cache
def variables(scheme: str) -> dict[str, str]:
    """Custom properties of a page in a color scheme, as a figure sees them."""
    found: dict[str, str] = {}
    for sheet in SHEETS:
        css = re.sub(r"/\*.*?\*/|@(?:charset|import)[^;]*;", "", sheet.read_text(encoding="utf8"), flags=re.DOTALL)
        for selector, body in rules(css):
            if {part.strip().replace('"', "") for part in selector.split(",")} & {":root", ".dl-fig", f"[data-md-color-scheme={scheme}]"}:
                found |= {key: value.strip() for key, value in re.findall(r"(--[\w-]+)\s*:\s*([^;]+)", body)}
    return found


def color(scheme: str, name: str, ground: np.ndarray | None = None) -> np.ndarray:
    """Red, green, blue in 0 … 1 of a color of the palette, laid over a ground where it is translucent."""
    value = f"var(--dl-fig-{name})"
    while match := re.search(r"var\((--[\w-]+)\)", value):
        value = value.replace(match[0], variables(scheme)[match[1]])
    if match := re.fullmatch(r"hsla?\((\d+)(?:deg)?,\s*(\d+)%,\s*(\d+)%(?:,\s*([\d.]+))?\)", value):
        hue, saturation, lightness = int(match[1]), int(match[2]) / 100, int(match[3]) / 100
        shift = [(k + hue / 30) % 12 for k in (0, 8, 4)]
        rgb = [float(lightness - saturation * min(lightness, 1 - lightness) * max(-1, min(k - 3, 9 - k, 1))) for k in shift]
        alpha = float(match[4] or 1)
    else:
        digits = value.removeprefix("#")
        rgb, alpha = list(to_rgb("#" + (digits if len(digits) == 3 else digits[:6]))), int(digits[6:] or "ff", 16) / 255
    assert alpha == 1 or ground is not None, f"{value} needs a ground"
    opaque = np.array(rgb)
    return opaque if ground is None else alpha * opaque + (1 - alpha) * ground


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of red, green, blue


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """The contrast of WCAG 2: 1 for equal colors, 21 for black on white."""
    linear = [float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ LUMINANCE) for c in (one, other)]
    return (max(linear) + 0.05) / (min(linear) + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)
    assert contrast(np.array(to_rgb("#777777")), np.ones(3)) == pytest.approx(4.478, abs=1e-3)


def used_for(tag: str) -> set[str]:
    """Names of the colors in which some figure draws elements of this kind."""
    elements = [e for slug in SLUGS for e in tree(slug, "ja").iter(f"{NAMESPACE}{tag}")]
    return set(re.findall(r"--dl-fig-(\w+)", " ".join(e.get("style", "") for e in elements)))


@pytest.mark.parametrize("ground", ["bg", "tint"])
@pytest.mark.parametrize("scheme", ["default", "slate"])
class TestContrast:
    def test_text(self, scheme: str, ground: str) -> None:
        behind = color(scheme, ground)
        for name in used_for("text"):
            assert contrast(color(scheme, name, behind), behind) >= 4.5, name

    def test_lines(self, scheme: str, ground: str) -> None:
        behind = color(scheme, ground)
        for name in used_for("path") | used_for("use") | {"1", "2", "3", "4"}:
            if name not in ("bg", "tint", "grid"):  # grounds, and the faint lines behind, without which nothing is lost
                assert contrast(color(scheme, name, behind), behind) >= 3, name


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_grid_and_tint_are_seen_and_stay_behind(scheme: str) -> None:
    behind = color(scheme, "bg")
    assert 1.05 < contrast(color(scheme, "grid", behind), behind) < 2
    assert 1.05 < contrast(color(scheme, "tint"), behind) < 2


def test_both_schemes_have_a_color_for_each_name_and_no_other() -> None:
    for scheme in ("default", "slate"):
        assert {name.removeprefix("--dl-fig-") for name in variables(scheme) if name.startswith("--dl-fig-")} == set(style.PALETTE)
    assert all(variables("default")[f"--dl-fig-{k}"] != variables("slate")[f"--dl-fig-{k}"] for k in "1234")
