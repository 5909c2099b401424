"""Autoencoders and variational autoencoders: values by hand, PyTorch, the gap of the bound in closed form, and two models that learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.activations import sigmoid
from dlref.density import bayes_posterior, fit_gaussian_mle, kl_divergence, mean_log_likelihood, sample_prior
from dlref.vae import (
    Autoencoder,
    autoencoder_loss,
    elbo,
    gaussian_elbo,
    gaussian_kl,
    reparameterize,
    sample_diag_gaussian,
)
from tests.distances import mean_distance
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import drawn, normal, quarters, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch9

RNG = np.random.default_rng(0)
MU, SIGMA, MU2, SIGMA2 = [0.5, -0.25], [0.5, 2.0], [-1.0, 0.75], [1.5, 0.25]
LIKELIHOOD, Q, PRIOR = [0.5, 0.125, 0.25], [0.5, 0.25, 0.25], [0.125, 0.625, 0.25]
LIKELIHOOD2, Q2, PRIOR2 = [0.75, 0.5, 2.0], [0.25, 0.25, 0.5], [0.5, 0.25, 0.25]
LOSS, KL, ELBO = Call(quarters(3, 2), quarters(3, 2, seed=1)), Call(MU, SIGMA), Call(LIKELIHOOD, Q, PRIOR)
DRAW, MADE = Call(MU, SIGMA, rng=RNG), Call(0.5, 2.0, -1.0)
GAUSSIAN = Call(quarters(3), quarters(4, 3, seed=1), MU, SIGMA, sigma_x=0.5)
CALLS = {
    "autoencoder_loss": [LOSS, Call(quarters(3, 2, seed=2), quarters(3, 2, seed=3))],
    "elbo": [ELBO, Call(LIKELIHOOD2, Q2, PRIOR2)],
    "gaussian_elbo": [GAUSSIAN, Call(quarters(3, seed=2), quarters(4, 3, seed=3), MU2, SIGMA2, sigma_x=0.5)],
    "gaussian_kl": [KL, Call(MU2, SIGMA2)],
    "reparameterize": [MADE, Call(-1.0, 0.25, 1.5)],
    "sample_diag_gaussian": [DRAW, Call(MU2, SIGMA2, rng=RNG)],
}
HELPERS = ["gaussian_elbo"]
RAISES = {
    "autoencoder_loss": {
        "If x is not a table.": wrong(Call([[0.5]], [[1.0]]), 0, [0.5], [[0.5]]),
        "If x_hat does not have the shape of x.": wrong(LOSS, 1, quarters(2, 2), quarters(3, 2)),
    },
    "elbo": {
        "If q is a scalar.": wrong(Call([0.5], [1.0], [1.0]), 1, 1.0, [1.0]),
        "If prior does not have the shape of q.": wrong(ELBO, 2, [0.5, 0.5], PRIOR),
        "If p_x_given_z does not have the shape of q.": wrong(ELBO, 0, [0.5, 0.125], LIKELIHOOD),
        "If p_x_given_z is negative somewhere.": wrong(ELBO, 0, [0.5, -0.125, 0.25], LIKELIHOOD),
        "If a probability is negative.": wrong(ELBO, 1, [0.5, -0.25, 0.75], Q),
        "If the probabilities do not sum to 1.": wrong(ELBO, 2, [0.5, 0.25, 0.5], PRIOR),
    },
    "gaussian_elbo": {
        "If x is a scalar.": wrong(Call([0.5], [[1.0]], [0.5], [1.0]), 0, 0.5, [0.5]),
        "If x_hat does not have the shape (..., S, D) with the axes of x around that of the draws.": wrong(GAUSSIAN, 1, quarters(4, 2), quarters(4, 3)),
        "If mu does not have the axes of x but for the last.": wrong(GAUSSIAN, 2, [MU], MU),
        "If sigma does not have the shape of mu.": wrong(GAUSSIAN, 3, [0.5], SIGMA),
        "If a standard deviation is not positive.": wrong(GAUSSIAN, 3, [0.5, 0.0], SIGMA),
        "If sigma_x is not positive.": wrong(GAUSSIAN, "sigma_x", 0.0, 0.5),
        "If sigma_x is not finite.": wrong(GAUSSIAN, "sigma_x", math.inf, 0.5),
    },
    "gaussian_kl": {
        "If mu is a scalar.": wrong(Call([0.5], [1.0]), 0, 0.5, [0.5]),
        "If sigma does not have the shape of mu.": wrong(KL, 1, [0.5], SIGMA),
        "If a standard deviation is not positive.": wrong(KL, 1, [-0.5, 2.0], SIGMA),
    },
    "reparameterize": {
        "If the shapes differ and are not scalar.": wrong(Call(MU, SIGMA, [1.0, -0.5]), 2, [1.0], [1.0, -0.5]),
        "If a standard deviation is not positive.": wrong(MADE, 1, 0.0, 2.0),
    },
    "sample_diag_gaussian": {
        "If rng is not a NumPy Generator.": wrong(DRAW, "rng", 0, RNG),
        "If the shapes differ and are not scalar.": wrong(DRAW, 1, [0.5], SIGMA),
        "If a standard deviation is not positive.": wrong(DRAW, 1, [0.5, 0.0], SIGMA),
    },
}


# --- Autoencoders


def test_the_loss_of_an_autoencoder_by_hand(xp: Library) -> None:
    x, x_hat = xp.array([[1.0, 2.0], [0.0, 0.0]]), xp.array([[1.0, 4.0], [3.0, 1.0]])
    xp.close(autoencoder_loss(x, x_hat), 7)


def test_the_loss_of_an_autoencoder_is_mse_loss_of_pytorch_times_the_number_of_entries() -> None:
    import torch

    x, x_hat = (torch.tensor(value) for value in drawn((6, 4), (6, 4)))
    torch.testing.assert_close(autoencoder_loss(x, x_hat), 4 * torch.nn.functional.mse_loss(x_hat, x), rtol=1e-12, atol=0)
    assert_gradient(autoencoder_loss, *LOSS.args, wrt=1, expected=2 / 3 * (np.array(LOSS.args[1]) - LOSS.args[0]))


def test_an_autoencoder_is_two_layers_of_pytorch() -> None:
    import torch

    weights = [torch.tensor(value) for value in drawn((2, 5), (2,), (5, 2), (5,))]
    encoder, decoder = torch.nn.Linear(5, 2, dtype=torch.float64), torch.nn.Linear(2, 5, dtype=torch.float64)
    for layer, w, b in ((encoder, *weights[:2]), (decoder, *weights[2:])):
        layer.load_state_dict({"weight": w, "bias": b})
    x = torch.tensor(normal(3, 4, 5))
    torch.testing.assert_close(Autoencoder(*weights).forward(x), decoder(encoder(x)))
    torch.testing.assert_close(Autoencoder(*weights, phi=sigmoid).forward(x), decoder(torch.sigmoid(encoder(x))))


def test_an_affine_autoencoder_learns_what_principal_component_analysis_finds() -> None:
    """Stated before the first run: a loss within 1 % of the least possible one, the sum of the smaller eigenvalues of the covariance;

    the mean of the data alone, without a code, has more than five times that loss.
    """
    import torch

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) * [3.0, 2.0, 0.5, 0.4, 0.3] @ np.linalg.qr(rng.normal(size=(5, 5)))[0] + 1
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))
    least, nothing = eigenvalues[:3].sum(), autoencoder_loss(x, np.broadcast_to(x.mean(axis=0), x.shape))
    data = torch.tensor(x)
    model = Autoencoder(*(torch.tensor(0.3 * value, requires_grad=True) for value in drawn((2, 5), (2,), (5, 2), (5,))))
    optimizer = torch.optim.Adam(model.arrays().values(), lr=0.1)
    for _ in range(200):
        loss = autoencoder_loss(data, model.forward(data))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert least - 1e-9 <= loss.item() < 1.01 * least
    assert nothing > 5 * least


# --- Latent variables


def test_reparameterization_by_hand(xp: Library) -> None:
    xp.close(reparameterize(*map(xp.array, ([1.0, 0.0], [0.5, 2.0], [-1.0, 0.25]))), [0.5, 0.5])


def test_the_gradient_through_a_draw_is_1_for_the_mean_and_the_noise_for_the_deviation() -> None:
    noise = quarters(4)
    args = (quarters(4, seed=1), [0.5, 1.0, 2.0, 4.0], noise)
    assert_gradient(reparameterize, *args, wrt=0, expected=np.ones(4))
    assert_gradient(reparameterize, *args, wrt=1, expected=noise)


def test_reparameterization_is_rsample_of_pytorch() -> None:
    import torch

    mu, log_sigma = (torch.tensor(value, requires_grad=True) for value in drawn((3, 2), (3, 2)))
    torch.manual_seed(0)
    theirs = torch.distributions.Normal(mu, log_sigma.exp()).rsample()
    torch.manual_seed(0)
    ours = reparameterize(mu, log_sigma.exp(), torch.normal(torch.zeros(3, 2, dtype=torch.float64), 1.0))
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    for mine, other in zip(*(torch.autograd.grad((z**3).sum(), (mu, log_sigma), retain_graph=True) for z in (ours, theirs)), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-12)


def test_the_noise_of_a_latent_variable_is_standard_normal_and_independent() -> None:
    """(z − μ)/σ has mean 0 and covariance I, each within five standard errors, and the normal distribution function."""
    from scipy.stats import kstest

    n, mu, sigma = 20_000, np.array([3.0, -1.0]), np.array([0.1, 5.0])
    z = sample_diag_gaussian(np.tile(mu, (n, 1)), np.tile(sigma, (n, 1)), rng=np.random.default_rng(0))
    epsilon = (z - mu) / sigma
    np.testing.assert_allclose(epsilon.mean(axis=0), 0, atol=5 / math.sqrt(n))
    np.testing.assert_allclose(np.cov(epsilon.T), np.eye(2), atol=5 * math.sqrt(2 / n))
    assert kstest(epsilon.ravel(), "norm").pvalue > 1e-6


def test_a_draw_is_reparameterized_noise_so_that_gradients_go_through_it() -> None:
    import torch

    mu, sigma = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    z = sample_diag_gaussian(mu, sigma, rng=np.random.default_rng(0))
    z.sum().backward()
    assert mu.grad.tolist() == [1, 1, 1]
    torch.testing.assert_close(sigma.grad, z.detach())


def test_the_divergence_from_the_prior_by_hand(xp: Library) -> None:
    xp.close(gaussian_kl(xp.array([[3.0, 0.0], [0.0, 0.0]]), xp.array([[1.0, 1.0], [1.0, 0.5]])), [4.5, (math.log(4) - 0.75) / 2])


def test_the_divergence_from_the_prior_and_its_gradients_are_those_of_pytorch() -> None:
    import torch
    from torch.distributions import Independent, Normal, kl_divergence

    mu, sigma = (torch.tensor(value) for value in (normal(4, 3), np.exp(normal(4, 3, seed=1))))
    theirs = kl_divergence(Independent(Normal(mu, sigma), 1), Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1))
    torch.testing.assert_close(gaussian_kl(mu, sigma), theirs, rtol=1e-12, atol=1e-12)
    assert_gradient(gaussian_kl, MU, SIGMA, wrt=0, expected=MU)
    assert_gradient(gaussian_kl, MU, SIGMA, wrt=1, expected=np.array(SIGMA) - 1 / np.array(SIGMA))


@given(st.integers(0, 999), st.integers(1, 5), st.floats(0, 4))
def test_the_divergence_from_the_prior_is_positive_but_for_the_prior_itself_and_sums_over_the_entries(seed: int, j: int, scale: float) -> None:
    mu, log_sigma = (scale * value for value in drawn((j,), (j,), seed=seed))
    found = gaussian_kl(mu, np.exp(log_sigma))
    assert found >= -1e-15 and (found > 0 or scale < 1e-6)
    assert gaussian_kl(0 * mu, 0 * mu + 1) == 0
    parts = [gaussian_kl(mu[i : i + 1], np.exp(log_sigma[i : i + 1])) for i in range(j)]
    assert found == pytest.approx(sum(parts), rel=1e-12, abs=1e-14)


def test_a_tiny_deviation_has_a_finite_divergence() -> None:
    assert gaussian_kl([0.0], [1e-200]) == pytest.approx(200 * math.log(10) - 0.5, rel=1e-14)


# --- The bound on finite models


def test_the_bound_by_hand(xp: Library) -> None:
    """p(x) = 5/16. Under q = (½, ½) the mean of the logarithms; under the posterior (4/5, 1/5) the logarithm of p(x) itself."""
    likelihood, prior = xp.array([[0.5, 0.125]] * 3), xp.array([[0.5, 0.5]] * 3)
    q = xp.array([[0.5, 0.5], [0.8, 0.2], [1.0, 0.0]])
    xp.close(elbo(likelihood, q, prior), [math.log(1 / 4), math.log(5 / 16), math.log(1 / 4)])


def finite(k: int, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.exponential(size=k), rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))]


@given(st.integers(0, 999), st.integers(1, 8))
def test_the_bound_lies_below_by_the_divergence_of_q_from_the_true_posterior(seed: int, k: int) -> None:
    likelihood, q, prior = finite(k, seed)
    log_p = math.log(likelihood @ prior)
    posterior = bayes_posterior(likelihood, prior)
    gap = log_p - elbo(likelihood, q, prior)
    assert gap == pytest.approx(kl_divergence(q, posterior), rel=1e-8, abs=1e-12)
    assert gap >= -1e-12
    assert elbo(likelihood, posterior, prior) == pytest.approx(log_p, rel=1e-10, abs=1e-12)


def test_the_bound_and_its_gradients_are_those_of_distributions_of_pytorch() -> None:
    import torch
    from torch.distributions import Categorical, kl_divergence

    likelihood, q, prior = (torch.tensor(np.stack(parts)) for parts in zip(*(finite(4, seed) for seed in range(5)), strict=True))
    theirs = (q * likelihood.log()).sum(dim=1) - kl_divergence(Categorical(probs=q), Categorical(probs=prior))
    torch.testing.assert_close(elbo(likelihood, q, prior), theirs, rtol=1e-10, atol=1e-12)
    assert_gradient(elbo, *ELBO.args, wrt=0)
    expected = np.log(np.array(LIKELIHOOD) * PRIOR / Q) - 1
    assert_gradient(elbo, *ELBO.args, wrt=1, differences=False, expected=expected)
    assert_gradient(elbo, *ELBO.args, wrt=2, differences=False, expected=np.array(Q) / PRIOR)


def test_values_that_q_does_not_allow_count_for_nothing_and_those_that_the_model_rules_out_cost_everything() -> None:
    assert elbo([0.5, 0.0], [1.0, 0.0], [1.0, 0.0]) == math.log(0.5)
    assert elbo([0.5, 0.0], [0.5, 0.5], [0.5, 0.5]) == -math.inf
    assert elbo([0.5, 0.5], [0.5, 0.5], [1.0, 0.0]) == -math.inf


# --- The bound on a linear Gaussian model: x = W z + b + σ_x ε with z ∼ 𝒩(0, I)


def linear_model(d: int, j: int, *, orthogonal: bool = False, seed: int = 0) -> tuple[Any, Any, float]:
    w, b = drawn((d, j), (d,), seed=seed)
    return (np.linalg.qr(w)[0] * np.arange(1, j + 1) if orthogonal else w), b, 0.5


def posterior_of(w: Any, b: Any, sigma_x: float, x: Any) -> tuple[Any, Any]:
    """Mean and covariance of p(z | x), which is Gaussian."""
    covariance = np.linalg.inv(w.T @ w / sigma_x**2 + np.eye(w.shape[1]))
    return (x - b) @ w @ covariance / sigma_x**2, covariance


def log_marginal(w: Any, b: Any, sigma_x: float, x: Any) -> Any:
    from scipy.stats import multivariate_normal

    return multivariate_normal(b, w @ w.T + sigma_x**2 * np.eye(len(b))).logpdf(x)


def exact_elbo(w: Any, b: Any, sigma_x: float, x: Any, mu: Any, sigma: Any) -> Any:
    """The bound without sampling: 2 J points whose mean is μ and whose variance is σ² give the mean of any parabola exactly."""
    j = w.shape[1]
    steps = math.sqrt(j) * np.concatenate([np.eye(j), -np.eye(j)])
    z = reparameterize(*np.broadcast_arrays(mu[..., None, :], sigma[..., None, :], steps))
    return gaussian_elbo(x, z @ w.T + b, mu, sigma, sigma_x=sigma_x)


@pytest.mark.parametrize(("j", "orthogonal"), [(1, False), (1, True), (2, True), (3, True)])
def test_the_bound_is_the_log_likelihood_where_the_true_posterior_is_diagonal(j: int, orthogonal: bool) -> None:
    model = linear_model(4, j, orthogonal=orthogonal)
    x = 2 * normal(5, 4, seed=3)
    mu, covariance = posterior_of(*model, x)
    sigma = np.broadcast_to(np.sqrt(np.diag(covariance)), mu.shape)
    np.testing.assert_allclose(exact_elbo(*model, x, mu, sigma), log_marginal(*model, x), rtol=1e-11)


def test_the_best_diagonal_encoder_keeps_a_gap_where_the_true_posterior_is_not_diagonal() -> None:
    """½ (Σ log P_jj − log det P) with P = WᵀW/σ_x² + I, at the posterior's mean and σ_j² = 1/P_jj; any other q has a larger one."""
    w, b, sigma_x = linear_model(4, 3)
    x = 2 * normal(5, 4, seed=3)
    mu, covariance = posterior_of(w, b, sigma_x, x)
    precision = np.linalg.inv(covariance)
    sigma = np.broadcast_to(np.diag(precision) ** -0.5, mu.shape)
    gap = log_marginal(w, b, sigma_x, x) - exact_elbo(w, b, sigma_x, x, mu, sigma)
    expected = (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1]) / 2
    assert expected > 0.1
    np.testing.assert_allclose(gap, expected, rtol=1e-10)
    for shift, scale in ((0.1, 1.0), (0.0, 1.1), (0.0, 0.9)):
        assert np.all(log_marginal(w, b, sigma_x, x) - exact_elbo(w, b, sigma_x, x, mu + shift, scale * sigma) > expected + 1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_is_the_divergence_from_the_true_posterior_for_any_encoder(seed: int) -> None:
    import torch
    from torch.distributions import MultivariateNormal, kl_divergence

    model = linear_model(4, 3, seed=seed)
    x, mu, log_sigma = drawn((5, 4), (5, 3), (5, 3), seed=seed + 10)
    mean, covariance = (torch.tensor(value) for value in posterior_of(*model, x))
    q = MultivariateNormal(torch.tensor(mu), torch.diag_embed(torch.tensor(np.exp(2 * log_sigma))))
    gap = log_marginal(*model, x) - exact_elbo(*model, x, mu, np.exp(log_sigma))
    np.testing.assert_allclose(gap, kl_divergence(q, MultivariateNormal(mean, covariance)).numpy(), rtol=1e-9)


def test_the_mean_over_many_draws_lies_below_the_log_likelihood_but_a_single_draw_often_lies_above() -> None:
    """At the true posterior of one latent variable, where the bound itself is log p(x): more than half of the single draws exceed it."""
    model = linear_model(2, 1)
    w, b, sigma_x = model
    x = np.array([1.0, -0.5])
    mu, covariance = posterior_of(*model, x)
    sigma = np.sqrt(np.diag(covariance))
    n = 20_000
    z = sample_diag_gaussian(np.tile(mu, (n, 1)), np.tile(sigma, (n, 1)), rng=np.random.default_rng(0))
    decoded = z @ w.T + b
    tiled = [np.tile(value, (n, 1)) for value in (x, mu, sigma)]
    single = gaussian_elbo(tiled[0], decoded[:, None, :], *tiled[1:], sigma_x=sigma_x)
    mean, log_p = gaussian_elbo(x, decoded, mu, sigma, sigma_x=sigma_x), log_marginal(*model, x)
    assert mean == pytest.approx(single.mean(), rel=1e-12)
    assert mean == pytest.approx(log_p, abs=5 * single.std() / math.sqrt(n))
    assert np.mean(single > log_p) > 0.5
    # another q has a gap that the noise does not hide
    worse = gaussian_elbo(x, decoded + 0.5 * w[:, 0], mu + 0.5, sigma, sigma_x=sigma_x)
    assert worse < log_p - 5 * single.std() / math.sqrt(n)


def test_the_bound_by_hand_with_two_draws(xp: Library) -> None:
    """−log √(2π) − (0 + 4)/4 and the divergence 9/2; with the deviation 2 of the outputs an eighth of the squares and log 2 more."""
    args = [xp.array(value) for value in ([1.0], [[1.0], [3.0]], [3.0], [1.0])]
    root = math.log(2 * math.pi) / 2
    xp.close(gaussian_elbo(*args), -root - 1 - 4.5)
    xp.close(gaussian_elbo(*args, sigma_x=2.0), -root - math.log(2) - 0.25 - 4.5)


def test_gradients_of_the_bound() -> None:
    for wrt in range(4):
        assert_gradient(gaussian_elbo, *GAUSSIAN.args, wrt=wrt, sigma_x=0.5)


def test_a_variational_autoencoder_learns_the_best_gaussian_with_one_latent_variable() -> None:
    """Three features that go together, learned by draws and Adam. Stated before the first run: the bound, exactly computed, within 0.02 nats

    of the largest log-likelihood that such a model has, which principal components tell; a Gaussian model of independent features lies
    more than 0.5 nats below. Codes from the prior, decoded, are no farther from the data than 1.5 times the data's own resampling distance.
    """
    import torch

    loading = np.array([2.0, -1.0, 1.0])

    def data(rng: np.random.Generator, n: int) -> Any:
        return np.array([1.0, 0.0, -2.0]) + rng.standard_normal((n, 1)) * loading + 0.5 * rng.standard_normal((n, 3))

    x = data(np.random.default_rng(0), 1000)
    # the largest likelihood: σ_x² is the mean of the smaller eigenvalues of the covariance, and W W^⊤ + σ_x² I has the largest one too
    eigenvalues, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    sigma_x = float(np.sqrt(eigenvalues[:2].mean()))
    best = (vectors[:, 2:] * math.sqrt(eigenvalues[2] - sigma_x**2), x.mean(axis=0), sigma_x)
    largest = log_marginal(*best, x).mean()
    assert mean_log_likelihood(x, *fit_gaussian_mle(x)) < largest - 0.5

    rng = np.random.default_rng(1)
    encoder_w, encoder_b, log_sigma, w, b = parameters = [
        torch.tensor(0.1 * value, requires_grad=True) for value in drawn((1, 3), (1,), (1,), (3, 1), (3,), seed=2)
    ]
    optimizer = torch.optim.Adam(parameters, lr=0.1)
    every = torch.tensor(x)
    for step in range(400):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * (1 - step / 400)
        batch = every[torch.tensor(rng.integers(0, len(x), 100))]
        mu = batch @ encoder_w.T + encoder_b
        sigma = log_sigma.exp().expand(mu.shape)
        z = sample_diag_gaussian(mu, sigma, rng=rng)
        loss = -gaussian_elbo(batch, (z @ w.T + b)[:, None, :], mu, sigma, sigma_x=sigma_x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoder_w, encoder_b, log_sigma, w, b = (value.detach().numpy() for value in parameters)
    mu = x @ encoder_w.T + encoder_b
    bound = exact_elbo(w, b, sigma_x, x, mu, np.broadcast_to(np.exp(log_sigma), mu.shape)).mean()
    assert largest - 0.02 < bound <= largest + 1e-9

    def decoded(rng: np.random.Generator, n: int) -> Any:
        return sample_prior(shape=(n, 1), rng=rng) @ w.T + b + sigma_x * sample_prior(shape=(n, 3), rng=rng)

    assert mean_distance(data, decoded) < 1.5 * mean_distance(data, data)
