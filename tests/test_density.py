"""Gaussian models, maximum likelihood and Bayes' rule: values by hand, PyTorch, SciPy, scikit-learn, laws, and data that are learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.density import (
    ClassConditionalGaussian,
    GaussianModel,
    bayes_posterior,
    fit_gaussian_mle,
    gaussian_log_density,
    kl_divergence,
    mean_log_likelihood,
    sample_gaussian,
    sample_prior,
)
from dlref.linear import make_plane_data
from dlref.losses import cross_entropy
from tests.distances import mean_distance
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import distributions, normal, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch9

RNG = np.random.default_rng(0)
X, MU, SIGMA = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [0.5, -0.25], [0.5, 2.0]
X2, MU2, SIGMA2 = [[1.0, 0.0], [0.5, -2.0], [0.0, 0.75]], [-1.0, 0.75], [1.5, 0.25]
Q, P, P2 = [0.5, 0.25, 0.25], [0.125, 0.625, 0.25], [0.25, 0.25, 0.5]
SAMPLE, LOG, MEAN = Call(0.5, 2.0, -1.0), Call(X[0], MU, SIGMA), Call(X, MU, SIGMA)
BAYES, PRIOR = Call([0.5, 2.0, 0.125], P), Call(shape=(2, 3), rng=RNG)
CALLS = {
    "bayes_posterior": [BAYES, Call([1.0, 0.25, 3.0], P2)],
    "fit_gaussian_mle": [Call(X), Call(X2)],
    "gaussian_log_density": [LOG, Call(X[1], MU2, SIGMA2)],
    "kl_divergence": [Call(Q, P), Call(P2, Q)],
    "mean_log_likelihood": [MEAN, Call(X2, MU, SIGMA)],
    "sample_gaussian": [SAMPLE, Call(-1.0, 0.25, 1.5)],
    "sample_prior": [PRIOR, Call(shape=(4,), rng=RNG)],
}
HELPERS = ["fit_gaussian_mle", "gaussian_log_density", "kl_divergence", "sample_prior"]
NEGATIVE, TOO_MUCH = [-0.125, 0.875, 0.25], [0.25, 0.625, 0.25]
RAISES = {
    "bayes_posterior": {
        "If prior is a scalar.": wrong(BAYES, 1, 1.0, P),
        "If likelihood does not have the shape of prior.": wrong(BAYES, 0, [0.5, 2.0], [0.5, 2.0, 0.125]),
        "If a likelihood is negative.": wrong(BAYES, 0, [0.5, -2.0, 0.125], [0.5, 2.0, 0.125]),
        "If a probability is negative.": wrong(BAYES, 1, NEGATIVE, P),
        "If the probabilities do not sum to 1.": wrong(BAYES, 1, TOO_MUCH, P),
        "If no class that the prior allows has a likelihood above 0.": wrong(Call([0.5, 0.0, 0.0], P), 1, [0.0, 0.75, 0.25], P),
    },
    "fit_gaussian_mle": {
        "If x is not a table.": wrong(Call(X), 0, MU, X),
        "If a feature has the same value in all rows, since the likelihood grows without bound as its deviation shrinks.": wrong(
            Call(X), 0, [[0.5, 1.0], [2.0, 1.0]], [[0.5, 1.0], [2.0, 1.5]]
        ),
    },
    "gaussian_log_density": {
        "If x is a scalar.": wrong(Call([0.5], [0.0], [1.0]), 0, 0.5, [0.5]),
        "If mu does not have the shape of x.": wrong(LOG, 1, [0.5], MU),
        "If sigma does not have the shape of x.": wrong(LOG, 2, [0.5], SIGMA),
        "If a standard deviation is not positive.": wrong(LOG, 2, [0.5, 0.0], SIGMA),
    },
    "kl_divergence": {
        "If q is a scalar.": wrong(Call([1.0], [1.0]), 0, 1.0, [1.0]),
        "If p does not have the shape of q.": wrong(Call(Q, P), 1, [0.5, 0.5], P),
        "If a probability is negative.": wrong(Call(Q, P), 1, NEGATIVE, P),
        "If the probabilities do not sum to 1.": wrong(Call(Q, P), 0, TOO_MUCH, Q),
    },
    "mean_log_likelihood": {
        "If x is not a table.": wrong(MEAN, 0, X[0], X),
        "If mu does not have one entry for each feature.": wrong(MEAN, 1, [0.5], MU),
        "If sigma does not have one entry for each feature.": wrong(MEAN, 2, [0.5], SIGMA),
        "If a standard deviation is not positive.": wrong(MEAN, 2, [0.5, -2.0], SIGMA),
    },
    "sample_gaussian": {
        "If the shapes differ and are not scalar.": wrong(Call(MU, SIGMA, [1.0, -0.5]), 2, [1.0], [1.0, -0.5]),
        "If a standard deviation is not positive.": wrong(SAMPLE, 1, 0.0, 2.0),
    },
    "sample_prior": {
        "If shape is not a tuple.": wrong(PRIOR, "shape", 3, (3,)),
        "If a size is not an integer.": wrong(PRIOR, "shape", (2, 3.0), (2, 3)),
        "If rng is not a NumPy Generator.": wrong(PRIOR, "rng", 0, RNG),
        "If a size is not positive.": wrong(PRIOR, "shape", (2, 0), (2, 3)),
    },
}


# --- Samples from noise


def test_a_sample_by_hand(xp: Library) -> None:
    xp.close(sample_gaussian(*map(xp.array, ([1.0, -2.0], [0.5, 3.0], [2.0, -1.0]))), [2.0, -5.0])


def test_noise_of_the_prior_is_standard_normal_and_independent() -> None:
    """Its mean, its covariances and its distribution function, each within five standard errors."""
    from scipy.stats import kstest

    n = 20_000
    z = sample_prior(shape=(n, 3), rng=np.random.default_rng(1))
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=5 / math.sqrt(n))
    np.testing.assert_allclose(np.cov(z.T), np.eye(3), atol=5 * math.sqrt(2 / n))
    assert kstest(z.ravel(), "norm").pvalue > 1e-6


def test_samples_have_the_mean_and_the_deviation_of_their_class() -> None:
    n, mu, sigma = 20_000, np.array([[1.0, -4.0], [0.0, 2.0]]), np.array([[0.5, 2.0], [3.0, 0.1]])
    y = np.array([1, 0]).repeat(n)
    x = sample_gaussian(mu[y], sigma[y], sample_prior(shape=(2 * n, 2), rng=np.random.default_rng(0)))
    for k in (0, 1):
        assert np.all(np.abs(x[y == k].mean(axis=0) - mu[k]) < 5 * sigma[k] / math.sqrt(n))
        np.testing.assert_allclose(x[y == k].std(axis=0), sigma[k], rtol=5 / math.sqrt(2 * n))


# --- Likelihood


def test_likelihood_by_hand(xp: Library) -> None:
    """Density e^(-1/2)/√(2π) of both features in the first row; a factor 1/2 for the deviation 2."""
    root = math.log(2 * math.pi) / 2
    x, mu, sigma = xp.array([[1.0, 4.0], [0.0, 2.0]]), xp.array([0.0, 2.0]), xp.array([1.0, 2.0])
    log_p = [-0.5 - 0.5 - 2 * root - math.log(2), -2 * root - math.log(2)]
    both = xp.namespace.stack([mu, mu]), xp.namespace.stack([sigma, sigma])
    xp.close(gaussian_log_density(x, *both), log_p)
    xp.close(mean_log_likelihood(x, mu, sigma), np.mean(log_p))


def test_log_densities_and_their_gradients_are_those_of_pytorch() -> None:
    import torch

    x, mu, sigma = (torch.tensor(normal(5, 3, seed=seed), requires_grad=True) for seed in range(3))
    theirs = torch.distributions.Independent(torch.distributions.Normal(mu, sigma.exp()), 1).log_prob(x)
    torch.testing.assert_close(gaussian_log_density(x, mu, sigma.exp()), theirs, rtol=1e-12, atol=1e-12)
    for wrt in range(3):
        assert_gradient(gaussian_log_density, *LOG.args, wrt=wrt)
        assert_gradient(mean_log_likelihood, *MEAN.args, wrt=wrt)


def test_the_fit_is_that_of_scipy() -> None:
    from scipy.stats import norm

    x = 3 * normal(50, 2) + 1
    for found, expected in zip(zip(*fit_gaussian_mle(x), strict=True), (norm.fit(column) for column in x.T), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(st.integers(0, 999), st.integers(2, 9), st.integers(1, 3), st.floats(0.1, 3))
def test_no_other_gaussian_has_so_large_a_likelihood_as_the_fit(seed: int, n: int, d: int, change: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    mu, sigma = fit_gaussian_mle(x)
    best = mean_log_likelihood(x, mu, sigma)
    other = mean_log_likelihood(x, mu + change * rng.normal(size=d), sigma * np.exp(change * rng.normal(size=d)))
    assert other <= best + 1e-12 * abs(best)
    # in closed form: every feature pays log σ_j and half a nat more than log √(2π)
    assert best == pytest.approx(-np.sum(np.log(sigma)) - d * (0.5 + math.log(2 * math.pi) / 2), rel=1e-9, abs=1e-9)


@given(st.integers(0, 999), st.integers(2, 6), st.integers(1, 30))
def test_a_larger_likelihood_is_a_smaller_expected_surprise_and_a_smaller_divergence_from_the_data(seed: int, k: int, n: int) -> None:
    """On a finite set: the mean log-likelihood is minus the entropy of the data's frequencies, less their divergence from the model."""
    x = np.random.default_rng(seed).integers(0, k, n)
    p_hat = np.bincount(x, minlength=k) / n
    entropy = -sum(p * math.log(p) for p in p_hat if p > 0)
    for p_theta in distributions(k, 2, seed=seed):
        log_likelihood = np.mean([math.log(p_theta[i]) for i in x])
        surprise = np.mean(cross_entropy(x, np.tile(p_theta, (n, 1))))
        assert log_likelihood == pytest.approx(-surprise, rel=1e-12)
        assert log_likelihood == pytest.approx(-entropy - kl_divergence(p_hat, p_theta), rel=1e-10, abs=1e-12)


