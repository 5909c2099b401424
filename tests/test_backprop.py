"""Backpropagation: values by hand, gradients against autograd and central differences to 1e-9, and how gradients fade with depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.activations import relu, relu_grad, sigmoid, sigmoid_grad, tanh
from dlref.backprop import (
    MLP,
    Tensor,
    bias_gradient,
    chain,
    dense,
    dense_activation,
    gradient_norms_by_depth,
    gradient_product,
    hidden_delta,
    output_delta,
    softmax_cross_entropy_grad,
    weight_gradient,
)
from dlref.init import he_normal, xavier_normal
from dlref.losses import cross_entropy
from dlref.optim import Adam, gd_step
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import bend, tanh_slope
from tests.topics import Call

pytestmark = pytest.mark.ch2


def bend_slope(a: Any) -> Any:
    return 1 - 3 * a * a / 16


H, W, B = [1.0, -2.0, 0.5], [[0.5, 1.0, -1.0], [2.0, 0.25, 0.0]], [0.25, -0.5]
DELTA, DELTA2 = [0.5, -1.5], [2.0, 0.25]
WEIGHTS = [[[0.5, 1.0], [-1.0, 0.25]], [[1.0, 0.0], [2.0, -0.5]], [[0.25, 0.5], [1.0, 1.0]]]
SLOPES, SLOPES2 = [[0.5, 1.0], [0.25, 1.0], [2.0, 0.125]], [[1.0, 0.0], [0.5, 2.0], [1.0, 0.25]]
DENSE, GRADIENT = Call(H, W, B), Call(WEIGHTS, SLOPES, DELTA)
NORMS = Call(bend, bend_slope, WEIGHTS, [1.0, -0.5], DELTA)
CALLS = {
    "bias_gradient": [Call(DELTA), Call(DELTA2)],
    "chain": [Call(0.5, -1.5), Call(2.0, 0.25)],
    "dense": [DENSE, Call([0.0, 1.0, 3.0], W, B)],
    "dense_activation": [Call(bend, H, W, B), Call(bend, [0.0, 1.0, 3.0], W, B)],
    "gradient_norms_by_depth": [NORMS, Call(bend, bend_slope, WEIGHTS, [0.25, 2.0], DELTA2)],
    "gradient_product": [GRADIENT, Call(WEIGHTS, SLOPES2, DELTA2)],
    "hidden_delta": [Call(W, DELTA, H), Call(W, DELTA2, [0.25, 1.0, 0.0])],
    "output_delta": [Call(DELTA, [0.25, 0.5]), Call(DELTA2, [1.0, 0.0])],
    # Labels alone are integers; halves and quarters of the scores are exact in single precision
    "softmax_cross_entropy_grad": [Call(2, [0.5, -1.0, 2.0]), Call(0, [1.0, 0.25, -3.0])],
    "weight_gradient": [Call(DELTA, H), Call(DELTA2, [0.0, 1.0, 3.0])],
}
HELPERS = ["bias_gradient", "dense_activation", "gradient_norms_by_depth", "hidden_delta", "weight_gradient"]


def wrong(good: Call, place: int, bad: Any, right: Any = None) -> tuple[Call, Call]:
    """Two calls that differ in the argument at a position: one to be refused, one not."""

    def put(value: Any) -> Call:
        return Call(*(value if i == place else arg for i, arg in enumerate(good.args)))

    return put(bad), put(good.args[place] if right is None else right)


PAIR = {"If the shapes differ and neither is a scalar.": (Call([1.0, 2.0], [1.0, 2.0, 3.0]), Call([1.0, 2.0], 1.0))}
ACTIVATED = CALLS["dense_activation"][0]
SOFTMAX = CALLS["softmax_cross_entropy_grad"][0]
WEIGHTED = Call([DELTA, DELTA2], [H, H])


def layer(good: Call, h: int) -> dict[str, tuple[Call, Call]]:
    return {
        "If h is a scalar.": wrong(good, h, 1.0),
        "If w does not have one column for each entry of h.": wrong(good, h + 1, [[1.0, 2.0], [3.0, 4.0]]),
        "If b does not have the shape (m,).": wrong(good, h + 2, [1.0, 2.0, 3.0]),
    }


def stack_of_weights(good: Call, place: int) -> dict[str, tuple[Call, Call]]:
    return {
        "If a weight is not a matrix.": wrong(good, place, [*WEIGHTS[:2], [1.0, 2.0]]),
        "If a weight does not have one column for each unit of the layer before.": wrong(good, place, [[[1.0, 2.0]], *WEIGHTS[1:]]),
    }


RAISES = {
    "bias_gradient": {"If delta is a scalar.": (Call(1.0), Call([1.0]))},
    "chain": PAIR,
    "dense": layer(DENSE, 0),
    "dense_activation": {
        "If phi is not a function.": wrong(ACTIVATED, 0, 1.0),
        **layer(ACTIVATED, 1),
        "If phi changes the shape.": wrong(ACTIVATED, 0, lambda a: a[:1]),
    },
    "gradient_norms_by_depth": {
        "If phi is not a function.": wrong(NORMS, 0, 1.0),
        "If slope is not a function.": wrong(NORMS, 1, 1.0),
        **stack_of_weights(NORMS, 2),
        "If x does not have one entry for each column of the first weight.": wrong(NORMS, 3, [1.0, 2.0, 3.0]),
        "If grad_out does not have one entry for each unit of the last layer and each sample.": wrong(NORMS, 4, [DELTA]),
        "If phi changes the shape.": wrong(NORMS, 0, lambda a: a[:1]),
        "If slope changes the shape.": wrong(NORMS, 1, lambda a: a[:1]),
    },
    "gradient_product": {
        "If there is not one member of slopes for each weight.": wrong(GRADIENT, 1, SLOPES[:2]),
        **stack_of_weights(GRADIENT, 0),
        "If a member of slopes does not have one entry for each unit.": wrong(GRADIENT, 1, [[1.0], *SLOPES[1:]]),
        "If grad_out does not have one entry for each unit of the last layer.": wrong(GRADIENT, 2, [1.0, 2.0, 3.0]),
    },
    "hidden_delta": {
        "If w_next does not have the shape (m, h).": wrong(Call([[1.0]], [1.0], [1.0]), 0, [1.0]),
        "If delta_next does not have m entries along its last axis.": wrong(CALLS["hidden_delta"][0], 1, [1.0, 2.0, 3.0]),
        "If slope is neither a scalar nor of the shape (..., h).": wrong(CALLS["hidden_delta"][0], 2, [1.0, 2.0], 1.0),
    },
    "output_delta": PAIR,
    "softmax_cross_entropy_grad": {
        "If z is a scalar.": wrong(Call(0, [1.0]), 1, 1.0),
        "If the shape of the labels is not that of the scores without their last axis.": wrong(SOFTMAX, 0, [2]),
        "If a label is not a whole number.": wrong(SOFTMAX, 0, 1.5, 1.0),
        "If a label is not one of 0, …, K-1.": wrong(SOFTMAX, 0, 3),
    },
    "weight_gradient": {
        "If delta is a scalar.": wrong(Call([1.0], [1.0]), 0, 1.0),
        "If h_prev is a scalar.": wrong(Call([1.0], [1.0]), 1, 1.0),
        "If delta and h_prev differ in the axes of the samples.": wrong(WEIGHTED, 1, H, [H, H]),
    },
}

NUMBERS = st.floats(-10, 10)


def differences(function: Callable[[Any], Any], point: Any, step: float = 1e-3) -> Any:
    """The gradient of a function with one number as its value, by central differences of fourth order."""
    point = np.asarray(point, dtype=np.float64)
    grad = np.empty_like(point)
    for i in np.ndindex(point.shape):
        shift = np.zeros_like(point)
        shift[i] = step
        near = function(point + shift) - function(point - shift)
        far = function(point + 2 * shift) - function(point - 2 * shift)
        grad[i] = (8 * near - far) / (12 * step)
    return grad


def tensors(*arrays: Any) -> list[Any]:
    """Arrays as PyTorch tensors that gradients are asked of."""
    import torch

    return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]


# --- The chain rule


def test_chain_by_hand(xp: Library) -> None:
    """Of L = y² with y = 2 z + 1 at z = 1 and at z = −1."""
    xp.close(chain(xp.array([6.0, -2.0]), 2.0), [12, -4])


@given(NUMBERS)
def test_the_chain_rule_along_a_chain_of_three_is_autograd_and_the_slope_of_the_whole(z: float) -> None:
    """Of L = sin y, y = u², u = 3 z + 1."""
    import torch

    u = 3 * z + 1
    grad = chain(chain(math.cos(u**2), 2 * u), 3.0)
    tensor = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    torch.sin((3 * tensor + 1) ** 2).backward()
    assert tensor.grad is not None
    assert grad == pytest.approx(tensor.grad.item(), rel=1e-12, abs=1e-12)


def test_derivatives_along_several_paths_are_added() -> None:
    """Of L = y_1 y_2 with y_1 = z² and y_2 = e^z: two paths from z to L."""
    z = 0.75
    paths = chain(math.exp(z), 2 * z), chain(z**2, math.exp(z))
    x = Tensor(z)
    (x**2 * x.exp()).backward()
    assert x.grad == pytest.approx(sum(paths), rel=1e-14)
    assert x.grad == pytest.approx(float(differences(lambda z: z**2 * np.exp(z), z)), rel=1e-9)
    assert all(abs(x.grad - path) > 0.1 for path in paths)


# --- A layer


def test_dense_by_hand(xp: Library) -> None:
    h, w, b = xp.array([[1.0, 2.0], [0.0, 1.0]]), xp.array([[3.0, 0.0], [0.0, 4.0], [1.0, 1.0]]), xp.array([0.5, 0.5, 0.0])
    xp.close(dense(h, w, b), [[3.5, 8.5, 3], [0.5, 4.5, 1]])
    xp.close(dense_activation(lambda a: a * a, h, w, b), [[12.25, 72.25, 9], [0.25, 20.25, 1]])


def test_dense_is_linear_of_pytorch_with_the_same_weight() -> None:
    """Whose weight has the shape (out, in) too."""
    import torch

    torch.manual_seed(0)
    theirs = torch.nn.Linear(3, 5, dtype=torch.float64)
    x = torch.randn(4, 3, dtype=torch.float64)
    assert tuple(theirs.weight.shape) == (5, 3)
    torch.testing.assert_close(dense(x, theirs.weight, theirs.bias), theirs(x), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(dense_activation(torch.tanh, x, theirs.weight, theirs.bias), torch.tanh(theirs(x)), rtol=1e-12, atol=1e-13)


def test_errors_and_gradients_of_a_layer_by_hand(xp: Library) -> None:
    xp.close(output_delta(xp.array([0.5, -1.0]), xp.array([0.25, 0.5])), [0.125, -0.5])
    xp.close(hidden_delta(xp.array([[1.0, 2.0], [0.0, 4.0]]), xp.array([1.0, -0.5]), xp.array([0.5, 0.25])), [0.5, 0])
    xp.close(weight_gradient(xp.array([1.0, -2.0]), xp.array([3.0, 0.5])), [[3, 0.5], [-6, -1]])
    xp.close(bias_gradient(xp.array([1.0, -2.0])), [1, -2])


def test_over_samples_the_gradients_of_weight_and_bias_are_sums(xp: Library) -> None:
    delta, h = np.random.default_rng(0).standard_normal((5, 2)), np.random.default_rng(1).standard_normal((5, 3))
    xp.close(weight_gradient(xp.array(delta), xp.array(h)), sum(np.outer(d, x) for d, x in zip(delta, h, strict=True)))
    xp.close(bias_gradient(xp.array(delta)), sum(delta))
    xp.close(weight_gradient(xp.array(delta.reshape(5, 1, 2)), xp.array(h.reshape(5, 1, 3))), delta.T @ h)


def test_a_scalar_slope_goes_with_every_unit() -> None:
    np.testing.assert_array_equal(hidden_delta(W, DELTA, 0.5), hidden_delta(W, DELTA, [0.5, 0.5, 0.5]))
    np.testing.assert_array_equal(output_delta(DELTA, 0.5), output_delta(DELTA, [0.5, 0.5]))


def test_gradients_of_the_functions_of_a_layer() -> None:
    for wrt in range(3):
        assert_gradient(dense, H, W, B, wrt=wrt)
        assert_gradient(lambda *args: dense_activation(bend, *args), H, W, B, wrt=wrt)
        assert_gradient(hidden_delta, W, DELTA, H, wrt=wrt)
    assert_gradient(output_delta, DELTA, [0.25, 0.5], wrt=0, expected=[0.25, 0.5])
    assert_gradient(chain, DELTA, [0.25, 0.5], wrt=1, expected=DELTA)
    assert_gradient(weight_gradient, DELTA, H, wrt=0)
    assert_gradient(bias_gradient, [DELTA, DELTA2], wrt=0)


# --- Softmax with cross-entropy


def test_softmax_cross_entropy_grad_by_hand(xp: Library) -> None:
    """Probabilities 1/7, 2/7, 4/7, and four equal ones."""
    z = [0.0, math.log(2), math.log(4)]
    xp.close(softmax_cross_entropy_grad(xp.array(2, "int64"), xp.array(z)), [1 / 7, 2 / 7, -3 / 7])
    xp.close(softmax_cross_entropy_grad(xp.array([1, 0], "int64"), xp.array([[0.0] * 4] * 2)), [[0.25, -0.75, 0.25, 0.25], [-0.75, 0.25, 0.25, 0.25]])


def test_softmax_cross_entropy_grad_is_autograd_of_cross_entropy_of_pytorch() -> None:
    import torch

    torch.manual_seed(0)
    z = (3 * torch.randn(6, 5, dtype=torch.float64)).requires_grad_()
    y = torch.tensor([0, 1, 2, 3, 4, 0])
    torch.nn.functional.cross_entropy(z, y, reduction="sum").backward()
    torch.testing.assert_close(softmax_cross_entropy_grad(y, z.detach()), z.grad, rtol=1e-12, atol=1e-14)


def test_softmax_cross_entropy_grad_is_the_slope_of_the_loss_of_the_softmax() -> None:
    from dlref.activations import softmax

    z, y = np.array([0.5, -1.0, 2.0, 0.0]), 3
    np.testing.assert_allclose(softmax_cross_entropy_grad(y, z), differences(lambda z: cross_entropy(y, softmax(z)), z), rtol=1e-9, atol=1e-11)


@given(st.lists(NUMBERS, min_size=2, max_size=6), st.data())
def test_the_gradient_of_softmax_with_cross_entropy_sums_to_zero_and_only_the_true_class_is_raised(z: list[float], data: st.DataObject) -> None:
    y = data.draw(st.integers(0, len(z) - 1))
    grad = softmax_cross_entropy_grad(y, z)
    assert abs(grad.sum()) < 1e-14
    assert grad[y] <= 0 and np.all(np.delete(grad, y) >= 0)
    np.testing.assert_allclose(softmax_cross_entropy_grad(y, np.array(z) + 7.0), grad, rtol=1e-9, atol=1e-12)


def test_the_gradient_of_softmax_with_cross_entropy_stays_finite_at_the_largest_scores(xp: Library) -> None:
    z = xp.array([[1e308, -1e308, 0.0], [1e3, 0.0, -1e3]])
    with np.errstate(over="ignore"):  # of which array_api_strict warns
        grad = softmax_cross_entropy_grad(xp.array([1, 0], "int64"), z)
    xp.close(grad, [[1, -1, 0], [0, 0, 0]], atol=1e-15)


def test_gradients_of_softmax_cross_entropy_grad() -> None:
    """The second derivative, diag p − p pᵀ."""
    p = np.array([0.1, 0.2, 0.7])
    jacobian = np.diag(p) - np.outer(p, p)
    assert_gradient(lambda y, z: softmax_cross_entropy_grad(y, z)[1], 2, np.log(p), wrt=1, expected=jacobian[1])


# --- A network: its backward pass written out, the tape, autograd, differences


def network(sizes: list[int], seed: int = 0) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal((m, d)) / math.sqrt(d) for d, m in zip(sizes[:-1], sizes[1:], strict=True)]
    return weights, [rng.standard_normal(m) / 4 for m in sizes[1:]]


SIZES, N = [4, 6, 5, 3], 7
RNG = np.random.default_rng(5)
BATCH, LABELS, TARGETS = RNG.standard_normal((N, 4)), np.array([0, 1, 2, 0, 1, 2, 1]), RNG.standard_normal((N, 3))
# Activation function, its slope, the tape's, PyTorch's
ACTIVATIONS = {
    "sigmoid": (sigmoid, sigmoid_grad, Tensor.sigmoid, "sigmoid"),
    "tanh": (tanh, tanh_slope, Tensor.tanh, "tanh"),
    "relu": (relu, relu_grad, Tensor.relu, "relu"),
}


def written_out(name: str, loss: str, weights: list[Any], biases: list[Any]) -> tuple[list[Any], list[Any]]:
    """Gradients of all weights and biases by MLP."""
    phi, slope, *_ = ACTIVATIONS[name]
    out = {"phi_out": phi, "slope_out": slope} if loss == "squares" else {}
    mlp = MLP(weights, biases, phi=phi, slope=slope, **out)
    h = mlp.forward(BATCH)
    return mlp.backward(h - TARGETS if loss == "squares" else softmax_cross_entropy_grad(LABELS, h))


def by_tape(name: str, loss: str, weights: list[Any], biases: list[Any]) -> tuple[list[Any], list[Any]]:
    """The same gradients by the tape."""
    phi = ACTIVATIONS[name][2]
    ws, bs = [Tensor(w) for w in weights], [Tensor(b) for b in biases]
    h = Tensor(BATCH)
    for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
        a = h @ w.transpose() + b
        h = phi(a) if i + 1 < len(ws) or loss == "squares" else a
    value = ((h - TARGETS) ** 2).sum() / 2 if loss == "squares" else h.cross_entropy(LABELS).sum()
    value.backward()
    return [w.grad for w in ws], [b.grad for b in bs]


def total(name: str, loss: str, weights: list[Any], biases: list[Any]) -> Any:
    """The loss itself, by PyTorch."""
    import torch

    phi = getattr(torch, ACTIVATIONS[name][3])
    h = torch.tensor(BATCH)
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        a = torch.nn.functional.linear(h, torch.as_tensor(w), torch.as_tensor(b))
        h = phi(a) if i + 1 < len(weights) or loss == "squares" else a
    if loss == "squares":
        return ((h - torch.tensor(TARGETS)) ** 2).sum() / 2
    return torch.nn.functional.cross_entropy(h, torch.tensor(LABELS), reduction="sum")


each_network = pytest.mark.parametrize(("name", "loss"), [(name, loss) for name in ACTIVATIONS for loss in ("squares", "cross-entropy")])


@each_network
@pytest.mark.parametrize("gradients", [written_out, by_tape])
def test_passing_errors_back_layer_by_layer_gives_the_gradients_of_autograd(gradients: Any, name: str, loss: str) -> None:
    weights, biases = network(SIZES)
    ws, bs = tensors(*weights), tensors(*biases)
    total(name, loss, ws, bs).backward()
    found = gradients(name, loss, weights, biases)
    for parameters, grads in zip((ws, bs), found, strict=True):
        for parameter, grad in zip(parameters, grads, strict=True):
            np.testing.assert_allclose(grad, parameter.grad.numpy(), rtol=1e-9, atol=1e-12)
            assert np.abs(grad).max() > 1e-3


@each_network
def test_passing_errors_back_layer_by_layer_gives_the_gradients_of_central_differences(name: str, loss: str) -> None:
    weights, biases = network(SIZES)
    for gradients in (written_out, by_tape):
        found = gradients(name, loss, weights, biases)
        for i in range(len(weights)):
            for parameters, grads in zip((weights, biases), found, strict=True):

                def moved(value: Any, parameters: list[Any] = parameters, i: int = i) -> float:
                    kept, parameters[i] = parameters[i], value
                    result = float(total(name, loss, weights, biases))
                    parameters[i] = kept
                    return result

                np.testing.assert_allclose(grads[i], differences(moved, parameters[i], 1e-4 if name == "relu" else 2e-3), rtol=1e-9, atol=1e-9)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=6), st.integers(1, 4), st.integers(0, 999))
def test_the_same_relation_serves_networks_of_every_depth_and_width(sizes: list[int], n: int, seed: int) -> None:
    """The backward pass written out and the tape agree."""
    weights, biases = network(sizes, seed)
    x = np.random.default_rng(seed).standard_normal((n, sizes[0]))
    mlp = MLP(weights, biases, phi=tanh, slope=tanh_slope)
    written = mlp.backward(mlp.forward(x))
    h, ws, bs = Tensor(x), [Tensor(w) for w in weights], [Tensor(b) for b in biases]
    for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
        h = h @ w.transpose() + b
        h = h.tanh() if i + 1 < len(ws) else h
    ((h * h).sum() * 0.5).backward()
    for grads, parameters in zip(written, (ws, bs), strict=True):
        for grad, parameter in zip(grads, parameters, strict=True):
            np.testing.assert_allclose(grad, parameter.grad, rtol=1e-9, atol=1e-12)


def test_forward_keeps_what_the_backward_pass_needs(xp: Library) -> None:
    weights, biases = network(SIZES)
    mlp = MLP([xp.array(w) for w in weights], [xp.array(b) for b in biases], phi=bend, slope=bend_slope)
    out = mlp.forward(xp.array(BATCH))
    assert [tuple(a.shape) for a in mlp.a_] == [(N, 6), (N, 5), (N, 3)]
    assert [tuple(h.shape) for h in mlp.h_] == [(N, 4), (N, 6), (N, 5), (N, 3)]
    assert out is mlp.h_[-1]
    xp.close(out, xp.numpy(mlp.a_[-1]))
    grads, bias_grads = mlp.backward(out)
    for grad, w in zip(grads + bias_grads, weights + biases, strict=True):
        assert xp.owns(grad) and tuple(grad.shape) == w.shape


def test_a_network_takes_one_sample_or_several() -> None:
    weights, biases = network(SIZES)
    mlp = MLP(weights, biases, phi=tanh, slope=tanh_slope)
    whole = mlp.backward(np.ones_like(mlp.forward(BATCH)))
    sums = [0.0] * 3, [0.0] * 3
    for x in BATCH:
        assert mlp.forward(x).shape == (3,)
        for parts, grads in zip(sums, mlp.backward(np.ones(3)), strict=True):
            parts[:] = [part + grad for part, grad in zip(parts, grads, strict=True)]
    for grads, parts in zip(whole, sums, strict=True):
        for grad, part in zip(grads, parts, strict=True):
            np.testing.assert_allclose(grad, part, rtol=1e-12, atol=1e-13)


def test_a_network_that_is_none_is_refused() -> None:
    for weights, biases in (([], []), ([W], [B, B])):
        with pytest.raises(ValueError, match="^MLP: weights and biases must be as many, one or more, got"):
            MLP(weights, biases, phi=tanh, slope=tanh_slope)
    for options in ({"phi_out": tanh}, {"slope_out": tanh_slope}):
        with pytest.raises(ValueError, match="^MLP: phi_out and slope_out must be given both or neither"):
            MLP([W], [B], phi=tanh, slope=tanh_slope, **options)


def test_a_step_along_the_gradient_of_backpropagation_lowers_the_loss() -> None:
    """If it is small enough; a large one may raise it."""
    weights, biases = network(SIZES)
    before = float(total("tanh", "cross-entropy", weights, biases))
    grads, bias_grads = written_out("tanh", "cross-entropy", weights, biases)
    losses = {}
    for eta in (0.01, 100.0):
        moved = [gd_step(w, g, eta=eta) for w, g in zip(weights, grads, strict=True)], [gd_step(b, g, eta=eta) for b, g in zip(biases, bias_grads, strict=True)]
        losses[eta] = float(total("tanh", "cross-entropy", *moved))
    assert losses[0.01] < before < losses[100.0]


def test_a_network_learns_exclusive_or_which_no_linear_classifier_can() -> None:
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    weights, biases = network([2, 4, 2], seed=1)
    optimizers = [Adam(eta=0.1) for _ in range(4)]
    for _ in range(200):
        mlp = MLP(weights, biases, phi=tanh, slope=tanh_slope)
        grads = mlp.backward(softmax_cross_entropy_grad(y, mlp.forward(x)))
        moved = [optimizer.step(p, g) for optimizer, p, g in zip(optimizers, weights + biases, grads[0] + grads[1], strict=True)]
        weights, biases = moved[:2], moved[2:]
    z = MLP(weights, biases, phi=tanh, slope=tanh_slope).forward(x)
    assert z.argmax(axis=1).tolist() == y.tolist()
    assert Tensor(z).cross_entropy(y).mean().value < 0.01


# --- The tape


POINT, OTHER = np.array([[0.5, 0.8, 1.3], [1.7, 1.05, 1.9]]), np.array([[1.4, 0.6, 0.9], [0.7, 1.6, 1.2]])
OPERATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]] = {
    "a sum": (lambda a, b: a + b, lambda a, b: a + b, (POINT, OTHER)),
    "a difference": (lambda a, b: a - b, lambda a, b: a - b, (POINT, OTHER)),
    "a product": (lambda a, b: a * b, lambda a, b: a * b, (POINT, OTHER)),
    "a quotient": (lambda a, b: a / b, lambda a, b: a / b, (POINT, OTHER)),
    "a negative": (lambda a: -a, lambda a: -a, (POINT,)),
    "powers": (lambda a: a**3 + a**-0.5, lambda a: a**3 + a**-0.5, (POINT,)),
    "constants on the left": (lambda a: 2.0 + (3.0 - a) * (4.0 * a) - 5.0 / a, lambda a: 2.0 + (3.0 - a) * (4.0 * a) - 5.0 / a, (POINT,)),
    "a row beside a matrix": (lambda a, b: a * b + b, lambda a, b: a * b + b, (POINT, OTHER[0])),
    "a column beside a matrix": (lambda a, b: a / b - b, lambda a, b: a / b - b, (POINT, OTHER[:, :1])),
    "a number beside a matrix": (lambda a, b: a * b, lambda a, b: a * b, (POINT, np.array(0.75))),
    "a row beside a column": (lambda a, b: a * b, lambda a, b: a * b, (POINT[0], OTHER[:, :1])),
    "a matrix beside a stack": (lambda a, b: a * b, lambda a, b: a * b, (POINT, np.stack([OTHER, POINT]))),
    "a product of matrices": (lambda a, b: a @ b, lambda a, b: a @ b, (POINT, OTHER.T)),
    "a matrix and a vector": (lambda a, b: a @ b, lambda a, b: a @ b, (POINT, OTHER[0])),
    "a vector and a matrix": (lambda a, b: a @ b, lambda a, b: a @ b, (POINT[:, 0], OTHER)),
    "two vectors": (lambda a, b: a @ b, lambda a, b: a @ b, (POINT[0], OTHER[1])),
    "stacks of matrices": (lambda a, b: a @ b, lambda a, b: a @ b, (np.stack([POINT, OTHER]), np.stack([OTHER.T, POINT.T]))),
    "a stack and a matrix": (lambda a, b: a @ b, lambda a, b: a @ b, (np.stack([POINT, OTHER]), OTHER.T)),
    "a stack and a vector": (lambda a, b: a @ b, lambda a, b: a @ b, (np.stack([POINT, OTHER]), OTHER[0])),
    "a vector and a stack": (lambda a, b: a @ b, lambda a, b: a @ b, (POINT[:, 0], np.stack([POINT, OTHER]))),
    "exp, log, tanh": (lambda a: a.exp() * a.log() + a.tanh(), lambda a: a.exp() * a.log() + a.tanh(), (POINT,)),
    "sigmoid and relu": (lambda a: (a - 1.0).sigmoid() * (a - 1.1).relu(), lambda a: (a - 1.0).sigmoid() * (a - 1.1).relu(), (POINT,)),
    "sums": (lambda a: a.sum() * a.sum(0) + a.sum(-1, keepdims=True), lambda a: a.sum() * a.sum(0) + a.sum(-1, keepdim=True), (POINT,)),
    "means": (lambda a: a.mean() * a.mean(0) + a.mean(-1, keepdims=True), lambda a: a.mean() * a.mean(0) + a.mean(-1, keepdim=True), (POINT,)),
    "another shape": (lambda a, b: a.reshape((3, 2)) * b.transpose(), lambda a, b: a.reshape(3, 2) * b.T, (POINT, OTHER)),
    "softmax": (lambda a: a.softmax() ** 2, lambda a: a.softmax(-1) ** 2, (POINT,)),
    "one tensor many times": (lambda a: a * a + a / a - (a + a) * a, lambda a: a * a + a / a - (a + a) * a, (POINT,)),
}  # fmt: skip


@pytest.mark.parametrize("library", ["numpy", "torch", "array_api_strict"])  # JAX would compile each operation; it has its turn below
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_of_the_tape_has_the_gradient_of_autograd_and_of_central_differences(name: str, library: str) -> None:
    import torch

    xp = Library(library)
    ours, theirs, points = OPERATIONS[name]
    operands, mirrors = [Tensor(xp.array(point)) for point in points], tensors(*points)
    result, expected = ours(*operands), theirs(*mirrors)
    xp.close(result.value, expected.detach().numpy())
    grad = np.cos(np.arange(expected.numel())).reshape(expected.shape)
    result.backward(xp.array(grad))
    expected.backward(torch.tensor(grad))
    for i, (operand, mirror) in enumerate(zip(operands, mirrors, strict=True)):
        assert xp.owns(operand.grad) and tuple(operand.grad.shape) == points[i].shape
        np.testing.assert_allclose(xp.numpy(operand.grad), mirror.grad.numpy(), rtol=1e-11, atol=1e-12)
        if xp.name == "numpy":

            def value(point: Any, i: int = i) -> float:
                given = [Tensor(point if k == i else other) for k, other in enumerate(points)]
                return float(np.sum(grad * ours(*given).value))

            np.testing.assert_allclose(operand.grad, differences(value, points[i]), rtol=1e-9, atol=1e-9)


def test_cross_entropy_of_the_tape_is_that_of_pytorch_and_the_logarithm_of_the_softmax(xp: Library) -> None:
    import torch

    z, y = np.random.default_rng(3).standard_normal((4, 3)), [2, 0, 1, 1]
    scores = Tensor(xp.array(z))
    losses = scores.cross_entropy(xp.array(y, "int64"))
    mirror = tensors(z)[0]
    expected = torch.nn.functional.cross_entropy(mirror, torch.tensor(y), reduction="none")
    xp.close(losses.value, expected.detach().numpy())
    weights = np.arange(1.0, 5.0)
    losses.backward(xp.array(weights))
    expected.backward(torch.tensor(weights))
    xp.close(scores.grad, mirror.grad.numpy(), atol=1e-14)
    picked = Tensor(xp.array(z))
    one_hot = xp.array(np.eye(3)[y])
    (-(picked.softmax().log() * one_hot).sum(-1)).backward(xp.array(weights))
    xp.close(picked.grad, xp.numpy(scores.grad), rtol=1e-10, atol=1e-12)


def test_cross_entropy_of_the_tape_stays_finite_where_the_logarithm_of_the_softmax_does_not() -> None:
    z = Tensor([[1000.0, 0.0], [0.0, 1000.0]])
    losses = z.cross_entropy([1, 1])
    assert losses.value.tolist() == [1000, 0]
    losses.sum().backward()
    assert z.grad.tolist() == [[1, -1], [0, 0]]
    assert np.isinf(z.softmax().log().value).any()


def test_the_tape_computes_batch_normalization_and_its_gradient() -> None:
    """Written with means along an axis: a composition that no single operation knows."""
    from dlref.norm import batch_norm, batch_norm_gradient

    x, gamma, beta = Tensor(BATCH), Tensor([1.5, -0.5, 2.0, 1.0]), Tensor([0.0, 1.0, -1.0, 0.5])
    centered = x - x.mean(0)
    y = centered / ((centered**2).mean(0) + 1e-5) ** 0.5 * gamma + beta
    np.testing.assert_allclose(y.value, batch_norm(BATCH, gamma.value, beta.value), rtol=1e-12, atol=1e-13)
    grad = np.random.default_rng(0).standard_normal(BATCH.shape)
    y.backward(grad)
    for tensor, expected in zip((x, gamma, beta), batch_norm_gradient(BATCH, gamma.value, grad), strict=True):
        np.testing.assert_allclose(tensor.grad, expected, rtol=1e-10, atol=1e-12)


def test_a_backward_pass_sets_the_gradients_anew_where_pytorch_adds() -> None:
    x = Tensor([1.0, 2.0])
    for _ in range(2):
        (x * x).sum().backward()
        assert x.grad.tolist() == [2, 4]
    mirror = tensors([1.0, 2.0])[0]
    for _ in range(2):
        (mirror * mirror).sum().backward()
    assert mirror.grad.tolist() == [4, 8]


def test_what_the_result_was_not_computed_from_keeps_its_gradient() -> None:
    x, other = Tensor(1.0), Tensor(2.0)
    (other * 3.0).backward()
    (x * 5.0).backward()
    assert (x.grad, other.grad) == (5, 3)
    assert Tensor(1.0).grad is None


def test_a_chain_of_thousands_of_operations_is_passed_back_without_recursion() -> None:
    x = Tensor(1.0)
    y = x
    for _ in range(2000):
        y = y * 1.001
    y.backward()
    assert x.grad == pytest.approx(1.001**2000, rel=1e-12)


def test_a_diamond_of_many_paths_is_passed_back_once() -> None:
    """2⁶⁰ paths lead from the beginning to the end."""
    x = Tensor(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_the_slope_of_the_tape_at_the_kink_of_relu_is_zero() -> None:
    x = Tensor([-1.0, 0.0, 1.0])
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


def test_arrays_and_numbers_beside_a_tensor_are_constants_of_its_library(xp: Library) -> None:
    x = Tensor(xp.array([1.0, 2.0]))
    if xp.name.startswith(("numpy", "torch")):  # other libraries do not leave an operation to what stands beside an array
        y = xp.array([3.0, 4.0]) * x
        assert isinstance(y, Tensor)
        xp.close(y.value, [3, 8])
    for y in (2 * x, x * 2, x * [2.0, 2.0], [2.0, 2.0] * x):
        xp.close(y.value, [2, 4])
        y.sum().backward()
        xp.close(x.grad, [2, 2])


def test_numpy_arrays_leave_an_operation_to_the_tensor() -> None:
    x = Tensor([1.0, 2.0])
    for y, expected in ((np.ones(2) + x, [2, 3]), (np.ones(2) - x, [0, -1]), (np.ones(2) / x, [1, 0.5]), (np.ones((2, 2)) @ x, [3, 3])):
        assert isinstance(y, Tensor) and y.value.tolist() == expected


def test_single_precision_stays_single_precision(xp: Library) -> None:
    x = Tensor(xp.array([1.0, 2.0], "float32"))
    ((x * 0.1).sigmoid() / 3.0 + 1).mean().backward()
    assert x.grad.dtype == xp.dtype("float32")


def test_values_that_overflow_come_without_a_warning() -> None:
    x = Tensor([-1e4, 0.0, 1e4])
    assert x.exp().value.tolist() == [0, 1, math.inf]
    assert np.isnan(x.log().value[0])
    (1 / x).sum().backward()
    assert x.grad[1] == -math.inf


def test_what_a_tensor_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Tensor: backward needs a gradient of shape \(2,\), got none"):
        Tensor([1.0, 2.0]).backward()
    with pytest.raises(ValueError, match=r"^Tensor: grad must have shape \(2,\), got \(3,\)"):
        Tensor([1.0, 2.0]).backward([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="^Tensor: value must be an array or a number, got str"):
        Tensor("text")
    with pytest.raises(TypeError, match="^Tensor: exponent must be a number, got Tensor"):
        Tensor(2.0) ** Tensor(2.0)  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"^Tensor: y must have shape \(2,\), one label a row of z, got \(\)"):
        Tensor([[1.0, 2.0], [3.0, 4.0]]).cross_entropy(1)
    assert repr(Tensor([1.0, 2.0])) == "Tensor(array([1., 2.]))"


# --- Depth


def test_gradient_product_by_hand(xp: Library) -> None:
    weights = [xp.array([[2.0, 0.0]]), xp.array([[3.0], [1.0]])]
    xp.close(gradient_product(weights, [xp.array([0.25]), xp.array([0.5, 0.0])], xp.array([1.0, 1.0])), [0.75, 0])
    xp.close(gradient_product(weights, [xp.array([[0.25]] * 2), xp.array([[0.5, 0.0]] * 2)], xp.array([[1.0, 1.0], [2.0, 5.0]])), [[0.75, 0], [1.5, 0]])


def test_gradient_product_is_the_gradient_of_autograd_at_the_input() -> None:
    import torch

    weights, _ = network([4, 6, 5, 3])
    x = tensors(BATCH[0])[0]
    h, slopes = x, []
    for w in weights:
        a = torch.tensor(w) @ h
        slopes.append((1 - torch.tanh(a) ** 2).detach().numpy())
        h = torch.tanh(a)
    (h * torch.tensor([1.0, -2.0, 0.5])).sum().backward()
    np.testing.assert_allclose(gradient_product(weights, slopes, np.array([1.0, -2.0, 0.5])), x.grad.numpy(), rtol=1e-12)


def test_gradient_product_is_the_product_of_the_matrices_in_the_order_of_the_layers() -> None:
    weights, _ = network([4, 6, 5, 3])
    slopes = [RNG.uniform(0, 1, w.shape[0]) for w in weights]
    grad = np.array([1.0, -2.0, 0.5])
    matrix = np.eye(4)
    for w, slope in zip(weights, slopes, strict=True):
        matrix = matrix @ w.T @ np.diag(slope)
    np.testing.assert_allclose(gradient_product(weights, slopes, grad), matrix @ grad, rtol=1e-12)
    np.testing.assert_allclose(gradient_product(tuple(weights), tuple(slopes), grad), matrix @ grad, rtol=1e-12)


def test_gradients_of_gradient_product_and_of_its_norms() -> None:
    for wrt in range(3):
        assert_gradient(gradient_product, WEIGHTS, SLOPES, DELTA, wrt=wrt)
    for wrt in range(3):
        assert_gradient(lambda *args: gradient_norms_by_depth(bend, bend_slope, *args), WEIGHTS, [1.0, -0.5], DELTA, wrt=wrt)


def test_norms_by_depth_are_those_of_autograd_at_every_layer() -> None:
    import torch

    weights, _ = network([4, 6, 5, 3])
    grad_out = RNG.standard_normal((N, 3))
    hs = [tensors(BATCH)[0]]
    for w in weights:
        hs.append(torch.tanh(hs[-1] @ torch.tensor(w).T))
        hs[-1].retain_grad()
    hs[-1].backward(torch.tensor(grad_out))
    expected = np.stack([np.linalg.norm(h.grad.numpy(), axis=1) for h in hs], axis=1)
    np.testing.assert_allclose(gradient_norms_by_depth(tanh, tanh_slope, weights, BATCH, grad_out), expected, rtol=1e-11)


def test_gradient_norms_by_depth_by_hand(xp: Library) -> None:
    norms = gradient_norms_by_depth(lambda a: a * a, lambda a: 2 * a, [xp.array([[0.5]]), xp.array([[0.25]])], xp.array([4.0]), xp.array([1.0]))
    xp.close(norms, [1, 0.5, 1])


@given(st.integers(1, 8), st.integers(0, 999))
def test_with_the_sigmoid_the_gradient_is_at_most_the_product_of_the_norms_of_the_weights_over_four(depth: int, seed: int) -> None:
    """By spectral norms, layer by layer: the slope is at most 1/4."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, depth + 1)
    weights = [3 * rng.standard_normal((m, d)) for d, m in zip(sizes[:-1], sizes[1:], strict=True)]
    x, grad = rng.standard_normal(sizes[0]), rng.standard_normal(sizes[-1])
    norms = gradient_norms_by_depth(sigmoid, sigmoid_grad, weights, x, grad)
    bounds = [np.linalg.norm(w, 2) / 4 for w in weights]
    assert np.all(norms[:-1] <= norms[1:] * bounds * (1 + 1e-12))
    slopes, h = [], x
    for w in weights:
        slopes.append(sigmoid_grad(w @ h))
        h = sigmoid(w @ h)
    assert np.linalg.norm(gradient_product(weights, slopes, grad)) <= np.prod(bounds) * np.linalg.norm(grad) * (1 + 1e-12)


