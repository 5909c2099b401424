"""Optimization: steps against the gradient, learning rates that decay, and kinds of critical points (sections 2.1, 2.2 and 2.4).

A step is a pure function: from parameters, gradient and state it makes new parameters and new state, and changes nothing. A thin
class with the method ``step(theta, grad)`` holds the state between steps; its hyperparameters are attributes and may be set anew
at any time, as a decaying ``eta`` is. Steps are counted from 1, and the state before the first one is 0, which may be given as the
number 0: a scalar goes with every parameter.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise. The derivative of a step of RMSProp,
Adam or AdamW is NaN for a parameter that has not seen any gradient but 0, since a square root has no derivative there.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among parameters and gradients goes through the formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    entries,
    fraction,
    functions,
    generator,
    gradient,
    natural,
    nonnegative,
    number,
    paired,
    positive,
    single,
    whole,
)

__all__ = [
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "MomentumSGD",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "adagrad_accumulate",
    "adagrad_step",
    "adam_step",
    "adamw_step",
    "batch_gradient",
    "classify_critical_point",
    "convexity_gap",
    "draw_batches",
    "exponential_decay",
    "gd_step",
    "least_convexity_gap",
    "linear_decay",
    "minibatch_epoch",
    "minibatch_step",
    "minimize",
    "momentum_step",
    "nesterov_step",
    "rmsprop_step",
    "sgd_epoch",
    "step_decay",
    "trajectory",
]

HALVINGS = 80  # of a learning rate, until the step is lost in the rounding of the parameters


@array_function
def minimize(
    loss: Callable[[Array], Array],
    grad_fn: Callable[[Array], Array],
    theta0: Array,
    /,
    *,
    optimizer: Optimizer | None = None,
    n_steps: int = 1000,
) -> Array:
    r"""A minimizer of a loss, sought by steps against the gradient; the best point that was met.

    Without an optimizer it is gradient descent that sets its learning rate by itself, by halving, until the step lowers the loss by
    half of what the gradient promises; then no step raises the loss. It ends early where the gradient is 0, or where no step lowers
    the loss any more. If the loss is convex, smooth and has a minimizer, the steps tend to one. If it is not convex, they tend to a
    point of gradient 0, and from another start perhaps to another one.

    Formula
    -------
    minimize-loss
        \min_{\theta} L(\theta)
    where
        L : \mathbb{R}^d \to \mathbb{R} \ \text{convex}
        \nabla L : \mathbb{R}^d \to \mathbb{R}^d
        \theta \in \mathbb{R}^d
    gives
        \theta \in \mathbb{R}^d
        \min \in \mathbb{R}
    call
        theta = minimize(loss, grad_fn, theta0); theta, loss(theta)

    Parameters
    ----------
    loss
        The loss, a single number, as a function of the parameters.
    grad_fn
        Its gradient, as a function of the parameters.
    theta0
        Parameters to start from; shape (d,).
    optimizer
        Makes the steps, such as ``Adam()``; by default gradient descent with halving.
    n_steps
        The most steps taken.

    Returns
    -------
    Array
        The point of smallest loss among theta0 and those after each step; shape (d,).

    Raises
    ------
    TypeError
        If loss is not a function.
        If grad_fn is not a function.
        If optimizer has no method step.
        If n_steps is not an integer.
    ValueError
        If n_steps is not positive.
        If a loss is not a single number.
        If the gradient does not have the shape of the parameters.

    Notes
    -----
    Level B: without jit, vmap, compile and meta, because it decides by the values of the loss.

    References
    ----------
    [boyd2004]

    Examples
    --------
    >>> theta = minimize(lambda t: (t[0] - 3) ** 2 + t[1] ** 2, lambda t: np.stack([2 * (t[0] - 3), 2 * t[1]]), [0.0, 1.0])
    >>> np.round(theta, 4).tolist()
    [3.0, 0.0]
    """
    functions("minimize", loss=loss, grad_fn=grad_fn)
    n_steps = natural("minimize", n_steps=n_steps)
    if optimizer is not None:
        _steps_with("minimize", optimizer)
    xp, theta = arrays("minimize", theta0=theta0)
    best, least = theta, single("minimize", "loss", loss(theta), theta)
    eta = 1.0
    for _ in range(n_steps):
        grad = gradient("minimize", "grad_fn", grad_fn(theta), theta=theta)
        if optimizer is None:
            promise = xp.sum(grad * grad)
            if promise == 0:
                break
            for _ in range(HALVINGS):
                theta = best - eta * grad
                value = single("minimize", "loss", loss(theta), theta)
                if value < least and value <= least - eta * promise / 2:
                    break
                eta = eta / 2
            else:
                break
            eta = 2 * eta
        else:
            theta = optimizer.step(theta, grad)
            value = single("minimize", "loss", loss(theta), theta)
        if value < least:
            best, least = theta, value
    return best


@array_function
def trajectory(grad_fn: Callable[[Array], Array], theta0: Array, /, *, optimizer: Optimizer, n_steps: int) -> Array:
    r"""The points that an optimizer passes through.

    Parameters
    ----------
    grad_fn
        The gradient, as a function of the parameters.
    theta0
        Parameters to start from; shape (d,).
    optimizer
        Makes the steps, such as ``MomentumSGD(eta=0.1)``. If it has made steps before, its state is not 0.
    n_steps
        Number of steps.

    Returns
    -------
    Array
        Parameters before the first step and after each; shape (n_steps + 1, d).

    Raises
    ------
    TypeError
        If grad_fn is not a function.
        If optimizer has no method step.
        If n_steps is not an integer.
    ValueError
        If n_steps is not positive.
        If the gradient does not have the shape of the parameters.

    Examples
    --------
    >>> trajectory(lambda theta: theta, [4.0, -2.0], optimizer=GradientDescent(eta=0.5), n_steps=2).tolist()
    [[4.0, -2.0], [2.0, -1.0], [1.0, -0.5]]
    """
    functions("trajectory", grad_fn=grad_fn)
    _steps_with("trajectory", optimizer)
    n_steps = natural("trajectory", n_steps=n_steps)
    xp, theta = arrays("trajectory", theta0=theta0)
    path = [theta]
    for _ in range(n_steps):
        theta = optimizer.step(theta, gradient("trajectory", "grad_fn", grad_fn(theta), theta=theta))
        path.append(theta)
    return xp.stack(path)


# --- Convexity, and kinds of critical points


@array_function
def convexity_gap(loss: Callable[[Array], Array], theta1: Array, theta2: Array, lam: Array, /) -> Array:
    r"""How far the chord between two points lies above the loss: never below 0 if the loss is convex.

    Formula
    -------
    convexity
        L(\lambda \theta_1 + (1 - \lambda) \theta_2) \leq \lambda L(\theta_1) + (1 - \lambda) L(\theta_2),
        \quad \forall \theta_1, \theta_2, \ \lambda \in [0, 1]
    where
        L : \mathbb{R}^d \to \mathbb{R}
        \theta_1 \in \mathbb{R}^d
        \theta_2 \in \mathbb{R}^d
        \lambda \in [0, 1]

    Parameters
    ----------
    loss
        The loss, a single number, as a function of the parameters.
    theta1
        Parameters at the end of the chord where lam is 1; shape (d,).
    theta2
        Parameters at the end of the chord where lam is 0; shape (d,).
    lam
        Where on the chord, from 0 to 1; a scalar.

    Returns
    -------
    Array
        The right side minus the left side of the inequality, a scalar.

    Raises
    ------
    TypeError
        If loss is not a function.
    ValueError
        If theta1 and theta2 differ in shape.
        If lam is not a scalar.
        If lam is not in [0, 1].
        If a loss is not a single number.

    References
    ----------
    [boyd2004]

    Examples
    --------
    >>> convexity_gap(lambda theta: theta * theta, 3.0, 1.0, 0.5)  # (9 + 1) / 2 - 4
    1.0
    >>> round(convexity_gap(lambda theta: -abs(theta), -1.0, 1.0, 0.5), 4)  # not convex
    -1.0
    """
    functions("convexity_gap", loss=loss)
    xp, theta1, theta2, lam = arrays("convexity_gap", theta1=theta1, theta2=theta2, lam=lam)
    if theta1.shape != theta2.shape:
        got = f"theta1 {tuple(theta1.shape)}, theta2 {tuple(theta2.shape)}"
        raise ValueError(f"convexity_gap: theta1 and theta2 must have one shape, got {got}")
    if lam.ndim != 0:
        raise ValueError(f"convexity_gap: lam must be a scalar, got shape {tuple(lam.shape)}")
    check("convexity_gap", (lam >= 0) & (lam <= 1), "lie in [0, 1]", lam=lam)
    one, two, between = (
        single("convexity_gap", "loss", loss(theta), theta) for theta in (theta1, theta2, lam * theta1 + (1 - lam) * theta2)
    )
    # λ L(θ_1) + (1 − λ) L(θ_2) − L(λ θ_1 + (1 − λ) θ_2)
    return lam * one + (1 - lam) * two - between


@array_function
def least_convexity_gap(loss: Callable[[Array], Array], thetas: Array, /, *, n_lam: int = 9) -> Array:
    r"""Test of convexity on samples: the smallest convexity gap over all pairs of points and evenly spaced places between them.

    A value clearly below 0 proves that the loss is not convex; another value proves nothing, since only samples were looked at.

    Parameters
    ----------
    loss
        The loss, a single number, as a function of the parameters.
    thetas
        Parameters, two points or more along the first axis; shape (n, d).
    n_lam
        Number of places between two points: lam runs over 1 / (n_lam + 1), …, n_lam / (n_lam + 1).

    Returns
    -------
    Array
        The smallest gap, a scalar.

    Raises
    ------
    TypeError
        If loss is not a function.
        If n_lam is not an integer.
    ValueError
        If thetas does not have two points or more along a first axis.
        If n_lam is not positive.
        If a loss is not a single number.

    Examples
    --------
    >>> least_convexity_gap(lambda theta: theta * theta, [0.0, 1.0, 4.0], n_lam=1)  # that of 0 and 1
    0.25
    """
    functions("least_convexity_gap", loss=loss)
    n_lam = whole("least_convexity_gap", n_lam=n_lam)
    check("least_convexity_gap", n_lam > 0, "be > 0", n_lam=n_lam)
    xp, thetas = arrays("least_convexity_gap", thetas=thetas)
    if thetas.ndim == 0 or thetas.shape[0] < 2:
        raise ValueError(f"least_convexity_gap: thetas must have two points or more along a first axis, got shape {tuple(thetas.shape)}")
    points = [thetas[i, ...] for i in range(thetas.shape[0])]
    losses = [single("least_convexity_gap", "loss", loss(point), point) for point in points]
    gaps = []
    for i, first in enumerate(points):
        for j, second in enumerate(points[:i]):
            for k in range(1, n_lam + 1):
                lam = k / (n_lam + 1)
                between = single("least_convexity_gap", "loss", loss(lam * first + (1 - lam) * second), first)
                gaps.append(lam * losses[i] + (1 - lam) * losses[j] - between)
    return xp.min(xp.stack(gaps))


@array_function
def classify_critical_point(grad: Array, hessian: Array, /, *, tol: float = 1e-6) -> str:
    r"""Kind of a critical point, a point of gradient 0, by the curvatures there: the eigenvalues of the Hessian matrix.

    Upward in all directions is a local minimum, downward in all a local maximum, upward in some and downward in others a saddle
    point. Where some curvature is 0 and the others do not differ in sign, second derivatives do not tell.

    Parameters
    ----------
    grad
        Gradient at the point; shape (d,).
    hessian
        Matrix of the second derivatives at the point; shape (d, d).
    tol
        A partial derivative or a curvature of at most this size counts as 0.

    Returns
    -------
    str
        "minimum", "maximum", "saddle", or "degenerate" where second derivatives do not tell; "not critical" where the gradient is
        not 0.

    Raises
    ------
    ValueError
        If grad does not have the shape (d,).
        If the Hessian does not have the shape (d, d).
        If the Hessian is not symmetric.
        If a value of grad is not finite.
        If a value of the Hessian is not finite.
        If tol is negative.
        If tol is not finite.

    Notes
    -----
    Level B: without jit, vmap, compile, meta and gradients, because it returns a word.

    Examples
    --------
    >>> classify_critical_point([0.0, 0.0], [[2.0, 0.0], [0.0, -2.0]])  # θ_1² − θ_2² at the origin
    'saddle'
    """
    name = "classify_critical_point"
    xp, grad, hessian = arrays(name, grad=grad, hessian=hessian)
    if grad.ndim != 1:
        raise ValueError(f"{name}: grad must have shape (d,), got {tuple(grad.shape)}")
    if tuple(hessian.shape) != (grad.shape[0], grad.shape[0]):
        raise ValueError(f"{name}: hessian must have shape {(grad.shape[0],) * 2} beside grad, got {tuple(hessian.shape)}")
    check(name, xp.isfinite(grad), "be finite", grad=grad)
    check(name, xp.isfinite(hessian), "be finite", hessian=hessian)
    tol = nonnegative(name, tol=tol)
    skew = xp.max(xp.abs(hessian - hessian.T))
    check(name, skew <= 1e-3 * xp.max(xp.abs(hessian)), "be symmetric, up to rounding", hessian=skew)
    if bool(xp.any(xp.abs(grad) > tol)):
        return "not critical"
    curvatures = xp.linalg.eigvalsh((hessian + hessian.T) / 2)
    up, down = bool(xp.any(curvatures > tol)), bool(xp.any(curvatures < -tol))
    if up and down:
        return "saddle"
    if bool(xp.any(xp.abs(curvatures) <= tol)):
        return "degenerate"
    return "minimum" if up else "maximum"


# --- Learning rates


@array_function
def step_decay(t: Array, /, *, eta0: float, gamma: float, period: int) -> Array:
    r"""Learning rate that drops by a factor at the end of every period.

    Formula
    -------
    step-decay
        \eta_t = \eta_0 \gamma^{\lfloor t / s \rfloor}
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \gamma \in (0, 1)
        s \in \mathbb{N}
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        step_decay(t, eta0=eta0, gamma=gamma, period=period)

    Parameters
    ----------
    t
        Epochs or steps, counted from 0; shape (...).
    eta0
        Learning rate in the first period.
    gamma
        The factor, in (0, 1).
    period
        Length of a period.

    Returns
    -------
    Array
        Learning rates; shape (...).

    Raises
    ------
    TypeError
        If period is not an integer.
    ValueError
        If a t is not a whole number.
        If a t is negative.
        If eta0 is not positive.
        If eta0 is not finite.
        If gamma is not in (0, 1).
        If period is not positive.

    References
    ----------
    [pytorch-lr-scheduler]

    Examples
    --------
    >>> step_decay(4, eta0=0.8, gamma=0.5, period=2)
    0.2
    >>> step_decay([0, 1, 2, 3, 4], eta0=0.8, gamma=0.5, period=2)
    array([0.8, 0.8, 0.4, 0.4, 0.2])
    """
    xp, t = _times("step_decay", t)
    eta0 = positive("step_decay", eta0=eta0)
    gamma = _inside("step_decay", gamma=gamma)
    period = whole("step_decay", period=period)
    check("step_decay", period > 0, "be > 0", period=period)
    # η_0 γ^⌊t/s⌋
    return eta0 * gamma ** xp.floor(t / period)


@array_function
def exponential_decay(t: Array, /, *, eta0: float, gamma: float) -> Array:
    r"""Learning rate that drops by a factor at every step.

    Formula
    -------
    exponential-decay
        \eta_t = \eta_0 \gamma^{t}
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \gamma \in (0, 1)
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        exponential_decay(t, eta0=eta0, gamma=gamma)

    Parameters
    ----------
    t
        Epochs or steps, counted from 0; shape (...).
    eta0
        Learning rate at the start.
    gamma
        The factor, in (0, 1).

    Returns
    -------
    Array
        Learning rates; shape (...).

    Raises
    ------
    ValueError
        If a t is not a whole number.
        If a t is negative.
        If eta0 is not positive.
        If eta0 is not finite.
        If gamma is not in (0, 1).

    References
    ----------
    [pytorch-lr-scheduler]

    Examples
    --------
    >>> exponential_decay(3, eta0=0.8, gamma=0.5)
    0.1
    """
    _, t = _times("exponential_decay", t)
    eta0 = positive("exponential_decay", eta0=eta0)
    gamma = _inside("exponential_decay", gamma=gamma)
    # η_0 γ^t
    return eta0 * gamma**t


@array_function
def linear_decay(t: Array, /, *, eta0: float, eta_tau: float, tau: int) -> Array:
    r"""Learning rate that goes on a straight line to its last value, which it reaches at step tau and then keeps.

    Formula
    -------
    linear-decay
        \eta_t = (1 - \alpha)\, \eta_0 + \alpha\, \eta_{\tau}, \qquad \alpha = \min\left(\frac{t}{\tau}, 1\right)
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \eta_{\tau} \in \mathbb{R}_{>0}
        \tau \in \mathbb{N}
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        linear_decay(t, eta0=eta0, eta_tau=eta_tau, tau=tau)

    Parameters
    ----------
    t
        Epochs or steps, counted from 0; shape (...).
    eta0
        Learning rate at the start.
    eta_tau
        Learning rate from step tau on; about a hundredth of eta0 is usual.
    tau
        Number of steps until then.

    Returns
    -------
    Array
        Learning rates; shape (...).

    Raises
    ------
    TypeError
        If tau is not an integer.
    ValueError
        If a t is not a whole number.
        If a t is negative.
        If eta0 is not positive.
        If eta0 is not finite.
        If eta_tau is not positive.
        If eta_tau is not finite.
        If tau is not positive.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> linear_decay([0, 1, 2, 4, 5], eta0=1.0, eta_tau=0.5, tau=4).tolist()
    [1.0, 0.875, 0.75, 0.5, 0.5]
    """
    xp, t = _times("linear_decay", t)
    eta0 = positive("linear_decay", eta0=eta0)
    eta_tau = positive("linear_decay", eta_tau=eta_tau)
    tau = whole("linear_decay", tau=tau)
    check("linear_decay", tau > 0, "be > 0", tau=tau)
    # α = min(t/τ, 1)
    alpha = xp.clip(t / tau, max=1.0)
    # (1 − α) η_0 + α η_τ
    return (1 - alpha) * eta0 + alpha * eta_tau


# --- Gradient descent on all samples, one, or some


@array_function
def gd_step(theta: Array, grad: Array, /, *, eta: float) -> Array:
    r"""A step of gradient descent: against the gradient, as far as the learning rate says.

    With the gradient of one sample it is a step of stochastic gradient descent. On a parabola of curvature c, the loss c θ² / 2,
    the steps tend to the minimum if and only if eta < 2 / c.

    Formula
    -------
    gradient-descent-update
        \theta \leftarrow \theta - \eta \nabla_{\theta} L(\theta)
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    call
        gd_step(theta, grad, eta=eta)

    sgd-update
        \theta \leftarrow \theta - \eta \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    call
        gd_step(theta, grad, eta=eta)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    eta
        Learning rate.

    Returns
    -------
    Array
        New parameters; shape (..., d).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If eta is not positive.
        If eta is not finite.

    References
    ----------
    [robbins1951]
    [bottou2018]

    Examples
    --------
    >>> gd_step([1.0, 2.0], [4.0, -2.0], eta=0.5)
    array([-1.,  3.])
    """
    _, theta, grad = arrays("gd_step", theta=theta, grad=grad)
    paired("gd_step", theta=theta, grad=grad)
    eta = positive("gd_step", eta=eta)
    # θ − η ∇L(θ)
    return theta - eta * grad


@array_function
def batch_gradient(grads: Array, /) -> Array:
    r"""Gradient of the mean loss of all samples: the mean of the samples' gradients.

    Formula
    -------
    batch-gradient
        \nabla_{\theta} L(\theta) = \frac{1}{n} \sum_{i=1}^{n} \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d, \ i = 1, \dots, n
    gives
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d

    Parameters
    ----------
    grads
        Gradients of the samples along the first axis; shape (n, ...).

    Returns
    -------
    Array
        Their mean; shape (...).

    Raises
    ------
    ValueError
        If grads is a scalar.

    References
    ----------
    [bottou2018]

    Examples
    --------
    >>> batch_gradient([[1.0, 0.0], [3.0, 0.0], [2.0, 6.0]])
    array([2., 2.])
    """
    xp, grads = arrays("batch_gradient", grads=grads)
    _rows("batch_gradient", grads)
    # (1/n) Σ_i ∇ℓ(y_i, f(x_i; θ))
    return xp.mean(grads, axis=0)


@array_function
def minibatch_step(theta: Array, grads: Array, /, *, eta: float) -> Array:
    r"""A step of mini-batch gradient descent: along the mean gradient of the samples of the batch.

    Formula
    -------
    mini-batch-update
        \theta \leftarrow \theta - \frac{\eta}{|B|} \sum_{i \in B} \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d, \ i = 1, \dots, m
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    with
        B = \{1, \dots, m\}
    call
        minibatch_step(theta, grads, eta=eta)

    Parameters
    ----------
    theta
        Parameters; shape (d,).
    grads
        Gradients of the m samples of the batch along the first axis; shape (m, d).
    eta
        Learning rate.

    Returns
    -------
    Array
        New parameters; shape (d,).

    Raises
    ------
    ValueError
        If grads does not have the shape of theta behind its first axis.
        If eta is not positive.
        If eta is not finite.

    References
    ----------
    [bottou2018]

    Examples
    --------
    >>> minibatch_step([1.0, 1.0], [[4.0, 0.0], [0.0, -2.0]], eta=0.5)
    array([0. , 1.5])
    """
    xp, theta, grads = arrays("minibatch_step", theta=theta, grads=grads)
    _rows("minibatch_step", grads)
    if tuple(grads.shape[1:]) != tuple(theta.shape):
        got = f"grads {tuple(grads.shape)}, theta {tuple(theta.shape)}"
        raise ValueError(f"minibatch_step: grads must have the shape of theta behind its first axis, got {got}")
    eta = positive("minibatch_step", eta=eta)
    # θ − η/|B| Σ_{i∈B} ∇ℓ(y_i, f(x_i; θ))
    return theta - eta / grads.shape[0] * xp.sum(grads, axis=0)


def draw_batches(*, n: int, batch_size: int, rng: np.random.Generator) -> tuple[Array, ...]:
    r"""Draw the mini-batches of an epoch: a random order of the samples, cut into pieces, so that each sample is in one batch.

    Parameters
    ----------
    n
        Number of samples.
    batch_size
        Number of samples in a batch; the last batch holds what is left.
    rng
        Source of randomness.

    Returns
    -------
    tuple of Array
        The samples' indices 0 … n-1, an array of integers for each batch.

    Raises
    ------
    TypeError
        If n is not an integer.
        If batch_size is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n is not positive.
        If batch_size is not in 1 … n.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> batches = draw_batches(n=5, batch_size=2, rng=np.random.default_rng(0))
    >>> [len(batch) for batch in batches], sorted(int(i) for batch in batches for i in batch)
    ([2, 2, 1], [0, 1, 2, 3, 4])
    """
    return _batches("draw_batches", n, batch_size, rng)


@array_function
def sgd_epoch(
    grad_fn: Callable[[Array, Array, Array], Array],
    x: Array,
    y: Array,
    theta: Array,
    /,
    *,
    eta: float,
    rng: np.random.Generator,
) -> Array:
    r"""An epoch of stochastic gradient descent: a step for each sample, in a new random order.

    Every sample comes once (random reshuffling); the theory of stochastic gradient descent mostly draws with replacement instead.

    Parameters
    ----------
    grad_fn
        Gradient of the loss of one sample, called as ``grad_fn(x_i, y_i, theta)``.
    x
        Inputs along the first axis; shape (n, ...).
    y
        Targets along the first axis; shape (n, ...).
    theta
        Parameters; shape (d,).
    eta
        Learning rate.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Parameters after the n steps; shape (d,).

    Raises
    ------
    TypeError
        If grad_fn is not a function.
        If rng is not a NumPy Generator.
    ValueError
        If x and y do not have equally many entries along a first axis.
        If the gradient does not have the shape of the parameters.
        If eta is not positive.
        If eta is not finite.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sgd_epoch(lambda x, y, theta: theta - x, [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], 0.0, eta=0.5, rng=rng)  # ½, ¾, ⅞
    0.875
    """
    return _epoch("sgd_epoch", grad_fn, x, y, theta, eta, 1, rng)


@array_function
def minibatch_epoch(
    grad_fn: Callable[[Array, Array, Array], Array],
    x: Array,
    y: Array,
    theta: Array,
    /,
    *,
    eta: float,
    batch_size: int,
    rng: np.random.Generator,
) -> Array:
    r"""An epoch of mini-batch gradient descent: a step for each batch, the batches drawn without replacement.

    Parameters
    ----------
    grad_fn
        Gradient of the loss of one sample, called as ``grad_fn(x_i, y_i, theta)``.
    x
        Inputs along the first axis; shape (n, ...).
    y
        Targets along the first axis; shape (n, ...).
    theta
        Parameters; shape (d,).
    eta
        Learning rate.
    batch_size
        Number of samples in a batch; the last batch holds what is left.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Parameters after the steps; shape (d,).

    Raises
    ------
    TypeError
        If grad_fn is not a function.
        If batch_size is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If x and y do not have equally many entries along a first axis.
        If the gradient does not have the shape of the parameters.
        If eta is not positive.
        If eta is not finite.
        If batch_size is not in 1 … n.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> minibatch_epoch(lambda x, y, theta: theta - x, [1.0] * 4, [0.0] * 4, 0.0, eta=0.5, batch_size=2, rng=rng)  # ½, ¾
    0.75
    """
    return _epoch("minibatch_epoch", grad_fn, x, y, theta, eta, batch_size, rng)


# --- Momentum


@array_function
def momentum_step(theta: Array, grad: Array, v: Array, /, *, eta: float, alpha: float = 0.9) -> tuple[Array, Array]:
    r"""A step of gradient descent with momentum: the velocity is a sum of past steps that fade by a factor each time.

    PyTorch's SGD keeps -v / eta instead: the same steps as long as eta stays the same.

    Formula
    -------
    momentum-sgd
        \begin{aligned} v_t &= \alpha v_{t-1} - \eta \nabla_{\theta} L(\theta) \\
        \theta &\leftarrow \theta + v_t \end{aligned}
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \alpha \in [0, 1)
    gives
        \theta \in \mathbb{R}^d
        v_t \in \mathbb{R}^d
    call
        momentum_step(theta, grad, v, eta=eta, alpha=alpha)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    v
        Velocity after the step before; shape (..., d).
    eta
        Learning rate.
    alpha
        Momentum coefficient, in [0, 1); about 0.9 is usual.

    Returns
    -------
    tuple of Array
        New parameters and new velocity; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If eta is not positive.
        If eta is not finite.
        If alpha is not in [0, 1).

    References
    ----------
    [polyak1964]
    [sutskever2013]
    [pytorch-sgd]

    Examples
    --------
    >>> momentum_step(1.0, 2.0, 0.5, eta=0.25, alpha=0.5)  # v = 0.25 - 0.5
    (0.75, -0.25)
    """
    _, theta, grad, v = arrays("momentum_step", theta=theta, grad=grad, v=v)
    paired("momentum_step", theta=theta, grad=grad, v=v)
    eta = positive("momentum_step", eta=eta)
    alpha = fraction("momentum_step", alpha=alpha)
    # v_t = α v_{t−1} − η ∇L(θ)
    v = alpha * v - eta * grad
    # θ + v_t
    return theta + v, v


@array_function
def nesterov_step(theta: Array, grad: Array, v: Array, /, *, eta: float, alpha: float = 0.9) -> tuple[Array, Array]:
    r"""A step with Nesterov's momentum: the gradient is taken where the velocity is about to lead.

    The parameters here are those at which the gradient is taken. With p = theta - alpha * v the step is, as it is often written,
    v ← alpha * v - eta * grad(p + alpha * v), p ← p + v. PyTorch's SGD with nesterov=True keeps -v / eta: the same steps as long as
    eta stays the same.

    Formula
    -------
    nesterov-momentum
        \begin{aligned} v_t &= \alpha v_{t-1} - \eta \nabla_{\theta} L(\theta) \\
        \theta &\leftarrow \theta + \alpha v_t - \eta \nabla_{\theta} L(\theta) \end{aligned}
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \alpha \in [0, 1)
    gives
        \theta \in \mathbb{R}^d
        v_t \in \mathbb{R}^d
    call
        nesterov_step(theta, grad, v, eta=eta, alpha=alpha)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    v
        Velocity after the step before; shape (..., d).
    eta
        Learning rate.
    alpha
        Momentum coefficient, in [0, 1).

    Returns
    -------
    tuple of Array
        New parameters and new velocity; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If eta is not positive.
        If eta is not finite.
        If alpha is not in [0, 1).

    References
    ----------
    [sutskever2013]
    [pytorch-sgd]

    Examples
    --------
    >>> nesterov_step(1.0, 2.0, 0.5, eta=0.25, alpha=0.5)  # v = 0.25 - 0.5, then 1 - 0.125 - 0.5
    (0.375, -0.25)
    """
    _, theta, grad, v = arrays("nesterov_step", theta=theta, grad=grad, v=v)
    paired("nesterov_step", theta=theta, grad=grad, v=v)
    eta = positive("nesterov_step", eta=eta)
    alpha = fraction("nesterov_step", alpha=alpha)
    # v_t = α v_{t−1} − η ∇L(θ)
    v = alpha * v - eta * grad
    # θ + α v_t − η ∇L(θ)
    return theta + alpha * v - eta * grad, v


# --- A learning rate for each parameter


@array_function
def adagrad_accumulate(g_sum: Array, grad: Array, /) -> Array:
    r"""Sum of the squared gradients that AdaGrad has seen.

    Formula
    -------
    adagrad-accumulator
        G_t = G_{t-1} + \nabla_{\theta} L(\theta) \circ \nabla_{\theta} L(\theta)
    where
        G_{t-1} \in \mathbb{R}_{\ge 0}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
    gives
        G_t \in \mathbb{R}_{\ge 0}^d

    Parameters
    ----------
    g_sum
        Sum after the step before; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).

    Returns
    -------
    Array
        New sum; shape (..., d). Never smaller than the sum before.

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If a value of g_sum is negative.

    References
    ----------
    [duchi2011]

    Examples
    --------
    >>> adagrad_accumulate([1.0, 4.0], [2.0, -3.0])
    array([ 5., 13.])
    """
    xp, g_sum, grad = arrays("adagrad_accumulate", g_sum=g_sum, grad=grad)
    paired("adagrad_accumulate", g_sum=g_sum, grad=grad)
    _not_negative("adagrad_accumulate", xp, g_sum=g_sum)
    # G_{t−1} + ∇L(θ) ∘ ∇L(θ)
    return g_sum + grad * grad


@array_function
def adagrad_step(theta: Array, grad: Array, g_sum: Array, /, *, eta: float = 0.01, eps: float = 1e-8) -> tuple[Array, Array]:
    r"""A step of AdaGrad: the learning rate of each parameter falls with the squared gradients that it has seen.

    Epsilon is in the root, where Keras has it too; PyTorch adds it to the root. In PyTorch's terms it is the initial value of the
    accumulator, beside an epsilon of 0.

    Formula
    -------
    adagrad
        \theta \leftarrow \theta - \frac{\eta}{\sqrt{G_t + \epsilon}} \circ \nabla_{\theta} L(\theta)
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        G_{t-1} \in \mathbb{R}_{\ge 0}^d
        \eta \in \mathbb{R}_{>0}
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        G_t \in \mathbb{R}_{\ge 0}^d
    with
        G_t = adagrad-accumulator
    call
        adagrad_step(theta, grad, g_sum, eta=eta, eps=eps)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    g_sum
        Sum of squared gradients after the step before; shape (..., d).
    eta
        Learning rate.
    eps
        Keeps the rate finite where all gradients were 0. With eps = 0 the result is NaN there.

    Returns
    -------
    tuple of Array
        New parameters and new sum; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a value of g_sum is negative.
        If eta is not positive.
        If eta is not finite.
        If eps is negative.
        If eps is not finite.

    References
    ----------
    [duchi2011]
    [keras-adagrad]
    [pytorch-adagrad]

    Examples
    --------
    >>> theta, g_sum = adagrad_step([1.0, 1.0], [3.0, 0.1], [16.0, 0.0], eta=0.5)  # a half of 3 / 5 and of 0.1 / 0.1
    >>> np.round(theta, 4).tolist(), np.round(g_sum, 4).tolist()
    ([0.7, 0.5], [25.0, 0.01])
    """
    xp, theta, grad, g_sum = arrays("adagrad_step", theta=theta, grad=grad, g_sum=g_sum)
    paired("adagrad_step", theta=theta, grad=grad, g_sum=g_sum)
    _not_negative("adagrad_step", xp, g_sum=g_sum)
    eta = positive("adagrad_step", eta=eta)
    eps = nonnegative("adagrad_step", eps=eps)
    # G_t = G_{t−1} + ∇L(θ) ∘ ∇L(θ)
    g_sum = g_sum + grad * grad
    # θ − η / √(G_t + ε) ∘ ∇L(θ)
    return theta - eta / xp.sqrt(g_sum + eps) * grad, g_sum


@array_function
def rmsprop_step(
    theta: Array, grad: Array, v: Array, /, *, eta: float = 1e-3, rho: float = 0.9, eps: float = 1e-8
) -> tuple[Array, Array]:
    r"""A step of RMSProp: the learning rate of each parameter follows a moving average of its squared gradients.

    Unlike that of AdaGrad it may rise again. PyTorch calls rho alpha, and has 0.99 by default.

    Formula
    -------
    rmsprop
        \begin{aligned} v_t &= \rho v_{t-1} + (1 - \rho)\, g_t \circ g_t \\
        \theta &\leftarrow \theta - \frac{\eta}{\sqrt{v_t} + \epsilon} \circ g_t \end{aligned}
    where
        \theta \in \mathbb{R}^d
        g_t \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}_{\ge 0}^d
        \eta \in \mathbb{R}_{>0}
        \rho \in [0, 1)
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        v_t \in \mathbb{R}_{\ge 0}^d
    call
        rmsprop_step(theta, grad, v, eta=eta, rho=rho, eps=eps)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    v
        Moving average of the squared gradients after the step before; shape (..., d).
    eta
        Learning rate.
    rho
        Weight of the past in the average, in [0, 1).
    eps
        Keeps the rate finite where all gradients were 0. With eps = 0 the result is NaN there.

    Returns
    -------
    tuple of Array
        New parameters and new average; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a value of v is negative.
        If eta is not positive.
        If eta is not finite.
        If rho is not in [0, 1).
        If eps is negative.
        If eps is not finite.

    References
    ----------
    [tieleman2012]
    [pytorch-rmsprop]

    Examples
    --------
    >>> theta, v = rmsprop_step(1.0, 2.0, 0.0, eta=0.1, rho=0.75)  # v = 1
    >>> round(theta, 4), v
    (0.8, 1.0)
    """
    xp, theta, grad, v = arrays("rmsprop_step", theta=theta, grad=grad, v=v)
    paired("rmsprop_step", theta=theta, grad=grad, v=v)
    _not_negative("rmsprop_step", xp, v=v)
    eta = positive("rmsprop_step", eta=eta)
    rho = fraction("rmsprop_step", rho=rho)
    eps = nonnegative("rmsprop_step", eps=eps)
    # v_t = ρ v_{t−1} + (1 − ρ) g_t ∘ g_t
    v = rho * v + (1 - rho) * (grad * grad)
    # θ − η / (√v_t + ε) ∘ g_t
    return theta - eta / (xp.sqrt(v) + eps) * grad, v


@array_function
def adam_step(
    theta: Array,
    grad: Array,
    m: Array,
    v: Array,
    t: Array,
    /,
    *,
    eta: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Array, Array, Array]:
    r"""A step of Adam: a moving average of the gradients over the root of one of their squares, both freed of their start at 0.

    The first step is eta in the direction of each parameter, however large the gradient is, as long as it is far from epsilon.

    Formula
    -------
    adam
        \begin{aligned} m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t \circ g_t \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t}, \qquad \hat{v}_t = \frac{v_t}{1 - \beta_2^t} \\
        \theta &\leftarrow \theta - \eta\, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} \end{aligned}
    where
        \theta \in \mathbb{R}^d
        g_t \in \mathbb{R}^d
        m_{t-1} \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}_{\ge 0}^d
        t \in \mathbb{N}
        \eta \in \mathbb{R}_{>0}
        \beta_1 \in [0, 1)
        \beta_2 \in [0, 1)
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        m_t \in \mathbb{R}^d
        v_t \in \mathbb{R}_{\ge 0}^d
    call
        adam_step(theta, grad, m, v, t, eta=eta, beta1=beta1, beta2=beta2, eps=eps)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    m
        Moving average of the gradients after the step before; shape (..., d).
    v
        Moving average of the squared gradients after the step before; shape (..., d).
    t
        Number of the step, from 1; a scalar.
    eta
        Learning rate.
    beta1
        Weight of the past in the average of the gradients, in [0, 1).
    beta2
        Weight of the past in the average of the squared gradients, in [0, 1).
    eps
        Keeps the step finite where all gradients were 0. With eps = 0 the result is NaN there.

    Returns
    -------
    tuple of Array
        New parameters and new averages m and v; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a value of v is negative.
        If t is not a scalar.
        If t is not a whole number.
        If t is not positive.
        If eta is not positive.
        If eta is not finite.
        If beta1 is not in [0, 1).
        If beta2 is not in [0, 1).
        If eps is negative.
        If eps is not finite.

    References
    ----------
    [kingma2015]
    [pytorch-adam]

    Examples
    --------
    >>> theta, m, v = adam_step([1.0, 1.0], [0.5, -20.0], 0.0, 0.0, 1, eta=0.25, beta1=0.5, beta2=0.75)
    >>> np.round(theta, 4).tolist(), m.tolist(), v.tolist()
    ([0.75, 1.25], [0.25, -10.0], [0.0625, 100.0])
    """
    theta, eta, direction, m, v = _adam("adam_step", theta, grad, m, v, t, eta, beta1, beta2, eps)
    # θ − η m̂_t / (√v̂_t + ε)
    return theta - eta * direction, m, v


@array_function
def adamw_step(
    theta: Array,
    grad: Array,
    m: Array,
    v: Array,
    t: Array,
    /,
    *,
    eta: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    lam: float = 0.01,
) -> tuple[Array, Array, Array]:
    r"""A step of AdamW: Adam, and a decay of the parameters that does not go through Adam's averages.

    The gradient is that of the loss without a penalty. The paper's decay is eta * lam in one; PyTorch's weight_decay is lam.

    Formula
    -------
    adamw
        \begin{aligned} m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t \circ g_t \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t}, \qquad \hat{v}_t = \frac{v_t}{1 - \beta_2^t} \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} + \lambda \theta \right)
        \end{aligned}
    where
        \theta \in \mathbb{R}^d
        g_t \in \mathbb{R}^d
        m_{t-1} \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}_{\ge 0}^d
        t \in \mathbb{N}
        \eta \in \mathbb{R}_{>0}
        \beta_1 \in [0, 1)
        \beta_2 \in [0, 1)
        \epsilon \in \mathbb{R}_{>0}
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \theta \in \mathbb{R}^d
        m_t \in \mathbb{R}^d
        v_t \in \mathbb{R}_{\ge 0}^d
    call
        adamw_step(theta, grad, m, v, t, eta=eta, beta1=beta1, beta2=beta2, eps=eps, lam=lam)

    Parameters
    ----------
    theta
        Parameters; shape (..., d).
    grad
        Gradient at the parameters; shape (..., d).
    m
        Moving average of the gradients after the step before; shape (..., d).
    v
        Moving average of the squared gradients after the step before; shape (..., d).
    t
        Number of the step, from 1; a scalar.
    eta
        Learning rate.
    beta1
        Weight of the past in the average of the gradients, in [0, 1).
    beta2
        Weight of the past in the average of the squared gradients, in [0, 1).
    eps
        Keeps the step finite where all gradients were 0. With eps = 0 the result is NaN there.
    lam
        Strength of the decay; 0 is Adam.

    Returns
    -------
    tuple of Array
        New parameters and new averages m and v; shape (..., d) each.

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a value of v is negative.
        If t is not a scalar.
        If t is not a whole number.
        If t is not positive.
        If eta is not positive.
        If eta is not finite.
        If beta1 is not in [0, 1).
        If beta2 is not in [0, 1).
        If eps is negative.
        If eps is not finite.
        If lam is negative.
        If lam is not finite.

    References
    ----------
    [loshchilov2019]
    [pytorch-adam]

    Examples
    --------
    >>> theta, m, v = adamw_step([1.0, 2.0], [0.5, 0.0], 0.0, 0.0, 1, eta=0.25, beta1=0.5, beta2=0.75, lam=0.5)
    >>> np.round(theta, 4).tolist()  # 1 - 0.25 (1 + 0.5) and 2 - 0.25 (0 + 1)
    [0.625, 1.75]
    """
    lam = nonnegative("adamw_step", lam=lam)
    theta, eta, direction, m, v = _adam("adamw_step", theta, grad, m, v, t, eta, beta1, beta2, eps)
    # θ − η (m̂_t / (√v̂_t + ε) + λ θ)
    return theta - eta * (direction + lam * theta), m, v


# --- The optimizers as objects


class GradientDescent:
    r"""Gradient descent as an object, without state; ``step`` calls ``gd_step``.

    Parameters
    ----------
    eta
        Learning rate.

    References
    ----------
    [robbins1951]

    Examples
    --------
    >>> GradientDescent(eta=0.5).step([1.0, 2.0], [4.0, -2.0]).tolist()
    [-1.0, 3.0]
    """

    def __init__(self, *, eta: float) -> None:
        self.eta = eta

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        return gd_step(theta, grad, eta=self.eta)


class MomentumSGD:
    r"""Gradient descent with momentum as an object; ``step`` calls ``momentum_step``.

    Parameters
    ----------
    eta
        Learning rate.
    alpha
        Momentum coefficient, in [0, 1).

    Attributes
    ----------
    v_
        Velocity.

    References
    ----------
    [polyak1964]

    Examples
    --------
    >>> optimizer = MomentumSGD(eta=0.25, alpha=0.5)
    >>> optimizer.step(optimizer.step(1.0, 2.0), 2.0), optimizer.v_  # velocities -0.5 and -0.75
    (-0.25, -0.75)
    """

    v_: Array

    def __init__(self, *, eta: float, alpha: float = 0.9) -> None:
        self.eta = eta
        self.alpha = alpha
        self.v_ = 0.0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        theta, self.v_ = momentum_step(theta, grad, self.v_, eta=self.eta, alpha=self.alpha)
        return theta


class Nesterov:
    r"""Nesterov's momentum as an object; ``step`` calls ``nesterov_step``.

    Parameters
    ----------
    eta
        Learning rate.
    alpha
        Momentum coefficient, in [0, 1).

    Attributes
    ----------
    v_
        Velocity.

    References
    ----------
    [sutskever2013]

    Examples
    --------
    >>> optimizer = Nesterov(eta=0.25, alpha=0.5)
    >>> optimizer.step(1.0, 2.0), optimizer.v_
    (0.25, -0.5)
    """

    v_: Array

    def __init__(self, *, eta: float, alpha: float = 0.9) -> None:
        self.eta = eta
        self.alpha = alpha
        self.v_ = 0.0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        theta, self.v_ = nesterov_step(theta, grad, self.v_, eta=self.eta, alpha=self.alpha)
        return theta


class AdaGrad:
    r"""AdaGrad as an object; ``step`` calls ``adagrad_step``.

    Parameters
    ----------
    eta
        Learning rate.
    eps
        Keeps the rate finite where all gradients were 0.

    Attributes
    ----------
    g_sum_
        Sum of the squared gradients.

    References
    ----------
    [duchi2011]

    Examples
    --------
    >>> optimizer = AdaGrad(eta=0.5)
    >>> round(optimizer.step(optimizer.step(2.0, 3.0), 4.0), 4), optimizer.g_sum_  # a half of 3 / 3 and of 4 / 5
    (1.1, 25.0)
    """

    g_sum_: Array

    def __init__(self, *, eta: float = 0.01, eps: float = 1e-8) -> None:
        self.eta = eta
        self.eps = eps
        self.g_sum_ = 0.0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        theta, self.g_sum_ = adagrad_step(theta, grad, self.g_sum_, eta=self.eta, eps=self.eps)
        return theta


class RMSProp:
    r"""RMSProp as an object; ``step`` calls ``rmsprop_step``.

    Parameters
    ----------
    eta
        Learning rate.
    rho
        Weight of the past in the average, in [0, 1).
    eps
        Keeps the rate finite where all gradients were 0.

    Attributes
    ----------
    v_
        Moving average of the squared gradients.

    References
    ----------
    [tieleman2012]

    Examples
    --------
    >>> optimizer = RMSProp(eta=0.1, rho=0.75)
    >>> round(optimizer.step(1.0, 2.0), 4), optimizer.v_
    (0.8, 1.0)
    """

    v_: Array

    def __init__(self, *, eta: float = 1e-3, rho: float = 0.9, eps: float = 1e-8) -> None:
        self.eta = eta
        self.rho = rho
        self.eps = eps
        self.v_ = 0.0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        theta, self.v_ = rmsprop_step(theta, grad, self.v_, eta=self.eta, rho=self.rho, eps=self.eps)
        return theta


class Adam:
    r"""Adam as an object; ``step`` calls ``adam_step``.

    Parameters
    ----------
    eta
        Learning rate.
    beta1
        Weight of the past in the average of the gradients, in [0, 1).
    beta2
        Weight of the past in the average of the squared gradients, in [0, 1).
    eps
        Keeps the step finite where all gradients were 0.

    Attributes
    ----------
    m_
        Moving average of the gradients.
    v_
        Moving average of the squared gradients.
    t_
        Number of steps made.

    References
    ----------
    [kingma2015]

    Examples
    --------
    >>> optimizer = Adam(eta=0.25)
    >>> round(optimizer.step(1.0, 0.5), 4), optimizer.t_
    (0.75, 1)
    """

    m_: Array
    v_: Array
    t_: int

    def __init__(self, *, eta: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m_ = self.v_ = 0.0
        self.t_ = 0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        rates = {"eta": self.eta, "beta1": self.beta1, "beta2": self.beta2, "eps": self.eps}
        theta, self.m_, self.v_ = adam_step(theta, grad, self.m_, self.v_, self.t_ + 1, **rates)
        self.t_ += 1
        return theta


class AdamW:
    r"""AdamW as an object; ``step`` calls ``adamw_step``.

    Parameters
    ----------
    eta
        Learning rate.
    beta1
        Weight of the past in the average of the gradients, in [0, 1).
    beta2
        Weight of the past in the average of the squared gradients, in [0, 1).
    eps
        Keeps the step finite where all gradients were 0.
    lam
        Strength of the decay.

    Attributes
    ----------
    m_
        Moving average of the gradients.
    v_
        Moving average of the squared gradients.
    t_
        Number of steps made.

    References
    ----------
    [loshchilov2019]

    Examples
    --------
    >>> optimizer = AdamW(eta=0.25, lam=0.5)
    >>> round(optimizer.step(1.0, 0.5), 4), optimizer.t_  # 1 - 0.25 (1 + 0.5)
    (0.625, 1)
    """

    m_: Array
    v_: Array
    t_: int

    def __init__(
        self, *, eta: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, lam: float = 0.01
    ) -> None:
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.lam = lam
        self.m_ = self.v_ = 0.0
        self.t_ = 0

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there; shape (..., d)."""
        rates = {"eta": self.eta, "beta1": self.beta1, "beta2": self.beta2, "eps": self.eps, "lam": self.lam}
        theta, self.m_, self.v_ = adamw_step(theta, grad, self.m_, self.v_, self.t_ + 1, **rates)
        self.t_ += 1
        return theta


