"""Chapter 2 as it is printed: optimization, backpropagation, normalization, initialization."""

import math

import numpy as np


def minimize(loss, grad_fn, theta0, /, *, step=None, n_steps=200):
    r"""A minimizer of a loss, sought by steps along the negative gradient.

    Formula
    -------
    minimize-loss
        \min_{\theta} L(\theta)
    where
        L : \mathbb{R}^d \to \mathbb{R} \ \text{convex}
        \nabla L : \mathbb{R}^d \to \mathbb{R}^d
        \theta \in \mathbb{R}^d
    gives
        \theta \in \mathbb{R}^d
        \min \in \mathbb{R}
    call
        theta = minimize(loss, grad_fn, theta0); theta, loss(theta)
    """
    theta = theta0
    for _ in range(n_steps):
        grad = grad_fn(theta)
        eta = 1.0
        # A step may not raise the loss: halve it until it lowers the loss by a part of what the slope promises.
        while loss(theta - eta * grad) > loss(theta) - eta / 2 * sum(g * g for g in grad) and eta > 1e-12:
            eta = eta / 2
        theta = theta - eta * grad
    return theta


def convexity_gap(loss, theta1, theta2, lam, /):
    r"""How far the chord between two points lies above the loss; never below zero for a convex loss.

    Formula
    -------
    convexity
        L(\lambda \theta_1 + (1 - \lambda) \theta_2) \leq \lambda L(\theta_1) + (1 - \lambda) L(\theta_2),
        \quad \forall \theta_1, \theta_2, \ \lambda \in [0, 1]
    where
        L : \mathbb{R}^d \to \mathbb{R}
        \theta_1 \in \mathbb{R}^d
        \theta_2 \in \mathbb{R}^d
        \lambda \in [0, 1]
    """
    d = len(theta1)
    between = np.array([lam * theta1[j] + (1 - lam) * theta2[j] for j in range(d)])
    return lam * loss(theta1) + (1 - lam) * loss(theta2) - loss(between)


def gd_step(theta, grad, /, *, eta):
    r"""One step of gradient descent: against the gradient, as far as the learning rate says.

    Formula
    -------
    gradient-descent-update
        \theta \leftarrow \theta - \eta \nabla_{\theta} L(\theta)
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    call
        gd_step(theta, grad, eta=eta)

    sgd-update
        \theta \leftarrow \theta - \eta \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    call
        gd_step(theta, grad, eta=eta)
    """
    d = len(theta)
    return np.array([theta[j] - eta * grad[j] for j in range(d)])


def step_decay(t, /, *, eta0, gamma, period):
    r"""Learning rate that drops by a factor after every period.

    Formula
    -------
    step-decay
        \eta_t = \eta_0 \gamma^{\lfloor t / s \rfloor}
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \gamma \in (0, 1)
        s \in \mathbb{N}
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        step_decay(t, eta0=eta0, gamma=gamma, period=period)
    """
    return eta0 * gamma ** math.floor(t / period)


def exponential_decay(t, /, *, eta0, gamma):
    r"""Learning rate that drops by a factor at every step.

    Formula
    -------
    exponential-decay
        \eta_t = \eta_0 \gamma^{t}
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \gamma \in (0, 1)
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        exponential_decay(t, eta0=eta0, gamma=gamma)
    """
    return eta0 * gamma**t


def linear_decay(t, /, *, eta0, eta_tau, tau):
    r"""Learning rate that falls on a straight line until step tau and is constant from there.

    Formula
    -------
    linear-decay
        \eta_t = (1 - \alpha)\, \eta_0 + \alpha\, \eta_{\tau}, \qquad \alpha = \min\left(\frac{t}{\tau}, 1\right)
    where
        t \in \mathbb{N}_0
        \eta_0 \in \mathbb{R}_{>0}
        \eta_{\tau} \in \mathbb{R}_{>0}
        \tau \in \mathbb{N}
    gives
        \eta_t \in \mathbb{R}_{>0}
    call
        linear_decay(t, eta0=eta0, eta_tau=eta_tau, tau=tau)
    """
    alpha = min(t / tau, 1)
    return (1 - alpha) * eta0 + alpha * eta_tau


def batch_gradient(grads, /):
    r"""Gradient of the mean loss: the mean of the samples' gradients.

    Formula
    -------
    batch-gradient
        \nabla_{\theta} L(\theta) = \frac{1}{n} \sum_{i=1}^{n} \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d, \ i = 1, \dots, n
    gives
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
    """
    n, d = grads.shape
    return np.array([1 / n * sum(grads[i, j] for i in range(n)) for j in range(d)])