def deep(phi: Any, slope: Any, sample: Callable[..., Any], scale: float = 1.0, depth: int = 30, width: int = 200) -> Any:
    """Mean lengths of the gradients by depth of a network drawn at random, from the input on."""
    rng = np.random.default_rng(0)
    weights = [scale * sample(n_in=width, n_out=width, rng=rng) for _ in range(depth)]
    x, grad = rng.standard_normal((2, 20, width))
    return np.exp(np.log(gradient_norms_by_depth(phi, slope, weights, x, grad)).mean(axis=0))


def test_gradients_vanish_with_depth_by_the_sigmoid_and_keep_their_size_by_relu_with_he() -> None:
    """Through 30 layers of 200 units: by a factor of four or more in each layer, and within a factor of three altogether."""
    vanishing, keeping = deep(sigmoid, sigmoid_grad, xavier_normal), deep(relu, relu_grad, he_normal)
    assert np.all(vanishing[:-1] < 0.26 * vanishing[1:])
    assert vanishing[0] / vanishing[-1] < 1e-18
    assert 1 / 3 < keeping[0] / keeping[-1] < 3


def test_by_relu_with_xavier_gradients_lose_a_factor_of_the_root_of_two_in_each_layer() -> None:
    norms = deep(relu, relu_grad, xavier_normal)
    assert (norms[0] / norms[-1]) ** (1 / 30) == pytest.approx(1 / math.sqrt(2), rel=0.03)


