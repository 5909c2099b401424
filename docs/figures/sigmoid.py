"""Figure 3.1: the sigmoid and its slope, and where it is saturated; with controls, both at any x."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from style import PALETTE, Picture, signed

from dlref.activations import sigmoid, sigmoid_grad

Floats = NDArray[np.float64]

EDGE = 6.4  # the axes end there
FLAT = 0.1  # saturated: the slope is less than this part of the largest one
X = np.arange(-60, 61) / 10  # where the controls stop

TEXT: dict[str, dict[str, str]] = {
    "ja": {
        "curve": "Sigmoid", "slope": "傾き", "saturated": "飽和", "x": "入力 $x$", "at": "x = {0}", "says": "σ({0}) = {1}、傾き σ′({0}) = {2}",
        "description": (
            "Sigmoid 関数 σ(x) の S 字の曲線（実線）とその傾き σ′(x) の山（破線）。曲線は左で点線 y = {low} に、右で点線 y = {high} に近づき、"
            "点 (0, {middle}) について点対称である。傾きは x = 0 で最大値 {steepest} をとり、x = ±{far} では {far_slope} しかない。"
            "傾きが最大値の {flat} 倍を下回る範囲 |x| > {edge} に「飽和」と記し、色を敷いてある。"
        ),
    },
    "en": {
        "curve": "sigmoid", "slope": "slope", "saturated": "saturated", "x": "input $x$", "at": "x = {0}", "says": "σ({0}) = {1}, slope σ′({0}) = {2}",
        "description": (
            "The S-shaped curve of the sigmoid σ(x) (solid) and the hump of its slope σ′(x) (dashed). On the left the curve approaches the dotted line "
            "y = {low}, on the right the dotted line y = {high}, and it is symmetric about the point (0, {middle}). The slope has its maximum {steepest} at "
            "x = 0; at x = ±{far} it is only {far_slope}. The range |x| > {edge}, where the slope is less than {flat} of the largest, is shaded "
            "and marked “saturated”."
        ),
    },
}  # fmt: skip


def flat_from(slope: Callable[[Floats], Floats]) -> float:
    """From which x on the slope is less than ``FLAT`` of the one at 0."""
    x = np.arange(0, EDGE, 1e-4)
    return float(x[slope(x) < FLAT * slope(np.zeros(1))][0])


def printed(function: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], digits: int = 4) -> list[list[str]]:
    """The table of the controls: x, value and slope."""
    columns = zip(X.tolist(), function(X).tolist(), slope(X).tolist(), strict=True)
    return [[number(x, 1), number(value, digits), number(steep, digits)] for x, value, steep in columns]


def number(value: float, digits: int) -> str:
    return signed(round(value, digits) + 0.0, digits)


def frame(slug: str, low: float, high: float, ticks: tuple[float, ...]) -> Picture:
    """Axes for a saturating function with values between two bounds."""
    picture = Picture(slug, 262, (42, 8, 12, 38))
    margin = 0.1 * (high - low)
    picture.axes.set_xlim(-EDGE, EDGE)
    picture.axes.set_ylim(low - margin, high + margin)
    picture.ticks(x=range(-6, 7, 2), y=ticks)
    return picture


def complete(picture: Picture, text: dict[str, str], bounds: tuple[float, float], function: Callable[[Floats], Floats], slope: Callable[[Floats], Floats]) -> None:
    """Saturated ranges, bounds, both curves, and the markers at x = 0."""
    low, high = picture.axes.get_ylim()
    edge = flat_from(slope)
    for side, left in (("left", -EDGE), ("right", edge)):
        picture.axes.add_patch(Rectangle((left, low), EDGE - edge, high - low, facecolor=PALETTE["tint"], linewidth=0, zorder=0, gid=f"dl:saturated-{side}"))
    for bound in bounds:
        picture.rule(f"bound-{'low' if bound == bounds[0] else 'high'}", [-EDGE, EDGE], [bound] * 2, dashes=(2, 3))
    x = np.linspace(-EDGE, EDGE, 513)
    picture.series("2", "slope", x, slope(x))
    picture.series("1", "curve", x, function(x))
    for side in (-1, 1):
        level = bounds[0] + (0.62 if side > 0 else 0.38) * (bounds[1] - bounds[0])
        picture.text(side * (edge + EDGE) / 2, level, text["saturated"], anchor="middle", halo=True)
    picture.text(196, 257, text["x"], anchor="middle", units=True)
    x0, _, y0, sy = picture.scale()
    for series, part, at in (("2", "slope-at", slope), ("1", "curve-at", function)):
        picture.over.marker(series, part, (x0, y0 + sy * round(float(at(np.zeros(1))[0]), 4)))


def controls(language: str, picture: Picture, text: dict[str, str], rows: list[list[str]]) -> dict[str, Any]:
    return {
        "scenes": {"": rows},
        "tracks": [{"name": "x", "label": "x", "choices": [], "says": text["says"], "moves": {"curve-at": [0, 1], "slope-at": [0, 2]}}],
        "scale": [round(value, 3) for value in picture.scale()],
        "position": {"label": "x", "says": text["at"], "start": len(X) // 2},
    }


@cache
def _numbers() -> dict[str, str]:
    at = np.array([0.0, X[-1]])
    return {
        "low": "0", "high": "1", "flat": f"{FLAT:g}", "middle": f"{sigmoid(at)[0]:g}", "steepest": f"{sigmoid_grad(at)[0]:g}",
        "far": f"{X[-1]:g}", "far_slope": f"{sigmoid_grad(at)[1]:.4f}", "edge": f"{flat_from(sigmoid_grad):.2f}",
    }  # fmt: skip


def draw(language: str) -> str:
    text = TEXT[language]
    picture = frame("sigmoid", 0.0, 1.0, (0, 0.25, 0.5, 1))
    complete(picture, text, (0.0, 1.0), sigmoid, sigmoid_grad)
    picture.legend([("1", text["curve"], "$σ(x)$"), ("2", text["slope"], "$σ^{′}(x)$")], x=52, y=56, column=92)
    picture.text(0.45, 0.455, "$(0, 0.5)$", halo=True)
    picture.text(0.6, 0.255, "$0.25$", halo=True)
    return picture.svg()


def interact(language: str) -> dict[str, Any]:
    return controls(language, frame("sigmoid", 0.0, 1.0, (0, 0.25, 0.5, 1)), TEXT[language], printed(sigmoid, sigmoid_grad))


def describe(language: str) -> str:
    return TEXT[language]["description"].format(**_numbers())
