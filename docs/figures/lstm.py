"""Figure 6.2: the cell of an LSTM; with controls, what gates that stay as they are make of a memory, time after time."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import inf, log
from typing import Any

import numpy as np
from style import DASHES, Canvas, dots, polyline, signed

from dlref.rnn import lstm_cell

GATES: dict[str, tuple[str, ...]] = {"f": ("0", "0.5", "0.9", "1"), "i": ("0", "0.5", "1"), "o": ("0", "0.5", "1")}
FIRST = {"f": "0.9", "i": "0.5", "o": "1"}  # what is shown at first
INPUTS = (0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 0, 0)  # x_1, …, x_T
MEMORY = 1.0  # c_0
START = 12  # the time of the picture

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "memory": "記憶セル $c_t$",
        "state": "隠れ状態 $h_t$",
        "f": "忘却 f",
        "i": "入力 i",
        "o": "出力 o",
        "position": "時刻",
        "links": ["忘却ゲート", "入力ゲート", "新しいセル候補", "出力ゲート", "記憶セルの更新"],
        "description": (
            "LSTM のセル。上を左から右へ横切る線が記憶セルで、c_t−1 が入り、忘却ゲート f_t との積 ⊗、続いて和 ⊕ を通って c_t になる。"
            "下の線では入力 x_t と前の隠れ状態 h_t−1 が、四つの箱に配られる。左から、σ の f_t、σ の i_t、tanh の候補、σ の o_t である。i_t と候補の積が ⊕ で足される。"
            "c_t は tanh を通り、o_t との積 ⊗ を経て h_t になり、右と上へ出る。各所の数は、f_t = {f}、i_t = {i}、o_t = {o} としたときの値で、"
            "c_t = {f} · {before} + {i} · {candidate} = {c}、h_t = {o} · tanh({c}) = {h} である。"
            "下のグラフは、その c_t と h_t の推移を示す。c_t は {first} から始まり、入力 1 が来る時刻 4 と 8 に増え、入力 −1 が来る時刻 {time} に減る。ほかの時刻では、前の {f} 倍になる。"
        ),
    },
    "en": {
        "memory": "memory cell $c_t$",
        "state": "hidden state $h_t$",
        "f": "Forget f",
        "i": "Input i",
        "o": "Output o",
        "position": "Time",
        "links": ["forget gate", "input gate", "candidate cell", "output gate", "memory-cell update"],
        "description": (
            "The cell of an LSTM. The line that crosses it at the top, from left to right, is the memory cell: c_t−1 comes in, is multiplied by the forget gate f_t at ⊗, and "
            "with the sum at ⊕ becomes c_t. The line at the bottom carries the input x_t and the previous hidden state h_t−1 to four boxes: from the left, f_t by σ, i_t by σ, "
            "the candidate by tanh, and o_t by σ. The product of i_t and the candidate is added at ⊕. From c_t, through tanh and the product with o_t at ⊗, comes h_t, "
            "which leaves to the right and at the top. Beside the parts stand their values for f_t = {f}, i_t = {i} and o_t = {o}: "
            "c_t = {f} · {before} + {i} · {candidate} = {c} and h_t = {o} · tanh({c}) = {h}. "
            "The graph below shows c_t and h_t as time goes on. c_t begins at {first}, rises at the times 4 and 8, where the input is 1, and falls at time {time}, where it is −1. At all other times it is {f} times what it was before."
        ),
    },
}


@cache
def table(f: str, i: str, o: str) -> list[list[str]]:
    """For each time: the time, memory, hidden state, candidate, memory before, input; and the candidate as a factor in a product."""
    zero = np.zeros((1, 1))
    biases = [np.array([_logit(float(gate))]) for gate in (f, i, o)]
    w_c = np.array([[log(3.0)]])  # tanh(ln 3) = 0.8
    h, c, rows = np.zeros(1), np.array([MEMORY]), []
    for t, x in enumerate(INPUTS, start=1):
        before, x_t = c, np.array([float(x)])
        h, c = lstm_cell(x_t, h, c, *(part for bias in biases for part in (zero, zero, bias)), w_c, zero, np.zeros(1))
        candidate = np.tanh(w_c @ x_t)
        values = [signed(round(float(value[0]), 3) + 0.0, 3) for value in (c, h, candidate, before)]
        rows.append([str(t), *values, str(x).replace("-", "−"), f"({values[2]})" if candidate < 0 else values[2]])
    return rows


def _logit(gate: float) -> float:
    """The bias of a gate that stays at a value."""
    return inf if gate == 1 else -inf if gate == 0 else log(gate / (1 - gate))


# The cell: from left to right forget gate, input gate, candidate, output gate, and the way out.
FORGET, ENTRY, CANDIDATE, EXIT, OUT = 80.0, 130.0, 182.0, 236.0, 282.0
CELL, JOIN, BOXES, BUS = 58.0, 118.0, 176.0, 216.0  # rows: the line of the cell, the product, the boxes, the line of the inputs
LEFT, RIGHT, CEILING, FLOOR = 44.0, 314.0, 28.0, 236.0  # of the frame

# The graph.
HEIGHT = 434.0
X0, SX = 34.0, 19.4
TOP, FOOT, LOW, HIGH = 308.0, 404.0, -1.0, 3.0
SY = (TOP - FOOT) / (HIGH - LOW)
SCALE = X0, SX, FOOT - SY * LOW, SY


def draw(language: str) -> str:
    text, rows = TEXT[language], table(**FIRST)
    canvas = Canvas("lstm", HEIGHT)
    canvas.box(LEFT, CEILING, RIGHT - LEFT, FLOOR - CEILING, radius=8, stroke="muted", fill="none", width=1)
    _cell(canvas)
    _inputs(canvas)
    _gates(canvas)
    _output(canvas)
    _values(canvas, rows[START - 1])
    _graph(canvas, text, rows)
    return canvas.svg()


def _cell(canvas: Canvas) -> None:
    """The line across the top."""
    with canvas.group("cell", id="lstm-cell"):
        canvas.arrow([(32, CELL), (FORGET - 9, CELL)], width=2.6)
        canvas.arrow([(FORGET + 9, CELL), (CANDIDATE - 9, CELL)], width=2.6)
        canvas.arrow([(CANDIDATE + 9, CELL), (346, CELL)], width=2.6)
        times(canvas, FORGET, CELL)
        plus(canvas, CANDIDATE, CELL)
    canvas.text(4, CELL - 8, "$c_{t−1}$")
    canvas.text(RIGHT + 6, CELL - 8, "$c_t$")


def _inputs(canvas: Canvas) -> None:
    """The line of the input and the state before, and the ways up to the boxes."""
    canvas.path(f"M32,{BUS:g}H{EXIT:g}", width=1.4)
    canvas.path(f"M60,254V{BUS:g}", width=1.4)
    canvas.circle(60, BUS, 2.5, fill="fg", stroke="none")
    for x in (FORGET, ENTRY, CANDIDATE):
        canvas.circle(x, BUS, 2.5, fill="fg", stroke="none")
    canvas.text(4, BUS + 4, "$h_{t−1}$")
    canvas.text(60, 268, "$x_t$", anchor="middle")


def _gates(canvas: Canvas) -> None:
    """Four boxes, and what leaves them."""
    with canvas.group("forget", id="lstm-forget"):
        _box(canvas, FORGET, "σ")
        canvas.arrow([(FORGET, BOXES - 12), (FORGET, CELL + 9)])
    with canvas.group("input", id="lstm-input"):
        _box(canvas, ENTRY, "σ")
        canvas.arrow([(ENTRY, BOXES - 12), (ENTRY, JOIN), (CANDIDATE - 9, JOIN)])
    with canvas.group("candidate", id="lstm-candidate"):
        _box(canvas, CANDIDATE, "tanh")
        canvas.arrow([(CANDIDATE, BOXES - 12), (CANDIDATE, JOIN + 9)])
    canvas.arrow([(CANDIDATE, JOIN - 9), (CANDIDATE, CELL + 9)])
    times(canvas, CANDIDATE, JOIN)
    with canvas.group("output", id="lstm-output"):
        _box(canvas, EXIT, "σ")
        canvas.arrow([(EXIT, BOXES - 12), (EXIT, 142), (OUT - 9, 142)])


def _output(canvas: Canvas) -> None:
    """From the cell to the hidden state, which leaves to the right and at the top."""
    canvas.circle(OUT, CELL, 2.5, fill="fg", stroke="none")
    canvas.arrow([(OUT, CELL), (OUT, 82)])
    function(canvas, OUT, 94, "tanh")
    canvas.arrow([(OUT, 106), (OUT, 133)])
    times(canvas, OUT, 142)
    canvas.arrow([(OUT, 151), (OUT, BUS), (346, BUS)])
    canvas.text(RIGHT + 6, BUS - 8, "$h_t$")
    up = RIGHT - 8
    canvas.circle(up, BUS, 2.5, fill="fg", stroke="none")
    canvas.path(f"M{up:g},{CELL + 6:g}V{CELL - 6:g}", stroke="bg", width=7)  # the line of the cell goes under
    canvas.arrow([(up, BUS), (up, 8)])
    canvas.path(f"M{up - 5:g},{CELL:g}h-1M{up + 5:g},{CELL:g}h1", width=2.6)


def _box(canvas: Canvas, x: float, label: str) -> None:
    canvas.path(f"M{x:g},{BUS:g}V{BOXES + 12:g}")
    function(canvas, x, BOXES, label)


def function(canvas: Canvas, x: float, y: float, label: str) -> None:
    canvas.box(x - 17, y - 12, 34, 24, fill="tint")
    canvas.text(x, y + 4.5, f"${label}$", anchor="middle")


def plus(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, 9, fill="bg", width=1.6)
    canvas.path(f"M{x - 5:g},{y:g}h10m-5,-5v10", width=1.6)


def times(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, 9, fill="bg", width=1.6)
    canvas.path(f"M{x - 4:g},{y - 4:g}l8,8m0,-8l-8,8", width=1.6)


def _values(canvas: Canvas, row: list[str]) -> None:
    """Names of what flows, and beneath each the value that the controls change."""
    for name, x in (("f", FORGET), ("i", ENTRY), ("o", EXIT)):
        canvas.text(x - 5, 157, f"${name}_t$", anchor="end")
        canvas.text(x + 5, 157, FIRST[name], part=f"{name}-value")
    canvas.text(CANDIDATE - 5, 157, "$c\u0303_t$", anchor="end")
    for part, column, x, y in (("candidate", 3, CANDIDATE + 5, 143), ("before", 4, 4, CELL + 18), ("x", 5, 72, 268)):
        canvas.text(x, y, row[column], part=f"{part}-value")
    for part, column, y in (("memory", 1, CELL + 18), ("hidden", 2, BUS + 18)):
        canvas.text(357, y, row[column], anchor="end", part=f"{part}-value")


def _graph(canvas: Canvas, text: dict[str, Any], rows: list[list[str]]) -> None:
    canvas.path("M132,264h30", stroke="1", width=2)
    canvas.text(168, 268, text["memory"])
    canvas.path("M132,284h30", stroke="2", width=2, dashes=DASHES["2"])
    canvas.text(168, 288, text["state"])
    for level in (-1, 0, 1, 2, 3):
        y = SCALE[2] + SY * level
        canvas.path(f"M{X0:g},{y:g}H350", stroke="grid", width=1)
        canvas.text(X0 - 8, y + 4.5, signed(level, 0), anchor="end")
    for t in (0, 4, 8, 12, 16):
        canvas.text(X0 + SX * t, HEIGHT - 8, str(t), anchor="middle")
    canvas.text(X0 + SX * 14, HEIGHT - 8, "$t$", anchor="middle")
    start = SCALE[2] + SY * MEMORY
    canvas.circle(X0, start, 3.5, stroke="1", fill="bg", width=2)
    canvas.text(X0 + 8, start - 7, "$c_0$", halo=True)
    points = {part: [(X0 + SX * t, SCALE[2] + SY * float(row[k].replace("−", "-"))) for t, row in enumerate(rows[:START], start=1)] for part, k in (("memory", 1), ("hidden", 2))}
    for part, series in (("hidden", "2"), ("memory", "1")):
        canvas.path(polyline(points[part]), part=f"{part}-path", stroke=series, width=2, dashes=DASHES[series])
        canvas.path(dots(points[part]), part=f"{part}-dots", stroke=series, width=5, stroke_linecap="round")
        canvas.marker(series, f"{part}-now", points[part][-1])


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    return {
        "scenes": {f"{f} {i} {o}": table(f, i, o) for f, i, o in product(*GATES.values())},
        "tracks": [
            {
                "name": "gates", "label": text["memory"].split(" $")[0],
                "says": "c = {f} · {4} + {i} · {6} = {1}\nh = {o} · tanh({1}) = {2}",
                "choices": [
                    {"name": name, "label": text[name], "options": {value: value for value in values}, "start": FIRST[name]}
                    for name, values in GATES.items()
                ],
                "traces": {"memory-path": [0, 1], "hidden-path": [0, 2]}, "dots": {"memory-dots": [0, 1], "hidden-dots": [0, 2]},
                "moves": {"memory-now": [0, 1], "hidden-now": [0, 2]},
                "prints": {
                    **{f"{name}-value": f"{{{name}}}" for name in GATES},
                    "memory-value": "{1}", "hidden-value": "{2}", "candidate-value": "{3}", "before-value": "{4}", "x-value": "{5}",
                },
            }
        ],
        "scale": [round(value, 3) for value in SCALE],
        "position": {"label": text["position"], "says": "t = {0}", "start": START - 1, "play": True},
    }  # fmt: skip


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = ("forget", "input", "candidate", "output", "cell")
    return [(part, "lstm-cell", words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    _, c, h, _, before, _, candidate = table(**FIRST)[START - 1]
    return TEXT[language]["description"].format(**FIRST, before=before, candidate=candidate, c=c, h=h, first=f"{MEMORY:g}", time=START)
