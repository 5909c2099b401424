"""Training that generalizes: augmented data, dropout, early stopping, smaller models, cross-validation (section 8.4).

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise. Images have the axes (..., H, W).

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among the data goes through the formula.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    counts,
    device,
    elementwise,
    entries,
    fraction,
    functions,
    generator,
    integers,
    natural,
    nonnegative,
    number,
    paired,
    whole,
)
from dlref.risk import empirical_risk

__all__ = [
    "EarlyStopping",
    "add_noise",
    "augment",
    "cross_validation",
    "dropout",
    "dropout_mask",
    "kfold",
    "mlp_params",
    "random_transform",
    "rotate",
    "shift",
]


# --- Data augmentation


@array_function
def augment(transform: Callable[[Array], Array], x: Array, y: Array, /) -> tuple[Array, Array]:
    r"""Data augmentation: a sample whose input is transformed, and whose label stays.

    It is for transformations that do not change what the input shows: a 6 turned by 180 degrees is a 9.

    Formula
    -------
    augment
        \tilde{x} = T(x), \qquad \tilde{y} = y
    where
        T : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
        y \in \{0, \dots, K - 1\}
    gives
        \tilde{x} \in \mathbb{R}^d
        \tilde{y} \in \{0, \dots, K - 1\}

    Parameters
    ----------
    transform
        Function of an input that keeps its shape, such as ``lambda x: shift(x, dy=1, dx=0)``.
    x
        Input of one sample, for instance of shape (d,) or (H, W).
    y
        Its label.

    Returns
    -------
    tuple of Array
        The transformed input, in the shape of x, and the label.

    Raises
    ------
    TypeError
        If transform is not a function.
    ValueError
        If transform changes the shape.

    References
    ----------
    [simard2003]
    [shorten2019]

    Examples
    --------
    >>> x, y = augment(lambda x: shift(x, dy=0, dx=1), [[1.0, 2.0], [3.0, 4.0]], 7)
    >>> x.tolist(), y
    ([[0.0, 1.0], [0.0, 3.0]], 7.0)
    """
    _, x, y = arrays("augment", x=x, y=y)
    # x̃ = T(x),  ỹ = y
    return elementwise("augment", "transform", transform, x), y


@array_function
def shift(img: Array, /, *, dy: int, dx: int) -> Array:
    r"""Shift of an image by whole pixels: what leaves it is lost, and zeros come in from the other side.

    Parameters
    ----------
    img
        Images; shape (..., H, W).
    dy
        By how many rows downwards; upwards where it is negative.
    dx
        By how many columns to the right; to the left where it is negative.

    Returns
    -------
    Array
        Shifted images; shape (..., H, W).

    Raises
    ------
    TypeError
        If dy is not an integer.
        If dx is not an integer.
    ValueError
        If img has fewer than two axes.

    Examples
    --------
    >>> shift([[1.0, 2.0], [3.0, 4.0]], dy=1, dx=0)
    array([[0., 0.],
           [1., 2.]])
    """
    xp, img = arrays("shift", img=img)
    _image("shift", img)
    dy, dx = whole("shift", dy=dy), whole("shift", dx=dx)
    height, width = img.shape[-2:]
    down, right = max(-height, min(dy, height)), max(-width, min(dx, width))
    rows = xp.zeros_like(img[..., : abs(down), :])
    img = xp.concat([rows, img[..., : height - down, :]] if down >= 0 else [img[..., -down:, :], rows], axis=-2)
    columns = xp.zeros_like(img[..., : abs(right)])
    return xp.concat([columns, img[..., : width - right]] if right >= 0 else [img[..., -right:], columns], axis=-1)


@array_function
def rotate(img: Array, /, *, angle: float) -> Array:
    r"""Rotation of an image about its center; between pixels it is interpolated linearly, and outside it is 0.

    Parameters
    ----------
    img
        Images; shape (..., H, W).
    angle
        By how many degrees, counterclockwise as the image is seen with its first row on top.

    Returns
    -------
    Array
        Rotated images; shape (..., H, W).

    Raises
    ------
    ValueError
        If img has fewer than two axes.
        If angle is not finite.

    Examples
    --------
    >>> np.round(rotate([[1.0, 2.0], [3.0, 4.0]], angle=90.0), 4).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    xp, img = arrays("rotate", img=img)
    _image("rotate", img)
    turn = math.radians(number("rotate", angle=angle))
    height, width = img.shape[-2:]

    def from_center(size: int) -> Array:
        return xp.arange(size, dtype=img.dtype, device=device(img)) - (size - 1) / 2

    i, j = from_center(height)[:, None], from_center(width)[None, :]
    # Pixel (i, j) of the result shows this place of the image
    row = math.cos(turn) * i + math.sin(turn) * j + (height - 1) / 2
    column = math.cos(turn) * j - math.sin(turn) * i + (width - 1) / 2
    result = xp.zeros_like(img)
    for y, weight_y in _neighbors(xp, row):
        for x, weight_x in _neighbors(xp, column):
            weight = xp.where((y >= 0) & (y < height) & (x >= 0) & (x < width), weight_y * weight_x, 0.0)
            place = xp.clip(y, min=0, max=height - 1) * width + xp.clip(x, min=0, max=width - 1)
            pixels = xp.take(xp.reshape(img, (*img.shape[:-2], -1)), xp.reshape(place, (-1,)), axis=-1)
            # Where the weight is 0, a NaN or an infinity next to the place is not seen
            result = result + xp.where(weight > 0, weight * xp.reshape(pixels, img.shape), 0.0)
    return result


