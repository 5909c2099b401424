"""Linear models: values by hand, against scikit-learn, PyTorch and SciPy, optimality, gradients, and laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlref.latex.docstring import scan
from dlref.linear import (
    HardMarginSVM,
    LinearRegression,
    Perceptron,
    SoftMarginSVM,
    hard_margin_objective,
    hard_margin_svm,
    least_squares,
    logistic_loss,
    logistic_proba,
    make_plane_data,
    margin_width,
    perceptron_update,
    satisfies_margin,
    score,
    sign_classifier,
    soft_margin_objective,
    soft_margin_svm,
    squared_risk,
)
from dlref.losses import hinge, squared
from dlref.risk import empirical_risk, mean_squared_error
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import ROOT, Call

pytestmark = pytest.mark.ch1

X = [[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25]]
X2 = [[0.0, 1.0], [1.5, -0.5], [2.0, 3.0]]
W, B = [0.5, -1.5], 0.25
RNG = np.random.default_rng(0)

WEIGHTS = "If w does not have one weight for each feature of x."
SCALAR = "If b is not a scalar."
ROWS = "If y does not have one label for each row of x."
LABEL = "If a label is neither -1 nor +1."


def affine_raises(*before: Any, w: Any = W, b: Any = B, **options: Any) -> dict[str, tuple[Call, Call]]:
    """The calls for a w of the wrong shape and for a b that is no scalar."""
    good = Call(*before, w, b, **options)
    return {WEIGHTS: (Call(*before, [1.0, 2.0, 3.0], b, **options), good), SCALAR: (Call(*before, w, [b, b], **options), good)}


def svm_raises(**options: Any) -> dict[str, tuple[Call, Call]]:
    """The calls that both support vector machines refuse."""
    good = Call([[3.0], [1.0]], [1, -1], **options)
    return {
        "If x does not have the axes (n, d).": (Call([3.0, 1.0], [1, -1], **options), good),
        ROWS: (Call([[3.0], [1.0]], [1, -1, -1], **options), good),
        LABEL: (Call([[3.0], [1.0]], [1, 0], **options), good),
        "If all labels are equal.": (Call([[3.0], [1.0]], [1, 1], **options), good),
        "If a value of x is not finite.": (Call([[math.inf], [1.0]], [1, -1], **options), good),
    }


PRICE = {
    "If c is not positive.": (0.0, 1e-300),
    "If c is not finite.": (math.inf, 1e300),
}
CALLS = {
    "hard_margin_objective": [Call(W), Call([3.0, 4.0])],
    "hard_margin_svm": [Call([[3.0, 0.5], [1.0, 0.0], [0.0, 5.0]], [1, -1, -1]), Call([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5]], [1, 1, -1])],
    "least_squares": [Call(X, [1.0, 3.0, 8.0]), Call(X2, [0.5, -1.0, 2.0])],
    "logistic_loss": [Call(X, [1, 0, 1], W, B), Call(X2, [0, 0, 1], W, B)],
    "logistic_proba": [Call(X[0], W, B), Call(X[1], W, B), Call([-4.0, 2.0], W, B)],
    "make_plane_data": [Call(n=4, rng=np.random.default_rng(0)), Call(n=4, rng=np.random.default_rng(1))],
    "margin_width": [Call(W), Call([3.0, 4.0])],
    "perceptron_update": [Call(X[0], 1, W, B, eta=0.5), Call(X[1], -1, [0.0, 2.0], 1.0, eta=0.5)],
    "satisfies_margin": [Call(X, [-1, 1, -1], W, B), Call(X2, [-1, 1, -1], W, B)],
    "score": [Call(X[0], W, B), Call(X[1], W, B), Call(X[2], W, B)],
    "sign_classifier": [Call(X[0], W, B), Call(X[1], W, B), Call([0.5, 1.0 / 3], W, B)],
    "soft_margin_objective": [Call(X, [-1, 1, -1], W, B, c=2.0), Call(X2, [-1, 1, -1], W, B, c=2.0)],
    "soft_margin_svm": [Call(X, [-1, 1, -1], c=2.0), Call(X2, [1, 1, -1], c=2.0)],
    "squared_risk": [Call(X, [1.0, 0.5, -1.0], W, B), Call(X2, [0.0, 2.0, 1.0], W, B)],
}
RAISES = {
    "hard_margin_objective": {"If w is a scalar.": (Call(1.0), Call([1.0]))},
    "hard_margin_svm": {
        **svm_raises(),
        "If no hyperplane separates the two classes.": (Call([[3.0], [1.0], [2.0]], [1, 1, -1]), Call([[3.0], [1.0], [0.0]], [1, 1, -1])),
    },
    "least_squares": {
        "If x does not have the axes (n, d).": (Call([1.0, 2.0], [1.0, 2.0]), Call([[1.0], [2.0]], [1.0, 2.0])),
        "If y does not have one target for each row of x.": (Call([[1.0], [2.0]], [1.0]), Call([[1.0], [2.0]], [1.0, 2.0])),
        "If there are fewer than d + 1 samples.": (Call([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0]), Call([[1.0], [2.0]], [1.0, 2.0])),
        "If a value of x is not finite.": (Call([[1.0], [math.inf]], [1.0, 2.0]), Call([[1.0], [2.0]], [1.0, 2.0])),
        "If a value of y is not finite.": (Call([[1.0], [2.0]], [1.0, math.nan]), Call([[1.0], [2.0]], [1.0, 2.0])),
        "If a column of x is constant.": (Call([[0.1], [0.1], [0.1]], [1.0, 2.0, 3.0]), Call([[0.1], [0.1], [0.2]], [1.0, 2.0, 3.0])),
        "If the columns of x and a column of ones are linearly dependent.": (
            Call([[0.1, 1.2], [0.2, 1.4], [0.7, 2.4]], [1.0, 2.0, 3.0]),
            Call([[0.1, 1.2], [0.2, 1.4], [0.7, 2.5]], [1.0, 2.0, 3.0]),
        ),
    },
    "logistic_loss": {
        ROWS: (Call(X, [1, 0], W, B), Call(X, [1, 0, 1], W, B)),
        "If a label is neither 0 nor 1.": (Call(X, [1, 0, -1], W, B), Call(X, [1, 0, 1], W, B)),
        **affine_raises(X, [1, 0, 1]),
    },
    "logistic_proba": affine_raises(X),
    "make_plane_data": {
        "If n is not an integer.": (Call(n=2.0, rng=RNG), Call(n=2, rng=RNG)),
        "If n is not positive.": (Call(n=0, rng=RNG), Call(n=1, rng=RNG)),
        "If rng is not a NumPy Generator.": (Call(n=1, rng=0), Call(n=1, rng=RNG)),
    },
    "margin_width": {"If w is a scalar.": (Call(1.0), Call([1.0]))},
    "perceptron_update": {
        "If x_i does not have the shape of w.": (Call([1.0, 2.0, 3.0], 1, W, B, eta=1.0), Call([1.0, 2.0], 1, W, B, eta=1.0)),
        "If y_i is not a scalar.": (Call([1.0, 2.0], [1], W, B, eta=1.0), Call([1.0, 2.0], 1, W, B, eta=1.0)),
        "If y_i is neither -1 nor +1.": (Call([1.0, 2.0], 0, W, B, eta=1.0), Call([1.0, 2.0], 1, W, B, eta=1.0)),
        SCALAR: (Call([1.0, 2.0], 1, W, [B], eta=1.0), Call([1.0, 2.0], 1, W, B, eta=1.0)),
        "If eta is not positive.": (Call([1.0, 2.0], 1, W, B, eta=0.0), Call([1.0, 2.0], 1, W, B, eta=1e-300)),
        "If eta is not finite.": (Call([1.0, 2.0], 1, W, B, eta=math.inf), Call([1.0, 2.0], 1, W, B, eta=1e300)),
    },
    "satisfies_margin": {
        ROWS: (Call(X, [1, -1], W, B), Call(X, [1, -1, 1], W, B)),
        LABEL: (Call(X, [1, 0, 1], W, B), Call(X, [1, -1, 1], W, B)),
        **affine_raises(X, [1, -1, 1]),
        "If tol is negative.": (Call(X, [1, -1, 1], W, B, tol=-1e-300), Call(X, [1, -1, 1], W, B, tol=0.0)),
        "If tol is not finite.": (Call(X, [1, -1, 1], W, B, tol=math.inf), Call(X, [1, -1, 1], W, B, tol=1e300)),
    },
    "score": affine_raises(X),
    "sign_classifier": affine_raises(X),
    "soft_margin_objective": {
        ROWS: (Call(X, [1, -1], W, B), Call(X, [1, -1, 1], W, B)),
        LABEL: (Call(X, [1, 0, 1], W, B), Call(X, [1, -1, 1], W, B)),
        **affine_raises(X, [1, -1, 1]),
        **{sentence: (Call(X, [1, -1, 1], W, B, c=bad), Call(X, [1, -1, 1], W, B, c=good)) for sentence, (bad, good) in PRICE.items()},
    },
    "soft_margin_svm": {
        **svm_raises(c=1.0),
        **{sentence: (Call(X, [1, -1, 1], c=bad), Call(X, [1, -1, 1], c=good)) for sentence, (bad, good) in PRICE.items()},
    },
    "squared_risk": {
        "If y does not have one target for each row of x.": (Call(X, [1.0, 2.0], W, B), Call(X, [1.0, 2.0, 3.0], W, B)),
        **affine_raises(X, [1.0, 2.0, 3.0]),
    },
}
HELPERS = ["hard_margin_objective", "soft_margin_objective"]

NUMBERS = st.floats(-10, 10)
VECTORS = st.lists(NUMBERS, min_size=2, max_size=2)
SCALES = st.floats(1e-3, 1e3)


@st.composite
def classes(draw: st.DrawFn, separable: bool = False, low: int = -4, high: int = 4) -> tuple[Any, Any]:
    """Points of a small grid, equal ones and many on one line included, with labels -1 and +1, some of each."""
    d = draw(st.integers(1, 3))
    coordinate = st.integers(low, high).map(float)
    x = np.array(draw(st.lists(st.lists(coordinate, min_size=d, max_size=d), min_size=2, max_size=9)))
    if separable:
        w = np.array(draw(st.lists(coordinate, min_size=d, max_size=d)))
        y = np.where(x @ w + draw(st.sampled_from([-1.5, -0.5, 0.5, 1.5])) > 0, 1.0, -1.0)
    else:
        y = np.array(draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=len(x), max_size=len(x))))
    assume(abs(y.sum()) < len(y))
    return x, y


def formula(id_: str) -> str:
    """The LaTeX of a formula."""
    return scan(ROOT / "dlref")[id_].latex


def clouds(n: int, d: int, distance: float, seed: int) -> tuple[Any, Any]:
    """Two round clouds, a distance apart, of points whose inner products single precision holds exactly, as SVC stores them."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    x = rng.normal(size=(n, d)) + distance / 2 / math.sqrt(d) * y[:, None]
    return np.round(16 * x) / 16, y


