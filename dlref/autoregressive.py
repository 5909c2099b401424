"""Autoregressive models: a sequence one element after another, each with a probability given those before it (section 9.2).

The elements are tokens 0, …, V - 1, as integers or as whole numbers in the dtype of the arrays beside them; sequences have the shape
``(..., T)``, and what a model says of them, the probabilities of all V tokens at each place given the true tokens before it, the shape
``(..., T, V)``. The logarithm of a sequence's probability is ``dlref.seq2seq.sequence_log_prob``.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. Probabilities are checked wherever their values can be read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlref._backend import Array, array_function, arrays, check, chosen, distributions, functions, generator, natural, shaped

__all__ = ["ancestral_sample", "nll", "sample_token", "sequence_prob"]


@array_function
def sequence_prob(x: Array, conditionals: Array, /) -> Array:
    r"""Probability of a sequence as a product: of each token, given the tokens before it; the first one is given nothing.

    The product of many probabilities underflows; ``nll`` adds their logarithms.

    Formula
    -------
    autoregressive-factorization
        p(\mathbf{x}) = \prod_{t=1}^{T} p(x_t \mid x_1, x_2, \dots, x_{t-1})
    where
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T
        p(k \mid x_1, x_2, \dots, x_{t-1}) \in \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
    gives
        p(\mathbf{x}) \in [0, 1]

    Parameters
    ----------
    x
        Tokens 0, …, V-1 of the sequence; shape (..., T).
    conditionals
        Probabilities of all V tokens at each place, given the true tokens before it; shape (..., T, V).

    Returns
    -------
    Array
        Probabilities in [0, 1], one a sequence; shape (...). Those of all sequences of one length sum to 1.

    Raises
    ------
    ValueError
        If conditionals has fewer than two axes.
        If x does not have the shape of conditionals without their last axis.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.
        If a probability is negative.
        If the probabilities at a place do not sum to 1.

    References
    ----------
    [bengio2003]

    Examples
    --------
    >>> sequence_prob([0, 1], [[0.5, 0.5], [0.25, 0.75]])  # 1/2 times 3/4
    0.375
    """
    xp, found, conditionals = chosen("sequence_prob", x=x, conditionals=conditionals)
    distributions("sequence_prob", conditionals=conditionals)
    # Π_t p(x_t | x_1, …, x_{t−1})
    return xp.prod(found, axis=-1)


@array_function
def nll(x: Array, log_probs: Array, /) -> Array:
    r"""Negative log-likelihood of a sequence: the sum of the surprises at its tokens, which training minimizes.

    All places count at once, so that training on known sequences runs in parallel, where generation takes one token after another.

    Formula
    -------
    autoregressive-nll
        \mathcal{L}(\theta) = -\sum_{t=1}^{T} \log p_{\theta}(x_t \mid x_{<t})
    where
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T
        \log p_{\theta}(k \mid x_{<t}) \in \log \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
    gives
        \mathcal{L}(\theta) \in \mathbb{R}_{\ge 0}

    Parameters
    ----------
    x
        Tokens 0, …, V-1 of the sequence; shape (..., T).
    log_probs
        Logarithms of the probabilities of all V tokens at each place, given the true tokens before it; shape (..., T, V).

    Returns
    -------
    Array
        Losses, at least 0, one a sequence; shape (...). Infinite for a sequence that has a token of probability 0.

    Raises
    ------
    ValueError
        If log_probs has fewer than two axes.
        If x does not have the shape of log_probs without their last axis.
        If a token is not a whole number.
        If a token is not one of 0, …, V-1.
        If the logarithm of a probability is positive.

    References
    ----------
    [bengio2003]

    Examples
    --------
    >>> nll([0, 1], [[-0.5, -1.0], [-0.25, -2.0]])  # 0.5 + 2
    2.5
    """
    xp, found, log_probs = chosen("nll", x=x, log_probs=log_probs)
    check("nll", xp.logical_not(log_probs > 0), "be <= 0", log_probs=log_probs)
    # −Σ_t log p_θ(x_t | x_{<t}); 0 − 0 is 0, where −0 is −0
    return 0 - xp.sum(found, axis=-1)


@array_function
def sample_token(p: Array, u: Array, /) -> Array:
    r"""One token drawn from its probabilities, by a number that is uniform in [0, 1).

    The probabilities lie one behind the other on a line of length 1, and u falls on one of them.

    Formula
    -------
    ancestral-sampling
        x_t \sim p_{\theta}(x_t \mid x_{<t}), \qquad t = 1, \dots, T
    where
        p_{\theta}(k \mid x_{<t}) \in \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
        u_t \sim \mathcal{U}(0, 1), \ t = 1, \dots, T
    gives
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T

    Parameters
    ----------
    p
        Probabilities of the V tokens, given those drawn before; shape (..., V).
    u
        Numbers that are uniform in [0, 1); shape (...).

    Returns
    -------
    Array
        Tokens 0, …, V-1 as integers; shape (...). A token of probability 0 is never drawn.

    Raises
    ------
    ValueError
        If p is a scalar.
        If a probability is negative.
        If the probabilities do not sum to 1.
        If u does not have the shape of p without its last axis.
        If a number u does not lie in [0, 1).

    Notes
    -----
    Level B: without gradients, because the result is a whole number.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> p = [[0.5, 0.25, 0.25]] * 3
    >>> sample_token(p, [0.25, 0.5, 0.875]).tolist()
    [0, 1, 2]
    """
    name = "sample_token"
    xp, p, u = arrays(name, p=p, u=u)
    distributions(name, p=p)
    shaped(name, tuple(p.shape[:-1]), u=u)
    check(name, (u >= 0) & (u < 1), "lie in [0, 1)", u=u)
    # F(k) = p_0 + … + p_k, where F(V − 1) is 1 to rounding
    below = xp.cumulative_sum(p, axis=-1)
    # the number of tokens whose stretch ends at u or before: u < 1, so that the last one is never among them
    passed = below <= u[..., None] * below[..., -1:]
    return xp.sum(xp.astype(passed, xp.__array_namespace_info__().default_dtypes()["integral"]), axis=-1)


def ancestral_sample(conditional: Callable[[Array], Array], /, *, length: int, start: Array, rng: np.random.Generator) -> Array:
    r"""Sequences drawn from a model: from a token that begins them, each token is drawn given all those before it.

    Parameters
    ----------
    conditional
        A function of the tokens so far, shape (..., t) with the one that begins in front, that gives the probabilities of the next
        token, shape (..., V).

    Other Parameters
    ----------------
    length
        Number of tokens to draw.
    start
        Token that begins, or an array of such tokens, one for each of several sequences; shape (...).
    rng
        Source of randomness, a NumPy Generator.

    Returns
    -------
    Array
        The tokens behind the one that begins, integers; shape (..., length).

    Raises
    ------
    TypeError
        If conditional is not a function.
        If length is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If length is not positive.
        If start has no whole numbers.
        If conditional does not give one probability a token and sequence.
        If the probabilities of a sequence do not sum to 1.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> up = lambda tokens: np.eye(5)[tokens[..., -1] + 1]  # the token after k is k + 1, for certain
    >>> ancestral_sample(up, length=3, start=[0, 1], rng=np.random.default_rng(0)).tolist()
    [[1, 2, 3], [2, 3, 4]]
    """
    name = "ancestral_sample"
    functions(name, conditional=conditional)
    length = natural(name, length=length)
    generator(name, rng)
    first = np.asarray(start)
    if first.dtype.kind not in "iu":
        raise ValueError(f"{name}: start must be whole numbers, got dtype {first.dtype}")
    tokens = first[..., None]
    for _ in range(length):
        p = np.asarray(conditional(tokens))
        if p.shape[:-1] != first.shape:
            raise ValueError(f"{name}: conditional must give probabilities of shape {(*first.shape, 'V')}, got {p.shape}")
        distributions(name, conditional=p)
        # x_t ~ p(x_t | x_{<t})
        tokens = np.concat([tokens, sample_token(p, rng.random(first.shape))[..., None]], axis=-1)
    return tokens[..., 1:]
