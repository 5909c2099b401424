"""Convolution: values by hand, against PyTorch and SciPy over a grid of options, gradients, and laws."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import dlref.conv
from dlref.conv import (
    conv2d,
    conv_transpose2d,
    depthwise_conv2d,
    effective_kernel,
    output_size,
    param_count_conv,
    param_count_fc,
    pointwise_conv2d,
    receptive_field,
    separable_conv2d,
    separable_cost_ratio,
    transposed_output_size,
    true_convolve2d,
)
from tests.libraries import Library
from tests.samples import quarters
from tests.topics import Call

pytestmark = pytest.mark.ch5


def image(*shape: int) -> np.ndarray[Any, Any]:
    """The numbers 1, 2, 3, … row by row."""
    return np.arange(1.0, math.prod(shape) + 1).reshape(shape)


X, Y = quarters(2, 4, 3), quarters(2, 4, 3, seed=1)
K = quarters(4, 1, 2, 2)
OPTIONS: dict[str, Any] = {"stride": 2, "padding": ((1, 0), (0, 2)), "dilation": 2, "groups": 2}
ONE = [[[1.0, 2.0], [3.0, 4.0]]]  # an image of one channel

# Small, since JAX compiles each step of each function
CALLS = {
    "conv2d": [Call(X, K, None, **OPTIONS), Call(Y, K, [0.5, -1.0, 0.0, 2.0], **OPTIONS)],
    "conv_transpose2d": [
        Call(quarters(2, 3, 2), quarters(2, 3, 2, 1), None, stride=2, output_padding=1),
        Call(quarters(2, 3, 2, seed=1), quarters(2, 3, 2, 1), [0.5, -1.0, 0.0], stride=2, output_padding=1),
    ],
    "depthwise_conv2d": [Call(X, quarters(2, 1, 2, 1), stride=2, padding=1), Call(Y, quarters(2, 1, 2, 1), stride=2, padding=1)],
    "effective_kernel": [Call(3, dilation=2), Call(5, dilation=2)],
    "output_size": [Call(6, 3, stride=2, padding=1), Call(9, 5, stride=2, padding=1)],
    "param_count_conv": [Call(3, 2, 4), Call(5, 1, 2)],
    "param_count_fc": [Call(5, 4, 3, 2), Call(1, 2, 3, 4)],
    "pointwise_conv2d": [Call(X, quarters(3, 2, 1, 1)), Call(Y, quarters(3, 2, 1, 1))],
    "receptive_field": [Call([3, 3, 2], [1, 2, 1], [1, 1, 2]), Call([3, 5, 1], [2, 2, 1], [1, 3, 2])],
    "separable_conv2d": [
        Call(X, quarters(2, 1, 2, 1), quarters(3, 2, 1, 1), stride=2),
        Call(Y, quarters(2, 1, 2, 1), quarters(3, 2, 1, 1), stride=2),
    ],
    "separable_cost_ratio": [Call(2, 3, 4), Call(2, 1, 2)],
    "transposed_output_size": [Call(2, 3, stride=2, output_padding=1), Call(5, 4, stride=2, output_padding=1)],
    "true_convolve2d": [Call(quarters(2, 3), quarters(2, 1)), Call(quarters(2, 3, seed=1), quarters(2, 1))],
}
HELPERS = ["depthwise_conv2d", "effective_kernel", "param_count_conv", "pointwise_conv2d", "transposed_output_size"]


def counted(*args: int, **options: int) -> dict[str, tuple[Call, Call]]:
    """What every function that counts refuses."""
    good = Call(*args, **options)
    return {
        "If an argument is not a whole number.": (Call(2.5, *args[1:], **options), good),
        "If an argument is not positive.": (Call(0, *args[1:], **options), good),
    }


UNEQUAL = {"If the shapes differ and are not scalar.": (Call([3, 5], [1, 2, 3], 4), Call([3, 5], [1, 2], 4))}
PAIR = {"If the shapes differ and neither is a scalar.": (Call([6, 7], [1, 2, 3]), Call([6, 7], [1, 2]))}
STRIDE = {
    "If stride is not an integer.": (Call(6, 3, stride=2.0), Call(6, 3, stride=2)),
    "If stride is not positive.": (Call(6, 3, stride=0), Call(6, 3, stride=1)),
}
SIZE_PADDING = {
    "If padding is neither an integer nor a pair of integers.": (Call(6, 3, padding=(1, 1, 1)), Call(6, 3, padding=(1, 1))),
    "If padding is negative.": (Call(6, 3, padding=(1, -1)), Call(6, 3, padding=(1, 0))),
}


def slid(kernel: list[Any], x: list[Any] = ONE) -> dict[str, tuple[Call, Call]]:
    """What every function refuses that slides a kernel with a stride over padded images."""
    good = Call(x, kernel)
    return {
        "If stride is not an integer.": (Call(x, kernel, stride=1.0), Call(x, kernel, stride=1)),
        "If stride is not positive.": (Call(x, kernel, stride=0), Call(x, kernel, stride=1)),
        "If padding is neither an integer nor two pairs of integers.": (Call(x, kernel, padding=(1, 1)), Call(x, kernel, padding=1)),
        "If padding is negative.": (Call(x, kernel, padding=((0, 0), (0, -1))), Call(x, kernel, padding=((0, 0), (0, 0)))),
        "If x has fewer than three axes.": (Call(x[0], kernel), good),
    }


ONES = [[[[1.0, 1.0]]]]
LONG = [[[[1.0, 1.0, 1.0]]]]
SQUARE = [[[[1.0, 0.0], [0.0, 1.0]]]]
PIXEL = [[[[1.0]]]]
RAISES = {
    "conv2d": {
        **slid(ONES),
        "If the kernel does not have four axes.": (Call(ONE, ONES[0]), Call(ONE, ONES)),
        "If dilation is not an integer.": (Call(ONE, ONES, dilation=1.0), Call(ONE, ONES, dilation=1)),
        "If dilation is not positive.": (Call(ONE, ONES, dilation=0), Call(ONE, ONES, dilation=1)),
        "If groups is not an integer.": (Call(ONE, ONES, groups=1.0), Call(ONE, ONES, groups=1)),
        "If groups is not positive.": (Call(ONE, ONES, groups=0), Call(ONE, ONES, groups=1)),
        "If groups does not divide the number of channels of x.": (
            Call(quarters(3, 2, 2), quarters(4, 1, 1, 1), groups=2),
            Call(quarters(2, 2, 2), quarters(4, 1, 1, 1), groups=2),
        ),
        "If groups does not divide the number of kernels.": (
            Call(quarters(2, 2, 2), quarters(3, 1, 1, 1), groups=2),
            Call(quarters(2, 2, 2), quarters(4, 1, 1, 1), groups=2),
        ),
        "If the kernels do not have as many channels as a group of x.": (
            Call(quarters(4, 2, 2), quarters(2, 1, 1, 1), groups=2),
            Call(quarters(4, 2, 2), quarters(2, 2, 1, 1), groups=2),
        ),
        "If bias does not have one value for each kernel.": (Call(ONE, ONES, [0.5, 0.5]), Call(ONE, ONES, [0.5])),
        "If the kernel, spread out by the dilation, is longer than the padded image.": (
            Call(ONE, ONES, dilation=2),
            Call(ONE, ONES, dilation=1),
        ),
    },
    "conv_transpose2d": {
        **slid(SQUARE),
        "If the kernel does not have four axes.": (Call(ONE, ONES[0]), Call(ONE, ONES)),
        "If x does not have one channel for each kernel.": (Call(ONE, ONES * 2), Call(ONE, ONES)),
        "If bias does not have one value for each channel of the kernels.": (Call(ONE, ONES, [0.5, 0.5]), Call(ONE, ONES, [0.5])),
        "If output_padding is not an integer.": (Call(ONE, ONES, output_padding=0.0), Call(ONE, ONES, output_padding=0)),
        "If output_padding is negative.": (Call(ONE, ONES, output_padding=-1), Call(ONE, ONES, output_padding=0)),
        "If output_padding is not smaller than the stride.": (
            Call(ONE, ONES, stride=2, output_padding=2),
            Call(ONE, ONES, stride=2, output_padding=1),
        ),
        "If the padding cuts off all of the result.": (Call(ONE, PIXEL, padding=1), Call(ONE, PIXEL, padding=0)),
    },
    "depthwise_conv2d": {
        **slid(ONES),
        "If the kernel does not have the shape (C, 1, K, L).": (Call(ONE, ONES * 2), Call(ONE, ONES)),
        "If the kernel is longer than the padded image.": (Call(ONE, LONG), Call(ONE, ONES)),
    },
    "effective_kernel": {
        "If kernel_size is not a whole number.": (Call(2.5, dilation=2), Call(2.0, dilation=2)),
        "If kernel_size is not positive.": (Call(0, dilation=2), Call(1, dilation=2)),
        "If dilation is not an integer.": (Call(3, dilation=2.0), Call(3, dilation=2)),
        "If dilation is not positive.": (Call(3, dilation=0), Call(3, dilation=1)),
    },
    "output_size": {
        **PAIR,
        **STRIDE,
        **SIZE_PADDING,
        **counted(6, 3),
        "If dilation is not an integer.": (Call(6, 3, dilation=2.0), Call(6, 3, dilation=2)),
        "If dilation is not positive.": (Call(6, 3, dilation=0), Call(6, 3, dilation=1)),
        "If the kernel, spread out by the dilation, is longer than the padded image.": (
            Call(6, 3, dilation=3),
            Call(6, 3, dilation=2),
        ),
    },
    "param_count_conv": {**UNEQUAL, **counted(3, 2, 4)},
    "param_count_fc": {
        "If the shapes differ and are not scalar.": (Call([3, 5], [1, 2, 3], 4, 5), Call([3, 5], [1, 2], 4, 5)),
        **counted(5, 4, 3, 2),
    },
    "pointwise_conv2d": {
        "If x has fewer than three axes.": (Call(ONE[0], PIXEL), Call(ONE, PIXEL)),
        "If the kernel does not have the shape (C_out, C_in, 1, 1).": (Call(ONE, ONES), Call(ONE, PIXEL)),
    },
    "receptive_field": {
        "If kernel_sizes is a scalar.": (Call(3, 1, 1), Call([3], 1, 1)),
        "If the shapes differ and are not scalar.": (Call([3, 3], [1, 1, 1], 1), Call([3, 3], [1, 1], 1)),
        "If an argument is not a whole number.": (Call([3, 2.5], 1, 1), Call([3, 2.0], 1, 1)),
        "If an argument is not positive.": (Call([3], 0, 1), Call([3], 1, 1)),
    },
    "separable_conv2d": {
        "If stride is not an integer.": (Call(ONE, ONES, PIXEL, stride=1.0), Call(ONE, ONES, PIXEL, stride=1)),
        "If stride is not positive.": (Call(ONE, ONES, PIXEL, stride=0), Call(ONE, ONES, PIXEL, stride=1)),
        "If padding is neither an integer nor two pairs of integers.": (
            Call(ONE, ONES, PIXEL, padding=None),
            Call(ONE, ONES, PIXEL, padding=1),
        ),
        "If padding is negative.": (Call(ONE, ONES, PIXEL, padding=-1), Call(ONE, ONES, PIXEL, padding=0)),
        "If x has fewer than three axes.": (Call(ONE[0], ONES, PIXEL), Call(ONE, ONES, PIXEL)),
        "If depthwise_kernel does not have the shape (C_in, 1, K, L).": (Call(ONE, ONES * 2, PIXEL), Call(ONE, ONES, PIXEL)),
        "If pointwise_kernel does not have the shape (C_out, C_in, 1, 1).": (Call(ONE, ONES, ONES), Call(ONE, ONES, PIXEL)),
        "If the kernel is longer than the padded image.": (Call(ONE, LONG, PIXEL), Call(ONE, ONES, PIXEL)),
    },
    "separable_cost_ratio": {**UNEQUAL, **counted(2, 3, 4)},
    "transposed_output_size": {
        **PAIR,
        **STRIDE,
        **SIZE_PADDING,
        **counted(6, 3),
        "If output_padding is not an integer.": (Call(6, 3, output_padding=0.0), Call(6, 3, output_padding=0)),
        "If output_padding is negative.": (Call(6, 3, output_padding=-1), Call(6, 3, output_padding=0)),
        "If output_padding is not smaller than the stride.": (Call(6, 3, output_padding=1), Call(6, 3, output_padding=0)),
        "If the padding cuts off all of the result.": (Call(1, 2, padding=1), Call(1, 2, padding=0)),
    },
    "true_convolve2d": {
        "If x has fewer than two axes.": (Call([1.0, 2.0], [[1.0]]), Call([[1.0, 2.0]], [[1.0]])),
        "If the kernel does not have two axes.": (Call([[1.0, 2.0]], [1.0]), Call([[1.0, 2.0]], [[1.0]])),
    },
}


def pairs(padding: Any) -> Any:
    return ((padding, padding), (padding, padding)) if isinstance(padding, int) else padding


def padded(x: np.ndarray[Any, Any], padding: Any) -> np.ndarray[Any, Any]:
    return np.pad(x, ((0, 0), (0, 0), *pairs(padding)))


# --- Values by hand, on every library


def test_each_value_is_the_sum_of_products_of_a_window_with_the_kernel(xp: Library) -> None:
    x, kernel = xp.array(image(1, 3, 3)), xp.array([[[[1.0, 0.0], [0.0, -1.0]]]])
    xp.close(conv2d(x, kernel), [[[1 - 5, 2 - 6], [4 - 8, 5 - 9]]])
    xp.close(conv2d(x, xp.array([[[[1.0, 10.0], [100.0, 1000.0]]]])), [[[5421, 6532], [8754, 9865]]])


def test_a_stride_of_two_takes_every_second_window(xp: Library) -> None:
    x, kernel = xp.array(image(1, 5, 6)), xp.array(quarters(1, 1, 2, 3))
    every = conv2d(xp.numpy(x), xp.numpy(kernel))
    xp.close(conv2d(x, kernel, stride=1), every)
    xp.close(conv2d(x, kernel, stride=2), every[:, ::2, ::2])
    xp.close(conv2d(x, kernel, stride=3), every[:, ::3, ::3])


def test_padding_surrounds_the_image_with_zeros_on_all_sides_or_on_each_by_its_number(xp: Library) -> None:
    x, kernel = np.asarray([X]), xp.array(quarters(3, 2, 2, 2))
    for padding in (1, ((1, 0), (0, 2)), [[0, 3], [2, 0]]):
        xp.close(conv2d(xp.array(x), kernel, padding=padding), conv2d(padded(x, padding), xp.numpy(kernel)))


def test_a_dilated_kernel_is_a_kernel_with_zeros_in_its_gaps(xp: Library) -> None:
    x, kernel = xp.array(image(1, 6, 7)), np.asarray([[[[1.0, 2.0], [3.0, 4.0]]]])
    spread = np.zeros((1, 1, 4, 4))
    spread[..., ::3, ::3] = kernel
    xp.close(conv2d(x, xp.array(kernel), dilation=3), xp.numpy(conv2d(x, xp.array(spread))))


def test_channels_are_summed_and_a_bias_is_added_to_each_channel_of_the_result(xp: Library) -> None:
    x = xp.array([[[1.0, 2.0]], [[10.0, 20.0]], [[100.0, 200.0]]])
    kernel = xp.array([[[[1.0]], [[1.0]], [[1.0]]], [[[0.0]], [[2.0]], [[-1.0]]]])
    xp.close(conv2d(x, kernel, xp.array([0.5, 1.0])), [[[111.5, 222.5]], [[-79, -159]]])


def test_true_convolution_of_coefficients_multiplies_polynomials(xp: Library) -> None:
    """(1 + 2 s + 3 t)(1 − s) = 1 + s − 2 s² + 3 t − 3 s t, with s along the columns and t along the rows."""
    xp.close(
        true_convolve2d(xp.array([[1.0, 2.0], [3.0, 0.0]]), xp.array([[1.0, -1.0]])), [[1, 1, -2], [3, -3, 0]]
    )


def test_transposed_convolution_adds_up_copies_of_the_kernel(xp: Library) -> None:
    x, kernel = xp.array([[[1.0, 2.0]]]), xp.array([[[[1.0, 10.0, 100.0]]]])
    xp.close(conv_transpose2d(x, kernel), [[[1, 12, 120, 200]]])
    xp.close(conv_transpose2d(x, kernel, xp.array([0.5]), stride=2, padding=((0, 0), (1, 0))), [[[10.5, 102.5, 20.5, 200.5]]])
    xp.close(conv_transpose2d(x, kernel, stride=4), [[[1, 10, 100, 0, 2, 20, 200]]])


def test_sizes_by_hand() -> None:
    assert output_size(5, 3) == 3
    assert output_size(6, 3, stride=2) == 2 and (6 - 3) / 2 + 1 == 2.5  # the floor
    assert output_size(224, 7, stride=2, padding=3) == 112
    assert output_size(10, 3, padding=(0, 2), dilation=4) == output_size(12, 9) == 4
    assert transposed_output_size(3, 3) == 5
    assert transposed_output_size(112, 4, stride=2, padding=1) == 224
    assert transposed_output_size(5, 3, stride=2, padding=(1, 0), output_padding=1) == 11
    assert [effective_kernel(3, dilation=d) for d in (1, 2, 4)] == [3, 5, 9]
    assert effective_kernel(1, dilation=9) == 1
    sizes = output_size(np.array([5, 6, 7]), 3, stride=2)
    assert sizes.tolist() == [2, 2, 3] and sizes.dtype == np.int64


def test_receptive_fields_by_hand() -> None:
    assert receptive_field([3], [1], [1]) == 3
    assert receptive_field([3] * 5, 1, 1) == 11  # five layers of 3 see as far as one of 11
    assert receptive_field([3, 3, 3, 3], 1, [1, 2, 4, 8]) == 31  # dilations that double
    assert receptive_field([7, 3, 3], [2, 2, 1], 1) == 7 + 2 * 2 + 2 * 4
    assert receptive_field([[3, 3], [5, 1]], 1, 1).tolist() == [5, 5]


def test_a_convolution_needs_far_fewer_parameters_than_a_full_connection_and_as_many_on_every_image() -> None:
    """On 224 × 224 pixels of three colors, 64 channels or units; and the counts are those of PyTorch's layers."""
    import torch

    assert param_count_fc(224, 224, 3, 64) == 9_633_856
    assert param_count_conv(3, 3, 64) == 1_792
    for h, w, c_in, n in itertools.product((4, 7), (5,), (1, 3), (2, 6)):
        layer = torch.nn.Linear(h * w * c_in, n)
        assert param_count_fc(h, w, c_in, n) == sum(weight.numel() for weight in layer.parameters())
        convolution = torch.nn.Conv2d(c_in, n, h)
        assert param_count_conv(h, c_in, n) == sum(weight.numel() for weight in convolution.parameters())
        assert param_count_conv(2, c_in, n) < param_count_fc(h, w, c_in, n)


