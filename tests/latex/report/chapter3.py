"""Chapter 3 as it is printed: activation functions."""

import math

import numpy as np


def collapse_linear(w1, b1, w2, b2, /):
    r"""Two affine layers in a row are one affine layer: its weight and its bias.

    Formula
    -------
    linear-collapse
        W_2 (W_1 x + b_1) + b_2 = (W_2 W_1) x + (W_2 b_1 + b_2)
    where
        W_1 \in \mathbb{R}^{h \times d}
        b_1 \in \mathbb{R}^h
        W_2 \in \mathbb{R}^{m \times h}
        b_2 \in \mathbb{R}^m
        x \in \mathbb{R}^d
    call
        w, b = collapse_linear(w1, b1, w2, b2); w @ x + b
    """
    m, h = w2.shape
    d = w1.shape[1]
    w = np.zeros((m, d))
    b = np.zeros(m)
    for i in range(m):
        for j in range(d):
            w[i, j] = sum(w2[i, k] * w1[k, j] for k in range(h))
        b[i] = sum(w2[i, k] * b1[k] for k in range(h)) + b2[i]
    return w, b


def universal_approximation():
    r"""One hidden layer approximates every continuous function on a compact set (a statement).

    Formula
    -------
    universal-approximation
        \forall f \in C(K), \ \forall \varepsilon > 0, \ \exists N, v_i, w_i, b_i :
        \ \sup_{x \in K} \left| f(x) - \sum_{i=1}^{N} v_i\, \phi(w_i^\top x + b_i) \right| < \varepsilon
    call
        statement
    """


def tanh(x, /):
    r"""Hyperbolic tangent: any real number, squeezed into (-1, 1); a sigmoid, stretched and shifted.

    Formula
    -------
    tanh
        \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}
    where
        x \in \mathbb{R}
    gives
        \tanh(x) \in (-1, 1)

    tanh-sigmoid-relation
        \tanh(x) = 2\sigma(2x) - 1
    where
        x \in \mathbb{R}
    gives
        \tanh(x) \in (-1, 1)
    with
        \sigma = sigmoid
    """
    return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))


def relu(x, /):
    r"""Rectified linear unit: the positive part of a number.

    Formula
    -------
    relu
        \operatorname{ReLU}(x) = \max(0, x)
    where
        x \in \mathbb{R}
    gives
        \operatorname{ReLU}(x) \in \mathbb{R}_{\ge 0}
    """
    return max(0, x)


def leaky_relu(x, /, *, alpha=0.01):
    r"""Rectified linear unit with a small slope on the negative side.

    Formula
    -------
    leaky-relu
        \operatorname{LeakyReLU}(x) = \begin{cases} x & x \geq 0 \\ \alpha x & x < 0 \end{cases}
    where
        x \in \mathbb{R}
        \alpha \in (0, 1)
    gives
        \operatorname{LeakyReLU}(x) \in \mathbb{R}
    call
        leaky_relu(x, alpha=alpha)
    """
    return x if x >= 0 else alpha * x


def softmax(z, /):
    r"""Softmax: K real scores become K probabilities that sum to one.

    Formula
    -------
    softmax
        \operatorname{Softmax}(z)_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}, \qquad z \in \mathbb{R}^K
    where
        z \in \mathbb{R}^K
    gives
        \operatorname{Softmax}(z)_i \in (0, 1), \ i = 1, \dots, K
    """
    K = len(z)
    return np.array([math.exp(z[i]) / sum(math.exp(z[j]) for j in range(K)) for i in range(K)])


def sigmoid_grad(x, /):
    r"""Slope of the logistic sigmoid: at most one quarter, reached at 0.

    Formula
    -------
    sigmoid-derivative
        \sigma'(x) = \sigma(x)(1 - \sigma(x)) \leq \tfrac{1}{4}
    where
        x \in \mathbb{R}
    gives
        \sigma'(x) \in (0, 1)
    with
        \sigma = sigmoid
    """
    return 1 / (1 + math.exp(-x)) * (1 - 1 / (1 + math.exp(-x)))


def relu_grad(x, /):
    r"""Slope of the rectified linear unit: 1 on the positive side, 0 on the negative side.

    Formula
    -------
    relu-derivative
        \operatorname{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}
    where
        x \in \mathbb{R} \setminus \{0\}
    gives
        \operatorname{ReLU}'(x) \in \{0, 1\}
    """
    return 1 if x > 0 else 0


def prelu(x, alpha, /):
    r"""Parametric ReLU: the slope on the negative side is learned.

    Formula
    -------
    prelu
        \operatorname{PReLU}(x) = \max(0, x) + \alpha \min(0, x), \qquad
        \frac{\partial}{\partial \alpha} \operatorname{PReLU}(x) = \min(0, x)
    where
        x \in \mathbb{R}
        \alpha \in \mathbb{R}
    gives
        \operatorname{PReLU}(x) \in \mathbb{R}
        \frac{\partial}{\partial \alpha} \operatorname{PReLU}(x) \in \mathbb{R}_{\le 0}
    call
        prelu(x, alpha), prelu_grad_alpha(x)
    """
    return max(0, x) + alpha * min(0, x)


def prelu_grad_alpha(x, /):
    """Slope of the parametric ReLU in its own parameter."""
    return min(0, x)


def swish(x, /, *, beta=1.0):
    r"""Swish (SiLU where beta is 1): the input, gated by its own sigmoid.

    Formula
    -------
    swish
        \operatorname{Swish}_{\beta}(x) = x\, \sigma(\beta x)
    where
        x \in \mathbb{R}
        \beta \in \mathbb{R}_{>0}
    gives
        \operatorname{Swish}_{\beta}(x) \in \mathbb{R}
    with
        \sigma = sigmoid
    call
        swish(x, beta=beta)
    """
    return x * (1 / (1 + math.exp(-beta * x)))


def elu(x, /, *, alpha=1.0):
    r"""Exponential linear unit: linear above zero, an exponential that levels out at -alpha below.

    Formula
    -------
    elu
        \operatorname{ELU}(x) = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \leq 0 \end{cases}
    where
        x \in \mathbb{R}
        \alpha \in \mathbb{R}_{>0}
    gives
        \operatorname{ELU}(x) \in \mathbb{R}
    call
        elu(x, alpha=alpha)
    """
    return x if x > 0 else alpha * (math.exp(x) - 1)


def gelu(x, /):
    r"""Gaussian error linear unit: the input times the probability that a standard normal draw lies below it.

    Formula
    -------
    gelu
        \operatorname{GELU}(x) = x\, \Phi(x)
    where
        x \in \mathbb{R}
    gives
        \operatorname{GELU}(x) \in \mathbb{R}
    """
    return x * (1 + math.erf(x / math.sqrt(2))) / 2
