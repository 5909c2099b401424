"""From sequence to sequence: an encoder reads, a decoder writes, and attention lets it look back at what was read (section 6.6).

An encoder turns the inputs x_1, …, x_T into states h_1, …, h_T, of which the last one, or a new average of all of them at every step, is the
context. A decoder begins with the state s_0 = h_T and with a mark that begins a sequence, y_0, and gives, one after another, probabilities
of the outputs y_1, …, y_T'; the sequence ends with a mark of its own. T and T' may differ.

States are of shape ``(..., n)``, sequences of them of shape ``(..., T, n)``. Outputs are integers 0, …, V - 1 of a vocabulary.

Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, except for ``greedy_decode``, which has to look at its own output. The result
has the library, the device and the floating dtype of the arguments; integers count as the library's default floating dtype.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp  # noqa: F401  (the formula of decoder_step calls it)
from typing import Any

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    chosen,
    device,
    functions,
    indices,
    natural,
    shaped,
    take_rows,
    whole,
)
from dlref.activations import log_softmax, softmax, tanh
from dlref.rnn import GRU, gru_cell

__all__ = [
    "AttentionDecoder",
    "Decoder",
    "Encoder",
    "additive_attention",
    "additive_attention_weights",
    "decoder_states",
    "decoder_step",
    "greedy_decode",
    "sequence_log_prob",
    "teacher_forcing",
]

# The next state, of the state before, the output before and the context; a decoder gives log-probabilities of the next output beside it.
Step = Callable[[Array, Array, Array], Array]
Decoding = Callable[[Array, Array, Array], tuple[Array, Array]]
MANY = 2**31  # where the size of the vocabulary is not known, an index may be anything from 0


# --- Encoder and decoder


@array_function
def decoder_step(f: Step, s_prev: Array, y_prev: Array, c: Array, /) -> Array:
    r"""One step of a decoder: its new state, from the state and the output before and from the context.

    Formula
    -------
    encoder-decoder
        c = h_T, \qquad s_{t} = f(s_{t-1}, y_{t-1}, c), \qquad
        p(y_1, \dots, y_{T'} \mid x_{1:T}) = \prod_{t=1}^{T'} p(y_t \mid c, y_{<t})
    where
        f : \mathbb{R}^n \times \{0, \dots, V - 1\} \times \mathbb{R}^n \to \mathbb{R}^n
        y_t \in \{0, \dots, V - 1\}, \ t = 0, \dots, T'
        h_T \in \mathbb{R}^n
        \log p(k \mid c, y_{<t}) \in \log \Delta, \ t = 1, \dots, T', \ k = 0, \dots, V - 1
    gives
        s_t \in \mathbb{R}^n, \ t = 1, \dots, T'
        p(y_1, \dots, y_{T'} \mid x_{1:T}) \in [0, 1]
    with
        s_0 = h_T
        p(k \mid c, y_{<t}) = \exp(\log p(k \mid c, y_{<t}))
    call
        decoder_states(f, y, c), exp(sequence_log_prob(y[1:], log_probs))

    Parameters
    ----------
    f
        A function of the state before, the output before and the context.
    s_prev
        State of the step before; shape (..., n).
    y_prev
        Output of the step before, integers or whole numbers in the dtype of the states; shape (...).
    c
        Context; shape (..., m).

    Returns
    -------
    Array
        State of this step; shape (..., n).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If s_prev is a scalar.
        If y_prev does not have the shape (...) of s_prev without its last axis.
        If an output is not a whole number.
        If an output is negative.
        If c does not have the shape (..., m).
        If f changes the shape of the state.

    References
    ----------
    [cho2014]
    [sutskever2014]

    Examples
    --------
    >>> decoder_step(lambda s, y, c: s / 2 + y + c, [4.0], 1, [0.5]).tolist()  # 2 + 1 + 0.5
    [3.5]
    """
    name = "decoder_step"
    _, s_prev, c = arrays(name, s_prev=s_prev, c=c)
    if s_prev.ndim == 0:
        raise ValueError(f"{name}: s_prev must have a last axis, one entry a unit, got a scalar")
    y_prev = indices(name, MANY, y_prev=y_prev, s_prev=s_prev)
    shaped(name, tuple(s_prev.shape[:-1]), y_prev=y_prev)
    if c.ndim == 0 or c.shape[:-1] != s_prev.shape[:-1]:
        expected = ", ".join(map(str, (*s_prev.shape[:-1], "m")))
        raise ValueError(f"{name}: c must have shape ({expected}) beside s_prev, got {tuple(c.shape)}")
    # s_t = f(s_{t−1}, y_{t−1}, c)
    return _stepped(name, f, s_prev, y_prev, c)


@array_function
def decoder_states(f: Step, y: Array, c: Array, /) -> Array:
    r"""States of a decoder that is told the true outputs; it starts from the context.

    They are part of the formula ``encoder-decoder``, which stands at ``decoder_step``.

    Parameters
    ----------
    f
        A function of the state before, the output before and the context.
    y
        The mark that begins a sequence, and the outputs behind it, y_0, …, y_T'; shape (..., L) with L = T' + 1.
    c
        Context, which is the first state; shape (..., n).

    Returns
    -------
    Array
        States s_1, …, s_T' of the decoder; shape (..., T', n).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If c is a scalar.
        If an output is not a whole number.
        If an output is negative.
        If y does not have the shape (..., L) with the axes of c in front.
        If y holds nothing behind its beginning.
        If f changes the shape of the state.

    References
    ----------
    [cho2014]

    Examples
    --------
    >>> decoder_states(lambda s, y, c: s / 2 + y + c, [0, 3, 1], [1.0]).tolist()  # 1/2 + 0 + 1 and 1.5/2 + 3 + 1
    [[1.5], [4.75]]
    """
    name = "decoder_states"
    xp, c = arrays(name, c=c)
    y = _told(name, y, c, c)
    states = [c]
    for t in range(1, y.shape[-1]):
        # s_t = f(s_{t−1}, y_{t−1}, c), with s_0 = c
        states.append(_stepped(name, f, states[-1], y[..., t - 1], c))
    return xp.stack(states[1:], axis=-2)


@array_function
def sequence_log_prob(y: Array, log_probs: Array, /) -> Array:
    r"""Logarithm of the probability of a sequence: the sum of those of its outputs, each given the ones before it.

    It is part of the formula ``encoder-decoder``, which stands at ``decoder_step``. The product of many probabilities would underflow.

    Parameters
    ----------
    y
        Outputs y_1, …, y_T', integers or whole numbers in the dtype of the log-probabilities; shape (..., T).
    log_probs
        Log-probabilities of all V outputs at each step, given the true outputs before it; shape (..., T, V).

    Returns
    -------
    Array
        Log-probabilities of the sequences; shape (...).

    Raises
    ------
    ValueError
        If log_probs does not have an axis of steps and one of outputs.
        If an output is not a whole number.
        If an output is not one of 0, …, V-1.
        If y does not have the shape of log_probs without its last axis.

    References
    ----------
    [cho2014]

    Examples
    --------
    >>> sequence_log_prob([1, 0], [[-0.5, -1.0], [-0.25, -2.0]])  # -1 - 0.25
    -1.25
    """
    xp, found, _ = chosen("sequence_log_prob", y=y, log_probs=log_probs)
    # Σ_t log p(y_t | c, y_{<t})
    return xp.sum(found, axis=-1)


@array_function
def teacher_forcing(decoder: Decoding, y: Array, c: Array, /, *, s_first: Array | None = None) -> Array:
    r"""Log-probabilities of all outputs at each step of a decoder that is told the true outputs before it, as in training.

    ``sequence_log_prob`` of y_1, …, y_T' makes of them what training maximizes.

    Parameters
    ----------
    decoder
        A function of the state before, the output before and the context that gives the next state and the log-probabilities of the next output.
    y
        The mark that begins a sequence, and the true outputs behind it, y_0, …, y_T'; shape (..., L) with L = T' + 1.
    c
        What the decoder takes as context at every step; shape (..., n), or all states of the encoder for one with attention.

    Other Parameters
    ----------------
    s_first
        State before the first step, by default the context; shape (..., n).

    Returns
    -------
    Array
        Log-probabilities of y_1, …, y_T'; shape (..., T', V).

    Raises
    ------
    TypeError
        If decoder is not a function.
        If decoder does not give a pair.
    ValueError
        If c is a scalar.
        If an output is not a whole number.
        If an output is negative.
        If y does not have the shape (..., L) with the axes of the first state in front.
        If y holds nothing behind its beginning.
        If decoder changes the shape of the state.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> decoder = lambda s, y, c: (s + y, 0 * c - s)
    >>> teacher_forcing(decoder, [2, 1, 0], [0.5, 1.0]).tolist()  # the state grows by the outputs told before
    [[-0.5, -1.0], [-2.5, -3.0]]
    """
    name = "teacher_forcing"
    xp, c, s = _beginning(name, c, s_first)
    y = _told(name, y, s, c)
    log_probs = []
    for t in range(1, y.shape[-1]):
        s, log_p = _decoded(name, decoder, s, y[..., t - 1], c)
        log_probs.append(log_p)
    return xp.stack(log_probs, axis=-2)


@array_function
def greedy_decode(
    decoder: Decoding, c: Array, /, *, bos: int, eos: int, max_length: int, s_first: Array | None = None
) -> Array:
    r"""Outputs of a decoder that is told its own most probable output at each step, up to the mark that ends a sequence.

    The sequence that is most probable as a whole may be another one.

    Parameters
    ----------
    decoder
        A function of the state before, the output before and the context that gives the next state and the log-probabilities of the next output.
    c
        What the decoder takes as context at every step; shape (n,), or all states of the encoder, (T, n), for one with attention.

    Other Parameters
    ----------------
    bos
        The mark that begins a sequence, y_0.
    eos
        The mark that ends a sequence.
    max_length
        The number of steps after which a sequence ends without its mark.
    s_first
        State before the first step, by default the context; shape (n,).

    Returns
    -------
    Array
        Outputs y_1, y_2, …, integers; the last one is eos unless the sequence was too long. Of equal ones the first counts.

    Raises
    ------
    TypeError
        If decoder is not a function.
        If decoder does not give a pair.
        If bos is not an integer.
        If eos is not an integer.
        If max_length is not an integer.
    ValueError
        If c is a scalar.
        If bos is negative.
        If eos is negative.
        If max_length is not positive.
        If decoder changes the shape of the state.
        If the state is not that of one sequence.

    Notes
    -----
    Level B: without jit, compile, meta and gradients, because its outputs decide what comes next and when it ends.

    References
    ----------
    [sutskever2014]

    Examples
    --------
    >>> decoder = lambda s, y, c: (s + c, s)  # at first the third output is the most probable, later the first
    >>> greedy_decode(decoder, [2.0, 0.0, 1.0], bos=1, eos=0, max_length=9, s_first=[-3.5, 0.0, 1.0]).tolist()
    [2, 2, 2, 2, 2, 0]
    """
    name = "greedy_decode"
    xp, c, s = _beginning(name, c, s_first)
    bos, eos, max_length = whole(name, bos=bos), whole(name, eos=eos), natural(name, max_length=max_length)
    check(name, bos >= 0, "be >= 0", bos=bos)
    check(name, eos >= 0, "be >= 0", eos=eos)
    if s.ndim != 1:
        raise ValueError(f"{name}: the state must have shape (n,), one sequence at a time, got {tuple(s.shape)}")
    outputs: list[int] = []
    y = bos
    while len(outputs) < max_length and (not outputs or y != eos):
        s, log_p = _decoded(name, decoder, s, xp.asarray(y, device=device(s)), c)
        # the most probable output is told in the next step
        y = int(xp.argmax(log_p))
        outputs.append(y)
    return xp.asarray(outputs, device=device(s))


# --- Attention


@array_function
def additive_attention(s_prev: Array, hs: Array, w_a: Array, u_a: Array, v_a: Array, /) -> Array:
    r"""Additive attention: the context, an average of the encoder's states with weights that the decoder's state decides.

    Formula
    -------
    additive-attention
        e_{t,i} = v_a^{\top} \tanh(W_a s_{t-1} + U_a h_i), \qquad
        \alpha_{t,i} = \frac{\exp(e_{t,i})}{\sum_{j} \exp(e_{t,j})}, \qquad
        c_t = \sum_{i} \alpha_{t,i} h_i
    where
        s_{t-1} \in \mathbb{R}^n
        h_i \in \mathbb{R}^m, \ i = 1, \dots, T
        W_a \in \mathbb{R}^{k \times n}
        U_a \in \mathbb{R}^{k \times m}
        v_a \in \mathbb{R}^k
    gives
        c_t \in \mathbb{R}^m
        \alpha_{t,i} \in (0, 1), \ i = 1, \dots, T
    with
        \tanh = tanh
        j = 1, \dots, T
    call
        additive_attention(s_prev, hs, w_a, u_a, v_a), additive_attention_weights(s_prev, hs, w_a, u_a, v_a)

    Parameters
    ----------
    s_prev
        State of the decoder; shape (..., n).
    hs
        States of the encoder; shape (..., T, m).
    w_a
        Weight of the decoder's state; shape (k, n).
    u_a
        Weight of the encoder's states; shape (k, m).
    v_a
        Weight of the score; shape (k,).

    Returns
    -------
    Array
        Context; shape (..., m). It lies between the states of the encoder.

    Raises
    ------
    ValueError
        If s_prev is a scalar.
        If hs does not have the shape (..., T, m) with the axes of s_prev in front.
        If w_a does not have one column for each entry of s_prev.
        If u_a does not have a row for each row of w_a and a column for each entry of a state of the encoder.
        If v_a does not have one entry for each row of w_a.

    References
    ----------
    [bahdanau2015]

    Examples
    --------
    >>> additive_attention([1.0], [[2.0], [4.0]], [[5.0]], [[0.0]], [1.0]).tolist()  # equal scores: the mean
    [3.0]
    """
    name = "additive_attention"
    xp, s_prev, hs, w_a, u_a, v_a = arrays(name, s_prev=s_prev, hs=hs, w_a=w_a, u_a=u_a, v_a=v_a)
    alpha = _weights(name, xp, s_prev, hs, w_a, u_a, v_a)
    # c_t = Σ_i α_{t,i} h_i
    return (alpha[..., None, :] @ hs)[..., 0, :]


@array_function
def additive_attention_weights(s_prev: Array, hs: Array, w_a: Array, u_a: Array, v_a: Array, /) -> Array:
    r"""Weights of additive attention: how much each state of the encoder counts for the decoder's next step.

    Its formula, additive-attention, stands at ``additive_attention``.

    Parameters
    ----------
    s_prev
        State of the decoder; shape (..., n).
    hs
        States of the encoder; shape (..., T, m).
    w_a
        Weight of the decoder's state; shape (k, n).
    u_a
        Weight of the encoder's states; shape (k, m).
    v_a
        Weight of the score; shape (k,).

    Returns
    -------
    Array
        Weights in [0, 1], shape (..., T); over the states of the encoder they sum to 1.

    Raises
    ------
    ValueError
        If s_prev is a scalar.
        If hs does not have the shape (..., T, m) with the axes of s_prev in front.
        If w_a does not have one column for each entry of s_prev.
        If u_a does not have a row for each row of w_a and a column for each entry of a state of the encoder.
        If v_a does not have one entry for each row of w_a.

    References
    ----------
    [bahdanau2015]

    Examples
    --------
    >>> additive_attention_weights([1.0], [[2.0], [4.0]], [[5.0]], [[0.0]], [1.0]).tolist()
    [0.5, 0.5]
    """
    name = "additive_attention_weights"
    return _weights(name, *arrays(name, s_prev=s_prev, hs=hs, w_a=w_a, u_a=u_a, v_a=v_a))


# --- An encoder and two decoders


class Encoder:
    r"""An encoder: a GRU that reads the embeddings of its inputs.

    Parameters
    ----------
    embedding
        Embeddings of the V inputs, a row each; shape (V, e).
    gru
        Weights of the GRU, in the order of ``gru_cell``, for inputs of e entries.

    References
    ----------
    [cho2014]

    Examples
    --------
    >>> w, u, b = [[0.0]], [[0.0]], [0.0]
    >>> encoder = Encoder([[1.0], [2.0]], w, u, b, w, u, b, [[10.0]], u, b)
    >>> encoder.forward([0, 1, 1]).round(4).tolist()  # half of the old state, and half of tanh(10) or tanh(20)
    [[0.5], [0.75], [0.875]]
    """

    def __init__(self, embedding: Array, /, *gru: Array) -> None:
        self.embedding = _table("Encoder", embedding)
        self.gru = GRU(*gru)

    @array_function
    def forward(self, x: Array, /) -> Array:
        """States h_1, …, h_T, shape (..., T, n), of inputs 0, …, V - 1 of shape (..., T); the state before them is 0.

        The last one, ``hs[..., -1, :]``, is the context of a decoder without attention.
        """
        xs = _embedded("Encoder", x, self.embedding)
        xp, xs = arrays("Encoder", xs=xs)
        return self.gru.forward(xs, xp.zeros((*xs.shape[:-2], self.gru.u.shape[1]), dtype=xs.dtype, device=device(xs)))


class Decoder:
    r"""A decoder: a GRU that reads the embedding of the output before it and the context, and gives log-probabilities of the next one.

    It is the function that ``teacher_forcing`` and ``greedy_decode`` ask for.

    Parameters
    ----------
    embedding
        Embeddings of the V outputs, a row each; shape (V, e).
    w_out
        Weight from the state to the scores of the outputs; shape (V, n).
    b_out
        Bias of the scores; shape (V,).
    gru
        Weights of the GRU, in the order of ``gru_cell``, for inputs of e entries of the embedding and m of the context, in this order.

    References
    ----------
    [cho2014]

    Examples
    --------
    >>> w, u, b = [[0.0, 0.0]], [[0.0]], [0.0]
    >>> decoder = Decoder([[1.0], [2.0]], [[0.0], [0.0]], [0.0, 0.0], w, u, b, w, u, b, w, u, b)
    >>> s, log_p = decoder([8.0], 1, [3.0])
    >>> s.tolist(), log_p.round(4).tolist()  # half of the state; two equal probabilities
    ([4.0], [-0.6931, -0.6931])
    """

    def __init__(self, embedding: Array, w_out: Array, b_out: Array, /, *gru: Array) -> None:
        self.embedding = _table(type(self).__name__, embedding)
        self.w_out = w_out
        self.b_out = b_out
        self.gru = gru

    @array_function
    def __call__(self, s_prev: Array, y_prev: Array, c: Array, /) -> tuple[Array, Array]:
        """The next state, shape (..., n), and log-probabilities of the next output, shape (..., V), with a context of shape (..., m)."""
        # s_t = f(s_{t−1}, y_{t−1}, c)
        s_t = decoder_step(self._cell, s_prev, y_prev, c)
        xp, s_t, w_out, b_out = arrays(type(self).__name__, s_t=s_t, w_out=self.w_out, b_out=self.b_out)
        # log p(k | c, y_{<t}) = log Softmax(z)_k with scores z = W s_t + b
        return s_t, log_softmax(s_t @ xp.matrix_transpose(w_out) + b_out)

    def _cell(self, s_prev: Array, y_prev: Array, c: Array) -> Array:
        name = type(self).__name__
        xp, c, x = arrays(name, c=c, x=_embedded(name, y_prev, self.embedding))
        return gru_cell(xp.concat([x, c], axis=-1), s_prev, *self.gru)


class AttentionDecoder(Decoder):
    r"""A decoder with additive attention: its context is a new average of the encoder's states at every step.

    What it takes as context is all states of the encoder. ``teacher_forcing`` and ``greedy_decode`` are told its first state,
    ``s_first=hs[..., -1, :]``.

    Parameters
    ----------
    embedding
        Embeddings of the V outputs, a row each; shape (V, e).
    w_out
        Weight from the state to the scores of the outputs; shape (V, n).
    b_out
        Bias of the scores; shape (V,).
    w_a
        Weight of the decoder's state in the attention; shape (k, n).
    u_a
        Weight of the encoder's states in the attention; shape (k, m).
    v_a
        Weight of the score of the attention; shape (k,).
    gru
        Weights of the GRU, in the order of ``gru_cell``, for inputs of e entries of the embedding and m of the context, in this order.

    References
    ----------
    [bahdanau2015]

    Examples
    --------
    >>> w, u, b = [[0.0, 0.0]], [[0.0]], [0.0]
    >>> gates = (w, u, [-9.0], w, u, b, w, u, b)
    >>> decoder = AttentionDecoder([[1.0], [2.0]], [[0.0], [0.0]], [0.0, 0.0], [[1.0]], [[0.0]], [1.0], *gates)
    >>> s, log_p = decoder([8.0], 1, [[3.0], [5.0]])
    >>> s.round(2).tolist(), log_p.round(4).tolist()
    ([8.0], [-0.6931, -0.6931])
    """

    def __init__(
        self, embedding: Array, w_out: Array, b_out: Array, w_a: Array, u_a: Array, v_a: Array, /, *gru: Array
    ) -> None:
        super().__init__(embedding, w_out, b_out, *gru)
        self.w_a = w_a
        self.u_a = u_a
        self.v_a = v_a

    @array_function
    def __call__(self, s_prev: Array, y_prev: Array, hs: Array, /) -> tuple[Array, Array]:
        """The next state, shape (..., n), and log-probabilities of the next output, shape (..., V), with the encoder's states, (..., T, m)."""
        # c_t = Σ_i α_{t,i} h_i takes the place of c
        return super().__call__(s_prev, y_prev, additive_attention(s_prev, hs, self.w_a, self.u_a, self.v_a))


# --- What they share


def _weights(name: str, xp: Any, s_prev: Array, hs: Array, w_a: Array, u_a: Array, v_a: Array) -> Array:
    """Weights of additive attention, of arguments that belong together."""
    if s_prev.ndim == 0:
        raise ValueError(f"{name}: s_prev must have a last axis, one entry a unit, got a scalar")
    if hs.ndim < 2 or hs.shape[:-2] != s_prev.shape[:-1]:
        expected = ", ".join(map(str, (*s_prev.shape[:-1], "T", "m")))
        raise ValueError(f"{name}: hs must have shape ({expected}) beside s_prev, got {tuple(hs.shape)}")
    if w_a.ndim != 2 or w_a.shape[1] != s_prev.shape[-1]:
        raise ValueError(f"{name}: w_a must have shape (k, {s_prev.shape[-1]}) beside s_prev, got {tuple(w_a.shape)}")
    shaped(name, (w_a.shape[0], hs.shape[-1]), u_a=u_a)
    shaped(name, (w_a.shape[0],), v_a=v_a)
    # e_{t,i} = v_a^⊤ tanh(W_a s_{t−1} + U_a h_i)
    scores = tanh((s_prev @ xp.matrix_transpose(w_a))[..., None, :] + hs @ xp.matrix_transpose(u_a)) @ v_a
    # α_{t,i} = exp(e_{t,i}) / Σ_j exp(e_{t,j})
    return softmax(scores)


def _told(name: str, y: Array, s: Array, beside: Array) -> Array:
    """Outputs that a decoder is told, as indices, if they belong to the state and are more than a beginning."""
    if s.ndim == 0:
        raise ValueError(f"{name}: c must have a last axis, one entry a unit, got a scalar")
    y = indices(name, MANY, y=y, c=beside)
    if y.ndim == 0 or y.shape[:-1] != s.shape[:-1]:
        expected = ", ".join(map(str, (*s.shape[:-1], "L")))
        raise ValueError(f"{name}: y must have shape ({expected}), the axes of the state in front, got {tuple(y.shape)}")
    if y.shape[-1] < 2:
        raise ValueError(f"{name}: y must hold its beginning and one output or more, got shape {tuple(y.shape)}")
    return y


def _stepped(name: str, f: Step, s: Array, y: Array, c: Array) -> Array:
    """The next state, if f is a function and keeps its shape."""
    functions(name, f=f)
    _, s_next, s = arrays(name, f=f(s, y, c), s=s)
    if s_next.shape != s.shape:
        raise ValueError(f"{name}: f must keep the shape {tuple(s.shape)} of the state, got {tuple(s_next.shape)}")
    return s_next


def _beginning(name: str, c: Array, s_first: Array | None) -> tuple[Any, Array, Array]:
    """The namespace, the context and the first state, which is the context unless another one is given."""
    if s_first is None:
        xp, c = arrays(name, c=c)
        s = c
    else:
        xp, c, s = arrays(name, c=c, s_first=s_first)
    if c.ndim == 0:
        raise ValueError(f"{name}: c must have a last axis, one entry a unit, got a scalar")
    return xp, c, s


def _decoded(name: str, decoder: Decoding, s: Array, y: Array, c: Array) -> tuple[Array, Array]:
    """The next state and log-probabilities, if the decoder is a function, gives both, and keeps the state's shape."""
    functions(name, decoder=decoder)
    found = decoder(s, y, c)
    if not isinstance(found, tuple) or len(found) != 2:
        raise TypeError(f"{name}: decoder must give a state and log-probabilities, got {type(found).__name__}")
    _, s_next, log_p = arrays(name, s=found[0], log_p=found[1])
    if s_next.shape != s.shape:
        raise ValueError(f"{name}: decoder must keep the shape {tuple(s.shape)} of the state, got {tuple(s_next.shape)}")
    return s_next, log_p


def _table(name: str, embedding: Array) -> Array:
    _, embedding = arrays(name, embedding=embedding)
    if embedding.ndim != 2:
        raise ValueError(f"{name}: embedding must have shape (V, e), a row each, got {tuple(embedding.shape)}")
    return embedding


def _embedded(name: str, x: Array, table: Array) -> Array:
    """Rows of the table, one for each index."""
    _, table = arrays(name, table=table)
    return take_rows(table, indices(name, table.shape[0], x=x, table=table))
