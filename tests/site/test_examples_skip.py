"""The worked numbers of chapter 4: what the pages print is what dlref computes, and what the depths measured in the file say."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import relu, relu_grad
from dlref.backprop import gradient_norms_by_depth
from dlref.skip import (
    basic_block,
    basic_block_params,
    bottleneck_params,
    dense_in_channels,
    dense_layer,
    residual,
    residual_gradient,
    residual_gradient_norms,
)
from tests import gradients_by_depth
from tests.site.test_examples import box, page, rounded, tables
from tests.site.test_prose import fences

BACKGROUND, RESNET, DENSENET = (Path("skip-connections") / f"{page}.md" for page in ("background", "resnet", "densenet"))

pytestmark = [pytest.mark.ch4, pytest.mark.parametrize("language", ["ja", "en"])]


def says(language: str, text: str, ja: str, en: str) -> None:
    """What the sentence of a page says, with its numbers."""
    assert (ja if language == "ja" else en) in text.replace("\n", " ")


def cells(text: str) -> list[list[str]]:
    """The cells of all tables in a text, without the rows of headings."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        found += [[cell.strip() for cell in row.strip("|").split("|")] for row in block.splitlines()[2:]]
    return found


def number(cell: str) -> float:
    """A printed number: 0.023, 1,024 or $9.0 \\times 10^{-9}$."""
    power = re.fullmatch(r"\$([\d.]+) \\times 10\^\{(-?\d+)\}\$", cell)
    return float(f"{power[1]}e{power[2]}") if power else float(cell.replace(",", ""))


def shown_as(cell: str, value: float) -> bool:
    """Whether a cell holds the value, rounded to the digits that it has."""
    digits = re.sub(r"^0\.0*|\.", "", re.split(r"\D*\\times", cell.strip("$"))[0])
    return float(f"{value:.{len(digits) - 1}e}") == number(cell)


def test_factors_to_the_power_of_the_depth(language: str) -> None:
    text = page(language, BACKGROUND)
    printed = {
        "0.005": 0.9**50,
        "117": 1.1**50,
        "0.00098": (0 + 0.5) ** 10,
        "57.7": (1 + 0.5) ** 10,
        "2.59": (1 + 0.1) ** 10,
    }
    for shown, value in printed.items():
        digits = len(shown.partition(".")[2])
        assert value == rounded(float(shown), digits) and shown in text
    ja = "一層あたり 0.9 倍なら 50 層で 0.005 倍、1.1 倍なら 117 倍である"
    says(language, text, ja, "After 50 layers, 0.9 per layer leaves 0.005 of it; 1.1 per layer makes it 117 times as large")
    assert "$0.5^{10} = 0.00098$" in text and "$1.5^{10} = 57.7$" in text
    says(language, text, "0.1 なら $10^{-10}$ 倍に対して 2.59 倍", "with 0.1, it is $10^{-10}$ against 2.59")
    assert 0.1**10 == pytest.approx(1e-10) and (1 - 0.5) ** 10 == 0.5**10


def test_the_layer_forward_and_backward(language: str) -> None:
    text = box(language, BACKGROUND, "example-residual")
    assert r"\begin{pmatrix} 0.5 & 0 \\ 1 & -0.5 \end{pmatrix}" in text
    assert "$x = (2, -1)$" in text and text.count("$(1, -2)$") == 2 and "$(2, -1)$" in text
    w, x, grad = np.array([[0.5, 0], [1, -0.5]]), np.array([2.0, -1.0]), np.array([1.0, -2.0])
    (forward, backward) = tables(language, BACKGROUND, "example-residual")[0]
    assert forward == [*(w @ x), *residual(lambda x: w @ x, x)]
    assert backward == [*(w.T @ grad), *residual_gradient(w, grad)]