def test_separable_cost_by_hand_and_as_weights_of_its_two_kernels() -> None:
    assert separable_cost_ratio(3, 32, 64) == pytest.approx(1 / 64 + 1 / 9)
    depthwise, pointwise, full = np.ones((32, 1, 3, 3)), np.ones((64, 32, 1, 1)), np.ones((64, 32, 3, 3))
    assert separable_cost_ratio(3, 32, 64) == (depthwise.size + pointwise.size) / full.size


# --- Against PyTorch and SciPy

KERNELS = [(1, 1), (2, 2), (3, 3), (3, 2), (1, 4)]
SIZES = [(7, 7), (6, 9), (8, 5)]
PADDINGS: list[Any] = [0, 1, ((2, 0), (1, 3))]


@pytest.mark.parametrize("window", KERNELS)
def test_conv2d_and_its_gradients_are_those_of_pytorch_for_every_stride_padding_dilation_and_number_of_groups(
    window: tuple[int, int],
) -> None:
    import torch

    torch.manual_seed(0)
    compared = 0
    for stride, padding, dilation, groups, size in itertools.product((1, 2, 3), PADDINGS, (1, 2, 3), (1, 2, 4), SIZES):
        (top, bottom), (left, right) = pairs(padding)
        spans = [effective_kernel(length, dilation=dilation) for length in window]
        if spans[0] > top + size[0] + bottom or spans[1] > left + size[1] + right:
            continue
        given = [torch.randn(2, 4, *size), torch.randn(8, 4 // groups, *window), torch.randn(8)]
        ours = [tensor.double().requires_grad_() for tensor in given]
        theirs = [tensor.double().requires_grad_() for tensor in given]
        y = conv2d(*ours, stride=stride, padding=padding, dilation=dilation, groups=groups)
        around = torch.nn.functional.pad(theirs[0], (left, right, top, bottom))
        expected = torch.nn.functional.conv2d(around, *theirs[1:], stride=stride, dilation=dilation, groups=groups)
        torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
        assert y.shape[2] == output_size(size[0], window[0], stride=stride, padding=(top, bottom), dilation=dilation)
        assert y.shape[3] == output_size(size[1], window[1], stride=stride, padding=(left, right), dilation=dilation)
        weights = torch.randn_like(y)
        for mine, other in zip(
            torch.autograd.grad((y * weights).sum(), ours), torch.autograd.grad((expected * weights).sum(), theirs), strict=True
        ):
            torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-11)
        compared += 1
    assert compared >= 120


@pytest.mark.parametrize("window", KERNELS)
def test_conv_transpose2d_and_its_gradients_are_those_of_pytorch_with_the_same_kernel(window: tuple[int, int]) -> None:
    """PyTorch's transposed convolution, too, takes the kernel of the convolution as it is: (C_out, C_in, K, L)."""
    import torch

    torch.manual_seed(0)
    compared = 0
    for stride, padding, extra, size in itertools.product((1, 2, 3), (0, 1, 2), (0, 1, 2), [(1, 4), (5, 1), (4, 6)]):
        sizes = [
            (length - 1) * stride - 2 * padding + reach + extra for length, reach in zip(size, window, strict=True)
        ]
        if extra >= stride or min(sizes) < 1:
            continue
        given = [torch.randn(2, 3, *size), torch.randn(3, 2, *window), torch.randn(2)]
        ours = [tensor.double().requires_grad_() for tensor in given]
        theirs = [tensor.double().requires_grad_() for tensor in given]
        y = conv_transpose2d(*ours, stride=stride, padding=padding, output_padding=extra)
        expected = torch.nn.functional.conv_transpose2d(*theirs, stride=stride, padding=padding, output_padding=extra)
        torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
        for axis in (0, 1):
            options: dict[str, Any] = {"stride": stride, "padding": padding, "output_padding": extra}
            assert transposed_output_size(size[axis], window[axis], **options) == y.shape[2 + axis]
        weights = torch.randn_like(y)
        for mine, other in zip(
            torch.autograd.grad((y * weights).sum(), ours), torch.autograd.grad((expected * weights).sum(), theirs), strict=True
        ):
            torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-11)
        compared += 1
    assert compared >= 25