@array_function
def add_noise(img: Array, noise: Array, /, *, sigma: float) -> Array:
    r"""Noise on an image: each pixel is changed by its own random number.

    Parameters
    ----------
    img
        Images; shape (..., H, W).
    noise
        Random numbers with standard deviation 1, one a pixel; shape (..., H, W).
    sigma
        Standard deviation of the change.

    Returns
    -------
    Array
        Noisy images; shape (..., H, W).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If sigma is negative.
        If sigma is not finite.

    Examples
    --------
    >>> add_noise([[1.0, 2.0]], [[-1.0, 0.5]], sigma=0.5)
    array([[0.5 , 2.25]])
    """
    _, img, noise = arrays("add_noise", img=img, noise=noise)
    paired("add_noise", img=img, noise=noise)
    return img + nonnegative("add_noise", sigma=sigma) * noise


@array_function
def random_transform(
    img: Array, /, *, max_angle: float = 15.0, max_shift: int = 2, sigma: float = 0.05, rng: np.random.Generator
) -> Array:
    r"""Image that is turned a little, shifted a little and made noisy, all at random.

    Parameters
    ----------
    img
        An image, or several along axes in front of the last two, which are turned and shifted alike.
    max_angle
        The rotation is by an angle from -max_angle to max_angle degrees, each as likely.
    max_shift
        The shift is by -max_shift, …, max_shift pixels along either axis, each as likely.
    sigma
        Standard deviation of the noise, which is normally distributed.
    rng
        Source of randomness.

    Returns
    -------
    Array
        What the image has become, in the shape of img.

    Raises
    ------
    TypeError
        If max_shift is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If img has fewer than two axes.
        If max_angle is negative.
        If max_angle is not finite.
        If max_shift is negative.
        If sigma is negative.
        If sigma is not finite.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> img = np.eye(8)
    >>> random_transform(img, rng=np.random.default_rng(0)).shape
    (8, 8)
    >>> (random_transform(img, max_angle=0.0, max_shift=0, sigma=0.0, rng=np.random.default_rng(0)) == img).all().item()
    True
    """
    name = "random_transform"
    _, img = arrays(name, img=img)
    _image(name, img)
    max_angle = nonnegative(name, max_angle=max_angle)
    max_shift = whole(name, max_shift=max_shift)
    check(name, max_shift >= 0, "be >= 0", max_shift=max_shift)
    sigma = nonnegative(name, sigma=sigma)
    generator(name, rng)
    angle = float(rng.uniform(-max_angle, max_angle))
    dy, dx = rng.integers(-max_shift, max_shift, size=2, endpoint=True).tolist()
    noise = rng.standard_normal(img.shape).astype(img.dtype)
    return add_noise(shift(rotate(img, angle=angle), dy=dy, dx=dx), noise, sigma=sigma)


