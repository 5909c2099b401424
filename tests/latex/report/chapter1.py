"""Chapter 1 as it is printed: risk, losses, linear models."""

import math

import numpy as np


def training_set(x, y, /):
    r"""The training set: n pairs of an input and its label.

    Formula
    -------
    training-set
        \mathcal{D} = \{(x_i, y_i) \mid i = 1, \dots, n\}
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
    """
    n = len(x)
    return [(x[i], y[i]) for i in range(n)]


def predictor_map():
    r"""A predictor takes inputs to outputs (a statement: its type).

    Formula
    -------
    predictor-map
        f : \mathcal{X} \rightarrow \mathcal{Y}
    call
        statement
    """


def predict(f, x, theta, /):
    r"""Prediction of a function with parameters.

    Formula
    -------
    parametric-predictor
        \hat{y} = f(x; \theta)
    where
        f : \mathbb{R}^d \times \mathbb{R}^p \to \mathbb{R}
        x \in \mathbb{R}^d
        \theta \in \mathbb{R}^p
    gives
        \hat{y} \in \mathbb{R}
    """
    return f(x, theta)


def expected_risk(f, loss, x, y, p, /):
    r"""Expected loss of a predictor, for a distribution on finitely many points.

    Formula
    -------
    expected-risk
        R(f) = \mathbb{E}_{(x,y) \sim P}\left[\ell(y, f(x))\right]
    where
        f : \mathbb{R}^d \to \mathbb{R}
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_k \in \mathbb{R}^d, \ k = 1, \dots, m
        y_k \in \mathbb{R}, \ k = 1, \dots, m
        p \in \Delta^{m - 1}
    gives
        R(f) \in \mathbb{R}
    with
        P = \sum_{k=1}^{m} p_k \delta_{(x_k, y_k)}
    """
    m = len(p)
    return sum(p[k] * loss(y[k], f(x[k])) for k in range(m))


def empirical_risk(f, loss, x, y, /):
    r"""Mean loss of a predictor over n samples.

    Formula
    -------
    empirical-risk
        \hat{R}(f) = \frac{1}{n} \sum_{i=1}^{n} \ell(y_i, f(x_i))
    where
        f : \mathbb{R}^d \to \mathbb{R}
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
    gives
        \hat{R}(f) \in \mathbb{R}
    """
    n = len(x)
    return 1 / n * sum(loss(y[i], f(x[i])) for i in range(n))


def labeled_plane_data():
    r"""Points of the plane with labels -1 and +1 (a statement: two memberships).

    Formula
    -------
    labeled-plane-data
        x_i = (x_{i1}, x_{i2}) \in \mathbb{R}^2, \quad y_i \in \{-1, +1\}
    call
        statement
    """


def sign_classifier(x, w, b, /):
    r"""Linear classifier: the side of a hyperplane on which a point lies; +1 on the hyperplane itself.

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
    """
    d = len(x)
    return 1 if sum(w[j] * x[j] for j in range(d)) + b >= 0 else -1


def squared_risk(x, y, w, b, /):
    r"""Mean squared error of an affine score over n samples.

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
    """
    n, d = x.shape
    return 1 / n * sum((y[i] - (sum(w[j] * x[i, j] for j in range(d)) + b)) ** 2 for i in range(n))


def expected_squared_error(predictions, f_star, /, *, sigma):
    r"""Expected squared error at a point, split into squared bias, variance and noise.

    Formula
    -------
    bias-variance-decomposition
        \mathbb{E}_{\mathcal{D},\varepsilon}\left[(y - \hat{f}_{\mathcal{D}}(x))^2\right] =
        \underbrace{\left(\mathbb{E}_{\mathcal{D}}[\hat{f}_{\mathcal{D}}(x)] - f^{*}(x)\right)^2}_{(1)} +
        \underbrace{\mathbb{E}_{\mathcal{D}}\left[\left(\hat{f}_{\mathcal{D}}(x) -
        \mathbb{E}_{\mathcal{D}}[\hat{f}_{\mathcal{D}}(x)]\right)^2\right]}_{(2)} + \sigma_{\varepsilon}^2
    where
        \hat{f}_{\mathcal{D}}(x) \in \mathbb{R}, \mathcal{D} = 1, \dots, m
        f^{*}(x) \in \mathbb{R}
        \sigma_{\varepsilon} \in \mathbb{R}_{>0}
    with
        y = f^{*}(x) + \varepsilon
        \mathcal{D} \sim \frac{1}{m} \sum_{k=1}^{m} \delta_k
        \varepsilon \sim \frac{1}{2} \delta_{-\sigma_{\varepsilon}} + \frac{1}{2} \delta_{\sigma_{\varepsilon}}
    call
        expected_squared_error(predictions, f_star, sigma=sigma)
    """
    m = len(predictions)
    mean = sum(predictions[k] for k in range(m)) / m
    bias_squared = (mean - f_star) ** 2
    variance = sum((predictions[k] - mean) ** 2 for k in range(m)) / m
    return bias_squared + variance + sigma**2


