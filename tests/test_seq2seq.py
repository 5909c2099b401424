"""Encoder, decoder and attention: values by hand, PyTorch's modules, and a task that is learned and decoded."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given
from hypothesis import strategies as st

from dlref.rnn import GRU, gru_cell
from dlref.seq2seq import (
    AttentionDecoder,
    Decoder,
    Encoder,
    additive_attention,
    additive_attention_weights,
    decoder_states,
    decoder_step,
    greedy_decode,
    sequence_log_prob,
    teacher_forcing,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import drawn
from tests.topics import Call

pytestmark = pytest.mark.ch6


def step(s: Any, y: Any, c: Any) -> Any:
    """A decoder's step of any library."""
    xp = array_namespace(s)
    return s / 2 + c * xp.astype(y + 1, s.dtype)[..., None]


def decoder(s: Any, y: Any, c: Any) -> Any:
    """A decoder of any library: two units, and log-probabilities of two outputs."""
    s = step(s, y, c)
    xp = array_namespace(s)
    return s, s - xp.log(xp.sum(xp.exp(s), axis=-1, keepdims=True))


S, S2, C, C2 = [1.0, -0.5], [0.25, 2.0], [0.5, 1.0], [-1.0, 0.25]
LOG_PROBS = np.log([[0.5, 0.25, 0.25], [0.125, 0.5, 0.375]]).tolist()
LOG_PROBS2 = np.log([[0.25, 0.25, 0.5], [0.75, 0.125, 0.125]]).tolist()
HS, HS2 = [[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]], [[0.5, 0.5, -1.0], [2.0, 0.0, 1.0]]
W_A, U_A, V_A = [[0.5, -1.0], [0.25, 1.0]], [[1.0, 0.0, -0.5], [0.5, 0.25, 1.0]], [1.0, -2.0]
STEP, STATES, TOLD = Call(step, S, 1, C), Call(step, [0, 2, 1], C), Call(decoder, [0, 2, 1], C)
ATTENTION, GREEDY = Call(S, HS, W_A, U_A, V_A), Call(decoder, C, bos=1, eos=0, max_length=4)
CALLS = {
    "additive_attention": [ATTENTION, Call(S2, HS2, W_A, U_A, V_A)],
    "additive_attention_weights": [ATTENTION, Call(S2, HS2, W_A, U_A, V_A)],
    "decoder_states": [STATES, Call(step, [1, 0, 0], C2)],
    "decoder_step": [STEP, Call(step, S2, 0, C2)],
    "greedy_decode": [GREEDY, Call(decoder, C2, bos=1, eos=0, max_length=4)],
    "sequence_log_prob": [Call([2, 0], LOG_PROBS), Call([1, 1], LOG_PROBS2)],
    "teacher_forcing": [TOLD, Call(decoder, [1, 0, 0], C2)],
}
HELPERS = ["additive_attention_weights", "decoder_states", "greedy_decode", "sequence_log_prob", "teacher_forcing"]


def wrong(good: Call, place: int, bad: Any) -> tuple[Call, Call]:
    """Two calls that differ in the argument at a position: one to be refused, one not."""
    return Call(*(bad if i == place else arg for i, arg in enumerate(good.args)), **good.options), good


def option(good: Call, **options: Any) -> tuple[Call, Call]:
    return Call(*good.args, **{**good.options, **options}), good


