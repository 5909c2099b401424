"""Recurrent networks: values by hand, layers of PyTorch under a mapping of their weights, and every gradient through time against autograd."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.activations import relu, relu_grad, sigmoid, tanh
from dlref.rnn import (
    GRU,
    LSTM,
    RNN,
    bidirectional,
    bptt_bias,
    bptt_hidden,
    bptt_weight,
    clip_gradient,
    gru_cell,
    gru_params,
    hidden_jacobian,
    jacobian_bound,
    lstm_cell,
    lstm_params,
    rnn_cell,
    rnn_output,
    rnn_params,
    spectral_norm,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import bend, drawn, tanh_slope
from tests.topics import Call

pytestmark = pytest.mark.ch6


def add(x: Any, h: Any) -> Any:
    """A cell of any library, for inputs and states of two entries."""
    return x - h / 2


X, H, C = [1.0, -2.0, 0.5], [0.5, -0.25], [1.0, -1.5]
X2, H2, C2 = [0.0, 1.0, 3.0], [1.0, 0.75], [0.0, 2.0]
W, U, B = [[0.5, 1.0, -1.0], [2.0, 0.25, 0.0]], [[0.5, -1.0], [0.25, 0.75]], [0.25, -0.5]
W2, U2, B2 = [[-0.5, 0.25, 1.0], [0.0, 1.5, -0.5]], [[1.0, 0.5], [-0.25, 0.0]], [-0.75, 1.0]
GATES = (W, U, B, W2, U2, B2, W2, U, B2)
LSTM_CALL, GRU_CALL, RNN_CALL = Call(X, H, C, *GATES, W, U2, B), Call(X, H, *GATES), Call(bend, X, H, W, U, B)
SLOPES, SLOPES2 = [[0.5, 1.0], [0.25, 1.0], [2.0, 0.125]], [[1.0, 0.0], [0.5, 1.5], [1.0, 0.25]]
DL_DY, DL_DY2 = [[1.0], [-0.5], [2.0]], [[0.25], [0.0], [1.5]]
XS, XS2 = [[1.0, -2.0], [0.5, 3.0], [0.25, 0.0]], [[0.0, 1.0], [2.0, -1.0], [1.0, 1.0]]
BOTH, HIDDEN = Call(add, add, XS, H, C), Call(SLOPES, DL_DY, [[0.5, -2.0]], U)
CALLS = {
    "bidirectional": [BOTH, Call(add, add, XS2, H2, C2)],
    "bptt_bias": [Call(SLOPES), Call(SLOPES2)],
    "bptt_hidden": [HIDDEN, Call(SLOPES2, DL_DY2, [[0.5, -2.0]], U)],
    "bptt_weight": [Call(SLOPES, SLOPES2, XS), Call(SLOPES2, SLOPES, XS2)],
    "clip_gradient": [Call(([3.0], [[0.0, 4.0]]), threshold=2.5), Call(([0.5], [[0.25, -1.0]]), threshold=2.5)],
    "gru_cell": [GRU_CALL, Call(X2, H2, *GATES)],
    "gru_params": [Call(3, 4), Call(1, 5)],
    "hidden_jacobian": [Call(SLOPES, U), Call(SLOPES2, U)],
    "jacobian_bound": [Call(SLOPES, U), Call(SLOPES2, U)],
    "lstm_cell": [LSTM_CALL, Call(X2, H2, C2, *GATES, W, U2, B)],
    "lstm_params": [Call(3, 4), Call(1, 5)],
    "rnn_cell": [RNN_CALL, Call(bend, X2, H2, W, U, B)],
    "rnn_output": [Call(X, W, B), Call(X2, W, B)],
    "rnn_params": [Call(3, 4), Call(1, 5)],
    "spectral_norm": [Call(U), Call(U2)],
}
HELPERS = ["bptt_bias", "gru_params", "jacobian_bound", "lstm_params", "spectral_norm"]


def wrong(good: Call, place: int, bad: Any) -> tuple[Call, Call]:
    """Two calls that differ in the argument at a position: one to be refused, one not."""
    return Call(*(bad if i == place else arg for i, arg in enumerate(good.args)), **good.options), good


COUNTED = {
    "If the shapes differ and are not scalar.": (Call([3, 3], [4, 4, 4]), Call([3, 3], [4, 4])),
    "If an argument is not a whole number.": (Call(3, 4.5), Call(3, 4)),
    "If an argument is not positive.": (Call(0, 4), Call(3, 4)),
}
TIMES = {"If slopes does not have an axis of times and one of units.": (Call([0.5], [[1.0]]), Call([[0.5]], [[1.0]]))}
SQUARE = {"If w_hh does not have the shape (n, n).": wrong(Call(SLOPES, U), 1, W)}


def gated(good: Call, first: int) -> dict[str, tuple[Call, Call]]:
    """The faults of a cell whose gates begin at a position."""
    return {
        "If x_t is a scalar.": wrong(good, 0, 1.0),
        "If a weight does not have one column for each entry of x_t.": wrong(good, first + 3, U),
        "If a recurrent weight is not a square matrix with as many rows as its weight.": wrong(good, first + 4, W),
        "If a bias does not have one entry for each row of its weight.": wrong(good, first + 8, X),
        "If the gates do not have equally many units.": wrong(
            Call(*good.args[: first + 3], W[:1], [[1.0]], [1.0], *good.args[first + 6 :]), first + 3, W[:1]
        ),
        "If h_prev does not have the shape (..., n).": wrong(good, 1, [H]),
    }


def one_unit(cell: str) -> tuple[Call, Call]:
    """Gates of one unit, of which one has a weight of two rows."""
    w, u, b = W[:1], [[1.0]], [1.0]
    count, states = (4, [[0.5], [0.5]]) if cell == "lstm" else (3, [[0.5]])
    good = Call(X, *states, *[w, u, b] * count)
    return wrong(good, len(states) + 4, W)


RAISES = {
    "bidirectional": {
        "If forward_cell is not a function.": wrong(BOTH, 0, 1.0),
        "If backward_cell is not a function.": wrong(BOTH, 1, 1.0),
        "If xs does not have an axis of times and one of entries.": (Call(add, add, [1.0], [1.0], [1.0]), Call(add, add, [[1.0]], [1.0], [1.0])),
        "If h_first does not have the shape (..., n).": wrong(BOTH, 3, [H]),
        "If h_last does not have the shape (..., m).": wrong(BOTH, 4, [C]),
        "If forward_cell changes the shape of the state.": wrong(BOTH, 0, lambda x, h: x[:1]),
        "If backward_cell changes the shape of the state.": wrong(BOTH, 1, lambda x, h: x[:1]),
    },
    "bptt_bias": {"If deltas does not have an axis of times and one of units.": (Call([1.0]), Call([[1.0]]))},
    "bptt_hidden": {
        "If slopes does not have an axis of times and one of units.": wrong(Call([[0.5]], [[1.0]], [[1.0]], [[1.0]]), 0, [0.5]),
        "If w_hh does not have the shape (n, n).": wrong(HIDDEN, 3, W),
        "If w_hy does not have one column for each unit.": wrong(HIDDEN, 2, [[0.5]]),
        "If dl_dy does not have the shape (..., T, m).": wrong(HIDDEN, 1, DL_DY[:2]),
    },
    "bptt_weight": {
        "If dl_dh does not have an axis of times and one of units.": wrong(Call(1.0, [[1.0]], [[1.0]]), 1, [1.0]),
        "If slopes is neither a scalar nor of the shape of dl_dh.": wrong(Call(SLOPES, SLOPES2, XS), 0, SLOPES[0]),
        "If h_prev does not have as many times and sequences as dl_dh.": wrong(Call(SLOPES, SLOPES2, XS), 2, XS[:2]),
    },
    "clip_gradient": {
        "If grads is not a list of arrays.": (Call(1.0, threshold=1.0), Call([1.0], threshold=1.0)),
        "If grads is an empty list.": (Call([], threshold=1.0), Call([1.0], threshold=1.0)),
        "If threshold is not positive.": (Call([1.0], threshold=0.0), Call([1.0], threshold=1.0)),
    },
    "gru_cell": {**gated(GRU_CALL, 2), "If the gates do not have equally many units.": one_unit("gru")},
    "gru_params": COUNTED,
    "hidden_jacobian": {**TIMES, **SQUARE},
    "jacobian_bound": {**TIMES, **SQUARE},
    "lstm_cell": {
        **gated(LSTM_CALL, 3),
        "If the gates do not have equally many units.": one_unit("lstm"),
        "If c_prev does not have the shape (..., n).": wrong(LSTM_CALL, 2, [C]),
    },
    "lstm_params": COUNTED,
    "rnn_cell": {
        "If phi is not a function.": wrong(RNN_CALL, 0, 1.0),
        "If x_t is a scalar.": wrong(RNN_CALL, 1, 1.0),
        "If w_xh does not have one column for each entry of x_t.": wrong(RNN_CALL, 3, U),
        "If w_hh is not a square matrix with as many rows as w_xh.": wrong(RNN_CALL, 4, W),
        "If b_h does not have one entry for each row of w_xh.": wrong(RNN_CALL, 5, X),
        "If h_prev does not have the shape (..., n).": wrong(RNN_CALL, 2, [H]),
        "If phi changes the shape.": wrong(RNN_CALL, 0, lambda a: a[:1]),
    },
    "rnn_output": {
        "If h_t is a scalar.": wrong(Call(X, W, B), 0, 1.0),
        "If w_hy does not have one column for each entry of h_t.": wrong(Call(X, W, B), 1, U),
        "If b_y does not have one entry for each row of w_hy.": wrong(Call(X, W, B), 2, X),
    },
    "rnn_params": COUNTED,
    "spectral_norm": {"If w is not a matrix.": wrong(Call(U), 0, H)},
}

D, N, M, T = 3, 4, 2, 5  # sizes of inputs, states and outputs; times
FRONTS: list[tuple[int, ...]] = [(), (6,), (2, 3)]  # axes of sequences


def gates(count: int, seed: int = 0, d: int = D, n: int = N) -> list[Any]:
    """Weight, recurrent weight and bias of so many gates."""
    return [array / 2 for array in drawn(*[(n, d), (n, n), (n,)] * count, seed=seed)]


def tensor(array: Any) -> Any:
    import torch

    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def assert_gradients(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name, grad in expected.items():
        np.testing.assert_allclose(found[name], grad, rtol=1e-9, atol=1e-12, err_msg=name)


# --- A recurrent network: values, PyTorch


def test_a_step_and_an_output_by_hand(xp: Library) -> None:
    x, h = xp.array([[1.0, 2.0], [0.0, 1.0]]), xp.array([[3.0], [-1.0]])
    w, u, b = xp.array([[1.0, -1.0]]), xp.array([[0.5]]), xp.array([0.25])
    xp.close(rnn_cell(lambda a: a * a, x, h, w, u, b), [[0.75**2], [1.25**2]])
    xp.close(rnn_output(h, xp.array([[2.0], [0.5]]), xp.array([1.0, 0.0])), [[7, 1.5], [-1, -0.5]])


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_a_step_is_rnncell_of_pytorch_whose_two_biases_are_added(nonlinearity: str) -> None:
    import torch

    torch.manual_seed(0)
    cell = torch.nn.RNNCell(D, N, nonlinearity=nonlinearity, dtype=torch.float64)
    x, h = torch.randn(6, D, dtype=torch.float64), torch.randn(6, N, dtype=torch.float64)
    phi = {"tanh": tanh, "relu": relu}[nonlinearity]
    found = rnn_cell(phi, x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh)
    torch.testing.assert_close(found, cell(x, h), rtol=1e-12, atol=1e-13)


def network(seed: int = 0) -> list[Any]:
    return [array / 2 for array in drawn((N, D), (N, N), (N,), (M, N), (M,), seed=seed)]


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_a_network_and_all_its_gradients_through_time_are_those_of_pytorch(front: tuple[int, ...], name: str) -> None:
    """Of nn.RNN with nn.Linear behind it, by autograd."""
    import torch

    w_xh, w_hh, b_h, w_hy, b_y = network()
    xs, h0, dl_dy = drawn((*front, T, D), (*front, N), (*front, T, M), seed=1)
    layer, out = torch.nn.RNN(D, N, nonlinearity=name, batch_first=True, dtype=torch.float64), torch.nn.Linear(N, M, dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip([*layer.parameters(), *out.parameters()], (w_xh, w_hh, b_h, 0 * b_h, w_hy, b_y), strict=True):
            parameter.copy_(torch.tensor(value))
    x, h = tensor(xs), tensor(h0)
    theirs = out(layer(x.reshape(-1, T, D), h.reshape(1, -1, N))[0])
    theirs.backward(torch.tensor(dl_dy).reshape(-1, T, M))
    phi, slope = {"tanh": (tanh, tanh_slope), "relu": (relu, relu_grad)}[name]
    rnn = RNN(w_xh, w_hh, b_h, w_hy, b_y, phi=phi, slope=slope)
    np.testing.assert_allclose(rnn.forward(xs, h0), theirs.detach().reshape(*front, T, M), rtol=1e-11, atol=1e-13)
    names = ["w_xh", "w_hh", "b_h"]
    expected = {key: parameter.grad for key, parameter in zip(names, layer.parameters(), strict=False)}
    assert_gradients(rnn.backward(dl_dy), {**expected, "w_hy": out.weight.grad, "b_y": out.bias.grad, "xs": x.grad, "h0": h.grad})
    torch.testing.assert_close(layer.bias_ih_l0.grad, layer.bias_hh_l0.grad)  # two biases with one gradient


def test_a_network_goes_through_time_as_its_cell_does_step_by_step(xp: Library) -> None:
    parameters = [xp.array(value) for value in network()]
    (xs, h0) = drawn((2, 3, D), (2, N), seed=1)
    rnn = RNN(*parameters, phi=tanh, slope=tanh_slope)
    ys, h = rnn.forward(xp.array(xs), xp.array(h0)), xp.array(h0)
    for t in range(3):
        h = rnn_cell(tanh, xp.array(xs[:, t]), h, *parameters[:3])
        xp.close(rnn.h_[:, t, :], xp.numpy(h), rtol=1e-11, atol=1e-14)
        xp.close(ys[:, t, :], xp.numpy(rnn_output(h, *parameters[3:])), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("s", range(T))
def test_an_output_depends_on_all_inputs_up_to_its_time_and_on_none_after_it(s: int) -> None:
    rnn = RNN(*network(), phi=tanh, slope=tanh_slope)
    xs, h0 = drawn((T, D), (N,), seed=1)
    changed = xs.copy()
    changed[s] += 0.5
    before, after = rnn.forward(xs, h0), rnn.forward(changed, h0)
    np.testing.assert_array_equal(before[:s], after[:s])
    assert np.all(np.abs(before[s:] - after[s:]).max(axis=1) > 1e-6)


def test_the_order_of_the_inputs_matters_and_sequences_of_any_length_share_the_weights() -> None:
    rnn = RNN(*network(), phi=tanh, slope=tanh_slope)
    xs, h0 = drawn((T, D), (N,), seed=1)
    assert np.abs(rnn.forward(xs[::-1], h0)[-1] - rnn.forward(xs, h0)[-1]).max() > 0.1
    for length in (1, 2, T):
        assert rnn.forward(xs[:length], h0).shape == (length, M)


# --- Backpropagation through time


def test_backpropagation_through_time_by_hand(xp: Library) -> None:
    dl_dh = bptt_hidden(xp.array([[0.5], [1.0]]), xp.array([[1.0], [2.0]]), xp.array([[3.0]]), xp.array([[0.25]]))
    xp.close(dl_dh, [[4.5], [6]])
    xp.close(bptt_weight(xp.array([[0.5], [1.0]]), dl_dh, xp.array([[0.0, 1.0], [1.0, 2.0]])), [[6, 14.25]])
    xp.close(bptt_bias(dl_dh), [10.5])


def test_the_gradient_of_a_shared_weight_is_the_sum_of_those_of_a_weight_for_each_time() -> None:
    """By autograd, with a copy of the weights and the bias at each time: the network, unrolled."""
    import torch

    w_xh, w_hh, b_h, w_hy, b_y = network()
    xs, h0, dl_dy = drawn((T, D), (N,), (T, M), seed=1)
    copies = [[tensor(value) for value in (w_xh, w_hh, b_h, w_hy, b_y)] for _ in range(T)]
    h, loss = torch.tensor(h0), torch.tensor(0.0, dtype=torch.float64)
    for t, (w, u, b, v, c) in enumerate(copies):
        h = torch.tanh(w @ torch.tensor(xs[t]) + u @ h + b)
        loss = loss + (v @ h + c) @ torch.tensor(dl_dy[t])
    loss.backward()
    rnn = RNN(w_xh, w_hh, b_h, w_hy, b_y, phi=tanh, slope=tanh_slope)
    rnn.forward(xs, h0)
    found = rnn.backward(dl_dy)
    for i, name in enumerate(("w_xh", "w_hh", "b_h", "w_hy", "b_y")):
        parts = [copy[i].grad.numpy() for copy in copies]
        np.testing.assert_allclose(found[name], sum(parts), rtol=1e-10, atol=1e-13)
        assert all(np.abs(found[name] - part).max() > 1e-3 for part in parts)


def test_over_sequences_the_gradients_of_parameters_are_sums(xp: Library) -> None:
    deltas, h = drawn((2, 3, T, N), (2, 3, T, D))
    each = [(a, b) for a, b in zip(deltas.reshape(-1, T, N), h.reshape(-1, T, D), strict=True)]
    xp.close(bptt_weight(1.0, xp.array(deltas), xp.array(h)), sum(bptt_weight(1.0, a, b) for a, b in each), atol=1e-13)
    xp.close(bptt_bias(xp.array(deltas)), sum(bptt_bias(a) for a, _ in each), atol=1e-13)


def test_gradients_of_the_functions() -> None:
    for wrt in (2, 4):
        assert_gradient(rnn_cell, *RNN_CALL.args, wrt=wrt)
    assert_gradient(rnn_output, X, W, B, wrt=1)
    for wrt in (0, 3):
        assert_gradient(bptt_hidden, *HIDDEN.args, wrt=wrt)
    for wrt in (1, 2):
        assert_gradient(lambda *args: lstm_cell(*args)[0] - lstm_cell(*args)[1], *LSTM_CALL.args, wrt=wrt)
    for wrt in (1, 3, 6):
        assert_gradient(gru_cell, *GRU_CALL.args, wrt=wrt)
    for wrt in range(2):
        assert_gradient(hidden_jacobian, SLOPES, U, wrt=wrt)
    assert_gradient(spectral_norm, U, wrt=0)


# --- Vanishing and exploding gradients, and their clipping


def test_the_jacobian_of_a_later_state_is_that_of_autograd_and_the_product_in_its_order() -> None:
    import torch

    w_xh, w_hh, b_h, *_ = network()
    xs, h0 = drawn((T, D), (N,), seed=1)
    slopes = []

    def last(h: Any) -> Any:
        for x in xs:
            a = torch.tensor(w_xh @ x + b_h) + torch.tensor(w_hh) @ h
            slopes.append((1 - torch.tanh(a) ** 2).detach().numpy())
            h = torch.tanh(a)
        return h

    expected = torch.autograd.functional.jacobian(last, torch.tensor(h0)).numpy()
    found = hidden_jacobian(np.stack(slopes), w_hh)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)
    product = np.eye(N)
    for slope in slopes:
        product = np.diag(slope) @ w_hh @ product
    np.testing.assert_allclose(found, product, rtol=1e-10, atol=1e-14)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 999), st.floats(0.1, 3))
def test_the_gradient_over_many_steps_is_at_most_a_power_of_slope_times_norm(steps: int, n: int, seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    slopes, w = rng.uniform(-1, 1, (steps, n)), scale * rng.standard_normal((n, n))
    norm = np.linalg.norm(hidden_jacobian(slopes, w), 2)
    assert norm <= jacobian_bound(slopes, w) * (1 + 1e-9)
    assert jacobian_bound(slopes, w) == pytest.approx((np.abs(slopes).max() * np.linalg.norm(w, 2)) ** steps, rel=1e-9)


def test_the_bound_is_attained_by_equal_slopes_and_a_rotation() -> None:
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    slopes = np.full((7, 2), 0.5)
    assert spectral_norm(hidden_jacobian(slopes, 1.5 * rotation)) == pytest.approx(0.75**7, rel=1e-12)
    assert jacobian_bound(slopes, 1.5 * rotation) == pytest.approx(0.75**7, rel=1e-12)


@pytest.mark.parametrize(("scale", "low", "high"), [(0.5, 0, 1e-9), (1.0, 0.999, 1.001), (1.5, 1e8, 1e12)])
def test_gradients_vanish_explode_or_stay_with_the_size_of_the_recurrent_weight(scale: float, low: float, high: float) -> None:
    """Over 60 steps of the identity as activation, with a rotation as weight."""
    rotation = np.linalg.qr(drawn((8, 8))[0])[0]
    assert low <= np.linalg.norm(hidden_jacobian(np.ones((60, 8)), scale * rotation), 2) <= high


def test_a_memory_cell_keeps_a_gradient_that_a_plain_network_loses() -> None:
    """Over 100 steps: of the memory of an LSTM whose forget gates are open (bias 8), and of the state of a network with tanh of the same size."""
    steps, n = 100, 8
    rng = np.random.default_rng(0)
    w, u, b = np.zeros((n, 1)), rng.standard_normal((n, n)) / (2 * math.sqrt(n)), np.zeros(n)
    lstm = LSTM(w, u, b + 8, w, u, b - 8, w, u, b, w, u, b)
    xs, h0, c0 = np.zeros((steps, 1)), np.zeros(n), rng.standard_normal(n)
    lstm.forward(xs, h0, c0)
    grad = np.zeros((steps, n))
    grad[-1] = 1.0
    kept = np.linalg.norm(lstm.backward(grad)["c0"])
    rnn = RNN(w, u, b, np.eye(n), b, phi=tanh, slope=tanh_slope)
    rnn.forward(xs, c0)
    assert kept > 0.1 and np.linalg.norm(rnn.backward(grad)["h0"]) < 1e-10


def test_clipping_by_hand(xp: Library) -> None:
    """Of two gradients, together of length 5."""
    grads = [xp.array([3.0]), xp.array([[0.0, -4.0]])]
    for threshold, scale in ((2.5, 0.5), (5.0, 1), (6.0, 1)):
        for grad, part, expected in zip(grads, clip_gradient(grads, threshold=threshold), ([3.0], [[0.0, -4.0]]), strict=True):
            assert part.dtype == grad.dtype
            xp.close(part, scale * np.array(expected))
    float32 = clip_gradient([xp.array([3.0, 4.0], "float32")], threshold=1.0)[0]
    assert float32.dtype == xp.dtype("float32")


@pytest.mark.parametrize("threshold", [0.1, 1.0, 100.0])
def test_clipping_is_clip_grad_norm_of_pytorch_but_for_its_epsilon(threshold: float) -> None:
    """Which divides by the norm + 1e-6, so that it shortens a little more."""
    import torch

    values = drawn((3, 4), (4,), (2, 1, 5))
    parameters = [torch.nn.Parameter(torch.zeros(value.shape, dtype=torch.float64)) for value in values]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.grad = torch.tensor(value)
    norm = torch.nn.utils.clip_grad_norm_(parameters, threshold).item()
    factor = (norm + 1e-6) / norm if norm > threshold else 1
    for parameter, found in zip(parameters, clip_gradient(values, threshold=threshold), strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(found, parameter.grad.numpy() * factor, rtol=1e-12)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4), min_size=1, max_size=4), st.floats(1e-3, 1e3))
def test_clipped_gradients_are_no_longer_than_the_threshold_and_keep_their_direction(grads: list[list[float]], threshold: float) -> None:
    clipped = np.concatenate(clip_gradient(grads, threshold=threshold))
    plain = np.concatenate(grads)
    norm = np.linalg.norm(plain)
    assert np.linalg.norm(clipped) <= threshold * (1 + 1e-12)
    if norm <= threshold * (1 - 1e-12):
        np.testing.assert_array_equal(clipped, plain)
    else:
        np.testing.assert_allclose(clipped * norm, plain * np.linalg.norm(clipped), rtol=1e-9, atol=1e-9)


def test_clipping_shortens_gradients_whose_squares_overflow_and_leaves_zeros(xp: Library) -> None:
    a, b = clip_gradient([xp.array([3e300]), xp.array([-4e300])], threshold=5.0)
    xp.close(a, [3])
    xp.close(b, [-4])
    xp.close(clip_gradient([xp.array([3e307, 4e307])], threshold=1.0)[0], [0.6, 0.8])
    xp.close(clip_gradient([xp.array([0.0, 0.0])], threshold=1.0)[0], [0, 0])


def test_an_infinite_gradient_becomes_nan_and_the_others_zero_as_in_pytorch() -> None:
    import torch

    parameter = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    parameter.grad = torch.tensor([math.inf, 1.0, -2.0], dtype=torch.float64)
    found = clip_gradient([parameter.grad.numpy().copy()], threshold=1.0)[0]
    torch.nn.utils.clip_grad_norm_([parameter], 1.0)
    np.testing.assert_array_equal(found, parameter.grad.numpy())
    np.testing.assert_array_equal(found, [math.nan, 0, 0])


def test_clipping_shortens_gradients_whose_length_overflows() -> None:
    np.testing.assert_allclose(clip_gradient([[1.5e308, 1.5e308]], threshold=1.0)[0], [math.sqrt(0.5)] * 2, rtol=1e-14)


def test_clipping_under_jit_and_its_gradient() -> None:
    import jax
    import jax.numpy as jnp

    grads = [jnp.asarray([3.0]), jnp.asarray([0.0, 4.0])]
    for part, expected in zip(jax.jit(lambda g: clip_gradient(g, threshold=2.5))(grads), ([1.5], [0.0, 2.0]), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-12)
    for scale in (0.1, 3.0):
        assert_gradient(lambda g: clip_gradient([g], threshold=1.0)[0], [scale * 0.6, scale * -0.8], wrt=0)
    np.testing.assert_array_equal(jax.grad(lambda g: clip_gradient([g], threshold=1.0)[0].sum())(jnp.zeros(2)), [1, 1])


# --- LSTM


def test_a_step_of_an_lstm_by_hand(xp: Library) -> None:
    """Gates of 1/2, 3/4 and 1/4 by biases of 0, log 3 and -log 3, and a candidate of 3/5 by the bias log 2."""
    w, u = xp.array([[0.0]]), xp.array([[0.0]])
    f, i, o, c = (xp.array([bias]) for bias in (0.0, math.log(3), -math.log(3), math.log(2)))
    h_t, c_t = lstm_cell(xp.array([1.0]), xp.array([0.5]), xp.array([2.0]), w, u, f, w, u, i, w, u, o, w, u, c)
    xp.close(c_t, [1 + 0.75 * 0.6])
    xp.close(h_t, [0.25 * math.tanh(1.45)])


def from_pytorch(layer: Any, order: list[int], cell: bool = False) -> list[Any]:
    """Weights, recurrent weights and biases of gates that PyTorch holds as one matrix; its two biases are added."""
    last = "" if cell else "_l0"
    w, u, b, b2 = (getattr(layer, name + last) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    n = u.shape[1]
    return [array[n * k : n * (k + 1)] for k in order for array in (w, u, b + b2)]


IFGO = [1, 0, 3, 2]  # PyTorch has i, f, c̃, o; here it is f, i, o, c̃


def test_a_step_of_an_lstm_is_lstmcell_of_pytorch_with_its_gates_in_another_order() -> None:
    import torch

    torch.manual_seed(0)
    cell = torch.nn.LSTMCell(D, N, dtype=torch.float64)
    x, h, c = (torch.randn(6, k, dtype=torch.float64) for k in (D, N, N))
    for found, theirs in zip(lstm_cell(x, h, c, *from_pytorch(cell, IFGO, cell=True)), cell(x, (h, c)), strict=True):
        torch.testing.assert_close(found, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("front", FRONTS)
def test_an_lstm_and_all_its_gradients_through_time_are_those_of_pytorch(front: tuple[int, ...]) -> None:
    import torch

    torch.manual_seed(0)
    layer = torch.nn.LSTM(D, N, batch_first=True, dtype=torch.float64)
    xs, h0, c0, dl_dh = drawn((*front, T, D), (*front, N), (*front, N), (*front, T, N), seed=1)
    x, h, c = tensor(xs), tensor(h0), tensor(c0)
    theirs = layer(x.reshape(-1, T, D), (h.reshape(1, -1, N), c.reshape(1, -1, N)))
    theirs[0].backward(torch.tensor(dl_dh).reshape(-1, T, N))
    lstm = LSTM(*[value.detach().numpy() for value in from_pytorch(layer, IFGO)])
    hs, cs = lstm.forward(xs, h0, c0)
    np.testing.assert_allclose(hs, theirs[0].detach().reshape(*front, T, N), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(cs[..., -1, :], theirs[1][1].detach().reshape(*front, N), rtol=1e-11, atol=1e-13)
    grads = [layer.weight_ih_l0.grad, layer.weight_hh_l0.grad, layer.bias_ih_l0.grad]
    expected = {f"{kind}_{gate}": grad[N * k : N * (k + 1)] for gate, k in zip("fioc", IFGO, strict=True) for kind, grad in zip("wub", grads, strict=True)}
    assert_gradients(lstm.backward(dl_dh), {**expected, "xs": x.grad, "h0": h.grad, "c0": c.grad})


def test_an_lstm_goes_through_time_as_its_cell_does_step_by_step(xp: Library) -> None:
    parameters = [xp.array(value) for value in gates(4)]
    xs, h0, c0 = drawn((2, 3, D), (2, N), (2, N), seed=1)
    hs, cs = LSTM(*parameters).forward(xp.array(xs), xp.array(h0), xp.array(c0))
    h, c = xp.array(h0), xp.array(c0)
    for t in range(3):
        h, c = lstm_cell(xp.array(xs[:, t]), h, c, *parameters)
        xp.close(hs[:, t, :], xp.numpy(h), rtol=1e-11, atol=1e-14)
        xp.close(cs[:, t, :], xp.numpy(c), rtol=1e-11, atol=1e-14)


@given(st.integers(0, 999))
def test_a_cell_with_its_forget_gate_open_and_its_input_gate_closed_keeps_its_memory(seed: int) -> None:
    """Biases of 800 and -800; and with the gates the other way round it takes the candidate in."""
    x, h, c, *parameters = drawn((D,), (N,), (N,), *[(N, D), (N, N), (N,)] * 4, seed=seed)
    w_f, u_f, _, w_i, u_i, _, *others = parameters
    far = np.full(N, 800.0)
    np.testing.assert_array_equal(lstm_cell(x, h, c, w_f, u_f, far, w_i, u_i, -far, *others)[1], c)
    candidate = np.tanh(others[3] @ x + others[4] @ h + others[5])
    np.testing.assert_allclose(lstm_cell(x, h, c, w_f, u_f, -far, w_i, u_i, far, *others)[1], candidate, rtol=1e-9, atol=1e-14)


def test_a_closed_output_gate_shows_nothing_and_an_open_one_the_whole_memory() -> None:
    x, h, c, *parameters = drawn((D,), (N,), (N,), *[(N, D), (N, N), (N,)] * 4)
    shown, hidden = parameters.copy(), parameters.copy()
    shown[8], hidden[8] = np.full(N, 800.0), np.full(N, -800.0)
    np.testing.assert_array_equal(lstm_cell(x, h, c, *hidden)[0], np.zeros(N))
    h_t, c_t = lstm_cell(x, h, c, *shown)
    np.testing.assert_allclose(h_t, np.tanh(c_t), rtol=1e-14)


@given(st.integers(0, 999), st.floats(0.01, 30))
def test_hidden_states_of_an_lstm_are_at_most_one_in_size(seed: int, scale: float) -> None:
    """Strictly below 1 while the gates lie in (0, 1), that is for sums up to 36 in size, and the memory is no larger than 18."""
    x, h, c, *parameters = drawn((D,), (N,), (N,), *[(N, D), (N, N), (N,)] * 4, seed=seed)
    h_t, c_t = lstm_cell(x, h, scale * c, *(scale * value for value in parameters))
    assert np.all(np.abs(h_t) <= 1)
    sums = [scale * (w @ x + u @ h + b) for w, u, b in zip(parameters[::3], parameters[1::3], parameters[2::3], strict=True)]
    if all(np.abs(a).max() <= 36 for a in sums[:3]):
        assert all(np.all((sigmoid(a) > 0) & (sigmoid(a) < 1)) for a in sums[:3])
        assert np.all(np.abs(h_t) < 1) or np.abs(c_t).max() > 18


# --- GRU, in its forms


def test_a_step_of_a_gru_by_hand(xp: Library) -> None:
    """An update gate of 3/4, a reset gate of 1/2, and a candidate tanh(log 2) = 3/5 of half of the state."""
    w, u = xp.array([[0.0]]), xp.array([[0.0]])
    z, r = xp.array([math.log(3)]), xp.array([0.0])
    half = xp.array([[math.log(2) / 2]])  # times r ⊙ h = 2
    xp.close(gru_cell(xp.array([1.0]), xp.array([4.0]), w, u, z, w, u, r, w, half, xp.array([0.0])), [0.25 * 4 + 0.75 * 0.6])


def sequence_gru(torch: Any, x: Any, h: Any, parameters: list[Any], candidate: str, keep: str) -> Any:
    """GRUs written with PyTorch: the reset gate before or behind the product, and z for the new or for the old state."""
    w_z, u_z, b_z, w_r, u_r, b_r, w_h, u_h, b_h = parameters
    states = []
    for t in range(x.shape[-2]):
        x_t = x[..., t, :]
        z = torch.sigmoid(x_t @ w_z.T + h @ u_z.T + b_z)
        r = torch.sigmoid(x_t @ w_r.T + h @ u_r.T + b_r)
        past = (r * h) @ u_h.T if candidate == "before" else r * (h @ u_h.T)
        new = torch.tanh(x_t @ w_h.T + past + b_h)
        h = (1 - z) * h + z * new if keep == "1-z" else z * h + (1 - z) * new
        states.append(h)
    return torch.stack(states, dim=-2)


def z_exchanged(parameters: list[Any]) -> list[Any]:
    """The update gate with all its signs turned, so that z becomes 1 - z: σ(-a) = 1 - σ(a)."""
    return [-value for value in parameters[:3]] + parameters[3:]


@pytest.mark.parametrize("front", FRONTS)
def test_a_gru_and_all_its_gradients_through_time_are_those_of_autograd(front: tuple[int, ...]) -> None:
    """Of the form of the papers, written with PyTorch."""
    import torch

    parameters = gates(3)
    xs, h0, dl_dh = drawn((*front, T, D), (*front, N), (*front, T, N), seed=1)
    x, h, tensors = tensor(xs), tensor(h0), [tensor(value) for value in parameters]
    theirs = sequence_gru(torch, x, h, tensors, "before", "1-z")
    theirs.backward(torch.tensor(dl_dh))
    gru = GRU(*parameters)
    np.testing.assert_allclose(gru.forward(xs, h0), theirs.detach(), rtol=1e-11, atol=1e-13)
    names = [f"{kind}_{gate}" for gate in "zrh" for kind in "wub"]
    expected = {name: value.grad for name, value in zip(names, tensors, strict=True)}
    assert_gradients(gru.backward(dl_dh), {**expected, "xs": x.grad, "h0": h.grad})


def test_a_gru_goes_through_time_as_its_cell_does_step_by_step(xp: Library) -> None:
    parameters = [xp.array(value) for value in gates(3)]
    xs, h0 = drawn((2, 3, D), (2, N), seed=1)
    hs, h = GRU(*parameters).forward(xp.array(xs), xp.array(h0)), xp.array(h0)
    for t in range(3):
        h = gru_cell(xp.array(xs[:, t]), h, *parameters)
        xp.close(hs[:, t, :], xp.numpy(h), rtol=1e-11, atol=1e-14)


RZN = [1, 0, 2]  # PyTorch has r, z, h̃; here it is z, r, h̃


def torch_gru(diagonal: bool) -> tuple[Any, list[Any]]:
    """A GRU of PyTorch without a second bias of the candidate, and its parameters in the order of dlref."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.GRU(D, N, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.bias_hh_l0[2 * N :] = 0
        if diagonal:
            layer.weight_hh_l0[2 * N :] = torch.diag(torch.linspace(-1, 1, N))
    return layer, [value.detach() for value in from_pytorch(layer, RZN)]


