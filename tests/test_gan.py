"""Generative adversarial networks: values by hand, PyTorch and SciPy, the best discriminator, and a game that is played to its end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.activations import sigmoid
from dlref.density import sample_prior
from dlref.gan import (
    Discriminator,
    ascent_step,
    discriminator_loss,
    gan_value,
    modes_covered,
    non_saturating_generator_loss,
    optimal_discriminator,
    optimal_value,
    saturating_generator_loss,
    train_gan,
)
from dlref.optim import gd_step
from tests.distances import mean_distance
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import distributions, drawn, quarters, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch9

RNG = np.random.default_rng(0)
REAL, FAKE, REAL2, FAKE2 = [0.75, 0.5, 0.875], [0.25, 0.125], [0.5, 0.25, 0.625], [0.5, 0.75]
P, G, P2, G2 = [0.5, 0.25, 0.25], [0.125, 0.625, 0.25], [0.25, 0.25, 0.5], [0.5, 0.375, 0.125]


def up(x: Any, z: Any, theta_d: Any, theta_g: Any) -> Any:
    """A discriminator's gradient of any library: it sees the difference of the first entries, at a price."""
    return x[0, 0] - (z[0, 0] + theta_g) - theta_d


def down(z: Any, theta_d: Any, theta_g: Any) -> Any:
    """The gradient of a generator that shifts noise."""
    return -theta_d


VALUE, STEP, BEST = Call(REAL, FAKE), Call([1.0, -0.5], [0.25, 2.0], eta=0.5), Call(P, G)
TRAINED = Call(up, down, quarters(5, 1), 0.5, -0.25, eta=0.25, k=2, n_steps=3, batch_size=2, latent_size=1, rng=RNG)
MODES = Call(quarters(6, 2), [[0.0, 0.0], [1.0, -1.0], [5.0, 5.0]], radius=1.0)
CALLS = {
    "ascent_step": [STEP, Call([0.0, 1.5], [1.0, -1.0], eta=0.5)],
    "discriminator_loss": [VALUE, Call(REAL2, FAKE2)],
    "gan_value": [VALUE, Call(REAL2, FAKE2)],
    "modes_covered": [MODES, Call(quarters(6, 2, seed=1), MODES.args[1], radius=1.0)],
    "non_saturating_generator_loss": [Call(FAKE), Call(FAKE2)],
    "optimal_discriminator": [Call(0.5, 0.25), Call(0.125, 2.0)],
    "optimal_value": [BEST, Call(P2, G2)],
    "saturating_generator_loss": [Call(FAKE), Call(FAKE2)],
    "train_gan": [TRAINED, Call(up, down, quarters(5, 1, seed=1), 0.0, 1.0, eta=0.25, k=2, n_steps=3, batch_size=2, latent_size=1, rng=RNG)],
}
HELPERS = ["discriminator_loss", "modes_covered", "optimal_value", "saturating_generator_loss", "train_gan"]
ANSWERS = {
    "If d_fake is a scalar.": wrong(Call([0.5]), 0, 0.5, [0.5]),
    "If an output is not in [0, 1].": wrong(Call(FAKE), 0, [0.25, 1.25], FAKE),
}
PLAYED = {
    "If d_real is a scalar.": wrong(VALUE, 0, 0.5, REAL),
    "If d_fake is a scalar.": wrong(VALUE, 1, 0.5, FAKE),
    "If the axes of d_real and d_fake differ before the last.": wrong(VALUE, 1, [FAKE], FAKE),
    "If an output is not in [0, 1].": wrong(VALUE, 0, [0.75, -0.5, 0.875], REAL),
}
RAISES = {
    "ascent_step": {
        "If the shapes differ and neither is a scalar.": wrong(STEP, 1, [0.25], [0.25, 2.0]),
        "If eta is not positive.": wrong(STEP, "eta", 0.0, 0.5),
        "If eta is not finite.": wrong(STEP, "eta", math.inf, 0.5),
    },
    "discriminator_loss": PLAYED,
    "gan_value": PLAYED,
    "modes_covered": {
        "If samples is not a table.": wrong(MODES, 0, [0.5, 1.0], [[0.5, 1.0]]),
        "If centers is not a table with the columns of samples.": wrong(MODES, 1, [[0.0], [1.0]], [[0.0, 0.0]]),
        "If radius is not positive.": wrong(MODES, "radius", 0.0, 1.0),
        "If radius is not finite.": wrong(MODES, "radius", math.inf, 1.0),
    },
    "non_saturating_generator_loss": ANSWERS,
    "optimal_discriminator": {
        "If the shapes differ and are not scalar.": wrong(BEST, 1, [0.5, 0.5], G),
        "If p_data is negative somewhere.": wrong(BEST, 0, [-0.125, 0.25, 0.25], P),
        "If p_g is negative somewhere.": wrong(BEST, 1, [-0.125, 0.25, 0.25], G),
        "If both are 0 at a point, where any value is best.": wrong(Call([0.0, 0.5], [0.0, 0.5]), 1, [0.0, 0.5], [0.25, 0.5]),
    },
    "optimal_value": {
        "If p_data is a scalar.": wrong(Call([1.0], [1.0]), 0, 1.0, [1.0]),
        "If p_g does not have the shape of p_data.": wrong(BEST, 1, [0.5, 0.5], G),
        "If a probability is negative.": wrong(BEST, 1, [-0.125, 0.875, 0.25], G),
        "If the probabilities do not sum to 1.": wrong(BEST, 0, [0.5, 0.25, 0.5], P),
    },
    "saturating_generator_loss": ANSWERS,
    "train_gan": {
        "If grad_fn_d is not a function.": wrong(TRAINED, 0, 1.0, up),
        "If grad_fn_g is not a function.": wrong(TRAINED, 1, 1.0, down),
        "If k is not an integer.": wrong(TRAINED, "k", 2.0, 2),
        "If n_steps is not an integer.": wrong(TRAINED, "n_steps", 3.0, 3),
        "If batch_size is not an integer.": wrong(TRAINED, "batch_size", 2.0, 2),
        "If latent_size is not an integer.": wrong(TRAINED, "latent_size", None, 1),
        "If rng is not a NumPy Generator.": wrong(TRAINED, "rng", 0, RNG),
        "If x is a scalar.": wrong(TRAINED, 2, 0.5, [[0.5]]),
        "If eta is not positive.": wrong(TRAINED, "eta", 0.0, 0.25),
        "If eta is not finite.": wrong(TRAINED, "eta", math.nan, 0.25),
        "If k is not positive.": wrong(TRAINED, "k", 0, 2),
        "If n_steps is not positive.": wrong(TRAINED, "n_steps", 0, 3),
        "If batch_size is not positive.": wrong(TRAINED, "batch_size", 0, 2),
        "If latent_size is not positive.": wrong(TRAINED, "latent_size", 0, 1),
        "If a gradient does not have the shape of its parameters.": wrong(TRAINED, 1, lambda z, d, g: z, down),
    },
}


