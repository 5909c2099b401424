"""Chapter 6 as it is printed: recurrent networks and sequence-to-sequence models."""

import math
from math import exp

import numpy as np


def rnn_cell(phi, x_t, h_prev, w_xh, w_hh, b_h, /):
    r"""One step of a recurrent network: the new hidden state, from the input and the state before.

    Formula
    -------
    rnn-hidden
        h_t = \phi(W_{xh} x_t + W_{hh} h_{t-1} + b_h)
    where
        \phi : \mathbb{R} \to \mathbb{R}
        x_t \in \mathbb{R}^d
        h_{t-1} \in \mathbb{R}^n
        W_{xh} \in \mathbb{R}^{n \times d}
        W_{hh} \in \mathbb{R}^{n \times n}
        b_h \in \mathbb{R}^n
    gives
        h_t \in \mathbb{R}^n
    """
    n, d = w_xh.shape
    a_t = np.zeros(n)
    for i in range(n):
        a_t[i] = sum(w_xh[i, j] * x_t[j] for j in range(d)) + sum(w_hh[i, j] * h_prev[j] for j in range(n)) + b_h[i]
    return np.array([phi(a_t[i]) for i in range(n)])


def rnn_output(h_t, w_hy, b_y, /):
    r"""Output of a recurrent network at one time: an affine map of the hidden state.

    Formula
    -------
    rnn-output
        y_t = W_{hy} h_t + b_y
    where
        h_t \in \mathbb{R}^n
        W_{hy} \in \mathbb{R}^{m \times n}
        b_y \in \mathbb{R}^m
    gives
        y_t \in \mathbb{R}^m
    """
    m, n = w_hy.shape
    return np.array([sum(w_hy[i, j] * h_t[j] for j in range(n)) + b_y[i] for i in range(m)])


def clip_gradient(grads, /, *, threshold):
    r"""Gradients, shortened together to a given length where they are longer; their direction stays.

    Formula
    -------
    gradient-clipping
        \text{if } \|\nabla \mathcal{L}\| > \theta, \quad \nabla \mathcal{L} \leftarrow \theta \cdot \frac{\nabla \mathcal{L}}{\|\nabla \mathcal{L}\|}
    where
        \nabla \mathcal{L} \in \mathbb{R}^d
        \theta \in \mathbb{R}_{>0}
    gives
        \nabla \mathcal{L} \in \mathbb{R}^d
    call
        a, b = clip_gradient([grad[:2], grad[2:]], threshold=theta); [*a, *b]
    """
    theta = threshold
    # One norm over all parameters, as if their gradients stood in one long vector.
    norm = math.sqrt(sum(grad[k] ** 2 for grad in grads for k in np.ndindex(*grad.shape)))
    if norm > theta:
        return [theta * grad / norm for grad in grads]
    return list(grads)


def bptt_hidden(slopes, dl_dy, w_hy, w_hh, /):
    r"""Backpropagation through time: the gradient of each hidden state and of the recurrent weights.

    Formula
    -------
    bptt
        \frac{\partial L}{\partial h_t} = W_{hy}^{\top} \frac{\partial L}{\partial y_t} + W_{hh}^{\top} \left( \phi'(a_{t+1}) \odot \frac{\partial L}{\partial h_{t+1}} \right), \qquad
        \frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} \left( \phi'(a_t) \odot \frac{\partial L}{\partial h_t} \right) h_{t-1}^{\top}
    where
        \phi'(a_t) \in \mathbb{R}^n, \ t = 1, \dots, T
        \frac{\partial L}{\partial y_t} \in \mathbb{R}^m, \ t = 1, \dots, T
        W_{hy} \in \mathbb{R}^{m \times n}
        W_{hh} \in \mathbb{R}^{n \times n}
        h_t \in \mathbb{R}^n, \ t = 0, \dots, T - 1
    gives
        \frac{\partial L}{\partial h_t} \in \mathbb{R}^n, \ t = 1, \dots, T
        \frac{\partial L}{\partial W_{hh}} \in \mathbb{R}^{n \times n}
    with
        \frac{\partial L}{\partial h_{T+1}} = \mathbf{0}
        \phi'(a_{T+1}) = \mathbf{0}
    call
        dl_dh = bptt_hidden(slopes, dl_dy, w_hy, w_hh); dl_dh, bptt_weight(slopes, dl_dh, h_prev)
    """
    T, n = slopes.shape
    m = len(w_hy)
    dl_dh = np.zeros((T, n))
    for t in reversed(range(T)):
        for j in range(n):
            dl_dh[t, j] = sum(w_hy[i, j] * dl_dy[t, i] for i in range(m))
            if t + 1 < T:  # nothing comes back from beyond the last time
                dl_dh[t, j] += sum(w_hh[i, j] * slopes[t + 1, i] * dl_dh[t + 1, i] for i in range(n))
    return dl_dh


