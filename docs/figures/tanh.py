"""Figure 3.2: tanh and its slope, and where it is saturated; with controls, both at any x. Drawn like the sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sigmoid import FLAT, complete, controls, flat_from, frame, printed
from style import Picture

from dlref.activations import sigmoid_grad, tanh

Floats = NDArray[np.float64]

TEXT: dict[str, dict[str, str]] = {
    "ja": {
        "curve": "tanh", "slope": "傾き", "saturated": "飽和", "x": "入力 $x$", "at": "x = {0}", "says": "tanh({0}) = {1}、傾き {2}",
        "description": (
            "tanh(x) の S 字の曲線（実線）とその傾きの山（破線）。曲線は左で点線 y = {low} に、右で点線 y = {high} に近づき、"
            "原点を通り、原点について点対称である。傾きは x = 0 で最大値 {steepest} をとり、x = ±{far} では {far_slope} に落ちる。"
            "傾きが最大値の {flat} 倍を下回る範囲 |x| > {edge} に「飽和」と記し、色を敷いてある。"
        ),
    },
    "en": {
        "curve": "tanh", "slope": "slope", "saturated": "saturated", "x": "input $x$", "at": "x = {0}", "says": "tanh({0}) = {1}, slope {2}",
        "description": (
            "The S-shaped curve of tanh(x) (solid) and the hump of its slope (dashed). On the left the curve approaches the dotted line y = {low}, on the "
            "right the dotted line y = {high}; it passes through the origin and is symmetric about it. The slope has its maximum {steepest} at x = 0 and has "
            "fallen to {far_slope} at x = ±{far}. The range |x| > {edge}, where the slope is less than {flat} of the largest, is shaded and marked “saturated”."
        ),
    },
}  # fmt: skip


def slope(x: Floats) -> Floats:
    """tanh is 2σ(2x) − 1, so its slope is 4σ′(2x)."""
    return 4 * sigmoid_grad(2 * x)


def _picture() -> Picture:
    return frame("tanh", -1.0, 1.0, (-1, -0.5, 0, 0.5, 1))


def draw(language: str) -> str:
    text = TEXT[language]
    picture = _picture()
    complete(picture, text, (-1.0, 1.0), tanh, slope)
    picture.legend([("1", text["curve"], "$tanh(x)$"), ("2", text["slope"], "$tanh^{′}(x)$")], x=208, y=164, column=78)
    return picture.svg()


def interact(language: str) -> dict[str, Any]:
    return controls(language, _picture(), TEXT[language], printed(tanh, slope, digits=5))  # with 4, tanh(6) would seem to be 1


def describe(language: str) -> str:
    far = np.array([3.0])
    return TEXT[language]["description"].format(
        low="−1", high="1", flat=f"{FLAT:g}", steepest=f"{slope(np.zeros(1))[0]:g}", far=f"{far[0]:g}", far_slope=f"{slope(far)[0]:.4f}", edge=f"{flat_from(slope):.2f}"
    )
