"""Means against overfitting: values by hand, against scikit-learn, PyTorch and SciPy, frequencies, gradients, laws, and small runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given, settings
from hypothesis import strategies as st

from dlref.activations import relu, relu_grad
from dlref.backprop import MLP
from dlref.init import he_normal
from dlref.losses import squared
from dlref.optim import Adam
from dlref.regularize import Ridge
from dlref.training import (
    EarlyStopping,
    add_noise,
    augment,
    cross_validation,
    dropout,
    dropout_mask,
    kfold,
    mlp_params,
    random_transform,
    rotate,
    shift,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import drawn, normal, quarters, wrong
from tests.topics import Call

pytestmark = pytest.mark.ch8

IMG, IMG2 = quarters(3, 4), quarters(3, 4, seed=1)
RNG = np.random.default_rng(0)
X, Y = quarters(5, 2, seed=2), quarters(5, seed=3)


def halved(x: Any) -> Any:
    return 0.5 * x


def line(x: Any, y: Any) -> Any:
    """Learn a mean and a slope."""
    xp = array_namespace(x)
    slope = xp.sum(x[:, 0] * y) / (1 + xp.sum(x[:, 0] ** 2))
    return lambda x_i: slope * x_i[0] + xp.mean(y)


def total(x: Any, y: Any) -> Any:
    """Learns no function."""
    return array_namespace(y).sum(y)


def gap(y: Any, y_hat: Any) -> Any:
    return (y - y_hat) * (y - y_hat)


CALLS = {
    "add_noise": [Call(IMG, IMG2, sigma=0.5), Call(IMG2, IMG, sigma=0.5)],
    "augment": [Call(halved, IMG, 3), Call(halved, IMG2, 0)],
    "cross_validation": [Call(line, gap, X, Y, n_splits=3), Call(line, gap, quarters(5, 2, seed=4), Y, n_splits=3)],
    "dropout": [Call(0.5, 1, p=0.25), Call(-2.0, 0, p=0.25), Call(1.5, 1, p=0.25)],
    "dropout_mask": [Call((2, 3), p=0.25, rng=RNG), Call((2, 3), p=0.5, rng=RNG)],
    "kfold": [Call([4, 0, 3, 1, 2], n_splits=2), Call([0, 1, 2, 3, 4], n_splits=2)],
    "mlp_params": [Call([2, 3, 1]), Call([4, 1, 5])],
    "random_transform": [Call(IMG, rng=RNG), Call(IMG2, rng=RNG)],
    "rotate": [Call(IMG, angle=30.0), Call(IMG2, angle=30.0)],
    "shift": [Call(IMG, dy=1, dx=-2), Call(IMG2, dy=1, dx=-2)],
}
NOISY = Call(IMG, IMG2, sigma=0.5)
DROPPED = Call([1.0, 2.0], [1, 0], p=0.5)
MASK = Call((2, 3), p=0.25, rng=RNG)
FOLDS = Call([0, 1, 2, 3], n_splits=2)
VALIDATED = Call(line, gap, X, Y, n_splits=3)
RANDOM = Call(IMG, max_angle=10.0, max_shift=1, sigma=0.5, rng=RNG)
SPLITS = "If n_splits is less than 2 or more than n."
RAISES = {
    "add_noise": {
        "If the shapes differ and neither is a scalar.": wrong(NOISY, 1, IMG2[0], IMG2),
        "If sigma is negative.": wrong(NOISY, "sigma", -1e-300, 0.0),
        "If sigma is not finite.": wrong(NOISY, "sigma", math.inf, 1.0),
    },
    "augment": {
        "If transform is not a function.": wrong(Call(halved, IMG, 1), 0, None, halved),
        "If transform changes the shape.": wrong(Call(halved, IMG, 1), 0, lambda x: x[0], halved),
    },
    "cross_validation": {
        "If fit is not a function.": wrong(VALIDATED, 0, 1.0, line),
        "If loss is not a function.": wrong(VALIDATED, 1, None, gap),
        "If fit does not return a function.": wrong(VALIDATED, 0, total, line),
        "If n_splits is not an integer.": wrong(VALIDATED, "n_splits", 2.0, 2),
        "If x and y do not have equally many entries along a first axis.": wrong(VALIDATED, 3, Y[:4], Y),
        SPLITS: wrong(VALIDATED, "n_splits", 6, 5),
    },
    "dropout": {
        "If the shapes differ and neither is a scalar.": wrong(DROPPED, 1, [1, 0, 1], [1, 0]),
        "If a value of mask is neither 0 nor 1.": wrong(DROPPED, 1, [1, 2], [1, 1]),
        "If p is negative.": wrong(DROPPED, "p", -1e-300, 0.0),
        "If p is 1 or more.": wrong(DROPPED, "p", 1.0, 0.999),
    },
    "dropout_mask": {
        "If shape is not a tuple of integers.": wrong(MASK, 0, (2.0, 3), (2, 3)),
        "If rng is not a NumPy Generator.": wrong(MASK, "rng", 0, RNG),
        "If a length is not positive.": wrong(MASK, 0, (2, 0), (2, 1)),
        "If p is negative.": wrong(MASK, "p", -1e-300, 0.0),
        "If p is 1 or more.": wrong(MASK, "p", 1.0, 0.999),
    },
    "kfold": {
        "If n_splits is not an integer.": wrong(FOLDS, "n_splits", 2.0, 2),
        "If indices does not have one axis.": wrong(FOLDS, 0, [[0, 1], [2, 3]], [0, 1, 2, 3]),
        "If an index is not a whole number.": wrong(FOLDS, 0, [0, 1, 2.5, 3], [0, 1, 2.0, 3]),
        SPLITS: wrong(FOLDS, "n_splits", 1, 4),
    },
    "mlp_params": {
        "If widths does not have one axis.": wrong(Call([2, 3]), 0, [[2, 3], [1, 1]], [2, 3]),
        "If there are fewer than two widths.": wrong(Call([2, 3]), 0, [2], [2, 3]),
        "If a width is not a whole number.": wrong(Call([2, 3]), 0, [2.5, 3], [2.0, 3]),
        "If a width is not positive.": wrong(Call([2, 3]), 0, [2, 0], [2, 1]),
    },
    "random_transform": {
        "If max_shift is not an integer.": wrong(RANDOM, "max_shift", 1.0, 1),
        "If rng is not a NumPy Generator.": wrong(RANDOM, "rng", 0, RNG),
        "If img has fewer than two axes.": wrong(RANDOM, 0, IMG[0], IMG),
        "If max_angle is negative.": wrong(RANDOM, "max_angle", -1e-300, 0.0),
        "If max_angle is not finite.": wrong(RANDOM, "max_angle", math.inf, 1e3),
        "If max_shift is negative.": wrong(RANDOM, "max_shift", -1, 0),
        "If sigma is negative.": wrong(RANDOM, "sigma", -1e-300, 0.0),
        "If sigma is not finite.": wrong(RANDOM, "sigma", math.inf, 1.0),
    },
    "rotate": {
        "If img has fewer than two axes.": wrong(Call(IMG, angle=30.0), 0, IMG[0], IMG),
        "If angle is not finite.": wrong(Call(IMG, angle=30.0), "angle", math.inf, 1e3),
    },
    "shift": {
        "If dy is not an integer.": wrong(Call(IMG, dy=1, dx=0), "dy", 1.0, 1),
        "If dx is not an integer.": wrong(Call(IMG, dy=1, dx=0), "dx", 0.5, 0),
        "If img has fewer than two axes.": wrong(Call(IMG, dy=1, dx=0), 0, IMG[0], IMG),
    },
}
HELPERS = ["add_noise", "dropout_mask", "kfold", "random_transform", "rotate", "shift"]

SIZES = st.integers(1, 6)
quick = settings(deadline=None, max_examples=50)


# --- Data augmentation


def test_augmentation_transforms_the_input_and_keeps_shape_and_label(xp: Library) -> None:
    x, y = augment(lambda img: shift(img, dy=1, dx=0), xp.array([[1.0, 2.0], [3.0, 4.0]]), xp.array(7, "int64"))
    xp.close(x, [[0, 0], [1, 2]])
    xp.close(y, 7)


def test_shift_by_hand(xp: Library) -> None:
    img = xp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    xp.close(shift(img, dy=1, dx=0), [[0, 0, 0], [1, 2, 3]])
    xp.close(shift(img, dy=0, dx=-1), [[2, 3, 0], [5, 6, 0]])
    xp.close(shift(img, dy=-1, dx=2), [[0, 0, 4], [0, 0, 0]])
    for dy, dx in ((2, 0), (-5, 1), (0, 3), (1, -4)):
        xp.close(shift(img, dy=dy, dx=dx), np.zeros((2, 3)))


@quick
@given(SIZES, SIZES, st.integers(-7, 7), st.integers(-7, 7))
def test_shift_is_that_of_scipy(height: int, width: int, dy: int, dx: int) -> None:
    from scipy.ndimage import shift as oracle

    img = normal(height, width)
    np.testing.assert_array_equal(shift(img, dy=dy, dx=dx), oracle(img, (dy, dx), order=0))


@quick
@given(SIZES, SIZES, st.integers(-7, 7), st.integers(-7, 7))
def test_shifted_back_an_image_is_the_same_but_for_what_had_left_it(height: int, width: int, dy: int, dx: int) -> None:
    img = normal(height, width)
    back = shift(shift(img, dy=dy, dx=dx), dy=-dy, dx=-dx)
    stayed = shift(shift(np.ones_like(img), dy=dy, dx=dx), dy=-dy, dx=-dx) == 1
    np.testing.assert_array_equal(back, np.where(stayed, img, 0))


@quick
@given(SIZES, SIZES, st.integers(-400, 400))
def test_without_a_parameter_every_transformation_is_the_identity(height: int, width: int, turns: int) -> None:
    img = normal(height, width)
    np.testing.assert_array_equal(shift(img, dy=0, dx=0), img)
    np.testing.assert_array_equal(rotate(img, angle=0.0), img)
    np.testing.assert_allclose(rotate(img, angle=360.0 * turns), img, atol=1e-9)
    np.testing.assert_array_equal(add_noise(img, np.ones_like(img), sigma=0.0), img)


def test_rotation_by_right_angles_turns_the_pixels_counterclockwise(xp: Library) -> None:
    xp.close(rotate(xp.array([[1.0, 2.0], [3.0, 4.0]]), angle=90.0), [[2, 4], [1, 3]], rtol=1e-12)
    img = normal(2, 5, 5)
    for k in (-1, 1, 2, 3):
        np.testing.assert_allclose(rotate(img, angle=90.0 * k), np.rot90(img, k, axes=(1, 2)), atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 5), (6, 9), (1, 4)])
def test_rotation_is_that_of_scipy_with_linear_interpolation(shape: tuple[int, int]) -> None:
    from scipy.ndimage import rotate as oracle

    img = normal(*shape)
    for angle in (-100.0, 10.0, 45.0, 77.0, 181.0):
        np.testing.assert_allclose(rotate(img, angle=angle), oracle(img, angle, order=1, reshape=False, mode="grid-constant"), atol=1e-10)


def test_rotation_is_that_of_pytorch_on_a_square() -> None:
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    img = torch.from_numpy(normal(1, 1, 7, 7))
    turn = math.radians(25)
    places = affine_grid(
        torch.tensor([[[math.cos(turn), -math.sin(turn), 0.0], [math.sin(turn), math.cos(turn), 0.0]]], dtype=torch.float64),
        [1, 1, 7, 7],
        align_corners=True,
    )
    theirs = grid_sample(img, places, mode="bilinear", padding_mode="zeros", align_corners=True)
    np.testing.assert_allclose(rotate(img, angle=25.0), theirs, atol=1e-12)


def test_a_nan_is_seen_only_where_it_has_a_weight() -> None:
    img = np.array([[math.nan, 1.0], [2.0, math.inf]])
    np.testing.assert_array_equal(rotate(img, angle=0.0), img)
    np.testing.assert_array_equal(shift(img, dy=1, dx=0), [[0, 0], [math.nan, 1]])


def test_a_linear_ramp_rotated_about_its_center_keeps_its_mean_and_turns_its_slope() -> None:
    ramp = np.tile(np.arange(9.0), (9, 1))
    turned = rotate(ramp, angle=30.0)[3:6, 3:6]  # the middle, which sees no border
    assert turned[1, 1] == pytest.approx(4, abs=1e-12)
    np.testing.assert_allclose(np.diff(turned, axis=1), math.cos(math.radians(30)), rtol=1e-12)
    np.testing.assert_allclose(np.diff(turned, axis=0), -math.sin(math.radians(30)), rtol=1e-12)


def test_noise_has_the_standard_deviation_that_was_asked_for(xp: Library) -> None:
    xp.close(add_noise(xp.array([[1.0, 2.0]]), xp.array([[-1.0, 0.5]]), sigma=0.5), [[0.5, 2.25]])
    change = add_noise(np.zeros((200, 200)), normal(200, 200), sigma=0.3)
    assert change.std() == pytest.approx(0.3, rel=0.02) and abs(change.mean()) < 0.005


def test_random_transformations_differ_repeat_with_their_seed_and_stay_within_their_limits() -> None:
    img = np.zeros((9, 9))
    img[4, 4] = 1
    places = set()
    for seed in range(60):
        moved = random_transform(img, max_angle=0.0, max_shift=2, sigma=0.0, rng=np.random.default_rng(seed))
        assert moved.sum() == 1
        places.add(tuple((np.argwhere(moved)[0] - 4).tolist()))
    assert {dy for dy, _ in places} == {dx for _, dx in places} == {-2, -1, 0, 1, 2} and len(places) > 15
    one, again = (random_transform(IMG, rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    spoke = np.zeros((21, 21))
    spoke[10, 20] = 1  # to the right of the center: it goes up by 10 sin(angle)
    heights = []
    for seed in range(60):
        turned = random_transform(spoke, max_angle=20.0, max_shift=0, sigma=0.0, rng=np.random.default_rng(seed))
        heights.append(10 - (turned.sum(axis=1) @ np.arange(21)) / turned.sum())
    assert max(map(abs, heights)) < 10 * math.sin(math.radians(20)) + 0.5 and max(heights) > 2.5 and min(heights) < -2.5
    noisy = random_transform(np.zeros((100, 100)), sigma=0.2, rng=np.random.default_rng(0))
    assert noisy.std() == pytest.approx(0.2, rel=0.05)
    assert random_transform(np.zeros((4, 4), dtype=np.float32), rng=np.random.default_rng(0)).dtype == np.float32


def test_gradients_of_the_transformations() -> None:
    assert_gradient(lambda img: shift(rotate(img, angle=30.0), dy=1, dx=-1), IMG, wrt=0)
    assert_gradient(add_noise, IMG, IMG2, wrt=1, expected=0.5 * np.ones((3, 4)), sigma=0.5)


# --- Dropout


def test_dropout_by_hand(xp: Library) -> None:
    h, mask = xp.array([1.0, 2.0, 3.0]), xp.array([1, 0, 1], "int64")
    xp.close(dropout(h, mask, p=0.5), [2, 0, 6])
    xp.close(dropout(h, mask, p=0.25), [4 / 3, 0, 4])
    assert dropout(xp.array([1.0], "float32"), xp.array([1], "int64"), p=0.5).dtype == xp.dtype("float32")


def test_dropout_is_that_of_pytorch_whose_p_is_the_probability_of_dropping_too() -> None:
    import torch

    torch.manual_seed(0)
    h = torch.from_numpy(1 + abs(normal(500)))
    for p in (0.1, 0.5, 0.8):
        theirs = torch.nn.functional.dropout(h, p=p, training=True)
        mask = theirs != 0
        assert abs(float(mask.double().mean()) - (1 - p)) < 0.08
        np.testing.assert_allclose(dropout(h, mask.double(), p=p), theirs, rtol=1e-12)


def test_the_expected_value_of_a_unit_stays_what_it_was_without_dropout() -> None:
    h, p = np.array([1.0, -2.0, 0.5]), 0.4
    rng = np.random.default_rng(0)
    found = dropout(np.tile(h, (40_000, 1)), dropout_mask((40_000, 3), p=p, rng=rng), p=p)
    spread = np.abs(h) * math.sqrt(p / (1 - p) / 40_000)
    assert (np.abs(found.mean(axis=0) - h) < 4 * spread).all()
    np.testing.assert_allclose(found.std(axis=0), np.abs(h) * math.sqrt(p / (1 - p)), rtol=0.02)


def test_the_form_of_the_paper_keeps_with_probability_p_and_scales_the_weights_at_test() -> None:
    """There no unit is scaled in training, and the weights are multiplied by the probability of keeping at test: the same, but for a factor."""
    keep = 0.8
    h, w = normal(4, 3), normal(3, seed=1)
    mask = dropout_mask((4, 3), p=1 - keep, rng=np.random.default_rng(0))
    paper_training, paper_test = (mask * h) @ w, h @ (keep * w)
    np.testing.assert_allclose(dropout(h, mask, p=1 - keep) @ (keep * w), paper_training, rtol=1e-12)
    np.testing.assert_allclose(h @ (keep * w), paper_test, rtol=1e-12)


@given(st.lists(st.floats(-10, 10), min_size=4, max_size=4))
def test_without_a_probability_of_dropping_dropout_is_the_identity(h: list[float]) -> None:
    mask = dropout_mask(4, p=0.0, rng=np.random.default_rng(0))
    assert mask.tolist() == [1, 1, 1, 1]
    np.testing.assert_array_equal(dropout(h, mask, p=0.0), h)


def test_a_mask_drops_units_independently_with_the_probability_asked_for() -> None:
    mask = dropout_mask((20_000, 2), p=0.3, rng=np.random.default_rng(0))
    assert mask.dtype == np.int64 and set(np.unique(mask)) == {0, 1}
    np.testing.assert_allclose(1 - mask.mean(axis=0), 0.3, atol=0.012)
    assert abs(np.corrcoef(mask.T)[0, 1]) < 0.025
    assert dropout_mask(5, p=0.5, rng=np.random.default_rng(0)).shape == (5,)


def test_a_dropped_unit_passes_no_gradient_and_a_kept_one_passes_more() -> None:
    assert_gradient(dropout, [1.0, 2.0, 3.0], [1.0, 0.0, 1.0], wrt=0, expected=[2, 0, 2], p=0.5)


# --- Early stopping


def losses_until_stop(losses: list[float], **options: Any) -> tuple[int, EarlyStopping]:
    """The epoch in which it says to stop, or one after the last if it never does."""
    early = EarlyStopping(**options)
    for epoch, loss in enumerate(losses, start=1):
        if early.step(loss, epoch):
            return epoch, early
    return len(losses) + 1, early


@pytest.mark.parametrize(
    ("losses", "options", "stop", "best"),
    [
        ([3.0, 2.0, 2.5, 2.2, 2.1], {"patience": 2}, 4, 2),
        ([3.0, 2.0, 2.5, 2.2, 2.1], {"patience": 1}, 3, 2),
        ([3.0, 2.0, 2.5, 1.9, 2.1], {"patience": 2}, 6, 4),
        ([3.0, 2.0, 2.0, 2.0], {"patience": 2}, 4, 2),  # as small is no improvement
        ([3.0, 2.75, 2.5, 2.25], {"patience": 2, "min_delta": 0.25}, 5, 3),  # 0.25 less is not enough, 0.5 less is
        ([3.0, 2.9, 2.8, 2.7], {"patience": 2, "min_delta": 1.0}, 3, 1),
        ([math.nan, math.nan, 1.0], {"patience": 2}, 2, 0),
        ([2.0, math.nan, 1.0], {"patience": 2}, 4, 3),
    ],
)
def test_early_stopping_by_hand(losses: list[float], options: dict[str, Any], stop: int, best: int) -> None:
    found, early = losses_until_stop(losses, **options)
    assert (found, early.best_epoch_, early.best_theta_) == (stop, best, best or None)
    assert early.best_loss_ == (losses[best - 1] if best else math.inf)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.integers(1, 5))
def test_it_stops_when_the_smallest_loss_is_so_many_epochs_old(losses: list[float], patience: int) -> None:
    stop, early = losses_until_stop(losses, patience=patience)
    seen = losses[:stop]
    assert early.best_loss_ == min(seen) and early.best_epoch_ == seen.index(min(seen)) + 1
    assert stop == len(losses) + 1 or stop - early.best_epoch_ == patience


def test_the_best_parameters_are_kept_though_training_goes_on_in_place() -> None:
    early, theta = EarlyStopping(patience=3), np.array([1.0])
    early.step(2.0, theta)
    theta += 1.0
    early.step(3.0, theta)
    assert early.best_theta_.tolist() == [1]


def test_early_stopping_is_that_of_scikit_learn_which_waits_an_epoch_longer() -> None:
    from sklearn.neural_network import MLPRegressor

    x, y = drawn((60, 2), (60,))
    options = {"hidden_layer_sizes": (30,), "learning_rate_init": 0.03, "max_iter": 300, "random_state": 0, "tol": 0.0}
    model = MLPRegressor(early_stopping=True, validation_fraction=0.3, n_iter_no_change=5, **options).fit(x, y)
    stop, early = losses_until_stop([-score for score in model.validation_scores_], patience=5 + 1)
    assert stop == model.n_iter_ < 300
    assert early.best_loss_ == -model.best_validation_score_


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patience": 0}, ValueError, "^EarlyStopping: patience must be > 0, got 0$"),
        ({"patience": 1.0}, TypeError, "^EarlyStopping: patience must be an integer, got float$"),
        ({"patience": 1, "min_delta": -0.5}, ValueError, "^EarlyStopping: min_delta must be >= 0, got -0.5$"),
    ],
)
def test_early_stopping_refuses_what_it_cannot_wait_for(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        EarlyStopping(**options)


# --- Smaller models


def test_parameters_of_a_multilayer_perceptron_are_counted_as_they_lie_in_its_arrays(xp: Library) -> None:
    count = mlp_params(xp.array([784, 100, 10], "int64"))
    assert xp.owns(count) and int(count) == 79510
    for widths in ([3, 1], [2, 5, 4, 1]):
        model = network(widths, np.random.default_rng(0))
        assert mlp_params(widths) == sum(array.size for array in (*model.weights, *model.biases))


def test_parameters_are_counted_as_in_pytorch() -> None:
    import torch

    layers = [torch.nn.Linear(a, b) for a, b in ((7, 5), (5, 3), (3, 2))]
    assert mlp_params([7, 5, 3, 2]) == sum(p.numel() for layer in layers for p in layer.parameters())


@given(st.lists(st.integers(1, 50), min_size=3, max_size=5))
def test_a_hidden_unit_more_costs_one_parameter_for_each_connection_and_its_bias(widths: list[int]) -> None:
    wider = [widths[0], widths[1] + 1, *widths[2:]]
    assert mlp_params(wider) - mlp_params(widths) == widths[0] + 1 + widths[2]


def network(widths: list[int], rng: np.random.Generator) -> MLP:
    weights = [he_normal(n_in=a, n_out=b, rng=rng) for a, b in zip(widths, widths[1:], strict=False)]
    return MLP(weights, [np.zeros(b) for b in widths[1:]], phi=relu, slope=relu_grad)


def generalization_gap(width: int, seed: int) -> float:
    """By how much the error on 500 fresh samples is above that on the 40 noisy ones that a network with so many hidden units has learned from."""
    rng = np.random.default_rng(seed)

    def draw(n: int) -> tuple[Any, Any]:
        x = rng.standard_normal((n, 5))
        return x, x[:, 0] + 0.5 * rng.standard_normal(n)

    (x, y), (x_test, y_test) = draw(40), draw(500)
    model = network([5, width, 1], rng)
    optimizers = [Adam(eta=0.01) for _ in (*model.weights, *model.biases)]
    for _ in range(500):
        error = model.forward(x)[:, 0] - y
        grads = [grad for part in model.backward(error[:, None] / len(y)) for grad in part]
        arrays = [*model.weights, *model.biases]
        new = [each.step(array, grad) for each, array, grad in zip(optimizers, arrays, grads, strict=True)]
        model.weights, model.biases = new[:2], new[2:]
    return float(np.mean((model.forward(x_test)[:, 0] - y_test) ** 2) - np.mean((model.forward(x)[:, 0] - y) ** 2))


def test_a_smaller_network_has_the_smaller_gap_between_training_and_test_error() -> None:
    for seed in (10, 11):
        assert generalization_gap(3, seed) < generalization_gap(50, seed)


# --- Cross-validation


def test_folds_by_hand(xp: Library) -> None:
    folds = kfold(xp.array([6, 5, 4, 3, 2, 1, 0], "int64"), n_splits=3)
    for fold, expected in zip(folds, ([6, 5, 4], [3, 2], [1, 0]), strict=True):
        xp.close(fold, expected)


@given(st.integers(2, 40), st.data())
def test_folds_are_a_partition_into_nearly_equal_parts(n: int, data: st.DataObject) -> None:
    n_splits = data.draw(st.integers(2, n))
    order = np.random.default_rng(n).permutation(n)
    folds = kfold(order, n_splits=n_splits)
    assert len(folds) == n_splits
    np.testing.assert_array_equal(np.concatenate(folds), order)
    assert max(map(len, folds)) - min(map(len, folds)) <= 1


@given(st.integers(2, 30), st.data())
def test_folds_are_those_of_scikit_learn_without_shuffling(n: int, data: st.DataObject) -> None:
    from sklearn.model_selection import KFold

    n_splits = data.draw(st.integers(2, n))
    folds = kfold(np.arange(n), n_splits=n_splits)
    for fold, (_, expected) in zip(folds, KFold(n_splits).split(np.zeros(n)), strict=True):
        np.testing.assert_array_equal(fold, expected)


def test_cross_validation_by_hand(xp: Library) -> None:
    """Means 5 and 2 of the other fold: losses 16 and 4, 9 and 9."""

    def mean(x: Any, y: Any) -> Any:
        return lambda x_i: array_namespace(y).mean(y)

    xp.close(cross_validation(mean, gap, xp.array(np.zeros(4)), xp.array([1.0, 3.0, 5.0, 5.0]), n_splits=2), 9.5)


@pytest.mark.parametrize("n_splits", [2, 5, 30])
def test_cross_validation_is_that_of_scikit_learn(n_splits: int) -> None:
    from sklearn.linear_model import Ridge as Oracle
    from sklearn.model_selection import KFold, cross_val_score

    x, y = drawn((30, 4), (30,))
    alpha = 2 * (30 - 30 // n_splits) * 0.1  # 2nλ with the n of what is left to learn from
    scores = cross_val_score(Oracle(alpha=alpha, fit_intercept=False), x, y, cv=KFold(n_splits), scoring="neg_mean_squared_error")
    found = cross_validation(lambda a, b: Ridge(lam=0.1).fit(a, b).predict, squared, x, y, n_splits=n_splits)
    assert found == pytest.approx(-scores.mean(), rel=1e-9)


def test_folds_of_unequal_length_count_alike_so_that_the_mean_over_the_samples_is_another_number() -> None:
    """Seven samples, three folds, losses 4, 4, 4 in the first one, and 3 in the others: (4 + 3 + 3) / 3 and (3 · 4 + 4 · 3) / 7."""
    y = np.array([4.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0])
    found = cross_validation(lambda a, b: lambda x_i: 0.0, lambda y_i, y_hat: y_i - y_hat, np.zeros(7), y, n_splits=3)
    assert found == pytest.approx(10 / 3, rel=1e-12)
    assert found != pytest.approx(y.mean(), rel=1e-3)


def test_no_sample_is_predicted_by_a_model_that_has_seen_it() -> None:
    seen: list[set[float]] = []

    def fit(x: Any, y: Any) -> Any:
        seen.append(set(x.tolist()))
        return lambda x_i: float(x_i.item() in seen[-1])

    assert cross_validation(fit, lambda y, y_hat: y_hat, np.arange(7.0), np.zeros(7), n_splits=3) == 0
    assert [len(each) for each in seen] == [4, 5, 5]


def test_cross_validation_estimates_the_risk_where_the_training_error_is_too_small() -> None:
    """Least squares with 10 useless features out of 30 samples; noise of variance 1."""
    x, y = drawn((40, 30, 10), (40, 30))
    training, validated = [], []
    for i in range(40):
        model = Ridge(lam=1e-9).fit(x[i], y[i])
        training.append(np.mean((y[i] - model.predict(x[i])) ** 2))
        validated.append(cross_validation(lambda a, b: Ridge(lam=1e-9).fit(a, b).predict, squared, x[i], y[i], n_splits=10))
    assert np.mean(training) == pytest.approx(20 / 30, rel=0.1)
    assert np.mean(validated) == pytest.approx(1 + 10 / (27 - 11), rel=0.15)  # 27 samples to learn from, and 10 parameters


def test_leave_one_out_of_ridge_is_its_closed_form() -> None:
    """The residual of each sample over 1 − its leverage, with one λ n for all."""
    x, y = drawn((12, 3), (12,))
    lam, n = 0.2, 12
    hat = x @ np.linalg.inv(x.T @ x + 2 * (n - 1) * lam * np.eye(3)) @ x.T
    expected = np.mean(((y - hat @ y) / (1 - np.diag(hat))) ** 2)
    found = cross_validation(lambda a, b: Ridge(lam=lam).fit(a, b).predict, squared, x, y, n_splits=n)
    assert found == pytest.approx(expected, rel=1e-10)
