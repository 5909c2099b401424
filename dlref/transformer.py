"""The Transformer (sections 7.1 and 7.3): encoder and decoder, layers of attention and of a network that works on each position.

Positions are rows: tokens with d_model features have the shape (..., n, d_model), with the axes of a batch in front. Weights stand to the
right of the rows, of shape (in, out). Attention has no biases, as in the paper.

As in the paper, a layer adds what its sublayer gives to its input and then normalizes (post-norm). Today most models normalize what goes
into the sublayer (pre-norm), and once more at the end of the stack: ``PreNormEncoder`` and ``PreNormDecoder``. Dropout is left out.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, as far as the sublayers are. Models hold NumPy arrays in the beginning;
``model.map(function)`` gives one with a function of each, such as ``torch.asarray``, and ``model.arrays()`` all by their names.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers, truth values
where numbers are meant: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, device, functions, indices, natural, positive, take_rows
from dlref._parameters import Parameters
from dlref.activations import log_softmax, relu
from dlref.attention import MultiHeadAttention, causal_mask, positional_encoding
from dlref.init import he_uniform, xavier_uniform
from dlref.norm import layer_norm

__all__ = [
    "Decoder",
    "DecoderLayer",
    "Encoder",
    "EncoderLayer",
    "FeedForward",
    "LayerNorm",
    "PreNormDecoder",
    "PreNormDecoderLayer",
    "PreNormEncoder",
    "PreNormEncoderLayer",
    "Transformer",
    "embed",
    "ffn",
    "pre_norm_sublayer",
    "seq2seq_log_likelihood",
    "sublayer",
]

Sublayer = Callable[[Array], Array]


# --- The pieces of a layer


@array_function
def embed(tokens: Array, embedding: Array, /) -> Array:
    r"""Input of a Transformer: the scaled embedding of each token, plus the encoding of its position.

    Formula
    -------
    transformer-input
        x_{pos} = \sqrt{d_{\text{model}}}\; e_{pos} + \mathrm{PE}_{pos}
    where
        w_{pos} \in \{0, \dots, V - 1\}, \ pos = 0, \dots, n - 1
        E_k \in \mathbb{R}^{d_{\text{model}}}, \ k = 0, \dots, V - 1
    gives
        x_{pos} \in \mathbb{R}^{d_{\text{model}}}, \ pos = 0, \dots, n - 1
    with
        e_{pos} = E_{w_{pos}}
        \mathrm{PE}_{pos} = positional-encoding(n, d_{\text{model}})_{pos}
        d_{\text{model}} \in 2\mathbb{N}

    Parameters
    ----------
    tokens
        Numbers 0, …, V-1 of the tokens, integers or whole numbers in the dtype of the embedding; shape (..., n).
    embedding
        Embeddings of the V tokens of the vocabulary, one a row; shape (V, d_model).

    Returns
    -------
    Array
        Tokens with their positions; shape (..., n, d_model).

    Raises
    ------
    ValueError
        If embedding is not a matrix.
        If the width of embedding is odd.
        If tokens is a scalar.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> embed([1, 1], [[0.0, 0.0], [1.0, 2.0]]).round(4).tolist()  # √2 (1, 2) + (0, 1), and √2 (1, 2) + (sin 1, cos 1)
    [[1.4142, 3.8284], [2.2557, 3.3687]]
    """
    _, embedding = arrays("embed", embedding=embedding)
    if embedding.ndim != 2 or embedding.shape[1] % 2:
        raise ValueError(f"embed: embedding must have shape (V, d_model) with d_model even, got {tuple(embedding.shape)}")
    vocabulary, d_model = embedding.shape
    tokens = indices("embed", vocabulary, tokens=tokens, embedding=embedding)
    if tokens.ndim == 0:
        raise ValueError("embed: tokens must have a last axis of positions, got a scalar")
    # e_pos = E_(w_pos)
    e = take_rows(embedding, tokens)
    # √d_model e_pos + PE_pos
    return math.sqrt(d_model) * e + positional_encoding(tokens.shape[-1], d_model, like=embedding)


@array_function
def ffn(x: Array, w1: Array, b1: Array, w2: Array, b2: Array, /) -> Array:
    r"""Position-wise feed-forward network: the same two layers at each position, which is a row.

    Formula
    -------
    position-wise-ffn
        \operatorname{FFN}(x) = \max(0, x W_1 + b_1) W_2 + b_2
    where
        x \in \mathbb{R}^{1 \times d_{\text{model}}}
        W_1 \in \mathbb{R}^{d_{\text{model}} \times d_{\text{ff}}}
        b_1 \in \mathbb{R}^{1 \times d_{\text{ff}}}
        W_2 \in \mathbb{R}^{d_{\text{ff}} \times d_{\text{model}}}
        b_2 \in \mathbb{R}^{1 \times d_{\text{model}}}
    gives
        \operatorname{FFN}(x) \in \mathbb{R}^{1 \times d_{\text{model}}}
    call
        ffn(x, w1, b1[0], w2, b2[0])

    Parameters
    ----------
    x
        Tokens; shape (..., d_model).
    w1
        Weight of the first layer; shape (d_model, d_ff).
    b1
        Bias of the first layer; shape (d_ff,).
    w2
        Weight of the second layer; shape (d_ff, d_model).
    b2
        Bias of the second layer; shape (d_model,).

    Returns
    -------
    Array
        What the two layers make of each token; shape (..., d_model).

    Raises
    ------
    ValueError
        If x is a scalar.
        If w1 is not a matrix with one row for each feature of x.
        If b1 does not have one entry for each column of w1.
        If w2 does not have the shape (d_ff, d_model).
        If b2 does not have one entry for each feature of x.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> ffn([1.0, -2.0], [[1.0, 0.0], [0.0, 1.0]], [0.5, 1.0], [[2.0, 4.0], [1.0, 1.0]], [0.0, 0.25]).tolist()  # 1.5 and 0 inside
    [3.0, 6.25]
    """
    name = "ffn"
    xp, x, w1, b1, w2, b2 = arrays(name, x=x, w1=w1, b1=b1, w2=w2, b2=b2)
    if x.ndim == 0:
        raise ValueError(f"{name}: x must have a last axis of features, got a scalar")
    d = x.shape[-1]
    if w1.ndim != 2 or w1.shape[0] != d:
        raise ValueError(f"{name}: w1 must have shape ({d}, d_ff), one row a feature, got {tuple(w1.shape)}")
    d_ff = w1.shape[1]
    for key, value, expected in (("b1", b1, (d_ff,)), ("w2", w2, (d_ff, d)), ("b2", b2, (d,))):
        if tuple(value.shape) != expected:
            raise ValueError(f"{name}: {key} must have shape {expected}, got {tuple(value.shape)}")
    # max(0, x W_1 + b_1) W_2 + b_2, for all rows x at once
    rows = xp.reshape(x, (-1, d))
    return xp.reshape(relu(rows @ w1 + b1) @ w2 + b2, tuple(x.shape))


@array_function
def sublayer(f: Sublayer, x: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5) -> Array:
    r"""A sublayer of the Transformer: its output is added to its input, and the sum is normalized.

    Formula
    -------
    transformer-sublayer
        y = \operatorname{LayerNorm}(x + \operatorname{Sublayer}(x))
    where
        \operatorname{Sublayer} : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
        \gamma \in \mathbb{R}^d
        \beta \in \mathbb{R}^d
        \epsilon \in \mathbb{R}_{>0}
    gives
        y \in \mathbb{R}^d
    with
        \operatorname{LayerNorm}(v) = layer-normalization(v, \gamma, \beta, eps=\epsilon)
    call
        sublayer(f, x, gamma, beta, eps=eps)

    Parameters
    ----------
    f
        The sublayer, whose output has the shape of its input: attention, or the network of each position.
    x
        Tokens; shape (..., d).
    gamma
        Scale of the normalization; shape (d,), or a scalar.
    beta
        Shift of the normalization; shape (d,), or a scalar.
    eps
        Constant of the normalization.

    Returns
    -------
    Array
        Normalized sums; shape (..., d).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If x is a scalar.
        If f changes the shape.
        If gamma is neither a scalar nor one value a feature.
        If beta is neither a scalar nor one value a feature.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> sublayer(lambda x: 2 * x, [0.0, 2.0], 1.0, 0.0, eps=7.0).tolist()  # 0 and 6 have the mean 3 and the variance 9: ∓3 / 4
    [-0.75, 0.75]
    """
    name = "sublayer"
    x, gamma, beta, eps = _normalization(name, f, x, gamma, beta, eps)
    # LayerNorm(x + Sublayer(x))
    return layer_norm(x + _same_shape(name, f, x), gamma, beta, eps=eps)


@array_function
def pre_norm_sublayer(f: Sublayer, x: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5) -> Array:
    r"""A sublayer in the order of today: its input is normalized, its output added to the input as it was.

    So the tokens pass all layers by additions alone, and so do their gradients.

    Formula
    -------
    pre-norm-sublayer
        y = x + \operatorname{Sublayer}(\operatorname{LayerNorm}(x))
    where
        \operatorname{Sublayer} : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
        \gamma \in \mathbb{R}^d
        \beta \in \mathbb{R}^d
        \epsilon \in \mathbb{R}_{>0}
    gives
        y \in \mathbb{R}^d
    with
        \operatorname{LayerNorm}(v) = layer-normalization(v, \gamma, \beta, eps=\epsilon)
    call
        pre_norm_sublayer(f, x, gamma, beta, eps=eps)

    Parameters
    ----------
    f
        The sublayer, whose output has the shape of its input: attention, or the network of each position.
    x
        Tokens; shape (..., d).
    gamma
        Scale of the normalization; shape (d,), or a scalar.
    beta
        Shift of the normalization; shape (d,), or a scalar.
    eps
        Constant of the normalization.

    Returns
    -------
    Array
        Sums; shape (..., d).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If x is a scalar.
        If f changes the shape.
        If gamma is neither a scalar nor one value a feature.
        If beta is neither a scalar nor one value a feature.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [xiong2020]

    Examples
    --------
    >>> pre_norm_sublayer(lambda x: 2 * x, [0.0, 6.0], 1.0, 0.0, eps=7.0).tolist()  # normalized -0.75 and 0.75
    [-1.5, 7.5]
    """
    name = "pre_norm_sublayer"
    x, gamma, beta, eps = _normalization(name, f, x, gamma, beta, eps)
    # x + Sublayer(LayerNorm(x))
    return x + _same_shape(name, f, layer_norm(x, gamma, beta, eps=eps))


# --- Likelihood of output sequences


@array_function
def seq2seq_log_likelihood(y: Array, log_probs: Array, /) -> Array:
    r"""Log-likelihood of output sequences, each token given the true tokens before it and the input.

    Training maximizes it. All positions are computed at once, since the true tokens before each are known (teacher forcing).

    Formula
    -------
    seq2seq-likelihood
        \mathcal{J}(\theta) = \sum_{(x, y)} \sum_{t=1}^{T'} \log p_{\theta}(y_t \mid y_{<t}, x)
    where
        y_t^{(s)} \in \{0, \dots, V - 1\}, \ s = 1, \dots, N, \ t = 1, \dots, T'
        \log p_{\theta}(k \mid y_{<t}, x) \in \log \Delta, \ x = 1, \dots, N, \ t = 1, \dots, T', \ k = 0, \dots, V - 1
    gives
        \mathcal{J}(\theta) \in \mathbb{R}_{\le 0}
    with
        (x, y) = (s, y^{(s)}), \ s = 1, \dots, N

    Parameters
    ----------
    y
        True tokens 0, …, V-1 of N sequences, integers or whole numbers in the dtype of the probabilities; shape (N, T').
    log_probs
        Logarithms of the probabilities of all tokens at each position; shape (N, T', V).

    Returns
    -------
    Array
        The sum over all positions of all sequences, a scalar.

    Raises
    ------
    ValueError
        If log_probs does not have three axes.
        If the shape of y is not that of log_probs without its last axis.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.
        If the logarithm of a probability is positive.

    References
    ----------
    [sutskever2014]
    [vaswani2017]

    Examples
    --------
    >>> log = [[math.log(p) for p in row] for row in ([0.5, 0.5], [0.25, 0.75])]
    >>> round(seq2seq_log_likelihood([[0, 0]], [log]), 4)  # log 1/2 + log 1/4
    -2.0794
    """
    name = "seq2seq_log_likelihood"
    xp, log_probs = arrays(name, log_probs=log_probs)
    if log_probs.ndim != 3:
        raise ValueError(f"{name}: log_probs must have shape (N, T', V), got {tuple(log_probs.shape)}")
    y = indices(name, log_probs.shape[-1], y=y, log_probs=log_probs)
    if tuple(y.shape) != tuple(log_probs.shape[:-1]):
        raise ValueError(f"{name}: y must have shape {tuple(log_probs.shape[:-1])} beside log_probs, got {tuple(y.shape)}")
    check(name, xp.logical_not(log_probs > 0), "be <= 0", log_probs=log_probs)
    # Σ_(x, y) Σ_t log p(y_t | y_<t, x)
    return xp.sum(xp.take_along_axis(log_probs, y[..., None], axis=-1))


# --- Layers


class LayerNorm(Parameters):
    r"""Layer normalization as an object, which holds scale and shift; they begin with 1 and 0.

    Parameters
    ----------
    d_model
        Width of the tokens.
    eps
        Constant of the normalization.

    References
    ----------
    [ba2016]

    Examples
    --------
    >>> LayerNorm(d_model=2, eps=7.0).forward(np.array([0.0, 6.0])).tolist()
    [-0.75, 0.75]
    """

    def __init__(self, *, d_model: int, eps: float = 1e-5) -> None:
        self.gamma, self.beta = np.ones(d_model), np.zeros(d_model)
        self.eps = eps

    def forward(self, x: Array, /) -> Array:
        """Normalized tokens; shape (..., n, d_model)."""
        return layer_norm(x, self.gamma, self.beta, eps=self.eps)

    def after(self, f: Sublayer, x: Array, /) -> Array:
        """A sublayer with this normalization behind it."""
        return sublayer(f, x, self.gamma, self.beta, eps=self.eps)

    def before(self, f: Sublayer, x: Array, /) -> Array:
        """A sublayer with this normalization before it."""
        return pre_norm_sublayer(f, x, self.gamma, self.beta, eps=self.eps)


class FeedForward(Parameters):
    r"""The network of each position as an object, which holds weights and biases.

    The first weight is drawn by He's initialization, for ReLU follows, the second one by Xavier's; biases begin with 0.

    Parameters
    ----------
    d_model
        Width of the tokens.
    d_ff
        Width inside.
    rng
        Source of randomness, a NumPy Generator.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> FeedForward(d_model=4, d_ff=8, rng=np.random.default_rng(0)).forward(np.ones((5, 3, 4))).shape
    (5, 3, 4)
    """

    def __init__(self, *, d_model: int, d_ff: int, rng: np.random.Generator) -> None:
        self.w1, self.b1 = he_uniform(n_in=d_model, n_out=d_ff, rng=rng).T, np.zeros(d_ff)
        self.w2, self.b2 = xavier_uniform(n_in=d_ff, n_out=d_model, rng=rng).T, np.zeros(d_model)

    def forward(self, x: Array, /) -> Array:
        """What the network makes of each token; shape (..., n, d_model)."""
        return ffn(x, self.w1, self.b1, self.w2, self.b2)


class EncoderLayer(Parameters):
    r"""A layer of the encoder: self-attention, then the network of each position, each with an addition and a normalization behind it.

    Parameters
    ----------
    d_model
        Width of the tokens.
    n_heads
        Number of heads, which divides the width.
    d_ff
        Width inside the network of each position.
    rng
        Source of randomness, a NumPy Generator.
    eps
        Constant of the normalizations.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> layer = EncoderLayer(d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 3, 4))).shape
    (5, 3, 4)
    """

    around = staticmethod(LayerNorm.after)  # where the normalization of a sublayer stands

    def __init__(self, *, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        self.attention = MultiHeadAttention(d_model=d_model, n_heads=n_heads, rng=rng)
        self.feed_forward = FeedForward(d_model=d_model, d_ff=d_ff, rng=rng)
        self.norm1, self.norm2 = LayerNorm(d_model=d_model, eps=eps), LayerNorm(d_model=d_model, eps=eps)

    def forward(self, x: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the layer; with a mask of shape (n, n) or (..., n, n), 0 where a token may look and -inf where not."""
        x = self.around(self.norm1, lambda x: self.attention.forward(x, x, x, mask), x)
        return self.around(self.norm2, self.feed_forward.forward, x)


class PreNormEncoderLayer(EncoderLayer):
    r"""A layer of the encoder with the normalizations before attention and network.

    It holds the same arrays as ``EncoderLayer``.

    References
    ----------
    [xiong2020]

    Examples
    --------
    >>> layer = PreNormEncoderLayer(d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 3, 4))).shape
    (5, 3, 4)
    """

    around = staticmethod(LayerNorm.before)


class DecoderLayer(Parameters):
    r"""A layer of the decoder: self-attention to no later position, attention to the encoder's tokens, then the network of each position.

    Parameters
    ----------
    d_model
        Width of the tokens.
    n_heads
        Number of heads, which divides the width.
    d_ff
        Width inside the network of each position.
    rng
        Source of randomness, a NumPy Generator.
    eps
        Constant of the normalizations.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> layer = DecoderLayer(d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 3, 4)), np.ones((5, 6, 4))).shape
    (5, 3, 4)
    """

    around = staticmethod(LayerNorm.after)  # where the normalization of a sublayer stands

    def __init__(self, *, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        self.attention = MultiHeadAttention(d_model=d_model, n_heads=n_heads, rng=rng)
        self.cross_attention = MultiHeadAttention(d_model=d_model, n_heads=n_heads, rng=rng)
        self.feed_forward = FeedForward(d_model=d_model, d_ff=d_ff, rng=rng)
        self.norm1, self.norm2, self.norm3 = (LayerNorm(d_model=d_model, eps=eps) for _ in range(3))

    def forward(self, x: Array, h: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the layer, from those before it and those of the encoder; the mask, of shape (n, m) or (..., n, m), is for these."""
        causal = causal_mask(x.shape[-2], like=x)
        x = self.around(self.norm1, lambda x: self.attention.forward(x, x, x, causal), x)
        x = self.around(self.norm2, lambda x: self.cross_attention.forward(x, h, h, mask), x)
        return self.around(self.norm3, self.feed_forward.forward, x)


class PreNormDecoderLayer(DecoderLayer):
    r"""A layer of the decoder with the normalizations before both attentions and the network.

    It holds the same arrays as ``DecoderLayer``.

    References
    ----------
    [xiong2020]

    Examples
    --------
    >>> layer = PreNormDecoderLayer(d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 3, 4)), np.ones((5, 6, 4))).shape
    (5, 3, 4)
    """

    around = staticmethod(LayerNorm.before)


# --- Stacks of layers


class Encoder(Parameters):
    r"""A stack of encoder layers, each of which works on what the one before gives.

    Parameters
    ----------
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
    eps
        Constant of the normalizations.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> encoder = Encoder(n_layers=2, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> encoder.forward(np.ones((5, 3, 4))).shape
    (5, 3, 4)
    """

    layer: type[EncoderLayer] = EncoderLayer

    def __init__(self, *, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        self.layers = [
            self.layer(d_model=d_model, n_heads=n_heads, d_ff=d_ff, rng=rng, eps=eps) for _ in range(natural("Encoder", n_layers=n_layers))
        ]

    def forward(self, x: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the stack; with a mask of shape (n, n) or (..., n, n), the same in all layers."""
        for layer in self.layers:
            x = layer.forward(x, mask)
        return x


class PreNormEncoder(Encoder):
    r"""A stack of encoder layers that normalize first, with one more normalization at its end.

    References
    ----------
    [xiong2020]

    Examples
    --------
    >>> encoder = PreNormEncoder(n_layers=2, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> encoder.forward(np.ones((5, 3, 4))).shape
    (5, 3, 4)
    """

    layer = PreNormEncoderLayer

    def __init__(self, *, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        super().__init__(n_layers=n_layers, d_model=d_model, n_heads=n_heads, d_ff=d_ff, rng=rng, eps=eps)
        self.norm = LayerNorm(d_model=d_model, eps=eps)

    def forward(self, x: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the stack, normalized; with a mask of shape (n, n) or (..., n, n), the same in all layers."""
        return self.norm.forward(super().forward(x, mask))


class Decoder(Parameters):
    r"""A stack of decoder layers, all of which look at the tokens that the encoder gives at its end.

    Parameters
    ----------
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
    eps
        Constant of the normalizations.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> decoder = Decoder(n_layers=2, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> decoder.forward(np.ones((5, 3, 4)), np.ones((5, 6, 4))).shape
    (5, 3, 4)
    """

    layer: type[DecoderLayer] = DecoderLayer

    def __init__(self, *, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        self.layers = [
            self.layer(d_model=d_model, n_heads=n_heads, d_ff=d_ff, rng=rng, eps=eps) for _ in range(natural("Decoder", n_layers=n_layers))
        ]

    def forward(self, x: Array, h: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the stack; the mask, of shape (n, m) or (..., n, m), hides tokens h of the encoder in all layers."""
        for layer in self.layers:
            x = layer.forward(x, h, mask)
        return x


class PreNormDecoder(Decoder):
    r"""A stack of decoder layers that normalize first, with one more normalization at its end.

    References
    ----------
    [xiong2020]

    Examples
    --------
    >>> decoder = PreNormDecoder(n_layers=2, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> decoder.forward(np.ones((5, 3, 4)), np.ones((5, 6, 4))).shape
    (5, 3, 4)
    """

    layer = PreNormDecoderLayer

    def __init__(self, *, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator, eps: float = 1e-5) -> None:
        super().__init__(n_layers=n_layers, d_model=d_model, n_heads=n_heads, d_ff=d_ff, rng=rng, eps=eps)
        self.norm = LayerNorm(d_model=d_model, eps=eps)

    def forward(self, x: Array, h: Array, /, mask: Array | None = None) -> Array:
        """Tokens behind the stack, normalized; the mask, of shape (n, m) or (..., n, m), hides tokens h of the encoder in all layers."""
        return self.norm.forward(super().forward(x, h, mask))


class Transformer(Parameters):
    r"""The Transformer: an encoder reads the input, a decoder gives the probabilities of each output token.

    As in the paper, the scores of the output tokens are products with their embeddings (weights are shared).

    Parameters
    ----------
    n_source
        Number of tokens in the vocabulary of the input.
    n_target
        Number of tokens in the vocabulary of the output.
    n_layers
        Number of layers of the encoder, and of the decoder.
    d_model
        Width of the tokens, an even number.
    n_heads
        Number of heads, which divides the width.
    d_ff
        Width inside the network of each position.
    rng
        Source of randomness, a NumPy Generator.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> model = Transformer(n_source=5, n_target=7, n_layers=1, d_model=4, n_heads=2, d_ff=8, rng=np.random.default_rng(0))
    >>> model.log_probs(np.array([[0, 4, 2]]), np.array([[6, 1]])).shape
    (1, 2, 7)
    >>> model.generate(np.array([[0, 4, 2]]), start=6, length=3).shape
    (1, 3)
    """

    def __init__(
        self, *, n_source: int, n_target: int, n_layers: int, d_model: int, n_heads: int, d_ff: int, rng: np.random.Generator
    ) -> None:
        sizes: dict[str, Any] = {"n_layers": n_layers, "d_model": d_model, "n_heads": n_heads, "d_ff": d_ff, "rng": rng}
        self.source = rng.standard_normal((n_source, d_model)) / math.sqrt(d_model)
        self.target = rng.standard_normal((n_target, d_model)) / math.sqrt(d_model)
        self.encoder, self.decoder = Encoder(**sizes), Decoder(**sizes)

    def log_probs(self, source: Array, previous: Array, /) -> Array:
        """Logarithms of the probabilities of the token behind each of the previous ones; shapes (..., m), (..., n) → (..., n, V)."""
        h = self.encoder.forward(embed(source, self.source))
        y = self.decoder.forward(embed(previous, self.target), h)
        return log_softmax(y @ self.target.T)

    def generate(self, source: Array, /, *, start: int, length: int) -> Array:
        """The most probable token after those before it, from the start token on (greedy decoding); shape (..., length)."""
        xp, source = arrays("Transformer", source=source)
        tokens = xp.full((*source.shape[:-1], 1), start, dtype=source.dtype, device=device(source))
        for _ in range(length):
            last = xp.argmax(self.log_probs(source, tokens)[..., -1, :], axis=-1)
            tokens = xp.concat([tokens, xp.astype(last, source.dtype)[..., None]], axis=-1)
        return xp.astype(tokens[..., 1:], xp.__array_namespace_info__().default_dtypes()["integral"])


# --- What they share


def _normalization(name: str, f: Sublayer, x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array, float]:
    """The arguments of a sublayer, checked in its name."""
    functions(name, f=f)
    _, x, gamma, beta = arrays(name, x=x, gamma=gamma, beta=beta)
    if x.ndim == 0:
        raise ValueError(f"{name}: x must have a last axis of features, got a scalar")
    for key, value in {"gamma": gamma, "beta": beta}.items():
        if tuple(value.shape) not in ((), (x.shape[-1],)):
            raise ValueError(f"{name}: {key} must be a scalar or have shape ({x.shape[-1]},), one value a feature, got {tuple(value.shape)}")
    return x, gamma, beta, positive(name, eps=eps)


def _same_shape(name: str, f: Sublayer, x: Array) -> Array:
    """f(x), which must have the shape of x."""
    _, _, fx = arrays(name, x=x, f=f(x))
    if tuple(fx.shape) != tuple(x.shape):
        raise ValueError(f"{name}: f must keep the shape {tuple(x.shape)} of x, got {tuple(fx.shape)}")
    return fx
