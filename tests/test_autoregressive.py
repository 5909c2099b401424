"""Autoregressive models: probabilities of sequences, tokens drawn one after another, and a distribution that a network learns."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.autoregressive import ancestral_sample, nll, sample_token, sequence_prob
from dlref.seq2seq import Decoder, sequence_log_prob, teacher_forcing
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import wrong
from tests.topics import Call

pytestmark = pytest.mark.ch9

P, P2 = [[0.5, 0.25, 0.25], [0.125, 0.5, 0.375]], [[0.25, 0.25, 0.5], [0.75, 0.0, 0.25]]
LOG_P, LOG_P2 = [[-0.5, -1.25, -2.0], [-1.0, -0.75, -1.5]], [[-2.0, 0.0, -1.5], [-0.25, -1.0, -3.0]]


def chain(tokens: Any) -> Any:
    """A model that looks at the token before: it stays with probability 3/4, or goes to one of two others."""
    return np.array([[0.75, 0.125, 0.125], [0.125, 0.75, 0.125], [0.125, 0.125, 0.75]])[tokens[..., -1]]


PROB, NLL, TOKEN = Call([2, 0], P), Call([2, 0], LOG_P), Call(P, [0.375, 0.875])
SAMPLE = Call(chain, length=3, start=[0, 2], rng=np.random.default_rng(0))
CALLS = {
    "ancestral_sample": [SAMPLE, Call(chain, length=2, start=1, rng=np.random.default_rng(1))],
    "nll": [NLL, Call([1, 1], LOG_P2)],
    "sample_token": [TOKEN, Call(P2, [0.0, 0.75])],
    "sequence_prob": [PROB, Call([0, 0], P2)],
}
HELPERS = ["ancestral_sample"]
TOKENS = {
    "If a token is not a whole number.": lambda good: wrong(good, 0, [1.5, 0.0], [1.0, 0.0]),
    "If a token is not one of 0, …, V-1.": lambda good: wrong(good, 0, [3, 0], [2, 0]),
}
RAISES = {
    "ancestral_sample": {
        "If conditional is not a function.": wrong(SAMPLE, 0, P, chain),
        "If length is not an integer.": wrong(SAMPLE, "length", 3.0, 3),
        "If rng is not a NumPy Generator.": wrong(SAMPLE, "rng", 0, np.random.default_rng(0)),
        "If length is not positive.": wrong(SAMPLE, "length", 0, 1),
        "If start has no whole numbers.": wrong(SAMPLE, "start", [0.0, 2.0], [0, 2]),
        "If conditional does not give one probability a token and sequence.": wrong(SAMPLE, 0, lambda tokens: chain(tokens)[0], chain),
        "If the probabilities of a sequence do not sum to 1.": wrong(SAMPLE, 0, lambda tokens: 2 * chain(tokens), chain),
    },
    "nll": {
        "If log_probs has fewer than two axes.": wrong(NLL, 1, LOG_P[0], LOG_P),
        "If x does not have the shape of log_probs without their last axis.": wrong(NLL, 0, [2, 0, 1], [2, 0]),
        **{sentence: calls(NLL) for sentence, calls in TOKENS.items()},
        "If the logarithm of a probability is positive.": wrong(NLL, 1, [[0.5, -1.0, -2.0], [-1.0, -0.75, -1.5]], LOG_P),
    },
    "sample_token": {
        "If p is a scalar.": wrong(Call(P[0], 0.5), 0, 1.0, P[0]),
        "If a probability is negative.": wrong(TOKEN, 0, [[0.5, 0.75, -0.25], P[1]], P),
        "If the probabilities do not sum to 1.": wrong(TOKEN, 0, [[0.5, 0.75, 0.25], P[1]], P),
        "If u does not have the shape of p without its last axis.": wrong(TOKEN, 1, 0.5, [0.5, 0.5]),
        "If a number u does not lie in [0, 1).": wrong(TOKEN, 1, [0.5, 1.0], [0.5, 0.0]),
    },
    "sequence_prob": {
        "If conditionals has fewer than two axes.": wrong(PROB, 1, P[0], P),
        "If x does not have the shape of conditionals without their last axis.": wrong(PROB, 0, [2, 0, 1], [2, 0]),
        **{sentence: calls(PROB) for sentence, calls in TOKENS.items()},
        "If a probability is negative.": wrong(PROB, 1, [[0.5, 0.75, -0.25], P[1]], P),
        "If the probabilities at a place do not sum to 1.": wrong(PROB, 1, [[0.5, 0.75, 0.25], P[1]], P),
    },
}


def of_chain(x: Any, start: int = 0) -> Any:
    """What the chain says at each place of a sequence, given the true tokens before it."""
    return np.array([chain(np.array([start, *x[:t]])) for t in range(len(x))])


# --- The probability of a sequence


def test_the_probability_of_a_sequence_by_hand(xp: Library) -> None:
    """1/4 · 1/8 and 1/2 · 3/8."""
    found = sequence_prob(xp.array([[2, 0], [0, 2]], "int64"), xp.array([P, P]))
    xp.close(found, [1 / 32, 3 / 16])


@pytest.mark.parametrize("length", [1, 2, 4])
def test_the_probabilities_of_all_sequences_of_one_length_sum_to_one(length: int) -> None:
    total = sum(sequence_prob(x, of_chain(x)) for x in itertools.product(range(3), repeat=length))
    assert total == pytest.approx(1, rel=1e-12)


def test_one_token_alone_has_its_own_probability() -> None:
    """Its condition is empty."""
    assert [sequence_prob([k], [[0.5, 0.125, 0.375]]) for k in range(3)] == [0.5, 0.125, 0.375]


def test_any_distribution_of_sequences_is_the_product_of_its_conditionals() -> None:
    """A table of all 27 probabilities of three tokens, with no structure at all."""
    joint = np.random.default_rng(0).dirichlet(np.ones(27)).reshape(3, 3, 3)
    for x in itertools.product(range(3), repeat=3):
        conditionals = [joint.sum(axis=(1, 2)), joint[x[0]].sum(axis=1) / joint[x[0]].sum(), joint[x[0], x[1]] / joint[x[0], x[1]].sum()]
        assert sequence_prob(x, np.array(conditionals)) == pytest.approx(joint[x], rel=1e-12)


def test_the_probability_is_the_product_of_those_of_categorical_of_pytorch() -> None:
    import torch

    torch.manual_seed(0)
    p, x = torch.softmax(torch.randn(4, 6, 5, dtype=torch.float64), dim=-1), torch.randint(0, 5, (4, 6))
    torch.testing.assert_close(sequence_prob(x, p), torch.distributions.Categorical(p).log_prob(x).sum(dim=1).exp(), rtol=1e-11, atol=0)


# --- The loss


def test_the_loss_by_hand(xp: Library) -> None:
    xp.close(nll(xp.array([[2, 0], [0, 1]], "int64"), xp.array([LOG_P, LOG_P])), [2 + 1, 0.5 + 0.75])


@given(st.integers(0, 999), st.integers(1, 6))
def test_the_loss_is_minus_the_logarithm_of_the_probability(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    p, x = rng.dirichlet(np.ones(4), size=length), rng.integers(0, 4, length)
    assert nll(x, np.log(p)) == pytest.approx(-math.log(sequence_prob(x, p)), rel=1e-9, abs=1e-12)
    assert nll(x, np.log(p)) == pytest.approx(-sequence_log_prob(x, np.log(p)), rel=1e-14)


def test_the_loss_of_a_long_sequence_is_finite_where_its_probability_underflows() -> None:
    x, p = [0] * 2000, np.full((2000, 2), 0.5)
    assert sequence_prob(x, p) == 0
    assert nll(x, np.log(p)) == pytest.approx(2000 * math.log(2), rel=1e-12)


def test_the_loss_of_a_certain_sequence_is_zero_and_of_an_impossible_one_infinite() -> None:
    log_p = np.array([[0.0, -math.inf]])
    assert [str(nll([k], log_p)) for k in (0, 1)] == ["0.0", "inf"]


def test_the_loss_and_its_gradient_are_those_of_nll_loss_of_pytorch_summed_over_the_places() -> None:
    import torch

    torch.manual_seed(0)
    z, x = torch.randn(6, 5, dtype=torch.float64, requires_grad=True), torch.randint(0, 5, (6,))
    log_p = torch.log_softmax(z, dim=-1)
    theirs = torch.nn.NLLLoss(reduction="sum")(log_p, x)
    (expected,) = torch.autograd.grad(theirs, z, retain_graph=True)
    ours = nll(x, log_p)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    torch.testing.assert_close(torch.autograd.grad(ours, z)[0], expected, rtol=1e-12, atol=1e-14)


def test_gradients() -> None:
    assert_gradient(nll, *NLL.args, wrt=1)
    # of the product, the product of the others; the probabilities are free within what their check lets pass
    assert_gradient(sequence_prob, *PROB.args, wrt=1, step=1e-5, expected=[[0.0, 0.0, 0.125], [0.25, 0.0, 0.0]])


# --- Tokens that are drawn


def test_tokens_by_hand(xp: Library) -> None:
    """Stretches [0, 0.5), [0.5, 0.75), [0.75, 1): each begins with its first number and ends before the next."""
    u = [0.0, 0.49, 0.5, 0.74, 0.75, 0.99]
    xp.close(sample_token(xp.array([[0.5, 0.25, 0.25]] * 6), xp.array(u)), [0, 0, 1, 1, 2, 2])


@given(st.lists(st.integers(0, 8), min_size=1, max_size=6).filter(any))
def test_numbers_that_lie_evenly_give_each_token_as_often_as_its_probability_says(weights: list[int]) -> None:
    total = sum(weights)
    u = (np.arange(16 * total) + 0.5) / (16 * total)
    drawn = sample_token(np.tile(np.array(weights) / total, (len(u), 1)), u)
    assert np.bincount(drawn, minlength=len(weights)).tolist() == [16 * weight for weight in weights]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_token_of_probability_zero_is_never_drawn_however_the_sum_is_rounded(dtype: str) -> None:
    """Ten times 0.1 is a little less than 1, with impossible tokens in front and behind; u is as near to 0 and to 1 as can be."""
    p = np.array([0.0, *[0.1] * 10, 0.0], dtype=dtype)
    for u, token in ((0.0, 1), (1 - np.finfo(dtype).epsneg, 10)):
        assert sample_token(p, np.asarray(u, dtype=dtype)) == token
        assert sample_token(p * np.asarray(0.9995, dtype=dtype), np.asarray(u, dtype=dtype)) == token
        assert sample_token(p * np.asarray(1.0005, dtype=dtype), np.asarray(u, dtype=dtype)) == token


def test_generation_begins_with_the_start_token_and_tells_the_model_all_that_it_has_drawn() -> None:
    told = []

    def model(tokens: Any) -> Any:
        told.append(tokens.tolist())
        return np.eye(9)[tokens.sum(axis=-1) % 9]  # the next token is the sum of all so far, for certain

    found = ancestral_sample(model, length=4, start=1, rng=np.random.default_rng(0))
    assert found.tolist() == [1, 2, 4, 8]
    assert told == [[1], [1, 1], [1, 1, 2], [1, 1, 2, 4]]
    assert ancestral_sample(model, length=2, start=[[1, 2], [3, 4]], rng=np.random.default_rng(0)).tolist() == [[[1, 2], [2, 4]], [[3, 6], [4, 8]]]


def test_tokens_are_drawn_by_numbers_of_the_generator_in_their_order() -> None:
    found = ancestral_sample(chain, length=3, start=[0, 2], rng=np.random.default_rng(7))
    rng, tokens = np.random.default_rng(7), np.array([[0], [2]])
    for _ in range(3):
        tokens = np.concatenate([tokens, sample_token(chain(tokens), rng.random(2))[:, None]], axis=1)
    assert found.tolist() == tokens[:, 1:].tolist()


def test_sequences_come_as_often_as_their_probabilities_say() -> None:
    from scipy.stats import chisquare

    n, start = 20_000, 1
    found = ancestral_sample(chain, length=3, start=[start] * n, rng=np.random.default_rng(0))
    sequences = list(itertools.product(range(3), repeat=3))
    counts = np.bincount(found @ [9, 3, 1], minlength=27)
    expected = [n * sequence_prob(x, of_chain(x, start)) for x in sequences]
    assert chisquare(counts, expected).pvalue > 0.01
    assert chisquare(counts, [n * sequence_prob(x, of_chain(x, 0)) for x in sequences]).pvalue < 1e-6  # another start


# --- A distribution that is learned


def test_a_recurrent_network_learns_a_distribution_to_its_entropy_and_draws_sequences_as_new_data_do() -> None:
    """Four tokens of three, where each resembles the one before and the last one the first. Bounds, stated before the first run:

    the expected loss, over all 81 sequences, is at most 0.01 above the entropy, which is the least that any model can reach;
    2000 sequences that are drawn lie, in total variation from the distribution, at most 1.5 times as far as 2000 of the data do.
    """
    import torch

    sequences = np.array(list(itertools.product(range(3), repeat=4)))
    stays = np.where(np.eye(3) > 0, 0.6, 0.2)
    back = np.where(np.eye(3) > 0, 0.9, 0.05)
    p = np.array([[0.5, 0.3, 0.2][a] * stays[a, b] * stays[b, c] * back[a, d] for a, b, c, d in sequences])
    entropy = -np.sum(p * np.log(p))

    rng = np.random.default_rng(0)
    E, N, V, START = 4, 12, 4, 3  # the start token is a fourth one, which is never drawn
    shapes = [(V, E), (V, N), (V,), *[(N, E + N), (N, N), (N,)] * 3]
    weights = [torch.tensor(rng.standard_normal(shape) / math.sqrt(shape[-1]), dtype=torch.float32, requires_grad=True) for shape in shapes]
    model = Decoder(*weights)
    told = torch.tensor(np.concatenate([np.full((81, 1), START), sequences], axis=1))
    weight = torch.tensor(p, dtype=torch.float32)

    def loss() -> Any:
        return torch.sum(weight * nll(told[:, 1:], teacher_forcing(model, told, torch.zeros(81, N))))

    optimizer = torch.optim.Adam(weights, lr=0.03)
    for _ in range(250):
        optimizer.zero_grad()
        now = loss()
        now.backward()
        optimizer.step()

    def conditional(tokens: Any) -> Any:
        """With any token behind the true ones, which the model is not told."""
        with torch.no_grad():
            log_p = teacher_forcing(model, torch.tensor(np.concatenate([tokens, tokens[:, :1]], axis=1)), torch.zeros(len(tokens), N))
        return log_p[:, -1, :].exp().numpy()

    def distance(drawn: Any) -> Any:
        """A sequence with the start token in it is none of the 81."""
        codes = np.where((drawn == START).any(axis=1), 81, drawn @ [27, 9, 3, 1])
        return np.abs(np.bincount(codes, minlength=82) / len(drawn) - np.append(p, 0)).sum() / 2

    with torch.no_grad():
        learned = loss().item()
    assert entropy <= learned + 1e-6 <= entropy + 0.01
    drawn = ancestral_sample(conditional, length=4, start=[START] * 2000 * 5, rng=rng).reshape(5, 2000, 4)
    found = np.mean([distance(each) for each in drawn])
    baseline = np.mean([distance(sequences[rng.choice(81, size=2000, p=p)]) for _ in range(20)])
    assert found <= 1.5 * baseline
    # the best model that looks at the token before alone is far from the entropy
    joint = p.reshape(3, 3, 3, 3)
    last = joint.sum(axis=(0, 1))
    markov = entropy + np.sum(p * np.log(np.where(np.eye(3)[sequences[:, 0], sequences[:, 3]] > 0, 0.9, 0.05))) - np.sum(last * np.log(last / last.sum(axis=1, keepdims=True)))
    assert markov > entropy + 0.3