# --- The game


def test_values_by_hand(xp: Library) -> None:
    """-log 4 where every answer is 1/2, and 2 log 0.8 where the right one of both kinds has probability 4/5."""
    real, fake = xp.array([[0.5, 0.5], [0.8, 0.8]]), xp.array([[0.5], [0.2]])
    expected = np.array([-math.log(4), 2 * math.log(0.8)])
    xp.close(gan_value(real, fake), expected)
    xp.close(discriminator_loss(real, fake), -expected)
    xp.close(saturating_generator_loss(fake), expected / 2)
    xp.close(non_saturating_generator_loss(fake), [math.log(2), math.log(5)])


def test_losses_and_their_gradients_are_binary_cross_entropies_of_pytorch() -> None:
    import torch
    from torch.nn.functional import binary_cross_entropy as bce
    from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits

    a_real, a_fake = (torch.tensor(value, requires_grad=True) for value in drawn((7,), (5,)))
    one, zero = torch.ones(7, dtype=torch.float64), torch.zeros(5, dtype=torch.float64)
    ours = discriminator_loss(sigmoid(a_real), sigmoid(a_fake)), non_saturating_generator_loss(sigmoid(a_fake)), saturating_generator_loss(sigmoid(a_fake))
    theirs = (
        bce_with_logits(a_real, one) + bce_with_logits(a_fake, zero),
        bce(torch.sigmoid(a_fake), zero + 1),
        -bce_with_logits(a_fake, zero),
    )
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-13)
        for x in (a_real, a_fake):
            found, expected = (torch.autograd.grad(loss, x, retain_graph=True, allow_unused=True)[0] for loss in (mine, other))
            assert (found is None) == (expected is None)
            if found is not None:
                torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    for wrt in (0, 1):
        assert_gradient(gan_value, REAL, FAKE, wrt=wrt)


