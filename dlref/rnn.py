"""Recurrent networks: a state that is handed on from time to time, and the gradients that come back through time (sections 6.1 to 6.5).

Inputs are of shape ``(..., d)`` at one time and ``(..., T, d)`` for the times 1, …, T; the axes in front are sequences side by side. The
state before the first time is an argument. Weights are of shape (out, in). A gradient has the shape of that to which it belongs; that of
a parameter, which is the same at all times and for all sequences, is a sum over both.

Behind the cells stand three machines, ``RNN``, ``LSTM`` and ``GRU``, which go through whole sequences and back, with every gradient
written out. They multiply the inputs of all times in one product and the weights of all gates in one product a step.

Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX. The result has the library, the device and the floating dtype of the
arguments; integers count as the library's default floating dtype. Functions that count take whole numbers and return integers.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from dlref._backend import Array, array_function, arrays, counts, elementwise, positive, shaped
from dlref.activations import sigmoid, tanh

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "bidirectional",
    "bptt_bias",
    "bptt_hidden",
    "bptt_weight",
    "clip_gradient",
    "gru_cell",
    "gru_params",
    "hidden_jacobian",
    "jacobian_bound",
    "lstm_cell",
    "lstm_params",
    "rnn_cell",
    "rnn_output",
    "rnn_params",
    "spectral_norm",
]

Activation = Callable[[Array], Array]
Cell = Callable[[Array, Array], Array]


# --- Section 6.2: one step of a recurrent network


@array_function
def rnn_cell(phi: Activation, x_t: Array, h_prev: Array, w_xh: Array, w_hh: Array, b_h: Array, /) -> Array:
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

    Parameters
    ----------
    phi
        Activation function, element by element on arrays; usually tanh or ReLU.
    x_t
        Input of this time; shape (..., d).
    h_prev
        Hidden state of the time before; shape (..., n).
    w_xh
        Weight from the input to the state; shape (n, d).
    w_hh
        Recurrent weight, from the state before to the state; shape (n, n).
    b_h
        Bias of the state; shape (n,).

    Returns
    -------
    Array
        Hidden state of this time; shape (..., n).

    Raises
    ------
    TypeError
        If phi is not a function.
    ValueError
        If x_t is a scalar.
        If w_xh does not have one column for each entry of x_t.
        If w_hh is not a square matrix with as many rows as w_xh.
        If b_h does not have one entry for each row of w_xh.
        If h_prev does not have the shape (..., n).
        If phi changes the shape.

    References
    ----------
    [rumelhart1986]
    [goodfellow2016]

    Examples
    --------
    >>> relu = lambda a: a * (a > 0)
    >>> rnn_cell(relu, [1.0, 2.0], [3.0], [[1.0, -1.0]], [[0.5]], [0.25]).tolist()  # 1 - 2 + 1.5 + 0.25
    [0.75]
    """
    name = "rnn_cell"
    xp, x_t, h_prev, w_xh, w_hh, b_h = arrays(name, x_t=x_t, h_prev=h_prev, w_xh=w_xh, w_hh=w_hh, b_h=b_h)
    _gate(name, x_t, {"w_xh": w_xh, "w_hh": w_hh, "b_h": b_h})
    _state(name, x_t, w_hh, h_prev=h_prev)
    # φ(W_xh x_t + W_hh h_{t−1} + b_h)
    return elementwise(name, "phi", phi, _affine(xp, w_xh, x_t, w_hh, h_prev, b_h))


