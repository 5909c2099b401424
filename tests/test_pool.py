"""Pooling: the numbers of the figures, against PyTorch over a grid of options, gradients at ties, and laws."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlref.pool import avg_pool2d, global_avg_pool, max_pool2d, max_pool2d_with_indices, max_unpool2d, roi_pool
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import Call

pytestmark = pytest.mark.ch5

# The image of Figures 5.2, 5.3 and 5.4
GRID = [[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]]
TIES = [[1.0, 1.0, 2.0, 0.0], [1.0, 0.0, 0.0, 2.0], [3.0, 0.0, -1.0, -1.0]]
TWO: dict[str, int] = {"kernel_size": 2, "stride": 2}
POOLED = ["avg_pool2d", "max_pool2d", "max_pool2d_with_indices"]
CALLS = {
    **{name: [Call(GRID, **TWO), Call([*TIES, [0.0, 0.0, 0.0, 0.0]], **TWO)] for name in POOLED},
    "global_avg_pool": [Call([GRID, GRID[::-1]]), Call([GRID[::-1], GRID])],
    "max_unpool2d": [
        Call([[20.0, 32.0], [26.0, 22.0]], [[4, 3], [8, 15]], out_shape=(4, 4)),
        Call([[1.0, -2.0], [0.5, 0.0]], [[0, 1], [2, 3]], out_shape=(4, 4)),
    ],
    "roi_pool": [Call(GRID, (0, 1, 3, 4), out_size=(2, 2)), Call(GRID[::-1], (0, 1, 3, 4), out_size=(2, 2))],
}
HELPERS = ["max_pool2d_with_indices"]
WINDOWED = {
    "If kernel_size is not an integer.": (Call(GRID, kernel_size=2.0, stride=2), Call(GRID, kernel_size=2, stride=2)),
    "If stride is not an integer.": (Call(GRID, kernel_size=2, stride=2.0), Call(GRID, kernel_size=2, stride=2)),
    "If x has fewer than two axes.": (Call(GRID[0], kernel_size=1, stride=1), Call(GRID, kernel_size=1, stride=1)),
    "If kernel_size is not positive.": (Call(GRID, kernel_size=0, stride=2), Call(GRID, kernel_size=1, stride=2)),
    "If kernel_size is larger than the image.": (Call(TIES, kernel_size=4, stride=1), Call(GRID, kernel_size=4, stride=1)),
    "If stride is not positive.": (Call(GRID, kernel_size=2, stride=0), Call(GRID, kernel_size=2, stride=1)),
}
PAIR = {"out_shape": (2, 2)}
RAISES = {
    **dict.fromkeys(POOLED, WINDOWED),
    "global_avg_pool": {"If x has fewer than three axes.": (Call(GRID), Call([GRID]))},
    "max_unpool2d": {
        "If out_shape is not a pair of integers.": (Call([[1.0]], [[0]], out_shape=4), Call([[1.0]], [[0]], **PAIR)),
        "If y has fewer than two axes.": (Call([1.0], [[0]], **PAIR), Call([[1.0]], [[0]], **PAIR)),
        "If y and the indices differ in shape.": (Call([[1.0]], [[0, 1]], **PAIR), Call([[1.0, 2.0]], [[0, 1]], **PAIR)),
        "If an index is not a whole number.": (Call([[1.0]], [[0.5]], **PAIR), Call([[1.0]], [[1.0]], **PAIR)),
        "If an index is not one of 0, …, H W - 1.": (Call([[1.0]], [[4]], **PAIR), Call([[1.0]], [[3]], **PAIR)),
        "If two values of an image claim the same place.": (
            Call([[1.0, 2.0]], [[3, 3]], **PAIR),
            Call([[1.0, 2.0]], [[3, 0]], **PAIR),
        ),
        "If a size in out_shape is not positive.": (
            Call([[1.0]], [[0]], out_shape=(0, 2)),
            Call([[1.0]], [[0]], out_shape=(1, 2)),
        ),
    },
    "roi_pool": {
        "If roi is not made of four integers.": (
            Call(GRID, (0, 0, 2), out_size=(1, 1)),
            Call(GRID, (0, 0, 2, 2), out_size=(1, 1)),
        ),
        "If out_size is not a pair of integers.": (
            Call(GRID, (0, 0, 2, 2), out_size=(1.0, 1)),
            Call(GRID, (0, 0, 2, 2), out_size=(1, 1)),
        ),
        "If x has fewer than two axes.": (Call(GRID[0], (0, 0, 1, 2), out_size=(1, 1)), Call(GRID, (0, 0, 1, 2), out_size=(1, 1))),
        "If the rectangle is empty.": (
            Call(GRID, (0, 2, 2, 2), out_size=(1, 1)),
            Call(GRID, (0, 2, 2, 3), out_size=(1, 1)),
        ),
        "If the rectangle reaches beyond the image.": (
            Call(GRID, (0, 0, 2, 5), out_size=(1, 1)),
            Call(GRID, (0, 0, 2, 4), out_size=(1, 1)),
        ),
        "If a size in out_size is not positive.": (
            Call(GRID, (0, 0, 2, 2), out_size=(1, 0)),
            Call(GRID, (0, 0, 2, 2), out_size=(1, 1)),
        ),
    },
}


# --- Values by hand, on every library


def test_max_pooling_takes_the_largest_value_of_each_window(xp: Library) -> None:
    xp.close(max_pool2d(xp.array(GRID), **TWO), [[20, 32], [26, 22]])
    xp.close(max_pool2d(xp.array(GRID), kernel_size=3, stride=1), [[28, 32], [28, 29]])


def test_max_pooling_tells_the_places_counted_row_by_row(xp: Library) -> None:
    y, indices = max_pool2d_with_indices(xp.array(GRID), **TWO)
    xp.close(y, [[20, 32], [26, 22]])
    assert xp.numpy(indices).tolist() == [[4, 3], [8, 15]] and xp.numpy(indices).dtype == np.int64


def test_average_pooling_takes_the_mean_of_each_window(xp: Library) -> None:
    xp.close(avg_pool2d(xp.array(GRID), **TWO), [[16, 28], [18, 17]])
    xp.close(avg_pool2d(xp.array(GRID), kernel_size=3, stride=1), [[168 / 9, 191 / 9], [163 / 9, 166 / 9]])


def test_max_unpooling_returns_each_value_to_its_place_among_zeros(xp: Library) -> None:
    expected = [[0, 0, 0, 32], [20, 0, 0, 0], [26, 0, 0, 0], [0, 0, 0, 22]]
    y, indices = max_pool2d_with_indices(xp.array(GRID), **TWO)
    xp.close(max_unpool2d(y, indices, out_shape=(4, 4)), expected)


def test_global_average_pooling_gives_one_value_a_channel(xp: Library) -> None:
    xp.close(global_avg_pool(xp.array([GRID, np.ones((4, 4)).tolist()])), [19.75, 1])
    assert global_avg_pool(xp.array([[GRID] * 3] * 2)).shape == (2, 3)


def test_roi_pooling_takes_the_largest_value_of_each_bin(xp: Library) -> None:
    """Rows 0 and 1, columns 0 to 2: the bins of columns 0, 1 and 1, 2 share column 1."""
    xp.close(roi_pool(xp.array(GRID), (0, 0, 2, 3), out_size=(2, 2)), [[17, 23], [20, 28]])
    xp.close(roi_pool(xp.array(GRID), (1, 0, 4, 4), out_size=(1, 2)), [[26, 29]])


# --- Of equal values the first


def test_of_equal_values_the_first_row_by_row_is_the_one_reported(xp: Library) -> None:
    y, indices = max_pool2d_with_indices(xp.array(TIES), **TWO)
    xp.close(y, [[1, 2]])
    assert xp.numpy(indices).tolist() == [[0, 2]]
    crossed = [[0.0, 5.0], [5.0, 0.0]]  # (0, 1) stands before (1, 0)
    assert xp.numpy(max_pool2d_with_indices(xp.array(crossed), **TWO)[1]).tolist() == [[1]]


def test_unpooling_after_a_tie_fills_the_first_place(xp: Library) -> None:
    y, indices = max_pool2d_with_indices(xp.array(np.ones((2, 4))), **TWO)
    xp.close(max_unpool2d(y, indices, out_shape=(2, 4)), [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_of_equal_values_the_first_gets_the_gradient_as_in_pytorch() -> None:
    import torch

    expected = [[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    for pool in (max_pool2d, lambda x, **options: torch.nn.functional.max_pool2d(x[None], **options)[0]):
        x = torch.tensor(TIES, requires_grad=True)
        pool(x, **TWO).sum().backward()
        assert x.grad is not None and x.grad.tolist() == expected
    crossed = torch.tensor([[0.0, 5.0], [5.0, 0.0]], requires_grad=True)
    roi_pool(crossed, (0, 0, 2, 2), out_size=(1, 1)).sum().backward()
    assert crossed.grad is not None and crossed.grad.tolist() == [[0, 1], [0, 0]]


# --- Against PyTorch


@pytest.mark.parametrize("size", [(6, 6), (7, 9), (8, 5)])
def test_pooling_and_its_gradients_are_those_of_pytorch_for_every_window_and_stride(size: tuple[int, int]) -> None:
    import torch

    torch.manual_seed(0)
    functional: Any = torch.nn.functional
    for kernel_size, stride, whole_numbers in itertools.product((1, 2, 3, 5), (1, 2, 3, 6), (False, True)):
        options = {"kernel_size": kernel_size, "stride": stride}
        data = torch.randint(0, 3, (2, 3, *size)).double() if whole_numbers else torch.randn(2, 3, *size, dtype=torch.float64)
        for ours, theirs in ((max_pool2d, functional.max_pool2d), (avg_pool2d, functional.avg_pool2d)):
            x, z = data.clone().requires_grad_(), data.clone().requires_grad_()
            y, expected = ours(x, **options), theirs(z, **options)
            torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-14)
            weights = torch.randn_like(y)
            ((y * weights).sum() + (expected * weights).sum()).backward()
            torch.testing.assert_close(x.grad, z.grad, rtol=1e-12, atol=1e-14)
        y, indices = max_pool2d_with_indices(data, **options)
        expected, places = functional.max_pool2d(data, **options, return_indices=True)
        assert torch.equal(y, expected) and torch.equal(indices, places)
        if stride >= kernel_size:
            restored = max_unpool2d(y, indices, out_shape=size)
            assert torch.equal(restored, functional.max_unpool2d(expected, places, **options, output_size=size))


def test_a_nan_is_the_largest_value_of_its_window_as_in_pytorch() -> None:
    import torch

    x = torch.tensor(GRID)
    x[0, 1] = x[1, 0] = x[3, 3] = math.nan
    y, indices = max_pool2d_with_indices(x, **TWO)
    expected, places = torch.nn.functional.max_pool2d(x[None], **TWO, return_indices=True)
    torch.testing.assert_close(y[None], expected, equal_nan=True)
    assert torch.equal(indices[None], places)
    torch.testing.assert_close(max_pool2d(x, **TWO), y, equal_nan=True)
    assert torch.isnan(avg_pool2d(x, **TWO)).tolist() == [[True, False], [False, True]]
    assert torch.isnan(roi_pool(x, (0, 0, 2, 4), out_size=(1, 2))).tolist() == [[True, False]]


def test_global_average_pooling_and_its_gradient_are_those_of_pytorchs_adaptive_pooling() -> None:
    import torch

    torch.manual_seed(0)
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    torch.testing.assert_close(global_avg_pool(x), torch.nn.functional.adaptive_avg_pool2d(x, 1)[..., 0, 0])
    assert torch.autograd.gradcheck(global_avg_pool, x.requires_grad_())


@pytest.mark.parametrize("out_size", [(1, 1), (2, 3), (4, 2), (5, 7)])
def test_roi_pooling_is_pytorchs_adaptive_pooling_of_the_rectangle(out_size: tuple[int, int]) -> None:
    """Adaptive max pooling divides a whole image into the same bins."""
    import torch

    torch.manual_seed(0)
    for roi in ((0, 0, 6, 8), (1, 2, 6, 7), (3, 0, 4, 8), (2, 5, 5, 6)):
        data = torch.randint(0, 9, (2, 3, 6, 8)).double()
        x, z = data.clone().requires_grad_(), data.clone().requires_grad_()
        y0, x0, y1, x1 = roi
        y = roi_pool(x, roi, out_size=out_size)
        expected = torch.nn.functional.adaptive_max_pool2d(z[:, :, y0:y1, x0:x1], out_size)
        assert torch.equal(y, expected)
        weights = torch.randn_like(y)
        ((y * weights).sum() + (expected * weights).sum()).backward()
        torch.testing.assert_close(x.grad, z.grad)


# --- Laws

IMAGES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**16))
WINDOWS = st.tuples(st.integers(1, 4), st.integers(1, 4))


def draw(shape: tuple[int, int, int], least: int = 1) -> np.ndarray[Any, Any]:
    """Whole numbers, so that some are equal."""
    return np.random.default_rng(shape[2]).integers(-4, 5, (2, max(shape[0], least), max(shape[1], least))).astype(float)


@given(st.integers(2, 30), st.integers(2, 30))
def test_windows_of_two_and_a_stride_of_two_halve_the_image_and_drop_the_odd_row_and_column(height: int, width: int) -> None:
    for pool in (max_pool2d, avg_pool2d):
        assert pool(np.zeros((height, width)), **TWO).shape == (height // 2, width // 2)


@given(IMAGES, WINDOWS)
def test_each_maximum_is_a_value_of_its_window_and_its_index_says_which(shape: tuple[int, int, int], window: tuple[int, int]) -> None:
    x = draw(shape, least=window[0])
    y, indices = max_pool2d_with_indices(x, kernel_size=window[0], stride=window[1])
    np.testing.assert_array_equal(np.take_along_axis(x.reshape(2, -1), indices.reshape(2, -1), axis=1).reshape(y.shape), y)
    np.testing.assert_array_equal(max_pool2d(x, kernel_size=window[0], stride=window[1]), y)
    rows, columns = np.divmod(indices, x.shape[2])
    for places, axis in ((rows, 1), (columns, 2)):
        first = window[1] * np.expand_dims(np.arange(y.shape[axis]), axis=2 - axis)
        assert np.all((places >= first) & (places < first + window[0]))


@given(IMAGES, WINDOWS)
def test_the_mean_of_a_window_lies_between_its_smallest_and_its_largest_value(shape: tuple[int, int, int], window: tuple[int, int]) -> None:
    x = draw(shape, least=window[0])
    options = {"kernel_size": window[0], "stride": window[1]}
    mean = avg_pool2d(x, **options)
    assert np.all(mean <= max_pool2d(x, **options) + 1e-12) and np.all(mean >= -max_pool2d(-x, **options) - 1e-12)


@given(IMAGES, st.integers(1, 3), st.integers(0, 2))
def test_pooling_after_unpooling_restores_positive_values_and_unpooling_after_pooling_only_the_largest(
    shape: tuple[int, int, int], size: int, gap: int
) -> None:
    """The size comes back, and what the windows dropped does not."""
    x = np.abs(draw(shape, least=size)) + 1
    options = {"kernel_size": size, "stride": size + gap}
    y, indices = max_pool2d_with_indices(x, **options)
    restored = max_unpool2d(y, indices, out_shape=x.shape[1:])
    assert restored.shape == x.shape and np.count_nonzero(restored) == y.size
    np.testing.assert_array_equal(restored[restored > 0], x[restored > 0])
    np.testing.assert_array_equal(max_pool2d(restored, **options), y)


def test_windows_that_overlap_cannot_be_undone() -> None:
    y, indices = max_pool2d_with_indices(GRID, kernel_size=3, stride=1)
    with pytest.raises(ValueError, match="^max_unpool2d: indices must claim each place once"):
        max_unpool2d(y, indices, out_shape=(4, 4))
    assert max_unpool2d([[[1.0]], [[2.0]]], [[[3]], [[3]]], out_shape=(2, 2)).sum() == 3  # in two images


@given(IMAGES)
def test_one_window_over_the_whole_image_is_its_maximum_its_mean_and_its_global_average(shape: tuple[int, int, int]) -> None:
    x = draw((shape[0], shape[0], shape[2]))
    options = {"kernel_size": x.shape[1], "stride": 1}
    np.testing.assert_array_equal(max_pool2d(x, **options)[:, 0, 0], x.max(axis=(1, 2)))
    np.testing.assert_allclose(avg_pool2d(x, **options)[:, 0, 0], global_avg_pool(x), atol=1e-14)


@given(IMAGES, WINDOWS)
def test_any_rectangle_gives_a_result_of_the_size_asked_for(shape: tuple[int, int, int], out_size: tuple[int, int]) -> None:
    """A rectangle of just that size comes back unchanged, and one bin is the rectangle's largest value."""
    x = draw(shape)
    rng = np.random.default_rng(shape[2])
    (y0, y1), (x0, x1) = (sorted(rng.choice(length + 1, 2, replace=False).tolist()) for length in x.shape[1:])
    roi = (y0, x0, y1, x1)
    inner = x[:, y0:y1, x0:x1]
    assert roi_pool(x, roi, out_size=out_size).shape == (2, *out_size)
    np.testing.assert_array_equal(roi_pool(x, roi, out_size=inner.shape[1:]), inner)
    np.testing.assert_array_equal(roi_pool(x, roi, out_size=(1, 1))[:, 0, 0], inner.max(axis=(1, 2)))


