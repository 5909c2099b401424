"""Figure 7.2: BERT: three embeddings, summed; an encoder in which every position sees all others; and the two tasks of pre-training."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from style import Canvas

from dlref.bert import pack

WORDS = {"[CLS]": 1, "[SEP]": 2, "[MASK]": 3, "the": 4, "barked": 5, "it": 6, "was": 7, "loud": 8}  # and their numbers
FIRST, SECOND = ("the", "[MASK]", "barked"), ("it", "was", "loud")
HIDDEN, RELATIONS = "dog", ("IsNext", "NotNext")

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "embeddings": ["トークン埋め込み", "＋ セグメント埋め込み", "＋ 位置埋め込み"],
        "encoder": "エンコーダ $×N$",
        "sentences": ["文 A", "文 B"],
        "links": ["入力", "マルチヘッドアテンション", "MLM の損失", "NSP の損失", "損失の和"],
        "description": (
            "下から上へ進む。入力は {n} 個のトークン {tokens}。位置ごとに、トークン、セグメント（文 A は {a} 個、文 B は {b} 個）、位置 1 から {n} の三つの埋め込みが足され、エンコーダに入る。"
            "エンコーダの層では、{n} 個の位置のどれもが {n} 個すべてを見るので、線は {lines} 本になる。[MASK] の出力に入る {n} 本は太く、左右両方から来る。"
            "先頭の [CLS] の出力から、二つの文が続くかどうか（{yes} か {no}）を当てるのが NSP、{k} 番目の [MASK] の出力から、隠した語 {hidden} を当てるのが MLM である。"
            "二つの損失の和 L を小さくする。"
        ),
    },
    "en": {
        "embeddings": ["Token embeddings", "+ segment embeddings", "+ position embeddings"],
        "encoder": "Encoder $×N$",
        "sentences": ["sentence A", "sentence B"],
        "links": ["input", "multi-head attention", "loss of MLM", "loss of NSP", "sum of the losses"],
        "description": (
            "From bottom to top. The input has {n} tokens: {tokens}. At each position three embeddings are added, of the token, of the segment ({a} tokens belong to "
            "sentence A, {b} to sentence B) and of the position, 1 to {n}, and go into the encoder. In a layer of the encoder each of the {n} positions sees all {n}, "
            "so there are {lines} lines. The {n} that lead to the output at [MASK] are thick; they come from both sides. From the output at [CLS], the first token, NSP tells whether the "
            "second sentence follows the first ({yes} or {no}). From the output at [MASK], token number {k}, MLM finds the hidden word, {hidden}. The sum L of both losses is minimized."
        ),
    },
}

WIDTHS = {"[CLS]": 38.0, "the": 30.0, "[MASK]": 49.0, "barked": 45.0, "[SEP]": 38.0, "it": 23.0, "was": 33.0, "loud": 35.0}
GAP = 2.0
OUT, IN = 118.0, 198.0  # the outputs of the layer that is drawn, and its inputs
SUM, STRIP, STEP = 230.0, 22.0, 46.0  # the top of the frame around the embeddings, the height of a strip, and from one to the next
HEAD = 40.0  # the top of the two tasks


def tokens() -> tuple[list[str], list[int]]:
    """The words of the input and the sentence of each: 0, 1."""
    names = {number: word for word, number in WORDS.items()}
    numbers, segments = pack([WORDS[word] for word in FIRST], [WORDS[word] for word in SECOND], cls_id=WORDS["[CLS]"], sep_id=WORDS["[SEP]"])
    return [names[number] for number in numbers.tolist()], segments.tolist()


def columns() -> tuple[list[float], list[float]]:
    """Left edges and middles of the tokens."""
    widths = [WIDTHS[word] for word in tokens()[0]]
    total = sum(widths) + GAP * (len(widths) - 1)
    lefts = [(358 - total) / 2 + shift + GAP * k for k, shift in enumerate(accumulate(widths[:-1], initial=0.0))]
    return lefts, [left + width / 2 for left, width in zip(lefts, widths, strict=True)]


def draw(language: str) -> str:
    text = TEXT[language]
    words, segments = tokens()
    lefts, middles = columns()
    canvas = Canvas("bert", SUM + 3 * STEP + 38)
    masked = words.index("[MASK]")
    _encoder(canvas, text["encoder"], middles, masked)
    for x in middles:
        canvas.arrow([(x, SUM), (x, IN + 5)], head=6, width=1.2)
    with canvas.group("input", id="bert-input"):
        canvas.box(1, SUM, 356, 3 * STEP + 6, radius=6, stroke="muted", fill="tint", width=1)
        strips = (words, ["AB"[segment] for segment in segments], [str(k + 1) for k in range(len(words))])
        for level, (name, strip) in enumerate(zip(text["embeddings"], strips, strict=True)):
            y = SUM + STEP * level + 22
            canvas.text(lefts[0] + 2, y - 6, name)
            for left, middle, word, label in zip(lefts, middles, words, strip, strict=True):
                canvas.box(left, y, WIDTHS[word], STRIP, radius=3, fill="bg", width=1)
                canvas.text(middle, y + 15.5, label, anchor="middle")
    for segment, name in enumerate(text["sentences"]):
        own = [k for k, value in enumerate(segments) if value == segment]
        left, right = lefts[own[0]] + 2, lefts[own[-1]] + WIDTHS[words[own[-1]]] - 2
        foot = SUM + 3 * STEP + 11
        canvas.path(f"M{left:g},{foot:g}v5h{right - left:g}v-5", stroke="muted")
        canvas.text((left + right) / 2, foot + 20, name, anchor="middle")
    _heads(canvas, middles[0], middles[masked])
    return canvas.svg()


def _encoder(canvas: Canvas, name: str, middles: list[float], masked: int) -> None:
    """One of its layers: from every position to every one."""
    canvas.box(1, OUT - 15, 356, IN - OUT + 30, radius=8, stroke="muted", fill="tint", width=1)
    canvas.text(354, OUT - 22, name, anchor="end")
    with canvas.group("attention", id="bert-attention"):
        for k, top in enumerate(middles):
            if k != masked:
                canvas.path("".join(f"M{x:.1f},{IN:g}L{top:.1f},{OUT:g}" for x in middles), stroke="muted", width=0.6)
        canvas.path("".join(f"M{x:.1f},{IN:g}L{middles[masked]:.1f},{OUT:g}" for x in middles), part="seen", stroke="1", width=1.8)
    for x in middles:
        canvas.circle(x, IN, 5, fill="bg", width=1.4)
        canvas.circle(x, OUT, 5, fill="bg", width=1.4)


def _heads(canvas: Canvas, first: float, masked: float) -> None:
    """What is told from two of the outputs, and the losses."""
    middle = HEAD + 19
    for part, output, left, wide, lines in (("nsp", first, 2, 112, ("NSP", " / ".join(RELATIONS))), ("mlm", masked, 128, 54, ("MLM", HIDDEN))):
        turn = HEAD + (46 if part == "nsp" else 53)
        canvas.arrow([(output, OUT - 5), (output, turn), (left + wide / 2, turn), (left + wide / 2, HEAD + 38)], head=6)
        with canvas.group(part, id=f"bert-{part}"):
            canvas.box(left, HEAD, wide, 38, fill="tint")
            for k, line in enumerate(lines):
                canvas.text(left + wide / 2, HEAD + 16 + 15 * k, line, anchor="middle")
    canvas.arrow([(58, HEAD), (58, HEAD - 16), (291, HEAD - 16), (291, HEAD + 3)], head=6)
    canvas.arrow([(182, middle), (226, middle)], head=6)
    canvas.text(200, HEAD - 22, "$L_{NSP}$", anchor="middle")
    canvas.text(202, middle - 9, "$L_{MLM}$", anchor="middle")
    with canvas.group("loss", id="bert-loss"):
        canvas.box(226, HEAD + 3, 130, 32, fill="tint")
        canvas.text(291, middle + 5, "$L = L_{MLM} + L_{NSP}$", anchor="middle")


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("input", "bert-input"), ("attention", "multi-head-attention"), ("mlm", "mlm-loss"), ("nsp", "nsp-loss"), ("loss", "bert-loss"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    words, segments = tokens()
    n = len(words)
    return TEXT[language]["description"].format(
        n=n, tokens=" ".join(words), a=segments.count(0), b=segments.count(1), lines=n * n, yes=RELATIONS[0], no=RELATIONS[1], hidden=HIDDEN,
        k=words.index("[MASK]") + 1,
    )  # fmt: skip