@array_function
def rnn_output(h_t: Array, w_hy: Array, b_y: Array, /) -> Array:
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

    Parameters
    ----------
    h_t
        Hidden state; shape (..., n).
    w_hy
        Weight from the state to the output; shape (m, n).
    b_y
        Bias of the output; shape (m,).

    Returns
    -------
    Array
        Output; shape (..., m).

    Raises
    ------
    ValueError
        If h_t is a scalar.
        If w_hy does not have one column for each entry of h_t.
        If b_y does not have one entry for each row of w_hy.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> rnn_output([1.0, 2.0], [[3.0, 0.5]], [-1.0]).tolist()  # 3 + 1 - 1
    [3.0]
    """
    name = "rnn_output"
    xp, h_t, w_hy, b_y = arrays(name, h_t=h_t, w_hy=w_hy, b_y=b_y)
    _readout(name, h_t, w_hy, b_y)
    # W_hy h_t + b_y, for rows h
    return h_t @ xp.matrix_transpose(w_hy) + b_y


# --- Section 6.3: gradients through time


@array_function
def clip_gradient(grads: Sequence[Array], /, *, threshold: float) -> tuple[Array, ...]:
    r"""Gradients, shortened together to a given length where they are longer; their direction stays.

    The length is that of one vector of all entries of all gradients. Gradients whose squares overflow are shortened as well as others;
    an infinite entry becomes NaN and all finite ones 0, as in PyTorch.

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

    Parameters
    ----------
    grads
        Gradients of all parameters: a list of arrays of any shapes.

    Other Parameters
    ----------------
    threshold
        The length θ that is not exceeded.

    Returns
    -------
    tuple of Array
        The gradients, in the same order and of the same shapes.

    Raises
    ------
    TypeError
        If grads is not a list of arrays.
    ValueError
        If grads is an empty list.
        If threshold is not positive.

    References
    ----------
    [pascanu2013]

    Examples
    --------
    >>> a, b = clip_gradient([[3.0], [0.0, 4.0]], threshold=2.5)  # together of length 5
    >>> a.tolist(), b.tolist()
    ([1.5], [0.0, 2.0])
    """
    name = "clip_gradient"
    if not isinstance(grads, list | tuple):
        raise TypeError(f"{name}: grads must be a list of arrays, got {type(grads).__name__}")
    if not grads:
        raise ValueError(f"{name}: grads must not be empty")
    xp, *grads = arrays(name, **{f"grads[{i}]": grad for i, grad in enumerate(grads)})
    threshold = positive(name, threshold=threshold)
    entries = xp.concat([xp.reshape(grad, (-1,)) for grad in grads])
    # ‖∇𝓛‖ = m ‖∇𝓛 / m‖ with the largest entry m, so that no square overflows
    largest = xp.max(xp.where(entries < 0, -entries, entries))
    largest = xp.where(largest > 0, largest, xp.ones_like(largest))
    ratio = entries / largest
    squares = xp.sum(ratio * ratio)
    norm = xp.sqrt(xp.where(squares > 0, squares, xp.ones_like(squares)))
    # ∇𝓛 ← θ ∇𝓛 / ‖∇𝓛‖ if ‖∇𝓛‖ > θ
    longer = norm * largest > threshold
    return tuple(xp.where(longer, grad / largest * (threshold / norm), grad) for grad in grads)


@array_function
def bptt_hidden(slopes: Array, dl_dy: Array, w_hy: Array, w_hh: Array, /) -> Array:
    r"""Backpropagation through time: the gradient of each hidden state, from the last time to the first.

    What comes back to a state comes from the output of its time and, through the recurrent weight, from the state after it; behind the
    last time there is nothing. The gradient of the recurrent weight is ``bptt_weight``.

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

    Parameters
    ----------
    slopes
        Derivatives of the activation function at the sums a_t of the states; shape (..., T, n).
    dl_dy
        Gradients of the loss with respect to the outputs; shape (..., T, m).
    w_hy
        Weight from the state to the output; shape (m, n).
    w_hh
        Recurrent weight; shape (n, n).

    Returns
    -------
    Array
        Gradients with respect to the states h_1, …, h_T; shape (..., T, n).

    Raises
    ------
    ValueError
        If slopes does not have an axis of times and one of units.
        If w_hh does not have the shape (n, n).
        If w_hy does not have one column for each unit.
        If dl_dy does not have the shape (..., T, m).

    References
    ----------
    [werbos1990]
    [rumelhart1986]

    Examples
    --------
    >>> bptt_hidden([[0.5], [1.0]], [[1.0], [2.0]], [[3.0]], [[0.25]]).tolist()  # 3 · 1 + 0.25 · (1 · 6) and 3 · 2
    [[4.5], [6.0]]
    """
    name = "bptt_hidden"
    xp, slopes, dl_dy, w_hy, w_hh = arrays(name, slopes=slopes, dl_dy=dl_dy, w_hy=w_hy, w_hh=w_hh)
    _times(name, slopes=slopes)
    *front, times, n = slopes.shape
    shaped(name, (n, n), w_hh=w_hh)
    if w_hy.ndim != 2 or w_hy.shape[1] != n:
        raise ValueError(f"{name}: w_hy must have shape (m, {n}) beside slopes, got {tuple(w_hy.shape)}")
    shaped(name, (*front, times, w_hy.shape[0]), dl_dy=dl_dy)
    # W_hy^⊤ ∂L/∂y_t for all times at once
    from_output = dl_dy @ w_hy
    dl_dh = [from_output[..., -1, :]]
    for t in reversed(range(times - 1)):
        # … + W_hh^⊤ (φ′(a_{t+1}) ⊙ ∂L/∂h_{t+1})
        dl_dh.append(from_output[..., t, :] + (slopes[..., t + 1, :] * dl_dh[-1]) @ w_hh)
    return xp.stack(dl_dh[::-1], axis=-2)


@array_function
def bptt_weight(slopes: Array, dl_dh: Array, h_prev: Array, /) -> Array:
    r"""Gradient of a weight that is the same at all times: the sum over the times.

    With the states before (h_0, …, h_{T-1}) it is the gradient of the recurrent weight, with the inputs that of W_xh; with the slope 1, the
    gradients of the outputs and the states h_1, …, h_T it is that of W_hy. Over sequences it is a sum too.

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

    Parameters
    ----------
    slopes
        Derivatives of the activation function at the sums of the units; a scalar, or of the shape of dl_dh.
    dl_dh
        Gradients with respect to the units; shape (T, n), or (N, T, n) for N sequences.
    h_prev
        What the weight is multiplied with; shape (T, d), or (N, T, d) for N sequences.

    Returns
    -------
    Array
        Gradient of the weight; shape (n, d).

    Raises
    ------
    ValueError
        If dl_dh does not have an axis of times and one of units.
        If slopes is neither a scalar nor of the shape of dl_dh.
        If h_prev does not have as many times and sequences as dl_dh.

    References
    ----------
    [werbos1990]

    Examples
    --------
    >>> bptt_weight([[0.5], [1.0]], [[4.5], [6.0]], [[0.0, 1.0], [1.0, 2.0]]).tolist()  # 2.25 · (0, 1) + 6 · (1, 2)
    [[6.0, 14.25]]
    """
    name = "bptt_weight"
    xp, slopes, dl_dh, h_prev = arrays(name, slopes=slopes, dl_dh=dl_dh, h_prev=h_prev)
    _times(name, dl_dh=dl_dh)
    if slopes.ndim:
        shaped(name, tuple(dl_dh.shape), slopes=slopes)
    if h_prev.ndim == 0 or h_prev.shape[:-1] != dl_dh.shape[:-1]:
        got = f"{tuple(dl_dh.shape)} and {tuple(h_prev.shape)}"
        raise ValueError(f"{name}: dl_dh and h_prev must have equal shapes but for their last axes, got {got}")
    # Σ_t (φ′(a_t) ⊙ ∂L/∂h_t) h_{t−1}^⊤, a row a time
    return xp.matrix_transpose(_rows(xp, slopes * dl_dh)) @ _rows(xp, h_prev)


@array_function
def bptt_bias(deltas: Array, /) -> Array:
    r"""Gradient of a bias that is the same at all times: the sum over the times.

    Its formula, bptt-parameters, stands at ``bptt_weight``. Over sequences it is a sum too.

    Parameters
    ----------
    deltas
        Gradients with respect to what the bias is added to; shape (T, n), or (N, T, n) for N sequences.

    Returns
    -------
    Array
        Gradient of the bias; shape (n,).

    Raises
    ------
    ValueError
        If deltas does not have an axis of times and one of units.

    References
    ----------
    [werbos1990]

    Examples
    --------
    >>> bptt_bias([[1.0, -2.0], [0.5, 4.0], [0.0, 1.0]]).tolist()
    [1.5, 3.0]
    """
    xp, deltas = arrays("bptt_bias", deltas=deltas)
    _times("bptt_bias", deltas=deltas)
    # Σ_t δ_t
    return xp.sum(_rows(xp, deltas), axis=0)


@array_function
def hidden_jacobian(slopes: Array, w_hh: Array, /) -> Array:
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

    Parameters
    ----------
    slopes
        Derivatives of the activation function at the sums of the states after the earlier one, up to the last; shape (..., S, n).
    w_hh
        Recurrent weight; shape (n, n).

    Returns
    -------
    Array
        Derivatives of the entries of the last state, a row each, in those of the earlier one; shape (..., n, n).

    Raises
    ------
    ValueError
        If slopes does not have an axis of times and one of units.
        If w_hh does not have the shape (n, n).

    References
    ----------
    [pascanu2013]
    [bengio1994]

    Examples
    --------
    >>> hidden_jacobian([[0.5], [1.0], [0.25]], [[2.0]]).tolist()  # (0.25 · 2) (1 · 2) (0.5 · 2)
    [[1.0]]
    """
    _, slopes, w_hh = _steps("hidden_jacobian", slopes, w_hh)
    # diag(φ′(a_s)) W_hh stands to the left of what came before
    jacobian = slopes[..., 0, :, None] * w_hh
    for s in range(1, slopes.shape[-2]):
        jacobian = slopes[..., s, :, None] * (w_hh @ jacobian)
    return jacobian


