"""Autoencoders and variational autoencoders: loss, latent variables that can be differentiated, and the evidence lower bound (section 9.2).

An autoencoder turns an input of D entries into a code and restores the input from it. A variational autoencoder turns it into a distribution
of codes, the Gaussian q(z | x) of independent entries with means mu and standard deviations sigma, both of shape ``(..., J)``. New data come
from codes that are drawn from the prior 𝒩(0, I), not from q, and decoded.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity among data, codes and noise goes through the formula. Deviations and probabilities are
checked wherever their values can be read, that is, not while JAX or PyTorch traces the function.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlref._backend import Array, array_function, arrays, check, distributions, generator, like, paired, positive, shaped
from dlref._parameters import Parameters
from dlref.backprop import dense, dense_activation
from dlref.density import gaussian_log_density, kl_divergence

__all__ = [
    "Autoencoder",
    "autoencoder_loss",
    "elbo",
    "gaussian_elbo",
    "gaussian_kl",
    "reparameterize",
    "sample_diag_gaussian",
]


# --- Autoencoders


@array_function
def autoencoder_loss(x: Array, x_hat: Array, /) -> Array:
    r"""Loss of an autoencoder: the mean squared distance between inputs and reconstructions.

    Squares are summed over the entries of an input and averaged over the inputs.

    Formula
    -------
    autoencoder-loss
        \mathcal{L}(\mathbf{x}, \hat{\mathbf{x}}) = \frac{1}{N} \sum_{i=1}^{N} \|\mathbf{x}_i - \hat{\mathbf{x}}_i\|^2
    where
        \mathbf{x}_i \in \mathbb{R}^d, \ i = 1, \dots, N
        \hat{\mathbf{x}}_i \in \mathbb{R}^d, \ i = 1, \dots, N
    gives
        \mathcal{L}(\mathbf{x}, \hat{\mathbf{x}}) \in \mathbb{R}_{\ge 0}

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., N, d).
    x_hat
        Their reconstructions; shape (..., N, d).

    Returns
    -------
    Array
        The mean over the N inputs, in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If x is not a table.
        If x_hat does not have the shape of x.

    References
    ----------
    [hinton2006]

    Examples
    --------
    >>> autoencoder_loss([[1.0, 2.0], [0.0, 0.0]], [[1.0, 4.0], [3.0, 1.0]])  # (0 + 4 + 9 + 1) / 2
    7.0
    """
    name = "autoencoder_loss"
    xp, x, x_hat = arrays(name, x=x, x_hat=x_hat)
    if x.ndim < 2:
        raise ValueError(f"{name}: x must have shape (..., N, d), a row each, got {tuple(x.shape)}")
    shaped(name, tuple(x.shape), x_hat=x_hat)
    # (1/N) Σ_i ‖x_i − x̂_i‖²
    return xp.mean(xp.sum((x - x_hat) ** 2, axis=-1), axis=-1)


class Autoencoder(Parameters):
    r"""An autoencoder of two layers: one makes the code, the other restores the input from it.

    Without a function phi both layers are affine. Then no reconstruction from k entries is better than the projection onto the first k
    principal components.

    Parameters
    ----------
    w_enc
        Weight of the encoder; shape (k, d).
    b_enc
        Bias of the encoder; shape (k,).
    w_dec
        Weight of the decoder; shape (d, k).
    b_dec
        Bias of the decoder; shape (d,).
    phi
        Activation function of the code, element by element.

    References
    ----------
    [hinton2006]

    Examples
    --------
    >>> model = Autoencoder([[1.0, 0.0]], [0.5], [[1.0], [0.0]], [-0.5, 0.0])
    >>> x = [[1.0, 2.0], [3.0, 4.0]]
    >>> model.encode(x).tolist(), model.forward(x).tolist()  # the second entry is lost
    ([[1.5], [3.5]], [[1.0, 0.0], [3.0, 0.0]])
    """

    def __init__(
        self, w_enc: Array, b_enc: Array, w_dec: Array, b_dec: Array, /, *, phi: Callable[[Array], Array] | None = None
    ) -> None:
        _, self.w_enc, self.b_enc, self.w_dec, self.b_dec = arrays("Autoencoder", w_enc=w_enc, b_enc=b_enc, w_dec=w_dec, b_dec=b_dec)
        self.phi = phi

    def encode(self, x: Array, /) -> Array:
        """Codes φ(W x + b) of inputs x, shape (..., d), by ``dense``; shape (..., k)."""
        if self.phi is None:
            return dense(x, self.w_enc, self.b_enc)
        return dense_activation(self.phi, x, self.w_enc, self.b_enc)

    def decode(self, z: Array, /) -> Array:
        """What codes z, shape (..., k), stand for, by ``dense``; shape (..., d)."""
        return dense(z, self.w_dec, self.b_dec)

    def forward(self, x: Array, /) -> Array:
        """Reconstructions of inputs x; both of shape (..., d)."""
        return self.decode(self.encode(x))


# --- Latent variables


@array_function
def sample_diag_gaussian(mu: Array, sigma: Array, /, *, rng: np.random.Generator) -> Array:
    r"""Draw the latent variable of a variational autoencoder from a Gaussian with independent entries.

    Formula
    -------
    vae-posterior
        \mathbf{z} \sim \mathcal{N}(\mu, \operatorname{diag}(\sigma^2))
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
    gives
        \mathbf{z} \in \mathbb{R}^J
    call
        sample_diag_gaussian(mu, sigma, rng=rng)

    Parameters
    ----------
    mu
        Means, shape (J,) or of any other shape.
    sigma
        Standard deviations, positive, of the same shape.
    rng
        Source of randomness.

    Returns
    -------
    Array
        A draw, of the same shape. It is differentiable with respect to mu and sigma, since it is made by ``reparameterize``.

    Raises
    ------
    TypeError
        If rng is not a NumPy Generator.
    ValueError
        If the shapes differ and are not scalar.
        If a standard deviation is not positive.

    Notes
    -----
    Level B: without compile, because it draws with NumPy.

    References
    ----------
    [kingma2014]

    Examples
    --------
    >>> z = sample_diag_gaussian(np.full(1000, 3.0), np.full(1000, 0.5), rng=np.random.default_rng(0))
    >>> bool(abs(z.mean() - 3) < 0.1), bool(abs(z.std() - 0.5) < 0.1)
    (True, True)
    """
    name = "sample_diag_gaussian"
    xp, mu, sigma = arrays(name, mu=mu, sigma=sigma)
    paired(name, mu=mu, sigma=sigma)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    generator(name, rng)
    # z = μ + σ ⊙ ε with a fresh ε ∼ 𝒩(0, I)
    return reparameterize(mu, sigma, like(xp, mu, rng.standard_normal(xp.broadcast_arrays(mu, sigma)[0].shape)))


@array_function
def reparameterize(mu: Array, sigma: Array, noise: Array, /) -> Array:
    r"""Reparameterization: a Gaussian sample as a differentiable function of mean, deviation and noise.

    The gradient with respect to mu is 1, that with respect to sigma is the noise: what is drawn stands outside of what is learned.

    Formula
    -------
    reparameterization
        \mathbf{z} = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim \mathcal{N}(0, \mathbf{I})
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_J)
    gives
        \mathbf{z} \in \mathbb{R}^J

    Parameters
    ----------
    mu
        Means; shape (...).
    sigma
        Standard deviations, positive; shape (...).
    noise
        Draws from the standard normal distribution; shape (...).

    Returns
    -------
    Array
        Samples; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If a standard deviation is not positive.

    References
    ----------
    [kingma2014]
    [rezende2014]

    Examples
    --------
    >>> reparameterize([1.0, 0.0], [0.5, 2.0], [-1.0, 0.25]).tolist()  # 1 - 0.5 and 2 · 0.25
    [0.5, 0.5]
    """
    name = "reparameterize"
    _, mu, sigma, noise = arrays(name, mu=mu, sigma=sigma, noise=noise)
    paired(name, mu=mu, sigma=sigma, noise=noise)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    # z = μ + σ ⊙ ε
    return mu + sigma * noise


@array_function
def gaussian_kl(mu: Array, sigma: Array, /) -> Array:
    r"""Kullback–Leibler divergence of a Gaussian with independent entries from the standard normal distribution, the prior.

    Formula
    -------
    gaussian-kl
        D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \operatorname{diag}(\sigma^2)) \,\|\, \mathcal{N}(0, \mathbf{I}) \right) = \frac{1}{2} \sum_{j=1}^{J} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 \right)
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
    gives
        D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \operatorname{diag}(\sigma^2)) \,\|\, \mathcal{N}(0, \mathbf{I}) \right) \in \mathbb{R}_{\ge 0}

    Parameters
    ----------
    mu
        Means; shape (..., J).
    sigma
        Standard deviations, positive; shape (..., J).

    Returns
    -------
    Array
        Divergences in nats, in [0, inf] to rounding, and 0 where mu is 0 and sigma is 1; shape (...).

    Raises
    ------
    ValueError
        If mu is a scalar.
        If sigma does not have the shape of mu.
        If a standard deviation is not positive.

    References
    ----------
    [kingma2014]

    Examples
    --------
    >>> gaussian_kl([3.0, 0.0], [1.0, 1.0])  # 3² / 2
    4.5
    >>> round(gaussian_kl([0.0], [0.5]), 4)  # (1/4 + log 4 - 1) / 2
    0.3181
    """
    name = "gaussian_kl"
    xp, mu, sigma = arrays(name, mu=mu, sigma=sigma)
    _last_axis(name, mu=mu)
    shaped(name, tuple(mu.shape), sigma=sigma)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    # ½ Σ_j (μ_j² + σ_j² − log σ_j² − 1), where the logarithm is taken before the square, which a tiny σ_j would not survive
    return xp.sum(mu**2 + sigma**2 - 2 * xp.log(sigma) - 1, axis=-1) / 2


# --- The evidence lower bound


@array_function
def elbo(p_x_given_z: Array, q: Array, prior: Array, /) -> Array:
    r"""Evidence lower bound of a latent variable with finitely many values: reconstruction minus divergence.

    It lies below log p(x) by the divergence of q from the true posterior p(z | x), and reaches it where q is the true posterior.

    Formula
    -------
    elbo
        \log p(\mathbf{x}) \geq \underbrace{\mathbb{E}_{q(\mathbf{z} \mid \mathbf{x})}[\log p(\mathbf{x} \mid \mathbf{z})]}_{(1)} - \underbrace{D_{\mathrm{KL}}(q(\mathbf{z} \mid \mathbf{x}) \,\|\, p(\mathbf{z}))}_{(2)}
    where
        p(\mathbf{x} \mid \mathbf{z}) \in (0, 1), \ \mathbf{z} = 1, \dots, K
        q(\mathbf{z} \mid \mathbf{x}) \in \Delta, \ \mathbf{z} = 1, \dots, K
        p(\mathbf{z}) \in \Delta, \ \mathbf{z} = 1, \dots, K
    gives
        \mathrm{ELBO} \in \mathbb{R}, \ \mathrm{ELBO} \leq \log p(\mathbf{x})
    with
        p(\mathbf{x}) = \sum_{\mathbf{z}=1}^{K} p(\mathbf{x} \mid \mathbf{z})\, p(\mathbf{z})

    Parameters
    ----------
    p_x_given_z
        Probability or density of the data for each value of the latent variable; shape (..., K).
    q
        Probabilities of the values that an encoder gives for the data; shape (..., K).
    prior
        Probabilities of the values before the data are seen; shape (..., K).

    Returns
    -------
    Array
        Bounds in nats, shape (...); -inf where q allows a value that the prior or the data rule out.

    Raises
    ------
    ValueError
        If q is a scalar.
        If prior does not have the shape of q.
        If p_x_given_z does not have the shape of q.
        If p_x_given_z is negative somewhere.
        If a probability is negative.
        If the probabilities do not sum to 1.

    References
    ----------
    [kingma2014]

    Examples
    --------
    >>> likelihood, prior = [0.5, 0.125], [0.5, 0.5]  # p(x) = 0.3125
    >>> round(elbo(likelihood, [0.5, 0.5], prior), 4)  # the logarithm of √(0.5 · 0.125), below log 0.3125 = -1.1632
    -1.3863
    >>> round(elbo(likelihood, [0.8, 0.2], prior), 4)  # the true posterior reaches it
    -1.1632
    """
    name = "elbo"
    xp, p_x_given_z, q, prior = arrays(name, p_x_given_z=p_x_given_z, q=q, prior=prior)
    distributions(name, q=q, prior=prior)
    shaped(name, tuple(q.shape), prior=prior, p_x_given_z=p_x_given_z)
    check(name, p_x_given_z >= 0, "be >= 0", p_x_given_z=p_x_given_z)
    # E_q[log p(x | z)], where a value that q does not allow counts for nothing, less D_KL(q ‖ p(z))
    return xp.sum(q * xp.log(xp.where(q > 0, p_x_given_z, 1.0)), axis=-1) - kl_divergence(q, prior)


@array_function
def gaussian_elbo(x: Array, x_hat: Array, mu: Array, sigma: Array, /, *, sigma_x: float = 1.0) -> Array:
    r"""Evidence lower bound of a variational autoencoder with Gaussian outputs, estimated from reconstructions.

    The expectation over q(z | x) is the mean over S draws of z. So it is the whole that lies below log p(x) in the mean: a value from a
    single draw is no bound and often lies above.

    Parameters
    ----------
    x
        Inputs; shape (..., D).
    x_hat
        Decoded draws of z, S of each input, the means of p(x | z); shape (..., S, D).
    mu
        Means of q(z | x); shape (..., J).
    sigma
        Standard deviations of q(z | x), positive; shape (..., J).

    Other Parameters
    ----------------
    sigma_x
        Standard deviation of p(x | z) in each entry.

    Returns
    -------
    Array
        Estimates in nats; shape (...).

    Raises
    ------
    ValueError
        If x is a scalar.
        If x_hat does not have the shape (..., S, D) with the axes of x around that of the draws.
        If mu does not have the axes of x but for the last.
        If sigma does not have the shape of mu.
        If a standard deviation is not positive.
        If sigma_x is not positive.
        If sigma_x is not finite.

    References
    ----------
    [kingma2014]

    Examples
    --------
    >>> round(gaussian_elbo([1.0], [[1.0], [3.0]], [3.0], [1.0]), 4)  # -log √(2π) - (0 + 4)/4 - 3²/2
    -6.4189
    """
    name = "gaussian_elbo"
    xp, x, x_hat, mu, sigma = arrays(name, x=x, x_hat=x_hat, mu=mu, sigma=sigma)
    sigma_x = positive(name, sigma_x=sigma_x)
    _last_axis(name, x=x)
    front, d = tuple(x.shape[:-1]), x.shape[-1]
    if x_hat.ndim != x.ndim + 1 or (*x_hat.shape[:-2], x_hat.shape[-1]) != (*front, d):
        expected = ", ".join(map(str, (*front, "S", d)))
        raise ValueError(f"{name}: x_hat must have shape ({expected}) beside x, got {tuple(x_hat.shape)}")
    if mu.ndim != x.ndim or tuple(mu.shape[:-1]) != front:
        raise ValueError(f"{name}: mu must have shape ({', '.join(map(str, (*front, 'J')))}) beside x, got {tuple(mu.shape)}")
    shaped(name, tuple(mu.shape), sigma=sigma)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    # E_q[log 𝒩(x; x̂, σ_x² I)] by S draws, less D_KL(q ‖ 𝒩(0, I))
    log_p = gaussian_log_density(xp.broadcast_to(x[..., None, :], x_hat.shape), x_hat, xp.full_like(x_hat, sigma_x))
    return xp.mean(log_p, axis=-1) - gaussian_kl(mu, sigma)


# --- What they share


def _last_axis(name: str, /, **argument: Array) -> None:
    """Refuse a scalar."""
    ((key, value),) = argument.items()
    if value.ndim == 0:
        raise ValueError(f"{name}: {key} must have a last axis of entries, got a scalar")
