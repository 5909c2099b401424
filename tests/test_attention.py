"""Attention: values by hand, against PyTorch with its conventions told apart, gradients, and the laws of weights, masks and positions."""

from __future__ import annotations

import json
import math
import tracemalloc
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlref.attention
from dlref.attention import (
    MultiHeadAttention,
    additive_mask,
    attention_weights,
    causal_mask,
    cross_attention,
    masked_attention,
    masked_attention_weights,
    masked_multi_head_attention,
    multi_head_attention,
    multi_head_weights,
    positional_encoding,
    project,
    scaled_dot_product_attention,
    self_attention,
    shift_encoding,
)
from dlref.site.sources import stamp
from tests import attention_weights as trained
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import normal, quarters
from tests.topics import Call

pytestmark = pytest.mark.ch7


INF = math.inf
Q, K, V, X, H = quarters(2, 4), quarters(3, 4, seed=1), quarters(3, 2, seed=2), quarters(2, 3, seed=3), quarters(4, 3, seed=4)
Q2, K2, V2, X2, H2 = quarters(2, 4, seed=5), quarters(3, 4, seed=6), quarters(3, 2, seed=7), quarters(2, 3, seed=8), quarters(4, 3, seed=9)
M, M2 = [[0.0, -INF, 0.0], [0.0, 0.0, -INF]], [[0.0, 0.0, 0.0], [-INF, -INF, 0.0]]
W_Q, W_K, W_V = quarters(3, 2, seed=10), quarters(3, 2, seed=11), quarters(3, 5, seed=12)
W = (quarters(2, 3, 4, seed=13), quarters(2, 3, 4, seed=14), quarters(2, 3, 2, seed=15), quarters(4, 3, seed=16))  # two heads
MH, MH2 = [[0.0, -INF, 0.0, 0.0], [0.0, 0.0, -INF, -INF]], [[0.0, 0.0, 0.0, 0.0], [-INF, -INF, 0.0, 0.0]]
PE, PE2 = [0.0, 1.0, 0.5, -0.5], [0.6, -0.8, 1.0, 0.0]
N = np.int64  # a size, which is no array of numbers

CALLS = {
    "additive_mask": [Call([[True, False], [True, True]]), Call([[False, True], [True, False]])],
    "attention_weights": [Call(Q, K), Call(Q2, K2)],
    "causal_mask": [Call(N(3)), Call(N(3), like=np.zeros(2))],
    "cross_attention": [Call(X, H, W_Q, W_K, W_V), Call(X2, H2, W_Q, W_K, W_V)],
    "masked_attention": [Call(Q, K, V, M), Call(Q2, K2, V2, M2)],
    "masked_attention_weights": [Call(Q, K, M), Call(Q2, K2, M2)],
    "masked_multi_head_attention": [Call(X, H, H, *W, MH), Call(X2, H2, H, *W, MH2)],
    "multi_head_attention": [Call(X, H, H, *W), Call(X2, H2, H, *W)],
    "multi_head_weights": [Call(X, H, *W[:2]), Call(X2, H2, *W[:2])],
    "positional_encoding": [Call(N(3), N(4)), Call(N(3), N(4), like=np.zeros(2))],
    "project": [Call(X, W_V), Call(X2, W_V)],
    "scaled_dot_product_attention": [Call(Q, K, V), Call(Q2, K2, V2)],
    "self_attention": [Call(X, W_Q, W_K, W_V), Call(X2, W_Q, W_K, W_V)],
    "shift_encoding": [Call(PE, offset=3.0), Call(PE2, offset=3.0)],
}
HELPERS = ["additive_mask", "masked_attention_weights", "masked_multi_head_attention", "multi_head_weights", "self_attention"]


def wrong(good: Call, place: int | str, bad: Any) -> tuple[Call, Call]:
    """A call to be refused for the argument at a position or of a name, and the call with this argument right."""
    if isinstance(place, str):
        return Call(*good.args, **{**good.options, place: bad}), good
    return Call(*(bad if i == place else arg for i, arg in enumerate(good.args)), **good.options), good


def at(name: str, place: int | str, bad: Any) -> tuple[Call, Call]:
    return wrong(CALLS[name][0], place, bad)


AXES = "If {} has fewer than two axes."
FLAT = Call([[1.0]], [[1.0]])
WIDE = "If k does not have the batch axes and the width of q."
LONG = "If v does not have the batch axes and the length of k."
ROWS = "If {} is not a matrix with one row for each feature of x."
MASK = ("If mask has neither the shape (n, m) nor the shape (..., n, m).", "If an entry of mask is neither 0 nor -inf.", "If a row of mask hides all keys.")


def masks(name: str, place: int, good: Any) -> dict[str, tuple[Call, Call]]:
    return {
        MASK[0]: at(name, place, [row[:1] for row in good]),
        MASK[1]: at(name, place, [[1.0, *good[0][1:]], good[1]]),
        MASK[2]: at(name, place, [[-INF] * len(good[0]), good[1]]),
    }


def heads(name: str) -> dict[str, tuple[Call, Call]]:
    return {
        "If q has fewer than two axes.": at(name, 0, [1.0, 2.0, 3.0]),
        WIDE: at(name, 1, quarters(4, 2)),
        "If v does not have the shape of k.": at(name, 2, quarters(5, 3)),
        "If w_q does not have the shape (h, d_model, d_k).": at(name, 3, quarters(2, 4, 4)),
        "If w_k does not have the shape of w_q.": at(name, 4, quarters(2, 3, 5)),
        "If w_v does not have the shape (h, d_model, d_v).": at(name, 5, quarters(3, 3, 2)),
        "If w_o does not have the shape (h d_v, d_model).": at(name, 6, quarters(4, 4)),
    }