def test_the_gradients_by_depth_are_those_of_the_file_and_of_the_page(language: str) -> None:
    known = json.loads(gradients_by_depth.FILE.read_text(encoding="utf8"))
    found = measured()
    assert {k: v for k, v in found.items() if k != "rows"} == {k: v for k, v in known.items() if k != "rows"}
    for row, again in zip(known["rows"], found["rows"], strict=True):
        assert row["depth"] == again["depth"]
        assert row["norm"] == pytest.approx(again["norm"], rel=1e-3)
        assert row["cosine"] == pytest.approx(again["cosine"], abs=2e-4)
    text = box(language, BACKGROUND, "addition-measured")
    for skip, variance in gradients_by_depth.KINDS.values():  # the headings of the columns
        ja, en = ("残差", "Residual") if skip else ("ふつう", "Ordinary")
        says(language, text, f"| {ja}、${variance:g} / 64$ |", f"| {en}, ${variance:g} / 64$ |")
    rows = cells(text)
    assert len(rows) == 2 * len(known["rows"])
    for row, printed in zip(known["rows"], rows, strict=False):
        norms = [row["norm"][kind] for kind in ("plain", "plain-he", "residual-small", "residual")]
        assert number(printed[0]) == row["depth"]
        assert all(shown_as(cell, value) for cell, value in zip(printed[1:], norms, strict=True)), printed
    for row, printed in zip(known["rows"], rows[len(known["rows"]) :], strict=True):
        cosines = [row["cosine"][kind] for kind in ("plain", "residual-small", "residual")]
        assert number(printed[0]) == row["depth"]
        assert [number(cell) for cell in printed[1:]] == rounded(cosines, 2)
        assert row["cosine"]["plain"] == row["cosine"]["plain-he"]  # a positive factor of the weights does not turn the gradient
    everything = page(language, BACKGROUND)
    says(language, everything, f"幅 {known['width']} の層", f"layers of width {known['width']}")
    says(language, everything, f"{known['runs']} 通りの重み", f"over {known['runs']} draws of the weights")
    says(language, everything, f"標準偏差 {known['distance']} の正規分布", f"standard deviation {known['distance']},")


_measured: dict[str, Any] = {}


def measured() -> dict[str, Any]:
    """The measurement, made once."""
    if not _measured:
        _measured.update(gradients_by_depth.results())
    return _measured


def test_the_gradients_of_the_file_are_those_of_dlref_and_of_central_differences(language: str) -> None:
    code = next(code for code, _ in fences(language, BACKGROUND) if "gradient_norms_by_depth" in code)
    assert all(f"{variance}" in code for _, variance in gradients_by_depth.KINDS.values())
    rng = np.random.default_rng(3)
    x, grad = rng.normal(size=(2, 6))
    weights = rng.normal(size=(4, 6, 6))
    for skip, norms in ((False, gradient_norms_by_depth), (True, residual_gradient_norms)):
        ours = gradients_by_depth.first_gradient(x, weights, grad, skip)
        assert norms(relu, relu_grad, weights, x, grad)[0] == pytest.approx(np.linalg.norm(ours))
        step = 1e-6
        for j, e in enumerate(np.eye(6) * step):

            def output(x: Any, skip: bool = skip) -> float:
                for w in weights:
                    x = np.maximum(w @ x, 0) + (x if skip else 0)
                return float(grad @ x)

            assert (output(x + e) - output(x - e)) / (2 * step) == pytest.approx(ours[j], rel=1e-6, abs=1e-8)


def test_a_block_whose_second_normalization_is_zero_is_the_identity_on_what_is_not_negative(language: str) -> None:
    assert r"\gamma_2 = 0" in page(language, RESNET)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 4, 4))
    w1, w2 = rng.normal(size=(2, 3, 3, 3, 3))
    for image in (x, np.maximum(x, 0)):
        y = basic_block(image, w1, np.ones(3), np.zeros(3), w2, np.zeros(3), np.zeros(3))
        assert np.array_equal(y, np.maximum(image, 0))