def test_conv2d_of_one_channel_is_scipys_correlation_and_not_its_convolution() -> None:
    from scipy.signal import convolve2d, correlate2d

    x, kernel = np.asarray(quarters(6, 7)), np.asarray(quarters(3, 2, seed=1))
    y = conv2d(x[None], kernel[None, None])[0]
    np.testing.assert_allclose(y, correlate2d(x, kernel, mode="valid"), rtol=1e-12, atol=1e-13)
    assert np.abs(y - convolve2d(x, kernel, mode="valid")).max() > 0.1


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 4), (7, 1)])
def test_true_convolution_is_that_of_scipy(shape: tuple[int, int]) -> None:
    from scipy.signal import convolve2d

    for size in ((1, 1), (5, 4), (3, 8)):
        x, kernel = np.asarray(quarters(*size)), np.asarray(quarters(*shape, seed=1))
        np.testing.assert_allclose(true_convolve2d(x, kernel), convolve2d(x, kernel, mode="full"), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_and_pointwise_are_pytorchs_convolutions_with_as_many_groups_as_channels_and_with_one_pixel(stride: int) -> None:
    import torch

    x, depthwise, pointwise = (torch.tensor(quarters(*shape, seed=i), dtype=torch.float64) for i, shape in enumerate([(2, 3, 6, 5), (3, 1, 3, 2), (4, 3, 1, 1)]))  # fmt: skip
    inner = torch.nn.functional.conv2d(x, depthwise, stride=stride, padding=1, groups=3)
    torch.testing.assert_close(depthwise_conv2d(x, depthwise, stride=stride, padding=1), inner)
    torch.testing.assert_close(pointwise_conv2d(x, pointwise), torch.nn.functional.conv2d(x, pointwise))
    expected = torch.nn.functional.conv2d(inner, pointwise)
    torch.testing.assert_close(separable_conv2d(x, depthwise, pointwise, stride=stride, padding=1), expected)


# --- Laws

IMAGES = st.tuples(st.integers(1, 3), st.integers(3, 8), st.integers(3, 8), st.integers(0, 2**16))
WINDOWS = st.tuples(st.integers(1, 3), st.integers(1, 3))
STRIDES = st.integers(1, 3)
SIDES = st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2)))


