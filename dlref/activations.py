"""Activation functions (chapter 3): what they do with a number, how steep they are, and what their ranges and limits are.

Functions of one number take an array of any shape ``(...)`` and work on each element. The result has the library, the device and
the floating dtype of the argument; integers count as the library's default floating dtype. These functions are of level A: NumPy,
PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and differentiable by PyTorch and JAX.

Where a function has a kink, its gradient there is the slope of the left side, as in PyTorch. Each is accurate to a few units in the
last place for every argument, however large or small; the tests measure it against mpmath.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers, truth
values: ValueError. A NaN goes through; an infinity gives the limit, except for softmax, which has none there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dlref._backend import Array, array_function, arrays, check, device, functions, generator, natural, paired, positive, whole

__all__ = [
    "Properties",
    "collapse_linear",
    "elu",
    "fit_one_hidden",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "prelu",
    "prelu_grad_alpha",
    "properties",
    "relu",
    "relu_grad",
    "sigmoid",
    "sigmoid_grad",
    "softmax",
    "swish",
    "tanh",
]


# --- Section 3.1: what an activation is for


@array_function
def collapse_linear(w1: Array, b1: Array, w2: Array, b2: Array, /) -> tuple[Array, Array]:
    r"""Two affine layers without an activation between them are one affine layer: its weight and its bias.

    Formula
    -------
    linear-collapse
        W_2 (W_1 x + b_1) + b_2 = (W_2 W_1) x + (W_2 b_1 + b_2)
    where
        W_1 \in \mathbb{R}^{h \times d}
        b_1 \in \mathbb{R}^h
        W_2 \in \mathbb{R}^{m \times h}
        b_2 \in \mathbb{R}^m
        x \in \mathbb{R}^d
    call
        w, b = collapse_linear(w1, b1, w2, b2); w @ x + b

    Parameters
    ----------
    w1
        Weight of the first layer; shape (h, d).
    b1
        Bias of the first layer; shape (h,).
    w2
        Weight of the second layer; shape (m, h).
    b2
        Bias of the second layer; shape (m,).

    Returns
    -------
    tuple of Array
        Weight, shape (m, d), and bias, shape (m,), of the one layer that does the same.

    Raises
    ------
    ValueError
        If a weight is not a matrix.
        If a bias does not have one entry for each row of its weight.
        If the second layer does not take what the first one gives.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> w, b = collapse_linear([[1.0, 2.0]], [3.0], [[2.0], [-1.0]], [0.5, 0.0])
    >>> w.tolist(), b.tolist()
    ([[2.0, 4.0], [-1.0, -2.0]], [6.5, -3.0])
    """
    _, w1, b1, w2, b2 = arrays("collapse_linear", w1=w1, b1=b1, w2=w2, b2=b2)
    for key, w, b in (("1", w1, b1), ("2", w2, b2)):
        if w.ndim != 2:
            raise ValueError(f"collapse_linear: w{key} must be a matrix, got shape {tuple(w.shape)}")
        if tuple(b.shape) != (w.shape[0],):
            raise ValueError(f"collapse_linear: b{key} must have shape {(w.shape[0],)}, one entry a row of w{key}, got {tuple(b.shape)}")
    if w2.shape[1] != w1.shape[0]:
        raise ValueError(f"collapse_linear: w2 must have {w1.shape[0]} columns, one a row of w1, got shape {tuple(w2.shape)}")
    # W_2 W_1 and W_2 b_1 + b_2
    return w2 @ w1, w2 @ b1 + b2


# --- Section 3.2: saturating activations


@array_function
def sigmoid(x: Array, /) -> Array:
    r"""Logistic sigmoid: any real number, squeezed into (0, 1).

    Formula
    -------
    sigmoid
        \sigma(x) = \frac{1}{1 + e^{-x}}
    where
        x \in \mathbb{R}
    gives
        \sigma(x) \in (0, 1)

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Values in (0, 1), shape (...), except that float64 rounds them to 1 from 38 on, and to 0 from -746 on.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [hastie2009]
    [lecun1998efficient]

    Examples
    --------
    >>> sigmoid(0.0)
    0.5
    >>> round(sigmoid(2.0), 4)  # 1 / (1 + exp(-2))
    0.8808
    """
    xp, x = arrays("sigmoid", x=x)
    below, e = _decay(xp, x)
    # 1 / (1 + e^(−x)) where x ≥ 0, and e^x / (1 + e^x) where x < 0, so that no exponential overflows
    return (below * e + (1 - below)) / (1 + e)


@array_function
def sigmoid_grad(x: Array, /) -> Array:
    r"""Slope of the logistic sigmoid: at most one quarter, reached at 0.

    Formula
    -------
    sigmoid-derivative
        \sigma'(x) = \sigma(x)(1 - \sigma(x)) \leq \tfrac{1}{4}
    where
        x \in \mathbb{R}
    gives
        \sigma'(x) \in (0, 1)
    with
        \sigma = sigmoid

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Slopes in (0, 1/4], shape (...), except that float64 rounds them to 0 beyond 746 on either side.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [lecun1998efficient]

    Examples
    --------
    >>> sigmoid_grad(0.0)
    0.25
    >>> round(sigmoid_grad(6.0), 4)  # hardly a slope is left
    0.0025
    """
    xp, x = arrays("sigmoid_grad", x=x)
    _, e = _decay(xp, x)
    # σ(x) (1 − σ(x)) = 1 / (1 + e^(−|x|)) · e^(−|x|) / (1 + e^(−|x|)); 1 − σ(x) would cancel where σ(x) is near 1
    return e / (1 + e) / (1 + e)


@array_function
def tanh(x: Array, /) -> Array:
    r"""Hyperbolic tangent: any real number, squeezed into (-1, 1); a sigmoid, stretched and shifted.

    Formula
    -------
    tanh
        \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}
    where
        x \in \mathbb{R}
    gives
        \tanh(x) \in (-1, 1)

    tanh-sigmoid-relation
        \tanh(x) = 2\sigma(2x) - 1
    where
        x \in \mathbb{R}
    gives
        \tanh(x) \in (-1, 1)
    with
        \sigma = sigmoid

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Values in (-1, 1), shape (...), except that float64 rounds them to -1 and 1 from 20 on, on either side.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [lecun1998efficient]

    Examples
    --------
    >>> tanh(0.0)
    0.0
    >>> round(tanh(1.0), 4)  # (e - 1/e) / (e + 1/e)
    0.7616
    """
    xp, x = arrays("tanh", x=x)
    # as the library computes it: both exponentials overflow from 710 on, and their difference cancels near 0
    return xp.tanh(x)


@array_function
def softmax(z: Array, /, *, axis: int = -1) -> Array:
    r"""Softmax: K real scores become K probabilities that sum to one.

    Formula
    -------
    softmax
        \operatorname{Softmax}(z)_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}, \qquad z \in \mathbb{R}^K
    where
        z \in \mathbb{R}^K
    gives
        \operatorname{Softmax}(z)_i \in (0, 1), \ i = 1, \dots, K

    Parameters
    ----------
    z
        Scores; shape (..., K). A score of -inf gets probability 0; where inf is among the scores, or all are -inf, the result is NaN.

    Other Parameters
    ----------------
    axis
        The axis of the K scores, where it is not the last one.

    Returns
    -------
    Array
        Probabilities, of the shape of z; along the axis they sum to 1. They lie in (0, 1) while the scores differ by at most 36; beyond,
        float64 rounds some of them to 1, and from a difference of 746 on others to 0.

    Raises
    ------
    ValueError
        If z is a scalar.
        If z has no such axis.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    >>> softmax([1.0, 2.0, 3.0]).round(4).tolist()
    [0.09, 0.2447, 0.6652]
    """
    xp, z = arrays("softmax", z=z)
    axis = whole("softmax", axis=axis)
    if z.ndim == 0:
        raise ValueError("softmax: z must have an axis of K scores, got a scalar")
    check("softmax", -z.ndim <= axis < z.ndim, f"be an axis of z, which has {z.ndim}", axis=axis)
    if axis not in (-1, z.ndim - 1):
        return xp.moveaxis(softmax(xp.moveaxis(z, axis, -1)), -1, axis)
    k = z.shape[-1]
    limit = max(0, math.floor(math.log(float(xp.finfo(z.dtype).max)) / 2 - math.log(k) - 1))
    if isinstance(z, np.ndarray) and z.max() <= limit and z.min() >= -limit:
        e = xp.exp(z)  # the formula as it stands; in other libraries a trace cannot ask for values
    else:
        # A shift by a number c cancels: e^(z_i − c) / Σ_j e^(z_j − c). The largest score m would do for c, but z − m is rounded, and
        # far below m this is felt. Whole numbers between 0 and m leave z − c exact: 0 while no exponential overflows, nor its square,
        # which libraries need for the gradient; the one next to m where m is negative; and so much below m that the exponentials
        # stay in bounds
        m = xp.max(z, axis=-1, keepdims=True)
        e = xp.exp(z - xp.where(m < 0, xp.ceil(m), xp.where(m > limit, xp.floor(m - limit), 0.0)))
    # a sum over a short axis is quicker as a product, one over a long axis more accurate as a sum
    total = (e @ xp.ones(k, dtype=z.dtype, device=device(z)))[..., None] if k <= 128 else xp.sum(e, axis=-1, keepdims=True)
    return e / total


@array_function
def log_softmax(z: Array, /) -> Array:
    r"""Logarithms of the probabilities that softmax gives, finite also where a probability is too small for a number.

    Parameters
    ----------
    z
        Scores; shape (..., K).

    Returns
    -------
    Array
        Logarithms, at most 0; shape (..., K).

    Raises
    ------
    ValueError
        If z is a scalar.

    Examples
    --------
    >>> log_softmax([0.0, -1000.0]).tolist()  # the second probability would be 0
    [0.0, -1000.0]
    """
    xp, z = arrays("log_softmax", z=z)
    if z.ndim == 0:
        raise ValueError("log_softmax: z must have an axis of K scores, got a scalar")
    shifted = z - xp.max(z, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


# --- Section 3.2: rectified linear units and their relatives


@array_function
def relu(x: Array, /) -> Array:
    r"""Rectified linear unit: the positive part of a number.

    At the kink, 0, the gradient is 0.

    Formula
    -------
    relu
        \operatorname{ReLU}(x) = \max(0, x)
    where
        x \in \mathbb{R}
    gives
        \operatorname{ReLU}(x) \in \mathbb{R}_{\ge 0}

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Values in [0, inf], shape (...); 0 exactly when ``x <= 0``.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [glorot2011]

    Examples
    --------
    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    xp, x = arrays("relu", x=x)
    # max(0, x); `where` lets a NaN through and has one gradient at the kink in every library
    return xp.where(x <= 0, 0.0, x)


