"""Figures with controls: a table that holds, and controls that a reader can use; the browser tests drive them."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from scipy.signal import correlate2d

from dlref.site.interactive import InteractionError, check, controls, say
from dlref.site.labels import LABELS
from tests.site.test_figures import GRID, SLUGS, drawn, script

INTERACTIVE = [slug for slug in SLUGS if hasattr(script(slug), "interact")]
LANGUAGES = ("ja", "en")
ROOT = Path(__file__).parents[2]
BUDGET = 64_000  # bytes of data in a page


@cache
def data(slug: str, language: str) -> dict[str, Any]:
    found = script(slug).interact(language)
    assert isinstance(found, dict)
    return found


def number(printed: str) -> float:
    return float(printed.replace("−", "-").replace(",", ""))


def holds(printed: str, exact: float) -> bool:
    """Whether a printed number is the exact one, rounded."""
    half_a_digit = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    return abs(number(printed) - exact) <= half_a_digit * (1 + 1e-9) + 1e-12 * abs(exact)


# ---- The tables, recomputed without dlref ----


def _optimizer_paths() -> None:
    """PyTorch's optimizers on (θ₁² + 25θ₂²)/2, whatever the figure's code says."""
    makers: dict[str, Callable[[list[dict[str, Any]]], torch.optim.Optimizer]] = {
        "gd": lambda groups: torch.optim.SGD(groups),
        "momentum": lambda groups: torch.optim.SGD(groups, momentum=0.5),
        "momentum9": lambda groups: torch.optim.SGD(groups, momentum=0.9),
        "adagrad": lambda groups: torch.optim.Adagrad(groups, initial_accumulator_value=1e-8, eps=0),
        "rmsprop": lambda groups: torch.optim.RMSprop(groups, alpha=0.9),
        "adam": lambda groups: torch.optim.Adam(groups),
    }
    scenes = data("optimizer-paths", "en")["scenes"]
    assert len(scenes) == 36
    curvature = torch.tensor([1.0, 25.0], dtype=torch.float64)
    for method, maker in makers.items():
        thetas = {eta: torch.tensor([10.0, 1.0], dtype=torch.float64) for eta in (key.split()[1] for key in scenes if key.split()[0] == method)}
        optimizer = maker([{"params": [theta], "lr": float(eta)} for eta, theta in thetas.items()])
        for k in range(91):
            for eta, theta in thetas.items():
                rows = scenes[f"{method} {eta}"]
                exact = (*theta.tolist(), float(theta**2 @ curvature) / 2)
                assert k >= len(rows) or all(map(holds, rows[k], exact)), f"{method}, {eta}, step {k}: {rows[k]} for {exact}"
                theta.grad = theta * curvature
            optimizer.step()
    for key, rows in scenes.items():
        assert len(rows) == 91 or max(abs(number(value)) for value in rows[-1][:2]) > 1000, key


def _convolution_window() -> None:
    """SciPy's cross-correlation of the padded image with the spread kernel, every S-th value of it; and the sum as it is written out."""
    image, kernel = script("convolution-window").IMAGE, script("convolution-window").KERNEL
    scenes = data("convolution-window", "en")["scenes"]
    assert len(scenes) == 8
    for key, rows in scenes.items():
        stride, padding, dilation = map(int, key.split())
        spread = np.zeros((2 * dilation + 1,) * 2, dtype=int)
        spread[::dilation, ::dilation] = kernel
        output = correlate2d(np.pad(image, padding), spread, mode="valid")[::stride, ::stride]
        assert len(rows) == output.size
        cells = np.arange(49).reshape(7, 7)[1 - padding : 6 + padding, 1 - padding : 6 + padding]
        for row, (i, j) in zip(rows, np.ndindex(output.shape), strict=True):
            window = cells[i * stride :, j * stride :][: 2 * dilation + 1 : dilation, : 2 * dilation + 1 : dilation]
            assert [int(row[0]), number(row[1]), int(row[2]), int(row[3]), int(row[5])] == [5 * i + j, output[i, j], i, j, len(output)]
            assert [int(cell) for cell in row[4].split(",")] == window.ravel().tolist()
            products = [(number((sign or "+") + weight), int(value)) for sign, weight, value in re.findall(r"([+−]?) ?(\d)·(\d)", row[6])]
            assert [weight for weight, _ in products] == kernel.ravel().tolist()
            assert [value for _, value in products] == np.pad(image, 1).ravel()[window].ravel().tolist()


