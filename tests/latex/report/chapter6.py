"""Chapter 6 as it is printed: sequence-to-sequence models."""

import math
from math import exp

import numpy as np


def decoder_step(f, s_prev, y_prev, c, /):
    r"""One step of a decoder: its new state, from the state and the output before and from the context.

    Formula
    -------
    encoder-decoder
        c = h_T, \qquad s_{t} = f(s_{t-1}, y_{t-1}, c), \qquad
        p(y_1, \dots, y_{T'} \mid x_{1:T}) = \prod_{t=1}^{T'} p(y_t \mid c, y_{<t})
    where
        f : \mathbb{R}^n \times \{0, \dots, V - 1\} \times \mathbb{R}^n \to \mathbb{R}^n
        y_t \in \{0, \dots, V - 1\}, \ t = 0, \dots, T'
        h_T \in \mathbb{R}^n
        \log p(k \mid c, y_{<t}) \in \log \Delta, \ t = 1, \dots, T', \ k = 0, \dots, V - 1
    gives
        s_t \in \mathbb{R}^n, \ t = 1, \dots, T'
        p(y_1, \dots, y_{T'} \mid x_{1:T}) \in [0, 1]
    with
        s_0 = h_T
        p(k \mid c, y_{<t}) = \exp(\log p(k \mid c, y_{<t}))
    call
        decoder_states(f, y, c), exp(sequence_log_prob(y[1:], log_probs))
    """
    return f(s_prev, y_prev, c)


def decoder_states(f, y, c, /):
    """States of a decoder that is told the true outputs; it starts from the context, and ``y[0]`` begins the sequence."""
    s = [c]
    for t in range(1, len(y)):
        s.append(decoder_step(f, s[t - 1], y[t - 1], c))
    return np.array(s[1:])


def sequence_log_prob(y, log_probs, /):
    """Logarithm of the probability of a sequence; row t of ``log_probs`` belongs to the true outputs before it."""
    return sum(log_probs[t, y[t]] for t in range(len(y)))


def additive_attention(s_prev, hs, w_a, u_a, v_a, /):
    r"""Additive attention: the context, an average of the encoder's states with weights that the decoder's state decides.

    Formula
    -------
    additive-attention
        e_{t,i} = v_a^{\top} \tanh(W_a s_{t-1} + U_a h_i), \qquad
        \alpha_{t,i} = \frac{\exp(e_{t,i})}{\sum_{j} \exp(e_{t,j})}, \qquad
        c_t = \sum_{i} \alpha_{t,i} h_i
    where
        s_{t-1} \in \mathbb{R}^n
        h_i \in \mathbb{R}^m, \ i = 1, \dots, T
        W_a \in \mathbb{R}^{k \times n}
        U_a \in \mathbb{R}^{k \times m}
        v_a \in \mathbb{R}^k
    gives
        c_t \in \mathbb{R}^m
        \alpha_{t,i} \in (0, 1), \ i = 1, \dots, T
    with
        \tanh = tanh
        j = 1, \dots, T
    call
        additive_attention(s_prev, hs, w_a, u_a, v_a), additive_attention_weights(s_prev, hs, w_a, u_a, v_a)
    """
    T, m = hs.shape
    alpha = additive_attention_weights(s_prev, hs, w_a, u_a, v_a)
    return np.array([sum(alpha[i] * hs[i, k] for i in range(T)) for k in range(m)])


def additive_attention_weights(s_prev, hs, w_a, u_a, v_a, /):
    """Weights of additive attention: positive, with sum one."""
    T, m = hs.shape
    K, n = w_a.shape
    e = np.zeros(T)
    for i in range(T):
        for k in range(K):
            a = sum(w_a[k, j] * s_prev[j] for j in range(n)) + sum(u_a[k, j] * hs[i, j] for j in range(m))
            e[i] += v_a[k] * math.tanh(a)
    return np.array([math.exp(e[i]) / sum(math.exp(e[j]) for j in range(T)) for i in range(T)])
