"""Activation functions: values by hand, against PyTorch and SciPy, gradients, laws, limits, and accuracy against mpmath."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from torch import nn

from dlref import activations
from dlref.activations import (
    Properties,
    collapse_linear,
    elu,
    fit_one_hidden,
    gelu,
    leaky_relu,
    log_softmax,
    prelu,
    prelu_grad_alpha,
    properties,
    relu,
    relu_grad,
    sigmoid,
    sigmoid_grad,
    softmax,
    swish,
    tanh,
)
from dlref.losses import cross_entropy
from dlref.site.sources import stamp
from dlref.site.tables import table_file
from tests import accuracy
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import ROOT, Call

pytestmark = pytest.mark.ch3

X, X2 = [[0.5, 1.5, -2.0]], [[0.25, 3.0, -1.0]]
W1, B1, W2, B2 = [[1.0, 2.0, 0.5], [-1.0, 0.0, 3.0]], [0.5, -1.0], [[2.0, 1.0], [0.0, -1.0], [1.5, 0.5], [1.0, 1.0]], [1.0, 0.0, -2.0, 3.0]
GRID = [[-1.0], [-0.5], [0.0], [0.5], [1.0]]


def first(point: Any) -> Any:
    """A function of one variable, to be approximated."""
    return abs(point[0])


RNG = np.random.default_rng(0)


CALLS = {
    "collapse_linear": [Call(W1, B1, W2, B2), Call(W1, [0.0, 0.0], W2, [0.0, 0.0, 0.0, 0.0])],
    "elu": [Call(X, alpha=0.5), Call(X2, alpha=0.5)],
    "fit_one_hidden": [Call(first, GRID, n_hidden=3, rng=RNG), Call(first, GRID, n_hidden=3, rng=RNG, phi=tanh)],
    "gelu": [Call(X), Call(X2)],
    "leaky_relu": [Call(X, alpha=0.25), Call(X2, alpha=0.25)],
    "prelu": [Call(-2.0, 0.25), Call(3.0, 0.5), Call(-0.5, -1.0)],
    "prelu_grad_alpha": [Call(X), Call(X2)],
    "properties": [Call(tanh), Call(relu)],
    "relu": [Call(X), Call(X2)],
    "relu_grad": [Call(X), Call(X2)],
    "sigmoid": [Call(X), Call(X2)],
    "sigmoid_grad": [Call(X), Call(X2)],
    "log_softmax": [Call([0.0, 1.5, -2.0]), Call([0.25, 3.0, -1.0])],
    "softmax": [Call([0.0, 1.5, -2.0]), Call([0.25, 3.0, -1.0])],
    "swish": [Call(X, beta=2.0), Call(X2, beta=2.0)],
    "tanh": [Call(X), Call(X2)],
}
EMPTY = {"If x is empty.": (Call([]), Call([1.0]))}
RAISES = {
    "collapse_linear": {
        "If a weight is not a matrix.": (Call([1.0, 2.0], [0.5], [[1.0]], [0.0]), Call([[1.0, 2.0]], [0.5], [[1.0]], [0.0])),
        "If a bias does not have one entry for each row of its weight.": (
            Call([[1.0, 2.0]], [0.5], [[1.0]], [0.0, 0.0]),
            Call([[1.0, 2.0]], [0.5], [[1.0]], [0.0]),
        ),
        "If the second layer does not take what the first one gives.": (
            Call([[1.0, 2.0]], [0.5], [[1.0, 1.0]], [0.0]),
            Call([[1.0, 2.0]], [0.5], [[1.0]], [0.0]),
        ),
    },
    "elu": {"If alpha is not positive.": (Call(1.0, alpha=0.0), Call(1.0, alpha=1e-300))},
    "fit_one_hidden": {
        "If f is not a function.": (Call(1.0, GRID, n_hidden=3, rng=RNG), Call(first, GRID, n_hidden=3, rng=RNG)),
        "If rng is not a NumPy Generator.": (Call(first, GRID, n_hidden=3, rng=0), Call(first, GRID, n_hidden=3, rng=RNG)),
        "If x is not a table of points.": (
            Call(first, [1.0, 2.0], n_hidden=3, rng=RNG),
            Call(first, [[1.0, 2.0]], n_hidden=3, rng=RNG),
        ),
        "If n_hidden is not positive.": (
            Call(first, GRID, n_hidden=0, rng=RNG),
            Call(first, GRID, n_hidden=1, rng=RNG),
        ),
    },
    "gelu": EMPTY,
    "leaky_relu": {
        "If alpha is not positive.": (Call(1.0, alpha=0.0), Call(1.0, alpha=1e-300)),
        "If alpha is not less than 1.": (Call(1.0, alpha=1.0), Call(1.0, alpha=0.999)),
    },
    "prelu": {
        "If the shapes differ and neither is a scalar.": (
            Call([1.0, 2.0], [0.5, 0.5, 0.5]),
            Call([1.0, 2.0], [0.5, 0.5]),
        )
    },
    "prelu_grad_alpha": EMPTY,
    "properties": {"If activation is not a function.": (Call("tanh"), Call(tanh))},
    "relu": EMPTY,
    "relu_grad": EMPTY,
    "sigmoid": EMPTY,
    "sigmoid_grad": EMPTY,
    "log_softmax": {"If z is a scalar.": (Call(1.0), Call([1.0]))},
    "softmax": {
        "If z is a scalar.": (Call(1.0), Call([1.0])),
        "If z has no such axis.": (Call([1.0, 2.0], axis=1), Call([1.0, 2.0], axis=0)),
    },
    "swish": {"If beta is not positive.": (Call(1.0, beta=0.0), Call(1.0, beta=1e-300))},
    "tanh": EMPTY,
}
HELPERS = ["log_softmax", "prelu_grad_alpha", "properties"]

# Every activation of one number, and its slope by the text-book formula.
ONE: dict[str, tuple[Callable[[Any], Any], Callable[[float], float]]] = {
    "sigmoid": (sigmoid, lambda x: expit(x) * expit(-x)),
    "tanh": (tanh, lambda x: 1 / math.cosh(x) ** 2),
    "relu": (relu, lambda x: float(x > 0)),
    "leaky_relu": (leaky_relu, lambda x: 1.0 if x > 0 else 0.01),
    "elu": (elu, lambda x: 1.0 if x > 0 else math.exp(x)),
    "swish": (swish, lambda x: expit(x) + x * expit(x) * expit(-x)),
    "gelu": (gelu, lambda x: math.erfc(-x / math.sqrt(2)) / 2 + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)),
}
each_activation = pytest.mark.parametrize("name", ONE)

SMALL = st.floats(-36, 36)
REALS = st.floats(-1e3, 1e3)
SCORES = st.lists(st.floats(-300, 300), min_size=1, max_size=6)


# --- Values by hand, on every library


def test_sigmoid_by_hand(xp: Library) -> None:
    xp.close(sigmoid(xp.array([0.0, 2.0, -2.0])), [0.5, 0.8807970779778823, 0.11920292202211755])
    xp.close(sigmoid(xp.array([math.log(3), -math.log(3)])), [0.75, 0.25])


def test_slope_of_sigmoid_by_hand(xp: Library) -> None:
    xp.close(sigmoid_grad(xp.array([0.0, math.log(3), -math.log(3)])), [0.25, 0.1875, 0.1875])


def test_tanh_by_hand(xp: Library) -> None:
    xp.close(tanh(xp.array([0.0, math.log(2), -math.log(3)])), [0.0, 0.6, -0.8])


def test_relu_and_its_slope_by_hand(xp: Library) -> None:
    x = xp.array([-2.0, -0.0, 0.0, 3.0])
    xp.close(relu(x), [0, 0, 0, 3])
    xp.close(relu_grad(x), [0, 0, 0, 1])


def test_leaky_relu_by_hand(xp: Library) -> None:
    xp.close(leaky_relu(xp.array([-2.0, 0.0, 3.0])), [-0.02, 0, 3])
    xp.close(leaky_relu(xp.array([-2.0, 0.0, 3.0]), alpha=0.25), [-0.5, 0, 3])


def test_prelu_by_hand(xp: Library) -> None:
    x = xp.array([-2.0, 0.0, 3.0])
    xp.close(prelu(x, xp.array(0.25)), [-0.5, 0, 3])
    xp.close(prelu(x, xp.array([-1.0, 5.0, 7.0])), [2, 0, 3])
    xp.close(prelu_grad_alpha(x), [-2, 0, 0])


def test_elu_by_hand(xp: Library) -> None:
    xp.close(elu(xp.array([-math.log(2), 0.0, 3.0])), [-0.5, 0, 3])
    xp.close(elu(xp.array([-math.log(4), 0.0, 3.0]), alpha=2.0), [-1.5, 0, 3])


def test_swish_by_hand(xp: Library) -> None:
    x = math.log(3)
    xp.close(swish(xp.array([-x, 0.0, x])), [-x / 4, 0, 3 * x / 4])
    xp.close(swish(xp.array([-x, 0.0, x]), beta=2.0), [-x / 10, 0, 9 * x / 10])


def test_gelu_by_hand(xp: Library) -> None:
    """From a table of the normal distribution: Φ(1) = 0.8413447460685429, Φ(2) = 0.9772498680518208."""
    xp.close(gelu(xp.array([-2.0, -1.0, 0.0, 1.0, 2.0])), [-0.0455002638963584, -0.158655253931457, 0, 0.841344746068543, 1.954499736103642])


def test_softmax_by_hand(xp: Library) -> None:
    z = xp.array([[0.0, math.log(3)], [math.log(2), 0.0]])
    xp.close(softmax(z), [[1 / 4, 3 / 4], [2 / 3, 1 / 3]])
    xp.close(softmax(z, axis=0), [[1 / 3, 3 / 4], [2 / 3, 1 / 4]])
    xp.close(softmax(xp.array([7.0])), [1.0])


def test_softmax_along_any_axis() -> None:
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    for axis in (-3, -2, -1, 0, 1, 2):
        expected = np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)
        np.testing.assert_allclose(softmax(z, axis=axis), expected, rtol=1e-13)
        np.testing.assert_allclose(softmax(torch.tensor(z), axis=axis), expected, rtol=1e-13)


def test_two_layers_by_hand_are_one() -> None:
    w, b = collapse_linear(W1, B1, W2, B2)
    assert w.tolist() == [[1, 4, 4], [1, 0, -3], [1, 3, 2.25], [0, 2, 3.5]]
    assert b.tolist() == [1, 1, -1.75, 2.5]


# --- Outside oracles


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (sigmoid, nn.Sigmoid()),
        (tanh, nn.Tanh()),
        (relu, nn.ReLU()),
        (leaky_relu, nn.LeakyReLU()),
        (lambda x: leaky_relu(x, alpha=0.3), nn.LeakyReLU(0.3)),
        (lambda x: prelu(x, 0.25), nn.PReLU(dtype=torch.float64)),
        (elu, nn.ELU()),
        (lambda x: elu(x, alpha=0.3), nn.ELU(0.3)),
        (swish, nn.SiLU()),
        (gelu, nn.GELU()),
    ],
)
def test_activations_and_their_gradients_are_those_of_pytorch(ours: Callable[[Any], Any], theirs: nn.Module) -> None:
    x = torch.linspace(-30, 30, 241, dtype=torch.float64)  # with 0, where some have a kink
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(ours(a), theirs(b), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(ours(x.numpy()), theirs(x).detach().numpy(), rtol=1e-13, atol=1e-15)
    ours(a).sum().backward()
    theirs(b).sum().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-15)


def test_softmax_is_that_of_pytorch() -> None:
    z = torch.tensor(np.random.default_rng(0).normal(size=(20, 7)) * 10)
    torch.testing.assert_close(softmax(z), nn.Softmax(dim=-1)(z), rtol=1e-13, atol=0)
    torch.testing.assert_close(softmax(z, axis=0), nn.Softmax(dim=0)(z), rtol=1e-13, atol=0)


def test_slope_of_prelu_in_alpha_is_that_of_pytorch() -> None:
    layer = nn.PReLU(3, dtype=torch.float64)
    x = torch.tensor([[-2.0, 1.0, 0.0], [-0.5, -3.0, 4.0]], dtype=torch.float64)
    layer(x).sum().backward()
    assert layer.weight.grad is not None
    torch.testing.assert_close(prelu_grad_alpha(x).sum(0), layer.weight.grad)
    alpha = layer.weight.detach().expand(2, 3).clone().requires_grad_()
    torch.testing.assert_close(prelu(x, alpha), layer(x))


def test_sigmoid_and_softmax_are_those_of_scipy() -> None:
    from scipy import special

    x = np.concatenate([np.linspace(-700, 700, 997), [0.0, -1e308, 1e308]])
    np.testing.assert_allclose(sigmoid(x), expit(x), rtol=1e-13, atol=5e-324)
    z = np.random.default_rng(0).normal(size=(20, 7)) * 10
    np.testing.assert_allclose(softmax(z, axis=0), special.softmax(z, axis=0), rtol=1e-13)


def test_gelu_is_x_times_the_normal_distribution_function_of_scipy() -> None:
    from scipy import stats

    x = np.linspace(-37, 37, 1001)
    np.testing.assert_allclose(gelu(x), x * stats.norm.cdf(x), rtol=1e-12)  # SciPy is off by 2e-13 far to the left


def test_gelu_is_not_the_approximation_by_a_tanh() -> None:
    x = torch.linspace(-4, 4, 801, dtype=torch.float64)
    exact, approximation = nn.GELU()(x), nn.GELU(approximate="tanh")(x)
    assert 1e-4 < (exact - approximation).abs().max() < 1e-3
    torch.testing.assert_close(gelu(x), exact, rtol=1e-13, atol=1e-15)


# --- Gradients: PyTorch, JAX, differences, and the text-book's derivative


@each_activation
def test_gradient_of_each_activation(name: str) -> None:
    function, slope = ONE[name]
    x = [-5.0, -1.5, -0.3, 0.2, 1.0, 4.0]
    assert_gradient(function, x, wrt=0, expected=[slope(value) for value in x])


@each_activation
def test_gradients_are_right_at_0_and_at_kinks_and_far_out(name: str) -> None:
    function, slope = ONE[name]
    x = [0.0, -1e3, 1e3, -1e308, 1e308, -38.5, 745.0, -745.0, 1e-300, -1e-300]
    expected = [slope(min(max(value, -300.0), 300.0)) for value in x]
    assert_gradient(function, x, wrt=0, expected=expected, differences=False)


def test_the_gradient_at_a_kink_is_the_slope_of_the_left_side_as_in_pytorch() -> None:
    for ours, theirs, left in (
        (relu, nn.ReLU(), 0.0),
        (lambda x: leaky_relu(x, alpha=0.3), nn.LeakyReLU(0.3), 0.3),
        (lambda x: prelu(x, 0.25), nn.PReLU(dtype=torch.float64), 0.25),
        (lambda x: elu(x, alpha=0.3), nn.ELU(0.3), 0.3),
    ):
        assert_gradient(ours, [0.0, -0.0], wrt=0, expected=[left, left], differences=False)
        x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        theirs(x).backward()
        assert x.grad is not None and x.grad.item() == pytest.approx(left, abs=1e-15)


def test_gradient_of_prelu_in_both_arguments() -> None:
    x, alpha = [-2.0, 0.5, -0.25, 3.0], [0.25, 0.5, -1.0, 2.0]
    assert_gradient(prelu, x, alpha, wrt=0, expected=[0.25, 1, -1, 1])
    assert_gradient(prelu, x, alpha, wrt=1, expected=[-2, 0, -0.25, 0])


def test_slopes_are_the_gradients_of_their_functions() -> None:
    x = np.array([-5.0, -1.5, -0.3, 0.2, 1.0, 4.0])
    assert_gradient(sigmoid, x, wrt=0, expected=sigmoid_grad(x))
    assert_gradient(relu, x, wrt=0, expected=relu_grad(x))
    assert_gradient(sigmoid_grad, x, wrt=0, expected=sigmoid_grad(x) * (1 - 2 * sigmoid(x)))
    assert_gradient(sigmoid_grad, [0.0, 1e3, -1e3], wrt=0, expected=[0, 0, 0], differences=False)


def test_gradient_of_softmax_is_diag_p_minus_p_p_transposed() -> None:
    """Also where scores are tied, where they are as large as can be, and where one is the square root of the largest number."""
    z = [[0.5, -1.0, 2.0], [0.0, 0.0, 0.0], [2.0, 2.0, -1.0], [1e3, -1e3, 0.0], [355.0, 354.0, 1.0], [-1e3, -1e3, -1e3], [1e308, -1e308, 0.0]]
    p = softmax(np.array(z))
    jacobians = p[:, :, None] * np.eye(3) - p[:, :, None] * p[:, None, :]
    found = [torch.autograd.functional.jacobian(softmax, torch.tensor(row, dtype=torch.float64)) for row in z]
    np.testing.assert_allclose(torch.stack(found), jacobians, rtol=1e-12, atol=1e-15)
    assert_gradient(softmax, z, wrt=0, differences=False)  # JAX agrees
    assert_gradient(softmax, [0.5, -1.0, 2.0], wrt=0)


def test_gradient_of_softmax_with_cross_entropy_is_p_minus_y() -> None:
    z = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    cross_entropy(torch.tensor(2), softmax(z)).backward()
    assert z.grad is not None
    torch.testing.assert_close(z.grad, softmax(z.detach()) - torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64))


# --- Laws


@given(SMALL)
def test_sigmoid_lies_between_0_and_1_while_x_is_at_most_36(x: float) -> None:
    assert 0 < sigmoid(x) < 1


def test_sigmoid_rounds_to_1_from_38_on_and_to_0_from_minus_746_on() -> None:
    assert sigmoid(38.0) == 1 and sigmoid(-746.0) == 0
    assert sigmoid(36.0) < 1 and sigmoid(-745.0) > 0


@given(REALS)
def test_sigmoid_mirrors_at_one_half(x: float) -> None:
    assert sigmoid(-x) == pytest.approx(1 - sigmoid(x), rel=1e-12, abs=1e-15)
    assert sigmoid(0.0) == 0.5


@given(REALS, REALS)
def test_saturating_activations_and_rectifiers_do_not_decrease(a: float, b: float) -> None:
    for function in (sigmoid, tanh, relu, leaky_relu, elu):
        assert function(min(a, b)) <= function(max(a, b))


@given(REALS)
def test_slope_of_sigmoid_is_at_most_one_quarter_and_reaches_it_at_0(x: float) -> None:
    assert 0 <= sigmoid_grad(x) <= 0.25 == sigmoid_grad(0.0)
    assert sigmoid_grad(x) == pytest.approx(sigmoid(x) * (1 - sigmoid(x)), rel=1e-9, abs=1e-16)


def test_a_product_of_sigmoid_slopes_vanishes() -> None:
    """Twenty layers leave at most (1/4)^20 of a gradient, about 1e-12."""
    assert sigmoid_grad(0.0) ** 20 == 2.0**-40
    assert 2.0**-40 == pytest.approx(9.1e-13, rel=1e-2)


def test_slope_of_sigmoid_is_its_value_times_the_rest_exactly() -> None:
    import sympy

    x = sympy.symbols("x", real=True)
    s = 1 / (1 + sympy.exp(-x))
    assert sympy.simplify(sympy.diff(s, x) - s * (1 - s)) == 0
    assert sympy.solve(sympy.diff(s * (1 - s), x), x) == [0]


@given(st.floats(-18, 18))
def test_tanh_lies_between_minus_1_and_1_while_x_is_at_most_18(x: float) -> None:
    assert -1 < tanh(x) < 1


def test_tanh_rounds_to_1_from_20_on() -> None:
    assert tanh(20.0) == 1 and tanh(-20.0) == -1
    assert tanh(18.0) < 1


@given(REALS)
def test_tanh_is_odd_and_so_centered_on_0(x: float) -> None:
    assert tanh(-x) == -tanh(x)
    assert tanh(0.0) == 0


@given(REALS)
def test_tanh_is_a_sigmoid_stretched_and_shifted(x: float) -> None:
    assert tanh(x) == pytest.approx(2 * sigmoid(2 * x) - 1, rel=1e-12, abs=1e-15)


def test_tanh_is_a_sigmoid_stretched_and_shifted_exactly() -> None:
    import sympy

    x = sympy.symbols("x", real=True)
    assert sympy.simplify((sympy.exp(x) - sympy.exp(-x)) / (sympy.exp(x) + sympy.exp(-x)) - (2 / (1 + sympy.exp(-2 * x)) - 1)) == 0


def test_slope_of_tanh_is_at_most_1_and_reaches_it_at_0() -> None:
    x = np.linspace(-10, 10, 2001)
    found = np.gradient(tanh(x), x)
    assert found.max() <= 1 and x[found.argmax()] == pytest.approx(0, abs=1e-9)
    assert_gradient(tanh, [0.0], wrt=0, expected=[1.0])


def test_the_printed_form_of_tanh_overflows_where_tanh_does_not() -> None:
    with pytest.raises(OverflowError):
        math.exp(710.0)
    assert tanh(710.0) == 1


@given(REALS)
def test_relu_is_the_positive_part_and_never_negative(x: float) -> None:
    assert relu(x) == max(0.0, x) >= 0
    assert relu(x) - relu(-x) == x


@given(st.floats(1e-300, 1e300))
def test_slope_of_relu_is_1_above_0_and_0_below(x: float) -> None:
    assert relu_grad(x) == 1 and relu_grad(-x) == 0


def test_relu_has_no_derivative_at_0_and_0_is_used_there() -> None:
    h = 2.0**-30
    left, right = (relu(0.0) - relu(-h)) / h, (relu(h) - relu(0.0)) / h
    assert (left, right) == (0, 1)
    assert relu_grad(0.0) == 0


def test_a_dead_neuron_stays_dead() -> None:
    """Where the input of a ReLU is negative for all samples, no gradient reaches its weights; a leaky one gets some."""
    x = torch.rand(50, 3, dtype=torch.float64)
    for activation, alive in ((relu, False), (leaky_relu, True), (lambda a: prelu(a, 0.25), True)):
        w = -torch.ones(3, dtype=torch.float64, requires_grad=True)
        activation(x @ w - 1).sum().backward()
        assert w.is_leaf is False or bool((w.grad != 0).all()) == alive


def test_the_default_slope_of_leaky_relu_is_one_hundredth_as_in_pytorch() -> None:
    assert leaky_relu(-1.0) == -0.01
    assert nn.LeakyReLU().negative_slope == 0.01


@given(REALS, st.floats(0.001, 0.999))
def test_leaky_relu_is_the_larger_of_x_and_alpha_x(x: float, alpha: float) -> None:
    assert leaky_relu(x, alpha=alpha) == max(x, alpha * x) == prelu(x, alpha)


@given(REALS)
def test_prelu_with_slope_0_is_relu_and_with_slope_1_is_the_identity(x: float) -> None:
    assert prelu(x, 0.0) == relu(x)
    assert prelu(x, 1.0) == x


@given(REALS, st.floats(0.01, 10))
def test_elu_is_above_minus_alpha_and_meets_its_line_at_0(x: float, alpha: float) -> None:
    assert elu(x, alpha=alpha) >= -alpha
    assert x < -36 or elu(x, alpha=alpha) > -alpha
    assert x <= 0 or elu(x, alpha=alpha) == x
    assert elu(0.0, alpha=alpha) == 0


def test_elu_has_a_kink_unless_alpha_is_1() -> None:
    assert properties(elu).kinks == ()
    assert properties(lambda x: elu(x, alpha=0.5)).kinks == (0.0,)


@given(REALS, st.floats(0.01, 100))
def test_swish_is_the_input_gated_by_its_own_sigmoid(x: float, beta: float) -> None:
    assert swish(x, beta=beta) == pytest.approx(x * sigmoid(beta * x), rel=1e-12, abs=1e-300)


def test_swish_tends_to_the_half_line_and_to_relu() -> None:
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(swish(x, beta=1e-9), x / 2, atol=1e-7)
    np.testing.assert_allclose(swish(x, beta=1e9), relu(x), atol=1e-9)


def test_swish_and_gelu_have_their_least_values_where_the_docstrings_say() -> None:
    x = np.linspace(-3, 0, 300001)
    for function, at, value in ((swish, -1.278465, -0.278465), (gelu, -0.751791, -0.169971)):
        values = function(x)
        assert x[values.argmin()] == pytest.approx(at, abs=2e-5)
        assert values.min() == pytest.approx(value, abs=1e-6)
    assert swish(-1.2785 / 3, beta=3.0) == pytest.approx(-0.2785 / 3, abs=1e-4)


@given(SCORES)
def test_softmax_sums_to_1(z: list[float]) -> None:
    assert softmax(z).sum() == pytest.approx(1, rel=1e-15 * (len(z) + 2))


@given(st.lists(st.floats(-18, 18), min_size=2, max_size=6))
def test_softmax_lies_between_0_and_1_while_the_scores_differ_by_at_most_36(z: list[float]) -> None:
    assert ((softmax(z) > 0) & (softmax(z) < 1)).all()


def test_softmax_rounds_to_0_and_1_beyond() -> None:
    assert softmax([0.0, -38.0])[0] == 1 and softmax([0.0, -745.0])[1] > 0 == softmax([0.0, -746.0])[1]


@given(st.lists(st.integers(-300, 300), min_size=1, max_size=6), st.integers(-10_000, 10_000))
def test_softmax_is_invariant_to_a_constant_shift(z: list[int], c: int) -> None:
    scores = np.array(z, dtype=float)
    np.testing.assert_allclose(softmax(scores + c), softmax(scores), rtol=1e-14)


@given(SCORES)
def test_softmax_keeps_the_order_of_the_scores(z: list[float]) -> None:
    order = np.argsort(z)
    assert (np.diff(softmax(z)[order]) >= 0).all()


@given(REALS)
def test_softmax_of_two_scores_is_the_sigmoid_of_their_difference(x: float) -> None:
    assert softmax([x, 0.0])[0] == pytest.approx(sigmoid(x), rel=1e-13, abs=1e-320)


@given(st.integers(0, 2**32 - 1))
def test_stacked_linear_layers_are_one_linear_layer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    w1, b1, w2, b2, w3, b3, x = (rng.normal(size=size) for size in ((4, 3), 4, (5, 4), 5, (2, 5), 2, 3))
    w, b = collapse_linear(*collapse_linear(w1, b1, w2, b2), w3, b3)
    np.testing.assert_allclose(w @ x + b, w3 @ (w2 @ (w1 @ x + b1) + b2) + b3, rtol=1e-10, atol=1e-10)


def test_stacked_linear_layers_are_one_linear_layer_exactly() -> None:
    import sympy

    w1, w2 = sympy.MatrixSymbol("W_1", 4, 3), sympy.MatrixSymbol("W_2", 2, 4)
    b1, b2, x = sympy.MatrixSymbol("b_1", 4, 1), sympy.MatrixSymbol("b_2", 2, 1), sympy.MatrixSymbol("x", 3, 1)
    difference = w2 * (w1 * x + b1) + b2 - ((w2 * w1) * x + (w2 * b1 + b2))
    assert sympy.simplify(sympy.expand(difference.as_explicit())) == sympy.zeros(2, 1)


def test_an_activation_between_two_layers_is_not_one_linear_layer() -> None:
    """|x| = ReLU(x) + ReLU(−x): two hidden units compute what no affine function does."""
    x = np.array([[-1.0], [0.0], [1.0]])
    hidden = relu(x @ np.array([[1.0, -1.0]]))
    np.testing.assert_array_equal(hidden @ np.ones(2), np.abs(x[:, 0]))
    assert hidden[0].sum() + hidden[2].sum() != 2 * hidden[1].sum()


# --- Universal approximation


def error(f: Callable[[Any], Any], n_hidden: int, phi: Callable[[Any], Any], seed: int = 0) -> float:
    """The largest error on a finer grid than the one that was fitted."""
    x, fine = np.linspace(-1, 1, 401)[:, None], np.linspace(-1, 1, 2001)[:, None]
    v, w, b = fit_one_hidden(f, x, n_hidden=n_hidden, rng=np.random.default_rng(seed), phi=phi)
    assert v.shape == b.shape == (n_hidden,) and w.shape == (n_hidden, 1)
    return float(np.abs(phi(fine @ w.T + b) @ v - [f(point) for point in fine]).max())


@pytest.mark.parametrize("f", [first, lambda x: np.sin(2 * np.pi * x[0]), lambda x: np.exp(x[0])])
@pytest.mark.parametrize("phi", [sigmoid, tanh, relu])
def test_one_hidden_layer_errs_less_the_more_units_it_has(f: Callable[[Any], Any], phi: Callable[[Any], Any]) -> None:
    errors = [float(np.median([error(f, n_hidden, phi, seed) for seed in range(5)])) for n_hidden in (2, 16, 128)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.02 and errors[-1] < errors[0] / 50


def test_a_polynomial_activation_does_not_approximate_however_many_units() -> None:
    """Squares of affine functions add up to polynomials of degree 2, and |x| stays 0.06 and more away from all of these."""
    assert error(first, 256, lambda a: a * a) > 0.06
    assert error(first, 256, lambda a: a * a) == pytest.approx(error(first, 16, lambda a: a * a), rel=1e-6)
    assert error(first, 256, sigmoid) < 0.01


def test_one_hidden_layer_approximates_a_function_of_two_variables() -> None:
    grid = np.linspace(-1, 1, 21)
    x = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)

    def f(point: Any) -> Any:
        return np.sin(3 * point[0]) * point[1]

    errors = []
    for n_hidden in (4, 32, 256):
        v, w, b = fit_one_hidden(f, x, n_hidden=n_hidden, rng=np.random.default_rng(0))
        assert w.shape == (n_hidden, 2)
        errors.append(float(np.abs(sigmoid(x @ w.T + b) @ v - [f(point) for point in x]).max()))
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_output_weights_are_a_least_squares_fit() -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    v, w, b = fit_one_hidden(first, x, n_hidden=5, rng=np.random.default_rng(1))
    hidden = sigmoid(x @ w.T + b)
    np.testing.assert_allclose(hidden.T @ (hidden @ v - np.abs(x[:, 0])), 0, atol=1e-10)
    again = fit_one_hidden(first, x, n_hidden=5, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(v, again[0])


def test_a_function_that_is_none_is_refused_as_an_activation() -> None:
    with pytest.raises(TypeError, match="fit_one_hidden: phi must be a function, got str"):
        fit_one_hidden(first, GRID, n_hidden=3, rng=RNG, phi="relu")  # type: ignore[arg-type]


# --- Properties, found by evaluation


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (sigmoid, (0, 1, False, False, 0.5, 0, 0, 0.25, ())),
        (tanh, (-1, 1, False, False, 0, 0, 0, 1, ())),
        (relu, (0, math.inf, True, False, 1 / math.sqrt(2 * math.pi), 0, 1, 1, (0.0,))),
        (leaky_relu, (-math.inf, math.inf, False, False, 0.99 / math.sqrt(2 * math.pi), 0.01, 1, 1, (0.0,))),
        (elu, (-1, math.inf, False, False, 0.160520572, 0, 1, 1, ())),
        (swish, (-0.278464543, math.inf, True, False, 0.206620964, 0, 1, 1.099839, ())),
        (gelu, (-0.169971208, math.inf, True, False, 1 / (2 * math.sqrt(math.pi)), 0, 1, 1.128904, ())),
        (accuracy._first_of_two, (0, 1, False, False, 0.5, 0, 0, 0.25, ())),
    ],
)
def test_properties_are_those_that_mathematics_gives(function: Callable[[Any], Any], expected: tuple[Any, ...]) -> None:
    found = properties(function)
    assert isinstance(found, Properties)
    low, high, low_reached, high_reached, mean, left, right, steepest, kinks = expected
    assert (found.low_reached, found.high_reached, found.kinks) == (low_reached, high_reached, kinks)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)
    assert found.mean == pytest.approx(mean, rel=1e-7, abs=1e-15)
    assert (found.slope_left, found.slope_right) == pytest.approx((left, right), rel=1e-9)
    assert found.steepest == pytest.approx(steepest, rel=1e-6)


def test_properties_tell_what_no_table_knows() -> None:
    """Functions of which nobody has told: the clipped line has two kinks and a closed range, the softsign an open one, the negated tanh falls."""
    clipped = properties(lambda x: np.clip(x, -1, 1))
    assert clipped.kinks == (-1.0, 1.0) and clipped.low_reached and clipped.high_reached and (clipped.low, clipped.high) == (-1, 1)
    softsign = properties(lambda x: np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(np.where(np.isinf(x), 0, x)))))
    assert (softsign.low, softsign.high, softsign.low_reached, softsign.mean) == (-1, 1, False, 0)
    assert properties(lambda x: -tanh(x)).steepest == pytest.approx(1, rel=1e-6)


def test_softmax_has_the_range_of_the_table_for_every_number_of_classes() -> None:
    """0 < p_k < 1 and their sum 1; the mean over the classes is 1/K, so that the outputs are not centered on 0."""
    for k in (2, 3, 10):
        p = softmax(np.random.default_rng(0).normal(size=(1000, k)) * 3)
        assert p.min() > 0 and p.max() < 1
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15 * (k + 2))
        assert p.mean() == pytest.approx(1 / k, rel=1e-12)


@pytest.mark.parametrize("name", accuracy.TABLES)
def test_the_tables_of_the_pages_are_those_of_this_code(name: str) -> None:
    """If this fails: python -m tests.accuracy"""
    table = json.loads(table_file(ROOT, name).read_text(encoding="utf8"))
    assert table["stamp"] == stamp(ROOT, accuracy.SOURCES)
    if name == "activation-properties":
        made = accuracy.properties_table()
        assert (table["columns"], table["rows"]) == (made["columns"], made["rows"])


# --- Accuracy


@pytest.mark.parametrize("dtype", accuracy.DTYPES)
@pytest.mark.parametrize("library", accuracy.LIBRARIES)
@pytest.mark.parametrize("name", accuracy.BOUNDS)
def test_errors_are_a_few_units_in_the_last_place_over_all_exponents(name: str, library: str, dtype: str) -> None:
    slack = 0 if dtype == "float64" else 1  # the exponential of NumPy itself is off by 2 units in float32
    found = accuracy.worst(name, library, dtype)
    assert found <= accuracy.BOUNDS[name] + slack


def test_errors_are_measured_in_units_in_the_last_place() -> None:
    right = np.array([float(value) for value in accuracy.exact("tanh", "float64")[0]])
    assert 0.4 < accuracy.ulps(right, "tanh", "float64").max() <= 0.5
    beside = accuracy.ulps(right + 8 * np.spacing(right), "tanh", "float64")
    assert np.median(beside) == pytest.approx(8, abs=0.01) and beside.max() < 10


def test_points_have_every_exponent_and_both_signs() -> None:
    for dtype, least, most in (("float64", -1074, 1023), ("float32", -149, 127)):
        x = accuracy.points(dtype)
        for sign in (-1, 1):
            exponents = np.floor(np.log2(np.abs(x[x * sign > 0]).astype(float)))
            assert set(range(least, most + 1)) <= set(exponents.astype(int))


def test_a_plain_sigmoid_would_not_pass() -> None:
    """1 / (1 + e^(−x)) is 0 where it should be 1e-310, and e^x overflows; log-sum-exp loses 30 units."""
    x = accuracy.points("float64")
    with np.errstate(all="ignore"):
        for plain in (1 / (1 + np.exp(-x)), np.exp(-np.logaddexp(0, -x))):
            assert accuracy.ulps(plain, "sigmoid", "float64").max() > 20


def test_softmax_is_accurate_far_below_the_largest_score() -> None:
    """z − m is rounded: shifted by the largest score, the probability of 1e-240 below would be off by 100 units."""
    import mpmath

    for z in ([345.0, -0.3], [36.7, 0.1], [-0.1, -700.3], [-1e3 - 0.1, -1.5e3 + 0.3]):
        with mpmath.workprec(120):
            a, b = (mpmath.mpf(value) for value in z)
            exact = float(mpmath.exp(b - a) / (1 + mpmath.exp(b - a)))
        assert softmax(z)[1] == pytest.approx(exact, rel=5e-16)


def test_softmax_errs_little_on_probabilities_that_matter_however_large_the_scores() -> None:
    import mpmath

    rng = np.random.default_rng(0)
    for row in rng.normal(size=(40, 8)) * 1000 + 800:
        with mpmath.workprec(120):
            exact = np.array([float(value) for value in accuracy._exact_softmax(row)])
        found = softmax(row)
        seen = exact > 1e-150
        np.testing.assert_allclose(found[seen], exact[seen], rtol=1e-15)


def test_the_polynomial_of_gelu_is_the_interpolation_at_chebyshev_nodes() -> None:
    import mpmath

    with mpmath.workdps(40):
        n = len(activations._TAIL)

        def g(s: Any) -> Any:
            t = 4 * (1 + s) / (1 - s)
            return (1 + 5 * t / 4) * mpmath.ncdf(-t) * mpmath.exp(t * t / 2)

        nodes = [mpmath.cos(mpmath.pi * (2 * j + 1) / (2 * n)) for j in range(n)]
        solution = mpmath.lu_solve(mpmath.matrix([[node**k for k in range(n)] for node in nodes]), mpmath.matrix([g(node) for node in nodes]))
    np.testing.assert_allclose(activations._TAIL, [float(value) for value in solution], rtol=1e-12, atol=1e-20)


# --- NaN, infinity, numbers out of range


FAR = [-math.inf, -1e308, 1e308, math.inf]
LIMITS = {
    "sigmoid": [0, 0, 1, 1],
    "tanh": [-1, -1, 1, 1],
    "relu": [0, 0, 1e308, math.inf],
    "leaky_relu": [-math.inf, -1e306, 1e308, math.inf],
    "elu": [-1, -1, 1e308, math.inf],
    "swish": [0, 0, 1e308, math.inf],
    "gelu": [0, 0, 1e308, math.inf],
}


@each_activation
def test_far_out_each_activation_is_its_limit_and_a_nan_goes_through(xp: Library, name: str) -> None:
    function = ONE[name][0]
    xp.close(function(xp.array(FAR)), LIMITS[name], rtol=1e-15)
    xp.close(function(xp.array([math.nan, 0.0])), [math.nan, 0.5 if name == "sigmoid" else 0.0])


def test_far_out_slopes_are_their_limits_and_a_nan_goes_through(xp: Library) -> None:
    xp.close(sigmoid_grad(xp.array([*FAR, math.nan])), [0, 0, 0, 0, math.nan])
    xp.close(relu_grad(xp.array([*FAR, math.nan])), [0, 0, 1, 1, math.nan])
    xp.close(prelu_grad_alpha(xp.array([*FAR, math.nan])), [-math.inf, -1e308, 0, 0, math.nan])
    xp.close(prelu(xp.array([*FAR, math.nan]), xp.array(0.25)), [-math.inf, -2.5e307, 1e308, math.inf, math.nan])


def test_softmax_of_extreme_scores(xp: Library) -> None:
    z = [[1e308, -1e308], [-1e308, -1.7e308], [1.7e308, 1.7e308], [-1e308, -1e308], [0.0, -math.inf], [-math.inf, -1e308]]
    z += [[math.inf, 0.0], [-math.inf, -math.inf], [math.nan, 0.0]]
    with np.errstate(over="ignore", invalid="ignore"):  # array_api_strict computes with NumPy, and warns
        xp.close(softmax(xp.array(z)), [[1, 0], [1, 0], [0.5, 0.5], [0.5, 0.5], [1, 0], [0, 1], *[[math.nan] * 2] * 3])


def test_softmax_of_a_row_far_below_the_others(xp: Library) -> None:
    xp.close(softmax(xp.array([[0.0, 0.0], [-1000.0, -1000.0], [-800.0, -799.0]]))[:2, ...], [[0.5, 0.5], [0.5, 0.5]])


def test_softmax_over_many_classes_does_not_overflow_in_any_dtype() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        for score in (8.0, 11.0, 80.0, 700.0, 60000.0, -60000.0):
            p = softmax(torch.full((4096,), score, dtype=dtype))
            torch.testing.assert_close(p, torch.full((4096,), 1 / 4096, dtype=dtype), rtol=1e-2, atol=0)


def test_a_swish_of_any_beta_keeps_its_limits() -> None:
    for beta in (1e-300, 1e-3, 1e3, 1e300):
        assert swish(math.inf, beta=beta) == math.inf
        assert abs(swish(-1e308, beta=beta)) <= 0.2785 / beta


# --- Where libraries differ


def slope_in_pytorch(function: Callable[[Any], Any]) -> float:
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    function(x).backward()
    assert x.grad is not None
    return x.grad.item()


def slope_in_jax(function: Callable[[Any], Any]) -> float:
    import jax

    return float(jax.grad(function)(0.0))


def test_the_slope_at_0_of_a_relu_written_in_another_way() -> None:
    import jax

    assert slope_in_pytorch(relu) == slope_in_pytorch(torch.relu) == slope_in_jax(jax.nn.relu) == 0
    assert slope_in_pytorch(lambda x: torch.maximum(x, torch.zeros_like(x))) == slope_in_jax(lambda x: jax.numpy.maximum(x, 0)) == 0.5
    assert slope_in_pytorch(lambda x: torch.clamp(x, min=0)) == 1


def test_jax_takes_the_slope_of_the_right_side_at_the_kink_of_leaky_relu() -> None:
    import jax

    assert slope_in_jax(jax.nn.leaky_relu) == 1 and float(jax.nn.leaky_relu(-1.0)) == pytest.approx(leaky_relu(-1.0))
    assert slope_in_pytorch(leaky_relu) == slope_in_pytorch(nn.LeakyReLU()) == 0.01


def test_jax_computes_the_approximation_of_gelu_by_default() -> None:
    import jax

    approximation = float(nn.GELU(approximate="tanh")(torch.tensor(-2.7, dtype=torch.float64)))
    assert abs(gelu(-2.7) - approximation) > 4e-4
    assert float(jax.nn.gelu(-2.7)) == pytest.approx(approximation, rel=1e-5)
    assert float(jax.nn.gelu(-2.7, approximate=False)) == pytest.approx(gelu(-2.7), rel=1e-4)


def test_softmax_of_scipy_sums_to_1_over_the_whole_array_unless_told_an_axis() -> None:
    import jax
    from scipy import special

    z = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert special.softmax(z).sum() == pytest.approx(1)
    np.testing.assert_allclose(softmax(z), special.softmax(z, axis=-1))
    np.testing.assert_allclose(softmax(z), jax.nn.softmax(z), rtol=1e-6)


def test_log_softmax_is_the_logarithm_of_softmax_and_that_of_pytorch(xp: Library) -> None:
    z = 10 * np.random.default_rng(0).standard_normal((3, 5))
    xp.close(log_softmax(xp.array(z)), np.log(softmax(z)), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(log_softmax(z), torch.log_softmax(torch.tensor(z), -1).numpy(), rtol=1e-12, atol=1e-14)
    xp.close(log_softmax(xp.array([0.0, -1000.0, 5.0])), [-5 - math.log1p(math.exp(-5)), -1005 - math.log1p(math.exp(-5)), -math.log1p(math.exp(-5))])
