"""Figure 6.4: an encoder reads a sentence into one vector, and a decoder writes another sentence, each word from the one before."""

from __future__ import annotations

from typing import Any

from style import Canvas

WRITTEN = ("I", "am", "a", "student", "<eos>")

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "encoder": "エンコーダ",
        "decoder": "デコーダ",
        "context": "文脈ベクトル",
        "read": ("私", "は", "学生", "です"),
        "links": ["文脈ベクトル", "デコーダの状態"],
        "description": (
            "上の段がエンコーダで、{read} の {n} 語が順に入り、状態は h_1 から h_{n} へ、左から右へ渡る。最後の状態 h_{n} が文脈ベクトル c になる。"
            "c からの線は下の段のデコーダの上を通り、その {m} 個の状態 s_1 から s_{m} のすべてに届く。初めの状態 s_0 も c である。"
            "デコーダには初めに <bos> が入り、状態は順に {written} を出す。出た語は、破線の矢印で次の時刻の入力に戻る。<eos> が出たところで終わる。"
        ),
    },
    "en": {
        "encoder": "encoder",
        "decoder": "decoder",
        "context": "context vector",
        "read": ("watashi", "wa", "gakusei", "desu"),
        "links": ["context vector", "state of the decoder"],
        "description": (
            "The upper row is the encoder: the {n} words {read} come in one after another, and the state is handed on from left to right, h_1 to h_{n}. The last one, h_{n}, becomes "
            "the context vector c. A line from c runs above the decoder, the lower row, and reaches all of its {m} states s_1 to s_{m}; the state s_0, from which they start, is c, too. "
            "The decoder first gets <bos>, and its states give {written}, in this order. A dashed arrow leads from each word to the input of the next step. At <eos> the sentence ends."
        ),
    },
}

HALF = 20.0  # of a box
READ, READ_STEP, ENCODER = 40.0, 64.0, 52.0
WRITE, WRITE_STEP, DECODER = 42.0, 70.0, 190.0
CONTEXT = WRITE + 4 * WRITE_STEP
RAIL = 140.0  # of the line that carries the context
WORDS, BELOW = 250.0, 262.0
IN, OUT = -16.0, 12.0  # where a box of the decoder takes a word and gives one


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("encoder-decoder", 292)
    canvas.text(4, 16, text["encoder"])
    for k, word in enumerate(text["read"]):
        x = READ + READ_STEP * k
        with canvas.group(f"h{k + 1}"):
            canvas.arrow([(x, 88), (x, ENCODER + 15)])
            canvas.box(x - HALF, ENCODER - 15, 2 * HALF, 30, fill="tint")
            canvas.text(x, ENCODER + 4.5, f"$h_{k + 1}$", anchor="middle")
        canvas.text(x, 102, word, anchor="middle")
        canvas.arrow([(x + HALF, ENCODER), (x + READ_STEP - HALF if k + 1 < len(text["read"]) else CONTEXT - HALF - 4, ENCODER)])
    with canvas.group("context", id="encoder-decoder-context"):
        canvas.box(CONTEXT - HALF - 4, ENCODER - 18, 2 * HALF + 8, 36, fill="tint", stroke="1", width=2.4)
        canvas.text(CONTEXT, ENCODER + 4.5, "$c$", anchor="middle")
        canvas.path(f"M{CONTEXT:g},{ENCODER + 18:g}V{RAIL:g}H{WRITE - 36:g}V{DECODER:g}h{36 - HALF:g}", stroke="1", width=2)
        for k in range(len(WRITTEN)):
            x = WRITE + WRITE_STEP * k
            canvas.arrow([(x, RAIL), (x, DECODER - 15)], color="1", width=2)
    canvas.text(354, 18, text["context"], anchor="end")
    canvas.text(12, 164, "$s_0$")
    canvas.text(4, 130, text["decoder"])
    with canvas.group("states", id="encoder-decoder-states"):
        for k in range(len(WRITTEN)):
            x = WRITE + WRITE_STEP * k
            canvas.box(x - HALF, DECODER - 15, 2 * HALF, 30, fill="tint")
            canvas.text(x, DECODER + 4.5, f"$s_{k + 1}$", anchor="middle")
            if k:
                canvas.arrow([(x - WRITE_STEP + HALF, DECODER), (x - HALF, DECODER)])
    for k, word in enumerate(WRITTEN):
        x = WRITE + WRITE_STEP * k
        with canvas.group(f"word{k + 1}"):
            canvas.arrow([(x + OUT, DECODER + 15), (x + OUT, WORDS - 12)])
            canvas.text(x + OUT, WORDS, word, anchor="middle")
        if k + 1 < len(WRITTEN):
            canvas.arrow(
                [(x + OUT, WORDS + 6), (x + OUT, BELOW + 4), (x + WRITE_STEP + IN, BELOW + 4), (x + WRITE_STEP + IN, DECODER + 15)],
                part=f"back{k + 1}", color="2", dashes=(5, 3),
            )  # fmt: skip
    canvas.arrow([(WRITE + IN, BELOW + 6), (WRITE + IN, DECODER + 15)])
    canvas.text(WRITE + IN, 282, "<bos>", anchor="middle")
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [(part, "encoder-decoder", words) for part, words in zip(("context", "states"), TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    text = TEXT[language]
    comma = "、" if language == "ja" else ", "
    return str(text["description"]).format(read=comma.join(text["read"]), written=comma.join(WRITTEN), n=len(text["read"]), m=len(WRITTEN))
