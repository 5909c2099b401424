"""Skip connections: layers whose input goes on beside their output, by addition as in ResNet or joined to it as in DenseNet (chapter 4).

A layer is given as a function, which must take arrays of the library that the data are of. Features are of shape ``(..., d)``, images of
shape ``(N, C, H, W)``; the kernels of the blocks are of shape ``(C_out, C_in, K, K)``, without bias.

Functions are of level A: NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and
differentiable by PyTorch and JAX, as far as the layers are. The result has the library, the device and the floating dtype of the
arguments; integers count as the library's default floating dtype. Functions that count take whole numbers and return integers.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, counts, elementwise, functions, natural, positive, shaped, whole
from dlref.activations import relu
from dlref.conv import conv2d
from dlref.init import he_normal
from dlref.norm import batch_norm

__all__ = [
    "BasicBlock",
    "basic_block",
    "basic_block_params",
    "bottleneck_block",
    "bottleneck_params",
    "dense_block",
    "dense_in_channels",
    "dense_layer",
    "plain",
    "projection_residual",
    "residual",
    "residual_gradient",
    "residual_gradient_norms",
]

Layer = Callable[[Array], Array]


@array_function
def plain(f: Layer, x: Array, /) -> Array:
    r"""A layer without a skip connection: what it computes is all that goes on.

    Formula
    -------
    plain-layer
        y = \mathcal{F}(x)
    where
        \mathcal{F} : \mathbb{R}^d \to \mathbb{R}^m
        x \in \mathbb{R}^d
    gives
        y \in \mathbb{R}^m

    Parameters
    ----------
    f
        The layer.
    x
        Its input; shape (..., d).

    Returns
    -------
    Array
        Its output; shape (..., m).

    Raises
    ------
    TypeError
        If f is not a function.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> plain(lambda x: 2 * x, [1.0, -3.0]).tolist()
    [2.0, -6.0]
    """
    _, _, fx = _through("plain", f, x)
    return fx


@array_function
def residual(f: Layer, x: Array, /) -> Array:
    r"""A residual connection: the input of a layer is added to its output, so that the layer has only the difference to learn.

    Formula
    -------
    residual-connection
        y = \mathcal{F}(x) + x
    where
        \mathcal{F} : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
    gives
        y \in \mathbb{R}^d

    Parameters
    ----------
    f
        The layer, whose output has the shape of its input.
    x
        Its input; shape (..., d).

    Returns
    -------
    Array
        Output and input, added; shape (..., d).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If f changes the shape.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> residual(lambda x: 2 * x, [1.0, -3.0]).tolist()
    [3.0, -9.0]
    >>> residual(lambda x: 0 * x, [1.0, -3.0]).tolist()  # a layer that gives 0 leaves the identity
    [1.0, -3.0]
    """
    _, x, fx = _through("residual", f, x)
    if tuple(fx.shape) != tuple(x.shape):
        raise ValueError(f"residual: f must keep the shape {tuple(x.shape)} of x, got {tuple(fx.shape)}")
    # 𝓕(x) + x
    return fx + x


@array_function
def residual_gradient(jacobian: Array, grad_y: Array, /) -> Array:
    r"""Gradient through a residual connection: besides what goes through the layer, all of it goes past.

    Formula
    -------
    residual-gradient
        \frac{\partial L}{\partial x} = \left( I + \frac{\partial \mathcal{F}}{\partial x} \right)^{\top}
        \frac{\partial L}{\partial y}
    where
        \frac{\partial \mathcal{F}}{\partial x} \in \mathbb{R}^{d \times d}
        \frac{\partial L}{\partial y} \in \mathbb{R}^d
    gives
        \frac{\partial L}{\partial x} \in \mathbb{R}^d

    Parameters
    ----------
    jacobian
        Derivatives of the layer, one row for each of its outputs; shape (..., d, d).
    grad_y
        Gradient with respect to the output; shape (..., d).

    Returns
    -------
    Array
        Gradient with respect to the input; shape (..., d).

    Raises
    ------
    ValueError
        If grad_y is a scalar.
        If the Jacobian is not a square matrix with one row for each entry of grad_y.

    References
    ----------
    [he2016b]

    Examples
    --------
    >>> residual_gradient([[2.0, 1.0], [0.0, 0.0]], [1.0, 10.0]).tolist()  # (1, 10) past the layer, (2, 1) through it
    [3.0, 11.0]
    """
    name = "residual_gradient"
    xp, jacobian, grad_y = arrays(name, jacobian=jacobian, grad_y=grad_y)
    _features(name, grad_y=grad_y)
    expected = (*grad_y.shape, grad_y.shape[-1])
    if tuple(jacobian.shape) != expected:
        raise ValueError(f"{name}: jacobian must have shape {expected} beside grad_y, got {tuple(jacobian.shape)}")
    # (I + ∂𝓕/∂x)^⊤ ∂L/∂y
    return grad_y + (grad_y[..., None, :] @ jacobian)[..., 0, :]


@array_function
def projection_residual(f: Layer, x: Array, w_s: Array, /) -> Array:
    r"""A residual connection where input and output differ in width: the input is mapped to the width of the output first.

    Formula
    -------
    projection-shortcut
        y = \mathcal{F}(x) + W_s x
    where
        \mathcal{F} : \mathbb{R}^d \to \mathbb{R}^m
        x \in \mathbb{R}^d
        W_s \in \mathbb{R}^{m \times d}
    gives
        y \in \mathbb{R}^m

    Parameters
    ----------
    f
        The layer.
    x
        Its input; shape (..., d).
    w_s
        Weights of the shortcut; shape (m, d).

    Returns
    -------
    Array
        Output and mapped input, added; shape (..., m).

    Raises
    ------
    TypeError
        If f is not a function.
    ValueError
        If x is a scalar.
        If w_s is not a matrix with one column for each entry of x.
        If f does not give as many entries as w_s has rows.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> projection_residual(lambda x: x[..., :1] ** 2, [3.0, 4.0], [[0.5, 1.0]]).tolist()  # 9 + 0.5 · 3 + 4
    [14.5]
    """
    name = "projection_residual"
    xp, x, w_s = arrays(name, x=x, w_s=w_s)
    _features(name, x=x)
    if w_s.ndim != 2 or w_s.shape[1] != x.shape[-1]:
        raise ValueError(f"{name}: w_s must have shape (m, {x.shape[-1]}) beside x {tuple(x.shape)}, got {tuple(w_s.shape)}")
    _, _, fx = _through(name, f, x)
    expected = (*x.shape[:-1], w_s.shape[0])
    if tuple(fx.shape) != expected:
        raise ValueError(f"{name}: f must give the shape {expected} beside w_s, got {tuple(fx.shape)}")
    # 𝓕(x) + W_s x
    return fx + x @ xp.matrix_transpose(w_s)


@array_function
def residual_gradient_norms(
    phi: Callable[[Array], Array], slope: Callable[[Array], Array], weights: Array, x: Array, grad_out: Array, /
) -> Array:
    r"""Lengths of the gradients at the input and behind each layer h + φ(W h) of a network, from the input on.

    ``dlref.backprop.gradient_norms_by_depth`` tells the same of layers φ(W h), without residual connections.

    Parameters
    ----------
    phi
        Activation function of all layers, element by element on arrays.
    slope
        Its derivative.
    weights
        Weights of the D layers, from the input on; shape (D, d, d).
    x
        Input; shape (..., d).
    grad_out
        Gradient with respect to the output of the last layer; shape (..., d).

    Returns
    -------
    Array
        Lengths of the gradients with respect to h_0 = x, h_1, …, h_D; shape (..., D + 1).

    Raises
    ------
    TypeError
        If phi is not a function.
        If slope is not a function.
    ValueError
        If weights is not made of square matrices.
        If x does not have one entry for each column of the weights.
        If grad_out does not have the shape of x.
        If phi changes the shape.
        If slope changes the shape.

    Examples
    --------
    >>> residual_gradient_norms(lambda a: a * a, lambda a: 2 * a, [[[0.5]]], [4.0], [1.0]).tolist()  # 1 + 2 · 2 · 0.5, and 1
    [3.0, 1.0]
    """
    name = "residual_gradient_norms"
    xp, weights, h, grad = arrays(name, weights=weights, x=x, grad_out=grad_out)
    if weights.ndim != 3 or weights.shape[1] != weights.shape[2]:
        raise ValueError(f"{name}: weights must have shape (D, d, d), got {tuple(weights.shape)}")
    _features(name, x=h)
    if h.shape[-1] != weights.shape[2]:
        raise ValueError(f"{name}: x must have {weights.shape[2]} entries along its last axis, got shape {tuple(h.shape)}")
    if tuple(grad.shape) != tuple(h.shape):
        raise ValueError(f"{name}: grad_out must have the shape {tuple(h.shape)} of x, got {tuple(grad.shape)}")
    slopes = []
    for l in range(weights.shape[0]):
        a = h @ xp.matrix_transpose(weights[l, ...])
        slopes.append(elementwise(name, "slope", slope, a))
        # h_l = φ(W_l h_{l−1}) + h_{l−1}
        h = elementwise(name, "phi", phi, a) + h
    grads = [grad]
    for l in range(weights.shape[0] - 1, -1, -1):
        # ∂L/∂h_{l−1} = (I + diag φ′(a_l) W_l)^⊤ ∂L/∂h_l
        grads.append(grads[-1] + (slopes[l] * grads[-1]) @ weights[l, ...])
    return xp.stack([xp.sqrt(xp.sum(grad * grad, axis=-1)) for grad in reversed(grads)], axis=-1)


# --- ResNet


@array_function
def basic_block(
    x: Array, w1: Array, gamma1: Array, beta1: Array, w2: Array, gamma2: Array, beta2: Array, /, *, eps: float = 1e-5
) -> Array:
    r"""The basic block of ResNet in training: two convolutions with batch normalization, and the input added before the last ReLU.

    The convolutions have kernels of 3 × 3, one row and column of zeros around the image, and no bias, for which the shift of the
    normalization makes up.

    Formula
    -------
    residual-block
        y = \operatorname{ReLU}\left( \mathrm{BN}(W_2 * \operatorname{ReLU}(\mathrm{BN}(W_1 * x))) + x \right)
    where
        x \in \mathbb{R}^{N \times C \times H \times W}
        W_1 \in \mathbb{R}^{C \times C \times 3 \times 3}
        \gamma_1 \in \mathbb{R}^C
        \beta_1 \in \mathbb{R}^C
        W_2 \in \mathbb{R}^{C \times C \times 3 \times 3}
        \gamma_2 \in \mathbb{R}^C
        \beta_2 \in \mathbb{R}^C
    gives
        y \in \mathbb{R}^{N \times C \times H \times W}
    with
        \operatorname{ReLU} = relu
        u * v = multi-channel-convolution(v, u, padding=1)
        \mathrm{BN}(W_1 * x) = batch-normalization(W_1 * x, \gamma_1, \beta_1)
        \mathrm{BN}(v) = batch-normalization(v, \gamma_2, \beta_2)

    Parameters
    ----------
    x
        Images; shape (N, C, H, W).
    w1
        Kernels of the first convolution; shape (C, C, 3, 3).
    gamma1
        Scale of the first normalization; shape (C,).
    beta1
        Shift of the first normalization; shape (C,).
    w2
        Kernels of the second convolution; shape (C, C, 3, 3).
    gamma2
        Scale of the second normalization; shape (C,).
    beta2
        Shift of the second normalization; shape (C,).

    Other Parameters
    ----------------
    eps
        Constant of the normalizations.

    Returns
    -------
    Array
        Images, none of whose values is negative; shape (N, C, H, W).

    Raises
    ------
    ValueError
        If x does not have four axes.
        If w1 does not have the shape (C, C, 3, 3).
        If gamma1 does not have one value a channel.
        If beta1 does not have one value a channel.
        If w2 does not have the shape (C, C, 3, 3).
        If gamma2 does not have one value a channel.
        If beta2 does not have one value a channel.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> x = np.array([[[[1.0, -3.0]]]])
    >>> w = np.zeros((1, 1, 3, 3))
    >>> basic_block(x, w, [1.0], [0.0], w, [1.0], [0.0]).tolist()  # kernels of zeros leave ReLU(x)
    [[[[1.0, 0.0]]]]
    """
    name = "basic_block"
    _, x, w1, gamma1, beta1, w2, gamma2, beta2 = arrays(
        name, x=x, w1=w1, gamma1=gamma1, beta1=beta1, w2=w2, gamma2=gamma2, beta2=beta2
    )
    eps = positive(name, eps=eps)
    C = _channels(name, x)
    shaped(name, (C, C, 3, 3), w1=w1, w2=w2)
    shaped(name, (C,), gamma1=gamma1, beta1=beta1, gamma2=gamma2, beta2=beta2)
    # ReLU(BN(W_1 ∗ x))
    h = relu(batch_norm(conv2d(x, w1, padding=1), gamma1, beta1, eps=eps))
    # ReLU(BN(W_2 ∗ h) + x)
    return relu(batch_norm(conv2d(h, w2, padding=1), gamma2, beta2, eps=eps) + x)


class BasicBlock:
    r"""A basic block of ResNet as an object, which holds kernels, scales and shifts.

    The kernels are drawn by He's initialization; the scales begin with 1, the shifts with 0.

    Parameters
    ----------
    channels
        Number of channels of the images.
    rng
        Source of randomness, a NumPy Generator.
    eps
        Constant of the normalizations.

    Attributes
    ----------
    w1, gamma1, beta1, w2, gamma2, beta2
        What ``basic_block`` takes, in its order.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> block = BasicBlock(2, rng=np.random.default_rng(0))
    >>> block.w1.shape, block.forward(np.ones((5, 2, 4, 4))).shape
    ((2, 2, 3, 3), (5, 2, 4, 4))
    """

    def __init__(self, channels: int, /, *, rng: np.random.Generator, eps: float = 1e-5) -> None:
        channels = natural("BasicBlock", channels=channels)
        self.w1, self.w2 = (
            he_normal(n_in=9 * channels, n_out=channels, rng=rng).reshape(channels, channels, 3, 3) for _ in range(2)
        )
        self.gamma1, self.gamma2 = np.ones(channels), np.ones(channels)
        self.beta1, self.beta2 = np.zeros(channels), np.zeros(channels)
        self.eps = eps

    def forward(self, x: Array, /) -> Array:
        """The images behind the block, in training."""
        return basic_block(x, self.w1, self.gamma1, self.beta1, self.w2, self.gamma2, self.beta2, eps=self.eps)


@array_function
def bottleneck_block(
    x: Array,
    w1: Array,
    gamma1: Array,
    beta1: Array,
    w2: Array,
    gamma2: Array,
    beta2: Array,
    w3: Array,
    gamma3: Array,
    beta3: Array,
    /,
    *,
    eps: float = 1e-5,
) -> Array:
    r"""The bottleneck block of ResNet in training: fewer channels, a convolution of 3 × 3 there, and as many channels as before.

    Like ``basic_block``, but with three convolutions: kernels of 1 × 1 from C to M channels, of 3 × 3 among the M channels, of 1 × 1
    back to C.

    Parameters
    ----------
    x
        Images; shape (N, C, H, W).
    w1
        Kernels that reduce the channels; shape (M, C, 1, 1).
    gamma1
        Scale of the first normalization; shape (M,).
    beta1
        Shift of the first normalization; shape (M,).
    w2
        Kernels in between; shape (M, M, 3, 3).
    gamma2
        Scale of the second normalization; shape (M,).
    beta2
        Shift of the second normalization; shape (M,).
    w3
        Kernels that restore the channels; shape (C, M, 1, 1).
    gamma3
        Scale of the third normalization; shape (C,).
    beta3
        Shift of the third normalization; shape (C,).

    Other Parameters
    ----------------
    eps
        Constant of the normalizations.

    Returns
    -------
    Array
        Images, none of whose values is negative; shape (N, C, H, W).

    Raises
    ------
    ValueError
        If x does not have four axes.
        If w1 does not have the shape (M, C, 1, 1).
        If w2 does not have the shape (M, M, 3, 3).
        If w3 does not have the shape (C, M, 1, 1).
        If gamma1 does not have one value a channel.
        If beta3 does not have one value a channel.
        If eps is not positive.
        If eps is not finite.

    Examples
    --------
    >>> x = np.array([[[[1.0, -3.0]], [[2.0, 0.5]]]])
    >>> w1, w2, w3 = np.zeros((1, 2, 1, 1)), np.zeros((1, 1, 3, 3)), np.zeros((2, 1, 1, 1))
    >>> bottleneck_block(x, w1, [1.0], [0.0], w2, [1.0], [0.0], w3, [1.0, 1.0], [0.0, 0.0]).tolist()
    [[[[1.0, 0.0]], [[2.0, 0.5]]]]
    """
    name = "bottleneck_block"
    _, x, w1, gamma1, beta1, w2, gamma2, beta2, w3, gamma3, beta3 = arrays(
        name, x=x, w1=w1, gamma1=gamma1, beta1=beta1, w2=w2, gamma2=gamma2, beta2=beta2, w3=w3, gamma3=gamma3, beta3=beta3
    )
    eps = positive(name, eps=eps)
    C = _channels(name, x)
    M = w1.shape[0] if w1.ndim == 4 else 1
    shaped(name, (M, C, 1, 1), w1=w1)
    shaped(name, (M, M, 3, 3), w2=w2)
    shaped(name, (C, M, 1, 1), w3=w3)
    shaped(name, (M,), gamma1=gamma1, beta1=beta1, gamma2=gamma2, beta2=beta2)
    shaped(name, (C,), gamma3=gamma3, beta3=beta3)
    h = relu(batch_norm(conv2d(x, w1), gamma1, beta1, eps=eps))
    h = relu(batch_norm(conv2d(h, w2, padding=1), gamma2, beta2, eps=eps))
    return relu(batch_norm(conv2d(h, w3), gamma3, beta3, eps=eps) + x)


@array_function
def bottleneck_params(c: Array, /, *, reduction: int = 4) -> Array:
    r"""Number of weights in the kernels of ResNet's bottleneck block, and of its basic block, on as many channels.

    Formula
    -------
    bottleneck-parameters
        P_{\text{bottleneck}} = C \cdot \tfrac{C}{r} + 9 \left(\tfrac{C}{r}\right)^2 + \tfrac{C}{r} \cdot C, \qquad
        P_{\text{basic}} = 2 \cdot 9\, C^2
    where
        C \in \mathbb{N}
        r \in \mathbb{N}
    gives
        P_{\text{bottleneck}} \in \mathbb{N}
        P_{\text{basic}} \in \mathbb{N}
    with
        C / r \in \mathbb{N}
    call
        bottleneck_params(c, reduction=r), basic_block_params(c)

    Parameters
    ----------
    c
        Number of channels of the images; shape (...).
    reduction
        How many times fewer channels there are in between.

    Returns
    -------
    Array
        Numbers of weights of the bottleneck block, integers of shape (...).

    Raises
    ------
    TypeError
        If reduction is not an integer.
    ValueError
        If c is not a whole number.
        If c is not positive.
        If reduction is not positive.
        If reduction does not divide c.

    References
    ----------
    [he2016a]

    Examples
    --------
    >>> bottleneck_params(256), basic_block_params(256)
    (69632, 1179648)
    """
    name = "bottleneck_params"
    _, c = counts(name, c=c)
    r = natural(name, reduction=reduction)
    check(name, c % r == 0, f"be a multiple of the reduction {r}", c=c)
    # C · C/r + 9 (C/r)² + C/r · C
    return c * (c // r) + 9 * (c // r) ** 2 + (c // r) * c


@array_function
def basic_block_params(c: Array, /) -> Array:
    r"""Number of weights in the kernels of ResNet's basic block.

    Its formula, bottleneck-parameters, stands at ``bottleneck_params``.

    Parameters
    ----------
    c
        Number of channels of the images; shape (...).

    Returns
    -------
    Array
        Numbers of weights, integers of shape (...).

    Raises
    ------
    ValueError
        If c is not a whole number.
        If c is not positive.

    Examples
    --------
    >>> basic_block_params(2)  # twice 3 · 3 · 2 · 2
    72
    """
    _, c = counts("basic_block_params", c=c)
    # 2 · 9 C²
    return 2 * 9 * c**2


# --- DenseNet


@array_function
def dense_layer(h_l: Layer, xs: Sequence[Array], /, *, axis: int = -1) -> Array:
    r"""A layer of a dense block: its input is the outputs of all layers before it and the input of the block, joined along the channels.

    Formula
    -------
    densenet-layer
        x_l = H_l([x_0, x_1, \dots, x_{l-1}])
    where
        H_l : \mathbb{R}^{*} \to \mathbb{R}^k
        x_j \in \mathbb{R}^{n_j}, \ j = 0, \dots, l - 1
    gives
        x_l \in \mathbb{R}^k

    Parameters
    ----------
    h_l
        The layer.
    xs
        The input of the block and the outputs of the layers so far, in this order.

    Other Parameters
    ----------------
    axis
        The axis of the channels: -1 for features, -3 for images.

    Returns
    -------
    Array
        Output of the layer.

    Raises
    ------
    TypeError
        If h_l is not a function.
        If xs is not a list of arrays.
        If axis is not an integer.
    ValueError
        If xs is an empty list.
        If the members of xs do not have such an axis.
        If the members of xs differ in shape along another axis.

    References
    ----------
    [huang2017]

    Examples
    --------
    >>> dense_layer(lambda x: x[..., :2] * 10, [[1.0], [2.0, 3.0]]).tolist()  # of 1, 2, 3 the first two
    [10.0, 20.0]
    """
    joined = _joined("dense_layer", xs, axis)
    # H_l([x_0, x_1, …, x_{l−1}])
    return _through("dense_layer", h_l, joined, "h_l")[2]


@array_function
def dense_block(layers: Sequence[Layer], x0: Array, /, *, axis: int = -1) -> Array:
    r"""A dense block: each layer sees all that came before it, and all of it goes on.

    Parameters
    ----------
    layers
        The layers H_1, …, H_L.
    x0
        Input of the block; shape (..., k0), or (N, k0, H, W) with the axis -3.

    Other Parameters
    ----------------
    axis
        The axis of the channels: -1 for features, -3 for images.

    Returns
    -------
    Array
        Input and outputs of all layers, joined along the channels.

    Raises
    ------
    TypeError
        If layers is not a list of functions.
        If axis is not an integer.
    ValueError
        If x0 does not have such an axis.
        If a layer changes another axis.

    Examples
    --------
    >>> add = lambda x: x[..., :1] + x[..., -1:]  # the first and the last of what it sees
    >>> dense_block([add, add, add], [1.0, 2.0]).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    name = "dense_block"
    if not isinstance(layers, list | tuple) or not all(callable(layer) for layer in layers):
        raise TypeError(f"{name}: layers must be a list of functions, got {type(layers).__name__}")
    _, x0 = arrays(name, x0=x0)
    xs = [x0]
    for h_l in layers:
        # x_l = H_l([x_0, …, x_{l−1}])
        xs.append(_through(name, h_l, _joined(name, xs, axis), "layers")[2])
    return _joined(name, xs, axis)


