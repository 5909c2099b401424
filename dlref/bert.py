"""BERT (section 7.2): the encoder of the Transformer, trained to fill gaps in text and to tell whether two sentences belong together.

Tokens, segments and labels are integers, or whole numbers in the dtype of the arrays beside them; sequences have the shape (..., n).
Losses are those of one sequence: a batch gives one value each.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX. What makes the data of pre-training is of level C: NumPy only.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers, truth values
where numbers are meant: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from dlref._backend import Array, array_function, arrays, check, generator, indices, number, take_rows, truths, whole
from dlref._parameters import Parameters
from dlref.activations import log_softmax, softmax
from dlref.transformer import Encoder, LayerNorm

__all__ = [
    "Bert",
    "classification_head",
    "embed",
    "make_nsp_pairs",
    "mask_tokens",
    "mlm_loss",
    "nsp_loss",
    "pack",
    "pretraining_loss",
]

Sentence = TypeVar("Sentence")


# --- The input


@array_function
def embed(tokens: Array, segments: Array, token_table: Array, segment_table: Array, position_table: Array, /) -> Array:
    r"""Input of BERT: at each position the embeddings of the token, of its segment and of the position, summed.

    The embeddings of the positions are learned, where those of ``dlref.transformer.embed`` are sines and cosines.

    Formula
    -------
    bert-input
        E = E_{\text{token}} + E_{\text{segment}} + E_{\text{position}}
    where
        w_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        s_i \in \{0, 1\}, \ i = 1, \dots, n
        T_k \in \mathbb{R}^d, \ k = 0, \dots, V - 1
        S_k \in \mathbb{R}^d, \ k = 0, \dots, 1
        P_k \in \mathbb{R}^d, \ k = 1, \dots, N
    gives
        E \in \mathbb{R}^{n \times d}
    with
        n \leq N
        E_{\text{token}, i} = T_{w_i}
        E_{\text{segment}, i} = S_{s_i}
        E_{\text{position}, i} = P_i

    Parameters
    ----------
    tokens
        Numbers 0, …, V-1 of the tokens; shape (..., n).
    segments
        0 for tokens of the first sentence, 1 for those of the second; shape (..., n).
    token_table
        Embeddings of the tokens, one a row; shape (V, d).
    segment_table
        Embeddings of the two segments; shape (2, d).
    position_table
        Embeddings of the positions, of which there are as many as the longest sequence has, or more; shape (N, d).

    Returns
    -------
    Array
        Sums of three embeddings; shape (..., n, d).

    Raises
    ------
    ValueError
        If token_table is not a matrix.
        If segment_table does not have the shape (2, d).
        If position_table is not a matrix with the width of token_table.
        If tokens is a scalar.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.
        If segments does not have the shape of tokens.
        If a segment is not a whole number.
        If a segment is neither 0 nor 1.
        If a sequence is longer than position_table.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> embed([1, 0], [0, 1], [[1.0], [2.0]], [[10.0], [20.0]], [[100.0], [200.0], [300.0]]).tolist()
    [[112.0], [221.0]]
    """
    name = "embed"
    _, token_table, segment_table, position_table = arrays(
        name, token_table=token_table, segment_table=segment_table, position_table=position_table
    )
    if token_table.ndim != 2:
        raise ValueError(f"{name}: token_table must have shape (V, d), got {tuple(token_table.shape)}")
    vocabulary, d = token_table.shape
    if tuple(segment_table.shape) != (2, d):
        raise ValueError(f"{name}: segment_table must have shape (2, {d}), got {tuple(segment_table.shape)}")
    if position_table.ndim != 2 or position_table.shape[1] != d:
        raise ValueError(f"{name}: position_table must have shape (N, {d}), got {tuple(position_table.shape)}")
    tokens = indices(name, vocabulary, tokens=tokens, token_table=token_table)
    segments = indices(name, 2, segments=segments, token_table=token_table)
    if tokens.ndim == 0:
        raise ValueError(f"{name}: tokens must have a last axis of positions, got a scalar")
    if segments.shape != tokens.shape:
        raise ValueError(f"{name}: segments must have the shape {tuple(tokens.shape)} of tokens, got {tuple(segments.shape)}")
    n = tokens.shape[-1]
    if n > position_table.shape[0]:
        raise ValueError(f"{name}: tokens must be at most {position_table.shape[0]} a sequence, as position_table has rows, got {n}")

    # E_token + E_segment + E_position
    return take_rows(token_table, tokens) + take_rows(segment_table, segments) + position_table[:n, :]


def pack(first: Sequence[int], second: Sequence[int] = (), /, *, cls_id: int, sep_id: int) -> tuple[Array, Array]:
    r"""Two sentences, or one, as an input of BERT: [CLS] in front, [SEP] behind each sentence; and the segments.

    Parameters
    ----------
    first
        Tokens of the first sentence.
    second
        Tokens of the second sentence; none, where there is but one.

    Other Parameters
    ----------------
    cls_id
        Number of the token [CLS].
    sep_id
        Number of the token [SEP].

    Returns
    -------
    tuple of Array
        Tokens, and their segments: 0 up to the first [SEP], 1 behind it.

    Raises
    ------
    ValueError
        If first is empty.

    Notes
    -----
    Level C: lists are put together in Python.

    Examples
    --------
    >>> tokens, segments = pack([7, 8], [9], cls_id=1, sep_id=2)
    >>> tokens.tolist(), segments.tolist()
    ([1, 7, 8, 2, 9, 2], [0, 0, 0, 0, 1, 1])
    """
    first, second = list(first), list(second)
    if not first:
        raise ValueError("pack: first must not be empty")
    tokens = [cls_id, *first, sep_id]
    behind = [*second, sep_id] if second else []
    return np.asarray(tokens + behind), np.asarray([0] * len(tokens) + [1] * len(behind))


# --- Masked language modeling


def mask_tokens(
    tokens: Array, /, *, vocab_size: int, mask_id: int, special_ids: Sequence[int], p: float = 0.15, rng: np.random.Generator
) -> tuple[Array, Array]:
    r"""The rule of masked language modeling: some tokens are chosen to be predicted, and most of these are hidden.

    Each token that is not special is chosen with probability p, independently. Of the chosen ones 80 % become [MASK], 10 % a token
    drawn from the whole vocabulary, which may be the old one, and 10 % stay.

    Parameters
    ----------
    tokens
        Numbers 0, …, V-1 of the tokens, of any shape.

    Other Parameters
    ----------------
    vocab_size
        Number V of tokens in the vocabulary.
    mask_id
        Number of the token [MASK].
    special_ids
        Numbers of the tokens that are never chosen, such as [CLS] and [SEP].
    p
        Probability that a token is chosen.
    rng
        Source of randomness, a NumPy Generator.

    Returns
    -------
    tuple of Array
        The tokens as the model gets them, and which were chosen, as truth values; both of the shape of the tokens.

    Raises
    ------
    TypeError
        If rng is not a NumPy Generator.
    ValueError
        If tokens has no whole numbers.
        If a token is not one of 0, …, V-1.
        If mask_id is not one of 0, …, V-1.
        If p does not lie in [0, 1].

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> masked, chosen = mask_tokens([5, 7, 6, 9], vocab_size=10, mask_id=4, special_ids=[5, 6], p=1.0, rng=np.random.default_rng(1))
    >>> masked.tolist(), chosen.tolist()
    ([5, 4, 6, 4], [False, True, False, True])
    """
    name = "mask_tokens"
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu":
        raise ValueError(f"{name}: tokens must be whole numbers, got dtype {tokens.dtype}")
    size, mask = whole(name, vocab_size=vocab_size), whole(name, mask_id=mask_id)
    check(name, (tokens >= 0) & (tokens < size), f"lie in 0 ... {size - 1}", tokens=tokens)
    check(name, 0 <= mask < size, f"lie in 0 ... {size - 1}", mask_id=mask)
    p = number(name, p=p)
    check(name, 0 <= p <= 1, "lie in [0, 1]", p=p)
    generator(name, rng)
    chosen = (rng.random(tokens.shape) < p) & ~np.isin(tokens, list(special_ids))
    fate = rng.random(tokens.shape)
    drawn = rng.integers(0, size, size=tokens.shape)
    masked = np.where(chosen & (fate < 0.8), mask, np.where(chosen & (fate >= 0.9), drawn, tokens))
    return masked, chosen


@array_function
def mlm_loss(labels: Array, logits: Array, chosen: Array, /) -> Array:
    r"""Loss of masked language modeling: the mean surprise at the true words of the chosen positions; 0 where none is chosen.

    Formula
    -------
    mlm-loss
        L_{\text{MLM}} = -\frac{1}{|M|} \sum_{i \in M} \log p_{\theta}(x_i \mid \tilde{x})
    where
        x_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        z_i \in \mathbb{R}^V, \ i = 1, \dots, n
        M \subseteq \{1, \dots, n\}
    gives
        L_{\text{MLM}} \in \mathbb{R}_{\ge 0}
    with
        \operatorname{Softmax} = softmax
        p_{\theta}(x_i \mid \tilde{x}) = \operatorname{Softmax}(z_i)_{x_i}

    Parameters
    ----------
    labels
        True tokens 0, …, V-1 of all positions; shape (..., n).
    logits
        Scores of the V tokens at each position; shape (..., n, V).
    chosen
        Which positions count, as truth values; shape (..., n).

    Returns
    -------
    Array
        Losses of the sequences, at least 0; shape (...). In a batch each sequence has the mean over its own positions.

    Raises
    ------
    ValueError
        If logits has fewer than two axes.
        If the shape of labels is not that of logits without their last axis.
        If a label is not a whole number.
        If a label is not one of 0, …, V-1.
        If chosen does not have the shape of labels.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> round(mlm_loss([0, 1], [[0.0, 0.0], [5.0, 0.0]], [True, False]), 4)  # log 2: only the first position counts
    0.6931
    >>> mlm_loss([0, 1], [[0.0, 0.0], [5.0, 0.0]], [False, False])
    0.0
    """
    return _mlm("mlm_loss", {"labels": labels}, {"logits": logits}, chosen)


@array_function
def nsp_loss(labels: Array, logits: Array, /) -> Array:
    r"""Loss of next-sentence prediction: the surprise at the true relation (0 is IsNext, 1 is NotNext).

    Formula
    -------
    nsp-loss
        L_{\text{NSP}} = -\log p_{\theta}(c \mid h_{[\mathrm{CLS}]}), \qquad c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
    where
        c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
        z \in \mathbb{R}^2
    gives
        L_{\text{NSP}} \in \mathbb{R}_{\ge 0}
    with
        \operatorname{Softmax} = softmax
        p_{\theta}(c \mid h_{[\mathrm{CLS}]}) = \operatorname{Softmax}(z)_c

    Parameters
    ----------
    labels
        0 where the second sentence follows the first, 1 where not; shape (...).
    logits
        Scores of the two relations, from the output at [CLS]; shape (..., 2).

    Returns
    -------
    Array
        Losses, at least 0; shape (...).

    Raises
    ------
    ValueError
        If logits does not have two scores along its last axis.
        If the shape of labels is not that of logits without their last axis.
        If a label is not a whole number.
        If a label is neither 0 nor 1.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> round(nsp_loss(1, [0.0, 0.0]), 4)  # log 2
    0.6931
    """
    return _nsp("nsp_loss", {"labels": labels}, {"logits": logits})


@array_function
def pretraining_loss(mlm_labels: Array, mlm_logits: Array, chosen: Array, nsp_labels: Array, nsp_logits: Array, /) -> Array:
    r"""Loss of BERT's pre-training: of the masked words and of the relation between the sentences.

    Formula
    -------
    bert-loss
        L = L_{\text{MLM}} + L_{\text{NSP}}
    where
        x_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        z_i \in \mathbb{R}^V, \ i = 1, \dots, n
        M \subseteq \{1, \dots, n\}
        c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
        u \in \mathbb{R}^2
    gives
        L \in \mathbb{R}_{\ge 0}
    with
        L_{\text{MLM}} = mlm-loss(x, z, M)
        L_{\text{NSP}} = nsp-loss(c, u)

    Parameters
    ----------
    mlm_labels
        True tokens 0, …, V-1 of all positions; shape (..., n).
    mlm_logits
        Scores of the V tokens at each position; shape (..., n, V).
    chosen
        Which positions count, as truth values; shape (..., n).
    nsp_labels
        0 where the second sentence follows the first, 1 where not; shape (...).
    nsp_logits
        Scores of the two relations; shape (..., 2).

    Returns
    -------
    Array
        Losses of the sequences, at least 0; shape (...).

    Raises
    ------
    ValueError
        If mlm_logits has fewer than two axes.
        If the shape of mlm_labels is not that of mlm_logits without their last axis.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.
        If chosen does not have the shape of mlm_labels.
        If nsp_logits does not have two scores along its last axis.
        If nsp_labels does not have one label a sequence.
        If a relation is not a whole number.
        If a relation is neither 0 nor 1.
        If nsp_logits does not have the batch axes of mlm_logits.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> round(pretraining_loss([0, 1], [[0.0, 0.0], [5.0, 0.0]], [True, False], 1, [0.0, 0.0]), 4)  # twice log 2
    1.3863
    """
    name = "pretraining_loss"
    _, mlm_logits, nsp_logits = arrays(name, mlm_logits=mlm_logits, nsp_logits=nsp_logits)
    if tuple(nsp_logits.shape[:-1]) != tuple(mlm_logits.shape[:-2]):
        expected = f"({', '.join(map(str, (*mlm_logits.shape[:-2], 2)))})"
        raise ValueError(f"{name}: nsp_logits must have shape {expected} beside mlm_logits, got {tuple(nsp_logits.shape)}")
    # L_MLM + L_NSP
    return _mlm(name, {"mlm_labels": mlm_labels}, {"mlm_logits": mlm_logits}, chosen) + _nsp(
        name, {"nsp_labels": nsp_labels}, {"nsp_logits": nsp_logits}
    )


def make_nsp_pairs(sentences: Sequence[Sentence], /, *, rng: np.random.Generator) -> tuple[tuple[Sentence, Sentence, int], ...]:
    r"""Pairs for next-sentence prediction: behind half of the sentences the one that follows, behind the others a random one.

    Each sentence but the last begins a pair. With probability 1/2 the next sentence is the second of the pair and the label is 0,
    IsNext; otherwise it is any of the sentences but this one and the next, and the label is 1, NotNext.

    Parameters
    ----------
    sentences
        Three or more sentences of a text, in their order.

    Other Parameters
    ----------------
    rng
        Source of randomness, a NumPy Generator.

    Returns
    -------
    tuple of tuple
        First sentence, second sentence and label of each pair.

    Raises
    ------
    TypeError
        If rng is not a NumPy Generator.
    ValueError
        If there are fewer than three sentences.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> for pair in make_nsp_pairs(["A", "B", "C", "D"], rng=np.random.default_rng(1)):
    ...     print(pair)
    ('A', 'D', 1)
    ('B', 'C', 0)
    ('C', 'B', 1)
    """
    name = "make_nsp_pairs"
    generator(name, rng)
    if len(sentences) < 3:
        raise ValueError(f"{name}: sentences must be three or more, got {len(sentences)}")
    pairs = []
    for i in range(len(sentences) - 1):
        if rng.random() < 0.5:
            pairs.append((sentences[i], sentences[i + 1], 0))
        else:
            other = int(rng.integers(len(sentences) - 2))
            pairs.append((sentences[i], sentences[other if other < i else other + 2], 1))
    return tuple(pairs)


# --- Fine-tuning


@array_function
def classification_head(h_cls: Array, w: Array, b: Array, /) -> Array:
    r"""Head for fine-tuning: probabilities of the classes, from the output at the classification token.

    Formula
    -------
    fine-tuning-head
        \hat{p} = \operatorname{Softmax}(W h_{[\mathrm{CLS}]} + b)
    where
        h_{[\mathrm{CLS}]} \in \mathbb{R}^d
        W \in \mathbb{R}^{K \times d}
        b \in \mathbb{R}^K
    gives
        \hat{p} \in \Delta^{K - 1}
    with
        \operatorname{Softmax} = softmax

    Parameters
    ----------
    h_cls
        Outputs at the token [CLS]; shape (..., d).
    w
        Weight, one row a class; shape (K, d).
    b
        Bias; shape (K,).

    Returns
    -------
    Array
        Probabilities, which sum to 1 over the classes; shape (..., K).

    Raises
    ------
    ValueError
        If h_cls is a scalar.
        If w is not a matrix with one column for each entry of h_cls.
        If b does not have one entry for each row of w.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> classification_head([1.0, 2.0], [[2.0, -1.0], [0.0, 0.0]], [0.0, 0.0]).tolist()  # scores 0 and 0
    [0.5, 0.5]
    """
    name = "classification_head"
    xp, h_cls, w, b = arrays(name, h_cls=h_cls, w=w, b=b)
    if h_cls.ndim == 0:
        raise ValueError(f"{name}: h_cls must have a last axis of features, got a scalar")
    if w.ndim != 2 or w.shape[1] != h_cls.shape[-1]:
        raise ValueError(f"{name}: w must have shape (K, {h_cls.shape[-1]}) beside h_cls, got {tuple(w.shape)}")
    if tuple(b.shape) != (w.shape[0],):
        raise ValueError(f"{name}: b must have shape {(w.shape[0],)}, one entry a row of w, got {tuple(b.shape)}")
    # Softmax(W h_[CLS] + b), for rows h
    return softmax(h_cls @ xp.matrix_transpose(w) + b)


class Bert(Parameters):
    r"""A small BERT: embeddings, a stack of encoder layers that look both ways, and the two heads of pre-training.

    Scores of words are products with the embeddings of the tokens. Where the original has GELU, ReLU stands in the layers, and
    neither a further layer before the heads nor dropout is here.

    Parameters
    ----------
    vocab_size
        Number of tokens in the vocabulary.
    max_length
        Number of positions that have an embedding.
    n_layers
        Number of layers.
    d_model
        Width of the tokens.
    n_heads
        Number of heads, which divides the width.
    d_ff
        Width inside the network of each position.
    rng
        Source of randomness, a NumPy Generator.

    References
    ----------
    [devlin2019]

    Examples
    --------
    >>> model = Bert(vocab_size=9, max_length=8, n_layers=1, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> tokens, segments = pack([7, 8], [5], cls_id=1, sep_id=2)
    >>> h = model.forward(tokens, segments)
    >>> h.shape, model.mlm_logits(h).shape, model.nsp_logits(h).shape
    ((6, 4), (6, 9), (2,))
    """

    def __init__(
        self, *, vocab_size: int, max_length: int, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator
    ) -> None:
        self.tokens = rng.normal(scale=d_model**-0.5, size=(vocab_size, d_model))
        self.segments = rng.normal(scale=d_model**-0.5, size=(2, d_model))
        self.positions = rng.normal(scale=d_model**-0.5, size=(max_length, d_model))
        self.norm = LayerNorm(d_model=d_model)
        self.encoder = Encoder(n_layers=n_layers, d_model=d_model, n_heads=n_heads, d_ff=d_ff, rng=rng)
        self.mlm_bias = np.zeros(vocab_size)
        self.nsp_weight, self.nsp_bias = rng.normal(scale=d_model**-0.5, size=(2, d_model)), np.zeros(2)

    def forward(self, tokens: Array, segments: Array, /, mask: Array | None = None) -> Array:
        """Outputs at all positions, shape (..., n, d_model); the mask, of shape (n, n) or (..., n, n), hides padding."""
        e = embed(tokens, segments, self.tokens, self.segments, self.positions)
        return self.encoder.forward(self.norm.forward(e), mask)

    def mlm_logits(self, h: Array, /) -> Array:
        """Scores of the words at each position; shape (..., n, V)."""
        return h @ self.tokens.T + self.mlm_bias

    def nsp_logits(self, h: Array, /) -> Array:
        """Scores of IsNext and NotNext, from the output at [CLS]; shape (..., 2)."""
        return h[..., 0, :] @ self.nsp_weight.T + self.nsp_bias


# --- What they share


def _surprise(name: str, labels: dict[str, Array], logits: dict[str, Array]) -> tuple[Any, Array]:
    """−log p of the true class, p = Softmax(z)."""
    ((label, y),), ((score, z),) = labels.items(), logits.items()
    xp, z = arrays(name, **{score: z})
    y = indices(name, z.shape[-1], **{label: y, score: z})
    if tuple(y.shape) != tuple(z.shape[:-1]):
        raise ValueError(f"{name}: {label} must have shape {tuple(z.shape[:-1])} beside {score}, got {tuple(y.shape)}")
    return xp, 0 - xp.take_along_axis(log_softmax(z), y[..., None], axis=-1)[..., 0]


def _mlm(name: str, labels: dict[str, Array], logits: dict[str, Array], chosen: Array) -> Array:
    ((score, z),) = logits.items()
    _, z = arrays(name, **{score: z})
    _, chosen = truths(name, chosen=chosen, **{score: z})
    if z.ndim < 2:
        raise ValueError(f"{name}: {score} must have shape (..., n, V), got {tuple(z.shape)}")
    xp, surprise = _surprise(name, labels, {score: z})
    if chosen.shape != surprise.shape:
        raise ValueError(f"{name}: chosen must have the shape {tuple(surprise.shape)} of the labels, got {tuple(chosen.shape)}")
    # −1/|M| Σ_(i ∈ M) log p(x_i | x̃); the number is 1 where none is chosen, the sum 0
    count = xp.sum(xp.astype(chosen, surprise.dtype), axis=-1)
    total = xp.sum(xp.where(chosen, surprise, xp.zeros_like(surprise)), axis=-1)
    return total / xp.where(count > 0, count, xp.ones_like(count))


def _nsp(name: str, labels: dict[str, Array], logits: dict[str, Array]) -> Array:
    ((score, z),) = logits.items()
    _, z = arrays(name, **{score: z})
    if z.ndim == 0 or z.shape[-1] != 2:
        raise ValueError(f"{name}: {score} must have two scores along its last axis, got shape {tuple(z.shape)}")
    # −log p(c | h_[CLS])
    return _surprise(name, labels, {score: z})[1]