def draw_pair(shape: tuple[int, int, int, int], window: tuple[int, int], kernels: int = 2) -> Any:
    channels, height, width, seed = shape
    rng = np.random.default_rng(seed)
    return rng.normal(size=(channels, height, width)), rng.normal(size=(kernels, channels, *window))


@given(IMAGES, WINDOWS, STRIDES, SIDES)
def test_the_transposed_convolution_is_the_adjoint_of_the_convolution(
    shape: tuple[int, int, int, int], window: tuple[int, int], stride: int, padding: Any
) -> None:
    """⟨conv(u), v⟩ = ⟨u, convᵀ(v)⟩; where the floor left out the last rows, output_padding brings them back, the same on both axes."""
    u, kernel = draw_pair(shape, window)
    left_out = {(n + sum(sides) - k) % stride for n, sides, k in zip(u.shape[1:], padding, window, strict=True)}
    assume(len(left_out) == 1)
    forward = conv2d(u, kernel, stride=stride, padding=padding)
    v = np.random.default_rng(shape[3] + 1).normal(size=forward.shape)
    back = conv_transpose2d(v, kernel, stride=stride, padding=padding, output_padding=left_out.pop())
    assert back.shape == u.shape
    assert np.sum(forward * v) == pytest.approx(np.sum(u * back), rel=1e-10, abs=1e-10)