@array_function
def relu_grad(x: Array, /) -> Array:
    r"""Slope of the rectified linear unit: 1 on the positive side, 0 on the negative side, and 0 by convention at 0.

    Formula
    -------
    relu-derivative
        \operatorname{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}
    where
        x \in \mathbb{R} \setminus \{0\}
    gives
        \operatorname{ReLU}'(x) \in \{0, 1\}

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Slopes, 0 or 1, shape (...); 0 at 0, where there is no derivative.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [glorot2011]

    Examples
    --------
    >>> relu_grad([-2.0, 0.0, 3.0])
    array([0., 0., 1.])
    """
    xp, x = arrays("relu_grad", x=x)
    # 1 where x > 0, else 0; a NaN is neither
    return xp.where(x != x, x, xp.astype(x > 0, x.dtype))


@array_function
def leaky_relu(x: Array, /, *, alpha: float = 0.01) -> Array:
    r"""Rectified linear unit with a small slope on the negative side.

    At the kink, 0, the gradient is alpha.

    Formula
    -------
    leaky-relu
        \operatorname{LeakyReLU}(x) = \begin{cases} x & x \geq 0 \\ \alpha x & x < 0 \end{cases}
    where
        x \in \mathbb{R}
        \alpha \in (0, 1)
    gives
        \operatorname{LeakyReLU}(x) \in \mathbb{R}
    call
        leaky_relu(x, alpha=alpha)

    Parameters
    ----------
    x
        Real numbers; shape (...).
    alpha
        The slope on the negative side, between 0 and 1.

    Returns
    -------
    Array
        Real numbers of the sign of x; shape (...).

    Raises
    ------
    ValueError
        If alpha is not positive.
        If alpha is not less than 1.

    References
    ----------
    [maas2013]

    Examples
    --------
    >>> leaky_relu([-2.0, 0.0, 3.0])
    array([-0.02,  0.  ,  3.  ])
    """
    xp, x = arrays("leaky_relu", x=x)
    alpha = positive("leaky_relu", alpha=alpha)
    check("leaky_relu", alpha < 1, "be < 1", alpha=alpha)
    # x where x ≥ 0, α x where x < 0; at 0 both are 0, and the second has the slope of the left side
    return xp.where(x > 0, x, alpha * x)


