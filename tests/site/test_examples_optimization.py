"""The numbers of the worked examples of chapter 2: the tables that the pages print hold what dlref computes."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import relu, relu_grad, sigmoid, sigmoid_grad
from dlref.backprop import MLP, chain, gradient_norms_by_depth, softmax_cross_entropy_grad
from dlref.init import he_bound, he_normal, he_variance, xavier_bound, xavier_normal, xavier_variance
from dlref.norm import batch_mean, batch_norm, batch_norm_inference, batch_norm_running, batch_variance, layer_norm
from dlref.optim import (
    AdaGrad,
    Adam,
    GradientDescent,
    MomentumSGD,
    RMSProp,
    batch_gradient,
    classify_critical_point,
    convexity_gap,
    exponential_decay,
    gd_step,
    linear_decay,
    minibatch_step,
    step_decay,
    trajectory,
)
from tests.site.test_examples import box, page, rounded, tables
from tests.site.test_figures import script

ROOT = Path(__file__).parents[2]
PROBLEM, DESCENT, BACKPROP, DIFFICULTIES = (
    Path("optimization") / f"{name}.md" for name in ("problem", "gradient-descent", "backpropagation", "difficulties")
)

pytestmark = [pytest.mark.ch2, pytest.mark.parametrize("language", ["ja", "en"])]


def steps_to(path: Any, radius: float = 0.01) -> int:
    """Number of steps after which the distance from the origin stays below the radius."""
    return int(np.flatnonzero(np.linalg.norm(np.reshape(path, (len(path), -1)), axis=1) >= radius)[-1]) + 1


# --- 2.1


def test_the_smallest_network_is_not_convex(language: str) -> None:
    def loss(w: Any) -> Any:
        return (1 - w[0] * w[1]) ** 2

    assert [loss(w) for w in ((1, 1), (-1, -1), (0, 0))] == [0, 0, 1]
    assert convexity_gap(loss, [1.0, 1.0], [-1.0, -1.0], 0.5) == -1
    assert classify_critical_point([0.0, 0.0], [[0.0, -2.0], [-2.0, 0.0]]) == "saddle"
    assert "$L = (1 - w_1 w_2)^2$" in box(language, PROBLEM, "example-nonconvex")


def test_the_learning_rates_of_the_figure(language: str) -> None:
    figure = script("learning-rates")
    (said,) = re.findall(r"^.*\\frac\{1\}\{2\} \\theta\^2\$.*$", page(language, PROBLEM), re.M)
    assert figure.N_STEPS == 8 and " 8 " in said
    assert all(f"{eta:g}" in said for eta in figure.ETAS.values())
    for eta in figure.ETAS.values():
        assert figure.path(eta)[-1] == pytest.approx(figure.START * (1 - eta) ** 8)


def test_the_six_learning_rates(language: str) -> None:
    (printed,) = tables(language, PROBLEM, "example-learning-rate")
    assert [row[0] for row in printed] == [0.1, 0.4, 0.5, 0.9, 1, 1.1]
    for eta, factor, *path in printed:
        assert factor == pytest.approx(1 - 2 * eta)
        assert trajectory(lambda t: 2 * t, 1.0, optimizer=GradientDescent(eta=eta), n_steps=3)[1:] == pytest.approx(path)
    counts = [steps_to(trajectory(lambda t: 2 * t, 1.0, optimizer=GradientDescent(eta=eta), n_steps=3000)) for eta in (0.1, 0.01, 0.001)]
    assert counts == [21, 228, 2301] and all(f"{n}" in box(language, PROBLEM, "example-learning-rate") for n in counts)


def test_a_valley_with_two_curvatures_needs_many_steps_at_the_highest_rate(language: str) -> None:
    edge = 2 / 25
    text = page(language, PROBLEM)
    assert f"2 / 25 = {edge}$" in text
    assert math.ceil(math.log(100) / -math.log(1 - edge)) == 56 and re.search(r"\b56 steps|56 歩", text)


def test_the_three_schedules(language: str) -> None:
    (printed,) = tables(language, PROBLEM, "addition-schedules")
    assert [row[0] for row in printed] == [0, 5, 10, 20, 30]
    for t, *rates in printed:
        found = [
            step_decay(int(t), eta0=0.1, gamma=0.5, period=10),
            exponential_decay(int(t), eta0=0.1, gamma=0.9),
            linear_decay(int(t), eta0=0.1, eta_tau=0.01, tau=20),
        ]
        assert found == rounded(rates, 4)
    assert sum(exponential_decay(np.arange(2000), eta0=0.1, gamma=0.9)) == pytest.approx(1)


# --- 2.2

Y = np.array([1.0, 3.0, 5.0, 7.0])


def epoch(theta: float, size: int, eta: float = 0.1) -> list[float]:
    """The parameters after each update of a pass over the four values in their order."""
    path = []
    for first in range(0, 4, size):
        theta = float(minibatch_step(theta, 2 * (theta - Y[first : first + size]), eta=eta))
        path.append(theta)
    return path


def test_one_pass_over_four_values(language: str) -> None:
    text = box(language, DESCENT, "example-epoch")
    passes, variances = tables(language, DESCENT, "example-epoch")
    for size, row in zip((4, 2, 1), passes, strict=True):
        assert row[-1] == pytest.approx(epoch(0.0, size)[-1])
    assert passes[0][:3] == [0, 0.1, -batch_gradient(2 * (0 - Y))]
    assert passes[2][:3] == pytest.approx(epoch(0.0, 1)[:3])
    assert epoch(0.0, 2)[0] == pytest.approx(0.4) and -batch_gradient(2 * (0.4 - Y[2:])) == pytest.approx(11.2)
    from_minimum = epoch(4.0, 1)
    assert all(f"{value:.6g}" in text for value in from_minimum)
    for eta, low, high in ((0.1, 3.67, 4.55), (0.01, 3.97, 4.05)):
        theta = 4.0
        for _ in range(1000):
            *_, theta = epoch(theta, 1, eta)
        swing = epoch(theta, 1, eta)
        assert [min(swing), max(swing)] == rounded([low, high], 2)
        assert f"{low}" in text and f"{high}" in text
    grads = 2 * (0 - Y)
    assert grads.tolist() == [-2, -6, -10, -14] and (grads.mean(), grads.var()) == (-8, 20)
    for size, variance in variances:
        means = [batch_gradient(grads[list(batch)]) for batch in itertools.combinations(range(4), int(size))]
        assert np.var(means) == rounded(variance, 3)


def test_the_velocity_under_a_constant_gradient(language: str) -> None:
    text = page(language, DESCENT)
    optimizer, theta, found = MomentumSGD(eta=0.1), 0.0, []
    for _ in range(500):
        theta = optimizer.step(theta, 1.0)
        found.append(float(optimizer.v_))
    assert found[:3] == pytest.approx([-0.1, -0.19, -0.271]) and found[-1] == pytest.approx(-1)
    assert all(f"${v}$" in text for v in ("-0.1", "-0.19", "-0.271", "-1"))


def test_when_inertia_pays(language: str) -> None:
    (printed,) = tables(language, DESCENT, "addition-kappa")
    text = box(language, DESCENT, "addition-kappa")
    for kappa, *counts in printed:
        curvature, eta = np.array([1.0, kappa]), 1.9 / kappa
        optimizers = [GradientDescent(eta=eta), MomentumSGD(eta=eta, alpha=0.5), MomentumSGD(eta=eta, alpha=0.9)]
        paths = [trajectory(lambda t, c=curvature: c * t, [10.0, 1.0], optimizer=o, n_steps=int(6 * kappa)) for o in optimizers]
        assert [steps_to(path) for path in paths] == counts
        best = ((math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)) ** 2
        assert f"{best:.2f}" in text
    assert f"{1.9 / 25:g}" == "0.076" and "$\\eta = 0.076$" in page(language, DESCENT)


def test_no_other_rate_and_momentum_contract_both_directions_of_the_valley_faster(language: str) -> None:
    def slowest(kappa: float, eta: float, alpha: float) -> float:
        """By how much a step shrinks (position, velocity) in the direction where it shrinks them least, in the long run."""
        return max(float(abs(np.linalg.eigvals([[1 - eta * c, alpha], [-eta * c, alpha]])).max()) for c in (1.0, kappa))

    assert r"4 / (\sqrt{\kappa} + 1)^2" in box(language, DESCENT, "addition-kappa")
    rng = np.random.default_rng(0)
    for kappa in (25.0, 100.0, 1000.0):
        eta, alpha = 4 / (math.sqrt(kappa) + 1) ** 2, ((math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)) ** 2
        assert slowest(kappa, eta, alpha) == pytest.approx(math.sqrt(alpha), rel=1e-6)
        for factor, other in rng.uniform([0.1, 0.0], [3.0, 1.0], size=(200, 2)):
            assert slowest(kappa, factor * eta, other) > math.sqrt(alpha)


def test_the_sizes_of_steps(language: str) -> None:
    equal, falling = tables(language, DESCENT, "example-steps")
    for printed, grads in ((equal, [3.0] * 100), (falling, [10.0] + [1.0] * 49)):
        sizes = []
        for optimizer in (AdaGrad(eta=1.0, eps=0.0), RMSProp(eta=1.0, eps=0.0), Adam(eta=1.0, eps=0.0)):
            theta, found = 0.0, []
            for grad in grads:
                before, theta = theta, optimizer.step(theta, grad)
                found.append(before - theta)
            sizes.append(found)
        for t, *row in printed:
            assert [found[int(t) - 1] for found in sizes] == rounded(row, 4)
    assert len(equal) == len(falling) == 4
    assert 0.1 / math.sqrt(0.001) == rounded(3.16, 2) and "$0.1 / \\sqrt{0.001} = 3.16$" in page(language, DESCENT)


# --- 2.3


def test_the_chain_of_two(language: str) -> None:
    text = box(language, BACKPROP, "example-chain")
    assert chain(6.0, 2.0) == 12
    later = (2 * 1.01 + 1) ** 2
    assert later == rounded(9.1204, 4) and (later - 9) / 0.01 == rounded(12.04, 2)
    assert all(number in text for number in ("9.1204", "12.04", "= 12$"))


def test_the_example_of_the_figure_of_backpropagation(language: str) -> None:
    figure = script("backpropagation")
    assert (figure.X, figure.W, figure.TARGET) == (2, 0.5, 0)
    assert "$z = 0.5x$" in page(language, BACKPROP) and "$x = 2$" in page(language, BACKPROP)


def test_the_contributions_of_two_paths(language: str) -> None:
    text = box(language, BACKPROP, "addition-paths")
    z = 2.0
    one, two = chain(3 * z, 2 * z), chain(z * z, 3.0)
    assert (one, two, one + two, 9 * z * z) == (24, 12, 36, 36) and all(f"{n:g}" in text for n in (one, two, one + two))


def test_the_network_of_two_layers(language: str) -> None:
    text = box(language, BACKPROP, "example-network")
    x, y = np.array([1.0, 2.0]), 1.0
    weights = [np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([[2.0, 1.0]])]
    biases = [np.array([0.0, -1.0]), np.array([0.5])]
    mlp = MLP(weights, biases, phi=relu, slope=relu_grad)
    y_hat = mlp.forward(x)
    assert (mlp.a_[0].tolist(), mlp.h_[1].tolist(), y_hat.tolist()) == ([-1, 1.5], [0, 1.5], [2])
    grad_w, grad_b = mlp.backward(2 * (y_hat - y))
    assert [g.tolist() for g in (*grad_w, *grad_b)] == [[[0, 0], [2, 4]], [[0, 3]], [0, 2], [2]]
    for eta, prediction, loss in ((0.05, 1.165, 0.0272), (0.3, -0.1, 1.21)):
        moved = [gd_step(p, g, eta=eta) for p, g in zip((*weights, *biases), (*grad_w, *grad_b), strict=True)]
        (found,) = MLP(moved[:2], moved[2:], phi=relu, slope=relu_grad).forward(x)
        assert found == pytest.approx(prediction) and (found - y) ** 2 == rounded(loss, 4)
        assert f"{prediction}" in text and f"{loss}" in text


def test_the_errors_of_three_classes(language: str) -> None:
    (printed,) = tables(language, BACKPROP, "example-softmax")
    errors = softmax_cross_entropy_grad(1, np.log([1.0, 2.0, 3.0]))
    assert errors == rounded([row[-1] for row in printed], 4) and sum(errors) == pytest.approx(0)
    assert [row[1] / row[2] for row in printed] == pytest.approx([1 / 6, 1 / 3, 1 / 2])
    assert [row[3] for row in printed] == [0, 1, 0]


# --- 2.4


def test_the_two_valleys(language: str) -> None:
    (printed,) = tables(language, DIFFICULTIES, "example-valleys")
    text = box(language, DIFFICULTIES, "example-valleys")
    loss = np.polynomial.Polynomial([0, 0, -12, -4, 3])
    slope, curvature = loss.deriv(), loss.deriv(2)
    kinds = []
    for theta, value, bend in printed:
        assert (slope(theta), loss(theta), curvature(theta)) == (0, value, bend)
        kinds.append(classify_critical_point([slope(theta)], [[bend]]))
    assert kinds == ["minimum", "maximum", "minimum"]
    for start, end in ((-2.0, -1), (-0.1, -1), (0.0, 0), (0.1, 2), (3.0, 2)):
        path = trajectory(slope, start, optimizer=GradientDescent(eta=0.01), n_steps=500)
        assert path[-1] == pytest.approx(end) and (end == 0 or f"{start:g}" in text)


def test_the_wait_at_the_saddle(language: str) -> None:
    (printed,) = tables(language, DIFFICULTIES, "example-saddle")
    path = trajectory(lambda t: np.array([2.0, -2.0]) * t, [1.0, 0.001], optimizer=GradientDescent(eta=0.1), n_steps=38)
    losses, lengths = path[:, 0] ** 2 - path[:, 1] ** 2, 2 * np.linalg.norm(path, axis=1)
    for k, *row in printed:
        assert [*path[int(k)], losses[int(k)], lengths[int(k)]] == rounded(row, 4)
    assert [row[0] for row in printed] == [0, 10, 20, 30, 38]
    assert np.ptp(losses[10:26]) < 0.03 < losses[0] - losses[10]


def test_how_far_gradients_reach(language: str) -> None:
    text = box(language, DIFFICULTIES, "example-vanishing")
    printed = [
        [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", re.sub(r" \\times 10\^\{(-\d+)\}", r"e\1", row))]
        for row in re.findall(r"^\| \d.*$", text, re.M)
    ]
    found = []
    for phi, slope, draw in ((sigmoid, sigmoid_grad, xavier_normal), (relu, relu_grad, he_normal)):
        rng = np.random.default_rng(0)
        weights = [draw(n_in=64, n_out=64, rng=rng) for _ in range(20)]
        x, grad_out = rng.standard_normal((2, 64))
        norms = gradient_norms_by_depth(phi, slope, weights, x, grad_out)
        found.append(norms / norms[-1])
    assert [row[0] for row in printed] == [15, 10, 5, 0]
    for layer, *row in printed:
        assert [float(f"{ratio[int(layer)]:.1e}") for ratio in found] == row
    assert 0.25 < found[0][0] ** (1 / 20) / 0.25 < 1.05


def test_the_powers_of_a_slope(language: str) -> None:
    text = page(language, DIFFICULTIES)
    for base, power, mantissa, exponent in ((4, -10, 9.5, -7), (4, -20, 9.1, -13), (1.5, 50, 6.4, 8), (2, -50, 8.9, -16)):
        assert float(f"{base**power:.1e}") == pytest.approx(mantissa * 10.0**exponent)
        assert f"{base}^{{{power}}} = {mantissa} \\times 10^{{{exponent}}}$" in text
    assert sigmoid_grad(0.0) == 0.25


def test_the_variances_of_initial_weights(language: str) -> None:
    (printed,) = tables(language, DIFFICULTIES, "example-initialization")
    variances = [xavier_variance(256, 128), he_variance(256)]
    bounds = [xavier_bound(256, 128), he_bound(256)]
    for row, variance, bound in zip(printed, variances, bounds, strict=True):
        assert row[0] == pytest.approx(variance, abs=0.51e-6) and row[1:] == rounded([math.sqrt(variance), bound], 4)


def test_the_default_of_linear_in_pytorch_is_uniform_with_a_sixth_of_the_variance_of_he(language: str) -> None:
    import torch

    torch.manual_seed(0)
    weight = torch.nn.Linear(400, 500).weight.detach().numpy()
    assert 0.999 / math.sqrt(400) < np.abs(weight).max() <= 1 / math.sqrt(400)
    assert weight.var() == pytest.approx(1 / (3 * 400), rel=0.01)
    assert 1 / (3 * 400) == pytest.approx(he_variance(400) / 6)
    assert "$1 / (3 n_{\\text{in}})$" in box(language, DIFFICULTIES, "addition-default-init")


def test_the_four_values_of_batch_normalization(language: str) -> None:
    (printed,) = tables(language, DIFFICULTIES, "example-batch-norm")
    x, x_hat, y = np.transpose(printed)
    assert (batch_mean(x), batch_variance(x)) == (4, 5)
    assert batch_norm(x, 1.0, 0.0) == rounded(x_hat, 4) and batch_norm(x, 2.0, 1.0) == rounded(y, 4)
    for same in (10 * x, x + 100):
        assert batch_norm(same, 1.0, 0.0) == rounded(x_hat, 4)
    assert layer_norm(x, 1.0, 0.0) == rounded(x_hat, 4)
    assert all(f"{abs(value)}" in box(language, DIFFICULTIES, "addition-layer-norm") for value in x_hat)


def test_the_running_statistics(language: str) -> None:
    (printed,) = tables(language, DIFFICULTIES, "addition-inference")
    mean, variance, found = 0.0, 1.0, {}
    for k in range(1, 101):
        mean, variance = batch_norm_running(4.0, 5.0, mean, variance, n_values=4)
        (output,) = batch_norm_inference([5.0], mean, variance, 2.0, 1.0)
        found[k] = [mean, variance, output]
    assert [row[0] for row in printed] == [1, 10, 50, 100]
    for k, *row in printed:
        assert found[int(k)] == rounded(row, 4)
    text = box(language, DIFFICULTIES, "addition-inference")
    assert f"{batch_norm([1.0, 3.0, 5.0, 7.0], 2.0, 1.0)[2]:.4f}" == "1.8944" and "1.8944" in text
