"""Skip connections: values by hand, blocks against PyTorch, gradients by depth, channels that add up."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.activations import relu, relu_grad
from dlref.backprop import gradient_norms_by_depth
from dlref.init import he_normal
from dlref.skip import (
    BasicBlock,
    basic_block,
    basic_block_params,
    bottleneck_block,
    bottleneck_params,
    dense_block,
    dense_in_channels,
    dense_layer,
    plain,
    projection_residual,
    residual,
    residual_gradient,
    residual_gradient_norms,
)
from tests import gradients_by_depth
from tests.libraries import Library
from tests.samples import quarters
from tests.topics import Call

pytestmark = pytest.mark.ch4


def bend(x: Any) -> Any:
    return x * x - 3 * x


def slope(x: Any) -> Any:
    return 2 * x - 3


def first(x: Any) -> Any:
    """A layer that keeps one entry."""
    return x[..., :1] * x[..., :1]


X, W = [1.0, -2.0, 0.5], quarters(1, 3)
IMAGES, KERNEL = quarters(2, 1, 2, 3), quarters(1, 1, 3, 3, seed=1)
BASIC = Call(IMAGES, KERNEL, [1.5], [0.25], KERNEL, [-0.5], [1.0], eps=0.125)
NARROW = Call(IMAGES, [[[[0.5]]]], [1.5], [0.25], KERNEL, [-0.5], [1.0], [[[[2.0]]]], [0.75], [0.5], eps=0.125)
NORMS = Call(bend, slope, quarters(2, 3, 3), X, [1.0, 0.0, -0.5])
XS = ([1.0, 2.0], [-3.0], [0.5, 0.0, 4.0])
GROWTH = {"in_channels": 5, "growth_rate": 3}


def replaced(good: Call, place: int | str, value: Any) -> Call:
    """The call with the argument at a position, or of a name, replaced."""
    if isinstance(place, str):
        return Call(*good.args, **{**good.options, place: value})
    return Call(*(value if i == place else arg for i, arg in enumerate(good.args)), **good.options)


CALLS = {
    "basic_block": [BASIC, replaced(BASIC, 0, quarters(2, 1, 2, 3, seed=2))],
    "basic_block_params": [Call(4), Call(6)],
    "bottleneck_block": [NARROW, replaced(NARROW, 0, quarters(2, 1, 2, 3, seed=2))],
    "bottleneck_params": [Call(4, reduction=2), Call(6, reduction=2)],
    "dense_block": [Call((first, bend), X), Call((first, bend), [0.25, 4.0, 1.0])],
    "dense_in_channels": [Call(1, **GROWTH), Call(4, **GROWTH)],
    "dense_layer": [Call(bend, XS), Call(bend, (XS[2], XS[0]))],
    "plain": [Call(bend, X), Call(bend, [0.25, 4.0, 1.0])],
    "projection_residual": [Call(first, X, W), Call(first, [0.25, 4.0, 1.0], W)],
    "residual": [Call(bend, X), Call(bend, [0.25, 4.0, 1.0])],
    "residual_gradient": [Call(quarters(3, 3), X), Call(quarters(3, 3, seed=1), [0.25, 4.0, 1.0])],
    "residual_gradient_norms": [NORMS, replaced(NORMS, 3, [0.25, 4.0, 1.0])],
}
HELPERS = ["basic_block_params", "bottleneck_block", "dense_block", "residual_gradient_norms"]


def wrong(good: Call, place: int | str, bad: Any) -> tuple[Call, Call]:
    return replaced(good, place, bad), good


def epsilon(good: Call) -> dict[str, tuple[Call, Call]]:
    return {"If eps is not positive.": wrong(good, "eps", 0.0), "If eps is not finite.": wrong(good, "eps", math.inf)}


CHANNELS = {
    "If c is not a whole number.": (Call(2.5), Call(4.0)),
    "If c is not positive.": (Call(0), Call(4)),
}
JOINED = Call(bend, ([1.0], [2.0]), axis=-1)
RAISES = {
    "basic_block": {
        "If x does not have four axes.": wrong(BASIC, 0, IMAGES[0]),
        "If w1 does not have the shape (C, C, 3, 3).": wrong(BASIC, 1, KERNEL[0]),
        "If gamma1 does not have one value a channel.": wrong(BASIC, 2, [1.0, 1.0]),
        "If beta1 does not have one value a channel.": wrong(BASIC, 3, 1.0),
        "If w2 does not have the shape (C, C, 3, 3).": wrong(BASIC, 4, [[[[1.0]]]]),
        "If gamma2 does not have one value a channel.": wrong(BASIC, 5, [[1.0]]),
        "If beta2 does not have one value a channel.": wrong(BASIC, 6, [1.0, 1.0]),
        **epsilon(BASIC),
    },
    "basic_block_params": CHANNELS,
    "bottleneck_block": {
        "If x does not have four axes.": wrong(NARROW, 0, IMAGES[0]),
        "If w1 does not have the shape (M, C, 1, 1).": wrong(NARROW, 1, KERNEL),
        "If w2 does not have the shape (M, M, 3, 3).": wrong(NARROW, 4, [[[[1.0]]]]),
        "If w3 does not have the shape (C, M, 1, 1).": wrong(NARROW, 7, KERNEL),
        "If gamma1 does not have one value a channel.": wrong(NARROW, 2, [1.0, 1.0]),
        "If beta3 does not have one value a channel.": wrong(NARROW, 9, 1.0),
        **epsilon(NARROW),
    },
    "bottleneck_params": {
        **CHANNELS,
        "If reduction is not an integer.": (Call(4, reduction=2.0), Call(4, reduction=2)),
        "If reduction is not positive.": (Call(4, reduction=0), Call(4, reduction=1)),
        "If reduction does not divide c.": (Call(4, reduction=3), Call(4, reduction=4)),
    },
    "dense_block": {
        "If layers is not a list of functions.": (Call([first, None], X), Call([first, bend], X)),
        "If axis is not an integer.": (Call([bend], X, axis=None), Call([bend], X, axis=0)),
        "If x0 does not have such an axis.": (Call([bend], X, axis=1), Call([bend], X, axis=0)),
        "If a layer changes another axis.": (Call([first], [X, X], axis=0), Call([first], [X, X], axis=1)),
    },
    "dense_in_channels": {
        "If in_channels is not an integer.": (Call(2, in_channels=5.0, growth_rate=3), Call(2, **GROWTH)),
        "If growth_rate is not an integer.": (Call(2, in_channels=5, growth_rate=3.0), Call(2, **GROWTH)),
        "If layer is not a whole number.": (Call(2.5, **GROWTH), Call(2.0, **GROWTH)),
        "If layer is not positive.": (Call(0, **GROWTH), Call(1, **GROWTH)),
        "If in_channels is not positive.": (Call(2, in_channels=0, growth_rate=3), Call(2, **GROWTH)),
        "If growth_rate is not positive.": (Call(2, in_channels=5, growth_rate=0), Call(2, **GROWTH)),
    },
    "dense_layer": {
        "If h_l is not a function.": wrong(JOINED, 0, 1.0),
        "If xs is not a list of arrays.": wrong(JOINED, 1, 1.0),
        "If axis is not an integer.": wrong(JOINED, "axis", 1.0),
        "If xs is an empty list.": wrong(JOINED, 1, []),
        "If the members of xs do not have such an axis.": wrong(JOINED, "axis", -2),
        "If the members of xs differ in shape along another axis.": (
            Call(bend, ([[1.0]], [[1.0], [2.0]])),
            Call(bend, ([[1.0]], [[1.0, 2.0]])),
        ),
    },
    "plain": {"If f is not a function.": wrong(Call(bend, X), 0, 1.0)},
    "projection_residual": {
        "If f is not a function.": wrong(Call(first, X, W), 0, None),
        "If x is a scalar.": (Call(bend, 1.0, [[1.0]]), Call(bend, [1.0], [[1.0]])),
        "If w_s is not a matrix with one column for each entry of x.": wrong(Call(first, X, W), 2, [[1.0]]),
        "If f does not give as many entries as w_s has rows.": wrong(Call(first, X, W), 0, bend),
    },
    "residual": {
        "If f is not a function.": wrong(Call(bend, X), 0, None),
        "If f changes the shape.": wrong(Call(bend, X), 0, first),
    },
    "residual_gradient": {
        "If grad_y is a scalar.": (Call([[1.0]], 1.0), Call([[1.0]], [1.0])),
        "If the Jacobian is not a square matrix with one row for each entry of grad_y.": (
            Call([[1.0]], [1.0, 2.0]),
            Call([[1.0]], [1.0]),
        ),
    },
    "residual_gradient_norms": {
        "If phi is not a function.": wrong(NORMS, 0, 1.0),
        "If slope is not a function.": wrong(NORMS, 1, 1.0),
        "If weights is not made of square matrices.": wrong(NORMS, 2, quarters(2, 3, 2)),
        "If x does not have one entry for each column of the weights.": wrong(NORMS, 3, [1.0, 2.0]),
        "If grad_out does not have the shape of x.": wrong(NORMS, 4, [[1.0, 0.0, -0.5]]),
        "If phi changes the shape.": wrong(NORMS, 0, first),
        "If slope changes the shape.": wrong(NORMS, 1, first),
    },
}


# --- Values by hand, on every library


def test_a_residual_connection_adds_the_input_to_what_the_layer_gives(xp: Library) -> None:
    x = xp.array([1.0, -2.0, 0.5])
    xp.close(plain(lambda x: 2 * x, x), [2, -4, 1])
    xp.close(residual(lambda x: 2 * x, x), [3, -6, 1.5])
    w_s = xp.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    xp.close(projection_residual(lambda x: 2 * x[..., :2], x, w_s), [2 - 1, -4 + 1])


def test_a_gradient_goes_past_the_layer_and_through_it(xp: Library) -> None:
    jacobian, grad = xp.array([[2.0, 1.0], [0.0, -1.0]]), xp.array([1.0, 10.0])
    xp.close(residual_gradient(jacobian, grad), [1 + 2, 10 + 1 - 10])


def test_a_dense_layer_sees_the_outputs_of_all_layers_before_it_joined(xp: Library) -> None:
    xs = [xp.array([1.0]), xp.array([2.0, 3.0]), xp.array([4.0])]
    xp.close(dense_layer(lambda x: 10 * x, xs), [10, 20, 30, 40])
    images = [xp.array(np.full((1, c, 2, 2), c)) for c in (1, 2)]
    xp.close(dense_layer(lambda x: x, images, axis=-3)[0, :, 0, 0], [1, 2, 2])


def test_a_dense_block_hands_on_all_that_its_layers_saw_and_gave(xp: Library) -> None:
    layers = [lambda x: 10 * x[..., :1], lambda x: x[..., 1:] + 1]
    xp.close(dense_block(layers, xp.array([1.0, 2.0])), [1, 2, 10, 3, 11])


def test_gradient_norms_through_residual_layers_by_hand(xp: Library) -> None:
    """Two layers h + (W h)²: factors 1 + 2 · 1 · 0.5 and 1 + 2 · 0.75 · 0.25 of one unit, from h of 2, 3 and 3.5625."""
    weights = xp.array([[[0.5]], [[0.25]]])
    norms = residual_gradient_norms(lambda a: a * a, lambda a: 2 * a, weights, xp.array([2.0]), xp.array([-2.0]))
    xp.close(norms, [2 * 1.375 * 2, 2 * 1.375, 2])


# --- The residual


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=5))
def test_the_residual_is_the_difference_of_output_and_input(x: list[float]) -> None:
    np.testing.assert_allclose(residual(np.sin, x) - np.asarray(x), plain(np.sin, x), atol=1e-12)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=5))
def test_a_residual_of_zero_is_the_identity(x: list[float]) -> None:
    np.testing.assert_array_equal(residual(np.zeros_like, np.asarray(x)), x)


def test_residual_wants_equal_shapes() -> None:
    """What NumPy would stretch is refused; that is what the projection is for."""
    for layer in (lambda x: x[:1], lambda x: x[:, None], lambda x: x.sum()):
        with pytest.raises(ValueError, match=r"^residual: f must keep the shape \(3,\) of x, got \("):
            residual(layer, np.ones(3))
    assert projection_residual(lambda x: x[:1], np.ones(3), np.ones((1, 3))).tolist() == [4]


def test_the_projection_by_the_identity_is_the_residual_connection() -> None:
    x = np.asarray(quarters(5, 3))
    np.testing.assert_allclose(projection_residual(np.sin, x, np.eye(3)), residual(np.sin, x), rtol=1e-15)


def test_the_derivative_of_a_residual_connection_is_that_of_the_layer_plus_the_identity() -> None:
    import torch

    w = torch.tensor(quarters(3, 3), dtype=torch.float64)
    x = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def layer(x: Any) -> Any:
        return torch.tanh(w @ x)

    jacobian = torch.autograd.functional.jacobian(layer, x)
    whole = torch.autograd.functional.jacobian(lambda x: residual(layer, x), x)
    torch.testing.assert_close(whole, jacobian + torch.eye(3, dtype=torch.float64))
    grad = torch.tensor([0.5, 1.0, -2.0], dtype=torch.float64)
    (expected,) = torch.autograd.grad(residual(layer, x.requires_grad_()), x, grad)
    torch.testing.assert_close(residual_gradient(jacobian, grad), expected)
    w_s = torch.tensor(quarters(2, 3, seed=1), dtype=torch.float64)
    projected = torch.autograd.functional.jacobian(lambda x: projection_residual(lambda x: layer(x)[:2], x, w_s), x.detach())
    torch.testing.assert_close(projected, jacobian[:2] + w_s)


def test_where_the_layer_passes_nothing_the_whole_gradient_goes_past_it() -> None:
    assert residual_gradient(np.zeros((2, 2)), [3.0, -4.0]).tolist() == [3, -4]
    assert residual_gradient(-np.eye(2), [3.0, -4.0]).tolist() == [0, 0]  # and it may take it back


# --- Gradients by depth


def network(depth: int, scale: float, width: int = 64, seed: int = 0) -> tuple[Any, Any, Any]:
    """Weights of variance scale² / width, an input and a gradient at the output."""
    rng = np.random.default_rng(seed)
    x, grad = rng.standard_normal((2, width))
    return scale * rng.standard_normal((depth, width, width)) / math.sqrt(width), x, grad / np.linalg.norm(grad)


def test_gradient_norms_are_those_of_autograd() -> None:
    import torch

    weights, x, grad = (torch.tensor(value) for value in network(4, 1.0, width=5))
    h = x.requires_grad_()
    states = [h]
    for w in weights:
        h = h + torch.tanh(w @ h)
        states.append(h)
    expected = [value.norm() for value in torch.autograd.grad(h, states, grad)]
    norms = residual_gradient_norms(torch.tanh, lambda a: 1 - torch.tanh(a) ** 2, weights, x, grad)
    torch.testing.assert_close(norms, torch.stack(expected))


def test_gradient_norms_vanish_in_plain_networks_and_not_in_residual_ones() -> None:
    """Fifty layers of ReLU, weights of variance 1 / width, half of He's: each plain layer halves the square of the gradient."""
    weights, x, grad = network(50, 1.0)
    without = gradient_norms_by_depth(relu, relu_grad, weights, x, grad)
    assert without[0] < 1e-6 and without[-1] == pytest.approx(1)
    assert residual_gradient_norms(relu, relu_grad, weights, x, grad)[0] > 1
    tanh = gradient_norms_by_depth(np.tanh, lambda a: 1 - np.tanh(a) ** 2, 0.5 * weights, x, grad)
    beside = residual_gradient_norms(np.tanh, lambda a: 1 - np.tanh(a) ** 2, 0.5 * weights, x, grad)
    assert tanh[0] < 1e-10 and beside[0] > 0.1