@array_function
def prelu(x: Array, alpha: Array, /) -> Array:
    r"""Parametric ReLU: the slope on the negative side is a parameter that is learned.

    He et al. start it at 0.25, learn one for each channel, and let no weight decay pull at it. At the kink, 0, the gradient is alpha.

    Formula
    -------
    prelu
        \operatorname{PReLU}(x) = \max(0, x) + \alpha \min(0, x), \qquad
        \frac{\partial}{\partial \alpha} \operatorname{PReLU}(x) = \min(0, x)
    where
        x \in \mathbb{R}
        \alpha \in \mathbb{R}
    gives
        \operatorname{PReLU}(x) \in \mathbb{R}
        \frac{\partial}{\partial \alpha} \operatorname{PReLU}(x) \in \mathbb{R}_{\le 0}
    call
        prelu(x, alpha), prelu_grad_alpha(x)

    Parameters
    ----------
    x
        Real numbers; shape (...).
    alpha
        Slopes on the negative side, one for all or one for each x; shape (...).

    Returns
    -------
    Array
        Real numbers; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.

    References
    ----------
    [he2015]

    Examples
    --------
    >>> prelu([-2.0, 0.0, 3.0], 0.25)
    array([-0.5,  0. ,  3. ])
    """
    xp, x, alpha = arrays("prelu", x=x, alpha=alpha)
    paired("prelu", x=x, alpha=alpha)
    # max(0, x) + α min(0, x)
    return xp.where(x > 0, x, 0.0) + alpha * xp.where(x > 0, 0.0, x)