def bptt_weight(slopes, dl_dh, h_prev, /):
    r"""Gradient of a weight matrix that is the same at all times: the sum over the times.

    Formula
    -------
    bptt-parameters
        \frac{\partial L}{\partial W_{xh}} = \sum_{t=1}^{T} \delta_t\, x_t^{\top}, \qquad
        \frac{\partial L}{\partial b_h} = \sum_{t=1}^{T} \delta_t, \qquad
        \frac{\partial L}{\partial W_{hy}} = \sum_{t=1}^{T} \frac{\partial L}{\partial y_t} h_t^{\top}, \qquad
        \frac{\partial L}{\partial b_y} = \sum_{t=1}^{T} \frac{\partial L}{\partial y_t}, \qquad
        \delta_t = \phi'(a_t) \odot \frac{\partial L}{\partial h_t}
    where
        \phi'(a_t) \in \mathbb{R}^n, \ t = 1, \dots, T
        \frac{\partial L}{\partial h_t} \in \mathbb{R}^n, \ t = 1, \dots, T
        x_t \in \mathbb{R}^d, \ t = 1, \dots, T
        \frac{\partial L}{\partial y_t} \in \mathbb{R}^m, \ t = 1, \dots, T
        h_t \in \mathbb{R}^n, \ t = 1, \dots, T
    gives
        \frac{\partial L}{\partial W_{xh}} \in \mathbb{R}^{n \times d}
        \frac{\partial L}{\partial b_h} \in \mathbb{R}^n
        \frac{\partial L}{\partial W_{hy}} \in \mathbb{R}^{m \times n}
        \frac{\partial L}{\partial b_y} \in \mathbb{R}^m
    call
        bptt_weight(slopes, dl_dh, xs), bptt_bias(slopes * dl_dh), bptt_weight(1.0, dl_dy, hs), bptt_bias(dl_dy)
    """
    T, n = dl_dh.shape
    slopes = np.broadcast_to(slopes, dl_dh.shape)
    d = h_prev.shape[1]
    dl_dw = np.zeros((n, d))
    for i, j in np.ndindex(n, d):
        dl_dw[i, j] = sum(slopes[t, i] * dl_dh[t, i] * h_prev[t, j] for t in range(T))
    return dl_dw


def bptt_bias(deltas, /):
    """Gradient of a bias that is the same at all times: the sum over the times."""
    T, n = deltas.shape
    return np.array([sum(deltas[t, i] for t in range(T)) for i in range(n)])


def hidden_jacobian(slopes, w_hh, /):
    r"""Jacobian of the last hidden state in an earlier one; its norm is bounded by a power, which vanishes or explodes.

    Formula
    -------
    rnn-gradient-decay
        \left\| \frac{\partial h_T}{\partial h_t} \right\|_2 \leq \left( \gamma\, \|W_{hh}\|_2 \right)^{T - t}, \qquad \gamma = \sup |\phi'|
    where
        \phi'(a_s) \in \mathbb{R}^n, \ s = t + 1, \dots, T
        W_{hh} \in \mathbb{R}^{n \times n}
    with
        \frac{\partial h_T}{\partial h_t} = \prod_{s=0}^{T - t - 1} \operatorname{diag}(\phi'(a_{T-s})) W_{hh}
        \sup |\phi'| = \max_{s, i} |\phi'(a_s)_i|
        i = 1, \dots, n
    call
        jacobian_bound(slopes, w_hh) - spectral_norm(hidden_jacobian(slopes, w_hh))
    """
    steps, n = slopes.shape
    jacobian = np.eye(n)
    for s in range(steps):
        # ∂h_{s+1}/∂h_s = diag(φ'(a_{s+1})) W_hh stands to the left of what came before
        jacobian = np.array(
            [[slopes[s, i] * sum(w_hh[i, k] * jacobian[k, j] for k in range(n)) for j in range(n)] for i in range(n)]
        )
    return jacobian


