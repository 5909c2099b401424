"""Chapter 2 as it is printed: optimization, backpropagation, normalization, initialization."""

import math

import numpy as np


def chain(dl_dy, dy_dz, /):
    r"""Chain rule for one path: the derivative after the node times the derivative of the node.

    Formula
    -------
    chain-rule
        \frac{\partial L}{\partial z} = \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial z}
    where
        \frac{\partial L}{\partial y} \in \mathbb{R}
        \frac{\partial y}{\partial z} \in \mathbb{R}
    gives
        \frac{\partial L}{\partial z} \in \mathbb{R}
    """
    return dl_dy * dy_dz


def dense(h, w, b, /):
    r"""A layer's pre-activation, and its output after the activation function.

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
    """
    m, d = w.shape
    return np.array([sum(w[i, j] * h[j] for j in range(d)) + b[i] for i in range(m)])


def dense_activation(phi, h, w, b, /):
    """A layer's output: its activation function at the pre-activation, element by element."""
    a = dense(h, w, b)
    return np.array([phi(a[i]) for i in range(len(a))])


def output_delta(grad_h, slope, /):
    r"""Backpropagation: the error of the last layer, of the layer before, and the gradients of weight and bias.

    Formula
    -------
    backprop-recursion
        \delta^{(L)} = \nabla_{h^{(L)}} \mathcal{L} \odot \phi'(a^{(L)}), \qquad
        \delta^{(l)} = \left( \left(W^{(l+1)}\right)^{\top} \delta^{(l+1)} \right) \odot \phi'(a^{(l)}), \qquad
        \frac{\partial \mathcal{L}}{\partial W^{(l)}} = \delta^{(l)} \left(h^{(l-1)}\right)^{\top}, \qquad
        \frac{\partial \mathcal{L}}{\partial b^{(l)}} = \delta^{(l)}
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
    """
    k = len(grad_h)
    return np.array([grad_h[i] * slope[i] for i in range(k)])


def hidden_delta(w_next, delta_next, slope, /):
    """Error of a hidden layer, from the error of the layer behind it."""
    m, h = w_next.shape
    return np.array([sum(w_next[i, j] * delta_next[i] for i in range(m)) * slope[j] for j in range(h)])


def weight_gradient(delta, h_prev, /):
    """Gradient of a layer's weight."""
    return np.array([[delta[i] * h_prev[j] for j in range(len(h_prev))] for i in range(len(delta))])


def bias_gradient(delta, /):
    """Gradient of a layer's bias."""
    return np.array([delta[i] for i in range(len(delta))])


def softmax_cross_entropy_grad(y, z, /):
    r"""Gradient of the cross-entropy in the scores of a softmax: probability minus one for the true class.

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
    """
    K = len(z)
    p = [math.exp(z[i]) / sum(math.exp(z[j]) for j in range(K)) for i in range(K)]
    return np.array([p[k] - (1 if y == k else 0) for k in range(K)])


def gradient_product(weights, slopes, grad_out, /):
    r"""Gradient at the input of a deep network: a product of one matrix a layer.

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
    """
    grad = grad_out
    for w, slope in zip(reversed(weights), reversed(slopes), strict=True):
        m, d = w.shape
        grad = np.array([sum(w[i, j] * slope[i] * grad[i] for i in range(m)) for j in range(d)])
    return grad