# --- Dropout


@array_function
def dropout(h: Array, mask: Array, /, *, p: float) -> Array:
    r"""Dropout in training: units are set to 0 at random, and the others scaled up, so that each keeps its expected value.

    At test all units are used as they are: dropout is left out. This is the inverted form, and p the probability of *dropping* a
    unit, as in PyTorch. In the paper p is the probability of keeping it, and the weights are scaled down at test instead.

    Formula
    -------
    dropout
        m_i \sim \operatorname{Bernoulli}(1 - p), \qquad \tilde{h} = \frac{m \odot h}{1 - p}
    where
        h \in \mathbb{R}^d
        m_i \sim \operatorname{Bernoulli}(1 - p), \ i = 1, \dots, d
        p \in [0, 1)
    gives
        \tilde{h} \in \mathbb{R}^d
    call
        dropout(h, mask, p=p)

    Parameters
    ----------
    h
        Outputs of the units; shape (...).
    mask
        1 for a unit that is kept, 0 for one that is dropped, as drawn by ``dropout_mask``; shape (...).
    p
        The probability with which units have been dropped.

    Returns
    -------
    Array
        Outputs after dropout; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.
        If a value of mask is neither 0 nor 1.
        If p is negative.
        If p is 1 or more.

    References
    ----------
    [srivastava2014]

    Examples
    --------
    >>> dropout([1.0, 2.0, 3.0], [1, 0, 1], p=0.5)
    array([2., 0., 6.])
    """
    _, h, mask = arrays("dropout", h=h, mask=mask)
    paired("dropout", h=h, mask=mask)
    check("dropout", (mask == 0) | (mask == 1), "be 0 or 1", mask=mask)
    p = fraction("dropout", p=p)
    # m ⊙ h / (1 − p)
    return mask * h / (1 - p)


def dropout_mask(shape: int | tuple[int, ...], /, *, p: float, rng: np.random.Generator) -> Array:
    r"""Draw which units dropout keeps, each on its own with probability 1 - p.

    Parameters
    ----------
    shape
        The shape of the units' outputs, or the number of units.
    p
        The probability of dropping a unit.
    rng
        Source of randomness.

    Returns
    -------
    Array
        1 for a unit that is kept, 0 for one that is dropped: NumPy integers, so that ``dropout`` keeps the dtype of the outputs.

    Raises
    ------
    TypeError
        If shape is not a tuple of integers.
        If rng is not a NumPy Generator.
    ValueError
        If a length is not positive.
        If p is negative.
        If p is 1 or more.

    Notes
    -----
    Level C: it draws with NumPy.

    Examples
    --------
    >>> mask = dropout_mask((1000, 100), p=0.25, rng=np.random.default_rng(0))
    >>> abs(mask.mean().item() - 0.75) < 0.01
    True
    """
    sizes = shape if isinstance(shape, tuple) else (shape,)
    sizes = tuple(natural("dropout_mask", shape=size) for size in sizes)
    p = fraction("dropout_mask", p=p)
    generator("dropout_mask", rng)
    # m_i ~ Bernoulli(1 − p)
    return (rng.random(sizes) >= p).astype(np.int64)


# --- Early stopping