def indicator(condition, /):
    r"""Indicator: 1 where a condition holds, 0 where it does not.

    Formula
    -------
    indicator
        \mathbb{I}\{y \neq \hat{y}\} = \begin{cases} 1 & y \neq \hat{y} \\ 0 & y = \hat{y} \end{cases}
    where
        y \in \{-1, +1\}
        \hat{y} \in \{-1, +1\}
    gives
        \mathbb{I}\{y \neq \hat{y}\} \in \{0, 1\}
    call
        indicator(y != y_hat)
    """
    return 1 if condition else 0


def zero_one(y, y_hat, /):
    r"""Zero-one loss of a predicted label: 1 for a wrong label, 0 for the right one.

    Formula
    -------
    zero-one-loss
        \ell(y, \hat{y}) = \mathbb{I}\{y \neq \hat{y}\}
    where
        y \in \{-1, +1\}
        \hat{y} \in \{-1, +1\}
    gives
        \ell(y, \hat{y}) \in \{0, 1\}
    with
        \mathbb{I} = indicator
    """
    return 1 if y != y_hat else 0


def hinge(y, score, /):
    r"""Hinge loss of a signed score: zero beyond the margin, linear inside it.

    Formula
    -------
    hinge-loss
        \ell(y, f(x)) = \max(0, 1 - y f(x))
    where
        y \in \{-1, +1\}
        f(x) \in \mathbb{R}
    gives
        \ell(y, f(x)) \in \mathbb{R}_{\ge 0}
    """
    return max(0, 1 - y * score)


def cross_entropy(y, p_hat, /):
    r"""Cross-entropy of a label and predicted probabilities: minus the logarithm of the true class's probability.

    Formula
    -------
    cross-entropy-loss
        \ell(y, \hat{p}) = -\sum_{k} \mathbb{I}\{y = k\} \log \hat{p}_k
    where
        y \in \{0, \dots, K - 1\}
        \hat{p} \in \Delta^{K - 1}
    gives
        \ell(y, \hat{p}) \in \mathbb{R}_{\ge 0}
    with
        \mathbb{I} = indicator
        k = 0, \dots, K - 1
    """
    K = len(p_hat)
    return -sum((1 if y == k else 0) * math.log(p_hat[k]) for k in range(K))


def exponential(y, score, /):
    r"""Exponential loss of a signed score: decreasing in the margin, never zero.

    Formula
    -------
    exponential-loss
        \ell(y, \hat{y}) = \exp(-y \hat{y})
    where
        y \in \{-1, +1\}
        \hat{y} \in \mathbb{R}
    gives
        \ell(y, \hat{y}) \in \mathbb{R}_{>0}
    """
    return math.exp(-y * score)


def squared(y, y_hat, /):
    r"""Squared loss: the square of the residual.

    Formula
    -------
    squared-loss
        \ell(y, \hat{y}) = (y - \hat{y})^2
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
    gives
        \ell(y, \hat{y}) \in \mathbb{R}_{\ge 0}
    """
    return (y - y_hat) ** 2


def absolute(y, y_hat, /):
    r"""Absolute loss: the size of the residual.

    Formula
    -------
    absolute-loss
        \ell(y, \hat{y}) = |y - \hat{y}|
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
    gives
        \ell(y, \hat{y}) \in \mathbb{R}_{\ge 0}
    """
    return abs(y - y_hat)


def huber(y, y_hat, /, *, delta=1.0):
    r"""Huber loss: quadratic for residuals up to delta, linear beyond.

    Formula
    -------
    huber-loss
        \ell(y, \hat{y}) = \begin{cases} \frac{1}{2}(y - \hat{y})^2 & \text{if } |y - \hat{y}| \leq \delta \\
        \delta\left(|y - \hat{y}| - \frac{\delta}{2}\right) & \text{otherwise} \end{cases}
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
        \delta \in \mathbb{R}_{>0}
    gives
        \ell(y, \hat{y}) \in \mathbb{R}_{\ge 0}
    call
        huber(y, y_hat, delta=delta)
    """
    if abs(y - y_hat) <= delta:
        return 1 / 2 * (y - y_hat) ** 2
    return delta * (abs(y - y_hat) - delta / 2)


def mean_squared_error(y, y_hat, /):
    r"""Mean squared error of n predictions.

    Formula
    -------
    mean-squared-error
        \mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (y_i - \hat{y}_i)^2
    where
        y_i \in \mathbb{R}, \ i = 1, \dots, n
        \hat{y}_i \in \mathbb{R}, \ i = 1, \dots, n
    gives
        \mathrm{MSE} \in \mathbb{R}_{\ge 0}
    """
    n = len(y)
    return 1 / n * sum((y[i] - y_hat[i]) ** 2 for i in range(n))


def gaussian_nll(y, y_hat, sigma, /):
    r"""Negative log-likelihood of a target under a normal distribution around the prediction.

    Formula
    -------
    gaussian-nll
        -\log p(y \mid \hat{y}) = \frac{(y-\hat{y})^2}{2\sigma^2} + \frac{1}{2}\log(2\pi\sigma^2)
    where
        y \in \mathbb{R}
        \hat{y} \in \mathbb{R}
        \sigma \in \mathbb{R}_{>0}
    gives
        -\log p(y \mid \hat{y}) \in \mathbb{R}
    """
    return (y - y_hat) ** 2 / (2 * sigma**2) + 1 / 2 * math.log(2 * math.pi * sigma**2)


