"""Normalization: values by hand, against PyTorch, gradients three ways, and the laws that tell the conventions apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.norm import (
    BatchNorm,
    batch_mean,
    batch_norm,
    batch_norm_gradient,
    batch_norm_inference,
    batch_norm_running,
    batch_variance,
    layer_norm,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import wrong
from tests.topics import Call

pytestmark = pytest.mark.ch2

X = [[1.0, -2.0, 0.5], [0.25, 4.0, 1.5], [-3.0, 0.0, 2.5], [2.0, 1.0, -1.0]]
X2 = [[0.0, 1.0, 8.0], [2.0, -1.0, 0.5], [1.5, 0.5, -2.0], [-4.0, 3.0, 1.0]]
GAMMA, BETA, GAMMA2, BETA2 = [1.5, -0.5, 2.0], [0.25, 1.0, -3.0], [0.5, 1.0, -1.0], [0.0, 2.0, 0.125]
GRAD, MU, VAR = [[1.0, 0.0, 0.5], [-1.0, 2.0, 0.0], [0.5, 0.5, -2.0], [0.0, 1.0, 1.5]], [0.5, -1.0, 2.0], [0.25, 4.0, 0.0]

RUNNING = Call(MU, VAR, GAMMA, VAR, n_values=4, momentum=0.25)
CALLS = {
    "batch_mean": [Call(X), Call(X2)],
    "batch_norm": [Call(X, GAMMA, BETA, eps=0.125), Call(X2, GAMMA2, BETA2, eps=0.125)],
    "batch_norm_gradient": [Call(X, GAMMA, GRAD, eps=0.125), Call(X2, GAMMA2, GRAD, eps=0.125)],
    "batch_norm_inference": [Call(X, MU, VAR, GAMMA, BETA, eps=0.125), Call(X2, BETA, VAR, GAMMA2, BETA2, eps=0.125)],
    "batch_norm_running": [RUNNING, Call(BETA, VAR, MU, VAR, n_values=4, momentum=0.25)],
    "batch_variance": [Call(X), Call(X2)],
    "layer_norm": [Call(X[0], GAMMA, BETA, eps=0.125), Call(X[1], GAMMA, BETA, eps=0.125)],
}
HELPERS = ["batch_variance"]


def epsilon(good: Call) -> dict[str, tuple[Call, Call]]:
    return {
        "If eps is not positive.": wrong(good, "eps", 0.0, 1e-300),
        "If eps is not finite.": wrong(good, "eps", math.inf, 1e300),
    }


def parameters(good: Call, what: str = "channel", **places: int) -> dict[str, tuple[Call, Call]]:
    return {f"If {name} is neither a scalar nor one value a {what}.": wrong(good, i, [1.0, 2.0], 1.0) for name, i in places.items()}


SCALAR = "If x is a scalar."
BATCH, GRADIENT, INFERENCE, LAYER = (CALLS[name][0] for name in ("batch_norm", "batch_norm_gradient", "batch_norm_inference", "layer_norm"))
ONE = Call([1.0, 2.0], 1.0, 0.0, eps=1.0)
NEGATIVE = ([1.0, 0.0, -1e-300], [1.0, 0.0, 0.0])
RAISES = {
    "batch_mean": {SCALAR: (Call(1.0), Call([1.0]))},
    "batch_norm": {SCALAR: wrong(ONE, 0, 1.0, [1.0]), **parameters(BATCH, gamma=1, beta=2), **epsilon(BATCH)},
    "batch_norm_gradient": {
        SCALAR: wrong(Call([1.0], 1.0, [1.0]), 0, 1.0, [1.0]),
        **parameters(GRADIENT, gamma=1),
        "If grad_y does not have the shape of x.": wrong(GRADIENT, 2, [[1.0, 2.0, 3.0]], GRAD),
        **epsilon(GRADIENT),
    },
    "batch_norm_inference": {
        SCALAR: wrong(Call([1.0], 0.0, 1.0, 1.0, 0.0), 0, 1.0, [1.0]),
        **parameters(INFERENCE, mu_run=1, var_run=2, gamma=3, beta=4),
        "If a value of var_run is negative.": wrong(INFERENCE, 2, *NEGATIVE),
        **epsilon(INFERENCE),
    },
    "batch_norm_running": {
        "If n_values is not an integer.": wrong(RUNNING, "n_values", 4.0, 4),
        "If the shapes differ and are not scalar.": wrong(RUNNING, 0, [1.0, 2.0], 1.0),
        "If a value of var is negative.": wrong(RUNNING, 1, *NEGATIVE),
        "If a value of var_run is negative.": wrong(RUNNING, 3, *NEGATIVE),
        "If n_values is less than 2.": wrong(RUNNING, "n_values", 1, 2),
        "If momentum is not in [0, 1].": wrong(RUNNING, "momentum", 1 + 1e-15, 1.0),
    },
    "batch_variance": {SCALAR: (Call(1.0), Call([1.0]))},
    "layer_norm": {
        SCALAR: wrong(Call([1.0], 1.0, 0.0), 0, 1.0, [1.0]),
        **parameters(LAYER, "feature", gamma=1, beta=2),
        **epsilon(LAYER),
    },
}

NUMBERS = st.floats(-10, 10)
BATCHES = st.integers(2, 8).flatmap(lambda m: st.lists(NUMBERS, min_size=m, max_size=m)).map(np.array)
SHAPES = [(5,), (5, 3), (4, 3, 6), (2, 3, 4, 5), (2, 3, 2, 3, 2)]


def random(shape: tuple[int, ...], seed: int = 0) -> Any:
    """Values of mean 2 and standard deviation 3."""
    return 2 + 3 * np.random.default_rng(seed).standard_normal(shape)


def channels(shape: tuple[int, ...], seed: int = 1) -> Any:
    """Scale and shift of the channels."""
    return tuple(np.random.default_rng(seed).standard_normal((2, shape[1])) if len(shape) > 1 else np.array([1.5, -0.5]))


# --- Statistics of a batch


def test_mean_and_variance_by_hand(xp: Library) -> None:
    xp.close(batch_mean(xp.array([[1.0, 10.0], [3.0, 40.0], [5.0, 10.0]])), [3, 20])
    xp.close(batch_variance(xp.array([[1.0, 10.0], [3.0, 40.0], [5.0, 10.0]])), [8 / 3, 200])
    xp.close(batch_mean(xp.array([1.0, 2.0, 6.0])), 3)
    xp.close(batch_variance(xp.array([1.0, 2.0, 6.0])), 14 / 3)


@pytest.mark.parametrize("shape", SHAPES)
def test_statistics_are_over_all_samples_and_places_of_a_channel(shape: tuple[int, ...], xp: Library) -> None:
    x = random(shape)
    axes = tuple(i for i in range(len(shape)) if i != 1)
    xp.close(batch_mean(xp.array(x)), x.mean(axis=axes))
    xp.close(batch_variance(xp.array(x)), x.var(axis=axes))


@given(BATCHES)
def test_the_mean_is_the_point_of_least_squares_and_the_variance_what_is_left(x: Any) -> None:
    shifts = np.linspace(-1, 1, 5)
    squares = [float(np.mean((x - batch_mean(x) - shift) ** 2)) for shift in shifts]
    np.testing.assert_allclose(squares, float(batch_variance(x)) + shifts**2, rtol=1e-9, atol=1e-9)


# --- Batch normalization in training


def test_batch_norm_by_hand(xp: Library) -> None:
    xp.close(batch_norm(xp.array([1.0, 3.0, 5.0, 7.0]), 2.0, 0.5, eps=4.0), [-1.5, -1 / 6, 7 / 6, 2.5])
    y = batch_norm(xp.array([[1.0, 10.0], [3.0, 30.0]]), xp.array([3.0, 2.0]), xp.array([0.0, 1.0]), eps=0.25)
    xp.close(y, [[-3 / math.sqrt(1.25), 1 - 20 / math.sqrt(100.25)], [3 / math.sqrt(1.25), 1 + 20 / math.sqrt(100.25)]])


def normalized_by_pytorch(x: Any, gamma: Any, beta: Any, **options: Any) -> Any:
    """What torch.nn.BatchNorm1d, 2d or 3d makes of a batch, in training."""
    import torch

    layer = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d, 5: torch.nn.BatchNorm3d}[x.ndim]
    norm = layer(x.shape[1], dtype=torch.float64, **options)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(gamma))
        norm.bias.copy_(torch.tensor(beta))
        return norm(torch.tensor(x)).numpy()


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_batch_norm_is_that_of_pytorch_for_features_and_for_channels(shape: tuple[int, ...]) -> None:
    x, (gamma, beta) = random(shape), channels(shape)
    np.testing.assert_allclose(batch_norm(x, gamma, beta), normalized_by_pytorch(x, gamma, beta), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(batch_norm(x, gamma, beta, eps=0.5), normalized_by_pytorch(x, gamma, beta, eps=0.5), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_before_scale_and_shift_the_mean_is_zero_and_the_variance_a_little_less_than_one(shape: tuple[int, ...]) -> None:
    """Exactly σ² / (σ² + ε)."""
    for eps in (1e-5, 0.5, 100.0):
        x = random(shape)
        y = batch_norm(x, 1.0, 0.0, eps=eps)
        np.testing.assert_allclose(batch_mean(y), 0 * batch_mean(x), atol=1e-14)
        np.testing.assert_allclose(batch_variance(y), batch_variance(x) / (batch_variance(x) + eps), rtol=1e-12)
        assert np.all(batch_variance(y) < 1)


@pytest.mark.parametrize("shape", SHAPES[2:])
def test_the_places_of_an_image_count_as_samples(shape: tuple[int, ...]) -> None:
    x, (gamma, beta) = random(shape), channels(shape)
    rows = np.moveaxis(x, 1, -1).reshape(-1, shape[1])
    expected = np.moveaxis(batch_norm(rows, gamma, beta).reshape(shape[0], *shape[2:], shape[1]), -1, 1)
    np.testing.assert_allclose(batch_norm(x, gamma, beta), expected, rtol=1e-12, atol=1e-13)


def test_channels_do_not_know_of_each_other() -> None:
    x, (gamma, beta) = random((6, 3)), channels((6, 3))
    columns = [batch_norm(x[:, c], gamma[c], beta[c]) for c in range(3)]
    np.testing.assert_allclose(batch_norm(x, gamma, beta), np.stack(columns, axis=1), rtol=1e-12, atol=1e-13)


@given(BATCHES, st.floats(0.1, 10), NUMBERS)
def test_batch_norm_is_invariant_to_a_stretch_and_a_shift_of_a_channel(x: Any, stretch: float, shift: float) -> None:
    """With ε stretched along; a negative stretch turns the sign."""
    y = batch_norm(x, 1.0, 0.0, eps=0.25)
    np.testing.assert_allclose(batch_norm(stretch * x + shift, 1.0, 0.0, eps=0.25 * stretch**2), y, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(batch_norm(-x, 1.0, 0.0, eps=0.25), -y, rtol=1e-12, atol=1e-12)


@given(BATCHES, NUMBERS, NUMBERS)
def test_scale_and_shift_give_the_channel_any_mean_and_any_spread(x: Any, gamma: float, beta: float) -> None:
    """The standard deviation and the mean themselves give back the batch."""
    y = batch_norm(x, gamma, beta, eps=0.25)
    np.testing.assert_allclose(y, gamma * batch_norm(x, 1.0, 0.0, eps=0.25) + beta, rtol=1e-9, atol=1e-12)
    spread = math.sqrt(batch_variance(x) + 0.25)
    np.testing.assert_allclose(batch_norm(x, spread, batch_mean(x), eps=0.25), x, rtol=1e-9, atol=1e-9)


def test_a_bias_before_batch_norm_has_no_effect() -> None:
    x = random((6, 3))
    np.testing.assert_allclose(batch_norm(x + np.array([1.0, -7.0, 100.0]), 2.0, 1.0), batch_norm(x, 2.0, 1.0), rtol=1e-11, atol=1e-12)


def test_a_channel_that_does_not_vary_becomes_the_shift() -> None:
    assert batch_norm([[3.0, 1.0], [3.0, 2.0]], 5.0, 0.5)[:, 0].tolist() == [0.5, 0.5]
    assert batch_norm([7.0], 5.0, 0.5).tolist() == [0.5]


def test_in_training_a_result_depends_on_the_other_samples_and_at_inference_it_does_not() -> None:
    x, other = random((4, 3)), random((4, 3))
    other[1:] += 1
    assert np.all(np.abs(batch_norm(x, 1.0, 0.0)[0] - batch_norm(other, 1.0, 0.0)[0]) > 1e-3)
    np.testing.assert_array_equal(batch_norm_inference(x, MU, VAR, 1.0, 0.0)[0], batch_norm_inference(other, MU, VAR, 1.0, 0.0)[0])


def test_a_value_that_is_missing_spoils_its_channel_and_no_other(xp: Library) -> None:
    x = random((4, 3))
    x[1, 2] = math.nan
    y = xp.numpy(batch_norm(xp.array(x), 1.0, 0.0))
    assert np.isnan(y).tolist() == [[False, False, True]] * 4


def test_in_single_precision_a_mean_far_from_zero_costs_no_more_digits_than_the_data_have_lost() -> None:
    """At a mean of 4096 the data are rounded to steps of 2⁻¹¹ or less."""
    x = (4096 + np.random.default_rng(0).standard_normal((1000, 3))).astype(np.float32)
    exact = batch_norm(x.astype(np.float64), 1.0, 0.0)
    np.testing.assert_allclose(batch_norm(x, np.float32(1), np.float32(0)), exact, atol=2e-3)
    large = np.float32([[30000.0], [30000.0], [30001.0]])
    np.testing.assert_allclose(batch_variance(large), 2 / 9, rtol=1e-2)


def test_gradients_of_batch_norm_by_autograd_and_by_differences() -> None:
    for x, parameters in (([1.0, -2.0, 0.5, 4.0], (1.5, 0.25)), ((random((2, 3, 2, 2)) * 8).round().tolist(), (GAMMA, BETA))):
        for wrt in range(3):
            assert_gradient(batch_norm, x, *parameters, wrt=wrt, eps=0.125)
    assert_gradient(batch_mean, X, wrt=0)
    assert_gradient(batch_variance, X, wrt=0)


# --- Its gradient, written out


def test_batch_norm_gradient_by_hand(xp: Library) -> None:
    grads = batch_norm_gradient(xp.array([1.0, 3.0, 5.0, 7.0]), 3.0, xp.array([1.0, 0.0, 0.0, 0.0]), eps=4.0)
    for grad, expected in zip(grads, ([0.5, -1 / 3, -1 / 6, 0], -1, 1), strict=True):
        xp.close(grad, expected, atol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_gradient_is_that_of_autograd(shape: tuple[int, ...]) -> None:
    import torch

    values = (random(shape), *channels(shape))
    grad_y = random(shape, seed=2)
    tensors = [torch.tensor(value, requires_grad=True) for value in values]
    for eps in (1e-5, 0.5):
        expected = torch.autograd.grad(batch_norm(*tensors, eps=eps), tensors, torch.tensor(grad_y))
        found = batch_norm_gradient(values[0], values[1], grad_y, eps=eps)
        for grad, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(grad, theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_batch_norm_gradient_is_that_of_pytorch() -> None:
    import torch

    x, (gamma, beta), grad_y = random((2, 3, 4, 5)), channels((2, 3, 4, 5)), random((2, 3, 4, 5), seed=2)
    tensors = [torch.tensor(value, requires_grad=True) for value in (x, gamma, beta)]
    y = torch.nn.functional.batch_norm(tensors[0], None, None, tensors[1], tensors[2], training=True)
    for grad, theirs in zip(batch_norm_gradient(x, gamma, grad_y), torch.autograd.grad(y, tensors, torch.tensor(grad_y)), strict=True):
        np.testing.assert_allclose(grad, theirs.numpy(), rtol=1e-10, atol=1e-12)


@given(BATCHES, st.integers(0, 99))
def test_the_gradient_has_mean_zero_and_almost_nothing_along_the_normalized_values(x: Any, seed: int) -> None:
    """A shift of the channel changes nothing, a stretch only what ε does."""
    g, var = np.random.default_rng(seed).standard_normal(x.shape), float(batch_variance(x))
    x_hat = batch_norm(x, 1.0, 0.0, eps=0.25)
    grad, grad_gamma, _ = batch_norm_gradient(x, 2.0, g, eps=0.25)
    assert abs(grad.sum()) < 1e-10
    assert grad @ x_hat == pytest.approx(2.0 * grad_gamma * 0.25 / (var + 0.25) ** 1.5, rel=1e-9, abs=1e-10)


def test_statistics_taken_for_constants_give_another_gradient() -> None:
    """The mistake that the formula guards against: the gradient at inference, where the statistics are constants."""
    import torch

    x, g = torch.tensor(X, dtype=torch.float64, requires_grad=True), torch.tensor(GRAD, dtype=torch.float64)
    y = batch_norm_inference(x, batch_mean(x).detach(), batch_variance(x).detach(), 1.0, 0.0)
    (constant,) = torch.autograd.grad(y, x, g)
    assert np.abs(batch_norm_gradient(X, 1.0, GRAD)[0] - constant.numpy()).max() > 0.1


# --- Running statistics and inference


def test_running_statistics_by_hand(xp: Library) -> None:
    mu, var = batch_norm_running(xp.array([4.0, 2.0]), xp.array([9.0, 3.0]), 0.0, 1.0, n_values=4, momentum=0.25)
    xp.close(mu, [1, 0.5])
    xp.close(var, [0.75 + 3, 0.75 + 1])


def test_the_weight_of_a_new_value_is_a_tenth_by_default() -> None:
    assert BatchNorm(1.0, 0.0).momentum == 0.1 and BatchNorm(1.0, 0.0).eps == 1e-5
    assert batch_norm_running(1.0, 1.0, 0.0, 0.0, n_values=2) == batch_norm_running(1.0, 1.0, 0.0, 0.0, n_values=2, momentum=0.1)
    assert batch_norm_running(1.0, 1.0, 0.0, 0.0, n_values=2) == pytest.approx((0.1, 0.2))


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_a_weight_of_zero_keeps_and_a_weight_of_one_replaces_the_running_statistics(momentum: float) -> None:
    mu, var = batch_norm_running(4.0, 9.0, -1.0, 2.0, n_values=10, momentum=momentum)
    assert (mu, var) == ((-1.0, 2.0) if momentum == 0 else (4.0, 10.0))


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.3, "eps": 0.5}])
def test_five_batches_and_then_inference_are_those_of_pytorch(shape: tuple[int, ...], options: dict[str, float]) -> None:
    """Running mean and running variance after each batch, results in training, results at inference."""
    import torch

    gamma, beta = channels(shape)
    theirs = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d, 5: torch.nn.BatchNorm3d}[len(shape)](
        shape[1], dtype=torch.float64, **options
    )
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(gamma))
        theirs.bias.copy_(torch.tensor(beta))
        ours = BatchNorm(gamma, beta, **options)
        for seed in range(5):
            x = random(shape, seed)
            np.testing.assert_allclose(ours.training(x), theirs(torch.tensor(x)).numpy(), rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(ours.mean_, theirs.running_mean.numpy(), rtol=1e-12)
            np.testing.assert_allclose(ours.var_, theirs.running_var.numpy(), rtol=1e-12)
        theirs.eval()
        x = random(shape, 9)
        np.testing.assert_allclose(ours.inference(x), theirs(torch.tensor(x)).numpy(), rtol=1e-11, atol=1e-12)


def test_a_batch_is_normalized_by_its_biased_variance_and_the_running_variance_takes_the_unbiased_one() -> None:
    norm = BatchNorm(1.0, 0.0, momentum=1.0, eps=1e-12)
    y = norm.training([0.0, 2.0])
    np.testing.assert_allclose(y, [-1, 1], rtol=1e-9)  # the biased variance is 1
    assert norm.var_ == 2  # the unbiased one


def keras_step(x: Any, mean: Any, var: Any, momentum: float) -> Any:
    """The moving statistics as the documentation of keras.layers.BatchNormalization states them."""
    return mean * momentum + x.mean(axis=0) * (1 - momentum), var * momentum + x.var(axis=0) * (1 - momentum)


def test_the_momentum_of_keras_is_the_weight_of_the_past() -> None:
    """0.99 by default there, where α is 0.01; and its moving variance takes the biased variance."""
    x, m = random((4, 3)), 4
    mean, var = keras_step(x, np.zeros(3), np.ones(3), momentum=0.99)
    ours = batch_norm_running(batch_mean(x), batch_variance(x) * (m - 1) / m, 0.0, 1.0, n_values=m, momentum=1 - 0.99)
    np.testing.assert_allclose(ours[0], mean, rtol=1e-12)
    np.testing.assert_allclose(ours[1], var, rtol=1e-12)
    same_number = batch_norm_running(batch_mean(x), batch_variance(x), 0.0, 1.0, n_values=m, momentum=0.99)
    assert np.all(np.abs(same_number[0] - mean) > 0.9 * np.abs(batch_mean(x)))
    unbiased = batch_norm_running(batch_mean(x), batch_variance(x), 0.0, 1.0, n_values=m, momentum=1 - 0.99)
    np.testing.assert_allclose(unbiased[1] - var, 0.01 * batch_variance(x) / 3, rtol=1e-9)


def test_weights_of_one_over_the_number_of_batches_give_the_plain_mean_which_the_paper_uses() -> None:
    """Means of the batches' means and of their unbiased variances; PyTorch does so with momentum=None."""
    import torch

    batches = [random((4, 3), seed) for seed in range(6)]
    mean, var = 0.0, 1.0
    theirs = torch.nn.BatchNorm1d(3, momentum=None, dtype=torch.float64)
    for t, x in enumerate(batches, 1):
        mean, var = batch_norm_running(batch_mean(x), batch_variance(x), mean, var, n_values=4, momentum=1 / t)
        theirs(torch.tensor(x))
    np.testing.assert_allclose(mean, np.mean([x.mean(axis=0) for x in batches], axis=0), rtol=1e-12)
    np.testing.assert_allclose(var, np.mean([x.var(axis=0, ddof=1) for x in batches], axis=0), rtol=1e-12)
    np.testing.assert_allclose(mean, theirs.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(var, theirs.running_var.numpy(), rtol=1e-12)


def test_running_statistics_of_many_batches_come_near_those_of_the_data() -> None:
    """Of mean 2 and variance 9; the unbiased variances are right in the mean even for batches of three."""
    rng, mean, var = np.random.default_rng(0), 0.0, 1.0
    for t in range(1, 4001):
        x = 2 + 3 * rng.standard_normal(3)
        mean, var = batch_norm_running(batch_mean(x), batch_variance(x), mean, var, n_values=3, momentum=1 / t)
    assert mean == pytest.approx(2, abs=5 * 3 / math.sqrt(12_000))
    assert var == pytest.approx(9, abs=5 * 9 / math.sqrt(4000))  # the biased ones would come to 6


def test_batch_norm_inference_by_hand(xp: Library) -> None:
    xp.close(batch_norm_inference(xp.array([1.0, 4.0, 7.0]), 1.0, 5.0, 2.0, 0.5, eps=4.0), [0.5, 2.5, 4.5])
    y = batch_norm_inference(xp.array([[1.0, 2.0]]), xp.array([0.0, 4.0]), xp.array([0.0, 3.0]), 1.0, xp.array([0.0, 1.0]), eps=1.0)
    xp.close(y, [[1, 0]])


def test_inference_with_the_statistics_of_the_batch_is_training() -> None:
    x, (gamma, beta) = random((2, 3, 4, 5)), channels((2, 3, 4, 5))
    y = batch_norm_inference(x, batch_mean(x), batch_variance(x), gamma, beta)
    np.testing.assert_allclose(y, batch_norm(x, gamma, beta), rtol=1e-12, atol=1e-13)


def test_gradients_of_inference_and_of_running_statistics() -> None:
    arguments = (X, MU, [0.25, 4.0, 0.5], GAMMA, BETA)
    for wrt in range(5):
        assert_gradient(batch_norm_inference, *arguments, wrt=wrt, eps=0.125)
    for part, slopes in ((0, (0.25, 0, 0.75, 0)), (1, (0, 0.25 * 4 / 3, 0, 0.75))):
        for wrt, slope in enumerate(slopes):
            if slope:
                assert_gradient(
                    lambda *args, part=part: batch_norm_running(*args, n_values=4, momentum=0.25)[part],
                    MU, [0.25, 4.0, 0.5], GAMMA, [1.0, 2.0, 3.0], wrt=wrt, expected=[slope] * 3,
                )  # fmt: skip


def test_running_statistics_hold_no_graph_of_pytorch() -> None:
    import torch

    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    gamma = torch.ones(3, dtype=torch.float64, requires_grad=True)
    norm = BatchNorm(gamma, torch.zeros(3, dtype=torch.float64))
    y = norm.training(x)
    assert y.requires_grad and not norm.mean_.requires_grad and not norm.var_.requires_grad
    assert norm.inference(x).requires_grad


def test_a_channel_of_a_single_value_has_no_running_variance() -> None:
    norm = BatchNorm(1.0, 0.0)
    with pytest.raises(ValueError, match="^batch_norm_running: n_values must be >= 2, got 1"):
        norm.training([[1.0, 2.0]])
    assert (norm.mean_, norm.var_) == (0.0, 1.0)
    assert norm.training(np.ones((1, 2, 2, 1))).shape == (1, 2, 2, 1)


def test_an_object_serves_every_library(xp: Library) -> None:
    norm = BatchNorm(xp.array(GAMMA), xp.array(BETA), eps=0.125)
    xp.close(norm.training(xp.array(X)), batch_norm(X, GAMMA, BETA, eps=0.125), atol=1e-13)
    xp.close(norm.mean_, 0.1 * np.mean(X, axis=0), atol=1e-15)
    xp.close(norm.inference(xp.array(X2)), batch_norm_inference(X2, 0.1 * np.mean(X, axis=0), 0.9 + 0.1 * np.var(X, axis=0, ddof=1), GAMMA, BETA, eps=0.125), atol=1e-13)


# --- Layer normalization


def test_layer_norm_by_hand(xp: Library) -> None:
    y = layer_norm(xp.array([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 0.0, 0.0]]), xp.array([2.0, 2.0, 2.0, 0.0]), 0.5, eps=4.0)
    xp.close(y, [[-1.5, -1 / 6, 7 / 6, 0.5], [0.5] * 4])