# --- Score and sign


def test_score_is_the_weighted_sum_plus_the_intercept(xp: Library) -> None:
    xp.close(score(xp.array(X), xp.array(W), xp.array(B)), [-2.25, 2, -1.125])
    xp.close(score(xp.array([1.0, 2.0]), xp.array([3.0, -1.0]), xp.array(0.5)), 1.5)
    xp.close(score(xp.array([2.0]), xp.array([3.0]), xp.array(-1.0)), 5)


def test_score_is_that_of_pytorch_and_of_scikit_learn() -> None:
    import torch
    from sklearn.linear_model import LinearRegression as Oracle

    x, w = np.random.default_rng(0).normal(size=(20, 4)), np.random.default_rng(1).normal(size=4)
    layer = torch.nn.functional.linear(torch.tensor(x), torch.tensor(w[None, :]), torch.tensor([0.3], dtype=torch.float64))
    np.testing.assert_allclose(score(x, w, 0.3), layer[:, 0], rtol=1e-12, atol=1e-13)
    model = Oracle().fit(x, x @ w + 0.3)
    np.testing.assert_allclose(score(x, model.coef_, model.intercept_), model.predict(x), rtol=1e-12, atol=1e-13)


@given(VECTORS, VECTORS, NUMBERS)
def test_score_over_the_norm_of_w_is_the_signed_distance_from_the_hyperplane(x: list[float], w: list[float], b: float) -> None:
    norm = math.hypot(*w)
    assume(norm > 1e-3)
    distance = score(x, w, b) / norm
    foot = np.array(x) - distance * np.array(w) / norm
    assert score(foot, w, b) == pytest.approx(0, abs=1e-9 * (1 + norm) * (1 + abs(distance)))
    assert math.dist(x, foot) == pytest.approx(abs(distance), rel=1e-6, abs=1e-9)


@given(VECTORS, VECTORS, VECTORS, NUMBERS, st.floats(-2, 2))
def test_score_is_affine_in_the_point(x: list[float], other: list[float], w: list[float], b: float, t: float) -> None:
    between = [t * p + (1 - t) * q for p, q in zip(x, other, strict=True)]
    assert score(between, w, b) == pytest.approx(t * score(x, w, b) + (1 - t) * score(other, w, b), rel=1e-9, abs=1e-9)


def test_gradients_of_the_score() -> None:
    assert_gradient(score, X, W, B, wrt=0, expected=[W, W, W])
    assert_gradient(score, [1.0, 2.0], W, B, wrt=1, expected=[1, 2])
    assert_gradient(lambda x, w, b: score(x, w, b).sum(), X, W, B, wrt=2, expected=3)


def test_nan_and_infinity_go_through_the_score_and_nan_through_the_sign(xp: Library) -> None:
    x = xp.array([[math.nan, 0.0], [math.inf, 0.0], [-math.inf, 0.0]])
    xp.close(score(x, xp.array([1.0, 1.0]), xp.array(0.0)), [math.nan, math.inf, -math.inf])
    xp.close(sign_classifier(x, xp.array([1.0, 1.0]), xp.array(0.0)), [math.nan, 1, -1])


