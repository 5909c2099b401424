"""Figure 2.4: gradient descent on θ₁² − θ₂² comes to the saddle point, stays for a while, and leaves along the other axis."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from style import Canvas, dots, polyline, signed

from dlref.optim import GradientDescent, trajectory

Floats = NDArray[np.float64]

START = (-1.3, -0.001)
ETA = 0.1
N_STEPS = 39
SIDE = 1.3  # half of the square over which the surface is drawn
CELLS = 13

TEXT = {
    "ja": {
        "saddle": "鞍点",
        "start": "出発点",
        "steps": "ステップ",
        "loss": "損失 $L(θ)$",
        "description": (
            "上は曲面 L(θ) = θ₁² − θ₂²。原点の鞍点では、θ₁ の向きに上へ、θ₂ の向きに下へ曲がっている。点 ({x0}, {y0}) から学習率 η = {eta} で進む勾配降下法は、θ₁ に沿って鞍点に近づき、"
            "そこで停滞し、θ₂ に沿って離れる。下はステップごとの損失。ステップ {flat} で勾配の大きさは最小値 {least} になり、ステップ {left} まで損失は −{near} より大きい。ステップ {last} では {end} である。"
        ),
    },
    "en": {
        "saddle": "saddle point",
        "start": "start",
        "steps": "step",
        "loss": "loss $L(θ)$",
        "description": (
            "Above, the surface L(θ) = θ₁² − θ₂², which bends upward along θ₁ and downward along θ₂ at its saddle point, the origin. From ({x0}, {y0}), gradient "
            "descent with the learning rate η = {eta} comes near along θ₁, stalls, and leaves along θ₂. Below, the loss at each step. At step {flat} the norm of the "
            "gradient is smallest, {least}; until step {left} the loss stays above −{near}; at step {last} it is {end}."
        ),
    },
}


def loss(theta: Floats) -> Floats:
    return theta[..., 0] ** 2 - theta[..., 1] ** 2


def gradient(theta: Floats) -> Floats:
    return 2 * theta * np.array([1.0, -1.0])


@cache
def path() -> Floats:
    return trajectory(gradient, np.array(START), optimizer=GradientDescent(eta=ETA), n_steps=N_STEPS)


def project(x: float, y: float, z: float) -> tuple[float, float]:
    """A point of space as it is seen from above, before and to the left: in units of the picture."""
    return 176 + 80 * (0.86 * x + 0.62 * y), 112 - 80 * (0.30 * y - 0.23 * x) - 42 * z


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("saddle-point", 352)
    _surface(canvas)
    points = [project(x, y, z) for (x, y), z in zip(path().tolist(), loss(path()).tolist(), strict=True)]
    canvas.path(polyline(points), part="path", stroke="1", width=1.8)
    canvas.path(dots(points), part="dots", stroke="1", width=6, stroke_linecap="round")
    canvas.circle(*points[0], 5, part="start", width=1.6, fill="bg")
    canvas.circle(*project(0, 0, 0), 7.5, part="saddle", width=2)
    canvas.text(points[0][0] - 9, points[0][1] - 8, text["start"], anchor="middle", halo=True)
    saddle = project(0, 0, 0)
    canvas.text(saddle[0] + 13, saddle[1] + 5, text["saddle"], halo=True)
    _axes(canvas)
    _losses(canvas, text)
    return canvas.svg()


def _surface(canvas: Canvas) -> None:
    """Facets from the farthest to the nearest, each hiding what lies behind it."""
    ticks = np.linspace(-SIDE, SIDE, CELLS + 1)
    facets = []
    for i in range(CELLS):
        for k in range(CELLS):
            corners = [(ticks[i + a], ticks[k + b]) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
            facets.append((-(corners[0][1]) + 0.77 * corners[0][0], [project(x, y, x**2 - y**2) for x, y in corners]))
    with canvas.group("surface"):
        for _, corners in sorted(facets):
            canvas.path(polyline(corners) + "z", stroke="muted", fill="bg", width=0.6)


def _axes(canvas: Canvas) -> None:
    """The directions of the axes, in a corner."""
    (x0, y0), corner = project(0, 0, 0), (268.0, 196.0)
    for direction, label, (dx, dy) in (((0.6, 0, 0), "$θ_1$", (5, 6)), ((0, 0.6, 0), "$θ_2$", (6, 2)), ((0, 0, 0.8), "$L$", (6, 2))):
        x, y = project(*direction)
        end = corner[0] + x - x0, corner[1] + y - y0
        canvas.arrow([corner, end], width=1.2, head=6)
        canvas.text(end[0] + dx, end[1] + dy, label)


def _losses(canvas: Canvas, text: dict[str, str]) -> None:
    """The loss over the steps, with the plateau on which it stalls."""
    x0, y0, sx, sy = 34.0, 290.0, 7.9, -24.0
    values = loss(path()).tolist()
    for value in (1, 0, -1):
        canvas.path(f"M{x0:g},{y0 + sy * value:g}h{sx * N_STEPS:g}", stroke="grid", width=1)
        canvas.text(x0 - 7, y0 + sy * value + 4, signed(value, 0), anchor="end")
    canvas.path(f"M{x0:g},{y0 - 46:g}v82", stroke="muted", width=1)
    for step in range(0, N_STEPS, 10):
        canvas.text(x0 + sx * step, y0 + 52, str(step), anchor="middle")
    canvas.text(x0 + sx * N_STEPS, y0 + 52, text["steps"], anchor="end")
    canvas.text(4, y0 - 54, text["loss"])
    points = [(x0 + sx * k, y0 + sy * value) for k, value in enumerate(values)]
    canvas.path(polyline(points), part="losses", stroke="1", width=1.8)
    canvas.path(dots(points), part="loss-dots", stroke="1", width=5, stroke_linecap="round")


def describe(language: str) -> str:
    norms = np.linalg.norm(gradient(path()), axis=1)
    near = 0.01
    return TEXT[language]["description"].format(
        x0=signed(START[0], 1), y0=signed(START[1], 3), eta=f"{ETA:g}", flat=int(np.argmin(norms)), least=signed(np.min(norms), 3), near=f"{near:g}",
        left=int(np.flatnonzero(loss(path()) > -near)[-1]), last=N_STEPS, end=signed(float(loss(path())[-1])),
    )  # fmt: skip
