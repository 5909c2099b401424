"""Figure of section 9.2: a generative adversarial network, and which way the two networks are updated."""

from __future__ import annotations

from typing import Any

from style import Canvas

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "data": "本物のデータ",
        "generator": "生成器 $G$",
        "discriminator": "識別器 $D$",
        "noise": "ノイズ $z$",
        "probability": "本物の",
        "of real": "確率",
        "raise": "$V$ を大きく",
        "lower": "$V$ を小さく",
        "links": ["ゲームの値", "交互の更新", "生成器の損失"],
        "description": (
            "上の段では、本物のデータ x が識別器 D に入る。下の段では、ノイズ z が生成器 G に入り、できた G(z) が同じ識別器 D に入る。D は、入力が本物である確率を出す。"
            "破線と点線の矢印は更新を表す。破線は出力から D に戻り、値 V を大きくする。点線は D を逆向きに通り抜けて G に戻り、V を小さくする。"
        ),
    },
    "en": {
        "data": "real data",
        "generator": "generator $G$",
        "discriminator": "discriminator $D$",
        "noise": "noise $z$",
        "probability": "chance",
        "of real": "of “real”",
        "raise": "raises $V$",
        "lower": "lowers $V$",
        "links": ["value of the game", "updates in turn", "loss of the generator"],
        "description": (
            "In the upper row, real data x go into the discriminator D. In the lower row, noise z goes into the generator G, and what comes out, G(z), goes into the same discriminator D, "
            "which puts out the probability that its input is real. Two more arrows are updates. The dashed one leads from the output back to D and raises the value V; the dotted one goes back "
            "through D to G and lowers V."
        ),
    },
}

DATA, FAKE, MIDDLE = 66.0, 150.0, 108.0
JUDGE = 214.0  # the middle of the discriminator
DASHES = (5, 3)


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("gan", 226)
    canvas.box(72, DATA - 16, 84, 32, fill="bg", part="data")
    canvas.text(114, DATA + 4.5, text["data"], anchor="middle")
    canvas.arrow([(156, DATA), (JUDGE - 22, DATA), (JUDGE - 22, MIDDLE - 22)], part="real")
    canvas.text(174, DATA - 7, "$x$", anchor="middle")
    canvas.text(4, FAKE + 4.5, text["noise"])
    canvas.arrow([(56, FAKE), (72, FAKE)])
    with canvas.group("generator", id="gan-generator"):
        canvas.box(72, FAKE - 18, 84, 36, fill="tint")
        canvas.text(114, FAKE + 4.5, text["generator"], anchor="middle")
    canvas.arrow([(156, FAKE), (JUDGE - 22, FAKE), (JUDGE - 22, MIDDLE + 22)], part="fake")
    canvas.text(175, FAKE - 7, "$G(z)$", anchor="middle")
    with canvas.group("discriminator", id="gan-discriminator"):
        canvas.box(JUDGE - 53, MIDDLE - 22, 106, 44, fill="tint")
        canvas.text(JUDGE, MIDDLE + 4.5, text["discriminator"], anchor="middle")
    canvas.arrow([(JUDGE + 53, MIDDLE), (288, MIDDLE)])
    for k, line in enumerate(("probability", "of real")):
        canvas.text(322, MIDDLE - 2 + 15 * k, text[line], anchor="middle")
    with canvas.group("updates", id="gan-updates"):
        canvas.arrow([(322, MIDDLE - 20), (322, 26), (JUDGE + 22, 26), (JUDGE + 22, MIDDLE - 22)], color="1", width=2, dashes=DASHES)
        canvas.text(JUDGE + 30, 18, text["raise"])
        canvas.path(f"M322,{MIDDLE + 24:g}V178H{JUDGE + 22:g}V{MIDDLE + 22:g}", stroke="2", width=2, dashes=(2, 2.5))
        canvas.arrow([(JUDGE + 22, 178), (JUDGE + 22, 200), (114, 200), (114, FAKE + 18)], color="2", width=2, dashes=(2, 2.5))
        canvas.text(128, 217, text["lower"])
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("discriminator", "gan-objective"), ("updates", "gan-alternating-update"), ("generator", "non-saturating-loss"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    return str(TEXT[language]["description"])
