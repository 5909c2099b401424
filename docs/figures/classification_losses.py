"""Section 1.3: the four losses of classification as functions of the margin m = y f(x)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from style import Picture, signed

from dlref.losses import cross_entropy, exponential, hinge, zero_one

Floats = NDArray[np.float64]

TEXT = {
    "ja": {
        "x": "マージン $y f(x)$",
        "y": "損失",
        "wrong": "誤分類",
        "right": "正しい分類",
        "zero-one": "0-1 損失",
        "hinge": "ヒンジ損失",
        "cross-entropy": "交差エントロピー",
        "exponential": "指数損失",
        "description": (
            "横軸をマージン y f(x)、縦軸を損失とする 4 本の曲線。0-1 損失はマージン 0 で 1 から 0 へ跳ぶ。ほかの三つは連続で、"
            "マージンが増えても大きくならない。マージン 0 ではヒンジ損失 {hinge_0}、交差エントロピー損失 {cross_entropy_0}、指数損失 {exponential_0}。"
            "誤りの側のマージン −2 ではヒンジ損失 {hinge_2}、交差エントロピー損失 {cross_entropy_2} とほぼ直線的に、指数損失は {exponential_2} と急に増える。"
            "ヒンジ損失はマージンが 1 以上ならちょうど 0 になり、交差エントロピー損失と指数損失は 0 に近づくが 0 にはならない。"
        ),
    },
    "en": {
        "x": "margin $y f(x)$",
        "y": "loss",
        "wrong": "wrong",
        "right": "correct",
        "zero-one": "0-1 loss",
        "hinge": "hinge loss",
        "cross-entropy": "cross-entropy",
        "exponential": "exponential",
        "description": (
            "Four curves over the margin y f(x). The 0-1 loss jumps from 1 to 0 at margin 0. The other three are continuous and "
            "never rise with the margin. At margin 0 the hinge loss is {hinge_0}, the cross-entropy loss {cross_entropy_0}, the exponential loss "
            "{exponential_0}. On the side of mistakes, at margin −2, the hinge loss ({hinge_2}) and the cross-entropy loss ({cross_entropy_2}) "
            "grow almost along straight lines, the exponential loss ({exponential_2}) exponentially. The hinge loss is exactly 0 from margin 1 on; the "
            "cross-entropy and exponential losses approach 0 without reaching it."
        ),
    },
}


def losses(m: Floats) -> dict[str, Floats]:
    """The losses of a sample with the label +1 and the score m. Apart from m = 0, the label −1 and the score −m give the same."""
    probability = 1 / (1 + exponential(1, m))  # σ(m), which the cross-entropy of a score presupposes
    return {
        "zero-one": zero_one(1, np.where(m >= 0, 1, -1)),
        "hinge": hinge(1, m),
        "cross-entropy": cross_entropy(np.ones(m.shape, dtype=int), np.stack([1 - probability, probability], axis=-1)),
        "exponential": exponential(1, m),
    }


def draw(language: str) -> str:
    text = TEXT[language]
    picture = Picture("classification-losses", 276, (28, 8, 30, 40))
    axes = picture.axes
    axes.set_xlim(-2.25, 3.25)
    axes.set_ylim(-0.12, 4.4)
    picture.ticks(x=range(-2, 4), y=range(5))
    picture.rule("boundary", [0, 0], [-0.12, 2.85], dashes=(2, 3))
    m = np.linspace(-2.25, 3.25, 551)
    values = losses(m)
    for series, name in (("4", "exponential"), ("3", "cross-entropy"), ("2", "hinge")):
        picture.series(series, name, m, values[name])
    for side, part in (("wrong", m < 0), ("right", m >= 0)):
        picture.series("1", f"zero-one-{side}", m[part], values["zero-one"][part], clip_on=False)
    picture.legend(
        [
            ("1", text["zero-one"], "$1 (y f(x) < 0)$"),
            ("2", text["hinge"], "$max(0, 1 − y f(x))$"),
            ("3", text["cross-entropy"], "$log(1 + e^{−y f(x)})$"),
            ("4", text["exponential"], "$e^{−y f(x)}$"),
        ],
        x=100, y=38, column=142,
    )  # fmt: skip
    picture.text(-0.15, 2.58, text["wrong"], anchor="end", halo=True)
    picture.text(0.15, 2.58, text["right"], halo=True)
    picture.text(4, 16, text["y"], units=True)
    picture.text(193, 271, text["x"], anchor="middle", units=True)
    return picture.svg()


def describe(language: str) -> str:
    at = losses(np.array([0.0, -2.0]))
    numbers = {f"{name.replace('-', '_')}_{place}": signed(values[k]) for name, values in at.items() for k, place in enumerate("02")}
    return TEXT[language]["description"].format(**numbers)
