"""Diffusion: schedules, both processes and what ties them, exact moments of DDPM sampling, and a mixture that a network learns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given
from hypothesis import strategies as st

from dlref.diffusion import (
    alpha_bars,
    alphas,
    ddpm_sample,
    ddpm_step,
    forward_step,
    posterior_mean,
    posterior_variance,
    reverse_step,
    sample_xt,
    simple_loss,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import drawn, normal, quarters, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch9


def guess(x: Any, t: Any) -> Any:
    """A network of any library, for states with the samples in front."""
    xp = array_namespace(x)
    return x / 2 - xp.reshape(xp.astype(t, x.dtype), (-1, *[1] * (x.ndim - 1))) * x * x / 16


BETAS, SIGMAS = [0.25, 0.5, 0.125], [0.5, 0.25, 0.75]
X, X2, NOISE, NOISE2, MORE, MORE2 = (quarters(4, seed=seed) for seed in range(6))
ROWS, ROWS2, ROW_NOISE, ROW_NOISE2 = (quarters(3, 2, seed=seed) for seed in range(6, 10))
FORWARD = Call(X, NOISE, beta=0.25)
CLOSED, MEAN = Call(X, NOISE, BETAS, t=2), Call(X, NOISE, BETAS, t=3)
LOSS = Call(guess, ROWS, ROW_NOISE, [1, 3, 2], BETAS)
REVERSE = Call(X, 0.5, NOISE)
STEP = Call(X, NOISE, MORE, BETAS, SIGMAS, t=3)
SAMPLE = Call(guess, BETAS, SIGMAS, shape=(2, 3), rng=np.random.default_rng(0))
CALLS = {
    "alpha_bars": [Call(BETAS), Call([0.5])],
    "alphas": [Call(BETAS), Call([0.5])],
    "ddpm_sample": [SAMPLE, Call(guess, BETAS[::-1], SIGMAS, shape=(2, 3), rng=np.random.default_rng(1))],
    "ddpm_step": [STEP, Call(X2, NOISE2, MORE2, BETAS, SIGMAS, t=3)],
    "forward_step": [Call(0.5, -1.25, beta=0.25), Call(-2.0, 0.75, beta=0.25)],
    "posterior_mean": [MEAN, Call(X2, NOISE2, BETAS, t=3)],
    "posterior_variance": [Call(BETAS, t=3), Call([0.5, 0.5], t=2)],
    "reverse_step": [REVERSE, Call(X2, 1.25, NOISE2)],
    "sample_xt": [CLOSED, Call(X2, NOISE2, BETAS, t=2)],
    "simple_loss": [LOSS, Call(guess, ROWS2, ROW_NOISE2, [2, 2, 1], BETAS)],
}
HELPERS = ["alpha_bars", "ddpm_sample", "posterior_variance"]


def of_schedule(good: Call, place: int, deviations: int | None = None) -> dict[str, tuple[Call, Call]]:
    """Wrong schedules at this position of a call, and wrong deviations at the other."""
    found = {
        "If betas does not have the shape (T,).": wrong(good, place, [[0.25, 0.5, 0.125]], BETAS),
        "If a variance does not lie in (0, 1).": wrong(good, place, [0.25, 1.0, 0.125], BETAS),
    }
    if deviations is not None:
        found["If sigmas does not have the shape of betas."] = wrong(good, deviations, [0.5, 0.5], SIGMAS)
        found["If a deviation is negative."] = wrong(good, deviations, [0.5, -0.5, 0.5], SIGMAS)
    return found


def of_time(good: Call) -> dict[str, tuple[Call, Call]]:
    return {"If t is not an integer.": wrong(good, "t", 1.0, 1), "If t is not one of 1, …, T.": wrong(good, "t", 0, 3)}


RAISES = {
    "alpha_bars": of_schedule(Call(BETAS), 0),
    "alphas": of_schedule(Call(BETAS), 0),
    "ddpm_sample": {
        "If eps_fn is not a function.": wrong(SAMPLE, 0, 1.0, guess),
        "If shape is not a tuple.": wrong(SAMPLE, "shape", 2, (2,)),
        "If shape has something that is not an integer.": wrong(SAMPLE, "shape", (2, 3.0), (2, 3)),
        "If rng is not a NumPy Generator.": wrong(SAMPLE, "rng", 0, np.random.default_rng(0)),
        **of_schedule(SAMPLE, 1, 2),
        "If shape has no number of samples.": wrong(SAMPLE, "shape", (), (2, 3)),
        "If a size is not positive.": wrong(SAMPLE, "shape", (2, 0), (2, 3)),
        "If eps_fn does not keep the shape of the states.": wrong(SAMPLE, 0, lambda x, t: x[:, 0], guess),
    },
    "ddpm_step": {"If the shapes of x_t, eps_hat and noise differ.": wrong(STEP, 2, [MORE], MORE), **of_schedule(STEP, 3, 4), **of_time(STEP)},
    "forward_step": {
        "If the shapes of x_prev and noise differ.": wrong(FORWARD, 1, [NOISE], NOISE),
        "If beta does not lie in (0, 1).": wrong(FORWARD, "beta", 1.0, 0.5),
    },
    "posterior_mean": {"If the shapes of x0 and x_t differ.": wrong(MEAN, 1, [X], X), **of_schedule(MEAN, 2), **of_time(MEAN)},
    "posterior_variance": {**of_schedule(Call(BETAS, t=1), 0), **of_time(Call(BETAS, t=1))},
    "reverse_step": {
        "If mu is a scalar.": wrong(REVERSE, 0, 1.0, X),
        "If sigma does not have the shape of mu without its last axis.": wrong(REVERSE, 1, X, 0.5),
        "If a deviation is negative.": wrong(REVERSE, 1, -0.5, 0.5),
        "If noise does not have the shape of mu.": wrong(REVERSE, 2, 1.0, NOISE),
    },
    "sample_xt": {"If the shapes of x0 and noise differ.": wrong(CLOSED, 1, [NOISE], NOISE), **of_schedule(CLOSED, 2), **of_time(CLOSED)},
    "simple_loss": {
        "If eps_fn is not a function.": wrong(LOSS, 0, None, guess),
        "If x0 is a scalar.": wrong(LOSS, 1, 1.0, ROWS),
        "If noise does not have the shape of x0.": wrong(LOSS, 2, ROWS[:2], ROWS),
        **of_schedule(LOSS, 4),
        "If t does not have one time for each sample.": wrong(LOSS, 3, [1, 2], [1, 2, 3]),
        "If a time is not a whole number.": wrong(LOSS, 3, [1.5, 2.0, 3.0], [1.0, 2.0, 3.0]),
        "If a time is not one of 1, …, T.": wrong(LOSS, 3, [0, 2, 3], [1, 2, 3]),
        "If eps_fn does not keep the shape of the states.": wrong(LOSS, 0, lambda x, t: x[0], guess),
    },
}

PAPER = np.linspace(1e-4, 0.02, 1000)  # the schedule of Ho, Jain and Abbeel (2020)
SHORT = np.linspace(0.01, 0.3, 50)
schedules = st.lists(st.floats(1e-4, 0.9), min_size=1, max_size=8)


def deviations(betas: Any) -> Any:
    """√β̃_t for all t."""
    return np.sqrt([posterior_variance(betas, t=t) for t in range(1, len(betas) + 1)])


# --- The schedule


def test_the_schedule_by_hand(xp: Library) -> None:
    betas = xp.array([0.5, 0.75, 0.2])
    xp.close(alphas(betas), [0.5, 0.25, 0.8])
    xp.close(alpha_bars(betas), [1, 0.5, 0.125, 0.1])


@given(schedules)
def test_what_is_left_begins_with_all_and_falls_with_time(betas: list[float]) -> None:
    left = alpha_bars(betas)
    assert len(left) == len(betas) + 1 and left[0] == 1
    assert np.all(np.diff(left) < 0) and left[-1] > 0
    np.testing.assert_allclose(left[1:] / left[:-1], alphas(betas), rtol=1e-14)


def test_the_schedule_is_the_cumulative_product_of_pytorch() -> None:
    import torch

    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    torch.testing.assert_close(alpha_bars(betas)[1:], torch.cumprod(1 - betas, dim=0), rtol=1e-12, atol=0)
    assert alpha_bars(betas)[-1] < 5e-5  # so that x_T is close to pure noise


def test_in_single_precision_the_small_noise_of_the_first_steps_keeps_its_digits() -> None:
    """√(1 − ᾱ_1) of 1 − 0.0001; the difference from 1 would have an error of some 1e-4."""
    betas = PAPER.astype("float32")
    for t in (1, 2, 10, 1000):
        found = sample_xt(np.float32(0), np.float32(1), betas, t=t)
        assert found == pytest.approx(math.sqrt(1 - np.prod(1 - betas[:t].astype("float64"))), rel=1e-6)
    assert abs(math.sqrt(1 - float(1 - betas[0])) / 0.01 - 1) > 2e-5


# --- The forward process


def test_forward_steps_by_hand(xp: Library) -> None:
    xp.close(forward_step(xp.array([2.0, -1.0]), xp.array([3.0, 4.0]), beta=0.36), [0.8 * 2 + 0.6 * 3, -0.8 + 0.6 * 4])
    xp.close(sample_xt(xp.array([2.0, -1.0]), xp.array([3.0, 4.0]), xp.array([0.2, 0.55]), t=2), [0.6 * 2 + 0.8 * 3, -0.6 + 0.8 * 4])


def test_variance_one_stays_variance_one() -> None:
    """State and noise with zero mean, variance one and no correlation, exactly, and therefore their mixture too."""
    x, noise = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    for beta in (0.01, 0.3, 0.9):
        assert np.mean(forward_step(x, noise, beta=beta) ** 2) == pytest.approx(1, rel=1e-14)


@given(schedules, st.integers(0, 99))
def test_many_steps_are_one_step(betas: list[float], seed: int) -> None:
    """The same mean, and the same variance: all coefficients of the noises, squared and added, are 1 − ᾱ_t."""
    T = len(betas)
    (x0,) = drawn((3,), seed=seed)
    x, zero = x0, np.zeros(3)
    weights = np.zeros((T, T))  # of the noise of each step in the state
    for s in range(T):
        x = forward_step(x, zero, beta=betas[s])
        weights = forward_step(weights, np.eye(T)[s] * np.ones((T, 1)), beta=betas[s])
    np.testing.assert_allclose(sample_xt(x0, zero, betas, t=T), x, rtol=1e-12)
    assert sample_xt(0.0, 1.0, betas, t=T) ** 2 == pytest.approx(np.sum(weights[0] ** 2), rel=1e-10)


def test_single_steps_of_drawn_noise_have_the_mean_and_the_variance_of_the_closed_form() -> None:
    n, betas = 20_000, SHORT[:20]
    rng = np.random.default_rng(0)
    x = np.full(n, 3.0)
    for beta in betas:
        x = forward_step(x, rng.standard_normal(n), beta=beta)
    left = alpha_bars(betas)[-1]
    assert abs(x.mean() - math.sqrt(left) * 3) < 4 * math.sqrt((1 - left) / n)
    assert abs(x.var() / (1 - left) - 1) < 4 * math.sqrt(2 / n)


def test_beta_sets_the_noise_and_with_nothing_left_the_last_state_is_standard_normal() -> None:
    """Kolmogorov and Smirnov's distance from N(0, 1), of data that are nothing like it: two points, ±3."""
    from scipy.stats import kstest

    rng = np.random.default_rng(0)
    x0, noise = np.repeat([-3.0, 3.0], 5000), rng.standard_normal(10_000)
    assert alpha_bars(PAPER)[-1] < 1e-4
    assert kstest(sample_xt(x0, noise, PAPER, t=1000), "norm").pvalue > 0.05
    assert kstest(sample_xt(x0, noise, PAPER, t=300), "norm").pvalue < 1e-6  # too early
    assert kstest(sample_xt(x0, noise, PAPER / 10, t=1000), "norm").pvalue < 1e-6  # too little noise
    assert alpha_bars(PAPER / 10)[-1] > 0.3


