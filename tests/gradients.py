"""Gradients three ways, which must agree: PyTorch's autograd, JAX's, and central differences, all in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def assert_gradient(
    function: Callable[..., Any],
    *args: Any,
    wrt: int,
    expected: Any = None,
    differences: bool = True,
    step: float = 1e-6,
    rtol: float = 1e-6,
    **options: Any,
) -> None:
    """Assert that the libraries agree on the gradient of a function with respect to the argument at position `wrt`.

    Where the result is an array, the gradient is that of its sum with fixed, unequal weights, and so must be `expected` (for
    instance the derivative that the text states, one a sample) times these weights. At a kink there is no derivative: there,
    give the slope that is documented and leave the central differences out.
    """
    import jax
    import jax.numpy as jnp
    import torch

    point = np.asarray(args[wrt], dtype=np.float64)
    weights = np.cos(np.arange(np.asarray(function(*args, **options)).size)).reshape(np.shape(function(*args, **options)))

    def weighted(x: Any, array: Callable[[Any], Any]) -> Any:
        given = [x if i == wrt else array(arg) if isinstance(arg, list | float | int) else arg for i, arg in enumerate(args)]
        return (function(*given, **options) * array(weights)).sum()

    gradient = jax.jit(jax.grad(lambda x: weighted(x, jnp.asarray)))  # compiled whole, in a third of the time of its steps
    tensor = torch.tensor(point, requires_grad=True)
    weighted(tensor, torch.asarray).backward()
    assert tensor.grad is not None
    found = {"PyTorch": tensor.grad.numpy(), "JAX": np.asarray(gradient(jnp.asarray(point)))}
    np.testing.assert_allclose(found["JAX"], found["PyTorch"], rtol=1e-12, atol=1e-13, err_msg="JAX and PyTorch disagree")
    if differences:
        numeric = np.empty_like(point)
        for i in np.ndindex(point.shape):
            shift = np.zeros_like(point)
            shift[i] = step
            numeric[i] = (weighted(point + shift, np.asarray) - weighted(point - shift, np.asarray)) / (2 * step)
        np.testing.assert_allclose(found["PyTorch"], numeric, rtol=rtol, atol=1e-8, err_msg="autograd and differences disagree")
    if expected is not None:
        expected = np.asarray(expected)
        if weights.ndim:
            expected = weights.reshape(weights.shape + (1,) * (expected.ndim - weights.ndim)) * expected
        np.testing.assert_allclose(found["PyTorch"], expected, rtol=1e-12, atol=1e-13, err_msg="the stated gradient is another")
