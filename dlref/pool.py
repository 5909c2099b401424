"""Pooling: windows of an image, each put down to one value, and back (section 5.3).

Images are of shape ``(..., H, W)``, each channel by itself. Windows are squares of ``kernel_size`` rows and columns, of which the next
begins ``stride`` further on. They lie within the image: where they do not come out even, the last rows and columns are left out.

All functions are of level A: NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and
differentiable by PyTorch and JAX. Of equal values in a window the first counts, row by row: it is the one whose place is reported, and
that gets the gradient. The result has the library, the device and the floating dtype of the arguments; integers count as the library's
default floating dtype.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A window that holds a NaN has the maximum and the mean NaN.
"""

from __future__ import annotations

import math
from typing import Any

from dlref._backend import Array, array_function, arrays, check, device, natural, scatter, whole
from dlref._backend import indices as read_indices

__all__ = [
    "avg_pool2d",
    "global_avg_pool",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_unpool2d",
    "roi_pool",
]


@array_function
def max_pool2d(x: Array, /, *, kernel_size: int, stride: int) -> Array:
    r"""Max pooling: the largest value of each window.

    Formula
    -------
    max-pooling
        Y_{i,j} = \max_{(m,n) \in \mathcal{R}_{i,j}} X_{m,n}
    where
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, \lfloor (H - K) / S \rfloor, \ j = 0, \dots, \lfloor (W - K) / S \rfloor
    with
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        max_pool2d(x, kernel_size=K, stride=S)

    Parameters
    ----------
    x
        Images; shape (..., H, W).
    kernel_size
        Rows of a window, and its columns.
    stride
        By how many rows, and columns, a window lies after the one before.

    Returns
    -------
    Array
        Largest values; shape (..., O, Q), where O is the floor of (H - kernel_size) / stride, plus 1, and Q likewise.

    Raises
    ------
    TypeError
        If kernel_size is not an integer.
        If stride is not an integer.
    ValueError
        If x has fewer than two axes.
        If kernel_size is not positive.
        If kernel_size is larger than the image.
        If stride is not positive.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> max_pool2d([[1.0, 2.0, 5.0, 0.0], [4.0, 3.0, 0.0, 0.0]], kernel_size=2, stride=2).tolist()
    [[4.0, 5.0]]
    """
    xp, x, K, S = _windowed("max_pool2d", x, kernel_size, stride)
    (y,) = _maxima(xp, (x,), K, S)
    return y


@array_function
def max_pool2d_with_indices(x: Array, /, *, kernel_size: int, stride: int) -> tuple[Array, Array]:
    r"""Max pooling, and where the largest value of each window stands: m W + n, counted row by row.

    Parameters
    ----------
    x
        Images; shape (..., H, W).
    kernel_size
        Rows of a window, and its columns.
    stride
        By how many rows, and columns, a window lies after the one before.

    Returns
    -------
    tuple
        Largest values, and their places in the image, integers from 0 to H W - 1; both of shape (..., O, Q). Of equal values the
        first counts.

    Raises
    ------
    TypeError
        If kernel_size is not an integer.
        If stride is not an integer.
    ValueError
        If x has fewer than two axes.
        If kernel_size is not positive.
        If kernel_size is larger than the image.
        If stride is not positive.

    Examples
    --------
    >>> y, indices = max_pool2d_with_indices([[1.0, 2.0, 5.0, 0.0], [4.0, 3.0, 0.0, 0.0]], kernel_size=2, stride=2)
    >>> y.tolist(), indices.tolist()
    ([[4.0, 5.0]], [[4, 2]])
    """
    xp, x, K, S = _windowed("max_pool2d_with_indices", x, kernel_size, stride)
    H, W = x.shape[-2:]
    integral = xp.__array_namespace_info__().default_dtypes()["indexing"]
    places = xp.reshape(xp.arange(H * W, dtype=integral, device=device(x)), (H, W))
    y, indices = _maxima(xp, (x, xp.broadcast_to(places, x.shape)), K, S)
    return y, indices


