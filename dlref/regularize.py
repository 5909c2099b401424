"""Regularization: penalties, the objectives that they make, and the lasso, ridge regression and the elastic net (sections 8.1 to 8.4).

The loss on the data of the three regressions is half the mean squared error, without an intercept, so that the lasso's lam is the
alpha of scikit-learn's Lasso, and ``2 * n * lam`` is that of its Ridge. Columns of x that have not been brought to one scale are
penalized unequally.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise: the lasso and the elastic net decide
by values and compute in NumPy, and hand the result back in the library that they were called with.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among losses and parameters goes through a formula; what is
to be fitted must be finite.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, device, functions, host, like, nonnegative, paired, positive, samples, single, table
from dlref.linear import score
from dlref.risk import mean_squared_error

__all__ = [
    "ElasticNet",
    "Lasso",
    "Ridge",
    "elastic_net",
    "elastic_net_objective",
    "elastic_net_regularized",
    "l1_penalty",
    "l1_regularized",
    "l1_subgradient",
    "l2_penalty",
    "l2_regularized",
    "lasso",
    "lasso_objective",
    "regularized",
    "ridge",
    "ridge_objective",
    "ridge_shrinkage",
    "soft_threshold",
    "weight_decay_step",
]


@array_function
def regularized(data_loss: Callable[[Array], Array], penalty: Callable[[Array], Array], w: Array, /, *, lam: float) -> Array:
    r"""Regularized objective: the loss on the data plus a penalty on the parameters, weighted against each other.

    Formula
    -------
    regularized-objective
        \mathcal{L}_{\text{total}}(\mathbf{w}) = \underbrace{\mathcal{L}_{\text{data}}(\mathbf{w})}_{(1)} + \underbrace{\lambda \mathcal{R}(\mathbf{w})}_{(2)}
    where
        \mathcal{L}_{\text{data}} : \mathbb{R}^d \to \mathbb{R}
        \mathcal{R} : \mathbb{R}^d \to \mathbb{R}
        \mathbf{w} \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}}(\mathbf{w}) \in \mathbb{R}
    call
        regularized(data_loss, penalty, w, lam=lam)

    Parameters
    ----------
    data_loss
        The loss on the data, a single number, as a function of the parameters.
    penalty
        What the parameters cost, a single number, as a function of them, such as ``l1_penalty``.
    w
        Parameters; shape (d,).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        The objective, a scalar.

    Raises
    ------
    TypeError
        If data_loss is not a function.
        If penalty is not a function.
    ValueError
        If data_loss does not return a single number.
        If penalty does not return a single number.
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> regularized(lambda w: (w[0] - 3) ** 2, l1_penalty, [1.0, -2.0], lam=0.5)  # 4 + 0.5 · 3
    5.5
    """
    name = "regularized"
    functions(name, data_loss=data_loss, penalty=penalty)
    _, w = arrays(name, w=w)
    lam = nonnegative(name, lam=lam)
    # L_data(w) + λ R(w)
    return single(name, "data_loss", data_loss(w), w) + lam * single(name, "penalty", penalty(w), w)


@array_function
def l1_penalty(w: Array, /) -> Array:
    r"""L1 penalty: the sum of the absolute values of the parameters.

    Parameters
    ----------
    w
        Parameters; shape (..., d).

    Returns
    -------
    Array
        Values in [0, inf], shape (...); their gradient is ``l1_subgradient``.

    Raises
    ------
    ValueError
        If w is a scalar.

    Examples
    --------
    >>> l1_penalty([1.0, -2.0, 0.0])
    3.0
    """
    xp, w = arrays("l1_penalty", w=w)
    _parameters("l1_penalty", w)
    # Σ_i |w_i|, with the slope 0 at 0, where JAX's abs has another than PyTorch's
    return xp.sum(xp.where(w == 0, 0.0, xp.abs(w)), axis=-1)


@array_function
def l2_penalty(w: Array, /) -> Array:
    r"""L2 penalty: the sum of the squares of the parameters, without the half that others put in front.

    Parameters
    ----------
    w
        Parameters; shape (..., d).

    Returns
    -------
    Array
        Values in [0, inf], shape (...); their gradient is 2 w.

    Raises
    ------
    ValueError
        If w is a scalar.

    Examples
    --------
    >>> l2_penalty([1.0, -2.0, 0.0])
    5.0
    """
    xp, w = arrays("l2_penalty", w=w)
    _parameters("l2_penalty", w)
    # Σ_i w_i²
    return xp.sum(w * w, axis=-1)


@array_function
def l1_subgradient(w: Array, /) -> Array:
    r"""Subgradient of the L1 penalty: the sign of each parameter, and 0 for a parameter that is 0.

    At 0, where the penalty has a kink, every number from -1 to 1 is a subgradient.

    Parameters
    ----------
    w
        Parameters; shape (..., d).

    Returns
    -------
    Array
        Signs, NaN for a NaN; shape (..., d).

    Raises
    ------
    ValueError
        If w is a scalar.

    Examples
    --------
    >>> l1_subgradient([1.5, -2.0, 0.0])
    array([ 1., -1.,  0.])
    """
    xp, w = arrays("l1_subgradient", w=w)
    _parameters("l1_subgradient", w)
    return xp.where(w > 0, 1.0, xp.where(w < 0, -1.0, xp.where(w == 0, 0.0, w)))


@array_function
def l1_regularized(data_loss: Array, w: Array, /, *, lam: float) -> Array:
    r"""Objective with an L1 penalty: the loss on the data plus the sum of the absolute values of the parameters.

    Formula
    -------
    l1-regularization
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda \sum_{i} |w_i|
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        l1_regularized(data_loss, w, lam=lam)

    Parameters
    ----------
    data_loss
        Value of the loss on the data; shape (...).
    w
        Parameters; shape (..., d).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        Objectives; shape (...).

    Raises
    ------
    ValueError
        If w is a scalar.
        If there is not one loss for each row of parameters.
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [tibshirani1996]

    Examples
    --------
    >>> l1_regularized(4.0, [1.0, -2.0], lam=0.5)  # 4 + 0.5 · 3
    5.5
    """
    data_loss, w = _loss_and_parameters("l1_regularized", data_loss, w)
    lam = nonnegative("l1_regularized", lam=lam)
    # L_data + λ Σ_i |w_i|
    return data_loss + lam * l1_penalty(w)


@array_function
def l2_regularized(data_loss: Array, w: Array, /, *, lam: float) -> Array:
    r"""Objective with an L2 penalty: the loss on the data plus the sum of the squares of the parameters.

    Formula
    -------
    l2-regularization
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda \sum_{i} w_i^2
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        l2_regularized(data_loss, w, lam=lam)

    Parameters
    ----------
    data_loss
        Value of the loss on the data; shape (...).
    w
        Parameters; shape (..., d).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        Objectives; shape (...).

    Raises
    ------
    ValueError
        If w is a scalar.
        If there is not one loss for each row of parameters.
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [hoerl1970]

    Examples
    --------
    >>> l2_regularized(4.0, [1.0, -2.0], lam=0.5)  # 4 + 0.5 · 5
    6.5
    """
    data_loss, w = _loss_and_parameters("l2_regularized", data_loss, w)
    lam = nonnegative("l2_regularized", lam=lam)
    # L_data + λ Σ_i w_i²
    return data_loss + lam * l2_penalty(w)


@array_function
def elastic_net_regularized(data_loss: Array, w: Array, /, *, lam1: float, lam2: float) -> Array:
    r"""Objective of the elastic net: the loss on the data plus an L1 and an L2 penalty.

    Formula
    -------
    elastic-net
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda_1 \sum_{i} |w_i| + \lambda_2 \sum_{i} w_i^2
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda_1 \in \mathbb{R}_{\ge 0}
        \lambda_2 \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        elastic_net_regularized(data_loss, w, lam1=lam1, lam2=lam2)

    Parameters
    ----------
    data_loss
        Value of the loss on the data; shape (...).
    w
        Parameters; shape (..., d).
    lam1
        Weight of the L1 penalty.
    lam2
        Weight of the L2 penalty.

    Returns
    -------
    Array
        Objectives; shape (...).

    Raises
    ------
    ValueError
        If w is a scalar.
        If there is not one loss for each row of parameters.
        If lam1 is negative.
        If lam1 is not finite.
        If lam2 is negative.
        If lam2 is not finite.

    References
    ----------
    [zou2005]

    Examples
    --------
    >>> elastic_net_regularized(4.0, [1.0, -2.0], lam1=0.5, lam2=0.25)  # 4 + 0.5 · 3 + 0.25 · 5
    6.75
    """
    data_loss, w = _loss_and_parameters("elastic_net_regularized", data_loss, w)
    lam1 = nonnegative("elastic_net_regularized", lam1=lam1)
    lam2 = nonnegative("elastic_net_regularized", lam2=lam2)
    # L_data + λ_1 Σ_i |w_i| + λ_2 Σ_i w_i²
    return data_loss + lam1 * l1_penalty(w) + lam2 * l2_penalty(w)


@array_function
def soft_threshold(u: Array, /, *, lam: float) -> Array:
    r"""Soft threshold: a number moved towards 0 by a fixed amount, and 0 where it is no larger than that.

    It is the minimizer of ``(u - w)**2 / 2 + lam * |w|`` over w: the lasso of a single parameter.

    Formula
    -------
    soft-thresholding
        S_{\lambda}(u) = \operatorname{sign}(u) \max(|u| - \lambda, 0)
    where
        u \in \mathbb{R}
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        S_{\lambda}(u) \in \mathbb{R}
    call
        soft_threshold(u, lam=lam)

    Parameters
    ----------
    u
        Numbers; shape (...).
    lam
        How far they are moved.

    Returns
    -------
    Array
        Thresholded numbers; shape (...).

    Raises
    ------
    ValueError
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [tibshirani1996]

    Examples
    --------
    >>> soft_threshold([3.0, -2.5, 0.5], lam=1.0)
    array([ 2. , -1.5,  0. ])
    """
    xp, u = arrays("soft_threshold", u=u)
    lam = nonnegative("soft_threshold", lam=lam)
    # sign(u) max(|u| − λ, 0) by cases, so that no slope is asked of sign and |·| at 0
    return xp.where(u >= lam, u - lam, xp.where(u <= -lam, u + lam, xp.where(xp.isnan(u), u, 0.0)))


@array_function
def lasso(x: Array, y: Array, /, *, lam: float) -> Array:
    r"""Lasso: least squares with an L1 penalty, which sets coefficients to exactly 0; no intercept.

    It is scikit-learn's Lasso with ``alpha=lam`` and ``fit_intercept=False``, solved to the rounding. From
    ``lam = max |xᵀ y| / n`` on, all coefficients are 0.

    Formula
    -------
    lasso
        \hat{\mathbf{w}} = \arg\min_{\mathbf{w}} \left\{ \frac{1}{2n} \sum_{j=1}^{n} (y_j - \mathbf{x}_j^{\top} \mathbf{w})^2 + \lambda \sum_{i} |w_i| \right\}
    where
        \mathbf{x}_j \in \mathbb{R}^d, \ j = 1, \dots, n
        y_j \in \mathbb{R}, \ j = 1, \dots, n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
        \min \in \mathbb{R}
    with
        w_i = \mathbf{w}_i
        i = 1, \dots, d
    call
        w = lasso(x, y, lam=lam); w, lasso_objective(x, y, w, lam=lam)

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Targets; shape (n,).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        A minimizer, the only one unless columns of x are dependent; shape (d,).

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one target for each row of x.
        If a value of x is not finite.
        If a value of y is not finite.
        If products of the values overflow.
        If lam is not positive.
        If lam is not finite.

    Notes
    -----
    Level B: without jit, compile, meta and gradients, because coordinate descent decides by values. It computes in float64.

    References
    ----------
    [tibshirani1996]
    [friedman2010]

    Examples
    --------
    >>> lasso([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], lam=0.5).tolist()  # S(3/2) and S(1/4), over 1/2
    [2.0, 0.0]
    """
    xp, x, y = _regression("lasso", x, y)
    lam = positive("lasso", lam=lam)
    return like(xp, x, _least(*_products("lasso", x, y), lam))


@array_function
def lasso_objective(x: Array, y: Array, w: Array, /, *, lam: float) -> Array:
    r"""Objective of the lasso, half the mean squared error plus the L1 penalty.

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Targets; shape (..., n).
    w
        Parameters; shape (d,).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        Values in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one target for each row of x.
        If w does not have one parameter for each feature of x.
        If lam is not positive.
        If lam is not finite.

    Examples
    --------
    >>> lasso_objective([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], [2.0, 0.0], lam=0.5)  # (1 + 0.25) / 4 + 0.5 · 2
    1.3125
    """
    data_loss, w = _half_mean_squared_error("lasso_objective", x, y, w)
    return data_loss + positive("lasso_objective", lam=lam) * l1_penalty(w)


@array_function
def ridge(x: Array, y: Array, /, *, lam: float) -> Array:
    r"""Ridge regression: least squares with an L2 penalty, which makes the parameters small; no intercept.

    It is scikit-learn's Ridge with ``alpha=2 * n * lam`` and ``fit_intercept=False``. The closed form is not followed to the
    letter: forming the product of X with itself would square its condition number. The same equations are those of a least-squares
    problem with d more rows, which a QR factorization solves.

    Formula
    -------
    ridge
        \hat{\mathbf{w}} = \arg\min_{\mathbf{w}} \left\{ \frac{1}{2n} \sum_{j=1}^{n} (y_j - \mathbf{x}_j^{\top} \mathbf{w})^2 + \lambda \sum_{i} w_i^2 \right\}
    where
        \mathbf{x}_j \in \mathbb{R}^d, \ j = 1, \dots, n
        y_j \in \mathbb{R}, \ j = 1, \dots, n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
        \min \in \mathbb{R}
    with
        w_i = \mathbf{w}_i
        i = 1, \dots, d
    call
        w = ridge(x, y, lam=lam); w, ridge_objective(x, y, w, lam=lam)

    ridge-closed-form
        \hat{\mathbf{w}} = (X^{\top} X + 2 n \lambda I)^{-1} X^{\top} \mathbf{y}
    where
        X \in \mathbb{R}^{n \times d}
        \mathbf{y} \in \mathbb{R}^n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
    call
        ridge(x, y, lam=lam)

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Targets; shape (n,).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        The only minimizer; shape (d,).

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one target for each row of x.
        If a value of x is not finite.
        If a value of y is not finite.
        If lam is not positive.
        If lam is not finite.

    References
    ----------
    [hoerl1970]

    Examples
    --------
    >>> w = ridge([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], lam=0.25)  # halves, since 1 / (1 + 2 · 2 · 0.25) = 1/2
    >>> np.round(w, 4).tolist()
    [1.5, 0.25]
    """
    xp, x, y = _regression("ridge", x, y)
    lam = positive("ridge", lam=lam)
    n, d = x.shape
    # (XᵀX + 2nλ I) w = Xᵀ y: least squares with √(2nλ) I below X and zeros below y
    below = math.sqrt(2 * n) * math.sqrt(lam) * xp.eye(d, dtype=x.dtype, device=device(x))
    q, r = xp.linalg.qr(xp.concat([x, below]))
    return xp.linalg.solve(r, q[:n, :].T @ y)


@array_function
def ridge_objective(x: Array, y: Array, w: Array, /, *, lam: float) -> Array:
    r"""Objective of ridge regression, half the mean squared error plus the L2 penalty.

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Targets; shape (..., n).
    w
        Parameters; shape (d,).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        Values in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one target for each row of x.
        If w does not have one parameter for each feature of x.
        If lam is not positive.
        If lam is not finite.

    Examples
    --------
    >>> ridge_objective([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], [2.0, 0.0], lam=0.5)  # (1 + 0.25) / 4 + 0.5 · 4
    2.3125
    """
    data_loss, w = _half_mean_squared_error("ridge_objective", x, y, w)
    return data_loss + positive("ridge_objective", lam=lam) * l2_penalty(w)


@array_function
def ridge_shrinkage(x: Array, /, *, lam: float) -> Array:
    r"""Shrinkage of ridge regression: what it leaves of least squares along each principal direction of the inputs.

    Along the direction in which the inputs vary most it leaves most: the parameters do not shrink evenly, and a single one may grow.
    Only where the columns of x are orthogonal and of one length is there one factor for all.

    Formula
    -------
    ridge-shrinkage
        \kappa_k = \frac{d_k^2}{d_k^2 + 2 n \lambda}
    where
        X \in \mathbb{R}^{n \times p}
        \lambda \in \mathbb{R}_{>0}
    gives
        \kappa_k \in [0, 1), \ k = 1, \dots, \min(n, p)
    with
        d_k = \operatorname{sv}_k(X)
    call
        ridge_shrinkage(x, lam=lam)

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, p).
    lam
        Weight of the penalty.

    Returns
    -------
    Array
        Factors in [0, 1), the largest first; shape (min(n, p),).

    Raises
    ------
    ValueError
        If x does not have the axes (n, p).
        If lam is not positive.
        If lam is not finite.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> np.round(ridge_shrinkage([[3.0, 0.0], [0.0, 1.0]], lam=0.25), 4).tolist()  # 9 / (9 + 1) and 1 / (1 + 1)
    [0.9, 0.5]
    """
    xp, x = arrays("ridge_shrinkage", x=x)
    if x.ndim != 2:
        raise ValueError(f"ridge_shrinkage: x must have the axes (n, p), got shape {tuple(x.shape)}")
    lam = positive("ridge_shrinkage", lam=lam)
    d = xp.linalg.svdvals(x)
    # d_k² / (d_k² + 2nλ)
    return d * d / (d * d + 2 * x.shape[0] * lam)


@array_function
def weight_decay_step(w: Array, grad: Array, /, *, eta: float, lam: float) -> Array:
    r"""A step of gradient descent with weight decay: the weights shrink by a factor, and the gradient of the data moves them.

    It is the step of gradient descent on the objective with the L2 penalty, whose gradient has 2 λ w more. For Adam the two
    differ: ``dlref.optim.adamw_step`` decays the weights, and does not take 2 λ w into the gradient.

    Formula
    -------
    weight-decay
        w \leftarrow (1 - 2 \eta \lambda) w - \eta \nabla \mathcal{L}_{\text{data}}(w)
    where
        w \in \mathbb{R}^d
        \nabla \mathcal{L}_{\text{data}}(w) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        w \in \mathbb{R}^d
    call
        weight_decay_step(w, grad, eta=eta, lam=lam)

    Parameters
    ----------
    w
        Weights; shape (..., d).
    grad
        Gradient of the loss on the data at the weights; shape (..., d).
    eta
        Learning rate.
    lam
        Weight of the L2 penalty.

    Returns
    -------
    Array
        New weights; shape (..., d).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If eta is not positive.
        If eta is not finite.
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [krogh1992]
    [loshchilov2019]

    Examples
    --------
    >>> weight_decay_step([2.0, -4.0], [1.0, 0.0], eta=0.5, lam=0.25)  # 0.75 · 2 - 0.5 · 1 and 0.75 · (-4)
    array([ 1., -3.])
    """
    _, w, grad = arrays("weight_decay_step", w=w, grad=grad)
    paired("weight_decay_step", w=w, grad=grad)
    eta = positive("weight_decay_step", eta=eta)
    lam = nonnegative("weight_decay_step", lam=lam)
    # (1 − 2ηλ) w − η ∇L_data(w)
    return (1 - 2 * eta * lam) * w - eta * grad


@array_function
def elastic_net(x: Array, y: Array, /, *, lam1: float, lam2: float) -> Array:
    r"""Elastic net: least squares with an L1 and an L2 penalty; no intercept.

    It is scikit-learn's ElasticNet with ``alpha=lam1 + 2 * lam2``, ``l1_ratio=lam1 / (lam1 + 2 * lam2)`` and
    ``fit_intercept=False``, solved to the rounding. With ``lam2=0`` it is the lasso, with ``lam1=0`` ridge regression, and with both
    0 least squares. The result is not scaled up as in the paper, which calls this one naive.

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Targets; shape (n,).
    lam1
        Weight of the L1 penalty.
    lam2
        Weight of the L2 penalty.

    Returns
    -------
    Array
        A minimizer, the only one unless lam2 is 0 and columns of x are dependent; shape (d,).

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one target for each row of x.
        If a value of x is not finite.
        If a value of y is not finite.
        If products of the values overflow.
        If lam1 is negative.
        If lam1 is not finite.
        If lam2 is negative.
        If lam2 is not finite.

    Notes
    -----
    Level B: without jit, compile, meta and gradients, because coordinate descent decides by values. It computes in float64.

    References
    ----------
    [zou2005]
    [friedman2010]

    Examples
    --------
    >>> elastic_net([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], lam1=0.5, lam2=0.25).tolist()  # S(3/2) and S(1/4), over 1/2 + 2/4
    [1.0, 0.0]
    """
    xp, x, y = _regression("elastic_net", x, y)
    lam1 = nonnegative("elastic_net", lam1=lam1)
    lam2 = nonnegative("elastic_net", lam2=lam2)
    gram, c = _products("elastic_net", x, y)
    return like(xp, x, _least(gram + 2 * lam2 * np.eye(len(c)), c, lam1))


@array_function
def elastic_net_objective(x: Array, y: Array, w: Array, /, *, lam1: float, lam2: float) -> Array:
    r"""What the elastic net minimizes: half the mean squared error plus the L1 and the L2 penalty.

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Targets; shape (..., n).
    w
        Parameters; shape (d,).
    lam1
        Weight of the L1 penalty.
    lam2
        Weight of the L2 penalty.

    Returns
    -------
    Array
        Values in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one target for each row of x.
        If w does not have one parameter for each feature of x.
        If lam1 is negative.
        If lam1 is not finite.
        If lam2 is negative.
        If lam2 is not finite.

    Examples
    --------
    >>> elastic_net_objective([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], [2.0, 0.0], lam1=0.5, lam2=0.25)  # (1 + 0.25) / 4 + 0.5 · 2 + 0.25 · 4
    2.3125
    """
    data_loss, w = _half_mean_squared_error("elastic_net_objective", x, y, w)
    lam1 = nonnegative("elastic_net_objective", lam1=lam1)
    lam2 = nonnegative("elastic_net_objective", lam2=lam2)
    return data_loss + lam1 * l1_penalty(w) + lam2 * l2_penalty(w)


class Lasso:
    r"""The lasso as an object; ``fit`` calls ``lasso``.

    Parameters
    ----------
    lam
        Weight of the penalty.

    Attributes
    ----------
    w_
        Parameters, shape (d,).

    References
    ----------
    [tibshirani1996]

    Examples
    --------
    >>> model = Lasso(lam=0.5).fit([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> model.predict([[1.0, 5.0], [2.0, 0.0]]).tolist()  # the parameters are 2 and 0
    [2.0, 4.0]
    """

    w_: Array

    def __init__(self, *, lam: float) -> None:
        self.lam = lam

    def fit(self, x: Array, y: Array, /) -> Lasso:
        """Learn from inputs x, shape (n, d), and targets y, shape (n,)."""
        self.w_ = lasso(x, y, lam=self.lam)
        return self

    def predict(self, x: Array, /) -> Array:
        """Predictions at points x, shape (..., d), by ``score``."""
        return score(x, self.w_, 0.0)


class Ridge:
    r"""Ridge regression as an object; ``fit`` calls ``ridge``.

    Parameters
    ----------
    lam
        Weight of the penalty.

    Attributes
    ----------
    w_
        Parameters, shape (d,).

    References
    ----------
    [hoerl1970]

    Examples
    --------
    >>> model = Ridge(lam=0.25).fit([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> np.round(model.predict([[1.0, 0.0], [2.0, 4.0]]), 4).tolist()  # the parameters are 1.5 and 0.25
    [1.5, 4.0]
    """

    w_: Array

    def __init__(self, *, lam: float) -> None:
        self.lam = lam

    def fit(self, x: Array, y: Array, /) -> Ridge:
        """Learn from inputs x, shape (n, d), and targets y, shape (n,)."""
        self.w_ = ridge(x, y, lam=self.lam)
        return self

    def predict(self, x: Array, /) -> Array:
        """Predictions at points x, shape (..., d), by ``score``."""
        return score(x, self.w_, 0.0)


class ElasticNet:
    r"""The elastic net as an object; ``fit`` calls ``elastic_net``.

    Parameters
    ----------
    lam1
        Weight of the L1 penalty.
    lam2
        Weight of the L2 penalty.

    Attributes
    ----------
    w_
        Parameters, shape (d,).

    References
    ----------
    [zou2005]

    Examples
    --------
    >>> model = ElasticNet(lam1=0.5, lam2=0.25).fit([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> model.predict([[1.0, 5.0], [2.0, 0.0]]).tolist()  # the parameters are 1 and 0
    [1.0, 2.0]
    """

    w_: Array

    def __init__(self, *, lam1: float, lam2: float) -> None:
        self.lam1 = lam1
        self.lam2 = lam2

    def fit(self, x: Array, y: Array, /) -> ElasticNet:
        """Learn from inputs x, shape (n, d), and targets y, shape (n,)."""
        self.w_ = elastic_net(x, y, lam1=self.lam1, lam2=self.lam2)
        return self

    def predict(self, x: Array, /) -> Array:
        """Predictions at points x, shape (..., d), by ``score``."""
        return score(x, self.w_, 0.0)


# --- Coordinate descent, in NumPy. With G = XᵀX/n + 2λ_2 I and c = Xᵀy/n, computed once, an update costs d products and not n·d.


def _least(gram: Any, c: Any, lam: float) -> Any:
    """The w that minimizes ½ wᵀGw − cᵀw + λ Σ_i |w_i|.

    Sweeps of coordinate descent find which parameters are not 0, and their signs. When they have all but settled, the minimum over all
    parameters of these signs is computed at once, by equations instead of many more sweeps. Nothing here raises the objective.
    """
    w = np.zeros_like(c)
    for sweeps in itertools.count():
        # c − Gw is λ sign(w_i) at a minimum where w_i is not 0, and λ in size at most where it is (Karush, Kuhn and Tucker)
        slope = c - gram @ w
        excess = np.where(w == 0, np.abs(slope) - lam, np.abs(slope - lam * np.sign(w)))
        # A violation that rounding may have made is none. Some tens of sweeps are usual; should rounding go round in a circle, more
        # and more is forgiven, so that there is an end.
        rounding = 64 * np.finfo(w.dtype).eps * (np.max(np.abs(c)) + np.max(gram) * np.sum(np.abs(w)))
        violated = excess > rounding * 2.0 ** max(0, sweeps - 100 - len(w))
        if not np.any(violated):
            return w + 0.0  # no −0.0
        before = np.sign(w)
        _sweep(gram, slope, w, lam, np.flatnonzero(violated).tolist())
        # A sign may also come and go with every other sweep, hence the tenth
        if np.count_nonzero(np.sign(w) != before) <= 1 or sweeps % 10 == 9:
            _descend_within_signs(gram, c, w, lam)


def _sweep(gram: Any, slope: Any, w: Any, lam: float, places: list[int]) -> None:
    """Set one parameter after the other to its minimum, the others fixed; ``slope`` is c − Gw and follows."""
    for i in places:
        # w_i ← S_λ(c_i − Σ_{k≠i} G_ik w_k) / G_ii
        u = slope[i] + gram[i, i] * w[i]
        new = math.copysign(max(abs(u) - lam, 0.0), u) / gram[i, i]
        slope -= (new - w[i]) * gram[i]
        w[i] = new


def _descend_within_signs(gram: Any, c: Any, w: Any, lam: float) -> None:
    """Go to the minimum over the parameters that are not 0, with their signs; one that would change its sign becomes 0 on the way."""
    while (on := np.flatnonzero(w)).size:
        # G_on step = c_on − λ sign(w_on) − G_on w_on; a little more on the diagonal gives a step where columns are dependent
        within = gram[np.ix_(on, on)]
        down = c[on] - lam * np.sign(w[on]) - within @ w[on]
        step = np.linalg.solve(within + 1e-12 * np.diag(np.diag(within)), down)
        turning = w[on] * step < 0
        room = np.full(on.size, np.inf)
        room[turning] = -w[on][turning] / step[turning]
        first = int(np.argmin(room))
        if room[first] > 1:
            w[on] += step
            return
        w[on] += room[first] * step
        w[on[first]] = 0.0


def _products(name: str, x: Array, y: Array) -> tuple[Any, Any]:
    """XᵀX/n and Xᵀy/n in NumPy."""
    a, b = host(x), host(y)
    gram, c = a.T @ a / len(b), a.T @ b / len(b)
    check(name, bool(np.isfinite(np.sum(gram)) and np.isfinite(np.sum(c))), "have products with itself and y that do not overflow", x=float(np.max(np.abs(a))))
    return gram, c


# --- Arguments


def _parameters(name: str, w: Array) -> None:
    if w.ndim == 0:
        raise ValueError(f"{name}: w must have an axis of parameters, got a scalar")


def _loss_and_parameters(name: str, data_loss: Array, w: Array) -> tuple[Array, Array]:
    """Both as arrays of one library; there is one loss for each row of parameters, or one for all, or one row for all losses."""
    _, data_loss, w = arrays(name, data_loss=data_loss, w=w)
    _parameters(name, w)
    if data_loss.ndim and w.ndim > 1 and data_loss.shape != w.shape[:-1]:
        got = f"data_loss {tuple(data_loss.shape)}, w {tuple(w.shape)}"
        raise ValueError(f"{name}: data_loss must have shape (...) beside w of shape (..., d), got {got}")
    return data_loss, w


def _regression(name: str, x: Array, y: Array) -> tuple[Any, Array, Array]:
    """The library, and inputs and targets that can be fitted."""
    xp, x, y = arrays(name, x=x, y=y)
    table(name, x, y)
    check(name, xp.isfinite(x), "be finite", x=x)
    check(name, xp.isfinite(y), "be finite", y=y)
    return xp, x, y


def _half_mean_squared_error(name: str, x: Array, y: Array, w: Array) -> tuple[Array, Array]:
    """1/(2n) Σ_j (y_j − x_jᵀ w)², and the parameters as an array."""
    _, x, y, w = arrays(name, x=x, y=y, w=w)
    samples(name, x, y)
    if w.shape != x.shape[-1:]:
        raise ValueError(f"{name}: w must have shape (d,) beside x of shape (..., n, d), got w {tuple(w.shape)}, x {tuple(x.shape)}")
    return mean_squared_error(y, x @ w) / 2, w
