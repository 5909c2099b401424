"""Initialization of weights: how far random weights have to spread for signals to keep their size (section 2.4).

Variances and bounds are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``. Samplers are of level C: they draw with NumPy, in float64, a weight of shape (n_out, n_in), the shape of the
column formula a = W h + b. Biases start at 0.

The number of inputs of a unit is that of the weights which its sum runs over: for a convolution the number of input channels times
the height and the width of the kernel.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, generator, natural, paired

__all__ = [
    "he_bound",
    "he_normal",
    "he_uniform",
    "he_variance",
    "xavier_bound",
    "xavier_normal",
    "xavier_uniform",
    "xavier_variance",
]


@array_function
def xavier_variance(n_in: Array, n_out: Array, /) -> Array:
    r"""Variance of the weights in Xavier's initialization, for units that are near linear around 0, such as tanh.

    It is a compromise: 1 / n_in would keep the variance of the signals forwards, 1 / n_out that of the gradients backwards.

    Formula
    -------
    xavier-init
        \operatorname{Var}(W_{ij}) = \frac{2}{n_{\text{in}} + n_{\text{out}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        \operatorname{Var}(W_{ij}) \in \mathbb{R}_{>0}

    Parameters
    ----------
    n_in
        Number of inputs of a unit; shape (...).
    n_out
        Number of units; shape (...).

    Returns
    -------
    Array
        Variances; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If n_in is not a whole number.
        If n_in is not positive.
        If n_out is not a whole number.
        If n_out is not positive.

    References
    ----------
    [glorot2010]

    Examples
    --------
    >>> xavier_variance(6, 2)
    0.25
    """
    _, n_in, n_out = _counts("xavier_variance", n_in=n_in, n_out=n_out)
    # 2 / (n_in + n_out)
    return 2 / (n_in + n_out)


@array_function
def xavier_bound(n_in: Array, n_out: Array, /) -> Array:
    r"""Bound of the uniform distribution in Xavier's initialization: it gives the weights Xavier's variance.

    Formula
    -------
    xavier-uniform
        W_{ij} \sim \mathcal{U}\left(-a, a\right), \qquad a = \sqrt{\frac{6}{n_{\text{in}} + n_{\text{out}}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        W_{ij} \in \mathbb{R}, \ i = 1, \dots, n_{\text{out}}, \ j = 1, \dots, n_{\text{in}}
        a \in \mathbb{R}_{>0}
    call
        xavier_uniform(n_in=n_in, n_out=n_out, rng=rng), xavier_bound(n_in, n_out)

    Parameters
    ----------
    n_in
        Number of inputs of a unit; shape (...).
    n_out
        Number of units; shape (...).

    Returns
    -------
    Array
        Bounds; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If n_in is not a whole number.
        If n_in is not positive.
        If n_out is not a whole number.
        If n_out is not positive.

    References
    ----------
    [glorot2010]

    Examples
    --------
    >>> xavier_bound(16, 8)  # the root of 6 / 24
    0.5
    """
    xp, n_in, n_out = _counts("xavier_bound", n_in=n_in, n_out=n_out)
    # a = √(6 / (n_in + n_out))
    return xp.sqrt(6 / (n_in + n_out))


@array_function
def he_variance(n_in: Array, /) -> Array:
    r"""Variance of the weights in He's initialization, for units with ReLU: it passes on half of the mean square, so twice 1 / n_in.

    Formula
    -------
    he-init
        \operatorname{Var}(W_{ij}) = \frac{2}{n_{\text{in}}}
    where
        n_{\text{in}} \in \mathbb{N}
    gives
        \operatorname{Var}(W_{ij}) \in \mathbb{R}_{>0}

    Parameters
    ----------
    n_in
        Number of inputs of a unit; shape (...).

    Returns
    -------
    Array
        Variances; shape (...).

    Raises
    ------
    ValueError
        If n_in is not a whole number.
        If n_in is not positive.

    References
    ----------
    [he2015]

    Examples
    --------
    >>> he_variance(8)
    0.25
    """
    _, n_in = _counts("he_variance", n_in=n_in)
    # 2 / n_in
    return 2 / n_in


@array_function
def he_bound(n_in: Array, /) -> Array:
    r"""Bound of the uniform distribution in He's initialization: it gives the weights He's variance.

    Formula
    -------
    he-uniform
        W_{ij} \sim \mathcal{U}\left(-a, a\right), \qquad a = \sqrt{\frac{6}{n_{\text{in}}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        W_{ij} \in \mathbb{R}, \ i = 1, \dots, n_{\text{out}}, \ j = 1, \dots, n_{\text{in}}
        a \in \mathbb{R}_{>0}
    call
        he_uniform(n_in=n_in, n_out=n_out, rng=rng), he_bound(n_in)

    Parameters
    ----------
    n_in
        Number of inputs of a unit; shape (...).

    Returns
    -------
    Array
        Bounds; shape (...).

    Raises
    ------
    ValueError
        If n_in is not a whole number.
        If n_in is not positive.

    References
    ----------
    [he2015]

    Examples
    --------
    >>> he_bound(24)  # the root of 6 / 24
    0.5
    """
    xp, n_in = _counts("he_bound", n_in=n_in)
    # a = √(6 / n_in)
    return xp.sqrt(6 / n_in)


def xavier_normal(*, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    r"""Draw a weight by Xavier's initialization, from the normal distribution of mean 0 and variance 2 / (n_in + n_out).

    Parameters
    ----------
    n_in
        Number of inputs of a unit.
    n_out
        Number of units.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Weight; shape (n_out, n_in).

    Raises
    ------
    TypeError
        If n_in is not an integer.
        If n_out is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n_in is not positive.
        If n_out is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> w = xavier_normal(n_in=150, n_out=50, rng=np.random.default_rng(0))
    >>> w.shape, bool(abs(w.var() - 0.01) < 0.001)
    ((50, 150), True)
    """
    n_in, n_out = _sizes("xavier_normal", n_in, n_out, rng)
    return math.sqrt(xavier_variance(n_in, n_out)) * rng.standard_normal((n_out, n_in))


def xavier_uniform(*, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    r"""Draw a weight by Xavier's initialization, from the uniform distribution between the two bounds of ``xavier_bound``.

    Parameters
    ----------
    n_in
        Number of inputs of a unit.
    n_out
        Number of units.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Weight; shape (n_out, n_in).

    Raises
    ------
    TypeError
        If n_in is not an integer.
        If n_out is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n_in is not positive.
        If n_out is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> w = xavier_uniform(n_in=16, n_out=8, rng=np.random.default_rng(0))
    >>> w.shape, bool(0.45 < abs(w).max() < 0.5)  # the bound is 0.5
    ((8, 16), True)
    """
    n_in, n_out = _sizes("xavier_uniform", n_in, n_out, rng)
    a = xavier_bound(n_in, n_out)
    return rng.uniform(-a, a, (n_out, n_in))


def he_normal(*, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    r"""Draw a weight by He's initialization, from the normal distribution of mean 0 and variance 2 / n_in.

    Parameters
    ----------
    n_in
        Number of inputs of a unit.
    n_out
        Number of units.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Weight; shape (n_out, n_in).

    Raises
    ------
    TypeError
        If n_in is not an integer.
        If n_out is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n_in is not positive.
        If n_out is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> w = he_normal(n_in=200, n_out=50, rng=np.random.default_rng(0))
    >>> w.shape, bool(abs(w.var() - 0.01) < 0.001)
    ((50, 200), True)
    """
    n_in, n_out = _sizes("he_normal", n_in, n_out, rng)
    return math.sqrt(he_variance(n_in)) * rng.standard_normal((n_out, n_in))


def he_uniform(*, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    r"""Draw a weight by He's initialization, from the uniform distribution between the two bounds of ``he_bound``.

    Parameters
    ----------
    n_in
        Number of inputs of a unit.
    n_out
        Number of units.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Weight; shape (n_out, n_in).

    Raises
    ------
    TypeError
        If n_in is not an integer.
        If n_out is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n_in is not positive.
        If n_out is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> w = he_uniform(n_in=24, n_out=8, rng=np.random.default_rng(0))
    >>> w.shape, bool(0.45 < abs(w).max() < 0.5)  # the bound is 0.5
    ((8, 24), True)
    """
    n_in, n_out = _sizes("he_uniform", n_in, n_out, rng)
    a = he_bound(n_in)
    return rng.uniform(-a, a, (n_out, n_in))


def _counts(name: str, /, **arguments: Array) -> tuple[Any, ...]:
    """The namespace and the arguments as arrays of whole numbers from 1."""
    xp, *values = arrays(name, **arguments)
    arguments = dict(zip(arguments, values, strict=True))
    paired(name, **arguments)
    for key, value in arguments.items():
        check(name, value == xp.floor(value), "be a whole number", **{key: value})
        check(name, value > 0, "be > 0", **{key: value})
    return xp, *values


def _sizes(name: str, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[int, int]:
    n_in, n_out = natural(name, n_in=n_in), natural(name, n_out=n_out)
    generator(name, rng)
    return n_in, n_out