@array_function
def jacobian_bound(slopes: Array, w_hh: Array, /) -> Array:
    r"""What the spectral norm of the Jacobian cannot exceed: a factor a step, the largest slope times the norm of the weight.

    It is the right-hand side of the formula ``rnn-gradient-decay``, which stands at ``hidden_jacobian``.

    Parameters
    ----------
    slopes
        Derivatives of the activation function at the sums of the states after the earlier one, up to the last; shape (..., S, n).
    w_hh
        Recurrent weight; shape (n, n).

    Returns
    -------
    Array
        Bounds in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If slopes does not have an axis of times and one of units.
        If w_hh does not have the shape (n, n).

    References
    ----------
    [pascanu2013]

    Examples
    --------
    >>> round(jacobian_bound([[0.5], [1.0], [0.25]], [[2.0]]), 9)  # (1 · 2)³
    8.0
    """
    xp, slopes, w_hh = _steps("jacobian_bound", slopes, w_hh)
    gamma = xp.max(xp.where(slopes < 0, -slopes, slopes), axis=(-2, -1))
    # (γ ‖W_hh‖_2)^(T − t)
    return (gamma * spectral_norm(w_hh)) ** slopes.shape[-2]


@array_function
def spectral_norm(w: Array, /) -> Array:
    r"""Spectral norm of a matrix, its largest singular value: the most that it lengthens a vector.

    Parameters
    ----------
    w
        Matrix; shape (..., m, n).

    Returns
    -------
    Array
        Norms in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If w is not a matrix.

    Examples
    --------
    >>> round(spectral_norm([[0.0, 3.0], [-4.0, 0.0]]), 9)
    4.0
    """
    xp, w = arrays("spectral_norm", w=w)
    if w.ndim < 2:
        raise ValueError(f"spectral_norm: w must be a matrix, got shape {tuple(w.shape)}")
    return xp.linalg.svdvals(w)[..., 0]


# --- Section 6.4: cells with gates