class EarlyStopping:
    r"""Early stopping: training ends when the loss on data held out for validation no longer gets smaller.

    After each epoch ``step`` is told that loss. Once it has not fallen below the smallest one by more than ``min_delta`` for
    ``patience`` epochs in a row, it says to stop; then the parameters of the best epoch are those to keep, not the last ones.

    Parameters
    ----------
    patience
        For how many epochs in a row the loss may fail to improve.
    min_delta
        By how much more than this the loss must fall to have improved.

    Attributes
    ----------
    best_loss_
        The smallest loss, as far as it counts as an improvement; infinity before the first.
    best_theta_
        A copy of the parameters that came with it; None before the first.
    best_epoch_
        Its epoch, counted from 1; 0 before the first.
    epoch_
        The number of epochs so far.

    References
    ----------
    [prechelt1998]

    Examples
    --------
    >>> early = EarlyStopping(patience=2)
    >>> [early.step(loss, theta) for loss, theta in [(3.0, "a"), (2.0, "b"), (2.5, "c"), (2.0, "d")]]
    [False, False, False, True]
    >>> early.best_epoch_, early.best_loss_, early.best_theta_
    (2, 2.0, 'b')
    """

    def __init__(self, *, patience: int, min_delta: float = 0.0) -> None:
        self.patience = natural("EarlyStopping", patience=patience)
        self.min_delta = nonnegative("EarlyStopping", min_delta=min_delta)
        self.best_loss_ = math.inf
        self.best_theta_: Any = None
        self.best_epoch_ = 0
        self.epoch_ = 0

    def step(self, loss: float, theta: Any = None, /) -> bool:
        """Whether to stop after one more epoch, with its validation loss and its parameters; a NaN is no improvement."""
        self.epoch_ += 1
        if loss < self.best_loss_ - self.min_delta:
            self.best_loss_, self.best_epoch_ = float(loss), self.epoch_
            self.best_theta_ = copy.deepcopy(theta)  # which the next epoch may change in place
        return self.epoch_ - self.best_epoch_ >= self.patience


# --- Smaller models


@array_function
def mlp_params(widths: Array, /) -> Array:
    r"""Number of parameters of a multilayer perceptron: the weights and biases of all its layers.

    Formula
    -------
    mlp-parameter-count
        P = \sum_{l=1}^{L} (n_{l-1} + 1)\, n_l
    where
        n_l \in \mathbb{N}, \ l = 0, \dots, L
    gives
        P \in \mathbb{N}

    Parameters
    ----------
    widths
        Numbers of units from the input to the output; shape (L + 1,).

    Returns
    -------
    Array
        The number of parameters, an integer.

    Raises
    ------
    ValueError
        If widths does not have one axis.
        If there are fewer than two widths.
        If a width is not a whole number.
        If a width is not positive.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> mlp_params([784, 100, 10])  # 785 · 100 + 101 · 10
    79510
    """
    xp, widths = counts("mlp_params", widths=widths)
    if widths.ndim != 1 or widths.shape[0] < 2:
        raise ValueError(f"mlp_params: widths must have shape (L + 1,) with L > 0, got {tuple(widths.shape)}")
    # Σ_l (n_{l−1} + 1) n_l
    return xp.sum((widths[:-1] + 1) * widths[1:])


# --- Cross-validation


@array_function
def kfold(indices: Array, /, *, n_splits: int) -> tuple[Array, ...]:
    r"""Indices cut into folds of equal length; where that does not come out even, the first ones have one more.

    The folds follow the order of the indices. Given a random permutation, they are random; scikit-learn's KFold with ``shuffle=True``
    does the same with a generator of its own.

    Parameters
    ----------
    indices
        Numbers of the samples, such as ``np.arange(n)`` or a permutation of it; shape (n,).
    n_splits
        Number of folds, from 2 to n.

    Returns
    -------
    tuple of Array
        The folds; together they hold each index once.

    Raises
    ------
    TypeError
        If n_splits is not an integer.
    ValueError
        If indices does not have one axis.
        If an index is not a whole number.
        If n_splits is less than 2 or more than n.

    Examples
    --------
    >>> [fold.tolist() for fold in kfold([0, 1, 2, 3, 4, 5, 6], n_splits=3)]
    [[0, 1, 2], [3, 4], [5, 6]]
    """
    _, indices = integers("kfold", indices=indices)
    if indices.ndim != 1:
        raise ValueError(f"kfold: indices must have shape (n,), got {tuple(indices.shape)}")
    return tuple(indices[fold] for fold in _folds("kfold", indices.shape[0], n_splits))


