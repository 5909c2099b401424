"""BERT: values by hand, losses against PyTorch, how often the sampler does what, and a model that learns from both tasks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.attention import additive_mask
from dlref.bert import (
    Bert,
    classification_head,
    embed,
    make_nsp_pairs,
    mask_tokens,
    mlm_loss,
    nsp_loss,
    pack,
    pretraining_loss,
)
from dlref.transformer import Encoder
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import normal, quarters
from tests.topics import Call

pytestmark = pytest.mark.ch7

CLS, SEP, MASK = 0, 1, 2


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


TABLES = (quarters(5, 3), quarters(2, 3, seed=1), quarters(6, 3, seed=2))
MLM = ([1, 0, 4], quarters(3, 5), [True, False, True])
MLM2 = ([2, 2, 3], quarters(3, 5, seed=1), [False, True, True])
RULE = {"vocab_size": 9, "mask_id": 2, "special_ids": [0, 1], "p": 0.5}
H, W, B = [1.0, -2.0, 0.5], quarters(4, 3), quarters(4, seed=1)

CALLS = {
    "classification_head": [Call(H, W, B), Call([0.0, 1.0, 2.0], W, B)],
    "embed": [Call([1, 0, 4], [0, 0, 1], *TABLES), Call([2, 2, 3], [0, 1, 1], *TABLES)],
    "make_nsp_pairs": [Call(("a", "b", "c", "d"), rng=rng()), Call(("a", "b", "c", "d"), rng=rng(1))],
    "mask_tokens": [Call(np.array([0, 5, 6, 1]), **RULE, rng=rng()), Call(np.array([0, 7, 8, 1]), **RULE, rng=rng(1))],
    "mlm_loss": [Call(*MLM), Call(*MLM2)],
    "nsp_loss": [Call(1, [0.5, -1.0]), Call(0, [2.0, 0.25])],
    "pack": [Call((5, 6), (7,), cls_id=0, sep_id=1), Call((5, 6), cls_id=0, sep_id=1)],
    "pretraining_loss": [Call(*MLM, 1, [0.5, -1.0]), Call(*MLM2, 0, [2.0, 0.25])],
}
HELPERS = ["make_nsp_pairs", "mask_tokens", "pack"]


def at(name: str, place: int | str, bad: Any) -> tuple[Call, Call]:
    """A call to be refused for the argument at a position or of a name, and the call with this argument right."""
    good = CALLS[name][0]
    if isinstance(place, str):
        return Call(*good.args, **{**good.options, place: bad}), good
    return Call(*(bad if i == place else arg for i, arg in enumerate(good.args)), **good.options), good


ONE = ([[1.0]], [[1.0], [1.0]], [[1.0]])
RAISES = {
    "classification_head": {
        "If h_cls is a scalar.": (Call(1.0, [[1.0]], [1.0]), Call([1.0], [[1.0]], [1.0])),
        "If w is not a matrix with one column for each entry of h_cls.": at("classification_head", 1, quarters(4, 2)),
        "If b does not have one entry for each row of w.": at("classification_head", 2, 1.0),
    },
    "embed": {
        "If token_table is not a matrix.": at("embed", 2, [1.0, 2.0]),
        "If segment_table does not have the shape (2, d).": at("embed", 3, quarters(3, 3)),
        "If position_table is not a matrix with the width of token_table.": at("embed", 4, quarters(6, 2)),
        "If tokens is a scalar.": (Call(0, [0], *ONE), Call([0], [0], *ONE)),
        "If a token is not a whole number.": at("embed", 0, [1.0, 0.5, 4.0]),
        "If a token is not one of 0, …, V-1.": at("embed", 0, [1, 0, 5]),
        "If segments does not have the shape of tokens.": at("embed", 1, [0, 1]),
        "If a segment is not a whole number.": at("embed", 1, [0.0, 0.5, 1.0]),
        "If a segment is neither 0 nor 1.": at("embed", 1, [0, 1, 2]),
        "If a sequence is longer than position_table.": at("embed", 4, quarters(2, 3)),
    },
    "make_nsp_pairs": {
        "If rng is not a NumPy Generator.": at("make_nsp_pairs", "rng", None),
        "If there are fewer than three sentences.": at("make_nsp_pairs", 0, ("a", "b")),
    },
    "mask_tokens": {
        "If rng is not a NumPy Generator.": at("mask_tokens", "rng", None),
        "If tokens has no whole numbers.": at("mask_tokens", 0, np.array([0.0, 5.0, 6.0, 1.0])),
        "If a token is not one of 0, …, V-1.": at("mask_tokens", 0, np.array([0, 5, 9, 1])),
        "If mask_id is not one of 0, …, V-1.": at("mask_tokens", "mask_id", 9),
        "If p does not lie in [0, 1].": at("mask_tokens", "p", 1.01),
    },
    "mlm_loss": {
        "If logits has fewer than two axes.": (Call([0], [1.0], [True]), Call([0], [[1.0]], [True])),
        "If the shape of labels is not that of logits without their last axis.": at("mlm_loss", 0, [1, 0]),
        "If a label is not a whole number.": at("mlm_loss", 0, [1.0, 0.5, 4.0]),
        "If a label is not one of 0, …, V-1.": at("mlm_loss", 0, [1, 0, 5]),
        "If chosen does not have the shape of labels.": at("mlm_loss", 2, [True, False]),
    },
    "nsp_loss": {
        "If logits does not have two scores along its last axis.": at("nsp_loss", 1, [0.5, -1.0, 0.0]),
        "If the shape of labels is not that of logits without their last axis.": at("nsp_loss", 0, [1]),
        "If a label is not a whole number.": at("nsp_loss", 0, 0.5),
        "If a label is neither 0 nor 1.": at("nsp_loss", 0, 2),
    },
    "pack": {"If first is empty.": at("pack", 0, ())},
    "pretraining_loss": {
        "If mlm_logits has fewer than two axes.": (Call([0], [1.0], [True], 1, [0.5, -1.0]), Call([0], [[1.0]], [True], 1, [0.5, -1.0])),
        "If the shape of mlm_labels is not that of mlm_logits without their last axis.": at("pretraining_loss", 0, [1, 0]),
        "If a token is not a whole number.": at("pretraining_loss", 0, [1.0, 0.5, 4.0]),
        "If a token is not one of 0, …, V-1.": at("pretraining_loss", 0, [1, 0, 5]),
        "If chosen does not have the shape of mlm_labels.": at("pretraining_loss", 2, [True, False]),
        "If nsp_logits does not have two scores along its last axis.": at("pretraining_loss", 4, [0.5, -1.0, 0.0]),
        "If nsp_labels does not have one label a sequence.": at("pretraining_loss", 3, [1]),
        "If a relation is not a whole number.": at("pretraining_loss", 3, 0.5),
        "If a relation is neither 0 nor 1.": at("pretraining_loss", 3, 2),
        "If nsp_logits does not have the batch axes of mlm_logits.": at("pretraining_loss", 4, [[0.5, -1.0]]),
    },
}


# --- The input


def test_embed_by_hand(xp: Library) -> None:
    tables = [xp.array(table) for table in ([[1.0], [2.0]], [[10.0], [20.0]], [[100.0], [200.0], [300.0]])]
    xp.close(embed(xp.array([1, 0], "int64"), xp.array([0, 1], "int64"), *tables), [[112.0], [221.0]])


def test_embed_is_the_sum_of_three_lookups_of_pytorch() -> None:
    import torch

    tokens, segments = rng().integers(0, 5, size=(2, 4)), rng(1).integers(0, 2, size=(2, 4))
    token, segment, position = (torch.nn.Embedding.from_pretrained(torch.tensor(table)) for table in TABLES)
    theirs = token(torch.tensor(tokens)) + segment(torch.tensor(segments)) + position(torch.arange(4))
    np.testing.assert_allclose(embed(tokens, segments, *TABLES), theirs.numpy(), rtol=1e-6)


def test_gradients_of_embeddings_go_to_the_rows_that_appear() -> None:
    assert_gradient(embed, [1, 0, 1], [0, 1, 1], *TABLES, wrt=2)
    assert_gradient(embed, [1, 0, 1], [0, 1, 1], *TABLES, wrt=4)


def test_cls_stands_in_front_and_sep_behind_each_sentence() -> None:
    tokens, segments = pack([7, 8], [9], cls_id=CLS, sep_id=SEP)
    assert tokens.tolist() == [CLS, 7, 8, SEP, 9, SEP] and segments.tolist() == [0, 0, 0, 0, 1, 1]
    tokens, segments = pack([7, 8], cls_id=CLS, sep_id=SEP)
    assert tokens.tolist() == [CLS, 7, 8, SEP] and segments.tolist() == [0, 0, 0, 0]


# --- The rule 80 / 10 / 10

VOCABULARY = 12


def masked(n: int, p: float = 0.15, seed: int = 0) -> tuple[Any, Any, Any]:
    tokens = rng(seed).integers(0, VOCABULARY, size=n)
    return tokens, *mask_tokens(tokens, vocab_size=VOCABULARY, mask_id=MASK, special_ids=[CLS, SEP], p=p, rng=rng(seed + 1))


def near(count: int, n: int, p: float) -> bool:
    """Whether a number of successes lies within five standard deviations of what is expected."""
    return bool(abs(count - n * p) < 5 * math.sqrt(n * p * (1 - p)))


def test_fifteen_percent_of_the_tokens_are_chosen_and_special_ones_never() -> None:
    tokens, _, chosen = masked(200_000)
    special = (tokens == CLS) | (tokens == SEP)
    assert not np.any(chosen[special])
    assert near(int(chosen.sum()), int((~special).sum()), 0.15)


def test_of_the_chosen_tokens_80_percent_are_masked_10_percent_random_and_10_percent_unchanged() -> None:
    """A random token may be the mask or the old one: of tokens other than the mask, 80 % + 10 % / V become the mask, 10 % + 10 % / V stay."""
    tokens, after, chosen = masked(400_000)
    seen = chosen & (tokens != MASK)
    n = int(seen.sum())
    assert near(int((after[seen] == MASK).sum()), n, 0.8 + 0.1 / VOCABULARY)
    assert near(int((after[seen] == tokens[seen]).sum()), n, 0.1 + 0.1 / VOCABULARY)
    others = seen & (after != MASK) & (after != tokens)
    assert near(int(others.sum()), n, 0.1 * (1 - 2 / VOCABULARY))
    counts = np.bincount(after[others], minlength=VOCABULARY)
    assert counts[MASK] == 0
    assert all(near(int(count), n, 0.1 / VOCABULARY * (1 - 1 / (VOCABULARY - 3))) or k in (CLS, SEP, MASK) for k, count in enumerate(counts))
    assert near(int(counts[CLS]), n, 0.1 / VOCABULARY) and near(int(counts[SEP]), n, 0.1 / VOCABULARY)


@given(st.integers(0, 999), st.floats(0, 1))
def test_what_is_not_chosen_stays(seed: int, p: float) -> None:
    tokens, after, chosen = masked(50, p, seed)
    assert after.shape == chosen.shape == tokens.shape and chosen.dtype == bool
    assert np.all(after[~chosen] == tokens[~chosen])


def test_with_probability_one_all_ordinary_tokens_are_chosen_and_with_zero_none() -> None:
    tokens, _, chosen = masked(100, 1.0)
    assert chosen.tolist() == [token not in (CLS, SEP) for token in tokens]
    _, after, chosen = masked(100, 0.0)
    assert not chosen.any() and after.tolist() == masked(100, 0.0)[0].tolist()


def test_the_same_source_of_randomness_hides_the_same_tokens_and_the_default_is_fifteen_percent() -> None:
    tokens = rng().integers(0, VOCABULARY, size=(3, 40))
    options: dict[str, Any] = {"vocab_size": VOCABULARY, "mask_id": MASK, "special_ids": [CLS, SEP]}
    first, second = (mask_tokens(tokens, **options, rng=rng(5)) for _ in range(2))
    explicit = mask_tokens(tokens, **options, p=0.15, rng=rng(5))
    assert first[0].shape == (3, 40)
    for one, other, third in zip(first, second, explicit, strict=True):
        assert one.tolist() == other.tolist() == third.tolist()


# --- Losses


def test_mlm_loss_by_hand(xp: Library) -> None:
    """Surprises log 2 and log 4, of which the first counts, or both."""
    labels, logits = xp.array([0, 1], "int64"), xp.array([[0.0, 0.0], [math.log(3), 0.0]])
    for chosen, expected in (([True, False], math.log(2)), ([True, True], math.log(8) / 2), ([False, True], math.log(4)), ([False, False], 0.0)):
        xp.close(mlm_loss(labels, logits, xp.array(chosen, "bool")), expected)


def test_mlm_loss_is_that_of_pytorch_where_positions_that_are_not_chosen_are_ignored() -> None:
    import torch

    labels, logits, chosen = rng().integers(0, 7, size=9), normal(9, 7), rng(1).random(9) < 0.5
    target = torch.tensor(np.where(chosen, labels, -100))
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), target, ignore_index=-100)
    assert mlm_loss(labels, logits, chosen) == pytest.approx(theirs.item(), rel=1e-12)


def test_where_no_position_is_chosen_the_loss_is_zero_with_gradient_zero_and_that_of_pytorch_nan() -> None:
    import torch

    logits = torch.tensor(normal(4, 7), requires_grad=True)
    labels = torch.tensor([1, 0, 2, 6])
    loss = mlm_loss(labels, logits, torch.zeros(4, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0 and logits.grad is not None and not logits.grad.any()
    assert torch.isnan(torch.nn.functional.cross_entropy(logits, torch.full((4,), -100)))


def test_in_a_batch_each_sequence_has_its_own_mean_where_pytorch_takes_one_over_all_positions() -> None:
    """A batch as one long sequence has PyTorch's mean."""
    import torch

    labels, logits = rng().integers(0, 7, size=(2, 4)), normal(2, 4, 7)
    chosen = np.array([[True, False, False, False], [True, True, True, False]])
    each = mlm_loss(labels, logits, chosen)
    assert each.shape == (2,)
    target = torch.tensor(np.where(chosen, labels, -100)).reshape(-1)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits).reshape(-1, 7), target).item()
    assert mlm_loss(labels.reshape(-1), logits.reshape(-1, 7), chosen.reshape(-1)) == pytest.approx(theirs, rel=1e-12)
    assert theirs == pytest.approx((each[0] + 3 * each[1]) / 4) and abs(theirs - each.mean()) > 0.01