@array_function
def avg_pool2d(x: Array, /, *, kernel_size: int, stride: int) -> Array:
    r"""Average pooling: the mean of each window.

    Formula
    -------
    average-pooling
        Y_{i,j} = \frac{1}{|\mathcal{R}_{i,j}|} \sum_{(m,n) \in \mathcal{R}_{i,j}} X_{m,n}
    where
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, \lfloor (H - K) / S \rfloor, \ j = 0, \dots, \lfloor (W - K) / S \rfloor
    with
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        avg_pool2d(x, kernel_size=K, stride=S)

    Parameters
    ----------
    x
        Images; shape (..., H, W).
    kernel_size
        Rows of a window, and its columns.
    stride
        By how many rows, and columns, a window lies after the one before.

    Returns
    -------
    Array
        Means; shape (..., O, Q), where O is the floor of (H - kernel_size) / stride, plus 1, and Q likewise.

    Raises
    ------
    TypeError
        If kernel_size is not an integer.
        If stride is not an integer.
    ValueError
        If x has fewer than two axes.
        If kernel_size is not positive.
        If kernel_size is larger than the image.
        If stride is not positive.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> avg_pool2d([[1.0, 2.0, 5.0, 0.0], [4.0, 3.0, 0.0, 0.0]], kernel_size=2, stride=2).tolist()
    [[2.5, 1.25]]
    """
    _, x, K, S = _windowed("avg_pool2d", x, kernel_size, stride)
    # Σ over (m, n) ∈ R_ij, divided by |R_ij| = K²: over m in each column, then over n
    return _total(_shifts(_total(_shifts(x, K, S, -2)), K, S, -1)) / K**2


@array_function
def max_unpool2d(y: Array, indices: Array, /, *, out_shape: tuple[int, int]) -> Array:
    r"""Max unpooling: each value returns to the place from which max pooling took it, and zeros fill the other places.

    It needs windows that do not overlap, so that no place is claimed twice. What max pooling dropped stays lost.

    Formula
    -------
    max-unpooling
        \hat{X}_{m,n} = \begin{cases} Y_{i,j} & (m,n) = \arg\max_{(m',n') \in \mathcal{R}_{i,j}} X_{m',n'} \\ 0 & \text{otherwise} \end{cases}
    where
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, h - 1, \ j = 0, \dots, w - 1
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, h S - 1, \ n = 0, \dots, w S - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        \hat{X}_{m,n} \in \mathbb{R}, \ m = 0, \dots, h S - 1, \ n = 0, \dots, w S - 1
    with
        K \leq S
        i = \lfloor m / S \rfloor
        j = \lfloor n / S \rfloor
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        max_unpool2d(y, max_pool2d_with_indices(x, kernel_size=K, stride=S)[1], out_shape=(h * S, w * S))

    Parameters
    ----------
    y
        Pooled images; shape (..., h, w).
    indices
        Where each value belongs, as ``max_pool2d_with_indices`` tells: m W + n, all different within an image; shape (..., h, w).
    out_shape
        Rows and columns (H, W) of the result.

    Returns
    -------
    Array
        Images; shape (..., H, W).

    Raises
    ------
    TypeError
        If out_shape is not a pair of integers.
    ValueError
        If y has fewer than two axes.
        If y and the indices differ in shape.
        If an index is not a whole number.
        If an index is not one of 0, …, H W - 1.
        If two values of an image claim the same place.
        If a size in out_shape is not positive.

    References
    ----------
    [zeiler2014]

    Examples
    --------
    >>> max_unpool2d([[4.0, 5.0]], [[4, 2]], out_shape=(2, 4)).tolist()
    [[0.0, 0.0, 5.0, 0.0], [4.0, 0.0, 0.0, 0.0]]
    """
    name = "max_unpool2d"
    H, W = _pair(name, out_shape=out_shape)
    xp, y = arrays(name, y=y)
    _two_axes(name, y, "y")
    indices = read_indices(name, H * W, indices=indices, y=y)
    if tuple(indices.shape) != tuple(y.shape):
        raise ValueError(f"{name}: indices must have the shape {tuple(y.shape)} of y, got {tuple(indices.shape)}")
    n_images, n_values = math.prod(y.shape[:-2]), y.shape[-2] * y.shape[-1]
    # All images in one row, each with H W places of its own
    first = xp.arange(n_images, dtype=indices.dtype, device=device(y))[:, None] * (H * W)
    places = xp.reshape(xp.reshape(indices, (n_images, n_values)) + first, (-1,))
    order = xp.arange(n_images * n_values, dtype=indices.dtype, device=device(y))
    owner = xp.take(scatter(order, places, n_images * H * W), places)
    check(name, owner == order, "claim each place once (windows that overlap cannot be undone)", indices=xp.reshape(indices, (-1,)))
    # X̂_mn = Y_ij where (m, n) is the place of Y_ij, and 0 elsewhere
    return xp.reshape(scatter(xp.reshape(y, (-1,)), places, n_images * H * W), (*y.shape[:-2], H, W))


