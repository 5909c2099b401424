"""Figure of section 9.2: an autoregressive model: each element has its probability, given all before it, and is drawn in turn."""

from __future__ import annotations

from typing import Any

from style import Canvas

LENGTH = 4

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "start": "始まり",
        "drawn": "引く",
        "links": ["四つの因子の積", "順に引く"],
        "description": (
            "横に並ぶ {n} つの箱は、x₁ から x₄ の確率。下の段は条件で、始まりの記号と x₁ から x₃ である。条件の一つ一つから、その列と右側のすべての箱へ矢印が延び、合わせて {arrows} 本ある。"
            "箱から上へ、引かれた要素が出る。破線の矢印は、引かれた要素が次の列の条件に加わることを表す。"
        ),
    },
    "en": {
        "start": "start",
        "drawn": "draw",
        "links": ["product of the four", "drawing in order"],
        "description": (
            "The {n} boxes in a row are the probabilities of x₁ to x₄. Below them are the conditions: the start symbol and x₁ to x₃. From each condition, arrows lead to the box above it and to all boxes "
            "further right, {arrows} in all. Upward from a box comes the element that is drawn. A dashed arrow takes it to the conditions of the next column."
        ),
    },
}

XS = [42.0 + 90 * k for k in range(LENGTH)]
TOP, BOX, BELOW = 40.0, 92.0, 206.0
HALF = 37.0  # of a box
DASHES = (5, 3)


def arrows() -> list[tuple[int, int]]:
    """From which condition to which box."""
    return [(source, target) for source in range(LENGTH) for target in range(source, LENGTH)]


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("autoregressive", 222)
    for source, target in arrows():
        end = XS[target] + 14 - 11 * (target - source)
        canvas.arrow([(XS[source], BELOW - 15), (end, BOX + 16)], part=f"from{source}-to{target}", width=1.2, head=5.5)
    with canvas.group("factors", id="autoregressive-factors"):
        for k, x in enumerate(XS):
            canvas.box(x - HALF, BOX - 16, 2 * HALF, 32, fill="tint")
            canvas.text(x, BOX + 4.5, f"$p(x_{k + 1} | x_{{<{k + 1}}})$" if k else "$p(x_1)$", anchor="middle")
    with canvas.group("draws", id="autoregressive-draws"):
        for k, x in enumerate(XS):
            canvas.arrow([(x, BOX - 16), (x, TOP)], color="1", width=2)
            canvas.text(x, TOP - 7, f"$x_{k + 1}$", anchor="middle")
            if k + 1 < LENGTH:
                turn = (x + XS[k + 1]) / 2
                canvas.arrow([(x + 12, TOP - 12), (turn, TOP - 12), (turn, BELOW - 5), (XS[k + 1] - 11, BELOW - 5)], color="1", width=1.6, dashes=DASHES)
    canvas.text(XS[0] - 7, TOP + 22, text["drawn"], anchor="end")
    for k, x in enumerate(XS):
        canvas.text(x, BELOW, f"$x_{k}$" if k else text["start"], anchor="middle")
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("factors", "autoregressive-factorization"), ("draws", "ancestral-sampling"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    return str(TEXT[language]["description"]).format(n=LENGTH, arrows=len(arrows()))