def test_the_loss_that_saturates_has_no_slope_where_the_discriminator_wins_and_the_other_one_has() -> None:
    """In the score a of a generated input, with D = σ(a), the slopes are −σ(a) and −(1 − σ(a))."""
    for a in (-12.0, -1.0, 0.0, 3.0):
        d = 1 / (1 + math.exp(-a))
        assert_gradient(lambda score: saturating_generator_loss(sigmoid(score)), [a], wrt=0, differences=False, expected=[-d])
        assert_gradient(lambda score: non_saturating_generator_loss(sigmoid(score)), [a], wrt=0, differences=False, expected=[d - 1])


def test_a_sure_discriminator_has_the_value_0_and_a_wrong_one_minus_infinity() -> None:
    assert gan_value([1.0], [0.0]) == 0
    assert gan_value([0.0], [0.5]) == gan_value([0.5], [1.0]) == -math.inf


@given(st.integers(0, 999), st.floats(-800, 800))
def test_what_a_discriminator_gives_is_a_probability(seed: int, scale: float) -> None:
    """In the open interval while its score is at most 36 in size, in the closed one beyond, where the sigmoid is rounded."""
    weights = drawn((4, 2), (4,), (1, 4), (1,), seed=seed)
    x = drawn((9, 2), seed=seed + 1)[0]
    d = Discriminator(*weights[:2], scale * weights[2], weights[3])(x)
    assert d.shape == (9,) and np.all((d >= 0) & (d <= 1))
    score = scale * (np.tanh(x @ weights[0].T + weights[1]) @ weights[2][0]) + weights[3][0]
    small = np.abs(score) <= 36
    assert np.all((d[small] > 0) & (d[small] < 1))
    np.testing.assert_allclose(d[small], 1 / (1 + np.exp(-score[small])), rtol=1e-9)


def test_a_discriminator_runs_on_every_library_and_its_arrays_are_found(xp: Library) -> None:
    weights = drawn((4, 2), (4,), (1, 4), (1,))
    x = drawn((3, 5, 2), seed=1)[0]
    model = Discriminator(*map(xp.array, weights))
    xp.close(model(xp.array(x)), Discriminator(*weights)(x), rtol=1e-11)
    assert list(model.arrays()) == ["w_1", "b_1", "w_2", "b_2"]


# --- The best discriminator


def test_the_best_discriminator_by_hand(xp: Library) -> None:
    xp.close(optimal_discriminator(xp.array([0.5, 0.5, 0.0]), xp.array([0.25, 0.5, 0.25])), [2 / 3, 1 / 2, 0])


@given(st.integers(0, 999), st.integers(2, 8), st.floats(-0.4, 0.4))
def test_no_other_discriminator_has_so_large_a_value_as_the_best_one(seed: int, k: int, change: float) -> None:
    p_data, p_g = distributions(k, 2, seed=seed)

    def value(d: Any) -> float:
        return float(p_data @ np.log(d) + p_g @ np.log1p(-d))

    best = optimal_discriminator(p_data, p_g)
    other = np.clip(best + change * np.random.default_rng(seed).uniform(-1, 1, k), 1e-9, 1 - 1e-9)
    assert value(other) <= value(best) + 1e-12
    assert optimal_value(p_data, p_g) == pytest.approx(value(best), rel=1e-9, abs=1e-12)
    # the derivative p_data / D − p_g / (1 − D) is 0 at the best D
    np.testing.assert_allclose(p_data / best, p_g / (1 - best), rtol=1e-9)


def test_the_value_against_the_best_discriminator_is_that_of_a_large_sample() -> None:
    rng = np.random.default_rng(0)
    p_data, p_g = np.array(P), np.array(G)
    d = optimal_discriminator(p_data, p_g)
    n = 100_000
    assert gan_value(d[rng.choice(3, n, p=p_data)], d[rng.choice(3, n, p=p_g)]) == pytest.approx(optimal_value(P, G), abs=0.01)