ATTENDING = {
    "If s_prev is a scalar.": wrong(ATTENTION, 0, 1.0),
    "If hs does not have the shape (..., T, m) with the axes of s_prev in front.": wrong(ATTENTION, 1, [HS]),
    "If w_a does not have one column for each entry of s_prev.": wrong(ATTENTION, 2, U_A),
    "If u_a does not have a row for each row of w_a and a column for each entry of a state of the encoder.": wrong(ATTENTION, 3, W_A),
    "If v_a does not have one entry for each row of w_a.": wrong(ATTENTION, 4, [1.0, 2.0, 3.0]),
}
WHOLE = {"If an output is not a whole number.": wrong(STATES, 1, [0.0, 1.5, 1.0]), "If an output is negative.": wrong(STATES, 1, [0, -1, 1])}
DECODING = {
    "If decoder is not a function.": wrong(TOLD, 0, 1.0),
    "If decoder does not give a pair.": wrong(TOLD, 0, step),
    "If decoder changes the shape of the state.": wrong(TOLD, 0, lambda s, y, c: (s[:1], s)),
}
RAISES = {
    "additive_attention": ATTENDING,
    "additive_attention_weights": ATTENDING,
    "decoder_states": {
        "If f is not a function.": wrong(STATES, 0, 1.0),
        "If c is a scalar.": wrong(STATES, 2, 1.0),
        **WHOLE,
        "If y does not have the shape (..., L) with the axes of c in front.": wrong(STATES, 1, [[0, 2, 1]]),
        "If y holds nothing behind its beginning.": wrong(STATES, 1, [0]),
        "If f changes the shape of the state.": wrong(STATES, 0, lambda s, y, c: s[:1]),
    },
    "decoder_step": {
        "If f is not a function.": wrong(STEP, 0, 1.0),
        "If s_prev is a scalar.": wrong(STEP, 1, 1.0),
        "If y_prev does not have the shape (...) of s_prev without its last axis.": wrong(STEP, 2, [1]),
        "If an output is not a whole number.": wrong(STEP, 2, 0.5),
        "If an output is negative.": wrong(STEP, 2, -1),
        "If c does not have the shape (..., m).": wrong(STEP, 3, [C]),
        "If f changes the shape of the state.": wrong(STEP, 0, lambda s, y, c: s[:1]),
    },
    "greedy_decode": {
        "If decoder is not a function.": wrong(GREEDY, 0, 1.0),
        "If decoder does not give a pair.": wrong(GREEDY, 0, step),
        "If bos is not an integer.": option(GREEDY, bos=1.0),
        "If eos is not an integer.": option(GREEDY, eos=None),
        "If max_length is not an integer.": option(GREEDY, max_length=4.0),
        "If c is a scalar.": wrong(GREEDY, 1, 1.0),
        "If bos is negative.": option(GREEDY, bos=-1),
        "If eos is negative.": option(GREEDY, eos=-1),
        "If max_length is not positive.": option(GREEDY, max_length=0),
        "If decoder changes the shape of the state.": wrong(GREEDY, 0, lambda s, y, c: (s[:1], s)),
        "If the state is not that of one sequence.": wrong(GREEDY, 1, [C]),
    },
    "sequence_log_prob": {
        "If log_probs does not have an axis of steps and one of outputs.": wrong(Call([2, 0], LOG_PROBS), 1, LOG_PROBS[0]),
        "If an output is not a whole number.": wrong(Call([2, 0], LOG_PROBS), 0, [1.5, 0.0]),
        "If an output is not one of 0, …, V-1.": wrong(Call([2, 0], LOG_PROBS), 0, [3, 0]),
        "If y does not have the shape of log_probs without its last axis.": wrong(Call([2, 0], LOG_PROBS), 0, [2, 0, 1]),
    },
    "teacher_forcing": {
        **DECODING,
        "If c is a scalar.": wrong(TOLD, 2, 1.0),
        "If an output is not a whole number.": wrong(TOLD, 1, [0.0, 1.5, 1.0]),
        "If an output is negative.": wrong(TOLD, 1, [0, -1, 1]),
        "If y does not have the shape (..., L) with the axes of the first state in front.": wrong(TOLD, 1, [[0, 2, 1]]),
        "If y holds nothing behind its beginning.": wrong(TOLD, 1, [0]),
    },
}

V, E, N, K, T = 5, 3, 4, 2, 6  # sizes of the vocabulary, the embeddings, the states and the attention; length of the input


def gru(d: int, n: int = N) -> list[tuple[int, ...]]:
    return [(n, d), (n, n), (n,)] * 3


def machines(seed: int = 0, make: Any = np.asarray) -> tuple[Encoder, Decoder, AttentionDecoder]:
    reading, writing, looking = (
        [make(value) for value in drawn(*shapes, seed=seed + i)]
        for i, shapes in enumerate((
            [(V, E), *gru(E)],
            [(V, E), (V, N), (V,), *gru(E + N)],
            [(V, E), (V, N), (V,), (K, N), (K, N), (K,), *gru(E + N)],
        ))
    )  # fmt: skip
    return Encoder(*reading), Decoder(*writing), AttentionDecoder(*looking)


