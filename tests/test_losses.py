"""Losses: values by hand, against PyTorch, SciPy and scikit-learn, gradients, and laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as np_arrays

from dlref.losses import absolute, cross_entropy, exponential, gaussian_nll, hinge, huber, indicator, squared, zero_one
from dlref.risk import mean_squared_error
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import Call

pytestmark = pytest.mark.ch1

LABEL = "If a label is neither -1 nor +1."
SHAPES = "If the shapes differ and neither is a scalar."

CALLS = {
    "absolute": [Call(1.0, 1.5), Call(2.0, 2.0), Call(3.0, -0.5)],
    "cross_entropy": [Call(1, [0.5, 0.25, 0.25]), Call(0, [0.125, 0.375, 0.5]), Call(2, [0.0, 0.75, 0.25])],
    "exponential": [Call(1, 0.25), Call(-1, 0.5), Call(1, -2.0)],
    "gaussian_nll": [Call(0.0, 0.5, 1.0), Call(2.0, 0.0, 0.5), Call(-1.0, 1.0, 3.0)],
    "hinge": [Call(1, 0.25), Call(-1, 0.5), Call(1, 2.0)],
    "huber": [Call(1.0, 1.5, delta=0.75), Call(2.0, 2.0, delta=0.75), Call(3.0, -0.5, delta=0.75)],
    "indicator": [Call(True), Call(False), Call(True)],
    "squared": [Call(1.0, 1.5), Call(2.0, 2.0), Call(3.0, -0.5)],
    "zero_one": [Call(1, 1), Call(1, -1), Call(-1, -1)],
}
RAISES = {
    "absolute": {SHAPES: (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], [1.0, 2.0]))},
    "cross_entropy": {
        "If the probabilities are a scalar.": (Call(0, 1.0), Call(0, [1.0])),
        "If the shape of the labels is not that of the probabilities without their last axis.": (
            Call([0], [0.5, 0.5]),
            Call(0, [0.5, 0.5]),
        ),
        "If a label is not a whole number.": (Call(0.5, [0.5, 0.5]), Call(1.0, [0.5, 0.5])),
        "If a label is not one of 0, …, K-1.": (Call(2, [0.5, 0.5]), Call(1, [0.5, 0.5])),
        "If a probability is negative.": (Call(0, [1.5, -0.5]), Call(0, [0.5, 0.5])),
        "If the probabilities of a sample do not sum to 1.": (Call(0, [0.5, 0.498]), Call(0, [0.5, 0.4995])),
    },
    "exponential": {
        SHAPES: (Call([1, -1], [0.5, 0.5, 0.5]), Call([1, -1], [0.5, 0.5])),
        LABEL: (Call([1, 0], [0.5, 0.5]), Call([1, -1], [0.5, 0.5])),
    },
    "gaussian_nll": {
        "If the shapes differ and are not scalar.": (
            Call([1.0, 2.0], [1.0, 2.0], [1.0, 1.0, 1.0]),
            Call([1.0, 2.0], [1.0, 2.0], [1.0, 1.0]),
        ),
        "If a standard deviation is not positive.": (Call(1.0, 2.0, 0.0), Call(1.0, 2.0, 1e-300)),
    },
    "hinge": {
        SHAPES: (Call([1, -1], [0.5, 0.5, 0.5]), Call([1, -1], [0.5, 0.5])),
        LABEL: (Call([1, 0], [0.5, 0.5]), Call([1, -1], [0.5, 0.5])),
    },
    "huber": {
        SHAPES: (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], [1.0, 2.0])),
        "If delta is not positive.": (Call(1.0, 2.0, delta=0.0), Call(1.0, 2.0, delta=1e-300)),
        "If delta is not finite.": (Call(1.0, 2.0, delta=math.inf), Call(1.0, 2.0, delta=1e300)),
    },
    "indicator": {"If the condition is a number rather than a truth value.": (Call(1), Call(True))},
    "squared": {SHAPES: (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], [1.0, 2.0]))},
    "zero_one": {
        SHAPES: (Call([1, -1], [1, 1, 1]), Call([1, -1], [1, 1])),
        LABEL: (Call([1, 0], [1, 1]), Call([1, -1], [1, 1])),
        "If a predicted label is neither -1 nor +1.": (Call([1, -1], [1, 0.3]), Call([1, -1], [1, -1])),
    },
}

LABELS = st.sampled_from([-1, 1])
REALS = st.floats(-1e3, 1e3)
SCORES = st.floats(-50, 50)
DELTAS = st.floats(1e-3, 1e3)
Y, F = [1, -1, 1, -1, 1], [2.0, 0.5, -0.1, -3.0, 0.75]


@st.composite
def distributions(draw: st.DrawFn) -> list[float]:
    """Probabilities of two to six classes, some of them 0."""
    weights = draw(st.lists(st.integers(0, 100), min_size=2, max_size=6).filter(any))
    return [weight / sum(weights) for weight in weights]


def sign(score: Any) -> Any:
    """The label of a score, with sign(0) = +1."""
    return np.where(np.asarray(score) >= 0, 1, -1)


# --- Values by hand, on every library


def test_indicator_is_one_where_the_condition_holds(xp: Library) -> None:
    found = indicator(xp.array([True, False, True], "bool"))
    xp.close(found, [1, 0, 1])
    assert found.dtype == xp.array(0.0, None).dtype  # the default floating dtype, so that it can be averaged
    assert indicator(1 != 2) == 1 and indicator(1 != 1) == 0


def test_zero_one_counts_a_mistake_as_one(xp: Library) -> None:
    xp.close(zero_one(xp.array([1, -1, 1, -1]), xp.array([1, -1, -1, 1])), [0, 0, 1, 1])


def test_hinge_charges_what_the_margin_lacks(xp: Library) -> None:
    xp.close(hinge(xp.array([1, 1, -1, 1]), xp.array([2.0, 0.25, 0.5, 1.0])), [0, 0.75, 1.5, 0])


def test_cross_entropy_is_minus_the_log_of_the_probability_of_the_true_class(xp: Library) -> None:
    p_hat = xp.array([[0.5, 0.25, 0.25], [0.1, 0.0, 0.9], [0.0, 1.0, 0.0]])
    xp.close(cross_entropy(xp.array([1, 2, 1], "int64"), p_hat), [math.log(4), -math.log(0.9), 0])
    xp.close(cross_entropy(xp.array([1, 2, 1]), p_hat), [math.log(4), -math.log(0.9), 0])


def test_exponential_of_the_margin(xp: Library) -> None:
    xp.close(
        exponential(xp.array([1, -1, 1, 1]), xp.array([2.0, 2.0, 0.0, -5.0])),
        [0.1353352832366127, 7.38905609893065, 1, 148.4131591025766],
    )


def test_squared_and_absolute_and_huber_losses_of_a_residual(xp: Library) -> None:
    y, y_hat = xp.array([1.0, 2.0, 3.0, 0.0]), xp.array([1.5, 2.0, 0.0, 2.0])
    xp.close(squared(y, y_hat), [0.25, 0, 9, 4])
    xp.close(absolute(y, y_hat), [0.5, 0, 3, 2])
    xp.close(huber(y, y_hat, delta=2.0), [0.125, 0, 4, 2])
    xp.close(huber(y, y_hat), [0.125, 0, 2.5, 1.5])


def test_gaussian_nll_of_a_standard_normal(xp: Library) -> None:
    log_root = 0.9189385332046727  # log √(2π)
    y, y_hat, sigma = xp.array([0.0, 2.0, 2.0]), xp.array([0.0, 0.0, 0.0]), xp.array([1.0, 1.0, 2.0])
    xp.close(gaussian_nll(y, y_hat, sigma), [log_root, log_root + 2, log_root + 0.5 + math.log(2)])


def test_three_examples_by_hand() -> None:
    """The table of the page: y, f(x), and the four losses, with the sigmoid of the margin as the probability of the true class."""
    y, f = np.array([1, -1, 1]), np.array([2.0, -0.5, -1.0])
    p = 1 / (1 + np.exp(-y * f))
    losses = [
        zero_one(y, sign(f)),
        hinge(y, f),
        cross_entropy([0, 0, 0], np.stack([p, 1 - p], axis=-1)),
        exponential(y, f),
    ]
    expected = [[0, 0, 1], [0, 0.5, 2], [0.1269, 0.4741, 1.3133], [0.1353, 0.6065, 2.7183]]
    np.testing.assert_allclose(losses, expected, atol=5e-5)
    np.testing.assert_allclose(np.mean(losses, axis=1), [0.3333, 0.8333, 0.6381, 1.1534], atol=5e-5)

    def share(f_c: float) -> list[float]:
        margins = y * np.array([2.0, -0.5, f_c])
        logistic = np.log1p(np.exp(-margins))
        return [values[2] / values.sum() for values in (logistic, hinge([1, 1, 1], margins), exponential([1, 1, 1], margins))]

    np.testing.assert_allclose(share(-1.0), [0.69, 0.80, 0.79], atol=0.005)
    np.testing.assert_allclose(share(-5.0), [0.89, 0.92, 0.995], atol=0.005)


def test_a_uniform_guess_costs_the_log_of_the_number_of_classes() -> None:
    assert cross_entropy(3, [0.1] * 10) == pytest.approx(math.log(10)) == pytest.approx(2.303, abs=5e-4)
    for p, loss in ((0.9, 0.105), (0.5, 0.693), (0.01, 4.605)):
        assert cross_entropy(0, [p, 1 - p]) == pytest.approx(loss, abs=5e-4)


# --- Outside oracles


def test_zero_one_and_hinge_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import hinge_loss, zero_one_loss

    rng = np.random.default_rng(0)
    y, score = rng.choice([-1, 1], 50), rng.normal(size=50)
    assert zero_one(y, sign(score)).mean() == pytest.approx(zero_one_loss(y, sign(score)), rel=1e-12)
    assert hinge(y, score).mean() == pytest.approx(hinge_loss(y, score), rel=1e-12)


def test_exponential_is_the_loss_that_boosting_of_scikit_learn_reports() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.choice([0, 1], 40)
    model = GradientBoostingClassifier(loss="exponential", n_estimators=5).fit(x, y)
    loss = exponential(2 * y - 1, model.decision_function(x)).mean()
    assert loss == pytest.approx(model.train_score_[-1], rel=1e-10)


def test_cross_entropy_is_that_of_pytorch() -> None:
    import torch

    rng = np.random.default_rng(0)
    logits, y = torch.tensor(rng.normal(size=(20, 4))), torch.tensor(rng.integers(0, 4, 20))
    p_hat = torch.softmax(logits, -1)
    torch.testing.assert_close(cross_entropy(y, p_hat), torch.nn.NLLLoss(reduction="none")(torch.log(p_hat), y))
    torch.testing.assert_close(cross_entropy(y, p_hat), torch.nn.CrossEntropyLoss(reduction="none")(logits, y))


def test_regression_losses_are_those_of_pytorch() -> None:
    import torch
    from torch import nn

    rng = np.random.default_rng(0)
    y, y_hat = torch.tensor(rng.normal(size=(2, 30)))
    torch.testing.assert_close(squared(y, y_hat), nn.MSELoss(reduction="none")(y_hat, y))
    torch.testing.assert_close(absolute(y, y_hat), nn.L1Loss(reduction="none")(y_hat, y))
    for delta in (0.1, 1.0, 3.0):
        torch.testing.assert_close(huber(y, y_hat, delta=delta), nn.HuberLoss(reduction="none", delta=delta)(y_hat, y))
        torch.testing.assert_close(
            huber(y, y_hat, delta=delta), delta * nn.SmoothL1Loss(reduction="none", beta=delta)(y_hat, y)
        )


def test_gaussian_nll_is_that_of_scipy_and_pytorch() -> None:
    import torch
    from scipy import stats

    rng = np.random.default_rng(0)
    y, y_hat = rng.normal(size=(2, 30))
    sigma = rng.uniform(0.2, 3.0, 30)
    np.testing.assert_allclose(gaussian_nll(y, y_hat, sigma), -stats.norm.logpdf(y, loc=y_hat, scale=sigma), rtol=1e-12)
    oracle = torch.nn.GaussianNLLLoss(full=True, reduction="none")(torch.tensor(y_hat), torch.tensor(y), torch.tensor(sigma**2))
    np.testing.assert_allclose(gaussian_nll(y, y_hat, sigma), oracle, rtol=1e-12)


# --- Gradients


def test_gradient_of_hinge_is_minus_y_inside_the_margin_and_zero_beyond() -> None:
    assert_gradient(hinge, Y, F, wrt=1, expected=[0, 1, -1, 0, -1])


def test_gradient_of_hinge_at_the_kink_is_zero() -> None:
    assert_gradient(hinge, [1, -1], [1.0, -1.0], wrt=1, expected=[0, 0], differences=False)


def test_gradient_of_cross_entropy_is_minus_one_over_the_probability_of_the_true_class() -> None:
    p_hat = [[0.5, 0.25, 0.25], [0.125, 0.375, 0.5]]
    assert_gradient(cross_entropy, [1, 2], p_hat, wrt=1, expected=[[0, -4, 0], [0, 0, -2]])


def test_gradient_of_cross_entropy_does_not_break_on_a_zero_of_another_class() -> None:
    assert_gradient(cross_entropy, 1, [0.0, 0.5, 0.5], wrt=1, expected=[0, -2, 0], differences=False)


def test_gradient_of_exponential() -> None:
    assert_gradient(exponential, Y, F, wrt=1, expected=[-y * math.exp(-y * f) for y, f in zip(Y, F, strict=True)])


def test_gradient_of_squared_is_minus_twice_the_residual() -> None:
    assert_gradient(squared, [1.0, 2.0, 3.0], [1.5, 2.0, -1.0], wrt=1, expected=[1, 0, -8])


def test_gradient_of_absolute_has_magnitude_one_and_is_zero_at_the_kink() -> None:
    assert_gradient(absolute, [1.0, 3.0], [1.5, -1.0], wrt=1, expected=[1, -1])
    assert_gradient(absolute, [2.0], [2.0], wrt=1, expected=[0], differences=False)


def test_gradient_of_huber_is_the_residual_clipped_at_delta() -> None:
    y, y_hat = [0.0] * 7, [-5.0, -2.0, -0.5, 0.0, 0.5, 2.0, 5.0]
    assert_gradient(huber, y, y_hat, wrt=1, delta=2.0, expected=[-2, -2, -0.5, 0, 0.5, 2, 2])


def test_gradient_of_gaussian_nll() -> None:
    y, y_hat, sigma = [0.0, 2.0, -1.0], [0.5, 0.0, 1.0], [1.0, 0.5, 3.0]
    assert_gradient(gaussian_nll, y, y_hat, sigma, wrt=1, expected=[0.5, -8, 2 / 9])
    assert_gradient(gaussian_nll, y, y_hat, sigma, wrt=2, expected=[1 - 0.25, 2 - 32, 1 / 3 - 4 / 27])


def test_gradient_of_zero_one_does_not_exist_for_a_library_to_return() -> None:
    import torch

    assert not zero_one(torch.tensor([1.0, -1.0]), torch.tensor([1.0, 1.0], requires_grad=True)).requires_grad


# --- Laws of the classification losses


@given(LABELS, LABELS)
def test_zero_one_is_zero_exactly_for_the_right_label(y: int, y_hat: int) -> None:
    assert zero_one(y, y_hat) == (0 if y == y_hat else 1) == indicator(y != y_hat)


def test_indicator_of_a_mistake_is_zero_or_one() -> None:
    assert {indicator(y != y_hat) for y in (-1, 1) for y_hat in (-1, 1)} == {0, 1}


def test_zero_one_differs_from_the_margin_test_only_at_score_zero_with_label_plus_one() -> None:
    differing = [(y, f) for y in (-1, 1) for f in (-2.0, 0.0, 2.0) if zero_one(y, int(sign(f))) != indicator(y * f <= 0)]
    assert differing == [(1, 0.0)]


def test_zero_one_refuses_a_score() -> None:
    with pytest.raises(ValueError, match=r"zero_one: y_hat must be -1 or \+1 \(the sign of a score\), got 0.3"):
        zero_one(1, 0.3)


@given(LABELS, SCORES)
def test_hinge_and_exponential_are_never_below_zero_one(y: int, score: float) -> None:
    mistake = zero_one(y, int(sign(score)))
    assert hinge(y, score) >= mistake
    assert exponential(y, score) >= mistake


@given(LABELS, SCORES)
def test_hinge_is_zero_exactly_when_the_margin_is_at_least_one(y: int, score: float) -> None:
    assert hinge(y, score) >= 0
    assert (hinge(y, score) == 0) == (y * score >= 1)


@given(LABELS, SCORES, SCORES, st.floats(0, 1))
def test_hinge_and_exponential_are_convex_in_the_score(y: int, a: float, b: float, t: float) -> None:
    for loss in (hinge, exponential):
        chord = t * loss(y, a) + (1 - t) * loss(y, b)
        assert loss(y, t * a + (1 - t) * b) <= chord * (1 + 1e-9) + 1e-12


def test_hinge_alone_does_not_choose_the_margin() -> None:
    """Two lines separate the data at different distances; scaled up, both have hinge loss 0."""
    x, y = np.array([[2.0, 0.0], [-2.0, 0.0]]), np.array([1, -1])
    margins, risks = [], []
    for w in (np.array([1.0, 0.0]), np.array([1.0, 1.0])):
        margins.append((y * (x @ w)).min() / np.linalg.norm(w))
        risks.append(hinge(y, 10 * (x @ w)).mean())
    assert margins[0] > margins[1] and risks == [0, 0]


@given(LABELS, SCORES, SCORES)
def test_exponential_decreases_in_the_margin(y: int, a: float, b: float) -> None:
    if y * a < y * b:
        assert exponential(y, a) >= exponential(y, b)
    assert (exponential(y, a) <= 1) == (y * a >= 0) or abs(a) < 1e-15
    assert math.log(exponential(y, a)) == pytest.approx(-y * a, abs=1e-12)


@given(distributions(), st.data())
def test_cross_entropy_depends_on_the_true_class_alone_and_is_not_negative(p_hat: list[float], data: st.DataObject) -> None:
    y = data.draw(st.integers(0, len(p_hat) - 1))
    loss = cross_entropy(y, p_hat)
    assert loss >= 0
    assert loss == (pytest.approx(-math.log(p_hat[y]), rel=1e-12) if p_hat[y] > 0 else math.inf)
    others = [p for k, p in enumerate(p_hat) if k != y]
    assert loss == cross_entropy(0, [p_hat[y], *reversed(others)])


@given(LABELS, SCORES)
def test_cross_entropy_of_two_classes_is_the_logistic_loss_of_the_three_encodings(y: int, score: float) -> None:
    p = 1 / (1 + math.exp(-score))  # of class 1, which is label +1
    y01 = (y + 1) // 2
    assert y == 2 * y01 - 1
    assert (
        cross_entropy(y01, [1 - p, p]) == pytest.approx(math.log1p(math.exp(-y * score)), rel=1e-6, abs=1e-12)
        or abs(score) > 30
    )


def test_cross_entropy_of_a_certain_mistake_is_infinite_and_of_certainty_zero() -> None:
    assert cross_entropy(1, [1.0, 0.0]) == math.inf
    assert math.copysign(1, cross_entropy(0, [1.0, 0.0])) == 1 and cross_entropy(0, [1.0, 0.0]) == 0


def test_cross_entropy_tells_classes_apart_beyond_what_half_precision_counts() -> None:
    p_hat = np.zeros(5000, dtype=np.float16)
    p_hat[2049] = 1
    assert cross_entropy(np.int64(2049), p_hat) == 0
    assert cross_entropy(np.int64(2048), p_hat) == np.inf


def test_expected_losses_are_minimized_by_what_they_estimate() -> None:
    """The table of the page, for P(y = +1) = 0.7 and predictions on a grid that holds the minimizer."""
    p = 0.7
    scores = np.arange(-300, 301) / 100

    def expected(loss: Any, prediction: Any) -> Any:
        ones = np.ones_like(prediction)
        return p * loss(ones, prediction) + (1 - p) * loss(-ones, prediction)

    assert expected(zero_one, np.array([1, -1])).argmin() == 0
    assert scores[expected(hinge, scores).argmin()] == 1
    assert scores[expected(exponential, scores).argmin()] == pytest.approx(math.log(p / (1 - p)) / 2, abs=0.005)
    q = np.arange(1, 100) / 100
    p_hat = np.stack([1 - q, q], axis=-1)
    both = p * cross_entropy(np.ones(99), p_hat) + (1 - p) * cross_entropy(np.zeros(99), p_hat)
    assert q[both.argmin()] == p


# --- Laws of the regression losses


@given(REALS, REALS, DELTAS)
def test_regression_losses_do_not_change_when_the_arguments_are_swapped(y: float, y_hat: float, delta: float) -> None:
    assert squared(y, y_hat) == squared(y_hat, y) >= 0
    assert absolute(y, y_hat) == absolute(y_hat, y) >= 0
    assert huber(y, y_hat, delta=delta) == huber(y_hat, y, delta=delta) >= 0


@given(REALS)
def test_regression_losses_of_a_perfect_prediction_are_zero(y: float) -> None:
    assert squared(y, y) == absolute(y, y) == huber(y, y) == 0


def test_squared_and_absolute_losses_are_zero_only_for_a_perfect_prediction_until_the_square_underflows() -> None:
    assert absolute(1e-320, 0.0) > 0 and squared(1e-150, 0.0) > 0
    assert squared(1e-200, 0.0) == 0


@given(REALS)
def test_twice_the_error_costs_four_times_the_square_and_twice_the_absolute_loss(r: float) -> None:
    assert squared(2 * r, 0.0) == pytest.approx(4 * squared(r, 0.0), rel=1e-12, abs=1e-300)
    assert absolute(2 * r, 0.0) == 2 * absolute(r, 0.0)


def mean_losses(loss: Any, y: Any, constants: Any) -> Any:
    """The mean loss of each constant prediction."""
    pairs = np.broadcast_arrays(np.asarray(y, dtype=float), np.asarray(constants, dtype=float)[:, None])
    return loss(*pairs).mean(axis=-1)


@given(np_arrays(np.float64, st.integers(1, 15), elements=st.integers(-50, 50).map(float)))
def test_squared_loss_is_minimized_by_the_mean_and_absolute_loss_by_the_median(y: Any) -> None:
    grid = np.arange(-51, 51.25, 0.25)
    for loss, best in ((squared, np.mean(y)), (absolute, np.median(y))):
        assert mean_losses(loss, y, [best]) <= mean_losses(loss, y, grid).min() * (1 + 1e-12) + 1e-12


def test_one_outlier_by_hand() -> None:
    """The table of the page: squared loss follows the outlier, absolute and Huber losses do not."""
    grid = np.arange(0, 120 * 60 + 1) / 60
    for loss, near, far in ((squared, 4, 22), (absolute, 2, 2), (huber, 7 / 3, 7 / 3)):
        assert grid[mean_losses(loss, [1, 2, 2, 3, 12], grid).argmin()] == pytest.approx(near)
        assert grid[mean_losses(loss, [1, 2, 2, 3, 102], grid).argmin()] == pytest.approx(far)


@given(st.lists(st.integers(-20, 20), min_size=4, max_size=8), st.integers(1000, 2000))
def test_absolute_loss_moves_less_than_squared_loss_under_an_outlier(y: list[int], outlier: int) -> None:
    inliers, data = np.array(y, dtype=float), np.array([*y, outlier], dtype=float)
    by_median = abs(np.median(data) - np.median(inliers))
    by_mean = abs(data.mean() - inliers.mean())
    assert by_median < by_mean
    assert absolute(data, float(np.median(data))).sum() <= absolute(data, float(data.mean())).sum()
    assert squared(data, float(data.mean())).sum() <= squared(data, float(np.median(data))).sum()


@given(REALS, REALS, DELTAS)
def test_huber_is_half_the_square_up_to_delta_and_a_line_beyond(y: float, y_hat: float, delta: float) -> None:
    r = abs(y - y_hat)
    expected = r**2 / 2 if r <= delta else delta * (r - delta / 2)
    assert huber(y, y_hat, delta=delta) == pytest.approx(expected, rel=1e-12)
    if r <= delta:
        assert huber(y, y_hat, delta=delta) == pytest.approx(squared(y, y_hat) / 2, rel=1e-12)


@given(DELTAS)
def test_huber_has_one_value_and_one_slope_where_its_pieces_meet(delta: float) -> None:
    import torch

    value = huber(delta, 0.0, delta=delta)
    below, above = huber(delta * (1 - 1e-9), 0.0, delta=delta), huber(delta * (1 + 1e-9), 0.0, delta=delta)
    assert value == pytest.approx(delta**2 / 2, rel=1e-12)
    assert below == pytest.approx(value, rel=1e-8) and above == pytest.approx(value, rel=1e-8)
    r = torch.tensor([delta * (1 - 1e-9), delta, delta * (1 + 1e-9)], dtype=torch.float64, requires_grad=True)
    huber(r, 0.0, delta=delta).sum().backward()
    assert r.grad is not None
    np.testing.assert_allclose(r.grad, delta, rtol=1e-8)


@given(REALS, REALS, DELTAS)
def test_slope_of_huber_is_at_most_delta(y: float, y_hat: float, delta: float) -> None:
    step = abs(y_hat - y) + 1
    rise = abs(huber(y, y_hat + step, delta=delta) - huber(y, y_hat, delta=delta))
    assert rise <= delta * step * (1 + 1e-9)


def test_smooth_l1_tends_to_the_absolute_loss_and_huber_to_zero_as_delta_shrinks() -> None:
    y, y_hat = np.array([0.0, 1.0, -2.0]), np.array([0.5, -1.0, 2.0])
    np.testing.assert_allclose(huber(y, y_hat, delta=1e-9) / 1e-9, absolute(y, y_hat), rtol=1e-8)
    np.testing.assert_allclose(huber(y, y_hat, delta=1e-9), 0, atol=1e-8)


def test_minimizing_the_mean_squared_error_is_maximum_likelihood_under_gaussian_noise_of_one_variance() -> None:
    """Exactly, by SymPy on the formula that the function computes, and by number on the function."""
    import sympy

    y1, y2, y3, c = sympy.symbols("y1:4 c", real=True)
    sigma = sympy.symbols("sigma", positive=True)
    density = sympy.exp(-((y1 - c) ** 2) / (2 * sigma**2)) / sympy.sqrt(2 * sympy.pi * sigma**2)
    nll = sum(-sympy.log(density.subs(y1, y)) for y in (y1, y2, y3))
    mse = sum((y - c) ** 2 for y in (y1, y2, y3)) / 3
    assert sympy.simplify(sympy.diff(nll, c) - 3 / (2 * sigma**2) * sympy.diff(mse, c)) == 0

    rng = np.random.default_rng(0)
    y, y_hat, shifted, s = rng.normal(size=5), rng.normal(size=5), rng.normal(size=5), 1.7
    change = gaussian_nll(y, y_hat, s).sum() - gaussian_nll(y, shifted, s).sum()
    assert change == pytest.approx(5 / (2 * s**2) * (mean_squared_error(y, y_hat) - mean_squared_error(y, shifted)), rel=1e-12)


def test_least_squares_is_not_maximum_likelihood_when_the_variances_differ() -> None:
    y, sigma = np.array([0.0, 3.0]), np.array([1.0, 2.0])
    grid = np.arange(0, 301) / 100
    likely = grid[np.argmin([gaussian_nll(y, float(c), sigma).sum() for c in grid])]
    least = grid[np.argmin([squared(y, float(c)).sum() for c in grid])]
    assert likely == pytest.approx((0 / 1 + 3 / 4) / (1 + 1 / 4)) and least == 1.5


def test_absolute_loss_is_the_likelihood_of_laplace_noise() -> None:
    from scipy import stats

    y, y_hat = np.array([0.0, 1.0, -2.0]), np.array([0.5, -1.0, 2.0])
    np.testing.assert_allclose(-stats.laplace.logpdf(y, loc=y_hat, scale=2.0) - math.log(4), absolute(y, y_hat) / 2, rtol=1e-12)


def test_gaussian_nll_takes_either_sign_and_survives_a_variance_too_small_to_represent() -> None:
    assert gaussian_nll(0.0, 0.0, 0.1) < 0 < gaussian_nll(0.0, 0.0, 1.0)
    assert gaussian_nll(1e-200, 0.0, 1e-200) == pytest.approx(0.5 + math.log(1e-200) + math.log(2 * math.pi) / 2)


# --- NaN, infinity, numbers out of range


@pytest.mark.parametrize("loss", [squared, absolute, huber])
def test_nan_and_infinity_in_real_data_go_through_a_regression_loss(xp: Library, loss: Any) -> None:
    y, y_hat = xp.array([math.nan, 0.0, 1.0]), xp.array([1.0, math.inf, math.nan])
    xp.close(loss(y, y_hat), [math.nan, math.inf, math.nan])


def test_nan_and_infinity_in_scores_go_through_a_classification_loss(xp: Library) -> None:
    y, score = xp.array([1, 1, 1]), xp.array([math.nan, math.inf, -math.inf])
    xp.close(hinge(y, score), [math.nan, 0, math.inf])
    xp.close(exponential(y, score), [math.nan, 0, math.inf])


def test_nan_in_predictions_goes_through_gaussian_nll(xp: Library) -> None:
    assert math.isnan(xp.numpy(gaussian_nll(xp.array(1.0), xp.array(math.nan), xp.array(1.0))))


@pytest.mark.parametrize(
    "call",
    [
        lambda nan: zero_one(nan, 1),
        lambda nan: zero_one(1, nan),
        lambda nan: hinge(nan, 1.0),
        lambda nan: exponential(nan, 1.0),
        lambda nan: cross_entropy(nan, [0.5, 0.5]),
        lambda nan: cross_entropy(0, [0.5, nan]),
        lambda nan: gaussian_nll(0.0, 0.0, nan),
        lambda nan: huber(0.0, 0.0, delta=nan),
    ],
)
def test_nan_among_labels_probabilities_and_hyperparameters_is_refused(call: Any) -> None:
    with pytest.raises(ValueError, match="got nan"):
        call(math.nan)


def test_large_scores_overflow_to_infinity_and_underflow_to_zero() -> None:
    assert exponential(-1, 1e3) == math.inf and exponential(1, 1e3) == 0
    assert squared(1e200, 0.0) == math.inf and huber(1e200, 0.0) == pytest.approx(1e200)


def test_exponential_at_score_zero_is_one() -> None:
    assert exponential(1, 0) == exponential(-1, 0) == 1


def test_probabilities_in_half_precision_sum_to_one_closely_enough() -> None:
    import torch

    p_hat = torch.softmax(torch.linspace(-3, 3, 1000, dtype=torch.float64), -1)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        assert torch.isfinite(cross_entropy(torch.tensor(999), p_hat.to(dtype)))