@pytest.mark.parametrize("t", [1, 7, 50])
def test_the_states_have_the_density_of_the_normal_distribution_of_pytorch(t: int) -> None:
    """Drawn by PyTorch with the mean and the deviation of the formula, from the same source of noise."""
    import torch

    x0, betas = torch.tensor(normal(5, 3)), torch.tensor(SHORT)
    left = torch.cumprod(1 - betas, dim=0)[t - 1]
    torch.manual_seed(0)
    theirs = torch.distributions.Normal(left.sqrt() * x0, (1 - left).sqrt()).rsample()
    torch.manual_seed(0)
    noise = torch.normal(torch.zeros_like(x0), torch.ones_like(x0))
    torch.testing.assert_close(sample_xt(x0, noise, betas, t=t), theirs, rtol=1e-12, atol=1e-13)


# --- The posterior


@given(schedules.filter(lambda betas: len(betas) > 1), st.data())
def test_the_posterior_is_the_conditional_distribution_of_the_joint_one(betas: list[float], data: st.DataObject) -> None:
    """Of (x_{t−1}, x_t) given x_0, a Gaussian whose covariance is known; conditioned by its Schur complement."""
    t = data.draw(st.integers(2, len(betas)))
    x0, x_t = data.draw(st.floats(-3, 3)), data.draw(st.floats(-3, 3))
    before, now = np.prod(1 - np.array(betas[: t - 1])), np.prod(1 - np.array(betas[:t]))
    mean = np.array([math.sqrt(before), math.sqrt(now)]) * x0
    cross = math.sqrt(1 - betas[t - 1]) * (1 - before)
    expected = mean[0] + cross / (1 - now) * (x_t - mean[1])
    assert posterior_mean(x0, x_t, betas, t=t) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert posterior_variance(betas, t=t) == pytest.approx((1 - before) - cross**2 / (1 - now), rel=1e-6, abs=1e-12)


