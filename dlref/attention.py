"""Attention (section 7.1): every position asks every other one, and takes an average of what they hold, weighted by how well they answer.

Positions are rows: queries, keys and values have the shapes (..., n, d_k), (..., m, d_k) and (..., m, d_v), with the axes of a batch
in front, which are equal among them. Weights stand to the right of the rows, of shape (in, out); those of a head come first, of shape
(h, in, out). There are no biases, as in the paper.

A mask is added to the scores: 0 where a query may look, -inf where it may not. Truth values are refused, since libraries disagree on
what they mean; ``additive_mask`` makes a mask of them.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX. Those that take numbers alone make an array of NumPy, or one like another.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers, truth values
where numbers are meant: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import is_numpy_array

from dlref._backend import Array, array_function, arrays, check, device, natural, number, truths, whole
from dlref._parameters import Parameters
from dlref.activations import softmax
from dlref.init import xavier_uniform

__all__ = [
    "MultiHeadAttention",
    "additive_mask",
    "attention_weights",
    "causal_mask",
    "cross_attention",
    "masked_attention",
    "masked_attention_weights",
    "masked_multi_head_attention",
    "multi_head_attention",
    "multi_head_weights",
    "positional_encoding",
    "project",
    "scaled_dot_product_attention",
    "self_attention",
    "shift_encoding",
]

# How many scores are worked on at a time: they should stay in a processor's cache from the product to the average.
BLOCK = 2**17


# --- Attention


@array_function
def attention_weights(q: Array, k: Array, /) -> Array:
    r"""Weights of scaled dot-product attention: one row a query, positive, with sum one.

    The output of a query is the average of the values with these weights, as ``scaled_dot_product_attention`` gives it.

    Formula
    -------
    attention-weights
        A = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} \right), \qquad o_i = \sum_{j} A_{ij} v_j
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        v_j \in \mathbb{R}^{d_v}, \ j = 1, \dots, m
    gives
        A \in \mathbb{R}_{>0}^{n \times m}
        o_i \in \mathbb{R}^{d_v}, \ i = 1, \dots, n
    with
        \operatorname{Softmax} = softmax
    call
        attention_weights(q, k), scaled_dot_product_attention(q, k, v)

    Parameters
    ----------
    q
        Queries; shape (..., n, d_k).
    k
        Keys; shape (..., m, d_k).

    Returns
    -------
    Array
        Weights; shape (..., n, m). They are positive while scores differ by less than 745, and sum to 1 over the keys.

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> attention_weights([[2.0, 0.0, 0.0, 0.0]], [[0.0, 1.0, 0.0, 0.0], [1.0, 5.0, 0.0, 0.0]]).round(4).tolist()  # scores 0 and 1
    [[0.2689, 0.7311]]
    """
    name = "attention_weights"
    xp, q, k = arrays(name, q=q, k=k)
    _keys(name, q=q, k=k)
    # Softmax(Q K^⊤ / √d_k)
    return softmax(_scores(xp, q, k))


@array_function
def scaled_dot_product_attention(q: Array, k: Array, v: Array, /) -> Array:
    r"""Scaled dot-product attention: for each query an average of the values, weighted by how well their keys match it.

    Formula
    -------
    scaled-dot-product-attention
        \operatorname{Attention}(Q, K, V) = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} \right) V
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        V \in \mathbb{R}^{m \times d_v}
    gives
        \operatorname{Attention}(Q, K, V) \in \mathbb{R}^{n \times d_v}
    with
        \operatorname{Softmax} = softmax

    Parameters
    ----------
    q
        Queries; shape (..., n, d_k).
    k
        Keys; shape (..., m, d_k).
    v
        Values, one a key; shape (..., m, d_v).

    Returns
    -------
    Array
        Averages of the values, one a query; shape (..., n, d_v).

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If v does not have the batch axes and the length of k.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> q, k, v = [[0.0, 0.0], [800.0, 0.0]], [[1.0, 1.0], [-1.0, 1.0]], [[2.0], [6.0]]
    >>> scaled_dot_product_attention(q, k, v).tolist()  # the first query weighs all keys alike, the second sees but one
    [[4.0], [2.0]]
    """
    name = "scaled_dot_product_attention"
    xp, q, k, v = arrays(name, q=q, k=k, v=v)
    _keys(name, q=q, k=k)
    _values(name, k, v)
    return _attend(xp, q, k, v)


@array_function
def project(x: Array, w: Array, /) -> Array:
    r"""Tokens, one a row, projected by a matrix: queries, keys and values have one of their own.

    Formula
    -------
    qkv-projection
        Q = X W^Q, \qquad K = X W^K, \qquad V = X W^V
    where
        X \in \mathbb{R}^{n \times d_{\text{model}}}
        W^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^K \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^V \in \mathbb{R}^{d_{\text{model}} \times d_v}
    gives
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{n \times d_k}
        V \in \mathbb{R}^{n \times d_v}
    call
        project(x, w_q), project(x, w_k), project(x, w_v)

    Parameters
    ----------
    x
        Tokens; shape (..., n, d_model).
    w
        Weight; shape (d_model, d).

    Returns
    -------
    Array
        What the weight makes of each token; shape (..., n, d).

    Raises
    ------
    ValueError
        If x has fewer than two axes.
        If w is not a matrix with one row for each feature of x.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> project([[1.0, 2.0], [0.0, 1.0]], [[1.0, 0.0, 1.0], [0.0, 10.0, -1.0]]).tolist()
    [[1.0, 20.0, -1.0], [0.0, 10.0, -1.0]]
    """
    xp, x, w = arrays("project", x=x, w=w)
    _rows("project", x=x)
    _weight("project", x.shape[-1], w=w)
    # X W
    return _product(xp, x, w)


@array_function
def self_attention(x: Array, w_q: Array, w_k: Array, w_v: Array, /) -> Array:
    r"""Self-attention: queries, keys and values all come from the same tokens, so that each token looks at all of them, itself too.

    It joins the formulas ``qkv-projection`` and ``scaled-dot-product-attention``.

    Parameters
    ----------
    x
        Tokens; shape (..., n, d_model).
    w_q
        Weight of the queries; shape (d_model, d_k).
    w_k
        Weight of the keys; shape (d_model, d_k).
    w_v
        Weight of the values; shape (d_model, d_v).

    Returns
    -------
    Array
        What each token takes from all; shape (..., n, d_v).

    Raises
    ------
    ValueError
        If x has fewer than two axes.
        If w_q is not a matrix with one row for each feature of x.
        If w_k does not have the shape of w_q.
        If w_v is not a matrix with one row for each feature of x.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> x, zero = [[1.0, 5.0], [3.0, 7.0]], [[0.0], [0.0]]
    >>> self_attention(x, zero, zero, [[1.0, 0.0], [0.0, 1.0]]).tolist()  # where all queries are 0, each token gets the mean
    [[2.0, 6.0], [2.0, 6.0]]
    """
    name = "self_attention"
    xp, x, w_q, w_k, w_v = arrays(name, x=x, w_q=w_q, w_k=w_k, w_v=w_v)
    _rows(name, x=x)
    _projections(name, x.shape[-1], w_q, w_k, w_v)
    # Attention(X W^Q, X W^K, X W^V)
    return _attend(xp, _product(xp, x, w_q), _product(xp, x, w_k), _product(xp, x, w_v))


@array_function
def cross_attention(x: Array, h: Array, w_q: Array, w_k: Array, w_v: Array, /) -> Array:
    r"""Cross-attention: the decoder asks with its own tokens, the encoder's tokens answer.

    Formula
    -------
    cross-attention
        \operatorname{CrossAttention}(X, H) = \operatorname{Attention}(X W^Q, H W^K, H W^V)
    where
        X \in \mathbb{R}^{n \times d_{\text{model}}}
        H \in \mathbb{R}^{m \times d_{\text{model}}}
        W^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^K \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^V \in \mathbb{R}^{d_{\text{model}} \times d_v}
    gives
        \operatorname{CrossAttention}(X, H) \in \mathbb{R}^{n \times d_v}
    with
        \operatorname{Attention} = scaled-dot-product-attention

    Parameters
    ----------
    x
        Tokens of the decoder; shape (..., n, d_model).
    h
        Tokens of the encoder, at its end; shape (..., m, d_model).
    w_q
        Weight of the queries; shape (d_model, d_k).
    w_k
        Weight of the keys; shape (d_model, d_k).
    w_v
        Weight of the values; shape (d_model, d_v).

    Returns
    -------
    Array
        What each token of the decoder takes from those of the encoder; shape (..., n, d_v).

    Raises
    ------
    ValueError
        If x has fewer than two axes.
        If h does not have the batch axes and the width of x.
        If w_q is not a matrix with one row for each feature of x.
        If w_k does not have the shape of w_q.
        If w_v is not a matrix with one row for each feature of x.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> x, h = [[1.0]], [[0.0], [800.0]]
    >>> cross_attention(x, h, [[1.0]], [[1.0]], [[0.5]]).tolist()  # scores 0 and 800: all weight on the second, half of it
    [[400.0]]
    """
    name = "cross_attention"
    xp, x, h, w_q, w_k, w_v = arrays(name, x=x, h=h, w_q=w_q, w_k=w_k, w_v=w_v)
    _keys(name, x=x, h=h)
    _projections(name, x.shape[-1], w_q, w_k, w_v)
    # Attention(X W^Q, H W^K, H W^V)
    return _attend(xp, _product(xp, x, w_q), _product(xp, h, w_k), _product(xp, h, w_v))


# --- Masks


@array_function
def causal_mask(n: int, /, *, like: Array | None = None) -> Array:
    r"""Additive mask that hides the future: position i sees the positions up to its own.

    Formula
    -------
    causal-mask
        M_{ij} = \begin{cases} 0 & j \leq i \\ -\infty & j > i \end{cases}
    where
        n \in \mathbb{N}
    gives
        M_{ij} \in \{0, -\infty\}, \ i = 1, \dots, n, \ j = 1, \dots, n

    Parameters
    ----------
    n
        Number of positions.

    Other Parameters
    ----------------
    like
        An array of real numbers whose library, device and floating dtype the mask takes; NumPy's float64 without it.

    Returns
    -------
    Array
        Mask, one row a query; shape (n, n).

    Raises
    ------
    TypeError
        If n is not an integer.
        If like is no array.
    ValueError
        If n is not positive.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> causal_mask(3).tolist()
    [[0.0, -inf, -inf], [0.0, 0.0, -inf], [0.0, 0.0, 0.0]]
    """
    n = natural("causal_mask", n=n)
    i, j = np.arange(n)[:, None], np.arange(n)
    # M_ij = 0 where j ≤ i, −∞ where j > i
    return _as("causal_mask", np.where(j <= i, 0.0, -math.inf), like)


@array_function
def additive_mask(allowed: Array, /, *, like: Array | None = None) -> Array:
    r"""Additive mask of truth values that say where a query may look: 0 there, minus infinity elsewhere.

    In PyTorch, ``scaled_dot_product_attention`` means by True what is said here. ``MultiheadAttention`` and the layers of
    ``torch.nn.Transformer`` mean the opposite, that True is hidden: their masks must be negated first.

    Parameters
    ----------
    allowed
        Truth values; shape (...).

    Other Parameters
    ----------------
    like
        An array of real numbers whose floating dtype the mask takes; the library's default without it.

    Returns
    -------
    Array
        Mask of zeros and minus infinities; shape (...).

    Raises
    ------
    TypeError
        If like is no array of the library of the truth values.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> additive_mask([[True, False], [True, True]]).tolist()
    [[0.0, -inf], [0.0, 0.0]]
    """
    name = "additive_mask"
    xp, allowed = truths(name, allowed=allowed)
    place = device(allowed)
    dtype = xp.empty(0).dtype if like is None else _dtype_of(name, xp, place, like)
    zeros = xp.zeros(tuple(allowed.shape), dtype=dtype, device=place)
    return xp.where(allowed, zeros, zeros - math.inf)


@array_function
def masked_attention_weights(q: Array, k: Array, mask: Array, /) -> Array:
    r"""Weights of attention with an additive mask: 0 where the mask is minus infinity.

    It is the first half of the formula ``masked-attention``, which stands at ``masked_attention``.

    Parameters
    ----------
    q
        Queries; shape (..., n, d_k).
    k
        Keys; shape (..., m, d_k).
    mask
        0 where a query may look at a key, -inf where not; shape (..., n, m), or (n, m) for all of a batch.

    Returns
    -------
    Array
        Weights; shape (..., n, m). They sum to 1 over the keys; where the mask is -inf they are exactly 0.

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If mask has neither the shape (n, m) nor the shape (..., n, m).
        If an entry of mask is neither 0 nor -inf.
        If a row of mask hides all keys.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> masked_attention_weights([[1.0], [1.0]], [[2.0], [2.0]], causal_mask(2)).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    name = "masked_attention_weights"
    xp, q, k, mask = arrays(name, q=q, k=k, mask=mask)
    _keys(name, q=q, k=k)
    _mask(name, xp, q, k, mask)
    # Softmax(Q K^⊤ / √d_k + M)
    return softmax(_scores(xp, q, k) + mask)