def test_positions_that_are_not_chosen_do_not_matter() -> None:
    labels, logits, chosen = rng().integers(0, 7, size=9), normal(9, 7), rng(1).random(9) < 0.5
    other, others = np.where(chosen[:, None], logits, 100 * normal(9, 7, seed=3)), np.where(chosen, labels, 0)
    assert mlm_loss(others, other, chosen) == mlm_loss(labels, logits, chosen)


def test_chosen_positions_are_truth_values_and_no_numbers() -> None:
    with pytest.raises(ValueError, match="^mlm_loss: chosen must be truth values, got dtype int64"):
        mlm_loss(MLM[0], MLM[1], [1, 0, 1])


def test_nsp_loss_by_hand_and_by_pytorch(xp: Library) -> None:
    import torch

    xp.close(nsp_loss(xp.array([0, 1], "int64"), xp.array([[0.0, 0.0], [math.log(3), 0.0]])), [math.log(2), math.log(4)])
    labels, logits = rng().integers(0, 2, size=5), normal(5, 2)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(labels), reduction="none")
    np.testing.assert_allclose(nsp_loss(labels, logits), theirs.numpy(), rtol=1e-12)


def test_losses_of_large_scores_stay_finite() -> None:
    assert nsp_loss(1, [1000.0, -1000.0]) == 2000 and nsp_loss(0, [1000.0, -1000.0]) == 0
    assert mlm_loss([1], [[1000.0, -1000.0, 0.0]], [True]) == 2000