def minibatch_step(theta, grads, /, *, eta):
    r"""One step of gradient descent along the mean gradient of a mini-batch.

    Formula
    -------
    mini-batch-update
        \theta \leftarrow \theta - \frac{\eta}{|B|} \sum_{i \in B} \nabla_{\theta} \ell(y_i, f(x_i; \theta))
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} \ell(y_i, f(x_i; \theta)) \in \mathbb{R}^d, \ i = 1, \dots, m
        \eta \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
    with
        B = \{1, \dots, m\}
    call
        minibatch_step(theta, grads, eta=eta)
    """
    size, d = grads.shape
    return np.array([theta[j] - eta / size * sum(grads[i, j] for i in range(size)) for j in range(d)])


def momentum_step(theta, grad, v, /, *, eta, alpha=0.9):
    r"""One step of gradient descent with momentum: the velocity remembers past gradients.

    Formula
    -------
    momentum-sgd
        \begin{aligned} v_t &= \alpha v_{t-1} - \eta \nabla_{\theta} L(\theta) \\
        \theta &\leftarrow \theta + v_t \end{aligned}
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \alpha \in [0, 1)
    gives
        \theta \in \mathbb{R}^d
        v_t \in \mathbb{R}^d
    call
        momentum_step(theta, grad, v, eta=eta, alpha=alpha)
    """
    d = len(theta)
    v = np.array([alpha * v[j] - eta * grad[j] for j in range(d)])
    return np.array([theta[j] + v[j] for j in range(d)]), v


def adagrad_step(theta, grad, g_sum, /, *, eta=0.01, eps=1e-8):
    r"""One step of AdaGrad: each parameter's rate falls with the squared gradients it has seen.

    Formula
    -------
    adagrad
        \theta \leftarrow \theta - \frac{\eta}{\sqrt{G_t + \epsilon}} \circ \nabla_{\theta} L(\theta)
    where
        \theta \in \mathbb{R}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
        G_{t-1} \in \mathbb{R}_{\ge 0}^d
        \eta \in \mathbb{R}_{>0}
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        G_t \in \mathbb{R}_{\ge 0}^d
    with
        G_t = adagrad-accumulator
    call
        adagrad_step(theta, grad, g_sum, eta=eta, eps=eps)
    """
    d = len(theta)
    g_sum = np.array([g_sum[j] + grad[j] * grad[j] for j in range(d)])
    return np.array([theta[j] - eta / math.sqrt(g_sum[j] + eps) * grad[j] for j in range(d)]), g_sum


def adagrad_accumulate(g_sum, grad, /):
    r"""Sum of the squared gradients that AdaGrad has seen.

    Formula
    -------
    adagrad-accumulator
        G_t = G_{t-1} + \nabla_{\theta} L(\theta) \circ \nabla_{\theta} L(\theta)
    where
        G_{t-1} \in \mathbb{R}_{\ge 0}^d
        \nabla_{\theta} L(\theta) \in \mathbb{R}^d
    gives
        G_t \in \mathbb{R}_{\ge 0}^d
    """
    d = len(grad)
    return np.array([g_sum[j] + grad[j] * grad[j] for j in range(d)])


def rmsprop_step(theta, grad, v, /, *, eta=1e-3, rho=0.9, eps=1e-8):
    r"""One step of RMSProp: each parameter's rate follows a moving average of its squared gradient.

    Formula
    -------
    rmsprop
        \begin{aligned} v_t &= \rho v_{t-1} + (1 - \rho)\, g_t \circ g_t \\
        \theta &\leftarrow \theta - \frac{\eta}{\sqrt{v_t} + \epsilon} \circ g_t \end{aligned}
    where
        \theta \in \mathbb{R}^d
        g_t \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}_{\ge 0}^d
        \eta \in \mathbb{R}_{>0}
        \rho \in [0, 1)
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        v_t \in \mathbb{R}_{\ge 0}^d
    call
        rmsprop_step(theta, grad, v, eta=eta, rho=rho, eps=eps)
    """
    d = len(theta)
    v = np.array([rho * v[j] + (1 - rho) * grad[j] * grad[j] for j in range(d)])
    return np.array([theta[j] - eta / (math.sqrt(v[j]) + eps) * grad[j] for j in range(d)]), v


