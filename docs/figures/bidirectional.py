"""Figure 6.3: a bidirectional network at three times: one row of states for each direction, and both joined at every time."""

from __future__ import annotations

from typing import Any

from style import Canvas

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "forward": "順方向",
        "backward": "逆方向",
        "join": "連結",
        "links": ["順方向の状態", "逆方向の状態", "連結した出力"],
        "description": (
            "時刻 t−1、t、t+1 の三列。下に入力 x、その上に順方向の隠れ状態の行、さらに上に逆方向の隠れ状態の行がある。順方向の行では実線の矢印が左から右へ、"
            "逆方向の行では破線の矢印が右から左へ、隣の時刻の状態に渡る。どの時刻でも、入力は両方の状態に届き、両方の状態が連結されて、いちばん上の y になる。二つの行の間に矢印はない。"
        ),
    },
    "en": {
        "forward": "forward",
        "backward": "backward",
        "join": "concat",
        "links": ["forward state", "backward state", "both joined"],
        "description": (
            "Three columns, for the times t−1, t and t+1. At the bottom are the inputs x, above them a row of forward hidden states, above that a row of backward ones. "
            "Along the forward row, solid arrows lead from left to right, along the backward row dashed ones from right to left, each to the state of the next column. "
            "At every time the input reaches both states, and both are joined into y at the top. No arrow leads from one row to the other."
        ),
    },
}

COLUMNS = {"t−1": 92.0, "t": 190.0, "t+1": 288.0}
STEP = 98.0
SHIFT, HALF = 20.0, 19.0  # a forward state stands as far to the left of its column as a backward state to the right; half a box
INPUT, FORWARD, BACKWARD, JOIN, OUTPUT = 262.0, 196.0, 120.0, 58.0, 16.0  # of the rows


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("bidirectional", 276)
    for time, x in COLUMNS.items():
        canvas.text(x, INPUT, f"$x_{{{time}}}$", anchor="middle")
        canvas.path(f"M{x:g},{INPUT - 15:g}v-15")
        canvas.circle(x, INPUT - 30, 2.5, fill="fg", stroke="none")
        canvas.arrow([(x, INPUT - 30), (x - SHIFT, INPUT - 30), (x - SHIFT, FORWARD + 15)])
        canvas.arrow([(x, INPUT - 30), (x + SHIFT, INPUT - 30), (x + SHIFT, BACKWARD + 15)])
    _row(canvas, "forward", FORWARD, -SHIFT, "1", ())
    _row(canvas, "backward", BACKWARD, SHIFT, "2", (5, 3))
    with canvas.group("join", id="bidirectional-join"):
        for time, x in COLUMNS.items():
            canvas.arrow([(x - SHIFT, FORWARD - 15), (x - SHIFT, JOIN + 12)])
            canvas.arrow([(x + SHIFT, BACKWARD - 15), (x + SHIFT, JOIN + 12)])
            canvas.box(x - 38, JOIN - 12, 76, 24, fill="bg")
            canvas.text(x, JOIN + 4.5, text["join"], anchor="middle")
            canvas.arrow([(x, JOIN - 12), (x, OUTPUT + 8)])
            canvas.text(x, OUTPUT, f"$y_{{{time}}}$", anchor="middle")
    canvas.text(4, FORWARD - 10, text["forward"])
    canvas.text(4, BACKWARD - 10, text["backward"])
    return canvas.svg()


def _row(canvas: Canvas, part: str, y: float, shift: float, color: str, dashes: tuple[float, ...]) -> None:
    """The states of a direction: from the left, or from the right, to the next."""
    ends = [x + shift for x in COLUMNS.values()]
    with canvas.group(part, id=f"bidirectional-{part}"):
        before, after = (26, 54) if shift < 0 else (54, 26)
        gaps = [(x - STEP + HALF if x > ends[0] else x - HALF - before, x - HALF) for x in ends] + [(ends[-1] + HALF, ends[-1] + HALF + after)]
        for gap in gaps:
            start, end = gap if shift < 0 else gap[::-1]
            canvas.arrow([(start, y), (end, y)], color=color, width=1.8, dashes=dashes)
        for x, time in zip(ends, COLUMNS, strict=True):
            canvas.box(x - HALF, y - 15, 2 * HALF, 30, fill="tint")
            canvas.text(x - 14, y + 6, f"$h_{{{time}}}$")
            tip = x - 4 if shift < 0 else x - 15  # of the arrow over the letter
            back = -3 if shift < 0 else 3
            canvas.path(f"M{x - 15:g},{y - 8:g}h11M{tip + back:g},{y - 10.5:g}L{tip:g},{y - 8:g}l{back},2.5", width=1)


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [(part, "bidirectional-rnn", words) for part, words in zip(("forward", "backward", "join"), TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    description: str = TEXT[language]["description"]
    return description