def test_by_he_the_gradient_of_a_plain_network_does_not_vanish_so_that_this_alone_explains_no_degradation() -> None:
    """Over ten draws the median of what fifty layers leave."""
    left = []
    for seed in range(10):
        weights, x, grad = network(50, math.sqrt(2), seed=seed)
        left.append(gradient_norms_by_depth(relu, relu_grad, weights, x, grad)[0])
    assert 0.05 < float(np.median(left)) < 5


def test_the_gradients_by_depth_that_the_page_shows_are_those_of_dlref() -> None:
    """At a depth of 20, with the same draws: the medians of what is left of the gradient."""
    table = gradients_by_depth
    known = next(row["norm"] for row in json.loads(table.FILE.read_text(encoding="utf8"))["rows"] if row["depth"] == 20)
    left: dict[str, list[float]] = {kind: [] for kind in table.KINDS}
    for run in range(table.RUNS):
        rng = np.random.default_rng(run)
        x, _, grad = rng.normal(size=(3, table.WIDTH))
        layers = rng.normal(size=(20, table.WIDTH, table.WIDTH)) / table.WIDTH**0.5
        for kind, (skip, variance) in table.KINDS.items():
            by_depth = residual_gradient_norms if skip else gradient_norms_by_depth
            norms = by_depth(relu, relu_grad, layers * variance**0.5, x, grad)
            left[kind].append(float(norms[0] / norms[-1]))
    assert {kind: float(np.median(values)) for kind, values in left.items()} == pytest.approx(known, rel=1e-3)


