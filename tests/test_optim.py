"""Optimization: values by hand, against PyTorch and SciPy, gradients, laws of each method, and small runs whose outcome is known."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlref.linear import least_squares, logistic_loss, squared_risk
from dlref.optim import (
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    MomentumSGD,
    Nesterov,
    RMSProp,
    adagrad_accumulate,
    adagrad_step,
    adam_step,
    adamw_step,
    batch_gradient,
    classify_critical_point,
    convexity_gap,
    draw_batches,
    exponential_decay,
    gd_step,
    least_convexity_gap,
    linear_decay,
    minibatch_epoch,
    minibatch_step,
    minimize,
    momentum_step,
    nesterov_step,
    rmsprop_step,
    sgd_epoch,
    step_decay,
    trajectory,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import wrong
from tests.topics import Call

pytestmark = pytest.mark.ch2

THETA, GRAD, V = [1.0, -2.0, 0.5], [0.5, 4.0, -0.25], [0.25, 0.5, 1.0]
THETA2, GRAD2, V2 = [0.0, 3.0, -1.0], [-1.5, 0.0, 2.0], [4.0, 0.0625, 0.5]
RNG = np.random.default_rng(0)
DESCENT = GradientDescent(eta=0.25)


def bowl(theta: Any) -> Any:
    """A convex loss, with its minimum 0 at 1."""
    return (theta - 1) @ (theta - 1) / 2


def bowl_gradient(theta: Any) -> Any:
    return theta - 1


def square(theta: Any) -> Any:
    return theta @ theta


def pull(x: Any, y: Any, theta: Any) -> Any:
    """Gradient of ½ (θᵀ x − y)², the loss of one sample."""
    return (theta @ x - y) * x


def positive(good: Call, name: str) -> dict[str, tuple[Call, Call]]:
    return {
        f"If {name} is not positive.": wrong(good, name, 0.0, 1e-300),
        f"If {name} is not finite.": wrong(good, name, math.inf, 1e300),
    }


def at_least_zero(good: Call, name: str) -> dict[str, tuple[Call, Call]]:
    return {
        f"If {name} is negative.": wrong(good, name, -1e-300, 0.0),
        f"If {name} is not finite.": wrong(good, name, math.inf, 1e300),
    }


def fraction(good: Call, name: str) -> dict[str, tuple[Call, Call]]:
    return {f"If {name} is not in [0, 1).": wrong(good, name, 1.0, 0.0)}


def whole(good: Call, name: str) -> dict[str, tuple[Call, Call]]:
    return {f"If {name} is not an integer.": wrong(good, name, 2.0, 2), f"If {name} is not positive.": wrong(good, name, 0, 1)}


def times(good: Call) -> dict[str, tuple[Call, Call]]:
    return {"If a t is not a whole number.": wrong(good, 0, [0, 0.5], [0, 1]), "If a t is negative.": wrong(good, 0, [0, -1], [0, 0])}


def shapes(good: Call, sentence: str = "If the shapes differ and are not scalar.") -> dict[str, tuple[Call, Call]]:
    return {sentence: wrong(good, 1, [1.0, 2.0], [1.0, 2.0, 3.0])}


def functions(good: Call, *names: str) -> dict[str, tuple[Call, Call]]:
    return {f"If {name} is not a function.": wrong(good, i, 1.0, good.args[i]) for i, name in enumerate(names)}


GRADIENT_SHAPE = "If the gradient does not have the shape of the parameters."
SINGLE = "If a loss is not a single number."
NEITHER = "If the shapes differ and neither is a scalar."
PAIRS = "If x and y do not have equally many entries along a first axis."
X, Y = [[1.0, 2.0, 0.0], [0.5, -1.0, 1.0], [-2.0, 0.25, 0.5], [3.0, 1.0, 1.0]], [1.0, 0.5, -1.0, 2.0]

RATES = {"eta": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 0.125}
ADAM = Call(THETA, GRAD, V2, V, 3, **RATES)
ADAMW = Call(THETA, GRAD, V2, V, 3, **RATES, lam=0.5)
CALLS = {
    "adagrad_accumulate": [Call(V, GRAD), Call(V2, GRAD2)],
    "adagrad_step": [Call(THETA, GRAD, V, eta=0.25, eps=0.125), Call(THETA2, GRAD2, V2, eta=0.25, eps=0.125)],
    "adam_step": [ADAM, Call(THETA2, GRAD2, V, V2, 1, **RATES)],
    "adamw_step": [ADAMW, Call(THETA2, GRAD2, V, V2, 1, **RATES, lam=0.5)],
    "batch_gradient": [Call([GRAD, GRAD2]), Call([THETA, V2])],
    "classify_critical_point": [Call([0.0, 0.0], [[2.0, 1.0], [1.0, 3.0]]), Call([0.0, 0.0], [[2.0, 4.0], [4.0, 3.0]])],
    "convexity_gap": [Call(square, THETA, THETA2, 0.25), Call(square, THETA2, V, 0.75)],
    "draw_batches": [Call(n=5, batch_size=2, rng=RNG), Call(n=5, batch_size=5, rng=RNG)],
    "exponential_decay": [Call(3, eta0=0.5, gamma=0.75), Call(0, eta0=0.5, gamma=0.75)],
    "gd_step": [Call(THETA, GRAD, eta=0.5), Call(THETA2, GRAD2, eta=0.5)],
    "least_convexity_gap": [Call(square, [THETA, THETA2, V], n_lam=3), Call(square, [V, V2, GRAD], n_lam=3)],
    "linear_decay": [Call(3, eta0=0.5, eta_tau=0.125, tau=4), Call(9, eta0=0.5, eta_tau=0.125, tau=4)],
    "minibatch_epoch": [
        Call(pull, X, Y, THETA, eta=0.125, batch_size=3, rng=RNG),
        Call(pull, X, Y, THETA2, eta=0.125, batch_size=3, rng=RNG),
    ],
    "minibatch_step": [Call(THETA, [GRAD, GRAD2], eta=0.5), Call(THETA2, [THETA, V2], eta=0.5)],
    "minimize": [Call(bowl, bowl_gradient, THETA, n_steps=3), Call(bowl, bowl_gradient, THETA2, optimizer=DESCENT, n_steps=2)],
    "momentum_step": [Call(THETA, GRAD, V, eta=0.25, alpha=0.5), Call(THETA2, GRAD2, V2, eta=0.25, alpha=0.5)],
    "nesterov_step": [Call(THETA, GRAD, V, eta=0.25, alpha=0.5), Call(THETA2, GRAD2, V2, eta=0.25, alpha=0.5)],
    "rmsprop_step": [Call(THETA, GRAD, V, eta=0.25, rho=0.5, eps=0.125), Call(THETA2, GRAD2, V2, eta=0.25, rho=0.5, eps=0.125)],
    "sgd_epoch": [Call(pull, X, Y, THETA, eta=0.125, rng=RNG), Call(pull, X, Y, THETA2, eta=0.125, rng=RNG)],
    "step_decay": [Call(3, eta0=0.5, gamma=0.75, period=2), Call(4, eta0=0.5, gamma=0.75, period=2)],
    "trajectory": [
        Call(bowl_gradient, THETA, optimizer=DESCENT, n_steps=3),
        Call(bowl_gradient, THETA2, optimizer=DESCENT, n_steps=3),
    ],
}


def adam_raises(good: Call) -> dict[str, tuple[Call, Call]]:
    return {
        **shapes(good),
        "If a value of v is negative.": wrong(good, 3, [1.0, 0.0, -1e-300], [1.0, 0.0, 0.0]),
        "If t is not a scalar.": wrong(good, 4, [3], 3),
        "If t is not a whole number.": wrong(good, 4, 1.5, 1.0),
        "If t is not positive.": wrong(good, 4, 0, 1),
        **positive(good, "eta"),
        **fraction(good, "beta1"),
        **fraction(good, "beta2"),
        **at_least_zero(good, "eps"),
    }


STEP, EXPONENTIAL, LINEAR = (CALLS[name][0] for name in ("step_decay", "exponential_decay", "linear_decay"))
KIND, MINIMIZE, PATH, GAP, GAPS = (
    CALLS[name][0] for name in ("classify_critical_point", "minimize", "trajectory", "convexity_gap", "least_convexity_gap")
)
GAMMA = "If gamma is not in (0, 1)."
EPOCH_RAISES = {
    name: {
        "If grad_fn is not a function.": wrong(good, 0, None, pull),
        "If rng is not a NumPy Generator.": wrong(good, "rng", 0, RNG),
        PAIRS: wrong(good, 2, Y[:3], Y),
        GRADIENT_SHAPE: wrong(good, 0, lambda x, y, theta: y, pull),
        **positive(good, "eta"),
    }
    for name, good in (("sgd_epoch", CALLS["sgd_epoch"][0]), ("minibatch_epoch", CALLS["minibatch_epoch"][0]))
}
RAISES = {
    "adagrad_accumulate": {
        **shapes(CALLS["adagrad_accumulate"][0], NEITHER),
        "If a value of g_sum is negative.": wrong(CALLS["adagrad_accumulate"][0], 0, [1.0, 0.0, -1e-300], [1.0, 0.0, 0.0]),
    },
    "adagrad_step": {
        **shapes(CALLS["adagrad_step"][0]),
        "If a value of g_sum is negative.": wrong(CALLS["adagrad_step"][0], 2, [1.0, 0.0, -1e-300], [1.0, 0.0, 0.0]),
        **positive(CALLS["adagrad_step"][0], "eta"),
        **at_least_zero(CALLS["adagrad_step"][0], "eps"),
    },
    "adam_step": adam_raises(ADAM),
    "adamw_step": {**adam_raises(ADAMW), **at_least_zero(ADAMW, "lam")},
    "batch_gradient": {"If grads is a scalar.": wrong(CALLS["batch_gradient"][0], 0, 1.0, [1.0])},
    "classify_critical_point": {
        "If grad does not have the shape (d,).": wrong(KIND, 0, 0.0, [0.0, 0.0]),
        "If the Hessian does not have the shape (d, d).": wrong(KIND, 1, [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]),
        "If the Hessian is not symmetric.": wrong(KIND, 1, [[1.0, 0.5], [0.4, 1.0]], [[1.0, 0.5], [0.5 + 1e-9, 1.0]]),
        "If a value of grad is not finite.": wrong(KIND, 0, [math.nan, 0.0], [1.0, 0.0]),
        "If a value of the Hessian is not finite.": wrong(KIND, 1, [[1.0, 0.0], [0.0, math.inf]], [[1.0, 0.0], [0.0, 1e300]]),
        **at_least_zero(KIND, "tol"),
    },
    "convexity_gap": {
        **functions(GAP, "loss"),
        "If theta1 and theta2 differ in shape.": wrong(GAP, 2, [1.0, 2.0], [1.0, 2.0, 3.0]),
        "If lam is not a scalar.": wrong(GAP, 3, [0.5], 0.5),
        "If lam is not in [0, 1].": wrong(GAP, 3, 1 + 1e-15, 1.0),
        SINGLE: wrong(GAP, 0, lambda theta: theta, square),
    },
    "draw_batches": {
        **whole(Call(n=0, batch_size=1, rng=RNG), "n"),
        "If batch_size is not an integer.": wrong(CALLS["draw_batches"][0], "batch_size", 2.0, 2),
        "If batch_size is not in 1 … n.": wrong(CALLS["draw_batches"][0], "batch_size", 6, 5),
        "If rng is not a NumPy Generator.": wrong(CALLS["draw_batches"][0], "rng", np.random.RandomState(0), RNG),
    },
    "exponential_decay": {**times(EXPONENTIAL), **positive(EXPONENTIAL, "eta0"), GAMMA: wrong(EXPONENTIAL, "gamma", 1.0, 0.999)},
    "gd_step": {**shapes(CALLS["gd_step"][0], NEITHER), **positive(CALLS["gd_step"][0], "eta")},
    "least_convexity_gap": {
        **functions(GAPS, "loss"),
        **whole(GAPS, "n_lam"),
        "If thetas does not have two points or more along a first axis.": wrong(GAPS, 1, [[1.0]], [[1.0], [1.0]]),
        SINGLE: wrong(GAPS, 0, lambda theta: theta, square),
    },
    "linear_decay": {**times(LINEAR), **positive(LINEAR, "eta0"), **positive(LINEAR, "eta_tau"), **whole(LINEAR, "tau")},
    "minibatch_epoch": {
        **EPOCH_RAISES["minibatch_epoch"],
        "If batch_size is not an integer.": wrong(CALLS["minibatch_epoch"][0], "batch_size", 2.0, 2),
        "If batch_size is not in 1 … n.": wrong(CALLS["minibatch_epoch"][0], "batch_size", 0, 1),
    },
    "minibatch_step": {
        "If grads does not have the shape of theta behind its first axis.": wrong(CALLS["minibatch_step"][0], 1, [1.0, 2.0, 3.0], [GRAD]),
        **positive(CALLS["minibatch_step"][0], "eta"),
    },
    "minimize": {
        **functions(MINIMIZE, "loss", "grad_fn"),
        "If optimizer has no method step.": wrong(MINIMIZE, "optimizer", "Adam", DESCENT),
        **whole(MINIMIZE, "n_steps"),
        SINGLE: wrong(MINIMIZE, 0, lambda theta: theta, bowl),
        GRADIENT_SHAPE: wrong(MINIMIZE, 1, lambda theta: 0.0, bowl_gradient),
    },
    "momentum_step": {
        **shapes(CALLS["momentum_step"][0]),
        **positive(CALLS["momentum_step"][0], "eta"),
        **fraction(CALLS["momentum_step"][0], "alpha"),
    },
    "nesterov_step": {
        **shapes(CALLS["nesterov_step"][0]),
        **positive(CALLS["nesterov_step"][0], "eta"),
        **fraction(CALLS["nesterov_step"][0], "alpha"),
    },
    "rmsprop_step": {
        **shapes(CALLS["rmsprop_step"][0]),
        "If a value of v is negative.": wrong(CALLS["rmsprop_step"][0], 2, [1.0, 0.0, -1e-300], [1.0, 0.0, 0.0]),
        **positive(CALLS["rmsprop_step"][0], "eta"),
        **fraction(CALLS["rmsprop_step"][0], "rho"),
        **at_least_zero(CALLS["rmsprop_step"][0], "eps"),
    },
    "sgd_epoch": EPOCH_RAISES["sgd_epoch"],
    "step_decay": {
        **times(STEP),
        **positive(STEP, "eta0"),
        GAMMA: wrong(STEP, "gamma", 0.0, 0.001),
        **whole(STEP, "period"),
    },
    "trajectory": {
        **functions(PATH, "grad_fn"),
        "If optimizer has no method step.": wrong(PATH, "optimizer", gd_step, DESCENT),
        **whole(PATH, "n_steps"),
        GRADIENT_SHAPE: wrong(PATH, 0, lambda theta: 0.0, bowl_gradient),
    },
}
HELPERS = ["classify_critical_point", "draw_batches", "least_convexity_gap", "minibatch_epoch", "sgd_epoch", "trajectory"]

NUMBERS = st.floats(-10, 10)
VECTORS = st.lists(NUMBERS, min_size=3, max_size=3).map(np.array)
GRADIENTS = st.lists(VECTORS, min_size=1, max_size=8)
FRACTIONS = st.floats(0, 0.99)
POWERS = st.integers(-20, 20).map(lambda k: 2.0**k)

# --- A loss that is no quadratic, of six parameters of different scales, for the comparison with PyTorch

SCALES = np.array([1.0, 10.0, 0.1, 3.0, 30.0, 0.03])
START = np.array([2.0, -0.3, 5.0, 1.0, 0.1, -20.0])


def rugged(theta: Any) -> Any:
    """Σ log cosh(s_i θ_i − i) + (Σ sin(s_i θ_i))² / 10, a PyTorch scalar."""
    import torch

    u = torch.tensor(SCALES) * theta
    return torch.log(torch.cosh(u - torch.arange(6.0, dtype=torch.float64))).sum() + torch.sin(u).sum() ** 2 / 10


def rugged_gradient(theta: Any) -> Any:
    """Its gradient by PyTorch's autograd, a NumPy array."""
    import torch

    point = torch.tensor(np.asarray(theta), requires_grad=True)
    rugged(point).backward()
    assert point.grad is not None
    return point.grad.numpy()