@pytest.mark.parametrize("shape", SHAPES)
def test_layer_norm_is_that_of_pytorch(shape: tuple[int, ...]) -> None:
    import torch

    x, (gamma, beta) = random(shape), np.random.default_rng(1).standard_normal((2, shape[-1]))
    for options in ({}, {"eps": 0.5}):
        theirs = torch.nn.LayerNorm(shape[-1], dtype=torch.float64, **options)
        with torch.no_grad():
            theirs.weight.copy_(torch.tensor(gamma))
            theirs.bias.copy_(torch.tensor(beta))
            np.testing.assert_allclose(layer_norm(x, gamma, beta, **options), theirs(torch.tensor(x)).numpy(), rtol=1e-11, atol=1e-12)


def test_layer_norm_is_batch_norm_with_samples_and_features_exchanged() -> None:
    x = random((5, 3))
    np.testing.assert_allclose(layer_norm(x, 1.0, 0.0), batch_norm(x.T, 1.0, 0.0).T, rtol=1e-12, atol=1e-13)


def test_layer_norm_does_not_look_at_other_samples() -> None:
    x = random((5, 3))
    rows = np.stack([layer_norm(row, GAMMA, BETA) for row in x])
    np.testing.assert_allclose(layer_norm(x, GAMMA, BETA), rows, rtol=1e-12)