@array_function
def global_avg_pool(x: Array, /) -> Array:
    r"""Global average pooling: one value a channel, its mean over the whole image.

    Formula
    -------
    global-average-pooling
        y_c = \frac{1}{H W} \sum_{i=1}^{H} \sum_{j=1}^{W} X_{c,i,j}
    where
        X_{c,i,j} \in \mathbb{R}, \ c = 1, \dots, C, \ i = 1, \dots, H, \ j = 1, \dots, W
    gives
        y_c \in \mathbb{R}, \ c = 1, \dots, C

    Parameters
    ----------
    x
        Images; shape (..., C, H, W).

    Returns
    -------
    Array
        Means; shape (..., C).

    Raises
    ------
    ValueError
        If x has fewer than three axes.

    References
    ----------
    [lin2014]

    Examples
    --------
    >>> global_avg_pool([[[1.0, 2.0], [3.0, 6.0]]]).tolist()
    [3.0]
    """
    name = "global_avg_pool"
    xp, x = arrays(name, x=x)
    if x.ndim < 3:
        raise ValueError(f"{name}: x must have shape (..., C, H, W), got {tuple(x.shape)}")
    # 1/(H W) Σ_i Σ_j X_cij
    return xp.mean(x, axis=(-2, -1))


@array_function
def roi_pool(x: Array, roi: tuple[int, int, int, int], /, *, out_size: tuple[int, int]) -> Array:
    r"""ROI pooling: a rectangle of the image, divided into h × w bins, of which each gives its largest value.

    Where the bins do not come out even, neighbors overlap by a row or a column; no bin is empty.

    Formula
    -------
    roi-pooling
        Y_{c,i,j} = \max_{(m,n) \in \mathrm{bin}_{i,j}(r)} X_{c,m,n}, \qquad 1 \leq i \leq h, \ 1 \leq j \leq w
    where
        X_{c,m,n} \in \mathbb{R}, \ c = 1, \dots, C, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        r = (y_0, x_0, y_1, x_1) \in \{0, \dots, H\} \times \{0, \dots, W\} \times \{0, \dots, H\} \times \{0, \dots, W\}
    gives
        Y_{c,i,j} \in \mathbb{R}, \ c = 1, \dots, C, \ i = 1, \dots, h, \ j = 1, \dots, w
    with
        y_0 < y_1
        x_0 < x_1
        H_r = y_1 - y_0
        W_r = x_1 - x_0
        \mathrm{bin}_{i,j}(r) = \{(m, n) \mid y_0 + \lfloor (i - 1) H_r / h \rfloor \leq m < y_0 + \lceil i H_r / h \rceil, \ x_0 + \lfloor (j - 1) W_r / w \rfloor \leq n < x_0 + \lceil j W_r / w \rceil\}
    call
        roi_pool(x, roi, out_size=(h, w))

    Parameters
    ----------
    x
        Images; shape (..., H, W).
    roi
        The rectangle (y0, x0, y1, x1) in rows and columns of the image: from y0 and x0 on, y1 and x1 not included.
    out_size
        Rows and columns (h, w) of the result.

    Returns
    -------
    Array
        Largest values; shape (..., h, w).

    Raises
    ------
    TypeError
        If roi is not made of four integers.
        If out_size is not a pair of integers.
    ValueError
        If x has fewer than two axes.
        If the rectangle is empty.
        If the rectangle reaches beyond the image.
        If a size in out_size is not positive.

    References
    ----------
    [girshick2015]

    Examples
    --------
    >>> x = [[1.0, 2.0, 3.0, 9.0], [4.0, 5.0, 6.0, 9.0]]
    >>> roi_pool(x, (0, 0, 2, 3), out_size=(2, 2)).tolist()  # columns 0, 1 and, since 3 is odd, 1, 2
    [[2.0, 3.0], [5.0, 6.0]]
    """
    name = "roi_pool"
    xp, x = arrays(name, x=x)
    _two_axes(name, x)
    h, w = _pair(name, out_size=out_size)
    if not isinstance(roi, tuple | list) or len(roi) != 4:
        raise TypeError(f"{name}: roi must be (y0, x0, y1, x1), got {roi}")
    y0, x0, y1, x1 = (whole(name, roi=end) for end in roi)
    check(name, y0 < y1 and x0 < x1, "hold a row and a column or more: y0 < y1 and x0 < x1", roi=roi)
    H, W = x.shape[-2:]
    check(name, 0 <= y0 and y1 <= H and 0 <= x0 and x1 <= W, f"lie within the image of {H} rows and {W} columns", roi=roi)
    # max over (m, n) ∈ bin_ij(r): over n in each row, then over m
    for start, end, n, axis in ((x0, x1, w, -1), (y0, y1, h, -2)):
        (x,) = _largest(xp, [(part,) for part in _bins(xp, x, start, end, n, axis)])
    return x