def path_of_torch(optimizer: str, n_steps: int = 100, grad_fn: Callable[[Any], Any] = rugged_gradient, **options: Any) -> Any:
    """The points that an optimizer of PyTorch passes through, and its state at the end."""
    import torch

    parameter = torch.tensor(START, requires_grad=True)
    stepper = getattr(torch.optim, optimizer)([parameter], **options)
    points = [START]
    for _ in range(n_steps):
        parameter.grad = torch.tensor(grad_fn(parameter.detach().numpy()))
        stepper.step()
        points.append(parameter.detach().numpy().copy())
    return np.array(points), stepper.state[parameter]


SAME = [
    (lambda: GradientDescent(eta=1e-3), "SGD", {"lr": 1e-3}),
    (lambda: GradientDescent(eta=2e-4), "SGD", {"lr": 2e-4}),
    (lambda: MomentumSGD(eta=1e-3), "SGD", {"lr": 1e-3, "momentum": 0.9}),
    (lambda: MomentumSGD(eta=4e-4, alpha=0.5), "SGD", {"lr": 4e-4, "momentum": 0.5}),
    (lambda: Nesterov(eta=1e-3), "SGD", {"lr": 1e-3, "momentum": 0.9, "nesterov": True}),
    (lambda: Nesterov(eta=4e-4, alpha=0.5), "SGD", {"lr": 4e-4, "momentum": 0.5, "nesterov": True}),
    # ε under the root is a first value of the accumulator
    (AdaGrad, "Adagrad", {"initial_accumulator_value": 1e-8, "eps": 0}),
    (lambda: AdaGrad(eta=0.5, eps=0.25), "Adagrad", {"lr": 0.5, "initial_accumulator_value": 0.25, "eps": 0}),
    (lambda: AdaGrad(eta=0.1, eps=0.0), "Adagrad", {"lr": 0.1, "eps": 0}),
    (RMSProp, "RMSprop", {"lr": 1e-3, "alpha": 0.9, "eps": 1e-8}),
    (lambda: RMSProp(eta=0.02, rho=0.99, eps=1e-3), "RMSprop", {"lr": 0.02, "alpha": 0.99, "eps": 1e-3}),
    (Adam, "Adam", {}),
    (lambda: Adam(eta=0.05, beta1=0.8, beta2=0.99, eps=1e-3), "Adam", {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-3}),
    (AdamW, "AdamW", {}),
    (
        lambda: AdamW(eta=0.05, beta1=0.8, beta2=0.99, eps=1e-3, lam=0.3),
        "AdamW",
        {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.3},
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "options"), SAME, ids=[f"{theirs}-{options}" for _, theirs, options in SAME])
def test_a_hundred_steps_are_those_of_pytorch(ours: Any, theirs: str, options: dict[str, Any]) -> None:
    path = trajectory(rugged_gradient, START, optimizer=ours(), n_steps=100)
    expected, _ = path_of_torch(theirs, **options)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12)
    assert np.abs(path[-1] - path[0]).min() > 1e-4  # each parameter has moved


def test_the_state_after_a_hundred_steps_is_that_of_pytorch() -> None:
    eta = 1e-3
    pairs = [
        (MomentumSGD(eta=eta), "SGD", {"lr": eta, "momentum": 0.9}, {"momentum_buffer": lambda o: -o.v_ / eta}),
        (Nesterov(eta=eta), "SGD", {"lr": eta, "momentum": 0.9, "nesterov": True}, {"momentum_buffer": lambda o: -o.v_ / eta}),
        (AdaGrad(), "Adagrad", {"initial_accumulator_value": 1e-8, "eps": 0}, {"sum": lambda o: o.g_sum_ + o.eps}),
        (RMSProp(), "RMSprop", {"lr": 1e-3, "alpha": 0.9}, {"square_avg": lambda o: o.v_}),
        (Adam(), "Adam", {}, {"exp_avg": lambda o: o.m_, "exp_avg_sq": lambda o: o.v_, "step": lambda o: o.t_}),
        (AdamW(), "AdamW", {}, {"exp_avg": lambda o: o.m_, "exp_avg_sq": lambda o: o.v_, "step": lambda o: o.t_}),
    ]
    for optimizer, theirs, options, states in pairs:
        trajectory(rugged_gradient, START, optimizer=optimizer, n_steps=100)
        _, state = path_of_torch(theirs, **options)
        for name, mapped in states.items():
            np.testing.assert_allclose(mapped(optimizer), state[name].numpy(), rtol=1e-10, atol=1e-12)