def jacobian_bound(slopes, w_hh, /):
    """What the norm of the Jacobian cannot exceed: a factor a step, the largest slope times the norm of the weights."""
    steps, n = slopes.shape
    gamma = max(abs(slopes[s, i]) for s in range(steps) for i in range(n))
    return (gamma * spectral_norm(w_hh)) ** steps


def spectral_norm(w, /):
    """Largest singular value of a matrix."""
    return math.sqrt(max(np.linalg.eigvalsh(w.T @ w)))


def lstm_cell(x_t, h_prev, c_prev, w_f, u_f, b_f, w_i, u_i, b_i, w_o, u_o, b_o, w_c, u_c, b_c, /):
    r"""One step of an LSTM: three gates decide what the cell forgets, takes in and shows.

    Formula
    -------
    lstm-cell
        \begin{aligned}
        f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\
        i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) \\
        o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) \\
        \tilde{c}_t &= \tanh(W_c x_t + U_c h_{t-1} + b_c) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot \tilde{c}_t \\
        h_t &= o_t \odot \tanh(c_t)
        \end{aligned}
    where
        x_t \in \mathbb{R}^d
        h_{t-1} \in \mathbb{R}^n
        c_{t-1} \in \mathbb{R}^n
        W_f \in \mathbb{R}^{n \times d}
        U_f \in \mathbb{R}^{n \times n}
        b_f \in \mathbb{R}^n
        W_i \in \mathbb{R}^{n \times d}
        U_i \in \mathbb{R}^{n \times n}
        b_i \in \mathbb{R}^n
        W_o \in \mathbb{R}^{n \times d}
        U_o \in \mathbb{R}^{n \times n}
        b_o \in \mathbb{R}^n
        W_c \in \mathbb{R}^{n \times d}
        U_c \in \mathbb{R}^{n \times n}
        b_c \in \mathbb{R}^n
    gives
        h_t \in \mathbb{R}^n
        c_t \in \mathbb{R}^n
    with
        \sigma = sigmoid
        \tanh = tanh
    """
    n, d = w_f.shape

    def affine(w, u, b, h, k):
        return sum(w[k, j] * x_t[j] for j in range(d)) + sum(u[k, j] * h[j] for j in range(n)) + b[k]

    f_t = [_sigmoid(affine(w_f, u_f, b_f, h_prev, k)) for k in range(n)]
    i_t = [_sigmoid(affine(w_i, u_i, b_i, h_prev, k)) for k in range(n)]
    o_t = [_sigmoid(affine(w_o, u_o, b_o, h_prev, k)) for k in range(n)]
    c_new = [math.tanh(affine(w_c, u_c, b_c, h_prev, k)) for k in range(n)]
    c_t = np.array([f_t[k] * c_prev[k] + i_t[k] * c_new[k] for k in range(n)])
    h_t = np.array([o_t[k] * math.tanh(c_t[k]) for k in range(n)])
    return h_t, c_t


def _sigmoid(x):
    """Logistic sigmoid of a number."""
    return 1 / (1 + math.exp(-x))