@array_function
def lstm_cell(
    x_t: Array, h_prev: Array, c_prev: Array,
    w_f: Array, u_f: Array, b_f: Array, w_i: Array, u_i: Array, b_i: Array,
    w_o: Array, u_o: Array, b_o: Array, w_c: Array, u_c: Array, b_c: Array, /,
) -> tuple[Array, Array]:  # fmt: skip
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

    Parameters
    ----------
    x_t
        Input of this time; shape (..., d).
    h_prev
        Hidden state of the time before; shape (..., n).
    c_prev
        Memory cell of the time before; shape (..., n).
    w_f, u_f, b_f
        Of the forget gate: weight from the input, shape (n, d), recurrent weight, shape (n, n), and bias, shape (n,).
    w_i, u_i, b_i
        Those of the input gate.
    w_o, u_o, b_o
        Those of the output gate.
    w_c, u_c, b_c
        Those of the candidate.

    Returns
    -------
    tuple of Array
        Hidden state, with entries in [-1, 1], and memory cell of this time; each of shape (..., n).

    Raises
    ------
    ValueError
        If x_t is a scalar.
        If a weight does not have one column for each entry of x_t.
        If a recurrent weight is not a square matrix with as many rows as its weight.
        If a bias does not have one entry for each row of its weight.
        If the gates do not have equally many units.
        If h_prev does not have the shape (..., n).
        If c_prev does not have the shape (..., n).

    References
    ----------
    [hochreiter1997]
    [gers2000]

    Examples
    --------
    >>> w, u, b = [[0.0]], [[0.0]], [0.0]
    >>> h, c = lstm_cell([1.0], [0.5], [2.0], w, u, b, w, u, b, w, u, b, w, u, b)  # gates of 1/2, a candidate of 0
    >>> c.tolist(), round(float(h[0]), 4)  # 2 / 2 and tanh(1) / 2
    ([1.0], 0.3808)
    """
    name = "lstm_cell"
    xp, x_t, h_prev, c_prev, w_f, u_f, b_f, w_i, u_i, b_i, w_o, u_o, b_o, w_c, u_c, b_c = arrays(
        name, x_t=x_t, h_prev=h_prev, c_prev=c_prev, w_f=w_f, u_f=u_f, b_f=b_f, w_i=w_i, u_i=u_i, b_i=b_i,
        w_o=w_o, u_o=u_o, b_o=b_o, w_c=w_c, u_c=u_c, b_c=b_c,
    )  # fmt: skip
    _gate(name, x_t, {"w_f": w_f, "u_f": u_f, "b_f": b_f})
    _gate(name, x_t, {"w_i": w_i, "u_i": u_i, "b_i": b_i}, w_f)
    _gate(name, x_t, {"w_o": w_o, "u_o": u_o, "b_o": b_o}, w_f)
    _gate(name, x_t, {"w_c": w_c, "u_c": u_c, "b_c": b_c}, w_f)
    _state(name, x_t, u_f, h_prev=h_prev)
    _state(name, x_t, u_f, c_prev=c_prev)
    # f_t = σ(W_f x_t + U_f h_{t−1} + b_f), and i_t and o_t likewise
    f_t = sigmoid(_affine(xp, w_f, x_t, u_f, h_prev, b_f))
    i_t = sigmoid(_affine(xp, w_i, x_t, u_i, h_prev, b_i))
    o_t = sigmoid(_affine(xp, w_o, x_t, u_o, h_prev, b_o))
    # c̃_t = tanh(W_c x_t + U_c h_{t−1} + b_c)
    candidate = tanh(_affine(xp, w_c, x_t, u_c, h_prev, b_c))
    # c_t = f_t ⊙ c_{t−1} + i_t ⊙ c̃_t
    c_t = f_t * c_prev + i_t * candidate
    # h_t = o_t ⊙ tanh(c_t)
    return o_t * tanh(c_t), c_t


@array_function
def gru_cell(
    x_t: Array, h_prev: Array,
    w_z: Array, u_z: Array, b_z: Array, w_r: Array, u_r: Array, b_r: Array, w_h: Array, u_h: Array, b_h: Array, /,
) -> Array:  # fmt: skip
    r"""One step of a GRU: the reset gate says how much of the past the candidate sees, the update gate how much of it enters.

    This is the form of the papers, with the reset gate inside of the product with U_h. PyTorch multiplies by it behind the product, and so
    does Keras unless ``reset_after=False``; both let z and 1 - z change places. The tests map the forms onto each other.

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

    Parameters
    ----------
    x_t
        Input of this time; shape (..., d).
    h_prev
        Hidden state of the time before; shape (..., n).
    w_z, u_z, b_z
        Of the update gate: weight from the input, shape (n, d), recurrent weight, shape (n, n), and bias, shape (n,).
    w_r, u_r, b_r
        Those of the reset gate.
    w_h, u_h, b_h
        Those of the candidate.

    Returns
    -------
    Array
        Hidden state of this time; shape (..., n). Each entry lies between the old one and the candidate, which is in [-1, 1].

    Raises
    ------
    ValueError
        If x_t is a scalar.
        If a weight does not have one column for each entry of x_t.
        If a recurrent weight is not a square matrix with as many rows as its weight.
        If a bias does not have one entry for each row of its weight.
        If the gates do not have equally many units.
        If h_prev does not have the shape (..., n).

    References
    ----------
    [cho2014]
    [chung2014]

    Examples
    --------
    >>> w, u, b = [[0.0]], [[0.0]], [0.0]
    >>> gru_cell([1.0], [0.5], w, u, b, w, u, b, w, u, b).tolist()  # half of the old state, and half of a candidate of 0
    [0.25]
    """
    name = "gru_cell"
    xp, x_t, h_prev, w_z, u_z, b_z, w_r, u_r, b_r, w_h, u_h, b_h = arrays(
        name, x_t=x_t, h_prev=h_prev, w_z=w_z, u_z=u_z, b_z=b_z, w_r=w_r, u_r=u_r, b_r=b_r, w_h=w_h, u_h=u_h, b_h=b_h
    )
    _gate(name, x_t, {"w_z": w_z, "u_z": u_z, "b_z": b_z})
    _gate(name, x_t, {"w_r": w_r, "u_r": u_r, "b_r": b_r}, w_z)
    _gate(name, x_t, {"w_h": w_h, "u_h": u_h, "b_h": b_h}, w_z)
    _state(name, x_t, u_z, h_prev=h_prev)
    # z_t = σ(W_z x_t + U_z h_{t−1} + b_z), and r_t likewise
    z_t = sigmoid(_affine(xp, w_z, x_t, u_z, h_prev, b_z))
    r_t = sigmoid(_affine(xp, w_r, x_t, u_r, h_prev, b_r))
    # h̃_t = tanh(W_h x_t + U_h (r_t ⊙ h_{t−1}) + b_h)
    candidate = tanh(_affine(xp, w_h, x_t, u_h, r_t * h_prev, b_h))
    # h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t
    return (1 - z_t) * h_prev + z_t * candidate


@array_function
def rnn_params(input_size: Array, hidden_size: Array, /) -> Array:
    r"""Number of parameters of a plain recurrent cell, and of an LSTM and a GRU, without an output.

    PyTorch's layers have two biases in the place of one, so that they count h(d + h + 2), 4h(d + h + 2) and 3h(d + h + 2).

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

    Parameters
    ----------
    input_size
        Entries of the input; shape (...).
    hidden_size
        Units of the state; shape (...).

    Returns
    -------
    Array
        Numbers of weights and biases, integers of shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    References
    ----------
    [chung2014]

    Examples
    --------
    >>> rnn_params(3, 4), lstm_params(3, 4), gru_params(3, 4)  # 4 · 8, and four and three times as many
    (32, 128, 96)
    """
    return _parameters("rnn_params", 1, input_size, hidden_size)


@array_function
def lstm_params(input_size: Array, hidden_size: Array, /) -> Array:
    r"""Number of parameters of an LSTM: of three gates and the candidate.

    Its formula, rnn-parameter-counts, stands at ``rnn_params``.

    Parameters
    ----------
    input_size
        Entries of the input; shape (...).
    hidden_size
        Units of the state; shape (...).

    Returns
    -------
    Array
        Numbers of weights and biases, integers of shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    Examples
    --------
    >>> lstm_params(3, 4)  # 4 · 4 · 8
    128
    """
    return _parameters("lstm_params", 4, input_size, hidden_size)


@array_function
def gru_params(input_size: Array, hidden_size: Array, /) -> Array:
    r"""Number of parameters of a GRU: of two gates and the candidate.

    Its formula, rnn-parameter-counts, stands at ``rnn_params``.

    Parameters
    ----------
    input_size
        Entries of the input; shape (...).
    hidden_size
        Units of the state; shape (...).

    Returns
    -------
    Array
        Numbers of weights and biases, integers of shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    Examples
    --------
    >>> gru_params(3, 4)  # 3 · 4 · 8
    96
    """
    return _parameters("gru_params", 3, input_size, hidden_size)


# --- Section 6.5: both directions


@array_function
def bidirectional(forward_cell: Cell, backward_cell: Cell, xs: Array, h_first: Array, h_last: Array, /) -> Array:
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

    Parameters
    ----------
    forward_cell
        The step of the network that reads forward: a function of the input and of the state before.
    backward_cell
        The step of the network that reads backward: a function of the input and of the state after.
    xs
        Inputs; shape (..., T, d).
    h_first
        State of the forward network before the first time; shape (..., n).
    h_last
        State of the backward network behind the last time; shape (..., m).

    Returns
    -------
    Array
        Both states at each time, joined; shape (..., T, n + m).

    Raises
    ------
    TypeError
        If forward_cell is not a function.
        If backward_cell is not a function.
    ValueError
        If xs does not have an axis of times and one of entries.
        If h_first does not have the shape (..., n).
        If h_last does not have the shape (..., m).
        If forward_cell changes the shape of the state.
        If backward_cell changes the shape of the state.

    References
    ----------
    [schuster1997]

    Examples
    --------
    >>> add = lambda x, h: x + h
    >>> bidirectional(add, add, [[1.0], [2.0], [4.0]], [0.0], [0.0]).tolist()  # sums of what came, and of what is to come
    [[1.0, 7.0], [3.0, 6.0], [7.0, 4.0]]
    """
    name = "bidirectional"
    xp, xs, h_first, h_last = arrays(name, xs=xs, h_first=h_first, h_last=h_last)
    _times(name, xs=xs)
    for key, h in (("h_first", h_first), ("h_last", h_last)):
        if h.ndim == 0 or h.shape[:-1] != xs.shape[:-2]:
            expected = ", ".join(map(str, (*xs.shape[:-2], "n")))
            raise ValueError(f"{name}: {key} must have shape ({expected}) beside xs, got {tuple(h.shape)}")
    times = xs.shape[-2]
    forward, backward = [h_first], [h_last]
    for t in range(times):
        # h⃗_t = RNN_forward(x_t, h⃗_{t−1})
        forward.append(_stepped(name, "forward_cell", forward_cell, xs[..., t, :], forward[-1]))
    for t in reversed(range(times)):
        # h⃖_t = RNN_backward(x_t, h⃖_{t+1})
        backward.append(_stepped(name, "backward_cell", backward_cell, xs[..., t, :], backward[-1]))
    # y_t = concat(h⃗_t, h⃖_t)
    return xp.concat([xp.stack(forward[1:], axis=-2), xp.stack(backward[:0:-1], axis=-2)], axis=-1)


