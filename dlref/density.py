"""Densities: Gaussian models, maximum likelihood, Bayes' rule, and samples from noise (section 9.1).

Data are rows of features, ``(n, d)``. A Gaussian model here has independent features: it is given by their means mu and their standard
deviations sigma, both of shape ``(d,)``.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among data and noise goes through the formula.
Deviations and probabilities are checked wherever their values can be read, that is, not while JAX or PyTorch traces the function.
"""

from __future__ import annotations

import numpy as np

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    device,
    distributions,
    entries,
    generator,
    host,
    indices,
    like,
    paired,
    rows,
    shaped,
    sizes,
    table,
    take_rows,
)
from dlref.losses import gaussian_nll

__all__ = [
    "ClassConditionalGaussian",
    "GaussianModel",
    "bayes_posterior",
    "fit_gaussian_mle",
    "gaussian_log_density",
    "kl_divergence",
    "mean_log_likelihood",
    "sample_gaussian",
    "sample_prior",
]


# --- Samples from noise


@array_function
def sample_gaussian(mu: Array, sigma: Array, noise: Array, /) -> Array:
    r"""A sample of the Gaussian model, or of the Gaussian of one class, made from standard normal noise.

    Formula
    -------
    generative-sampling
        \hat{x} \sim p_{\theta}(x), \qquad \hat{x} \sim p_{\theta}(x \mid y)
    where
        \mu \in \mathbb{R}^d
        \sigma \in \mathbb{R}_{>0}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \mu_k \in \mathbb{R}^d, \ k = 0, \dots, K - 1
        y \in \{0, \dots, K - 1\}
        \sigma_k \in \mathbb{R}_{>0}^d, \ k = 0, \dots, K - 1
    gives
        \hat{x} \in \mathbb{R}^d
        \hat{x} \in \mathbb{R}^d
    with
        p_{\theta}(x) = \mathcal{N}(x; \mu, \operatorname{diag}(\sigma^2))
        p_{\theta}(x \mid y) = \mathcal{N}(x; \mu_y, \operatorname{diag}(\sigma_y^2))
    call
        sample_gaussian(mu, sigma, noise), sample_gaussian(mu_k[y], sigma_k[y], noise)

    Parameters
    ----------
    mu
        Means of the features; shape (...).
    sigma
        Their standard deviations, positive; shape (...).
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
    [bishop2006]

    Examples
    --------
    >>> sample_gaussian([1.0, -2.0], [0.5, 3.0], [2.0, -1.0]).tolist()  # 1 + 0.5 · 2 and -2 - 3
    [2.0, -5.0]
    """
    _, mu, sigma, noise = arrays("sample_gaussian", mu=mu, sigma=sigma, noise=noise)
    paired("sample_gaussian", mu=mu, sigma=sigma, noise=noise)
    check("sample_gaussian", sigma > 0, "be > 0", sigma=sigma)
    # x̂ = μ + σ ε ∼ 𝒩(μ, σ²)
    return mu + sigma * noise