@array_function
def prelu_grad_alpha(x: Array, /) -> Array:
    r"""Slope of the parametric ReLU in its own parameter: the negative part of a number.

    The formula stands at ``prelu``.

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Values in [-inf, 0], shape (...); 0 exactly when ``x >= 0``.

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [he2015]

    Examples
    --------
    >>> prelu_grad_alpha([-2.0, 0.0, 3.0])
    array([-2.,  0.,  0.])
    """
    xp, x = arrays("prelu_grad_alpha", x=x)
    # min(0, x)
    return xp.where(x > 0, 0.0, x)


@array_function
def elu(x: Array, /, *, alpha: float = 1.0) -> Array:
    r"""Exponential linear unit: linear above zero, an exponential that levels out at -alpha below.

    Unless alpha is 1 there is a kink at 0; the gradient there is alpha.

    Formula
    -------
    elu
        \operatorname{ELU}(x) = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \leq 0 \end{cases}
    where
        x \in \mathbb{R}
        \alpha \in \mathbb{R}_{>0}
    gives
        \operatorname{ELU}(x) \in \mathbb{R}
    call
        elu(x, alpha=alpha)

    Parameters
    ----------
    x
        Real numbers; shape (...).
    alpha
        How far below zero the function levels out.

    Returns
    -------
    Array
        Values in (-alpha, inf], shape (...), except that float64 rounds them to -alpha from -38 on.

    Raises
    ------
    ValueError
        If alpha is not positive.

    References
    ----------
    [clevert2016]

    Examples
    --------
    >>> elu([0.0, 3.0])
    array([0., 3.])
    >>> round(elu(-1.0), 4)  # 1/e - 1
    -0.6321
    """
    xp, x = arrays("elu", x=x)
    alpha = positive("elu", alpha=alpha)
    # α (e^x − 1) of min(0, x): of a large x it would be infinite, and turn the gradient of the other branch into a NaN
    return xp.where(x > 0, x, alpha * xp.expm1(xp.where(x > 0, 0.0, x)))