# --- Steps of a decoder, and the probability of a sequence


def test_steps_of_a_decoder_by_hand(xp: Library) -> None:
    s, c, y = xp.array([[4.0], [2.0]]), xp.array([[0.5], [1.0]]), xp.array([1, 0], "int64")
    xp.close(decoder_step(step, s, y, c), [[2 + 2 * 0.5], [1 + 1]])
    # s_0 = c, and the outputs before: 1, then 3
    xp.close(decoder_states(step, xp.array([1, 3, 0], "int64"), xp.array([2.0])), [[1 + 2 * 2], [2.5 + 4 * 2]])


def test_the_states_of_a_decoder_are_its_steps_one_after_another_from_the_context(xp: Library) -> None:
    c, y = xp.array([C, C2]), np.array([[0, 2, 1, 1], [1, 1, 0, 2]])
    found, s = decoder_states(step, xp.array(y, "int64"), c), c
    assert tuple(found.shape) == (2, 3, 2)
    for t in range(3):
        s = decoder_step(step, s, xp.array(y[:, t], "int64"), c)
        xp.close(found[:, t, :], xp.numpy(s))


def test_the_last_output_is_told_to_nobody() -> None:
    np.testing.assert_array_equal(decoder_states(step, [0, 2, 1], C), decoder_states(step, [0, 2, 2], C))


def test_the_probability_of_a_sequence_by_hand(xp: Library) -> None:
    """1/4 · 1/8 and 1/4 · 1/2."""
    probs = np.log([[[0.5, 0.25, 0.25], [0.125, 0.5, 0.375]]] * 2)
    xp.close(sequence_log_prob(xp.array([[2, 0], [1, 1]], "int64"), xp.array(probs)), np.log([1 / 32, 1 / 8]))


