"""Normalization: values of mean 0 and variance 1, over the batch or over the features, scaled and shifted anew (sections 2.4 and 7.1).

A batch has the samples along its first axis and the channels (the features) along its second: shape (N, C), or (N, C, H, W) for
images, or any number of axes behind the second. Each channel has one mean and one variance, over all samples and all places, one
scale γ and one shift β: arrays of shape (C,). A batch of shape (m,) is the batch of one feature, with a scale and a shift that are
scalars. A scalar where shape (C,) is meant goes with every channel.

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. All functions here are of level A: NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and differentiable by PyTorch and JAX.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values: ValueError. A NaN or an infinity among the values goes through the formula, into every value of its channel.
"""

from __future__ import annotations

from typing import Any

from dlref._backend import Array, array_function, arrays, check, device, number, paired, positive, whole

__all__ = [
    "BatchNorm",
    "batch_mean",
    "batch_norm",
    "batch_norm_gradient",
    "batch_norm_inference",
    "batch_norm_running",
    "batch_variance",
    "layer_norm",
]


@array_function
def batch_norm(x: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5) -> Array:
    r"""Batch normalization in training: each channel, standardized over the batch, then scaled and shifted.

    Before the scale and the shift, a channel has the mean 0 and the variance σ² / (σ² + ε). A channel whose values are all equal
    becomes the shift.

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

    Parameters
    ----------
    x
        Batch; shape (N, C) or (N, C, H, W), or (m,) for one feature.
    gamma
        Scale of each channel; shape (C,), or a scalar.
    beta
        Shift of each channel; shape (C,), or a scalar.
    eps
        Keeps the quotient finite where a channel does not vary.

    Returns
    -------
    Array
        Normalized values; the shape of the batch.

    Raises
    ------
    ValueError
        If x is a scalar.
        If gamma is neither a scalar nor one value a channel.
        If beta is neither a scalar nor one value a channel.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [ioffe2015]
    [pytorch-batchnorm]

    Examples
    --------
    >>> batch_norm([1.0, 3.0, 5.0, 7.0], 2.0, 0.5, eps=4.0).round(4).tolist()  # mean 4, variance 5, the root of 9
    [-1.5, -0.1667, 1.1667, 2.5]
    >>> batch_norm([[1.0, 10.0], [3.0, 30.0]], 1.0, 0.0).round(3).tolist()  # each column by itself
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    xp, x, gamma, beta = arrays("batch_norm", x=x, gamma=gamma, beta=beta)
    eps = positive("batch_norm", eps=eps)
    gamma, beta = _by_channel(xp, "batch_norm", x, gamma=gamma, beta=beta)
    # x̂ = (x − μ) / √(σ² + ε)
    centered, scale = _standardized(xp, x, eps)
    # y = γ x̂ + β
    return centered * (gamma * scale) + beta


@array_function
def batch_mean(x: Array, /) -> Array:
    r"""Mean and variance of each channel over a batch; this function gives the mean, ``batch_variance`` the variance.

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

    Parameters
    ----------
    x
        Batch; shape (N, C) or (N, C, H, W), or (m,) for one feature. Of a channel, m = N, or m = N H W, values count.

    Returns
    -------
    Array
        Mean of each channel; shape (C,), a scalar for one feature.

    Raises
    ------
    ValueError
        If x is a scalar.

    References
    ----------
    [ioffe2015]

    Examples
    --------
    >>> batch_mean([[1.0, 10.0], [3.0, 40.0]]).tolist()
    [2.0, 25.0]
    """
    xp, x = arrays("batch_mean", x=x)
    _by_channel(xp, "batch_mean", x)
    # μ = 1/m Σ_i x_i
    return _mean(xp, x)


@array_function
def batch_variance(x: Array, /) -> Array:
    r"""Variance of each channel over a batch, divided by the number of values, not by one less.

    It is the second half of the formula ``batch-statistics``, which stands at ``batch_mean``.

    Parameters
    ----------
    x
        Batch; shape (N, C) or (N, C, H, W), or (m,) for one feature. Of a channel, m = N, or m = N H W, values count.

    Returns
    -------
    Array
        Variance of each channel, at least 0; shape (C,), a scalar for one feature.

    Raises
    ------
    ValueError
        If x is a scalar.

    References
    ----------
    [ioffe2015]

    Examples
    --------
    >>> batch_variance([[1.0, 10.0], [3.0, 40.0]]).tolist()  # a half of 1 + 1 and of 15² + 15²
    [1.0, 225.0]
    """
    xp, x = arrays("batch_variance", x=x)
    _by_channel(xp, "batch_variance", x)
    # σ² = 1/m Σ_i (x_i − μ)²
    centered = _centered(xp, x)
    return _mean(xp, centered * centered)


@array_function
def batch_norm_running(
    mu: Array, var: Array, mu_run: Array, var_run: Array, /, *, n_values: int, momentum: float = 0.1
) -> tuple[Array, Array]:
    r"""Running statistics of batch normalization: moving averages of the batches' means and of their unbiased variances.

    The batch itself is normalized with the biased variance, the moving average takes the unbiased one. Before the first batch the
    running mean is 0 and the running variance 1.

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

    Parameters
    ----------
    mu
        Mean of each channel over the batch; shape (C,), or a scalar.
    var
        Biased variance of each channel over the batch; shape (C,), or a scalar.
    mu_run
        Running mean of each channel; shape (C,), or a scalar.
    var_run
        Running variance of each channel; shape (C,), or a scalar.
    n_values
        Number m of values of a channel in the batch: N, or N H W.
    momentum
        Weight α of the new value, in [0, 1]. What Keras calls momentum is 1 - α.

    Returns
    -------
    tuple of Array
        New running mean and new running variance; shape (C,) each.

    Raises
    ------
    TypeError
        If n_values is not an integer.
    ValueError
        If the shapes differ and are not scalar.
        If a value of var is negative.
        If a value of var_run is negative.
        If n_values is less than 2.
        If momentum is not in [0, 1].

    References
    ----------
    [ioffe2015]
    [pytorch-batchnorm]

    Examples
    --------
    >>> batch_norm_running(4.0, 9.0, 0.0, 1.0, n_values=4, momentum=0.25)  # 3/4 of 0 and 1/4 of 4; 3/4 of 1 and 1/4 of 12
    (1.0, 3.75)
    """
    name = "batch_norm_running"
    xp, mu, var, mu_run, var_run = arrays(name, mu=mu, var=var, mu_run=mu_run, var_run=var_run)
    paired(name, mu=mu, var=var, mu_run=mu_run, var_run=var_run)
    _not_negative(name, xp, var=var)
    _not_negative(name, xp, var_run=var_run)
    m = whole(name, n_values=n_values)
    check(name, m >= 2, "be >= 2", n_values=n_values)
    alpha = number(name, momentum=momentum)
    check(name, 0 <= alpha <= 1, "lie in [0, 1]", momentum=momentum)
    # μ_run ← (1 − α) μ_run + α μ
    mu_run = (1 - alpha) * mu_run + alpha * mu
    # σ²_run ← (1 − α) σ²_run + α m/(m − 1) σ²
    var_run = (1 - alpha) * var_run + alpha * (m / (m - 1)) * var
    return mu_run, var_run


@array_function
def batch_norm_inference(
    x: Array, mu_run: Array, var_run: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5
) -> Array:
    r"""Batch normalization at inference: with the running statistics, so that a result depends on its own sample only.

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

    Parameters
    ----------
    x
        Batch; shape (N, C) or (N, C, H, W), or (m,) for one feature.
    mu_run
        Running mean of each channel; shape (C,), or a scalar.
    var_run
        Running variance of each channel; shape (C,), or a scalar.
    gamma
        Scale of each channel; shape (C,), or a scalar.
    beta
        Shift of each channel; shape (C,), or a scalar.
    eps
        Keeps the quotient finite where the running variance is 0.

    Returns
    -------
    Array
        Normalized values; the shape of the batch.

    Raises
    ------
    ValueError
        If x is a scalar.
        If mu_run is neither a scalar nor one value a channel.
        If var_run is neither a scalar nor one value a channel.
        If a value of var_run is negative.
        If gamma is neither a scalar nor one value a channel.
        If beta is neither a scalar nor one value a channel.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [ioffe2015]
    [pytorch-batchnorm]

    Examples
    --------
    >>> batch_norm_inference([1.0, 4.0, 7.0], 1.0, 5.0, 2.0, 0.5, eps=4.0).tolist()  # 2 (x - 1) / 3 + 0.5
    [0.5, 2.5, 4.5]
    """
    name = "batch_norm_inference"
    xp, x, mu_run, var_run, gamma, beta = arrays(name, x=x, mu_run=mu_run, var_run=var_run, gamma=gamma, beta=beta)
    _not_negative(name, xp, var_run=var_run)
    eps = positive(name, eps=eps)
    mu_run, var_run, gamma, beta = _by_channel(xp, name, x, mu_run=mu_run, var_run=var_run, gamma=gamma, beta=beta)
    # y = γ (x − μ_run) / √(σ²_run + ε) + β
    return (x - mu_run) * (gamma / xp.sqrt(var_run + eps)) + beta


@array_function
def batch_norm_gradient(x: Array, gamma: Array, grad_y: Array, /, *, eps: float = 1e-5) -> tuple[Array, Array, Array]:
    r"""Gradients of a loss through batch normalization in training: with respect to the batch, the scale and the shift.

    Mean and variance depend on every value of the batch. What the gradient loses thereby is its mean and its part along the
    normalized values: neither a shift nor a stretch of a channel changes the result, but for ε.

    Formula
    -------
    batch-norm-gradient
        \begin{aligned}
        \frac{\partial L}{\partial \beta} &= \sum_{i=1}^{m} \frac{\partial L}{\partial y_i} \\
        \frac{\partial L}{\partial \gamma} &= \sum_{i=1}^{m} \frac{\partial L}{\partial y_i} \hat{x}_i \\
        \frac{\partial L}{\partial x_i} &= \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \left( \frac{\partial L}{\partial y_i}
        - \frac{1}{m} \frac{\partial L}{\partial \beta} - \frac{\hat{x}_i}{m} \frac{\partial L}{\partial \gamma} \right)
        \end{aligned}
    where
        x_i \in \mathbb{R}, \ i = 1, \dots, m
        \gamma \in \mathbb{R}
        \frac{\partial L}{\partial y_i} \in \mathbb{R}, \ i = 1, \dots, m
        \epsilon \in \mathbb{R}_{>0}
    gives
        \frac{\partial L}{\partial x_i} \in \mathbb{R}, \ i = 1, \dots, m
        \frac{\partial L}{\partial \gamma} \in \mathbb{R}
        \frac{\partial L}{\partial \beta} \in \mathbb{R}
    with
        \mu = \frac{1}{m} \sum_{i=1}^{m} x_i
        \sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2
        \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}
    call
        batch_norm_gradient(x, gamma, grad_y, eps=eps)

    Parameters
    ----------
    x
        Batch; shape (N, C) or (N, C, H, W), or (m,) for one feature.
    gamma
        Scale of each channel; shape (C,), or a scalar.
    grad_y
        Gradient of the loss with respect to the result of ``batch_norm``; the shape of the batch.
    eps
        The same as in ``batch_norm``.

    Returns
    -------
    tuple of Array
        Gradients with respect to the batch, of its shape, and to scale and shift, of shape (C,).

    Raises
    ------
    ValueError
        If x is a scalar.
        If gamma is neither a scalar nor one value a channel.
        If grad_y does not have the shape of x.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [ioffe2015]

    Examples
    --------
    >>> grad_x, grad_gamma, grad_beta = batch_norm_gradient([1.0, 3.0, 5.0, 7.0], 3.0, [1.0, 0.0, 0.0, 0.0], eps=4.0)
    >>> grad_x.round(4).tolist()  # the normalized values are -1, -1/3, 1/3, 1: 1 - 1/4 - 1/4, -1/4 - 1/12, -1/4 + 1/12, -1/4 + 1/4
    [0.5, -0.3333, -0.1667, 0.0]
    >>> grad_gamma, grad_beta
    (-1.0, 1.0)
    """
    name = "batch_norm_gradient"
    xp, x, gamma, grad_y = arrays(name, x=x, gamma=gamma, grad_y=grad_y)
    eps = positive(name, eps=eps)
    (gamma,) = _by_channel(xp, name, x, gamma=gamma)
    if grad_y.shape != x.shape:
        raise ValueError(f"{name}: grad_y must have the shape {tuple(x.shape)} of x, got {tuple(grad_y.shape)}")
    centered, scale = _standardized(xp, x, eps)
    x_hat = centered * scale
    # 1/m ∂L/∂β = 1/m Σ_i ∂L/∂y_i,  1/m ∂L/∂γ = 1/m Σ_i ∂L/∂y_i x̂_i
    mean_beta, mean_gamma = _mean(xp, grad_y), _mean(xp, grad_y * x_hat)
    # ∂L/∂x_i = γ / √(σ² + ε) (∂L/∂y_i − 1/m ∂L/∂β − x̂_i/m ∂L/∂γ)
    grad_x = gamma * scale * (grad_y - _spread(xp, x, mean_beta) - x_hat * _spread(xp, x, mean_gamma))
    m = _count(x)
    return grad_x, m * mean_gamma, m * mean_beta


@array_function
def layer_norm(x: Array, gamma: Array, beta: Array, /, *, eps: float = 1e-5) -> Array:
    r"""Layer normalization: the features of each sample or position, standardized by themselves, then scaled and shifted.

    Formula
    -------
    layer-normalization
        \operatorname{LN}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta
    where
        x \in \mathbb{R}^d
        \gamma \in \mathbb{R}^d
        \beta \in \mathbb{R}^d
        \epsilon \in \mathbb{R}_{>0}
    gives
        \operatorname{LN}(x) \in \mathbb{R}^d
    with
        \mu = \frac{1}{d} \sum_{i=1}^{d} x_i
        \sigma^2 = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2
    call
        layer_norm(x, gamma, beta, eps=eps)

    Parameters
    ----------
    x
        Features along the last axis; shape (..., d).
    gamma
        Scale of each feature; shape (d,), or a scalar.
    beta
        Shift of each feature; shape (d,), or a scalar.
    eps
        Keeps the quotient finite where all features are equal.

    Returns
    -------
    Array
        Normalized features; shape (..., d).

    Raises
    ------
    ValueError
        If x is a scalar.
        If gamma is neither a scalar nor one value a feature.
        If beta is neither a scalar nor one value a feature.
        If eps is not positive.
        If eps is not finite.

    References
    ----------
    [ba2016]

    Examples
    --------
    >>> layer_norm([1.0, 3.0, 5.0, 7.0], 2.0, 0.5, eps=4.0).round(4).tolist()  # mean 4, variance 5, the root of 9
    [-1.5, -0.1667, 1.1667, 2.5]
    """
    xp, x, gamma, beta = arrays("layer_norm", x=x, gamma=gamma, beta=beta)
    if x.ndim == 0:
        raise ValueError("layer_norm: x must have a last axis of features, got a scalar")
    for key, value in {"gamma": gamma, "beta": beta}.items():
        _one_each("layer_norm", "feature", x.shape[-1], **{key: value})
    eps = positive("layer_norm", eps=eps)
    d = x.shape[-1]
    ones = _ones(xp, d, x)  # products with ones are quicker than sums along a short axis
    # μ = 1/d Σ_i x_i,  σ² = 1/d Σ_i (x_i − μ)²
    centered = x - (x @ ones / d)[..., None]
    var = ((centered * centered) @ ones / d)[..., None]
    # γ ⊙ (x − μ) / √(σ² + ε) + β
    return gamma * (centered / xp.sqrt(var + eps)) + beta


class BatchNorm:
    r"""Batch normalization as an object: it holds scale, shift and running statistics.

    There is one method for training and another one for inference, not one with a switch. Scale and shift are attributes, which
    training sets anew, as ``norm.gamma = optimizer.step(norm.gamma, grad)`` does.

    Parameters
    ----------
    gamma
        Scale of each channel; shape (C,), or a scalar.
    beta
        Shift of each channel; shape (C,), or a scalar.
    eps
        Keeps the quotient finite where a channel does not vary.
    momentum
        Weight of the new value in the running statistics, in [0, 1].

    Attributes
    ----------
    mean_
        Running mean; 0 before the first batch.
    var_
        Running variance; 1 before the first batch.

    References
    ----------
    [ioffe2015]

    Examples
    --------
    >>> norm = BatchNorm(1.0, 0.0, eps=4.0, momentum=0.5)
    >>> norm.training([1.0, 3.0, 5.0, 7.0]).tolist()  # (x - 4) / 3
    [-1.0, -0.3333333333333333, 0.3333333333333333, 1.0]
    >>> round(norm.mean_, 4), round(norm.var_, 4)  # a half of 4; a half of 1 and a half of 20/3
    (2.0, 3.8333)
    """

    def __init__(self, gamma: Array, beta: Array, /, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.gamma = gamma
        self.beta = beta
        self.eps = eps
        self.momentum = momentum
        self.mean_: Array = 0.0
        self.var_: Array = 1.0

    def training(self, x: Array, /) -> Array:
        """Normalize a batch by its own statistics, and let the running statistics move towards them.

        A channel must have two values or more. The running statistics are cut off from the graph of PyTorch's autograd.
        """
        y = batch_norm(x, self.gamma, self.beta, eps=self.eps)
        mu, var = _constant(batch_mean(x)), _constant(batch_variance(x))
        n_values = _count(arrays("BatchNorm", x=x)[1])
        self.mean_, self.var_ = batch_norm_running(
            mu, var, self.mean_, self.var_, n_values=n_values, momentum=self.momentum
        )
        return y

    def inference(self, x: Array, /) -> Array:
        """Normalize samples by the running statistics, each by itself."""
        return batch_norm_inference(x, self.mean_, self.var_, self.gamma, self.beta, eps=self.eps)


# --- What they share


def _mean(xp: Any, x: Array) -> Array:
    """Mean of each channel, as products with ones: much quicker than sums along axes that are short or not the last."""
    n = x.shape[0]
    if x.ndim > 2:
        x = xp.reshape(x, (n, x.shape[1], -1))
        places = x.shape[2]
        x = (x @ _ones(xp, places, x)) / places
    return _ones(xp, n, x) @ x / n


def _ones(xp: Any, n: int, x: Array) -> Array:
    return xp.ones(n, dtype=x.dtype, device=device(x))


def _centered(xp: Any, x: Array) -> Array:
    """x − μ."""
    return x - _spread(xp, x, _mean(xp, x))


def _standardized(xp: Any, x: Array, eps: float) -> tuple[Array, Array]:
    """The factors of x̂ = (x − μ) · 1/√(σ² + ε)."""
    centered = _centered(xp, x)
    var = _mean(xp, centered * centered)
    return centered, _spread(xp, x, 1 / xp.sqrt(var + eps))


def _spread(xp: Any, x: Array, value: Array) -> Array:
    """One value a channel, in a shape that goes with the batch."""
    return xp.reshape(value, (-1, *(1,) * (x.ndim - 2))) if x.ndim > 2 else value


def _by_channel(xp: Any, name: str, x: Array, /, **parameters: Array) -> list[Array]:
    """Parameters of the channels in a shape that goes with the batch; what is neither a scalar nor one value a channel is refused."""
    if x.ndim == 0:
        raise ValueError(f"{name}: x must have a first axis of samples, got a scalar")
    for key, value in parameters.items():
        _one_each(name, "channel", x.shape[1] if x.ndim > 1 else None, **{key: value})
    return [_spread(xp, x, value) for value in parameters.values()]


def _one_each(name: str, what: str, count: int | None, /, **parameter: Array) -> None:
    ((key, value),) = parameter.items()
    if tuple(value.shape) not in ((), (count,)):
        expected = "a scalar" if count is None else f"a scalar or have shape ({count},), one value a {what}"
        raise ValueError(f"{name}: {key} must be {expected}, got shape {tuple(value.shape)}")


def _count(x: Array) -> int:
    """Number of values of a channel."""
    total = 1
    for axis, size in enumerate(x.shape):
        total *= size if axis != 1 else 1
    return total


def _constant(value: Array) -> Array:
    """The value, of which PyTorch's autograd no longer knows where it comes from."""
    return value.detach() if hasattr(value, "detach") else value


def _not_negative(name: str, xp: Any, /, **variance: Array) -> None:
    """Refuse a variance that is negative somewhere; a NaN passes."""
    ((key, value),) = variance.items()
    check(name, xp.logical_not(value < 0), "be >= 0", **{key: value})
