"""Risk: values by hand, against PyTorch, SciPy and scikit-learn, exact and statistical laws, gradients."""

from __future__ import annotations

import itertools
import math
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from tests.topics import Call

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
    "bias_squared": [Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]], [2.0, 2.5]), Call([1.0, 2.0, 6.0], 2.5)],
    "empirical_risk": [Call(line, squared, POINTS, TARGETS), Call(line, absolute, [[0.0, 1.0]], [0.25])],
    "expected_risk": [Call(line, squared, POINTS, TARGETS, [0.5, 0.0, 0.5]), Call(line, absolute, POINTS, TARGETS, [0.25, 0.5, 0.25])],
    "expected_squared_error": [
        Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]], [2.0, 2.5], sigma=0.5),
        Call([1.0, 2.0, 6.0], 2.5, sigma=0.0),
    ],
    "fixed_design_predictions": [fixed(), fixed(degree=2, n_rep=3), fixed(x=[0.0, 1.0, 1.0], degree=0)],
    "mean_squared_error": [Call([1.0, 2.0, 3.0], [1.0, 2.5, 6.0]), Call([0.0, -1.0, 4.0], [0.5, 2.0, 4.0])],
    "monte_carlo_risk": [monte_carlo(), monte_carlo(n_samples=3)],
    "predict": [Call(with_parameters, [1.0, 2.0], [0.5, -1.0, 2.0]), Call(with_parameters, [0.0, 1.5], [0.5, 1.0, 0.0])],
    "training_set": [Call([[1.0, 2.0], [0.5, -1.0]], [1.0, 0.5]), Call([0.5, 2.0], [1, -1])],
    "variance": [Call([[1.0, 2.0], [3.0, 0.5], [4.0, 4.0]]), Call([1.0, 2.0, 6.0])],
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