# --- Whole sequences, forward and back


class RNN:
    r"""A recurrent network on sequences, with backpropagation through time written out.

    Parameters
    ----------
    w_xh
        Weight from the input to the state; shape (n, d).
    w_hh
        Recurrent weight; shape (n, n).
    b_h
        Bias of the state; shape (n,).
    w_hy
        Weight from the state to the output; shape (m, n).
    b_y
        Bias of the output; shape (m,).
    phi
        Activation function, element by element on arrays.
    slope
        Its derivative.

    Attributes
    ----------
    a_
        Sums a_1, …, a_T before the activation function in the last forward pass; shape (..., T, n).
    h_
        States h_1, …, h_T of the last forward pass; shape (..., T, n).

    References
    ----------
    [werbos1990]

    Examples
    --------
    >>> rnn = RNN([[1.0]], [[0.5]], [0.0], [[2.0]], [0.25], phi=lambda a: a * a, slope=lambda a: 2 * a)
    >>> rnn.forward([[1.0], [0.5]], [0.0]).tolist()  # h_1 = 1², h_2 = (0.5 + 0.5 · 1)²
    [[2.25], [2.25]]
    >>> {name: grad.tolist() for name, grad in rnn.backward([[0.0], [1.0]]).items()}  # errors 2 · 2 at the second time, 4 · 0.5 · 2 at the first
    {'w_xh': [[6.0]], 'w_hh': [[4.0]], 'b_h': [8.0], 'w_hy': [[1.0]], 'b_y': [1.0], 'xs': [[4.0], [4.0]], 'h0': [2.0]}
    """

    a_: Array
    h_: Array

    def __init__(self, w_xh: Array, w_hh: Array, b_h: Array, w_hy: Array, b_y: Array, /, *, phi: Activation, slope: Activation) -> None:
        xp, self.w_xh, self.w_hh, self.b_h, self.w_hy, self.b_y = arrays("RNN", w_xh=w_xh, w_hh=w_hh, b_h=b_h, w_hy=w_hy, b_y=b_y)
        _layer("RNN", {"w_xh": self.w_xh, "w_hh": self.w_hh, "b_h": self.b_h})
        _readout("RNN", self.b_h, self.w_hy, self.b_y)
        self.phi = phi
        self.slope = slope

    @array_function
    def forward(self, xs: Array, h0: Array, /) -> Array:
        """Outputs y_1, …, y_T, shape (..., T, m), of inputs of shape (..., T, d) and a first state of shape (..., n); what lies between is kept."""
        xp, xs, h = _sequence("RNN", self.w_xh, xs=xs, h0=h0)
        self._xs, self._h0 = xs, h
        # W_xh x_t + b_h for all times at once
        a_in = _inputs(xp, xs, self.w_xh, self.b_h)
        w, sums, states = xp.matrix_transpose(self.w_hh), [], []
        h = _rows(xp, h)
        for t in range(a_in.shape[0]):
            # a_t = W_xh x_t + W_hh h_{t−1} + b_h,  h_t = φ(a_t)
            sums.append(a_in[t, ...] + h @ w)
            h = elementwise("RNN", "phi", self.phi, sums[-1])
            states.append(h)
        self.a_, self.h_ = _joined(xp, sums, xs), _joined(xp, states, xs)
        # y_t = W_hy h_t + b_y
        return rnn_output(self.h_, self.w_hy, self.b_y)

    @array_function
    def backward(self, dl_dy: Array, /) -> dict[str, Array]:
        """Gradients of all parameters, of the inputs ``xs`` and of the first state ``h0``, from those of the outputs of the last forward pass.

        For parameters they are sums over times and sequences.
        """
        xp, dl_dy, _ = arrays("RNN", dl_dy=dl_dy, h=self.h_)
        slopes = elementwise("RNN", "slope", self.slope, self.a_)
        # ∂L/∂h_t = W_hy^⊤ ∂L/∂y_t + W_hh^⊤ (φ′(a_{t+1}) ⊙ ∂L/∂h_{t+1})
        dl_dh = bptt_hidden(slopes, dl_dy, self.w_hy, self.w_hh)
        # δ_t = φ′(a_t) ⊙ ∂L/∂h_t
        deltas = slopes * dl_dh
        return {
            "w_xh": bptt_weight(slopes, dl_dh, self._xs),
            "w_hh": bptt_weight(slopes, dl_dh, _before(xp, self._h0, self.h_)),
            "b_h": bptt_bias(deltas),
            "w_hy": bptt_weight(1.0, dl_dy, self.h_),
            "b_y": bptt_bias(dl_dy),
            # a_t = W_xh x_t + W_hh h_{t−1} + b_h, backwards: ∂L/∂x_t = W_xh^⊤ δ_t and ∂L/∂h_0 = W_hh^⊤ δ_1
            "xs": deltas @ self.w_xh,
            "h0": deltas[..., 0, :] @ self.w_hh,
        }


