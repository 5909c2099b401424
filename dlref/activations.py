"""Activation functions (chapter 3); so far the sigmoid, which logistic regression uses.

Every function takes an array of any shape ``(...)`` and works on each element. The result has the library, the device and the
floating dtype of the argument; integers count as the library's default floating dtype. All functions here are of level A: NumPy,
PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and differentiable by PyTorch and JAX.

Something that is no array or number: TypeError. Empty arrays, complex numbers, truth values: ValueError. A NaN goes through.
"""

from __future__ import annotations

from dlref._backend import Array, array_function, arrays

__all__ = ["sigmoid"]


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

    Examples
    --------
    >>> sigmoid(0.0)
    0.5
    >>> round(sigmoid(2.0), 4)  # 1 / (1 + exp(-2))
    0.8808
    """
    xp, x = arrays("sigmoid", x=x)
    # 1 / (1 + e^(−x)) as exp(−log(1 + e^(−x))), which neither overflows nor loses small values
    return xp.exp(-xp.logaddexp(xp.zeros_like(x), -x))
