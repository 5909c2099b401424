"""Figure 4.1: a residual block: two convolutions, and beside them the shortcut, which is added to what they make of x."""

from __future__ import annotations

from typing import Any

from style import Canvas

from dlref.skip import basic_block_params

CHANNELS = 64

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "conv": "3×3 畳み込み",
        "bn": "バッチ正規化",
        "identity": "恒等写像",
        "links": ["枝", "恒等写像を通る勾配", "和"],
        "description": (
            "上から下への流れ。入力 x は二つに分かれる。枝 F(x) は、3×3 畳み込み、バッチ正規化、ReLU、3×3 畳み込み、バッチ正規化の順に通る。もう一方は恒等写像で、x をそのまま運ぶ。"
            "二つは ⊕ で足されて F(x) + x になり、最後の ReLU を通って出力 y になる。チャンネル数が {channels} のとき、二つの畳み込みの重みは合わせて {params} 個で、恒等写像は重みを持たない。"
        ),
    },
    "en": {
        "conv": "3×3 convolution",
        "bn": "batch norm.",
        "identity": "identity",
        "links": ["branch", "gradient through the identity", "sum"],
        "description": (
            "A flow from top to bottom. The input x takes two ways. The branch F(x) goes through a 3×3 convolution, batch normalization, ReLU, a 3×3 convolution "
            "and batch normalization. The other way is the identity, which carries x as it is. At ⊕ the two are added to F(x) + x, which a last ReLU makes the "
            "output y. With {channels} channels the two convolutions have {params} weights together; the identity has none."
        ),
    },
}

CENTER, BYPASS = 142.0, 300.0
WIDE, HIGH, STEP = 124.0, 27.0, 44.0  # of the boxes, and from one to the next
TOP = 58.0


def draw(language: str) -> str:
    text = TEXT[language]
    layers = [("conv1", text["conv"]), ("bn1", text["bn"]), ("relu1", "ReLU"), ("conv2", text["conv"]), ("bn2", text["bn"])]
    plus = TOP + STEP * len(layers) + 8
    fork = TOP - 21
    canvas = Canvas("residual-block", plus + 114)
    canvas.text(CENTER, 16, "$x$", anchor="middle")
    with canvas.group("branch", id="residual-block-branch"):
        canvas.box(CENTER - 84, TOP - 10, 168, STEP * len(layers) - 17 + 20, radius=8, stroke="muted", fill="tint", width=1)
        for k, (part, label) in enumerate(layers):
            y = TOP + STEP * k
            canvas.box(CENTER - WIDE / 2, y, WIDE, HIGH, part=part, fill="bg")
            canvas.text(CENTER, y + 18, label, anchor="middle")
            if k:
                canvas.arrow([(CENTER, y - STEP + HIGH), (CENTER, y)])
        canvas.text(26, TOP + STEP * 2 + 19, "$ℱ(x)$", anchor="middle")
    canvas.arrow([(CENTER, 22), (CENTER, TOP)])
    canvas.circle(CENTER, fork, 2.5, fill="fg", stroke="none")
    with canvas.group("shortcut", id="residual-block-shortcut"):
        canvas.arrow([(CENTER, fork), (BYPASS, fork), (BYPASS, plus), (CENTER + 12, plus)], color="1", width=2)
        canvas.text(BYPASS + 6, TOP + STEP * 2 + 8, "$x$")
        canvas.text(BYPASS - 6, TOP + STEP * 2 + 8, text["identity"], anchor="end")
    canvas.arrow([(CENTER, TOP + STEP * 4 + HIGH), (CENTER, plus - 12)])
    with canvas.group("sum", id="residual-block-sum"):
        canvas.circle(CENTER, plus, 12, fill="bg", width=1.8)
        canvas.path(f"M{CENTER - 7:g},{plus:g}h14m-7,-7v14", width=1.8)
    canvas.text(CENTER - 18, plus + 5, "$ℱ(x) + x$", anchor="end")
    canvas.arrow([(CENTER, plus + 12), (CENTER, plus + 34)])
    with canvas.group("relu", id="residual-block-relu"):
        canvas.box(CENTER - WIDE / 2, plus + 34, WIDE, HIGH, fill="bg")
        canvas.text(CENTER, plus + 52, "ReLU", anchor="middle")
    canvas.arrow([(CENTER, plus + 34 + HIGH), (CENTER, plus + 88)])
    canvas.text(CENTER, plus + 106, "$y$", anchor="middle")
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("branch", "residual-block"), ("shortcut", "residual-gradient"), ("sum", "residual-connection"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    return TEXT[language]["description"].format(channels=CHANNELS, params=f"{basic_block_params(CHANNELS):,}")
