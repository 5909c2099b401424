"""Diffusion models: noise is added step by step by a fixed process, and a learned one takes it out again (section 9.2).

Times are t = 1, …, T. The schedule is the array ``betas`` of shape (T,), in which ``betas[t - 1]`` is β_t; so are the deviations
``sigmas`` of the reverse steps. ᾱ_0 is 1: at time 0 there is no noise. States and noise of one call have equal shapes; batches of
them have their axes in front.

The network that guesses the noise is a function ``eps_fn(x, t)`` of states and of their times, one integer a state. Noise is an
argument, drawn from the standard normal distribution; only ``ddpm_sample`` draws by itself.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity in states and noise goes through the formula; in a schedule it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from array_api_compat import array_namespace

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    device,
    elementwise,
    functions,
    generator,
    indices,
    like,
    number,
    paired,
    shaped,
    sizes,
    whole,
)

__all__ = [
    "alpha_bars",
    "alphas",
    "ddpm_sample",
    "ddpm_step",
    "forward_step",
    "posterior_mean",
    "posterior_variance",
    "reverse_step",
    "sample_xt",
    "simple_loss",
]

# The noise in states, guessed from the states and their times.
Network = Callable[[Array, Array], Array]


# --- The schedule


@array_function
def alphas(betas: Array, /) -> Array:
    r"""Schedule of a diffusion: how much of the variance each step keeps, and how much all steps up to a time keep together.

    Formula
    -------
    diffusion-schedule
        \alpha_t = 1 - \beta_t, \qquad \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s, \qquad \bar{\alpha}_0 = 1
    where
        \beta_t \in (0, 1), \ t = 1, \dots, T
    gives
        \alpha_t \in (0, 1), \ t = 1, \dots, T
        \bar{\alpha}_t \in (0, 1], \ t = 0, \dots, T
    call
        alphas(betas), alpha_bars(betas)

    Parameters
    ----------
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Returns
    -------
    Array
        Parts α_1, …, α_T of the variance that a step keeps, in (0, 1); shape (T,).

    Raises
    ------
    ValueError
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> alphas([0.5, 0.75]).tolist()
    [0.5, 0.25]
    """
    _, betas = arrays("alphas", betas=betas)
    _schedule("alphas", betas)
    # α_t = 1 − β_t
    return 1 - betas


@array_function
def alpha_bars(betas: Array, /) -> Array:
    r"""How much of the data's variance is left at each time; what is missing from 1 is noise.

    Its formula, diffusion-schedule, stands at ``alphas``.

    Parameters
    ----------
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Returns
    -------
    Array
        ᾱ_0, …, ᾱ_T, one more than there are steps, so that the entry t belongs to time t; shape (T + 1,). They begin with 1 and fall.

    Raises
    ------
    ValueError
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> alpha_bars([0.5, 0.75]).tolist()
    [1.0, 0.5, 0.125]
    """
    _, betas = arrays("alpha_bars", betas=betas)
    _schedule("alpha_bars", betas)
    return _kept(betas)


# --- The forward process, which is fixed


@array_function
def forward_step(x_prev: Array, noise: Array, /, *, beta: float) -> Array:
    r"""One step of the forward diffusion: the state shrinks a little, and a little noise is added.

    The two are balanced: a state of variance 1 keeps variance 1.

    Formula
    -------
    diffusion-forward
        q(x_t \mid x_{t-1}) = \mathcal{N}\left(x_t; \sqrt{1 - \beta_t}\, x_{t-1}, \beta_t \mathbf{I}\right)
    where
        x_{t-1} \in \mathbb{R}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_t \in (0, 1)
    gives
        x_t \in \mathbb{R}^d
    call
        forward_step(x_prev, noise, beta=beta)

    Parameters
    ----------
    x_prev
        State at the time before; shape (...).
    noise
        Standard normal noise; shape (...).

    Other Parameters
    ----------------
    beta
        Variance of the noise that is added.

    Returns
    -------
    Array
        State at this time; shape (...).

    Raises
    ------
    ValueError
        If the shapes of x_prev and noise differ.
        If beta does not lie in (0, 1).

    References
    ----------
    [sohldickstein2015]
    [ho2020]

    Examples
    --------
    >>> round(forward_step(2.0, 1.0, beta=0.75), 4)  # 2/2 + √3/2
    1.866
    """
    name = "forward_step"
    _, x_prev, noise = arrays(name, x_prev=x_prev, noise=noise)
    paired(name, x_prev=x_prev, noise=noise)
    beta = number(name, beta=beta)
    check(name, 0 < beta < 1, "lie in (0, 1)", beta=beta)
    # x_t = √(1 − β_t) x_{t−1} + √β_t ε
    return math.sqrt(1 - beta) * x_prev + math.sqrt(beta) * noise


@array_function
def sample_xt(x0: Array, noise: Array, betas: Array, /, *, t: int) -> Array:
    r"""The noisy state at any time, in one step from the data: many steps of Gaussian noise are one.

    Formula
    -------
    diffusion-closed-form
        q(x_t \mid x_0) = \mathcal{N}\left(x_t; \sqrt{\bar{\alpha}_t}\, x_0, (1 - \bar{\alpha}_t) \mathbf{I}\right), \qquad
        \bar{\alpha}_t = \prod_{s=1}^{t} (1 - \beta_s)
    where
        x_0 \in \mathbb{R}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_s \in (0, 1), \ s = 1, \dots, T
        t \in \{1, \dots, T\}
    gives
        x_t \in \mathbb{R}^d
    call
        sample_xt(x0, noise, betas, t=t)

    Parameters
    ----------
    x0
        Data; shape (...).
    noise
        Standard normal noise; shape (...).
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Other Parameters
    ----------------
    t
        The time, from 1.

    Returns
    -------
    Array
        State at this time; shape (...).

    Raises
    ------
    TypeError
        If t is not an integer.
    ValueError
        If the shapes of x0 and noise differ.
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If t is not one of 1, …, T.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> sample_xt(4.0, 0.0, [0.5, 0.5], t=2)  # a quarter of the variance is left, half of the size
    2.0
    """
    name = "sample_xt"
    xp, x0, noise, betas = arrays(name, x0=x0, noise=noise, betas=betas)
    paired(name, x0=x0, noise=noise)
    t = _time(name, _schedule(name, betas), t)
    # x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε
    return xp.sqrt(_kept(betas)[t]) * x0 + xp.sqrt(_lost(betas)[t]) * noise


@array_function
def posterior_mean(x0: Array, x_t: Array, betas: Array, /, *, t: int) -> Array:
    r"""Mean of the state before, given the data and the noisy state: what makes the reverse process learnable.

    Without the data the distribution of the state before is not known; with them it is Gaussian. Its variance is ``posterior_variance``.

    Formula
    -------
    diffusion-posterior
        q(x_{t-1} \mid x_t, x_0) = \mathcal{N}\left(x_{t-1}; \frac{\sqrt{\bar{\alpha}_{t-1}} \beta_t}{1 - \bar{\alpha}_t} x_0 + \frac{\sqrt{\alpha_t} (1 - \bar{\alpha}_{t-1})}{1 - \bar{\alpha}_t} x_t, \ \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \beta_t \mathbf{I}\right)
    where
        x_0 \in \mathbb{R}^d
        x_t \in \mathbb{R}^d
        \beta_s \in (0, 1), \ s = 1, \dots, T
        t \in \{1, \dots, T\}
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \alpha_t = 1 - \beta_t
        \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s
    call
        posterior_mean(x0, x_t, betas, t=t) + posterior_variance(betas, t=t) ** 0.5 * noise

    Parameters
    ----------
    x0
        Data; shape (...).
    x_t
        State at time t; shape (...).
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Other Parameters
    ----------------
    t
        The time, from 1.

    Returns
    -------
    Array
        Mean of the state at time t - 1; shape (...). At t = 1 it is x0.

    Raises
    ------
    TypeError
        If t is not an integer.
    ValueError
        If the shapes of x0 and x_t differ.
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If t is not one of 1, …, T.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> round(posterior_mean(3.0, 0.0, [0.5, 0.5], t=2), 4)  # √(1/2) (1/2) / (3/4) times 3 is √2
    1.4142
    """
    name = "posterior_mean"
    xp, x0, x_t, betas = arrays(name, x0=x0, x_t=x_t, betas=betas)
    paired(name, x0=x0, x_t=x_t)
    t = _time(name, _schedule(name, betas), t)
    beta, kept, lost = betas[t - 1], _kept(betas), _lost(betas)
    # √ᾱ_{t−1} β_t / (1 − ᾱ_t) x_0 + √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) x_t
    return xp.sqrt(kept[t - 1]) * beta / lost[t] * x0 + xp.sqrt(1 - beta) * lost[t - 1] / lost[t] * x_t


@array_function
def posterior_variance(betas: Array, /, *, t: int) -> Array:
    r"""Variance β̃_t of the state before, given the data and the noisy state; its root is one choice for σ_t.

    Its formula, diffusion-posterior, stands at ``posterior_mean``.

    Parameters
    ----------
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Other Parameters
    ----------------
    t
        The time, from 1.

    Returns
    -------
    Array
        The variance, a scalar below β_t. At t = 1 it is 0: the state before is the data.

    Raises
    ------
    TypeError
        If t is not an integer.
    ValueError
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If t is not one of 1, …, T.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> [round(posterior_variance([0.5, 0.5], t=t), 4) for t in (1, 2)]  # (1/2) / (3/4) times 1/2
    [0.0, 0.3333]
    """
    name = "posterior_variance"
    _, betas = arrays(name, betas=betas)
    t = _time(name, _schedule(name, betas), t)
    lost = _lost(betas)
    # β̃_t = (1 − ᾱ_{t−1}) / (1 − ᾱ_t) β_t
    return lost[t - 1] / lost[t] * betas[t - 1]


# --- Learning


@array_function
def simple_loss(eps_fn: Network, x0: Array, noise: Array, t: Array, betas: Array, /) -> Array:
    r"""Simple loss of a diffusion model: the squared error of the noise that the network guesses, averaged over the samples.

    In training, each sample gets fresh noise and a time drawn from 1, …, T with equal probabilities.

    Formula
    -------
    diffusion-loss
        L_{\text{simple}} = \mathbb{E}_{t, x_0, \epsilon}\left[ \left\| \epsilon - \epsilon_{\theta}\left( \sqrt{\bar{\alpha}_t}\, x_0 + \sqrt{1 - \bar{\alpha}_t}\, \epsilon, t \right) \right\|^2 \right]
    where
        \epsilon_{\theta} : \mathbb{R}^d \times \mathbb{R} \to \mathbb{R}^d
        x_{0,i} \in \mathbb{R}^d, \ i = 1, \dots, n
        \epsilon_i \in \mathbb{R}^d, \ i = 1, \dots, n
        t_i \in \{1, \dots, T\}, \ i = 1, \dots, n
        \beta_s \in (0, 1), \ s = 1, \dots, T
    gives
        L_{\text{simple}} \in \mathbb{R}_{\ge 0}
    with
        (t, x_0, \epsilon) \sim \frac{1}{n} \sum_{i=1}^{n} \delta_{(t_i, x_{0,i}, \epsilon_i)}
        \bar{\alpha}_t = \prod_{s=1}^{t} (1 - \beta_s)
    call
        simple_loss(_one_by_one(eps_fn), x0, noise, t, betas)

    Parameters
    ----------
    eps_fn
        Network that guesses the noise; it is called once, with all noisy states and their times.
    x0
        Data, one sample a row; shape (n, ...).
    noise
        Standard normal noise for each sample; shape (n, ...).
    t
        A time 1, …, T for each sample, integers or whole numbers in the dtype of the data; shape (n,).
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).

    Returns
    -------
    Array
        The loss, a scalar at least 0. It adds up over the entries of a sample and is the mean over the samples.

    Raises
    ------
    TypeError
        If eps_fn is not a function.
    ValueError
        If x0 is a scalar.
        If noise does not have the shape of x0.
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If t does not have one time for each sample.
        If a time is not a whole number.
        If a time is not one of 1, …, T.
        If eps_fn does not keep the shape of the states.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> simple_loss(lambda x, t: 0 * x, [[8.0], [9.0]], [[3.0], [1.0]], [1, 2], [0.5, 0.5])  # no guess: (9 + 1) / 2
    5.0
    """
    name = "simple_loss"
    functions(name, eps_fn=eps_fn)
    xp, x0, noise, betas = arrays(name, x0=x0, noise=noise, betas=betas)
    if x0.ndim == 0:
        raise ValueError(f"{name}: x0 must have a first axis of samples, got a scalar")
    n = x0.shape[0]
    shaped(name, tuple(x0.shape), noise=noise)
    steps = _schedule(name, betas)
    t = indices(name, steps + 1, t=t, betas=betas)
    shaped(name, (n,), t=t)
    check(name, t > 0, f"lie in 1 ... {steps}", t=t)
    each = (n, *[1] * (x0.ndim - 1))
    kept, lost = (xp.reshape(xp.take(values, t), each) for values in (_kept(betas), _lost(betas)))
    # ε − ε_θ(√ᾱ_t x_0 + √(1 − ᾱ_t) ε, t)
    error = noise - _guessed(name, eps_fn, xp.sqrt(kept) * x0 + xp.sqrt(lost) * noise, t)
    # E ‖…‖²
    return xp.mean(xp.sum(xp.reshape(error, (n, -1)) ** 2, axis=1))


def _one_by_one(eps_fn: Network) -> Network:
    """A network of one state and its time as one of many (the formula of simple_loss calls it)."""

    def many(x: Array, t: Array) -> Array:
        return np.stack([eps_fn(state, time) for state, time in zip(x, t, strict=True)])

    return many


# --- The reverse process


@array_function
def reverse_step(mu: Array, sigma: Array, noise: Array, /) -> Array:
    r"""One step of the reverse diffusion, from the mean and the standard deviation that a model gives at the state and its time.

    Formula
    -------
    diffusion-reverse
        p_{\theta}(x_{t-1} \mid x_t) = \mathcal{N}\left(x_{t-1}; \mu_{\theta}(x_t, t), \sigma_{\theta}^2(x_t, t)\, \mathbf{I}\right)
    where
        \mu_{\theta}(x_t, t) \in \mathbb{R}^d
        \sigma_{\theta}(x_t, t) \in \mathbb{R}_{\ge 0}
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \sigma_{\theta}^2(x_t, t) = (\sigma_{\theta}(x_t, t))^2

    Parameters
    ----------
    mu
        Mean of the state before; shape (..., d).
    sigma
        Standard deviation, one a state, whose square is the variance of each entry; shape (...).
    noise
        Standard normal noise; shape (..., d).

    Returns
    -------
    Array
        State at the time before; shape (..., d).

    Raises
    ------
    ValueError
        If mu is a scalar.
        If sigma does not have the shape of mu without its last axis.
        If a deviation is negative.
        If noise does not have the shape of mu.

    References
    ----------
    [sohldickstein2015]
    [ho2020]

    Examples
    --------
    >>> reverse_step([1.0, 2.0], 0.5, [3.0, -1.0]).tolist()
    [2.5, 1.5]
    """
    name = "reverse_step"
    xp, mu, sigma, noise = arrays(name, mu=mu, sigma=sigma, noise=noise)
    if mu.ndim == 0:
        raise ValueError(f"{name}: mu must have a last axis, one entry a dimension, got a scalar")
    shaped(name, tuple(mu.shape[:-1]), sigma=sigma)
    shaped(name, tuple(mu.shape), noise=noise)
    check(name, xp.logical_not(sigma < 0), "be >= 0", sigma=sigma)
    # x_{t−1} = μ + σ ε
    return mu + sigma[..., None] * noise


@array_function
def ddpm_step(x_t: Array, eps_hat: Array, noise: Array, betas: Array, sigmas: Array, /, *, t: int) -> Array:
    r"""One step of DDPM sampling: part of the guessed noise is taken out, and fresh noise is put in, except in the last step.

    Formula
    -------
    ddpm-sampling
        x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{\beta_t}{\sqrt{1 - \bar{\alpha}_t}}\, \epsilon_{\theta}(x_t, t) \right) + \sigma_t z, \qquad z \sim \mathcal{N}(0, \mathbf{I})
    where
        x_t \in \mathbb{R}^d
        \epsilon_{\theta}(x_t, t) \in \mathbb{R}^d
        z \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_s \in (0, 1), \ s = 1, \dots, T
        \sigma_s \in \mathbb{R}_{\ge 0}, \ s = 1, \dots, T
        t \in \{2, \dots, T\}
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \alpha_t = 1 - \beta_t
        \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s
    call
        ddpm_step(x_t, eps_hat, noise, betas, sigmas, t=t)

    Parameters
    ----------
    x_t
        State at time t; shape (...).
    eps_hat
        The noise in it, as the network guesses it; shape (...).
    noise
        Standard normal noise z; shape (...). At t = 1, the last step, z is 0 and this argument is not used.
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).
    sigmas
        Standard deviations σ_1, …, σ_T of the reverse steps, for instance √β_t or √β̃_t; shape (T,).

    Other Parameters
    ----------------
    t
        The time, from 1.

    Returns
    -------
    Array
        State at time t - 1; shape (...).

    Raises
    ------
    TypeError
        If t is not an integer.
    ValueError
        If the shapes of x_t, eps_hat and noise differ.
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If sigmas does not have the shape of betas.
        If a deviation is negative.
        If t is not one of 1, …, T.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> round(ddpm_step(2.0, 1.0, 9.0, [0.75], [0.5], t=1), 4)  # (2 - √0.75) / 0.5, without the noise
    2.2679
    """
    name = "ddpm_step"
    xp, x_t, eps_hat, noise, betas, sigmas = arrays(
        name, x_t=x_t, eps_hat=eps_hat, noise=noise, betas=betas, sigmas=sigmas
    )
    paired(name, x_t=x_t, eps_hat=eps_hat, noise=noise)
    t = _time(name, _schedule(name, betas, sigmas), t)
    beta = betas[t - 1]
    # 1/√α_t (x_t − β_t/√(1 − ᾱ_t) ε_θ(x_t, t))
    mu = (x_t - beta / xp.sqrt(_lost(betas)[t]) * eps_hat) / xp.sqrt(1 - beta)
    # + σ_t z, with z = 0 at t = 1
    return mu + sigmas[t - 1] * noise if t > 1 else mu


@array_function
def ddpm_sample(eps_fn: Network, betas: Array, sigmas: Array, /, *, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    r"""New samples of a diffusion model: from pure noise, all steps of the reverse process one after another.

    Parameters
    ----------
    eps_fn
        Network that guesses the noise, from states of this shape and their times.
    betas
        Variances β_1, …, β_T of the noise of each step; shape (T,).
    sigmas
        Standard deviations σ_1, …, σ_T of the reverse steps, for instance √β_t or √β̃_t; shape (T,).

    Other Parameters
    ----------------
    shape
        Shape (n, ...) of n samples.
    rng
        Source of randomness, a NumPy Generator.

    Returns
    -------
    Array
        Samples x_0, of the shape asked for.

    Raises
    ------
    TypeError
        If eps_fn is not a function.
        If shape is not a tuple.
        If shape has something that is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If betas does not have the shape (T,).
        If a variance does not lie in (0, 1).
        If sigmas does not have the shape of betas.
        If a deviation is negative.
        If shape has no number of samples.
        If a size is not positive.
        If eps_fn does not keep the shape of the states.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    References
    ----------
    [ho2020]

    Examples
    --------
    >>> betas, sigmas = [0.5, 0.75], [0.0, 0.0]  # without fresh noise, and with nothing guessed, each step divides by √α_t
    >>> rng = np.random.default_rng(0)
    >>> x = ddpm_sample(lambda x, t: 0 * x, betas, sigmas, shape=(4, 1), rng=rng)
    >>> (x / np.random.default_rng(0).standard_normal((4, 1))).round(4).tolist()  # √8
    [[2.8284], [2.8284], [2.8284], [2.8284]]
    """
    name = "ddpm_sample"
    functions(name, eps_fn=eps_fn)
    xp, betas, sigmas = arrays(name, betas=betas, sigmas=sigmas)
    steps = _schedule(name, betas, sigmas)
    shape = sizes(name, shape=shape)
    check(name, len(shape) > 0, "have a number of samples", shape=shape)
    generator(name, rng)
    integral = xp.__array_namespace_info__().default_dtypes()["indexing"]
    # x_T ~ N(0, I)
    x = like(xp, betas, rng.standard_normal(shape))
    for t in range(steps, 0, -1):
        eps_hat = _guessed(name, eps_fn, x, xp.full(shape[:1], t, dtype=integral, device=device(betas)))
        x = ddpm_step(x, eps_hat, like(xp, betas, rng.standard_normal(shape)), betas, sigmas, t=t)
    return x


# --- What they share


def _schedule(name: str, betas: Array, sigmas: Array | None = None) -> int:
    """The number of steps, if variances, and deviations beside them, are such."""
    if betas.ndim != 1:
        raise ValueError(f"{name}: betas must have shape (T,), got {tuple(betas.shape)}")
    check(name, (betas > 0) & (betas < 1), "lie in (0, 1)", betas=betas)
    if sigmas is not None:
        shaped(name, tuple(betas.shape), sigmas=sigmas)
        check(name, sigmas >= 0, "be >= 0", sigmas=sigmas)
    return int(betas.shape[0])


def _time(name: str, steps: int, t: int) -> int:
    t = whole(name, t=t)
    check(name, 1 <= t <= steps, f"lie in 1 ... {steps}", t=t)
    return t


def _kept(betas: Array) -> Array:
    """ᾱ_t = Π_{s ≤ t} (1 − β_s) for t = 0, …, T."""
    return array_namespace(betas).cumulative_prod(1 - betas, include_initial=True)


def _lost(betas: Array) -> Array:
    """1 − ᾱ_t for t = 0, …, T, by logarithms, since the difference of two numbers near 1 would lose digits in the first steps."""
    xp = array_namespace(betas)
    return 0 - xp.expm1(xp.cumulative_sum(xp.log1p(-betas), include_initial=True))


def _guessed(name: str, eps_fn: Network, x: Array, t: Array) -> Array:
    """The noise that a network guesses in states, if it keeps their shape."""
    return elementwise(name, "eps_fn", lambda states: eps_fn(states, t), x)