def test_the_loss_of_pre_training_is_the_sum_of_both() -> None:
    labels, logits, chosen = rng().integers(0, 7, size=(3, 9)), normal(3, 9, 7), rng(1).random((3, 9)) < 0.5
    relations, scores = [0, 1, 1], normal(3, 2, seed=2)
    np.testing.assert_array_equal(pretraining_loss(labels, logits, chosen, relations, scores), mlm_loss(labels, logits, chosen) + nsp_loss(relations, scores))


def test_the_loss_of_pre_training_is_that_of_pytorch() -> None:
    import torch

    labels, logits, chosen = rng().integers(0, 7, size=9), normal(9, 7), rng(1).random(9) < 0.5
    scores = normal(2, seed=2)
    entropy = torch.nn.functional.cross_entropy
    theirs = entropy(torch.tensor(logits), torch.tensor(np.where(chosen, labels, -100))) + entropy(torch.tensor(scores), torch.tensor(1))
    assert pretraining_loss(labels, logits, chosen, 1, scores) == pytest.approx(theirs.item(), rel=1e-12)


def test_gradients_of_losses_are_probabilities_less_the_truth() -> None:
    """For the chosen positions, over their number; the others have none."""
    labels, logits, chosen = MLM
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = (p - np.eye(5)[labels]) * np.array(chosen)[:, None] / 2
    assert_gradient(mlm_loss, labels, logits, chosen, wrt=1, expected=expected)
    assert_gradient(nsp_loss, 1, [0.5, -1.0], wrt=1)
    assert_gradient(pretraining_loss, *MLM, 1, [0.5, -1.0], wrt=1, expected=expected)
    assert_gradient(pretraining_loss, *MLM, 1, [0.5, -1.0], wrt=4)