def test_the_likelihood_has_no_maximum_where_a_feature_never_changes() -> None:
    x = np.array([[1.0, 0.5], [1.0, 2.0]])
    values = [mean_log_likelihood(x, [1.0, 1.25], [sigma, 0.75]) for sigma in (1e-3, 1e-30, 1e-300)]
    assert values == sorted(values) and values[-1] > 600
    with pytest.raises(ValueError, match=r"^fit_gaussian_mle: x must have two different values or more in each feature, got 1.0$"):
        fit_gaussian_mle(x)


# --- Finite distributions


def test_divergences_by_hand(xp: Library) -> None:
    """½ log(½ / ¼) + ½ log(½ / ¾); a value that q does not take counts for nothing; infinite where q takes one that p does not."""
    q, p = xp.array([[0.5, 0.5], [0.0, 1.0], [0.5, 0.5]]), xp.array([[0.25, 0.75], [0.0, 1.0], [1.0, 0.0]])
    with np.errstate(divide="ignore"):  # array_api_strict warns of the logarithm of 0
        xp.close(kl_divergence(q, p), [math.log(4 / 3) / 2, 0.0, math.inf])


def test_divergences_and_their_gradients_are_those_of_pytorch() -> None:
    import torch

    q, p = (torch.tensor(distributions(4, 5, seed=seed)) for seed in (0, 50))
    theirs = torch.distributions.kl_divergence(torch.distributions.Categorical(probs=q), torch.distributions.Categorical(probs=p))
    torch.testing.assert_close(kl_divergence(q, p), theirs, rtol=1e-10, atol=1e-12)
    assert_gradient(kl_divergence, Q, P, wrt=0, differences=False, expected=np.log(np.array(Q) / P) + 1)
    assert_gradient(kl_divergence, Q, P, wrt=1, differences=False, expected=-np.array(Q) / P)


