"""Figure 6.A: the cell of a GRU, with the numbers of the example beside it."""

from __future__ import annotations

from functools import cache
from math import log
from typing import Any

import numpy as np
from lstm import function, plus, times
from style import Canvas

from dlref.activations import sigmoid, tanh
from dlref.rnn import gru_cell

BEFORE, RESET, UPDATE = 1.0, 0.5, 0.25
U_H = 2 * log(3.0)

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "links": ["リセットゲート", "更新ゲート", "隠れ状態の候補", "新しい隠れ状態"],
        "example": "数値は、手で確かめる例のもの",
        "description": (
            "GRU のセル。上を左から右へ横切る線が隠れ状態で、h_t−1 が入り、1 − z_t との積 ⊗、続いて和 ⊕ を通って h_t になる。h_t−1 は下の線にも分かれ、入力 x_t とともに、σ の箱 r_t と σ の箱 z_t に入る。"
            "r_t は、もう一本に分かれた h_t−1 との積をとり、その結果と x_t から tanh の箱が候補を作る。候補と z_t の積が ⊕ で足される。"
            "h_t−1 = {before}、r_t = {reset}、z_t = {update} なら、r_t と h_t−1 の積は {kept}、候補は {candidate} で、h_t = (1 − {update}) · {before} + {update} · {candidate} = {after} である。"
        ),
    },
    "en": {
        "links": ["reset gate", "update gate", "candidate hidden state", "new hidden state"],
        "example": "values of the example by hand",
        "description": (
            "The cell of a GRU. The line that crosses it at the top, from left to right, is the hidden state: h_t−1 comes in, is multiplied by 1 − z_t at ⊗, and with the sum at ⊕ becomes h_t. "
            "A branch of h_t−1 leads down and, with the input x_t, into two boxes: r_t by σ and z_t by σ. Another branch is multiplied by r_t, and from the result and x_t, "
            "a tanh makes the candidate. The product of the candidate and z_t is added at ⊕. With h_t−1 = {before}, r_t = {reset} and z_t = {update}, the product of r_t and h_t−1 is {kept}, "
            "the candidate {candidate}, and h_t = (1 − {update}) · {before} + {update} · {candidate} = {after}."
        ),
    },
}


@cache
def values() -> dict[str, str]:
    """The numbers of the picture; the candidate, which the cell keeps to itself, from what the reset gate leaves."""
    zero = np.zeros((1, 1))
    b_r, b_z = (np.array([log(gate / (1 - gate))]) for gate in (RESET, UPDATE))
    after = gru_cell(np.zeros(1), np.array([BEFORE]), zero, zero, b_z, zero, zero, b_r, zero, np.array([[U_H]]), np.zeros(1))
    kept = float(sigmoid(b_r)[0]) * BEFORE
    found = {"before": BEFORE, "reset": RESET, "update": UPDATE, "kept": kept, "candidate": float(tanh(U_H * kept)), "after": float(after[0])}
    return {name: f"{round(value, 12):g}" for name, value in found.items()}


LEFT, RIGHT, CEILING, FLOOR = 40.0, 318.0, 30.0, 256.0  # of the frame
BRANCH, READ, WRITE, CANDIDATE = 58.0, 108.0, 186.0, 276.0  # from left to right: where h_{t−1} branches, and the boxes
STATE, KEEP, MIX, BOXES, OLD, NEW = 58.0, 108.0, 136.0, 178.0, 218.0, 238.0  # rows; the last two: the lines of h_{t−1} and x_t