@pytest.mark.parametrize("function", [score, sign_classifier, logistic_proba])
@pytest.mark.parametrize(("x", "w"), [([[1.0, 2.0]], [[1.0, 2.0]]), ([1.0, 2.0], 1.0), (1.0, [1.0]), ([1.0], [1.0, 2.0])])
def test_weights_of_another_shape_than_the_features_are_refused(function: Any, x: Any, w: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{function.__name__}: w must have shape \(d,\) beside x of shape \(..., d\), got w "):
        function(x, w, 0.0)


def test_sign_classifier_by_hand(xp: Library) -> None:
    xp.close(sign_classifier(xp.array([[1.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), xp.array([3.0, -1.0]), xp.array(-2.0)), [-1, 1, 1])


def test_a_point_on_the_hyperplane_is_given_plus_one() -> None:
    assert sign_classifier([1.0, 1.0], [3.0, -1.0], -2.0) == sign_classifier([0.0], [0.0], 0.0) == sign_classifier([0.0], [0.0], -0.0) == 1


@given(VECTORS, VECTORS, NUMBERS, st.integers(-20, 20))
def test_scaling_w_and_b_by_a_positive_number_changes_no_label(x: list[float], w: list[float], b: float, k: int) -> None:
    c = 2.0**k  # exact, so that no rounding moves a point across the hyperplane
    assume(all(v == 0 or abs(v) > 1e-200 for v in (*x, *w, b)))
    assert sign_classifier(x, [c * v for v in w], c * b) == sign_classifier(x, w, b)


@given(VECTORS, VECTORS, NUMBERS)
def test_turning_w_and_b_around_turns_every_label_off_the_hyperplane(x: list[float], w: list[float], b: float) -> None:
    assume(score(x, w, b) != 0)
    assert sign_classifier(x, [-v for v in w], -b) == -sign_classifier(x, w, b)


def test_gradient_of_the_sign_is_zero() -> None:
    assert_gradient(sign_classifier, X[0], W, B, wrt=1, expected=[0, 0])
    assert_gradient(sign_classifier, [1.0, 1.0], [1.0, -1.0], 0.0, wrt=1, expected=[0, 0], differences=False)


# --- Squared risk and least squares


def test_squared_risk_by_hand(xp: Library) -> None:
    x, y = xp.array([[0.0], [1.0], [2.0]]), xp.array([1.0, 3.0, 8.0])
    xp.close(squared_risk(x, y, xp.array([2.0]), xp.array(1.0)), 3)
    xp.close(squared_risk(x, y, xp.array([3.5]), xp.array(0.5)), 0.5)


@given(classes(), NUMBERS, st.data())
def test_squared_risk_is_the_empirical_risk_of_the_score_under_the_squared_loss(data: tuple[Any, Any], b: float, more: st.DataObject) -> None:
    x, y = data
    w = np.array(more.draw(st.lists(NUMBERS, min_size=x.shape[1], max_size=x.shape[1])))
    risk = squared_risk(x, y, w, b)
    assert risk == pytest.approx(empirical_risk(lambda x_i: score(x_i, w, b), squared, x, y), rel=1e-12)
    assert risk == pytest.approx(mean_squared_error(y, score(x, w, b)), rel=1e-12)


def test_gradients_of_the_squared_risk() -> None:
    x, y = np.array(X), np.array([1.0, 0.5, -1.0])
    r = x @ W + B - y
    assert_gradient(squared_risk, X, y.tolist(), W, B, wrt=2, expected=2 / 3 * r @ x)
    assert_gradient(squared_risk, X, y.tolist(), W, B, wrt=3, expected=2 * r.mean())


def test_squared_loss_of_the_score_punishes_a_right_label_with_a_large_score() -> None:
    """A weakness of least squares as a classifier: the farther on the right side, the more it costs."""
    costs = [squared_risk([[s]], [1.0], [1.0], 0.0) for s in (1.0, 2.0, 3.0)]
    assert costs == [0, 1, 4]


@given(classes(), st.lists(NUMBERS, min_size=4, max_size=4))
def test_no_weights_have_a_smaller_squared_risk_than_those_of_least_squares(data: tuple[Any, Any], other: list[float]) -> None:
    x, y = data
    d = x.shape[1]
    assume(np.linalg.matrix_rank(np.column_stack([x, np.ones(len(x))])) == d + 1)
    w, b = least_squares(x, y)
    assert squared_risk(x, y, w, b) <= squared_risk(x, y, other[:d], other[3]) * (1 + 1e-12) + 1e-20


def test_least_squares_by_hand(xp: Library) -> None:
    w, b = least_squares(xp.array([[0.0], [1.0], [2.0]]), xp.array([1.0, 3.0, 8.0]))
    xp.close(w, [3.5])
    xp.close(b, 0.5)


def test_least_squares_is_that_of_numpy_and_scikit_learn() -> None:
    from sklearn.linear_model import LinearRegression as Oracle

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 5)) + 3, rng.normal(size=30)
    w, b = least_squares(x, y)
    expected = np.linalg.lstsq(np.column_stack([x, np.ones(30)]), y, rcond=None)[0]
    np.testing.assert_allclose([*w, b], expected, rtol=1e-11)
    oracle = Oracle().fit(x, y)
    np.testing.assert_allclose([*w, b], [*oracle.coef_, oracle.intercept_], rtol=1e-11)


@given(classes(), st.data())
def test_residuals_of_least_squares_are_orthogonal_to_the_columns_and_to_one(data: tuple[Any, Any], more: st.DataObject) -> None:
    x, _ = data
    assume(np.linalg.matrix_rank(np.column_stack([x, np.ones(len(x))])) == x.shape[1] + 1)
    y = np.array(more.draw(st.lists(NUMBERS, min_size=len(x), max_size=len(x))))
    r = y - score(x, *least_squares(x, y))
    np.testing.assert_allclose(r @ x, 0, atol=1e-10)
    assert r.sum() == pytest.approx(0, abs=1e-11)


def test_least_squares_solves_the_normal_equations() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    augmented = np.column_stack([x, np.ones(12)])
    w, b = least_squares(x, y)
    np.testing.assert_allclose([*w, b], np.linalg.inv(augmented.T @ augmented) @ augmented.T @ y, rtol=1e-10)


def test_least_squares_goes_through_as_many_points_as_it_has_unknowns() -> None:
    x, y = np.array([[0.0, 1.0], [2.0, 0.5], [1.0, -1.0]]), np.array([1.0, -2.0, 5.0])
    np.testing.assert_allclose(score(x, *least_squares(x, y)), y, rtol=1e-12)


def test_least_squares_is_accurate_where_the_normal_equations_are_not() -> None:
    """Two almost parallel columns: squaring the condition number leaves nothing of the 16 digits."""
    t = np.linspace(0, 1, 20)
    x = np.column_stack([t, t + 1e-8 * t**2])
    w, b = least_squares(x, x @ [1.0, 2.0] + 3.0)
    np.testing.assert_allclose([*w, b], [1, 2, 3], rtol=1e-5)
    augmented = np.column_stack([x, np.ones(20)])
    assert np.linalg.matrix_rank(augmented.T @ augmented) < 3


@pytest.mark.parametrize("units", [1e-150, 1e-9, 1.0, 1e9, 1e150])
def test_units_of_a_column_make_no_difference_to_least_squares(units: float) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(10, 2)), rng.normal(size=10)
    w, b = least_squares(x, y)
    scaled, same = least_squares(x * [units, 1], y)
    np.testing.assert_allclose([*scaled, same], [w[0] / units, w[1], b], rtol=1e-10)
    with pytest.raises(ValueError, match="^least_squares: x must have independent columns"):
        least_squares(np.column_stack([x, units * (x[:, 0] - 3 * x[:, 1] + 2)]), y)


def test_a_constant_column_is_refused_though_its_mean_is_rounded() -> None:
    with pytest.raises(ValueError, match="^least_squares: x must have no constant column"):
        least_squares(np.column_stack([np.full(7, 0.1), np.arange(7.0)]), np.arange(7.0))
    w, _ = least_squares(1e6 + np.arange(7.0)[:, None], np.arange(7.0))  # large, but not constant
    assert w[0] == pytest.approx(1, rel=1e-9)


def test_gradients_of_least_squares() -> None:
    """With respect to the targets they are the rows of the pseudoinverse; here for w_1 - 2 w_2 + 3 b."""
    import torch

    x, y = np.array([*X, [1.0, -1.0]]), np.array([1.0, 0.5, -1.0, 2.0])

    def mixed(x: Any, y: Any) -> Any:
        w, b = least_squares(x, y)
        return w[0] - 2 * w[1] + 3 * b

    tensors = [torch.tensor(array, requires_grad=True) for array in (x, y)]
    mixed(*tensors).backward()
    by_x, by_y = (tensor.grad.numpy() for tensor in tensors if tensor.grad is not None)
    np.testing.assert_allclose(by_y, np.array([1, -2, 3]) @ np.linalg.pinv(np.column_stack([x, np.ones(4)])), rtol=1e-10)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-6
        assert by_x[i] == pytest.approx((mixed(x + step, y) - mixed(x - step, y)) / 2e-6, rel=1e-5, abs=1e-8)


# --- Perceptron


def test_perceptron_update_by_hand(xp: Library) -> None:
    w, b = perceptron_update(xp.array([2.0, 1.0]), xp.array(-1.0), xp.array([0.5, 0.0]), xp.array(0.0), eta=0.5)
    xp.close(w, [-0.5, -0.5])
    xp.close(b, -0.5)