@given(st.integers(0, 999), st.integers(1, 8))
def test_a_divergence_is_positive_unless_the_distributions_are_equal(seed: int, k: int) -> None:
    q, p = distributions(k, 2, seed=seed)
    assert kl_divergence(q, q) == 0
    assert kl_divergence(q, p) > 0 or k == 1


def test_a_divergence_changes_when_its_arguments_change_places() -> None:
    assert abs(kl_divergence(Q, P) - kl_divergence(P, Q)) > 0.01


def test_bayes_rule_by_hand(xp: Library) -> None:
    """A test that is right nine times in ten, for an illness that one in ten has, and for one that one in a hundred has."""
    likelihood, prior = xp.array([[0.9, 0.1]] * 2), xp.array([[0.1, 0.9], [0.01, 0.99]])
    xp.close(bayes_posterior(likelihood, prior), [[0.5, 0.5], [1 / 12, 11 / 12]])


@given(st.integers(0, 999), st.integers(1, 6), st.floats(-280, 280))
def test_a_posterior_sums_to_one_and_is_the_same_for_likelihoods_times_any_number(seed: int, k: int, exponent: float) -> None:
    likelihood, prior = np.random.default_rng(seed).exponential(size=k), distributions(k, 1, seed=seed)[0]
    found = bayes_posterior(likelihood, prior)
    assert np.all(found >= 0) and found.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(found, likelihood * prior / (likelihood @ prior), rtol=1e-12)
    np.testing.assert_allclose(bayes_posterior(10.0**exponent * likelihood, prior), found, rtol=1e-12)