def test_the_probability_of_a_sequence_is_minus_the_cross_entropy_of_pytorch() -> None:
    import torch

    torch.manual_seed(0)
    log_probs, y = torch.log_softmax(torch.randn(4, 7, V, dtype=torch.float64), dim=-1), torch.randint(0, V, (4, 7))
    theirs = torch.nn.functional.nll_loss(log_probs.transpose(1, 2), y, reduction="none").sum(dim=1)
    torch.testing.assert_close(sequence_log_prob(y, log_probs), -theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("attending", [False, True])
def test_the_probabilities_of_all_sequences_of_one_length_sum_to_one(attending: bool) -> None:
    """Each by teacher forcing, so that what a decoder gives is a distribution over sequences."""
    encoder, plain, looking = machines()
    hs = encoder.forward(np.array([1, 4, 0, 2]))
    total = 0.0
    for y in itertools.product(range(V), repeat=3):
        told = [0, *y]
        log_p = teacher_forcing(looking, told, hs, s_first=hs[-1]) if attending else teacher_forcing(plain, told, hs[-1])
        total += math.exp(sequence_log_prob(y, log_p))
    assert total == pytest.approx(1, rel=1e-12)


def test_teacher_forcing_tells_the_true_outputs_whatever_the_decoder_would_say() -> None:
    """Log-probabilities at a step depend on the outputs told before it, and on no later ones."""
    encoder, plain, _ = machines()
    c = encoder.forward([1, 4, 0])[-1, :]
    told, other = [0, 2, 1, 3, 1], [0, 2, 1, 4, 1]
    found, changed = (teacher_forcing(plain, y, c) for y in (told, other))
    np.testing.assert_array_equal(found[:3], changed[:3])
    assert np.abs(found[3] - changed[3]).max() > 1e-3
    s = c
    for t in range(4):
        s, log_p = plain(s, told[t], c)
        np.testing.assert_allclose(found[t], log_p, rtol=1e-12)


# --- Greedy decoding


def test_greedy_decoding_tells_the_decoder_its_own_output_and_ends_at_the_mark(xp: Library) -> None:
    """A decoder that counts up from the output before it: 1, 2, 3, and 4, which ends the sequence."""

    def counting(s: Any, y: Any, c: Any) -> Any:
        xp = array_namespace(s)
        return s, xp.astype(xp.arange(6) == int(y) + 1, s.dtype)

    c = xp.array([0.0])
    if xp.name != "array_api_strict":  # where arange would need the device
        assert xp.numpy(greedy_decode(counting, c, bos=0, eos=4, max_length=10)).tolist() == [1, 2, 3, 4]
        assert xp.numpy(greedy_decode(counting, c, bos=0, eos=4, max_length=3)).tolist() == [1, 2, 3]
        assert xp.numpy(greedy_decode(counting, c, bos=4, eos=4, max_length=1)).tolist() == [5]  # a beginning may have the same mark


@pytest.mark.parametrize("attending", [False, True])
def test_each_output_of_greedy_decoding_is_the_most_probable_given_those_before_it(attending: bool) -> None:
    encoder, plain, looking = machines(seed=4)
    for model in (plain, looking):
        model.embedding, model.w_out = 4 * model.embedding, 4 * model.w_out
    hs = encoder.forward(np.array([1, 4, 0, 2]))
    c, model, first = (hs, looking, hs[-1]) if attending else (hs[-1], plain, None)
    found = greedy_decode(model, c, bos=0, eos=V, max_length=8, s_first=first)
    log_p = teacher_forcing(model, [0, *found.tolist()], c, s_first=first)
    np.testing.assert_array_equal(found, log_p.argmax(axis=-1))
    assert len(found) == 8 and len(set(found.tolist())) > 1


def test_the_greedy_sequence_need_not_be_the_most_probable_one() -> None:
    """The first step has 0.6 and 0.4; behind the first output all that follows has 1/2, behind the second one has 1."""

    def model(s: Any, y: Any, c: Any) -> Any:
        step = int(s[0])
        p = [0.6, 0.4] if step == 0 else [0.5, 0.5] if int(y) == 0 else [1e-9, 1 - 1e-9]
        return s + 1, np.log(p)

    found = greedy_decode(model, [0.0], bos=0, eos=9, max_length=2)
    probability = {y: math.exp(sequence_log_prob(y, teacher_forcing(model, [0, *y], [0.0]))) for y in itertools.product((0, 1), repeat=2)}
    assert found.tolist() == [0, 0]
    assert max(probability, key=probability.__getitem__) == (1, 1)


# --- Additive attention


def test_attention_by_hand(xp: Library) -> None:
    """Scores 0 and log 3 by v tanh: weights 1/4 and 3/4."""
    v = math.log(3) / math.tanh(1)
    args = [xp.array(value) for value in ([1.0], [[-1.0, 8.0], [0.0, 4.0]], [[1.0]], [[1.0, 0.0]], [v])]
    xp.close(additive_attention_weights(*args), [0.25, 0.75])
    xp.close(additive_attention(*args), [-0.25, 5])


@pytest.mark.parametrize("front", [(), (3,), (2, 3)])
def test_attention_and_its_gradients_are_those_of_linear_layers_of_pytorch(front: tuple[int, ...]) -> None:
    import torch

    s, hs, w, u, v = (torch.tensor(value, requires_grad=True) for value in drawn((*front, N), (*front, T, N), (K, N), (K, N), (K,)))
    query, key, score = (torch.nn.Linear(n, k, bias=False, dtype=torch.float64) for n, k in ((N, K), (N, K), (K, 1)))
    with torch.no_grad():
        query.weight.copy_(w)
        key.weight.copy_(u)
        score.weight.copy_(v[None])
    s2, hs2 = s.detach().clone().requires_grad_(), hs.detach().clone().requires_grad_()
    weights = torch.softmax(score(torch.tanh(query(s2)[..., None, :] + key(hs2)))[..., 0], dim=-1)
    context = (weights[..., None] * hs2).sum(dim=-2)
    torch.testing.assert_close(additive_attention_weights(s, hs, w, u, v), weights, rtol=1e-11, atol=1e-13)
    ours = additive_attention(s, hs, w, u, v)
    torch.testing.assert_close(ours, context, rtol=1e-11, atol=1e-13)
    (ours**3).sum().backward()
    (context**3).sum().backward()
    for mine, theirs in ((s, s2), (hs, hs2), (w, query.weight), (u, key.weight)):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(v.grad, score.weight.grad[0], rtol=1e-9, atol=1e-11)


@given(st.integers(0, 999), st.integers(1, 8), st.floats(0, 100))
def test_weights_of_attention_are_at_least_zero_and_sum_to_one_and_the_context_lies_between_the_states(seed: int, length: int, scale: float) -> None:
    s, hs, w, u, v = drawn((N,), (length, N), (K, N), (K, N), (K,), seed=seed)
    alpha = additive_attention_weights(s, hs, w, u, scale * v)
    assert np.all(alpha >= 0) and alpha.sum() == pytest.approx(1, rel=1e-12)
    c = additive_attention(s, hs, w, u, scale * v)
    np.testing.assert_allclose(c, alpha @ hs, rtol=1e-11, atol=1e-13)
    assert np.all((c >= hs.min(axis=0) - 1e-12) & (c <= hs.max(axis=0) + 1e-12))


def test_attention_does_not_see_the_order_of_the_states() -> None:
    s, hs, w, u, v = drawn((N,), (T, N), (K, N), (K, N), (K,))
    np.testing.assert_allclose(additive_attention_weights(s, hs[::-1], w, u, v), additive_attention_weights(s, hs, w, u, v)[::-1], rtol=1e-13)
    np.testing.assert_allclose(additive_attention(s, hs[::-1], w, u, v), additive_attention(s, hs, w, u, v), rtol=1e-12, atol=1e-14)


def test_equal_scores_average_and_a_large_score_picks_one_state() -> None:
    s, hs, w, u, v = drawn((N,), (T, N), (K, N), (K, N), (K,))
    np.testing.assert_allclose(additive_attention(s, hs, w, u, 0 * v), hs.mean(axis=0), rtol=1e-12, atol=1e-14)
    alpha = additive_attention_weights(s, hs, w, u, 1e5 * v)
    assert alpha.max() == 1 and np.count_nonzero(alpha > 1e-300) == 1  # no exponential overflows
    np.testing.assert_allclose(additive_attention(s, hs, w, u, 1e5 * v), hs[alpha.argmax()], rtol=1e-12)


def test_gradients_of_the_functions() -> None:
    for wrt in (0, 1):
        assert_gradient(additive_attention, *ATTENTION.args, wrt=wrt)
    assert_gradient(teacher_forcing, *TOLD.args, wrt=2)
    assert_gradient(sequence_log_prob, [2, 0], LOG_PROBS, wrt=1, expected=[[0, 0, 1], [1, 0, 0]])


# --- The machines


def test_an_encoder_is_a_gru_of_embeddings_from_a_state_of_zeros(xp: Library) -> None:
    embedding, *weights = drawn((V, E), *gru(E))
    x = np.array([[1, 4, 0], [2, 2, 3]])
    hs = Encoder(xp.array(embedding), *map(xp.array, weights)).forward(xp.array(x, "int64"))
    xp.close(hs, GRU(*weights).forward(embedding[x], np.zeros((2, N))), rtol=1e-11, atol=1e-14)


def test_a_decoder_is_a_step_of_a_gru_and_the_logarithm_of_a_softmax(xp: Library) -> None:
    embedding, w, b, *weights = drawn((V, E), (V, N), (V,), *gru(E + N), seed=1)
    s, c, y = *drawn((2, N), (2, N), seed=9), np.array([3, 0])
    s_t, log_p = Decoder(*map(xp.array, (embedding, w, b, *weights)))(xp.array(s), xp.array(y, "int64"), xp.array(c))
    expected = gru_cell(np.concatenate([embedding[y], c], axis=1), s, *weights)
    xp.close(s_t, expected, rtol=1e-11, atol=1e-14)
    z = expected @ w.T + b
    xp.close(log_p, z - np.log(np.exp(z).sum(axis=1, keepdims=True)), rtol=1e-10, atol=1e-13)


def test_a_decoder_with_attention_is_one_whose_context_is_new_at_each_step() -> None:
    *_, looking = machines()
    same = Decoder(looking.embedding, looking.w_out, looking.b_out, *looking.gru)
    s, hs = drawn((2, N), (2, T, N), seed=9)
    y = np.array([3, 0])
    found = looking(s, y, hs)
    expected = same(s, y, additive_attention(s, hs, looking.w_a, looking.u_a, looking.v_a))
    for part, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, value, rtol=1e-12)