@given(VECTORS, st.sampled_from([-1, 1]), VECTORS, NUMBERS, st.floats(0.01, 10))
def test_a_perceptron_update_raises_the_margin_by_eta_times_the_squared_norm_of_the_augmented_point(
    x: list[float], y: int, w: list[float], b: float, eta: float
) -> None:
    after = y * score(x, *perceptron_update(x, y, w, b, eta=eta))
    assert after == pytest.approx(y * score(x, w, b) + eta * (x[0] ** 2 + x[1] ** 2 + 1), rel=1e-9, abs=1e-9)


def test_gradients_of_a_perceptron_update() -> None:
    for y, eta in ((1.0, 0.5), (-1.0, 2.0)):
        assert_gradient(lambda x, w, y=y, eta=eta: perceptron_update(x, y, w, 0.0, eta=eta)[0].sum(), X[0], W, wrt=0, expected=[eta * y] * 2)
        assert_gradient(lambda x, w, y=y, eta=eta: perceptron_update(x, y, w, 0.0, eta=eta)[0].sum(), X[0], W, wrt=1, expected=[1, 1])
    assert_gradient(lambda x, b: perceptron_update(x, 1.0, W, b, eta=0.5)[1], X[0], B, wrt=1, expected=1)


def novikoff(x: Any, y: Any) -> float:
    """R² / γ² of the augmented points, with the hyperplane that the support vector machine finds (any would do)."""
    w, b = hard_margin_svm(x, y)
    gamma = (y * score(x, w, b)).min() / math.sqrt(w @ w + b**2)
    return float(((x**2).sum(axis=1).max() + 1) / gamma**2)


@settings(deadline=None, max_examples=60)
@given(classes(separable=True), st.floats(0.1, 10))
def test_the_perceptron_separates_what_is_separable_within_the_bound_of_novikoff(data: tuple[Any, Any], eta: float) -> None:
    x, y = data
    bound = novikoff(x, y)
    assume(bound < 300)
    model = Perceptron(eta=eta, max_epochs=400).fit(x, y)
    assert model.converged_
    assert model.n_updates_ <= bound * (1 + 1e-9)
    assert (model.predict(x) == y).all()
    assert (y * score(x, model.w_, model.b_) > 0).all()


def test_the_bound_without_the_augmented_coordinate_is_false() -> None:
    """x = 10 with label +1 and x = 12 with label -1: 233 updates, where (R / γ)² without it is 144."""
    x, y = np.array([[10.0], [12.0]]), np.array([1.0, -1.0])
    model = Perceptron(eta=1.0, max_epochs=1000).fit(x, y)
    assert model.converged_ and model.n_updates_ == 233
    gamma = margin_width(hard_margin_svm(x, y)[0]) / 2
    assert (12 / gamma) ** 2 == pytest.approx(144)
    assert novikoff(x, y) == pytest.approx(17690)


def test_the_perceptron_is_that_of_scikit_learn_epoch_by_epoch() -> None:
    from sklearn.linear_model import Perceptron as Oracle

    for distance in (1.0, 5.0):  # overlapping and separable
        x, y = clouds(30, 3, distance, seed=0)
        for epochs in (1, 2, 7):
            model = Perceptron(eta=0.3, max_epochs=epochs).fit(x, y)
            oracle = Oracle(eta0=0.3, max_iter=epochs, tol=None, shuffle=False).fit(x, y)
            np.testing.assert_allclose(model.w_, oracle.coef_[0], rtol=1e-9, atol=1e-12)
            assert model.b_ == pytest.approx(oracle.intercept_[0], rel=1e-9, abs=1e-12)


def test_the_perceptron_does_not_come_to_an_end_where_no_hyperplane_separates() -> None:
    x, y = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 1.0, -1.0, -1.0])
    states = []
    for epochs in range(1, 40):
        model = Perceptron(eta=1.0, max_epochs=epochs).fit(x, y)
        assert not model.converged_ and (model.predict(x) != y).any()
        states.append((*model.w_.tolist(), float(model.b_)))
    assert len(set(states)) < len(states) / 2  # it goes round in a cycle


@settings(deadline=None, max_examples=40)
@given(classes(), st.integers(-8, 8))
def test_eta_only_scales_the_perceptron(data: tuple[Any, Any], k: int) -> None:
    x, y = data
    one, scaled = (Perceptron(eta=eta, max_epochs=5).fit(x, y) for eta in (1.0, 2.0**k))
    assert scaled.n_updates_ == one.n_updates_ and scaled.converged_ == one.converged_
    np.testing.assert_array_equal(scaled.w_, 2.0**k * one.w_)
    assert scaled.b_ == 2.0**k * one.b_


def test_the_perceptron_updates_on_the_hyperplane_too() -> None:
    """The label +1 is right by sign(0) = +1, and still there is an update: the test is y (wᵀx + b) ≤ 0."""
    model = Perceptron(eta=1.0, max_epochs=5).fit([[1.0]], [1])
    assert sign_classifier([1.0], [0.0], 0.0) == 1
    assert (model.w_.tolist(), model.b_, model.n_updates_) == ([1.0], 1.0, 1)