def test_roi_pooling_with_even_bins_is_max_pooling() -> None:
    np.testing.assert_array_equal(roi_pool(GRID, (0, 0, 4, 4), out_size=(2, 2)), max_pool2d(GRID, **TWO))


def test_max_pooling_is_invariant_to_small_shifts_only_as_long_as_the_largest_value_stays_in_its_window() -> None:
    x = np.zeros((4, 8))
    x[0, 2] = 1
    y = max_pool2d(x, **TWO)
    np.testing.assert_array_equal(max_pool2d(np.roll(x, 1, axis=1), **TWO), y)  # from column 2 to 3: the same window
    assert np.any(max_pool2d(np.roll(x, 2, axis=1), **TWO) != y)


def test_average_pooling_is_smoother_than_max_pooling() -> None:
    """Less variance behind it, on noise."""
    x = np.random.default_rng(0).normal(size=(64, 64))
    assert avg_pool2d(x, **TWO).var() < 0.7 * max_pool2d(x, **TWO).var() < x.var()


# --- Gradients, and arguments


def test_gradients() -> None:
    assert_gradient(max_unpool2d, [[1.0, -2.0]], [[3, 0]], wrt=0, out_shape=(2, 2))
    assert_gradient(avg_pool2d, GRID, wrt=0, differences=False, **TWO)