def test_residual_connections_do_not_keep_gradients_from_exploding_and_small_weights_do() -> None:
    weights, x, grad = network(50, 1.0)
    assert residual_gradient_norms(relu, relu_grad, weights, x, grad)[0] > 1e6
    assert 0.5 < residual_gradient_norms(relu, relu_grad, 0.1 * weights, x, grad)[0] < 5


def test_gradients_at_neighboring_inputs_agree_more_with_residual_connections() -> None:
    """The cosine of the gradients at an input and at one nearby, behind thirty layers of ReLU, the mean over twenty draws."""

    def gradient(weights: Any, x: Any, grad: Any, skip: bool) -> Any:
        jacobians, h = [], x
        for w in weights:
            jacobians.append(relu_grad(w @ h)[:, None] * w)
            h = relu(w @ h) + (h if skip else 0)
        for jacobian in reversed(jacobians):
            grad = residual_gradient(jacobian, grad) if skip else jacobian.T @ grad
        return grad

    cosines: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(20):
        weights, x, grad = network(30, 1.0, seed=seed)
        near = x + 0.3 * np.random.default_rng(100 + seed).standard_normal(x.shape)
        for skip, found in cosines.items():
            here, there = gradient(weights, x, grad, skip), gradient(weights, near, grad, skip)
            found.append(here @ there / (np.linalg.norm(here) * np.linalg.norm(there)))
    assert np.mean(cosines[False]) < 0.5 and np.mean(cosines[True]) > 0.8


