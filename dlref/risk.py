"""Risk: what a predictor costs on average, over samples or over their distribution (sections 1.1 to 1.3).

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. All functions here are of level A: NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and differentiable by PyTorch and JAX.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among the data goes through the formula.
"""

from __future__ import annotations

from dlref._backend import Array, array_function, arrays, paired
from dlref.losses import squared

__all__ = ["mean_squared_error"]


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