def test_momentum_parts_from_that_of_pytorch_when_the_learning_rate_decays() -> None:
    """PyTorch multiplies the whole velocity by today's rate, the form here each gradient by the rate of its day."""
    import torch

    parameter = torch.tensor(START, requires_grad=True)
    theirs = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
    ours, theta = MomentumSGD(eta=0.1), START
    gaps = []
    for t in range(3):
        theirs.param_groups[0]["lr"] = ours.eta = exponential_decay(t, eta0=0.1, gamma=0.5)
        parameter.grad = torch.tensor(SCALES)
        theirs.step()
        theta = ours.step(theta, SCALES)
        gaps.append(np.abs(theta - parameter.detach().numpy()).max())
    assert gaps[0] < 1e-12 < 0.1 < gaps[1] < gaps[2]


# --- Gradient descent


def test_gd_step_by_hand(xp: Library) -> None:
    xp.close(gd_step(xp.array([1.0, 2.0]), xp.array([4.0, -2.0]), eta=0.5), [-1, 3])


@given(st.floats(0.01, 100), st.floats(0.02, 3.9), st.floats(0.5, 2))
def test_on_a_parabola_gradient_descent_converges_exactly_below_two_over_the_curvature(c: float, ratio: float, start: float) -> None:
    """The step of c θ² / 2 is θ ← (1 − η c) θ."""
    assume(abs(ratio - 2) > 0.02)
    eta = ratio / c
    theta = trajectory(lambda theta: c * theta, start, optimizer=GradientDescent(eta=eta), n_steps=150)
    np.testing.assert_allclose(theta, start * (1 - ratio) ** np.arange(151), rtol=1e-9, atol=1e-300)
    assert (abs(theta[-1]) < 0.2 * start) == (ratio < 2)
    assert (abs(theta[-1]) > 5 * start) == (ratio > 2)


def test_at_two_over_the_curvature_gradient_descent_swings_for_ever() -> None:
    assert trajectory(lambda theta: 4 * theta, 3.0, optimizer=GradientDescent(eta=0.5), n_steps=4).tolist() == [3, -3, 3, -3, 3]


def steps_until(path: Any, radius: float = 1e-2) -> int:
    """Number of steps after which the distance from the origin stays below the radius."""
    far = np.flatnonzero(np.linalg.norm(np.reshape(path, (len(path), -1)), axis=1) >= radius)
    return int(far[-1]) + 1 if far.size else 0


def test_a_learning_rate_too_small_takes_long() -> None:
    """To come from 1 to 0.01 takes log 100 / −log(1 − η c) steps: ten times smaller, ten times longer."""
    counts = [steps_until(trajectory(lambda theta: theta, 1.0, optimizer=GradientDescent(eta=eta), n_steps=5000)) for eta in (0.1, 0.01, 0.001)]
    assert counts == [math.ceil(math.log(100) / -math.log1p(-eta)) for eta in (0.1, 0.01, 0.001)] == [44, 459, 4603]


@given(VECTORS, st.floats(0.01, 1.9))
def test_a_step_below_two_over_the_smoothness_never_raises_the_loss(theta: Any, ratio: float) -> None:
    """Of Σ log cosh θ_i, whose second derivative is at most 1."""

    def loss(theta: Any) -> float:
        return float(np.sum(np.log(np.cosh(theta))))

    assert loss(gd_step(theta, np.tanh(theta), eta=ratio)) <= loss(theta) + 1e-12


def test_a_step_for_one_sample_may_raise_the_loss_of_all() -> None:
    x, y, theta = np.array([[1.0], [1.0], [1.0]]), np.array([0.0, 0.0, 4.0]), np.array([1.0])
    after = gd_step(theta, pull(x[2], y[2], theta), eta=0.5)
    assert squared_risk(x, y, after, 0.0) > squared_risk(x, y, theta, 0.0)


def test_gradients_of_gd_step() -> None:
    assert_gradient(gd_step, THETA, GRAD, wrt=0, expected=[1, 1, 1], eta=0.5)
    assert_gradient(gd_step, THETA, GRAD, wrt=1, expected=[-0.5, -0.5, -0.5], eta=0.5)


# --- All samples, one, or some


def test_batch_gradient_by_hand(xp: Library) -> None:
    xp.close(batch_gradient(xp.array([[1.0, 0.0], [3.0, 0.0], [2.0, 6.0]])), [2, 2])
    xp.close(batch_gradient(xp.array([1.0, 2.0, 6.0])), 3)


def test_batch_gradient_is_the_gradient_of_the_mean_loss() -> None:
    x, y = np.array(X), np.array(Y)
    grads = np.stack([pull(x[i], y[i], np.array(THETA)) for i in range(4)])
    mean = batch_gradient(grads)
    assert_gradient(squared_risk, X, Y, THETA, 0.0, wrt=2, expected=2 * mean)  # whose losses have no factor ½


def test_gradients_of_batch_gradient_and_of_minibatch_step() -> None:
    assert_gradient(lambda grads: batch_gradient(grads).sum(), [GRAD, GRAD2], wrt=0, expected=np.full((2, 3), 0.5))
    assert_gradient(lambda theta, grads: minibatch_step(theta, grads, eta=0.5).sum(), THETA, [GRAD, GRAD2], wrt=1, expected=np.full((2, 3), -0.25))
    assert_gradient(minibatch_step, THETA, [GRAD, GRAD2], wrt=0, expected=[1, 1, 1], eta=0.5)


def test_minibatch_step_by_hand(xp: Library) -> None:
    xp.close(minibatch_step(xp.array([1.0, 1.0]), xp.array([[4.0, 0.0], [0.0, -2.0]]), eta=0.5), [0, 1.5])