RAISES = {
    "additive_mask": {"If like is no array of the library of the truth values.": wrong(Call([True], like=np.zeros(1)), "like", 1.0)},
    "attention_weights": {AXES.format("q"): at("attention_weights", 0, [1.0] * 4), WIDE: at("attention_weights", 1, quarters(3, 5))},
    "causal_mask": {
        "If n is not an integer.": at("causal_mask", 0, 3.0),
        "If like is no array.": wrong(Call(3, like=np.zeros(1)), "like", [0.0]),
        "If n is not positive.": at("causal_mask", 0, 0),
    },
    "cross_attention": {
        AXES.format("x"): at("cross_attention", 0, [1.0] * 3),
        "If h does not have the batch axes and the width of x.": at("cross_attention", 1, quarters(4, 2)),
        ROWS.format("w_q"): at("cross_attention", 2, quarters(2, 2)),
        "If w_k does not have the shape of w_q.": at("cross_attention", 3, quarters(3, 3)),
        ROWS.format("w_v"): at("cross_attention", 4, quarters(2, 5)),
    },
    "masked_attention": {
        AXES.format("q"): at("masked_attention", 0, [1.0] * 4),
        WIDE: at("masked_attention", 1, quarters(3, 5)),
        LONG: at("masked_attention", 2, quarters(4, 2)),
        **masks("masked_attention", 3, M),
    },
    "masked_attention_weights": {
        AXES.format("q"): at("masked_attention_weights", 0, [1.0] * 4),
        WIDE: at("masked_attention_weights", 1, quarters(3, 5)),
        **masks("masked_attention_weights", 2, M),
    },
    "masked_multi_head_attention": {**heads("masked_multi_head_attention"), **masks("masked_multi_head_attention", 7, MH)},
    "multi_head_attention": heads("multi_head_attention"),
    "multi_head_weights": {
        AXES.format("q"): at("multi_head_weights", 0, [1.0] * 3),
        WIDE: at("multi_head_weights", 1, quarters(4, 2)),
        "If w_q does not have the shape (h, d_model, d_k).": at("multi_head_weights", 2, quarters(2, 4, 4)),
        "If w_k does not have the shape of w_q.": at("multi_head_weights", 3, quarters(2, 3, 5)),
    },
    "positional_encoding": {
        "If length is not an integer.": at("positional_encoding", 0, 3.0),
        "If d_model is not an integer.": at("positional_encoding", 1, 4.0),
        "If like is no array.": wrong(Call(3, 4, like=np.zeros(1)), "like", [0.0]),
        "If length is not positive.": at("positional_encoding", 0, 0),
        "If d_model is not positive.": at("positional_encoding", 1, 0),
        "If d_model is odd.": at("positional_encoding", 1, 5),
    },
    "project": {AXES.format("x"): at("project", 0, [1.0] * 3), "If w is not a matrix with one row for each feature of x.": at("project", 1, quarters(2, 5))},
    "scaled_dot_product_attention": {
        AXES.format("q"): at("scaled_dot_product_attention", 0, [1.0] * 4),
        WIDE: at("scaled_dot_product_attention", 1, quarters(3, 5)),
        LONG: at("scaled_dot_product_attention", 2, quarters(4, 2)),
    },
    "self_attention": {
        AXES.format("x"): at("self_attention", 0, [1.0] * 3),
        ROWS.format("w_q"): at("self_attention", 1, quarters(2, 2)),
        "If w_k does not have the shape of w_q.": at("self_attention", 2, quarters(3, 3)),
        ROWS.format("w_v"): at("self_attention", 3, quarters(2, 5)),
    },
    "shift_encoding": {
        "If offset is not a number.": at("shift_encoding", "offset", "3"),
        "If pe is a scalar.": wrong(Call([0.0, 1.0], offset=1.0), 0, 1.0),
        "If the width of pe is odd.": at("shift_encoding", 0, [0.0, 1.0, 0.0]),
        "If offset is not finite.": at("shift_encoding", "offset", INF),
    },
}  # fmt: skip


# --- Attention


def test_attention_by_hand(xp: Library) -> None:
    """Scores 0 and log 3, after the division by the root of 4: weights 1/4 and 3/4."""
    q, k = xp.array([[2 * math.log(3), 0.0, 0.0, 0.0]]), xp.array([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 7.0, 0.0]])
    xp.close(attention_weights(q, k), [[0.25, 0.75]])
    xp.close(scaled_dot_product_attention(q, k, xp.array([[4.0, 0.0], [8.0, 4.0]])), [[7.0, 3.0]])


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_attention_is_that_of_pytorch(batch: tuple[int, ...]) -> None:
    import torch

    q, k, v = normal(*batch, 5, 4), normal(*batch, 7, 4, seed=1), normal(*batch, 7, 3, seed=2)
    theirs = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, (q, k, v)))
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v), theirs.numpy(), rtol=1e-12, atol=1e-14)


