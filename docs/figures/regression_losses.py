"""Section 1.3: the three losses of regression as functions of the residual y − ŷ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from style import Picture, signed

from dlref.losses import absolute, huber, squared

Floats = NDArray[np.float64]

DELTA = 1.0

TEXT = {
    "ja": {
        "x": "残差 $r = y − ŷ$",
        "y": "損失",
        "squared": "二乗損失",
        "absolute": "絶対値損失",
        "huber": "フーバー損失",
        "description": (
            "横軸を残差 r = y − ŷ、縦軸を損失とする 3 本の曲線。いずれも左右対称で、r = 0 で最小値 0 をとる。r = 2 では二乗損失 {squared}、"
            "絶対値損失 {absolute}、フーバー損失 {huber}（δ = {delta}）。二乗損失は放物線、絶対値損失は原点で折れる二本の半直線である。"
            "フーバー損失は |r| ≤ {delta} で放物線の半分の高さ、その外では傾き ±{delta} の直線になり、二つは点 |r| = {delta}、高さ {switch} でなめらかにつながる。"
        ),
    },
    "en": {
        "x": "residual $r = y − ŷ$",
        "y": "loss",
        "squared": "squared loss",
        "absolute": "absolute loss",
        "huber": "Huber loss",
        "description": (
            "Three curves over the residual r = y − ŷ, all symmetric with their minimum 0 at r = 0. At r = 2 the squared loss is {squared}, "
            "the absolute loss {absolute}, the Huber loss {huber} (δ = {delta}). The squared loss is a parabola, the absolute loss two rays "
            "with a kink at the origin. The Huber loss is half as high as the parabola for |r| ≤ {delta} and a straight line of slope "
            "±{delta} beyond; the two meet smoothly at |r| = {delta}, at the height {switch}."
        ),
    },
}


def losses(r: Floats) -> dict[str, Floats]:
    return {"squared": squared(r, 0.0), "absolute": absolute(r, 0.0), "huber": huber(r, 0.0, delta=DELTA)}


def draw(language: str) -> str:
    text = TEXT[language]
    picture = Picture("regression-losses", 252, (28, 8, 30, 40))
    picture.axes.set_xlim(-3.2, 3.2)
    picture.axes.set_ylim(-0.12, 5)
    picture.ticks(x=range(-3, 4), y=range(6))
    r = np.linspace(-3.2, 3.2, 641)
    values = losses(r)
    switch = losses(np.array([DELTA]))["huber"][0]
    for side, sign in (("left", -1), ("right", 1)):
        picture.rule(f"switch-{side}", [sign * DELTA] * 2, [-0.12, switch], dashes=(2, 3))
    for series, name in (("1", "squared"), ("2", "absolute"), ("3", "huber")):
        picture.series(series, name, r, values[name])
    picture.legend(
        [("1", text["squared"], "$r^2$"), ("2", text["absolute"], "$|r|$"), ("3", text["huber"], f"$δ = {DELTA:g}$")],
        x=112, y=46, column=126,
    )  # fmt: skip
    picture.text(4, 16, text["y"], units=True)
    picture.text(189, 247, text["x"], anchor="middle", units=True)
    return picture.svg()


def describe(language: str) -> str:
    at = {name: f"{values[0]:g}" for name, values in losses(np.array([2.0])).items()}
    switch = losses(np.array([DELTA]))["huber"][0]
    return TEXT[language]["description"].format(**at, delta=f"{DELTA:g}", switch=f"{switch:g}")