def sample_prior(*, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    r"""Draw standard normal noise, from which a generator or a decoder makes samples.

    Parameters
    ----------
    shape
        Shape of the result.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Independent draws from the normal distribution of mean 0 and variance 1.

    Raises
    ------
    TypeError
        If shape is not a tuple.
        If a size is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If a size is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> z = sample_prior(shape=(1000, 2), rng=np.random.default_rng(0))
    >>> z.shape, bool(abs(z.mean()) < 0.1), bool(abs(z.var() - 1) < 0.1)
    ((1000, 2), True, True)
    """
    shape = sizes("sample_prior", shape=shape)
    generator("sample_prior", rng)
    # z ∼ 𝒩(0, I)
    return rng.standard_normal(shape)


# --- Likelihood


@array_function
def gaussian_log_density(x: Array, mu: Array, sigma: Array, /) -> Array:
    r"""Logarithm of the density of the Gaussian model, log p_θ(x).

    Parameters
    ----------
    x
        Points; shape (..., d).
    mu
        Means of the features; shape (..., d).
    sigma
        Their standard deviations, positive; shape (..., d).

    Returns
    -------
    Array
        Log-densities, of either sign; shape (...).

    Raises
    ------
    ValueError
        If x is a scalar.
        If mu does not have the shape of x.
        If sigma does not have the shape of x.
        If a standard deviation is not positive.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> round(gaussian_log_density([0.0, 3.0], [0.0, 1.0], [1.0, 1.0]), 4)  # -2 · log √(2π) - 2²/2
    -3.8379
    """
    name = "gaussian_log_density"
    xp, x, mu, sigma = arrays(name, x=x, mu=mu, sigma=sigma)
    if x.ndim == 0:
        raise ValueError(f"{name}: x must have a last axis of features, got a scalar")
    shaped(name, tuple(x.shape), mu=mu, sigma=sigma)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    # log Π_j 𝒩(x_j; μ_j, σ_j²) = −Σ_j −log 𝒩(x_j; μ_j, σ_j²)
    return -xp.sum(gaussian_nll(x, mu, sigma), axis=-1)


@array_function
def mean_log_likelihood(x: Array, mu: Array, sigma: Array, /) -> Array:
    r"""Mean log-likelihood of the Gaussian model: maximizing it is the same as minimizing the expected surprise.

    Formula
    -------
    maximum-likelihood
        \max_{\theta} \frac{1}{n} \sum_{i=1}^{n} \log p_{\theta}(x_i) \iff \min_{\theta} \left\{ -\mathbb{E}_{x \sim \hat{p}_{\text{data}}}\left[\log p_{\theta}(x)\right] \right\}
    call
        statement

    Parameters
    ----------
    x
        Data, a row each; shape (..., n, d).
    mu
        Means of the features; shape (d,).
    sigma
        Their standard deviations, positive; shape (d,).

    Returns
    -------
    Array
        The mean over the n rows; shape (...).

    Raises
    ------
    ValueError
        If x is not a table.
        If mu does not have one entry for each feature.
        If sigma does not have one entry for each feature.
        If a standard deviation is not positive.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> x = [[0.0], [4.0]]
    >>> round(mean_log_likelihood(x, [2.0], [1.0]), 4)  # -log √(2π) - 2²/2
    -2.9189
    >>> round(mean_log_likelihood(x, [2.0], [2.0]), 4)  # what fit_gaussian_mle finds: -log √(2π) - log 2 - 1/2
    -2.1121
    """
    name = "mean_log_likelihood"
    xp, x, mu, sigma = arrays(name, x=x, mu=mu, sigma=sigma)
    rows(name, x=x)
    shaped(name, (x.shape[-1],), mu=mu, sigma=sigma)
    check(name, sigma > 0, "be > 0", sigma=sigma)
    # (1/n) Σ_i log p_θ(x_i)
    return xp.mean(gaussian_log_density(x, xp.broadcast_to(mu, x.shape), xp.broadcast_to(sigma, x.shape)), axis=-1)


@array_function
def fit_gaussian_mle(x: Array, /) -> tuple[Array, Array]:
    r"""The Gaussian model of largest likelihood: means and standard deviations of the data themselves.

    No other mu and sigma have so large a ``mean_log_likelihood``. The deviation is the biased one, with weight 1/n.

    Parameters
    ----------
    x
        Data, a row each; shape (..., n, d).

    Returns
    -------
    tuple of Array
        Means and standard deviations of the features, both of shape (..., d).

    Raises
    ------
    ValueError
        If x is not a table.
        If a feature has the same value in all rows, since the likelihood grows without bound as its deviation shrinks.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> mu, sigma = fit_gaussian_mle([[0.0, 1.0], [4.0, 2.0]])
    >>> mu.tolist(), sigma.tolist()
    ([2.0, 1.5], [2.0, 0.5])
    """
    name = "fit_gaussian_mle"
    xp, x = arrays(name, x=x)
    rows(name, x=x)
    low, high = xp.min(x, axis=-2), xp.max(x, axis=-2)
    check(name, ~(low == high), "have two different values or more in each feature", x=low)
    # μ = (1/n) Σ_i x_i, and σ² = (1/n) Σ_i (x_i − μ)²
    mu = xp.mean(x, axis=-2)
    return mu, xp.sqrt(xp.mean((x - mu[..., None, :]) ** 2, axis=-2))


# --- Finite distributions


@array_function
def kl_divergence(q: Array, p: Array, /) -> Array:
    r"""Kullback–Leibler divergence of two distributions over the same finitely many values, in nats.

    It is 0 only where both are equal, and it changes when they change places. A value that q does not take counts for nothing.

    Parameters
    ----------
    q
        Probabilities, over which the mean is taken; shape (..., K).
    p
        Probabilities with which they are compared; shape (..., K).

    Returns
    -------
    Array
        Divergences in [0, inf], to rounding; inf where q takes a value that p does not; shape (...).

    Raises
    ------
    ValueError
        If q is a scalar.
        If p does not have the shape of q.
        If a probability is negative.
        If the probabilities do not sum to 1.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> round(kl_divergence([1.0, 0.0], [0.5, 0.5]), 4)  # log 2
    0.6931
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    """
    name = "kl_divergence"
    xp, q, p = arrays(name, q=q, p=p)
    distributions(name, q=q, p=p)
    shaped(name, tuple(q.shape), p=p)
    # Σ_k q_k (log q_k − log p_k), where a summand with q_k = 0 is 0
    return xp.sum(q * (xp.log(xp.where(q > 0, q, 1.0)) - xp.log(xp.where(q > 0, p, 1.0))), axis=-1)


@array_function
def bayes_posterior(likelihood: Array, prior: Array, /) -> Array:
    r"""Bayes' rule: the probability of each class after the data are seen.

    Only ratios of the likelihoods count: all may be multiplied by the same number.

    Formula
    -------
    bayes-rule
        p(y \mid x) = \frac{p(x \mid y)\, p(y)}{\sum_{y'} p(x \mid y')\, p(y')}
    where
        p(x \mid y) \in \mathbb{R}_{>0}, \ y = 1, \dots, K
        p(y) \in \Delta, \ y = 1, \dots, K
    gives
        p(y \mid x) \in \Delta, \ y = 1, \dots, K
    with
        y' = 1, \dots, K

    Parameters
    ----------
    likelihood
        Density or probability of the data in each class; shape (..., K).
    prior
        Probability of each class before the data are seen; shape (..., K).

    Returns
    -------
    Array
        Probabilities of the classes; over the last axis they sum to 1; shape (..., K).

    Raises
    ------
    ValueError
        If prior is a scalar.
        If likelihood does not have the shape of prior.
        If a likelihood is negative.
        If a probability is negative.
        If the probabilities do not sum to 1.
        If no class that the prior allows has a likelihood above 0.

    References
    ----------
    [bishop2006]
    [ng2002]

    Examples
    --------
    >>> bayes_posterior([0.9, 0.1], [0.1, 0.9]).tolist()  # a good test for something rare: 0.09 against 0.09
    [0.5, 0.5]
    """
    name = "bayes_posterior"
    xp, likelihood, prior = arrays(name, likelihood=likelihood, prior=prior)
    distributions(name, prior=prior)
    shaped(name, tuple(prior.shape), likelihood=likelihood)
    check(name, likelihood >= 0, "be >= 0", likelihood=likelihood)
    allowed = xp.where(prior > 0, likelihood, 0.0)
    # p(x | y) p(y), divided by the largest likelihood of a class that the prior allows, so that no product is too small for a number
    joint = allowed / xp.max(allowed, axis=-1, keepdims=True) * prior
    evidence = xp.sum(joint, axis=-1, keepdims=True)
    check(name, evidence > 0, "be > 0 in a class that the prior allows", likelihood=evidence)
    # p(y | x) = p(x | y) p(y) / Σ_y' p(x | y') p(y')
    return joint / evidence


# --- Models that are learned


class GaussianModel:
    r"""A generative model as simple as can be: independent Gaussian features; ``fit`` calls ``fit_gaussian_mle``.

    Attributes
    ----------
    mu_
        Means of the features, shape (d,).
    sigma_
        Their standard deviations, shape (d,).

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> model = GaussianModel().fit([[0.0, 1.0], [4.0, 2.0]])
    >>> x = model.sample(n=1000, rng=np.random.default_rng(0))
    >>> x.shape, bool(np.abs(x.mean(axis=0) - model.mu_).max() < 0.1)
    ((1000, 2), True)
    """

    mu_: Array
    sigma_: Array

    def fit(self, x: Array, /) -> GaussianModel:
        """Learn from data x, shape (n, d)."""
        self.mu_, self.sigma_ = fit_gaussian_mle(x)
        return self

    def sample(self, *, n: int, rng: np.random.Generator) -> Array:
        """New data of n rows, shape (n, d), by ``sample_gaussian``."""
        xp, mu, sigma = arrays("GaussianModel.sample", mu=self.mu_, sigma=self.sigma_)
        shape = (n, *mu.shape)
        noise = like(xp, mu, sample_prior(shape=shape, rng=rng))
        return sample_gaussian(xp.broadcast_to(mu, shape), xp.broadcast_to(sigma, shape), noise)


class ClassConditionalGaussian:
    r"""A generative model with classes: the frequency of each class, and a Gaussian model of its data.

    The joint distribution p(x, y) = p(x | y) p(y) is learned, so that the model makes data of a class that is asked for, and by
    Bayes' rule tells classes of given data. As a classifier it is known as Gaussian naive Bayes.

    Attributes
    ----------
    mu_
        Means of the features in each class, shape (K, d).
    sigma_
        Their standard deviations, shape (K, d).
    prior_
        Frequencies of the classes, shape (K,).

    References
    ----------
    [bishop2006]
    [ng2002]

    Examples
    --------
    >>> model = ClassConditionalGaussian().fit([[0.0], [2.0], [7.0], [9.0]], [0, 0, 1, 1])
    >>> model.mu_.tolist(), model.sigma_.tolist(), model.prior_.tolist()
    ([[1.0], [8.0]], [[1.0], [1.0]], [0.5, 0.5])
    >>> model.posterior([4.5]).tolist()  # halfway
    [0.5, 0.5]
    >>> model.sample([1, 1, 0], rng=np.random.default_rng(0)).shape
    (3, 1)
    """

    mu_: Array
    sigma_: Array
    prior_: Array

    def fit(self, x: Array, y: Array, /) -> ClassConditionalGaussian:
        """Learn from data x, shape (n, d), and classes y, 0, …, K - 1, shape (n,); in each class every feature has two values or more."""
        name = "ClassConditionalGaussian.fit"
        xp, x = arrays(name, x=x)
        n = entries(name, x=x)
        y = indices(name, n, y=y, x=x)
        table(name, x, y)
        labels = host(y)
        members = [np.flatnonzero(labels == k).tolist() for k in range(int(labels.max()) + 1)]
        if [] in members:
            raise ValueError(f"{name}: y must hold every class up to the largest, got none of class {members.index([])}")
        models = [fit_gaussian_mle(xp.take(x, xp.asarray(rows, device=device(x)), axis=0)) for rows in members]
        self.mu_, self.sigma_ = (xp.stack(parts) for parts in zip(*models, strict=True))
        # p(y) is the frequency of y
        self.prior_ = like(xp, x, [len(rows) / n for rows in members])
        return self

    def sample(self, y: Array, /, *, rng: np.random.Generator) -> Array:
        """New data, one of each of the classes y of shape (...), by ``sample_gaussian``; shape (..., d)."""
        name = "ClassConditionalGaussian.sample"
        xp, mu, sigma = arrays(name, mu=self.mu_, sigma=self.sigma_)
        y = indices(name, mu.shape[0], y=y, mu=mu)
        noise = like(xp, mu, sample_prior(shape=(*y.shape, mu.shape[1]), rng=rng))
        return sample_gaussian(take_rows(mu, y), take_rows(sigma, y), noise)

    def posterior(self, x: Array, /) -> Array:
        """Probabilities of the classes at finite points x of shape (..., d), by ``bayes_posterior``; shape (..., K)."""
        xp, x, mu, sigma, prior = arrays("ClassConditionalGaussian.posterior", x=x, mu=self.mu_, sigma=self.sigma_, prior=self.prior_)
        shape = (*x.shape[:-1], *mu.shape)
        log_p = gaussian_log_density(*(xp.broadcast_to(value, shape) for value in (x[..., None, :], mu, sigma)))
        # p(x | y) over its largest value, since only ratios count and the densities themselves may be too small for numbers
        likelihood = xp.exp(log_p - xp.max(log_p, axis=-1, keepdims=True))
        return bayes_posterior(likelihood, xp.broadcast_to(prior, likelihood.shape))


# --- What they share
