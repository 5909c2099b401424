"""An addition to section 7.1: where two small models look that have learned to reverse five letters, and to sort them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from style import Canvas

FILES = [Path(__file__).parents[1] / "data" / "attention-weights.json"]  # written by python -m tests.attention_weights
TASK, INPUT = "sort", "cahdf"  # of the picture

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "input": "入力",
        "previous": "直前の出力",
        "start": "（先頭）",
        "output": "出力",
        "weights": "重み",
        "task": "課題",
        "sequence": "入力",
        "tasks": {"reverse": "逆順にする", "sort": "並べ替える"},
        "position": "出力の位置",
        "at": "{1} 番目",
        "says": "出力 {0}：最大の重みは {2} の {3}。",
        "link": "注意の重み",
        "description": (
            "行は出力、列は入力の文字。正方形の面積が重みを表す。並べ替えを学んだモデルに {input} を与えると、{output} を一文字ずつ出力する。"
            "最も重いのは、{reading}である。逆順にすることを学んだモデルは、同じ入力に {reverse} と答え、正方形は右上から左下への対角線に並ぶ。"
        ),
        "reading": ["{letter} を出すとき {most}（{weight}）", "、"],
    },
    "en": {
        "input": "input",
        "previous": "previous",
        "start": "(start)",
        "output": "output",
        "weights": "weights",
        "task": "Task",
        "sequence": "Input",
        "tasks": {"reverse": "reverse", "sort": "sort"},
        "position": "Output",
        "at": "Output {1}",
        "says": "Output {0}: the largest weight is {3}, on {2}.",
        "link": "attention weights",
        "description": (
            "Rows are outputs, columns are letters of the input; the area of a square is the weight. Given {input}, the model that has learned to sort puts out {output}, letter by letter. "
            "It looks most, {reading}. The model that has learned to reverse answers {reverse} to the same input, and its squares lie along the diagonal from the upper right to the lower left."
        ),
        "reading": ["for {letter}, at {most} ({weight})", "; "],
    },
}

SIZE, LEFT, TOP = 42.0, 82.0, 46.0
FULL = 36.0  # the side of the square for the weight 1
BLANK = "\u00a0"
SIDES = 5 + 3 * len(INPUT)  # the first column of the sides in a row of the table


@cache
def found(task: str) -> dict[str, Any]:
    """By input: the output of the model, and its weights."""
    held: dict[str, Any] = json.loads(FILES[0].read_text(encoding="utf8"))[task]["maps"]
    return held


def table(task: str, letters: str) -> list[list[str]]:
    """For each output: its letter and number, the letter with the most weight and that weight, all weights, the input, the outputs so far, the
    row's cells, and the sides of all squares."""
    output, weights = found(task)[letters]["output"], found(task)[letters]["weights"]
    n = len(letters)
    rows = []
    for k, row in enumerate(weights):
        sides = [f"{FULL * weight**0.5:.1f}" if i <= k else "0.0" for i, line in enumerate(weights) for weight in line]
        so_far = [letter if i <= k else BLANK for i, letter in enumerate(output)]
        most = max(row)
        cells = ",".join(str(k * n + j) for j in range(n))
        printed = [f"{weight:.2f}" for weight in row]
        rows.append([output[k], str(k + 1), letters[row.index(most)], f"{most:.2f}", *printed, *letters, *so_far, cells, *sides])
    return rows


def draw(language: str) -> str:
    text = TEXT[language]
    last = table(TASK, INPUT)[-1]
    n = len(INPUT)
    foot = TOP + n * SIZE
    canvas = Canvas("attention-weights", foot + 28)
    canvas.text(LEFT + n * SIZE / 2, 16, text["input"], anchor="middle")
    canvas.text(LEFT - 12, TOP - 8, text["previous"], anchor="end")
    canvas.text(LEFT + n * SIZE + 30, TOP - 8, text["output"], anchor="middle")
    canvas.text(LEFT - 12, foot + 20, text["weights"], anchor="end")
    for j in range(n):
        x = LEFT + SIZE * (j + 0.5)
        canvas.text(x, TOP - 8, last[4 + n + j], anchor="middle", part=f"input{j}")
        canvas.text(x, foot + 20, last[4 + j], anchor="middle", part=f"weight{j}")
    with canvas.group("map", id="attention-weights-map"):
        for k in range(n * n):
            with canvas.group(f"cell-{k}", **({"data_lit": ""} if str(k) in last[SIDES - 1].split(",") else {})):
                canvas.box(LEFT + SIZE * (k % n) + 1, TOP + SIZE * (k // n) + 1, SIZE - 2, SIZE - 2, radius=2, stroke="muted", fill="bg", width=1)
        for k, side in enumerate(last[SIDES:]):
            with canvas.group(f"place-{k}", transform=f"translate({LEFT + SIZE * (k % n + 0.5):g} {TOP + SIZE * (k // n + 0.5):g})"):
                with canvas.group(f"square-{k}", transform=f"scale({float(side):g})"):
                    canvas.path("M-0.5,-0.5h1v1h-1z", stroke="none", fill="1")
    for i in range(n):
        y = TOP + SIZE * (i + 0.5) + 4.5
        canvas.text(LEFT - 12, y, last[4 + 2 * n + i - 1] if i else text["start"], anchor="end", part=f"previous{i}")
        canvas.text(LEFT + n * SIZE + 30, y, last[4 + 2 * n + i], anchor="middle", part=f"output{i}")
    return canvas.svg()


def interact(language: str) -> dict[str, Any]:
    text = TEXT[language]
    inputs = list(found(TASK))
    n = len(INPUT)
    prints = {f"input{j}": f"{{{4 + n + j}}}" for j in range(n)} | {f"weight{j}": f"{{{4 + j}}}" for j in range(n)}
    prints |= {f"output{i}": f"{{{4 + 2 * n + i}}}" for i in range(n)} | {f"previous{i}": f"{{{4 + 2 * n + i - 1}}}" for i in range(1, n)}
    return {
        "scenes": {f"{task} {letters}": table(task, letters) for task in text["tasks"] for letters in inputs},
        "tracks": [
            {
                "name": "map", "label": text["weights"], "says": text["says"],
                "choices": [
                    {"name": "task", "label": text["task"], "options": text["tasks"], "start": TASK},
                    {"name": "input", "label": text["sequence"], "options": {letters: " ".join(letters) for letters in inputs}, "start": INPUT},
                ],
                "prints": prints, "lights": {"cell": SIDES - 1}, "grows": {f"square-{k}": SIDES + k for k in range(n * n)},
            }
        ],
        "position": {"label": text["position"], "says": text["at"], "start": -1},
    }  # fmt: skip


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("map", "attention-weights", TEXT[language]["link"])]


def describe(language: str) -> str:
    text = TEXT[language]
    template, joint = text["reading"]
    rows = table(TASK, INPUT)
    reading = joint.join(template.format(letter=row[0], most=row[2], weight=row[3]) for row in rows)
    output, reverse = ("".join(row[0] for row in table(task, INPUT)) for task in (TASK, "reverse"))
    return text["description"].format(input=" ".join(INPUT), output=" ".join(output), reading=reading, reverse=" ".join(reverse))
