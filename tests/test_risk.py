"""Risk: values by hand, against PyTorch, SciPy and scikit-learn, exact and statistical laws, gradients."""

from __future__ import annotations

import itertools
import math
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.latex.docstring import scan
from dlref.linear import least_squares, make_plane_data, score, sign_classifier
from dlref.losses import absolute, hinge, squared, zero_one
from dlref.risk import (
    bias_squared,
    empirical_risk,
    expected_risk,
    expected_squared_error,
    fixed_design_predictions,
    mean_squared_error,
    monte_carlo_risk,
    predict,
    training_set,
    variance,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import ROOT, Call

pytestmark = pytest.mark.ch1

RNG = np.random.default_rng(0)


def line(x: Any) -> Any:
    """A predictor on ℝ²."""
    return 2 * x[..., 0] - x[..., 1] + 0.5


def square(x: Any) -> Any:
    """A function of one number."""
    return x * x


def with_parameters(x: Any, theta: Any) -> Any:
    """A predictor on ℝ² with three parameters."""
    return theta[0] * x[0] + theta[1] * x[1] + theta[2]


def coin(*, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """A sampler: inputs 0, labels 0 or 1."""
    return np.zeros(n), rng.integers(0, 2, n)


def lazy_coin(*, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """A sampler that returns one sample too few."""
    return coin(n=n - 1, rng=rng)


def both(y: Any, y_hat: Any) -> Any:
    """A loss that returns two numbers."""
    return np.asarray([y, y_hat])


def pair(x: Any) -> Any:
    """A function that returns two numbers."""
    return np.asarray([x, x])


def half(x: Any) -> Any:
    """A predictor that is always 0.5."""
    return 0.5


POINTS, TARGETS = [[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]], [0.0, 2.5, 1.0]
DESIGN = [0.0, 0.5, 1.5, 2.0]


def fixed(f_star: Any = square, x: Any = DESIGN, **changed: Any) -> Call:
    """A call of fixed_design_predictions with something changed."""
    return Call(f_star, x, **{"degree": 1, "sigma": 0.5, "n_rep": 2, "rng": RNG, **changed})


def monte_carlo(f: Any = half, loss: Any = squared, sampler: Any = coin, **changed: Any) -> Call:
    """A call of monte_carlo_risk with something changed."""
    return Call(f, loss, sampler, **{"n_samples": 5, "rng": RNG, **changed})


REPEATED = "If the shape of f_star is not that of the predictions without their first axis."
CALLS = {
    "bias_squared": [Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]], [2.0, 2.5]), Call([[0.0, 1.0], [2.0, 0.5], [1.0, 6.0]], [2.5, 0.0])],
    "empirical_risk": [Call(line, squared, POINTS, TARGETS), Call(line, absolute, [[0.0, 1.0], [1.5, 1.0], [0.5, 2.0]], [0.25, 3.0, 1.0])],
    "expected_risk": [Call(line, squared, POINTS, TARGETS, [0.5, 0.0, 0.5]), Call(line, absolute, POINTS, TARGETS, [0.25, 0.5, 0.25])],
    "expected_squared_error": [
        Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]], [2.0, 2.5], sigma=0.5),
        Call([[0.0, 1.0], [2.0, 0.5], [1.0, 6.0]], [2.5, 0.0], sigma=0.0),
    ],
    "fixed_design_predictions": [fixed(), fixed(x=[0.0, 1.0, 1.0, 3.0], sigma=0.25)],
    "mean_squared_error": [Call([1.0, 2.0, 3.0], [1.0, 2.5, 6.0]), Call([0.0, -1.0, 4.0], [0.5, 2.0, 4.0])],
    "monte_carlo_risk": [monte_carlo(), monte_carlo(n_samples=3)],
    "predict": [Call(with_parameters, [1.0, 2.0], [0.5, -1.0, 2.0]), Call(with_parameters, [0.0, 1.5], [0.5, 1.0, 0.0])],
    "training_set": [Call([[1.0, 2.0], [0.5, -1.0]], [1, -1]), Call([[0.5, 2.0], [3.0, 0.0]], [-1, 1])],
    "variance": [Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]]), Call([[0.0, 1.0], [2.0, 0.5], [1.0, 6.0]])],
}
RAISES = {
    "bias_squared": {REPEATED: (Call([[1.0, 2.0]], [1.0]), Call([[1.0, 2.0]], [1.0, 2.0]))},
    "empirical_risk": {
        "If f is not a function.": (Call(0.5, squared, POINTS, TARGETS), Call(line, squared, POINTS, TARGETS)),
        "If loss is not a function.": (Call(line, 0.5, POINTS, TARGETS), Call(line, squared, POINTS, TARGETS)),
        "If x and y do not have equally many entries along a first axis.": (
            Call(line, squared, POINTS, [1.0, 2.0]),
            Call(line, squared, POINTS, TARGETS),
        ),
        "If a loss is not a single number.": (Call(line, both, POINTS, TARGETS), Call(line, squared, POINTS, TARGETS)),
    },
    "expected_risk": {
        "If f is not a function.": (Call(0.5, squared, [1.0], [1.0], [1.0]), Call(half, squared, [1.0], [1.0], [1.0])),
        "If loss is not a function.": (Call(half, 0.5, [1.0], [1.0], [1.0]), Call(half, squared, [1.0], [1.0], [1.0])),
        "If x, y and p do not have equally many entries along a first axis.": (
            Call(half, squared, [1.0], [1.0], [0.5, 0.5]),
            Call(half, squared, [1.0], [1.0], [1.0]),
        ),
        "If p has a second axis.": (Call(half, squared, [1.0], [1.0], [[1.0]]), Call(half, squared, [1.0], [1.0], [1.0])),
        "If a probability is negative.": (
            Call(half, squared, [1.0, 2.0], [1.0, 2.0], [1.5, -0.5]),
            Call(half, squared, [1.0, 2.0], [1.0, 2.0], [1.0, 0.0]),
        ),
        "If the probabilities do not sum to 1.": (
            Call(half, squared, [1.0, 2.0], [1.0, 2.0], [0.5, 0.498]),
            Call(half, squared, [1.0, 2.0], [1.0, 2.0], [0.5, 0.4995]),
        ),
        "If a loss is not a single number.": (Call(half, both, [1.0], [1.0], [1.0]), Call(half, squared, [1.0], [1.0], [1.0])),
    },
    "expected_squared_error": {
        REPEATED: (Call([[1.0, 2.0]], [1.0], sigma=0.5), Call([[1.0, 2.0]], [1.0, 2.0], sigma=0.5)),
        "If sigma is negative.": (Call([1.0], 1.0, sigma=-1e-300), Call([1.0], 1.0, sigma=0.0)),
        "If sigma is not finite.": (Call([1.0], 1.0, sigma=math.inf), Call([1.0], 1.0, sigma=1e150)),
    },
    "fixed_design_predictions": {
        "If f_star is not a function.": (fixed(f_star=1.0), fixed()),
        "If degree is not an integer.": (fixed(degree=1.0), fixed()),
        "If n_rep is not an integer.": (fixed(n_rep=2.0), fixed()),
        "If rng is not a NumPy Generator.": (fixed(rng=0), fixed()),
        "If x does not have the shape (n,).": (fixed(x=[[0.0], [1.0]]), fixed(x=[0.0, 1.0])),
        "If x has fewer than degree + 1 different values.": (fixed(x=[0.0, 1.0, 0.0, 1.0], degree=2), fixed(x=[0.0, 1.0, 0.0, 2.0], degree=2)),
        "If degree is negative.": (fixed(degree=-1), fixed(degree=0)),
        "If sigma is negative.": (fixed(sigma=-1e-300), fixed(sigma=0.0)),
        "If sigma is not finite.": (fixed(sigma=math.inf), fixed(sigma=1e150)),
        "If n_rep is not positive.": (fixed(n_rep=0), fixed(n_rep=1)),
        "If a value of f_star is not a single number.": (fixed(f_star=pair), fixed()),
    },
    "mean_squared_error": {
        "If the shapes differ.": (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], [1.0, 2.0])),
        "If either is a scalar.": (Call([1.0], 1.0), Call([1.0], [1.0])),
    },
    "monte_carlo_risk": {
        "If f is not a function.": (monte_carlo(f=0.5), monte_carlo()),
        "If loss is not a function.": (monte_carlo(loss=0.5), monte_carlo()),
        "If sampler is not a function.": (monte_carlo(sampler=0.5), monte_carlo()),
        "If n_samples is not an integer.": (monte_carlo(n_samples=5.0), monte_carlo()),
        "If rng is not a NumPy Generator.": (monte_carlo(rng=0), monte_carlo()),
        "If n_samples is not positive.": (monte_carlo(n_samples=0), monte_carlo(n_samples=1)),
        "If the sampler does not return n_samples inputs and labels.": (monte_carlo(sampler=lazy_coin), monte_carlo()),
        "If a loss is not a single number.": (monte_carlo(loss=both), monte_carlo()),
    },
    "predict": {"If f is not a function.": (Call(0.5, 1.0, 2.0), Call(np.multiply, 1.0, 2.0))},
    "training_set": {"If x and y do not have equally many entries along a first axis.": (Call([1.0, 2.0], [1.0]), Call([1.0, 2.0], [1.0, 2.0]))},
    "variance": {"If the predictions are a scalar.": (Call(1.0), Call([1.0]))},
}
HELPERS = ["bias_squared", "fixed_design_predictions", "monte_carlo_risk", "variance"]

