"""Figure 5.1: the window of a kernel on an image, and the value that it gives; with controls for stride, padding and dilation."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from style import Canvas

from dlref.conv import conv2d, output_size

IMAGE = np.array([[0, 0, 1, 3, 3], [0, 1, 3, 3, 3], [0, 0, 2, 3, 3], [0, 1, 3, 3, 2], [0, 0, 1, 3, 3]])
KERNEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # differences from left to right: it finds upright edges
MOST = 1  # the widest padding
START = 4  # the window of the picture, counted row by row
STRIDES, PADDINGS, DILATIONS = (1, 2), (0, 1), (1, 2)

TEXT: dict[str, dict[str, str]] = {
    "ja": {
        "input": "入力 $x$",
        "kernel": "カーネル $k$",
        "output": "出力 y：{5}×{5}",
        "track": "畳み込み",
        "stride": "ストライド",
        "padding": "パディング",
        "dilation": "膨張率",
        "position": "窓",
        "at": "窓 ({2}, {3})",
        "link": "窓の積和",
        "description": (
            "5×5 の入力（上の行から {image}）、3×3 のカーネル（{rows}）、{size}×{size} の出力。入力の中央の 3×3 の窓と、出力の中央のマス y({i}, {j}) が太枠で示されている。"
            "窓の 9 個の値とカーネルの 9 個の値を掛けて足すと、{terms} = {value} で、これが y({i}, {j}) である。出力は上の行から {output}。"
        ),
    },
    "en": {
        "input": "input $x$",
        "kernel": "kernel $k$",
        "output": "output y: {5}×{5}",
        "track": "Convolution",
        "stride": "Stride",
        "padding": "Padding",
        "dilation": "Dilation",
        "position": "Window",
        "at": "Window ({2}, {3})",
        "link": "products of the window, summed",
        "description": (
            "An input of 5×5 values (row by row {image}), a kernel of 3×3 ({rows}), an output of {size}×{size}. Thick borders mark the 3×3 window in the middle of the input "
            "and the middle cell of the output, y({i}, {j}). The 9 values of the window times the 9 values of the kernel sum to {terms} = {value}, "
            "which is y({i}, {j}). The output, row by row: {output}."
        ),
    },
}


def printed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


@cache
def result(stride: int, padding: int, dilation: int) -> NDArray[np.float64]:
    """The output for the whole image."""
    found = conv2d(IMAGE[None].astype(float), KERNEL[None, None].astype(float), stride=stride, padding=padding, dilation=dilation)[0]
    size = output_size(len(IMAGE), len(KERNEL), stride=stride, padding=(padding, padding), dilation=dilation)
    assert found.shape == (size, size)
    return found


def window(i: int, j: int, stride: int, padding: int, dilation: int) -> list[tuple[int, int]]:
    """Rows and columns of the image that an output sees, those of the padding outside of 0 … 4."""
    return [(i * stride - padding + m * dilation, j * stride - padding + n * dilation) for m, n in np.ndindex(KERNEL.shape)]


def cell(row: int, column: int) -> int:
    """The number of a place of the padded image, row by row."""
    return (row + MOST) * (len(IMAGE) + 2 * MOST) + column + MOST


def table(stride: int, padding: int, dilation: int) -> list[list[str]]:
    """For each window: the cell of the output, its value, row and column, the cells of the input, the size, and the sum written out."""
    output = result(stride, padding, dilation)
    padded = np.pad(IMAGE, MOST)
    rows = []
    for i, j in np.ndindex(output.shape):
        seen = window(i, j, stride, padding, dilation)
        terms = ""
        for (row, column), weight in zip(seen, KERNEL.ravel().tolist(), strict=True):
            sign = ("−" if weight < 0 else "") if not terms else " − " if weight < 0 else " + "
            terms += f"{sign}{abs(weight)}·{padded[row + MOST, column + MOST]}"
        lit = ",".join(str(cell(row, column)) for row, column in seen)
        rows.append([str(i * len(IMAGE) + j), printed(output[i, j]), str(i), str(j), lit, str(len(output)), terms])
    return rows


def draw(language: str) -> str:
    text = TEXT[language]
    first = table(1, 0, 1)
    canvas = Canvas("convolution-window", 258)
    size, across = 24.0, len(IMAGE) + 2 * MOST
    canvas.text(4 + size * across / 2, 40, text["input"], anchor="middle")
    labels = [[str(value) for value in row] for row in np.pad(IMAGE, MOST).tolist()]
    ring = [k for k in range(across**2) if 0 in divmod(k, across) or across - 1 in divmod(k, across)]
    with canvas.group("window", id="convolution-window-window"):
        canvas.grid("in", 4, 50, labels, size=size, hidden=ring, lit=[int(k) for k in first[START][4].split(",")])
    canvas.text(292, 14, text["kernel"], anchor="middle")
    canvas.grid("k", 256, 22, [[printed(value) for value in row] for row in KERNEL.tolist()], size=size, tinted=range(9))
    canvas.text(292, 122, text["output"].replace("{5}", first[0][5]), anchor="middle", part="size")
    values = {int(row[0]): row[1] for row in first}
    outputs = [[values.get(i * 5 + j, "") for j in range(5)] for i in range(5)]
    canvas.grid("out", 232, 132, outputs, size=size, hidden=[k for k in range(25) if k not in values], lit=[int(first[START][0])])
    canvas.arrow([(182, 134), (224, 134)], width=1.6)
    return canvas.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    choices = (("stride", STRIDES, 1), ("padding", PADDINGS, 0), ("dilation", DILATIONS, 1))
    scenes = {f"{s} {p} {d}": table(s, p, d) for s, p, d in product(STRIDES, PADDINGS, DILATIONS)}
    inside, padded = ([cell(i, j) for i in range(-p, 5 + p) for j in range(-p, 5 + p)] for p in PADDINGS)
    return {
        "scenes": scenes,
        "tracks": [
            {
                "name": "window", "label": text["track"], "says": "y({2}, {3}) = {6}\n= {1}",
                "choices": [
                    {"name": name, "label": text[name], "options": {str(value): str(value) for value in values}, "start": str(start)}
                    for name, values, start in choices
                ],
                "lights": {"in": 4, "out": 0}, "fills": {"out": [0, 1]}, "prints": {"size": text["output"]},
                "shows": {"in": {key: ",".join(map(str, padded if key.split()[1] == "1" else inside)) for key in scenes}},
            }
        ],
        "position": {"label": text["position"], "says": text["at"], "start": START, "play": True},
    }  # fmt: skip


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("window", "convolution", TEXT[language]["link"])]


def describe(language: str) -> str:
    row = table(1, 0, 1)[START]
    comma, semicolon = ("、", "、次に ") if language == "ja" else (", ", "; ")
    image, kernel, output = (
        semicolon.join(comma.join(printed(value) for value in line) for line in grid.tolist()) for grid in (IMAGE, KERNEL, result(1, 0, 1))
    )
    return TEXT[language]["description"].format(
        image=image, rows=kernel, size=row[5], i=row[2], j=row[3], terms=row[6], value=row[1], output=output,
    )  # fmt: skip
