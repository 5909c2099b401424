"""Figure of section 9.2: a variational autoencoder, once as it is trained, once as it makes new data."""

from __future__ import annotations

from typing import Any

from style import Canvas

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "encoder": "エンコーダ",
        "decoder": "デコーダ",
        "noise": "ノイズ",
        "prior": "事前分布",
        "training": "学習（実線）",
        "generation": "生成（破線）",
        "links": ["μ と σ から引く", "事前分布とのずれ", "再構成と下界"],
        "description": (
            "実線は学習。x がエンコーダに入り、μ と σ が出る。外から来るノイズ ε と合わせて z = μ + σ ⊙ ε を作り、z がデコーダに入って、復元 x̂ が出る。"
            "μ と σ の下から事前分布 N(0, I) へ、KL ダイバージェンスを表す両向きの矢印が延びる。"
            "破線は生成。事前分布から引いた z が、エンコーダを通らずに同じデコーダに入り、新しい x が出る。"
        ),
    },
    "en": {
        "encoder": "encoder",
        "decoder": "decoder",
        "noise": "noise",
        "prior": "prior",
        "training": "training (solid)",
        "generation": "generation (dashed)",
        "links": ["drawing from μ and σ", "mismatch with the prior", "reconstruction and bound"],
        "description": (
            "Solid lines are training. x goes into the encoder, which puts out μ and σ. With noise ε, which comes from outside, they make z = μ + σ ⊙ ε, and z goes into the decoder, "
            "which puts out the reconstruction x̂. From μ and σ down to the prior N(0, I) there is an arrow both ways, the KL divergence. "
            "Dashed lines are generation. A z drawn from the prior goes into the same decoder, past the encoder, and a new x comes out."
        ),
    },
}

ROW, LOW = 72.0, 206.0
ENCODER, LATENT, SAMPLE, DECODER = 74.0, 150.0, 206.0, 276.0  # the middles of the parts
HALF = 36.0  # of the two networks
DASHES = (5, 3)


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("vae", 244)
    canvas.text(4, 16, text["training"])
    canvas.text(8, ROW + 5, "$x$")
    canvas.arrow([(20, ROW), (ENCODER - HALF, ROW)])
    _network(canvas, ENCODER, text["encoder"], "encoder")
    with canvas.group("sample", id="vae-sample"):
        for label, y in (("$μ$", ROW - 21), ("$σ$", ROW + 21)):
            canvas.arrow([(ENCODER + HALF, ROW), (LATENT - 14, y)])
            canvas.box(LATENT - 14, y - 13, 28, 26, fill="bg")
            canvas.text(LATENT, y + 5, label, anchor="middle")
            canvas.arrow([(LATENT + 14, y), (SAMPLE - 13, ROW + (-5 if y < ROW else 5))])
        canvas.circle(SAMPLE, ROW, 14, fill="bg", width=1.8)
        canvas.text(SAMPLE, ROW + 4.5, "$z$", anchor="middle")
        canvas.arrow([(SAMPLE, ROW + 46), (SAMPLE, ROW + 14)])
        canvas.text(SAMPLE - 5, ROW + 61, "$ε$", anchor="middle")
        canvas.text(SAMPLE + 6, ROW + 61, text["noise"])
    canvas.text(SAMPLE, 24, "$z = μ + σ ⊙ ε$", anchor="middle")
    canvas.arrow([(SAMPLE + 14, ROW), (DECODER - HALF, ROW)])
    with canvas.group("decoder", id="vae-decoder"):
        _network(canvas, DECODER, text["decoder"], "decoder-box")
        canvas.arrow([(DECODER + HALF, ROW), (336, ROW)])
        canvas.text(347, ROW + 5, "$x̂$", anchor="middle")
    with canvas.group("kl", id="vae-kl"):
        canvas.arrow([(LATENT, 140), (LATENT, ROW + 35)], color="1", width=2)
        canvas.arrow([(LATENT, 140), (LATENT, LOW - 17)], color="1", width=2)
        canvas.text(LATENT - 7, 152, "KL", anchor="end")
    canvas.text(4, LOW + 31, text["generation"])
    canvas.box(70, LOW - 17, 108, 34, fill="tint", part="prior")
    canvas.text(124, LOW - 1, text["prior"], anchor="middle")
    canvas.text(124, LOW + 13, "$N(0, I)$", anchor="middle")
    canvas.arrow([(178, LOW), (SAMPLE - 14, LOW)], part="draw", dashes=DASHES)
    canvas.circle(SAMPLE, LOW, 14, fill="bg", width=1.4)
    canvas.text(SAMPLE, LOW + 4.5, "$z$", anchor="middle")
    canvas.arrow([(SAMPLE + 14, LOW), (DECODER - 14, LOW), (DECODER - 14, ROW + 18)], part="decode", dashes=DASHES)
    canvas.arrow([(DECODER + 14, ROW + 18), (DECODER + 14, LOW), (336, LOW)], part="new", dashes=DASHES)
    canvas.text(347, LOW + 5, "$x$", anchor="middle")
    return canvas.svg()


def _network(canvas: Canvas, x: float, label: str, part: str) -> None:
    canvas.box(x - HALF, ROW - 18, 2 * HALF, 36, part=part, fill="tint")
    canvas.text(x, ROW + 4.5, label, anchor="middle")


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    parts = (("sample", "reparameterization"), ("kl", "gaussian-kl"), ("decoder", "elbo"))
    return [(*part, words) for part, words in zip(parts, TEXT[language]["links"], strict=True)]


def describe(language: str) -> str:
    return str(TEXT[language]["description"])
