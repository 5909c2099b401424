"""Generative adversarial networks: the value of the game, its best discriminator, losses, training in turn, modes covered (section 9.2).

A discriminator D gives the probability that its input is real; a generator G makes inputs G(z) from noise z. What both play for is computed
from the discriminator's outputs, ``d_real`` on n real inputs, shape ``(..., n)``, and ``d_fake`` on m generated ones, shape ``(..., m)``.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. Probabilities, and densities where they stand for them, are checked wherever their values can be read, that
is, not while JAX or PyTorch traces the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    device,
    distributions,
    entries,
    functions,
    generator,
    gradient,
    like,
    natural,
    paired,
    positive,
    rows,
    shaped,
)
from dlref._parameters import Parameters
from dlref.activations import sigmoid, tanh
from dlref.backprop import dense, dense_activation
from dlref.density import kl_divergence, sample_prior
from dlref.optim import gd_step

__all__ = [
    "Discriminator",
    "ascent_step",
    "discriminator_loss",
    "gan_value",
    "modes_covered",
    "non_saturating_generator_loss",
    "optimal_discriminator",
    "optimal_value",
    "saturating_generator_loss",
    "train_gan",
]


# --- The game


@array_function
def gan_value(d_real: Array, d_fake: Array, /) -> Array:
    r"""Value of the game, which the discriminator raises and the generator lowers.

    It is at most 0, and -log 4 where the discriminator always answers 1/2.

    Formula
    -------
    gan-objective
        \min_{G} \max_{D} \ \underbrace{\mathbb{E}_{x \sim p_{\text{data}}}[\log D(x)]}_{(1)} + \underbrace{\mathbb{E}_{z \sim p_z}[\log(1 - D(G(z)))]}_{(2)}
    where
        D : \mathbb{R} \to (0, 1)
        x_i \in \mathbb{R}, \ i = 1, \dots, n
        G : \mathbb{R} \to \mathbb{R}
        z_i \in \mathbb{R}, \ i = 1, \dots, m
    gives
        \min_{G} \max_{D} \in \mathbb{R}_{<0}
    with
        p_{\text{data}} = \frac{1}{n} \sum_{i=1}^{n} \delta_{x_i}
        p_z = \frac{1}{m} \sum_{i=1}^{m} \delta_{z_i}
    call
        gan_value(D(x), D(G(z)))

    Parameters
    ----------
    d_real
        Outputs of the discriminator on real inputs; shape (..., n).
    d_fake
        Outputs of the discriminator on generated inputs; shape (..., m).

    Returns
    -------
    Array
        Values in [-inf, 0]; shape (...).

    Raises
    ------
    ValueError
        If d_real is a scalar.
        If d_fake is a scalar.
        If the axes of d_real and d_fake differ before the last.
        If an output is not in [0, 1].

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> round(gan_value([0.5, 0.5], [0.5]), 4)  # -log 4
    -1.3863
    >>> round(gan_value([0.8, 0.8], [0.2]), 4)  # 2 log 0.8: the discriminator tells them apart
    -0.4463
    """
    return _value("gan_value", d_real, d_fake)


@array_function
def discriminator_loss(d_real: Array, d_fake: Array, /) -> Array:
    r"""Loss of the discriminator: minus the value of the game, the cross-entropy of its answers on both kinds of inputs.

    Parameters
    ----------
    d_real
        Outputs of the discriminator on real inputs; shape (..., n).
    d_fake
        Outputs of the discriminator on generated inputs; shape (..., m).

    Returns
    -------
    Array
        Losses in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If d_real is a scalar.
        If d_fake is a scalar.
        If the axes of d_real and d_fake differ before the last.
        If an output is not in [0, 1].

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> round(discriminator_loss([0.5, 0.5], [0.5]), 4)  # log 4
    1.3863
    """
    return -_value("discriminator_loss", d_real, d_fake)


@array_function
def optimal_discriminator(p_data: Array, p_g: Array, /) -> Array:
    r"""The best discriminator against a given generator: the share of real inputs among all that come to a point.

    Against it the value of the game is ``optimal_value``. It is lowest, -log 4, where the generator has the distribution of the data.

    Formula
    -------
    optimal-discriminator
        D^{*}(x) = \frac{p_{\text{data}}(x)}{p_{\text{data}}(x) + p_g(x)}, \qquad V(D^{*}, G) = -\log 4 + 2\, D_{\mathrm{JS}}(p_{\text{data}} \| p_g)
    where
        p_{\text{data}}(x) \in \Delta, \ x = 1, \dots, K
        p_g(x) \in \Delta, \ x = 1, \dots, K
    gives
        D^{*}(x) \in (0, 1), \ x = 1, \dots, K
        V(D^{*}, G) \in \mathbb{R}_{\le 0}
    call
        optimal_discriminator(p_data, p_g), optimal_value(p_data, p_g)

    Parameters
    ----------
    p_data
        Density or probability of the data at each point; shape (...).
    p_g
        Density or probability of what is generated; shape (...).

    Returns
    -------
    Array
        Probabilities that an input at the point is real; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If p_data is negative somewhere.
        If p_g is negative somewhere.
        If both are 0 at a point, where any value is best.

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> optimal_discriminator([0.5, 0.5, 0.0], [0.25, 0.5, 0.25]).round(4).tolist()
    [0.6667, 0.5, 0.0]
    """
    name = "optimal_discriminator"
    _, p_data, p_g = arrays(name, p_data=p_data, p_g=p_g)
    paired(name, p_data=p_data, p_g=p_g)
    check(name, p_data >= 0, "be >= 0", p_data=p_data)
    check(name, p_g >= 0, "be >= 0", p_g=p_g)
    both = p_data + p_g
    check(name, both > 0, "not be 0 where p_data is 0, since any value is best there", p_g=both)
    # D*(x) = p_data(x) / (p_data(x) + p_g(x))
    return p_data / both


@array_function
def optimal_value(p_data: Array, p_g: Array, /) -> Array:
    r"""Value of the game against the best discriminator; a measure of how far a generator's distribution is from that of the data.

    Its formula, optimal-discriminator, stands at ``optimal_discriminator``.

    Parameters
    ----------
    p_data
        Probabilities of the data over K points; shape (..., K).
    p_g
        Probabilities of what is generated; shape (..., K).

    Returns
    -------
    Array
        Values from -log 4, where the two are equal, to 0, where they have no point in common; shape (...).

    Raises
    ------
    ValueError
        If p_data is a scalar.
        If p_g does not have the shape of p_data.
        If a probability is negative.
        If the probabilities do not sum to 1.

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> round(optimal_value([0.5, 0.5], [0.5, 0.5]), 4)  # -log 4
    -1.3863
    >>> abs(round(optimal_value([1.0, 0.0], [0.0, 1.0]), 4))
    0.0
    """
    name = "optimal_value"
    _, p_data, p_g = arrays(name, p_data=p_data, p_g=p_g)
    distributions(name, p_data=p_data, p_g=p_g)
    shaped(name, tuple(p_data.shape), p_g=p_g)
    # E_{p_data}[log D*] + E_{p_g}[log(1 − D*)], where D* = p_data / (2 m) and 1 − D* = p_g / (2 m) with the mean m of both
    m = (p_data + p_g) / 2
    return kl_divergence(p_data, m) + kl_divergence(p_g, m) - math.log(4)


# --- Losses of the generator


@array_function
def saturating_generator_loss(d_fake: Array, /) -> Array:
    r"""Loss of the generator as the game has it: the term of its value that the generator can change.

    Where the discriminator is sure that an input is generated, the slope of this loss in the score of the discriminator vanishes.

    Parameters
    ----------
    d_fake
        Outputs of the discriminator on generated inputs; shape (..., m).

    Returns
    -------
    Array
        Losses in [-inf, 0]; shape (...).

    Raises
    ------
    ValueError
        If d_fake is a scalar.
        If an output is not in [0, 1].

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> round(saturating_generator_loss([0.5, 0.5]), 4)  # -log 2
    -0.6931
    """
    xp, d_fake = _answers("saturating_generator_loss", d_fake=d_fake)
    # E_z[log(1 − D(G(z)))]
    return xp.mean(xp.log1p(-d_fake), axis=-1)


@array_function
def non_saturating_generator_loss(d_fake: Array, /) -> Array:
    r"""Loss of the generator whose slope does not vanish while the discriminator wins.

    It has the same aim as ``saturating_generator_loss``, a discriminator that takes generated inputs for real ones.

    Formula
    -------
    non-saturating-loss
        L_G = -\mathbb{E}_{z \sim p_z}[\log D(G(z))]
    where
        D : \mathbb{R} \to (0, 1)
        G : \mathbb{R} \to \mathbb{R}
        z_i \in \mathbb{R}, \ i = 1, \dots, m
    gives
        L_G \in \mathbb{R}_{>0}
    with
        p_z = \frac{1}{m} \sum_{i=1}^{m} \delta_{z_i}
    call
        non_saturating_generator_loss(D(G(z)))

    Parameters
    ----------
    d_fake
        Outputs of the discriminator on generated inputs; shape (..., m).

    Returns
    -------
    Array
        Losses in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If d_fake is a scalar.
        If an output is not in [0, 1].

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> round(non_saturating_generator_loss([0.5, 0.125]), 4)  # (log 2 + log 8) / 2
    1.3863
    """
    xp, d_fake = _answers("non_saturating_generator_loss", d_fake=d_fake)
    # −E_z[log D(G(z))]
    return -xp.mean(xp.log(d_fake), axis=-1)


# --- Training


@array_function
def ascent_step(theta: Array, grad: Array, /, *, eta: float) -> Array:
    r"""A step of gradient ascent, as the discriminator makes it; the generator makes one of descent, ``dlref.optim.gd_step``.

    With the non-saturating loss the generator descends that loss instead of the value.

    Formula
    -------
    gan-alternating-update
        \theta_D \leftarrow \theta_D + \eta\, \nabla_{\theta_D} V(D, G), \qquad \theta_G \leftarrow \theta_G - \eta\, \nabla_{\theta_G} V(D, G)
    where
        \theta_D \in \mathbb{R}^d
        \nabla_{\theta_D} V(D, G) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \theta_G \in \mathbb{R}^g
        \nabla_{\theta_G} V(D, G) \in \mathbb{R}^g
    gives
        \theta_D \in \mathbb{R}^d
        \theta_G \in \mathbb{R}^g
    call
        ascent_step(theta_d, grad_d, eta=eta), gd_step(theta_g, grad_g, eta=eta)

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
    [goodfellow2014]

    Examples
    --------
    >>> ascent_step([1.0, 2.0], [4.0, -2.0], eta=0.5)
    array([3., 1.])
    """
    _, theta, grad = arrays("ascent_step", theta=theta, grad=grad)
    paired("ascent_step", theta=theta, grad=grad)
    eta = positive("ascent_step", eta=eta)
    # θ_D + η ∇V
    return theta + eta * grad


@array_function
def train_gan(
    grad_fn_d: Callable[[Array, Array, Array, Array], Array],
    grad_fn_g: Callable[[Array, Array, Array], Array],
    x: Array,
    theta_d: Array,
    theta_g: Array,
    /,
    *,
    eta: float,
    k: int = 1,
    n_steps: int,
    batch_size: int,
    latent_size: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    r"""Train discriminator and generator in turn: each time k steps of the one by ``ascent_step``, and one of the other by ``gd_step``.

    For every step noise is drawn anew from the prior, and for a step of the discriminator real inputs too.

    Parameters
    ----------
    grad_fn_d
        Gradient of the value with respect to theta_d, as a function of real inputs, noise, theta_d and theta_g.
    grad_fn_g
        Gradient of the value, or of the non-saturating loss, with respect to theta_g, as a function of noise, theta_d and theta_g.
    x
        Real inputs along the first axis; shape (n, ...).
    theta_d
        Parameters of the discriminator to start from, of any shape.
    theta_g
        Parameters of the generator to start from, of any shape.

    Other Parameters
    ----------------
    eta
        Learning rate of both.
    k
        Steps of the discriminator before each step of the generator.
    n_steps
        Steps of the generator.
    batch_size
        Number of real inputs, and of noises, of a step.
    latent_size
        Number of entries of a noise.
    rng
        Source of randomness.

    Returns
    -------
    tuple of Array
        The new theta_d and theta_g.

    Raises
    ------
    TypeError
        If grad_fn_d is not a function.
        If grad_fn_g is not a function.
        If k is not an integer.
        If n_steps is not an integer.
        If batch_size is not an integer.
        If latent_size is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If x is a scalar.
        If eta is not positive.
        If eta is not finite.
        If k is not positive.
        If n_steps is not positive.
        If batch_size is not positive.
        If latent_size is not positive.
        If a gradient does not have the shape of its parameters.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> x = [[2.5], [3.5]]
    >>> up = lambda x, z, d, g: x.mean() - (g + z).mean() - d  # D sees the difference of the means, at a price
    >>> down = lambda z, d, g: -d  # G follows
    >>> d, g = train_gan(up, down, x, 0.0, 0.0, eta=0.1, n_steps=500, batch_size=64, latent_size=1, rng=np.random.default_rng(0))
    >>> abs(g - 3) < 0.2
    True
    """
    name = "train_gan"
    functions(name, grad_fn_d=grad_fn_d, grad_fn_g=grad_fn_g)
    xp, x, theta_d, theta_g = arrays(name, x=x, theta_d=theta_d, theta_g=theta_g)
    n = entries(name, x=x)
    eta, k, n_steps = positive(name, eta=eta), natural(name, k=k), natural(name, n_steps=n_steps)
    batch_size, latent_size = natural(name, batch_size=batch_size), natural(name, latent_size=latent_size)
    generator(name, rng)

    def noise() -> Array:
        return like(xp, x, sample_prior(shape=(batch_size, latent_size), rng=rng))

    for _ in range(n_steps):
        for _ in range(k):
            batch = xp.take(x, xp.asarray(rng.integers(0, n, batch_size).tolist(), device=device(x)), axis=0)
            # θ_D ← θ_D + η ∇_{θ_D} V(D, G)
            theta_d = ascent_step(theta_d, gradient(name, "grad_fn_d", grad_fn_d(batch, noise(), theta_d, theta_g), theta_d=theta_d), eta=eta)
        # θ_G ← θ_G − η ∇_{θ_G} V(D, G)
        theta_g = gd_step(theta_g, gradient(name, "grad_fn_g", grad_fn_g(noise(), theta_d, theta_g), theta_g=theta_g), eta=eta)
    return theta_d, theta_g


@array_function
def modes_covered(samples: Array, centers: Array, /, *, radius: float) -> Array:
    r"""Number of modes that samples reach: of centers that are the nearest one of a sample, and no farther from it than the radius.

    A generator whose samples reach few of the data's modes has collapsed.

    Parameters
    ----------
    samples
        Samples, a row each; shape (..., n, d).
    centers
        Centers of the modes, a row each; shape (K, d).
    radius
        Largest distance of a sample that counts, such as three standard deviations of a mode.

    Returns
    -------
    Array
        Counts from 0 to K, integers; shape (...).

    Raises
    ------
    ValueError
        If samples is not a table.
        If centers is not a table with the columns of samples.
        If radius is not positive.
        If radius is not finite.

    Notes
    -----
    Level B: without gradients, because it counts.

    References
    ----------
    [metz2017]
    [srivastava2017]

    Examples
    --------
    >>> centers = [[0.0], [10.0], [20.0]]
    >>> modes_covered([[0.5], [9.0], [9.5], [25.0]], centers, radius=1.0)  # nothing near 20
    2
    """
    name = "modes_covered"
    xp, samples, centers = arrays(name, samples=samples, centers=centers)
    rows(name, samples=samples)
    if centers.ndim != 2 or centers.shape[1] != samples.shape[-1]:
        raise ValueError(f"{name}: centers must have shape (K, {samples.shape[-1]}) beside samples, got {tuple(centers.shape)}")
    radius = positive(name, radius=radius)
    distances = xp.linalg.vector_norm(samples[..., None, :] - centers, axis=-1)
    nearest = xp.argmin(distances, axis=-1, keepdims=True) == xp.arange(centers.shape[0], device=device(centers))
    reached = xp.any(nearest & (distances <= radius), axis=-2)
    return xp.sum(xp.astype(reached, xp.__array_namespace_info__().default_dtypes()["integral"]), axis=-1)


class Discriminator(Parameters):
    r"""A discriminator of one hidden layer; its answers are probabilities, in (0, 1) except where the sigmoid is rounded.

    Parameters
    ----------
    w_1
        Weight of the hidden layer; shape (h, d).
    b_1
        Bias of the hidden layer; shape (h,).
    w_2
        Weight of the score; shape (1, h).
    b_2
        Bias of the score; shape (1,).
    phi
        Activation function of the hidden layer, element by element.

    References
    ----------
    [goodfellow2014]

    Examples
    --------
    >>> discriminator = Discriminator([[1.0, 0.0]], [0.0], [[4.0]], [0.0])
    >>> discriminator([[0.0, 5.0], [9.0, 5.0]]).round(4).tolist()  # 1 / (1 + exp(-4 tanh(x_1)))
    [0.5, 0.982]
    """

    def __init__(self, w_1: Array, b_1: Array, w_2: Array, b_2: Array, /, *, phi: Callable[[Array], Array] = tanh) -> None:
        _, self.w_1, self.b_1, self.w_2, self.b_2 = arrays("Discriminator", w_1=w_1, b_1=b_1, w_2=w_2, b_2=b_2)
        self.phi = phi

    def __call__(self, x: Array, /) -> Array:
        """Probabilities D(x) that inputs x, shape (..., d), are real; shape (...)."""
        # D(x) = σ(w₂ᵀ φ(W₁ x + b₁) + b₂)
        return sigmoid(dense(dense_activation(self.phi, x, self.w_1, self.b_1), self.w_2, self.b_2)[..., 0])


# --- What they share


def _answers(name: str, /, **argument: Array) -> tuple[Any, Array]:
    """The namespace, and outputs of a discriminator as an array, if they are probabilities along a last axis."""
    ((key, _),) = argument.items()
    xp, d = arrays(name, **argument)
    if d.ndim == 0:
        raise ValueError(f"{name}: {key} must have a last axis of inputs, got a scalar")
    check(name, (d >= 0) & (d <= 1), "lie in [0, 1]", **{key: d})
    return xp, d


def _value(name: str, d_real: Array, d_fake: Array) -> Array:
    """The value of the game, for outputs that belong together."""
    xp, d_real, d_fake = arrays(name, d_real=d_real, d_fake=d_fake)
    _answers(name, d_real=d_real)
    _answers(name, d_fake=d_fake)
    if d_real.shape[:-1] != d_fake.shape[:-1]:
        raise ValueError(f"{name}: d_real and d_fake must have the same axes before the last, got {tuple(d_real.shape)} and {tuple(d_fake.shape)}")
    # E_x[log D(x)] + E_z[log(1 − D(G(z)))]
    return xp.mean(xp.log(d_real), axis=-1) + xp.mean(xp.log1p(-d_fake), axis=-1)