def test_gradients_explode_with_depth_by_large_weights() -> None:
    norms = deep(relu, relu_grad, he_normal, scale=2.0)
    assert (norms[0] / norms[-1]) ** (1 / 30) == pytest.approx(2, rel=0.03)
    assert norms[0] / norms[-1] > 1e8


def test_by_tanh_with_xavier_gradients_fade_slowly() -> None:
    norms = deep(tanh, tanh_slope, xavier_normal)
    assert 1e-2 < norms[0] / norms[-1] < 1


def test_layers_that_do_not_fit_are_called_by_their_names() -> None:
    w = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"^gradient_product: weights\[1\] must have 2 columns, got shape \(2, 3\)"):
        gradient_product([w, w], [np.ones(2)] * 2, np.ones(2))
    with pytest.raises(ValueError, match=r"^gradient_product: slopes\[0\] must have shape \(5, 2\), got \(2,\)"):
        gradient_product([w], [np.ones(2)], np.ones((5, 2)))
    with pytest.raises(ValueError, match="^gradient_product: weights must not be empty"):
        gradient_product([], [], np.ones(2))
    with pytest.raises(ValueError, match="^gradient_product: weights must have one member a layer, got a scalar"):
        gradient_product(1.0, [1.0], [1.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^hidden_delta: slope must be a scalar or have shape \(3,\), got \(2,\)"):
        hidden_delta(w, np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match=r"^gradient_norms_by_depth: grad_out must have shape \(5, 2\), got \(2,\)"):
        gradient_norms_by_depth(tanh, tanh_slope, [w], np.ones((5, 3)), np.ones(2))