# --- Blocks of ResNet


def parameters(*shapes: tuple[int, ...]) -> list[Any]:
    import torch

    torch.manual_seed(0)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("eps", [{}, {"eps": 0.5}])
def test_basic_block_is_that_of_pytorch(eps: dict[str, float]) -> None:
    """Batch statistics, an eps of 1e-5 unless given, no bias, the ReLU after the addition; and the gradients."""
    import torch
    from torch.nn import functional

    x, w1, gamma1, beta1, w2, gamma2, beta2 = given_ = parameters((4, 3, 5, 6), (3, 3, 3, 3), (3,), (3,), (3, 3, 3, 3), (3,), (3,))
    h = functional.conv2d(x, w1, padding=1)
    h = torch.relu(functional.batch_norm(h, None, None, gamma1, beta1, training=True, **eps))
    h = functional.batch_norm(functional.conv2d(h, w2, padding=1), None, None, gamma2, beta2, training=True, **eps)
    expected, y = torch.relu(h + x), basic_block(*given_, **eps)
    torch.testing.assert_close(y, expected)
    weights = torch.randn_like(y)
    for ours, theirs in zip(torch.autograd.grad((y * weights).sum(), given_), torch.autograd.grad((expected * weights).sum(), given_), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    assert bool((y >= 0).all())


@pytest.mark.parametrize("eps", [{}, {"eps": 0.5}])
def test_bottleneck_block_is_that_of_pytorch(eps: dict[str, float]) -> None:
    import torch
    from torch.nn import functional

    shapes = [(4, 8, 5, 6), (2, 8, 1, 1), (2,), (2,), (2, 2, 3, 3), (2,), (2,), (8, 2, 1, 1), (8,), (8,)]
    x, w1, gamma1, beta1, w2, gamma2, beta2, w3, gamma3, beta3 = given_ = parameters(*shapes)
    h = x
    for w, gamma, beta, padding in ((w1, gamma1, beta1, 0), (w2, gamma2, beta2, 1)):
        h = functional.batch_norm(functional.conv2d(h, w, padding=padding), None, None, gamma, beta, training=True, **eps)
        h = torch.relu(h)
    h = functional.batch_norm(functional.conv2d(h, w3), None, None, gamma3, beta3, training=True, **eps)
    expected, y = torch.relu(h + x), bottleneck_block(*given_, **eps)
    torch.testing.assert_close(y, expected)
    weights = torch.randn_like(y)
    for ours, theirs in zip(torch.autograd.grad((y * weights).sum(), given_), torch.autograd.grad((expected * weights).sum(), given_), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    assert sum(w.numel() for w in (w1, w2, w3)) == bottleneck_params(8, reduction=4)


def test_a_basic_block_whose_last_scale_is_zero_is_the_identity_on_what_is_not_negative() -> None:
    """So that a block may begin by doing nothing."""
    x = np.abs(np.asarray(quarters(2, 3, 4, 4)))
    w = np.asarray(quarters(3, 3, 3, 3))
    ones, zeros = np.ones(3), np.zeros(3)
    np.testing.assert_array_equal(basic_block(x, w, ones, zeros, w, zeros, zeros), x)


def test_a_block_as_an_object_holds_what_the_function_takes() -> None:
    block = BasicBlock(4, rng=np.random.default_rng(0), eps=0.5)
    x = np.asarray(quarters(3, 4, 5, 5))
    held = (block.w1, block.gamma1, block.beta1, block.w2, block.gamma2, block.beta2)
    np.testing.assert_array_equal(block.forward(x), basic_block(x, *held, eps=0.5))
    drawn = he_normal(n_in=36, n_out=4, rng=np.random.default_rng(0)).reshape(4, 4, 3, 3)
    np.testing.assert_array_equal(block.w1, drawn)
    assert np.all(block.w1 != block.w2) and block.gamma1.tolist() == [1] * 4 and block.beta2.tolist() == [0] * 4
    block.gamma2 = np.zeros(4)
    np.testing.assert_array_equal(block.forward(x), relu(x))
    for wrong_channels, error in ((0, ValueError), (2.0, TypeError)):
        with pytest.raises(error, match="^BasicBlock: channels must be "):
            BasicBlock(wrong_channels, rng=np.random.default_rng(0))  # type: ignore[arg-type]


def test_a_bottleneck_has_fewer_weights_than_a_basic_block() -> None:
    """On 256 channels 69,632 instead of 1,179,648; on as many weights as 64 channels of a basic block it handles 256."""
    assert bottleneck_params(256) == 256 * 64 + 9 * 64 * 64 + 64 * 256 == 69_632
    assert basic_block_params(256) == 2 * 9 * 256 * 256 == 1_179_648
    assert basic_block_params(64) == 73_728  # near 69,632
    for channels in (4, 16, 64):
        for reduction in (2, 4):
            assert bottleneck_params(channels, reduction=reduction) < basic_block_params(channels)
    with pytest.raises(ValueError, match="^bottleneck_params: c must be a multiple of the reduction 4, got 6$"):
        bottleneck_params(6)


def test_weights_of_blocks_are_counted_as_they_lie_in_the_kernels() -> None:
    block = BasicBlock(6, rng=np.random.default_rng(0))
    assert block.w1.size + block.w2.size == basic_block_params(6)
    assert bottleneck_params(np.array([4, 8])).tolist() == [4 + 9 + 4, 16 + 36 + 16]


# --- DenseNet


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 5))
def test_channels_of_a_dense_block_add_up(k0: int, k: int, n_layers: int) -> None:
    """Layer l sees k_0 + k (l − 1) channels, and the block hands on k_0 + k L."""
    seen = []

    def layer(x: Any) -> Any:
        seen.append(x.shape[1])
        return np.ones((*x.shape[:1], k, *x.shape[2:]))

    y = dense_block([layer] * n_layers, np.zeros((2, k0, 3, 3)), axis=-3)
    assert seen == [dense_in_channels(l, in_channels=k0, growth_rate=k) for l in range(1, n_layers + 1)]
    assert y.shape == (2, dense_in_channels(n_layers + 1, in_channels=k0, growth_rate=k), 3, 3)


