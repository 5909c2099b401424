"""Figure 5.4: max unpooling puts the values of Figure 5.2 back to the places of the maxima, and 0 elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from max_pooling import SIZE, TOP, pooled, windows
from style import Canvas

from dlref.pool import max_unpool2d

TEXT = {
    "ja": {
        "input": "入力 $Y$",
        "output": "出力 $X̂$",
        "position": "値",
        "at": "値 ({2}, {3})",
        "says": "Y({2}, {3}) = {1} は ({5}, {6}) に戻る",
        "link": "逆プーリング",
        "description": (
            "左に 2×2 の入力、上の行から {input}。右に 4×4 の出力、上の行から {output}。それぞれの値は、最大プーリングでその最大値があった場所に戻り、ほかのマスは 0 である。"
            "左上の値 {value} は、0 から数えて ({row}, {column}) の場所に戻る。"
        ),
    },
    "en": {
        "input": "input $Y$",
        "output": "output $X̂$",
        "position": "Value",
        "at": "Value ({2}, {3})",
        "says": "Y({2}, {3}) = {1} returns to ({5}, {6})",
        "link": "max unpooling",
        "description": (
            "On the left the input of 2×2 values, row by row {input}. On the right the output of 4×4, row by row {output}. Each value returns to the place where max pooling "
            "found that maximum; all other cells are 0. The upper left value, {value}, returns to ({row}, {column}), counted from 0."
        ),
    },
}

LEFT, RIGHT = 22.0, 206.0


def restored() -> list[list[int]]:
    """The 4×4 output, from the values and the places of Figure 5.2."""
    values, places = pooled()
    found = max_unpool2d(np.array(values, dtype=float)[None], np.array(places).reshape(1, 2, 2), out_shape=(4, 4))
    return found[0].astype(int).tolist()


def draw(language: str) -> str:
    text = TEXT[language]
    values, places = pooled()
    canvas = Canvas("max-unpooling", TOP + 4 * SIZE + 10)
    canvas.text(LEFT + SIZE, TOP + SIZE - 14, text["input"], anchor="middle")
    canvas.text(RIGHT + 2 * SIZE, 20, text["output"], anchor="middle")
    canvas.grid("in", LEFT, TOP + SIZE, [[str(value) for value in row] for row in values], size=SIZE, tinted=(0, 3), lit=(0,))
    canvas.arrow([(LEFT + 2 * SIZE + 22, TOP + 2 * SIZE), (RIGHT - 22, TOP + 2 * SIZE)], width=1.6)
    tinted = [k for window in (windows()[0], windows()[3]) for k in window]
    with canvas.group("places", id="max-unpooling-places"):
        canvas.grid("out", RIGHT, TOP, [[str(value) for value in row] for row in restored()], size=SIZE, tinted=tinted, lit=places[:1])
        for k in places:
            canvas.circle(RIGHT + SIZE * (k % 4 + 0.5), TOP + SIZE * (k // 4 + 0.5), 13, width=1.6)
    canvas.path(f"M{RIGHT + 2 * SIZE:g},{TOP:g}v{4 * SIZE:g}M{RIGHT:g},{TOP + 2 * SIZE:g}h{4 * SIZE:g}", width=1.6)
    return canvas.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    values, places = pooled()
    rows = [[str(k), str(values[k // 2][k % 2]), str(k // 2), str(k % 2), str(at), str(at // 4), str(at % 4)] for k, at in enumerate(places)]
    track = {"name": "value", "label": text["position"], "choices": [], "says": text["says"], "lights": {"in": 0, "out": 4}}
    return {"scenes": {"": rows}, "tracks": [track], "position": {"label": text["position"], "says": text["at"], "start": 0}}


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("places", "max-unpooling", TEXT[language]["link"])]


def describe(language: str) -> str:
    values, places = pooled()
    comma, semicolon = ("、", "、次に ") if language == "ja" else (", ", "; ")
    given, made = (semicolon.join(comma.join(map(str, row)) for row in grid) for grid in (values, restored()))
    return TEXT[language]["description"].format(input=given, output=made, value=values[0][0], row=places[0] // 4, column=places[0] % 4)