@given(BATCHES, st.floats(0.1, 10), NUMBERS)
def test_layer_norm_is_invariant_to_a_stretch_and_a_shift_of_a_sample(x: Any, stretch: float, shift: float) -> None:
    y = layer_norm(x, 1.0, 0.0, eps=0.25)
    np.testing.assert_allclose(layer_norm(stretch * x + shift, 1.0, 0.0, eps=0.25 * stretch**2), y, rtol=1e-9, atol=1e-9)
    assert abs(y.mean()) < 1e-12
    assert y.var() == pytest.approx(x.var() / (x.var() + 0.25), rel=1e-9)


def test_gradients_of_layer_norm() -> None:
    for wrt in range(3):
        assert_gradient(layer_norm, X, GAMMA, BETA, wrt=wrt, eps=0.125)
    assert_gradient(layer_norm, X[0], GAMMA, BETA, wrt=2, expected=[1, 1, 1], eps=0.125)


def test_what_scale_and_shift_must_be_is_said() -> None:
    with pytest.raises(ValueError, match=r"^batch_norm: gamma must be a scalar or have shape \(3,\), one value a channel, got shape \(4,\)"):
        batch_norm(X, [1.0] * 4, 0.0)
    with pytest.raises(ValueError, match=r"^batch_norm: beta must be a scalar, got shape \(4,\)"):
        batch_norm([1.0] * 4, 1.0, [1.0] * 4)
    with pytest.raises(ValueError, match=r"^layer_norm: gamma must be a scalar or have shape \(3,\), one value a feature, got shape \(4, 1\)"):
        layer_norm(X, [[1.0]] * 4, 0.0)
    with pytest.raises(ValueError, match=r"^batch_norm_gradient: grad_y must have the shape \(4, 3\) of x, got \(3,\)"):
        batch_norm_gradient(X, 1.0, X[0])