def test_the_posterior_is_what_bayes_rule_gives() -> None:
    """q(x_t | x_{t−1}) q(x_{t−1} | x_0), normalized on a fine grid."""
    from scipy.stats import norm

    betas, t, x0, x_t = SHORT, 12, 1.5, -0.4
    left = alpha_bars(betas)
    grid = np.linspace(-8, 8, 200_001)
    density = norm.pdf(x_t, math.sqrt(1 - betas[t - 1]) * grid, math.sqrt(betas[t - 1]))
    density *= norm.pdf(grid, math.sqrt(left[t - 1]) * x0, math.sqrt(1 - left[t - 1]))
    density /= density.sum()
    mean = density @ grid
    assert posterior_mean(x0, x_t, betas, t=t) == pytest.approx(mean, rel=1e-9)
    assert posterior_variance(betas, t=t) == pytest.approx(density @ (grid - mean) ** 2, rel=1e-9)


def test_the_posterior_in_symbols() -> None:
    """Precisions add up: α_t/β_t + 1/(1 − ᾱ_{t−1}) is the inverse of β̃_t, and the means are weighted by their parts of it."""
    import sympy

    before, beta, x0, x_t = sympy.symbols("before beta x0 x_t", positive=True)
    alpha = 1 - beta
    lost = 1 - before * alpha
    variance = (1 - before) / lost * beta
    mean = sympy.sqrt(before) * beta / lost * x0 + sympy.sqrt(alpha) * (1 - before) / lost * x_t
    assert sympy.simplify(1 / variance - (alpha / beta + 1 / (1 - before))) == 0
    assert sympy.simplify(mean - variance * (sympy.sqrt(alpha) / beta * x_t + sympy.sqrt(before) / (1 - before) * x0)) == 0
    values = {before: 0.75, beta: 0.5, x0: 2.0, x_t: -1.0}
    assert posterior_mean(2.0, -1.0, [0.25, 0.5], t=2) == pytest.approx(float(mean.subs(values)))
    assert posterior_variance([0.25, 0.5], t=2) == pytest.approx(float(variance.subs(values)))


