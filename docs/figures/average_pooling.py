"""Figure 5.3: average pooling of the grid of Figure 5.2."""

from __future__ import annotations

from typing import Any

from max_pooling import LEFT, RIGHT, SIZE, TOP, X, windows
from style import Canvas

from dlref.pool import avg_pool2d

TEXT = {
    "ja": {
        "input": "入力 $X$",
        "output": "出力 $Y$",
        "position": "窓",
        "at": "窓 ({2}, {3})",
        "link": "平均プーリング",
        "description": (
            "左に 4×4 の入力、上の行から {input}。右に 2×2 の出力、上の行から {output}。入力は重ならない四つの 2×2 の窓に分かれ、出力の各値はその窓の平均である。"
            "左上の窓の {first} の平均は {value} である。"
        ),
    },
    "en": {
        "input": "input $X$",
        "output": "output $Y$",
        "position": "Window",
        "at": "Window ({2}, {3})",
        "link": "average pooling",
        "description": (
            "On the left the input of 4×4 values, row by row {input}. On the right the output of 2×2, row by row {output}. The input falls into four windows of 2×2 "
            "that do not overlap; each value of the output is the mean of its window. The mean of {first} in the upper left window is {value}."
        ),
    },
}


def pooled() -> list[list[str]]:
    return [[f"{value:g}" for value in row] for row in avg_pool2d(X[None].astype(float), kernel_size=2, stride=2)[0].tolist()]


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("average-pooling", TOP + 4 * SIZE + 10)
    canvas.text(LEFT + 2 * SIZE, 20, text["input"], anchor="middle")
    canvas.text(RIGHT + SIZE, TOP + SIZE - 14, text["output"], anchor="middle")
    tinted = [k for window in (windows()[0], windows()[3]) for k in window]
    with canvas.group("windows", id="average-pooling-windows"):
        canvas.grid("in", LEFT, TOP, [[str(value) for value in row] for row in X.tolist()], size=SIZE, tinted=tinted, lit=windows()[0])
    canvas.path(f"M{LEFT + 2 * SIZE:g},{TOP:g}v{4 * SIZE:g}M{LEFT:g},{TOP + 2 * SIZE:g}h{4 * SIZE:g}", width=1.6)
    canvas.arrow([(LEFT + 4 * SIZE + 22, TOP + 2 * SIZE), (RIGHT - 22, TOP + 2 * SIZE)], width=1.6)
    canvas.grid("out", RIGHT, TOP + SIZE, pooled(), size=SIZE, tinted=(0, 3), lit=(0,))
    return canvas.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    output = pooled()
    rows = []
    for k, window in enumerate(windows()):
        values = " + ".join(str(X.ravel()[cell]) for cell in window)
        rows.append([str(k), output[k // 2][k % 2], str(k // 2), str(k % 2), ",".join(map(str, window)), values])
    track = {"name": "window", "label": text["position"], "choices": [], "says": "Y({2}, {3}) = ({5})/4 = {1}", "lights": {"in": 4, "out": 0}}
    return {"scenes": {"": rows}, "tracks": [track], "position": {"label": text["position"], "says": text["at"], "start": 0}}


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("windows", "average-pooling", TEXT[language]["link"])]


def describe(language: str) -> str:
    comma, semicolon = ("、", "、次に ") if language == "ja" else (", ", "; ")
    given, made = (semicolon.join(comma.join(map(str, row)) for row in grid) for grid in (X.tolist(), pooled()))
    first = comma.join(str(X.ravel()[k]) for k in windows()[0])
    return TEXT[language]["description"].format(input=given, output=made, first=first, value=pooled()[0][0])