def test_independent_data_may_be_seen_one_after_another_or_together() -> None:
    first, second, prior = np.array([0.5, 2.0, 0.125]), np.array([1.0, 0.25, 3.0]), np.array(P)
    one_by_one = bayes_posterior(second, bayes_posterior(first, prior))
    np.testing.assert_allclose(one_by_one, bayes_posterior(first * second, prior), rtol=1e-13)


def test_where_the_data_say_nothing_the_posterior_is_the_prior_and_a_class_that_is_ruled_out_stays_out() -> None:
    np.testing.assert_allclose(bayes_posterior([3.0, 3.0, 3.0], P), P, rtol=1e-15)
    assert bayes_posterior([1e300, 1.0, 1.0], [0.0, 0.5, 0.5]).tolist() == [0.0, 0.5, 0.5]


def test_a_posterior_keeps_its_digits_where_likelihoods_are_too_small_to_be_multiplied_and_where_samples_differ_by_much() -> None:
    """Each row by its own largest likelihood, of the classes that the prior allows."""
    likelihood = [[5.0, 2e-300, 1e-300], [1e300, 1e-300, 3e-300], [7.0, 1e300, 1e300]]
    prior = [[0.0, 1e-30, 1 - 1e-30], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]
    np.testing.assert_allclose(bayes_posterior(likelihood, prior), [[0, 2e-30, 1], [0, 0.25, 0.75], [0, 0.5, 0.5]], rtol=1e-12)


def test_gradients_of_a_posterior() -> None:
    assert_gradient(bayes_posterior, *BAYES.args, wrt=0)


# --- Models


def test_a_model_of_classes_is_gaussian_naive_bayes_of_scikit_learn() -> None:
    from sklearn.naive_bayes import GaussianNB

    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 60)
    x = rng.normal(size=(60, 2)) * (1 + y[:, None]) + 2 * y[:, None]
    ours, theirs = ClassConditionalGaussian().fit(x, y), GaussianNB(var_smoothing=0).fit(x, y)
    np.testing.assert_allclose(ours.mu_, theirs.theta_, rtol=1e-12)
    np.testing.assert_allclose(ours.sigma_**2, theirs.var_, rtol=1e-12)
    np.testing.assert_allclose(ours.prior_, theirs.class_prior_, rtol=1e-12)
    points = 5 * rng.normal(size=(4, 5, 2))
    np.testing.assert_allclose(ours.posterior(points), theirs.predict_proba(points.reshape(20, 2)).reshape(4, 5, 3), rtol=1e-9, atol=1e-300)