@array_function
def swish(x: Array, /, *, beta: float = 1.0) -> Array:
    r"""Swish (SiLU where beta is 1): the input, gated by its own sigmoid.

    Formula
    -------
    swish
        \operatorname{Swish}_{\beta}(x) = x\, \sigma(\beta x)
    where
        x \in \mathbb{R}
        \beta \in \mathbb{R}_{>0}
    gives
        \operatorname{Swish}_{\beta}(x) \in \mathbb{R}
    with
        \sigma = sigmoid
    call
        swish(x, beta=beta)

    Parameters
    ----------
    x
        Real numbers; shape (...).
    beta
        How steep the gate is; the larger, the closer to the ReLU.

    Returns
    -------
    Array
        Values in [-0.2785 / beta, inf], shape (...); the least one is at -1.2785 / beta.

    Raises
    ------
    ValueError
        If beta is not positive.

    References
    ----------
    [ramachandran2017]
    [hendrycks2016]

    Examples
    --------
    >>> swish(0.0)
    0.0
    >>> round(swish(2.0), 4)  # 2 / (1 + exp(-2))
    1.7616
    """
    xp, x = arrays("swish", x=x)
    beta = positive("swish", beta=beta)
    # x σ(βx) = max(0, x) − |x| σ(−β|x|): both sides bend alike, so that only e^(−β|x|) is needed, which is 0 beyond β|x| = 2000
    t = xp.clip(xp.where(x < 0, -x, x), max=2000 / beta)
    e, rest = _fading(xp, beta * t)
    # |x| σ(−β|x|) = |x| e^(−β|x|) / (1 + e^(−β|x|))
    return xp.where(x < 0, 0.0, x) - t * e / (1 + e) * rest


@array_function
def gelu(x: Array, /) -> Array:
    r"""Gaussian error linear unit: the input times the probability that a standard normal draw lies below it.

    This is the exact function, with the normal distribution function Φ, and not its approximation by a tanh.

    Formula
    -------
    gelu
        \operatorname{GELU}(x) = x\, \Phi(x)
    where
        x \in \mathbb{R}
    gives
        \operatorname{GELU}(x) \in \mathbb{R}

    Parameters
    ----------
    x
        Real numbers; shape (...).

    Returns
    -------
    Array
        Values in [-0.17, inf], shape (...); the least one, -0.169971…, is at -0.751791….

    Raises
    ------
    ValueError
        If x is empty.

    References
    ----------
    [hendrycks2016]

    Examples
    --------
    >>> gelu(0.0)
    0.0
    >>> round(gelu(1.0), 4)  # of a normal distribution, 84.13 % lie below one standard deviation
    0.8413
    """
    xp, x = arrays("gelu", x=x)
    # x Φ(x) = max(0, x) − |x| Φ(−|x|): both sides bend alike, so that only the tail of Φ is needed. Beyond ±40 it is 0
    t = xp.clip(xp.where(x < 0, -x, x), max=40.0)
    # Φ(−t) = e^(−t²/2) M(t), where (1 + 5t/4) M(t) is a polynomial in (t − 4) / (t + 4)
    s = (t - 4) / (t + 4)
    polynomial = xp.zeros_like(t)
    for coefficient in reversed(_TAIL):
        polynomial = polynomial * s + coefficient
    # e^(−t²/2) = e^(−c²/2) e^(−(t − c)(t + c)/2), where c is t rounded to sixteenths, so that c² is exact
    c = xp.round(t * 16) / 16
    e, rest = _fading(xp, c * c / 2)
    return xp.where(x < 0, 0.0, x) - t * polynomial / (1 + 1.25 * t) * xp.exp(-(t - c) * (t + c) / 2) * e * rest


# --- Section 3.1: universal approximation, and section 3.3: properties