def gru_cell(x_t, h_prev, w_z, u_z, b_z, w_r, u_r, b_r, w_h, u_h, b_h, /):
    r"""One step of a GRU: the reset gate says how much of the past the candidate sees, the update gate how much of it enters.

    Formula
    -------
    gru-cell
        \begin{aligned}
        z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
        r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) \\
        \tilde{h}_t &= \tanh(W_h x_t + U_h (r_t \odot h_{t-1}) + b_h) \\
        h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot \tilde{h}_t
        \end{aligned}
    where
        x_t \in \mathbb{R}^d
        h_{t-1} \in \mathbb{R}^n
        W_z \in \mathbb{R}^{n \times d}
        U_z \in \mathbb{R}^{n \times n}
        b_z \in \mathbb{R}^n
        W_r \in \mathbb{R}^{n \times d}
        U_r \in \mathbb{R}^{n \times n}
        b_r \in \mathbb{R}^n
        W_h \in \mathbb{R}^{n \times d}
        U_h \in \mathbb{R}^{n \times n}
        b_h \in \mathbb{R}^n
    gives
        h_t \in \mathbb{R}^n
    with
        \sigma = sigmoid
        \tanh = tanh
    """
    n, d = w_z.shape

    def affine(w, u, b, h, k):
        return sum(w[k, j] * x_t[j] for j in range(d)) + sum(u[k, j] * h[j] for j in range(n)) + b[k]

    z_t = [_sigmoid(affine(w_z, u_z, b_z, h_prev, k)) for k in range(n)]
    r_t = [_sigmoid(affine(w_r, u_r, b_r, h_prev, k)) for k in range(n)]
    h_kept = [r_t[k] * h_prev[k] for k in range(n)]
    h_new = [math.tanh(affine(w_h, u_h, b_h, h_kept, k)) for k in range(n)]
    return np.array([(1 - z_t[k]) * h_prev[k] + z_t[k] * h_new[k] for k in range(n)])


def rnn_params(input_size, hidden_size, /):
    r"""Number of parameters of a plain recurrent cell, of an LSTM and of a GRU, without the output.

    Formula
    -------
    rnn-parameter-counts
        P_{\text{RNN}} = h(d + h + 1), \qquad P_{\text{LSTM}} = 4h(d + h + 1), \qquad P_{\text{GRU}} = 3h(d + h + 1)
    where
        d \in \mathbb{N}
        h \in \mathbb{N}
    gives
        P_{\text{RNN}} \in \mathbb{N}
        P_{\text{LSTM}} \in \mathbb{N}
        P_{\text{GRU}} \in \mathbb{N}
    call
        rnn_params(input_size, hidden_size), lstm_params(input_size, hidden_size), gru_params(input_size, hidden_size)
    """
    return hidden_size * (input_size + hidden_size + 1)


def lstm_params(input_size, hidden_size, /):
    """Number of parameters of an LSTM: three gates and the candidate."""
    return 4 * hidden_size * (input_size + hidden_size + 1)


def gru_params(input_size, hidden_size, /):
    """Number of parameters of a GRU: two gates and the candidate."""
    return 3 * hidden_size * (input_size + hidden_size + 1)


def bidirectional(forward_cell, backward_cell, xs, h_first, h_last, /):
    r"""Two recurrent networks, one reading forward and one backward; at each time their states are joined.

    Formula
    -------
    bidirectional-rnn
        \begin{aligned}
        \vec{h}_t &= \operatorname{RNN}_{\text{forward}}(x_t, \vec{h}_{t-1}) \\
        \overleftarrow{h}_t &= \operatorname{RNN}_{\text{backward}}(x_t, \overleftarrow{h}_{t+1}) \\
        y_t &= \operatorname{concat}(\vec{h}_t, \overleftarrow{h}_t)
        \end{aligned}
    where
        \operatorname{RNN}_{\text{forward}} : \mathbb{R}^d \times \mathbb{R}^n \to \mathbb{R}^n
        \operatorname{RNN}_{\text{backward}} : \mathbb{R}^d \times \mathbb{R}^m \to \mathbb{R}^m
        x_t \in \mathbb{R}^d, \ t = 1, \dots, T
        \vec{h}_0 \in \mathbb{R}^n
        \overleftarrow{h}_{T+1} \in \mathbb{R}^m
    gives
        y_t \in \mathbb{R}^{n + m}, \ t = 1, \dots, T
    """
    T = len(xs)
    forward, backward = [h_first], [h_last]
    for t in range(T):
        forward.append(forward_cell(xs[t], forward[-1]))
    for t in reversed(range(T)):
        backward.insert(0, backward_cell(xs[t], backward[0]))
    return np.array([[*forward[t + 1], *backward[t]] for t in range(T)])


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