class LSTM:
    r"""An LSTM on sequences, with backpropagation through time written out.

    Its weights are those of ``lstm_cell``, in the same order. All gates of a step take one product, whose rows are those of the forget gate,
    the input gate, the output gate and the candidate.

    Parameters
    ----------
    w_f, u_f, b_f
        Of the forget gate: weight from the input, shape (n, d), recurrent weight, shape (n, n), and bias, shape (n,).
    w_i, u_i, b_i
        Those of the input gate.
    w_o, u_o, b_o
        Those of the output gate.
    w_c, u_c, b_c
        Those of the candidate.

    References
    ----------
    [hochreiter1997]
    [gers2000]

    Examples
    --------
    >>> w, u, b = [[0.0]], [[0.0]], [0.0]
    >>> lstm = LSTM(w, u, b, w, u, b, w, u, b, w, u, b)
    >>> hs, cs = lstm.forward([[1.0], [1.0], [1.0]], [0.0], [8.0])  # each step forgets half of the memory, and takes nothing in
    >>> cs.tolist()
    [[4.0], [2.0], [1.0]]
    """

    def __init__(
        self,
        w_f: Array, u_f: Array, b_f: Array, w_i: Array, u_i: Array, b_i: Array,
        w_o: Array, u_o: Array, b_o: Array, w_c: Array, u_c: Array, b_c: Array, /,
    ) -> None:  # fmt: skip
        names = [f"{kind}_{gate}" for gate in "fioc" for kind in "wub"]
        self.names = names
        self.w, self.u, self.b = _stacked("LSTM", names, w_f, u_f, b_f, w_i, u_i, b_i, w_o, u_o, b_o, w_c, u_c, b_c)

    @array_function
    def forward(self, xs: Array, h0: Array, c0: Array, /) -> tuple[Array, Array]:
        """Hidden states and memory cells at the times 1, …, T, each of shape (..., T, n), of inputs of shape (..., T, d) and those before, (..., n)."""
        xp, xs, h, c = _sequence("LSTM", self.w, xs=xs, h0=h0, c0=c0, n=self.u.shape[1])
        self._xs, self._h0, self._c0 = xs, h, c
        n = self.u.shape[1]
        # W x_t + b of all gates for all times at once
        a_in = _inputs(xp, xs, self.w, self.b)
        u, states, cells, self._gates = xp.matrix_transpose(self.u), [], [], []
        h, c = _rows(xp, h), _rows(xp, c)
        for t in range(a_in.shape[0]):
            # W x_t + U h_{t−1} + b of all gates: f_t, i_t, o_t by σ, c̃_t by tanh
            a = a_in[t, ...] + h @ u
            gates, candidate = sigmoid(a[:, : 3 * n]), xp.tanh(a[:, 3 * n :])
            # c_t = f_t ⊙ c_{t−1} + i_t ⊙ c̃_t
            c = gates[:, :n] * c + gates[:, n : 2 * n] * candidate
            # h_t = o_t ⊙ tanh(c_t)
            shown = xp.tanh(c)
            h = gates[:, 2 * n :] * shown
            self._gates.append((gates, candidate, shown))
            states.append(h)
            cells.append(c)
        self._h, self._c = _joined(xp, states, xs), _joined(xp, cells, xs)
        return self._h, self._c

    @array_function
    def backward(self, dl_dh: Array, /) -> dict[str, Array]:
        """Gradients of all parameters, of the inputs ``xs`` and of the states before, ``h0`` and ``c0``, from those of the hidden states.

        For parameters they are sums over times and sequences.
        """
        xp, dl_dh, _ = arrays("LSTM", dl_dh=dl_dh, h=self._h)
        shaped("LSTM", tuple(self._h.shape), dl_dh=dl_dh)
        n = self.u.shape[1]
        from_loss, cells = _time_major(xp, dl_dh), _time_major(xp, _before(xp, self._c0, self._c))
        dh, dc, deltas = xp.zeros_like(from_loss[0, ...]), xp.zeros_like(from_loss[0, ...]), []
        for t in reversed(range(len(self._gates))):
            gates, candidate, shown = self._gates[t]
            f, i, o = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
            # of h_t = o_t ⊙ tanh(c_t)
            dh = from_loss[t, ...] + dh
            dc = dc + dh * o * (1 - shown * shown)
            # of c_t = f_t ⊙ c_{t−1} + i_t ⊙ c̃_t, with σ′ = σ (1 − σ) and tanh′ = 1 − tanh²
            delta = xp.concat(
                [
                    dc * cells[t, ...] * f * (1 - f),
                    dc * candidate * i * (1 - i),
                    dh * shown * o * (1 - o),
                    dc * i * (1 - candidate * candidate),
                ],
                axis=-1,
            )
            dc = dc * f
            # of W x_t + U h_{t−1} + b
            dh = delta @ self.u
            deltas.append(delta)
        delta = _joined(xp, deltas[::-1], dl_dh)
        found = (bptt_weight(1.0, delta, self._xs), bptt_weight(1.0, delta, _before(xp, self._h0, self._h)), bptt_bias(delta))
        return {
            **_apart(self.names, n, found),
            "xs": delta @ self.w,
            "h0": xp.reshape(dh, self._h0.shape),
            "c0": xp.reshape(dc, self._c0.shape),
        }