@given(st.integers(0, 999), st.integers(2, 8))
def test_the_value_is_twice_the_jensen_shannon_divergence_less_log_4(seed: int, k: int) -> None:
    from scipy.spatial.distance import jensenshannon

    p_data, p_g = distributions(k, 2, seed=seed)
    assert optimal_value(p_data, p_g) == pytest.approx(2 * jensenshannon(p_data, p_g) ** 2 - math.log(4), rel=1e-9, abs=1e-12)


def test_the_value_is_lowest_where_the_generator_has_the_distribution_of_the_data() -> None:
    p = np.array(P)
    assert optimal_value(p, p) == -math.log(4)
    assert optimal_discriminator(p, p).tolist() == [0.5, 0.5, 0.5]
    assert all(optimal_value(p, distributions(3, 1, seed=seed)[0]) > -math.log(4) for seed in range(100))


def test_distributions_without_a_point_in_common_have_the_value_0_however_far_apart_they_are() -> None:
    points = np.eye(4)
    for k in (1, 2, 3):
        assert optimal_value(points[0], points[k]) == pytest.approx(0, abs=1e-15)


def test_gradients_of_the_best_discriminator() -> None:
    for wrt in (0, 1):
        assert_gradient(optimal_discriminator, P, G, wrt=wrt)
    # log(1 − D*), since D* itself is at its best, and a constant, which probabilities do not feel
    assert_gradient(optimal_value, P, G, wrt=1, differences=False, expected=np.log1p(-optimal_discriminator(P, G)) + math.log(2))


# --- Training


def test_the_discriminator_goes_up_where_the_generator_goes_down(xp: Library) -> None:
    theta, grad = xp.array([1.0, 2.0]), xp.array([4.0, -2.0])
    xp.close(ascent_step(theta, grad, eta=0.5), [3, 1])
    xp.close((ascent_step(theta, grad, eta=0.5) + gd_step(theta, grad, eta=0.5)) / 2, [1, 2])


def test_training_is_k_steps_of_ascent_and_one_of_descent_in_turn(xp: Library) -> None:
    """Without noise in the gradients the order can be followed by hand: d goes up by eta, k times, then g down by eta d."""
    seen: list[tuple[str, tuple[int, ...]]] = []

    def grad_d(x: Any, z: Any, d: Any, g: Any) -> Any:
        seen.append(("d", tuple(x.shape) + tuple(z.shape)))
        return d * 0 + 1

    def grad_g(z: Any, d: Any, g: Any) -> Any:
        seen.append(("g", tuple(z.shape)))
        return d

    options = {"eta": 0.5, "k": 2, "n_steps": 2, "batch_size": 3, "latent_size": 4, "rng": np.random.default_rng(0)}
    d, g = train_gan(grad_d, grad_g, xp.array(np.zeros((5, 2))), xp.array(0.0), xp.array(10.0), **options)
    xp.close(d, 2)  # 0.5, 1, 1.5, 2
    xp.close(g, 10 - 0.5 * 1 - 0.5 * 2)
    assert seen == 2 * [("d", (3, 2, 3, 4)), ("d", (3, 2, 3, 4)), ("g", (3, 4))]


def test_noises_and_real_inputs_are_drawn_anew_for_every_step() -> None:
    batches: list[bytes] = []

    def grad_d(x: Any, z: Any, d: Any, g: Any) -> Any:
        batches.extend([x.tobytes(), z.tobytes()])
        return d

    def grad_g(z: Any, d: Any, g: Any) -> Any:
        batches.append(z.tobytes())
        return g

    train_gan(grad_d, grad_g, np.arange(1000.0)[:, None], 0.0, 0.0, eta=0.1, n_steps=5, batch_size=8, latent_size=2, rng=np.random.default_rng(0))
    assert len(batches) == len(set(batches)) == 15


