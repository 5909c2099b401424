"""Figure 6.1: a recurrent network, folded and unrolled in time; with controls, what is left of a gradient some steps back."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray
from style import DASHES, Canvas, polyline, signed

from dlref.activations import tanh
from dlref.rnn import hidden_jacobian, jacobian_bound, rnn_cell, spectral_norm

Floats = NDArray[np.float64]

STEPS = 20
NORMS = ("0.5", "0.9", "1", "1.1", "1.5")  # of the recurrent weight
ACTIVATIONS = {"linear": "φ(a) = a", "tanh": "φ = tanh"}
FIRST = "tanh", "0.9"  # what is shown at first

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "unroll": "展開",
        "exact": "勾配の大きさ $∥∂h_T/∂h_t∥$",
        "bound": "上限 $(γ∥W_h_h∥)^{T−t}$",
        "activation": "活性化関数",
        "norm": "倍率",
        "position": "さかのぼる時刻の数",
        "at": "{0} 時刻前",
        "says": "勾配の大きさ {2}、上限 {4}",
        "links": ["隠れ状態の更新", "出力", "勾配の上限"],
        "description": (
            "上は同じ RNN の二つの描き方。左は折りたたんだ図で、入力 x_t から隠れ状態 h_t へ W_xh、h_t から出力 y_t へ W_hy の矢印があり、h_t から h_t へ W_hh のループが戻る。"
            "右は時間方向に展開した図で、同じ箱が時刻 t−1、t、t+1 に並び、隣の箱へ W_hh の矢印が渡る。どの時刻の矢印にも同じ重みが付いている。"
            "下は、最後の状態 h_T を {steps} 時刻前までさかのぼったときの勾配の大きさを、対数目盛りで示したグラフ。横軸は展開した状態の列である。"
            "W_hh がベクトルの長さを {norm} 倍にし、活性化関数が tanh のとき、{steps} 時刻前では {exact} で、上限の {bound} よりさらに小さい。"
        ),
    },
    "en": {
        "unroll": "unroll",
        "exact": "size of the gradient $∥∂h_T/∂h_t∥$",
        "bound": "upper bound $(γ∥W_h_h∥)^{T−t}$",
        "activation": "Activation",
        "norm": "Factor",
        "position": "Steps back",
        "at": "t = T − {0}",
        "says": "Gradient {2}, upper bound {4}",
        "links": ["update of the hidden state", "output", "bound of the gradient"],
        "description": (
            "Above, one RNN drawn in two ways. On the left it is folded: arrows lead from the input x_t to the hidden state h_t (W_xh) and from h_t to the output y_t "
            "(W_hy), and a loop leads from h_t back to h_t (W_hh). On the right it is unrolled in time: the same box at the times t−1, t and t+1, with an arrow "
            "W_hh from each to the next. The weights are the same at all times. "
            "Below, on a logarithmic scale, the size of the gradient of the last state h_T with respect to states up to {steps} steps back; the horizontal axis is the row "
            "of unrolled states. With tanh, and a W_hh that makes vectors {norm} times as long, {exact} is left after {steps} steps, less still than the bound of {bound}."
        ),
    },
}


def weight(norm: float) -> Floats:
    """A rotation times its norm: a vector becomes longer or shorter by this factor, whatever its direction."""
    return norm * np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])


def slopes(activation: str, norm: float) -> Floats:
    """Derivatives of the activation function at the times 1, …, T, for the inputs sin 2t into the first of two units."""
    if activation == "linear":
        return np.ones((STEPS, 2))
    h, found = np.zeros(2), []
    w_xh, w_hh, b_h = np.array([[1.0], [0.0]]), weight(norm), np.zeros(2)
    for t in range(1, STEPS + 1):
        h = rnn_cell(tanh, np.array([np.sin(2.0 * t)]), h, w_xh, w_hh, b_h)
        found.append(1 - h**2)  # tanh′ = 1 − tanh²
    return np.stack(found)


@cache
def sizes(activation: str, norm: str) -> list[tuple[float, float]]:
    """Spectral norm of the Jacobian, and its bound, 0, …, T steps back."""
    w_hh, slope = weight(float(norm)), slopes(activation, float(norm))
    found = [(1.0, 1.0)]
    for k in range(1, STEPS + 1):
        exact = float(spectral_norm(hidden_jacobian(slope[STEPS - k :], w_hh)))
        found.append((exact, float(jacobian_bound(np.ones((k, 2)), w_hh))))  # γ = sup |φ′| = 1, for both activations
    return found


def printed(value: float) -> str:
    """Two digits, from 100 on all of them: 0.0024, 3,325; 9.5 × 10⁻⁷ with blanks that do not break."""
    if value >= 0.0001:
        return f"{value:,.0f}" if value >= 100 else f"{value:#.2g}".rstrip(".")
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\u00a0×\u00a010" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def table(activation: str, norm: str) -> list[list[str]]:
    """Steps back; of the norm and of the bound, the logarithm and the value."""
    return [
        [str(k), *(part for value in pair for part in (signed(round(log10(value), 2) + 0.0), printed(value)))]
        for k, pair in enumerate(sizes(activation, norm))
    ]  # fmt: skip


# The network, folded at the left and unrolled at the right.
FOLDED, UNROLLED = 36.0, (180.0, 248.0, 316.0)
INPUT, STATE, OUTPUT = 158.0, 86.0, 18.0  # of the rows
HALF = 16.0  # of a box

# The graph.
HEIGHT = 424.0
X0, SX = 342.0, -15.0
TOP, FOOT, LOW, HIGH = 232.0, 376.0, -8.0, 4.0
SY = (TOP - FOOT) / (HIGH - LOW)
SCALE = X0, SX, FOOT - SY * LOW, SY


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("rnn-unrolled", HEIGHT)
    _network(canvas, text)
    canvas.path("M6,194h32", stroke="1", width=2)
    canvas.text(46, 198, text["exact"])
    canvas.path("M6,213h32", stroke="2", width=2, dashes=DASHES["2"])
    canvas.text(46, 217, text["bound"])
    for power in (-8, -4, 0, 4):
        y = SCALE[2] + SY * power
        canvas.path(f"M36,{y:g}H350", stroke="grid", width=1)
        canvas.text(30, y + 4.5, f"$10^{{{signed(power, 0)}}}$" if power else "1", anchor="end")
    for k in range(STEPS + 1):
        with canvas.group(f"state-{k}", **({"data_lit": ""} if k == STEPS else {})):
            canvas.box(X0 + SX * k - 4, FOOT + 9, 8, 11, radius=1.5, width=1, fill="bg")
        if k:
            canvas.path(f"M{X0 + SX * k + 4:g},{FOOT + 14.5:g}h7", width=1)
    canvas.text(X0 + SX * STEPS, HEIGHT - 8, f"$h_{{T−{STEPS}}}$", anchor="middle")
    canvas.text(X0, HEIGHT - 8, "$h_T$", anchor="middle")
    rows = [[float(value.replace("−", "-")) for value in (row[0], row[1], row[3])] for row in table(*FIRST)]
    exact, bound = ([(X0 + SX * row[0], SCALE[2] + SY * row[k]) for row in rows] for k in (1, 2))
    with canvas.group("decay", id="rnn-unrolled-decay"):
        canvas.path(polyline(bound), part="bound", stroke="2", width=2, dashes=DASHES["2"])
    canvas.path(polyline(exact), part="exact", stroke="1", width=2)
    canvas.marker("1", "now", exact[-1])
    return canvas.svg()


def _network(canvas: Canvas, text: dict[str, Any]) -> None:
    _column(canvas, FOLDED, "t", "folded")
    right = FOLDED + HALF
    canvas.arrow([(right, STATE - 8), (right + 22, STATE - 8), (right + 22, STATE + 8), (right, STATE + 8)], part="loop")
    canvas.text(right + 27, STATE + 5, "$W_h_h$")
    canvas.arrow([(114, STATE + 30), (148, STATE + 30)], width=2.4, color="muted", head=9)
    canvas.text(131, STATE + 52, text["unroll"], anchor="middle")
    with canvas.group("hidden", id="rnn-unrolled-hidden"):
        canvas.arrow([(UNROLLED[0] - 36, STATE), (UNROLLED[0] - HALF, STATE)], dashes=(2, 2))
        for x in UNROLLED[:-1]:
            canvas.arrow([(x + HALF, STATE), (x + UNROLLED[1] - UNROLLED[0] - HALF, STATE)])
            canvas.text(x + 34, STATE - 9, "$W_h_h$", anchor="middle")
        canvas.arrow([(UNROLLED[-1] + HALF, STATE), (UNROLLED[-1] + 37, STATE)], dashes=(2, 2))
        for x, time in zip(UNROLLED, ("t−1", "t", "t+1"), strict=True):
            _state(canvas, x, time)
            _input(canvas, x, time)
    with canvas.group("output", id="rnn-unrolled-output"):
        for x, time in zip(UNROLLED, ("t−1", "t", "t+1"), strict=True):
            _output(canvas, x, time)


def _column(canvas: Canvas, x: float, time: str, part: str) -> None:
    with canvas.group(part):
        _state(canvas, x, time)
        _input(canvas, x, time)
        _output(canvas, x, time)


def _state(canvas: Canvas, x: float, time: str) -> None:
    canvas.box(x - HALF, STATE - HALF, 2 * HALF, 2 * HALF, fill="tint")
    canvas.text(x, STATE + 4.5, f"$h_{{{time}}}$", anchor="middle")


def _input(canvas: Canvas, x: float, time: str) -> None:
    canvas.arrow([(x, INPUT - 14), (x, STATE + HALF)])
    canvas.text(x + 5, (INPUT - 14 + STATE + HALF) / 2 + 6, "$W_x_h$")
    canvas.text(x, INPUT, f"$x_{{{time}}}$", anchor="middle")


def _output(canvas: Canvas, x: float, time: str) -> None:
    canvas.arrow([(x, STATE - HALF), (x, OUTPUT + 10)])
    canvas.text(x + 5, (OUTPUT + 10 + STATE - HALF) / 2 + 3, "$W_h_y$")
    canvas.text(x, OUTPUT, f"$y_{{{time}}}$", anchor="middle")


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    return {
        "scenes": {f"{activation} {norm}": table(activation, norm) for activation, norm in product(ACTIVATIONS, NORMS)},
        "tracks": [
            {
                "name": "decay", "label": text["position"], "says": text["says"],
                "choices": [
                    {"name": "activation", "label": text["activation"], "options": ACTIVATIONS, "start": FIRST[0]},
                    {"name": "norm", "label": text["norm"], "options": {norm: norm for norm in NORMS}, "start": FIRST[1]},
                ],
                "lines": {"bound": [0, 3]}, "traces": {"exact": [0, 1]}, "moves": {"now": [0, 1]}, "lights": {"state": 0},
            }
        ],
        "scale": [round(value, 3) for value in SCALE],
        "position": {"label": text["position"], "says": text["at"], "start": -1, "play": True},
    }  # fmt: skip


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("hidden", "rnn-hidden"), ("output", "rnn-output"), ("decay", "rnn-gradient-decay"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    exact, bound = map(printed, sizes(*FIRST)[-1])
    return TEXT[language]["description"].format(steps=STEPS, norm=FIRST[1], exact=exact, bound=bound)