@array_function
def dense_in_channels(layer: Array, /, *, in_channels: int, growth_rate: int) -> Array:
    r"""Number of channels that a layer of a dense block sees.

    Formula
    -------
    dense-channels
        C_l = k_0 + k (l - 1)
    where
        l \in \mathbb{N}
        k_0 \in \mathbb{N}
        k \in \mathbb{N}
    gives
        C_l \in \mathbb{N}
    call
        dense_in_channels(layer, in_channels=k0, growth_rate=k)

    Parameters
    ----------
    layer
        Which layer of the block, counted from 1; shape (...).
    in_channels
        Number of channels of the block's input.
    growth_rate
        Number of channels that each layer adds.

    Returns
    -------
    Array
        Numbers of channels, integers of shape (...).

    Raises
    ------
    TypeError
        If in_channels is not an integer.
        If growth_rate is not an integer.
    ValueError
        If layer is not a whole number.
        If layer is not positive.
        If in_channels is not positive.
        If growth_rate is not positive.

    References
    ----------
    [huang2017]

    Examples
    --------
    >>> dense_in_channels(4, in_channels=64, growth_rate=32)  # 64 of the input and 32 of each of three layers
    160
    """
    name = "dense_in_channels"
    _, layer = counts(name, layer=layer)
    k_0, k = natural(name, in_channels=in_channels), natural(name, growth_rate=growth_rate)
    # k_0 + k (l − 1)
    return k_0 + k * (layer - 1)