def test_an_output_is_the_average_of_the_values_with_the_weights_of_its_row() -> None:
    q, k, v = normal(5, 4), normal(7, 4, seed=1), normal(7, 3, seed=2)
    weights = attention_weights(q, k)
    for i in range(5):
        np.testing.assert_allclose(scaled_dot_product_attention(q, k, v)[i], sum(weights[i, j] * v[j] for j in range(7)), rtol=1e-12)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_weights_are_positive_and_those_of_a_query_sum_to_one(n: int, m: int, d: int, seed: int) -> None:
    weights = attention_weights(normal(n, d, seed=seed), normal(m, d, seed=seed + 1))
    assert weights.shape == (n, m) and np.all(weights > 0)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)


@given(st.integers(0, 99))
def test_an_output_lies_between_the_smallest_and_the_largest_value(seed: int) -> None:
    v = normal(7, 3, seed=seed)
    y = scaled_dot_product_attention(normal(5, 4, seed=seed + 1), 3 * normal(7, 4, seed=seed + 2), v)
    assert np.all(y >= v.min(axis=0) - 1e-12) and np.all(y <= v.max(axis=0) + 1e-12)


@given(st.permutations(range(5)))
def test_self_attention_does_not_know_the_order_tokens_permuted_give_outputs_permuted(order: list[int]) -> None:
    x, weights = normal(5, 3), (W_Q, W_K, W_V)
    np.testing.assert_allclose(self_attention(x[order], *weights), self_attention(x, *weights)[order], rtol=1e-10, atol=1e-12)


@given(st.permutations(range(7)))
def test_keys_permuted_with_their_values_change_nothing(order: list[int]) -> None:
    q, k, v = normal(5, 4), normal(7, 4, seed=1), normal(7, 3, seed=2)
    np.testing.assert_allclose(scaled_dot_product_attention(q, k[order], v[order]), scaled_dot_product_attention(q, k, v), rtol=1e-10, atol=1e-12)


def test_with_positions_added_the_order_matters() -> None:
    x, weights = normal(5, 4), [normal(4, 4, seed=s) for s in range(3)]
    pe = positional_encoding(5, 4)
    turned = self_attention(x[::-1] + pe, *weights)[::-1]
    assert np.abs(turned - self_attention(x + pe, *weights)).max() > 0.1


@pytest.mark.parametrize("d", [4, 64, 1024])
def test_dividing_by_the_root_of_the_width_keeps_the_variance_of_the_scores_at_one(d: int) -> None:
    """For independent queries and keys of variance 1. The logarithms of a row of weights are its scores but for a constant."""
    q, k = normal(400, d), normal(400, d, seed=1)
    assert np.mean(np.var(np.log(attention_weights(q, k)), axis=1, ddof=1)) == pytest.approx(1, rel=0.15)
    assert np.mean((q @ k.T) ** 2) == pytest.approx(d, rel=0.1)  # undivided


def test_without_the_division_softmax_saturates_and_its_gradient_vanishes() -> None:
    """At a width of 1024: the gradient with respect to the scores, A (1 − A) at most, is hundreds of times smaller in the median."""
    q, k = normal(50, 1024), normal(20, 1024, seed=1)
    divided, undivided = attention_weights(q, k), attention_weights(32 * q, k)
    assert divided.max(axis=-1).mean() < 0.5 < 0.9 < undivided.max(axis=-1).mean()
    slope = [np.median((weights * (1 - weights)).max(axis=-1)) for weights in (divided, undivided)]
    assert slope[0] > 100 * slope[1]


def test_scores_of_any_size_give_finite_results_and_gradients(xp: Library) -> None:
    q, k, v = xp.array([[1e4, 0.0], [0.0, -1e4]]), xp.array([[1.0, 1.0], [-1.0, 2.0]]), xp.array([[2.0], [6.0]])
    xp.close(scaled_dot_product_attention(q, k, v), [[2.0], [2.0]])
    assert_gradient(scaled_dot_product_attention, [[1e4, 0.0], [0.0, -1e4]], [[1.0, 1.0], [-1.0, 2.0]], [[2.0], [6.0]], wrt=0, differences=False, expected=[[0.0, 0.0], [0.0, 0.0]])


def test_a_value_that_is_missing_spoils_its_column_and_a_query_that_is_missing_its_row() -> None:
    q, v = normal(5, 4), normal(7, 3)
    v[2, 1] = math.nan
    assert np.isnan(scaled_dot_product_attention(q, normal(7, 4), v)).tolist() == [[False, True, False]] * 5
    q[3, 0] = math.nan
    assert np.isnan(scaled_dot_product_attention(q, normal(7, 4), normal(7, 3))).all(axis=1).tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("block", [1, 4, 10, 35, 70])