def perceptron_update(x_i, y_i, w, b, /, *, eta):
    r"""One correction of the perceptron, made for a sample that is not on its side of the hyperplane.

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
    """
    d = len(w)
    return np.array([w[j] + eta * y_i * x_i[j] for j in range(d)]), b + eta * y_i


def score(x, w, b, /):
    r"""Affine score of a point: its signed, scaled distance to a hyperplane.

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
    """
    d = len(x)
    return sum(w[j] * x[j] for j in range(d)) + b


def logistic_proba(x, w, b, /):
    r"""Probability of class 1 in logistic regression.

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
    """
    d = len(x)
    z = sum(w[j] * x[j] for j in range(d)) + b
    return 1 / (1 + math.exp(-z))


def logistic_loss(x, y, w, b, /):
    r"""Negative log-likelihood of logistic regression, summed over n samples.

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
    """
    n, d = x.shape
    total = 0.0
    for i in range(n):
        z = sum(w[j] * x[i, j] for j in range(d)) + b
        p = 1 / (1 + math.exp(-z))
        total -= y[i] * math.log(p) + (1 - y[i]) * math.log(1 - p)
    return total


def satisfies_margin(x, y, w, b, /):
    r"""Whether every sample lies on its side of the hyperplane, at the margin or beyond.

    Formula
    -------
    hard-margin-constraints
        y_i (w^\top x_i + b) \geq 1, \quad \forall i
    where
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \{-1, +1\}, \ i = 1, \dots, n
        w \in \mathbb{R}^d
        b \in \mathbb{R}
    """
    n, d = x.shape
    return all(y[i] * (sum(w[j] * x[i, j] for j in range(d)) + b) >= 1 for i in range(n))


def hard_margin_svm(x, y, /):
    r"""Hard-margin support vector machine: the separating hyperplane of the widest margin.

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
    """
    return _maximize_dual(x, y, math.inf)


def hard_margin_objective(w, /):
    """What the hard-margin support vector machine minimizes."""
    d = len(w)
    return 1 / 2 * sum(w[j] ** 2 for j in range(d))


def margin_width(w, /):
    r"""Width of the margin of a support vector machine.

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
    """
    d = len(w)
    return 2 / math.sqrt(sum(w[j] ** 2 for j in range(d)))


def soft_margin_svm(x, y, /, *, c=1.0):
    r"""Soft-margin support vector machine: a wide margin against few and small violations of it.

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
    """
    return _maximize_dual(x, y, c)


def soft_margin_objective(x, y, w, b, /, *, c=1.0):
    """What the soft-margin support vector machine minimizes."""
    n, d = x.shape
    norm = sum(w[j] ** 2 for j in range(d))
    return 1 / 2 * norm + c * sum(max(0, 1 - y[i] * (sum(w[j] * x[i, j] for j in range(d)) + b)) for i in range(n))


def _maximize_dual(x, y, c):
    """Solve a support vector machine by its dual: w = sum a_i y_i x_i with 0 <= a_i <= c and sum a_i y_i = 0."""
    n, d = x.shape
    a, w = np.zeros(n), np.zeros(d)
    for _ in range(20_000):
        f = y - x @ w
        # a_i y_i may grow in `up` and shrink in `down`; the pair that disagrees most about b moves, its sum kept.
        up = [i for i in range(n) if (a[i] < c if y[i] > 0 else a[i] > 0)]
        down = [i for i in range(n) if (a[i] > 0 if y[i] > 0 else a[i] < c)]
        if not up or not down:  # all labels are equal
            return w, max(f) if y[0] > 0 else min(f)
        i, k = max(up, key=lambda i: f[i]), min(down, key=lambda i: f[i])
        if f[i] - f[k] < 1e-12:
            return w, (f[i] + f[k]) / 2
        square = (x[i] - x[k]) @ (x[i] - x[k])
        room = min(c - a[i] if y[i] > 0 else a[i], a[k] if y[k] > 0 else c - a[k])
        step = min((f[i] - f[k]) / square, room) if square > 0 else room
        if step == math.inf:
            break
        a[i], a[k] = a[i] + y[i] * step, a[k] - y[k] * step
        w = (a * y) @ x
    raise ValueError("the data are not separable, or the search did not end")


def least_squares(x, y, /):
    r"""Least squares with an intercept, by the normal equations.

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
    """
    n, d = x.shape
    xt = [[*x[i], 1.0] for i in range(n)]
    gram = np.array([[sum(xt[i][j] * xt[i][k] for i in range(n)) for k in range(d + 1)] for j in range(d + 1)])
    moment = [sum(xt[i][j] * y[i] for i in range(n)) for j in range(d + 1)]
    inverse = np.linalg.inv(gram)
    solution = np.array([sum(inverse[j, k] * moment[k] for k in range(d + 1)) for j in range(d + 1)])
    return solution[:d], solution[d]
