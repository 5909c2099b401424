"""Backpropagation: the chain rule, layer by layer from the output to the input, and of itself along a tape (sections 2.3 and 2.4).

A layer is a = W h + b and h' = φ(a), with a weight of shape (out, in) and φ element by element. Behind the functions that a layer's
formulas name stand two machines: ``MLP``, whose backward pass is written out layer by layer, and ``Tensor``, which records what is
computed with it and passes gradients back along the record. Both give the same gradients.

A gradient has the shape of that to which it belongs; over samples it is a sum. Samples stand along axes in front, so that arrays
have shape (d,) for one sample and (n, d) for n of them.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX. ``Tensor`` and ``MLP`` take arrays of each of these libraries.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from dlref._backend import Array, array_function, arrays, device, elementwise, indices, number, paired
from dlref.activations import log_softmax, relu, relu_grad, sigmoid, sigmoid_grad, softmax, tanh

__all__ = [
    "MLP",
    "Tensor",
    "bias_gradient",
    "chain",
    "dense",
    "dense_activation",
    "gradient_norms_by_depth",
    "gradient_product",
    "hidden_delta",
    "output_delta",
    "softmax_cross_entropy_grad",
    "weight_gradient",
]


# --- One step


@array_function
def chain(dl_dy: Array, dy_dz: Array, /) -> Array:
    r"""Chain rule along one path: the derivative behind a node times the derivative of the node.

    Where z acts on L along several paths, the derivatives of the paths are added.

    Formula
    -------
    chain-rule
        \frac{\partial L}{\partial z} = \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial z}
    where
        \frac{\partial L}{\partial y} \in \mathbb{R}
        \frac{\partial y}{\partial z} \in \mathbb{R}
    gives
        \frac{\partial L}{\partial z} \in \mathbb{R}

    Parameters
    ----------
    dl_dy
        Derivatives of L with respect to y; shape (...).
    dy_dz
        Derivatives of y with respect to z; shape (...).

    Returns
    -------
    Array
        Derivatives of L with respect to z; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> chain(6.0, 2.0)  # of L = y² with y = 2 z + 1 at z = 1: 2 y = 6, and 2
    12.0
    """
    _, dl_dy, dy_dz = arrays("chain", dl_dy=dl_dy, dy_dz=dy_dz)
    paired("chain", dl_dy=dl_dy, dy_dz=dy_dz)
    # ∂L/∂z = ∂L/∂y · ∂y/∂z
    return dl_dy * dy_dz


# --- A layer, forwards


@array_function
def dense(h: Array, w: Array, b: Array, /) -> Array:
    r"""A layer up to its activation function; ``dense_activation`` goes through it.

    Formula
    -------
    mlp-forward
        a^{(l)} = W^{(l)} h^{(l-1)} + b^{(l)}, \qquad h^{(l)} = \phi(a^{(l)})
    where
        h^{(l-1)} \in \mathbb{R}^d
        W^{(l)} \in \mathbb{R}^{m \times d}
        b^{(l)} \in \mathbb{R}^m
        \phi : \mathbb{R} \to \mathbb{R}
    gives
        a^{(l)} \in \mathbb{R}^m
        h^{(l)} \in \mathbb{R}^m
    call
        dense(h, w, b), dense_activation(phi, h, w, b)

    Parameters
    ----------
    h
        Outputs of the layer before, or the input; shape (..., d).
    w
        Weight; shape (m, d).
    b
        Bias; shape (m,).

    Returns
    -------
    Array
        Sums before the activation function; shape (..., m).

    Raises
    ------
    ValueError
        If h is a scalar.
        If w does not have one column for each entry of h.
        If b does not have the shape (m,).

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> dense([1.0, 2.0], [[3.0, 0.0], [0.0, 4.0], [1.0, 1.0]], [0.5, 0.5, 0.0]).tolist()
    [3.5, 8.5, 3.0]
    """
    xp, h, w, b = arrays("dense", h=h, w=w, b=b)
    _layer("dense", h, w, b)
    # W h + b, for rows h
    return h @ xp.matrix_transpose(w) + b


@array_function
def dense_activation(phi: Callable[[Array], Array], h: Array, w: Array, b: Array, /) -> Array:
    r"""A layer: its activation function of what ``dense`` gives.

    It is the second half of the formula ``mlp-forward``, which stands at ``dense``.

    Parameters
    ----------
    phi
        Activation function, element by element on arrays.
    h
        Outputs of the layer before, or the input; shape (..., d).
    w
        Weight; shape (m, d).
    b
        Bias; shape (m,).

    Returns
    -------
    Array
        Outputs of the layer; shape (..., m).

    Raises
    ------
    TypeError
        If phi is not a function.
    ValueError
        If h is a scalar.
        If w does not have one column for each entry of h.
        If b does not have the shape (m,).
        If phi changes the shape.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> dense_activation(lambda a: a**2, [1.0, 2.0], [[3.0, 0.0], [1.0, 1.0]], [0.5, 0.0]).tolist()
    [12.25, 9.0]
    """
    name = "dense_activation"
    xp, h, w, b = arrays(name, h=h, w=w, b=b)
    _layer(name, h, w, b)
    # φ(W h + b)
    return elementwise(name, "phi", phi, h @ xp.matrix_transpose(w) + b)


# --- A layer, backwards


@array_function
def output_delta(grad_h: Array, slope: Array, /) -> Array:
    r"""Backpropagation: this function gives the error of the last layer, three others what follows from it.

    The error of a layer is the gradient with respect to its sums before the activation function. From the error of a layer come the
    error of the layer before (``hidden_delta``) and the gradients of its weight (``weight_gradient``) and bias (``bias_gradient``).

    Formula
    -------
    backprop-recursion
        \begin{aligned}
        \delta^{(L)} &= \nabla_{h^{(L)}} \mathcal{L} \odot \phi'(a^{(L)}) \\
        \delta^{(l)} &= \left( \left(W^{(l+1)}\right)^{\top} \delta^{(l+1)} \right) \odot \phi'(a^{(l)}) \\
        \frac{\partial \mathcal{L}}{\partial W^{(l)}} &= \delta^{(l)} \left(h^{(l-1)}\right)^{\top} \\
        \frac{\partial \mathcal{L}}{\partial b^{(l)}} &= \delta^{(l)}
        \end{aligned}
    where
        \nabla_{h^{(L)}} \mathcal{L} \in \mathbb{R}^k
        \phi'(a^{(L)}) \in \mathbb{R}^k
        W^{(l+1)} \in \mathbb{R}^{m \times h}
        \delta^{(l+1)} \in \mathbb{R}^m
        \phi'(a^{(l)}) \in \mathbb{R}^h
        h^{(l-1)} \in \mathbb{R}^d
    gives
        \delta^{(L)} \in \mathbb{R}^k
        \delta^{(l)} \in \mathbb{R}^h
        \frac{\partial \mathcal{L}}{\partial W^{(l)}} \in \mathbb{R}^{h \times d}
        \frac{\partial \mathcal{L}}{\partial b^{(l)}} \in \mathbb{R}^h
    call
        last = output_delta(grad_h, slope_out);
        delta = hidden_delta(w_next, delta_next, slope);
        last, delta, weight_gradient(delta, h_prev), bias_gradient(delta)

    Parameters
    ----------
    grad_h
        Gradient of the loss with respect to the outputs of the last layer; shape (..., k).
    slope
        Derivatives of the activation function at the sums of the last layer; shape (..., k).

    Returns
    -------
    Array
        Error of the last layer; shape (..., k).

    Raises
    ------
    ValueError
        If the shapes differ and neither is a scalar.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> output_delta([0.5, -1.0], [0.25, 0.5]).tolist()
    [0.125, -0.5]
    """
    _, grad_h, slope = arrays("output_delta", grad_h=grad_h, slope=slope)
    paired("output_delta", grad_h=grad_h, slope=slope)
    # δ^(L) = ∇𝓛 ⊙ φ′(a^(L))
    return grad_h * slope


@array_function
def hidden_delta(w_next: Array, delta_next: Array, slope: Array, /) -> Array:
    r"""Error of a hidden layer, from the error of the layer behind it.

    It is the second part of the formula ``backprop-recursion``, which stands at ``output_delta``.

    Parameters
    ----------
    w_next
        Weight of the layer behind; shape (m, h).
    delta_next
        Error of the layer behind; shape (..., m).
    slope
        Derivatives of the activation function at the sums of this layer; shape (..., h).

    Returns
    -------
    Array
        Error of this layer; shape (..., h).

    Raises
    ------
    ValueError
        If w_next does not have the shape (m, h).
        If delta_next does not have m entries along its last axis.
        If slope is neither a scalar nor of the shape (..., h).

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> hidden_delta([[1.0, 2.0], [0.0, 4.0]], [1.0, -0.5], [0.5, 0.25]).tolist()  # 1 and 2 - 2 before the slopes
    [0.5, 0.0]
    """
    name = "hidden_delta"
    _, w_next, delta_next, slope = arrays(name, w_next=w_next, delta_next=delta_next, slope=slope)
    _matrix(name, w_next=w_next)
    m, h = w_next.shape
    _last_axis(name, m, delta_next=delta_next)
    if slope.ndim and tuple(slope.shape) != (*delta_next.shape[:-1], h):
        expected = (*delta_next.shape[:-1], h)
        raise ValueError(f"{name}: slope must be a scalar or have shape {expected}, got {tuple(slope.shape)}")
    # δ^(l) = ((W^(l+1))^⊤ δ^(l+1)) ⊙ φ′(a^(l)), for rows δ
    return (delta_next @ w_next) * slope


@array_function
def weight_gradient(delta: Array, h_prev: Array, /) -> Array:
    r"""Gradient of a layer's weight, from the error of the layer and from what goes into it; over samples it is a sum.

    It is the third part of the formula ``backprop-recursion``, which stands at ``output_delta``.

    Parameters
    ----------
    delta
        Error of the layer; shape (m,), or (n, m) for n samples.
    h_prev
        What goes into the layer; shape (d,), or (n, d) for n samples.

    Returns
    -------
    Array
        Gradient of the weight; shape (m, d).

    Raises
    ------
    ValueError
        If delta is a scalar.
        If h_prev is a scalar.
        If delta and h_prev differ in the axes of the samples.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> weight_gradient([1.0, -2.0], [3.0, 0.5]).tolist()
    [[3.0, 0.5], [-6.0, -1.0]]
    >>> weight_gradient([[1.0], [2.0]], [[3.0, 0.5], [10.0, 0.25]]).tolist()  # 1 · 3 + 2 · 10 and 1 · 0.5 + 2 · 0.25
    [[23.0, 1.0]]
    """
    name = "weight_gradient"
    xp, delta, h_prev = arrays(name, delta=delta, h_prev=h_prev)
    _last_axis(name, None, delta=delta)
    _last_axis(name, None, h_prev=h_prev)
    if delta.shape[:-1] != h_prev.shape[:-1]:
        got = f"{tuple(delta.shape)} and {tuple(h_prev.shape)}"
        raise ValueError(f"{name}: delta and h_prev must have equal shapes but for their last axes, got {got}")
    # ∂𝓛/∂W^(l) = δ^(l) (h^(l−1))^⊤, for rows δ and h summed over the samples
    return xp.matrix_transpose(_rows(xp, delta)) @ _rows(xp, h_prev)


@array_function
def bias_gradient(delta: Array, /) -> Array:
    r"""Gradient of a layer's bias, which is the error of the layer; over samples it is a sum.

    It is the last part of the formula ``backprop-recursion``, which stands at ``output_delta``.

    Parameters
    ----------
    delta
        Error of the layer; shape (m,), or (n, m) for n samples.

    Returns
    -------
    Array
        Gradient of the bias; shape (m,).

    Raises
    ------
    ValueError
        If delta is a scalar.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> bias_gradient([[1.0, -2.0], [0.5, 4.0]]).tolist()
    [1.5, 2.0]
    """
    xp, delta = arrays("bias_gradient", delta=delta)
    _last_axis("bias_gradient", None, delta=delta)
    # ∂𝓛/∂b^(l) = δ^(l), summed over the samples
    return xp.sum(_rows(xp, delta), axis=0)


@array_function
def softmax_cross_entropy_grad(y: Array, z: Array, /) -> Array:
    r"""Gradient of the cross-entropy in the scores of a softmax: the probabilities, less one for the true class.

    It is the error of a last layer whose activation function is the softmax, which acts on all its sums at once. The classes
    1, …, K of the text count from 0 here.

    Formula
    -------
    softmax-cross-entropy-gradient
        \frac{\partial \ell}{\partial z_k} = \hat{p}_k - \mathbb{I}\{y = k\}, \qquad \hat{p} = \operatorname{Softmax}(z)
    where
        y \in \{0, \dots, K - 1\}
        z \in \mathbb{R}^K
    gives
        \frac{\partial \ell}{\partial z_k} \in \mathbb{R}, \ k = 0, \dots, K - 1
    with
        \operatorname{Softmax} = softmax
        \mathbb{I} = indicator

    Parameters
    ----------
    y
        Labels 0, …, K-1, integers or whole numbers in the dtype of the scores; shape (...).
    z
        Scores of the K classes; shape (..., K).

    Returns
    -------
    Array
        Gradients of the losses; shape (..., K). Over the classes they sum to 0.

    Raises
    ------
    ValueError
        If z is a scalar.
        If the shape of the labels is not that of the scores without their last axis.
        If a label is not a whole number.
        If a label is not one of 0, …, K-1.

    References
    ----------
    [bishop2006]

    Examples
    --------
    >>> softmax_cross_entropy_grad(1, [0.0, 0.0, 0.0, 0.0]).tolist()
    [0.25, -0.75, 0.25, 0.25]
    """
    name = "softmax_cross_entropy_grad"
    xp, z = arrays(name, z=z)
    y = _labels(name, y, z)
    # p̂ = Softmax(z)
    p_hat = softmax(z)
    # p̂_k − 𝕀{y = k}
    return p_hat - xp.astype(_is_class(xp, y, z), z.dtype)


# --- All layers at once


@array_function
def gradient_product(weights: Sequence[Array], slopes: Sequence[Array], grad_out: Array, /) -> Array:
    r"""Gradient at the input of a deep network: one matrix a layer, multiplied.

    A product of many factors below 1 vanishes, one of many factors above 1 explodes. With the sigmoid, whose slope is at most 1/4,
    the gradient is at most the product of the spectral norms of the weights over 4.

    Formula
    -------
    gradient-product
        \frac{\partial \mathcal{L}}{\partial h^{(0)}} = \left( \prod_{l=1}^{D} \left(W^{(l)}\right)^{\top}
        \operatorname{diag}\,\phi'(a^{(l)}) \right) \frac{\partial \mathcal{L}}{\partial h^{(D)}}
    where
        W^{(l)} \in \mathbb{R}^{n_l \times n_{l-1}}, \ l = 1, \dots, D
        \phi'(a^{(l)}) \in \mathbb{R}^{n_l}, \ l = 1, \dots, D
        \frac{\partial \mathcal{L}}{\partial h^{(D)}} \in \mathbb{R}^{n_D}
    gives
        \frac{\partial \mathcal{L}}{\partial h^{(0)}} \in \mathbb{R}^{n_0}

    Parameters
    ----------
    weights
        Weights of the layers, from the input on: a list of matrices, or an array of them.
    slopes
        Derivatives of the activation function at the sums of each layer: a list of arrays, or an array of them; each with one entry a unit.
    grad_out
        Gradient with respect to the outputs of the last layer; shape (m,), or (n, m) for n samples.

    Returns
    -------
    Array
        Gradient with respect to the input; shape (d,), or (n, d) for n samples.

    Raises
    ------
    ValueError
        If there is not one member of slopes for each weight.
        If a weight is not a matrix.
        If a weight does not have one column for each unit of the layer before.
        If a member of slopes does not have one entry for each unit.
        If grad_out does not have one entry for each unit of the last layer.

    References
    ----------
    [hochreiter1991]
    [bengio1994]

    Examples
    --------
    >>> gradient_product([[[2.0, 0.0]], [[3.0], [1.0]]], [[0.25], [0.5, 0.0]], [1.0, 1.0]).tolist()  # 1 · 0.5 · 3 · 0.25 · 2
    [0.75, 0.0]
    """
    name = "gradient_product"
    weights, slopes = _members(name, weights=weights), _members(name, slopes=slopes)
    if len(slopes) != len(weights):
        raise ValueError(f"{name}: slopes must have {len(weights)} members, one for each of weights, got {len(slopes)}")
    named = {**_named("weights", weights), **_named("slopes", slopes)}
    _, *values, grad = arrays(name, **named, grad_out=grad_out)
    weights, slopes = values[: len(weights)], values[len(weights) :]
    _fitting(name, weights)
    _last_axis(name, weights[-1].shape[0], grad_out=grad)
    for i, (w, slope) in enumerate(zip(weights, slopes, strict=True)):
        expected = (*grad.shape[:-1], w.shape[0])
        if tuple(slope.shape) != expected:
            raise ValueError(f"{name}: slopes[{i}] must have shape {expected}, got {tuple(slope.shape)}")
    for w, slope in zip(reversed(weights), reversed(slopes), strict=True):
        # (W^(l))^⊤ diag φ′(a^(l)), times what comes from behind
        grad = (slope * grad) @ w
    return grad


@array_function
def gradient_norms_by_depth(
    phi: Callable[[Array], Array], slope: Callable[[Array], Array], weights: Sequence[Array], x: Array, grad_out: Array, /
) -> Array:
    r"""Lengths of the gradients at the input and behind each layer of a network without biases, from the input on.

    Parameters
    ----------
    phi
        Activation function of all layers, element by element on arrays.
    slope
        Its derivative.
    weights
        Weights of the layers, from the input on: a list of D matrices, or an array of them.
    x
        Input; shape (..., d).
    grad_out
        Gradient with respect to the outputs of the last layer; shape (..., m).

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
        If a weight is not a matrix.
        If a weight does not have one column for each unit of the layer before.
        If x does not have one entry for each column of the first weight.
        If grad_out does not have one entry for each unit of the last layer and each sample.
        If phi changes the shape.
        If slope changes the shape.

    Examples
    --------
    >>> norms = gradient_norms_by_depth(lambda a: a * a, lambda a: 2 * a, [[[0.5]], [[0.25]]], [4.0], [1.0])
    >>> norms.tolist()  # h is 4, 2² and 1²; backwards 1, 2 · 1 · 0.25 and 2 · 2 · 0.5 times that
    [1.0, 0.5, 1.0]
    """
    name = "gradient_norms_by_depth"
    weights = _members(name, weights=weights)
    xp, *weights, h, grad = arrays(name, **_named("weights", weights), x=x, grad_out=grad_out)
    _fitting(name, weights)
    _last_axis(name, weights[0].shape[1], x=h)
    expected = (*h.shape[:-1], weights[-1].shape[0])
    if tuple(grad.shape) != expected:
        raise ValueError(f"{name}: grad_out must have shape {expected}, got {tuple(grad.shape)}")
    slopes = []
    for w in weights:
        a = h @ xp.matrix_transpose(w)
        slopes.append(elementwise(name, "slope", slope, a))
        h = elementwise(name, "phi", phi, a)
    grads = [grad]
    for w, slope_l in zip(reversed(weights), reversed(slopes), strict=True):
        grads.append((slope_l * grads[-1]) @ w)
    return xp.stack([xp.sqrt(xp.sum(grad * grad, axis=-1)) for grad in reversed(grads)], axis=-1)


class MLP:
    r"""A multilayer perceptron with its backward pass written out.

    The hidden layers share one activation function. The last layer has none unless one is given, so that its outputs are scores: for
    a softmax with cross-entropy their gradient is ``softmax_cross_entropy_grad``, for ½ (y - ŷ)² it is ŷ - y.

    Parameters
    ----------
    weights
        Weights W_1, …, W_L of the layers, from the input on; shapes (n_1, n_0), …, (n_L, n_{L-1}).
    biases
        Biases b_1, …, b_L; shapes (n_1,), …, (n_L,).
    phi
        Activation function of the hidden layers, element by element on arrays.
    slope
        Its derivative.
    phi_out
        Activation function of the last layer, element by element; by default the identity.
    slope_out
        Its derivative; by default 1.

    Attributes
    ----------
    a_
        Sums a_1, …, a_L of the layers in the last forward pass.
    h_
        Input and outputs h_0, …, h_L of the layers in the last forward pass.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> mlp = MLP([[[1.0, 2.0]], [[3.0]]], [[0.0], [0.5]], phi=lambda a: a * a, slope=lambda a: 2 * a)
    >>> mlp.forward([1.0, 0.5]).tolist()  # a_1 = 2, h_1 = 4, a_2 = 12.5
    [12.5]
    >>> weights, biases = mlp.backward([1.0])
    >>> [grad.tolist() for grad in weights], [grad.tolist() for grad in biases]  # errors 1 and 1 · 3 · 4
    ([[[12.0, 6.0]], [[4.0]]], [[12.0], [1.0]])
    """

    a_: list[Array]
    h_: list[Array]

    def __init__(
        self,
        weights: Sequence[Array],
        biases: Sequence[Array],
        /,
        *,
        phi: Callable[[Array], Array],
        slope: Callable[[Array], Array],
        phi_out: Callable[[Array], Array] | None = None,
        slope_out: Callable[[Array], Array] | None = None,
    ) -> None:
        if len(weights) == 0 or len(weights) != len(biases):
            raise ValueError(f"MLP: weights and biases must be as many, one or more, got {len(weights)} and {len(biases)}")
        if (phi_out is None) != (slope_out is None):
            raise ValueError("MLP: phi_out and slope_out must be given both or neither")
        self.weights = list(weights)
        self.biases = list(biases)
        self.phi = phi
        self.slope = slope
        self.phi_out = phi_out
        self.slope_out = slope_out

    def forward(self, x: Array, /) -> Array:
        """Outputs h_L of the last layer, shape (..., n_L), of inputs of shape (..., n_0); what lies between is kept."""
        self.a_, self.h_ = [], [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            # a^(l) = W^(l) h^(l−1) + b^(l)
            a = dense(self.h_[-1], w, b)
            # h^(l) = φ(a^(l))
            phi = self.phi if len(self.a_) + 1 < len(self.weights) else self.phi_out
            self.a_.append(a)
            self.h_.append(a if phi is None else phi(a))
        return self.h_[-1]

    def backward(self, grad_h: Array, /) -> tuple[list[Array], list[Array]]:
        """Gradients of all weights and of all biases, from that of the loss with respect to the outputs of the last forward pass.

        Over samples they are sums.
        """
        # δ^(L) = ∇𝓛 ⊙ φ′(a^(L))
        delta = output_delta(grad_h, 1.0 if self.slope_out is None else self.slope_out(self.a_[-1]))
        weights, biases = [], []
        for layer in reversed(range(len(self.weights))):
            # ∂𝓛/∂W^(l) = δ^(l) (h^(l−1))^⊤,  ∂𝓛/∂b^(l) = δ^(l)
            weights.append(weight_gradient(delta, self.h_[layer]))
            biases.append(bias_gradient(delta))
            if layer > 0:
                # δ^(l) = ((W^(l+1))^⊤ δ^(l+1)) ⊙ φ′(a^(l))
                delta = hidden_delta(self.weights[layer], delta, self.slope(self.a_[layer - 1]))
        return weights[::-1], biases[::-1]


# --- The tape

# The order in which tensors are made is one in which each comes after all that it was computed from.
_NUMBERS = itertools.count()


class Tensor:
    r"""An array that remembers what it was computed from, so that gradients can be passed back to it: automatic differentiation.

    Sums, differences, products, quotients, powers and matrix products of tensors are tensors, and so are the results of the methods
    below. Numbers and arrays beside a tensor are constants; shapes are broadcast. ``backward`` goes through the record from the
    result to the beginning, and applies the chain rule at each step.

    Parameters
    ----------
    value
        An array, a number, or a nested list of numbers.

    Attributes
    ----------
    value
        The array.
    grad
        After a backward pass the gradient of its beginning with respect to this value, of the same shape; None before. Each pass
        sets it anew, where PyTorch would add.

    References
    ----------
    [rumelhart1986]

    Examples
    --------
    >>> x, w = Tensor([1.0, 2.0]), Tensor([3.0, -1.0])
    >>> loss = (w @ x + 1.0) ** 2  # (3 - 2 + 1)²
    >>> loss.backward()
    >>> w.grad.tolist()  # 2 · 2 · x
    [4.0, 8.0]
    """

    __array_ufunc__ = None  # a NumPy array beside a tensor leaves the operation to the tensor

    def __init__(self, value: Array, /) -> None:
        _, self.value = arrays("Tensor", value=value)
        self.grad: Array = None
        self._sources: list[tuple[Tensor, Callable[[Array], Array]]] = []
        self._number = next(_NUMBERS)

    def __repr__(self) -> str:
        return f"Tensor({self.value!r})"

    @array_function
    def backward(self, grad: Array = None, /) -> None:
        """Pass the gradient back to all tensors that this one was computed from; the gradient may be left out for a single number."""
        if grad is None and self.value.ndim > 0:
            raise ValueError(f"Tensor: backward needs a gradient of shape {tuple(self.value.shape)}, got none")
        _, value, grad = arrays("Tensor", value=self.value, grad=1.0 if grad is None else grad)
        if grad.shape != value.shape:
            raise ValueError(f"Tensor: grad must have shape {tuple(value.shape)}, got {tuple(grad.shape)}")
        reached, waiting = {}, [self]
        while waiting:
            tensor = waiting.pop()
            if tensor._number not in reached:
                reached[tensor._number] = tensor
                tensor.grad = None
                waiting += [source for source, _ in tensor._sources]
        self.grad = grad
        for number_ in sorted(reached, reverse=True):
            tensor = reached[number_]
            for source, pull in tensor._sources:
                # ∂L/∂z = ∂L/∂y · ∂y/∂z, added over all y that z acts on
                part = pull(tensor.grad)
                source.grad = part if source.grad is None else source.grad + part

    # Each operation gives its value, and for each operand the gradient there from the gradient g of the value.

    def __add__(self, other: Tensor | Array, /) -> Tensor:
        return _operation(lambda xp, a, b: (a + b, lambda g: g, lambda g: g), self, other)

    def __sub__(self, other: Tensor | Array, /) -> Tensor:
        return _operation(lambda xp, a, b: (a - b, lambda g: g, lambda g: -g), self, other)

    def __mul__(self, other: Tensor | Array, /) -> Tensor:
        return _operation(lambda xp, a, b: (a * b, lambda g: g * b, lambda g: g * a), self, other)

    def __truediv__(self, other: Tensor | Array, /) -> Tensor:
        return _operation(lambda xp, a, b: (a / b, lambda g: g / b, lambda g: -g * a / (b * b)), self, other)

    def __matmul__(self, other: Tensor | Array, /) -> Tensor:
        return _operation(_matmul, self, other)

    def __radd__(self, other: Array, /) -> Tensor:
        return _constant(other, self) + self

    def __rsub__(self, other: Array, /) -> Tensor:
        return _constant(other, self) - self

    def __rmul__(self, other: Array, /) -> Tensor:
        return _constant(other, self) * self

    def __rtruediv__(self, other: Array, /) -> Tensor:
        return _constant(other, self) / self

    def __rmatmul__(self, other: Array, /) -> Tensor:
        return _constant(other, self) @ self

    def __neg__(self) -> Tensor:
        return _operation(lambda xp, a: (-a, lambda g: -g), self)

    def __pow__(self, n: float, /) -> Tensor:
        n = number("Tensor", exponent=n)
        return _operation(lambda xp, a: (a**n, lambda g: g * n * a ** (n - 1)), self)

    def exp(self) -> Tensor:
        """The exponential function of each element."""
        return _operation(lambda xp, a: (y := xp.exp(a), lambda g: g * y), self)

    def log(self) -> Tensor:
        """The natural logarithm of each element."""
        return _operation(lambda xp, a: (xp.log(a), lambda g: g / a), self)

    def tanh(self) -> Tensor:
        """The hyperbolic tangent of each element."""
        return _operation(lambda xp, a: (y := tanh(a), lambda g: g * (1 - y * y)), self)

    def sigmoid(self) -> Tensor:
        """The sigmoid of each element."""
        return _operation(lambda xp, a: (sigmoid(a), lambda g: g * sigmoid_grad(a)), self)

    def relu(self) -> Tensor:
        """The ReLU of each element; its slope at 0 is taken to be 0."""
        return _operation(lambda xp, a: (relu(a), lambda g: g * relu_grad(a)), self)

    def sum(self, axis: int | None = None, /, *, keepdims: bool = False) -> Tensor:
        """The sum of all elements, or of those along an axis."""

        def total(xp: Any, a: Array) -> tuple[Any, ...]:
            kept = axis is None or keepdims
            return (
                xp.sum(a, axis=axis, keepdims=keepdims),
                lambda g: xp.broadcast_to(g if kept else xp.expand_dims(g, axis=axis), a.shape),
            )

        return _operation(total, self)

    def mean(self, axis: int | None = None, /, *, keepdims: bool = False) -> Tensor:
        """The mean of all elements, or of those along an axis."""
        total = self.sum(axis, keepdims=keepdims)
        share: float = math.prod(total.value.shape) / math.prod(self.value.shape)
        return total * share

    def reshape(self, shape: tuple[int, ...], /) -> Tensor:
        """The same elements in another shape."""
        return _operation(lambda xp, a: (xp.reshape(a, shape), lambda g: xp.reshape(g, a.shape)), self)

    def transpose(self) -> Tensor:
        """The last two axes exchanged."""
        return _operation(lambda xp, a: (xp.matrix_transpose(a), xp.matrix_transpose), self)

    def softmax(self) -> Tensor:
        """The softmax over the last axis."""

        def normalized(xp: Any, z: Array) -> tuple[Any, ...]:
            p = softmax(z)
            return p, lambda g: p * (g - xp.sum(g * p, axis=-1, keepdims=True))

        return _operation(normalized, self)

    def cross_entropy(self, y: Array, /) -> Tensor:
        """The losses -log p̂_y of labels y, one a sample, where the softmax of the last axis gives p̂."""

        def losses(xp: Any, z: Array) -> tuple[Any, ...]:
            labels = _labels("Tensor", y, z)
            true = xp.take_along_axis(log_softmax(z), labels[..., None], axis=-1)[..., 0]
            return (
                0 - true,
                lambda g: g[..., None] * softmax_cross_entropy_grad(labels, z),
            )

        return _operation(losses, self)


@array_function
def _operation(forward: Callable[..., tuple[Any, ...]], first: Tensor, *others: Tensor | Array) -> Tensor:
    """The result of an operation, with a record of its operands and of the ways back to them."""
    sources = [first, *(other if isinstance(other, Tensor) else _constant(other, first) for other in others)]
    names = ("left", "right") if others else ("value",)
    xp, *values = arrays("Tensor", **dict(zip(names, (source.value for source in sources), strict=True)))
    value, *pulls = forward(xp, *values)
    result = Tensor(value)
    for source, array, pull in zip(sources, values, pulls, strict=True):
        result._sources.append((source, partial(_pulled, xp, pull, array.shape)))
    return result


def _constant(value: Array, beside: Tensor) -> Tensor:
    """A number, a list or an array as a tensor, with the library of the tensor beside it."""
    return Tensor(arrays("Tensor", value=value, beside=beside.value)[1])


def _pulled(xp: Any, pull: Callable[[Array], Array], shape: tuple[int, ...], grad: Array) -> Array:
    """The gradient at an operand of this shape, added up over the axes along which the operand was broadcast."""
    grad = pull(grad)
    if grad.shape == shape:
        return grad
    grad = xp.sum(grad, axis=tuple(range(grad.ndim - len(shape))))
    return xp.sum(grad, axis=tuple(i for i, n in enumerate(shape) if n != grad.shape[i]), keepdims=True)


def _matmul(xp: Any, a: Array, b: Array) -> tuple[Any, ...]:
    """A matrix product; a vector is a row on the left and a column on the right, whose axis the result loses."""
    row, column = a if a.ndim > 1 else a[None, :], b if b.ndim > 1 else b[:, None]

    def spread(g: Array) -> Array:
        g = g if b.ndim > 1 else g[..., None]
        return g if a.ndim > 1 else g[..., None, :]

    def left(g: Array) -> Array:
        # of Y = A B: ∂L/∂A = ∂L/∂Y B^⊤
        return spread(g) @ xp.matrix_transpose(column)

    def right(g: Array) -> Array:
        # ∂L/∂B = A^⊤ ∂L/∂Y
        grad = xp.matrix_transpose(row) @ spread(g)
        return grad if b.ndim > 1 else grad[..., 0]

    return a @ b, left, right


# --- What they share


def _labels(name: str, y: Array, z: Array) -> Array:
    """The labels as indices, one for each row of the scores."""
    if z.ndim == 0:
        raise ValueError(f"{name}: z must have a last axis of K classes, got a scalar")
    *batch, k = z.shape
    y = indices(name, k, y=y, z=z)
    if tuple(y.shape) != tuple(batch):
        raise ValueError(f"{name}: y must have shape {tuple(batch)}, one label a row of z, got {tuple(y.shape)}")
    return y


def _is_class(xp: Any, y: Array, z: Array) -> Array:
    """𝕀{y = k} for all classes k along a last axis, as truth values."""
    return y[..., None] == xp.arange(z.shape[-1], dtype=y.dtype, device=device(z))


def _layer(name: str, h: Array, w: Array, b: Array) -> None:
    """Refuse inputs, weight and bias that do not belong together."""
    _last_axis(name, None, h=h)
    if w.ndim != 2 or w.shape[1] != h.shape[-1]:
        raise ValueError(f"{name}: w must have shape (m, {h.shape[-1]}) beside h, got {tuple(w.shape)}")
    if tuple(b.shape) != (w.shape[0],):
        raise ValueError(f"{name}: b must have shape ({w.shape[0]},) beside w, got {tuple(b.shape)}")


def _matrix(name: str, /, **argument: Array) -> None:
    ((key, value),) = argument.items()
    if value.ndim != 2:
        raise ValueError(f"{name}: {key} must be a matrix, got shape {tuple(value.shape)}")


def _last_axis(name: str, size: int | None, /, **argument: Array) -> None:
    """Refuse an array without a last axis, or with one of another size."""
    ((key, value),) = argument.items()
    if value.ndim == 0:
        raise ValueError(f"{name}: {key} must have a last axis, one entry a unit, got a scalar")
    if size is not None and value.shape[-1] != size:
        raise ValueError(f"{name}: {key} must have {size} entries along its last axis, got shape {tuple(value.shape)}")


def _rows(xp: Any, value: Array) -> Array:
    """One row a sample."""
    return xp.reshape(value, (-1, value.shape[-1]))


def _members(name: str, /, **argument: Sequence[Array]) -> list[Array]:
    """The members of a list, or of an array along its first axis."""
    ((key, value),) = argument.items()
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError(f"{name}: {key} must not be empty")
        return list(value)
    _, value = arrays(name, **argument)
    if value.ndim == 0:
        raise ValueError(f"{name}: {key} must have one member a layer, got a scalar")
    return [value[i, ...] for i in range(value.shape[0])]


def _named(key: str, members: list[Array]) -> dict[str, Array]:
    return {f"{key}[{i}]": member for i, member in enumerate(members)}


def _fitting(name: str, weights: list[Array]) -> None:
    """Refuse weights of layers that do not fit one behind the other."""
    for i, w in enumerate(weights):
        _matrix(name, **{f"weights[{i}]": w})
        if i and w.shape[1] != weights[i - 1].shape[0]:
            raise ValueError(f"{name}: weights[{i}] must have {weights[i - 1].shape[0]} columns, got shape {tuple(w.shape)}")
