"""Figure 4.2: a bottleneck block: 1×1 convolutions lead from 256 channels to 64 and back, and the shortcut past them."""

from __future__ import annotations

from style import Canvas, polyline

from dlref.conv import param_count_conv
from dlref.skip import basic_block_params, bottleneck_params

WIDE, NARROW = 256, 64  # channels
LAYERS = ((1, WIDE, NARROW), (3, NARROW, NARROW), (1, NARROW, WIDE))  # size of the kernel, channels of input and output

TEXT = {
    "ja": {
        "conv": "{0}×{0} 畳み込み",
        "weights": "重み {}",
        "channels": "{} チャンネル",
        "identity": "恒等写像",
        "layers": "三つの畳み込みの重み",
        "sum": "和",
        "description": (
            "上から下への流れ。幅はチャンネルの数を表す。{wide} チャンネルの入力 x を、1×1 畳み込みが {narrow} チャンネルに狭め、3×3 畳み込みが {narrow} チャンネルのまま処理し、"
            "1×1 畳み込みが {wide} チャンネルに戻す。それぞれの後にバッチ正規化があり、はじめの二つには ReLU が続く。恒等写像で運ばれた x が ⊕ で足され、ReLU を通る。"
            "重みの数は {first}、{second}、{third} で、合わせて {total}。3×3 畳み込みを二つ重ねた {wide} チャンネルのブロックは {basic} 個の重みを持つ。"
        ),
    },
    "en": {
        "conv": "{0}×{0} conv.",
        "weights": "{} weights",
        "channels": "{} channels",
        "identity": "identity",
        "layers": "weights of the three convolutions",
        "sum": "sum",
        "description": (
            "A flow from top to bottom, whose width is the number of channels. A 1×1 convolution narrows the {wide} channels of the input x to {narrow}, "
            "a 3×3 convolution works on {narrow} channels, and a 1×1 convolution leads back to {wide}. Batch normalization follows each, and ReLU the first two. "
            "At ⊕ the x that the identity has carried is added, and ReLU follows. The numbers of weights are {first}, {second} and {third}, {total} in all. "
            "A block of two 3×3 convolutions of {wide} channels has {basic}."
        ),
    },
}

CENTER, BYPASS = 216.0, 346.0
HIGH, STEP, TOP = 34.0, 74.0, 74.0


def half(channels: int) -> float:
    """Half of the width that stands for a number of channels."""
    return channels * 0.41


def weights() -> list[int]:
    """Of each convolution, without bias."""
    return [param_count_conv(kernel, before, after) - after for kernel, before, after in LAYERS]


def draw(language: str) -> str:
    text = TEXT[language]
    plus = TOP + STEP * len(LAYERS) + 4
    fork = TOP - 24
    canvas = Canvas("bottleneck-block", plus + 98)
    canvas.text(CENTER, 16, "$x$", anchor="middle")
    canvas.text(CENTER - 10, 38, text["channels"].format(WIDE), anchor="end")
    canvas.arrow([(CENTER, 22), (CENTER, TOP)])
    canvas.circle(CENTER, fork, 2.5, fill="fg", stroke="none")
    with canvas.group("layers", id="bottleneck-block-layers"):
        for k, ((kernel, before, after), count) in enumerate(zip(LAYERS, weights(), strict=True)):
            y = TOP + STEP * k
            corners = [(CENTER - half(before), y), (CENTER + half(before), y), (CENTER + half(after), y + HIGH), (CENTER - half(after), y + HIGH)]
            canvas.path(polyline(corners) + "z", part=f"conv{k + 1}", fill="tint", width=1.4)
            canvas.text(4, y + 14, text["conv"].format(kernel))
            canvas.text(4, y + 31, text["weights"].format(f"{count:,}"))
    for k, (_, _, after) in enumerate(LAYERS):
        y = TOP + STEP * k + HIGH
        canvas.arrow([(CENTER, y), (CENTER, y + STEP - HIGH if k < 2 else plus - 12)])
        if k < 2:
            canvas.text(CENTER - 10, y + 24, text["channels"].format(after), anchor="end")
        canvas.text(CENTER + 10, y + 24, "BN, ReLU" if k < 2 else "BN")
    with canvas.group("shortcut", id="bottleneck-block-shortcut"):
        canvas.arrow([(CENTER, fork), (BYPASS, fork), (BYPASS, plus), (CENTER + 12, plus)], color="1", width=2)
        canvas.text(BYPASS - 8, plus - 8, text["identity"], anchor="end")
    with canvas.group("sum", id="bottleneck-block-sum"):
        canvas.circle(CENTER, plus, 12, fill="bg", width=1.8)
        canvas.path(f"M{CENTER - 7:g},{plus:g}h14m-7,-7v14", width=1.8)
    canvas.text(CENTER - 18, plus + 5, text["channels"].format(WIDE), anchor="end")
    canvas.arrow([(CENTER, plus + 12), (CENTER, plus + 72)])
    canvas.text(CENTER + 10, plus + 44, "ReLU")
    canvas.text(CENTER, plus + 90, "$y$", anchor="middle")
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    text = TEXT[language]
    return [("layers", "bottleneck-parameters", text["layers"]), ("sum", "residual-connection", text["sum"])]


def describe(language: str) -> str:
    first, second, third = (f"{count:,}" for count in weights())
    total, basic = f"{bottleneck_params(WIDE):,}", f"{basic_block_params(WIDE):,}"
    return TEXT[language]["description"].format(wide=WIDE, narrow=NARROW, first=first, second=second, third=third, total=total, basic=basic)