@given(schedules)
def test_the_variance_of_the_posterior_lies_below_that_of_the_step_and_is_zero_at_the_first_one(betas: list[float]) -> None:
    found = [posterior_variance(betas, t=t) for t in range(1, len(betas) + 1)]
    assert found[0] == 0 and math.copysign(1, found[0]) == 1
    assert all(0 < variance < beta for variance, beta in zip(found[1:], betas[1:], strict=True))
    assert posterior_mean(1.5, 99.0, betas, t=1) == pytest.approx(1.5, rel=1e-12)


# --- The loss


def test_the_loss_by_hand(xp: Library) -> None:
    """Two samples of two entries, with half of the state as the guess: errors (0.2, 1.5) and (−0.1, 0.6)."""
    x0, noise = xp.array([[2.0, -1.0], [1.0, 0.0]]), xp.array([[1.0, 1.5], [0.5, 1.0]])
    x1, x2 = np.array([0.8 * 2 + 0.6, -0.8 + 0.6 * 1.5]), np.array([0.6 + 0.8 * 0.5, 0.8])
    expected = (np.sum((np.array([1.0, 1.5]) - x1 / 2) ** 2) + np.sum((np.array([0.5, 1.0]) - x2 / 2) ** 2)) / 2
    betas = xp.array([0.36, 1 - 0.36 / 0.64])
    xp.close(simple_loss(lambda x, t: x / 2, x0, noise, xp.array([1, 2], "int64"), betas), expected)