def test_a_posterior_is_right_where_all_densities_are_too_small_for_numbers() -> None:
    """At 1000 deviations, where classes at 0 and 1 differ by a log-density of 999.5."""
    model = ClassConditionalGaussian().fit([[-1.0], [1.0], [0.0], [2.0]], [0, 0, 1, 1])
    np.testing.assert_allclose(model.posterior([[1000.0], [0.5]]), [[0, 1], [0.5, 0.5]], atol=1e-12)


def test_models_keep_library_dtype_and_device(xp: Library) -> None:
    x, y = xp.array(X + X2, "float32"), xp.array([0, 0, 1, 1, 0, 1], "int64")
    plain, model = GaussianModel().fit(x), ClassConditionalGaussian().fit(x, y)
    made = plain.sample(n=4, rng=np.random.default_rng(0))
    found = [made, model.sample(y, rng=np.random.default_rng(0)), model.posterior(x), model.prior_]
    assert [tuple(part.shape) for part in found] == [(4, 2), (6, 2), (6, 2), (2,)]
    for part in found:
        assert xp.owns(part) and part.dtype == x.dtype
    xp.close(made, np.mean(X + X2, axis=0) + np.std(X + X2, axis=0) * np.random.default_rng(0).standard_normal((4, 2)), rtol=1e-5)


def test_what_does_not_fit_a_model_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"^ClassConditionalGaussian.fit: y must hold every class up to the largest, got none of class 1$"):
        ClassConditionalGaussian().fit(X, [0, 0, 2])
    with pytest.raises(ValueError, match=r"^ClassConditionalGaussian.fit: x must have the axes \(n, d\), got shape \(3,\)$"):
        ClassConditionalGaussian().fit([1.0, 2.0, 3.0], [0, 0, 0])
    model = ClassConditionalGaussian().fit(X, [0, 0, 0])
    with pytest.raises(ValueError, match=r"^ClassConditionalGaussian.sample: y must lie in 0 ... 0, got 1$"):
        model.sample([1], rng=np.random.default_rng(0))


def data(rng: np.random.Generator, n: int) -> Any:
    """Two features on very different scales."""
    return np.array([3.0, -1.0]) + np.array([0.25, 4.0]) * rng.standard_normal((n, 2))


def test_a_gaussian_model_learns_data_as_well_as_they_resemble_themselves() -> None:
    """Stated before the first run: no farther from the data than 1.5 times the data's own resampling distance. Noise is five times as far."""
    model = GaussianModel().fit(data(np.random.default_rng(1), 1000))
    itself = mean_distance(data, data)
    assert mean_distance(data, lambda rng, n: model.sample(n=n, rng=rng)) < 1.5 * itself
    assert mean_distance(data, lambda rng, n: sample_prior(shape=(n, 2), rng=rng)) > 5 * itself


def test_a_model_of_classes_makes_data_of_a_class_and_tells_classes_as_well_as_can_be() -> None:
    """Stated before the first run: samples of a class no farther from its data than 1.5 times their resampling distance, where those of the

    other class are ten times as far; and an error within 0.006 of the least possible one, Φ(−√2), where the frequencies alone err in half.
    """
    x, y = make_plane_data(n=1000, rng=np.random.default_rng(2))
    model = ClassConditionalGaussian().fit(x, (y + 1) / 2)

    def positive(rng: np.random.Generator, n: int) -> Any:
        return 1 + rng.standard_normal((n, 2))

    itself = mean_distance(positive, positive)
    made = [mean_distance(positive, lambda rng, n, k=k: model.sample(np.full(n, k), rng=rng)) for k in (0, 1)]
    assert made[1] < 1.5 * itself and made[0] > 10 * itself
    x, y = make_plane_data(n=20_000, rng=np.random.default_rng(3))
    error = np.mean(model.posterior(x).argmax(axis=1) != (y + 1) / 2)
    least = (1 - math.erf(1)) / 2
    assert error == pytest.approx(least, abs=0.006)
    assert np.mean((y + 1) / 2 != model.prior_.argmax()) == pytest.approx(0.5, abs=0.02)