def test_the_size_comes_back_by_the_output_padding_that_repairs_the_floor() -> None:
    """From 6 the convolution of kernel 3 and stride 2 leads to 2; back from 2 without output padding to 5."""
    assert output_size(6, 3, stride=2) == output_size(5, 3, stride=2) == 2
    assert transposed_output_size(2, 3, stride=2) == 5
    assert transposed_output_size(2, 3, stride=2, output_padding=1) == 6


def test_the_transposed_convolution_is_the_transpose_and_not_the_inverse() -> None:
    """The matrix of the convolution, built from its columns, transposed; applied after the convolution it does not restore the image."""
    kernel = np.asarray(quarters(1, 1, 2, 3))
    units = np.eye(20).reshape(20, 1, 4, 5)
    matrix = conv2d(units, kernel, stride=2).reshape(20, -1).T
    back = conv_transpose2d(np.eye(len(matrix)).reshape(-1, 1, 2, 2), kernel, stride=2, output_padding=0)
    np.testing.assert_allclose(back.reshape(len(matrix), -1), matrix, atol=1e-15)
    x = image(1, 4, 5)
    restored = conv_transpose2d(conv2d(x, kernel, stride=2), kernel, stride=2)
    assert restored.shape == x.shape and np.abs(restored - x).max() > 1


