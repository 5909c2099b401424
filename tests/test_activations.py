"""Activation functions: values by hand, against PyTorch and SciPy, laws, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from dlref.activations import sigmoid
from tests.gradients import assert_gradient
from tests.topics import Call

pytestmark = pytest.mark.ch3

CALLS = {"sigmoid": [Call([[0.0, 1.5, -2.0]]), Call([[0.25, 3.0, -1.0]])]}
RAISES = {"sigmoid": {"If x is empty.": (Call([]), Call([1.0]))}}

REALS = st.floats(-36, 36)


def test_sigmoid_by_hand() -> None:
    assert sigmoid(0.0) == 0.5
    assert sigmoid(2.0) == pytest.approx(1 / (1 + np.exp(-2)), rel=1e-15)


def test_sigmoid_is_that_of_scipy() -> None:
    x = np.concatenate([np.linspace(-700, 700, 997), [0.0, -1e308, 1e308]])
    np.testing.assert_allclose(sigmoid(x), expit(x), rtol=1e-13, atol=5e-324)


def test_sigmoid_is_that_of_pytorch() -> None:
    x = torch.linspace(-30, 30, 121, dtype=torch.float64)
    torch.testing.assert_close(sigmoid(x), torch.sigmoid(x), rtol=1e-14, atol=0)


def test_sigmoid_rounds_to_1_from_38_on_and_to_0_from_minus_746_on() -> None:
    assert sigmoid(38.0) == 1 and sigmoid(-746.0) == 0
    assert sigmoid(36.0) < 1 and sigmoid(-745.0) > 0


@given(REALS)
def test_sigmoid_lies_between_0_and_1_and_mirrors_at_one_half(x: float) -> None:
    assert 0 < sigmoid(x) < 1
    assert sigmoid(-x) == pytest.approx(1 - sigmoid(x), rel=1e-12, abs=1e-15)


@given(REALS, REALS)
def test_sigmoid_does_not_decrease(a: float, b: float) -> None:
    assert (sigmoid(min(a, b)) <= sigmoid(max(a, b))) or a == b


def test_the_slope_of_sigmoid_is_its_value_times_the_rest() -> None:
    x = np.array([-3.0, 0.0, 1.0])
    assert_gradient(sigmoid, x, wrt=0, expected=sigmoid(x) * (1 - sigmoid(x)))


@pytest.mark.parametrize("x", [-1e3, 0.0, 1e3])
def test_the_gradient_of_sigmoid_is_right_far_out_and_at_0(x: float) -> None:
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    sigmoid(point).backward()
    assert point.grad is not None and point.grad.item() == (0.25 if x == 0 else 0.0)