def draw(language: str) -> str:
    text, value = TEXT[language], values()
    canvas = Canvas("gru", 304)
    canvas.box(LEFT, CEILING, RIGHT - LEFT, FLOOR - CEILING, radius=8, stroke="muted", fill="none", width=1)
    _inputs(canvas)
    with canvas.group("reset", id="gru-reset"):
        function(canvas, READ, BOXES, "σ")
        canvas.arrow([(READ, BOXES - 12), (READ, KEEP + 9)])
    with canvas.group("update", id="gru-update"):
        function(canvas, WRITE, BOXES, "σ")
        canvas.path(f"M{WRITE:g},{BOXES - 12:g}V{MIX:g}")
        canvas.circle(WRITE, MIX, 2.5, fill="fg", stroke="none")
        canvas.arrow([(WRITE, MIX), (WRITE, 100)])
        canvas.arrow([(WRITE, MIX), (CANDIDATE - 9, MIX)])
        canvas.circle(WRITE, 89, 11, fill="bg")
        canvas.text(WRITE, 93.5, "$1−$", anchor="middle")
        canvas.arrow([(WRITE, 78), (WRITE, STATE + 9)])
    with canvas.group("candidate", id="gru-candidate"):
        times(canvas, READ, KEEP)
        canvas.arrow([(READ + 9, KEEP), (232, KEEP), (232, 206), (CANDIDATE - 8, 206), (CANDIDATE - 8, BOXES + 12)])
        function(canvas, CANDIDATE, BOXES, "tanh")
        canvas.arrow([(CANDIDATE, BOXES - 12), (CANDIDATE, MIX + 9)])
    with canvas.group("hidden", id="gru-hidden"):
        canvas.arrow([(34, STATE), (WRITE - 9, STATE)], width=2.6)
        canvas.arrow([(WRITE + 9, STATE), (CANDIDATE - 9, STATE)], width=2.6)
        canvas.arrow([(CANDIDATE + 9, STATE), (348, STATE)], width=2.6)
        times(canvas, WRITE, STATE)
        plus(canvas, CANDIDATE, STATE)
        times(canvas, CANDIDATE, MIX)
        canvas.arrow([(CANDIDATE, MIX - 9), (CANDIDATE, STATE + 9)])
    canvas.circle(BRANCH, STATE, 2.5, fill="fg", stroke="none")
    for x, label, name in ((READ, "$r_t$", "reset"), (WRITE, "$z_t$", "update"), (CANDIDATE, "$h\u0303_t$", "candidate")):
        canvas.text(x - 5, 160, label, anchor="end")
        canvas.text(x + 5, 160, value[name])
    canvas.text(READ + 14, KEEP - 6, value["kept"])
    canvas.text(4, STATE - 8, "$h_{t−1}$")
    canvas.text(4, STATE + 18, value["before"])
    canvas.text(RIGHT + 8, STATE - 8, "$h_t$")
    canvas.text(357, STATE + 18, value["after"], anchor="end")
    canvas.text(354, 296, text["example"], anchor="end")
    return canvas.svg()


def _inputs(canvas: Canvas) -> None:
    """The state before, which branches, and the input: into both gates, the input into the candidate as well."""
    canvas.path(f"M{BRANCH:g},{STATE:g}V{OLD:g}H{WRITE - 8:g}")
    canvas.circle(BRANCH, KEEP, 2.5, fill="fg", stroke="none")
    canvas.arrow([(BRANCH, KEEP), (READ - 9, KEEP)])
    canvas.path(f"M{BRANCH + 22:g},272V{NEW:g}H{CANDIDATE + 8:g}")
    canvas.text(BRANCH + 22, 288, "$x_t$", anchor="middle")
    canvas.circle(READ - 8, OLD, 2.5, fill="fg", stroke="none")
    for x in (READ, WRITE):
        canvas.circle(x + 8, NEW, 2.5, fill="fg", stroke="none")
        canvas.arrow([(x - 8, OLD), (x - 8, BOXES + 12)])
        canvas.arrow([(x + 8, NEW), (x + 8, BOXES + 12)])
    canvas.arrow([(CANDIDATE + 8, NEW), (CANDIDATE + 8, BOXES + 12)])


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [(part, "gru-cell", words) for part, words in zip(("reset", "update", "candidate", "hidden"), TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    return str(TEXT[language]["description"]).format(**values())