def test_results_are_no_views_of_the_image() -> None:
    x = np.asarray(GRID)
    y, indices = max_pool2d_with_indices(x, kernel_size=1, stride=1)
    for result in (y, indices, max_pool2d(x, kernel_size=1, stride=1), avg_pool2d(x, kernel_size=1, stride=1), roi_pool(x, (0, 0, 4, 4), out_size=(4, 4))):
        assert not np.shares_memory(result, x) and result.flags.writeable


def test_messages_tell_what_would_fit() -> None:
    for call, message in (
        (lambda: max_pool2d(TIES, kernel_size=4, stride=1), "max_pool2d: kernel_size must fit into the image of 3 rows and 4 columns, got 4"),
        (lambda: roi_pool(TIES, (0, 0, 4, 4), out_size=(1, 1)), r"roi_pool: roi must lie within the image of 3 rows and 4 columns, got \(0, 0, 4, 4\)"),
        (lambda: roi_pool(TIES, (2, 0, 2, 4), out_size=(1, 1)), r"roi_pool: roi must hold a row and a column or more: y0 < y1 and x0 < x1, got \(2, 0, 2, 4\)"),
        (lambda: roi_pool(TIES, (0, 0.5, 2, 4), out_size=(1, 1)), "roi_pool: roi must be an integer, got float"),  # type: ignore[arg-type]
        (lambda: max_unpool2d([[1.0]], [[4]], out_shape=(2, 2)), r"max_unpool2d: indices must lie in 0 ... 3, got 4"),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=f"^{message}$"):
            call()