@array_function
def masked_attention(q: Array, k: Array, v: Array, mask: Array, /) -> Array:
    r"""Attention with an additive mask: 0 where a query may look, minus infinity where it may not.

    A query that may look nowhere has no average: its row of the mask is refused. Under tracing, where the values of a mask cannot be
    read, its result is NaN.

    Formula
    -------
    masked-attention
        A = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} + M \right), \qquad \operatorname{MaskedAttention}(Q, K, V, M) = A V
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        V \in \mathbb{R}^{m \times d_v}
        M \in \{0, -\infty\}^{n \times m}
    gives
        \operatorname{MaskedAttention}(Q, K, V, M) \in \mathbb{R}^{n \times d_v}
        A \in \mathbb{R}_{\ge 0}^{n \times m}
    with
        \operatorname{Softmax} = softmax
        \min_{i} \max_{j} M_{ij} \geq 0
        i = 1, \dots, n
        j = 1, \dots, m
    call
        masked_attention(q, k, v, mask), masked_attention_weights(q, k, mask)

    Parameters
    ----------
    q
        Queries; shape (..., n, d_k).
    k
        Keys; shape (..., m, d_k).
    v
        Values, one a key; shape (..., m, d_v).
    mask
        0 where a query may look at a key, -inf where not; shape (..., n, m), or (n, m) for all of a batch.

    Returns
    -------
    Array
        Averages of the values that a query may see; shape (..., n, d_v).

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If v does not have the batch axes and the length of k.
        If mask has neither the shape (n, m) nor the shape (..., n, m).
        If an entry of mask is neither 0 nor -inf.
        If a row of mask hides all keys.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> masked_attention([[0.0], [0.0]], [[1.0], [1.0]], [[2.0], [6.0]], causal_mask(2)).tolist()
    [[2.0], [4.0]]
    """
    name = "masked_attention"
    xp, q, k, v, mask = arrays(name, q=q, k=k, v=v, mask=mask)
    _keys(name, q=q, k=k)
    _values(name, k, v)
    _mask(name, xp, q, k, mask)
    return _attend(xp, q, k, v, mask)


