"""Figure 5.2: max pooling of a 4×4 grid in four windows of 2×2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from style import Canvas

from dlref.pool import max_pool2d_with_indices

X = np.array([[11, 17, 23, 32], [20, 16, 28, 29], [26, 12, 15, 19], [21, 13, 12, 22]])

TEXT = {
    "ja": {
        "input": "入力 $X$",
        "output": "出力 $Y$",
        "position": "窓",
        "at": "窓 ({2}, {3})",
        "link": "最大プーリング",
        "description": (
            "左に 4×4 の入力、上の行から {input}。右に 2×2 の出力、上の行から {output}。入力は重ならない四つの 2×2 の窓に分かれ、出力の各値はその窓の最大値で、入力では丸で囲んである。"
            "左上の窓の {first} の最大値は {value} である。"
        ),
    },
    "en": {
        "input": "input $X$",
        "output": "output $Y$",
        "position": "Window",
        "at": "Window ({2}, {3})",
        "link": "max pooling",
        "description": (
            "On the left the input of 4×4 values, row by row {input}. On the right the output of 2×2, row by row {output}. The input falls into four windows of 2×2 "
            "that do not overlap; each value of the output is the maximum of its window, circled in the input. The maximum of {first} in the upper left window is {value}."
        ),
    },
}

SIZE, LEFT, RIGHT, TOP = 36.0, 8.0, 264.0, 34.0


def pooled() -> tuple[list[list[int]], list[int]]:
    """The output, and the cells of the input from which its values come, row by row."""
    y, indices = max_pool2d_with_indices(X[None].astype(float), kernel_size=2, stride=2)
    return y[0].astype(int).tolist(), indices[0].ravel().tolist()


def windows() -> list[list[int]]:
    """The cells of each window, counted row by row."""
    return [[(2 * i + m) * 4 + 2 * j + n for m in range(2) for n in range(2)] for i in range(2) for j in range(2)]


def picture(slug: str, text: dict[str, str], output: list[list[str]], circled: Sequence[int] = ()) -> str:
    """The grid in its windows, and what pooling makes of it; average pooling is drawn by it, too."""
    canvas = Canvas(slug, TOP + 4 * SIZE + 10)
    canvas.text(LEFT + 2 * SIZE, 20, text["input"], anchor="middle")
    canvas.text(RIGHT + SIZE, TOP + SIZE - 14, text["output"], anchor="middle")
    tinted = [k for window in (windows()[0], windows()[3]) for k in window]
    with canvas.group("windows", id=f"{slug}-windows"):
        canvas.grid("in", LEFT, TOP, [[str(value) for value in row] for row in X.tolist()], size=SIZE, tinted=tinted, lit=windows()[0])
        for k in circled:
            canvas.circle(LEFT + SIZE * (k % 4 + 0.5), TOP + SIZE * (k // 4 + 0.5), 13, width=1.6)
    canvas.path(f"M{LEFT + 2 * SIZE:g},{TOP:g}v{4 * SIZE:g}M{LEFT:g},{TOP + 2 * SIZE:g}h{4 * SIZE:g}", width=1.6)
    canvas.arrow([(LEFT + 4 * SIZE + 22, TOP + 2 * SIZE), (RIGHT - 22, TOP + 2 * SIZE)], width=1.6)
    canvas.grid("out", RIGHT, TOP + SIZE, output, size=SIZE, tinted=(0, 3), lit=(0,))
    return canvas.svg()


def controls(text: dict[str, str], output: list[list[str]], joint: str, says: str) -> dict[str, Any]:
    """A window at a time: its cells, and its values with a joint between them."""
    rows = []
    for k, window in enumerate(windows()):
        values = joint.join(str(X.ravel()[cell]) for cell in window)
        rows.append([str(k), output[k // 2][k % 2], str(k // 2), str(k % 2), ",".join(map(str, window)), values])
    track = {"name": "window", "label": text["position"], "choices": [], "says": says, "lights": {"in": 4, "out": 0}}
    return {"scenes": {"": rows}, "tracks": [track], "position": {"label": text["position"], "says": text["at"], "start": 0}}


def described(language: str, text: dict[str, str], output: list[list[str]]) -> str:
    comma, semicolon = ("、", "、次に ") if language == "ja" else (", ", "; ")
    given, made = (semicolon.join(comma.join(map(str, row)) for row in grid) for grid in (X.tolist(), output))
    return text["description"].format(input=given, output=made, first=comma.join(str(X.ravel()[k]) for k in windows()[0]), value=output[0][0])


def _output() -> list[list[str]]:
    return [[str(value) for value in row] for row in pooled()[0]]


def draw(language: str) -> str:
    return picture("max-pooling", TEXT[language], _output(), circled=pooled()[1])


def interact(language: str) -> dict[str, Any]:
    return controls(TEXT[language], _output(), ", ", "Y({2}, {3}) = max({5}) = {1}")


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("windows", "max-pooling", TEXT[language]["link"])]


def describe(language: str) -> str:
    return described(language, TEXT[language], _output())