@given(GRADIENTS, VECTORS)
def test_a_step_of_all_samples_is_one_along_the_batch_gradient_and_of_one_sample_one_along_its_gradient(grads: Any, theta: Any) -> None:
    grads = np.array(grads)
    np.testing.assert_allclose(minibatch_step(theta, grads, eta=0.5), gd_step(theta, batch_gradient(grads), eta=0.5), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(minibatch_step(theta, grads[:1], eta=0.5), gd_step(theta, grads[0], eta=0.5), rtol=1e-15)


def seen(epoch: Callable[..., Any], **options: Any) -> list[float]:
    """The samples that an epoch asks the gradients of, in order."""
    order: list[float] = []

    def grad_fn(x: Any, y: Any, theta: Any) -> Any:
        assert y == 10 * x
        order.append(float(x))
        return 0 * theta

    epoch(grad_fn, np.arange(7.0), 10 * np.arange(7.0), np.zeros(2), eta=1.0, **options)
    return order


def test_an_epoch_takes_every_sample_once_in_an_order_that_is_drawn_anew() -> None:
    rng = np.random.default_rng(0)
    for epoch, options in ((sgd_epoch, {}), (minibatch_epoch, {"batch_size": 3})):
        orders = [seen(epoch, rng=rng, **options) for _ in range(3)]
        assert all(sorted(order) == [0, 1, 2, 3, 4, 5, 6] for order in orders)
        assert len({tuple(order) for order in orders}) == 3
    assert seen(sgd_epoch, rng=np.random.default_rng(5)) == seen(sgd_epoch, rng=np.random.default_rng(5))


def test_sgd_epoch_makes_its_steps_one_after_the_other() -> None:
    x, y, theta = np.array(X), np.array(Y), np.array(THETA)
    for i in np.random.default_rng(3).permutation(4):
        theta = theta - 0.125 * pull(x[i], y[i], theta)
    np.testing.assert_allclose(sgd_epoch(pull, x, y, np.array(THETA), eta=0.125, rng=np.random.default_rng(3)), theta, rtol=1e-14)


def test_an_epoch_with_batches_of_one_is_stochastic_and_with_a_batch_of_all_is_batch_gradient_descent(xp: Library) -> None:
    x, y, theta = xp.array(X), xp.array(Y), xp.array(THETA)
    one = minibatch_epoch(pull, x, y, theta, eta=0.125, batch_size=1, rng=np.random.default_rng(3))
    xp.close(one, xp.numpy(sgd_epoch(pull, x, y, theta, eta=0.125, rng=np.random.default_rng(3))))
    grads = xp.array([xp.numpy(pull(x[i, ...], y[i, ...], theta)).tolist() for i in range(4)])
    everything = minibatch_epoch(pull, x, y, theta, eta=0.125, batch_size=4, rng=np.random.default_rng(3))
    xp.close(everything, xp.numpy(gd_step(theta, batch_gradient(grads), eta=0.125)))


@given(st.integers(1, 30), st.data())
def test_the_batches_of_an_epoch_part_the_samples(n: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, n))
    batches = draw_batches(n=n, batch_size=size, rng=np.random.default_rng(data.draw(st.integers(0, 99))))
    assert [len(batch) for batch in batches] == [size] * (n // size) + [n % size] * (n % size > 0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(n))


def test_no_samples_make_no_batches() -> None:
    with pytest.raises(ValueError, match="^draw_batches: n must be > 0, got 0"):
        draw_batches(n=0, batch_size=1, rng=np.random.default_rng(0))


def test_every_batch_is_equally_likely() -> None:
    """Of the 15 pairs among six samples, each within five standard deviations of its share."""
    rng, counts = np.random.default_rng(0), dict.fromkeys(itertools.combinations(range(6), 2), 0)
    draws = 3000
    for _ in range(draws):
        counts[tuple(sorted(draw_batches(n=6, batch_size=2, rng=rng)[0].tolist()))] += 1
    share = 1 / 15
    assert max(abs(count - draws * share) for count in counts.values()) < 5 * math.sqrt(draws * share * (1 - share))


def test_the_gradient_of_one_uniform_draw_is_unbiased() -> None:
    """Its mean over many draws at fixed parameters is the batch gradient, within five standard errors."""
    grads = np.stack([pull(np.array(X[i]), Y[i], np.array(THETA)) for i in range(4)])
    drawn = grads[np.random.default_rng(0).integers(4, size=20_000)]
    error = drawn.std(axis=0) / math.sqrt(len(drawn))
    assert np.all(np.abs(drawn.mean(axis=0) - batch_gradient(grads)) < 5 * error)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_variance_of_a_batch_gradient_falls_with_the_size_of_the_batch(size: int) -> None:
    """Over all batches drawn without replacement it is s² / |B| · (n − |B|) / (n − 1); s² / |B| would need replacement."""
    grads = np.random.default_rng(0).normal(size=(6, 2))
    means = np.stack([batch_gradient(grads[list(batch)]) for batch in itertools.combinations(range(6), size)])
    np.testing.assert_allclose(means.mean(axis=0), batch_gradient(grads), rtol=1e-12)
    np.testing.assert_allclose(means.var(axis=0), grads.var(axis=0) / size * (6 - size) / 5, rtol=1e-12, atol=1e-30)


def test_stochastic_gradient_descent_comes_near_in_a_pass_in_which_batch_gradient_descent_makes_one_step() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ THETA + 0.1 * rng.normal(size=200)
    start = np.zeros(3)
    one_step = gd_step(start, batch_gradient(np.stack([pull(x[i], y[i], start) for i in range(200)])), eta=0.1)
    one_pass = sgd_epoch(pull, x, y, start, eta=0.1, rng=rng)
    risks = [squared_risk(x, y, theta, 0.0) for theta in (start, one_step, one_pass)]
    assert risks[2] < 0.03 < 3 < risks[1] < risks[0]


# --- Momentum


def test_momentum_step_by_hand(xp: Library) -> None:
    theta, v = momentum_step(xp.array([1.0, 2.0]), xp.array([2.0, -4.0]), xp.array([0.5, 1.0]), eta=0.25, alpha=0.5)
    xp.close(v, [-0.25, 1.5])
    xp.close(theta, [0.75, 3.5])


def test_momentum_coefficient_is_nine_tenths_by_default() -> None:
    assert MomentumSGD(eta=1.0).alpha == Nesterov(eta=1.0).alpha == 0.9
    assert momentum_step(0.0, 1.0, 10.0, eta=1.0) == momentum_step(0.0, 1.0, 10.0, eta=1.0, alpha=0.9) == (8.0, 8.0)
    assert nesterov_step(0.0, 1.0, 10.0, eta=1.0) == nesterov_step(0.0, 1.0, 10.0, eta=1.0, alpha=0.9)


def run(step: Callable[..., Any], grads: Any, theta: Any, n_states: int = 1, **options: Any) -> list[Any]:
    """Parameters and state after each gradient of a list, from state 0."""
    out, state = [], [0.0] * n_states
    for grad in grads:
        theta, *state = step(theta, grad, *state, **options)
        out.append((theta, *state))
    return out


@given(GRADIENTS, VECTORS, FRACTIONS, st.floats(0.01, 10))
def test_velocity_is_a_sum_of_past_steps_with_weights_that_fade(grads: Any, theta: Any, alpha: float, eta: float) -> None:
    """The weights α^k do not sum to 1: it is no average."""
    *_, (_, v) = run(momentum_step, grads, theta, eta=eta, alpha=alpha)
    expected = -eta * sum(alpha**k * grad for k, grad in enumerate(reversed(grads)))
    np.testing.assert_allclose(v, expected, rtol=1e-9, atol=1e-9)


def test_velocity_of_a_constant_gradient_grows_to_the_step_over_one_minus_alpha() -> None:
    *_, (_, v) = run(momentum_step, [np.ones(3)] * 400, np.zeros(3), eta=0.5)
    np.testing.assert_allclose(v, [-5, -5, -5], rtol=1e-12)


@pytest.mark.parametrize("step", [momentum_step, nesterov_step])
def test_without_momentum_it_is_gradient_descent(step: Any) -> None:
    theta, v = step(np.array(THETA), np.array(GRAD), np.array(V), eta=0.5, alpha=0.0)
    np.testing.assert_array_equal(theta, gd_step(THETA, GRAD, eta=0.5))
    np.testing.assert_array_equal(v, -0.5 * np.array(GRAD))


def valley(kappa: float, alpha: float | None, n_steps: int = 1000) -> Any:
    """The path on a quadratic of condition number κ with η λ_max = 1.9, from 10 along the flat and 1 along the steep axis."""
    curvatures = np.array([1.0, kappa])
    optimizer = GradientDescent(eta=1.9 / kappa) if alpha is None else MomentumSGD(eta=1.9 / kappa, alpha=alpha)
    return trajectory(lambda theta: curvatures * theta, np.array([10.0, 1.0]), optimizer=optimizer, n_steps=n_steps)


def test_momentum_needs_far_fewer_steps_in_a_narrow_valley_and_more_in_a_wide_one() -> None:
    assert [steps_until(valley(100, None)), steps_until(valley(100, 0.9))] == [361, 128]
    assert [steps_until(valley(25, None)), steps_until(valley(25, 0.9)), steps_until(valley(25, 0.5))] == [88, 127, 33]
    assert steps_until(valley(1000, 0.9)) < steps_until(valley(1000, None, 5000)) / 10


def test_momentum_zigzags_less_across_the_valley() -> None:
    across = [np.abs(np.diff(valley(25, alpha)[:, 1])).sum() for alpha in (None, 0.5)]
    assert np.round(across, 1).tolist() == [19.0, 4.9]


@pytest.mark.parametrize("kappa", [25.0, 100.0])
def test_the_best_momentum_grows_with_the_condition_number(kappa: float) -> None:
    """At the rate ((1 + √α)²/λ_max) the fastest α is ((√κ − 1)/(√κ + 1))²: 0.44 at 25, 0.67 at 100."""
    best = ((math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)) ** 2
    assert round(best, 2) == {25.0: 0.44, 100.0: 0.67}[kappa]
    curvatures = np.array([1.0, kappa])

    def rate(alpha: float, eta: float) -> float:
        """The factor by which the slower direction shrinks in the long run: the largest root of z² − (1 + α − η λ) z + α."""
        return max(abs(z) for c in curvatures for z in np.roots([1, -(1 + alpha - eta * c), alpha]))

    def fastest(alpha: float) -> float:
        return min(rate(alpha, eta) for eta in np.linspace(0.01, 2 * (1 + alpha), 400) / kappa)

    rates = {alpha: fastest(alpha) for alpha in (best - 0.1, best, best + 0.1)}
    assert min(rates, key=rates.__getitem__) == best
    assert rates[best] == pytest.approx(math.sqrt(best), abs=0.03)


def test_gradients_of_momentum_steps() -> None:
    for wrt, expected in ((0, 1), (1, -0.25), (2, 0.5)):
        assert_gradient(lambda *args: momentum_step(*args, eta=0.25, alpha=0.5)[0], THETA, GRAD, V, wrt=wrt, expected=[expected] * 3)
    for wrt, expected in ((0, 1), (1, -0.375), (2, 0.25)):
        assert_gradient(lambda *args: nesterov_step(*args, eta=0.25, alpha=0.5)[0], THETA, GRAD, V, wrt=wrt, expected=[expected] * 3)


def test_nesterov_step_by_hand(xp: Library) -> None:
    theta, v = nesterov_step(xp.array([1.0, 2.0]), xp.array([2.0, -4.0]), xp.array([0.5, 1.0]), eta=0.25, alpha=0.5)
    xp.close(v, [-0.25, 1.5])
    xp.close(theta, [0.375, 3.75])


def test_nesterov_steps_are_those_that_look_ahead_seen_from_where_they_look() -> None:
    """v ← α v − η ∇L(p + α v), p ← p + v, with θ = p + α v."""
    alpha, eta = 0.8, 1e-3
    p, v, ahead = START, np.zeros(6), []
    for _ in range(50):
        v = alpha * v - eta * rugged_gradient(p + alpha * v)
        p = p + v
        ahead.append(p + alpha * v)
    path = trajectory(rugged_gradient, START, optimizer=Nesterov(eta=eta, alpha=alpha), n_steps=50)
    np.testing.assert_allclose(path[1:], ahead, rtol=1e-12, atol=1e-12)


def test_nesterov_overshoots_less_than_momentum() -> None:
    paths = [trajectory(lambda theta: theta, 1.0, optimizer=kind(eta=0.1), n_steps=200) for kind in (MomentumSGD, Nesterov)]
    overshoots = [-path.min() for path in paths]
    assert 0 < overshoots[1] < 0.7 * overshoots[0]


# --- AdaGrad


def test_adagrad_by_hand(xp: Library) -> None:
    theta, g_sum = adagrad_step(xp.array([1.0, 1.0]), xp.array([3.0, -0.5]), xp.array([15.75, 0.0]), eta=0.5, eps=0.25)
    xp.close(g_sum, [24.75, 0.25])
    xp.close(theta, [0.7, 1 + 0.25 / math.sqrt(0.5)])
    xp.close(adagrad_accumulate(xp.array([1.0, 4.0]), xp.array([2.0, -3.0])), [5, 13])


@given(GRADIENTS, VECTORS)
def test_the_sum_of_adagrad_is_that_of_all_squared_gradients_and_its_rate_never_rises(grads: Any, theta: Any) -> None:
    sums = [g_sum for _, g_sum in run(adagrad_step, grads, theta)]
    np.testing.assert_allclose(sums, np.cumsum(np.square(grads), axis=0), rtol=1e-12)
    np.testing.assert_allclose(sums, list(itertools.accumulate(grads, adagrad_accumulate, initial=np.zeros(3)))[1:], rtol=1e-12)
    rates = 0.01 / np.sqrt(np.array(sums) + 1e-8)
    assert np.all(np.diff(rates, axis=0) <= 0)


@pytest.mark.parametrize(
    ("step", "n_states", "options"),
    [(adagrad_step, 1, {"eps": 0.0}), (rmsprop_step, 1, {"eps": 0.0}), (adam_step, 2, {"eps": 0.0})],
)
@given(GRADIENTS, POWERS)
def test_the_scale_of_a_parameters_gradient_makes_no_difference(step: Any, n_states: int, options: Any, grads: Any, c: float) -> None:
    """Exactly, without epsilon; so every parameter has a rate of its own."""
    grads = [np.where(np.abs(grad) < 1e-3, 1.0, grad) for grad in grads]

    def path(scale: float) -> list[Any]:
        theta, state, out = np.zeros(3), [0.0] * n_states, []
        for t, grad in enumerate(grads, 1):
            theta, *state = step(theta, scale * grad, *state, *([t] if step is adam_step else []), **options)
            out.append(theta)
        return out

    np.testing.assert_allclose(path(c), path(1.0), rtol=1e-13)


def test_adagrad_has_its_epsilon_under_the_root_and_pytorch_beside_it() -> None:
    for eps, gap in ((0.25, 0.1), (1e-10, 1e-7)):
        ours = trajectory(rugged_gradient, START, optimizer=AdaGrad(eta=0.1, eps=eps), n_steps=20)
        theirs, _ = path_of_torch("Adagrad", 20, lr=0.1, eps=eps)
        assert (np.abs(ours - theirs).max() > 1e-3) == (gap == 0.1)
        np.testing.assert_allclose(ours, theirs, atol=10 * gap)


def test_adagrad_moves_a_parameter_of_rare_gradients_as_far_as_one_of_frequent_ones() -> None:
    """The tenth step of the one and the hundredth of the other, each along a gradient of 1 or of 100: steps 1/√(number of gradients)."""
    theta, g_sum = np.zeros(2), np.zeros(2)
    for t in range(1, 101):
        before = theta
        theta, g_sum = adagrad_step(theta, np.array([1.0, 100.0 * (t % 10 == 0)]), g_sum, eta=1.0, eps=0.0 if t >= 10 else 1e-30)
    np.testing.assert_allclose(before - theta, [1 / math.sqrt(100), 1 / math.sqrt(10)], rtol=1e-12)


def test_gradients_of_adagrad() -> None:
    grad, g_sum = np.array(GRAD), np.array(V)
    root = np.sqrt(g_sum + grad**2 + 0.125)
    arguments = {"eta": 0.25, "eps": 0.125}
    assert_gradient(lambda *args: adagrad_step(*args, **arguments)[0], THETA, GRAD, V, wrt=1, expected=-0.25 * (1 / root - grad**2 / root**3))
    assert_gradient(lambda *args: adagrad_step(*args, **arguments)[0], THETA, GRAD, V, wrt=2, expected=0.125 * grad / root**3)
    assert_gradient(lambda grad, v: adagrad_accumulate(v, grad), GRAD, V, wrt=0, expected=2 * grad)
    assert_gradient(lambda grad: adagrad_step(0.0, grad, 0.0, eta=1.0, eps=0.25)[0], [0.0], wrt=0, expected=[-2])


# --- RMSProp


def test_rmsprop_by_hand(xp: Library) -> None:
    theta, v = rmsprop_step(xp.array([1.0, 1.0]), xp.array([2.0, 4.0]), xp.array([0.0, 3.0]), eta=0.5, rho=0.75, eps=0.5)
    xp.close(v, [1, 6.25])
    xp.close(theta, [1 - 1 / 1.5, 1 - 2 / 3])


@given(GRADIENTS, VECTORS, FRACTIONS)
def test_the_average_of_rmsprop_weighs_squared_gradients_less_the_older_they_are(grads: Any, theta: Any, rho: float) -> None:
    *_, (_, v) = run(rmsprop_step, grads, theta, rho=rho)
    expected = (1 - rho) * sum(rho**k * grad**2 for k, grad in enumerate(reversed(grads)))
    np.testing.assert_allclose(v, expected, rtol=1e-9, atol=1e-12)


def test_the_rate_of_rmsprop_rises_again_after_large_gradients_and_that_of_adagrad_does_not() -> None:
    grads = [np.array([g]) for g in [100.0] * 5 + [1.0] * 195]
    steps = {}
    for name, step in (("adagrad", adagrad_step), ("rmsprop", rmsprop_step)):
        points = [theta[0] for theta, _ in run(step, grads, np.zeros(1), eta=1.0)]
        steps[name] = -np.diff(points)
    assert steps["adagrad"][-1] < 0.01 < 0.99 < steps["rmsprop"][-1] < 1.01
    assert np.all(np.diff(steps["adagrad"][5:]) <= 0) and np.all(np.diff(steps["rmsprop"][5:]) >= 0)


def test_rmsprop_with_epsilon_under_the_root_is_another_method() -> None:
    """TensorFlow's; the two meet as epsilon falls."""
    grad = np.array([1e-4])
    for eps, same in ((1e-4, False), (1e-20, True)):
        theta, v = rmsprop_step(np.zeros(1), grad, np.zeros(1), eta=1.0, eps=eps)
        assert np.allclose(theta, -grad / np.sqrt(v + eps), rtol=1e-3) == same


def test_gradients_of_rmsprop() -> None:
    grad, options = np.array(GRAD), {"eta": 0.25, "rho": 0.5, "eps": 0.125}
    root = np.sqrt(0.5 * np.array(V) + 0.5 * grad**2)
    along = -0.25 * (1 / (root + 0.125) - grad * (0.5 * grad / root) / (root + 0.125) ** 2)
    assert_gradient(lambda *args: rmsprop_step(*args, **options)[0], THETA, GRAD, V, wrt=1, expected=along)
    assert_gradient(lambda *args: rmsprop_step(*args, **options)[1], THETA, GRAD, V, wrt=2, expected=[0.5] * 3)


# --- Adam and AdamW


def test_adam_by_hand(xp: Library) -> None:
    """The second step after gradients of 1 and 3: averages 1.75 and 5.5625 / 2, corrected by 3/4 and 7/16."""
    state = (xp.array([0.5]), xp.array([0.25]), 2)
    theta, m, v = adam_step(xp.array([1.0]), xp.array([3.0]), *state, eta=0.25, beta1=0.5, beta2=0.75, eps=0.5)
    xp.close(m, [1.75])
    xp.close(v, [2.4375])
    xp.close(theta, [1 - 0.25 * (1.75 / 0.75) / (math.sqrt(2.4375 / 0.4375) + 0.5)])


@given(st.floats(1e-3, 1e6), st.sampled_from([-1, 1]), FRACTIONS, FRACTIONS)
def test_the_first_step_of_adam_is_the_learning_rate_in_each_parameter(size: float, sign: int, beta1: float, beta2: float) -> None:
    theta, _, _ = adam_step(0.0, sign * size, 0.0, 0.0, 1, eta=0.25, beta1=beta1, beta2=beta2)
    assert theta == pytest.approx(-0.25 * sign, rel=1e-4)


@given(VECTORS, FRACTIONS, FRACTIONS)
def test_the_corrected_averages_of_a_constant_gradient_are_that_gradient_and_its_square(grad: Any, beta1: float, beta2: float) -> None:
    theta, m, v = np.zeros(3), 0.0, 0.0
    for t in range(1, 10):
        theta, m, v = adam_step(theta, grad, m, v, t, beta1=beta1, beta2=beta2)
    np.testing.assert_allclose(m / (1 - beta1**t), grad, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(v / (1 - beta2**t), grad**2, rtol=1e-9, atol=1e-300)


def test_without_the_correction_the_first_steps_of_adam_would_be_too_large() -> None:
    """The average of the squares starts the nearer to 0: by (1 − β_1) / √(1 − β_2) = 3.2 times."""
    _, m, v = adam_step(0.0, 1.0, 0.0, 0.0, 1)
    assert m / math.sqrt(v) == pytest.approx(3.162, abs=1e-3)


def test_adam_is_the_form_with_the_corrections_in_the_rate_when_epsilon_is_scaled() -> None:
    """θ − η √(1 − β_2^t) / (1 − β_1^t) · m / (√v + ε̂) with ε̂ = ε √(1 − β_2^t), the paper's second form."""
    for t in (1, 2, 10):
        theta, m, v = adam_step(np.array(THETA), np.array(GRAD), np.array(V2), np.array(V), t, eps=0.125)
        scale = math.sqrt(1 - 0.999**t)
        np.testing.assert_allclose(theta, np.array(THETA) - 1e-3 * scale / (1 - 0.9**t) * m / (np.sqrt(v) + 0.125 * scale), rtol=1e-12)


def test_adam_counts_its_steps_in_an_array_as_well(xp: Library) -> None:
    """As a traced function needs it; single precision loses no digit of 1 − β^t."""
    for t in (1, 2, 1000, 10**6):
        expected = adam_step(THETA, GRAD, V2, V, t)
        for dtype, rtol in (("float64", 1e-11), ("float32", 1e-6)):
            arrays = [xp.array(value, dtype) for value in (THETA, GRAD, V2, V)]
            for given_t in (t, float(t), np.int64(t), xp.array(t, "int64"), xp.array(float(t), dtype)):
                if isinstance(given_t, np.int64) and not xp.name.startswith("numpy"):
                    continue
                for part, values in zip(adam_step(*arrays, given_t), expected, strict=True):
                    assert part.dtype == xp.dtype(dtype)
                    xp.close(part, values, rtol=rtol)
        for part, values in zip(adam_step(THETA, GRAD, V2, V, t, beta1=0.0, beta2=0.0), adam_step(THETA, GRAD, V2, V, [t][0] + 0.0, beta1=0.0, beta2=0.0), strict=True):
            np.testing.assert_allclose(part, values, rtol=1e-12)


def test_adam_under_jit_with_a_traced_step_number_makes_the_same_steps() -> None:
    import jax
    import jax.numpy as jnp

    step = jax.jit(adam_step)
    traced = plain = (jnp.asarray(THETA), jnp.zeros(3), jnp.zeros(3))
    for t in range(1, 30):
        theta, m, v = traced
        traced = step(theta, jnp.tanh(theta), m, v, jnp.asarray(t))
        theta, m, v = plain
        plain = adam_step(theta, jnp.tanh(theta), m, v, t)
    for left, right in zip(traced, plain, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10)
    assert step._cache_size() == 1


def test_adam_may_walk_to_the_worst_point_of_a_convex_problem() -> None:
    """Losses 3 x, −x, −x in turn on [−1, 1], whose sum is least at −1; with β_1 = 0 and β_2 = 1/10 Adam ends at +1."""
    optimizers = {"adam": Adam(beta1=0.0, beta2=0.1), "descent": GradientDescent(eta=1.0)}
    ends = {}
    for name, optimizer in optimizers.items():
        theta = 0.0
        for t in range(1, 3001):
            optimizer.eta = 0.5 / math.sqrt(t)
            theta = min(max(optimizer.step(theta, 3.0 if t % 3 == 1 else -1.0), -1.0), 1.0)
        ends[name] = theta
    assert ends["adam"] > 0.9 and ends["descent"] < -0.9


def test_gradients_of_adam_and_adamw() -> None:
    options = {"eta": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 0.125}
    for wrt in range(4):
        for part in range(3):
            if part == 0 or (part, wrt) in ((1, 1), (1, 2), (2, 1), (2, 3)):
                assert_gradient(lambda *args, part=part: adam_step(*args, 2, **options)[part], THETA, GRAD, V2, V, wrt=wrt)
    assert_gradient(lambda theta, *rest: adamw_step(theta, *rest, 2, **options, lam=0.5)[0], THETA, GRAD, V2, V, wrt=0, expected=[0.875] * 3)


@pytest.mark.parametrize("step", [rmsprop_step, lambda theta, grad, v: adam_step(theta, grad, v, v, 1)])
def test_the_derivative_of_a_step_at_a_parameter_without_any_gradient_is_nan_though_the_step_is_zero(step: Any) -> None:
    import torch

    grad = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    theta = step(torch.ones(1, dtype=torch.float64), grad, torch.zeros(1, dtype=torch.float64))[0]
    theta.sum().backward()
    assert theta.item() == 1 and torch.isnan(grad.grad).item()  # type: ignore[arg-type]


def test_adamw_by_hand(xp: Library) -> None:
    state = (xp.array([0.0, 0.0]), xp.array([0.0, 0.0]), 1)
    theta, m, v = adamw_step(xp.array([1.0, 2.0]), xp.array([0.5, 0.0]), *state, eta=0.25, beta1=0.5, beta2=0.75, eps=0.5, lam=0.5)
    xp.close(m, [0.25, 0])
    xp.close(v, [0.0625, 0])
    xp.close(theta, [1 - 0.25 * (0.5 + 0.5), 1.75])


@given(VECTORS, VECTORS, st.floats(0, 1), st.floats(0.01, 1))
def test_adamw_is_adam_and_a_shrinking_of_the_parameters(theta: Any, grad: Any, lam: float, eta: float) -> None:
    decayed, m, v = adamw_step(theta, grad, np.ones(3), np.ones(3), 3, eta=eta, lam=lam)
    plain, m_of_adam, v_of_adam = adam_step(theta, grad, np.ones(3), np.ones(3), 3, eta=eta)
    np.testing.assert_allclose(decayed, plain - eta * lam * theta, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal((m, v), (m_of_adam, v_of_adam))


def test_without_gradients_adamw_shrinks_all_parameters_by_one_factor_and_adam_with_a_penalty_by_one_step() -> None:
    """Decay decoupled from the averages, against the same decay as a part of the gradient, which Adam scales to the size of a step."""
    theta = np.array([100.0, 1.0])
    decayed, *_ = adamw_step(theta, np.zeros(2), 0.0, 0.0, 1, eta=0.1, lam=0.5)
    penalized, *_ = adam_step(theta, 0.5 * theta, 0.0, 0.0, 1, eta=0.1)
    np.testing.assert_allclose(decayed / theta, [0.95, 0.95], rtol=1e-12)
    np.testing.assert_allclose(theta - penalized, [0.1, 0.1], rtol=1e-6)


# --- What all steps have in common

STEPS: list[tuple[Any, list[Any]]] = [
    (gd_step, []),
    (momentum_step, [V]),
    (nesterov_step, [V]),
    (adagrad_step, [V]),
    (rmsprop_step, [V]),
    (adam_step, [V2, V, 3]),
    (adamw_step, [V2, V, 3]),
]
each_step = pytest.mark.parametrize(("step", "state"), STEPS, ids=[step.__name__ for step, _ in STEPS])


@each_step
def test_nan_and_infinity_in_a_gradient_reach_its_own_parameter_only(step: Any, state: list[Any], xp: Library) -> None:
    given = [xp.array(part) if isinstance(part, list) else part for part in state]
    with np.errstate(all="ignore"):  # array_api_strict warns as NumPy does
        result = step(xp.array(THETA), xp.array([math.nan, math.inf, -0.25]), *given, eta=0.25)
    theta = xp.numpy(result[0] if isinstance(result, tuple) else result)
    plain = step(THETA, GRAD, *state, eta=0.25)
    assert math.isnan(theta[0]) and not math.isfinite(theta[1])
    assert theta[2] == (plain[0] if isinstance(plain, tuple) else plain)[2]


@each_step
def test_nan_in_the_state_goes_through(step: Any, state: list[Any]) -> None:
    if state:
        broken = [[math.nan, *part[1:]] if isinstance(part, list) else part for part in state]
        assert np.isnan(step(THETA, GRAD, *broken, eta=0.25)[0]).tolist() == [True, False, False]


@each_step
def test_a_state_of_zero_may_be_the_number_zero(step: Any, state: list[Any], xp: Library) -> None:
    numbers = [0.0 if isinstance(part, list) else part for part in state]
    zeros = [xp.array([0.0] * 3) if isinstance(part, list) else part for part in state]
    plain, full = (step(xp.array(THETA), xp.array(GRAD), *given, eta=0.25) for given in (numbers, zeros))
    for left, right in zip(plain if state else [plain], full if state else [full], strict=True):
        xp.close(left, xp.numpy(right))


@each_step
@pytest.mark.parametrize("value", [-1.0, 0.0, math.nan, -math.inf])
def test_a_learning_rate_that_is_not_a_positive_number_is_refused(step: Any, state: list[Any], value: float) -> None:
    with pytest.raises(ValueError, match=f"^{step.__name__}: eta must be "):
        step(THETA, GRAD, *state, eta=value)


@pytest.mark.parametrize("value", [-1e-300, 1.0, 2.0, math.nan])
def test_a_weight_of_the_past_outside_of_zero_to_one_is_refused(value: float) -> None:
    for step, name, state in (
        (momentum_step, "alpha", [V]),
        (nesterov_step, "alpha", [V]),
        (rmsprop_step, "rho", [V]),
        (adam_step, "beta1", [V2, V, 3]),
        (adam_step, "beta2", [V2, V, 3]),
        (adamw_step, "beta1", [V2, V, 3]),
        (adamw_step, "beta2", [V2, V, 3]),
    ):
        with pytest.raises(ValueError, match=f"^{step.__name__}: {name} must "):
            step(THETA, GRAD, *state, eta=0.1, **{name: value})


@pytest.mark.parametrize("t", [0, -1, 0.5, math.nan, math.inf, True, [1, 2]])
def test_a_step_number_that_is_none_is_refused(t: Any) -> None:
    if t == math.inf:  # the corrections are 1 there
        np.testing.assert_allclose(adam_step(THETA, GRAD, V2, V, t)[0], adam_step(THETA, GRAD, V2, V, 10**6)[0], rtol=1e-12)
        return
    with pytest.raises(ValueError, match="^adam_step: t must be "):
        adam_step(THETA, GRAD, V2, V, t)


def test_gradients_without_an_axis_of_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="^minibatch_step: grads must have a first axis of samples, got a scalar"):
        minibatch_step(1.0, 2.0, eta=0.1)


def test_a_row_of_gradients_beside_a_column_of_parameters_is_refused() -> None:
    for step, state in STEPS:
        with pytest.raises(ValueError, match=f"^{step.__name__}: theta and grad"):
            step([[value] for value in THETA], GRAD, *state, eta=0.1)


OBJECTS = [
    (lambda: MomentumSGD(eta=0.1, alpha=0.5), momentum_step, ["v_"], {"eta": 0.1, "alpha": 0.5}),
    (lambda: Nesterov(eta=0.1, alpha=0.5), nesterov_step, ["v_"], {"eta": 0.1, "alpha": 0.5}),
    (lambda: AdaGrad(eta=0.1, eps=0.5), adagrad_step, ["g_sum_"], {"eta": 0.1, "eps": 0.5}),
    (lambda: RMSProp(eta=0.1, rho=0.5, eps=0.25), rmsprop_step, ["v_"], {"eta": 0.1, "rho": 0.5, "eps": 0.25}),
    (lambda: Adam(**RATES), adam_step, ["m_", "v_"], RATES),
    (lambda: AdamW(**RATES, lam=0.5), adamw_step, ["m_", "v_"], {**RATES, "lam": 0.5}),
]


@pytest.mark.parametrize(("make", "step", "names", "options"), OBJECTS)
def test_an_object_holds_the_state_of_its_step(make: Any, step: Any, names: list[str], options: dict[str, float], xp: Library) -> None:
    optimizer, theta = make(), xp.array(THETA)
    expected, *state = theta, *([0.0] * len(names))
    for t in range(1, 4):
        theta = optimizer.step(theta, theta - 1)
        expected, *state = step(expected, expected - 1, *state, *([t] if len(names) == 2 else []), **options)
        xp.close(theta, xp.numpy(expected))
        for name, part in zip(names, state, strict=True):
            xp.close(getattr(optimizer, name), xp.numpy(part))


@pytest.mark.parametrize(("make", "step"), [(make().__class__, step) for make, step, _, _ in OBJECTS])
def test_an_object_has_the_defaults_of_its_step(make: Any, step: Any) -> None:
    defaults, expected = (
        {name: given.default for name, given in inspect.signature(call).parameters.items() if given.kind is given.KEYWORD_ONLY}
        for call in (make, step)
    )
    assert defaults == expected


def test_an_object_refuses_a_step_and_keeps_its_state() -> None:
    optimizer = Adam(eta=0.1)
    optimizer.step(THETA, GRAD)
    before = (optimizer.t_, optimizer.m_.tolist())
    with pytest.raises(ValueError, match="^adam_step: "):
        optimizer.step(THETA, GRAD[:2])
    assert (optimizer.t_, optimizer.m_.tolist()) == before


def test_the_learning_rate_of_an_object_may_decay() -> None:
    optimizer, theta = GradientDescent(eta=0.8), [0.0]
    for t in range(5):
        optimizer.eta = step_decay(t, eta0=0.8, gamma=0.5, period=2)
        theta.append(optimizer.step(theta[-1], -1.0))
    np.testing.assert_allclose(np.diff(theta), [0.8, 0.8, 0.4, 0.4, 0.2], rtol=1e-12)


# --- Learning rates


def test_decays_by_hand(xp: Library) -> None:
    t = xp.array([0, 1, 2, 3, 4, 5], "int64")
    default = xp.array(0.0, None).dtype
    for rates, expected in (
        (step_decay(t, eta0=0.8, gamma=0.5, period=2), [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]),
        (exponential_decay(t, eta0=0.8, gamma=0.5), [0.8, 0.4, 0.2, 0.1, 0.05, 0.025]),
        (linear_decay(t, eta0=1.0, eta_tau=0.5, tau=4), [1, 0.875, 0.75, 0.625, 0.5, 0.5]),
    ):
        assert rates.dtype == default
        xp.close(rates, expected, rtol=1e-6 if xp.name == "torch" else 1e-12)


def schedule_of_torch(scheduler: str, n: int, eta0: float, **options: Any) -> list[float]:
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=eta0)
    schedule = getattr(torch.optim.lr_scheduler, scheduler)(optimizer, **options)
    rates = []
    for _ in range(n):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


def test_decays_are_those_of_pytorch() -> None:
    t = np.arange(40)
    np.testing.assert_allclose(
        step_decay(t, eta0=0.3, gamma=0.7, period=6), schedule_of_torch("StepLR", 40, 0.3, step_size=6, gamma=0.7), rtol=1e-12
    )
    np.testing.assert_allclose(
        exponential_decay(t, eta0=0.3, gamma=0.9), schedule_of_torch("ExponentialLR", 40, 0.3, gamma=0.9), rtol=1e-12
    )
    options = {"start_factor": 1.0, "end_factor": 0.01, "total_iters": 25}
    np.testing.assert_allclose(
        linear_decay(t, eta0=0.3, eta_tau=0.003, tau=25), schedule_of_torch("LinearLR", 40, 0.3, **options), rtol=1e-9
    )


COUNTS = st.integers(0, 10**6)
RATE = st.floats(1e-6, 10)


@given(COUNTS, RATE, RATE, st.integers(1, 10**6))
def test_linear_decay_starts_at_its_first_rate_and_is_constant_from_tau_on(t: int, eta0: float, eta_tau: float, tau: int) -> None:
    assert linear_decay(0, eta0=eta0, eta_tau=eta_tau, tau=tau) == eta0
    assert linear_decay(tau + t, eta0=eta0, eta_tau=eta_tau, tau=tau) == eta_tau
    if 2 * t <= tau:
        rates = linear_decay([0, t, 2 * t], eta0=eta0, eta_tau=eta_tau, tau=tau)
        assert rates[1] - rates[0] == pytest.approx(rates[2] - rates[1], rel=1e-6, abs=1e-12)


@given(COUNTS, st.integers(1, 1000), st.floats(0.5, 0.99))
def test_step_decay_drops_at_the_end_of_each_period_and_nowhere_else(t: int, period: int, gamma: float) -> None:
    now, then = step_decay([t, t + 1], eta0=1.0, gamma=gamma, period=period)
    assert now == pytest.approx(gamma ** (t // period), rel=1e-12)
    assert (then == now) == ((t + 1) % period != 0 or now == 0)


@given(st.integers(0, 100), st.floats(0.1, 0.99))
def test_exponential_decay_is_step_decay_with_a_period_of_one(t: int, gamma: float) -> None:
    assert exponential_decay(t, eta0=0.5, gamma=gamma) == step_decay(t, eta0=0.5, gamma=gamma, period=1)


@pytest.mark.parametrize("gamma", [0.0, 1.0, -0.5, math.nan])
def test_a_factor_of_decay_outside_of_zero_to_one_is_refused(gamma: float) -> None:
    with pytest.raises(ValueError, match="^step_decay: gamma must "):
        step_decay(1, eta0=1.0, gamma=gamma, period=1)
    with pytest.raises(ValueError, match="^exponential_decay: gamma must "):
        exponential_decay(1, eta0=1.0, gamma=gamma)


# --- Convexity


@st.composite
def regressions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Inputs of two features, with labels 0 and 1."""
    n = draw(st.integers(1, 6))
    x = draw(st.lists(st.lists(st.floats(-3, 3), min_size=2, max_size=2), min_size=n, max_size=n))
    return np.array(x), np.array(draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)))


@given(regressions(), VECTORS, VECTORS, st.floats(0, 1))
def test_risks_of_linear_and_of_logistic_regression_are_convex(data: Any, theta1: Any, theta2: Any, lam: float) -> None:
    x, y = data
    for risk in (squared_risk, logistic_loss):
        gap = convexity_gap(lambda theta, risk=risk: risk(x, y, theta[:2], theta[2]), theta1, theta2, lam)
        assert gap >= -1e-9


def two_layers(theta: Any) -> float:
    """Mean squared error of the smallest network of two layers, θ_2 tanh(θ_1 x), on the targets of tanh."""
    x = np.linspace(-2, 2, 9)
    return float(np.mean((np.tanh(x) - theta[1] * np.tanh(theta[0] * x)) ** 2))


def test_the_risk_of_a_network_of_two_layers_is_not_convex() -> None:
    """Both weights may change sign together; halfway between the two minima the network is 0."""
    gap = convexity_gap(two_layers, [1.0, 1.0], [-1.0, -1.0], 0.5)
    assert gap == pytest.approx(-np.mean(np.tanh(np.linspace(-2, 2, 9)) ** 2)) and gap < -0.5
    assert least_convexity_gap(two_layers, [[1.0, 1.0], [-1.0, -1.0]], n_lam=1) == gap


@given(VECTORS, VECTORS, st.floats(0, 1), VECTORS)
def test_the_gap_of_an_affine_function_is_zero_and_that_of_a_square_is_known(theta1: Any, theta2: Any, lam: float, slope: Any) -> None:
    assert convexity_gap(lambda theta: slope @ theta + 3.0, theta1, theta2, lam) == pytest.approx(0, abs=1e-11)
    distance = np.sum((theta1 - theta2) ** 2)
    assert convexity_gap(square, theta1, theta2, lam) == pytest.approx(lam * (1 - lam) * distance, rel=1e-9, abs=1e-11)


def test_the_gap_is_zero_at_the_ends_of_the_chord(xp: Library) -> None:
    for lam in (0.0, 1.0):
        xp.close(convexity_gap(square, xp.array(THETA), xp.array(THETA2), xp.array(lam)), 0)


@given(st.lists(VECTORS, min_size=2, max_size=4), st.integers(1, 4))
def test_the_least_gap_is_the_least_of_all_pairs(points: Any, n_lam: int) -> None:
    def wave(theta: Any) -> Any:
        return np.cos(theta).sum()

    gaps = [
        convexity_gap(wave, one, two, k / (n_lam + 1))
        for one, two in itertools.permutations(points, 2)
        for k in range(1, n_lam + 1)
    ]
    assert least_convexity_gap(wave, np.array(points), n_lam=n_lam) == pytest.approx(min(gaps), rel=1e-9, abs=1e-12)


def test_the_least_gap_looks_at_nine_places_between_two_points() -> None:
    places: list[float] = []

    def loss(theta: Any) -> Any:
        places.append(round(float(theta), 4))
        return theta * theta

    least_convexity_gap(loss, [0.0, 1.0])
    assert sorted(places) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    with pytest.raises(ValueError, match=r"^least_convexity_gap: thetas must have two points or more along a first axis, got shape \(\)"):
        least_convexity_gap(square, 1.0)


def test_gradient_of_a_convexity_gap() -> None:
    one, two = np.array(THETA), np.array(THETA2)
    assert_gradient(lambda *args: convexity_gap(square, *args), THETA, THETA2, 0.25, wrt=0, expected=0.375 * (one - two))
    assert_gradient(lambda *args: convexity_gap(square, *args), THETA, THETA2, 0.25, wrt=2, expected=0.5 * np.sum((one - two) ** 2))


# --- Minimization


def test_minimize_finds_the_minimum_of_a_bowl(xp: Library) -> None:
    xp.close(minimize(bowl, bowl_gradient, xp.array([5.0, -3.0, 0.0])), [1, 1, 1], rtol=1e-7)


def test_minimize_finds_what_least_squares_finds() -> None:
    x, y = np.array(X), np.array(Y)
    x = x[:, :2]

    def gradient(theta: Any) -> Any:
        r = x @ theta[:2] + theta[2] - y
        return 2 * np.array([*(r @ x), r.sum()]) / 4

    found = minimize(lambda theta: squared_risk(x, y, theta[:2], theta[2]), gradient, np.zeros(3))
    w, b = least_squares(x, y)
    np.testing.assert_allclose(found, [*w, b], atol=1e-6)


def test_minimize_finds_what_scipy_finds_on_a_loss_that_is_no_quadratic() -> None:
    from scipy.optimize import minimize as oracle

    c = np.array([1.0, 3.0, 0.3])

    def loss(theta: Any) -> Any:
        return np.sum(np.log(np.cosh(c * theta - 1))) + 0.1 * np.sum(theta) ** 2

    def gradient(theta: Any) -> Any:
        return c * np.tanh(c * theta - 1) + 0.2 * np.sum(theta)

    found = minimize(loss, gradient, np.zeros(3))
    expected = oracle(loss, np.zeros(3), jac=gradient, tol=1e-12)
    np.testing.assert_allclose(found, expected.x, atol=1e-6)
    assert loss(found) <= expected.fun + 1e-12


def test_every_start_leads_to_the_minimum_of_a_convex_loss_and_not_so_where_it_is_not_convex() -> None:
    """θ² / 2 + log cosh θ, and the two valleys (θ² − 1)² + θ / 4."""
    starts = np.linspace(-3, 3, 13)
    ends = [minimize(lambda t: t * t / 2 + np.log(np.cosh(t - 2)), lambda t: t + np.tanh(t - 2), start) for start in starts]
    assert np.ptp(ends) < 1e-6

    def valleys(t: Any) -> Any:
        return (t * t - 1) ** 2 + t / 4

    ends = [minimize(valleys, lambda t: 4 * t * (t * t - 1) + 0.25, start) for start in starts]
    local = sorted({round(end, 4) for end in ends})
    assert len(local) == 2 and local[0] < -0.9 and local[1] > 0.9
    assert valleys(local[0]) < valleys(local[1])  # one of the two is only a local minimum


def test_a_loss_without_minimum_leads_ever_farther() -> None:
    """Logistic regression on classes that a point separates: the loss tends to 0, and no parameters reach it."""
    x, y = np.array([[-1.0], [2.0]]), np.array([0.0, 1.0])

    def loss(theta: Any) -> Any:
        return logistic_loss(x, y, theta, 0.0)

    def gradient(theta: Any) -> Any:
        return (1 / (1 + np.exp(-x @ theta)) - y) @ x

    ends = [minimize(loss, gradient, np.zeros(1), optimizer=GradientDescent(eta=1.0), n_steps=n) for n in (10, 100, 1000)]
    losses = [loss(end) for end in ends]
    assert 0 < losses[2] < losses[1] / 5 < losses[0] / 25
    assert ends[0] < ends[1] - 1 < ends[2] - 2


@given(VECTORS, st.floats(0.01, 5))
def test_minimize_never_returns_what_is_worse_than_the_start(theta: Any, eta: float) -> None:
    for optimizer in (None, GradientDescent(eta=eta), MomentumSGD(eta=eta), Adam(eta=eta)):
        assert bowl(minimize(bowl, bowl_gradient, theta, optimizer=optimizer, n_steps=7)) <= bowl(theta)


def test_an_optimizer_that_diverges_leaves_the_best_point_that_was_met() -> None:
    np.testing.assert_array_equal(minimize(bowl, bowl_gradient, [5.0, 0.0], optimizer=GradientDescent(eta=3.0), n_steps=2000), [5, 0])


@pytest.mark.parametrize(
    "optimizer",
    [
        GradientDescent(eta=0.5),
        MomentumSGD(eta=0.1),
        Nesterov(eta=0.1),
        AdaGrad(eta=1.0),
        RMSProp(eta=0.01),
        Adam(eta=0.1),
        AdamW(eta=0.1, lam=0.0),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_every_optimizer_comes_to_the_minimum(optimizer: Any) -> None:
    np.testing.assert_allclose(minimize(bowl, bowl_gradient, [3.0, 0.0], optimizer=optimizer), [1, 1], atol=2e-2)


def test_minimize_halves_its_learning_rate_until_half_of_what_the_gradient_promises_is_won() -> None:
    """At the curvature 1 the first rate, 1, is just right; at 1.5 the half of it is taken, and twice that is tried next."""
    np.testing.assert_array_equal(minimize(bowl, bowl_gradient, [5.0, -3.0], n_steps=1), [1, 1])
    ends = [minimize(lambda theta: 0.75 * theta * theta, lambda theta: 1.5 * theta, 1.0, n_steps=n) for n in (1, 2)]
    assert ends == [0.25, 0.0625]


def test_minimize_ends_where_the_gradient_is_zero() -> None:
    calls = []

    def gradient(theta: Any) -> Any:
        calls.append(theta)
        return 0 * theta

    assert minimize(lambda theta: theta * theta, gradient, 3.0) == 3
    assert len(calls) == 1


def test_minimize_ends_where_no_step_lowers_the_loss_any_more() -> None:
    """Near the minimum, where the loss is lost in its rounding, and on a plateau whose gradient promises what is not there."""
    calls = []

    def counted(gradient: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda theta: calls.append(theta) or gradient(theta)

    end = minimize(lambda theta: 1 + 0.3 * (theta - 1) ** 2, counted(lambda theta: 0.6 * (theta - 1)), 9.0)
    assert abs(end - 1) < 1e-7 and len(calls) < 40
    calls.clear()
    assert minimize(lambda theta: 0.0, counted(lambda theta: 1.0), 9.0) == 9
    assert len(calls) == 1


def test_an_optimizer_makes_a_thousand_steps_by_default_and_of_equal_points_the_first_is_returned() -> None:
    optimizer = Adam()
    assert minimize(lambda theta: 0.0, lambda theta: 1.0, 9.0, optimizer=optimizer) == 9
    assert optimizer.t_ == 1000


def test_minimize_follows_a_loss_that_falls_for_ever_and_a_loss_that_is_nan() -> None:
    assert minimize(lambda theta: -theta, lambda theta: -1 + 0 * theta, 0.0, n_steps=10) == 2**10 - 1
    assert minimize(lambda theta: math.nan, lambda theta: theta, 2.0) == 2


def test_trajectory_holds_the_start_and_the_point_after_each_step(xp: Library) -> None:
    path = trajectory(lambda theta: theta, xp.array([4.0, -2.0]), optimizer=GradientDescent(eta=0.5), n_steps=3)
    xp.close(path, [[4, -2], [2, -1], [1, -0.5], [0.5, -0.25]])
    optimizer = Adam(eta=0.1)
    path = trajectory(bowl_gradient, xp.array(THETA), optimizer=optimizer, n_steps=5)
    assert optimizer.t_ == 5
    xp.close(minimize(bowl, bowl_gradient, xp.array(THETA), optimizer=Adam(eta=0.1), n_steps=5), xp.numpy(path)[-1])


# --- Kinds of critical points


@pytest.mark.parametrize(
    ("grad", "hessian", "kind"),
    [
        ([0.0, 0.0], [[2.0, 0.0], [0.0, -2.0]], "saddle"),  # θ_1² − θ_2²
        ([0.0, 0.0], [[0.0, 1.0], [1.0, 0.0]], "saddle"),  # θ_1 θ_2
        ([0.0, 0.0], [[2.0, 1.0], [1.0, 2.0]], "minimum"),
        ([0.0, 0.0], [[-2.0, 1.0], [1.0, -2.0]], "maximum"),
        ([0.0, 0.0], [[2.0, 0.0], [0.0, 0.0]], "degenerate"),  # θ_1² + θ_2⁴ and θ_1² − θ_2⁴ have the same
        ([0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]], "degenerate"),
        ([0.0, 0.0], [[-1.0, 1.0], [1.0, -1.0]], "degenerate"),
        ([0.0, 1e-5], [[2.0, 0.0], [0.0, -2.0]], "not critical"),
        ([-1.0, 0.0], [[2.0, 0.0], [0.0, 2.0]], "not critical"),
    ],
)
def test_kinds_of_critical_points_by_hand(grad: Any, hessian: Any, kind: str, xp: Library) -> None:
    assert classify_critical_point(xp.array(grad), xp.array(hessian)) == kind


@given(st.lists(st.sampled_from([-3.0, -0.5, 0.0, 0.25, 2.0]), min_size=1, max_size=4), st.integers(0, 99))
def test_the_kind_of_a_critical_point_depends_on_the_signs_of_the_curvatures_only(curvatures: list[float], seed: int) -> None:
    d = len(curvatures)
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))
    up, down = max(curvatures) > 0, min(curvatures) < 0
    expected = "saddle" if up and down else "degenerate" if 0 in curvatures else "minimum" if up else "maximum"
    assert classify_critical_point(np.zeros(d), q @ np.diag(curvatures) @ q.T) == expected


def test_a_hessian_of_another_size_than_the_gradient_and_infinite_or_missing_values_are_called_by_their_names() -> None:
    with pytest.raises(ValueError, match=r"^classify_critical_point: hessian must have shape \(2, 2\) beside grad, got \(3, 3\)"):
        classify_critical_point([0.0, 0.0], np.eye(3))
    for value in (math.inf, math.nan):
        with pytest.raises(ValueError, match="^classify_critical_point: hessian must be finite, got"):
            classify_critical_point([0.0], [[value]])
        with pytest.raises(ValueError, match="^classify_critical_point: grad must be finite, got"):
            classify_critical_point([value], [[1.0]])


def test_tolerance_says_what_counts_as_zero() -> None:
    assert classify_critical_point([1e-3, 0.0], [[1.0, 0.0], [0.0, -1e-3]], tol=1e-3) == "degenerate"
    assert classify_critical_point([1e-3, 0.0], [[1.0, 0.0], [0.0, -1e-3]], tol=0.9e-3) == "not critical"
    assert classify_critical_point([0.0, 0.0], [[1.0, 0.0], [0.0, -1e-3]], tol=0.9e-3) == "saddle"
    assert classify_critical_point([0.0, 0.0], [[1e-3, 0.0], [0.0, -1.0]], tol=1e-3) == "degenerate"
    assert classify_critical_point([0.0], [[5e-324]], tol=0.0) == "minimum"


def test_at_a_saddle_the_gradient_is_zero_and_the_hessian_is_indefinite() -> None:
    """Of θ_1² − θ_2², and of the risk of the network θ_2 tanh(θ_1 x) where both weights are 0; derivatives by autograd."""
    import torch

    def network(theta: Any) -> Any:
        x = torch.linspace(-2, 2, 9, dtype=torch.float64)
        return ((torch.tanh(x) - theta[1] * torch.tanh(theta[0] * x)) ** 2).mean()

    def gradient(loss: Any, theta: Any) -> Any:
        point = theta.clone().requires_grad_()
        return torch.autograd.grad(loss(point), point)[0]

    origin, hessian = torch.zeros(2, dtype=torch.float64), torch.autograd.functional.hessian
    for loss in (lambda theta: theta[0] ** 2 - theta[1] ** 2, network):
        assert gradient(loss, origin).tolist() == [0, 0]
        assert torch.linalg.det(hessian(loss, origin)) < 0  # one curvature of each sign
        assert classify_critical_point(gradient(loss, origin), hessian(loss, origin)) == "saddle"
        stays = minimize(loss, lambda theta, loss=loss: gradient(loss, theta), origin)
        np.testing.assert_array_equal(stays, [0, 0])
    solution = torch.ones(2, dtype=torch.float64)
    assert classify_critical_point(gradient(network, solution), hessian(network, solution)) == "minimum"


def test_a_saddle_attracts_along_one_axis_and_repels_along_the_other() -> None:
    """On θ_1² − θ_2²: a start on the axis of θ_1 ends at the saddle, the least deviation leaves it, after a long stay."""

    def gradient(theta: Any) -> Any:
        return np.array([2 * theta[0], -2 * theta[1]])

    on, off = (trajectory(gradient, [1.0, start], optimizer=GradientDescent(eta=0.1), n_steps=150) for start in (0.0, 1e-6))
    assert np.abs(on[-1]).max() < 1e-12
    speed = np.linalg.norm(np.diff(off, axis=0), axis=1)
    assert speed[0] > 0.1 and speed[30:60].max() < 1e-2 and speed[-1] > 0.1
    assert abs(off[-1, 1]) > 1e4 > 1e-6 > abs(off[-1, 0])
