"""Risk: values by hand, against PyTorch and scikit-learn, gradients, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.losses import squared
from dlref.risk import mean_squared_error
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import Call

pytestmark = pytest.mark.ch1

CALLS = {
    "mean_squared_error": [Call([1.0, 2.0, 3.0], [1.0, 2.5, 6.0]), Call([0.0, -1.0, 4.0], [0.5, 2.0, 4.0])],
}
RAISES = {
    "mean_squared_error": {
        "If the shapes differ.": (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], [1.0, 2.0])),
        "If either is a scalar.": (Call([1.0], 1.0), Call([1.0], [1.0])),
    },
}

SAMPLES = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=20)


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


@given(SAMPLES)
def test_mean_squared_error_is_the_mean_of_the_squared_losses(samples: list[tuple[float, float]]) -> None:
    y, y_hat = np.array(samples).T
    assert mean_squared_error(y, y_hat) == pytest.approx(math.fsum(squared(y, y_hat)) / len(samples), rel=1e-12)


@given(SAMPLES)
def test_mean_squared_error_is_mean_bias_squared_plus_variance_of_the_residuals(samples: list[tuple[float, float]]) -> None:
    y, y_hat = np.array(samples).T
    r = y - y_hat
    assert mean_squared_error(y, y_hat) == pytest.approx(r.mean() ** 2 + r.var(), rel=1e-9, abs=1e-12)


def test_mean_squared_error_refuses_a_column_beside_a_row() -> None:
    with pytest.raises(ValueError, match=r"mean_squared_error: y and y_hat must have equal shapes"):
        mean_squared_error(np.ones(3), np.ones((3, 1)))
