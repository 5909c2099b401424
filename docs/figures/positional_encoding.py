"""An addition to section 7.1: the sinusoidal positional encoding as a table of shades."""

from __future__ import annotations

import numpy as np
from style import WIDTH, Canvas

from dlref.attention import positional_encoding

LENGTH, D_MODEL = 32, 32
LEVELS = 8  # shades are few, so that cells of one shade share a path

TEXT = {
    "ja": {
        "position": "位置 $pos$",
        "component": "成分",
        "link": "位置符号化",
        "description": (
            "縦が位置 0 から {last} まで、横が成分 0 から {end} までの表。地の色に近いほど値が小さく、文字の色に近いほど大きい。−1 が地の色、1 が文字の色である。"
            "左端の成分は、{period} 進むごとに一巡して縞になる。右へ行くほど縞は長くなり、右端では、偶数番の成分が 0 の近く（位置 {last} でも {slow}）、"
            "奇数番の成分が 1 の近くにとどまって、縦の筋に見える。"
        ),
    },
    "en": {
        "position": "position $pos$",
        "component": "component",
        "link": "positional encoding",
        "description": (
            "A table with positions 0 to {last} from top to bottom and components 0 to {end} from left to right. Values shade from the ground, −1, to the "
            "color of the text, 1. The components at the left go around once every {period} positions and make stripes. Further right the stripes get "
            "longer; at the right end even components stay near 0 ({slow} even at position {last}) and odd ones near 1, which looks like vertical lines."
        ),
    },
}

LEFT, TOP, RIGHT = 34.0, 36.0, 8.0
STEP = (WIDTH - LEFT - RIGHT) / D_MODEL
HIGH = 7.0


def level(value: float) -> int:
    """The shade of a value: 0 for -1, LEVELS for 1."""
    return round((value + 1) / 2 * LEVELS)


def draw(language: str) -> str:
    text, table = TEXT[language], positional_encoding(LENGTH, D_MODEL)
    foot = TOP + LENGTH * HIGH
    canvas = Canvas("positional-encoding", foot + 46)
    canvas.text(LEFT, TOP - 22, text["position"], anchor="start")
    cells: dict[int, list[str]] = {}
    for pos, row in enumerate(table):
        shades = [level(value) for value in row]
        starts = [j for j in range(D_MODEL) if j == 0 or shades[j] != shades[j - 1]]
        for j, after in zip(starts, [*starts[1:], D_MODEL], strict=True):  # a run of cells of one shade
            x, y, wide = LEFT + STEP * j, TOP + HIGH * pos, STEP * (after - j)
            cells.setdefault(shades[j], []).append(f"M{x:.1f},{y:g}h{wide:.1f}v{HIGH:g}h{-wide:.1f}z")
    with canvas.group("table", id="positional-encoding-table"):
        for shade in sorted(cells):
            canvas.path("".join(cells[shade]), stroke="none", fill="fg", fill_opacity=f"{shade / LEVELS:g}")
        canvas.box(LEFT, TOP, WIDTH - LEFT - RIGHT, LENGTH * HIGH, radius=0, stroke="muted", width=1)
    for pos in range(0, LENGTH, 5):
        canvas.text(LEFT - 6, TOP + HIGH * (pos + 0.5) + 4, str(pos), anchor="end")
    for j in range(0, D_MODEL, 5):
        canvas.text(LEFT + STEP * (j + 0.5), TOP - 6, str(j), anchor="middle")
    canvas.text(WIDTH - RIGHT, TOP - 22, text["component"], anchor="end")
    side, y = 16.0, foot + 16
    x = WIDTH - RIGHT - 28 - side * (LEVELS + 1)
    for shade in range(LEVELS + 1):
        canvas.box(x + side * shade, y, side, side, radius=0, stroke="none", fill="fg", fill_opacity=f"{shade / LEVELS:g}")
    canvas.box(x, y, side * (LEVELS + 1), side, radius=0, stroke="muted", width=1)
    canvas.text(x - 6, y + 12.5, "−1", anchor="end")
    canvas.text(x + side * (LEVELS + 1) + 6, y + 12.5, "1", anchor="start")
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("table", "positional-encoding", TEXT[language]["link"])]


def describe(language: str) -> str:
    slow = positional_encoding(LENGTH, D_MODEL)[-1, -2]
    return TEXT[language]["description"].format(last=LENGTH - 1, end=D_MODEL - 1, period=f"{2 * np.pi:.2f}", slow=f"{slow:.4f}")