# --- Arguments


def _through(name: str, f: Layer, x: Array, which: str = "f") -> tuple[Any, Array, Array]:
    """Namespace, input and output of a layer."""
    functions(name, **{which: f})
    _, x = arrays(name, x=x)
    xp, x, fx = arrays(name, **{"x": x, f"{which}(x)": f(x)})
    return xp, x, fx


def _features(name: str, /, **argument: Array) -> None:
    ((key, value),) = argument.items()
    if value.ndim == 0:
        raise ValueError(f"{name}: {key} must have shape (..., d), got ()")


def _channels(name: str, x: Array) -> int:
    if x.ndim != 4:
        raise ValueError(f"{name}: x must have shape (N, C, H, W), got {tuple(x.shape)}")
    return int(x.shape[1])


def _joined(name: str, xs: Sequence[Array], axis: int) -> Array:
    """Arrays side by side along an axis, along all others of equal shape."""
    axis = whole(name, axis=axis)
    if not isinstance(xs, list | tuple):
        raise TypeError(f"{name}: xs must be a list of arrays, got {type(xs).__name__}")
    if not xs:
        raise ValueError(f"{name}: xs must not be empty")
    xp, *members = arrays(name, **{f"xs[{j}]": x for j, x in enumerate(xs)})
    shapes = [list(member.shape) for member in members]
    for shape in shapes:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"{name}: axis must be one of the members' axes, got {axis} beside shape {tuple(shape)}")
        shape[axis] = 0
    if any(shape != shapes[0] for shape in shapes):
        got = ", ".join(str(tuple(member.shape)) for member in members)
        raise ValueError(f"{name}: xs must have equal shapes but along axis {axis}, got {got}")
    return xp.concat(members, axis=axis)