# --- Several heads


@array_function
def multi_head_attention(q: Array, k: Array, v: Array, w_q: Array, w_k: Array, w_v: Array, w_o: Array, /) -> Array:
    r"""Multi-head attention: several attentions side by side, each in a projection of its own, joined and mixed.

    Formula
    -------
    multi-head-attention
        \operatorname{MultiHead}(Q, K, V) = \operatorname{Concat}(\operatorname{head}_1, \dots, \operatorname{head}_h) W^O, \qquad
        \operatorname{head}_i = \operatorname{Attention}(Q W_i^Q, K W_i^K, V W_i^V)
    where
        Q \in \mathbb{R}^{n \times d_{\text{model}}}
        K \in \mathbb{R}^{m \times d_{\text{model}}}
        V \in \mathbb{R}^{m \times d_{\text{model}}}
        W_i^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}, \ i = 1, \dots, h
        W_i^K \in \mathbb{R}^{d_{\text{model}} \times d_k}, \ i = 1, \dots, h
        W_i^V \in \mathbb{R}^{d_{\text{model}} \times d_v}, \ i = 1, \dots, h
        W^O \in \mathbb{R}^{h d_v \times d_{\text{model}}}
    gives
        \operatorname{MultiHead}(Q, K, V) \in \mathbb{R}^{n \times d_{\text{model}}}
    with
        \operatorname{Attention} = scaled-dot-product-attention

    Parameters
    ----------
    q
        Tokens that ask; shape (..., n, d_model).
    k
        Tokens that are compared with them; shape (..., m, d_model).
    v
        Tokens that are averaged; shape (..., m, d_model).
    w_q
        Weights of the queries, one matrix a head; shape (h, d_model, d_k).
    w_k
        Weights of the keys; shape (h, d_model, d_k).
    w_v
        Weights of the values; shape (h, d_model, d_v).
    w_o
        Weight that mixes the heads; shape (h d_v, d_model).

    Returns
    -------
    Array
        One row for each token that asks; shape (..., n, d_model).

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If v does not have the shape of k.
        If w_q does not have the shape (h, d_model, d_k).
        If w_k does not have the shape of w_q.
        If w_v does not have the shape (h, d_model, d_v).
        If w_o does not have the shape (h d_v, d_model).

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> x, zero, w_v = [[2.0], [6.0]], [[[0.0]], [[0.0]]], [[[1.0]], [[-1.0]]]
    >>> multi_head_attention(x, x, x, zero, zero, w_v, [[1.0], [0.5]]).tolist()  # heads with the means 4 and -4: 4 - 2
    [[2.0], [2.0]]
    """
    name = "multi_head_attention"
    xp, q, k, v, w_q, w_k, w_v, w_o = arrays(name, q=q, k=k, v=v, w_q=w_q, w_k=w_k, w_v=w_v, w_o=w_o)
    _tokens(name, q, k, v)
    _head_weights(name, q.shape[-1], w_q, w_k, w_v, w_o)
    return _multi_head(xp, q, k, v, w_q, w_k, w_v, w_o)


