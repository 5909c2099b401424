"""Figure 2.1: gradient descent and momentum in a narrow valley; with controls, other methods and learning rates as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from style import DASHES, Picture, dots, polyline, signed

from dlref.optim import AdaGrad, Adam, GradientDescent, MomentumSGD, RMSProp, trajectory

Floats = NDArray[np.float64]

KAPPA = 25.0  # condition number
START = (10.0, 1.0)
ETA = 1.9 / KAPPA  # a little below 2/κ, from where on gradient descent diverges
NEAR = 0.01  # as close to the minimum as this counts as arrived
N_STEPS = 90
FAR = 1000.0  # the table of the controls ends where a parameter is larger than this

OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "gd": lambda eta: GradientDescent(eta=eta),
    "momentum": lambda eta: MomentumSGD(eta=eta, alpha=0.5),
    "momentum9": lambda eta: MomentumSGD(eta=eta, alpha=0.9),
    "adagrad": lambda eta: AdaGrad(eta=eta),
    "rmsprop": lambda eta: RMSProp(eta=eta),
    "adam": lambda eta: Adam(eta=eta),
}
ETAS = ("0.01", "0.04", f"{ETA:g}", "0.1", "0.3", "1")

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "optimizers": {
            "gd": "勾配降下法", "momentum": "モメンタム α = 0.5", "momentum9": "モメンタム α = 0.9",
            "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam",
        },
        "legend": "{optimizer}、η = {eta}",
        "start": "出発点",
        "minimum": "最小点",
        "optimizer": "手法 {}",
        "eta": "η",
        "position": "ステップ",
        "at": "ステップ {k}",
        "says": "{}：θ = ({{0}}, {{1}})、損失 {{2}}",
        "description": (
            "損失 L(θ) = (θ₁² + {kappa}θ₂²)/2 の楕円の等高線と、点 ({x0}, {y0}) から学習率 η = {eta} で進む二つの経路。"
            "勾配降下法（実線）は谷を横切って往復し、横切った道のりは合わせて {gd_way} になる。モメンタム（破線、α = {alpha}）の経路はなめらかで、横切る道のりは {momentum_way} である。"
            "最小点 (0, 0) から距離 {near} 以内に入るまでに、勾配降下法は {gd_steps} ステップ、モメンタムは {momentum_steps} ステップを要する。"
        ),
    },
    "en": {
        "optimizers": {
            "gd": "gradient descent", "momentum": "momentum α = 0.5", "momentum9": "momentum α = 0.9",
            "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam",
        },
        "legend": "{optimizer}, η = {eta}",
        "start": "start",
        "minimum": "minimum",
        "optimizer": "Method {}",
        "eta": "η",
        "position": "Step",
        "at": "Step {k}",
        "says": "{}: θ = ({{0}}, {{1}}), loss {{2}}",
        "description": (
            "Elliptic contour lines of the loss L(θ) = (θ₁² + {kappa}θ₂²)/2, and two paths from the point ({x0}, {y0}) with the learning rate η = {eta}. "
            "Gradient descent (solid) goes to and fro across the valley, {gd_way} in all. The path of momentum (dashed, α = {alpha}) is smoother: "
            "it goes {momentum_way} across. To come within a distance of {near} of the minimum (0, 0), gradient descent takes {gd_steps} steps, "
            "momentum {momentum_steps}."
        ),
    },
}  # fmt: skip


def loss(theta: Floats) -> Floats:
    return (theta[..., 0] ** 2 + KAPPA * theta[..., 1] ** 2) / 2


def gradient(theta: Floats) -> Floats:
    return theta * np.array([1.0, KAPPA])


@cache
def path(optimizer: str, eta: float) -> Floats:
    """The points of a method, to the last step or to the first that is far away."""
    points = trajectory(gradient, np.array(START), optimizer=OPTIMIZERS[optimizer](eta), n_steps=N_STEPS)
    far = np.flatnonzero(np.max(np.abs(points), axis=1) > FAR)
    return points[: far[0] + 1] if far.size else points


def steps(points: Floats) -> int:
    """The first step after which the path stays near the minimum."""
    away = np.flatnonzero(np.linalg.norm(points, axis=1) >= NEAR)
    return int(away[-1]) + 1


def printed(optimizer: str, eta: float) -> list[list[str]]:
    """The table of a path: θ_1, θ_2 and the loss after each step, as they are printed."""
    points = path(optimizer, eta)
    rows = zip(points.tolist(), loss(points).tolist(), strict=True)
    return [[_signed(x), _signed(y), f"{value:,.2f}" if value < 100 else f"{value:,.0f}"] for (x, y), value in rows]


def _signed(value: float) -> str:
    return signed(round(value, 2) + 0.0, 2 if abs(value) < 100 else 0)


def draw(language: str) -> str:
    text = TEXT[language]
    picture = _picture()
    picture.ticks(x=range(0, 11, 2), y=(-1, 0, 1))
    picture.axes.grid(visible=False)
    angles = np.linspace(0, 2 * np.pi, 181)
    for k, level in enumerate(LEVELS):
        radius = np.sqrt(2 * level)
        picture.rule(f"contour-{k}", radius * np.cos(angles), radius / np.sqrt(KAPPA) * np.sin(angles), linewidth=0.8)
    picture.text(START[0], 1.14, text["start"], anchor="middle", halo=True)
    picture.text(0, -0.3, text["minimum"], anchor="middle", halo=True)
    picture.text(194, HEIGHT - 5, "$θ_1$", anchor="middle", units=True)
    picture.text(4, 56, "$θ_2$", units=True)
    x0, sx, y0, sy = picture.scale()
    canvas = picture.over
    left, right, top, bottom = MARGINS
    for k, (series, name, optimizer) in enumerate(SLOTS):
        base = 16 + 19 * k
        canvas.path(f"M8,{base - 4}h32", stroke=series, width=1.6, dashes=DASHES[series])
        canvas.marker(series, f"{name}-sample", (40, base - 4))
        label = text["legend"].replace("{optimizer}", text["optimizers"][optimizer]).replace("{eta}", f"{ETA:g}")
        canvas.text(54, base, label, part=f"{name}-label")
    with canvas.clipped(left, top, 358 - left - right, HEIGHT - top - bottom):
        ends = {}
        for series, name, optimizer in SLOTS:
            points = [(x0 + sx * x, y0 + sy * y) for x, y in np.round(path(optimizer, ETA), 2).tolist()]  # as printed
            ends[series, name] = points[-1]
            canvas.path(polyline(points), part=f"{name}-path", stroke=series, width=1.6, dashes=DASHES[series])
            canvas.path(dots(points), part=f"{name}-dots", stroke=series, width=4.5, stroke_linecap="round")
        for (series, name), end in ends.items():
            canvas.marker(series, f"{name}-end", end)
        canvas.path(f"M{x0 - 4:.1f},{y0 - 4:.1f}l8,8m0,-8l-8,8", part="minimum", width=2)
    return picture.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    tracks = [
        {
            "name": name, "label": name.upper(), "says": text["says"].format(name.upper()),
            "choices": [
                {"name": "optimizer", "label": text["optimizer"].format(name.upper()), "options": text["optimizers"], "start": optimizer},
                {"name": "eta", "label": text["eta"], "options": {eta: eta for eta in ETAS}, "start": f"{ETA:g}"},
            ],
            "traces": {f"{name}-path": [0, 1]}, "dots": {f"{name}-dots": [0, 1]}, "moves": {f"{name}-end": [0, 1]},
            "prints": {f"{name}-label": text["legend"]},
        }
        for _, name, optimizer in SLOTS
    ]  # fmt: skip
    return {
        "scenes": {f"{optimizer} {eta}": printed(optimizer, float(eta)) for optimizer in OPTIMIZERS for eta in ETAS},
        "tracks": tracks,
        "scale": [round(value, 3) for value in _picture().scale()],
        "position": {"label": text["position"], "says": text["at"], "start": -1, "play": True},
    }


def describe(language: str) -> str:
    found: dict[str, Any] = {}
    for name, optimizer in (("gd", "gd"), ("momentum", "momentum")):
        points = path(optimizer, ETA)
        found[f"{name}_steps"] = steps(points)
        found[f"{name}_way"] = signed(np.sum(np.abs(np.diff(points[:, 1]))), 1)
    return TEXT[language]["description"].format(kappa=f"{KAPPA:g}", x0=f"{START[0]:g}", y0=f"{START[1]:g}", eta=f"{ETA:g}", alpha=0.5, near=NEAR, **found)


SLOTS = (("1", "a", "gd"), ("2", "b", "momentum"))  # what is shown at first
LEVELS = (0.5, 3, 8, 16, 27, 41, 58)  # of the contour lines
HEIGHT = 262.0
MARGINS = (30.0, 8.0, 64.0, 38.0)


def _picture() -> Picture:
    picture = Picture("optimizer-paths", HEIGHT, MARGINS)
    picture.axes.set_xlim(-2.4, 11.4)
    picture.axes.set_ylim(-1.35, 1.35)
    return picture
