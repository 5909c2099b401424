"""Figure 7.1: the Transformer: the encoder reads the input at once; the decoder, which looks at it, gives the next output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from style import Canvas

from dlref.transformer import DecoderLayer, EncoderLayer

SIZES = {"d_model": 512, "n_heads": 8, "d_ff": 2048}  # of the base model of the paper
LAYERS = 6

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "encoder": "エンコーダ",
        "decoder": "デコーダ",
        "self": ["マルチヘッド", "自己注意"],
        "masked": ["マスク付き", "マルチヘッド自己注意"],
        "cross": ["マルチヘッド", "交差注意"],
        "ffn": ["位置ごとの", "順伝播ネットワーク"],
        "norm": "加算と正規化",
        "embedding": "埋め込み",
        "position": "位置符号化",
        "input": "入力",
        "previous": "出力（右に一つずらす）",
        "linear": "線形層",
        "output": "出力の確率",
        "links": ["入力", "位置符号化", "マルチヘッドアテンション", "マスク付き注意", "交差注意", "加算と正規化", "順伝播ネットワーク", "Softmax"],
        "description": (
            "左にエンコーダ、右にデコーダ。どちらも下から上へ進む。入力のトークンは埋め込みになり、位置符号化が足されて、エンコーダの N 個の同じ層に入る。"
            "各層では、マルチヘッド自己注意、加算と正規化、位置ごとの順伝播ネットワーク、加算と正規化が続く。加算と正規化には、副層を飛び越す矢印が入る。"
            "デコーダの入力は、右に一つずらした出力の埋め込みに位置符号化を足したもので、N 個の同じ層を通る。各層では、マスク付きマルチヘッド自己注意、"
            "エンコーダの出力からキー K とバリュー V を、下からクエリ Q を受け取る交差注意、順伝播ネットワークが続き、それぞれの後に加算と正規化がある。"
            "最後に線形層と Softmax が、次のトークンの確率を出す。原論文の基本モデルは N = {layers}、幅 {d_model}、ヘッド {n_heads} 個、順伝播ネットワークの内側の幅 {d_ff} で、"
            "重みはエンコーダの層ごとに {encoder} 個、デコーダの層ごとに {decoder} 個である。"
        ),
    },
    "en": {
        "encoder": "Encoder",
        "decoder": "Decoder",
        "self": ["Multi-head", "self-attention"],
        "masked": ["Masked multi-head", "self-attention"],
        "cross": ["Multi-head", "cross-attention"],
        "ffn": ["Position-wise", "feed-forward"],
        "norm": "Add & normalize",
        "embedding": "Embedding",
        "position": "Positional encoding",
        "input": "Input",
        "previous": "Output (shifted right)",
        "linear": "Linear",
        "output": "Output probabilities",
        "links": [
            "input", "positional encoding", "multi-head attention", "masked attention", "cross-attention", "add & normalize", "feed-forward network", "softmax",
        ],
        "description": (
            "On the left the encoder, on the right the decoder; both go from bottom to top. The tokens of the input become embeddings, a positional encoding is added, "
            "and they enter the encoder's N equal layers: multi-head self-attention, add & normalize, a feed-forward network at each position, add & normalize. "
            "An arrow past each sublayer leads into its add & normalize. The decoder's input is the output shifted right, embedded, with the positional encoding added. "
            "It goes through N equal layers: masked multi-head self-attention; cross-attention, which takes its keys K and values V from the output of the encoder "
            "and its queries Q from below; and a feed-forward network; each with add & normalize behind it. At the end a linear layer and softmax give the probabilities of "
            "the next token. The base model of the original paper has N = {layers}, width {d_model}, {n_heads} heads and width {d_ff} inside the feed-forward networks; a layer of its encoder "
            "has {encoder} weights, one of its decoder {decoder}."
        ),
    },
}  # fmt: skip

ENCODER, DECODER = 92.0, 266.0  # the middles of the two stacks
WIDE, FRAME = 130.0, 168.0  # of the boxes, and of the frames around those that are repeated
TALL, LOW = 38.0, 22.0  # heights of boxes with two lines and with one
BYPASS = 75.0  # from the middle of a stack to the arrows past its sublayers
STEP = 88.0  # from a sublayer to the next
HEIGHT = 566.0
FIRST = HEIGHT - 158  # the foot of the lowest sublayer
PLUS = HEIGHT - 95  # where the positional encoding is added
KEYS = 179.0  # the arrow between the stacks


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("transformer", HEIGHT)
    stacks = ((ENCODER, -1, 2), (DECODER, 1, 3))
    for middle, side, count in stacks:
        _stack(canvas, middle, side, count)
    _input(canvas, text)
    for part, middle, level in (("self", ENCODER, 0), ("masked", DECODER, 0), ("cross", DECODER, 1)):
        with canvas.group(part, id=f"transformer-{part}"):
            _box(canvas, middle, FIRST - STEP * level, text[part])
    with canvas.group("ffn", id="transformer-ffn"):
        for middle, _, count in stacks:
            _box(canvas, middle, FIRST - STEP * (count - 1), text["ffn"])
    with canvas.group("norm", id="transformer-norm"):
        for middle, _, count in stacks:
            for level in range(count):
                _box(canvas, middle, FIRST - STEP * level - TALL - 9, [text["norm"]])
    _keys(canvas)
    _output(canvas, text)
    for middle, name, count in ((ENCODER, text["encoder"], 2), (DECODER, text["decoder"], 3)):
        canvas.text(middle - FRAME / 2, _top(count) - 6, name)
        canvas.text(middle + FRAME / 2 - 3, _top(count) - 6, "$×N$", anchor="end")
    return canvas.svg()


def _top(count: int) -> float:
    """The upper edge of the frame around so many sublayers."""
    return FIRST - STEP * (count - 1) - TALL - 9 - LOW - 13


def _box(canvas: Canvas, middle: float, foot: float, lines: Sequence[str], fill: str = "bg") -> None:
    high = TALL if len(lines) > 1 else LOW
    canvas.box(middle - WIDE / 2, foot - high, WIDE, high, fill=fill)
    for k, line in enumerate(lines):
        canvas.text(middle, foot - high + (15.5 if len(lines) == 1 else 16 + 15 * k), line, anchor="middle")


def _stack(canvas: Canvas, middle: float, side: int, count: int) -> None:
    """The frame of a layer, the arrows through it and those past its sublayers."""
    top, bottom = _top(count), FIRST + 26
    canvas.box(middle - FRAME / 2, top, FRAME, bottom - top, radius=8, stroke="muted", fill="tint", width=1)
    for level in range(count):
        foot = FIRST - STEP * level
        below = PLUS - 9 if level == 0 else foot + STEP - TALL - 9 - LOW
        fork = foot + 14
        canvas.arrow([(middle, below), (middle, foot)])
        canvas.arrow([(middle, foot - TALL), (middle, foot - TALL - 9)], head=6)
        canvas.circle(middle, fork, 2.3, fill="fg", stroke="none")
        way, end = middle + side * BYPASS, foot - TALL - 9 - LOW / 2
        canvas.arrow([(middle, fork), (way, fork), (way, end), (middle + side * WIDE / 2, end)], color="muted", head=6)


def _input(canvas: Canvas, text: dict[str, Any]) -> None:
    """Tokens, their embeddings, and the positions that are added to both."""
    with canvas.group("input", id="transformer-input"):
        for middle in (ENCODER, DECODER):
            _box(canvas, middle, HEIGHT - 36, [text["embedding"]], fill="tint")
            canvas.circle(middle, PLUS, 9, fill="bg", width=1.6)
            canvas.path(f"M{middle - 5:g},{PLUS:g}h10m-5,-5v10", width=1.6)
    for middle, label in ((ENCODER, text["input"]), (DECODER, text["previous"])):
        canvas.text(middle, HEIGHT - 6, label, anchor="middle")
        canvas.arrow([(middle, HEIGHT - 19), (middle, HEIGHT - 36)], head=6)
        canvas.arrow([(middle, HEIGHT - 36 - LOW), (middle, PLUS + 9)], head=6)
    with canvas.group("position", id="transformer-position"):
        canvas.box(KEYS - 65, PLUS - LOW / 2, 130, LOW, fill="tint")
        canvas.text(KEYS, PLUS + 4.5, text["position"], anchor="middle")
    canvas.arrow([(KEYS - 65, PLUS), (ENCODER + 9, PLUS)], head=6)
    canvas.arrow([(KEYS + 65, PLUS), (DECODER - 9, PLUS)], head=6)


def _keys(canvas: Canvas) -> None:
    """From the end of the encoder into the cross-attention of the decoder; the queries come from below."""
    start = FIRST - STEP - TALL - 9 - LOW
    turn, cross = _top(2) - 24, FIRST - STEP - TALL / 2
    canvas.arrow([(ENCODER, start), (ENCODER, turn), (KEYS, turn), (KEYS, cross), (DECODER - WIDE / 2, cross)], part="keys", color="1", width=2)
    canvas.text(KEYS + 6, cross - 6, "$K$", halo=True)
    canvas.text(KEYS + 6, cross + 16, "$V$", halo=True)
    canvas.text(DECODER - 8, FIRST - STEP + 11, "$Q$", anchor="end")


def _output(canvas: Canvas, text: dict[str, Any]) -> None:
    """What stands on top of the decoder."""
    top = _top(3) - 30
    canvas.arrow([(DECODER, top + 30 + 13), (DECODER, top)])
    _box(canvas, DECODER, top, [text["linear"]], fill="tint")
    canvas.arrow([(DECODER, top - LOW), (DECODER, top - LOW - 14)], head=6)
    with canvas.group("softmax", id="transformer-softmax"):
        _box(canvas, DECODER, top - LOW - 14, ["Softmax"], fill="tint")
    canvas.arrow([(DECODER, top - 2 * LOW - 14), (DECODER, top - 2 * LOW - 32)], head=6)
    canvas.text(DECODER, top - 2 * LOW - 38, text["output"], anchor="middle")


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (
        ("input", "transformer-input"), ("position", "positional-encoding"), ("self", "multi-head-attention"), ("masked", "masked-attention"),
        ("cross", "cross-attention"), ("norm", "transformer-sublayer"), ("ffn", "position-wise-ffn"), ("softmax", "softmax"),
    )  # fmt: skip
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    rng = np.random.default_rng(0)
    weights = {name: sum(array.size for array in layer(**SIZES, rng=rng).arrays().values()) for name, layer in (("encoder", EncoderLayer), ("decoder", DecoderLayer))}
    return TEXT[language]["description"].format(layers=LAYERS, **SIZES, **{name: f"{count:,}" for name, count in weights.items()})
