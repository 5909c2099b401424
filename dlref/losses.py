"""Loss functions: what a prediction costs, one value a sample (section 1.3).

Every function takes arrays of shape ``(...)``, which are of equal shape or scalars, and returns one loss for each sample; the
mean over samples is a matter of `dlref.risk`. The result has the library, the device and the floating dtype of the
arguments; integers count as the library's default floating dtype. All functions here are of level A: NumPy, PyTorch, JAX and
array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and differentiable by PyTorch and JAX.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among scores and targets goes through the formula. Labels
and probabilities are checked wherever their values can be read, that is, not while JAX or PyTorch traces the function.
"""

from __future__ import annotations

import math

from dlref._backend import Array, array_function, arrays, check, distributions, indices, paired, positive, truths

__all__ = ["absolute", "cross_entropy", "exponential", "gaussian_nll", "hinge", "huber", "indicator", "squared", "zero_one"]


@array_function
def indicator(condition: Array, /) -> Array:
    r"""Indicator of a condition: one where it holds, zero elsewhere.

    Formula
    -------
    indicator
        \mathbb{I}\{y \neq \hat{y}\} = \begin{cases} 1 & y \neq \hat{y} \\ 0 & y = \hat{y} \end{cases}
    where
        y \in \{-1, +1\}
        \hat{y} \in \{-1, +1\}
    call
        indicator(y != y_hat)

    Parameters
    ----------
    condition
        Truth values, such as ``y != y_hat``; shape (...).

    Returns
    -------
    Array
        1 where the condition is true and 0 where it is false, in the library's default floating dtype; shape (...).

    Raises
    ------
    ValueError
        If the condition is a number rather than a truth value.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> indicator(3 != 4)
    1.0
    >>> indicator([True, False])
    array([1., 0.])
    """
    xp, condition = truths("indicator", condition=condition)
    return xp.astype(condition, xp.empty(0).dtype)


@array_function
def zero_one(y: Array, y_hat: Array, /) -> Array:
    r"""Zero-one loss of a predicted label: one for a mistake, zero otherwise.

    The prediction is a label, not a score: a score f(x) is turned into a label by its sign first, with sign(0) = +1.

    Formula
    -------
    zero-one-loss
        \ell(y, \hat{y}) = \mathbb{I}\{y \neq \hat{y}\}
    where
        y \in \{-1, +1\}
        \hat{y} \in \{-1, +1\}
    with
        \mathbb{I} = indicator

    Parameters
    ----------
    y
        Labels, -1 or +1; shape (...).
    y_hat
        Predicted labels, -1 or +1; shape (...).

    Returns
    -------
    Array
        Losses, 0 or 1; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If a label is neither -1 nor +1.
        If a predicted label is neither -1 nor +1.

    References
    ----------
    [bartlett2006]

    Examples
    --------
    >>> zero_one(1, -1)
    1.0
    >>> zero_one([1, -1, 1], [1, -1, -1])
    array([0., 0., 1.])
    """
    xp, y, y_hat = arrays("zero_one", y=y, y_hat=y_hat)
    paired("zero_one", y=y, y_hat=y_hat)
    check("zero_one", xp.abs(y) == 1, "be -1 or +1", y=y)
    check("zero_one", xp.abs(y_hat) == 1, "be -1 or +1 (the sign of a score)", y_hat=y_hat)
    # 𝕀{y ≠ ŷ}
    return xp.astype(indicator(y != y_hat), y.dtype)


@array_function
def hinge(y: Array, score: Array, /) -> Array:
    r"""Hinge loss of a signed score: zero beyond the margin, linear inside it.

    At the kink, ``y * score == 1``, the gradient is 0, the one of the flat side.

    Formula
    -------
    hinge-loss
        \ell(y, f(x)) = \max(0, 1 - y f(x))
    where
        y \in \{-1, +1\}
        f(x) \in \mathbb{R}

    Parameters
    ----------
    y
        Labels, -1 or +1; shape (...).
    score
        Signed scores $f(x)$, in units of the margin; shape (...).

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); 0 exactly when ``y * score >= 1``.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If a label is neither -1 nor +1.

    References
    ----------
    [cortes1995]
    [bartlett2006]

    Examples
    --------
    >>> hinge(1, 0.25)
    0.75
    >>> hinge([1, 1, -1], [2.0, 0.25, 0.5])
    array([0.  , 0.75, 1.5 ])
    """
    xp, y, score = arrays("hinge", y=y, score=score)
    paired("hinge", y=y, score=score)
    check("hinge", xp.abs(y) == 1, "be -1 or +1", y=y)
    # max(0, 1 − y f(x)); `where` lets a NaN through and has one gradient at the kink in every library
    margin = y * score
    return xp.where(margin >= 1, 0.0, 1 - margin)


