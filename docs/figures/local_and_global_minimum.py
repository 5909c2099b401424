"""Figure 2.3: a loss with two valleys; gradient descent ends in that in which it starts."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from style import Picture, signed

from dlref.optim import GradientDescent, minimize, trajectory

Floats = NDArray[np.float64]

STARTS = {"right": 2.8, "left": -0.4}
ETA = 0.05
N_STEPS = 60

TEXT = {
    "ja": {
        "y": "損失 $L(θ)$",
        "local": "局所最適解",
        "global": "大域最適解",
        "start": "出発点",
        "description": (
            "二つの谷をもつ損失 L(θ) の曲線。右の浅い谷の底 θ = {local}、L = {local_loss} が局所最適解、左の深い谷の底 θ = {global}、L = {global_loss} が大域最適解である。"
            "θ = {right} から始めた勾配降下法（丸）は負の勾配 −∇L の向きに下り、浅い谷の底で止まる。θ = {left} から始めたもの（四角）は大域最適解に達する。"
        ),
    },
    "en": {
        "y": "loss $L(θ)$",
        "local": "local optimum",
        "global": "global optimum",
        "start": "start",
        "description": (
            "The curve of a loss L(θ) with two valleys. The bottom of the shallow valley on the right, θ = {local} with L = {local_loss}, is a local optimum; "
            "that of the deep one on the left, θ = {global} with L = {global_loss}, is the global optimum. From θ = {right}, gradient descent (circles) goes down "
            "along −∇L and stays at the bottom of the shallow valley. From θ = {left} it (squares) reaches the global optimum."
        ),
    },
}


def loss(theta: Floats) -> Floats:
    return theta**4 / 8 - theta**2 + theta / 2 + 3.5


def gradient(theta: Floats) -> Floats:
    return theta**3 / 2 - 2 * theta + 1 / 2


@cache
def paths() -> dict[str, Floats]:
    return {
        side: trajectory(gradient, np.array([start]), optimizer=GradientDescent(eta=ETA), n_steps=N_STEPS)[:, 0] for side, start in STARTS.items()
    }


@cache
def minima() -> dict[str, float]:
    """The bottoms of the valleys, as minimize finds them from either start."""
    found = {side: minimize(lambda theta: loss(theta[0]), gradient, np.array([start])) for side, start in STARTS.items()}
    return {"local": float(found["right"][0]), "global": float(found["left"][0])}


def draw(language: str) -> str:
    text = TEXT[language]
    picture = Picture("local-and-global-minimum", 250, (16, 8, 30, 40))
    axes = picture.axes
    axes.set_xlim(-3.3, 3.6)
    axes.set_ylim(-0.9, 5.6)
    picture.ticks(x=range(-3, 4), y=())
    theta = np.linspace(-3.3, 3.3, 331)
    picture.rule("loss", theta, loss(theta), color="fg", linewidth=1.8)
    for name, theta_min in minima().items():
        picture.rule(f"{name}-line", [theta_min, theta_min], [-0.9, loss(theta_min)], dashes=(3, 3))
        side, anchor, height = (-0.12, "end", 0.9) if name == "local" else (0.12, "start", -0.65)
        picture.text(theta_min + side, height, text[name], anchor=anchor)
    for series, side in (("1", "right"), ("2", "left")):
        points = paths()[side][:30:2]
        picture.series(series, f"{side}-path", points, loss(points), markers=True, linestyle="none", markersize=5.5)
        picture.points(series, f"{side}-end", [paths()[side][-1]], [loss(paths()[side][-1])])
        picture.rings(f"{side}-start", points[:1], loss(points[:1]))
        picture.text(points[0] - (0.2 if side == "right" else 0), loss(points[0]) + (0.22 if side == "right" else 0.5), text["start"], anchor="end" if side == "right" else "middle")
    # Minus the gradient where the descent is at its third step, along the tangent of the curve.
    at = float(paths()["right"][2])
    slope = float(gradient(np.array(at)))
    run = -0.62
    picture.arrow("minus-gradient", (at + 0.36, loss(at)), (at + 0.36 + run, loss(at) + run * slope))
    picture.text(at + 0.4, loss(at) - 0.9, "$−∇L$")
    picture.text(4, 16, text["y"], units=True)
    picture.text(187, 245, "$θ$", anchor="middle", units=True)
    return picture.svg()


def describe(language: str) -> str:
    values = {name: signed(theta) for name, theta in minima().items()}
    losses = {f"{name}_loss": signed(float(loss(np.array(theta)))) for name, theta in minima().items()}
    return TEXT[language]["description"].format(**values, **losses, **{side: signed(start, 1) for side, start in STARTS.items()})