@array_function
def cross_validation(
    fit: Callable[[Array, Array], Callable[[Array], Array]],
    loss: Callable[[Array, Array], Array],
    x: Array,
    y: Array,
    /,
    *,
    n_splits: int,
) -> Array:
    r"""Cross-validation: an estimate of the risk on unseen data, in which each fold is predicted by a model that has not seen it.

    It is the mean of the folds' mean losses; where the folds have unequal lengths, the mean over all samples is another number. The
    folds are those of ``kfold``, in the order of the samples, which are to be shuffled before if they come in an order that means
    something. As many folds as samples is leave-one-out.

    Formula
    -------
    k-fold-cross-validation
        \mathrm{CV} = \frac{1}{K} \sum_{k=1}^{K} \frac{1}{|D_k|} \sum_{i \in D_k} \ell\left(y_i, \hat{f}^{(-k)}(x_i)\right)
    where
        A : (\mathbb{R}^d \times \mathbb{R})^{*} \to (\mathbb{R}^d \to \mathbb{R})
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
        K \in \{2, \dots, n\}
    gives
        \mathrm{CV} \in \mathbb{R}
    with
        q = \lfloor n / K \rfloor
        r = n - K q
        D_k = \{i \mid (k - 1) q + \min(k - 1, r) < i \leq k q + \min(k, r)\}
        \hat{f}^{(-k)} = A(\{(x_i, y_i) \mid i \notin D_k\})
    call
        cross_validation(fit, loss, x, y, n_splits=K)

    Parameters
    ----------
    fit
        Learns from inputs and labels and returns a predictor of one input, such as ``lambda x, y: Ridge(lam=0.1).fit(x, y).predict``.
    loss
        Loss of a label and a prediction, in this order, such as those of ``dlref.losses``; it returns one number.
    x
        Inputs along the first axis; shape (n, ...).
    y
        Their labels along the first axis; shape (n, ...).
    n_splits
        Number of folds, from 2 to n.

    Returns
    -------
    Array
        The estimate, a scalar.

    Raises
    ------
    TypeError
        If fit is not a function.
        If loss is not a function.
        If fit does not return a function.
        If n_splits is not an integer.
    ValueError
        If x and y do not have equally many entries along a first axis.
        If n_splits is less than 2 or more than n.

    References
    ----------
    [geisser1975]
    [stone1974]
    [hastie2009]

    Examples
    --------
    >>> from dlref.losses import squared
    >>> def mean(x, y):
    ...     return lambda x_i: y.mean()
    >>> cross_validation(mean, squared, [0.0, 0.0, 0.0, 0.0], [1.0, 3.0, 5.0, 5.0], n_splits=2)  # means 5 and 2: (16 + 4 + 9 + 9) / 4
    9.5
    """
    name = "cross_validation"
    functions(name, fit=fit, loss=loss)
    xp, x, y = arrays(name, x=x, y=y)
    n = entries(name, x=x, y=y)
    risks = []
    for fold in _folds(name, n, n_splits):
        x_rest, y_rest = (xp.concat([values[: fold.start, ...], values[fold.stop :, ...]]) for values in (x, y))
        # f̂^(−k), and its mean loss on D_k
        f = fit(x_rest, y_rest)
        functions(name, **{"what fit returns": f})
        risks.append(empirical_risk(f, loss, x[fold, ...], y[fold, ...]))
    return xp.mean(xp.stack(risks))


def _folds(name: str, n: int, n_splits: int) -> Iterator[slice]:
    """Where the folds of n samples begin and end."""
    n_splits = whole(name, n_splits=n_splits)
    check(name, 2 <= n_splits <= n, f"lie in 2 ... {n}, the number of samples", n_splits=n_splits)
    start = 0
    for k in range(n_splits):
        stop = start + n // n_splits + (1 if k < n % n_splits else 0)
        yield slice(start, stop)
        start = stop


def _neighbors(xp: Any, place: Array) -> Iterator[tuple[Array, Array]]:
    """The whole numbers below and above a place, as indices, each with its weight in linear interpolation."""
    below = xp.floor(place)
    indexing = xp.__array_namespace_info__().default_dtypes()["indexing"]
    yield xp.astype(below, indexing), 1 - (place - below)
    yield xp.astype(below + 1, indexing), place - below


def _image(name: str, img: Array) -> None:
    if img.ndim < 2:
        raise ValueError(f"{name}: img must have two axes or more, got shape {tuple(img.shape)}")