class Optimizer(Protocol):
    """What ``minimize`` and ``trajectory`` ask of an optimizer: the method ``step``."""

    def step(self, theta: Array, grad: Array, /) -> Array:
        """New parameters, from parameters and the gradient there."""


# --- What they share


def _adam(
    name: str, theta: Array, grad: Array, m: Array, v: Array, t: Array, eta: float, beta1: float, beta2: float, eps: float
) -> tuple[Array, float, Array, Array, Array]:
    """Parameters, learning rate, the direction m̂_t / (√v̂_t + ε), and the new averages."""
    xp, theta, grad, m, v = arrays(name, theta=theta, grad=grad, m=m, v=v)
    paired(name, theta=theta, grad=grad, m=m, v=v)
    _not_negative(name, xp, v=v)
    if type(t) is not int:
        _, t, _ = arrays(name, t=t, theta=theta)
        if t.ndim != 0:
            raise ValueError(f"{name}: t must be a scalar, got shape {tuple(t.shape)}")
        check(name, t == xp.floor(t), "be a whole number", t=t)
    check(name, t > 0, "be > 0", t=t)
    eta = positive(name, eta=eta)
    beta1 = fraction(name, beta1=beta1)
    beta2 = fraction(name, beta2=beta2)
    eps = nonnegative(name, eps=eps)
    # m_t = β_1 m_{t−1} + (1 − β_1) g_t
    m = beta1 * m + (1 - beta1) * grad
    # v_t = β_2 v_{t−1} + (1 − β_2) g_t ∘ g_t
    v = beta2 * v + (1 - beta2) * (grad * grad)
    # m̂_t = m_t / (1 − β_1^t),  v̂_t = v_t / (1 − β_2^t)
    m_hat = m / _less_than_one(xp, beta1, t)
    v_hat = v / _less_than_one(xp, beta2, t)
    return theta, eta, m_hat / (xp.sqrt(v_hat) + eps), m, v


