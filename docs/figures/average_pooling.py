"""Figure 5.3: average pooling of the grid of Figure 5.2."""

from __future__ import annotations

from typing import Any

from max_pooling import X, controls, described, picture

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
    return picture("average-pooling", TEXT[language], pooled())


def interact(language: str) -> dict[str, Any]:
    return controls(TEXT[language], pooled(), " + ", "Y({2}, {3}) = ({5})/4 = {1}")


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("windows", "average-pooling", TEXT[language]["link"])]


def describe(language: str) -> str:
    return described(language, TEXT[language], pooled())