def test_a_discriminator_learns_the_best_one_for_two_gaussians() -> None:
    """Stated before the first run: a value on fresh inputs within 0.02 of the largest one, which the densities tell; -log 4 is 0.3 below."""
    import torch

    rng = np.random.default_rng(0)

    def draw(mean: float, n: int) -> Any:
        return torch.tensor(mean + rng.standard_normal((n, 1)))

    grid = np.linspace(-8, 10, 2001)
    p_data, p_g = (np.exp(-((grid - mean) ** 2) / 2) for mean in (1.5, 0.0))
    largest = optimal_value(p_data / p_data.sum(), p_g / p_g.sum())
    assert largest > -math.log(4) + 0.3
    model = Discriminator(*(torch.tensor(value, requires_grad=True) for value in drawn((8, 1), (8,), (1, 8), (1,))))
    optimizer = torch.optim.Adam(model.arrays().values(), lr=0.05)
    for _ in range(150):
        loss = discriminator_loss(model(draw(1.5, 500)), model(draw(0.0, 500)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert gan_value(model(draw(1.5, 50_000)), model(draw(0.0, 50_000))).item() == pytest.approx(largest, abs=0.02)


def test_a_game_is_played_until_the_generator_has_the_distribution_of_the_data() -> None:
    """G(z) = m + e^s z against D(x) = σ(a + b x + c x²), whose best answers are among these, for data from 𝒩(-1, 1.5²).

    Stated before the first run: samples no farther from the data than 1.5 times the data's own resampling distance, and a value within
    0.02 of -log 4; at the start, 𝒩(2, e^-2), they are five times as far.
    """
    import torch

    def data(rng: np.random.Generator, n: int) -> Any:
        return -1 + 1.5 * rng.standard_normal((n, 1))

    def discriminator(x: Any, theta: Any) -> Any:
        return sigmoid(theta[0] + theta[1] * x + theta[2] * x**2)[:, 0]

    def made(z: Any, theta: Any) -> Any:
        return theta[0] + math.exp(theta[1]) * z if isinstance(z, np.ndarray) else theta[0] + theta[1].exp() * z

    def slope(loss: Any, theta: Any) -> Any:
        theta = theta.clone().requires_grad_()
        return torch.autograd.grad(loss(theta), theta)[0]

    def grad_d(x: Any, z: Any, theta_d: Any, theta_g: Any) -> Any:
        return slope(lambda theta: gan_value(discriminator(x, theta), discriminator(made(z, theta_g), theta)), theta_d)

    def grad_g(z: Any, theta_d: Any, theta_g: Any) -> Any:
        return slope(lambda theta: non_saturating_generator_loss(discriminator(made(z, theta), theta_d)), theta_g)

    rng = np.random.default_rng(0)
    x = torch.tensor(data(rng, 2000))
    theta_d, theta_g = torch.zeros(3, dtype=torch.float64), torch.tensor([2.0, -1.0], dtype=torch.float64)
    for eta, n_steps in ((0.2, 150), (0.05, 50)):
        theta_d, theta_g = train_gan(grad_d, grad_g, x, theta_d, theta_g, eta=eta, k=3, n_steps=n_steps, batch_size=256, latent_size=1, rng=rng)
    value = gan_value(discriminator(x, theta_d), discriminator(made(torch.tensor(sample_prior(shape=(2000, 1), rng=rng)), theta_g), theta_d))
    itself = mean_distance(data, data)
    end, start = (mean_distance(data, lambda rng, n, theta=theta: made(sample_prior(shape=(n, 1), rng=rng), theta)) for theta in (theta_g.numpy(), (2.0, -1.0)))
    assert start > 5 * itself
    assert end < 1.5 * itself
    assert value.item() == pytest.approx(-math.log(4), abs=0.02)


# --- Modes


def test_a_mode_is_covered_by_a_sample_that_is_near_it_and_nearer_than_to_any_other(xp: Library) -> None:
    centers = xp.array([[0.0, 0.0], [3.0, 0.0], [0.0, 10.0]])
    for samples, expected in (
        ([[0.5, 0.0], [2.0, 0.0]], 2),
        ([[0.5, 0.0], [1.4, 0.0]], 1),  # both lie near the second center, but nearer to the first
        ([[0.0, 7.9], [0.0, 5.0], [50.0, 50.0]], 0),
        ([[0.0, 8.0]], 1),  # a distance of the radius itself
    ):
        found = modes_covered(xp.array(samples), centers, radius=2.0)
        assert xp.owns(found) and int(found) == expected


def test_a_generator_that_makes_one_kind_only_covers_one_of_eight_modes() -> None:
    angles = np.arange(8) * math.pi / 4
    centers = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    noise = 0.05 * sample_prior(shape=(400, 2), rng=np.random.default_rng(0))
    everywhere, collapsed = centers[np.arange(400) % 8] + noise, centers[3] + noise
    assert modes_covered(np.stack([everywhere, collapsed]), centers, radius=0.15).tolist() == [8, 1]