def fit_one_hidden(
    f: Callable[[Array], Any], x: Array, /, *, n_hidden: int, rng: np.random.Generator, phi: Callable[[Array], Array] = sigmoid
) -> tuple[Array, Array, Array]:
    r"""One hidden layer that approximates a function on given points: output weights by least squares, hidden units drawn.

    Each hidden unit bends at one of the points, drawn at random, in a direction drawn at random; the more units, the steeper they are.
    This is an experiment on the theorem, which says that good weights exist, and not a way to find the best ones.

    Formula
    -------
    universal-approximation
        \forall f \in C(K), \ \forall \varepsilon > 0, \ \exists N, v_i, w_i, b_i :
        \ \sup_{x \in K} \left| f(x) - \sum_{i=1}^{N} v_i\, \phi(w_i^\top x + b_i) \right| < \varepsilon
    call
        statement

    Parameters
    ----------
    f
        The function to be approximated; it takes a point, shape (d,), and gives a number.
    x
        Points of the compact set K, a row each; shape (n, d).

    Other Parameters
    ----------------
    n_hidden
        The number N of hidden units, at least 1.
    rng
        A NumPy Generator, which draws the hidden units.
    phi
        The activation. The theorem holds for every continuous one that is not a polynomial.

    Returns
    -------
    tuple of Array
        Output weights v, shape (N,), hidden weights w, shape (N, d), and hidden biases b, shape (N,); ``phi(x @ w.T + b) @ v`` approximates f.

    Raises
    ------
    TypeError
        If f is not a function.
        If rng is not a NumPy Generator.
    ValueError
        If x is not a table of points.
        If n_hidden is not positive.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    References
    ----------
    [cybenko1989]
    [hornik1991]
    [leshno1993]

    Examples
    --------
    >>> x = np.linspace(-1, 1, 201)[:, None]
    >>> errors = []
    >>> for n_hidden in (1, 4, 16):
    ...     v, w, b = fit_one_hidden(lambda x: x[0] ** 2, x, n_hidden=n_hidden, rng=np.random.default_rng(0))
    ...     errors.append(float(np.abs(sigmoid(x @ w.T + b) @ v - x[:, 0] ** 2).max()))
    >>> [error < bound for error, bound in zip(errors, (1.0, 0.5, 0.05))]
    [True, True, True]
    """
    functions("fit_one_hidden", f=f, phi=phi)
    generator("fit_one_hidden", rng)
    xp, x = arrays("fit_one_hidden", x=x)
    if x.ndim != 2:
        raise ValueError(f"fit_one_hidden: x must have shape (n, d), a point a row, got {tuple(x.shape)}")
    n_hidden = natural("fit_one_hidden", n_hidden=n_hidden)
    n, d = x.shape
    like = {"dtype": x.dtype, "device": device(x)}
    # w_i: a random direction, the steeper the more units there are; b_i: such that the unit bends at one of the points
    directions = rng.normal(size=(n_hidden, d))
    directions *= 2 * (1 + n_hidden ** (0.5 / d)) / np.linalg.norm(directions, axis=1, keepdims=True)
    diameter = xp.sqrt(xp.sum((xp.max(x, axis=0) - xp.min(x, axis=0)) ** 2))
    w = xp.asarray(directions.tolist(), **like) / xp.where(diameter > 0, diameter, 1.0)
    b = -xp.sum(w * xp.stack([x[i, ...] for i in rng.integers(0, n, n_hidden).tolist()]), axis=1)
    # v: least squares on the outputs of the hidden layer
    y = xp.stack([xp.reshape(xp.asarray(f(x[i, ...]), **like), ()) for i in range(n)])
    return xp.linalg.pinv(phi(x @ w.T + b)) @ y, w, b


class Properties(NamedTuple):
    """What ``properties`` finds out about an activation.

    Attributes
    ----------
    low, high
        The infimum and the supremum of its values.
    low_reached, high_reached
        Whether some finite argument has that value; where not, the range is open there.
    mean
        The mean of its values where the argument is a standard normal draw; 0 for an activation that is centered on 0.
    slope_left, slope_right
        What its slope tends to as the argument falls and rises without bound; 0 where it saturates.
    steepest
        The largest of its slopes, in absolute value.
    kinks
        Where it has two slopes, one to the left and one to the right.
    """

    low: float
    high: float
    low_reached: bool
    high_reached: bool
    mean: float
    slope_left: float
    slope_right: float
    steepest: float
    kinks: tuple[float, ...]


