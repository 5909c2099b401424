"""Figure 4.3: a dense block of four layers: each takes the outputs of all before it, concatenated; ResNet adds instead."""

from __future__ import annotations

from style import Canvas

from dlref.skip import dense_in_channels

LAYERS = 4
IN_CHANNELS, GROWTH = 16, 12

TEXT = {
    "ja": {
        "channels": "入力のチャンネル数",
        "layer": "層 H_4",
        "dense": "DenseNet：連結",
        "resnet": "ResNet：加算",
        "description": (
            "横に並ぶ x₀ と四つの層 H₁ から H₄。各層の出力から、それより後のすべての層へ矢印が延び、合わせて {arrows} 本ある。層の入口の太い縦棒は、届いた特徴マップをチャンネルの方向に連結することを表す。"
            "x₀ が {k0} チャンネル、各層の出力が {k} チャンネルのとき、入力のチャンネル数は順に {counts} である。"
            "下は比較。DenseNet は二つの特徴マップを並べてつなぐので、チャンネルが増える。ResNet は要素ごとに足すので、チャンネルは増えない。"
        ),
    },
    "en": {
        "channels": "Input channels",
        "layer": "layer H_4",
        "dense": "DenseNet: concatenation",
        "resnet": "ResNet: addition",
        "description": (
            "In a row, x₀ and four layers H₁ to H₄. Arrows lead from the output of each to every later layer, {arrows} in all. A thick bar before a layer stands for the "
            "concatenation, along the channels, of the feature maps that arrive. With {k0} channels in x₀ and {k} in the output of each layer, the layers' "
            "inputs have {counts} channels. Below, a comparison: DenseNet puts feature maps side by side, which makes the channels more; ResNet adds them "
            "element by element, which does not."
        ),
    },
}

ROW = 94.0
XS = [24.0 + 77 * k for k in range(LAYERS + 1)]
BAR = 26.0  # from the middle of a layer to the bar before it


def arrows() -> list[tuple[int, int]]:
    """From the output of which layer (0: the input) to which layer."""
    return [(source, target) for source in range(LAYERS) for target in range(source + 1, LAYERS + 1)]


def channels() -> list[int]:
    return [dense_in_channels(layer, in_channels=IN_CHANNELS, growth_rate=GROWTH) for layer in range(1, LAYERS + 1)]


def draw(language: str) -> str:
    text = TEXT[language]
    canvas = Canvas("dense-block", 332)
    for source, target in arrows():
        _arrow(canvas, source, target)
    canvas.circle(XS[0], ROW, 15, part="input", fill="tint")
    canvas.text(XS[0], ROW + 5, "$x_0$", anchor="middle")
    for layer in range(1, LAYERS + 1):
        with canvas.group(f"layer{layer}", id=f"dense-block-layer{layer}"):
            canvas.path(f"M{XS[layer] - BAR:g},{ROW - 20:g}v40", width=4)
            canvas.path(f"M{XS[layer] - BAR:g},{ROW:g}h{BAR - 16:g}", width=1.4)
            canvas.box(XS[layer] - 17, ROW - 17, 34, 34, fill="tint")
            canvas.text(XS[layer], ROW + 5, f"$H_{layer}$", anchor="middle")
    canvas.text(4, 180, text["channels"])
    for layer, count in enumerate(channels(), start=1):
        canvas.text(XS[layer] - BAR, 198, str(count), anchor="middle")
    _comparison(canvas, text)
    return canvas.svg()


def _arrow(canvas: Canvas, source: int, target: int) -> None:
    """Straight to the next layer; to a later one above the row, or below it if it comes from an odd layer."""
    start, end = XS[source] + (15 if source == 0 else 17), XS[target] - BAR - 2
    if target == source + 1:
        canvas.arrow([(start, ROW), (end, ROW)], part=f"from{source}-to{target}", width=1.6)
        return
    side = -1 if source % 2 == 0 else 1
    height = 20 + 13 * (target - source) + (8 if source == 0 else 0)
    y, foot = ROW + side * height, ROW + side * (17 if source else 14)
    landing = ROW + side * (6 + 4 * (target - source))
    x, turn = XS[source] + (6 if source else 4), end - 10 - 4 * (target - source - 2)
    canvas.arrow(
        [(x, foot), (x, y + 6 * -side), (x + 6, y), (turn - 6, y), (turn, y + 6 * -side), (turn, landing), (end, landing)],
        part=f"from{source}-to{target}", width=1.2, head=5.5,
    )  # fmt: skip


def _comparison(canvas: Canvas, text: dict[str, str]) -> None:
    """Two feature maps, as many squares as channels: joined, and added."""
    top = 236.0
    for x0, label, joined in ((4.0, text["dense"], True), (196.0, text["resnet"], False)):
        canvas.text(x0, top, label)
        before = (3, 2) if joined else (3, 3)
        for k, count in enumerate(before):
            _map(canvas, x0 + 34 * k, top + 16, count, k)
        sign = x0 + 25
        canvas.text(sign, top + 42, "," if joined else "+", anchor="middle")
        canvas.arrow([(x0 + 62, top + 38), (x0 + 84, top + 38)], width=1.4)
        if joined:
            _map(canvas, x0 + 94, top + 16, 3, 0)
            _map(canvas, x0 + 94, top + 16 + 42, 2, 1)
        else:
            _map(canvas, x0 + 94, top + 16, 3, 2)


def _map(canvas: Canvas, x: float, y: float, count: int, kind: int) -> None:
    """Channels of a feature map, one upon another: empty, hatched, or both where they were added."""
    for k in range(count):
        canvas.box(x, y + 14 * k, 16, 14, radius=0, fill="tint" if kind != 1 else "bg", width=1.2)
        if kind:
            canvas.path(f"M{x + 3:g},{y + 14 * k + 11:g}l8,-8M{x + 7:g},{y + 14 * k + 12:g}l7,-7", width=1)


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    text = TEXT[language]
    return [("layer4", "densenet-layer", text["layer"].replace("_4", "₄")), ("layer3", "dense-channels", text["channels"])]


def describe(language: str) -> str:
    *first, last = map(str, channels())
    counts = "、".join([*first, last]) if language == "ja" else f"{', '.join(first)} and {last}"
    return TEXT[language]["description"].format(arrows=len(arrows()), k0=IN_CHANNELS, k=GROWTH, counts=counts)