def adam_step(theta, grad, m, v, t, /, *, eta=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""One step of Adam: momentum and a rate for each parameter, both corrected for their start at zero.

    Formula
    -------
    adam
        \begin{aligned} m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t \circ g_t \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t}, \qquad \hat{v}_t = \frac{v_t}{1 - \beta_2^t} \\
        \theta &\leftarrow \theta - \eta\, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} \end{aligned}
    where
        \theta \in \mathbb{R}^d
        g_t \in \mathbb{R}^d
        m_{t-1} \in \mathbb{R}^d
        v_{t-1} \in \mathbb{R}_{\ge 0}^d
        t \in \mathbb{N}
        \eta \in \mathbb{R}_{>0}
        \beta_1 \in [0, 1)
        \beta_2 \in [0, 1)
        \epsilon \in \mathbb{R}_{>0}
    gives
        \theta \in \mathbb{R}^d
        m_t \in \mathbb{R}^d
        v_t \in \mathbb{R}_{\ge 0}^d
    call
        adam_step(theta, grad, m, v, t, eta=eta, beta1=beta1, beta2=beta2, eps=eps)
    """
    d = len(theta)
    m = np.array([beta1 * m[j] + (1 - beta1) * grad[j] for j in range(d)])
    v = np.array([beta2 * v[j] + (1 - beta2) * grad[j] * grad[j] for j in range(d)])
    m_hat = np.array([m[j] / (1 - beta1**t) for j in range(d)])
    v_hat = np.array([v[j] / (1 - beta2**t) for j in range(d)])
    return np.array([theta[j] - eta * m_hat[j] / (math.sqrt(v_hat[j]) + eps) for j in range(d)]), m, v


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


def xavier_variance(n_in, n_out, /):
    r"""Variance of Xavier (Glorot) initialization.

    Formula
    -------
    xavier-init
        \operatorname{Var}(W_{ij}) = \frac{2}{n_{\text{in}} + n_{\text{out}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        \operatorname{Var}(W_{ij}) \in \mathbb{R}_{>0}
    """
    return 2 / (n_in + n_out)


def xavier_bound(n_in, n_out, /):
    r"""Bound of the uniform Xavier (Glorot) initialization.

    Formula
    -------
    xavier-uniform
        W_{ij} \sim \mathcal{U}\left(-a, a\right), \qquad a = \sqrt{\frac{6}{n_{\text{in}} + n_{\text{out}}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        W_{ij} \in \mathbb{R}, \ i = 1, \dots, n_{\text{out}}, \ j = 1, \dots, n_{\text{in}}
        a \in \mathbb{R}_{>0}
    call
        xavier_uniform(n_in=n_in, n_out=n_out, rng=rng), xavier_bound(n_in, n_out)
    """
    return math.sqrt(6 / (n_in + n_out))


def xavier_uniform(*, n_in, n_out, rng):
    """Weight of shape (n_out, n_in), drawn by the uniform Xavier (Glorot) initialization."""
    a = xavier_bound(n_in, n_out)
    return np.array([[-a + 2 * a * rng.random() for _ in range(n_in)] for _ in range(n_out)])


def he_variance(n_in, /):
    r"""Variance of He initialization.

    Formula
    -------
    he-init
        \operatorname{Var}(W_{ij}) = \frac{2}{n_{\text{in}}}
    where
        n_{\text{in}} \in \mathbb{N}
    gives
        \operatorname{Var}(W_{ij}) \in \mathbb{R}_{>0}
    """
    return 2 / n_in


def he_bound(n_in, /):
    r"""Bound of the uniform He initialization.

    Formula
    -------
    he-uniform
        W_{ij} \sim \mathcal{U}\left(-a, a\right), \qquad a = \sqrt{\frac{6}{n_{\text{in}}}}
    where
        n_{\text{in}} \in \mathbb{N}
        n_{\text{out}} \in \mathbb{N}
    gives
        W_{ij} \in \mathbb{R}, \ i = 1, \dots, n_{\text{out}}, \ j = 1, \dots, n_{\text{in}}
        a \in \mathbb{R}_{>0}
    call
        he_uniform(n_in=n_in, n_out=n_out, rng=rng), he_bound(n_in)
    """
    return math.sqrt(6 / n_in)


def he_uniform(*, n_in, n_out, rng):
    """Weight of shape (n_out, n_in), drawn by the uniform He initialization."""
    a = he_bound(n_in)
    return np.array([[-a + 2 * a * rng.random() for _ in range(n_in)] for _ in range(n_out)])


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
