"""Figure 8.1: where the contour lines of the loss touch the diamond of L1 and the disk of L2; with controls, for any strength of the penalty."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from style import DASHES, Canvas, polyline, signed

from dlref.regularize import elastic_net, elastic_net_objective, l1_penalty, l2_penalty

Floats = NDArray[np.float64]

# The four examples of chapter 8.
X = np.array([[3.0, 1.0], [1.0, 3.0], [-1.0, -3.0], [-3.0, -1.0]])
Y = np.array([3.0, 3.0, -5.0, -1.0])

LAMBDAS = np.arange(81) / 10  # where the controls stop
FIRST = 3.0
PENALTIES: dict[str, Callable[[float], dict[str, float]]] = {  # the elastic net with one of its penalties, which may be 0
    "l1": lambda lam: {"lam1": lam, "lam2": 0.0},
    "l2": lambda lam: {"lam1": 0.0, "lam2": lam},
}
SIZES: dict[str, Callable[[Floats], float]] = {"l1": l1_penalty, "l2": lambda w: l2_penalty(w) ** 0.5}  # of the smallest region around the origin

HEIGHT = 284.0
PANEL, GAP = 174.0, 10.0
LEFT, TOP, HIGH = 2.0, 26.0, 210.0  # of the first panel
UNIT = 66.9  # not a whole number: Python and JavaScript round halves differently
ORIGIN = (LEFT + 76.0, TOP + 140.0)
LEVELS = (0.35, 0.7, 1.4, 1.8)  # of the contour lines: how large they are

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "contour": "接する等高線", "region": "許される範囲", "path": "λ を変えたときの解", "low": "罰のない最小点",
        "position": "正則化係数 λ", "at": "λ = {0}",
        "says": "L1：({1}, {2})、‖w‖₁ = {3}、損失 {4}\nL2：({5}, {6})、‖w‖ = {7}、損失 {8}",
        "description": (
            "横軸 w₁、縦軸 w₂ の平面の図が二つ。どちらにも、罰のない最小点（×印、({low_1}, {low_2})）を中心とする、損失の楕円の等高線がある。"
            "左は L1：許される範囲は、頂点が軸の上にあるひし形 |w₁| + |w₂| ≤ {l1_size} で、損失 {l1_loss} の等高線（破線）が上の頂点 ({l1_1}, {l1_2}) で触れる。"
            "右は L2：許される範囲は半径 {l2_size} の円板で、損失 {l2_loss} の等高線が、軸から外れた点 ({l2_1}, {l2_2}) で触れる。どちらも λ = {lam} の解である。"
            "λ を {start} から増やしたときの解の道筋も描いてある。左は斜めに進んで縦軸に突き当たり、軸に沿って下る。右は滑らかな曲線である。"
        ),
    },
    "en": {
        "contour": "contour in touch", "region": "region allowed", "path": "solutions as λ changes", "low": "no penalty",
        "position": "Regularization coefficient λ", "at": "λ = {0}",
        "says": "L1: ({1}, {2}), ‖w‖₁ = {3}, loss {4}\nL2: ({5}, {6}), ‖w‖ = {7}, loss {8}",
        "description": (
            "Two pictures of the plane with w₁ across and w₂ up. In each, elliptic contour lines of the loss surround the minimizer without a penalty (cross) at ({low_1}, {low_2}). "
            "Left, L1: the region allowed is a diamond with its corners on the axes, |w₁| + |w₂| ≤ {l1_size}. The contour line of loss {l1_loss} (dashed) touches it at its upper corner ({l1_1}, {l1_2}). "
            "Right, L2: the region is a disk of radius {l2_size}, and the contour line of loss {l2_loss} touches it off the axes, at ({l2_1}, {l2_2}). Both are solutions for λ = {lam}. "
            "The paths of the solutions from λ = {start} on are drawn, too. On the left the path runs aslant into the vertical axis and follows it down; on the right it is a smooth curve."
        ),
    },
}  # fmt: skip


def loss(w: Floats) -> float:
    """The loss on the data: the objective without penalties."""
    return float(elastic_net_objective(X, Y, w, lam1=0.0, lam2=0.0))


@cache
def solution(penalty: str, lam: float) -> Floats:
    return elastic_net(X, Y, **PENALTIES[penalty](lam))


class Row(NamedTuple):
    """What is shown of a penalty for one λ, rounded as it is printed."""

    w1: str
    w2: str
    size: str
    loss: str
    contour: str  # how large the contour line of that loss is


@cache
def row(penalty: str, lam: float) -> Row:
    w = solution(penalty, lam)
    above = max(loss(w) - loss(solution(penalty, 0.0)), 0.0)
    return Row(*(signed(value + 0.0, 3) for value in (*w.tolist(), SIZES[penalty](w), loss(w), above**0.5)))


def printed() -> list[list[str]]:
    """The table: λ; solution, region and loss for L1 and for L2; the contour lines."""
    table = []
    for lam in LAMBDAS.tolist():
        l1, l2 = row("l1", lam), row("l2", lam)
        table.append([signed(lam, 1), *l1[:4], *l2[:4], l1.contour, l2.contour])
    return table


def ellipse() -> Floats:
    """The contour line around the origin on which the loss is 1 above its minimum: wᵀ XᵀX w / 2n = 1."""
    eigenvalues, directions = np.linalg.eigh(X.T @ X / len(X))
    angles = np.linspace(0, 2 * np.pi, 121)
    circle: Floats = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (circle * np.sqrt(2 / eigenvalues)) @ directions.T


def outline(points: Floats, size: float = 1.0) -> str:
    """A closed path around the origin of a group."""
    return polyline([(float(UNIT * size * x), float(-UNIT * size * y)) for x, y in points[:-1]]) + "Z"


def place(x: float, y: float) -> tuple[float, float]:
    return ORIGIN[0] + UNIT * x, ORIGIN[1] - UNIT * y


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("regularization-geometry", HEIGHT)
    for k, (name, title) in enumerate((("l1", "L1"), ("l2", "L2"))):
        aside = k * (PANEL + GAP)
        canvas.text(LEFT + aside + PANEL / 2 - 2, 16, title, anchor="middle")
        with canvas.clipped(LEFT + aside, TOP, PANEL - 4, HIGH), canvas.group(f"{name}-panel", transform=f"translate({aside:g} 0)"):
            _panel(canvas, name)
        with canvas.group(f"{name}-axes", transform=f"translate({aside:g} 0)"):
            _axes(canvas)
    _legend(canvas, text)
    return canvas.svg()


def _panel(canvas: Canvas, name: str) -> None:
    path = [row(name, lam) for lam in LAMBDAS.tolist() if lam <= FIRST]
    points = [place(number(step.w1), number(step.w2)) for step in path]
    low = place(*solution(name, 0.0))
    if name == "l1":
        region: Floats = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1], [1, 0]])
    else:
        angles = np.linspace(0, 2 * np.pi, 73)
        region = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    thin = {"vector_effect": "non-scaling-stroke"}  # the groups grow, the lines stay as wide as they are
    with canvas.group(f"{name}-origin", transform=f"translate({ORIGIN[0]:g} {ORIGIN[1]:g})"), canvas.group(f"{name}-region", transform=f"scale({number(path[-1].size):g})"):
        canvas.path(outline(region), stroke="1", fill="tint", width=2, **thin)
    with canvas.group(f"{name}-center", transform=f"translate({low[0]:g} {low[1]:g})"):
        for level in LEVELS:
            canvas.path(outline(ellipse(), level), stroke="muted", width=0.8)
        with canvas.group(f"{name}-contour", transform=f"scale({number(path[-1].contour):g})"):
            canvas.path(outline(ellipse()), stroke="2", width=2, dashes=DASHES["2"], **thin)
        canvas.path("M-4,-4l8,8m0,-8l-8,8", width=2)
    canvas.path(polyline(points), part=f"{name}-path", stroke="3", width=2.4, dashes=DASHES["4"])
    with canvas.group(f"{name}-solution", transform="translate({:.1f} {:.1f})".format(*points[-1])):
        canvas.circle(0, 0, 4.5, stroke="fg", fill="fg")


def _axes(canvas: Canvas) -> None:
    x, y = ORIGIN
    canvas.arrow([(LEFT, y), (LEFT + PANEL - 4, y)], color="muted", width=1, head=5)
    canvas.arrow([(x, TOP + HIGH), (x, TOP - 2)], color="muted", width=1, head=5)
    canvas.path(f"M{x + UNIT:g},{y - 3:g}v6M{x - 3:g},{y - UNIT:g}h6", stroke="muted", width=1)
    canvas.text(x + UNIT, y + 17, "$1$", anchor="middle", halo=True)
    canvas.text(x - 7, y - UNIT + 4.5, "$1$", anchor="end", halo=True)
    canvas.text(LEFT + PANEL - 6, y - 7, "$w_1$", anchor="end", halo=True)
    canvas.text(x - 7, TOP + 10, "$w_2$", anchor="end", halo=True)


def _legend(canvas: Canvas, text: dict[str, Any]) -> None:
    first, second = HEIGHT - 25, HEIGHT - 7
    canvas.path(f"M6,{first - 4:g}h28", stroke="2", width=2, dashes=DASHES["2"])
    canvas.text(42, first, text["contour"])
    canvas.path(f"M6,{second - 4:g}h28", stroke="3", width=2.4, dashes=DASHES["4"])
    canvas.text(42, second, text["path"])
    canvas.path(f"M200,{first - 10:g}h16v11h-16z", stroke="1", fill="tint", width=2)
    canvas.text(224, first, text["region"])
    canvas.path(f"M204,{second - 8:g}l8,8m0,-8l-8,8", width=2)
    canvas.text(224, second, text["low"])


def number(value: str) -> float:
    return float(value.replace("−", "-"))


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    track = {
        "name": "w", "label": "w", "says": text["says"], "choices": [],
        "traces": {"l1-path": [1, 2], "l2-path": [5, 6]}, "moves": {"l1-solution": [1, 2], "l2-solution": [5, 6]},
        "grows": {"l1-region": 3, "l1-contour": 9, "l2-region": 7, "l2-contour": 10},
    }  # fmt: skip
    return {
        "scenes": {"": printed()},
        "tracks": [track],
        "scale": [ORIGIN[0], UNIT, ORIGIN[1], -UNIT],
        "position": {"label": text["position"], "says": text["at"], "start": LAMBDAS.tolist().index(FIRST), "play": True},
    }


def describe(language: str) -> str:
    found: dict[str, Any] = {}
    for name in PENALTIES:
        w = solution(name, FIRST)
        found |= {f"{name}_1": signed(w[0] + 0.0), f"{name}_2": signed(w[1]), f"{name}_size": signed(SIZES[name](w)), f"{name}_loss": signed(loss(w))}
    low = solution("l1", 0.0)
    return TEXT[language]["description"].format(low_1=signed(low[0]), low_2=signed(low[1]), lam=f"{FIRST:g}", start=f"{LAMBDAS[0]:g}", **found)