def test_the_gru_of_pytorch_has_its_reset_gate_behind_the_product_and_z_for_the_old_state() -> None:
    """So it is another function: with the same weights, update gate turned, it differs, and hand-written in its own form it agrees."""
    import torch

    layer, parameters = torch_gru(diagonal=False)
    x, h = torch.randn(6, T, D, dtype=torch.float64), torch.randn(6, N, dtype=torch.float64)
    theirs = layer(x, h[None])[0].detach()
    torch.testing.assert_close(sequence_gru(torch, x, h, parameters, "behind", "z"), theirs, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(sequence_gru(torch, x, h, z_exchanged(parameters), "behind", "1-z"), theirs, rtol=1e-11, atol=1e-13)
    ours = GRU(*(value.numpy() for value in z_exchanged(parameters))).forward(x.numpy(), h.numpy())
    assert np.abs(ours - theirs.numpy()).max() > 1e-2


def test_the_gru_of_pytorch_is_this_one_with_z_exchanged_where_the_candidate_sees_each_unit_alone() -> None:
    """A diagonal U_h may change places with the reset gate: U_h (r ⊙ h) = r ⊙ (U_h h)."""
    import torch

    layer, parameters = torch_gru(diagonal=True)
    x, h = torch.randn(6, T, D, dtype=torch.float64), torch.randn(6, N, dtype=torch.float64)
    theirs = layer(x, h[None])[0].detach()
    ours = GRU(*(value.numpy() for value in z_exchanged(parameters))).forward(x.numpy(), h.numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    plain = GRU(*(value.numpy() for value in parameters)).forward(x.numpy(), h.numpy())
    assert np.abs(plain - theirs.numpy()).max() > 1e-2


def keras_gru(x: Any, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any, reset_after: bool) -> Any:
    """GRU as the documentation of Keras has it: weights (in, 3 n) with z, r and the candidate side by side, z for the old state.

    With ``reset_after``, the default, it has two rows of biases, and the reset gate stands behind the product and the second bias.
    """
    n = h.shape[-1]
    states = []
    for t in range(x.shape[-2]):
        x_z, x_r, x_h = np.split(x[..., t, :] @ kernel + (bias[0] if reset_after else bias), 3, axis=-1)
        if reset_after:
            h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, axis=-1)
            z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
            new = np.tanh(x_h + r * h_h)
        else:
            h_z, h_r = np.split(h @ recurrent_kernel[:, : 2 * n], 2, axis=-1)
            z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
            new = np.tanh(x_h + (r * h) @ recurrent_kernel[:, 2 * n :])
        h = z * h + (1 - z) * new
        states.append(h)
    return np.stack(states, axis=-2)


def test_the_gru_of_keras_is_this_one_with_reset_after_false_and_z_exchanged() -> None:
    kernel, recurrent, bias, x, h = drawn((D, 3 * N), (N, 3 * N), (3 * N,), (6, T, D), (6, N))
    split = [np.split(value.T, 3) for value in (kernel, recurrent, bias)]
    ours = GRU(*z_exchanged([part[k] for k in range(3) for part in split])).forward(x, h)
    np.testing.assert_allclose(ours, keras_gru(x, h, kernel, recurrent, bias, reset_after=False), rtol=1e-11, atol=1e-13)
    other = keras_gru(x, h, kernel, recurrent, np.stack([bias, 0 * bias]), reset_after=True)
    assert np.abs(ours - other).max() > 1e-2


def test_the_default_gru_of_keras_is_that_of_pytorch() -> None:
    """With reset_after=True and its two rows of biases; r and z change places."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.GRU(D, N, batch_first=True, dtype=torch.float64)
    x, h = torch.randn(6, T, D, dtype=torch.float64), torch.randn(6, N, dtype=torch.float64)
    order = np.r_[N : 2 * N, :N, 2 * N : 3 * N]
    w, u, b, b2 = (value.detach().numpy()[order] for value in layer.parameters())
    found = keras_gru(x.numpy(), h.numpy(), w.T, u.T, np.stack([b, b2]), reset_after=True)
    np.testing.assert_allclose(found, layer(x, h[None])[0].detach(), rtol=1e-11, atol=1e-13)


@given(st.integers(0, 999))
def test_a_closed_update_gate_keeps_the_state_an_open_one_takes_the_candidate_and_a_closed_reset_gate_ignores_the_past(seed: int) -> None:
    x, h, *parameters = drawn((D,), (N,), *[(N, D), (N, N), (N,)] * 3, seed=seed)
    w_z, u_z, _, w_r, u_r, b_r, w_h, u_h, b_h = parameters
    far = np.full(N, 800.0)
    np.testing.assert_array_equal(gru_cell(x, h, w_z, u_z, -far, w_r, u_r, b_r, w_h, u_h, b_h), h)
    new = gru_cell(x, h, w_z, u_z, far, w_r, u_r, b_r, w_h, u_h, b_h)
    r = sigmoid(w_r @ x + u_r @ h + b_r)
    np.testing.assert_allclose(new, np.tanh(w_h @ x + u_h @ (r * h) + b_h), rtol=1e-9, atol=1e-13)
    alone = gru_cell(x, h, w_z, 0 * u_z, far, w_r, u_r, -far, w_h, u_h, b_h)
    np.testing.assert_allclose(alone, np.tanh(w_h @ x + b_h), rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(alone, gru_cell(x, h + 5, w_z, 0 * u_z, far, w_r, 0 * u_r, -far, w_h, u_h, b_h))


@given(st.integers(0, 999))
def test_a_state_of_a_gru_lies_between_the_old_one_and_the_candidate(seed: int) -> None:
    x, h, *parameters = drawn((D,), (N,), *[(N, D), (N, N), (N,)] * 3, seed=seed)
    far = np.full(N, 800.0)
    candidate = gru_cell(x, h, parameters[0], parameters[1], far, *parameters[3:])
    h_t = gru_cell(x, h, *parameters)
    assert np.all((h_t >= np.minimum(h, candidate) - 1e-12) & (h_t <= np.maximum(h, candidate) + 1e-12))
    assert np.all(np.abs(candidate) <= 1)


# --- Counts


def test_parameter_counts_by_hand_and_the_gru_has_three_quarters_of_the_lstm() -> None:
    assert (rnn_params(3, 4), lstm_params(3, 4), gru_params(3, 4)) == (32, 128, 96)
    for d, h in ((1, 1), (3, 4), (128, 256)):
        assert 4 * gru_params(d, h) == 3 * lstm_params(d, h) == 12 * rnn_params(d, h)
        assert sum(value.size for value in gates(4, d=d, n=h)) == lstm_params(d, h)
        assert sum(value.size for value in gates(3, d=d, n=h)) == gru_params(d, h)
    assert rnn_params([1, 3], [2, 4]).tolist() == [8, 32]


def test_layers_of_pytorch_have_a_second_bias_and_so_more_parameters() -> None:
    """36, 144 and 108 with inputs of three and states of four entries, for 32, 128 and 96."""
    import torch

    for kind, count in ((torch.nn.RNN, rnn_params), (torch.nn.LSTM, lstm_params), (torch.nn.GRU, gru_params)):
        for d, h in ((3, 4), (5, 2)):
            layer = kind(d, h)
            biases = layer.bias_hh_l0.numel()
            assert sum(parameter.numel() for parameter in layer.parameters()) == count(d, h) + biases


# --- Both directions


def test_both_directions_by_hand(xp: Library) -> None:
    def cell(x: Any, h: Any) -> Any:
        return x + h

    ys = bidirectional(cell, cell, xp.array([[1.0], [2.0], [4.0]]), xp.array([0.5]), xp.array([0.25]))
    xp.close(ys, [[1.5, 7.25], [3.5, 6.25], [7.5, 4.25]])


def two_cells() -> list[Any]:
    return [lambda x, h, p=gates(1, seed=seed): rnn_cell(tanh, x, h, *p) for seed in (0, 1)]


@pytest.mark.parametrize("front", FRONTS)
def test_both_directions_are_those_of_pytorch(front: tuple[int, ...]) -> None:
    import torch

    layer = torch.nn.RNN(D, N, batch_first=True, bidirectional=True, dtype=torch.float64)
    parameters = [value.detach().numpy() for value in layer.parameters()]
    cells = [lambda x, h, k=k: rnn_cell(tanh, x, h, *parameters[k : k + 2], parameters[k + 2] + parameters[k + 3]) for k in (0, 4)]
    xs, first, last = drawn((*front, T, D), (*front, N), (*front, N))
    states = torch.tensor(np.stack([first.reshape(-1, N), last.reshape(-1, N)]))
    theirs = layer(torch.tensor(xs).reshape(-1, T, D), states)[0].detach()
    np.testing.assert_allclose(bidirectional(*cells, xs, first, last), theirs.reshape(*front, T, 2 * N), rtol=1e-11, atol=1e-13)


def test_read_from_the_other_end_both_directions_change_places() -> None:
    forward, backward = two_cells()
    xs, first, last = drawn((T, D), (N,), (N,))
    ys = bidirectional(forward, backward, xs, first, last)
    reversed_ys = bidirectional(backward, forward, xs[::-1], last, first)[::-1]
    np.testing.assert_allclose(np.concatenate([reversed_ys[:, N:], reversed_ys[:, :N]], axis=1), ys, rtol=1e-14)


@pytest.mark.parametrize("s", range(T))
def test_an_output_of_both_directions_depends_on_the_inputs_before_and_after_it(s: int) -> None:
    """The forward half on those up to its time, the backward half on those from its time on."""
    cells = two_cells()
    xs, first, last = drawn((T, D), (N,), (N,))
    changed = xs.copy()
    changed[s] += 0.5
    moved = np.abs(bidirectional(*cells, xs, first, last) - bidirectional(*cells, changed, first, last))
    assert np.all(moved.max(axis=1) > 1e-6)
    assert not moved[:s, :N].any() and not moved[s + 1 :, N:].any()
    assert np.all(moved[s:, :N].max(axis=1) > 1e-6) and np.all(moved[: s + 1, N:].max(axis=1) > 1e-6)


def test_the_two_directions_may_have_states_of_different_sizes() -> None:
    ys = bidirectional(lambda x, h: h + 1, lambda x, h: h - 1, np.zeros((2, T, D)), np.zeros((2, 1)), np.zeros((2, 3)))
    assert ys.shape == (2, T, 4)
    assert ys[0, :, 0].tolist() == [1, 2, 3, 4, 5] and ys[1, :, 3].tolist() == [-5, -4, -3, -2, -1]


# --- The machines on sequences


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_machines_keep_library_device_and_single_precision_and_give_the_same_gradients(kind: str, xp: Library) -> None:
    count = {"rnn": 1, "lstm": 4, "gru": 3}[kind]

    def run(array: Any) -> tuple[Any, dict[str, Any]]:
        parameters = [array(value) for value in gates(count)]
        states = [array(value) for value in drawn(*[(2, N)] * (2 if kind == "lstm" else 1), seed=2)]
        xs = array(drawn((2, 2, D), seed=1)[0])
        if kind == "rnn":
            v, c = (array(value) for value in drawn((M, N), (M,), seed=4))
            machine: Any = RNN(*parameters, v, c, phi=tanh, slope=tanh_slope)
        else:
            machine = {"lstm": LSTM, "gru": GRU}[kind](*parameters)
        out = machine.forward(xs, *states)
        out = out[0] if kind == "lstm" else out
        return out, machine.backward(array(drawn(out.shape, seed=3)[0]))

    expected, grads = run(np.asarray)
    found, theirs = run(xp.array)
    xp.close(found, expected, rtol=1e-10, atol=1e-13)
    assert list(theirs) == list(grads)
    for name, grad in grads.items():
        xp.close(theirs[name], grad, rtol=1e-9, atol=1e-12)
    found, theirs = run(lambda value: xp.array(value, "float32"))
    assert all(value.dtype == xp.dtype("float32") for value in (found, *theirs.values()))


def test_machines_run_under_jit_and_are_differentiable_by_autograd() -> None:
    """And their own gradients are those of JAX."""
    import jax
    import jax.numpy as jnp

    xs, h0, c0, dl_dh = (jnp.asarray(value) for value in drawn((2, 3, D), (2, N), (2, N), (2, 3, N), seed=1))
    for machine, states in ((GRU(*map(jnp.asarray, gates(3))), (h0,)), (LSTM(*map(jnp.asarray, gates(4))), (h0, c0))):

        def loss(xs: Any, machine: Any = machine, states: Any = states) -> Any:
            out = machine.forward(xs, *states)
            return (dl_dh * (out[0] if len(states) == 2 else out)).sum()

        traced = jax.jit(jax.grad(loss))(xs)
        machine.forward(xs, *states)
        np.testing.assert_allclose(machine.backward(dl_dh)["xs"], traced, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "count"), [(GRU, 3), (LSTM, 4)])
def test_what_does_not_fit_a_machine_is_refused_by_its_name(kind: Any, count: int) -> None:
    name, parameters = kind.__name__, gates(count)
    machine = kind(*parameters)
    states = [np.zeros(N)] * (2 if kind is LSTM else 1)
    with pytest.raises(ValueError, match=rf"^{name}: xs must have shape \(..., T, 3\), got \(5, 4\)"):
        machine.forward(np.zeros((T, D + 1)), *states)
    with pytest.raises(ValueError, match=rf"^{name}: xs must have shape \(..., T, 3\), got \(3,\)"):
        machine.forward(np.zeros(D), *states)
    with pytest.raises(ValueError, match=rf"^{name}: h0 must have shape \(2, 4\), got \(4,\)"):
        machine.forward(np.zeros((2, T, D)), *states)
    machine.forward(np.zeros((T, D)), *states)
    with pytest.raises(ValueError, match=rf"^{name}: dl_dh must have shape \(5, 4\), got \(4,\)"):
        machine.backward(np.zeros(N))
    first = machine.names
    with pytest.raises(ValueError, match=rf"^{name}: {first[4]} must have shape \(4, 4\) beside {first[3]}"):
        kind(*parameters[:4], np.zeros((N, D)), *parameters[5:])
    with pytest.raises(ValueError, match=rf"^{name}: {first[3]} must have shape \(4, 3\) as {first[0]}, got \(2, 3\)"):
        kind(*parameters[:3], np.zeros((2, D)), np.zeros((2, 2)), np.zeros(2), *parameters[6:])
    with pytest.raises(ValueError, match=rf"^{name}: {first[2]} must have shape \(4,\) beside {first[0]}"):
        kind(*parameters[:2], np.zeros(D), *parameters[3:])


def test_what_does_not_fit_a_network_is_refused_by_its_name() -> None:
    rnn = RNN(*network(), phi=tanh, slope=lambda a: a[..., :1])
    with pytest.raises(ValueError, match=r"^RNN: xs must have shape \(..., T, 3\), got \(5, 4\)"):
        rnn.forward(np.zeros((T, D + 1)), np.zeros(N))
    rnn.forward(np.zeros((T, D)), np.zeros(N))
    with pytest.raises(ValueError, match=r"^RNN: slope must keep the shape \(5, 4\), got \(5, 1\)"):
        rnn.backward(np.zeros((T, M)))
    with pytest.raises(ValueError, match=r"^RNN: w_xh must be a matrix, got shape \(3,\)"):
        RNN(np.zeros(D), *network()[1:], phi=tanh, slope=tanh_slope)
    with pytest.raises(ValueError, match=r"^RNN: w_hy must have shape \(m, 4\) beside the state, got \(2, 3\)"):
        RNN(*network()[:3], np.zeros((M, D)), np.zeros(M), phi=tanh, slope=tanh_slope)


def test_a_gru_learns_what_came_first_by_its_own_gradients() -> None:
    """To tell at the last time which of two numbers stood at the first of eight, noise between them: by Adam, gradients written out and clipped."""
    from dlref.optim import Adam

    rng = np.random.default_rng(0)
    n, times = 6, 8
    parameters = [rng.standard_normal(shape) / math.sqrt(n) for shape in [(n, 1), (n, n), (n,)] * 3]
    names = [f"{kind}_{gate}" for gate in "zrh" for kind in "wub"]
    v, adams = rng.standard_normal(n), [Adam(eta=0.03) for _ in range(10)]
    losses = []
    for _ in range(150):
        xs = rng.standard_normal((32, times, 1))
        xs[:, 0, 0] = y = np.where(rng.uniform(size=32) < 0.5, -1.0, 1.0)
        gru = GRU(*parameters)
        h = gru.forward(xs, np.zeros((32, n)))[:, -1]
        error = h @ v - y
        losses.append((error**2).mean())
        dl_dh = np.zeros((32, times, n))
        dl_dh[:, -1] = 2 * error[:, None] * v / 32
        found = gru.backward(dl_dh)
        *grads, grad_v = clip_gradient([*(found[name] for name in names), h.T @ (2 * error) / 32], threshold=1.0)
        parameters = [adam.step(value, grad) for adam, value, grad in zip(adams, parameters, grads, strict=False)]
        v = adams[-1].step(v, grad_v)
    assert np.mean(losses[:5]) > 0.9 and np.mean(losses[-5:]) < 0.15