@given(IMAGES, WINDOWS)
def test_the_flipped_kernel_turns_cross_correlation_into_true_convolution(shape: tuple[int, int, int, int], window: tuple[int, int]) -> None:
    """conv2d with the flipped kernel at (i, j) is (k ∗ x)(i + K − 1, j + L − 1)."""
    x, kernels = draw_pair(shape, window, kernels=1)
    x, kernel = x[0], kernels[0, 0]
    whole = true_convolve2d(x, kernel)
    inner = conv2d(x[None], kernel[None, None, ::-1, ::-1])[0]
    np.testing.assert_allclose(inner, whole[window[0] - 1 : x.shape[0], window[1] - 1 : x.shape[1]], rtol=1e-10, atol=1e-12)


@given(IMAGES, IMAGES)
def test_true_convolution_is_commutative_and_cross_correlation_is_not(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> None:
    a, b = draw_pair(one, (1, 1))[0][0], draw_pair(other, (1, 1))[0][0]
    np.testing.assert_allclose(true_convolve2d(a, b), true_convolve2d(b, a), rtol=1e-10, atol=1e-12)
    square = np.asarray([[1.0, 2.0], [3.0, 4.0]])
    turned = np.asarray([[0.0, 1.0], [0.0, 0.0]])
    assert conv2d(square[None], turned[None, None], padding=1)[0, 0, 1] != conv2d(turned[None], square[None, None], padding=1)[0, 0, 1]


@given(IMAGES, WINDOWS, STRIDES, st.integers(0, 2), st.integers(0, 2))
def test_a_shift_of_the_image_by_a_multiple_of_the_stride_shifts_the_result(
    shape: tuple[int, int, int, int], window: tuple[int, int], stride: int, down: int, right: int
) -> None:
    """Translation equivariance, for the windows that lie within the image before and after the shift."""
    x, kernel = draw_pair(shape, window)
    large = np.pad(x, ((0, 0), (down * stride, 0), (right * stride, 0)), mode="wrap")
    y, shifted = conv2d(x, kernel, stride=stride), conv2d(large, kernel, stride=stride)
    np.testing.assert_allclose(shifted[:, down : down + y.shape[1], right : right + y.shape[2]], y, rtol=1e-10, atol=1e-12)


def test_a_shift_by_one_has_no_counterpart_behind_a_stride_of_two() -> None:
    """One bright pixel: the stride meets it or misses it, so that no shift of one result gives the other."""
    x, kernel = np.zeros((1, 7, 7)), np.ones((1, 1, 1, 1))
    x[0, 2, 2] = 1
    assert conv2d(x, kernel, stride=2).sum() == 1
    assert conv2d(np.roll(x, 1, axis=2), kernel, stride=2).sum() == 0


def test_convolution_is_equivariant_and_not_invariant() -> None:
    x, kernel = np.zeros((1, 6, 6)), np.asarray(quarters(1, 1, 2, 2))
    x[0, 2, 2] = 1
    y, moved = conv2d(x, kernel), conv2d(np.roll(x, 1, axis=2), kernel)
    np.testing.assert_allclose(moved, np.roll(y, 1, axis=2))
    assert np.abs(moved - y).max() > 0.1


@given(IMAGES, WINDOWS, STRIDES, SIDES, st.integers(1, 2))
def test_the_size_of_the_result_is_the_number_of_windows_that_fit(
    shape: tuple[int, int, int, int], window: tuple[int, int], stride: int, padding: Any, dilation: int
) -> None:
    """Windows counted one by one, which the floor stands for, dilation included."""
    x, kernel = draw_pair(shape, window)
    counted_ = []
    for length, sides, reach in zip(x.shape[1:], padding, window, strict=True):
        span = max(range(0, reach * dilation, dilation)) + 1
        counted_.append(len([start for start in range(0, length + sum(sides), stride) if start + span <= length + sum(sides)]))
        assume(counted_[-1] > 0)
        assert output_size(length, reach, stride=stride, padding=sides, dilation=dilation) == counted_[-1]
    assert conv2d(x, kernel, stride=stride, padding=padding, dilation=dilation).shape[1:] == tuple(counted_)


@given(st.integers(1, 20), st.integers(0, 4))
def test_half_a_kernel_of_padding_keeps_the_size_if_the_kernel_is_odd(size: int, half: int) -> None:
    assert output_size(size, 2 * half + 1, padding=half) == size


@given(IMAGES, WINDOWS)
def test_one_group_is_an_ordinary_convolution_and_each_group_is_one_by_itself(shape: tuple[int, int, int, int], window: tuple[int, int]) -> None:
    parts = [draw_pair((*shape[:3], shape[3] + g), window, kernels=3) for g in range(2)]
    x, kernel = np.concatenate([x for x, _ in parts]), np.concatenate([kernel for _, kernel in parts])
    expected = np.concatenate([conv2d(x, kernel, groups=1) for x, kernel in parts])
    np.testing.assert_allclose(conv2d(x, kernel, groups=2), expected, rtol=1e-12, atol=1e-13)


def test_as_many_groups_as_channels_is_the_depthwise_convolution() -> None:
    x, kernel = np.asarray([X]), np.asarray(quarters(2, 1, 2, 2))
    np.testing.assert_array_equal(conv2d(x, kernel, groups=2), depthwise_conv2d(x, kernel))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_groups_divide_the_number_of_weights(groups: int) -> None:
    kernel = np.ones((8, 4 // groups, 3, 3))
    assert conv2d(np.ones((4, 5, 5)), kernel, groups=groups).shape == (8, 3, 3)
    assert kernel.size == 3 * 3 * 4 * 8 // groups


def test_dilation_widens_what_the_kernel_spans_and_adds_no_parameter() -> None:
    """One bright pixel is seen from as far as the kernel spans, by as many weights as before."""
    x, kernel = np.zeros((1, 15, 15)), np.ones((1, 1, 3, 3))
    x[0, 7, 7] = 1
    for dilation in (1, 2, 3):
        rows, columns = np.nonzero(conv2d(x, kernel, padding=5, dilation=dilation)[0])
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == effective_kernel(3, dilation=dilation)
        assert len(rows) == kernel.size == param_count_conv(3, 1, 1) - 1


def test_dilation_leaves_gaps_in_what_a_value_sees() -> None:
    """Two layers of dilation 2 see only every second pixel (gridding)."""
    x, kernel = np.zeros((1, 15, 15)), np.ones((1, 1, 3, 3))
    x[0, 7, 7] = 1
    seen = conv2d(conv2d(x, kernel, padding=2, dilation=2), kernel, padding=2, dilation=2)[0]
    assert np.all(seen[1::2, 1::2][:7, :7].nonzero()[0].size > 0)
    assert seen[::2].sum() == seen[:, ::2].sum() == 0 and seen[7, 7] == 9


def test_the_receptive_field_is_the_extent_of_the_pixels_on_which_a_value_depends() -> None:
    """The pixels whose gradient is not 0, for stacks of layers with kernels of ones."""
    import torch

    for sizes, strides, dilations in (([3], [1], [1]), ([3, 3], [1, 1], [1, 1]), ([3, 2, 3], [2, 1, 2], [1, 3, 1]), ([1, 4, 3], [3, 2, 1], [2, 1, 2])):
        x = torch.zeros(1, 60, 60, dtype=torch.float64, requires_grad=True)
        y = x
        for size, stride, dilation in zip(sizes, strides, dilations, strict=True):
            y = conv2d(y, torch.ones(1, 1, size, size, dtype=torch.float64), stride=stride, dilation=dilation)
        (grad,) = torch.autograd.grad(y[0, 1, 1], x)
        rows, columns = np.nonzero(grad[0].numpy())
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == receptive_field(sizes, strides, dilations)


def test_a_separable_convolution_is_a_depthwise_one_and_then_a_pointwise_one() -> None:
    """And the one convolution whose kernels are the products of the two."""
    x, depthwise, pointwise = np.asarray([X]), np.asarray(quarters(2, 1, 3, 2)), np.asarray(quarters(5, 2, 1, 1))
    y = separable_conv2d(x, depthwise, pointwise, stride=2, padding=1)
    np.testing.assert_array_equal(y, pointwise_conv2d(depthwise_conv2d(x, depthwise, stride=2, padding=1), pointwise))
    np.testing.assert_allclose(y, conv2d(x, pointwise * depthwise[:, 0], stride=2, padding=1), rtol=1e-12, atol=1e-13)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_the_cost_of_a_separable_convolution_does_not_depend_on_the_channels_of_the_image(k: int, c_in: int, c_out: int) -> None:
    assert separable_cost_ratio(k, c_in, c_out) == pytest.approx(1 / c_out + 1 / k**2)


@given(IMAGES, WINDOWS, STRIDES)
def test_convolution_is_linear_in_the_image_and_in_the_kernel(shape: tuple[int, int, int, int], window: tuple[int, int], stride: int) -> None:
    x, kernel = draw_pair(shape, window)
    u, other = draw_pair((*shape[:3], shape[3] + 1), window)
    for mixed, apart in (
        (conv2d(2 * x - u, kernel, stride=stride), 2 * conv2d(x, kernel, stride=stride) - conv2d(u, kernel, stride=stride)),
        (conv2d(x, 2 * kernel - other, stride=stride), 2 * conv2d(x, kernel, stride=stride) - conv2d(x, other, stride=stride)),
    ):
        np.testing.assert_allclose(mixed, apart, rtol=1e-9, atol=1e-11)


# --- Gradients, and how it computes


def test_gradients_are_those_of_central_differences() -> None:
    """By PyTorch; that JAX's are the same is tested for all functions in test_libraries.py."""
    import torch

    for function, shapes, options in (
        (conv2d, [(2, 4, 3), (4, 1, 2, 2), (4,)], OPTIONS),
        (conv_transpose2d, [(2, 2, 2), (2, 3, 3, 2), (3,)], {"stride": 2, "padding": 1, "output_padding": 1}),
        (separable_conv2d, [(2, 4, 3), (2, 1, 3, 2), (3, 2, 1, 1)], {"padding": 1}),
        (true_convolve2d, [(3, 4), (2, 3)], {}),
    ):
        given = [torch.tensor(quarters(*shape, seed=i), dtype=torch.float64, requires_grad=True) for i, shape in enumerate(shapes)]
        assert torch.autograd.gradcheck(lambda *args, f=function, o=options: f(*args, **o), given)


@pytest.mark.parametrize("limit", [1, 40, 100, 200, 10**9])
def test_windows_are_held_a_few_rows_or_images_at_a_time_without_changing_the_result(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, kernel, bias = np.asarray(quarters(5, 2, 9, 8)), np.asarray(quarters(3, 2, 3, 2)), np.asarray([0.5, -1.0, 2.0])
    expected = [conv2d(x[n], kernel, bias, stride=2, padding=((1, 2), (0, 1)), dilation=2) for n in range(5)]
    monkeypatch.setattr(dlref.conv, "LIMIT", limit)
    found = conv2d(x, kernel, bias, stride=2, padding=((1, 2), (0, 1)), dilation=2)
    np.testing.assert_allclose(found, np.stack(expected), rtol=1e-12, atol=1e-13)


def test_a_large_image_needs_little_memory_beside_itself_and_its_result() -> None:
    """All windows at once would take nine times the image."""
    assert peak_of(1, 16, 256) < 2.5


def test_many_images_need_little_memory_beside_themselves_and_their_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlref.conv, "LIMIT", 2**15)  # the windows of seven images
    assert peak_of(256, 4, 16) < 2.5


def peak_of(images: int, channels: int, size: int) -> float:
    """The peak of the memory that a convolution takes, in parts of its result."""
    import tracemalloc

    x, kernel = np.ones((images, channels, size, size), dtype=np.float32), np.ones((channels, channels, 3, 3), dtype=np.float32)
    conv2d(x[:1], kernel)  # what is loaded on first use
    tracemalloc.start()
    y = conv2d(x, kernel)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / y.nbytes


def test_a_nan_stays_in_the_windows_that_hold_it() -> None:
    x = image(1, 4, 4)
    x[0, 0, 0] = math.nan
    assert np.isnan(conv2d(x, np.ones((1, 1, 2, 2)))).sum() == 1
    assert np.isnan(conv_transpose2d(x, np.ones((1, 1, 2, 2)))).sum() == 4


def test_numbers_and_lists_of_integers_count_as_reals_and_images_may_have_any_axes_in_front() -> None:
    assert conv2d([[[1, 2]]], [[[[1, 10]]]]).tolist() == [[[21.0]]]
    x = np.asarray(quarters(2, 3, 2, 4, 3))
    y = conv2d(x, K, **OPTIONS)
    assert y.shape == (2, 3, 4, 2, 2)
    np.testing.assert_array_equal(y[1, 2], conv2d(x[1, 2], K, **OPTIONS))


def test_a_bias_of_another_kind_is_refused() -> None:
    for wrong, error in (("text", TypeError), (1j, ValueError), (0.5, ValueError), ([[0.5]], ValueError)):
        with pytest.raises(error, match="^conv2d: .*bias"):
            conv2d(ONE, ONES, wrong)


def test_messages_tell_what_would_fit() -> None:
    for call, message in (
        (lambda: conv2d(np.ones((3, 5, 5)), np.ones((2, 4, 3, 3))), r"conv2d: kernel must have shape \(C_out, 3, K, L\) beside x \(3, 5, 5\), got \(2, 4, 3, 3\)"),
        (lambda: conv2d(np.ones((1, 4, 5)), np.ones((1, 1, 3, 3)), dilation=2), r"conv2d: kernel must span no more than the padded image \(4, 5\), got \(5, 5\)"),
        (lambda: conv2d(np.ones((1, 2, 3)), np.ones((1, 1, 9, 9)), padding=((1, 2), (3, 4))), r"conv2d: kernel must span no more than the padded image \(5, 10\), got \(9, 9\)"),
        (lambda: conv2d(np.ones((4, 5, 5)), np.ones((2, 2, 3, 3)), groups=3), "conv2d: groups must divide the 4 channels of x, got 3"),
        (lambda: conv2d(np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)), padding=((1, 2), (3,))), r"conv2d: padding must be an integer or \(start, end\), got \(3,\)"),
        (lambda: conv_transpose2d(np.ones((3, 5, 5)), np.ones((2, 4, 3, 3))), r"conv_transpose2d: x must have 2 channels beside kernel \(2, 4, 3, 3\), got shape \(3, 5, 5\)"),
        (lambda: output_size(4, 3, dilation=2), "output_size: kernel_size must span no more than the padded image, got 5"),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=f"^{message}$"):
            call()