def test_the_network_gets_the_noisy_states_with_their_times_in_one_call() -> None:
    seen = []

    def network(x: Any, t: Any) -> Any:
        seen.append((x, t))
        return x

    x0, noise, t = normal(3, 2), normal(3, 2, seed=1), [1, 3, 2]
    simple_loss(network, x0, noise, t, BETAS)
    ((x, times),) = seen
    np.testing.assert_allclose(x, [sample_xt(x0[i], noise[i], BETAS, t=t[i]) for i in range(3)], rtol=1e-12)
    assert times.tolist() == t and times.dtype.kind == "i"


def test_the_loss_adds_over_the_entries_and_averages_over_the_samples_of_any_shape() -> None:
    images, noise = normal(2, 3, 4), normal(2, 3, 4, seed=1)
    flat = simple_loss(guess, images.reshape(2, 12), noise.reshape(2, 12), [1, 2], BETAS)
    assert simple_loss(guess, images, noise, [1, 2], BETAS) == pytest.approx(flat, rel=1e-14)
    assert simple_loss(guess, images[:, 0, 0], noise[:, 0, 0], [1, 2], BETAS) == pytest.approx(simple_loss(guess, images[:, 0, :1], noise[:, 0, :1], [1, 2], BETAS), rel=1e-14)
    assert simple_loss(lambda x, t: 0 * x, images, noise, [1, 2], BETAS) == pytest.approx(np.sum(noise**2) / 2)


def test_the_loss_is_the_mean_squared_error_of_pytorch_times_the_number_of_entries() -> None:
    import torch

    torch.manual_seed(0)
    network = torch.nn.Linear(3, 3, dtype=torch.float64)
    x0, noise, t, betas = torch.tensor(normal(6, 3)), torch.tensor(normal(6, 3, seed=1)), torch.randint(1, 51, (6,)), torch.tensor(SHORT)
    left = torch.cumprod(1 - betas, dim=0)[t - 1][:, None]
    theirs = 3 * torch.nn.MSELoss()(network(left.sqrt() * x0 + (1 - left).sqrt() * noise), noise)
    (expected,) = torch.autograd.grad(theirs, network.weight)
    ours = simple_loss(lambda x, t: network(x), x0, noise, t, betas)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    torch.testing.assert_close(torch.autograd.grad(ours, network.weight)[0], expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    ("function", "call", "places"),
    [(simple_loss, LOSS, (1, 2, 4)), (ddpm_step, STEP, (1, 3, 4)), (posterior_mean, MEAN, (0, 2))],
)
def test_gradients(function: Any, call: Call, places: tuple[int, ...]) -> None:
    for wrt in places:
        assert_gradient(function, *call.args, wrt=wrt, **call.options)