# --- Pairs of sentences


def test_half_of_the_pairs_are_neighbors_and_the_others_any_two_that_are_not() -> None:
    sentences = list(range(6))
    pairs = [pair for seed in range(2000) for pair in make_nsp_pairs(sentences, rng=rng(seed))]
    assert len(pairs) == 10_000 and near(sum(label for *_, label in pairs), 10_000, 0.5)
    assert all((second == first + 1) == (label == 0) for first, second, label in pairs)
    others = [second for first, second, label in pairs if first == 2 and label == 1]
    counts = np.bincount(others, minlength=6)
    assert counts[2] == counts[3] == 0 and all(near(int(count), len(others), 1 / 4) for count in counts[[0, 1, 4, 5]])
    assert [first for first, *_ in pairs[:5]] == [0, 1, 2, 3, 4]


# --- Fine-tuning


def test_classification_head_by_hand(xp: Library) -> None:
    p = classification_head(xp.array([1.0, 2.0]), xp.array([[2.0, -1.0], [0.0, 0.0]]), xp.array([math.log(3), 0.0]))
    xp.close(p, [0.75, 0.25])


def test_classification_head_is_a_linear_layer_of_pytorch_with_softmax() -> None:
    import torch

    layer = torch.nn.Linear(3, 4, dtype=torch.float64)
    h = normal(5, 3)
    theirs = torch.softmax(layer(torch.tensor(h)), -1).detach().numpy()
    found = classification_head(h, layer.weight.detach().numpy(), layer.bias.detach().numpy())
    np.testing.assert_allclose(found, theirs, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    for wrt in range(3):
        assert_gradient(classification_head, H, W, B, wrt=wrt)


# --- The model


def tiny(seed: int = 0) -> Bert:
    return Bert(vocab_size=10, max_length=9, n_layers=1, d_model=16, n_heads=2, d_ff=32, rng=rng(seed))


def test_every_output_depends_on_every_token_before_and_after() -> None:
    model = tiny()
    tokens, segments = pack([3, 4, 5], [6, 7], cls_id=CLS, sep_id=SEP)
    h = model.forward(tokens, segments)
    for i in range(len(tokens)):
        other = tokens.copy()
        other[i] = 9
        assert np.all(np.any(model.forward(other, segments) != h, axis=1))
    assert np.any(model.forward(tokens, 1 - segments) != h)
    assert np.any(model.forward(tokens[[0, 2, 1, 3, 4, 5, 6, 7]], segments)[0] != h[0])  # positions tell the order


def test_the_model_is_the_encoder_of_the_transformer_behind_its_own_input() -> None:
    model = tiny()
    tokens, segments = pack([3, 4, 5], [6, 7], cls_id=CLS, sep_id=SEP)
    assert type(model.encoder) is Encoder
    e = model.norm.forward(embed(tokens, segments, model.tokens, model.segments, model.positions))
    np.testing.assert_array_equal(model.forward(tokens, segments), model.encoder.forward(e))
    h = normal(2, 7, 16)
    np.testing.assert_allclose(model.mlm_logits(h), h @ model.tokens.T, rtol=1e-12)
    np.testing.assert_allclose(model.nsp_logits(h), h[:, 0] @ model.nsp_weight.T, rtol=1e-12)


def test_padding_that_a_mask_hides_does_not_matter() -> None:
    model = tiny()
    tokens, segments = pack([3, 4, 5], [6], cls_id=CLS, sep_id=SEP)
    padded, more = np.append(tokens, [7, 8]), np.append(segments, [1, 1])
    mask = additive_mask(np.repeat([[True] * 7 + [False] * 2], 9, axis=0))
    np.testing.assert_allclose(model.forward(padded, more, mask)[:7], model.forward(tokens, segments), rtol=1e-10, atol=1e-12)


def test_a_small_bert_learns_both_tasks_together() -> None:
    """Words come in pairs (3, 4), (5, 6), (7, 8); a second sentence that follows repeats the first one's pair, one that does not has another."""
    import torch

    model = tiny().map(lambda array: torch.tensor(array, dtype=torch.float32, requires_grad=True))
    optimizer = torch.optim.Adam(model.arrays().values(), lr=1e-2)
    source = rng(1)

    def batch(n: int) -> tuple[Any, ...]:
        rows = []
        for _ in range(n):
            first, relation = int(source.integers(3)), int(source.integers(2))
            second = first if relation == 0 else (first + 1 + int(source.integers(2))) % 3
            rows.append((*pack([3 + 2 * first, 4 + 2 * first], [3 + 2 * second, 4 + 2 * second], cls_id=CLS, sep_id=SEP), relation))
        tokens, segments, relations = (np.array(column) for column in zip(*rows, strict=True))
        hidden, chosen = mask_tokens(tokens, vocab_size=10, mask_id=MASK, special_ids=[CLS, SEP], p=0.2, rng=source)
        return tuple(map(torch.tensor, (tokens, segments, hidden, chosen, relations)))

    losses = []
    for _ in range(150):
        tokens, segments, hidden, chosen, relations = batch(48)
        h = model.forward(hidden, segments)
        loss = pretraining_loss(tokens, model.mlm_logits(h), chosen, relations, model.nsp_logits(h)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 1.5 > 2.5 * np.mean(losses[-10:])
    tokens, segments, *_, relations = batch(100)
    with torch.no_grad():
        right = (model.nsp_logits(model.forward(tokens, segments)).argmax(dim=-1) == relations).float().mean().item()
    assert right > 0.9