def properties(activation: Callable[[Array], Array], /) -> Properties:
    r"""Range, center, saturation and kinks of an activation, found by evaluating it.

    Values are taken on a grid over [-16, 16], where float64 still tells the values of a saturating function from its limits, and at
    powers of two up to the largest number, which stand for the limits. Kinks are looked for at multiples of 1/8.

    Parameters
    ----------
    activation
        A function of one number that works on each element of an array.

    Returns
    -------
    Properties
        What was found, as numbers.

    Raises
    ------
    TypeError
        If activation is not a function.

    Notes
    -----
    Level C: it asks with NumPy.

    Examples
    --------
    >>> found = properties(tanh)
    >>> found.low, found.high, found.low_reached, found.slope_left, found.slope_right, found.kinks
    (-1.0, 1.0, False, 0.0, 0.0, ())
    >>> found = properties(relu)
    >>> found.low, found.high, found.low_reached, found.slope_left, found.slope_right, found.kinks
    (0.0, inf, True, 0.0, 1.0, (0.0,))
    """
    functions("properties", activation=activation)
    near = np.arange(-16 * 1024, 16 * 1024 + 1) / 1024
    far = 2.0 ** np.arange(5, 1024)
    at_near = activation(near)
    values = np.concatenate([at_near, activation(np.concatenate([-far, far, [-np.inf, np.inf]]))])
    low, high = np.nanmin(values), np.nanmax(values)  # a NaN: no limit at infinity, as for softmax
    # limits of the slope: chords of length 2^20, further out than any of these functions bends
    ends = activation(np.array([-2.0, -1.0, 1.0, 2.0]) * 2.0**20)
    left, right = float(ends[1] - ends[0]) / 2**20, float(ends[3] - ends[2]) / 2**20
    # by how much the slope changes from a chord of length h on the left to one on the right: a smooth function's by about h
    h = 2.0**-20
    places = near[::128]
    change = (activation(places + h) - 2 * activation(places) + activation(places - h)) / h
    kinks = places[np.abs(change) > 1e-4]
    nodes, weights = _normal_nodes()
    return Properties(
        low=float(low),
        high=float(high),
        low_reached=bool(at_near.min() == low),
        high_reached=bool(at_near.max() == high),
        mean=float(weights @ (activation(nodes) + activation(-nodes))),
        slope_left=left,
        slope_right=right,
        steepest=float(np.abs(np.diff(at_near) * 1024).max()),
        kinks=tuple(kinks.tolist()),
    )


# --- Parts


def _decay(xp: Any, x: Array) -> tuple[Array, Array]:
    """1 where x < 0 and 0 elsewhere, and e^(−|x|), whose slope at 0 is that of e^(−x): `abs` would have none there."""
    below = xp.astype(x < 0, x.dtype)
    return below, xp.exp((2 * below - 1) * x)


def _fading(xp: Any, u: Array) -> tuple[Array, Array]:
    """e^(−u) as two factors, for u ≥ 0. The second is 1 until the first would underflow; what stands before it may save the product."""
    k = xp.clip(xp.floor(u) - math.floor(0.9 * math.log(float(xp.finfo(u.dtype).max))), min=0.0)
    return xp.exp(k - u), xp.exp(-k)


def _normal_nodes() -> tuple[Any, Any]:
    """Nodes t > 0 and weights w such that Σ w (g(t) + g(−t)) is the mean of g under the standard normal distribution.

    Gauss's rule on [0, 12], so that a kink at 0 does no harm.
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t = 6 * (nodes + 1)
    weights = weights * np.exp(-t * t / 2)
    return t, weights / (2 * weights.sum())


# Coefficients of 1, s, s², … in (1 + 5t/4) Φ(−t) e^(t²/2), s = (t − 4) / (t + 4), for t ≥ 0: the polynomial that agrees with it at
# the 24 Chebyshev nodes of s, to 1e-16 everywhere. A test computes them anew.
_TAIL = (
    0.5664638478118136, -0.07827991627104337, -0.013595270429278435, 0.05367730690137463, -0.04796349781194261,
    0.024543145719926572, -0.006379863753117799, -0.0005167323311411622, 0.0009154174090524, -0.0001066491362856428,
    -0.00011697836991062591, 2.540490684204247e-05, 1.810888056361077e-05, -4.083676936976616e-06, -3.4304015627649184e-06,
    4.5572059009737224e-07, 7.123279776399009e-07, 1.2968985193890013e-08, -1.4041611212931296e-07, -2.6309128267760004e-08,
    2.192476723685031e-08, 7.712659968208756e-09, -1.921354723216238e-09, -9.549476931886065e-10,
)  # fmt: skip