class GRU:
    r"""A GRU on sequences, in the form of ``gru_cell``, with backpropagation through time written out.

    Its weights are those of ``gru_cell``, in the same order.

    Parameters
    ----------
    w_z, u_z, b_z
        Of the update gate: weight from the input, shape (n, d), recurrent weight, shape (n, n), and bias, shape (n,).
    w_r, u_r, b_r
        Those of the reset gate.
    w_h, u_h, b_h
        Those of the candidate.

    References
    ----------
    [cho2014]
    [chung2014]

    Examples
    --------
    >>> w, u, b = [[0.0]], [[0.0]], [0.0]
    >>> GRU(w, u, b, w, u, b, w, u, b).forward([[1.0], [1.0]], [8.0]).tolist()  # each step keeps half of the state
    [[4.0], [2.0]]
    """

    def __init__(
        self,
        w_z: Array, u_z: Array, b_z: Array, w_r: Array, u_r: Array, b_r: Array, w_h: Array, u_h: Array, b_h: Array, /,
    ) -> None:  # fmt: skip
        self.names = [f"{kind}_{gate}" for gate in "zrh" for kind in "wub"]
        self.w, self.u, self.b = _stacked("GRU", self.names, w_z, u_z, b_z, w_r, u_r, b_r, w_h, u_h, b_h)

    @array_function
    def forward(self, xs: Array, h0: Array, /) -> Array:
        """Hidden states at the times 1, …, T, shape (..., T, n), of inputs of shape (..., T, d) and a state before of shape (..., n)."""
        xp, xs, h = _sequence("GRU", self.w, xs=xs, h0=h0, n=self.u.shape[1])
        self._xs, self._h0 = xs, h
        n = self.u.shape[1]
        # W x_t + b of both gates and the candidate for all times at once
        a_in = _inputs(xp, xs, self.w, self.b)
        u_gates, u_h = xp.matrix_transpose(self.u[: 2 * n, :]), xp.matrix_transpose(self.u[2 * n :, :])
        states, self._gates = [], []
        h = _rows(xp, h)
        for t in range(a_in.shape[0]):
            a = a_in[t, ...]
            # z_t and r_t = σ(W x_t + U h_{t−1} + b)
            gates = sigmoid(a[:, : 2 * n] + h @ u_gates)
            z, r = gates[:, :n], gates[:, n:]
            # h̃_t = tanh(W_h x_t + U_h (r_t ⊙ h_{t−1}) + b_h)
            candidate = xp.tanh(a[:, 2 * n :] + (r * h) @ u_h)
            # h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t
            h = (1 - z) * h + z * candidate
            self._gates.append((z, r, candidate))
            states.append(h)
        self._h = _joined(xp, states, xs)
        return self._h

    @array_function
    def backward(self, dl_dh: Array, /) -> dict[str, Array]:
        """Gradients of all parameters, of the inputs ``xs`` and of the state before, ``h0``, from those of the hidden states.

        For parameters they are sums over times and sequences.
        """
        xp, dl_dh, _ = arrays("GRU", dl_dh=dl_dh, h=self._h)
        shaped("GRU", tuple(self._h.shape), dl_dh=dl_dh)
        n = self.u.shape[1]
        u_gates, u_h = self.u[: 2 * n, :], self.u[2 * n :, :]
        from_loss, before = _time_major(xp, dl_dh), _time_major(xp, _before(xp, self._h0, self._h))
        dh, deltas, kept = xp.zeros_like(from_loss[0, ...]), [], []
        for t in reversed(range(len(self._gates))):
            z, r, candidate = self._gates[t]
            h_prev = before[t, ...]
            # of h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t, with σ′ = σ (1 − σ) and tanh′ = 1 − tanh²
            dh = from_loss[t, ...] + dh
            delta_z = dh * (candidate - h_prev) * z * (1 - z)
            delta_h = dh * z * (1 - candidate * candidate)
            # of U_h (r_t ⊙ h_{t−1})
            d_kept = delta_h @ u_h
            delta_r = d_kept * h_prev * r * (1 - r)
            delta_gates = xp.concat([delta_z, delta_r], axis=-1)
            dh = dh * (1 - z) + d_kept * r + delta_gates @ u_gates
            deltas.append(xp.concat([delta_gates, delta_h], axis=-1))
            kept.append(r * h_prev)
        delta = _joined(xp, deltas[::-1], dl_dh)
        du_gates = bptt_weight(1.0, delta[..., : 2 * n], _before(xp, self._h0, self._h))
        du_h = bptt_weight(1.0, delta[..., 2 * n :], _joined(xp, kept[::-1], dl_dh))
        found = (bptt_weight(1.0, delta, self._xs), xp.concat([du_gates, du_h], axis=0), bptt_bias(delta))
        return {**_apart(self.names, n, found), "xs": delta @ self.w, "h0": xp.reshape(dh, self._h0.shape)}


# --- What they share


def _affine(xp: Any, w: Array, x: Array, u: Array, h: Array, b: Array) -> Array:
    """W x + U h + b, for rows x and h."""
    return x @ xp.matrix_transpose(w) + h @ xp.matrix_transpose(u) + b


def _layer(name: str, parameters: dict[str, Array]) -> None:
    """Refuse a weight, a recurrent weight and a bias that do not belong together."""
    (w_name, w), (u_name, u), (b_name, b) = parameters.items()
    if w.ndim != 2:
        raise ValueError(f"{name}: {w_name} must be a matrix, got shape {tuple(w.shape)}")
    n = w.shape[0]
    if tuple(u.shape) != (n, n):
        raise ValueError(f"{name}: {u_name} must have shape {(n, n)} beside {w_name}, got {tuple(u.shape)}")
    if tuple(b.shape) != (n,):
        raise ValueError(f"{name}: {b_name} must have shape {(n,)} beside {w_name}, got {tuple(b.shape)}")


