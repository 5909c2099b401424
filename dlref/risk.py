"""Risk: what a predictor costs on average, over samples or over their distribution (sections 1.1 to 1.3).

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among the data goes through the formula. Probabilities are
checked wherever their values can be read, that is, not while JAX or PyTorch traces the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, device, distributions, entries, functions, generator, nonnegative, paired, single, whole
from dlref.losses import squared

__all__ = [
    "bias_squared",
    "empirical_risk",
    "expected_risk",
    "expected_squared_error",
    "fixed_design_predictions",
    "mean_squared_error",
    "monte_carlo_risk",
    "predict",
    "training_set",
    "variance",
]


@array_function
def training_set(x: Array, y: Array, /) -> tuple[tuple[Array, Array], ...]:
    r"""Training set: n pairs of an input and its label.

    Formula
    -------
    training-set
        \mathcal{D} = \{(x_i, y_i) \mid i = 1, \dots, n\}
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n

    Parameters
    ----------
    x
        Inputs along the first axis; shape (n, ...).
    y
        Their labels along the first axis; shape (n, ...).

    Returns
    -------
    tuple of pairs of Array
        The pairs in the order of the samples, equal ones included.

    Raises
    ------
    ValueError
        If x and y do not have equally many entries along a first axis.

    References
    ----------
    [vapnik1992]

    Examples
    --------
    >>> training_set([0.5, 2.0], [1, -1])
    ((0.5, 1.0), (2.0, -1.0))
    """
    _, x, y = arrays("training_set", x=x, y=y)
    n = entries("training_set", x=x, y=y)
    # {(x_i, y_i) | i = 1, …, n}
    return tuple((x[i, ...], y[i, ...]) for i in range(n))


@array_function
def predict(f: Callable[[Array, Array], Array], x: Array, theta: Array, /) -> Array:
    r"""Prediction of a function that has parameters: learning chooses the parameters, and with them the predictor.

    Formula
    -------
    predictor-map
        f : \mathcal{X} \rightarrow \mathcal{Y}
    call
        statement

    parametric-predictor
        \hat{y} = f(x; \theta)
    where
        f : \mathbb{R}^d \times \mathbb{R}^p \to \mathbb{R}
        x \in \mathbb{R}^d
        \theta \in \mathbb{R}^p
    gives
        \hat{y} \in \mathbb{R}

    Parameters
    ----------
    f
        Function of an input and of parameters; it is called once, with x and theta as arrays.
    x
        Input; shape (d,).
    theta
        Parameters; shape (p,).

    Returns
    -------
    Array
        What f returns.

    Raises
    ------
    TypeError
        If f is not a function.

    References
    ----------
    [vapnik1992]

    Examples
    --------
    >>> predict(lambda x, theta: theta[0] * x + theta[1], 3.0, [2.0, 0.5])
    6.5
    """
    functions("predict", f=f)
    _, x, theta = arrays("predict", x=x, theta=theta)
    # f(x; θ)
    return f(x, theta)


@array_function
def expected_risk(f: Callable[[Array], Array], loss: Callable[[Array, Array], Array], x: Array, y: Array, p: Array, /) -> Array:
    r"""Expected risk of a predictor: its expected loss, exactly, for a distribution on finitely many points.

    A point of probability 0 counts for nothing, even where its loss is infinite.

    Formula
    -------
    expected-risk
        R(f) = \mathbb{E}_{(x,y) \sim P}\left[\ell(y, f(x))\right]
    where
        f : \mathbb{R}^d \to \mathbb{R}
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_k \in \mathbb{R}^d, \ k = 1, \dots, m
        y_k \in \mathbb{R}, \ k = 1, \dots, m
        p \in \Delta^{m - 1}
    gives
        R(f) \in \mathbb{R}
    with
        P = \sum_{k=1}^{m} p_k \delta_{(x_k, y_k)}

    Parameters
    ----------
    f
        Predictor; it is called with one point of x at a time.
    loss
        Loss of a label and a prediction, in this order, such as those of ``dlref.losses``; it returns one number.
    x
        Points along the first axis; shape (m, ...).
    y
        Their labels along the first axis; shape (m, ...).
    p
        Their probabilities, which sum to 1 within 0.001; shape (m,).

    Returns
    -------
    Array
        The expected loss, a scalar.

    Raises
    ------
    TypeError
        If f is not a function.
        If loss is not a function.
    ValueError
        If x, y and p do not have equally many entries along a first axis.
        If p has a second axis.
        If a probability is negative.
        If the probabilities do not sum to 1.
        If a loss is not a single number.

    References
    ----------
    [vapnik1992]

    Examples
    --------
    >>> from dlref.losses import squared
    >>> expected_risk(lambda x: 2 * x, squared, [1.0, 2.0], [2.0, 6.0], [0.75, 0.25])  # losses 0 and 4
    1.0
    """
    functions("expected_risk", f=f, loss=loss)
    xp, x, y, p = arrays("expected_risk", x=x, y=y, p=p)
    entries("expected_risk", x=x, y=y, p=p)
    if p.ndim != 1:
        raise ValueError(f"expected_risk: p must have shape (m,), got {tuple(p.shape)}")
    distributions("expected_risk", p=p)
    losses = _losses("expected_risk", xp, f, loss, x, y)
    losses = xp.where((p == 0) & xp.isinf(losses), 0.0, losses)
    # E ℓ(y, f(x)) = Σ_k p_k ℓ(y_k, f(x_k))
    return xp.sum(p * losses)


@array_function
def empirical_risk(f: Callable[[Array], Array], loss: Callable[[Array, Array], Array], x: Array, y: Array, /) -> Array:
    r"""Empirical risk of a predictor: its mean loss over n samples, which stands in for the expected risk.

    Formula
    -------
    empirical-risk
        \hat{R}(f) = \frac{1}{n} \sum_{i=1}^{n} \ell(y_i, f(x_i))
    where
        f : \mathbb{R}^d \to \mathbb{R}
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
    gives
        \hat{R}(f) \in \mathbb{R}

    Parameters
    ----------
    f
        Predictor; it is called with one input at a time.
    loss
        Loss of a label and a prediction, in this order, such as those of ``dlref.losses``; it returns one number.
    x
        Inputs along the first axis; shape (n, ...).
    y
        Their labels along the first axis; shape (n, ...).

    Returns
    -------
    Array
        The mean loss, a scalar.

    Raises
    ------
    TypeError
        If f is not a function.
        If loss is not a function.
    ValueError
        If x and y do not have equally many entries along a first axis.
        If a loss is not a single number.

    References
    ----------
    [vapnik1992]

    Examples
    --------
    >>> from dlref.losses import squared
    >>> empirical_risk(lambda x: 2 * x, squared, [1.0, 2.0], [2.0, 6.0])  # losses 0 and 4
    2.0
    """
    functions("empirical_risk", f=f, loss=loss)
    xp, x, y = arrays("empirical_risk", x=x, y=y)
    entries("empirical_risk", x=x, y=y)
    # (1/n) Σ_i ℓ(y_i, f(x_i))
    return xp.mean(_losses("empirical_risk", xp, f, loss, x, y))


@array_function
def monte_carlo_risk(
    f: Callable[[Array], Array],
    loss: Callable[[Array, Array], Array],
    sampler: Callable[..., tuple[Array, Array]],
    /,
    *,
    n_samples: int,
    rng: np.random.Generator,
) -> Array:
    r"""Estimate of the expected risk for a distribution that can be sampled: the empirical risk of fresh samples.

    Its mean is the expected risk, and its standard deviation is that of one loss divided by the square root of the number of
    samples.

    Parameters
    ----------
    f
        Predictor; it is called with one input at a time.
    loss
        Loss of a label and a prediction, in this order, such as those of ``dlref.losses``; it returns one number.
    sampler
        Called once, as ``sampler(n=n_samples, rng=rng)``; it returns inputs and labels, such as
        ``dlref.linear.make_plane_data``.
    n_samples
        Number of samples.
    rng
        Source of randomness.

    Returns
    -------
    Array
        The mean loss over the samples, a scalar.

    Raises
    ------
    TypeError
        If f is not a function.
        If loss is not a function.
        If sampler is not a function.
        If n_samples is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n_samples is not positive.
        If the sampler does not return n_samples inputs and labels.
        If a loss is not a single number.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> from dlref.losses import squared
    >>> def die(*, n, rng):
    ...     return np.zeros(n), rng.integers(1, 7, n)
    >>> estimate = monte_carlo_risk(lambda x: 3.5, squared, die, n_samples=2000, rng=np.random.default_rng(0))
    >>> abs(estimate - 35 / 12) < 0.2  # the variance of a die
    True
    """
    functions("monte_carlo_risk", f=f, loss=loss, sampler=sampler)
    n_samples = whole("monte_carlo_risk", n_samples=n_samples)
    check("monte_carlo_risk", n_samples > 0, "be > 0", n_samples=n_samples)
    generator("monte_carlo_risk", rng)
    xp, x, y = arrays("monte_carlo_risk", **dict(zip(("x", "y"), sampler(n=n_samples, rng=rng), strict=True)))
    if entries("monte_carlo_risk", x=x, y=y) != n_samples:
        raise ValueError(f"monte_carlo_risk: sampler must return {n_samples} samples, got x {tuple(x.shape)}, y {tuple(y.shape)}")
    return xp.mean(_losses("monte_carlo_risk", xp, f, loss, x, y))


@array_function
def bias_squared(predictions: Array, f_star: Array, /) -> Array:
    r"""Squared bias: how far the mean prediction, over training sets, is from the true function.

    Parameters
    ----------
    predictions
        Predictions of the models of m training sets, at one point or at n points; shape (m,) or (m, n).
    f_star
        The true function at the points; shape () or (n,).

    Returns
    -------
    Array
        Squared biases in [0, inf]; shape () or (n,).

    Raises
    ------
    ValueError
        If the shape of f_star is not that of the predictions without their first axis.

    Examples
    --------
    >>> bias_squared([1.0, 2.0, 6.0], 1.0)  # the mean is 3
    4.0
    """
    xp, predictions, f_star = arrays("bias_squared", predictions=predictions, f_star=f_star)
    _repeated("bias_squared", predictions, f_star)
    # (E_D f̂_D(x) − f*(x))²
    return (xp.mean(predictions, axis=0) - f_star) ** 2


@array_function
def variance(predictions: Array, /) -> Array:
    r"""Variance of the predictions over training sets, each with weight 1/m.

    Parameters
    ----------
    predictions
        Predictions of the models of m training sets, at one point or at n points; shape (m,) or (m, n).

    Returns
    -------
    Array
        Variances in [0, inf]; shape () or (n,).

    Raises
    ------
    ValueError
        If the predictions are a scalar.

    Examples
    --------
    >>> round(variance([1.0, 2.0, 6.0]), 4)  # (4 + 1 + 9) / 3
    4.6667
    """
    xp, predictions = arrays("variance", predictions=predictions)
    if predictions.ndim == 0:
        raise ValueError("variance: predictions must have a first axis of training sets, got a scalar")
    # E_D (f̂_D(x) − E_D f̂_D(x))²
    return xp.mean((predictions - xp.mean(predictions, axis=0)) ** 2, axis=0)


@array_function
def expected_squared_error(predictions: Array, f_star: Array, /, *, sigma: float) -> Array:
    r"""Expected squared error at a point: squared bias, variance and noise, with no term between them.

    The expectation is over m training sets of equal weight and over the noise of a new target, which has mean 0 and standard
    deviation sigma and does not depend on the training set.

    Formula
    -------
    bias-variance-decomposition
        \mathbb{E}_{\mathcal{D},\varepsilon}\left[(y - \hat{f}_{\mathcal{D}}(x))^2\right] =
        \underbrace{\left(\mathbb{E}_{\mathcal{D}}[\hat{f}_{\mathcal{D}}(x)] - f^{*}(x)\right)^2}_{(1)} +
        \underbrace{\mathbb{E}_{\mathcal{D}}\left[\left(\hat{f}_{\mathcal{D}}(x) -
        \mathbb{E}_{\mathcal{D}}[\hat{f}_{\mathcal{D}}(x)]\right)^2\right]}_{(2)} + \sigma_{\varepsilon}^2
    where
        \hat{f}_{\mathcal{D}}(x) \in \mathbb{R}, \ \mathcal{D} = 1, \dots, m
        f^{*}(x) \in \mathbb{R}
        \sigma_{\varepsilon} \in \mathbb{R}_{\ge 0}
    with
        y = f^{*}(x) + \varepsilon
        \mathcal{D} \sim \frac{1}{m} \sum_{k=1}^{m} \delta_k
        \varepsilon \sim \frac{1}{2} \delta_{-\sigma_{\varepsilon}} + \frac{1}{2} \delta_{\sigma_{\varepsilon}}
    call
        expected_squared_error(predictions, f_star, sigma=sigma)

    Parameters
    ----------
    predictions
        Predictions of the models of m training sets, at one point or at n points; shape (m,) or (m, n).
    f_star
        The true function at the points; shape () or (n,).
    sigma
        Standard deviation of the noise; its square is the error that no predictor avoids.

    Returns
    -------
    Array
        Expected squared errors, at least ``sigma ** 2``; shape () or (n,).

    Raises
    ------
    ValueError
        If the shape of f_star is not that of the predictions without their first axis.
        If sigma is negative.
        If sigma is not finite.

    References
    ----------
    [geman1992]

    Examples
    --------
    >>> round(expected_squared_error([1.0, 2.0, 6.0], 1.0, sigma=0.5), 4)  # 4 + 14 / 3 + 1 / 4
    8.9167
    """
    _, predictions, f_star = arrays("expected_squared_error", predictions=predictions, f_star=f_star)
    _repeated("expected_squared_error", predictions, f_star)
    sigma = nonnegative("expected_squared_error", sigma=sigma)
    return bias_squared(predictions, f_star) + variance(predictions) + sigma**2


@array_function
def fixed_design_predictions(
    f_star: Callable[[Array], Array], x: Array, /, *, degree: int, sigma: float, n_rep: int, rng: np.random.Generator
) -> Array:
    r"""Draw the predictions of least-squares polynomials over many training sets that share their inputs (fixed design).

    Each training set has the targets ``f_star(x_i) + sigma * noise``, with new standard normal noise; the polynomial that fits
    it is evaluated at the same inputs. Averaged over the n inputs, the expected variance is exactly sigma² (degree + 1) / n, and
    the squared bias never grows with the degree. Neither is so where the inputs are drawn anew as well.

    Parameters
    ----------
    f_star
        The true function of one number; it is called with one input at a time.
    x
        Inputs, degree + 1 different ones or more; shape (n,).
    degree
        Degree of the polynomials.
    sigma
        Standard deviation of the noise.
    n_rep
        Number of training sets.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Predictions, a row for each training set; shape (n_rep, n).

    Raises
    ------
    TypeError
        If f_star is not a function.
        If degree is not an integer.
        If n_rep is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If x does not have the shape (n,).
        If x has fewer than degree + 1 different values.
        If degree is negative.
        If sigma is negative.
        If sigma is not finite.
        If n_rep is not positive.
        If a value of f_star is not a single number.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> predictions = fixed_design_predictions(lambda x: x * x, [0.0, 1.0, 2.0, 3.0], degree=1, sigma=0.0, n_rep=2, rng=rng)
    >>> (np.round(predictions, 4) + 0.0).tolist()  # without noise the line 3 x - 1 each time
    [[-1.0, 2.0, 5.0, 8.0], [-1.0, 2.0, 5.0, 8.0]]
    """
    name = "fixed_design_predictions"
    functions(name, f_star=f_star)
    xp, x = arrays(name, x=x)
    if x.ndim != 1:
        raise ValueError(f"{name}: x must have shape (n,), got {tuple(x.shape)}")
    degree, n_rep = whole(name, degree=degree), whole(name, n_rep=n_rep)
    check(name, degree >= 0, "be >= 0", degree=degree)
    check(name, n_rep > 0, "be > 0", n_rep=n_rep)
    sigma = nonnegative(name, sigma=sigma)
    generator(name, rng)
    ordered = xp.sort(x)
    different = 1 + xp.sum(xp.astype(ordered[1:] > ordered[:-1], x.dtype))
    check(name, different > degree, f"have degree + 1 = {degree + 1} different values or more", x=different)
    truth = _column(name, xp, x, "f_star", (f_star(x[i, ...]) for i in range(x.shape[0])))
    # An orthonormal basis of the polynomials at the points: Legendre's on their interval, then QR
    basis = [xp.ones_like(x)]
    if degree > 0:
        t = (2 * x - ordered[0] - ordered[-1]) / (ordered[-1] - ordered[0])
        basis.append(t)
    for k in range(1, degree):
        # (k + 1) P_{k+1}(t) = (2k + 1) t P_k(t) − k P_{k−1}(t)
        basis.append(((2 * k + 1) * t * basis[k] - k * basis[k - 1]) / (k + 1))
    q, _ = xp.linalg.qr(xp.stack(basis, axis=-1))
    noise = xp.asarray(rng.standard_normal((n_rep, x.shape[0])), dtype=x.dtype, device=device(x))
    # The least-squares fit of y at the points is the projection Q Qᵀ y
    return ((truth + sigma * noise) @ q) @ q.T


@array_function
def mean_squared_error(y: Array, y_hat: Array, /) -> Array:
    r"""Mean of the squared losses of n samples.

    Formula
    -------
    mean-squared-error
        \mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (y_i - \hat{y}_i)^2
    where
        y_i \in \mathbb{R}, \ i = 1, \dots, n
        \hat{y}_i \in \mathbb{R}, \ i = 1, \dots, n

    Parameters
    ----------
    y
        Targets; shape (..., n).
    y_hat
        Predictions; shape (..., n).

    Returns
    -------
    Array
        The mean squared error over the last axis, in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ.
        If either is a scalar.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> mean_squared_error([1.0, 2.0, 3.0], [1.0, 2.0, 6.0])
    3.0
    """
    xp, y, y_hat = arrays("mean_squared_error", y=y, y_hat=y_hat)
    paired("mean_squared_error", y=y, y_hat=y_hat)
    if y.ndim == 0 or y_hat.ndim == 0:
        raise ValueError(f"mean_squared_error: y and y_hat must have an axis of samples, got y {tuple(y.shape)}, y_hat {tuple(y_hat.shape)}")
    # (1/n) Σ_i (y_i − ŷ_i)²
    return xp.mean(squared(y, y_hat), axis=-1)


def _losses(name: str, xp: Any, f: Callable[[Array], Array], loss: Callable[[Array, Array], Array], x: Array, y: Array) -> Array:
    """The loss of each sample, one after the other, since f need not know of batches."""
    return _column(name, xp, x, "loss", (loss(y[i, ...], f(x[i, ...])) for i in range(x.shape[0])))


def _column(name: str, xp: Any, like: Array, what: str, values: Iterable[Array]) -> Array:
    """Single numbers that a function has returned, stacked to an array of the library and the device of another."""
    found = [single(name, what, value, like) for value in values]
    dtype = xp.result_type(*(value.dtype for value in found))
    return xp.stack([xp.astype(value, dtype) for value in found])


def _repeated(name: str, predictions: Array, f_star: Array) -> None:
    """Refuse predictions whose rows have another shape than the true function."""
    if predictions.ndim == 0 or predictions.shape[1:] != f_star.shape:
        got = f"predictions {tuple(predictions.shape)}, f_star {tuple(f_star.shape)}"
        raise ValueError(f"{name}: predictions must have shape (m,) beside a scalar f_star or (m, n) beside (n,), got {got}")
