"""Figure 3.A: ReLU, Leaky ReLU, ELU, Swish and GELU; with controls, value and slope of two of them at any x."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sigmoid import number
from style import DASHES, Picture, polyline, signed

from dlref.activations import elu, gelu, leaky_relu, relu, swish

Floats = NDArray[np.float64]

ALPHA = 0.1  # of the leaky ReLU, ten times the usual 0.01, so that it shows
FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": relu,
    "leaky-relu": lambda x: leaky_relu(x, alpha=ALPHA),
    "elu": elu,
    "swish": swish,
    "gelu": gelu,
}
NAMES = {"relu": "ReLU", "leaky-relu": "Leaky ReLU", "elu": "ELU", "swish": "Swish", "gelu": "GELU"}
SERIES = {"relu": "1", "leaky-relu": "2", "elu": "3", "swish": "4", "gelu": "fg"}
STROKES = {**DASHES, "fg": (12, 2.5, 2, 2.5, 2, 2.5)}
LEFT, RIGHT, LOW, HIGH = -4.2, 2.2, -1.25, 2.2
X = np.arange(-80, 41) / 20  # where the controls stop
FIRST = -1.0
SLOTS = (("a", "relu"), ("b", "gelu"))  # what is marked at first
HEIGHT = 290.0
MARGINS = (30.0, 8.0, 10.0, 38.0)

TEXT: dict[str, dict[str, str]] = {
    "ja": {
        "x": "入力 $x$", "function": "関数 {}", "at": "x = {0}", "says": "{}：{{function}}({{0}}) = {{1}}、傾き {{2}}",
        "description": (
            "五つの活性化関数を重ねた図。x > 0 では ReLU、Leaky ReLU、ELU は直線 y = x に重なり、Swish と GELU はそのすぐ下を通って近づく。"
            "x < 0 で違いが出る。x = {x} での値は、ReLU {relu}、Leaky ReLU {leaky_relu}（α = {alpha}）、ELU {elu}、Swish {swish}、GELU {gelu}。"
            "左へ行くと、ReLU はちょうど {zero} のまま、Leaky ReLU は直線で下がり続け、ELU は {level} に近づく。"
            "Swish は x = {swish_at} で最小値 {swish_low}、GELU は x = {gelu_at} で最小値 {gelu_low} をとり、さらに左では 0 に戻る。"
        ),
    },
    "en": {
        "x": "input $x$", "function": "Function {}", "at": "x = {0}", "says": "{}: {{function}}({{0}}) = {{1}}, slope {{2}}",
        "description": (
            "Five activations in one picture. For x > 0 ReLU, leaky ReLU and ELU lie on the line y = x; Swish and GELU run just below it and approach it. "
            "For x < 0 they differ. At x = {x}: ReLU {relu}, leaky ReLU {leaky_relu} (α = {alpha}), ELU {elu}, Swish {swish}, GELU {gelu}. "
            "Further left ReLU stays at exactly {zero}, leaky ReLU keeps falling along a line, and ELU levels out toward {level}. "
            "Swish has its minimum {swish_low} at x = {swish_at}, GELU its minimum {gelu_low} at x = {gelu_at}; from there to the left both return to 0."
        ),
    },
}  # fmt: skip


def slope(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    """By differences; at 0, where some have a kink, that of the left side."""
    h = np.where(x == 0, 0.0, 1e-5)
    return (function(x + h) - function(x - 1e-5)) / (h + 1e-5)


def printed(name: str) -> list[list[str]]:
    """The table of a function: x, value and slope."""
    columns = zip(X.tolist(), FUNCTIONS[name](X).tolist(), slope(FUNCTIONS[name], X).tolist(), strict=True)
    return [[number(x, 2), number(value, 3), number(steep, 3)] for x, value, steep in columns]


def _picture() -> Picture:
    picture = Picture("relu-family", HEIGHT, MARGINS)
    picture.axes.set_xlim(LEFT, RIGHT)
    picture.axes.set_ylim(LOW, HIGH)
    return picture


def draw(language: str) -> str:
    text = TEXT[language]
    picture = _picture()
    picture.ticks(x=range(-4, 3), y=range(-1, 3))
    picture.rule("origin", [0, 0], [LOW, HIGH], color="grid", linewidth=1)
    picture.text(194, HEIGHT - 5, text["x"], anchor="middle", units=True)
    x0, sx, y0, sy = picture.scale()
    canvas = picture.over
    x = np.linspace(LEFT, RIGHT, 257)
    left, right, top, bottom = MARGINS
    with canvas.clipped(left, top, 358 - left - right, HEIGHT - top - bottom):
        for name, function in reversed(FUNCTIONS.items()):
            points = [(x0 + sx * a, y0 + sy * b) for a, b in zip(x.tolist(), function(x).tolist(), strict=True)]
            canvas.path(polyline(points), part=name, stroke=SERIES[name], width=2, dashes=STROKES[SERIES[name]])
    for k, name in enumerate(FUNCTIONS):
        base = 32 + 19 * k
        canvas.path(f"M44,{base - 4}h34", stroke=SERIES[name], width=2, dashes=STROKES[SERIES[name]])
        canvas.text(86, base, NAMES[name], halo=True)
        if name == "leaky-relu":
            canvas.text(170, base, f"$α = {ALPHA:g}$", halo=True)
    start = X.tolist().index(FIRST)
    for track, name in SLOTS:
        value = float(FUNCTIONS[name](X)[start])
        base = HEIGHT - 82 + 20 * (track == "b")
        for part, at in ((track, (x0 + sx * FIRST, y0 + sy * round(value, 3))), (f"{track}-sample", (258, base - 4))):
            with canvas.group(part, transform=f"translate({at[0]:.1f} {at[1]:.1f})"):
                canvas.path("M-5,0a5,5 0 1 1 10,0a5,5 0 1 1 -10,0z" if track == "a" else "M-4.5,-4.5h9v9h-9z", stroke="fg", fill="bg", width=2)
        canvas.text(270, base, f"{track.upper()}: {NAMES[name]}", part=f"{track}-label")
    return picture.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    tracks = [
        {
            "name": track, "label": track.upper(), "says": text["says"].format(track.upper()), "moves": {track: [0, 1]},
            "prints": {f"{track}-label": f"{track.upper()}: {{function}}"},
            "choices": [{"name": "function", "label": text["function"].format(track.upper()), "options": NAMES, "start": name}],
        }
        for track, name in SLOTS
    ]  # fmt: skip
    return {
        "scenes": {name: printed(name) for name in FUNCTIONS},
        "tracks": tracks,
        "scale": [round(value, 3) for value in _picture().scale()],
        "position": {"label": "x", "says": text["at"], "start": X.tolist().index(FIRST)},
    }


def describe(language: str) -> str:
    found = {name.replace("-", "_"): signed(float(function(np.array([FIRST]))[0]) + 0.0) for name, function in FUNCTIONS.items()}
    x = np.linspace(-3, 0, 30001)
    for name in ("swish", "gelu"):
        values = FUNCTIONS[name](x)
        found |= {f"{name}_at": signed(x[values.argmin()]), f"{name}_low": signed(values.min())}
    far = np.array([-30.0])
    return TEXT[language]["description"].format(
        x=signed(FIRST, 0), alpha=f"{ALPHA:g}", zero=f"{relu(far)[0]:g}", level=signed(elu(far)[0], 0), **found
    )