@array_function
def cross_entropy(y: Array, p_hat: Array, /) -> Array:
    r"""Cross-entropy loss of predicted class probabilities: minus the logarithm of what the true class was given.

    The classes 1, …, K of the text count from 0 here.

    Formula
    -------
    cross-entropy-loss
        \ell(y, \hat{p}) = -\sum_{k} \mathbb{I}\{y = k\} \log \hat{p}_k
    where
        y \in \{0, \dots, K - 1\}
        \hat{p} \in \Delta^{K - 1}
    with
        \mathbb{I} = indicator
        k = 0, \dots, K - 1

    Parameters
    ----------
    y
        Labels 0, …, K-1, integers or whole numbers in the dtype of the probabilities; shape (...).
    p_hat
        Probabilities of the K classes; over the last axis they sum to 1, within 0.001 or what their dtype resolves; shape (..., K).

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); inf where the true class was given probability 0.

    Raises
    ------
    ValueError
        If the probabilities are a scalar.
        If the shape of the labels is not that of the probabilities without their last axis.
        If a label is not a whole number.
        If a label is not one of 0, …, K-1.
        If a probability is negative.
        If the probabilities of a sample do not sum to 1.

    References
    ----------
    [bishop2006]
    [goodfellow2016]

    Examples
    --------
    >>> round(cross_entropy(1, [0.5, 0.25, 0.25]), 4)  # log 4
    1.3863
    >>> cross_entropy([0, 1], [[1.0, 0.0], [1.0, 0.0]])
    array([ 0., inf])
    """
    xp, p_hat = arrays("cross_entropy", p_hat=p_hat)
    distributions("cross_entropy", p_hat=p_hat)
    *batch, k = p_hat.shape
    y = indices("cross_entropy", k, y=y, p_hat=p_hat)
    if tuple(y.shape) != tuple(batch):
        raise ValueError(f"cross_entropy: y must have shape {tuple(batch)}, one label a row of p_hat, got {tuple(y.shape)}")
    # −Σ_k 𝕀{y = k} log p̂_k = −log p̂_y, without the 0 · log 0 of the other classes; 0 − log 1 is 0, where −log 1 is −0
    return 0 - xp.log(xp.take_along_axis(p_hat, y[..., None], axis=-1)[..., 0])


@array_function
def exponential(y: Array, score: Array, /) -> Array:
    r"""Exponential loss of a signed score: it shrinks with a right score and explodes with a wrong one.

    Formula
    -------
    exponential-loss
        \ell(y, \hat{y}) = \exp(-y \hat{y})
    where
        y \in \{-1, +1\}
        \hat{y} \in \mathbb{R}

    Parameters
    ----------
    y
        Labels, -1 or +1; shape (...).
    score
        Signed scores $\hat{y}$; shape (...).

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); 1 at score 0.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If a label is neither -1 nor +1.

    References
    ----------
    [freund1997]
    [friedman2000]

    Examples
    --------
    >>> exponential(1, 0)
    1.0
    >>> round(exponential(-1, 1.0), 4)
    2.7183
    """
    xp, y, score = arrays("exponential", y=y, score=score)
    paired("exponential", y=y, score=score)
    check("exponential", xp.abs(y) == 1, "be -1 or +1", y=y)
    # exp(−y ŷ)
    return xp.exp(-y * score)


@array_function
def squared(y: Array, y_hat: Array, /) -> Array:
    r"""Squared loss of a predicted number: twice the error costs four times as much.

    Formula
    -------
    squared-loss
        \ell(y, \hat{y}) = (y - \hat{y})^2
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}

    Parameters
    ----------
    y
        Targets; shape (...).
    y_hat
        Predictions; shape (...).

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); 0 exactly when ``y == y_hat``, down to differences whose square underflows.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> squared(3, 1)
    4.0
    >>> squared([1.0, 2.0], [1.5, 2.0])
    array([0.25, 0.  ])
    """
    _, y, y_hat = arrays("squared", y=y, y_hat=y_hat)
    paired("squared", y=y, y_hat=y_hat)
    # (y − ŷ)²
    return (y - y_hat) ** 2


