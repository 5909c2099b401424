"""Figure 1.2: the line with the widest margin between two classes of points in the plane, as the hard-margin SVM finds it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from style import Picture, signed

from dlref.linear import hard_margin_svm, margin_width, score

Floats = NDArray[np.float64]

POSITIVE = [(-1.7, 2.5), (2.0, 0.5), (0.3, 2.9), (2.9, 2.3), (1.3, 3.4), (3.4, 0.9), (-0.7, 3.5), (-2.8, 3.6)]
NEGATIVE = [(-0.4, -1.2), (-3.3, 0.1), (-2.3, -1.5), (-1.3, -2.7), (1.1, -2.9), (-3.3, -2.9), (2.7, -3.3), (-3.5, -0.9)]

TEXT = {
    "ja": {
        "margin": "マージン",
        "support": "サポートベクター",
        "description": (
            "平面上で、ラベル +1 の点（丸、{n_positive} 個）とラベル −1 の点（四角、{n_negative} 個）を実線 wᵀx + b = 0 が分ける。"
            "両側に平行な破線 wᵀx + b = 1 と wᵀx + b = −1 があり、破線の間に点はない。破線上の {n_support} 個の点（輪で囲んだもの）がサポートベクターである。"
            "ベクトル w = ({w1}, {w2}) は実線に直交し、破線の間隔（両矢印）がマージン 2/‖w‖ = {margin} である。"
        ),
    },
    "en": {
        "margin": "margin",
        "support": "support vector",
        "description": (
            "In the plane the solid line wᵀx + b = 0 separates {n_positive} points of label +1 (disks) from {n_negative} points of label −1 (squares). "
            "On either side runs a dashed parallel, wᵀx + b = 1 and wᵀx + b = −1, with no point between the two. The {n_support} ringed points on the "
            "dashed lines are the support vectors. The vector w = ({w1}, {w2}) is at a right angle to the line; the distance of the dashed lines "
            "(double arrow) is the margin 2/‖w‖ = {margin}."
        ),
    },
}


class Solution(NamedTuple):
    x: Floats
    y: Floats
    w: Floats
    b: float
    support: NDArray[np.bool_]
    margin: float


@cache
def solution() -> Solution:
    x = np.array(POSITIVE + NEGATIVE)
    y = np.repeat([1.0, -1.0], [len(POSITIVE), len(NEGATIVE)])
    w, b = hard_margin_svm(x, y)
    support = np.abs(y * score(x, w, b) - 1) < 1e-5
    return Solution(x, y, w, float(b), support, float(margin_width(w)))


def on_line(w: Floats, b: float, x1: float) -> Floats:
    """The point of wᵀx + b = 0 with this first coordinate."""
    return np.array([x1, -(b + w[0] * x1) / w[1]])


def draw(language: str) -> str:
    text = TEXT[language]
    x, y, w, b, support, _ = solution()
    picture = Picture("support-vector-machine", 300, (16, 98, 36, 20))
    axes = picture.axes
    axes.set_xlim(-4, 4)
    axes.set_ylim(-4, 4)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for name, offset, dashes in (("plus", 1, (6, 4)), ("boundary", 0, ()), ("minus", -1, (6, 4))):
        ends = np.array([on_line(w, b - offset, x1) for x1 in (-4, 4)])
        picture.rule(name, ends[:, 0], ends[:, 1], color="fg", dashes=dashes, linewidth=1.4 if dashes else 2.2)
        picture.text(4.15, ends[1, 1] - 0.12, f"$w^⊤x + b = {offset}$".replace("-", "−"))
    picture.points("1", "class-positive", *x[y > 0].T)
    picture.points("2", "class-negative", *x[y < 0].T)
    picture.rings("support", *x[support].T)
    # The margin from one dashed line to the other, and the vector w, both to scale. Labels stand midway between two lines.
    middle, foot, half = on_line(w, b, -1.6), on_line(w, b, 2.8), w / (w @ w)
    picture.arrow("margin", middle - half, middle + half, both=True)
    picture.arrow("w", foot, foot + w)
    for level, label, away in ((0.5, text["margin"], 1.15), (-0.5, "$2/∥w∥$", 0.95)):
        place = on_line(w, b - level, middle[0] + level * half[0] + away)
        picture.text(place[0], place[1] - 0.15, label, anchor="middle")
    picture.text(foot[0] + w[0] + 0.2, foot[1] + w[1], "$w$")
    picture.text(264, 296, "$x_1$", anchor="end", units=True)
    picture.text(4, 30, "$x_2$", units=True)
    picture.points("1", "sample-positive", [46], [12], units=True)
    picture.text(56, 16, "$y = +1$", units=True)
    picture.points("2", "sample-negative", [124], [12], units=True)
    picture.text(134, 16, "$y = −1$", units=True)
    picture.rings("sample-support", [206], [12], units=True)
    picture.text(219, 16, text["support"], units=True)
    return picture.svg()


def describe(language: str) -> str:
    _, y, w, _, support, margin = solution()
    return TEXT[language]["description"].format(
        n_positive=np.sum(y > 0), n_negative=np.sum(y < 0), n_support=np.sum(support), w1=signed(w[0]), w2=signed(w[1]), margin=signed(margin),
    )  # fmt: skip