def _pooling(kind: str) -> None:
    """PyTorch's pooling of the report's grid, and the numbers of its windows."""
    x = torch.tensor(GRID, dtype=torch.float64)[None]
    best, places = torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    exact = (torch.nn.functional.avg_pool2d(x, 2) if kind == "average-pooling" else best).ravel().tolist()
    rows = data(kind, "en")["scenes"][""]
    for k, row in enumerate(rows):
        assert [int(row[0]), number(row[1]), int(row[2]), int(row[3])] == [k, exact[k], k // 2, k % 2]
        if kind == "max-unpooling":
            assert int(row[4]) == places.ravel()[k] == 4 * int(row[5]) + int(row[6])
        else:
            cells = np.arange(16).reshape(4, 4)[2 * (k // 2) :, 2 * (k % 2) :][:2, :2]
            assert [int(cell) for cell in row[4].split(",")] == cells.ravel().tolist()
            assert [int(value) for value in re.findall(r"\d+", row[5])] == GRID.ravel()[cells].ravel().tolist()
    assert len(rows) == 4


def _activations(slug: str) -> None:
    """PyTorch's functions and their gradients at every position."""
    functions: dict[str, dict[str, Callable[[torch.Tensor], torch.Tensor]]] = {
        "sigmoid": {"": torch.sigmoid},
        "tanh": {"": torch.tanh},
        "relu-family": {
            "relu": torch.relu, "leaky-relu": torch.nn.LeakyReLU(0.1), "elu": torch.nn.ELU(), "swish": torch.nn.SiLU(), "gelu": torch.nn.GELU(),
        },
    }  # fmt: skip
    scenes = data(slug, "en")["scenes"]
    assert set(scenes) == set(functions[slug])
    for key, function in functions[slug].items():
        x = torch.arange(-80, 41, dtype=torch.float64) / 20 if slug == "relu-family" else torch.arange(-60, 61, dtype=torch.float64) / 10
        y = function(x.requires_grad_())
        y.sum().backward()
        assert x.grad is not None and len(scenes[key]) == len(x) == 121
        for row, exact in zip(scenes[key], zip(x.tolist(), y.tolist(), x.grad.tolist(), strict=True), strict=True):
            assert all(map(holds, row, exact)), f"{key}: {row} for {exact}"


def _rnn_unrolled() -> None:
    """PyTorch's Jacobian of the last state of a network of two units, run from an earlier state on."""
    turn = torch.tensor([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    scenes = data("rnn-unrolled", "en")["scenes"]
    assert len(scenes) == 10
    for key, rows in scenes.items():
        activation, norm = key.split()

        def step(h: torch.Tensor, t: int, activation: str = activation, norm: str = norm) -> torch.Tensor:
            a = float(norm) * turn @ h + torch.tensor([np.sin(2 * t), 0.0])
            return torch.tanh(a) if activation == "tanh" else a

        states = [torch.zeros(2, dtype=torch.float64)]
        for t in range(1, 21):
            states.append(step(states[-1], t))

        def last(h: torch.Tensor, first: int) -> torch.Tensor:
            for t in range(first, 21):
                h = step(h, t)
            return h

        assert len(rows) == 21
        for k, row in enumerate(rows):
            jacobian = torch.autograd.functional.jacobian(partial(last, first=21 - k), states[20 - k])
            size = float(torch.linalg.matrix_norm(jacobian, ord=2))
            assert row[0] == str(k)
            for logarithm, value, exact in ((*row[1:3], size), (*row[3:5], float(norm) ** k)):
                assert holds(logarithm, math.log10(exact)), f"{key}, {k} steps back: {row}"
                digits, _, power = value.partition("\u00a0×\u00a010")
                scale = 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or "0")
                assert holds(digits, exact / scale) and len(digits.replace(".", "").lstrip("0")) >= 2, f"{key}, {k} steps back: {row}"


def _lstm() -> None:
    """The two last rows of the LSTM for gates as chosen, written out."""
    xs = {4: 1, 8: 1, 12: -1}
    scenes = data("lstm", "en")["scenes"]
    assert len(scenes) == 36
    for key, rows in scenes.items():
        f, i, o = map(float, key.split())
        c = 1.0
        assert len(rows) == 16
        for t, row in enumerate(rows, start=1):
            candidate = 0.8 * xs.get(t, 0)
            before, c = c, f * c + i * candidate
            exact = (t, c, o * math.tanh(c), candidate, before, xs.get(t, 0))
            assert all(map(holds, row[:6], exact)), f"{key}, t = {t}: {row} for {exact}"
            assert row[6] == (f"({row[3]})" if candidate < 0 else row[3])


def _attention_weights() -> None:
    """The models again, from their weights, with PyTorch's attention: what they answer, and where they look."""
    held = json.loads((ROOT / "docs" / "data" / "attention-weights.json").read_text(encoding="utf8"))
    angles = np.arange(5)[:, None] / 10000 ** (np.arange(0, 8, 2) / 8)
    positions = torch.tensor(np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(5, 8))
    scenes = data("attention-weights", "en")["scenes"]
    assert len(scenes) == 8
    for key, rows in scenes.items():
        task, letters = key.split()
        answer = "".join(sorted(letters)) if task == "sort" else letters[::-1]
        model = {name: torch.tensor(values, dtype=torch.float64) for name, values in held[task]["model"].items()}
        source, before = (torch.tensor(["abcdefgh⊢".index(letter) for letter in text]) for text in (letters, "⊢" + answer[:-1]))
        h, q = (math.sqrt(8) * model[name][tokens] + positions for name, tokens in (("source", source), ("target", before)))
        attend = partial(torch.nn.functional.scaled_dot_product_attention, q @ model["w_q"], h @ model["w_k"])
        exact = attend(torch.eye(5, dtype=torch.float64))
        logits = attend(h @ model["w_v"]) @ model["source"].T
        assert "".join("abcdefgh"[k] for k in logits.argmax(dim=1)) == answer
        for k, row in enumerate(rows):
            most = int(exact[k].argmax())
            assert row[:3] == [answer[k], str(k + 1), letters[most]] and holds(row[3], exact[k, most].item())
            assert all(map(holds, row[4:9], exact[k].tolist()))
            assert row[9:14] == [*letters] and "".join(row[14:19]).rstrip("\u00a0") == answer[: k + 1]
            assert [int(cell) for cell in row[19].split(",")] == list(range(5 * k, 5 * k + 5))
            areas = [(float(side) / 36) ** 2 for side in row[20:]]
            assert np.allclose(areas, [*exact[: k + 1].ravel(), *[0.0] * (25 - 5 * (k + 1))], atol=0.004)


def _regularization_geometry() -> None:
    """Lasso and ridge regression by scikit-learn, their losses, and how large the contour lines are on which those losses are."""
    from sklearn.linear_model import Lasso, LinearRegression, Ridge

    figure = script("regularization-geometry")
    x, y = figure.X, figure.Y

    def loss(w: Any) -> float:
        return float(np.mean((y - x @ w) ** 2)) / 2

    rows = data("regularization-geometry", "en")["scenes"][""]
    low = LinearRegression(fit_intercept=False).fit(x, y).coef_
    assert len(rows) == 81
    for k, row in enumerate(rows):
        lam = k / 10
        l1 = Lasso(alpha=lam, fit_intercept=False, tol=1e-14).fit(x, y).coef_ if lam else low
        l2 = Ridge(alpha=2 * len(x) * lam, fit_intercept=False).fit(x, y).coef_
        contours = [max(loss(w) - loss(low), 0.0) ** 0.5 for w in (l1, l2)]
        exact = [lam, *l1, np.abs(l1).sum(), loss(l1), *l2, np.linalg.norm(l2), loss(l2), *contours]
        assert len(row) == len(exact) and all(map(holds, row, exact)), f"λ = {lam}: {row} for {exact}"
    # The contour line of the drawing is that of the loss: half of wᵀ XᵀX w / n is 1 on it.
    w = figure.ellipse()
    np.testing.assert_allclose(np.einsum("ki,ij,kj->k", w, x.T @ x / len(x), w) / 2, 1)


def _diffusion() -> None:
    """From the same draws: the forward states in one step each, summed up; the reverse ones by the mean of x_0 among the points of the circle."""
    figure = script("diffusion")
    ahead, back = torch.tensor(figure.noise())
    betas = torch.linspace(0.01, 0.3, 40, dtype=torch.float64)
    left = torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1 - betas, 0)])
    turns = torch.arange(24, dtype=torch.float64) * math.pi / 12
    circle = math.sqrt(2) * torch.stack([turns.cos(), turns.sin()], dim=1)
    scenes = data("diffusion", "en")["scenes"]
    assert set(scenes) == {"forward", "reverse"}

    def row_holds(row: list[str], t: int, x: torch.Tensor) -> bool:
        exact = [t, left[t].sqrt().item(), (1 - left[t]).sqrt().item(), *x.ravel().tolist()]
        return len(row) == len(exact) and all(map(holds, row, exact))

    for t, row in enumerate(scenes["forward"]):
        summed = sum(((left[t] / left[s] * betas[s - 1]).sqrt() * ahead[s] for s in range(1, t + 1)), torch.zeros(24, 2))
        assert row_holds(row, t, left[t].sqrt() * circle + summed)
    x = back[0]
    for row, t in zip(scenes["reverse"], range(40, -1, -1), strict=True):
        assert row_holds(row, t, x)
        if t:  # the posterior's mean, for the mean of x_0 given x_t
            near = torch.softmax(torch.distributions.Normal(left[t].sqrt() * circle, (1 - left[t]).sqrt()).log_prob(x[:, None]).sum(-1), dim=1)
            mean = (left[t - 1].sqrt() * betas[t - 1] * near @ circle + (1 - betas[t - 1]).sqrt() * (1 - left[t - 1]) * x) / (1 - left[t])
            x = mean + betas[t - 1].sqrt() * back[t] * (t > 1)
    torch.testing.assert_close(x.norm(dim=1), torch.full_like(x[:, 0], math.sqrt(2)), rtol=0, atol=0.02)


ORACLES: dict[str, Callable[[], None]] = {
    "regularization-geometry": _regularization_geometry,
    "attention-weights": _attention_weights,
    **{slug: partial(_activations, slug) for slug in ("relu-family", "sigmoid", "tanh")},
    "convolution-window": _convolution_window,
    "diffusion": _diffusion,
    "lstm": _lstm,
    "rnn-unrolled": _rnn_unrolled,
    "optimizer-paths": _optimizer_paths,
    **{kind: partial(_pooling, kind) for kind in ("average-pooling", "max-pooling", "max-unpooling")},
}


def test_every_table_is_tested() -> None:
    assert set(ORACLES) == set(INTERACTIVE)


@pytest.mark.parametrize("slug", INTERACTIVE)
def test_every_number_of_the_table_holds(slug: str) -> None:
    ORACLES[slug]()


def test_a_wrong_number_does_not_hold() -> None:
    assert holds("−0.90", -0.9) and holds("27,302,056", 27302056.2) and holds("0.13", 0.1349)
    assert not holds("−0.90", -0.906) and not holds("0.13", 0.1351) and not holds("0.90", -0.9)


@pytest.mark.parametrize("slug", INTERACTIVE)
def test_the_languages_differ_in_words_only(slug: str) -> None:
    ja, en = data(slug, "ja"), data(slug, "en")
    assert ja["scenes"] == en["scenes"] and ja.get("scale") == en.get("scale")
    for one, other in zip(ja["tracks"], en["tracks"], strict=True):
        assert [[c["name"], list(c["options"]), c["start"]] for c in one["choices"]] == [[c["name"], list(c["options"]), c["start"]] for c in other["choices"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", INTERACTIVE)
class TestControls:
    def test_they_fit_the_picture(self, slug: str, language: str) -> None:
        check(data(slug, language), drawn(slug, language))

    def test_they_are_named_and_wait_for_the_script(self, slug: str, language: str) -> None:
        html = BeautifulSoup(controls(data(slug, language), LABELS[language], "Title"), "lxml")
        box = html.find("fieldset")
        assert box is not None and box.has_attr("disabled") and "Title" in box.legend.get_text()  # type: ignore[union-attr]
        assert all(select.find_parent("label") and select.find_parent("label").get_text().strip() for select in html.select("select"))  # type: ignore[union-attr]
        assert all(button.get("aria-label") or button.get_text() for button in html.select("button"))
        slider = html.select_one("input[type=range]")
        assert slider is not None and slider["aria-label"] and slider["aria-valuetext"] == html.select_one(".dl-controls__at").get_text()  # type: ignore[union-attr]
        assert box.has_attr("data-search-exclude") and not box.find("fieldset")
        assert all(field["autocomplete"] == "off" for field in html.select("select, input")), "browsers would restore another state"

    def test_what_they_say_at_first_is_the_row_of_the_start(self, slug: str, language: str) -> None:
        found = data(slug, language)
        html = BeautifulSoup(controls(found, LABELS[language], "Title"), "lxml")
        lines = [line.get_text() for line in html.select(".dl-controls__says > div")]
        assert len(lines) == len(found["tracks"])
        for line, track in zip(lines, found["tracks"], strict=True):
            table = found["scenes"][" ".join(choice["start"] for choice in track["choices"])]
            start = found["position"]["start"]
            row = table[start if start < 0 else min(start, len(table) - 1)]
            used = [int(word) for word in "0123456789" if f"{{{word}}}" in track["says"]]
            assert used and all(row[column] in line for column in used)

    def test_the_data_are_small_and_those_of_the_script(self, slug: str, language: str) -> None:
        found = data(slug, language)
        held = BeautifulSoup(controls(found, LABELS[language], "Title"), "lxml").find("script")
        assert held is not None and held["type"] == "application/json"
        text = held.get_text()
        assert len(text.encode()) < BUDGET
        scenes = json.loads(text)["scenes"]
        assert {key: [row.split("|") for row in rows.split("\n")] for key, rows in scenes.items()} == found["scenes"]


# ---- What cannot be shown stops the build ----

SVG = '<svg><path data-part="curve"/><g data-part="mark"/><text data-part="name"/><g data-part="in-0"/><g data-part="in-1"/></svg>'
GOOD: dict[str, Any] = {
    "scenes": {"a": [["1", "2", "0,1"], ["3", "−4", "1"]], "b": [["0", "0", "0"]]},
    "tracks": [
        {
            "name": "t", "label": "T", "says": "{f}: {0}, {1} ({k})",
            "choices": [{"name": "f", "label": "F", "options": {"a": "one", "b": "<two>"}, "start": "a"}],
            "lines": {"curve": [0, 1]}, "moves": {"mark": [0, 1]}, "prints": {"name": "{f}"}, "lights": {"in": 2},
            "shows": {"in": {"a": "0,1", "b": "0"}},
        }
    ],
    "scale": [0, 1, 0, -1],
    "position": {"label": "x", "says": "x = {0}", "start": -1},
}  # fmt: skip


def _broken(*path: Any, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(GOOD)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return found


BROKEN = [
    (_broken("scenes", "b", value=None), r"track 't': no scene 'b'"),
    (_broken("scenes", "b", value=[]), r"scene 'b': rows of one length are expected, at least one"),
    (_broken("scenes", "a", 0, value=["1"]), r"scene 'a': rows of one length"),
    (_broken("scenes", "a", 0, 1, value="2|3"), r"scene 'a': '2\|3' is empty or has a bar or a line break"),
    (_broken("scenes", "a", 0, 1, value=""), r"scene 'a': '' is empty or has a bar"),
    (_broken("tracks", 0, "choices", 0, "start", value="c"), r"track 't': 'c' is no option of 'f'"),
    (_broken("tracks", 0, "lines", "curve", value=[0, 3]), r"track 't': scene 'a' has no column 3"),
    (_broken("tracks", 0, "says", value="{7}"), r"track 't': scene 'a' has no column 7"),
    (_broken("position", "says", value="{8}"), r"track 't': scene 'a' has no column 8"),
    (_broken("tracks", 0, "says", value="{g}"), r"track 't': '\{g\}' names g"),
    (_broken("tracks", 0, "lines", value={"curv": [0, 1]}), r"track 't': the picture has no part 'curv'"),
    (_broken("tracks", 0, "prints", value={"nam": "x"}), r"track 't': the picture has no part 'nam'"),
    (_broken("tracks", 0, "grows", value={"marks": 0}), r"track 't': the picture has no part 'marks'"),
    (_broken("tracks", 0, "grows", value={"mark": 6}), r"track 't': scene 'a' has no column 6"),
    (_broken("scenes", "b", 0, 2, value="2"), r"track 't': the picture has no part 'in-2'"),
    (_broken("tracks", 0, "shows", "in", "b", value="5"), r"track 't': the picture has no part 'in-5'"),
    (_broken("tracks", 0, "shows", "in", "b", value=None), r"track 't': no cells of 'in' for the scene 'b'"),
    (_broken("scale", value=None), r"scale: x0, sx, y0, sy are expected"),
]


@pytest.mark.parametrize(("broken", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_what_cannot_be_shown_is_an_error(broken: dict[str, Any], message: str) -> None:
    check(GOOD, SVG)
    with pytest.raises(InteractionError, match=message):
        check(broken, SVG)


def test_templates_are_filled_in() -> None:
    assert say("{f}: {0} at {k}, {1}", ["a", "b"], 3, {"f": "F"}) == "F: a at 3, b"


def test_words_are_text_and_not_markup() -> None:
    html = controls(GOOD, LABELS["en"], "a < b")
    assert "&lt;two&gt;" in html and "a &lt; b" in html and "<two>" not in html
    assert "\\u003ctwo>" not in html  # the labels of options are not in the data


def test_without_play_there_is_no_such_button() -> None:
    assert "dl-controls__play" not in controls(GOOD, LABELS["en"], "")
    assert "dl-controls__play" in controls(_broken("position", "play", value=True), LABELS["en"], "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_controls_are_not_found_by_the_search(site: Path, language: str) -> None:
    folder = site if language == "ja" else site / "en"
    legend = LABELS[language]["controls"].format("")
    assert any(legend in page.read_text(encoding="utf8") for page in folder.rglob("index.html"))
    entries = json.loads((folder / "search" / "search_index.json").read_text(encoding="utf8"))["docs"]
    assert [entry["location"] for entry in entries if legend in entry["text"] or "◀" in entry["text"]] == []