@pytest.mark.parametrize(("mean", "sigma", "t"), [(2.0, 0.5, 1), (-1.0, 3.0, 10), (0.0, 1.0, 50)])
def test_of_gaussian_data_no_guess_is_better_than_the_exact_one(mean: float, sigma: float, t: int) -> None:
    """Its loss is ᾱ_t σ² / (ᾱ_t σ² + 1 − ᾱ_t), by Gauss and Hermite's quadrature; shifted or scaled it is larger."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    x0, noise = (part.ravel() for part in np.meshgrid(mean + sigma * nodes, nodes))
    p = np.outer(weights, weights).ravel() / weights.sum() ** 2
    exact, left = exact_guess(mean, sigma, SHORT), alpha_bars(SHORT)[t]

    def loss(shift: float, scale: float) -> float:
        return sum(p[i] * simple_loss(lambda x, s: scale * exact(x, s) + shift, x0[i : i + 1], noise[i : i + 1], [t], SHORT) for i in range(25))

    best = left * sigma**2 / (left * sigma**2 + 1 - left)
    assert loss(0.0, 1.0) == pytest.approx(best, rel=1e-9)
    assert min(loss(0.1, 1.0), loss(-0.1, 1.0), loss(0.0, 1.1), loss(0.0, 0.9)) > best


# --- The reverse process


def exact_guess(mean: float, sigma: float, betas: Any) -> Any:
    """E[ε | x_t] of data with this mean and deviation."""
    left = alpha_bars(betas)

    def eps(x: Any, t: Any) -> Any:
        kept = left[t].reshape(-1, *[1] * (np.ndim(x) - 1))
        return np.sqrt(1 - kept) * (x - np.sqrt(kept) * mean) / (kept * sigma**2 + 1 - kept)

    return eps


def moments(mean: float, sigma: float, betas: Any, sigmas: Any) -> tuple[float, float]:
    """Mean and variance of the samples of DDPM with the exact guess, to rounding: each step is affine in the state and in the noise."""
    eps = exact_guess(mean, sigma, betas)
    m, v = 0.0, 1.0
    for t in range(len(betas), 0, -1):
        low, high = (ddpm_step(x, eps(np.array([x]), np.array([t]))[0], 0.0, betas, sigmas, t=t) for x in (0.0, 1.0))
        fresh = ddpm_step(0.0, 0.0, 1.0, betas, sigmas, t=t)
        m, v = low + (high - low) * m, (high - low) ** 2 * v + fresh**2
    return m, v


def test_reverse_steps_by_hand(xp: Library) -> None:
    mu, sigma, noise = xp.array([[1.0, 2.0], [0.0, -1.0]]), xp.array([0.5, 0.0]), xp.array([[4.0, -2.0], [7.0, 9.0]])
    xp.close(reverse_step(mu, sigma, noise), [[3, 1], [0, -1]])


def test_a_reverse_step_is_a_sample_of_the_normal_distribution_of_pytorch_with_the_deviation_and_not_the_variance() -> None:
    """The third slot of 𝒩 holds σ² I; PyTorch's Normal takes σ, its MultivariateNormal σ² I."""
    import torch

    mu, sigma = torch.tensor(normal(5, 3)), torch.tensor([0.5, 0.25, 1.0, 2.0, 0.1], dtype=torch.float64)
    torch.manual_seed(0)
    theirs = torch.distributions.Normal(mu, sigma[:, None]).rsample()
    torch.manual_seed(0)
    noise = torch.normal(torch.zeros_like(mu), torch.ones_like(mu))
    torch.testing.assert_close(reverse_step(mu, sigma, noise), theirs, rtol=1e-12, atol=1e-14)
    covariance = sigma[:, None, None] ** 2 * torch.eye(3, dtype=torch.float64)
    torch.manual_seed(0)
    theirs = torch.distributions.MultivariateNormal(mu, covariance).rsample()
    torch.testing.assert_close(reverse_step(mu, sigma, noise), theirs, rtol=1e-12, atol=1e-14)
    rng = np.random.default_rng(0)
    drawn_ = reverse_step(np.zeros((20_000, 1)), np.full(20_000, 0.5), rng.standard_normal((20_000, 1)))
    assert abs(drawn_.var() / 0.25 - 1) < 4 * math.sqrt(2 / 20_000)


