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


def batch_norm(x, gamma, beta, /, *, eps=1e-5):
    r"""Batch normalization: a feature's values over the batch, standardized, then scaled and shifted.

    Formula
    -------
    batch-normalization
        \hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y = \gamma \hat{x} + \beta
    where
        x \in \mathbb{R}^m
        \gamma \in \mathbb{R}
        \beta \in \mathbb{R}
        \epsilon \in \mathbb{R}_{>0}
    gives
        y \in \mathbb{R}^m
    with
        \mu = batch-statistics
        \sigma^2 = batch-statistics
    call
        batch_norm(x, gamma, beta, eps=eps)
    """
    if x.ndim > 1:  # (N, C, ...): each channel by itself
        channels = [batch_norm(x[:, c].ravel(), gamma[c], beta[c], eps=eps) for c in range(x.shape[1])]
        return np.stack([channels[c].reshape(x[:, c].shape) for c in range(x.shape[1])], axis=1)
    m = len(x)
    mu = 1 / m * sum(x[i] for i in range(m))
    var = 1 / m * sum((x[i] - mu) ** 2 for i in range(m))
    x_hat = [(x[i] - mu) / math.sqrt(var + eps) for i in range(m)]
    return np.array([gamma * x_hat[i] + beta for i in range(m)])


def batch_mean(x, /):
    r"""Mean and variance of a feature over the batch; the variance divides by the number of values.

    Formula
    -------
    batch-statistics
        \mu = \frac{1}{m} \sum_{i=1}^{m} x_i, \qquad \sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2
    where
        x \in \mathbb{R}^m
    gives
        \mu \in \mathbb{R}
        \sigma^2 \in \mathbb{R}_{\ge 0}
    call
        batch_mean(x), batch_variance(x)
    """
    m = len(x)
    return 1 / m * sum(x[i] for i in range(m))


def batch_variance(x, /):
    """Variance of a feature over the batch, divided by the number of values."""
    m = len(x)
    mu = batch_mean(x)
    return 1 / m * sum((x[i] - mu) ** 2 for i in range(m))


def batch_norm_running(mu, var, mu_run, var_run, /, *, n_values, momentum=0.1):
    r"""Running mean and variance of batch normalization: moving averages, the variance unbiased.

    Formula
    -------
    batch-norm-running
        \mu_{\text{run}} \leftarrow (1 - \alpha)\, \mu_{\text{run}} + \alpha\, \mu, \qquad
        \sigma_{\text{run}}^2 \leftarrow (1 - \alpha)\, \sigma_{\text{run}}^2 + \alpha\, \frac{m}{m - 1}\, \sigma^2
    where
        \mu \in \mathbb{R}
        \sigma^2 \in \mathbb{R}_{\ge 0}
        \mu_{\text{run}} \in \mathbb{R}
        \sigma_{\text{run}}^2 \in \mathbb{R}_{\ge 0}
        m \in \mathbb{N}
        \alpha \in [0, 1]
    gives
        \mu_{\text{run}} \in \mathbb{R}
        \sigma_{\text{run}}^2 \in \mathbb{R}_{\ge 0}
    with
        2 \leq m
    call
        batch_norm_running(mu, var, mu_run, var_run, n_values=m, momentum=alpha)
    """
    m, alpha = n_values, momentum
    return (1 - alpha) * mu_run + alpha * mu, (1 - alpha) * var_run + alpha * (m / (m - 1)) * var


def batch_norm_inference(x, mu_run, var_run, gamma, beta, /, *, eps=1e-5):
    r"""Batch normalization at inference: with the running statistics, each value by itself.

    Formula
    -------
    batch-norm-inference
        y = \gamma\, \frac{x - \mu_{\text{run}}}{\sqrt{\sigma_{\text{run}}^2 + \epsilon}} + \beta
    where
        x \in \mathbb{R}^m
        \mu_{\text{run}} \in \mathbb{R}
        \sigma_{\text{run}}^2 \in \mathbb{R}_{\ge 0}
        \gamma \in \mathbb{R}
        \beta \in \mathbb{R}
        \epsilon \in \mathbb{R}_{>0}
    gives
        y \in \mathbb{R}^m
    call
        batch_norm_inference(x, mu_run, var_run, gamma, beta, eps=eps)
    """
    m = len(x)
    return np.array([gamma * (x[i] - mu_run) / math.sqrt(var_run + eps) + beta for i in range(m)])


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
