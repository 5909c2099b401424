"""Linear models: perceptron, logistic regression, support vector machine, linear regression (sections 1.1 and 1.4).

The result has the library, the device and the floating dtype of the arguments; integers count as the library's default floating
dtype. Functions are of level A, that is, they run on NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and
``torch.compile``, and are differentiable by PyTorch and JAX, unless their Notes say otherwise: the two support vector machines
decide by values and compute in NumPy, and hand the result back in the library that they were called with.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity among inputs and parameters goes through a formula; what
is to be fitted must be finite. Labels are checked wherever their values can be read, that is, not while JAX or PyTorch traces.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from dlref._backend import Array, array_function, arrays, check, generator, host, like, nonnegative, positive, samples, table, whole
from dlref.losses import hinge
from dlref.risk import mean_squared_error

__all__ = [
    "HardMarginSVM",
    "LinearRegression",
    "Perceptron",
    "SoftMarginSVM",
    "hard_margin_objective",
    "hard_margin_svm",
    "least_squares",
    "logistic_loss",
    "logistic_proba",
    "make_plane_data",
    "margin_width",
    "perceptron_update",
    "satisfies_margin",
    "score",
    "sign_classifier",
    "soft_margin_objective",
    "soft_margin_svm",
    "squared_risk",
]


@array_function
def score(x: Array, w: Array, b: Array, /) -> Array:
    r"""Affine score of a point: the prediction of linear regression, and what linear classifiers take the sign of.

    The score divided by the norm of w is the signed distance of the point from the hyperplane on which the score is 0.

    Formula
    -------
    logistic-score
        z_i = w^\top x_i + b
    where
        x_i \in \mathbb{R}^d
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        z_i \in \mathbb{R}

    linear-regression
        f(x) = w^\top x + b
    where
        x \in \mathbb{R}^d
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        f(x) \in \mathbb{R}

    Parameters
    ----------
    x
        Points; shape (..., d).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Returns
    -------
    Array
        Scores; shape (...).

    Raises
    ------
    ValueError
        If w does not have one weight for each feature of x.
        If b is not a scalar.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> score([1.0, 2.0], [3.0, -1.0], 0.5)
    1.5
    >>> score([[1.0, 2.0], [0.0, 1.0]], [3.0, -1.0], 0.5)
    array([ 1.5, -0.5])
    """
    _, x, w, b = arrays("score", x=x, w=w, b=b)
    _affine("score", x, w, b)
    # wᵀ x + b
    return x @ w + b


@array_function
def sign_classifier(x: Array, w: Array, b: Array, /) -> Array:
    r"""Linear classifier: the side of a hyperplane on which a point lies.

    A point on the hyperplane itself is given +1, since the sign of 0 is no label.

    Formula
    -------
    linear-classifier
        f(x) = \operatorname{sign}(w^\top x + b)
    where
        x \in \mathbb{R}^d
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        f(x) \in \{-1, +1\}

    perceptron-decision
        f(x) = \operatorname{sign}(w^\top x + b)
    where
        x \in \mathbb{R}^d
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        f(x) \in \{-1, +1\}

    Parameters
    ----------
    x
        Points; shape (..., d).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Returns
    -------
    Array
        Labels, -1 or +1, in the dtype of the data; NaN where the score is NaN; shape (...).

    Raises
    ------
    ValueError
        If w does not have one weight for each feature of x.
        If b is not a scalar.

    References
    ----------
    [rosenblatt1958]

    Examples
    --------
    >>> sign_classifier([1.0, 2.0], [3.0, -1.0], -2.0)
    -1.0
    >>> sign_classifier([[1.0, 2.0], [1.0, 1.0]], [3.0, -1.0], -2.0)  # the second score is 0
    array([-1.,  1.])
    """
    xp, x, w, b = arrays("sign_classifier", x=x, w=w, b=b)
    _affine("sign_classifier", x, w, b)
    # sign(wᵀ x + b), with sign(0) = +1
    z = x @ w + b
    return xp.where(z >= 0, 1.0, xp.where(z < 0, -1.0, z))


@array_function
def squared_risk(x: Array, y: Array, w: Array, b: Array, /) -> Array:
    r"""Mean squared error of an affine score over n samples, the empirical risk that linear regression minimizes.

    For a linear classifier too the score is compared with the labels, not the sign of the score: the sign has gradient 0.

    Formula
    -------
    squared-risk-linear-classifier
        \hat{R}(f) = \frac{1}{n} \sum_{i=1}^{n} \left(y_i - (w^\top x_i + b)\right)^2
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{-1, +1\}, \ i = 1, \dots, n
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        \hat{R}(f) \in \mathbb{R}_{\ge 0}

    linear-regression-risk
        \hat{R}(f) = \frac{1}{n} \sum_{i=1}^{n} \left(y_i - (w^\top x_i + b)\right)^2
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        \hat{R}(f) \in \mathbb{R}_{\ge 0}

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Targets; shape (..., n).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Returns
    -------
    Array
        The mean over the n samples, in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one target for each row of x.
        If w does not have one weight for each feature of x.
        If b is not a scalar.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> squared_risk([[0.0], [1.0], [2.0]], [1.0, 3.0, 8.0], [2.0], 1.0)  # residuals 0, 0, 3
    3.0
    """
    _, x, y, w, b = arrays("squared_risk", x=x, y=y, w=w, b=b)
    _affine("squared_risk", x, w, b)
    samples("squared_risk", x, y)
    # (1/n) Σ_i (y_i − (wᵀ x_i + b))²
    return mean_squared_error(y, x @ w + b)


@array_function
def perceptron_update(x_i: Array, y_i: Array, w: Array, b: Array, /, *, eta: float) -> tuple[Array, Array]:
    r"""Correction of the perceptron after a mistake: the hyperplane is moved towards the right side of the sample.

    The perceptron makes it for a sample with ``y_i * score(x_i, w, b) <= 0``; it raises this product by ``eta * (‖x_i‖² + 1)``.

    Formula
    -------
    perceptron-update
        w \leftarrow w + \eta y_i x_i, \quad b \leftarrow b + \eta y_i
    where
        x_i \in \mathbb{R}^d
        y_i \in \{-1, +1\}
        w \in \mathbb{R}^d
        b \in \mathbb{R}
        \eta \in \mathbb{R}_{>0}
    gives
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    call
        perceptron_update(x_i, y_i, w, b, eta=eta)

    Parameters
    ----------
    x_i
        Input of one sample; shape (d,).
    y_i
        Its label, -1 or +1; a scalar.
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.
    eta
        Learning rate.

    Returns
    -------
    tuple of Array
        The new w, shape (d,), and the new b, a scalar.

    Raises
    ------
    ValueError
        If x_i does not have the shape of w.
        If y_i is not a scalar.
        If y_i is neither -1 nor +1.
        If b is not a scalar.
        If eta is not positive.
        If eta is not finite.

    References
    ----------
    [rosenblatt1958]
    [novikoff1962]

    Examples
    --------
    >>> w, b = perceptron_update([2.0, 1.0], -1, [0.5, 0.0], 0.0, eta=0.5)
    >>> w.tolist(), b
    ([-0.5, -0.5], -0.5)
    """
    xp, x_i, y_i, w, b = arrays("perceptron_update", x_i=x_i, y_i=y_i, w=w, b=b)
    if x_i.ndim != 1 or x_i.shape != w.shape:
        raise ValueError(f"perceptron_update: x_i and w must have one shape (d,), got x_i {tuple(x_i.shape)}, w {tuple(w.shape)}")
    _scalar("perceptron_update", y_i=y_i)
    check("perceptron_update", xp.abs(y_i) == 1, "be -1 or +1", y_i=y_i)
    _scalar("perceptron_update", b=b)
    eta = positive("perceptron_update", eta=eta)
    # w ← w + η y_i x_i,  b ← b + η y_i
    return w + eta * y_i * x_i, b + eta * y_i


@array_function
def logistic_proba(x: Array, w: Array, b: Array, /) -> Array:
    r"""Probability of class 1 in logistic regression: the sigmoid of the affine score.

    Formula
    -------
    logistic-posterior
        P(y = 1 \mid x_i) = \sigma(z_i) = \frac{1}{1 + \exp(-z_i)}
    where
        x_i \in \mathbb{R}^d
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        P(y = 1 \mid x_i) \in (0, 1)
    with
        \sigma = sigmoid
        z_i = logistic-score

    Parameters
    ----------
    x
        Points; shape (..., d).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Returns
    -------
    Array
        Probabilities; shape (...). In (0, 1), except that float64 rounds them to 1 from a score of 38 on, and to 0 from -746 on.

    Raises
    ------
    ValueError
        If w does not have one weight for each feature of x.
        If b is not a scalar.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> logistic_proba([1.0, 2.0], [2.0, -1.0], 0.0)
    0.5
    >>> round(logistic_proba([1.0, 2.0], [2.0, 0.0], 0.0), 4)  # 1 / (1 + exp(-2))
    0.8808
    """
    xp, x, w, b = arrays("logistic_proba", x=x, w=w, b=b)
    _affine("logistic_proba", x, w, b)
    # z = wᵀ x + b
    z = x @ w + b
    # 1 / (1 + exp(−z)) as exp(−log(1 + exp(−z))), which neither overflows nor loses small probabilities
    return xp.exp(-xp.logaddexp(xp.zeros_like(z), -z))


@array_function
def logistic_loss(x: Array, y: Array, w: Array, b: Array, /) -> Array:
    r"""Loss of logistic regression: the negative log-likelihood of n labels, a sum and not a mean.

    It is computed from the scores, so that no logarithm of 0 is taken. Where a hyperplane separates the classes it has no
    minimum: scaling up w and b brings it as near to 0 as one likes.

    Formula
    -------
    logistic-loss
        L(w, b) = -\sum_{i=1}^{n} \left[ y_i \log \sigma(z_i) + (1 - y_i) \log (1 - \sigma(z_i)) \right]
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{0, 1\}, \ i = 1, \dots, n
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    gives
        L(w, b) \in \mathbb{R}_{>0}
    with
        \sigma = sigmoid
        z_i = logistic-score

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Labels, 0 or 1; shape (..., n).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Returns
    -------
    Array
        The sum over the n samples, in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one label for each row of x.
        If a label is neither 0 nor 1.
        If w does not have one weight for each feature of x.
        If b is not a scalar.

    References
    ----------
    [albert1984]
    [hastie2009]

    Examples
    --------
    >>> round(logistic_loss([[1.0], [2.0]], [1, 0], [0.0], 0.0), 4)  # 2 log 2
    1.3863
    """
    xp, x, y, w, b = arrays("logistic_loss", x=x, y=y, w=w, b=b)
    _affine("logistic_loss", x, w, b)
    samples("logistic_loss", x, y)
    check("logistic_loss", (y == 0) | (y == 1), "be 0 or 1", y=y)
    z = x @ w + b
    # −log σ(z) = log(1 + exp(−z)) for label 1 and −log(1 − σ(z)) = log(1 + exp(z)) for label 0, summed over i
    return xp.sum(xp.logaddexp(xp.zeros_like(z), (1 - 2 * y) * z), axis=-1)


@array_function
def satisfies_margin(x: Array, y: Array, w: Array, b: Array, /, *, tol: float = 0.0) -> Array:
    r"""Whether every sample lies on its side of the hyperplane, on the margin or beyond it.

    These are the constraints of the hard-margin support vector machine. They do not single it out: where some w and b satisfy
    them, so do 2w and 2b.

    Formula
    -------
    hard-margin-constraints
        y_i (w^\top x_i + b) \geq 1, \quad \forall i
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{-1, +1\}, \ i = 1, \dots, n
        w \in \mathbb{R}^d
        b \in \mathbb{R}

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Labels, -1 or +1; shape (..., n).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.

    Other Parameters
    ----------------
    tol
        How far below 1 the left sides may fall, for w and b that a computation has rounded.

    Returns
    -------
    Array
        The truth of all n inequalities; shape (...).

    Raises
    ------
    ValueError
        If y does not have one label for each row of x.
        If a label is neither -1 nor +1.
        If w does not have one weight for each feature of x.
        If b is not a scalar.
        If tol is negative.
        If tol is not finite.

    Notes
    -----
    Level B: without gradients, because the result is a truth value.

    References
    ----------
    [cortes1995]

    Examples
    --------
    >>> satisfies_margin([[3.0], [1.0]], [1, -1], [1.0], -2.0)
    True
    >>> satisfies_margin([[3.0], [1.0]], [1, -1], [0.9], -2.0)  # the first sample: 0.7 < 1
    False
    """
    xp, x, y, w, b = arrays("satisfies_margin", x=x, y=y, w=w, b=b)
    _affine("satisfies_margin", x, w, b)
    samples("satisfies_margin", x, y)
    check("satisfies_margin", xp.abs(y) == 1, "be -1 or +1", y=y)
    tol = nonnegative("satisfies_margin", tol=tol)
    # y_i (wᵀ x_i + b) ≥ 1 for all i
    return xp.all(y * (x @ w + b) >= 1 - tol, axis=-1)


@array_function
def margin_width(w: Array, /) -> Array:
    r"""Width of the margin: the distance between the two hyperplanes on which the score is -1 and +1.

    Formula
    -------
    svm-margin
        m(w) = \frac{2}{\|w\|}
    where
        w \in \mathbb{R}^d
    gives
        m(w) \in \mathbb{R}_{>0}
    with
        0 < \|w\|

    Parameters
    ----------
    w
        Weights; shape (..., d).

    Returns
    -------
    Array
        Widths, inf where w is zero; shape (...).

    Raises
    ------
    ValueError
        If w is a scalar.

    References
    ----------
    [cortes1995]

    Examples
    --------
    >>> margin_width([3.0, 4.0])
    0.4
    """
    xp, w = arrays("margin_width", w=w)
    if w.ndim == 0:
        raise ValueError("margin_width: w must have an axis of features, got a scalar")
    # 2 / ‖w‖
    return 2 / xp.linalg.vector_norm(w, axis=-1)


@array_function
def hard_margin_objective(w: Array, /) -> Array:
    r"""Objective of the hard-margin support vector machine, half the squared norm of the weights.

    Parameters
    ----------
    w
        Weights; shape (..., d).

    Returns
    -------
    Array
        Values in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If w is a scalar.

    Examples
    --------
    >>> hard_margin_objective([3.0, 4.0])
    12.5
    """
    xp, w = arrays("hard_margin_objective", w=w)
    if w.ndim == 0:
        raise ValueError("hard_margin_objective: w must have an axis of features, got a scalar")
    # ½ ‖w‖²
    return xp.sum(w * w, axis=-1) / 2


@array_function
def hard_margin_svm(x: Array, y: Array, /) -> tuple[Array, Array]:
    r"""Hard-margin support vector machine: the hyperplane that separates the classes with the widest margin.

    Formula
    -------
    hard-margin-svm
        \min_{w, b} \ \frac{1}{2} \|w\|^2 \quad \text{s.t.} \quad y_i (w^\top x_i + b) \geq 1, \ \forall i
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{-1, +1\}, \ i = 1, \dots, n
    gives
        w \in \mathbb{R}^d
        b \in \mathbb{R}
        \min \in \mathbb{R}
    with
        \text{separable classes}
    call
        w, b = hard_margin_svm(x, y); w, b, hard_margin_objective(w)

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Labels, -1 or +1, some of each; shape (n,).

    Returns
    -------
    tuple of Array
        The only minimizer: w, shape (d,), and b, a scalar. All constraints hold, up to rounding, and some with equality.

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one label for each row of x.
        If a label is neither -1 nor +1.
        If all labels are equal.
        If a value of x is not finite.
        If no hyperplane separates the two classes.

    Notes
    -----
    Level B: without jit, compile and meta, because the active-set method decides by values. It computes in float64 and carries no
    gradients.

    References
    ----------
    [boser1992]
    [cortes1995]

    Examples
    --------
    >>> w, b = hard_margin_svm([[3.0, 0.0], [1.0, 0.0], [0.0, 5.0]], [1, -1, -1])
    >>> np.round(w, 4).tolist(), round(b, 4)
    ([1.0, 0.0], -2.0)
    """
    xp, x, y = arrays("hard_margin_svm", x=x, y=y)
    _two_classes("hard_margin_svm", xp, x, y)
    solution = _widest_margin(host(x), host(y), math.inf)
    if solution is None:
        raise ValueError("hard_margin_svm: x must be separable by a hyperplane, got classes whose convex hulls meet")
    w, b = solution
    return like(xp, x, w), like(xp, x, b)


@array_function
def soft_margin_objective(x: Array, y: Array, w: Array, b: Array, /, *, c: float = 1.0) -> Array:
    r"""Objective of the soft-margin support vector machine, half the squared norm of the weights plus c times all hinge losses.

    Parameters
    ----------
    x
        Inputs, a row each; shape (..., n, d).
    y
        Labels, -1 or +1; shape (..., n).
    w
        Weights; shape (d,).
    b
        Intercept; a scalar.
    c
        Price of a violation of the margin by one.

    Returns
    -------
    Array
        Values in [0, inf]; shape (...).

    Raises
    ------
    ValueError
        If y does not have one label for each row of x.
        If a label is neither -1 nor +1.
        If w does not have one weight for each feature of x.
        If b is not a scalar.
        If c is not positive.
        If c is not finite.

    Examples
    --------
    >>> soft_margin_objective([[3.0], [1.0]], [1, -1], [1.0], -1.0, c=2.0)  # 1/2 and a hinge loss of 1
    2.5
    """
    xp, x, y, w, b = arrays("soft_margin_objective", x=x, y=y, w=w, b=b)
    _affine("soft_margin_objective", x, w, b)
    samples("soft_margin_objective", x, y)
    check("soft_margin_objective", xp.abs(y) == 1, "be -1 or +1", y=y)
    c = positive("soft_margin_objective", c=c)
    # ½ ‖w‖² + C Σ_i max(0, 1 − y_i (wᵀ x_i + b))
    return xp.sum(w * w) / 2 + c * xp.sum(hinge(y, x @ w + b), axis=-1)


@array_function
def soft_margin_svm(x: Array, y: Array, /, *, c: float = 1.0) -> tuple[Array, Array]:
    r"""Soft-margin support vector machine: a wide margin traded against few and small violations of it.

    The intercept is not penalized and the hinge is not squared, as in scikit-learn's SVC and unlike its LinearSVC.

    Formula
    -------
    soft-margin-svm
        \min_{w, b} \ \frac{1}{2}\|w\|^2 + C \sum_{i=1}^{n} \max\left(0, 1 - y_i (w^\top x_i + b)\right)
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{-1, +1\}, \ i = 1, \dots, n
        C \in \mathbb{R}_{>0}
    gives
        w \in \mathbb{R}^d
        b \in \mathbb{R}
        \min \in \mathbb{R}
    with
        \min_{i} y_i < \max_{i} y_i
    call
        w, b = soft_margin_svm(x, y, c=c); w, b, soft_margin_objective(x, y, w, b, c=c)

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Labels, -1 or +1, some of each; shape (n,).
    c
        Price of a violation of the margin by one; the larger, the nearer to the hard margin.

    Returns
    -------
    tuple of Array
        A minimizer: w, shape (d,), and b, a scalar. Only w is unique always; where b may lie in an interval, it is the midpoint.

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one label for each row of x.
        If a label is neither -1 nor +1.
        If all labels are equal.
        If a value of x is not finite.
        If c is not positive.
        If c is not finite.

    Notes
    -----
    Level B: without jit, compile and meta, because the active-set method decides by values. It computes in float64 and carries no
    gradients.

    References
    ----------
    [cortes1995]

    Examples
    --------
    >>> w, b = soft_margin_svm([[2.0], [-2.0]], [1, -1], c=0.0625)  # too cheap a violation for w = 0.5
    >>> np.round(w, 4).tolist(), round(b, 4)
    ([0.25], 0.0)
    """
    xp, x, y = arrays("soft_margin_svm", x=x, y=y)
    _two_classes("soft_margin_svm", xp, x, y)
    c = positive("soft_margin_svm", c=c)
    solution = _widest_margin(host(x), host(y), c)
    assert solution is not None  # the multipliers are bounded by c
    w, b = solution
    return like(xp, x, w), like(xp, x, b)


@array_function
def least_squares(x: Array, y: Array, /) -> tuple[Array, Array]:
    r"""Least squares with an intercept: the weights of smallest squared risk, which linear regression fits.

    The formula is not followed to the letter: forming the product of X̃ with itself would square its condition number. The
    columns are centered and scaled, and a QR factorization gives the same minimizer.

    Formula
    -------
    normal-equations
        \begin{pmatrix} \hat{w} \\ \hat{b} \end{pmatrix} = (\tilde{X}^\top \tilde{X})^{-1} \tilde{X}^\top y
    where
        X \in \mathbb{R}^{n \times d} \ \text{of full rank}
        y \in \mathbb{R}^n
    gives
        \hat{w} \in \mathbb{R}^d
        \hat{b} \in \mathbb{R}
    with
        \tilde{X} = \begin{pmatrix} X & \mathbf{1} \end{pmatrix}
        d + 1 \leq n

    Parameters
    ----------
    x
        Inputs, a row each; shape (n, d).
    y
        Targets; shape (n,).

    Returns
    -------
    tuple of Array
        The only minimizer: w, shape (d,), and b, a scalar.

    Raises
    ------
    ValueError
        If x does not have the axes (n, d).
        If y does not have one target for each row of x.
        If there are fewer than d + 1 samples.
        If a value of x is not finite.
        If a value of y is not finite.
        If a column of x is constant.
        If the columns of x and a column of ones are linearly dependent.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> w, b = least_squares([[0.0], [1.0], [2.0]], [1.0, 3.0, 8.0])
    >>> np.round(w, 4).tolist(), round(b, 4)
    ([3.5], 0.5)
    """
    xp, x, y = arrays("least_squares", x=x, y=y)
    table("least_squares", x, y)
    n, d = x.shape
    if n < d + 1:
        raise ValueError(f"least_squares: x must have d + 1 = {d + 1} rows or more, got {n}")
    check("least_squares", xp.isfinite(x), "be finite", x=x)
    check("least_squares", xp.isfinite(y), "be finite", y=y)
    # The columns of X less their part along 1, at length 1: what units the inputs have makes no difference to the rank
    x_mean, y_mean = xp.mean(x, axis=0), xp.mean(y)
    centered = x - x_mean
    length = xp.linalg.vector_norm(centered, axis=0)
    rounding = max(n, d) * float(xp.finfo(x.dtype).eps)
    check("least_squares", length > rounding * xp.linalg.vector_norm(x, axis=0), "have no constant column", x=length)
    q, r = xp.linalg.qr(centered / length)
    smallest = xp.min(xp.linalg.svdvals(r))
    check("least_squares", smallest > rounding, "have independent columns, with no singular value near 0", x=smallest)
    # R diag(length) w = Qᵀ (y − ȳ),  b = ȳ − wᵀ x̄
    w = xp.linalg.solve(r, q.T @ (y - y_mean)) / length
    return w, y_mean - x_mean @ w


def make_plane_data(*, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    r"""Draw n labeled points of the plane: two round clouds that overlap a little.

    Labels are -1 or +1 with equal probability; a point is normally distributed with variance 1 in both directions around
    (-1, -1) or (+1, +1). Samples are independent and identically distributed. The best classifier is the sign of x_1 + x_2; it
    errs with probability Φ(-√2), about 0.0786.

    Formula
    -------
    labeled-plane-data
        x_i = (x_{i1}, x_{i2}) \in \mathbb{R}^2, \quad y_i \in \{-1, +1\}
    call
        statement

    Parameters
    ----------
    n
        Number of samples.
    rng
        Source of randomness.

    Returns
    -------
    tuple of Array
        Points, shape (n, 2), and their labels, shape (n,), both NumPy arrays of float64.

    Raises
    ------
    TypeError
        If n is not an integer.
        If rng is not a NumPy Generator.
    ValueError
        If n is not positive.

    Notes
    -----
    Level C: it draws with NumPy.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> x, y = make_plane_data(n=3, rng=np.random.default_rng(0))
    >>> x.shape, y.shape
    ((3, 2), (3,))
    """
    n = whole("make_plane_data", n=n)
    check("make_plane_data", n > 0, "be > 0", n=n)
    generator("make_plane_data", rng)
    y = rng.choice([-1.0, 1.0], size=n)
    return y[:, None] + rng.standard_normal((n, 2)), y


class Perceptron:
    r"""Perceptron: goes through the samples in their order, again and again, and corrects itself after each mistake.

    It starts from w = 0 and b = 0 and makes ``perceptron_update`` for a sample with ``y_i * score(x_i, w, b) <= 0``. If a
    hyperplane separates the classes, it comes to an end: with the augmented points (x_i, 1), of norms at most R, which some
    hyperplane through the origin separates at a distance γ, it makes at most R²/γ² updates. If none does, it never stops by
    itself. Because it starts from zero, eta only scales w and b.

    Parameters
    ----------
    eta
        Learning rate.
    max_epochs
        The most times it goes through the samples.

    Attributes
    ----------
    w_
        Weights, shape (d,).
    b_
        Intercept, a scalar.
    n_updates_
        Number of corrections made.
    converged_
        Whether the last time through the samples went without a mistake.

    References
    ----------
    [rosenblatt1958]
    [novikoff1962]

    Examples
    --------
    >>> model = Perceptron(eta=1.0, max_epochs=10).fit([[2.0], [-1.0]], [1, -1])
    >>> model.w_.tolist(), model.b_, model.n_updates_, model.converged_
    ([2.0], 1.0, 1, True)
    >>> model.predict([[0.5], [-0.75]]).tolist()
    [1.0, -1.0]
    """

    w_: Array
    b_: Array
    n_updates_: int
    converged_: bool

    def __init__(self, *, eta: float, max_epochs: int) -> None:
        self.eta = eta
        self.max_epochs = max_epochs

    def fit(self, x: Array, y: Array, /) -> Perceptron:
        """Learn from inputs x, shape (n, d), and labels y, -1 or +1, shape (n,). ValueError where a value of x is not finite."""
        self.w_, self.b_, self.n_updates_, self.converged_ = _perceptron(x, y, self.eta, self.max_epochs)
        return self

    def predict(self, x: Array, /) -> Array:
        """Labels -1 or +1 of points x, shape (..., d), by ``sign_classifier``."""
        return sign_classifier(x, self.w_, self.b_)


class HardMarginSVM:
    r"""Hard-margin support vector machine as an object; ``fit`` calls ``hard_margin_svm``.

    Attributes
    ----------
    w_
        Weights, shape (d,).
    b_
        Intercept, a scalar.

    References
    ----------
    [cortes1995]

    Examples
    --------
    >>> model = HardMarginSVM().fit([[3.0], [1.0]], [1, -1])
    >>> model.predict([[2.5], [0.0]]).tolist()
    [1.0, -1.0]
    """

    w_: Array
    b_: Array

    def fit(self, x: Array, y: Array, /) -> HardMarginSVM:
        """Learn from inputs x, shape (n, d), and labels y, -1 or +1, shape (n,)."""
        self.w_, self.b_ = hard_margin_svm(x, y)
        return self

    def predict(self, x: Array, /) -> Array:
        """Labels -1 or +1 of points x, shape (..., d), by ``sign_classifier``."""
        return sign_classifier(x, self.w_, self.b_)


class SoftMarginSVM:
    r"""Soft-margin support vector machine as an object; ``fit`` calls ``soft_margin_svm``.

    Parameters
    ----------
    c
        Price of a violation of the margin by one.

    Attributes
    ----------
    w_
        Weights, shape (d,).
    b_
        Intercept, a scalar.

    References
    ----------
    [cortes1995]

    Examples
    --------
    >>> model = SoftMarginSVM(c=1.0).fit([[3.0], [1.0]], [1, -1])
    >>> model.predict([[2.5], [0.0]]).tolist()
    [1.0, -1.0]
    """

    w_: Array
    b_: Array

    def __init__(self, *, c: float = 1.0) -> None:
        self.c = c

    def fit(self, x: Array, y: Array, /) -> SoftMarginSVM:
        """Learn from inputs x, shape (n, d), and labels y, -1 or +1, shape (n,)."""
        self.w_, self.b_ = soft_margin_svm(x, y, c=self.c)
        return self

    def predict(self, x: Array, /) -> Array:
        """Labels -1 or +1 of points x, shape (..., d), by ``sign_classifier``."""
        return sign_classifier(x, self.w_, self.b_)


class LinearRegression:
    r"""Linear regression as an object; ``fit`` calls ``least_squares``.

    Attributes
    ----------
    w_
        Weights, shape (d,).
    b_
        Intercept, a scalar.

    References
    ----------
    [hastie2009]

    Examples
    --------
    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 8.0])
    >>> np.round(model.predict([[4.0], [5.0]]), 4).tolist()  # 3.5 · 4 + 0.5 and 3.5 · 5 + 0.5
    [14.5, 18.0]
    """

    w_: Array
    b_: Array

    def fit(self, x: Array, y: Array, /) -> LinearRegression:
        """Learn from inputs x, shape (n, d), and targets y, shape (n,)."""
        self.w_, self.b_ = least_squares(x, y)
        return self

    def predict(self, x: Array, /) -> Array:
        """Predictions at points x, shape (..., d), by ``score``."""
        return score(x, self.w_, self.b_)


@array_function
def _perceptron(x: Array, y: Array, eta: float, max_epochs: int) -> tuple[Array, Array, int, bool]:
    """Weights, intercept, number of updates, and whether the last epoch went without one."""
    xp, x, y = arrays("Perceptron.fit", x=x, y=y)
    table("Perceptron.fit", x, y)
    check("Perceptron.fit", xp.isfinite(x), "be finite", x=x)
    check("Perceptron.fit", xp.abs(y) == 1, "be -1 or +1", y=y)
    max_epochs = whole("Perceptron", max_epochs=max_epochs)
    check("Perceptron", max_epochs > 0, "be > 0", max_epochs=max_epochs)
    w, b = xp.zeros_like(x[0, ...]), xp.zeros_like(y[0, ...])
    n_updates = 0
    for _ in range(max_epochs):
        before = n_updates
        for i in range(x.shape[0]):
            x_i, y_i = x[i, ...], y[i, ...]
            if y_i * (x_i @ w + b) <= 0:
                w, b = perceptron_update(x_i, y_i, w, b, eta=eta)
                n_updates += 1
        if n_updates == before:
            return w, b, n_updates, True
    return w, b, n_updates, False


def _widest_margin(x: Any, y: Any, c: float) -> tuple[Any, float] | None:
    """Solve the soft-margin problem with price c exactly, or the hard-margin problem, c = ∞; None where that has no solution.

    An active-set method for the dual: minimize ½ ‖Σ a_i y_i x_i‖² − Σ a_i over 0 ≤ a_i ≤ c, Σ a_i y_i = 0; then w is the sum in
    the norm. Multipliers rest at 0 or c, apart from those of a few free samples, which lie on the margin. One after the other,
    the sample that violates its condition most is taken off its bound, with the free multipliers following so that their samples
    stay on the margin; it becomes free where its own condition is met, unless a multiplier comes to a bound before. The points of
    the free samples are affinely independent, so that there are at most d + 1 of them, and all that is needed of them is where
    in their affine hull the projection of another point lies.
    """
    mean = np.mean(x, axis=0)
    x = x - mean
    reach = np.max(np.linalg.norm(x, axis=1))
    eps = np.finfo(x.dtype).eps
    a = np.zeros_like(y)
    free: list[int] = []
    for round_ in itertools.count():
        w = _weights(x, y, a, free)
        # A violation that rounding may have made is none. Less than one round a sample is usual; after three, rounding must have
        # gone round in a circle, and more and more is forgiven, so that there is an end.
        tol = 4 * eps * (1 + reach * np.linalg.norm(w)) * 16.0 ** max(0, round_ / (10 + len(y)) - 3)
        # The intercept that puts sample i on the margin, and whether a_i y_i may rise or fall
        level = y - x @ w
        may_rise, may_fall = np.where(y > 0, a < c, a > 0), np.where(y > 0, a > 0, a < c)
        rise, fall = np.where(may_rise, level, -np.inf), np.where(may_fall, level, np.inf)
        if not free:
            if np.max(rise) - np.min(fall) <= tol:
                break
            free = [int(np.argmin(fall))]
        b = np.mean(level[free])
        violation = np.maximum(rise - b, b - fall)
        violation[free] = -np.inf
        entering = int(np.argmax(violation))
        if violation[entering] <= tol:
            break
        if not _enter(x, y, c, a, free, entering, violation[entering], reach):
            return None
    inside = [i for i in free if 1e-12 * c < a[i] < (1 - 1e-12) * c] if c < math.inf else free
    if inside:
        b = np.mean(level[inside])
    else:  # any b in an interval is optimal
        near = 1e-12 * c
        may_rise, may_fall = np.where(y > 0, a < c - near, a > near), np.where(y > 0, a > near, a < c - near)
        b = (np.max(level[may_rise]) + np.min(level[may_fall])) / 2
    return w, float(b - mean @ w)


def _enter(x: Any, y: Any, c: float, a: Any, free: list[int], q: int, violation: float, reach: float) -> bool:
    """Move the multiplier of sample q until its condition is met or it comes to its other bound; False where it never does."""
    sign = 1.0 if a[q] == 0 else -1.0
    while free:
        coordinates, gap = _project(x, free, x[q])
        # Along the step each score changes as the projection does: those of the free samples not at all, that of q by ‖gap‖²
        step = -sign * y[q] * y[free] * coordinates
        curvature = gap @ gap
        flat = curvature <= (1e-12 * reach * (1 + np.sum(np.abs(coordinates)))) ** 2
        room = np.full(len(free), np.inf)
        room[step > 0] = (c - a[free])[step > 0] / step[step > 0]
        room[step < 0] = a[free][step < 0] / -step[step < 0]
        blocking = int(np.argmin(room))
        solved = math.inf if flat else violation / curvature
        own = c if sign == 1 and a[q] == 0 else (c - a[q] if sign == 1 else a[q])
        length = min(solved, own, room[blocking])
        if length == math.inf:
            return False  # a point of one class's convex hull coincides with one of the other's
        a[free] = np.clip(a[free] + length * step, 0.0, c)
        a[q] = min(max(a[q] + length * sign, 0.0), c)
        violation -= length * curvature
        if length == solved:
            free.append(q)
            return True
        if length == own:
            a[q] = c if sign == 1 else 0.0
            return True
        a[free[blocking]] = c if step[blocking] > 0 else 0.0
        del free[blocking]
    free.append(q)  # alone, it is on the margin by the choice of the intercept
    return True


def _project(x: Any, points: list[int], point: Any) -> tuple[Any, Any]:
    """Affine coordinates of the projection of a point onto the affine hull of some of x, and the point less its projection."""
    base = x[points[0]]
    gap = point - base
    if len(points) == 1:
        return np.ones(1), gap
    span = (x[points[1:]] - base).T
    coordinates = np.linalg.lstsq(span, gap, rcond=None)[0]
    coordinates = coordinates + np.linalg.lstsq(span, gap - span @ coordinates, rcond=None)[0]  # once more, against rounding
    return np.concatenate([[1 - np.sum(coordinates)], coordinates]), gap - span @ coordinates


def _weights(x: Any, y: Any, a: Any, free: list[int]) -> Any:
    """The weights Σ a_i y_i x_i, taken from the condition of the free samples as far as that goes, since the sum piles up rounding."""
    if not free:
        return (a * y) @ x
    base, rest = x[free[0]], free[1:]
    # In the span of the free samples' differences w is what puts them on the margin …
    span = x[rest] - base
    within = np.linalg.lstsq(span, y[rest] - y[free[0]], rcond=None)[0] if rest else np.zeros_like(base)
    if len(rest) == len(base):
        return within
    # … and across it the sum over the samples at their bounds, relative to a free one since Σ a_i y_i = 0
    bound = a * y
    bound[free] = 0.0
    across = bound @ (x - base)
    for _ in range(2 if rest else 0):
        across = across - np.linalg.lstsq(span, span @ across, rcond=None)[0]
    return within + across


def _affine(name: str, x: Array, w: Array, b: Array) -> None:
    """Refuse a w that has not one weight for each feature, and a b that is no scalar."""
    if x.ndim == 0 or w.ndim != 1 or x.shape[-1] != w.shape[0]:
        raise ValueError(f"{name}: w must have shape (d,) beside x of shape (..., d), got w {tuple(w.shape)}, x {tuple(x.shape)}")
    _scalar(name, b=b)


def _scalar(name: str, /, **argument: Array) -> None:
    ((key, value),) = argument.items()
    if value.ndim != 0:
        raise ValueError(f"{name}: {key} must be a scalar, got shape {tuple(value.shape)}")


def _two_classes(name: str, xp: Any, x: Array, y: Array) -> None:
    """Refuse what is no finite table with labels -1 and +1, some of each."""
    table(name, x, y)
    check(name, xp.isfinite(x), "be finite", x=x)
    check(name, xp.abs(y) == 1, "be -1 or +1", y=y)
    check(name, xp.min(y) < xp.max(y), "hold both labels", y=y[0, ...])