def test_attention_in_small_blocks_is_the_same(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one query, of some, of one member of the batch and of two."""
    q, k, v = normal(2, 2, 5, 4), normal(2, 2, 7, 4, seed=1), normal(2, 2, 7, 3, seed=2)
    some = np.where(normal(2, 2, 5, 7, seed=3) > 0.5, -INF, 0.0)
    some[..., 0] = 0
    mask, causal = some, some[0, 0]
    expected = [f(q, k, v, *args) for f, args in ((scaled_dot_product_attention, ()), (masked_attention, (mask,)), (masked_attention, (causal,)))]
    monkeypatch.setattr(dlref.attention, "BLOCK", block)
    assert math.prod(q.shape[:-1]) * 7 > block
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v), expected[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(masked_attention(q, k, v, mask), expected[1], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(masked_attention(q, k, v, causal), expected[2], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(expected[1], masked_attention_weights(q, k, mask) @ v, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(expected[2], masked_attention_weights(q, k, causal) @ v, rtol=1e-12, atol=1e-14)


def test_attention_over_many_positions_never_holds_all_scores() -> None:
    """2048 × 2048 scores take 32 MiB in double precision."""
    q = normal(2048, 8)
    scaled_dot_product_attention(q, q, q)
    tracemalloc.start()
    scaled_dot_product_attention(q, q, q)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20


def differences(function: Any, *args: Any) -> None:
    """Assert that PyTorch's gradients with respect to all arguments are the central differences, in double precision."""
    import torch

    assert torch.autograd.gradcheck(function, [torch.tensor(arg, dtype=torch.float64, requires_grad=True) for arg in args])


def test_gradients_of_attention() -> None:
    differences(scaled_dot_product_attention, Q, K, V)
    differences(attention_weights, Q, K)
    differences(cross_attention, X, H, W_Q, W_K, W_V)
    differences(self_attention, X, W_Q, W_K, W_V)
    differences(project, X, W_V)


def test_the_gradient_of_attention_by_the_chain_rule() -> None:
    """∂L/∂V = A^⊤ G, ∂L/∂S = A ⊙ (G V^⊤ − its mean with the weights A), ∂L/∂Q = ∂L/∂S K / √d_k, ∂L/∂K = (∂L/∂S)^⊤ Q / √d_k."""
    import torch

    q, k, v, g = normal(5, 4), normal(7, 4, seed=1), normal(7, 3, seed=2), normal(5, 3, seed=3)
    tensors = [torch.tensor(array, requires_grad=True) for array in (q, k, v)]
    found = torch.autograd.grad(scaled_dot_product_attention(*tensors), tensors, torch.tensor(g))
    weights = attention_weights(q, k)
    grad_weights = g @ v.T
    grad_scores = weights * (grad_weights - (weights * grad_weights).sum(axis=1, keepdims=True))
    for grad, expected in zip(found, (grad_scores @ k / 2, grad_scores.T @ q / 2, weights.T @ g), strict=True):
        np.testing.assert_allclose(grad.numpy(), expected, rtol=1e-10, atol=1e-13)


# --- Projections


def test_project_by_hand(xp: Library) -> None:
    xp.close(project(xp.array([[1.0, 2.0], [0.0, 1.0]]), xp.array([[1.0, 0.0, 1.0], [0.0, 10.0, -1.0]])), [[1, 20, -1], [0, 10, -1]])


def test_a_linear_layer_of_pytorch_holds_the_transposed_weight() -> None:
    import torch

    layer = torch.nn.Linear(3, 2, bias=False, dtype=torch.float64)
    x = normal(2, 5, 3)
    np.testing.assert_allclose(project(x, layer.weight.detach().numpy().T), layer(torch.tensor(x)).detach().numpy(), rtol=1e-12, atol=1e-14)


def test_self_attention_is_attention_behind_three_projections() -> None:
    x = normal(2, 5, 3)
    expected = scaled_dot_product_attention(project(x, W_Q), project(x, W_K), project(x, W_V))
    np.testing.assert_allclose(self_attention(x, W_Q, W_K, W_V), expected, rtol=1e-12, atol=1e-14)


def test_cross_attention_of_tokens_with_themselves_is_self_attention() -> None:
    x, h = normal(2, 5, 3), normal(2, 7, 3, seed=1)
    np.testing.assert_allclose(cross_attention(x, x, W_Q, W_K, W_V), self_attention(x, W_Q, W_K, W_V), rtol=1e-12, atol=1e-14)
    assert np.abs(cross_attention(x, h, W_Q, W_K, W_V) - self_attention(x, W_Q, W_K, W_V)).max() > 0.1


@pytest.mark.parametrize("m", [1, 5, 9])
def test_cross_attention_has_the_length_of_the_tokens_that_ask(m: int) -> None:
    assert cross_attention(normal(2, 4, 3), normal(2, m, 3), W_Q, W_K, W_V).shape == (2, 4, 5)


def test_cross_attention_by_hand(xp: Library) -> None:
    one = xp.array([[1.0]])
    xp.close(cross_attention(xp.array([[math.log(3)]]), xp.array([[0.0], [1.0]]), one, one, xp.array([[4.0]])), [[3.0]])


# --- Masks


def test_causal_mask_by_hand() -> None:
    assert causal_mask(3).tolist() == [[0, -INF, -INF], [0, 0, -INF], [0, 0, 0]]
    assert causal_mask(1).tolist() == [[0]]


@pytest.mark.parametrize("make", [causal_mask, lambda n, like: positional_encoding(n, 4, like=like)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_made_of_numbers_can_be_like_another_array(make: Any, dtype: str, xp: Library) -> None:
    with xp.strictly():
        like = xp.array([[1.0]], dtype)
        made = make(3, like=like)
        assert xp.owns(made) and made.dtype == like.dtype
        np.testing.assert_allclose(xp.numpy(made), make(3, like=None), rtol=1e-6)


def test_like_an_array_of_integers_is_the_default_float(xp: Library) -> None:
    assert causal_mask(2, like=xp.array([1], "int64")).dtype == xp.array(0.0, None).dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_mask_of_truth_values_may_have_the_dtype_of_the_data(dtype: str, xp: Library) -> None:
    mask = additive_mask(xp.array([[True, False]], "bool"), like=xp.array(1.0, dtype))
    assert xp.owns(mask) and mask.dtype == xp.dtype(dtype)
    assert xp.numpy(mask).tolist() == [[0, -INF]]


def test_a_mask_like_an_array_of_another_library_is_refused() -> None:
    import torch

    with pytest.raises(TypeError, match="^additive_mask: expected arrays of one library"):
        additive_mask([[True, False]], like=torch.tensor(1.0))


def test_masked_attention_by_hand(xp: Library) -> None:
    """Scores 0, log 3 and one that is hidden."""
    q, k, v = xp.array([[math.log(3)]]), xp.array([[0.0], [1.0], [50.0]]), xp.array([[4.0], [8.0], [1e6]])
    mask = xp.array([[0.0, 0.0, -INF]])
    xp.close(masked_attention_weights(q, k, mask), [[0.25, 0.75, 0]])
    xp.close(masked_attention(q, k, v, mask), [[7.0]])


def test_a_mask_of_zeros_changes_nothing() -> None:
    q, k, v = normal(2, 5, 4), normal(2, 7, 4, seed=1), normal(2, 7, 3, seed=2)
    np.testing.assert_allclose(masked_attention(q, k, v, np.zeros((5, 7))), scaled_dot_product_attention(q, k, v), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(masked_attention_weights(q, k, np.zeros((5, 7))), attention_weights(q, k), rtol=1e-12)


@given(st.integers(0, 99))
def test_what_a_mask_hides_has_weight_zero_and_the_rest_is_attention_among_what_is_left(seed: int) -> None:
    q, k, v = normal(1, 4, seed=seed), normal(7, 4, seed=seed + 1), normal(7, 3, seed=seed + 2)
    seen = np.random.default_rng(seed).random(7) < 0.5
    seen[seed % 7] = True
    mask = additive_mask(seen[None])
    weights = masked_attention_weights(q, k, mask)
    assert np.all(weights[0, ~seen] == 0)
    np.testing.assert_allclose(weights[0, seen], attention_weights(q, k[seen])[0], rtol=1e-12)
    np.testing.assert_allclose(masked_attention(q, k, v, mask), scaled_dot_product_attention(q, k[seen], v[seen]), rtol=1e-11, atol=1e-13)


def test_with_the_causal_mask_an_output_depends_on_no_later_position_and_on_all_before() -> None:
    x = normal(6, 4)
    before = masked_attention(x, x, x, causal_mask(6))
    for t in range(6):
        other = x.copy()
        other[t] += 1
        changed = np.any(masked_attention(other, other, other, causal_mask(6)) != before, axis=1)
        assert changed.tolist() == [i >= t for i in range(6)]


def test_masked_attention_is_that_of_pytorch_with_the_additive_mask_and_the_causal_one_with_is_causal() -> None:
    import torch

    q, k, v = (normal(2, 5, 4, seed=s) for s in range(3))
    theirs = torch.nn.functional.scaled_dot_product_attention
    tensors = [torch.tensor(array) for array in (q, k, v)]
    mask = additive_mask(normal(5, 5, seed=3) > -0.5)
    np.testing.assert_allclose(masked_attention(q, k, v, mask), theirs(*tensors, attn_mask=torch.tensor(mask)).numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(masked_attention(q, k, v, causal_mask(5)), theirs(*tensors, is_causal=True).numpy(), rtol=1e-12, atol=1e-14)


def pytorch_heads(d: int, h: int, seed: int = 0) -> tuple[Any, list[Any]]:
    """PyTorch's multi-head attention, and its weights in our shapes: transposed, and cut into heads."""
    import torch

    torch.manual_seed(seed)
    theirs = torch.nn.MultiheadAttention(d, h, bias=False, batch_first=True, dtype=torch.float64)
    w_q, w_k, w_v = theirs.in_proj_weight.detach().numpy().reshape(3, h, d // h, d).transpose(0, 1, 3, 2)
    return theirs, [w_q, w_k, w_v, theirs.out_proj.weight.detach().numpy().T]


def test_the_two_boolean_masks_of_pytorch_contradict_each_other() -> None:
    """True means attend in scaled_dot_product_attention, and blocked in MultiheadAttention; the additive mask means one thing in both."""
    import torch

    x = normal(1, 4, 6)
    allowed = np.tril(np.ones((4, 4), dtype=bool))
    mask = additive_mask(allowed)
    assert mask.tolist() == causal_mask(4).tolist()
    tensor, tensor_allowed = torch.tensor(x), torch.tensor(allowed)

    sdpa = torch.nn.functional.scaled_dot_product_attention
    ours = masked_attention(x, x, x, mask)
    np.testing.assert_allclose(sdpa(tensor, tensor, tensor, attn_mask=tensor_allowed).numpy(), ours, rtol=1e-12, atol=1e-14)
    assert np.abs(sdpa(tensor, tensor, tensor, attn_mask=~tensor_allowed | torch.eye(4, dtype=torch.bool)).numpy() - ours).max() > 0.1

    theirs, weights = pytorch_heads(6, 2)
    ours = masked_multi_head_attention(x, x, x, *weights, mask)
    blocked = theirs(tensor, tensor, tensor, attn_mask=~tensor_allowed)[0]
    np.testing.assert_allclose(blocked.detach().numpy(), ours, rtol=1e-11, atol=1e-13)
    same_meaning = theirs(tensor, tensor, tensor, attn_mask=torch.tensor(mask))[0]
    np.testing.assert_allclose(same_meaning.detach().numpy(), ours, rtol=1e-11, atol=1e-13)
    as_sdpa = theirs(tensor, tensor, tensor, attn_mask=tensor_allowed & ~torch.eye(4, dtype=torch.bool))[0].detach().numpy()
    assert np.nanmax(np.abs(as_sdpa - ours)) > 0.1


def test_a_mask_of_truth_values_or_of_zeros_and_ones_is_refused() -> None:
    """They would mean one thing to some and the opposite to others."""
    with pytest.raises(ValueError, match="^masked_attention: mask must be real numbers, got dtype bool"):
        masked_attention(Q, K, V, [[True, False, True], [True, True, False]])
    with pytest.raises(ValueError, match="^masked_attention: mask must be 0 or -inf, got 1.0"):
        masked_attention(Q, K, V, [[0, 1, 0], [0, 0, 0]])
    with pytest.raises(ValueError, match="^masked_attention: mask must be 0 or -inf, got nan"):
        masked_attention(Q, K, V, [[0, math.nan, 0], [0, 0, 0]])


def test_a_query_that_may_look_nowhere_is_refused_where_softmax_gives_nan_and_pytorch_zero() -> None:
    import torch

    mask = [[0.0, 0.0, 0.0], [-INF, -INF, -INF]]
    with pytest.raises(ValueError, match="^masked_attention: mask must leave each query a key, got -inf"):
        masked_attention(Q, K, V, mask)
    tensors = [torch.tensor(array, dtype=torch.float64) for array in (Q, K, V, mask)]
    plain = torch.softmax(tensors[0] @ tensors[1].T / 2 + tensors[3], -1)
    assert torch.isnan(plain).tolist() == [[False] * 3, [True] * 3]
    fused = torch.nn.functional.scaled_dot_product_attention(*(t[None, None] for t in tensors[:3]), attn_mask=tensors[3])
    assert fused[0, 0, 1].tolist() == [0, 0]


def test_under_tracing_a_query_that_may_look_nowhere_gives_nan() -> None:
    import jax

    y = jax.jit(masked_attention)(*(jax.numpy.asarray(array) for array in (Q, K, V, [[0.0, 0.0, 0.0], [-INF, -INF, -INF]])))
    assert np.isnan(np.asarray(y)).tolist() == [[False, False], [True, True]]


def test_gradients_of_masked_attention_are_zero_where_the_mask_hides() -> None:
    import torch

    for mask in (M, [[0.0, 0.0, -INF]] * 2):
        differences(lambda q, k, v, mask=mask: masked_attention(q, k, v, torch.tensor(mask, dtype=torch.float64)), Q, K, V)
        differences(lambda q, k, mask=mask: masked_attention_weights(q, k, torch.tensor(mask, dtype=torch.float64)), Q, K)
    v = torch.tensor(V, dtype=torch.float64, requires_grad=True)
    masked_attention(*(torch.tensor(a, dtype=torch.float64) for a in (Q, K)), v, torch.tensor([[0.0, 0.0, -INF]] * 2, dtype=torch.float64)).sum().backward()
    assert v.grad is not None and v.grad[2].tolist() == [0, 0] and bool((v.grad[:2] > 0).all())


# --- Several heads


@pytest.mark.parametrize("h", [1, 2, 3, 6])
def test_multi_head_attention_and_its_weights_are_those_of_pytorch(h: int) -> None:
    """Its weights are transposed and stacked; it gives the mean of the heads' weights unless asked for all."""
    import torch

    theirs, weights = pytorch_heads(6, h)
    q, k, v = normal(2, 5, 6), normal(2, 7, 6, seed=1), normal(2, 7, 6, seed=2)
    expected, attention = theirs(*map(torch.tensor, (q, k, v)), average_attn_weights=False)
    np.testing.assert_allclose(multi_head_attention(q, k, v, *weights), expected.detach().numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(multi_head_weights(q, k, *weights[:2]), attention.detach().numpy(), rtol=1e-11)
    mean = theirs(*map(torch.tensor, (q, k, v)))[1]
    np.testing.assert_allclose(multi_head_weights(q, k, *weights[:2]).mean(axis=1), mean.detach().numpy(), rtol=1e-11)


def test_masked_multi_head_attention_is_that_of_pytorch_with_a_mask_of_each_member() -> None:
    """Its key_padding_mask says by True which keys are padding."""
    import torch

    theirs, weights = pytorch_heads(6, 3)
    x = normal(2, 5, 6)
    padding = np.array([[False] * 5, [False, False, False, True, True]])
    tensor = torch.tensor(x)
    expected = theirs(tensor, tensor, tensor, key_padding_mask=torch.tensor(padding))[0].detach().numpy()
    mask = additive_mask(np.repeat(~padding[:, None], 5, axis=1))
    assert mask.shape == (2, 5, 5)
    np.testing.assert_allclose(masked_multi_head_attention(x, x, x, *weights, mask), expected, rtol=1e-11, atol=1e-13)


def test_one_head_with_an_identity_behind_it_is_attention() -> None:
    x = normal(5, 3)
    w_v = normal(3, 3, seed=1)
    y = multi_head_attention(x, x, x, [W_Q], [W_K], w_v[None], np.eye(3))
    np.testing.assert_allclose(y, self_attention(x, W_Q, W_K, w_v), rtol=1e-12, atol=1e-14)


def test_heads_are_joined_in_their_order_and_each_has_its_rows_of_the_last_weight() -> None:
    q, k, v = normal(5, 3), normal(7, 3, seed=1), normal(7, 3, seed=2)
    w_q, w_k, w_v, w_o = map(np.asarray, W)
    each = [scaled_dot_product_attention(q @ w_q[i], k @ w_k[i], v @ w_v[i]) @ w_o[2 * i : 2 * i + 2] for i in range(2)]
    np.testing.assert_allclose(multi_head_attention(q, k, v, *W), each[0] + each[1], rtol=1e-12, atol=1e-14)


def test_multi_head_attention_by_hand(xp: Library) -> None:
    x, zero, w_v = xp.array([[2.0], [6.0]]), xp.array([[[0.0]], [[0.0]]]), xp.array([[[1.0]], [[-1.0]]])
    xp.close(multi_head_attention(x, x, x, zero, zero, w_v, xp.array([[1.0], [0.5]])), [[2], [2]])
    xp.close(multi_head_weights(x, x, zero, zero), [[[0.5, 0.5]] * 2] * 2)
    mask = causal_mask(2, like=x)
    xp.close(masked_multi_head_attention(x, x, x, zero, zero, w_v, xp.array([[1.0], [0.5]]), mask), [[1], [2]])


def test_as_many_heads_of_a_fraction_of_the_width_have_as_many_weights_as_one() -> None:
    counts = {sum(array.size for array in MultiHeadAttention(d_model=12, n_heads=h, rng=np.random.default_rng(0)).arrays().values()) for h in (1, 3, 12)}
    assert counts == {4 * 12 * 12}


def test_gradients_of_multi_head_attention() -> None:
    import torch

    mask = torch.tensor(MH, dtype=torch.float64)
    differences(multi_head_attention, X, H, H2, *W)
    differences(lambda *args: masked_multi_head_attention(*args, mask), X, H, H2, *W)
    differences(multi_head_weights, X, H, *W[:2])


def test_an_attention_holds_weights_of_xaviers_variance_and_computes_with_them(xp: Library) -> None:
    attention = MultiHeadAttention(d_model=60, n_heads=3, rng=np.random.default_rng(0))
    assert {name: array.shape for name, array in attention.arrays().items()} == {
        "w_q": (3, 60, 20), "w_k": (3, 60, 20), "w_v": (3, 60, 20), "w_o": (60, 60),
    }  # fmt: skip
    for array in attention.arrays().values():
        assert array.var() == pytest.approx(1 / 60, rel=0.05)
    x, h = normal(2, 5, 60), normal(2, 4, 60, seed=1)
    ours = attention.map(lambda array: xp.array(array))
    weights = list(attention.arrays().values())
    xp.close(ours.forward(xp.array(x), xp.array(h), xp.array(h)), multi_head_attention(x, h, h, *weights), atol=1e-13)
    mask = additive_mask(normal(5, 4) > -1)
    xp.close(ours.forward(xp.array(x), xp.array(h), xp.array(h), xp.array(mask)), masked_multi_head_attention(x, h, h, *weights, mask), atol=1e-13)
    xp.close(ours.weights(xp.array(x), xp.array(h)), multi_head_weights(x, h, *weights[:2]), atol=1e-13)
    assert type(attention.w_q) is np.ndarray  # the first one stayed as it was


@pytest.mark.parametrize("options", [{"d_model": 6, "n_heads": 4}, {"d_model": 0, "n_heads": 1}, {"d_model": 6, "n_heads": 0}])
def test_the_number_of_heads_divides_the_width(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="^MultiHeadAttention: "):
        MultiHeadAttention(**options, rng=np.random.default_rng(0))


# --- Positions


def test_positional_encoding_by_hand() -> None:
    pe = positional_encoding(3, 4)
    assert pe[0].tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(pe[1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)], rtol=1e-15)
    np.testing.assert_allclose(pe[2], [math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)], rtol=1e-15)


@given(st.integers(1, 40), st.integers(1, 20))
def test_all_encodings_have_the_same_length_the_root_of_half_the_width(length: int, half: int) -> None:
    np.testing.assert_allclose((positional_encoding(length, 2 * half) ** 2).sum(axis=1), half, rtol=1e-12)


@given(st.integers(0, 500), st.integers(-60, 500), st.integers(1, 16))
def test_the_encoding_of_a_position_further_on_is_a_linear_function_of_the_encoding(pos: int, offset: int, half: int) -> None:
    """And the same one for all positions: it takes the offset only."""
    offset = max(offset, -pos)
    pe = positional_encoding(1001, 2 * half)
    np.testing.assert_allclose(shift_encoding(pe[pos], offset=offset), pe[pos + offset], atol=1e-11)


def test_the_linear_function_is_a_rotation_of_each_pair_by_the_frequency_times_the_offset() -> None:
    matrix = shift_encoding(np.eye(4), offset=3.0).T
    turns = [3.0, 3.0 / 100]
    for i, angle in enumerate(turns):
        block = matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2]
        np.testing.assert_allclose(block, [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]], rtol=1e-15)
    assert np.count_nonzero(matrix) == 8
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(4), atol=1e-15)
    pe = positional_encoding(8, 4)
    np.testing.assert_allclose(pe[:5] @ matrix.T, pe[3:], atol=1e-14)


def test_the_product_of_two_encodings_depends_on_their_distance_only() -> None:
    """It is the sum of the cosines of the distance times the frequencies, largest at distance 0."""
    pe = positional_encoding(50, 16)
    products = pe @ pe.T
    for distance in range(50):
        diagonal = np.diag(products, distance)
        np.testing.assert_allclose(diagonal, sum(math.cos(distance / 10000 ** (2 * i / 16)) for i in range(8)), atol=1e-12)
    assert np.all(products <= 8 + 1e-12)


def test_wavelengths_grow_from_two_pi_nearly_to_twenty_thousand_pi() -> None:
    """Those of neighboring pairs have one ratio."""
    d = 512
    step = positional_encoding(2, d)[1]
    frequencies = np.arctan2(step[0::2], step[1::2])
    assert frequencies[0] == pytest.approx(1) and 2 * math.pi / frequencies[-1] == pytest.approx(2 * math.pi * 10000 ** (510 / 512))
    np.testing.assert_allclose(frequencies[1:] / frequencies[:-1], 10000 ** (-2 / d), rtol=1e-9)


def test_in_single_precision_far_positions_are_as_good_as_near_ones() -> None:
    far = positional_encoding(100_001, 4, like=np.float32([0]))[-1]
    np.testing.assert_allclose(far, positional_encoding(100_001, 4)[-1], atol=1e-7)


def test_shift_encoding_by_hand_and_its_gradient(xp: Library) -> None:
    xp.close(shift_encoding(xp.array([0.0, 1.0]), offset=1.0), [math.sin(1), math.cos(1)])
    xp.close(shift_encoding(xp.array([0.5, -2.0]), offset=0.0), [0.5, -2.0])
    assert_gradient(shift_encoding, PE, wrt=0, offset=3.0)


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"^attention_weights: k must have shape \(m, 4\) beside q \(2, 4\), got \(3, 5\)"):
        attention_weights(Q, quarters(3, 5))
    with pytest.raises(ValueError, match=r"^scaled_dot_product_attention: v must have shape \(3, d_v\) beside k \(3, 4\), got \(2, 2\)"):
        scaled_dot_product_attention(Q, K, V[:2])
    with pytest.raises(ValueError, match=r"^attention_weights: k must have shape \(2, m, 4\) beside q \(2, 1, 4\), got \(3, 4\)"):
        attention_weights(np.ones((2, 1, 4)), K)
    with pytest.raises(ValueError, match=r"^masked_attention: mask must have shape \(1, 3\) or \(2, 1, 3\), got \(3,\)"):
        masked_attention(np.ones((2, 1, 4)), np.ones((2, 3, 4)), np.ones((2, 3, 1)), [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r"^multi_head_attention: w_o must have shape \(4, 3\), got \(4, 4\)"):
        multi_head_attention(X, H, H, *W[:3], quarters(4, 4))


# --- Two small trained models, which a figure shows


def held() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(trained.FILE.read_text(encoding="utf8"))
    assert found["stamp"] == stamp(trained.ROOT, found["sources"]), "run python -m tests.attention_weights"
    return found


@pytest.mark.parametrize("task", trained.TASKS)
def test_attention_alone_reverses_and_sorts_every_sequence_of_five_different_letters(task: str) -> None:
    model = {name: np.array(values) for name, values in held()[task]["model"].items()}
    x = np.array(list(permutations(range(len(trained.LETTERS)), trained.LENGTH)))
    assert len(x) == 6720
    np.testing.assert_array_equal(trained.generate(model, x), trained.target(task, x))


@pytest.mark.parametrize("task", trained.TASKS)
def test_the_maps_of_the_figure_are_those_of_the_trained_models(task: str) -> None:
    model = {name: np.array(values) for name, values in held()[task]["model"].items()}
    for letters, found in trained.maps(model).items():
        assert found["output"] == held()[task]["maps"][letters]["output"]
        np.testing.assert_allclose(found["weights"], held()[task]["maps"][letters]["weights"], atol=1.1e-6)


def test_reversing_looks_at_places_and_sorting_at_letters() -> None:
    """Over all sequences: the mean weight on the letter that is put out, and how much the weights of a place differ from one to another."""
    x = np.array(list(permutations(range(len(trained.LETTERS)), trained.LENGTH)))
    changes = {}
    for task in trained.TASKS:
        model = {name: np.array(values) for name, values in held()[task]["model"].items()}
        y = trained.target(task, x)
        weights = trained.weights(model, x, trained.previous(y))
        own = weights[x[:, None, :] == y[:, :, None]]
        assert own.mean() > 0.75
        changes[task] = weights.std(axis=0).mean()
    assert changes["reverse"] < 0.05 and changes["sort"] > 0.3


@pytest.mark.full
@pytest.mark.parametrize("task", trained.TASKS)
def test_training_again_gives_a_model_that_is_right(task: str) -> None:
    model = trained.train(task)
    x = np.array(list(permutations(range(len(trained.LETTERS)), trained.LENGTH)))
    assert (trained.generate(model, x) == trained.target(task, x)).all(axis=1).mean() > 0.99
