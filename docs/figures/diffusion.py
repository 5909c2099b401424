"""Figure of section 9.2: points on a circle dissolve into noise, and noise turns back into the circle; with controls, step by step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from style import Canvas, dots, signed

from dlref.activations import softmax
from dlref.diffusion import alpha_bars, ddpm_step, forward_step

Floats = NDArray[np.float64]

N_POINTS = 24
RADIUS = np.sqrt(2)  # so that each coordinate has variance 1
N_STEPS = 40
BETAS = np.linspace(0.01, 0.3, N_STEPS)
SHOWN = (0, 5, 10, 20, 40)  # the times of the small pictures
SEED = 3

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "forward": "順方向過程：ノイズを加える（固定）",
        "reverse": "逆方向過程：ノイズを取り除く（学習）",
        "process": "過程",
        "processes": {"forward": "順方向", "reverse": "逆方向"},
        "position": "時刻",
        "at": "t = {0}",
        "says": "{process}：データ × {1} ＋ ノイズ × {2}",
        "links": ["順方向の一歩", "逆方向の一歩", "時刻 t の状態"],
        "description": (
            "上の段に、{n} 個の点の散らばりを、時刻 t = {times} の順に左から右へ並べる。はじめは半径 √2 の円の上にあり、しだいにばらばらになって、最後は標準正規分布と区別が付かない。"
            "左から右への矢印が順方向過程、右から左への矢印が逆方向過程である。元のデータに掛かる √ᾱ_t は、t = {middle} で {signal}、t = {last} で {end} に減る。"
            "下の大きな枠は、操作に応じて、選んだ過程の一時刻の点を示す。はじめは順方向の t = {first}、円の上の点である。"
        ),
    },
    "en": {
        "forward": "forward process: adds noise (fixed)",
        "reverse": "reverse process: takes noise out (learned)",
        "process": "Process",
        "processes": {"forward": "forward", "reverse": "reverse"},
        "position": "Time",
        "at": "t = {0}",
        "says": "{process}: data × {1} + noise × {2}",
        "links": ["a forward step", "a reverse step", "the state at time t"],
        "description": (
            "In the upper row, {n} points at the times t = {times}, from left to right. At first they lie on a circle of radius √2; they scatter more and more, and in the end they cannot be told from a standard "
            "normal distribution. An arrow from left to right is the forward process, one from right to left the reverse process. The factor √ᾱ_t of the original data is down to {signal} "
            "at t = {middle} and to {end} at t = {last}. The large frame below shows, as the controls say, the points of the chosen process at one time; at first those of the forward process at t = {first}, on the circle."
        ),
    },
}


def circle() -> Floats:
    angles = 2 * np.pi * np.arange(N_POINTS) / N_POINTS
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def noise() -> Floats:
    """What is drawn: for each step of either process, and first for where the reverse process begins."""
    return np.random.default_rng(SEED).standard_normal((2, N_STEPS + 1, N_POINTS, 2))


def best_guess(x: Floats, t: int) -> Floats:
    """The noise to be expected in points at time t, if data are points of the circle."""
    bar = float(alpha_bars(BETAS)[t])
    away = np.sum((x[:, None] - np.sqrt(bar) * circle()) ** 2, axis=-1)
    return (x - np.sqrt(bar) * softmax(-away / (2 * (1 - bar))) @ circle()) / np.sqrt(1 - bar)


@cache
def states(process: str) -> Floats:
    """The points after each step of a process; those of the reverse process from the last time down to 0."""
    ahead, back = noise()
    if process == "forward":
        x = [circle()]
        for t in range(1, N_STEPS + 1):
            x.append(forward_step(x[-1], ahead[t], beta=float(BETAS[t - 1])))
    else:
        x = [back[0]]
        for t in range(N_STEPS, 0, -1):
            x.append(ddpm_step(x[-1], best_guess(x[-1], t), back[t], BETAS, np.sqrt(BETAS), t=t))
    return np.stack(x)


def printed(process: str) -> list[list[str]]:
    """A row a step: time, what is left of the data, deviation of the noise, and the coordinates of the points."""
    bars = alpha_bars(BETAS)
    times = range(N_STEPS + 1) if process == "forward" else range(N_STEPS, -1, -1)
    rows = zip(times, states(process).reshape(N_STEPS + 1, -1).tolist(), strict=True)
    return [[str(t), signed(bars[t] ** 0.5), signed((1 - bars[t]) ** 0.5), *(signed(round(value, 2) + 0.0) for value in row)] for t, row in rows]


LEFT, TOP, SIZE = 58.0, 156.0, 242.0  # of the large frame
UNIT = 32.0
SCALE = (LEFT + SIZE / 2, UNIT, TOP + SIZE / 2, -UNIT)


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("diffusion", TOP + SIZE + 6)
    with canvas.group("forward", id="diffusion-forward"):
        canvas.text(6, 14, text["forward"])
        canvas.arrow([(6, 25), (352, 25)], color="1", width=2)
    with canvas.group("states", id="diffusion-states"):
        for k, t in enumerate(SHOWN):
            x = 6 + 70.5 * k
            canvas.box(x, 34, 64, 64, radius=3, stroke="muted", fill="none", width=1)
            small = [(x + 32 + 8.4 * a, 66 - 8.4 * b) for a, b in states("forward")[t].tolist()]
            canvas.path(dots(small), part=f"time{t}", stroke="1", width=3.4, stroke_linecap="round")
            canvas.text(x + 32, 112, f"$t = {t}$", anchor="middle")
    with canvas.group("reverse", id="diffusion-reverse"):
        canvas.arrow([(352, 122), (6, 122)], color="2", width=2, dashes=(8, 3))
        canvas.text(352, 140, text["reverse"], anchor="end")
    canvas.box(LEFT, TOP, SIZE, SIZE, radius=3, stroke="muted", fill="none", width=1)
    x0, sx, y0, sy = SCALE
    canvas.text(LEFT + 8, TOP + 19, text["at"].format(0), part="time")
    for k, (x, y) in enumerate(np.round(states("forward")[0], 2).tolist()):
        with canvas.group(f"point{k}", transform=f"translate({x0 + sx * x:.1f} {y0 + sy * y:.1f})"):
            canvas.circle(0, 0, 3.6, stroke="1", fill="bg", width=2)
    return canvas.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    track = {
        "name": "a", "label": text["process"], "says": text["says"],
        "choices": [{"name": "process", "label": text["process"], "options": text["processes"], "start": "forward"}],
        "moves": {f"point{k}": [3 + 2 * k, 4 + 2 * k] for k in range(N_POINTS)},
        "prints": {"time": text["at"]},
    }  # fmt: skip
    return {
        "scenes": {process: printed(process) for process in ("forward", "reverse")},
        "tracks": [track],
        "scale": list(SCALE),
        "position": {"label": text["position"], "says": text["at"], "start": 0, "play": True},
    }


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("forward", "diffusion-forward"), ("reverse", "diffusion-reverse"), ("states", "diffusion-closed-form"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    bars = alpha_bars(BETAS)
    join = "、" if language == "ja" else ", "
    middle = SHOWN[2]
    return str(TEXT[language]["description"]).format(
        n=N_POINTS, times=join.join(map(str, SHOWN)), middle=middle, signal=signed(bars[middle] ** 0.5), last=N_STEPS, end=signed(bars[-1] ** 0.5), first=0
    )
