"""Linear models: values by hand, against scikit-learn, PyTorch and SciPy, optimality, gradients, and laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
from tests.topics import Call

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
