"""Section 2.1: gradient descent on a parabola with a learning rate too small, good and too large."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from style import Canvas, dots, polyline, signed

from dlref.optim import GradientDescent, trajectory

Floats = NDArray[np.float64]

START = -2.4
N_STEPS = 8
ETAS = {"small": 0.1, "good": 0.6, "large": 2.05}  # with the curvature 1 gradient descent converges below 2

TEXT = {
    "ja": {
        "small": "小さすぎる",
        "good": "適切",
        "large": "大きすぎる",
        "description": (
            "放物線 L(θ) = θ²/2 の上を、点 θ = {start} から勾配降下法で {n} ステップ進んだ三つの図。左、学習率 η = {eta_small}：少しずつしか下らず、θ = {small} で終わる。"
            "中央、η = {eta_good}：数ステップで最小点に達し、θ = {good} で終わる。右、η = {eta_large}：谷を飛び越えるたびに高く上がり、θ = {large} まで離れる。"
        ),
    },
    "en": {
        "small": "too small",
        "good": "good",
        "large": "too large",
        "description": (
            "Three pictures of the parabola L(θ) = θ²/2 and of {n} steps of gradient descent from θ = {start}. Left, learning rate η = {eta_small}: "
            "it creeps down and ends at θ = {small}. Middle, η = {eta_good}: it reaches the minimum in a few steps and ends at θ = {good}. "
            "Right, η = {eta_large}: it jumps over the valley, higher each time, and ends at θ = {large}."
        ),
    },
}


def loss(theta: Floats) -> Floats:
    return theta**2 / 2


@cache
def path(eta: float) -> Floats:
    return trajectory(lambda theta: theta, np.array(START), optimizer=GradientDescent(eta=eta), n_steps=N_STEPS)


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("learning-rates", 222)
    theta = np.linspace(-3.65, 3.65, 74)
    for k, (name, eta) in enumerate(ETAS.items()):
        x0, y0, sx, sy = 60 + 119 * k, 196, 14.5, -20  # where (0, 0) lies, and the units of the axes
        canvas.text(x0, 16, text[name], anchor="middle")
        canvas.text(x0, 34, f"$η = {eta:g}$", anchor="middle")
        canvas.arrow([(x0 - 55, y0), (x0 + 57, y0)], color="muted", width=1, head=5)
        canvas.path(f"M{x0},{y0 - 3}v6", stroke="muted", width=1)
        canvas.text(x0, y0 + 20, "$0$", anchor="middle")
        canvas.text(x0 + 54, y0 + 20, "$θ$", anchor="end")
        canvas.path(polyline(place(theta, loss(theta), x0, y0, sx, sy)), part=f"{name}-loss", stroke="muted", width=1.4)
        points = place(path(eta), loss(path(eta)), x0, y0, sx, sy)
        canvas.path(polyline(points), part=f"{name}-path", stroke="1", width=1.4)
        canvas.path(dots(points), part=f"{name}-dots", stroke="1", width=6.5, stroke_linecap="round")
        canvas.circle(*points[0], 5, part=f"{name}-start", stroke="fg", width=1.6, fill="bg")
    canvas.text(4, 54, "$L(θ)$")
    return canvas.svg()


def place(x: Floats, y: Floats, x0: float, y0: float, sx: float, sy: float) -> list[tuple[float, float]]:
    return [(float(x0 + sx * a), float(y0 + sy * b)) for a, b in zip(x, y, strict=True)]


def describe(language: str) -> str:
    ends = {name: signed(path(eta)[-1], 3) for name, eta in ETAS.items()}
    rates = {f"eta_{name}": f"{eta:g}" for name, eta in ETAS.items()}
    return TEXT[language]["description"].format(start=signed(START, 1), n=N_STEPS, **ends, **rates)