@array_function
def masked_multi_head_attention(
    q: Array, k: Array, v: Array, w_q: Array, w_k: Array, w_v: Array, w_o: Array, mask: Array, /
) -> Array:
    r"""Multi-head attention with an additive mask, the same in all heads.

    It joins the formulas ``multi-head-attention`` and ``masked-attention``.

    Parameters
    ----------
    q
        Tokens that ask; shape (..., n, d_model).
    k
        Tokens that are compared with them; shape (..., m, d_model).
    v
        Tokens that are averaged; shape (..., m, d_model).
    w_q
        Weights of the queries, one matrix a head; shape (h, d_model, d_k).
    w_k
        Weights of the keys; shape (h, d_model, d_k).
    w_v
        Weights of the values; shape (h, d_model, d_v).
    w_o
        Weight that mixes the heads; shape (h d_v, d_model).
    mask
        0 where a token may look at another, -inf where not; shape (..., n, m), or (n, m) for all of a batch.

    Returns
    -------
    Array
        One row for each token that asks; shape (..., n, d_model).

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If v does not have the shape of k.
        If w_q does not have the shape (h, d_model, d_k).
        If w_k does not have the shape of w_q.
        If w_v does not have the shape (h, d_model, d_v).
        If w_o does not have the shape (h d_v, d_model).
        If mask has neither the shape (n, m) nor the shape (..., n, m).
        If an entry of mask is neither 0 nor -inf.
        If a row of mask hides all keys.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> x, zero, w_v = [[2.0], [6.0]], [[[0.0]], [[0.0]]], [[[1.0]], [[-1.0]]]
    >>> masked_multi_head_attention(x, x, x, zero, zero, w_v, [[1.0], [0.5]], causal_mask(2)).tolist()  # 2 - 1 and 4 - 2
    [[1.0], [2.0]]
    """
    name = "masked_multi_head_attention"
    xp, q, k, v, w_q, w_k, w_v, w_o, mask = arrays(name, q=q, k=k, v=v, w_q=w_q, w_k=w_k, w_v=w_v, w_o=w_o, mask=mask)
    _tokens(name, q, k, v)
    _head_weights(name, q.shape[-1], w_q, w_k, w_v, w_o)
    _mask(name, xp, q, k, mask)
    return _multi_head(xp, q, k, v, w_q, w_k, w_v, w_o, mask)