# --- Windows and bins, along one axis at a time


def _shifts(x: Array, K: int, S: int, axis: int) -> list[Array]:
    """The K-th part of the windows along an axis: their first members, their second members, …"""
    last = (x.shape[axis] - K) // S * S
    cuts = [slice(k, k + last + 1, S) for k in range(K)]
    return [x[..., cut] if axis == -1 else x[..., cut, :] for cut in cuts]


def _maxima(xp: Any, images: tuple[Array, ...], K: int, S: int) -> tuple[Array, ...]:
    """The largest value of each window of the first of the images, and what stands at its place in the others."""
    # max over (m, n) ∈ R_ij: over n in each row, then over m
    for axis in (-1, -2):
        images = _largest(xp, list(zip(*(_shifts(image, K, S, axis) for image in images), strict=True)))
    return tuple(1 * image for image in images) if K == 1 else images  # no views of the arguments


def _bins(xp: Any, x: Array, start: int, end: int, n: int, axis: int) -> list[Array]:
    """The bins of a stretch along an axis: their first members, their second members, …, the last member again where one is shorter."""
    length = end - start
    # ⌊(i − 1) L / n⌋ … ⌈i L / n⌉ − 1 for i = 1, …, n
    bins = [range(start + i * length // n, start - (-(i + 1) * length // n)) for i in range(n)]
    size = max(len(bin_) for bin_ in bins)
    return [
        xp.take(x, xp.asarray([bin_[min(k, len(bin_) - 1)] for bin_ in bins], device=device(x)), axis=axis) for k in range(size)
    ]


def _largest(xp: Any, parts: list[tuple[Array, ...]]) -> tuple[Array, ...]:
    """Of tuples of arrays, place by place, that whose first member is largest: of equal ones the first, which gets the gradient.

    A NaN counts as larger than all numbers, and the last NaN as the largest, as in PyTorch.
    """
    best = parts[0]
    for part in parts[1:]:
        larger = (part[0] > best[0]) | (part[0] != part[0])
        best = tuple(xp.where(larger, new, old) for new, old in zip(part, best, strict=True))
    return best


def _total(parts: list[Array]) -> Array:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# --- Arguments


def _windowed(name: str, x: Array, kernel_size: int, stride: int) -> tuple[Any, Array, int, int]:
    xp, x = arrays(name, x=x)
    _two_axes(name, x)
    kernel_size, stride = natural(name, kernel_size=kernel_size), natural(name, stride=stride)
    H, W = x.shape[-2:]
    check(name, kernel_size <= min(H, W), f"fit into the image of {H} rows and {W} columns", kernel_size=kernel_size)
    return xp, x, kernel_size, stride


def _two_axes(name: str, x: Array, which: str = "x") -> None:
    if x.ndim < 2:
        raise ValueError(f"{name}: {which} must have two axes or more, got shape {tuple(x.shape)}")


def _pair(name: str, /, **argument: Any) -> tuple[int, int]:
    ((key, value),) = argument.items()
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name}: {key} must be a pair of integers, got {value}")
    first, second = (whole(name, **{key: size}) for size in value)
    check(name, first > 0 and second > 0, "be > 0", **argument)
    return first, second
