"""Initialization: values by hand, bounds of PyTorch, moments of samples, and signals that keep their size through many layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.init import (
    he_bound,
    he_normal,
    he_uniform,
    he_variance,
    xavier_bound,
    xavier_normal,
    xavier_uniform,
    xavier_variance,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import Call

pytestmark = pytest.mark.ch2

RNG = np.random.default_rng(0)
SAMPLERS = ["he_normal", "he_uniform", "xavier_normal", "xavier_uniform"]
CALLS = {
    # Integers become PyTorch's single precision, which holds these results exactly
    "he_bound": [Call(24), Call(6)],
    "he_variance": [Call(8), Call(64)],
    "xavier_bound": [Call(16, 8), Call(4, 2)],
    "xavier_variance": [Call(6, 2), Call(9, 7)],
    **{name: [Call(n_in=3, n_out=4, rng=RNG), Call(n_in=3, n_out=4, rng=np.random.default_rng(1))] for name in SAMPLERS},
}
N_IN = {
    "If n_in is not a whole number.": (Call(2.5), Call(2.0)),
    "If n_in is not positive.": (Call(0), Call(1)),
}
N_IN_N_OUT = {
    "If the shapes differ and neither is a scalar.": (Call([1, 2], [1, 2, 3]), Call([1, 2], [1, 2])),
    "If n_in is not a whole number.": (Call(2.5, 3), Call(2.0, 3)),
    "If n_in is not positive.": (Call(0, 3), Call(1, 3)),
    "If n_out is not a whole number.": (Call(3, 2.5), Call(3, 2.0)),
    "If n_out is not positive.": (Call(3, 0), Call(3, 1)),
}
DRAWN = {
    "If n_in is not an integer.": (Call(n_in=2.0, n_out=1, rng=RNG), Call(n_in=2, n_out=1, rng=RNG)),
    "If n_out is not an integer.": (Call(n_in=1, n_out=2.0, rng=RNG), Call(n_in=1, n_out=2, rng=RNG)),
    "If n_in is not positive.": (Call(n_in=0, n_out=1, rng=RNG), Call(n_in=1, n_out=1, rng=RNG)),
    "If n_out is not positive.": (Call(n_in=1, n_out=0, rng=RNG), Call(n_in=1, n_out=1, rng=RNG)),
    "If rng is not a NumPy Generator.": (Call(n_in=1, n_out=1, rng=None), Call(n_in=1, n_out=1, rng=RNG)),
}
RAISES = {
    **{name: N_IN_N_OUT for name in ("xavier_bound", "xavier_variance")},
    **{name: N_IN for name in ("he_bound", "he_variance")},
    **dict.fromkeys(SAMPLERS, DRAWN),
}
HELPERS = SAMPLERS
COUNTS = st.integers(1, 10**6)


def test_variances_and_bounds_by_hand(xp: Library) -> None:
    n_in, n_out = xp.array([6.0, 10.0]), xp.array([2.0, 14.0])
    xp.close(xavier_variance(n_in, n_out), [0.25, 1 / 12])
    xp.close(xavier_bound(n_in, n_out), [math.sqrt(0.75), 0.5])
    xp.close(he_variance(n_in), [1 / 3, 0.2])
    xp.close(he_bound(n_in), [1, math.sqrt(0.6)])


@given(COUNTS, COUNTS)
def test_a_uniform_distribution_between_the_bounds_has_the_variance(n_in: int, n_out: int) -> None:
    assert xavier_bound(n_in, n_out) ** 2 / 3 == pytest.approx(xavier_variance(n_in, n_out), rel=1e-12)
    assert he_bound(n_in) ** 2 / 3 == pytest.approx(he_variance(n_in), rel=1e-12)


@given(COUNTS, COUNTS)
def test_xavier_lies_between_what_the_signals_and_what_the_gradients_need_and_he_is_twice_the_one(n_in: int, n_out: int) -> None:
    """The harmonic mean of 1 / n_in and 1 / n_out, for as many units as inputs both at once."""
    forwards, backwards = 1 / n_in, 1 / n_out
    assert min(forwards, backwards) * (1 - 1e-12) <= xavier_variance(n_in, n_out) <= max(forwards, backwards) * (1 + 1e-12)
    assert xavier_variance(n_in, n_in) == pytest.approx(forwards)
    assert he_variance(n_in) == pytest.approx(2 * forwards)


@pytest.mark.parametrize("shape", [(50, 150), (7, 3), (8, 4, 3, 3)])
def test_bounds_and_variances_are_those_of_pytorch(shape: tuple[int, ...]) -> None:
    """A convolution of C_in channels and a kernel of K × K has C_in K² inputs; PyTorch's `fan_in` and `relu` are what He means."""
    import torch

    window = math.prod(shape[2:])
    n_in, n_out = shape[1] * window, shape[0] * window
    torch.manual_seed(0)
    weight = torch.empty(200, *shape[1:]) if len(shape) == 2 and shape[0] == 200 else torch.empty(*shape)
    drawn = {name: torch.stack([getattr(torch.nn.init, name)(weight.clone(), **options) for _ in range(20_000 // weight.numel() + 1)]) for name, options in (
        ("xavier_uniform_", {}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"nonlinearity": "relu"}),
        ("kaiming_normal_", {"nonlinearity": "relu"}),
    )}  # fmt: skip
    for name, bound in (("xavier_uniform_", xavier_bound(n_in, n_out)), ("kaiming_uniform_", he_bound(n_in))):
        largest = drawn[name].abs().max().item()
        assert 0.999 * bound < largest <= bound * (1 + 1e-6)
    for name, variance in (("xavier_normal_", xavier_variance(n_in, n_out)), ("kaiming_normal_", he_variance(n_in))):
        assert drawn[name].var().item() == pytest.approx(variance, rel=5 * math.sqrt(2 / 20_000))


def moments(w: Any) -> tuple[float, float, float]:
    return float(w.mean()), float(w.var()), float((w**4).mean() / w.var() ** 2)


@pytest.mark.parametrize(
    ("sampler", "variance", "kurtosis"),
    [
        (xavier_normal, xavier_variance(300, 200), 3.0),
        (xavier_uniform, xavier_variance(300, 200), 1.8),
        (he_normal, he_variance(300), 3.0),
        (he_uniform, he_variance(300), 1.8),
    ],
)
def test_samples_have_mean_zero_and_the_variance_and_the_shape_of_their_distribution(sampler: Any, variance: float, kurtosis: float) -> None:
    """60 000 weights: five standard errors of the mean, of the variance and, roughly, of the kurtosis."""
    w = sampler(n_in=300, n_out=200, rng=np.random.default_rng(0))
    assert w.shape == (200, 300) and w.dtype == np.float64
    mean, found, fourth = moments(w)
    assert abs(mean) < 5 * math.sqrt(variance / w.size)
    assert abs(found / variance - 1) < 5 * math.sqrt((kurtosis - 1) / w.size)
    assert fourth == pytest.approx(kurtosis, abs=0.15)
    assert abs(np.corrcoef(w[:, :-1].ravel(), w[:, 1:].ravel())[0, 1]) < 5 / math.sqrt(w.size)


def test_uniform_samples_stay_within_their_bounds_and_come_near_both() -> None:
    for sampler, bound in ((xavier_uniform, xavier_bound(300, 200)), (he_uniform, he_bound(300))):
        w = sampler(n_in=300, n_out=200, rng=np.random.default_rng(0))
        assert -bound <= w.min() < -0.999 * bound and 0.999 * bound < w.max() <= bound


def test_a_seed_gives_the_same_weights_again_and_the_next_draw_gives_others() -> None:
    rng = np.random.default_rng(7)
    first, second = he_normal(n_in=4, n_out=3, rng=rng), he_normal(n_in=4, n_out=3, rng=rng)
    np.testing.assert_array_equal(first, he_normal(n_in=4, n_out=3, rng=np.random.default_rng(7)))
    assert np.all(first != second)


def test_by_he_the_variance_keeps_its_size_through_fifty_layers_of_relu_and_by_xavier_it_halves_in_each() -> None:
    """Of the sums before the ReLU, at width 2048. With as many units as inputs Xavier's weights are He's over √2."""
    rng, width = np.random.default_rng(0), 2048
    h = rng.standard_normal(width)
    variances = []
    for _ in range(50):
        a = he_normal(n_in=width, n_out=width, rng=rng) @ h
        variances.append(a.var())
        h = np.maximum(a, 0)
    assert 0.5 < variances[-1] / variances[0] < 2
    # ReLU(W/√2 h) = ReLU(W h)/√2: the same network with Xavier's weights
    assert xavier_variance(width, width) == he_variance(width) / 2
    assert variances[-1] / 2**50 / variances[0] * 2 < 1e-14


def test_by_xavier_the_variance_keeps_its_size_through_layers_without_activation_in_both_directions() -> None:
    """Forwards and backwards through a square layer: both sums have as many terms."""
    rng, n = np.random.default_rng(0), 1000
    w = xavier_normal(n_in=n, n_out=n, rng=rng)
    h, delta = rng.standard_normal((2, n))
    assert (w @ h).var() == pytest.approx(h.var(), rel=0.25)
    assert (w.T @ delta).var() == pytest.approx(delta.var(), rel=0.25)


@pytest.mark.parametrize("value", [0, -3, 2.5, math.nan])
def test_what_counts_nothing_is_refused(value: float) -> None:
    for function, arguments in ((xavier_variance, (value, 2)), (xavier_bound, (value, 2)), (he_variance, (value,)), (he_bound, (value,))):
        with pytest.raises(ValueError, match=f"^{function.__name__}: n_in must be "):
            function(*arguments)


def test_gradients_of_variances_and_bounds() -> None:
    assert_gradient(xavier_variance, [3.0], [5.0], wrt=0, expected=[-2 / 64], differences=False)
    assert_gradient(xavier_bound, [3.0], [3.0], wrt=1, expected=[-1 / 12], differences=False)
    assert_gradient(he_variance, [4.0], wrt=0, expected=[-2 / 16], differences=False)
    assert_gradient(he_bound, [6.0], wrt=0, expected=[-1 / 12], differences=False)
