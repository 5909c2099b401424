"""Regularization: values by hand, against scikit-learn and PyTorch, optimality, gradients, and laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlref import regularize
from dlref.linear import squared_risk
from dlref.optim import adam_step, adamw_step, gd_step
from dlref.regularize import (
    ElasticNet,
    Lasso,
    Ridge,
    elastic_net,
    elastic_net_objective,
    elastic_net_regularized,
    l1_penalty,
    l1_regularized,
    l1_subgradient,
    l2_penalty,
    l2_regularized,
    lasso,
    lasso_objective,
    regularized,
    ridge,
    ridge_objective,
    ridge_shrinkage,
    soft_threshold,
    weight_decay_step,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import drawn, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch8

W, W2 = [1.0, -2.0, 0.5], [0.25, 4.0, -1.0]
X, Y = [[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25]], [1.0, 3.0, -2.0]
X2, Y2 = [[0.0, 1.0], [1.5, -0.5], [2.0, 3.0]], [0.5, -1.0, 2.0]


def square(w: Any) -> Any:
    return w[0] * w[0] + w[1] * w[1] + w[2] * w[2]


def corner(w: Any) -> Any:
    return w[0] * w[1]


LAM, LAMS = {"lam": 0.125}, {"lam1": 0.125, "lam2": 0.25}
CALLS = {
    "elastic_net": [Call(X, Y, **LAMS), Call(X2, Y2, **LAMS)],
    "elastic_net_objective": [Call(X, Y, W[:2], **LAMS), Call(X2, Y2, W[:2], **LAMS)],
    "elastic_net_regularized": [Call(0.5, W, **LAMS), Call(-1.0, W2, **LAMS)],
    "l1_penalty": [Call(W), Call(W2)],
    "l1_regularized": [Call(0.5, W, **LAM), Call(-1.0, W2, **LAM)],
    "l1_subgradient": [Call(W), Call([0.25, 4.0, 0.0])],
    "l2_penalty": [Call(W), Call(W2)],
    "l2_regularized": [Call(0.5, W, **LAM), Call(-1.0, W2, **LAM)],
    "lasso": [Call(X, Y, **LAM), Call(X2, Y2, **LAM)],
    "lasso_objective": [Call(X, Y, W[:2], **LAM), Call(X2, Y2, W[:2], **LAM)],
    "regularized": [Call(corner, square, W, **LAM), Call(corner, square, W2, **LAM)],
    "ridge": [Call(X, Y, **LAM), Call(X2, Y2, **LAM)],
    "ridge_objective": [Call(X, Y, W[:2], **LAM), Call(X2, Y2, W[:2], **LAM)],
    "ridge_shrinkage": [Call(X, **LAM), Call(X2, **LAM)],
    "soft_threshold": [Call(W[0], **LAM), Call(-2.0, **LAM), Call(0.0625, **LAM)],
    "weight_decay_step": [Call(W, W2, eta=0.5, lam=0.125), Call(W2, W, eta=0.5, lam=0.125)],
}


def positive(good: Call, name: str) -> dict[str, tuple[Call, Call]]:
    return {f"If {name} is not positive.": wrong(good, name, 0.0, 1e-300), f"If {name} is not finite.": wrong(good, name, math.inf, 1e300)}


def at_least_zero(good: Call, *names: str) -> dict[str, tuple[Call, Call]]:
    found = {}
    for name in names:
        found[f"If {name} is negative."] = wrong(good, name, -1e-300, 0.0)
        found[f"If {name} is not finite."] = wrong(good, name, math.inf, 1e10)
    return found


def no_axis(good: Call, place: int) -> dict[str, tuple[Call, Call]]:
    return {"If w is a scalar.": wrong(good, place, 1.0, [1.0])}


def penalized(**options: float) -> dict[str, tuple[Call, Call]]:
    """What the objectives of a loss and parameters refuse."""
    good = Call([0.5, 1.0], [W, W2], **options)
    return {
        **no_axis(Call(0.5, W, **options), 1),
        "If there is not one loss for each row of parameters.": wrong(good, 0, [0.5, 1.0, 2.0], [0.5, 1.0]),
        **at_least_zero(good, *options),
    }


def fitted(**options: float) -> dict[str, tuple[Call, Call]]:
    """What is refused as data of a regression."""
    good = Call(X, Y, **options)
    return {
        "If x does not have the axes (n, d).": wrong(good, 0, [1.0, 2.0, 3.0], X),
        "If y does not have one target for each row of x.": wrong(good, 1, [1.0, 2.0], Y),
        "If a value of x is not finite.": wrong(good, 0, [[math.nan, 2.0], *X[1:]], X),
        "If a value of y is not finite.": wrong(good, 1, [math.inf, *Y[1:]], Y),
    }


def overflowing(**options: float) -> dict[str, tuple[Call, Call]]:
    return {"If products of the values overflow.": wrong(Call([[1e200]], [1.0], **options), 0, [[1e200]], [[1e100]])}


def objective(**options: float) -> dict[str, tuple[Call, Call]]:
    """What the objective of a regression refuses of its arrays."""
    good = Call(X, Y, W[:2], **options)
    return {
        "If y does not have one target for each row of x.": wrong(good, 1, [1.0, 2.0], Y),
        "If w does not have one parameter for each feature of x.": wrong(good, 2, W, W[:2]),
    }


REGULARIZED = Call(corner, square, W, **LAM)
DECAY = Call(W, W2, eta=0.5, lam=0.125)
RAISES = {
    "elastic_net": {
        **fitted(**LAMS),
        **overflowing(**LAMS),
        **at_least_zero(Call(X, Y, **LAMS), "lam1", "lam2"),
    },
    "elastic_net_objective": {**objective(**LAMS), **at_least_zero(Call(X, Y, W[:2], **LAMS), "lam1", "lam2")},
    "elastic_net_regularized": penalized(**LAMS),
    "l1_penalty": no_axis(Call(W), 0),
    "l1_regularized": penalized(**LAM),
    "l1_subgradient": no_axis(Call(W), 0),
    "l2_penalty": no_axis(Call(W), 0),
    "l2_regularized": penalized(**LAM),
    "lasso": {**fitted(**LAM), **overflowing(**LAM), **positive(Call(X, Y, **LAM), "lam")},
    "lasso_objective": {**objective(**LAM), **positive(Call(X, Y, W[:2], **LAM), "lam")},
    "regularized": {
        "If data_loss is not a function.": wrong(REGULARIZED, 0, 1.0, corner),
        "If penalty is not a function.": wrong(REGULARIZED, 1, None, square),
        "If data_loss does not return a single number.": wrong(REGULARIZED, 0, abs, corner),
        "If penalty does not return a single number.": wrong(REGULARIZED, 1, abs, square),
        **at_least_zero(REGULARIZED, "lam"),
    },
    "ridge": {**fitted(**LAM), **positive(Call(X, Y, **LAM), "lam")},
    "ridge_objective": {**objective(**LAM), **positive(Call(X, Y, W[:2], **LAM), "lam")},
    "ridge_shrinkage": {"If x does not have the axes (n, p).": wrong(Call(X, **LAM), 0, [1.0, 2.0], X), **positive(Call(X, **LAM), "lam")},
    "soft_threshold": at_least_zero(Call(W, **LAM), "lam"),
    "weight_decay_step": {
        "If the shapes differ and neither is a scalar.": wrong(DECAY, 1, W2[:2], W2),
        **positive(DECAY, "eta"),
        **at_least_zero(DECAY, "lam"),
    },
}
HELPERS = ["elastic_net", "elastic_net_objective", "l1_penalty", "l1_subgradient", "l2_penalty", "lasso_objective", "ridge_objective"]

NUMBERS = st.floats(-10, 10)
VECTORS = st.lists(NUMBERS, min_size=3, max_size=3)
WEIGHTS = st.sampled_from([0.0, 0.0625, 0.5, 2.0])  # of a penalty
quick = settings(deadline=None, max_examples=60)


@st.composite
def regressions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Inputs on a small grid, with equal, dependent and empty columns and with fewer samples than features, and targets."""
    n, d = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    entry = st.integers(-2, 2).map(float)
    x = draw(st.lists(st.lists(entry, min_size=d, max_size=d), min_size=n, max_size=n))
    return np.array(x), np.array(draw(st.lists(entry, min_size=n, max_size=n)))


