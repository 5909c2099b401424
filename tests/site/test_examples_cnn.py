"""The worked numbers of chapter 5: what the pages print is what dlref computes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.conv import (
    conv2d,
    conv_transpose2d,
    effective_kernel,
    output_size,
    param_count_conv,
    param_count_fc,
    receptive_field,
    separable_cost_ratio,
    transposed_output_size,
    true_convolve2d,
)
from dlref.pool import avg_pool2d, global_avg_pool, max_pool2d, max_pool2d_with_indices, max_unpool2d, roi_pool
from tests.site.test_examples import box, page, rounded
from tests.site.test_examples_skip import cells, number, says
from tests.site.test_figures import script

FOUNDATIONS, CONVOLUTION, POOLING, SPECIAL = (
    Path("cnn") / f"{name}.md" for name in ("foundations", "convolution", "pooling", "special-convolutions")
)
MAP = np.array([[11.0, 17, 23, 32], [20, 16, 28, 29], [26, 12, 15, 19], [21, 13, 12, 22]])  # Figures 5.2 to 5.4

pytestmark = [pytest.mark.ch5, pytest.mark.parametrize("language", ["ja", "en"])]


def row(*values: float) -> Any:
    return np.array([[[values]]], dtype=float)


def numbers(cell: str) -> list[float]:
    return [float(n) for n in cell.replace("−", "-").split(",")]


def test_the_parameters_of_the_two_layers(language: str) -> None:
    printed = cells(box(language, FOUNDATIONS, "addition-parameters"))
    sides = {0: 5, 1: 3}
    for i, (given, made, full, conv) in enumerate(printed):
        h, w, c_in = (int(n) for n in given.split("×"))
        out_h, out_w, c_out = (int(n) for n in made.split("×"))
        assert number(full) == param_count_fc(h, w, c_in, out_h * out_w * c_out)
        assert number(conv) == param_count_conv(sides[i], c_in, c_out)
    assert 32 - sides[0] + 1 == 28 and "$28 \\cdot 28 \\cdot 6 = 4704$" in page(language, FOUNDATIONS)
    assert 30_000 < param_count_fc(32, 32, 1, 4704) / 156 < 31_000 and param_count_conv(5, 1, 6) == 156
    ja = "32×32 画素の白黒画像から、縦横 28 の特徴マップを 6 枚作りたい。全結合の層で作れば、パラメータは 480 万個を超える。"
    en = "From a black-and-white image of 32×32 pixels, make 6 feature maps of 28×28. A fully connected layer needs over 4.8 million parameters"
    says(language, page(language, FOUNDATIONS), ja, en)
    says(language, page(language, FOUNDATIONS), "同じ大きさの変換を 156 個のパラメータで", "did it with 156 (")
    text = box(language, FOUNDATIONS, "addition-parameters")
    says(language, text, "カーネルの一辺は 5 である", "the kernels have side 5")
    says(language, text, "全結合は 4800 億個を超え", "more than 480 billion parameters")
    says(language, text, "畳み込みの 1,792 個は", "The 1,792 of the convolution")


def test_a_convolution_is_a_matrix_with_six_of_twelve_entries(language: str) -> None:
    assert r"\begin{pmatrix} a & b & 0 & 0 \\ 0 & a & b & 0 \\ 0 & 0 & a & b \end{pmatrix}" in box(language, FOUNDATIONS, "addition-matrix")
    a, b = 2.0, 5.0
    matrix = np.stack([conv2d(row(*e), row(a, b))[0, 0, 0] for e in np.eye(4)], axis=1)
    assert matrix.tolist() == [[a, b, 0, 0], [0, a, b, 0], [0, 0, a, b]]
    assert matrix.size == 12 and int((matrix == 0).sum()) == 6
    text = box(language, FOUNDATIONS, "addition-matrix")
    says(language, text, "全結合なら 12 個の成分がすべて自由になる。局所性が 6 個を 0 に決め", "all 12 entries would be free. Locality sets 6 of them to 0")
    says(language, text, "重み共有が残りの 6 個を", "each of the other 6 equal")


def test_what_a_shift_does(language: str) -> None:
    outputs = {1: [], 2: []}
    for given, one, largest, two in cells(box(language, FOUNDATIONS, "example-shift")):
        for stride, printed in ((1, one), (2, two)):
            y = conv2d(row(*numbers(given)), row(1, -1), stride=stride)[0, 0, 0].tolist()
            assert y == numbers(printed)
            outputs[stride].append(y)
        assert max(outputs[1][-1]) == float(largest)
    (before, after) = outputs[1]
    assert after[1:] == before[:-1]
    (before, after) = outputs[2]
    assert before not in ([*after[1:], 0], [0, *after[:-1]]) and max(before) == 2 and max(after) == 1
    text = box(language, FOUNDATIONS, "example-shift")
    assert "$(1, -1)$" in text
    says(language, text, "全体の最大値はずれによらず 2 で", "The maximum over the whole output is 2 either way")
    says(language, text, "最大値まで 2 から 1 に変わる", "Even the maximum changes from 2 to 1")


def test_the_edges(language: str) -> None:
    text = box(language, CONVOLUTION, "example-convolution")
    rows = cells(text)
    x = np.array([numbers(given) for given, _ in rows])
    kernel = np.array([numbers(weights) for _, weights in rows if weights])
    figure = script("convolution-window")
    assert np.array_equal(x, figure.IMAGE) and np.array_equal(kernel, figure.KERNEL)
    y, window = conv2d(x[None], kernel[None, None])[0], x[1:4, 1:4]
    assert y.shape == (3, 3) and y[1, 1] == 10 == (window * kernel).sum()
    assert -window[:, 0] @ kernel[:, 0] == 2 and window[:, 2] @ kernel[:, 2] == 12
    assert "$1 + 2 \\cdot 0 + 1 = 2$" in text and "$3 + 2 \\cdot 3 + 3 = 12$" in text and "$12 - 2 = 10$" in text
    assert (y[:, 2] < y[:, 1]).all() and (y[:, 2] < y[:, 0]).all()
    assert np.array_equal(kernel, np.outer([1, 2, 1], [-1, 0, 1]))  # as section 5.4 says
    assert "u = (1, 2, 1)" in page(language, SPECIAL) and "v = (-1, 0, 1)" in page(language, SPECIAL)


def test_the_product_of_polynomials(language: str) -> None:
    text = box(language, CONVOLUTION, "addition-true-convolution")
    product = np.polynomial.polynomial.polymul([1, 2, 3], [1, 0, -1])
    assert product.tolist() == [1, 2, 2, -2, -3] and "$(1, 2, 2, -2, -3)$" in text
    assert true_convolve2d([[1, 2, 3]], [[1, 0, -1]])[0].tolist() == true_convolve2d([[1, 0, -1]], [[1, 2, 3]])[0].tolist() == [*product]
    assert conv2d(row(1, 2, 3), row(1, 0, -1)).item() == -2 and conv2d(row(1, 2, 3), row(-1, 0, 1)).item() == 2 == product[2]


def test_the_multiplications_of_a_layer(language: str) -> None:
    count = output_size(56, 3, padding=1) ** 2 * 3**2 * 64 * 64
    assert f"$56^2 \\cdot 9 \\cdot 64 \\cdot 64 = {count}$" in box(language, CONVOLUTION, "addition-channels")


def test_the_sizes(language: str) -> None:
    for _, *printed in cells(box(language, CONVOLUTION, "example-size")):
        size, kernel, stride, start, end, out = (int(n) for n in printed)
        assert output_size(size, kernel, stride=stride, padding=(start, end)) == out
        x = np.zeros((1, size, size))
        y = conv2d(x, np.zeros((1, 1, kernel, kernel)), stride=stride, padding=((start, end), (start, end)))
        assert y.shape == (1, out, out)


def test_padding_that_keeps_the_size(language: str) -> None:
    assert "K - 1" in box(language, CONVOLUTION, "example-size")
    for kernel in range(1, 9):
        start = (kernel - 1) // 2
        assert output_size(10, kernel, padding=(start, kernel - 1 - start)) == 10


def test_how_far_the_invariance_goes(language: str) -> None:
    outputs = []
    for given, printed in cells(box(language, POOLING, "example-invariance")):
        x = np.array([numbers(given), numbers(given)])
        y = max_pool2d(x[None], kernel_size=2, stride=2)[0, 0].tolist()
        assert y == numbers(printed)
        outputs.append(y)
        assert [n for n in numbers(given) if n] == [5]
    assert outputs[0] == outputs[1] != outputs[2]


def test_one_pixel_that_stands_out(language: str) -> None:
    text = box(language, POOLING, "example-smooth")
    changed = MAP.copy()
    changed[0, 3] = 52
    for pool, before, after in ((max_pool2d, 32, 52), (avg_pool2d, 28, 33)):
        found = [pool(x[None], kernel_size=2, stride=2)[0, 0, 1] for x in (MAP, changed)]
        assert found == [before, after]
        assert f" {before} " in text and f" {after}" in text
    ja = "右上の 32 を 52 に変える。最大プーリングの出力は 32 から 52 へ、20 増える。平均プーリングの出力は 28 から 33 へ、5 しか増えない。"
    en = "change the 32 at the top right to 52. Under max pooling the output goes from 32 to 52, up by 20."
    says(language, text, ja, en + " Under average pooling it goes from 28 to 33, up by just 5.")
    everything = page(language, POOLING)
    assert "$(11 + 17 + 20 + 16) / 4 = 16$" in everything and MAP[:2, :2].tolist() == [[11, 17], [20, 16]]
    says(language, everything, "左上の窓は 11、17、20、16 なので 20 が残る", "at the top left holds 11, 17, 20, and 16, so 20 is kept")


def test_odd_sizes_are_rounded_down(language: str) -> None:
    assert max_pool2d(np.zeros((5, 5)), kernel_size=2, stride=2).shape == (2, 2)
    says(language, page(language, POOLING), "5×5 なら 2×2 になる", "5×5 becomes 2×2")


def test_the_single_number_and_the_parameters_it_saves(language: str) -> None:
    text = box(language, POOLING, "addition-global")
    assert global_avg_pool(MAP[None]).tolist() == [19.75] and "19.75" in text
    assert f"$(7 \\cdot 7 \\cdot 512 + 1) \\cdot 1000 = {param_count_fc(7, 7, 512, 1000)}$" in text
    assert f"$(512 + 1) \\cdot 1000 = {param_count_fc(1, 1, 512, 1000)}$" in text
    says(language, text, "7×7 画素、512 チャンネルの特徴マップを 1000 クラスに", "7×7 pixels and 512 channels to 1000 classes")
    says(language, text, "16 個の値の平均 19.75 が", "19.75, the mean of the 16 values")


def test_the_bins_of_three_rows(language: str) -> None:
    text = box(language, POOLING, "addition-roi")
    assert "$r = (0, 0, 3, 4)$" in text
    assert roi_pool(MAP[None], (0, 0, 3, 4), out_size=(2, 2)).tolist() == [[[20, 32], [26, 29]]]
    says(language, text, "出力は上から順に 20、32、26、29 である", "The outputs, in reading order, are 20, 32, 26, and 29")
    says(language, text, "行は 0 から 1 までと、1 から 2 までに分かれ", "The rows fall into 0 to 1 and 1 to 2")
    assert [[MAP[:2, :2].max(), MAP[:2, 2:].max()], [MAP[1:3, :2].max(), MAP[1:3, 2:].max()]] == [[20, 32], [26, 29]]


def test_pooling_again_after_unpooling(language: str) -> None:
    ja, en = "20、32、26、22 はもとの位置に戻り、残りの 12 個の値は 0 のまま", "20, 32, 26, and 22 are where they were. The other 12 values remain 0"
    says(language, page(language, POOLING), ja, en)
    assert max_pool2d(MAP, kernel_size=2, stride=2).tolist() == [[20, 32], [26, 22]]
    for sign, same in ((1, True), (-1, False)):
        y, indices = max_pool2d_with_indices(sign * MAP[None], kernel_size=2, stride=2)
        wide = max_unpool2d(y, indices, out_shape=(4, 4))
        assert int((wide == 0).sum()) == 12
        assert np.array_equal(max_pool2d(wide, kernel_size=2, stride=2), y) == same


def test_the_transposed_convolution_by_its_matrix(language: str) -> None:
    text = box(language, SPECIAL, "example-transposed")
    c = np.stack([conv2d(row(*e), row(1, 2, 3), stride=2)[0, 0, 0] for e in np.eye(5)], axis=1)
    assert c.tolist() == [[1, 2, 3, 0, 0], [0, 0, 1, 2, 3]]
    assert r"\begin{pmatrix} 1 & 2 & 3 & 0 & 0 \\ 0 & 0 & 1 & 2 & 3 \end{pmatrix}" in text
    y = c.T @ [1, 10]
    assert y.tolist() == [1, 2, 13, 20, 30] == conv_transpose2d(row(1, 10), row(1, 2, 3), stride=2)[0, 0, 0].tolist()
    assert (c @ y).tolist() == [44, 143] and "$(44, 143)$" in text and "$(1, 2, 13, 20, 30)$" in text
    assert "$1, 2, 3$" in text and "$10, 20, 30$" in text and text.count("$(1, 10)$") == 2
    says(language, text, "カーネルが $(1, 2, 3)$、ストライドが 2 なら、5 画素を 2 画素にする", "With kernel $(1, 2, 3)$ and stride 2, the matrix that turns 5 pixels into 2")


def test_uneven_and_even_overlaps(language: str) -> None:
    assert "$(1, 1, 2, 1, 2, 1, 1)$" in box(language, SPECIAL, "example-transposed")
    assert conv_transpose2d(row(1, 1, 1), row(1, 1, 1), stride=2)[0, 0, 0].tolist() == [1, 1, 2, 1, 2, 1, 1]
    for kernel, stride in ((2, 2), (4, 2), (6, 3)):
        y = conv_transpose2d(row(*[1] * 8), row(*[1] * kernel), stride=stride)[0, 0, 0]
        inner = y[kernel - stride : len(y) - kernel + stride]
        assert set(inner.tolist()) == {kernel // stride}


def test_two_sizes_lead_to_one_and_the_output_padding_tells_them_apart(language: str) -> None:
    text = box(language, SPECIAL, "addition-transposed")
    ja, en = "$K = 3$、$S = 2$ なら、5 画素も 6 画素も 2 画素になる", "with $K = 3$ and $S = 2$, for example, 5 pixels and 6 pixels both become 2"
    says(language, text, ja, en)
    says(language, text, "0 なら小さいほう、1 なら大きいほう", "the smaller with 0, the larger with 1")
    assert output_size(5, 3, stride=2) == output_size(6, 3, stride=2) == 2
    assert [transposed_output_size(2, 3, stride=2, output_padding=p) for p in (0, 1)] == [5, 6]


def test_the_receptive_fields(language: str) -> None:
    stacks = [([3, 3, 3], [1, 1, 1], [1, 1, 1]), ([3, 3, 3], [1, 1, 1], [1, 2, 4]), ([3, 2, 3], [1, 2, 1], [1, 1, 1])]
    for (_, *printed), (kernels, strides, dilations) in zip(
        cells(box(language, SPECIAL, "addition-receptive-field")), stacks, strict=True
    ):
        found = [receptive_field(kernels[:n], strides[:n], dilations[:n]) for n in (1, 2, 3)]
        assert found == [int(n) for n in printed]
    assert [effective_kernel(3, dilation=d) for d in (2, 4)] == [5, 9]
    ja, en = "$K = 3$ なら、$d = 2$ で 5、$d = 4$ で 9 である", "For $K = 3$, that is 5 with $d = 2$ and 9 with $d = 4$"
    says(language, box(language, SPECIAL, "addition-dilated"), ja, en)


def seen(dilations: list[int]) -> list[int]:
    """Which pixels one value depends on, in one dimension, behind layers of three weights."""
    width = receptive_field([3] * len(dilations), [1] * len(dilations), dilations)
    depends = np.eye(width)
    for d in dilations:
        depends = conv2d(depends[:, None, None, :], row(1, 1, 1), dilation=d)[:, 0, 0]
    return [pixel for pixel in range(width) if depends[pixel].any()]


def test_the_pixels_that_dilated_layers_see(language: str) -> None:
    text = page(language, SPECIAL)
    says(language, text, "$d = 2$ の 3×3 を二つ重ねると、受容野の一辺は 9 画素だが", "Two layers of 3×3 with $d = 2$ have a receptive field of side 9")
    says(language, text, "そのうち一つおきの 5 画素だけ", "only 5 of the 9 pixels, every other one")
    says(language, text, "1、2、4 のように変えれば、15 画素のすべてを見る", "With 1, 2, 4, all 15 pixels are seen")
    assert seen([2, 2]) == [0, 2, 4, 6, 8]
    assert seen([1, 2, 4]) == list(range(15))


def test_the_weights_of_the_separable_convolution(language: str) -> None:
    text = box(language, SPECIAL, "addition-separable")
    ordinary, depthwise, pointwise, both = (int(number(count)) for _, count in cells(text))
    assert ordinary == 9 * 64 * 128 == param_count_conv(3, 64, 128) - 128
    assert (depthwise, pointwise) == (9 * 64, 64 * 128) and both == depthwise + pointwise
    assert both / ordinary == pytest.approx(separable_cost_ratio(3, 64, 128)) == pytest.approx(1 / 128 + 1 / 9)
    assert separable_cost_ratio(3, 64, 128) == rounded(0.1189, 4) and "$1 / 128 + 1 / 9 = 0.1189$" in text
    says(language, text, "$K = 3$ で、64 チャンネルを 128 チャンネルに", "From 64 channels to 128 with $K = 3$")
    says(language, text, "8 分の 1 ほど", "about an eighth")


def test_the_weights_of_groups(language: str) -> None:
    text = box(language, SPECIAL, "addition-group")
    header = next(line for line in text.splitlines() if line.startswith("| $G$"))
    groups = [int(n) for n in re.findall(r"\d+", header)]
    ((_, *printed),) = cells(text)
    assert groups == [1, 2, 4, 64] and [number(cell) for cell in printed] == [9 * 64 * 64 / g for g in groups]
    says(language, text, "どちらも 64 チャンネルで $K = 3$ なら", "For 64 channels on either side and $K = 3$")