def test_ddpm_steps_by_hand(xp: Library) -> None:
    """ᾱ_2 = 0.36, α_2 = 0.5625: (x − 0.4375 / 0.8 ε̂) / 0.75 + σ_2 z."""
    betas, sigmas = xp.array([0.36, 0.4375]), xp.array([2.0, 0.5])
    x, eps, z = xp.array([1.5, -3.0]), xp.array([0.8, 1.6]), xp.array([1.0, 4.0])
    xp.close(ddpm_step(x, eps, z, betas, sigmas, t=2), [(1.5 - 0.4375) / 0.75 + 0.5, (-3 - 0.875) / 0.75 + 2])
    xp.close(ddpm_step(x, eps, z, betas, sigmas, t=1), [(1.5 - 0.6 * 0.8) / 0.8, (-3 - 0.6 * 1.6) / 0.8])


def test_in_the_last_step_there_is_no_noise() -> None:
    x, eps = normal(4), normal(4, seed=1)
    for noise in (normal(4, seed=2), np.full(4, np.nan)):
        np.testing.assert_array_equal(ddpm_step(x, eps, noise, BETAS, [0.5, 0.5, 0.5], t=1), ddpm_step(x, eps, np.zeros(4), BETAS, [0.0, 0.0, 0.0], t=1))
    assert np.all(ddpm_step(x, eps, normal(4, seed=2), BETAS, [0.5, 0.5, 0.5], t=2) != ddpm_step(x, eps, np.zeros(4), BETAS, [0.5, 0.5, 0.5], t=2))


@given(schedules, st.data())
def test_the_mean_of_a_ddpm_step_is_that_of_the_posterior_with_the_data_that_the_guess_means(betas: list[float], data: st.DataObject) -> None:
    """x_0 = (x_t − √(1 − ᾱ_t) ε̂) / √ᾱ_t in μ̃_t(x_t, x_0) is the mean of the step, and the step is a reverse step from it."""
    t = data.draw(st.integers(1, len(betas)))
    x_t, eps, noise = drawn((3,), (3,), (3,), seed=data.draw(st.integers(0, 99)))
    left = alpha_bars(betas)[t]
    x0 = (x_t - math.sqrt(1 - left) * eps) / math.sqrt(left)
    mu = posterior_mean(x0, x_t, betas, t=t)
    sigma = math.sqrt(posterior_variance(betas, t=t))
    np.testing.assert_allclose(ddpm_step(x_t, eps, noise, betas, deviations(betas), t=t), reverse_step(mu, sigma, noise), rtol=1e-7, atol=1e-8)


def test_with_the_true_noise_the_last_step_gives_the_data_back() -> None:
    x0, noise = normal(5), normal(5, seed=1)
    x1 = sample_xt(x0, noise, SHORT, t=1)
    np.testing.assert_allclose(ddpm_step(x1, noise, normal(5, seed=2), SHORT, SHORT, t=1), x0, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("betas", "mean", "of_beta", "of_posterior"),
    [
        (PAPER, 2.0, 0.2508, 0.2461),
        (SHORT, 2.0, 0.2558, 0.1998),
        (np.linspace(1e-4, 0.02, 50), 1.45, None, None),
    ],
)
def test_the_moments_of_samples_tend_to_those_of_the_data_with_many_steps_and_nothing_left(betas: Any, mean: float, of_beta: float, of_posterior: float) -> None:
    """Of data N(2, 0.25) with the exact guess; the third schedule is too short, more than half of the variance is left at its end."""
    for sigmas, variance in ((np.sqrt(betas), of_beta), (deviations(betas), of_posterior)):
        found = moments(2.0, 0.5, betas, sigmas)
        assert found[0] == pytest.approx(mean, abs=0.01)
        if variance is not None:
            assert found[1] == pytest.approx(variance, abs=5e-5)


@given(schedules)
def test_standard_normal_data_come_back_with_variance_one_less_the_last_beta(betas: list[float]) -> None:
    """With σ_t² = β_t the state keeps variance 1 through all steps; the last one adds no noise and leaves 1 − β_1."""
    assert moments(0.0, 1.0, betas, np.sqrt(betas))[1] == pytest.approx(1 - betas[0], rel=1e-9)