@array_function
def multi_head_weights(q: Array, k: Array, w_q: Array, w_k: Array, /) -> Array:
    r"""Weights of attention in each head, as one looks at them to see which tokens a head joins.

    Parameters
    ----------
    q
        Tokens that ask; shape (..., n, d_model).
    k
        Tokens that are compared with them; shape (..., m, d_model).
    w_q
        Weights of the queries, one matrix a head; shape (h, d_model, d_k).
    w_k
        Weights of the keys; shape (h, d_model, d_k).

    Returns
    -------
    Array
        Weights; shape (..., h, n, m), which sum to 1 over the last axis.

    Raises
    ------
    ValueError
        If q has fewer than two axes.
        If k does not have the batch axes and the width of q.
        If w_q does not have the shape (h, d_model, d_k).
        If w_k does not have the shape of w_q.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> multi_head_weights([[1.0]], [[0.0], [800.0]], [[[0.0]], [[1.0]]], [[[1.0]], [[1.0]]]).tolist()
    [[[0.5, 0.5]], [[0.0, 1.0]]]
    """
    name = "multi_head_weights"
    xp, q, k, w_q, w_k = arrays(name, q=q, k=k, w_q=w_q, w_k=w_k)
    _keys(name, q=q, k=k)
    _query_weights(name, q.shape[-1], w_q, w_k)
    return softmax(_scores(xp, _heads(xp, q, w_q), _heads(xp, k, w_k)))