def test_the_weights_of_the_bottleneck(language: str) -> None:
    rows = cells(box(language, RESNET, "addition-bottleneck"))
    for size, (name, inside, outside, weights) in zip((1, 3, 1), rows, strict=False):
        assert name == f"{size}×{size}" and number(weights) == size**2 * number(inside) * number(outside)
    parts = [int(number(row[3])) for row in rows]
    assert sum(parts[:3]) == parts[3] == bottleneck_params(256, reduction=4)
    assert parts[4] == basic_block_params(256) == 18 * 256**2
    assert round(parts[4] / parts[3]) == 17
    for c in (4, 64, 256):
        assert bottleneck_params(c, reduction=4) * 16 == 17 * c**2
    text = box(language, RESNET, "addition-bottleneck")
    assert "$C^2 / 4 + 9 C^2 / 16 + C^2 / 4 = 17 C^2 / 16$" in text and "$18 C^2$" in text
    says(language, text, "基本ブロックの 17 分の 1 で", "one seventeenth of the basic block")
    assert basic_block_params(64) == 73728
    says(language, text, "64 チャンネルの基本ブロックは 73,728 個", "A basic block with 64 channels has 73,728 weights")
    assert parts[3] < 73728 < 1.06 * parts[3]


def test_the_layers_of_the_five_models(language: str) -> None:
    for name, convolutions, blocks, layers in cells(box(language, RESNET, "addition-layers")):
        total = int(convolutions) * sum(map(int, blocks.split(","))) + 2
        assert name == f"ResNet-{layers}" and total == int(layers)
    assert r"$3 \cdot (3 + 8 + 36 + 3) + 2 = 152$" in box(language, RESNET, "addition-layers")


def test_the_numbers_that_the_layers_are_given(language: str) -> None:
    xs: list[Any] = [np.array([1.0, 2.0])]
    for layer, given, out in cells(box(language, DENSENET, "example-dense")):
        joined = np.concatenate(xs)
        assert joined.tolist() == [float(n) for n in given.split(",")] and int(layer) == len(xs)
        xs.append(dense_layer(lambda z: z.sum(keepdims=True), xs))
        assert xs[-1].tolist() == [float(out)]
    text = box(language, DENSENET, "example-dense")
    assert "$x_0 = (1, 2)$" in text and len(xs) == 4
    assert all(f"$({a}, {b})$" in text for a, b in ((1, 2), (3, 3), (1 + 3, 2 + 3)))


def test_the_channels_and_weights_of_the_dense_block(language: str) -> None:
    text = box(language, DENSENET, "addition-growth")
    ((_, *printed),) = cells(text)
    assert "$k_0 = 64$" in text and "$k = 32$" in text
    channels = [dense_in_channels(layer, in_channels=64, growth_rate=32) for layer in range(1, 8)]
    assert [int(n) for n in printed] == channels[:6] and channels[6] == 256
    weights, wide = 9 * 32 * sum(channels[:6]), 6 * 9 * 256**2
    says(language, text, "初めから 256 チャンネルで六層を通すと", "Six layers with 256 channels throughout would take")
    assert f"$9 \\cdot 32 \\cdot (64 + 96 + 128 + 160 + 192 + 224) = {weights}$" in text and f"$6 \\cdot 9 \\cdot 256^2 = {wide}$" in text
    assert f"= {weights}$" in text and f"= {wide}$" in text and "$64 + 6 \\cdot 32 = 256$" in text
    assert math.floor(wide / weights) == 14 and re.search(r"\b14 (?:分の 1|times)", text)


def test_the_paths_of_a_dense_block(language: str) -> None:
    layers = 4
    paths = [(a, b) for a in range(layers + 1) for b in range(a + 1, layers + 1)]
    assert len(paths) == layers * (layers + 1) // 2 == 10
    says(language, page(language, DENSENET), "図の四層なら 10 本である", "which is 10 for the four layers of the figure")
    assert "$L (L + 1) / 2$" in page(language, DENSENET)