def test_each_layer_of_a_dense_block_sees_all_earlier_outputs_unchanged() -> None:
    inputs = []

    def layer(x: Any) -> Any:
        inputs.append(x)
        return np.sin(x[..., -2:])

    x0 = np.asarray(quarters(4, 3))
    y = dense_block([layer] * 4, x0)
    for before, after in zip(inputs, [*inputs[1:], y], strict=True):
        np.testing.assert_array_equal(after[..., : before.shape[-1]], before)
    np.testing.assert_array_equal(inputs[0], x0)
    joined = [x0]
    for _ in range(4):
        joined.append(dense_layer(lambda x: np.sin(x[..., -2:]), joined))
    np.testing.assert_array_equal(np.concatenate(joined, axis=-1), y)


def test_a_dense_block_of_convolutions_is_that_of_pytorch_and_its_gradient_reaches_all_layers() -> None:
    import torch

    from dlref.conv import conv2d

    x, *kernels = parameters((2, 3, 4, 4), (2, 3, 3, 3), (2, 5, 3, 3), (2, 7, 3, 3))
    layers = [lambda h, w=w: conv2d(torch.relu(h), w, padding=1) for w in kernels]
    y = dense_block(layers, x, axis=1)
    outputs = [x]
    for w in kernels:
        outputs.append(torch.nn.functional.conv2d(torch.relu(torch.cat(outputs, dim=1)), w, padding=1))
    expected = torch.cat(outputs, dim=1)
    torch.testing.assert_close(y, expected)
    for ours, theirs in zip(torch.autograd.grad(y.sum(), [x, *kernels]), torch.autograd.grad(expected.sum(), [x, *kernels]), strict=True):
        torch.testing.assert_close(ours, theirs)
        assert bool((ours != 0).any())