def test_the_perceptron_on_every_library(xp: Library) -> None:
    model = Perceptron(eta=0.5, max_epochs=10).fit(xp.array([[2.0, 0.5], [-1.0, 1.0], [1.5, 1.0]]), xp.array([1, -1, 1], "int64"))
    xp.close(model.w_, [1, 0.25])
    xp.close(model.b_, 0.5)
    xp.close(model.predict(xp.array([[1.0, 0.0], [-4.0, 0.0]])), [1, -1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [[1.0], [math.nan]]}, r"^Perceptron.fit: x must be finite, got nan"),
        ({"x": [1.0, 2.0]}, r"^Perceptron.fit: x must have the axes \(n, d\), got shape \(2,\)"),
        ({"y": [1, 0]}, r"^Perceptron.fit: y must be -1 or \+1, got 0"),
        ({"y": [1]}, r"^Perceptron.fit: y must have shape"),
        ({"max_epochs": 0}, r"^Perceptron: max_epochs must be > 0, got 0"),
        ({"eta": 0.0}, r"^perceptron_update: eta must be > 0, got 0.0"),
    ],
)
def test_the_perceptron_refuses_what_it_cannot_learn_from(change: dict[str, Any], message: str) -> None:
    given_ = {"x": [[1.0], [2.0]], "y": [1, -1], "max_epochs": 3, "eta": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        Perceptron(eta=given_["eta"], max_epochs=given_["max_epochs"]).fit(given_["x"], given_["y"])


# --- Logistic regression


def test_logistic_proba_by_hand(xp: Library) -> None:
    x = xp.array([[1.0, 2.0], [1.0, 0.0], [-1.0, 0.0]])
    xp.close(logistic_proba(x, xp.array([2.0, -1.0]), xp.array(0.0)), [0.5, 0.8807970779778823, 0.1192029220221176])


def test_logistic_proba_is_the_sigmoid_of_scipy_and_pytorch_to_the_smallest_number() -> None:
    import torch
    from scipy.special import expit

    z = np.concatenate([np.linspace(-708, 40, 400), np.linspace(-3, 3, 61)])
    p = logistic_proba(z[:, None], [1.0], 0.0)
    np.testing.assert_allclose(p, expit(z), rtol=1e-12)
    np.testing.assert_allclose(p[z > -700], torch.sigmoid(torch.tensor(z[z > -700])), rtol=1e-12)


@given(st.floats(-700, 700))
def test_the_sigmoid_of_minus_z_is_one_minus_the_sigmoid_of_z(z: float) -> None:
    assert logistic_proba([z], [-1.0], 0.0) == pytest.approx(1 - logistic_proba([z], [1.0], 0.0), rel=1e-12, abs=1e-15)


@given(st.floats(-36, 36))
def test_a_probability_is_strictly_between_zero_and_one_for_scores_up_to_36(z: float) -> None:
    assert 0 < logistic_proba([z], [1.0], 0.0) < 1


def test_from_38_on_a_probability_is_rounded_to_one_and_from_minus_746_on_to_zero() -> None:
    assert [logistic_proba([z], [1.0], 0.0) for z in (38.0, math.inf, -746.0, -math.inf)] == [1, 1, 0, 0]
    assert logistic_proba([-744.0], [1.0], 0.0) > 0
    assert logistic_proba([37.0], [1.0], 0.0) == 1 - 2**-53  # right to the last digit, where 1 / (1 + exp(-37)) is 1
    assert math.isnan(logistic_proba([math.nan], [1.0], 0.0))


def test_gradient_of_logistic_proba_is_p_times_one_minus_p_even_far_out() -> None:
    p = logistic_proba(X, W, B)
    assert_gradient(logistic_proba, X, W, B, wrt=0, expected=(p * (1 - p))[:, None] * W)
    for z in (-1e3, -50.0, 0.0, 50.0, 1e3):
        slope = math.exp(-abs(z)) if abs(z) > 40 else 0.25
        assert_gradient(logistic_proba, [1.0], [z], 0.0, wrt=1, expected=[slope], differences=False)


def test_a_probability_of_at_least_one_half_is_the_label_plus_one() -> None:
    x, _ = make_plane_data(n=50, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(sign_classifier(x, W, B) == 1, logistic_proba(x, W, B) >= 0.5)


def test_logistic_loss_by_hand(xp: Library) -> None:
    x, y = xp.array([[1.0], [2.0]]), xp.array([1, 0], "int64")
    xp.close(logistic_loss(x, y, xp.array([0.0]), xp.array(0.0)), 2 * math.log(2))
    xp.close(logistic_loss(x, y, xp.array([1.0]), xp.array(0.0)), math.log1p(math.exp(-1)) + math.log1p(math.exp(2)))


def test_logistic_loss_is_the_sum_of_pytorch_and_scikit_learn() -> None:
    import torch
    from sklearn.metrics import log_loss

    x, y = clouds(20, 2, 1.0, seed=0)
    y = (y + 1) / 2
    found = logistic_loss(x, y, W, B)
    oracle = torch.nn.BCEWithLogitsLoss(reduction="sum")(torch.tensor(score(x, W, B)), torch.tensor(y))
    assert found == pytest.approx(oracle.item(), rel=1e-12)
    assert found == pytest.approx(log_loss(y, logistic_proba(x, W, B), normalize=False), rel=1e-12)


def test_logistic_loss_is_the_cross_entropy_summed_over_the_samples() -> None:
    from dlref.losses import cross_entropy

    p = logistic_proba(X, W, B)
    both = np.stack([1 - p, p], axis=-1)
    assert logistic_loss(X, [1, 0, 1], W, B) == pytest.approx(cross_entropy([1, 0, 1], both).sum(), rel=1e-12)


def test_gradients_of_the_logistic_loss() -> None:
    x, y = np.array(X), np.array([1, 0, 1])
    error = logistic_proba(x, W, B) - y
    assert_gradient(logistic_loss, X, [1, 0, 1], W, B, wrt=2, expected=error @ x)
    assert_gradient(logistic_loss, X, [1, 0, 1], W, B, wrt=3, expected=error.sum())


@given(classes(), st.lists(NUMBERS, min_size=8, max_size=8), st.floats(0, 1))
def test_logistic_loss_is_convex_in_the_weights_and_the_intercept(data: tuple[Any, Any], values: list[float], t: float) -> None:
    x, y = data
    d = x.shape[1]
    v, u = np.array(values[:4]), np.array(values[4:])

    def at(theta: Any) -> float:
        return float(logistic_loss(x, (y + 1) / 2, theta[:d], float(theta[3])))

    assert at(t * v + (1 - t) * u) <= t * at(v) + (1 - t) * at(u) + 1e-9 * (1 + at(v) + at(u))


def test_logistic_loss_takes_no_logarithm_of_zero() -> None:
    assert logistic_loss([[1.0]], [0], [1000.0], 0.0) == 1000
    assert logistic_loss([[1.0]], [1], [1000.0], 0.0) == 0
    assert logistic_loss([[math.inf]], [1], [1.0], 0.0) == 0 and logistic_loss([[math.inf]], [0], [1.0], 0.0) == math.inf
    assert_gradient(logistic_loss, [[1.0]], [0], [1000.0], 0.0, wrt=2, expected=[1], differences=False)


def test_logistic_loss_of_separable_data_has_no_minimum() -> None:
    x, y = clouds(20, 2, 6.0, seed=0)
    w, b = hard_margin_svm(x, y)
    losses = [logistic_loss(x, (y + 1) / 2, c * w, c * b) for c in (1, 2, 4, 8, 16, 32)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 1e-10


def test_logistic_loss_is_least_where_scikit_learn_puts_the_weights() -> None:
    from sklearn.linear_model import LogisticRegression

    x, y = clouds(60, 2, 1.0, seed=0)
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(x, y)
    w, b = model.coef_[0], float(model.intercept_[0])
    error = logistic_proba(x, w, b) - (y + 1) / 2
    np.testing.assert_allclose([*(error @ x), error.sum()], 0, atol=1e-5)
    best = logistic_loss(x, (y + 1) / 2, w, b)
    for step in np.random.default_rng(0).normal(size=(50, 3)):
        assert logistic_loss(x, (y + 1) / 2, w + step[:2], b + step[2]) > best


# --- Support vector machine


def on_and_inside(x: Any, y: Any, w: Any, b: Any, tol: float = 1e-7) -> tuple[Any, Any]:
    """Which samples lie on the margin, and which violate it."""
    excess = y * score(x, w, b) - 1
    return abs(excess) <= tol, excess < -tol


def kkt_residual(x: Any, y: Any, w: Any, b: Any, c: float = math.inf) -> float:
    """How far w and b are from the conditions of Karush, Kuhn and Tucker, which are necessary and sufficient here.

    There must be multipliers a_i in [0, c] with w = Σ a_i y_i x_i and Σ a_i y_i = 0; a_i is 0 beyond the margin and c inside. Those on
    the margin are looked for by SciPy's least squares under bounds, which knows nothing of how w and b were found.
    """
    from scipy.optimize import lsq_linear, nnls

    on, inside = on_and_inside(x, y, w, b)
    if math.isinf(c) and inside.any():
        return math.inf
    rest = np.append(w, 0.0) - (0 if math.isinf(c) else c * np.append((y[inside] @ x[inside]), y[inside].sum()))
    if not on.any():
        return float(np.abs(rest).max())
    matrix = (np.column_stack([x[on], np.ones(on.sum())]) * y[on][:, None]).T
    a = nnls(matrix, rest)[0] if math.isinf(c) else lsq_linear(matrix, rest, bounds=(0, c), method="bvls", tol=1e-15).x
    return float(np.abs(matrix @ a - rest).max() / max(1, np.abs(w).max()))


def test_hard_margin_constraints_by_hand(xp: Library) -> None:
    x, y = xp.array([[3.0], [1.0]]), xp.array([1, -1], "int64")
    for w, b, expected in (([1.0], -2.0, True), ([0.9], -2.0, False), ([1.0], -1.9, False), ([2.0], -4.0, True)):
        holds = satisfies_margin(x, y, xp.array(w), xp.array(b))
        assert xp.owns(holds) and bool(holds) is expected


@given(classes(), st.lists(NUMBERS, min_size=3, max_size=3), NUMBERS)
def test_hard_margin_constraints_hold_exactly_where_no_sample_has_a_hinge_loss(data: tuple[Any, Any], w: list[float], b: float) -> None:
    x, y = data
    w = w[: x.shape[1]]
    assert satisfies_margin(x, y, w, b) == (hinge(y, score(x, w, b)) == 0).all() == (y * score(x, w, b) >= 1).all()


def test_hard_margin_constraints_alone_do_not_single_out_a_hyperplane() -> None:
    x, y = np.array([[3.0, 0.0], [1.0, 0.0]]), np.array([1, -1])
    for w, b in (([1.0, 0.0], -2.0), ([2.0, 0.0], -4.0), ([1.0, 5.0], -2.0), ([1.5, 0.0], -3.0)):
        assert satisfies_margin(x, y, w, b)


def test_a_tolerance_lets_the_left_sides_fall_below_one_and_nan_satisfies_nothing() -> None:
    assert satisfies_margin([[3.0], [1.0]], [1, -1], [0.9], -1.9, tol=0.25) and not satisfies_margin([[3.0], [1.0]], [1, -1], [0.9], -1.9, tol=0.1)
    assert not satisfies_margin([[math.nan]], [1], [1.0], 0.0)


def test_margin_width_by_hand(xp: Library) -> None:
    xp.close(margin_width(xp.array([[3.0, 4.0], [0.0, 0.5]])), [0.4, 4])
    assert margin_width([0.0, 0.0]) == math.inf


@given(VECTORS, NUMBERS)
def test_margin_width_is_the_distance_between_the_hyperplanes_of_score_minus_one_and_plus_one(w: list[float], b: float) -> None:
    norm = math.hypot(*w)
    assume(norm > 1e-3)
    unit = np.array(w) / norm
    below, above = (-1 - b) / norm * unit, (1 - b) / norm * unit  # on them, straight across from each other
    assert score(below, w, b) == pytest.approx(-1, abs=1e-9) and score(above, w, b) == pytest.approx(1, abs=1e-9)
    assert margin_width(w) == pytest.approx(math.dist(below, above), rel=1e-9)


def test_gradients_of_the_margin_and_of_the_objectives() -> None:
    assert_gradient(margin_width, [3.0, 4.0], wrt=0, expected=[-2 * 3 / 125, -2 * 4 / 125])
    assert_gradient(hard_margin_objective, [3.0, 4.0], wrt=0, expected=[3, 4])
    y = np.array([-1, 1, 1])
    active = y * score(X, W, B) < 1
    slope = np.array(W) - 2 * (active * y) @ np.array(X)
    assert active.any() and not active.all()
    assert_gradient(soft_margin_objective, X, y.tolist(), W, B, wrt=2, c=2.0, expected=slope)
    assert_gradient(soft_margin_objective, X, y.tolist(), W, B, wrt=3, c=2.0, expected=-2 * (active * y).sum())


def test_objectives_by_hand(xp: Library) -> None:
    xp.close(hard_margin_objective(xp.array([3.0, 4.0])), 12.5)
    x, y = xp.array([[3.0], [1.0]]), xp.array([1.0, -1.0])
    xp.close(soft_margin_objective(x, y, xp.array([1.0]), xp.array(-1.0), c=2.0), 2.5)
    xp.close(soft_margin_objective(x, y, xp.array([1.0]), xp.array(-2.0)), 0.5)


def test_hard_margin_svm_by_hand(xp: Library) -> None:
    w, b = hard_margin_svm(xp.array([[3.0, 0.0], [1.0, 0.0], [0.0, 5.0]]), xp.array([1, -1, -1], "int64"))
    xp.close(w, [1, 0], atol=1e-15)
    xp.close(b, -2)


@given(VECTORS, VECTORS)
def test_the_hyperplane_of_two_points_is_their_perpendicular_bisector(positive: list[float], negative: list[float]) -> None:
    difference = np.array(positive) - negative
    assume(difference @ difference > 1e-4)
    w, b = hard_margin_svm([positive, negative], [1, -1])
    np.testing.assert_allclose(w, 2 * difference / (difference @ difference), rtol=1e-9, atol=1e-12)
    assert score((np.array(positive) + negative) / 2, w, b) == pytest.approx(0, abs=1e-9 * (1 + np.abs(w).max()))


@pytest.mark.parametrize(("n", "d", "seed"), [(10, 2, 0), (60, 2, 1), (40, 5, 2), (30, 20, 3)])
def test_hard_margin_svm_is_that_of_scikit_learn(n: int, d: int, seed: int) -> None:
    from sklearn.svm import SVC

    x, y = clouds(n, d, 5.0 if d < 20 else 2.0, seed)
    w, b = hard_margin_svm(x, y)
    oracle = SVC(kernel="linear", C=1e6, tol=1e-9).fit(x, y)
    np.testing.assert_allclose(w, oracle.coef_[0], atol=1e-6)
    assert b == pytest.approx(oracle.intercept_[0], abs=1e-6)


@pytest.mark.parametrize(("n", "d", "seed"), [(10, 2, 0), (60, 2, 1), (40, 5, 2), (30, 20, 3), (300, 3, 4)])
def test_hard_margin_svm_meets_the_conditions_of_karush_kuhn_tucker(n: int, d: int, seed: int) -> None:
    x, y = clouds(n, d, 8.0 if d < 20 else 2.0, seed)
    w, b = hard_margin_svm(x, y)
    assert satisfies_margin(x, y, w, b, tol=1e-12)
    assert (y * score(x, w, b)).min() == pytest.approx(1, abs=1e-12)
    assert kkt_residual(x, y, w, b) < 1e-9


def separating(x: Any, y: Any) -> bool:
    """Whether a hyperplane separates the classes, by SciPy's linear programming."""
    from scipy.optimize import linprog

    rows = -y[:, None] * np.column_stack([x, np.ones(len(x))])
    return bool(linprog(np.zeros(x.shape[1] + 1), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None)).status == 0)


@settings(deadline=None, max_examples=80)
@given(classes(low=-2, high=2))
def test_hard_margin_svm_is_optimal_or_the_classes_cannot_be_separated(data: tuple[Any, Any]) -> None:
    x, y = data
    try:
        w, b = hard_margin_svm(x, y)
    except ValueError as error:
        assert str(error).startswith("hard_margin_svm: x must be separable by a hyperplane")
        assert not separating(x, y)
        return
    assert satisfies_margin(x, y, w, b, tol=1e-10)
    assert kkt_residual(x, y, w, b) < 1e-8


@settings(deadline=None, max_examples=40)
@given(classes(separable=True))
def test_no_separating_hyperplane_has_a_wider_margin(data: tuple[Any, Any]) -> None:
    x, y = data
    best, b = hard_margin_svm(x, y)
    for scale in (1.0, 3.0):
        model = Perceptron(eta=1.0, max_epochs=2000).fit(np.concatenate([x, x * scale]), np.concatenate([y, y]))
        if model.converged_:
            w = model.w_ / (y * score(x, model.w_, model.b_)).min()
            assert margin_width(w) <= margin_width(best) * (1 + 1e-9)
            assert hard_margin_objective(w) >= hard_margin_objective(best) * (1 - 1e-9)


def test_the_widest_margin_is_the_distance_between_the_convex_hulls() -> None:
    from scipy.optimize import minimize

    x, y = clouds(16, 2, 8.0, seed=5)
    positive, negative = x[y > 0], x[y < 0]

    def distance(weights: Any) -> float:
        p, q = np.split(np.abs(weights), [len(positive)])
        return float(np.linalg.norm(p @ positive / p.sum() - q @ negative / q.sum()))

    found = minimize(distance, np.ones(len(x)), method="SLSQP", options={"ftol": 1e-12, "maxiter": 500}).fun
    assert margin_width(hard_margin_svm(x, y)[0]) == pytest.approx(found, rel=1e-5)


def test_only_the_samples_on_the_margin_count() -> None:
    x, y = clouds(50, 2, 8.0, seed=6)
    w, b = hard_margin_svm(x, y)
    on, _ = on_and_inside(x, y, w, b)
    assert 2 <= on.sum() <= 3
    w_on, b_on = hard_margin_svm(x[on], y[on])
    np.testing.assert_allclose([*w_on, b_on], [*w, b], rtol=1e-10)
    more = np.concatenate([x, x + 2 * y[:, None] * w / np.linalg.norm(w)])
    w_more, b_more = hard_margin_svm(more, np.concatenate([y, y]))
    np.testing.assert_allclose([*w_more, b_more], [*w, b], rtol=1e-10)


@settings(deadline=None, max_examples=30)
@given(classes(separable=True), SCALES, st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_hard_margin_svm_moves_and_scales_with_the_data(data: tuple[Any, Any], scale: float, shift: list[float]) -> None:
    x, y = data
    w, b = hard_margin_svm(x, y)
    s = np.array(shift[: x.shape[1]])
    moved, b_moved = hard_margin_svm(scale * x + s, y)
    np.testing.assert_allclose(scale * moved, w, rtol=1e-6, atol=1e-6)
    assert b_moved + moved @ s == pytest.approx(b, rel=1e-6, abs=1e-6)
    turned, b_turned = hard_margin_svm(x, -y)
    np.testing.assert_allclose(turned, -w, rtol=1e-9, atol=1e-9)
    assert b_turned == pytest.approx(-b, rel=1e-9, abs=1e-9)


def test_a_narrow_gap_is_a_margin_and_a_common_point_is_not() -> None:
    x, y = np.array([[0.0, 1.0], [0.0, -1.0], [1.0, 0.0]]), np.array([1.0, 1.0, -1.0])
    for gap in (1e-3, 1e-6, 1e-9):
        narrow = x - [[0.0, 0.0], [0.0, 0.0], [1 - gap, 0.0]]
        w, b = hard_margin_svm(narrow, y)
        assert margin_width(w) == pytest.approx(gap, rel=1e-6)
    for point in ([0.0, 0.0], [0.0, 1.0], [0.0, 0.3]):
        with pytest.raises(ValueError, match="^hard_margin_svm: x must be separable by a hyperplane"):
            hard_margin_svm([[0.0, 1.0], [0.0, -1.0], point], y)


def test_soft_margin_svm_of_two_points_is_capped_by_the_price(xp: Library) -> None:
    """At ±2: w = min(1/2, 4c), since each multiplier is at most c."""
    x, y = xp.array([[2.0], [-2.0]]), xp.array([1, -1], "int64")
    for c, expected in ((0.0625, 0.25), (0.125, 0.5), (10.0, 0.5)):
        w, b = soft_margin_svm(x, y, c=c)
        xp.close(w, [expected])
        xp.close(b, 0, atol=1e-15)


@pytest.mark.parametrize("c", [0.01, 0.1, 1.0, 10.0])
@pytest.mark.parametrize(("n", "d", "distance"), [(30, 2, 2.0), (60, 4, 1.0), (40, 2, 6.0)])
def test_soft_margin_svm_is_that_of_scikit_learn(n: int, d: int, distance: float, c: float) -> None:
    from sklearn.svm import SVC

    x, y = clouds(n, d, distance, seed=n)
    w, b = soft_margin_svm(x, y, c=c)
    oracle = SVC(kernel="linear", C=c, tol=1e-10).fit(x, y)
    np.testing.assert_allclose(w, oracle.coef_[0], atol=1e-6)
    assert b == pytest.approx(oracle.intercept_[0], abs=1e-6)
    assert soft_margin_objective(x, y, w, b, c=c) <= soft_margin_objective(x, y, oracle.coef_[0], oracle.intercept_[0], c=c) * (1 + 1e-12)


def test_soft_margin_svm_is_not_the_linear_svc_of_scikit_learn() -> None:
    from sklearn.svm import LinearSVC

    x, y = clouds(30, 2, 2.0, seed=30)
    x = x + 3
    w, b = soft_margin_svm(x, y, c=1.0)
    for loss in ("hinge", "squared_hinge"):  # even with the hinge it penalizes the intercept
        other = LinearSVC(C=1.0, loss=loss, tol=1e-8, max_iter=1_000_000).fit(x, y)
        assert soft_margin_objective(x, y, other.coef_[0], float(other.intercept_[0])) > soft_margin_objective(x, y, w, b) * 1.001


@settings(deadline=None, max_examples=80)
@given(classes(low=-2, high=2), st.sampled_from([1e-3, 0.05, 0.5, 1.0, 7.0, 100.0]))
def test_soft_margin_svm_meets_the_conditions_of_karush_kuhn_tucker(data: tuple[Any, Any], c: float) -> None:
    x, y = data
    w, b = soft_margin_svm(x, y, c=c)
    assert kkt_residual(x, y, w, b, c) < 1e-7 * max(1, c)


@settings(deadline=None, max_examples=60)
@given(classes(), st.sampled_from([0.05, 1.0, 20.0]), st.lists(NUMBERS, min_size=4, max_size=4), st.sampled_from([1e-6, 1e-3, 1.0]))
def test_no_step_lowers_the_objective_of_the_soft_margin(data: tuple[Any, Any], c: float, step: list[float], length: float) -> None:
    x, y = data
    w, b = soft_margin_svm(x, y, c=c)
    best = soft_margin_objective(x, y, w, b, c=c)
    other = soft_margin_objective(x, y, w + length * np.array(step[: x.shape[1]]), b + length * step[3], c=c)
    assert other >= best * (1 - 1e-12) - 1e-12


@settings(deadline=None, max_examples=40)
@given(classes(separable=True))
def test_a_high_price_makes_the_soft_margin_hard(data: tuple[Any, Any]) -> None:
    x, y = data
    w, b = hard_margin_svm(x, y)
    soft, b_soft = soft_margin_svm(x, y, c=1e4)
    np.testing.assert_allclose(soft, w, rtol=1e-7, atol=1e-7)
    assert b_soft == pytest.approx(b, rel=1e-7, abs=1e-7)
    assert soft_margin_objective(x, y, w, b, c=1e4) == pytest.approx(hard_margin_objective(w), rel=1e-6, abs=1e-6)


def test_where_the_intercept_may_lie_in_an_interval_it_is_the_midpoint() -> None:
    """At a low price both multipliers are at their bound, and every b from -0.5 to 0.75 is as good."""
    from sklearn.svm import SVC

    x, y, c = [[1.0], [-2.0]], [1, -1], 1 / 12
    w, b = soft_margin_svm(x, y, c=c)
    np.testing.assert_allclose([*w, b], [0.25, 0.125], rtol=1e-12)
    best = soft_margin_objective(x, y, w, b, c=c)
    np.testing.assert_allclose([soft_margin_objective(x, y, w, t, c=c) for t in (-0.5, 0.0, 0.5, 0.75)], best, rtol=1e-12)
    assert soft_margin_objective(x, y, w, 0.76, c=c) > best and soft_margin_objective(x, y, w, -0.51, c=c) > best
    assert SVC(kernel="linear", C=c, tol=1e-10).fit(x, y).intercept_[0] == pytest.approx(0.125, rel=1e-9)


@pytest.mark.parametrize("c", [0.5, 600.0])
def test_where_one_class_surrounds_the_other_the_weights_are_zero_even_with_features_of_different_units(c: float) -> None:
    """No direction tells them apart: all of the larger class lies on the margin, and the smaller one is paid for, 2 c a sample."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(12, 3)), [[0.0, 0.0, 0.0]]]) * [1e3, 1.0, 1e-3]
    x[6:12] = -x[:6]
    y = np.array([1.0] * 12 + [-1.0])
    w, b = soft_margin_svm(x, y, c=c)
    np.testing.assert_allclose(w * [1e3, 1.0, 1e-3], 0, atol=1e-12)
    assert b == pytest.approx(1, rel=1e-12)
    assert soft_margin_objective(x, y, w, b, c=c) == pytest.approx(2 * c, rel=1e-9)


@pytest.mark.parametrize("c", [0.01, 1.0, 1000.0])
def test_hundreds_of_overlapping_samples_are_solved_as_exactly(c: float) -> None:
    x, y = clouds(400, 2, 2.0, seed=0)
    w, b = soft_margin_svm(x, y, c=c)
    assert kkt_residual(x, y, w, b, c) < 1e-9 * max(1, c)


@pytest.mark.parametrize("svm", [hard_margin_svm, soft_margin_svm])
def test_a_support_vector_machine_gives_back_library_dtype_and_numbers(svm: Any) -> None:
    import torch

    x, y = [[3.0], [1.0]], [1, -1]
    for dtype in (torch.float32, torch.float64):
        w, b = svm(torch.tensor(x, dtype=dtype, requires_grad=True), torch.tensor(y))
        assert w.dtype == b.dtype == dtype and not w.requires_grad
    w, b = svm(x, y)
    assert isinstance(w, np.ndarray) and type(b) is float


@settings(deadline=None, max_examples=40)
@given(classes(), st.randoms(use_true_random=False), st.sampled_from([0.05, 1.0]))
def test_the_weights_of_the_soft_margin_do_not_depend_on_the_order_of_the_samples(data: tuple[Any, Any], random: Any, c: float) -> None:
    x, y = data
    order = list(range(len(x)))
    random.shuffle(order)
    np.testing.assert_allclose(soft_margin_svm(x[order], y[order], c=c)[0], soft_margin_svm(x, y, c=c)[0], rtol=1e-8, atol=1e-8)


# --- Thin classes


def test_support_vector_machines_as_objects() -> None:
    x, y = clouds(30, 2, 8.0, seed=7)
    half, one = soft_margin_svm(x, y, c=0.5), soft_margin_svm(x, y)
    for model, (w, b) in ((HardMarginSVM(), hard_margin_svm(x, y)), (SoftMarginSVM(c=0.5), half), (SoftMarginSVM(), one)):
        assert model.fit(x, y) is model
        np.testing.assert_array_equal(model.w_, w)
        assert model.b_ == b
        np.testing.assert_array_equal(model.predict(x), sign_classifier(x, w, b))


def test_linear_regression_as_an_object() -> None:
    x, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12.0)
    model = LinearRegression()
    assert model.fit(x, y) is model
    w, b = least_squares(x, y)
    np.testing.assert_array_equal(model.w_, w)
    assert model.b_ == b
    np.testing.assert_array_equal(model.predict(x), score(x, w, b))


# --- Data of the plane


def test_plane_data_are_points_of_the_plane_with_labels_minus_one_and_plus_one() -> None:
    """The statement `labeled-plane-data`."""
    assert formula("labeled-plane-data") == r"x_i = (x_{i1}, x_{i2}) \in \mathbb{R}^2, \quad y_i \in \{-1, +1\}"
    x, y = make_plane_data(n=500, rng=np.random.default_rng(0))
    assert x.shape == (500, 2) and y.shape == (500,) and x.dtype == y.dtype == np.float64
    assert np.isfinite(x).all() and set(y.tolist()) == {-1, 1}


def test_plane_data_repeat_with_the_seed_and_leave_other_randomness_alone() -> None:
    x, y = make_plane_data(n=5, rng=np.random.default_rng(3))
    again = make_plane_data(n=5, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(x, again[0])
    np.testing.assert_array_equal(y, again[1])
    rng = np.random.default_rng(3)
    make_plane_data(n=5, rng=rng)
    assert not np.array_equal(make_plane_data(n=5, rng=rng)[0], x)


def test_plane_data_have_the_distribution_that_is_said() -> None:
    n = 20000
    x, y = make_plane_data(n=n, rng=np.random.default_rng(0))
    assert (y == 1).mean() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(n))
    noise = x - y[:, None]
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=5 / math.sqrt(n))
    np.testing.assert_allclose(np.cov(noise.T), np.eye(2), atol=5 * math.sqrt(2 / n))
    assert abs(np.corrcoef(noise.T[0], y)[0, 1]) < 5 / math.sqrt(n)


# --- Where scikit-learn differs, on the data of section 1.4

POINTS, LABELS = [[2.0, 2.0], [4.0, 1.0], [0.0, 0.0], [1.0, -2.0]], [1, 1, -1, -1]  # A, B, C, D
MISLABELED = ([*POINTS, [4.0, 4.0]], [*LABELS, -1])  # and E
HOURS, PASSED = [[float(hours)] for hours in range(1, 7)], [0, 0, 1, 0, 1, 1]


def test_a_score_of_zero_is_positive_here_and_negative_in_scikit_learn() -> None:
    from sklearn.linear_model import Perceptron as Oracle

    oracle = Oracle(max_iter=3, tol=None, shuffle=False).fit(POINTS, LABELS)
    on, off = [0.25, 0.25], [0.25, 0.5]
    w, b = oracle.coef_[0], oracle.intercept_[0]
    assert score([on, off], w, b).tolist() == [0, 0.5]
    assert sign_classifier([on, off], w, b).tolist() == [1, 1]
    assert oracle.predict([on, off]).tolist() == [-1, 1]


def test_scikit_learn_penalizes_logistic_regression_unless_told_not_to() -> None:
    """It minimizes ½ ‖w‖² + C L(w, b), with C = 1 where nothing is said; with C = ∞ it minimizes L."""
    from sklearn.linear_model import LogisticRegression

    x, y = np.array(HOURS), np.array(PASSED)
    for c, weights in ((None, 0.7671), (1.0, 0.7671), (np.inf, 1.2140)):
        model = LogisticRegression(**({} if c is None else {"C": c}), tol=1e-12, max_iter=1000).fit(x, y)
        w, b = model.coef_[0], float(model.intercept_[0])
        assert w[0] == pytest.approx(weights, abs=5e-5)
        error = logistic_proba(x, w, b) - y
        penalty = 0 if c == np.inf else w / (c or 1.0)
        np.testing.assert_allclose([*(error @ x + penalty), error.sum()], 0, atol=1e-5)


def test_linear_svc_of_scikit_learn_solves_other_problems_on_the_points_of_the_page() -> None:
    """It penalizes the intercept, and by default squares the hinge: no step from its solution lowers that objective."""
    from sklearn.svm import SVC, LinearSVC

    x, y = MISLABELED
    same = SVC(kernel="linear", C=1.0, tol=1e-10).fit(x, y)
    np.testing.assert_allclose([*same.coef_[0], *same.intercept_], [*soft_margin_svm(x, y, c=1.0)[0], -1], rtol=1e-6)
    for power, options, expected in ((1, {"loss": "hinge"}, [0.4242, 0.2424, -0.9394]), (2, {}, [0.2210, -0.0354, -0.5916])):
        other = LinearSVC(C=1.0, tol=1e-10, max_iter=10_000_000, **options).fit(x, y)
        solution = np.append(other.coef_[0], other.intercept_[0])
        np.testing.assert_allclose(solution, expected, atol=5e-5)

        def objective(theta: Any, power: int = power) -> float:
            return float(theta @ theta / 2 + (hinge(y, score(x, theta[:2], theta[2])) ** power).sum())

        best = objective(solution)
        for step in np.random.default_rng(0).normal(size=(200, 3)):
            assert objective(solution + step / 100) > best - 1e-9


def test_the_sign_of_the_sum_is_the_best_classifier_of_plane_data() -> None:
    """The posterior of Bayes is that of logistic regression with w = (2, 2) and b = 0, so that it is above 1/2 where the sum is above 0."""
    from scipy import stats

    x, _ = make_plane_data(n=50, rng=np.random.default_rng(0))
    positive, negative = (stats.multivariate_normal([mean, mean]).pdf(x) for mean in (1.0, -1.0))
    posterior = positive / (positive + negative)
    np.testing.assert_allclose(logistic_proba(x, [2.0, 2.0], 0.0), posterior, rtol=1e-10)
    np.testing.assert_array_equal(sign_classifier(x, [1.0, 1.0], 0.0) == 1, posterior > 0.5)