def _less_than_one(xp: Any, beta: float, t: Array) -> Array:
    """1 − β^t; for a t in an array without the cancellation that would leave few digits of it in single precision."""
    if isinstance(t, int):
        return 1 - beta**t
    return -xp.expm1(t * (math.log(beta) if beta else -math.inf))


def _epoch(
    name: str,
    grad_fn: Callable[[Array, Array, Array], Array],
    x: Array,
    y: Array,
    theta: Array,
    eta: float,
    batch_size: int,
    rng: np.random.Generator,
) -> Array:
    """A step for each batch of a random order of the samples."""
    functions(name, grad_fn=grad_fn)
    xp, x, y, theta = arrays(name, x=x, y=y, theta=theta)
    n = entries(name, x=x, y=y)
    eta = positive(name, eta=eta)
    for batch in _batches(name, n, batch_size, rng):
        grads = [gradient(name, "grad_fn", grad_fn(x[i, ...], y[i, ...], theta), theta=theta) for i in batch.tolist()]
        theta = minibatch_step(theta, xp.stack(grads), eta=eta)
    return theta


def _batches(name: str, n: int, batch_size: int, rng: np.random.Generator) -> tuple[Array, ...]:
    n, batch_size = whole(name, n=n), whole(name, batch_size=batch_size)
    check(name, n > 0, "be > 0", n=n)
    check(name, 1 <= batch_size <= n, f"lie in 1 ... {n}, the number of samples", batch_size=batch_size)
    generator(name, rng)
    order = rng.permutation(n)
    return tuple(order[start : start + batch_size] for start in range(0, n, batch_size))


def _steps_with(name: str, optimizer: object) -> None:
    """Refuse what has no method ``step``."""
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"{name}: optimizer must have a method step, got {type(optimizer).__name__}")


def _rows(name: str, grads: Array) -> None:
    if grads.ndim == 0:
        raise ValueError(f"{name}: grads must have a first axis of samples, got a scalar")


def _times(name: str, t: Array) -> tuple[Any, Array]:
    """Steps as whole numbers from 0."""
    xp, t = arrays(name, t=t)
    check(name, t == xp.floor(t), "be whole numbers", t=t)
    check(name, t >= 0, "be >= 0", t=t)
    return xp, t


def _not_negative(name: str, xp: Any, /, **state: Array) -> None:
    """Refuse a sum or a mean of squares that is negative somewhere; a NaN passes."""
    ((key, value),) = state.items()
    check(name, xp.logical_not(value < 0), "be >= 0", **{key: value})


def _inside(name: str, /, **argument: float) -> float:
    value = number(name, **argument)
    check(name, 0 < value < 1, "lie in (0, 1)", **argument)
    return value