def test_messages_tell_what_would_fit() -> None:
    for call, message in (
        (lambda: projection_residual(np.sin, np.ones(3), np.ones((2, 3))), r"projection_residual: f must give the shape \(2,\) beside w_s, got \(3,\)"),
        (lambda: projection_residual(np.sin, np.ones(3), np.ones(3)), r"projection_residual: w_s must have shape \(m, 3\) beside x \(3,\), got \(3,\)"),
        (lambda: residual_gradient(np.ones((2, 3)), np.ones(2)), r"residual_gradient: jacobian must have shape \(2, 2\) beside grad_y, got \(2, 3\)"),
        (lambda: residual_gradient_norms(relu, relu_grad, np.ones((1, 2, 2)), np.ones(3), np.ones(3)), r"residual_gradient_norms: x must have 2 entries along its last axis, got shape \(3,\)"),
        (lambda: dense_layer(relu, [np.ones((2, 1)), np.ones((3, 1))]), r"dense_layer: xs must have equal shapes but along axis -1, got \(2, 1\), \(3, 1\)"),
        (lambda: dense_layer(relu, [np.ones(2)], axis=-3), r"dense_layer: axis must be one of the members' axes, got -3 beside shape \(2,\)"),
        (lambda: dense_block(relu, np.ones(2)), "dense_block: layers must be a list of functions, got function"),  # type: ignore[arg-type]
        (lambda: basic_block(np.ones((1, 2, 3, 3)), *[np.ones(1)] * 6), r"basic_block: w1 must have shape \(2, 2, 3, 3\), got \(1,\)"),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=f"^{message}$"):
            call()