def orthonormal(n: int, d: int, seed: int = 0) -> Any:
    """A matrix with XᵀX = n I."""
    return math.sqrt(n) * np.linalg.qr(np.random.default_rng(seed).standard_normal((n, d)))[0]


def sample(n: int, d: int, correlation: float = 0.0, seed: int = 0) -> tuple[Any, Any]:
    """Inputs of which any two features are so much correlated, and targets that the first features make, with noise."""
    x, common, w, noise = drawn((n, d), (n, 1), (d,), (n,), seed=seed)
    x = math.sqrt(1 - correlation) * x + math.sqrt(correlation) * common
    return x, x @ np.where(np.arange(d) < d // 4 + 1, w, 0.0) + noise


def kkt_residual(x: Any, y: Any, w: Any, lam1: float, lam2: float = 0.0) -> float:
    """How far w is from the conditions of Karush, Kuhn and Tucker, which are necessary and sufficient: the least subgradient in size."""
    slope = x.T @ (x @ w - y) / len(y) + 2 * lam2 * w
    return float(np.max(np.where(w == 0, np.maximum(np.abs(slope) - lam1, 0), np.abs(slope + lam1 * np.sign(w)))))


def threshold(x: Any, y: Any) -> float:
    """The λ from which on the lasso is 0."""
    return float(np.max(np.abs(x.T @ y)) / len(y))


# --- Penalties and objectives


def test_penalties_and_objectives_by_hand(xp: Library) -> None:
    w = xp.array([[1.0, -2.0, 0.0], [0.5, 0.5, -3.0]])
    xp.close(l1_penalty(w), [3, 4])
    xp.close(l2_penalty(w), [5, 9.5])
    xp.close(l1_subgradient(w), [[1, -1, 0], [1, 1, -1]])
    loss = xp.array([4.0, 1.0])
    xp.close(l1_regularized(loss, w, lam=0.5), [5.5, 3])
    xp.close(l2_regularized(loss, w, lam=0.5), [6.5, 5.75])
    xp.close(elastic_net_regularized(loss, w, lam1=0.5, lam2=0.5), [8, 7.75])
    xp.close(regularized(lambda v: v[0], l1_penalty, w[0, ...], lam=2.0), 7)


def test_penalties_are_the_norms_of_pytorch() -> None:
    import torch

    w = drawn((4, 5))[0]
    tensor = torch.from_numpy(w)
    np.testing.assert_allclose(l1_penalty(w), torch.linalg.vector_norm(tensor, ord=1, dim=-1), rtol=1e-12)
    np.testing.assert_allclose(l2_penalty(w), torch.linalg.vector_norm(tensor, dim=-1) ** 2, rtol=1e-12)


@given(VECTORS, NUMBERS, WEIGHTS, WEIGHTS)
def test_the_objectives_are_regularized_objectives_with_their_penalties(w: list[float], loss: float, lam1: float, lam2: float) -> None:
    assert l1_regularized(loss, w, lam=lam1) == pytest.approx(regularized(lambda v: loss, l1_penalty, w, lam=lam1))
    assert l2_regularized(loss, w, lam=lam2) == pytest.approx(regularized(lambda v: loss, l2_penalty, w, lam=lam2))
    both = elastic_net_regularized(loss, w, lam1=lam1, lam2=lam2)
    assert both == pytest.approx(l2_regularized(l1_regularized(loss, w, lam=lam1), w, lam=lam2))
    assert elastic_net_regularized(loss, w, lam1=lam1, lam2=0.0) == l1_regularized(loss, w, lam=lam1)
    assert elastic_net_regularized(loss, w, lam1=0.0, lam2=lam2) == l2_regularized(loss, w, lam=lam2)


@given(VECTORS, NUMBERS)
def test_without_weight_a_penalty_changes_nothing_and_with_it_no_objective_is_below_the_loss(w: list[float], loss: float) -> None:
    assert l1_regularized(loss, w, lam=0.0) == l2_regularized(loss, w, lam=0.0) == regularized(lambda v: loss, l2_penalty, w, lam=0.0) == loss
    assert l1_regularized(loss, w, lam=0.5) >= loss and l2_regularized(loss, w, lam=0.5) >= loss


@given(VECTORS, VECTORS)
def test_a_subgradient_is_the_slope_of_a_line_below_the_penalty(w: list[float], v: list[float]) -> None:
    line = l1_penalty(w) + np.dot(l1_subgradient(w), np.subtract(v, w))
    assert l1_penalty(v) >= line - 1e-12 * (1 + abs(line))


def test_gradients_of_penalties_and_objectives() -> None:
    signs = np.sign(W)
    assert_gradient(l1_penalty, W, wrt=0, expected=signs)
    assert_gradient(l1_penalty, [0.0, 1.0], wrt=0, expected=l1_subgradient([0.0, 1.0]), differences=False)
    assert_gradient(l2_penalty, W, wrt=0, expected=2 * np.array(W))
    assert_gradient(l1_regularized, 0.5, W, wrt=1, expected=0.25 * signs, lam=0.25)
    assert_gradient(l1_regularized, 0.5, W, wrt=0, expected=1, lam=0.25)
    assert_gradient(l2_regularized, 0.5, W, wrt=1, expected=2 * 0.25 * np.array(W), lam=0.25)  # 2λw, not λw
    assert_gradient(elastic_net_regularized, 0.5, W, wrt=1, expected=0.25 * signs + 2 * 0.5 * np.array(W), lam1=0.25, lam2=0.5)
    assert_gradient(lambda w: regularized(corner, square, w, lam=0.5), W, wrt=0, expected=np.array([-2.0, 1, 0]) + np.array(W))


def test_one_loss_goes_with_every_row_and_one_row_with_every_loss() -> None:
    np.testing.assert_array_equal(l1_regularized(1.0, [[1.0, 2.0], [3.0, 0.0]], lam=1.0), [4, 4])
    np.testing.assert_array_equal(l2_regularized([1.0, 2.0, 3.0], [1.0, 2.0], lam=1.0), [6, 7, 8])


def test_nan_and_infinity_go_through_the_penalties() -> None:
    assert math.isnan(l1_penalty([math.nan, 1.0])) and math.isnan(l2_penalty([math.nan, 1.0])) and math.isnan(l1_subgradient([math.nan])[0])
    assert l1_penalty([-math.inf, 1.0]) == l2_penalty([-math.inf, 1.0]) == math.inf


# --- Soft threshold


def test_soft_threshold_by_hand(xp: Library) -> None:
    u = xp.array([3.0, 1.0, 0.5, 0.0, -0.5, -1.0, -2.5, math.inf, -math.inf, math.nan])
    xp.close(soft_threshold(u, lam=1.0), [2, 0, 0, 0, 0, 0, -1.5, math.inf, -math.inf, math.nan])


def test_soft_threshold_is_softshrink_of_pytorch() -> None:
    import torch

    u = np.linspace(-3, 3, 61)
    np.testing.assert_allclose(soft_threshold(u, lam=0.75), torch.nn.functional.softshrink(torch.from_numpy(u), lambd=0.75), rtol=1e-12)


@given(NUMBERS, NUMBERS, WEIGHTS)
def test_the_soft_threshold_minimizes_half_the_squared_distance_plus_the_absolute_value(u: float, other: float, lam: float) -> None:
    def cost(w: float) -> float:
        return (u - w) ** 2 / 2 + lam * abs(w)

    assert cost(soft_threshold(u, lam=lam)) <= cost(other) + 1e-12


@given(NUMBERS, NUMBERS, WEIGHTS)
def test_the_soft_threshold_is_odd_and_brings_no_two_numbers_farther_apart(u: float, v: float, lam: float) -> None:
    assert soft_threshold(-u, lam=lam) == -soft_threshold(u, lam=lam)
    assert abs(soft_threshold(u, lam=lam) - soft_threshold(v, lam=lam)) <= abs(u - v) + 1e-14


@given(NUMBERS, WEIGHTS)
def test_a_number_beyond_the_threshold_loses_exactly_the_threshold_and_without_one_nothing_moves(u: float, lam: float) -> None:
    moved = abs(u) - abs(soft_threshold(u, lam=lam))
    assert moved == pytest.approx(min(lam, abs(u)), abs=1e-14)
    assert soft_threshold(u, lam=0.0) == u


def test_gradients_of_the_soft_threshold() -> None:
    assert_gradient(soft_threshold, [3.0, -2.0, 0.5, 0.0], wrt=0, expected=[1, 1, 0, 0], lam=1.0)
    assert_gradient(soft_threshold, [0.0], wrt=0, expected=[1], lam=0.0, differences=False)


# --- Lasso


def test_lasso_by_hand(xp: Library) -> None:
    """Each parameter alone: S_λ(c_i) / G_ii with c = Xᵀy/n = (5/2, 1) and G = diag(1, 4)."""
    x, y = xp.array([[1.0, 2.0], [1.0, -2.0]]), xp.array([3.0, 2.0])
    xp.close(lasso(x, y, lam=0.5), [2, 0.125])
    xp.close(lasso(x, y, lam=1.0), [1.5, 0])
    xp.close(lasso(x, y, lam=2.5), [0, 0])
    xp.close(lasso_objective(x, y, xp.array([1.5, 0.0]), lam=1.0), (1.5**2 + 0.5**2) / 4 + 1.5)


@pytest.mark.parametrize(("n", "d", "correlation"), [(50, 5, 0.0), (40, 12, 0.9), (15, 40, 0.0), (15, 30, 0.5)])
def test_lasso_is_that_of_scikit_learn_with_alpha_lam(n: int, d: int, correlation: float) -> None:
    from sklearn.linear_model import Lasso as Oracle

    x, y = sample(n, d, correlation)
    for share in (0.99, 0.3, 0.02):
        lam = share * threshold(x, y)
        oracle = Oracle(alpha=lam, fit_intercept=False, tol=1e-14, max_iter=1_000_000).fit(x, y)
        w = lasso(x, y, lam=lam)
        np.testing.assert_allclose(w, oracle.coef_, atol=1e-8)
        np.testing.assert_array_equal(w == 0, oracle.coef_ == 0)


@pytest.mark.parametrize(
    ("n", "d", "correlation"), [(100, 20, 0.0), (100, 20, 0.999), (20, 60, 0.0), (20, 60, 0.9), (5, 40, 0.99), (60, 60, 0.99), (1, 5, 0.0)]
)
def test_lasso_meets_its_optimality_conditions_to_ten_digits(n: int, d: int, correlation: float) -> None:
    for seed in range(4):
        x, y = sample(n, d, correlation, seed=seed)
        for share in (1.5, 1.0, 0.999, 0.5, 0.05, 1e-3, 1e-6):
            lam = share * threshold(x, y)
            assert kkt_residual(x, y, lasso(x, y, lam=lam), lam) < 1e-10
            assert kkt_residual(x, y, elastic_net(x, y, lam1=lam, lam2=0.01), lam, 0.01) < 1e-10


@pytest.mark.parametrize(("n", "d", "correlation", "most"), [(100, 20, 0.0, 6), (100, 20, 0.999, 9), (20, 60, 0.5, 24), (5, 40, 0.99, 14)])
def test_a_few_sweeps_are_enough_since_the_rest_is_solved_at_once(
    n: int, d: int, correlation: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coordinate descent alone takes thousands on correlated features."""
    sweeps: list[int] = []
    sweep = regularize._sweep
    monkeypatch.setattr(regularize, "_sweep", lambda *args: sweeps.append(1) or sweep(*args))
    for seed in range(4):
        x, y = sample(n, d, correlation, seed=seed)
        for share in (0.5, 0.05, 1e-3):
            sweeps.clear()
            lasso(x, y, lam=share * threshold(x, y))
            assert 0 < len(sweeps) <= most


@quick
@given(regressions(), WEIGHTS, WEIGHTS)
def test_dependent_and_empty_features_do_not_keep_the_conditions_from_being_met(data: tuple[Any, Any], lam1: float, lam2: float) -> None:
    x, y = data
    assert kkt_residual(x, y, elastic_net(x, y, lam1=lam1, lam2=lam2), lam1, lam2) < 1e-12


@quick
@given(regressions(), st.lists(NUMBERS, min_size=6, max_size=6), WEIGHTS, WEIGHTS)
def test_no_parameters_have_a_smaller_objective(data: tuple[Any, Any], other: list[float], lam1: float, lam2: float) -> None:
    x, y = data
    w = elastic_net(x, y, lam1=lam1, lam2=lam2)
    for point in (other[: x.shape[1]], w + 1e-3 * np.array(other[: x.shape[1]])):
        assert elastic_net_objective(x, y, w, lam1=lam1, lam2=lam2) <= elastic_net_objective(x, y, point, lam1=lam1, lam2=lam2) + 1e-12


@quick
@given(regressions(), st.floats(1.0, 2.0))
def test_the_lasso_is_zero_exactly_from_the_largest_product_of_a_feature_with_the_targets_on(data: tuple[Any, Any], factor: float) -> None:
    x, y = data
    if threshold(x, y) > 0:
        assert not lasso(x, y, lam=factor * threshold(x, y)).any()
        assert lasso(x, y, lam=0.999 * threshold(x, y)).any()


def test_just_below_that_threshold_scikit_learn_still_says_zero_by_its_tolerance() -> None:
    from sklearn.linear_model import Lasso as Oracle

    x, y = sample(50, 5)
    lam = 0.9999 * threshold(x, y)
    assert not Oracle(alpha=lam, fit_intercept=False).fit(x, y).coef_.any()
    assert Oracle(alpha=lam, fit_intercept=False, tol=1e-14).fit(x, y).coef_.any() and lasso(x, y, lam=lam).any()


@quick
@given(regressions(), st.floats(0.01, 2.0), st.floats(0.01, 2.0))
def test_a_larger_lam_never_makes_the_penalty_of_the_solution_larger(data: tuple[Any, Any], lam: float, more: float) -> None:
    x, y = data
    assert l1_penalty(lasso(x, y, lam=lam + more)) <= l1_penalty(lasso(x, y, lam=lam)) + 1e-9
    assert l2_penalty(ridge(x, y, lam=lam + more)) <= l2_penalty(ridge(x, y, lam=lam)) + 1e-9


def test_with_orthonormal_features_the_lasso_is_the_soft_threshold_and_zeros_only_become_more() -> None:
    x = orthonormal(40, 8)
    y = x @ np.array([3.0, -2.0, 1.5, 1.0, -0.5, 0.25, 0.0, 0.0]) + drawn((40,))[0]
    free = x.T @ y / 40
    zeros = []
    for lam in np.linspace(0.01, 4, 30).tolist():
        w = lasso(x, y, lam=lam)
        np.testing.assert_allclose(w, soft_threshold(free, lam=lam), atol=1e-12)
        zeros.append(int((w == 0).sum()))
    assert zeros == sorted(zeros) and zeros[0] < 3 and zeros[-1] == 8


def test_with_correlated_features_a_larger_lam_may_have_fewer_zeros() -> None:
    counts = []
    for seed in range(20):
        x, y = sample(12, 6, 0.8, seed=seed)
        counts.append([int((lasso(x, y, lam=lam) == 0).sum()) for lam in np.linspace(0.01, 1, 40).tolist()])
    assert any(after < before for path in counts for before, after in zip(path, path[1:], strict=False))


def test_the_lasso_sets_parameters_to_zero_and_ridge_regression_does_not() -> None:
    x, y = sample(100, 20)
    assert (lasso(x, y, lam=0.2) == 0).sum() >= 10
    for lam in (0.1, 10.0, 1e4):
        assert (ridge(x, y, lam=lam) != 0).all()


def test_steps_along_the_subgradient_shrink_parameters_but_hardly_ever_make_one_exactly_zero() -> None:
    x, y = sample(100, 20)
    best, w = lasso(x, y, lam=0.2), np.zeros(20)
    for _ in range(1000):
        w = gd_step(w, x.T @ (x @ w - y) / 100 + 0.2 * l1_subgradient(w), eta=0.1)
    assert (w != 0).all() and (best == 0).sum() >= 10
    assert np.abs(w - best).max() < 0.05


def test_of_two_equal_features_every_way_to_share_their_weight_is_as_good() -> None:
    x = np.column_stack([drawn((30,))[0]] * 2)
    y = 2 * x[:, 0]
    w = lasso(x, y, lam=0.1)
    both = float(w.sum())
    for share in (0.0, 0.3, 1.0):
        assert lasso_objective(x, y, [share * both, (1 - share) * both], lam=0.1) == pytest.approx(lasso_objective(x, y, w, lam=0.1), rel=1e-12)
    net = elastic_net(x, y, lam1=0.1, lam2=0.1)  # an L2 penalty shares it evenly
    assert net[0] == pytest.approx(net[1], rel=1e-9) and net[0] != 0


def test_with_the_mean_squared_error_instead_of_its_half_the_same_solution_needs_twice_the_lam() -> None:
    x, y = sample(30, 4)
    w = lasso(x, y, lam=0.1)
    for step in np.random.default_rng(0).normal(scale=0.1, size=(50, 4)):
        for point in (w + step, w + 0.01 * step):
            assert l1_regularized(squared_risk(x, y, w, 0.0), w, lam=0.2) <= l1_regularized(squared_risk(x, y, point, 0.0), point, lam=0.2)


@quick
@given(regressions(), st.sampled_from([0.25, 4.0]), st.sampled_from([0.5, 2.0]), st.randoms(use_true_random=False))
def test_the_lasso_follows_units_and_order_of_the_features(data: tuple[Any, Any], c: float, s: float, random: Any) -> None:
    x, y = data
    lam, order = 0.25, random.sample(range(x.shape[1]), x.shape[1])
    value = lasso_objective(x, y, lasso(x, y, lam=lam), lam=lam)
    np.testing.assert_allclose(s * lasso(x, y, lam=lam), c * lasso(c * x, s * y, lam=c * s * lam), atol=1e-9)
    assert lasso_objective(x[:, order], y, lasso(x[:, order], y, lam=lam), lam=lam) == pytest.approx(value, abs=1e-12)


def test_zeros_of_the_lasso_are_plain_zeros() -> None:
    x, y = sample(20, 10)
    for lam in (0.05, 0.3, 1.0):
        w = lasso(x, -y, lam=lam)
        assert not np.signbit(w[w == 0]).any()


def test_single_precision_data_are_fitted_in_double_precision_and_come_back_in_theirs(xp: Library) -> None:
    x, y = sample(20, 3)
    x, y = x.astype(np.float32), y.astype(np.float32)
    w = lasso(xp.array(x, "float32"), xp.array(y, "float32"), lam=0.1)
    assert w.dtype == xp.dtype("float32")
    np.testing.assert_array_equal(xp.numpy(w), lasso(x.astype(np.float64), y.astype(np.float64), lam=0.1).astype(np.float32))


# --- Ridge regression


def test_ridge_by_hand(xp: Library) -> None:
    """c_i / (G_ii + 2λ) with c = Xᵀy/n = (2, 2) and G = diag(1, 4)."""
    x, y = xp.array([[1.0, 2.0], [1.0, -2.0]]), xp.array([3.0, 1.0])
    xp.close(ridge(x, y, lam=0.5), [1, 0.4], rtol=1e-12)
    xp.close(ridge_objective(x, y, xp.array([1.0, 0.0]), lam=0.5), (4 + 0) / 4 + 0.5)


@pytest.mark.parametrize(("n", "d", "correlation"), [(50, 5, 0.0), (40, 12, 0.9), (15, 40, 0.0), (1, 3, 0.0)])
def test_ridge_is_that_of_scikit_learn_with_alpha_two_n_lam(n: int, d: int, correlation: float) -> None:
    from sklearn.linear_model import Ridge as Oracle

    x, y = sample(n, d, correlation)
    for lam in (1e-3, 0.1, 5.0):
        w = ridge(x, y, lam=lam)
        np.testing.assert_allclose(w, Oracle(alpha=2 * n * lam, fit_intercept=False, solver="svd").fit(x, y).coef_, rtol=1e-9, atol=1e-12)
        assert kkt_residual(x, y, w, 0.0, lam) < 1e-10


@quick
@given(regressions(), st.floats(0.01, 10))
def test_ridge_is_the_closed_form(data: tuple[Any, Any], lam: float) -> None:
    x, y = data
    n, d = x.shape
    np.testing.assert_allclose(ridge(x, y, lam=lam), np.linalg.inv(x.T @ x + 2 * n * lam * np.eye(d)) @ x.T @ y, atol=1e-10)


def test_a_small_penalty_on_nearly_dependent_features_costs_no_digits() -> None:
    """Where the product of X with itself has lost them: its condition number would be 1e16 without the penalty."""
    import mpmath

    x = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-8], [1.0, 1.0 - 1e-8]])
    y, lam = np.array([2.0, 1.0, 3.0]), 1e-14
    with mpmath.workdps(60):
        a = mpmath.matrix(x.tolist())
        exact = mpmath.lu_solve(a.T * a + 6 * mpmath.mpf(lam) * mpmath.eye(2), a.T * mpmath.matrix(y.tolist()))
    np.testing.assert_allclose(ridge(x, y, lam=lam), [float(value) for value in exact], rtol=1e-6)


def test_with_little_penalty_ridge_is_least_squares_and_with_much_it_goes_to_zero() -> None:
    x, y = sample(30, 4)
    np.testing.assert_allclose(ridge(x, y, lam=1e-12), np.linalg.lstsq(x, y, rcond=None)[0], rtol=1e-9)
    np.testing.assert_allclose(ridge(x, y, lam=1e9), x.T @ y / 30 / 2e9, rtol=1e-6)


def test_a_single_parameter_may_grow_while_the_norm_shrinks() -> None:
    """Two correlated features: the second parameter goes from -0.1 to 6.8/26, the first from 1 to 13.2/26."""
    x = np.array([[2.0, 2.0], [1.0, 0.0]])
    y = x @ [1.0, -0.1]
    np.testing.assert_allclose(np.linalg.solve(x, y), [1, -0.1], rtol=1e-12)
    w = ridge(x, y, lam=0.5)
    np.testing.assert_allclose(w, [13.2 / 26, 6.8 / 26], rtol=1e-12)
    assert abs(w[1]) > 0.1 and l2_penalty(w) < 1.01


def test_ridge_keeps_nearly_dependent_features_from_large_opposite_weights() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal(50)
    x = np.column_stack([base, base + 1e-3 * rng.standard_normal(50)])
    free, held = [], []
    for _ in range(30):
        y = base + rng.standard_normal(50)
        free.append(np.linalg.lstsq(x, y, rcond=None)[0])
        held.append(ridge(x, y, lam=0.01))
    assert np.std(free, axis=0).min() > 20 and np.std(held, axis=0).max() < 0.5
    assert np.mean(held, axis=0) == pytest.approx([0.5, 0.5], abs=0.1)


def test_ridge_is_linear_in_the_targets_and_differentiable_in_the_inputs() -> None:
    assert_gradient(ridge, X, Y, wrt=0, lam=0.25)
    hat = np.linalg.inv(np.array(X).T @ X + 6 * 0.25 * np.eye(2)) @ np.array(X).T
    np.testing.assert_allclose([ridge(X, unit, lam=0.25) for unit in np.eye(3)], hat.T, rtol=1e-12)


def test_ridge_shrinkage_by_hand(xp: Library) -> None:
    xp.close(ridge_shrinkage(xp.array([[3.0, 0.0], [0.0, 1.0]]), lam=0.25), [0.9, 0.5])
    xp.close(ridge_shrinkage(xp.array([[3.0], [4.0]]), lam=1.25), [25 / 30])


@pytest.mark.parametrize(("n", "d"), [(30, 6), (6, 9)])
def test_along_each_principal_direction_ridge_leaves_that_share_of_least_squares(n: int, d: int) -> None:
    x, y = sample(n, d, 0.5)
    directions = np.linalg.svd(x, full_matrices=False)[2]
    free = np.linalg.lstsq(x, y, rcond=None)[0]
    for lam in (0.01, 0.5):
        np.testing.assert_allclose(directions @ ridge(x, y, lam=lam), ridge_shrinkage(x, lam=lam) * (directions @ free), rtol=1e-8)


def test_shrinkage_is_uneven_but_for_orthonormal_features() -> None:
    x, y = sample(30, 6, 0.9)
    factors = ridge_shrinkage(x, lam=0.1)
    assert (np.diff(factors) < 0).all() and factors[0] > 0.9 and factors[-1] < 0.4
    x = orthonormal(30, 6)
    np.testing.assert_allclose(ridge_shrinkage(x, lam=0.5), 0.5, rtol=1e-12)
    np.testing.assert_allclose(ridge(x, y, lam=0.5), x.T @ y / 30 / 2, rtol=1e-9)


@quick
@given(regressions(), st.floats(0.01, 10), st.floats(0.01, 10))
def test_shrinkage_lies_in_zero_one_and_falls_with_lam(data: tuple[Any, Any], lam: float, more: float) -> None:
    factors = ridge_shrinkage(data[0], lam=lam)
    assert (factors >= 0).all() and (factors < 1).all()
    assert (ridge_shrinkage(data[0], lam=lam + more) <= factors).all()


# --- Weight decay


def test_weight_decay_by_hand(xp: Library) -> None:
    xp.close(weight_decay_step(xp.array([2.0, -4.0]), xp.array([1.0, 0.0]), eta=0.5, lam=0.25), [1, -3])


@given(VECTORS, st.floats(0.01, 0.5), WEIGHTS)
def test_weight_decay_is_gradient_descent_on_the_objective_with_the_l2_penalty(w: list[float], eta: float, lam: float) -> None:
    grad = np.array([3.0, -1.0, 0.5])
    whole = grad + 2 * lam * np.array(w)
    np.testing.assert_allclose(weight_decay_step(w, grad, eta=eta, lam=lam), gd_step(w, whole, eta=eta), atol=1e-12)


def test_weight_decay_is_that_of_sgd_of_pytorch_with_two_lam() -> None:
    import torch

    w = torch.tensor(W, dtype=torch.float64, requires_grad=True)
    optimizer, ours = torch.optim.SGD([w], lr=0.1, weight_decay=2 * 0.25), np.array(W)
    for _ in range(5):
        optimizer.zero_grad()
        (w**4).sum().backward()
        optimizer.step()
        ours = weight_decay_step(ours, 4 * ours**3, eta=0.1, lam=0.25)
    np.testing.assert_allclose(ours, w.detach().numpy(), rtol=1e-12)


def test_for_adam_decaying_the_weights_and_penalizing_them_are_two_things() -> None:
    w, grad = np.array([10.0, 0.1]), np.array([1.0, 1.0])
    decayed = adamw_step(w, grad, 0.0, 0.0, 1, eta=0.1, lam=0.5)[0]
    penalized_ = adam_step(w, grad + 0.5 * w, 0.0, 0.0, 1, eta=0.1)[0]
    np.testing.assert_allclose(w - decayed, [0.1 + 0.5, 0.1 + 0.005], rtol=1e-6)  # the large weight loses more …
    np.testing.assert_allclose(w - penalized_, [0.1, 0.1], rtol=1e-6)  # … and here all lose as much


@given(VECTORS, st.floats(0.01, 0.9), st.floats(0.01, 0.5))
def test_without_a_gradient_all_weights_decay_by_one_factor(w: list[float], eta: float, lam: float) -> None:
    np.testing.assert_allclose(weight_decay_step(w, 0.0, eta=eta, lam=lam), (1 - 2 * eta * lam) * np.array(w), atol=1e-14)


def test_gradients_of_a_weight_decay_step() -> None:
    assert_gradient(weight_decay_step, W, W2, wrt=0, expected=0.75 * np.ones(3), eta=0.5, lam=0.25)
    assert_gradient(weight_decay_step, W, W2, wrt=1, expected=-0.5 * np.ones(3), eta=0.5, lam=0.25)


# --- Elastic net


def test_elastic_net_by_hand(xp: Library) -> None:
    """S_λ1(c_i) / (G_ii + 2 λ2) with c = Xᵀy/n = (5/2, 1) and G = diag(1, 4)."""
    x, y = xp.array([[1.0, 2.0], [1.0, -2.0]]), xp.array([3.0, 2.0])
    xp.close(elastic_net(x, y, lam1=0.5, lam2=0.5), [1, 0.1])
    xp.close(elastic_net(x, y, lam1=1.0, lam2=1.0), [0.5, 0])
    xp.close(elastic_net_objective(x, y, xp.array([1.0, 0.0]), lam1=1.0, lam2=0.5), (4 + 1) / 4 + 1 + 0.5)


@pytest.mark.parametrize(("n", "d", "correlation"), [(50, 5, 0.0), (40, 12, 0.9), (15, 40, 0.5)])
def test_elastic_net_is_that_of_scikit_learn_under_its_mapping(n: int, d: int, correlation: float) -> None:
    from sklearn.linear_model import ElasticNet as Oracle

    x, y = sample(n, d, correlation)
    for share, lam2 in ((0.5, 0.01), (0.05, 0.2), (0.01, 2.0)):
        lam1 = share * threshold(x, y)
        alpha = lam1 + 2 * lam2
        oracle = Oracle(alpha=alpha, l1_ratio=lam1 / alpha, fit_intercept=False, tol=1e-14, max_iter=1_000_000).fit(x, y)
        np.testing.assert_allclose(elastic_net(x, y, lam1=lam1, lam2=lam2), oracle.coef_, atol=1e-8)


def test_the_elastic_net_lies_between_lasso_ridge_and_least_squares() -> None:
    x, y = sample(30, 6, 0.5)
    np.testing.assert_array_equal(elastic_net(x, y, lam1=0.1, lam2=0.0), lasso(x, y, lam=0.1))
    np.testing.assert_allclose(elastic_net(x, y, lam1=0.0, lam2=0.1), ridge(x, y, lam=0.1), rtol=1e-9)
    np.testing.assert_allclose(elastic_net(x, y, lam1=0.0, lam2=0.0), np.linalg.lstsq(x, y, rcond=None)[0], rtol=1e-9)
    w = np.array(W * 2)
    assert elastic_net_objective(x, y, w, lam1=0.1, lam2=0.0) == pytest.approx(lasso_objective(x, y, w, lam=0.1), rel=1e-12)
    assert elastic_net_objective(x, y, w, lam1=0.0, lam2=0.1) == pytest.approx(ridge_objective(x, y, w, lam=0.1), rel=1e-12)


def test_the_elastic_net_is_the_lasso_of_data_with_more_rows() -> None:
    """As in the paper: √(2nλ2) I below X and zeros below y, with λ1 as large in proportion to the sum of squares."""
    x, y = sample(20, 5, 0.5)
    n, d = x.shape
    longer = np.vstack([x, math.sqrt(2 * n * 0.2) * np.eye(d)]), np.concatenate([y, np.zeros(d)])
    np.testing.assert_allclose(elastic_net(x, y, lam1=0.1, lam2=0.2), lasso(*longer, lam=0.1 * n / (n + d)), atol=1e-12)


def test_with_fewer_samples_than_features_the_lasso_has_at_most_as_many_as_samples_and_the_elastic_net_may_have_more() -> None:
    x, y = sample(8, 30)
    for lam in (1e-4, 0.01, 0.1):
        assert (lasso(x, y, lam=lam) != 0).sum() <= 8
    assert (elastic_net(x, y, lam1=1e-4, lam2=0.1) != 0).sum() > 8


# --- The classes


def test_classes_fit_as_the_functions_do_and_predict_without_an_intercept(xp: Library) -> None:
    x, y = (xp.array(values) for values in sample(12, 3))
    for model, expected in (
        (Lasso(lam=0.1), lasso(x, y, lam=0.1)),
        (Ridge(lam=0.1), ridge(x, y, lam=0.1)),
        (ElasticNet(lam1=0.1, lam2=0.2), elastic_net(x, y, lam1=0.1, lam2=0.2)),
    ):
        assert model.fit(x, y) is model
        xp.close(model.w_, xp.numpy(expected))
        xp.close(model.predict(x), xp.numpy(x) @ xp.numpy(expected), rtol=1e-9, atol=1e-12)
        xp.close(model.predict(xp.array([0.0, 0.0, 0.0])), 0)