def test_log_probabilities_stay_finite_at_large_scores() -> None:
    _, plain, _ = machines()
    plain.w_out = 1e5 * plain.w_out
    log_p = plain(*drawn((N,), seed=3), 1, *drawn((N,), seed=4))[1]
    assert np.isfinite(log_p).all() and np.exp(log_p).sum() == pytest.approx(1)


def test_what_does_not_fit_a_machine_is_refused_by_its_name() -> None:
    encoder, plain, looking = machines()
    with pytest.raises(ValueError, match=r"^Encoder: x must lie in 0 ... 4, got 5"):
        encoder.forward([1, 5])
    with pytest.raises(ValueError, match=r"^Decoder: x must lie in 0 ... 4, got 7"):
        plain(np.zeros(N), 7, np.zeros(N))
    with pytest.raises(ValueError, match=r"^AttentionDecoder: embedding must have shape \(V, e\), a row each, got \(3,\)"):
        AttentionDecoder(np.zeros(3), *[np.zeros(1)] * 14)
    with pytest.raises(ValueError, match=r"^additive_attention: hs must have shape \(T, m\) beside s_prev, got \(4,\)"):
        looking(np.zeros(N), 1, np.zeros(N))


@pytest.mark.parametrize("attending", [False, True])
def test_a_model_learns_to_reverse_and_greedy_decoding_writes_it(attending: bool) -> None:
    """By autograd through all steps and Adam; the mark 0 begins and ends. With attention, inputs of three symbols that training never drew.

    Without it, where the whole input has to go through one vector, inputs of two symbols from training.
    """
    import torch

    torch.manual_seed(0)
    symbols, size, n, length = 7, 8, 24, (3 if attending else 2)

    def parameters(*shapes: tuple[int, ...]) -> list[Any]:
        return [(torch.randn(shape) / (shape[-1] ** 0.5 if len(shape) == 2 else 10)).requires_grad_() for shape in shapes]

    reading = parameters((symbols, size), *gru(size, n))
    attention = [(n, n), (n, n), (n,)] if attending else []
    writing = parameters((symbols, size), (symbols, n), (symbols,), *attention, *gru(size + n, n))
    model = (AttentionDecoder if attending else Decoder)(*writing)
    optimizer = torch.optim.Adam([*reading, *writing], lr=0.02)
    every = torch.tensor(list(itertools.product(range(1, symbols), repeat=length)))
    every = every[torch.randperm(len(every))]
    seen, asked = (every[:-36], every[-36:]) if attending else (every, every)
    first = 0.0
    for _ in range(120 if attending else 80):
        x = seen[torch.randint(0, len(seen), (48,))]
        end = torch.zeros(48, 1, dtype=torch.int64)
        y = torch.cat([end, x.flip(1), end], dim=1)
        hs = Encoder(*reading).forward(x)  # made anew, since it holds the weights of all gates joined
        log_p = teacher_forcing(model, y, hs, s_first=hs[:, -1]) if attending else teacher_forcing(model, y, hs[:, -1])
        loss = -sequence_log_prob(y[:, 1:], log_p).mean()
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert first > length * math.log(symbols) * 0.7 and loss.item() < 0.2 * first
    right = 0
    with torch.no_grad():
        for x in asked:
            hs = Encoder(*reading).forward(x)
            c, start = (hs, hs[-1]) if attending else (hs[-1], None)
            found = greedy_decode(model, c, bos=0, eos=0, max_length=length + 3, s_first=start)
            right += found.tolist() == [*x.flip(0).tolist(), 0]
    assert right >= 0.8 * len(asked), f"{right} of {len(asked)}, loss {loss.item():.3f}"