@array_function
def absolute(y: Array, y_hat: Array, /) -> Array:
    r"""Absolute loss of a predicted number: twice the error costs twice as much.

    At the kink, ``y == y_hat``, the gradient is 0.

    Formula
    -------
    absolute-loss
        \ell(y, \hat{y}) = |y - \hat{y}|
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}

    Parameters
    ----------
    y
        Targets; shape (...).
    y_hat
        Predictions; shape (...).

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); 0 exactly when ``y == y_hat``.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.

    References
    ----------
    [huberronchetti2009]

    Examples
    --------
    >>> absolute(3, 1)
    2.0
    >>> absolute([1.0, 2.0], [1.5, 0.0])
    array([0.5, 2. ])
    """
    xp, y, y_hat = arrays("absolute", y=y, y_hat=y_hat)
    paired("absolute", y=y, y_hat=y_hat)
    # |y − ŷ|, with the slope 0 at 0, where JAX's abs has another than PyTorch's
    r = y - y_hat
    return xp.where(r == 0, 0.0, xp.abs(r))


@array_function
def huber(y: Array, y_hat: Array, /, *, delta: float = 1.0) -> Array:
    r"""Huber loss of a predicted number: quadratic for small errors, linear for large ones.

    Value and slope are continuous where the two pieces meet, at an error of delta.

    Formula
    -------
    huber-loss
        \ell(y, \hat{y}) = \begin{cases}
        \frac{1}{2}(y - \hat{y})^2 & \text{if } |y - \hat{y}| \leq \delta \\
        \delta\left(|y - \hat{y}| - \frac{\delta}{2}\right) & \text{otherwise}
        \end{cases}
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
        \delta \in \mathbb{R}_{>0}
    call
        huber(y, y_hat, delta=delta)

    Parameters
    ----------
    y
        Targets; shape (...).
    y_hat
        Predictions; shape (...).
    delta
        The error at which the loss becomes linear; it is the largest slope as well.

    Returns
    -------
    Array
        Losses in [0, inf], shape (...); half the squared loss while the error is at most delta.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If delta is not positive.
        If delta is not finite.

    References
    ----------
    [huber1964]
    [pytorch-huber]

    Examples
    --------
    >>> huber(1.0, 0.5)
    0.125
    >>> huber([0.0, 0.0], [1.0, 3.0])
    array([0.5, 2.5])
    """
    xp, y, y_hat = arrays("huber", y=y, y_hat=y_hat)
    paired("huber", y=y, y_hat=y_hat)
    delta = positive("huber", delta=delta)
    # ½ r² up to δ, δ (r − ½ δ) beyond: with c = min(r, δ) both are c (r − ½ c), whatever slope c is given at the tie
    r = xp.abs(y - y_hat)
    c = xp.clip(r, max=delta)
    return c * (r - c / 2)


@array_function
def gaussian_nll(y: Array, y_hat: Array, sigma: Array, /) -> Array:
    r"""Negative log-likelihood of a target under Gaussian noise around the prediction.

    With one sigma for all samples it is the squared loss, scaled and shifted: hence least squares is maximum likelihood there.

    Formula
    -------
    gaussian-nll
        -\log p(y \mid \hat{y}) = \frac{(y-\hat{y})^2}{2\sigma^2} + \frac{1}{2}\log(2\pi\sigma^2)
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
        \sigma \in \mathbb{R}_{>0}

    Parameters
    ----------
    y
        Targets; shape (...).
    y_hat
        Predictions, the means of the noise; shape (...).
    sigma
        Standard deviations of the noise, positive; shape (...).

    Returns
    -------
    Array
        Negative log-likelihoods in nats, of either sign; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a standard deviation is not positive.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> round(gaussian_nll(0.0, 0.0, 1.0), 4)  # log √(2π)
    0.9189
    >>> round(gaussian_nll(2.0, 0.0, 1.0), 4)  # 2 more
    2.9189
    """
    xp, y, y_hat, sigma = arrays("gaussian_nll", y=y, y_hat=y_hat, sigma=sigma)
    paired("gaussian_nll", y=y, y_hat=y_hat, sigma=sigma)
    check("gaussian_nll", sigma > 0, "be > 0", sigma=sigma)
    # (y − ŷ)² / (2 σ²) + ½ log(2 π σ²), with the square taken last, so that a tiny σ² is never formed
    return ((y - y_hat) / sigma) ** 2 / 2 + xp.log(sigma) + math.log(2 * math.pi) / 2