class MultiHeadAttention(Parameters):
    r"""Multi-head attention as an object, which holds the weights.

    The heads share the width of the tokens: each has d_model / h. Weights are drawn by Xavier's uniform initialization.

    Parameters
    ----------
    d_model
        Width of the tokens.
    n_heads
        Number h of heads, which divides the width.
    rng
        Source of randomness, a NumPy Generator.

    Attributes
    ----------
    w_q, w_k, w_v
        Weights of the heads; shape (h, d_model, d_model / h).
    w_o
        Weight that mixes the heads; shape (d_model, d_model).

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> attention = MultiHeadAttention(d_model=6, n_heads=2, rng=np.random.default_rng(0))
    >>> x = np.ones((5, 4, 6))
    >>> attention.w_q.shape, attention.forward(x, x, x).shape, attention.weights(x, x).shape
    ((2, 6, 3), (5, 4, 6), (5, 2, 4, 4))
    """

    def __init__(self, *, d_model: int, n_heads: int, rng: np.random.Generator) -> None:
        d_model, h = whole("MultiHeadAttention", d_model=d_model), natural("MultiHeadAttention", n_heads=n_heads)
        check("MultiHeadAttention", d_model > 0 and d_model % h == 0, f"be a multiple of {h}, the number of heads", d_model=d_model)

        def heads() -> Array:
            w = xavier_uniform(n_in=d_model, n_out=d_model, rng=rng)
            return w.reshape(h, d_model // h, d_model).transpose(0, 2, 1)

        self.w_q, self.w_k, self.w_v = heads(), heads(), heads()
        self.w_o = xavier_uniform(n_in=d_model, n_out=d_model, rng=rng).T

    def forward(self, q: Array, k: Array, v: Array, /, mask: Array | None = None) -> Array:
        """What each token of q takes from the tokens of v, by the keys of k; shape (..., n, d_model)."""
        if mask is None:
            return multi_head_attention(q, k, v, self.w_q, self.w_k, self.w_v, self.w_o)
        return masked_multi_head_attention(q, k, v, self.w_q, self.w_k, self.w_v, self.w_o, mask)

    def weights(self, q: Array, k: Array, /) -> Array:
        """Weights of each head, without a mask; shape (..., h, n, m)."""
        return multi_head_weights(q, k, self.w_q, self.w_k)


# --- Positions


@array_function
def positional_encoding(length: int, d_model: int, /, *, like: Array | None = None) -> Array:
    r"""Sinusoidal positional encoding: sines and cosines of the position, of ever longer wavelength.

    The wavelengths run from 2π nearly to 20000π.

    Formula
    -------
    positional-encoding
        \begin{aligned}
        \mathrm{PE}_{(pos,\, 2i)} &= \sin\left( \frac{pos}{10000^{2i / d_{\text{model}}}} \right) \\
        \mathrm{PE}_{(pos,\, 2i+1)} &= \cos\left( \frac{pos}{10000^{2i / d_{\text{model}}}} \right)
        \end{aligned}
    where
        n \in \mathbb{N}
        d_{\text{model}} \in 2\mathbb{N}
    gives
        \mathrm{PE}_{(pos, j)} \in [-1, 1], \ pos = 0, \dots, n - 1, \ j = 0, \dots, d_{\text{model}} - 1
    with
        i = 0, \dots, d_{\text{model}} / 2 - 1

    Parameters
    ----------
    length
        Number n of positions, which count from 0.
    d_model
        Width of the tokens, an even number.

    Other Parameters
    ----------------
    like
        An array of real numbers whose library, device and floating dtype the result takes; NumPy's float64 without it.

    Returns
    -------
    Array
        One row a position; shape (n, d_model).

    Raises
    ------
    TypeError
        If length is not an integer.
        If d_model is not an integer.
        If like is no array.
    ValueError
        If length is not positive.
        If d_model is not positive.
        If d_model is odd.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> positional_encoding(2, 4).round(4).tolist()  # sine and cosine of 0 and 0; of 1 and 1/100
    [[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.01, 1.0]]
    """
    name = "positional_encoding"
    length, d_model = natural(name, length=length), natural(name, d_model=d_model)
    check(name, d_model % 2 == 0, "be even", d_model=d_model)
    return _as(name, _sinusoids(length, d_model), like)


@array_function
def shift_encoding(pe: Array, /, *, offset: float) -> Array:
    r"""Encoding of the position that is k further on, from that of a position: each pair of sine and cosine is turned by an angle.

    The angles depend on k only. So the encoding of pos + k is a linear function of that of pos, the same one at all positions.

    Formula
    -------
    positional-shift
        \begin{aligned}
        \mathrm{PE}_{(pos + k,\, 2i)} &= \cos(k \omega_i)\, \mathrm{PE}_{(pos,\, 2i)} + \sin(k \omega_i)\, \mathrm{PE}_{(pos,\, 2i+1)} \\
        \mathrm{PE}_{(pos + k,\, 2i+1)} &= -\sin(k \omega_i)\, \mathrm{PE}_{(pos,\, 2i)} + \cos(k \omega_i)\, \mathrm{PE}_{(pos,\, 2i+1)}
        \end{aligned}
    where
        \mathrm{PE}_{(pos, j)} \in [-1, 1], \ j = 0, \dots, d_{\text{model}} - 1
        k \in \mathbb{Z}
    gives
        \mathrm{PE}_{(pos + k, j)} \in \mathbb{R}, \ j = 0, \dots, d_{\text{model}} - 1
    with
        \omega_i = \frac{1}{10000^{2i / d_{\text{model}}}}
        i = 0, \dots, d_{\text{model}} / 2 - 1
        d_{\text{model}} \in 2\mathbb{N}
    call
        shift_encoding(pe, offset=k)

    Parameters
    ----------
    pe
        Encodings of positions; shape (..., d_model).
    offset
        By how many positions k to go on; back, where it is negative.

    Returns
    -------
    Array
        Encodings of the positions k further on; shape (..., d_model).

    Raises
    ------
    TypeError
        If offset is not a number.
    ValueError
        If pe is a scalar.
        If the width of pe is odd.
        If offset is not finite.

    References
    ----------
    [vaswani2017]

    Examples
    --------
    >>> shift_encoding([0.0, 1.0], offset=1.0).round(4).tolist()  # of position 0: the sine and the cosine of 1
    [0.8415, 0.5403]
    """
    name = "shift_encoding"
    xp, pe = arrays(name, pe=pe)
    k = number(name, offset=offset)
    if pe.ndim == 0:
        raise ValueError(f"{name}: pe must have a last axis of features, got a scalar")
    d_model = pe.shape[-1]
    if d_model % 2:
        raise ValueError(f"{name}: pe must have a last axis of even length, got shape {tuple(pe.shape)}")
    omega = [1 / 10000 ** (2 * i / d_model) for i in range(d_model // 2)]
    cos, sin = (
        xp.asarray([turn(k * w) for w in omega], dtype=pe.dtype, device=device(pe)) for turn in (math.cos, math.sin)
    )
    even, odd = pe[..., 0::2], pe[..., 1::2]
    # cos(k ω_i) PE_(pos, 2i) + sin(k ω_i) PE_(pos, 2i+1), and −sin(k ω_i) PE_(pos, 2i) + cos(k ω_i) PE_(pos, 2i+1)
    turned = xp.stack([cos * even + sin * odd, cos * odd - sin * even], axis=-1)
    return xp.reshape(turned, tuple(pe.shape))


# --- What they share


def _scores(xp: Any, q: Array, k: Array) -> Array:
    """Q K^⊤ / √d_k; the queries are divided, which are fewer numbers than the scores."""
    return (q / math.sqrt(q.shape[-1])) @ xp.matrix_transpose(k)


def _attend(xp: Any, q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
    """Softmax(Q K^⊤ / √d_k + M) V, where the mask goes with the scores by broadcasting."""
    batch, (n, m) = tuple(q.shape[:-2]), (q.shape[-2], k.shape[-2])
    if not is_numpy_array(q) or math.prod(batch) * n * m <= BLOCK:
        return _average(xp, q, k, v, mask)
    # Few scores at a time: what leaves the cache between the product and the average costs as much as the products
    members, together, rows = math.prod(batch), max(1, BLOCK // (n * m)), max(1, BLOCK // m)
    q, k, v = (xp.reshape(array, (members, *array.shape[-2:])) for array in (q, k, v))
    if mask is not None and mask.ndim > 2:
        mask = xp.reshape(xp.broadcast_to(mask, (*batch, n, m)), (members, n, m))
    parts = []
    for i in range(0, members, together):
        some = slice(i, i + together)
        for j in range(0, n, rows):
            part = None if mask is None else mask[j : j + rows, :] if mask.ndim == 2 else mask[some, j : j + rows, :]
            parts.append(_average(xp, q[some, j : j + rows, :], k[some, ...], v[some, ...], part))
    return xp.reshape(xp.concat([xp.reshape(part, (-1, v.shape[-1])) for part in parts]), (*batch, n, v.shape[-1]))


def _average(xp: Any, q: Array, k: Array, v: Array, mask: Array | None) -> Array:
    scores = _scores(xp, q, k)
    if mask is not None:
        scores = scores + mask
    # Softmax(S) V with the division last, by which there are fewer numbers to divide; a shift of a row's scores cancels
    shift = xp.max(scores, axis=-1, keepdims=True)
    if is_numpy_array(scores):
        scores -= shift  # in the memory of the scores, which are nobody else's
        e = np.exp(scores, out=scores)
    else:
        e = xp.exp(scores - shift)
    total = e @ xp.ones(k.shape[-2], dtype=e.dtype, device=device(e))
    return (e @ v) / total[..., None]


def _multi_head(
    xp: Any, q: Array, k: Array, v: Array, w_q: Array, w_k: Array, w_v: Array, w_o: Array, mask: Array | None = None
) -> Array:
    if mask is not None and mask.ndim > 2:
        mask = mask[..., None, :, :]  # the same for all heads
    # head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V), for all i at once
    heads = _attend(xp, _heads(xp, q, w_q), _heads(xp, k, w_k), _heads(xp, v, w_v), mask)
    # Concat(head_1, …, head_h) W^O
    joined = xp.reshape(xp.moveaxis(heads, -3, -2), (*q.shape[:-1], w_o.shape[0]))
    return _product(xp, joined, w_o)


def _heads(xp: Any, x: Array, w: Array) -> Array:
    """X W_i for each head i, by one product; shape (..., h, n, d)."""
    h, d_model, d = w.shape
    joined = _product(xp, x, xp.reshape(xp.permute_dims(w, (1, 0, 2)), (d_model, h * d)))
    return xp.moveaxis(xp.reshape(joined, (*x.shape[:-1], h, d)), -2, -3)


def _product(xp: Any, x: Array, w: Array) -> Array:
    """X W, as one product of two matrices."""
    return xp.reshape(xp.reshape(x, (-1, x.shape[-1])) @ w, (*x.shape[:-1], w.shape[-1]))


def _sinusoids(length: int, d_model: int) -> Any:
    """The encodings in double precision: far from 0, a position in single precision would spoil the angle."""
    # pos / 10000^(2i / d_model)
    angle = np.arange(length)[:, None] / 10000.0 ** (2 * np.arange(d_model // 2) / d_model)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(length, d_model)


def _as(name: str, values: Any, like: Array | None) -> Array:
    """NumPy's values in the library, on the device and in the floating dtype of another array."""
    if like is None:
        return values
    if not hasattr(like, "dtype"):
        raise TypeError(f"{name}: like must be an array, got {type(like).__name__}")
    xp, like = arrays(name, like=like)
    return xp.asarray(values, dtype=like.dtype, device=device(like))


def _dtype_of(name: str, xp: Any, place: Any, like: Array) -> Any:
    """The floating dtype of an array, which must be of this library."""
    if not hasattr(like, "dtype"):
        raise TypeError(f"{name}: like must be an array, got {type(like).__name__}")
    arrays(name, like=like, allowed=xp.zeros((1,), device=place))  # of one library
    return arrays(name, like=like)[1].dtype


def _rows(name: str, /, **tokens: Array) -> None:
    ((key, value),) = tokens.items()
    if value.ndim < 2:
        raise ValueError(f"{name}: {key} must have shape (..., n, d), one row a position, got {tuple(value.shape)}")


def _like(array: Array, length: str) -> str:
    """A shape as text: that of an array, but for its length."""
    axes = [*map(str, array.shape[:-2]), length, str(array.shape[-1])]
    return f"({', '.join(axes)})"


def _keys(name: str, /, **tokens: Array) -> None:
    """Refuse queries, and what they ask, that are not rows of one width."""
    (q_name, q), (k_name, k) = tokens.items()
    _rows(name, **{q_name: q})
    if k.ndim != q.ndim or k.shape[:-2] != q.shape[:-2] or k.shape[-1] != q.shape[-1]:
        raise ValueError(f"{name}: {k_name} must have shape {_like(q, 'm')} beside {q_name} {tuple(q.shape)}, got {tuple(k.shape)}")


def _values(name: str, k: Array, v: Array) -> None:
    if v.ndim != k.ndim or v.shape[:-1] != k.shape[:-1]:
        expected = f"({', '.join(map(str, k.shape[:-1]))}, d_v)"
        raise ValueError(f"{name}: v must have shape {expected} beside k {tuple(k.shape)}, got {tuple(v.shape)}")


def _tokens(name: str, q: Array, k: Array, v: Array) -> None:
    _keys(name, q=q, k=k)
    if v.shape != k.shape:
        raise ValueError(f"{name}: v must have the shape {tuple(k.shape)} of k, got {tuple(v.shape)}")


def _mask(name: str, xp: Any, q: Array, k: Array, mask: Array) -> None:
    """Refuse what is no additive mask of these queries and keys."""
    one = (q.shape[-2], k.shape[-2])
    if tuple(mask.shape) not in (one, (*q.shape[:-2], *one)):
        either = one if q.ndim == 2 else f"{one} or {(*q.shape[:-2], *one)}"
        raise ValueError(f"{name}: mask must have shape {either}, got {tuple(mask.shape)}")
    check(name, (mask == 0) | (mask == -math.inf), "be 0 or -inf", mask=mask)
    best = xp.max(mask, axis=-1)
    check(name, best == 0, "leave each query a key", mask=best)


def _weight(name: str, width: int, /, **weight: Array) -> None:
    ((key, w),) = weight.items()
    if w.ndim != 2 or w.shape[0] != width:
        raise ValueError(f"{name}: {key} must have shape ({width}, d), one row a feature, got {tuple(w.shape)}")


def _projections(name: str, width: int, w_q: Array, w_k: Array, w_v: Array) -> None:
    _weight(name, width, w_q=w_q)
    if w_k.shape != w_q.shape:
        raise ValueError(f"{name}: w_k must have the shape {tuple(w_q.shape)} of w_q, got {tuple(w_k.shape)}")
    _weight(name, width, w_v=w_v)


def _query_weights(name: str, width: int, w_q: Array, w_k: Array) -> None:
    if w_q.ndim != 3 or w_q.shape[1] != width:
        raise ValueError(f"{name}: w_q must have shape (h, {width}, d_k), a matrix a head, got {tuple(w_q.shape)}")
    if w_k.shape != w_q.shape:
        raise ValueError(f"{name}: w_k must have the shape {tuple(w_q.shape)} of w_q, got {tuple(w_k.shape)}")


def _head_weights(name: str, width: int, w_q: Array, w_k: Array, w_v: Array, w_o: Array) -> None:
    _query_weights(name, width, w_q, w_k)
    h = w_q.shape[0]
    if w_v.ndim != 3 or tuple(w_v.shape[:2]) != (h, width):
        raise ValueError(f"{name}: w_v must have shape ({h}, {width}, d_v), a matrix a head, got {tuple(w_v.shape)}")
    expected = (h * w_v.shape[2], width)
    if tuple(w_o.shape) != expected:
        raise ValueError(f"{name}: w_o must have shape {expected}, got {tuple(w_o.shape)}")