PAIRS = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=20)
SMALL = st.floats(-10, 10)


@st.composite
def finite_distributions(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Points of the plane, labels -1 or +1, and probabilities, some of them 0."""
    m = draw(st.integers(1, 8))
    x = np.array(draw(st.lists(st.tuples(SMALL, SMALL), min_size=m, max_size=m)))
    y = np.array(draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=m, max_size=m)))
    weights = np.array(draw(st.lists(st.integers(0, 100), min_size=m, max_size=m).filter(any)), dtype=float)
    return x, y, weights / weights.sum()


def formula(id_: str) -> str:
    """The LaTeX of a formula."""
    return scan(ROOT / "dlref")[id_].latex


# --- Training set, predictor


def test_a_training_set_holds_the_pairs_in_order(xp: Library) -> None:
    pairs = training_set(xp.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0]]), xp.array([1.0, -1.0, 1.0]))
    assert len(pairs) == 3  # an equal pair counts again
    for (x_i, y_i), x, y in zip(pairs, [[1, 2], [0, 1], [1, 2]], [1, -1, 1], strict=True):
        xp.close(x_i, x)
        xp.close(y_i, y)


def test_a_training_set_takes_inputs_and_labels_of_any_shape() -> None:
    pairs = training_set(np.zeros((2, 3, 4)), np.ones((2, 5)))
    assert [(x_i.shape, y_i.shape) for x_i, y_i in pairs] == [((3, 4), (5,))] * 2


def test_a_training_set_refuses_labels_too_few_and_scalars() -> None:
    for x, y in (([1.0, 2.0], [1.0]), (1.0, 1.0), (1.0, [1.0])):
        with pytest.raises(ValueError, match="^training_set: x and y must have equally many entries along a first axis, got x "):
            training_set(x, y)


def test_predict_is_the_function_at_the_input_and_the_parameters(xp: Library) -> None:
    xp.close(predict(with_parameters, xp.array([1.0, 2.0]), xp.array([0.5, -1.0, 2.0])), 0.5)
    calls = []
    assert predict(lambda x, theta: calls.append((x, theta)) or 7.0, [1.0], [2.0]) == 7
    assert [(x.tolist(), theta.tolist()) for x, theta in calls] == [([1.0], [2.0])]


def test_other_parameters_are_another_predictor() -> None:
    outputs = {predict(with_parameters, [1.0, 2.0], theta) for theta in ([0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])}
    assert outputs == {0, 1, 2}


def test_gradient_of_a_prediction_with_respect_to_the_parameters() -> None:
    assert_gradient(lambda x, theta: predict(with_parameters, x, theta), [1.0, 2.0], [0.5, -1.0, 2.0], wrt=1, expected=[1, 2, 1])


@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=5))
def test_a_predictor_is_a_map_each_input_has_one_output_in_the_output_space(points: list[tuple[float, float]]) -> None:
    """The statement `predictor-map`, for the input space ℝ² and the output space {-1, +1}."""
    for x in points:
        assert sign_classifier(list(x), [1.0, -2.0], 0.5) == sign_classifier(list(x), [1.0, -2.0], 0.5) in {-1.0, 1.0}


def test_the_tokens_of_the_statement_predictor_map() -> None:
    assert formula("predictor-map") == r"f : \mathcal{X} \rightarrow \mathcal{Y}"
    assert get_type_hints(predict)["f"].__args__[-1] == get_type_hints(predict)["return"]


# --- Expected and empirical risk


def test_expected_risk_by_hand(xp: Library) -> None:
    x, y, p = xp.array([[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]]), xp.array([0.0, 2.5, 1.0]), xp.array([0.5, 0.25, 0.25])
    # the line gives 0.5, 1.5, 1: residuals 0.5, 1, 0
    xp.close(expected_risk(line, squared, x, y, p), 0.125 + 0.25)
    xp.close(expected_risk(line, absolute, x, y, p), 0.25 + 0.25)


def test_empirical_risk_by_hand(xp: Library) -> None:
    x, y = xp.array([[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]]), xp.array([0.0, 2.5, 1.0])
    xp.close(empirical_risk(line, squared, x, y), 1.25 / 3)
    xp.close(empirical_risk(line, absolute, x, y), 0.5)


def test_risks_of_inputs_that_are_numbers_and_of_python_functions() -> None:
    assert empirical_risk(lambda x: 3, lambda y, y_hat: abs(y - y_hat), [0, 0], [1, 5]) == 2
    assert expected_risk(math.sin, lambda y, y_hat: float(y_hat), [0.0, math.pi / 2], [0, 0], [0.5, 0.5]) == 0.5


def test_a_predictor_is_called_with_one_input_at_a_time() -> None:
    shapes = []
    empirical_risk(lambda x: shapes.append(x.shape) or 0.0, squared, np.zeros((3, 2)), np.zeros(3))
    expected_risk(lambda x: shapes.append(x.shape) or 0.0, squared, np.zeros((2, 2)), np.zeros(2), [0.5, 0.5])
    assert shapes == [(2,)] * 5


def test_risks_are_of_the_wider_dtype_of_data_and_losses() -> None:
    data = np.zeros(2, np.float32)
    assert empirical_risk(lambda x: 0.1, squared, data, data).dtype == np.float32
    assert empirical_risk(lambda x: np.float64(0.1), squared, data, data).dtype == np.float64
    assert expected_risk(half, squared, data, data, np.array([0.5, 0.5], np.float32)).dtype == np.float32
    mixed = empirical_risk(lambda x: np.asarray(0.5, np.float32 if x == 0 else np.float64), squared, np.array([0, 1], np.float32), data)
    assert mixed.dtype == np.float64 and mixed == 0.25


def test_empirical_risks_are_the_metrics_of_scikit_learn() -> None:
    from sklearn import metrics

    x, y = make_plane_data(n=40, rng=np.random.default_rng(0))
    w, b = np.array([1.0, 0.25]), 0.1
    scores, labels = score(x, w, b), sign_classifier(x, w, b)
    assert empirical_risk(lambda x: sign_classifier(x, w, b), zero_one, x, y) == pytest.approx(metrics.zero_one_loss(y, labels), rel=1e-12)
    assert empirical_risk(lambda x: score(x, w, b), hinge, x, y) == pytest.approx(metrics.hinge_loss(y, scores), rel=1e-12)
    assert empirical_risk(lambda x: score(x, w, b), absolute, x, y) == pytest.approx(metrics.mean_absolute_error(y, scores), rel=1e-12)
    assert empirical_risk(lambda x: score(x, w, b), squared, x, y) == pytest.approx(metrics.mean_squared_error(y, scores), rel=1e-12)
    p = np.random.default_rng(1).dirichlet(np.ones(40))
    weighted = metrics.mean_squared_error(y, scores, sample_weight=p)
    assert expected_risk(lambda x: score(x, w, b), squared, x, y, p) == pytest.approx(weighted, rel=1e-12)


@given(finite_distributions())
def test_empirical_risk_is_the_expected_risk_at_equal_weights(distribution: tuple[Any, Any, Any]) -> None:
    x, y, _ = distribution
    n = len(y)
    assert empirical_risk(line, hinge, x, y) == pytest.approx(expected_risk(line, hinge, x, y, np.full(n, 1 / n)), rel=1e-12)


@given(finite_distributions(), st.integers(0, 7))
def test_expected_risk_at_one_point_is_its_loss(distribution: tuple[Any, Any, Any], k: int) -> None:
    x, y, p = distribution
    k = k % len(p)
    assert expected_risk(line, hinge, x, y, np.eye(len(p))[k]) == hinge(float(y[k]), float(line(x[k])))


@given(finite_distributions(), st.floats(0, 1), st.data())
def test_expected_risk_is_linear_in_the_distribution(distribution: tuple[Any, Any, Any], t: float, data: st.DataObject) -> None:
    x, y, p = distribution
    q = np.roll(p, data.draw(st.integers(0, len(p))))
    mixed = expected_risk(line, hinge, x, y, t * p + (1 - t) * q)
    assert mixed == pytest.approx(t * expected_risk(line, hinge, x, y, p) + (1 - t) * expected_risk(line, hinge, x, y, q), rel=1e-9, abs=1e-12)


@given(finite_distributions(), st.permutations(range(8)))
def test_risks_do_not_depend_on_the_order_of_the_samples(distribution: tuple[Any, Any, Any], order: list[int]) -> None:
    x, y, p = distribution
    order = [k for k in order if k < len(p)]
    assert empirical_risk(line, hinge, x[order], y[order]) == pytest.approx(empirical_risk(line, hinge, x, y), rel=1e-12, abs=1e-12)
    assert expected_risk(line, hinge, x[order], y[order], p[order]) == pytest.approx(expected_risk(line, hinge, x, y, p), rel=1e-12, abs=1e-12)


def test_a_point_of_probability_zero_counts_for_nothing_even_where_its_loss_is_infinite(xp: Library) -> None:
    x, y = xp.array([0.0, 1.0]), xp.array([0.0, math.inf])
    xp.close(expected_risk(half, squared, x, y, xp.array([1.0, 0.0])), 0.25)
    xp.close(expected_risk(half, squared, x, y, xp.array([0.5, 0.5])), math.inf)
    xp.close(empirical_risk(half, squared, x, y), math.inf)


def test_nan_goes_through_a_risk_but_not_as_a_probability() -> None:
    assert math.isnan(empirical_risk(half, squared, [0.0, 1.0], [0.0, math.nan]))
    assert math.isnan(expected_risk(half, squared, [0.0, 1.0], [0.0, math.nan], [1.0, 0.0]))
    with pytest.raises(ValueError, match="^expected_risk: p must be >= 0, got nan"):
        expected_risk(half, squared, [0.0, 1.0], [0.0, 1.0], [1.0, math.nan])


def test_gradient_of_a_risk_reaches_the_parameters_of_the_predictor() -> None:
    x, y = np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25]]), np.array([1.0, -1.0, 1.0])
    w = [0.5, -1.5]
    parts = 2 * (x @ w + 0.25 - y)[:, None] * x

    def risk(data: Any, targets: Any, w: Any) -> Any:
        return empirical_risk(lambda x_i: score(x_i, w, 0.25), squared, data, targets)

    def weighted(data: Any, targets: Any, p: Any, w: Any) -> Any:
        return expected_risk(lambda x_i: score(x_i, w, 0.25), squared, data, targets, p)

    assert_gradient(risk, x.tolist(), y.tolist(), w, wrt=2, expected=parts.mean(axis=0))
    assert_gradient(weighted, x.tolist(), y.tolist(), [0.5, 0.25, 0.25], w, wrt=3, expected=[0.5, 0.25, 0.25] @ parts)


def test_the_risk_of_the_sign_has_gradient_zero_while_that_of_the_score_has_not() -> None:
    """Why the squared risk of the linear classifier takes the score: for the sign each term is 0 or 4, whatever w does."""
    x, y, w = [[1.0, 2.0], [0.5, -1.0]], [1.0, 1.0], [0.5, -1.5]

    def risk(data: Any, targets: Any, w: Any) -> Any:
        return empirical_risk(lambda x_i: sign_classifier(x_i, w, 0.25), squared, data, targets)

    assert_gradient(risk, x, y, w, wrt=2, expected=[0, 0])
    assert {squared(y_i, label) for y_i in (-1, 1) for label in (-1, 1)} == {0, 4}


# --- Sampling


def finite_sampler(x: Any, y: Any, p: Any) -> Any:
    """A sampler of a distribution on finitely many points."""

    def sampler(*, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
        k = rng.choice(len(p), size=n, p=p)
        return x[k], y[k]

    return sampler


X5 = np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25], [0.0, 0.0], [3.0, 1.0]])
Y5, P5 = np.array([1.0, -1.0, 1.0, 1.0, -1.0]), np.array([0.4, 0.3, 0.15, 0.1, 0.05])


def test_monte_carlo_risk_estimates_the_expected_risk_with_an_error_that_shrinks_like_one_over_the_root_of_n() -> None:
    exact = expected_risk(line, hinge, X5, Y5, P5)
    deviation = math.sqrt(expected_risk(line, lambda y, s: (hinge(y, s) - exact) ** 2, X5, Y5, P5))
    sampler = finite_sampler(X5, Y5, P5)
    assert monte_carlo_risk(line, hinge, sampler, n_samples=4000, rng=np.random.default_rng(0)) == pytest.approx(exact, abs=5 * deviation / math.sqrt(4000))
    for n in (4, 64):
        rng = np.random.default_rng(n)
        estimates = np.array([monte_carlo_risk(line, hinge, sampler, n_samples=n, rng=rng) for _ in range(300)])
        assert estimates.mean() == pytest.approx(exact, abs=5 * deviation / math.sqrt(300 * n))
        assert estimates.std() == pytest.approx(deviation / math.sqrt(n), rel=0.25)  # five standard errors of a standard deviation


def test_monte_carlo_risk_is_the_empirical_risk_of_what_the_sampler_draws() -> None:
    x, y = make_plane_data(n=20, rng=np.random.default_rng(7))
    drawn = monte_carlo_risk(line, hinge, make_plane_data, n_samples=20, rng=np.random.default_rng(7))
    assert drawn == empirical_risk(line, hinge, x, y)


def test_monte_carlo_risk_tends_to_the_closed_form_of_a_gaussian_linear_model() -> None:
    """y = 2x + 1 + 0.5 ε with x, ε standard normal; the predictor a x + c has risk (2 - a)² + (1 - c)² + 0.25."""

    def sampler(*, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
        x, noise = rng.standard_normal((2, n))
        return x, 2 * x + 1 + 0.5 * noise

    for a, c in ((2.0, 1.0), (1.5, 1.0), (2.0, 0.0)):
        # the residual is normal around 1 - c with variance v; its square has variance 2 v² + 4 v (1 - c)²
        v = (2 - a) ** 2 + 0.25
        exact, spread = v + (1 - c) ** 2, math.sqrt(2 * v**2 + 4 * v * (1 - c) ** 2)
        estimate = monte_carlo_risk(lambda x, a=a, c=c: a * x + c, squared, sampler, n_samples=4000, rng=np.random.default_rng(0))
        assert estimate == pytest.approx(exact, abs=5 * spread / math.sqrt(4000))


def test_the_best_classifier_of_the_plane_data_errs_as_often_as_is_said() -> None:
    from scipy import stats

    error = stats.norm.cdf(-math.sqrt(2))
    assert error == pytest.approx(0.0786, abs=5e-5)
    band = 5 * math.sqrt(error * (1 - error) / 4000)
    best = monte_carlo_risk(lambda x: sign_classifier(x, [1.0, 1.0], 0.0), zero_one, make_plane_data, n_samples=4000, rng=np.random.default_rng(0))
    assert best == pytest.approx(error, abs=band)


def test_the_empirical_risk_tends_to_the_expected_risk_as_samples_are_added() -> None:
    sampler = finite_sampler(X5, Y5, P5)
    x, y = sampler(n=20000, rng=np.random.default_rng(0))
    losses = np.array([hinge(float(t), float(line(point))) for point, t in zip(X5, Y5, strict=True)])
    exact = expected_risk(line, hinge, X5, Y5, P5)
    deviation = math.sqrt(P5 @ (losses - exact) ** 2)
    for n in (100, 1000, 10000):
        assert empirical_risk(line, hinge, x[:n], y[:n]) == pytest.approx(exact, abs=5 * deviation / math.sqrt(n))


def test_the_minimizer_of_the_empirical_risk_does_better_on_its_samples_than_the_best_predictor_but_not_in_expectation() -> None:
    """Why a small empirical risk alone says little: exactly, for all training sets of three points with labels -1 and +1 by chance."""
    x = np.array([[0.0], [1.0], [2.0]])
    gaps = []
    for labels in itertools.product([-1.0, 1.0], repeat=3):
        w, b = least_squares(x, np.array(labels))
        trained = empirical_risk(lambda x_i, w=w, b=b: score(x_i, w, b), squared, x, np.array(labels))
        every = [(x_i, y_i) for x_i in x for y_i in (-1.0, 1.0)]
        expected = expected_risk(lambda x_i, w=w, b=b: score(x_i, w, b), squared, [list(x_i) for x_i, _ in every], [y_i for _, y_i in every], [1 / 6] * 6)
        assert trained <= 1 <= expected + 1e-12  # 1 is the risk of the best predictor, 0
        gaps.append(expected - trained)
    assert np.mean(gaps) == pytest.approx(4 / 3)  # 2 σ² (d + 1) / n


# --- Bias and variance


def test_bias_squared_and_variance_by_hand(xp: Library) -> None:
    predictions, f_star = xp.array([[1.0, 0.0], [2.0, 0.0], [6.0, 3.0]]), xp.array([1.0, 1.0])
    xp.close(bias_squared(predictions, f_star), [4, 0])
    xp.close(variance(predictions), [14 / 3, 2])
    xp.close(expected_squared_error(predictions, f_star, sigma=0.5), [4 + 14 / 3 + 0.25, 2.25])
    xp.close(bias_squared(xp.array([1.0, 2.0, 6.0]), xp.array(1.0)), 4)


def test_variance_is_that_of_numpy_with_the_weight_one_over_m() -> None:
    predictions = np.random.default_rng(0).normal(size=(20, 5))
    np.testing.assert_allclose(variance(predictions), np.var(predictions, axis=0), rtol=1e-12)


def test_gradients_of_bias_and_variance() -> None:
    predictions = [1.0, 2.0, 6.0]
    assert_gradient(bias_squared, predictions, 1.0, wrt=0, expected=[4 / 3] * 3)
    assert_gradient(variance, predictions, wrt=0, expected=[2 / 3 * (p - 3) for p in predictions])
    assert_gradient(expected_squared_error, predictions, 1.0, wrt=1, sigma=0.5, expected=-4)


PREDICTIONS = st.lists(SMALL, min_size=1, max_size=12)


@given(PREDICTIONS, SMALL, st.floats(0, 10))
def test_expected_squared_error_is_the_mean_over_training_sets_and_noise(predictions: list[float], f_star: float, sigma: float) -> None:
    """Exactly, for noise that is -sigma or +sigma; only its mean and its variance count."""
    errors = [(f_star + noise - prediction) ** 2 for prediction in predictions for noise in (-sigma, sigma)]
    assert expected_squared_error(predictions, f_star, sigma=sigma) == pytest.approx(math.fsum(errors) / len(errors), rel=1e-9, abs=1e-9)


@given(PREDICTIONS, SMALL, st.floats(0, 10))
def test_expected_squared_error_is_bias_squared_plus_variance_plus_noise_and_never_below_the_noise(
    predictions: list[float], f_star: float, sigma: float
) -> None:
    total = expected_squared_error(predictions, f_star, sigma=sigma)
    assert total == pytest.approx(bias_squared(predictions, f_star) + variance(predictions) + sigma**2, rel=1e-12)
    assert total >= sigma**2


@given(PREDICTIONS, SMALL, SMALL)
def test_a_shift_of_all_predictions_changes_the_bias_and_not_the_variance(predictions: list[float], f_star: float, shift: float) -> None:
    moved = [prediction + shift for prediction in predictions]
    assert variance(moved) == pytest.approx(variance(predictions), rel=1e-9, abs=1e-9)
    assert bias_squared(moved, f_star + shift) == pytest.approx(bias_squared(predictions, f_star), rel=1e-9, abs=1e-9)


@given(SMALL, st.integers(1, 5), SMALL)
def test_a_predictor_that_no_training_set_changes_has_variance_zero(prediction: float, m: int, f_star: float) -> None:
    assert variance([prediction] * m) == pytest.approx(0, abs=1e-25)
    assert bias_squared([prediction] * m, f_star) == pytest.approx((prediction - f_star) ** 2, rel=1e-9, abs=1e-25)


def test_refuses_a_prediction_without_an_axis_of_training_sets() -> None:
    with pytest.raises(ValueError, match=r"^bias_squared: predictions must have shape \(m,\) beside a scalar f_star"):
        bias_squared(0.5, 0.5)


def test_refuses_a_column_of_true_values_beside_rows_of_predictions() -> None:
    with pytest.raises(ValueError, match=r"^bias_squared: predictions must have shape \(m,\) beside a scalar f_star"):
        bias_squared(np.ones((3, 2)), np.ones((2, 1)))


def powers(x: Any, degree: int) -> Any:
    """The columns x, x², …, x^degree."""
    return np.stack([x**k for k in range(1, degree + 1)], axis=-1)


def fits(x: Any, targets: Any, degree: int) -> Any:
    """Predictions at x of the least-squares polynomials of each row of targets."""
    if degree == 0:
        return np.repeat(targets.mean(axis=1, keepdims=True), len(x), axis=1)
    columns = powers(x, degree)
    return np.stack([score(columns, *least_squares(columns, row)) for row in targets])


@pytest.mark.parametrize("degree", range(5))
def test_variance_of_polynomials_at_fixed_inputs_is_exactly_sigma_squared_times_parameters_over_samples(degree: int) -> None:
    """Over all 2⁶ training sets with noise -σ or +σ, which are independent and have variance σ²."""
    x = np.array([0.0, 0.2, 0.45, 0.5, 0.8, 1.0])
    sigma, f_star = 0.3, np.exp(x)
    noise = np.array(list(itertools.product([-sigma, sigma], repeat=6)))
    predictions = fits(x, f_star + noise, degree)
    assert variance(predictions).mean() == pytest.approx(sigma**2 * (degree + 1) / 6, rel=1e-10)
    projected = fits(x, f_star[None, :], degree)[0]
    assert bias_squared(predictions, f_star).mean() == pytest.approx(np.mean((projected - f_star) ** 2), rel=1e-8, abs=1e-20)


@given(st.lists(SMALL, min_size=7, max_size=7))
def test_bias_of_polynomials_at_fixed_inputs_never_grows_with_the_degree(values: list[float]) -> None:
    x, f_star = np.linspace(-1, 1, 7), np.array(values)
    biases = [bias_squared(fits(x, f_star[None, :], degree), f_star).mean() for degree in range(7)]
    assert all(after <= before + 1e-9 for before, after in itertools.pairwise(biases))
    assert biases[-1] == pytest.approx(0, abs=1e-9)  # as many parameters as points


def test_bias_at_fixed_inputs_may_stay_the_same_from_one_degree_to_the_next() -> None:
    x = np.linspace(-1, 1, 7)
    even, more = (bias_squared(fits(x, (x**4)[None, :], degree), x**4).mean() for degree in (2, 3))
    assert even == pytest.approx(more, rel=1e-9) and even > 1e-3


def test_where_inputs_are_drawn_anew_bias_may_grow_with_the_degree_and_variance_is_more_than_that_of_the_noise() -> None:
    """Exactly: two of the points 0, 1, 2, the true function a peak at 1, no noise."""
    points, f_star = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    designs = [[0, 1], [0, 2], [1, 2]]
    constants = np.array([[f_star[design].mean()] * 3 for design in designs])
    lines = np.array([score(points[:, None], *least_squares(points[design][:, None], f_star[design])) for design in designs])
    assert bias_squared(constants, f_star).mean() == pytest.approx(2 / 9)
    assert bias_squared(lines, f_star).mean() == pytest.approx(1 / 3)
    assert variance(constants).mean() > 0 and variance(lines).mean() > 0


def test_fixed_design_predictions_are_the_polynomials_that_numpy_fits() -> None:
    x = np.array([0.0, 0.3, 0.35, 0.8, 1.0, 1.7, 2.0])
    for degree in range(6):
        found = fixed_design_predictions(np.sin, x, degree=degree, sigma=0.5, n_rep=3, rng=np.random.default_rng(degree))
        y = np.sin(x) + 0.5 * np.random.default_rng(degree).standard_normal((3, 7))
        for row, targets in zip(found, y, strict=True):
            np.testing.assert_allclose(row, np.polynomial.Polynomial.fit(x, targets, degree)(x), rtol=1e-9, atol=1e-9)


def test_fixed_design_predictions_reproduce_a_polynomial_of_their_degree_without_noise(xp: Library) -> None:
    x = xp.array([0.0, 1.0, 2.0, 4.0])
    found = fixed_design_predictions(lambda t: 1 - t * t / 2, x, degree=2, sigma=0.0, n_rep=2, rng=np.random.default_rng(0))
    xp.close(found, [[1, 0.5, -1, -7]] * 2, rtol=1e-12, atol=1e-12)
    single = fixed_design_predictions(lambda t: 3.0, xp.array([2.0, 2.0]), degree=0, sigma=0.0, n_rep=1, rng=np.random.default_rng(0))
    xp.close(single, [[3, 3]], rtol=1e-12)


def test_fixed_design_predictions_of_a_high_degree_are_accurate() -> None:
    x = np.linspace(0, 1, 60)
    found = fixed_design_predictions(lambda t: np.cos(40 * t), x, degree=50, sigma=0.0, n_rep=1, rng=np.random.default_rng(0))[0]
    np.testing.assert_allclose(found, np.cos(40 * x), atol=1e-10)


@pytest.mark.parametrize("degree", [0, 3, 8])
def test_sampled_variance_and_bias_of_fixed_design_predictions_meet_the_law(degree: int) -> None:
    x, sigma, n_rep = np.linspace(0, 1, 20), 0.4, 2000
    predictions = fixed_design_predictions(np.exp, x, degree=degree, sigma=sigma, n_rep=n_rep, rng=np.random.default_rng(degree))
    assert predictions.shape == (n_rep, 20)
    law = sigma**2 * (degree + 1) / 20
    # n / σ² times the mean variance is a mean of chi-squared numbers with degree + 1 degrees of freedom
    assert variance(predictions).mean() == pytest.approx(law, rel=5 * math.sqrt(2 / (n_rep * (degree + 1))) + 1 / n_rep)
    exact = bias_squared(fits(x, np.exp(x)[None, :], degree), np.exp(x)).mean()
    assert bias_squared(predictions, np.exp(x)).mean() == pytest.approx(exact, abs=10 * law / n_rep + 5 * math.sqrt(exact * law / n_rep))


def test_error_over_the_degree_falls_and_rises_again() -> None:
    x = np.linspace(0, 1, 20)
    f_star = np.exp(-4 * x) * np.cos(10 * x)
    totals = []
    for degree in range(10):
        bias = bias_squared(fits(x, f_star[None, :], degree), f_star).mean()
        totals.append(bias + 0.15**2 * (degree + 1) / 20)
    best = int(np.argmin(totals))
    assert 0 < best < 9 and totals[best] < min(totals[0], totals[-1])


# --- Mean squared error


def test_mean_squared_error_by_hand(xp: Library) -> None:
    xp.close(mean_squared_error(xp.array([1.0, 2.0, 3.0]), xp.array([1.0, 2.0, 6.0])), 3.0)
    xp.close(mean_squared_error(xp.array([[1.0, 2.0], [0.0, 0.0]]), xp.array([[1.0, 2.0], [1.0, 3.0]])), [0, 5])


def test_mean_squared_error_is_that_of_scikit_learn_and_pytorch() -> None:
    import torch
    from sklearn.metrics import mean_squared_error as oracle

    y, y_hat = np.random.default_rng(0).normal(size=(2, 30))
    assert mean_squared_error(y, y_hat) == pytest.approx(oracle(y, y_hat), rel=1e-12)
    assert mean_squared_error(y, y_hat) == pytest.approx(torch.nn.MSELoss()(torch.tensor(y_hat), torch.tensor(y)).item(), rel=1e-12)


def test_gradient_of_the_mean_squared_error() -> None:
    assert_gradient(mean_squared_error, [1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 0.0, 5.0], wrt=1, expected=[0.25, 0, -1.5, 0.5])


@given(PAIRS)
def test_mean_squared_error_is_the_mean_of_the_squared_losses(samples: list[tuple[float, float]]) -> None:
    y, y_hat = np.array(samples).T
    assert mean_squared_error(y, y_hat) == pytest.approx(math.fsum(squared(y, y_hat)) / len(samples), rel=1e-12)


@given(PAIRS)
def test_mean_squared_error_is_mean_bias_squared_plus_variance_of_the_residuals(samples: list[tuple[float, float]]) -> None:
    y, y_hat = np.array(samples).T
    r = y - y_hat
    assert mean_squared_error(y, y_hat) == pytest.approx(r.mean() ** 2 + r.var(), rel=1e-9, abs=1e-12)


def test_mean_squared_error_refuses_a_column_beside_a_row() -> None:
    with pytest.raises(ValueError, match=r"mean_squared_error: y and y_hat must have equal shapes"):
        mean_squared_error(np.ones(3), np.ones((3, 1)))
