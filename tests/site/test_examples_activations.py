"""The numbers of the worked examples of chapter 3: the tables that the pages print hold what dlref computes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import (
    collapse_linear,
    elu,
    gelu,
    leaky_relu,
    relu,
    relu_grad,
    sigmoid,
    sigmoid_grad,
    softmax,
    swish,
    tanh,
)
from dlref.linear import least_squares, squared_risk
from dlref.losses import cross_entropy
from tests.site.test_examples import box, page, rounded, tables

ROOT = Path(__file__).parents[2]
PURPOSE, FUNCTIONS, CHOICE = (Path("activations") / f"{name}.md" for name in ("purpose", "functions", "choice"))

pytestmark = [pytest.mark.ch3, pytest.mark.parametrize("language", ["ja", "en"])]


def powers(text: str) -> str:
    """Numbers such as $9.5 \\times 10^{-7}$ as Python writes them."""
    return re.sub(r"\$([\d.]+) \\times 10\^\{(-\d+)\}\$", r"\1e\2", text)


def test_two_relus_answer_exclusive_or_and_none_do_not(language: str) -> None:
    (printed,) = tables(language, PURPOSE, "example-xor")
    for x_1, x_2, h_1, h_2, output, without in printed:
        assert [h_1, h_2] == [relu(x_1 + x_2), relu(x_1 + x_2 - 1)]
        assert output == h_1 - 2 * h_2 == (x_1 != x_2)
        w, b = collapse_linear([[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0], [[1.0, -2.0]], [0.0])
        assert without == 2 - x_1 - x_2 == (w @ np.array([x_1, x_2]) + b)[0]
    table = np.array(printed)
    assert len(table) == 4
    w, b = least_squares(table[:, :2], table[:, 4])
    assert [*w, b] == pytest.approx([0, 0, 0.5], abs=1e-12)
    assert squared_risk(table[:, :2], table[:, 4], w, b) == pytest.approx(0.25) and "0.25" in box(language, PURPOSE, "example-xor")


def chain(x: Any, n: int) -> Any:
    """The sum of n ReLUs that meets the parabola at the points i / n."""
    return sum((1 if i == 1 else 2) / n * relu(x - (i - 1) / n) for i in range(1, n + 1))


def test_a_parabola_out_of_straight_pieces(language: str) -> None:
    text_ = box(language, PURPOSE, "example-parabola")
    counts, errors = ([float(n) for n in re.findall(r"\d+(?:\.\d+)?", row)] for row in re.findall(r"^\| (?!-).*\d.*", text_, re.MULTILINE))
    for n, error in zip(map(int, counts), errors, strict=True):
        middle = (2 * np.arange(n) + 1) / (2 * n)
        everywhere = np.linspace(0, 1, 7919)
        assert np.abs(chain(middle, n) - middle**2) == pytest.approx(np.full(n, 1 / (4 * n**2)))
        assert np.abs(chain(everywhere, n) - everywhere**2).max() <= 1 / (4 * n**2) + 1e-12
        assert 1 / (4 * n**2) == rounded(error, 4)
    assert (counts, chain(0.25, 2), 0.25**2) == ([1, 2, 4, 8, 16], 1 / 8, 1 / 16)


def test_no_quadratic_comes_closer_to_a_cubic_than_a_quarter(language: str) -> None:
    """x³ minus a polynomial of degree two or less that takes the values ±1/4 in turn at four points cannot be beaten (Chebyshev)."""
    at = np.array([-1.0, -0.5, 0.5, 1.0])
    assert (at**3 - 0.75 * at).tolist() == [-0.25, 0.25, -0.25, 0.25]
    x = np.linspace(-1, 1, 4001)
    assert np.abs(x**3 - 0.75 * x).max() <= 0.25
    assert "\\frac{3}{4} x" in box(language, PURPOSE, "example-parabola")


def test_ten_tents_have_1024_pieces(language: str) -> None:
    x = np.arange(2**11 + 1) / 2**11
    y = x
    for _ in range(10):
        y = 2 * relu(y) - 4 * relu(y - 0.5)
    assert set(y.tolist()) == {0.0, 0.5, 1.0}
    slopes = np.diff(y) * 2**11
    assert int((slopes[1:] != slopes[:-1]).sum()) + 1 == 1024
    assert all(f" {number}" in box(language, PURPOSE, "addition-limits") for number in (20, 1023, 1024))


def test_the_numbers_of_the_design(language: str) -> None:
    said = page(language, PURPOSE)
    assert max(sigmoid_grad(np.linspace(-9, 9, 1801))) == 0.25
    assert 0.25**10 == pytest.approx(9.5e-7, abs=0.05e-7) and "$0.25^{10} = 9.5 \\times 10^{-7}$" in said
    assert 1 / math.sqrt(2 * math.pi) == rounded(0.399, 3) and "0.399" in said


def test_the_slopes_of_the_sigmoid(language: str) -> None:
    rows = re.findall(r"^\| \$.*", box(language, FUNCTIONS, "addition-sigmoid-slope"), re.MULTILINE)
    x, values, slopes = ([float(cell) for cell in row.strip("| ").split(" | ")[1:]] for row in rows)
    assert x == [0, 1, 2, 5, 10]
    assert sigmoid(x[:4]) == rounded(values[:4], 4) and sigmoid(10.0) == rounded(values[4], 5)
    assert sigmoid_grad(x[:4]) == rounded(slopes[:4], 4) and sigmoid_grad(10.0) == rounded(slopes[4], 5)


def test_the_condition_of_inputs_off_center(language: str) -> None:
    text_ = box(language, FUNCTIONS, "example-centering")
    matrices = [[[float(n) for n in row.split("&")] for row in m.split(r"\\")] for m in re.findall(r"pmatrix\} (.*?) \\end", text_)]
    ratios = []
    for shift, printed in zip((0.0, 0.5), matrices, strict=True):
        points = np.array([[a, b] for a in (0.25, 0.75) for b in (0.25, 0.75)]) - shift
        hessian = points.T @ points / 4
        assert hessian.tolist() == printed
        small, large = np.linalg.eigvalsh(hessian)
        ratios.append(large / small)
        assert f"{large:.4f}" in text_ and f"{small:.4f}" in text_
    assert ratios == pytest.approx([9, 1]) and re.search(r"9[。.,]", text_)
    # the best learning rate is 2 / (large + small); it multiplies the slowest direction by (9 − 1) / (9 + 1)
    assert abs(1 - 2 / (0.5625 + 0.0625) * 0.0625) == pytest.approx(0.8) and "= 0.8$" in text_


def test_the_numbers_of_tanh(language: str) -> None:
    said = page(language, FUNCTIONS)
    assert sigmoid(2.0) == rounded(0.8808, 4) and tanh(1.0) == rounded(0.7616, 4) and "0.8808 - 1 = 0.7616" in said
    assert 1 - tanh(2.0) ** 2 == rounded(0.0707, 4) and 1 - tanh(5.0) ** 2 == rounded(0.00018, 5)
    assert "0.0707" in said and "0.00018" in said


def test_a_unit_that_dies_in_one_step(language: str) -> None:
    text_ = box(language, FUNCTIONS, "example-dying")
    (printed,) = tables(language, FUNCTIONS, "example-dying")
    x, y, w, b = 2.0, 0.0, 1.0, 0.0
    error = 2 * (relu(w * x + b) - y) * relu_grad(w * x + b)
    assert (error * x, error) == (8, 4) and "= 8$" in text_ and "= 4$" in text_
    for rate, new_w, new_b, *before in printed:
        after = w - rate * error * x, b - rate * error
        assert after == pytest.approx((new_w, new_b))
        assert [after[0] * x_i + after[1] for x_i in (1, 2, 3)] == pytest.approx(before, abs=1e-12)
    assert [row[0] for row in printed] == [0.1, 0.5]
    w, b = -3.0, -2.0
    assert relu(w + b) == relu_grad(w + b) == 0
    leaky = leaky_relu(w + b)
    assert leaky == -0.05 and 2 * (leaky - 1) * 0.01 == pytest.approx(-0.021) and "= -0.021$" in text_


def test_the_least_values_of_swish_and_gelu(language: str) -> None:
    x = np.linspace(-3, 0, 300_001)
    said = page(language, FUNCTIONS)
    for activation, least, place in ((swish, "-0.278", "-1.278"), (gelu, "-0.170", "-0.752")):
        values = activation(x)
        assert values.min() == rounded(float(least), 3) and x[values.argmin()] == rounded(float(place), 3)
        assert f"${least}$" in said and f"$x = {place}$" in said


def test_how_far_the_approximation_of_gelu_is_off(language: str) -> None:
    x = np.linspace(-8, 8, 160_001)
    gap = np.abs(gelu(x) - x / 2 * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    text_ = box(language, FUNCTIONS, "convention-gelu")
    assert gap.max() == rounded(0.00047, 5) and "0.00047" in text_
    assert abs(x[gap.argmax()]) == rounded(2.70, 2) and "2.70" in text_


def test_the_probabilities_of_three_classes(language: str) -> None:
    text_ = box(language, FUNCTIONS, "example-softmax")
    z = np.log([5.0, 3.0, 2.0])
    assert np.exp(z).sum() == pytest.approx(10) and np.exp(z - z.max()) == pytest.approx(np.array([1, 0.6, 0.4]))
    for shift in (0.0, 1000.0):
        assert softmax(z + shift) == pytest.approx(np.array([0.5, 0.3, 0.2]))
    with np.errstate(over="ignore"):
        assert np.exp(np.float64(1000)) == np.inf
    assert cross_entropy(0, softmax(z)) == rounded(0.693, 3) and "= 0.693$" in text_
    h = 1e-6
    slopes = [(cross_entropy(0, softmax(z + h * e)) - cross_entropy(0, softmax(z - h * e))) / (2 * h) for e in np.eye(3)]
    assert slopes == pytest.approx([-0.5, 0.3, 0.2]) and "$(-0.5, 0.3, 0.2)$" in text_


def test_what_becomes_of_a_normal_distribution(language: str) -> None:
    (printed,) = tables(language, CHOICE, "example-moments")
    half = np.linspace(0, 12, 400_001)
    for activation, (mean, deviation) in zip((sigmoid, tanh, relu, leaky_relu, elu, swish, gelu), printed, strict=True):
        weight = np.exp(-(half**2) / 2) / math.sqrt(2 * math.pi)
        up, down = activation(half), activation(-half)
        first, second = np.trapezoid(weight * (up + down), half), np.trapezoid(weight * (up**2 + down**2), half)
        assert first == rounded(mean, 3) and math.sqrt(second - first**2) == rounded(deviation, 3)
    text_ = box(language, CHOICE, "example-moments")
    assert 0.5 - 0.399**2 == rounded(0.341, 3) and "= 0.341$" in text_ and math.sqrt(0.5 - 1 / (2 * math.pi)) == rounded(0.584, 3)
    said = page(language, FUNCTIONS)
    assert f"{printed[2][0]}" in said and f"{printed[4][0]}" in said  # the means of ReLU and ELU stand in section 3.2, too


def test_the_slopes_of_ten_layers(language: str) -> None:
    rows = re.findall(r"^\| (?![-$]x|-).*\d.*", powers(box(language, CHOICE, "example-depth")), re.MULTILINE)
    table = [[cell.strip("$ ") for cell in row.strip("| ").split(" | ")] for row in rows]
    assert [row[0] for row in table] == ["0", "1", "2", "-1"]
    for x, *printed in table:
        slopes = [sigmoid_grad(float(x)), 1 - tanh(float(x)) ** 2, relu_grad(float(x))]
        for slope, number in zip(slopes, printed, strict=True):
            if number == "—":
                assert x == "0"  # ReLU has no derivative there
            else:
                assert slope**10 == pytest.approx(float(number), rel=0.02)
