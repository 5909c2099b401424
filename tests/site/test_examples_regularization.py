"""The worked numbers of chapter 8: what the pages print is what dlref computes, and what follows from its laws."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.losses import squared
from dlref.optim import GradientDescent, trajectory
from dlref.regularize import (
    elastic_net,
    elastic_net_objective,
    l1_penalty,
    l1_subgradient,
    l2_penalty,
    lasso,
    regularized,
    ridge,
    ridge_shrinkage,
    soft_threshold,
    weight_decay_step,
)
from dlref.training import EarlyStopping, cross_validation, dropout, kfold, mlp_params
from tests.site.test_examples import box, page, rounded
from tests.site.test_examples_cnn import numbers
from tests.site.test_examples_skip import cells, says
from tests.site.test_figures import script
from tests.site.test_prose import fences

OVERVIEW, L1, L2, NET = (Path("regularization") / f"{name}.md" for name in ("overview", "l1", "l2", "elastic-net"))
FIGURE = script("regularization-geometry")
X, Y = FIGURE.X, FIGURE.Y  # the four examples

pytestmark = [pytest.mark.ch8, pytest.mark.parametrize("language", ["ja", "en"])]


def vector(cell: str) -> list[float]:
    """A printed number or vector: 0.5, $-3$, $(0.25, 1.25)$."""
    return numbers(cell.strip(" $()"))


def least_squares(x: Any, y: Any) -> Any:
    """The minimizer without a penalty."""
    return elastic_net(x, y, lam1=0.0, lam2=0.0)


def loss(w: Any) -> float:
    """Half the mean squared error on the four examples."""
    return float(np.mean((Y - X @ np.asarray(w, dtype=float)) ** 2)) / 2


def forces(w: Any) -> Any:
    """c_1 and c_2 of the page: the negative gradient of that loss."""
    return X.T @ (Y - X @ np.asarray(w, dtype=float)) / len(X)


# ---- 8.1


def polynomial() -> tuple[Any, Any, Any, Any]:
    """Powers and values of the ten points, powers and true values on the grid."""
    x = np.arange(-9, 10, 2) / 10
    y = np.array([-0.3, -1.0, -1.1, -1.5, 0.2, 0.7, 0.7, 1.2, 0.9, 0.1])
    grid = np.linspace(-0.9, 0.9, 181)
    return np.vander(x, 10), y, np.vander(grid, 10), np.sin(np.pi * grid)


def test_the_polynomials_through_ten_points(language: str) -> None:
    text = box(language, OVERVIEW, "example-polynomial")
    powers, y, test, truth = polynomial()
    comma = "、" if language == "ja" else ", "
    assert comma.join(f"${value}$" for value in y) in text
    assert "$x = -0.9, -0.7, \\dots, 0.9$" in text and "$\\sin(\\pi x)$" in text
    says(language, text, "$-0.9$ から $0.9$ までを 0.01 刻みにした 181 点", "at 181 points, from $-0.9$ to $0.9$ in steps of 0.01")
    says(language, text, "9 次の多項式 $w_0 + w_1 x + \\dots + w_9 x^9$ には係数が 10 個ある", "A polynomial $w_0 + w_1 x + \\dots + w_9 x^9$ has 10 coefficients")
    says(language, text, "476 という係数がある", "there is a coefficient of 476")
    rows = [[float(cell) for cell in row] for row in cells(text)]
    assert [row[0] for row in rows] == [0, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1]
    for lam, train_error, test_error, largest in rows:
        w = ridge(powers, y, lam=lam) if lam else np.linalg.solve(powers, y)
        assert np.mean((y - powers @ w) ** 2) == rounded(train_error, 4)
        assert np.mean((truth - test @ w) ** 2) == rounded(test_error, 4)
        assert np.max(np.abs(w)) == rounded(largest, 1)
    _, train_errors, test_errors, sizes = zip(*rows, strict=True)
    assert sorted(train_errors) == list(train_errors) and sorted(sizes, reverse=True) == list(sizes)
    best = test_errors.index(min(test_errors))
    assert 0 < best < len(rows) - 1 and max(test_errors) == test_errors[0]
    assert np.max(np.abs(truth)) <= 1


def test_the_tug_of_war(language: str) -> None:
    text = box(language, OVERVIEW, "example-tug")
    for row in cells(text):
        lam, w, data_loss, penalty, objective = (float(cell) for cell in row)

        def original(w: Any) -> Any:
            return (w[0] - 3) ** 2 / 2

        assert w == 3 / (1 + 2 * lam) and (data_loss, penalty) == (original([w]), w**2)
        assert regularized(original, l2_penalty, [w], lam=lam) == objective
        assert all(regularized(original, l2_penalty, [w + step], lam=lam) > objective for step in (-0.01, 0.01))
    assert "= \\frac{1}{2} (w - 3)^2$" in text and "$\\mathcal{R}(w) = w^2$" in text
    says(language, text, "損失は $w$ を 3 に、罰は 0 に引く", "The loss pulls $w$ to 3, the penalty to 0")
    assert "$(w - 3) + 2 \\lambda w = 0$" in text and "$w = 3 / (1 + 2 \\lambda)$" in text


def test_the_penalty_falls_and_the_loss_rises(language: str) -> None:
    assert "$(\\lambda_2 - \\lambda_1)(R_2 - R_1) \\leq 0$" in box(language, OVERVIEW, "addition-monotone")
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(8, 12)), rng.normal(size=8)
    solvers: list[tuple[Callable[..., Any], Callable[[Any], Any]]] = [(lasso, l1_penalty), (ridge, l2_penalty)]
    for solve, penalty in solvers:
        solutions = [solve(x, y, lam=lam) for lam in np.geomspace(1e-4, 10, 40)]
        penalties, losses = [penalty(w) for w in solutions], [np.mean((y - x @ w) ** 2) for w in solutions]
        assert (np.diff(penalties) <= 1e-12).all() and (np.diff(losses) >= -1e-12).all()


def test_a_change_of_unit(language: str) -> None:
    ja, en = "重みは 0.002 で、その二乗は 4 から 0.000004 に減る", "weight for the same prediction is 0.002, and its square drops from 4 to 0.000004"
    says(language, page(language, OVERVIEW), ja, en)
    meters = np.array([[1.0], [2.0], [4.0]])
    w, w_millimeters = least_squares(meters, 2 * meters[:, 0]), least_squares(1000 * meters, 2 * meters[:, 0])
    assert w == pytest.approx(2) and w_millimeters == pytest.approx(0.002)
    assert w**2 == pytest.approx(4) and w_millimeters**2 == pytest.approx(0.000004)


def test_the_strength_of_penalties_written_otherwise(language: str) -> None:
    text = box(language, OVERVIEW, "convention-lambda")
    ja, en = "和なら、例が $n$ 倍になると、同じ強さの罰には $n$ 倍の $\\lambda$ が要る", "$n$ times as many examples take $n$ times the $\\lambda$"
    says(language, text, ja, en)
    says(language, text, "本書の $\\lambda$ の 2 倍が同じ強さ", "twice the $\\lambda$ of this book is equally strong")
    double = np.concatenate([X, X]), np.concatenate([Y, Y])
    assert ridge(*double, lam=1.0) == pytest.approx(ridge(X, Y, lam=1.0))  # a mean: twice the examples, the same λ
    w = np.array([0.3, -2.0])
    assert regularized(loss, lambda w: l2_penalty(w) / 2, w, lam=2.0) == pytest.approx(regularized(loss, l2_penalty, w, lam=1.0))


# ---- 8.2


def test_soft_thresholding_and_shrinking(language: str) -> None:
    text = box(language, L1, "addition-soft-threshold")
    head = next(line for line in text.splitlines() if line.startswith("| $u$"))
    u = [vector(cell)[0] for cell in head.strip("|").split("|")[1:]]
    one, two = ([vector(cell)[0] for cell in row[1:]] for row in cells(text))
    says(language, text, "$\\lambda = 0.5$ で比べる", "for $\\lambda = 0.5$")
    assert one == soft_threshold(np.array(u), lam=0.5).tolist()
    assert two == pytest.approx([value / (1 + 2 * 0.5) for value in u])
    assert "$\\frac{1}{2} (w - u)^2 + \\lambda |w|$" in text and "$\\lambda w^2$" in text and text.count("$u / (1 + 2 \\lambda)$") == 2
    for value, w1, w2 in zip(u, one, two, strict=True):
        grid = np.linspace(-4, 4, 80001)
        for penalty, found in ((np.abs(grid), w1), (grid**2, w2)):
            assert grid[np.argmin((grid - value) ** 2 / 2 + 0.5 * penalty)] == pytest.approx(found, abs=1e-4)


def test_the_four_examples(language: str) -> None:
    text = box(language, L1, "example-points")
    head = next(line for line in text.splitlines() if line.startswith("| $j$"))
    assert re.findall(r"\d", head) == ["1", "2", "3", "4"]
    inputs, targets = ([vector(cell) for cell in row[1:]] for row in cells(text))
    assert np.array_equal(inputs, X) and np.array_equal(np.ravel(targets), Y)
    assert np.array_equal(X.T @ X / 4, [[5, 3], [3, 5]]) and r"\begin{pmatrix} 5 & 3 \\ 3 & 5 \end{pmatrix}" in text
    assert np.array_equal(X.T @ Y / 4, [5, 7]) and "= (5, 7)$" in text
    assert np.corrcoef(X.T)[0, 1] == pytest.approx(3 / 5) and "$3 / 5 = 0.6$" in text
    assert "$5 w_1 + 3 w_2 = 5$" in text and "$3 w_1 + 5 w_2 = 7$" in text
    w = least_squares(X, Y)
    assert w == pytest.approx([0.25, 1.25]) and "$\\mathbf{w} = (0.25, 1.25)$" in text
    assert loss(w) == pytest.approx(0.5)
    says(language, text, "このとき元の損失は 0.5 である", "where the original loss is 0.5")


def test_the_path_of_the_lasso(language: str) -> None:
    text = box(language, L1, "example-path")
    assert "$c_1 = 5 - 5 w_1 - 3 w_2$" in text and "$c_2 = 7 - 3 w_1 - 5 w_2$" in text
    rows = [[vector(cell) for cell in row] for row in cells(text)]
    for (lam,), w, c, (norm,), (value,) in rows:
        found = lasso(X, Y, lam=lam) if lam else least_squares(X, Y)
        assert found == pytest.approx(w) and [float(e == 0) for e in found] == [float(e == 0) for e in w]
        assert forces(w) == pytest.approx(c) == [5 - 5 * w[0] - 3 * w[1], 7 - 3 * w[0] - 5 * w[1]]
        assert (norm, value) == (pytest.approx(l1_penalty(w)), pytest.approx(loss(w)))
        for weight, force in zip(w, c, strict=True):  # the conditions of a solution
            assert force == pytest.approx(lam * np.sign(weight)) if weight else abs(force) <= lam
    assert [row[0] for row in rows] == [[0], [1], [2], [3], [5], [7]]
    assert all(a[3] > b[3] for a, b in itertools.pairwise(rows))
    assert lasso(X, Y, lam=1.9999)[0] > 0 == lasso(X, Y, lam=2.0001)[0]
    assert lasso(X, Y, lam=6.9999)[1] > 0 and not lasso(X, Y, lam=7.0).any()
    says(language, text, "$\\lambda = 2$ で $w_1$ が 0 になり", "At $\\lambda = 2$, $w_1$ becomes 0")
    says(language, text, "$\\lambda = 7$ で、残りも 0 になる", "At $\\lambda = 7$ the other one is 0 as well")
    assert np.max(np.abs(X.T @ Y)) / 4 == 7


def test_coordinate_descent_by_hand(language: str) -> None:
    text = box(language, L1, "example-descent")
    says(language, text, "$\\lambda = 3$ として、$(0, 0)$ から始める", "Start from $(0, 0)$ with $\\lambda = 3$")
    assert "$S_3(5 - 3 w_2) / 5$" in text and "$S_3(7 - 3 w_1) / 5$" in text
    w = [Fraction(0), Fraction(0)]
    for k, (sweep, component, inside, value) in enumerate(cells(text)):
        i = k % 2
        assert (int(sweep), component) == (k // 2 + 1, f"$w_{i + 1}$")
        u = (5, 7)[i] - 3 * w[1 - i]
        assert u == Fraction(inside)
        w[i] = (abs(u) - 3) / 5 if u > 3 else Fraction(0)
        assert w[i] == Fraction(value) and soft_threshold(float(u), lam=3.0) / 5 == pytest.approx(float(value))
    assert len(cells(text)) == 6 and w == [0, Fraction("0.8")]
    assert lasso(X, Y, lam=3.0) == pytest.approx([0, 0.8])
    says(language, text, "三周目で $S_3$ の中身が 3 を下回り", "In the third round the argument of $S_3$ falls below 3")
    # A fourth sweep moves nothing, and the subgradient method of the fence never comes to 0.
    assert soft_threshold(5 - 3 * 0.8, lam=3.0) == 0 and soft_threshold(7.0, lam=3.0) / 5 == 0.8
    w_t, signs = np.zeros(2), set()
    for step in range(1000):
        w_t = w_t - 0.05 * (3 * l1_subgradient(w_t) - forces(w_t))
        assert w_t[0] != 0
        if step >= 900:
            signs.add(float(np.sign(w_t[0])))
            assert abs(w_t[0]) < 0.3
    assert signs == {-1.0, 1.0}


def test_the_same_lasso_with_another_factor(language: str) -> None:
    text = box(language, L1, "convention-lasso")
    ja, en = "$\\frac{1}{n}$ なら、同じ解を得るのに $\\lambda$ を 2 倍に", "With $\\frac{1}{n}$, the same solution takes twice the $\\lambda$"
    says(language, text, ja, en)
    says(language, text, "残差の二乗和そのものなら $2n$ 倍にする", "with the plain sum of squared residuals, $2n$ times")
    w = lasso(X, Y, lam=1.0)
    for factor, lam in ((2, 2), (8, 8)):  # objectives that are the loss times the factor

        def objective(w: Any, factor: float = factor, lam: float = lam) -> Any:
            return factor * loss(w) + lam * l1_penalty(w)

        assert all(objective(w) < objective(w + 0.01 * np.array(step)) for step in itertools.product((-1, 0, 1), repeat=2) if any(step))


def test_equal_columns_leave_the_split_open(language: str) -> None:
    ja, en = "係数の和だけが決まり、分け方は決まらない", "only the sum of their coefficients is determined, and not how it is split"
    says(language, page(language, L1), ja, en)
    same = np.array([[1.0, 1], [-1, -1]])
    values = {float(elastic_net_objective(same, [2.0, -2.0], [w, 1.5 - w], lam1=0.5, lam2=0.0)) for w in (0.0, 0.5, 0.75, 1.5)}
    assert len(values) == 1 and min(values) == pytest.approx(float(elastic_net_objective(same, [2.0, -2], lasso(same, [2.0, -2], lam=0.5), lam1=0.5, lam2=0.0)))


# ---- 8.3


def test_the_length_falls_and_one_coefficient_grows(language: str) -> None:
    text = box(language, L2, "example-ridge")
    assert np.array_equal(X.T @ X, [[20, 12], [12, 20]]) and r"\begin{pmatrix} 20 & 12 \\ 12 & 20 \end{pmatrix}" in text
    assert np.array_equal(X.T @ Y, [20, 28]) and "\\mathbf{y} = (20, 28)$" in text and "$n = 4$" in text
    says(language, text, "$\\lambda = 1$ では $2 n \\lambda = 8$ なので", "For $\\lambda = 1$ we have $2 n \\lambda = 8$")
    assert "$28 w_1 + 12 w_2 = 20$" in text and "$12 w_1 + 28 w_2 = 28$" in text
    determinant = 28 * 28 - 12 * 12
    assert determinant == 640 and ("640 だから" if language == "ja" else "determinant is 640") in text
    assert (28 * 20 - 12 * 28) / determinant == 0.35 and "$w_1 = (28 \\cdot 20 - 12 \\cdot 28) / 640 = 0.35$" in text
    assert (28 * 28 - 12 * 20) / determinant == 0.85 and "$w_2 = (28 \\cdot 28 - 12 \\cdot 20) / 640 = 0.85$" in text
    rows = [[float(cell) for cell in row] for row in cells(text)]
    for lam, *w, length in rows:
        found = ridge(X, Y, lam=lam) if lam else least_squares(X, Y)
        assert found == rounded(w, 4) and np.linalg.norm(found) == rounded(length, 3)
    assert [row[0] for row in rows] == [0, 0.5, 1, 4]
    assert all(a[3] > b[3] for a, b in itertools.pairwise(rows)) and rows[0][1] < rows[1][1] < rows[2][1]
    says(language, text, "$w_1$ は、0.25 から 0.35 へいったん増えている", "$w_1$ first grows, from 0.25 to 0.35")


def test_the_two_directions(language: str) -> None:
    text = box(language, L2, "example-shrinkage")
    _, d, directions = np.linalg.svd(X)
    says(language, text, "主方向は $(1, 1)$ と $(-1, 1)$ で", "The principal directions of the four examples are $(1, 1)$ and $(-1, 1)$")
    assert d**2 == pytest.approx([32, 8]) and "$d_1^2 = 32$" in text and "$d_2^2 = 8$" in text
    assert np.abs(directions) == pytest.approx(np.full((2, 2), 0.5**0.5))
    for lam in (0.3, 1.0, 7.0):
        assert ridge_shrinkage(X, lam=lam) == pytest.approx([4 / (4 + lam), 1 / (1 + lam)])
    assert "$\\kappa_1 = 4 / (4 + \\lambda)$" in text and "$\\kappa_2 = 1 / (1 + \\lambda)$" in text and "$2 n \\lambda = 8 \\lambda$" in text
    assert ridge_shrinkage(X, lam=1.0) == pytest.approx([0.8, 0.5]) and "$\\kappa_1 = 0.8$" in text and "$\\kappa_2 = 0.5$" in text
    assert "$(0.25, 1.25) = 0.75 \\, (1, 1) + 0.5 \\, (-1, 1)$" in text and "$0.6 \\, (1, 1) + 0.25 \\, (-1, 1) = (0.35, 0.85)$" in text
    one, two = np.array([1, 1]), np.array([-1, 1])
    assert least_squares(X, Y) == pytest.approx(0.75 * one + 0.5 * two)
    assert ridge(X, Y, lam=1.0) == pytest.approx(0.6 * one + 0.25 * two)


def test_two_features_that_are_almost_one(language: str) -> None:
    text = box(language, L2, "example-collinear")
    x = np.array([[1, 0.9], [0.9, 1], [-0.9, -1], [-1, -0.9]])
    comma = "、" if language == "ja" else ", "
    assert comma.join(f"$({a:g}, {b:g})$" for a, b in x) in text
    assert np.corrcoef(x.T)[0, 1] == rounded(0.994, 3)
    says(language, text, "相関係数は 0.994 で", "Their correlation is 0.994")
    targets = []
    for given, free, penalized in cells(text):
        targets.append(vector(given))
        assert least_squares(x, targets[-1]) == pytest.approx(vector(free), abs=1e-12)
        assert ridge(x, targets[-1], lam=0.05) == rounded(vector(penalized), 3)
        assert ridge(x, targets[-1], lam=0.05) == pytest.approx([0.95, 0.95], abs=0.051)
    assert np.abs(np.subtract(*targets)) == pytest.approx(np.full(4, 0.2))
    says(language, text, "違いは、どれも 0.2 である", "They differ by 0.2 each")
    assert ridge_shrinkage(x, lam=0.05) == rounded([0.948, 0.048], 3)
    ja, en = "方向 $(1, 1)$ の倍率は 0.948、小さい方向 $(-1, 1)$ の倍率は 0.048", "factor is 0.948 in the direction of wide spread, $(1, 1)$, and 0.048 in that of little spread, $(-1, 1)$"
    says(language, text, ja, en)
    says(language, text, "およそ $(0.95, 0.95)$ で", "both are about $(0.95, 0.95)$")
    assert "| $\\lambda = 0.05$ |" in text


def test_the_scale_of_ridge_regression(language: str) -> None:
    from sklearn.linear_model import Ridge

    says(language, box(language, L2, "convention-ridge"), "$\\lambda = 1$ なら `alpha=8` である", "For the four examples and $\\lambda = 1$, that is `alpha=8`")
    assert Ridge(alpha=8, fit_intercept=False).fit(X, Y).coef_ == pytest.approx(ridge(X, Y, lam=1.0))


def test_the_points_of_contact(language: str) -> None:
    text = box(language, L2, "example-touching")
    says(language, text, "$\\lambda = 3$ での", "For $\\lambda = 3$")
    assert FIGURE.FIRST == 3
    (_, *one), (_, *two) = cells(text)
    for name, printed in (("l1", one), ("l2", two)):
        w = FIGURE.solution(name, 3.0)
        assert w == rounded(vector(printed[0]), 3) and forces(w) == rounded(vector(printed[1]), 3) and loss(w) == rounded(float(printed[2]), 3)
        assert printed[0] in page(language, L2).split("{fig:regularization-geometry}")[-1]
    w = FIGURE.solution("l2", 3.0)
    assert forces(w) == pytest.approx(6 * w) and "$2 \\lambda = 6$" in text
    c = forces(FIGURE.solution("l1", 3.0))
    assert c[1] == pytest.approx(3) and c[0] < 3
    for edge in ((1, -1), (-1, -1)):
        assert c @ np.array(edge) <= 0
    says(language, page(language, L2), "$\\lambda = 2$ で軸に突き当たり", "it meets the axis at $\\lambda = 2$")


def test_a_step_of_weight_decay(language: str) -> None:
    text = box(language, L2, "addition-weight-decay")
    ja, en = "$\\eta = 0.1$、$\\lambda = 1$ なら、一歩ごとに 0.8 倍である", "With $\\eta = 0.1$ and $\\lambda = 1$ it is a factor of 0.8 a step"
    says(language, text, ja, en)
    w = np.array([0.5, -2.0])
    assert weight_decay_step(w, np.zeros(2), eta=0.1, lam=1.0) == pytest.approx(0.8 * w)
    gradient = 2 * w - forces(w)
    assert weight_decay_step(w, -forces(w), eta=0.1, lam=1.0) == pytest.approx(w - 0.1 * gradient)


# ---- 8.4


def test_penalties_as_priors(language: str) -> None:
    text = box(language, NET, "addition-prior")
    assert "$\\sigma^2 / (2 n \\tau^2)$" in text and "$\\sigma^2 / (n b)$" in text
    n, variance, tau2, b = len(X), 0.7, 0.3, 0.2
    # The posterior of a normal prior is normal, with this mean, which is also its most probable point.
    precision = X.T @ X / variance + np.eye(2) / tau2
    assert ridge(X, Y, lam=variance / (2 * n * tau2)) == pytest.approx(np.linalg.solve(precision, X.T @ Y / variance))

    def posterior(w: Any) -> float:
        return float(-np.sum((Y - X @ w) ** 2) / (2 * variance) - np.sum(np.abs(w)) / b)

    w = lasso(X, Y, lam=variance / (n * b))
    assert (w > 0).all()
    assert all(posterior(w) > posterior(w + 1e-3 * np.array(step)) for step in itertools.product((-1, 0, 1), repeat=2) if any(step))


def test_both_features_stay(language: str) -> None:
    text = box(language, NET, "example-net")
    assert "$5 w_1 + 3 w_2 + 2 w_1 = 5 - 2$" in text and "$3 w_1 + 5 w_2 + 2 w_2 = 7 - 2$" in text
    assert "$\\mathbf{w} = (0.15, 0.65)$" in text and 7 * 0.15 + 3 * 0.65 == pytest.approx(3) and 3 * 0.15 + 7 * 0.65 == pytest.approx(5)
    says(language, text, "$\\lambda_1 = 2$、$\\lambda_2 = 1$ とする", "with $\\lambda_1 = 2$ and $\\lambda_2 = 1$")
    strengths = []
    for penalty, solution in cells(text):
        lam1, lam2 = (float(value) for value in re.findall(r"\\lambda_\d = (\d)", penalty))
        assert elastic_net(X, Y, lam1=lam1, lam2=lam2) == pytest.approx(vector(solution), abs=1e-12)
        strengths.append((lam1, lam2))
    assert strengths == [(2, 0), (0, 1), (2, 1)]
    same, y = np.array([[1.0, 1], [-1, -1]]), [2.0, -2.0]
    says(language, text, "入力を $(1, 1)$ と $(-1, -1)$、正解を 2 と $-2$ とすると", "For inputs $(1, 1)$ and $(-1, -1)$ with true values 2 and $-2$")
    assert "$\\frac{1}{2} (2 - w_1 - w_2)^2$" in text and "$w_1 + w_2 = 1.5$" in text
    assert "$\\lambda_1 = 0.5$" in text and "$\\lambda_2 = 0.25$" in text and "$(0.6, 0.6)$" in text
    for w in ([0.3, -2.0], [0.0, 1.0]):
        assert elastic_net_objective(same, y, w, lam1=0.0, lam2=0.0) == pytest.approx((2 - sum(w)) ** 2 / 2)
    assert sum(lasso(same, y, lam=0.5)) == pytest.approx(1.5)
    assert elastic_net(same, y, lam1=0.5, lam2=0.25) == pytest.approx([0.6, 0.6])


def test_the_elastic_net_of_scikit_learn_on_the_four_examples(language: str) -> None:
    from sklearn.linear_model import ElasticNet

    text = box(language, NET, "convention-elastic-net")
    says(language, text, "$\\lambda_1 = 2$、$\\lambda_2 = 1$ なら、それぞれ 4 と 0.5 になる", "For $\\lambda_1 = 2$ and $\\lambda_2 = 1$ they are 4 and 0.5")
    theirs = ElasticNet(alpha=4, l1_ratio=0.5, fit_intercept=False, tol=1e-14).fit(X, Y).coef_
    assert theirs == pytest.approx(elastic_net(X, Y, lam1=2.0, lam2=1.0))


def test_two_units_rest(language: str) -> None:
    text = box(language, NET, "example-dropout")
    assert "$h = (1, 2, 3, 4)$" in text and "$p = 0.5$" in text and "$m = (1, 0, 1, 0)$" in text and "$\\tilde{h} = (2, 0, 6, 0)$" in text
    h = np.array([1.0, 2, 3, 4])
    assert dropout(h, np.array([1, 0, 1, 0]), p=0.5).tolist() == [2, 0, 6, 0]
    says(language, text, "和は 8 で、もとの和 10 とは違う", "Its sum is 8, not the 10 of before")
    everything = np.array([dropout(h, np.array(mask), p=0.5) for mask in itertools.product((0, 1), repeat=4)])
    assert np.mean(everything, axis=0) == pytest.approx(h)
    assert set(everything[:, 3]) == {0, 8} and np.var(everything[:, 3]) == pytest.approx(16)
    says(language, text, "成分 4 は、半々の確率で 0 か 8 になり、平均は 4 である。分散は 16 で", "component 4 is 0 or 8 with equal probability, 4 on average. Its variance is 16")


def test_when_training_stops(language: str) -> None:
    text = box(language, NET, "addition-early-stopping")
    ((_, *printed),) = cells(text)
    head = next(line for line in text.splitlines() if line.startswith(("| エポック", "| Epoch")))
    assert [int(n) for n in re.findall(r"\d", head)] == list(range(1, len(printed) + 1))
    losses = [float(value) for value in printed]
    assert f"losses = [{', '.join(printed)}]" in text
    ends = {}
    for min_delta in (0.0, 0.02):
        early = EarlyStopping(patience=2, min_delta=min_delta)
        next(epoch for epoch, value in enumerate(losses, start=1) if early.step(value, epoch))
        ends[min_delta] = (early.epoch_, early.best_theta_)
    assert ends == {0.0: (7, 5), 0.02: (5, 3)} and losses[7] < losses[4] < losses[2]
    ja = "min_delta が 0 なら、エポック 5 が改善で、6 と 7 が改善でないので、7 で止め、5 のパラメータに戻す。エポック 8 はもっと良かったが"
    en = "With min_delta 0, epoch 5 is an improvement, 6 and 7 are not, so training stops at 7 and goes back to the parameters of 5. Epoch 8 would"
    says(language, text, ja, en)
    ja = "min_delta が 0.02 なら、エポック 5 の 0.01 の改善は認められず、5 で止めて 3 に戻す"
    en = "With min_delta 0.02, the improvement of 0.01 at epoch 5 does not count, and training stops at 5 and goes back to 3"
    says(language, text, ja, en)
    says(language, text, "patience を 2 として", "with a patience of 2")
    assert losses[2] - losses[4] == pytest.approx(0.01)


def test_early_stopping_beside_ridge_regression(language: str) -> None:
    text = box(language, NET, "addition-stopping-ridge")
    best, directions = least_squares(X, Y), (np.array([1, 1]), np.array([-1, 1]))
    path = trajectory(lambda w: -forces(w), np.zeros(2), optimizer=GradientDescent(eta=0.1), n_steps=10)
    for method, *printed in cells(text):
        values = [float(cell) for cell in printed]
        steps = re.search(r"(\d+) (?:歩|step)", method)
        lam = re.search(r"\\lambda = ([\d.]+)", method)
        if steps:
            found = [(path[int(steps[1])] @ direction) / (best @ direction) for direction in directions]
            assert found == pytest.approx([1 - 0.2 ** int(steps[1]), 1 - 0.8 ** int(steps[1])])
        else:
            assert lam
            found = ridge_shrinkage(X, lam=float(lam[1])).tolist()
        assert found == rounded(values, 3), method
    assert len(cells(text)) == 5
    assert "$1 - (1 - \\eta d_k^2 / n)^t$" in text and "$\\mathbf{w} = 0$" in text
    says(language, text, "| $(1, 1)$ の倍率 | $(-1, 1)$ の倍率 |", "| Factor of $(1, 1)$ | Factor of $(-1, 1)$ |")
    assert "$\\eta = 0.1$" in text and "$d_1^2 / n = 8$" in text and "$d_2^2 / n = 2$" in text and "$1 - 0.2^t$" in text and "$1 - 0.8^t$" in text


def test_the_parameters_of_two_networks(language: str) -> None:
    text = box(language, NET, "addition-count")
    assert mlp_params([1, 16, 16, 1]) == 2 * 16 + 17 * 16 + 17 * 1 == 321 and "$2 \\cdot 16 + 17 \\cdot 16 + 17 \\cdot 1 = 321$" in text
    assert mlp_params([1, 4, 1]) == 2 * 4 + 5 * 1 == 13 and "$2 \\cdot 4 + 5 \\cdot 1 = 13$" in text
    says(language, text, "幅が 1、16、16、1 なら", "With widths 1, 16, 16, 1 it is")
    says(language, text, "1、4、1 なら", "with 1, 4, 1 it is")


def test_seven_examples_in_three_parts(language: str) -> None:
    text = box(language, NET, "example-folds")
    y = [0.0, 0, 6, 1, 3, 1, 3]
    assert "$0, 0, 6, 1, 3, 1, 3$" in text
    folds = kfold(np.arange(7), n_splits=3)
    means = []
    for (k, evaluated, learned, value), fold in zip(cells(text), folds, strict=True):
        rest = [y[i] for i in range(7) if i not in fold]
        assert int(k) == len(means) + 1 and numbers(evaluated) == [y[i] for i in fold]
        assert np.mean(rest) == float(learned)
        means.append(np.mean([(y[i] - float(learned)) ** 2 for i in fold]))
        assert means[-1] == float(value)
    assert np.mean(means) == rounded(3.33, 2) and "$(8 + 1 + 1) / 3 = 3.33$" in text
    assert cross_validation(lambda x, y: lambda x_i: y.mean(), squared, y, y, n_splits=3) == pytest.approx(np.mean(means))
    total = sum((value - 2) ** 2 for value in y)
    assert total == 28 and total / 7 == 4 and "$28 / 7 = 4$" in text
    says(language, text, "順に 3 個、2 個、2 個に分ける", "in this order, into parts of 3, 2, and 2")


def test_cross_validation_chooses_the_strength(language: str) -> None:
    code, shown = next(fence for fence in fences(language, NET) if "np.vander" in fence[0])
    powers, y, test, truth = polynomial()
    order = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]
    assert str(order) in code
    scores, errors = {}, {}
    for line in shown.splitlines()[1:]:
        lam, printed = (float(word) for word in line.split())
        folds = [order[2 * k : 2 * k + 2] for k in range(5)]
        means = []
        for fold in folds:
            rest = [i for i in order if i not in fold]
            means.append(np.mean((y[fold] - powers[fold] @ ridge(powers[rest], y[rest], lam=lam)) ** 2))
        scores[lam], errors[lam] = np.mean(means), np.mean((truth - test @ ridge(powers, y, lam=lam)) ** 2)
        assert scores[lam] == rounded(printed, 2)
    assert min(scores, key=lambda lam: scores[lam]) == min(errors, key=lambda lam: errors[lam]) == 0.001
    says(language, page(language, NET), "CV は $\\lambda = 0.001$ で最も小さい", "is smallest at $\\lambda = 0.001$")