def test_samples_are_the_steps_one_after_another_with_fresh_noise(xp: Library) -> None:
    betas, sigmas = xp.array(BETAS), xp.array(SIGMAS)
    found = ddpm_sample(guess, betas, sigmas, shape=(2, 3), rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    x = xp.array(rng.standard_normal((2, 3)))
    for t in (3, 2, 1):
        eps = guess(x, xp.array([t, t], "int64"))
        x = ddpm_step(x, eps, xp.array(rng.standard_normal((2, 3))), betas, sigmas, t=t)
    xp.close(found, xp.numpy(x))


@pytest.mark.parametrize("sigmas", [np.sqrt(SHORT), deviations(SHORT)])
def test_drawn_samples_have_the_exact_moments(sigmas: Any) -> None:
    n = 20_000
    x = ddpm_sample(exact_guess(2.0, 0.5, SHORT), SHORT, sigmas, shape=(n, 1), rng=np.random.default_rng(0))
    mean, variance = moments(2.0, 0.5, SHORT, sigmas)
    assert x.shape == (n, 1)
    assert abs(x.mean() - mean) < 4 * math.sqrt(variance / n)
    assert abs(x.var() / variance - 1) < 4 * math.sqrt(2 / n)


# --- A distribution that is learned


def test_a_network_learns_a_mixture_close_to_the_best_loss_and_its_samples_are_as_close_as_new_data() -> None:
    """Data ½ N(−2, 0.25) + ½ N(1, 1). Bounds, stated before the first run:

    the loss is at most 1.05 times that of the exact guess E[ε | x_t], the best there is, with the same data, times and noise;
    samples lie, by Wasserstein's distance of 500 against 500 in the mean of 40, at most 1.5 times as far from data as other data do.
    """
    import torch
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    means, sigmas, T = np.array([-2.0, 1.0]), np.array([0.5, 1.0]), len(SHORT)

    def data(n: int) -> Any:
        k = rng.integers(0, 2, n)
        return means[k] + sigmas[k] * rng.standard_normal(n)

    def exact(x: Any, t: Any) -> Any:
        """Σ_k p(k | x_t) E[ε | x_t, k]."""
        left = alpha_bars(SHORT)[t][:, None]
        variance = left * sigmas**2 + 1 - left
        gap = x - np.sqrt(left) * means
        p = np.exp(-(gap**2) / (2 * variance)) / np.sqrt(variance)
        return np.sum(p * np.sqrt(1 - left) * gap / variance, axis=1, keepdims=True) / np.sum(p, axis=1, keepdims=True)

    layers = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.SiLU(), torch.nn.Linear(64, 64), torch.nn.SiLU(), torch.nn.Linear(64, 1))
    betas = torch.tensor(SHORT, dtype=torch.float32)

    def network(x: Any, t: Any) -> Any:
        return layers(torch.cat([x, t[:, None] / T * 2 - 1], dim=1).to(torch.float32))

    def batch(n: int) -> tuple[Any, Any, Any]:
        return data(n)[:, None], rng.standard_normal((n, 1)), rng.integers(1, T + 1, n)

    optimizer = torch.optim.Adam(layers.parameters(), lr=3e-3)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1500)
    for _ in range(1500):
        x0, noise, t = (torch.tensor(part, dtype=torch.float32 if part.dtype.kind == "f" else torch.int64) for part in batch(256))
        loss = simple_loss(network, x0, noise, t, betas)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        decay.step()

    x0, noise, t = batch(100_000)
    best = simple_loss(exact, x0, noise, t, SHORT)
    with torch.no_grad():
        learned = float(simple_loss(network, torch.tensor(x0, dtype=torch.float32), torch.tensor(noise, dtype=torch.float32), torch.tensor(t), betas))
        samples = ddpm_sample(network, betas, betas**0.5, shape=(40 * 500, 1), rng=rng).numpy().reshape(40, 500)
    assert learned <= 1.05 * best < 0.9 * np.mean(noise**2)
    baseline = np.mean([wasserstein_distance(data(500), data(500)) for _ in range(40)])
    distance = np.mean([wasserstein_distance(each, data(500)) for each in samples])
    assert distance <= 1.5 * baseline
    assert np.mean([wasserstein_distance(data(500).mean() + data(500).std() * rng.standard_normal(500), data(500)) for _ in range(40)]) > 1.5 * baseline  # one Gaussian would not do