def _gate(name: str, x_t: Array, parameters: dict[str, Array], like: Array = None) -> None:
    """Refuse parameters of a gate that do not belong together, to the input or to the first gate."""
    w_name, w = next(iter(parameters.items()))
    if x_t.ndim == 0:
        raise ValueError(f"{name}: x_t must have a last axis, one entry a feature, got a scalar")
    if w.ndim != 2 or w.shape[1] != x_t.shape[-1]:
        raise ValueError(f"{name}: {w_name} must have shape (n, {x_t.shape[-1]}) beside x_t, got {tuple(w.shape)}")
    if like is not None and w.shape[0] != like.shape[0]:
        raise ValueError(f"{name}: {w_name} must have {like.shape[0]} rows as the first weight, got shape {tuple(w.shape)}")
    _layer(name, parameters)


def _state(name: str, x_t: Array, u: Array, /, **argument: Array) -> None:
    """Refuse a state that does not have one entry a unit, and the axes of the input in front."""
    shaped(name, (*x_t.shape[:-1], u.shape[0]), **argument)


def _readout(name: str, h: Array, w_hy: Array, b_y: Array) -> None:
    """Refuse a weight and a bias of the output that do not belong to the state and to each other."""
    if h.ndim == 0:
        raise ValueError(f"{name}: h_t must have a last axis, one entry a unit, got a scalar")
    if w_hy.ndim != 2 or w_hy.shape[1] != h.shape[-1]:
        raise ValueError(f"{name}: w_hy must have shape (m, {h.shape[-1]}) beside the state, got {tuple(w_hy.shape)}")
    shaped(name, (w_hy.shape[0],), b_y=b_y)


def _times(name: str, /, **argument: Array) -> None:
    ((key, value),) = argument.items()
    if value.ndim < 2:
        raise ValueError(f"{name}: {key} must have shape (..., T, n), a row a time, got {tuple(value.shape)}")


def _steps(name: str, slopes: Array, w_hh: Array) -> tuple[Any, Array, Array]:
    """Slopes at some times and the recurrent weight, as arrays that belong together."""
    xp, slopes, w_hh = arrays(name, slopes=slopes, w_hh=w_hh)
    _times(name, slopes=slopes)
    n = slopes.shape[-1]
    shaped(name, (n, n), w_hh=w_hh)
    return xp, slopes, w_hh


def _rows(xp: Any, value: Array) -> Array:
    """One row a time and sequence."""
    return xp.reshape(value, (-1, value.shape[-1]))


def _stepped(name: str, key: str, cell: Cell, x_t: Array, h: Array) -> Array:
    """The next state by a cell, if it is a function and keeps the shape of the state."""
    return elementwise(name, key, (lambda h: cell(x_t, h)) if callable(cell) else cell, h)


def _parameters(name: str, gates: int, input_size: Array, hidden_size: Array) -> Array:
    _, d, h = counts(name, input_size=input_size, hidden_size=hidden_size)
    # h (d + h + 1) for each gate and the candidate
    return gates * h * (d + h + 1)


# Sequences go through time as arrays (T, N, …): the times first, and all axes in front as one.


def _stacked(name: str, names: list[str], *values: Array) -> tuple[Array, Array, Array]:
    """Weights, recurrent weights and biases of all gates, each as one array."""
    xp, *values = arrays(name, **dict(zip(names, values, strict=True)))  # type: ignore[assignment]
    given = dict(zip(names, values, strict=True))
    for i in range(0, len(names), 3):
        gate = {key: given[key] for key in names[i : i + 3]}
        _layer(name, gate)
        if values[i].shape != values[0].shape:
            raise ValueError(f"{name}: {names[i]} must have shape {tuple(values[0].shape)} as {names[0]}, got {tuple(values[i].shape)}")
    return xp.concat(values[0::3], axis=0), xp.concat(values[1::3], axis=0), xp.concat(values[2::3], axis=0)


def _apart(names: list[str], n: int, stacked: tuple[Array, Array, Array]) -> dict[str, Array]:
    """What belongs to all gates, a part for each name."""
    return {key: stacked[k % 3][n * (k // 3) : n * (k // 3 + 1), ...] for k, key in enumerate(names)}


def _sequence(name: str, w: Array, /, *, n: int | None = None, **arguments: Array) -> tuple[Any, ...]:
    """The namespace, inputs and states before the first time, if they belong together and to the weight."""
    xp, *values, _ = arrays(name, **arguments, w=w)
    xs = values[0]
    if xs.ndim < 2 or xs.shape[-1] != w.shape[1]:
        raise ValueError(f"{name}: xs must have shape (..., T, {w.shape[1]}), got {tuple(xs.shape)}")
    for key, value in zip(list(arguments)[1:], values[1:], strict=True):
        shaped(name, (*xs.shape[:-2], w.shape[0] if n is None else n), **{key: value})
    return xp, *values


def _time_major(xp: Any, value: Array) -> Array:
    """From (..., T, d) to (T, N, d)."""
    return xp.reshape(xp.moveaxis(value, -2, 0), (value.shape[-2], math.prod(value.shape[:-2]), value.shape[-1]))


def _inputs(xp: Any, xs: Array, w: Array, b: Array) -> Array:
    """W x_t + b of all times in one product; shape (T, N, n)."""
    xs = _time_major(xp, xs)
    return xp.reshape(_rows(xp, xs) @ xp.matrix_transpose(w) + b, (*xs.shape[:-1], w.shape[0]))


def _joined(xp: Any, members: list[Array], like: Array) -> Array:
    """Arrays of shape (N, n), one a time, as one of shape (..., T, n), with the axes in front as they were."""
    return xp.reshape(xp.stack(members, axis=-2), (*like.shape[:-1], members[0].shape[-1]))


def _before(xp: Any, first: Array, states: Array) -> Array:
    """States at the times 0, …, T − 1."""
    return xp.concat([first[..., None, :], states[..., :-1, :]], axis=-2)
