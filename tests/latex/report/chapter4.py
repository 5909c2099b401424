"""Chapter 4 as it is printed: skip connections."""

import math

import numpy as np


def plain(f, x, /):
    r"""A layer without a skip connection.

    Formula
    -------
    plain-layer
        y = \mathcal{F}(x)
    where
        \mathcal{F} : \mathbb{R}^d \to \mathbb{R}^m
        x \in \mathbb{R}^d
    gives
        y \in \mathbb{R}^m
    """
    return f(x)


def residual(f, x, /):
    r"""A residual connection: the layer's input is added to its output.

    Formula
    -------
    residual-connection
        y = \mathcal{F}(x) + x
    where
        \mathcal{F} : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
    gives
        y \in \mathbb{R}^d
    """
    d = len(x)
    fx = f(x)
    return np.array([fx[i] + x[i] for i in range(d)])


def residual_gradient(jacobian, grad_y, /):
    r"""Gradient through a residual connection: the identity lets it pass, whatever the layer does.

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
    """
    d = len(grad_y)
    return np.array([sum(((1 if i == j else 0) + jacobian[i, j]) * grad_y[i] for i in range(d)) for j in range(d)])


def projection_residual(f, x, w_s, /):
    r"""A residual connection between unequal widths: the input is projected before it is added.

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
    """
    m, d = w_s.shape
    fx = f(x)
    return np.array([fx[i] + sum(w_s[i, j] * x[j] for j in range(d)) for i in range(m)])


def basic_block(x, w1, gamma1, beta1, w2, gamma2, beta2, /):
    r"""The residual block of ResNet: two 3x3 convolutions with batch normalization, and the input added.

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
    """
    h = _batch_norm(_conv3x3(x, w1), gamma1, beta1)
    h = np.array([max(0, value) for value in h.ravel()]).reshape(h.shape)
    y = _batch_norm(_conv3x3(h, w2), gamma2, beta2)
    return np.array([max(0, y[k] + x[k]) for k in np.ndindex(*x.shape)]).reshape(x.shape)


def _conv3x3(x, w):
    """Cross-correlation with a 3x3 kernel; the image is surrounded by one row of zeros, so its size stays."""
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2, W + 2))
    padded[:, :, 1:-1, 1:-1] = x
    y = np.zeros((N, len(w), H, W))
    for c in range(len(w)):
        for a, m, n in np.ndindex(C, 3, 3):
            y[:, c] += w[c, a, m, n] * padded[:, a, m : m + H, n : n + W]
    return y


def _batch_norm(x, gamma, beta, eps=1e-5):
    """Each channel standardized over the batch and the image, then scaled and shifted."""
    N, C, H, W = x.shape
    y = np.zeros(x.shape)
    for c in range(C):
        mu = x[:, c].sum() / (N * H * W)
        var = ((x[:, c] - mu) ** 2).sum() / (N * H * W)
        y[:, c] = gamma[c] * (x[:, c] - mu) / math.sqrt(var + eps) + beta[c]
    return y


def bottleneck_params(c, /, *, reduction=4):
    r"""Numbers of weights of ResNet's bottleneck block and of its basic block.

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
        C / r \leq \lfloor C / r \rfloor
    call
        bottleneck_params(c, reduction=r), basic_block_params(c)
    """
    narrow = c // reduction
    return c * narrow + 9 * narrow**2 + narrow * c


def basic_block_params(c, /):
    """Number of weights of ResNet's basic block."""
    return 2 * 9 * c**2


def dense_layer(h_l, xs, /):
    r"""A layer of a dense block: it sees the outputs of all layers before it, joined along the channels.

    Formula
    -------
    densenet-layer
        x_l = H_l([x_0, x_1, \dots, x_{l-1}])
    where
        H_l : \mathbb{R}^{*} \to \mathbb{R}^k
        x_j \in \mathbb{R}^{n_j}, \ j = 0, \dots, l - 1
    gives
        x_l \in \mathbb{R}^k
    """
    return h_l(np.array([xs[j][c] for j in range(len(xs)) for c in range(len(xs[j]))]))


def dense_in_channels(layer, /, *, in_channels, growth_rate):
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
    """
    return in_channels + growth_rate * (layer - 1)
