"""Chapter 8 as it is printed: regularization and other means against overfitting."""

import numpy as np


def regularized(data_loss, penalty, w, /, *, lam):
    r"""Regularized objective: the loss on the data plus a penalty on the parameters.

    Formula
    -------
    regularized-objective
        \mathcal{L}_{\text{total}}(\mathbf{w}) = \underbrace{\mathcal{L}_{\text{data}}(\mathbf{w})}_{(1)} + \underbrace{\lambda \mathcal{R}(\mathbf{w})}_{(2)}
    where
        \mathcal{L}_{\text{data}} : \mathbb{R}^d \to \mathbb{R}
        \mathcal{R} : \mathbb{R}^d \to \mathbb{R}
        \mathbf{w} \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}}(\mathbf{w}) \in \mathbb{R}
    call
        regularized(data_loss, penalty, w, lam=lam)
    """
    return data_loss(w) + lam * penalty(w)


def l1_regularized(data_loss, w, /, *, lam):
    r"""Objective with an L1 penalty: the sum of the absolute values of the parameters.

    Formula
    -------
    l1-regularization
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda \sum_{i} |w_i|
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        l1_regularized(data_loss, w, lam=lam)
    """
    d = len(w)
    return data_loss + lam * sum(abs(w[i]) for i in range(d))


def lasso(x, y, /, *, lam):
    r"""Lasso: least squares with an L1 penalty, which sets coefficients to zero; no intercept.

    Formula
    -------
    lasso
        \hat{\mathbf{w}} = \arg\min_{\mathbf{w}} \left\{ \frac{1}{2n} \sum_{j=1}^{n} (y_j - \mathbf{x}_j^{\top} \mathbf{w})^2 + \lambda \sum_{i} |w_i| \right\}
    where
        \mathbf{x}_j \in \mathbb{R}^d, \ j = 1, \dots, n
        y_j \in \mathbb{R}, \ j = 1, \dots, n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
        \min \in \mathbb{R}
    with
        w_i = \mathbf{w}_i
        i = 1, \dots, d
    call
        w = lasso(x, y, lam=lam); w, lasso_objective(x, y, w, lam=lam)
    """
    n, d = x.shape
    w = np.zeros(d)
    residual = np.array([y[j] for j in range(n)])  # y_j - x_j^T w
    for _ in range(100_000):
        largest = 0.0
        for i in range(d):
            # The objective in w_i alone is a parabola plus λ|w_i|: its minimizer is a soft threshold.
            u = sum(x[j, i] * (residual[j] + x[j, i] * w[i]) for j in range(n)) / n
            curvature = sum(x[j, i] ** 2 for j in range(n)) / n
            new = soft_threshold(u, lam=lam) / curvature if curvature else 0.0
            for j in range(n):
                residual[j] -= x[j, i] * (new - w[i])
            largest = max(largest, abs(new - w[i]))
            w[i] = new
        if largest < 1e-13:
            break
    return w


def lasso_objective(x, y, w, /, *, lam):
    """What the lasso minimizes: half the mean squared error plus the L1 penalty."""
    n, d = x.shape
    errors = [y[j] - sum(x[j, i] * w[i] for i in range(d)) for j in range(n)]
    return 1 / (2 * n) * sum(errors[j] ** 2 for j in range(n)) + lam * sum(abs(w[i]) for i in range(d))


def soft_threshold(u, /, *, lam):
    r"""Soft threshold: a number, moved towards zero by a fixed amount, and zero where it is smaller than that.

    Formula
    -------
    soft-thresholding
        S_{\lambda}(u) = \operatorname{sign}(u) \max(|u| - \lambda, 0)
    where
        u \in \mathbb{R}
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        S_{\lambda}(u) \in \mathbb{R}
    call
        soft_threshold(u, lam=lam)
    """
    return (1 if u >= 0 else -1) * max(abs(u) - lam, 0)


def l2_regularized(data_loss, w, /, *, lam):
    r"""Objective with an L2 penalty: the sum of the squares of the parameters.

    Formula
    -------
    l2-regularization
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda \sum_{i} w_i^2
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        l2_regularized(data_loss, w, lam=lam)
    """
    d = len(w)
    return data_loss + lam * sum(w[i] ** 2 for i in range(d))


def ridge(x, y, /, *, lam):
    r"""Ridge regression: least squares with an L2 penalty, solved in closed form; no intercept.

    Formula
    -------
    ridge
        \hat{\mathbf{w}} = \arg\min_{\mathbf{w}} \left\{ \frac{1}{2n} \sum_{j=1}^{n} (y_j - \mathbf{x}_j^{\top} \mathbf{w})^2 + \lambda \sum_{i} w_i^2 \right\}
    where
        \mathbf{x}_j \in \mathbb{R}^d, \ j = 1, \dots, n
        y_j \in \mathbb{R}, \ j = 1, \dots, n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
        \min \in \mathbb{R}
    with
        w_i = \mathbf{w}_i
        i = 1, \dots, d
    call
        w = ridge(x, y, lam=lam); w, ridge_objective(x, y, w, lam=lam)

    ridge-closed-form
        \hat{\mathbf{w}} = (X^{\top} X + 2 n \lambda I)^{-1} X^{\top} \mathbf{y}
    where
        X \in \mathbb{R}^{n \times d}
        \mathbf{y} \in \mathbb{R}^n
        \lambda \in \mathbb{R}_{>0}
    gives
        \hat{\mathbf{w}} \in \mathbb{R}^d
    call
        ridge(x, y, lam=lam)
    """
    n, d = x.shape
    A = np.zeros((d, d))
    for i, k in np.ndindex(d, d):
        A[i, k] = sum(x[j, i] * x[j, k] for j in range(n)) + 2 * n * lam * (1 if i == k else 0)
    return np.linalg.solve(A, [sum(x[j, i] * y[j] for j in range(n)) for i in range(d)])


def ridge_objective(x, y, w, /, *, lam):
    """What ridge regression minimizes: half the mean squared error plus the L2 penalty."""
    n, d = x.shape
    errors = [y[j] - sum(x[j, i] * w[i] for i in range(d)) for j in range(n)]
    return 1 / (2 * n) * sum(errors[j] ** 2 for j in range(n)) + lam * sum(w[i] ** 2 for i in range(d))


def ridge_shrinkage(x, /, *, lam):
    r"""Shrinkage of ridge regression: the factor along each principal direction, small where the data vary little.

    Formula
    -------
    ridge-shrinkage
        \kappa_k = \frac{d_k^2}{d_k^2 + 2 n \lambda}
    where
        X \in \mathbb{R}^{n \times p}
        \lambda \in \mathbb{R}_{>0}
    gives
        \kappa_k \in [0, 1), \ k = 1, \dots, \min(n, p)
    with
        d_k = \operatorname{sv}_k(X)
    call
        ridge_shrinkage(x, lam=lam)
    """
    n = len(x)
    d = np.linalg.svd(x, compute_uv=False)
    return np.array([d[k] ** 2 / (d[k] ** 2 + 2 * n * lam) for k in range(len(d))])


def weight_decay_step(w, grad, /, *, eta, lam):
    r"""Gradient descent with weight decay: the weights shrink by a factor before the gradient of the data loss moves them.

    Formula
    -------
    weight-decay
        w \leftarrow (1 - 2 \eta \lambda) w - \eta \nabla \mathcal{L}_{\text{data}}(w)
    where
        w \in \mathbb{R}^d
        \nabla \mathcal{L}_{\text{data}}(w) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \lambda \in \mathbb{R}_{\ge 0}
    gives
        w \in \mathbb{R}^d
    call
        weight_decay_step(w, grad, eta=eta, lam=lam)
    """
    d = len(w)
    return np.array([(1 - 2 * eta * lam) * w[i] - eta * grad[i] for i in range(d)])


def elastic_net_regularized(data_loss, w, /, *, lam1, lam2):
    r"""Objective of the elastic net: an L1 and an L2 penalty together.

    Formula
    -------
    elastic-net
        \mathcal{L}_{\text{total}} = \mathcal{L}_{\text{data}} + \lambda_1 \sum_{i} |w_i| + \lambda_2 \sum_{i} w_i^2
    where
        \mathcal{L}_{\text{data}} \in \mathbb{R}
        w \in \mathbb{R}^d
        \lambda_1 \in \mathbb{R}_{\ge 0}
        \lambda_2 \in \mathbb{R}_{\ge 0}
    gives
        \mathcal{L}_{\text{total}} \in \mathbb{R}
    with
        i = 1, \dots, d
    call
        elastic_net_regularized(data_loss, w, lam1=lam1, lam2=lam2)
    """
    d = len(w)
    return data_loss + lam1 * sum(abs(w[i]) for i in range(d)) + lam2 * sum(w[i] ** 2 for i in range(d))


def augmented(transform, x, y, /):
    r"""Data augmentation: the input is transformed, its label stays.

    Formula
    -------
    augment
        \tilde{x} = T(x), \qquad \tilde{y} = y
    where
        T : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
        y \in \{0, \dots, K - 1\}
    gives
        \tilde{x} \in \mathbb{R}^d
        \tilde{y} \in \{0, \dots, K - 1\}
    """
    return transform(x), y


def dropout(h, mask, /, *, p):
    r"""Inverted dropout: units are dropped with probability p, those that stay are scaled up.

    Formula
    -------
    dropout
        m_i \sim \operatorname{Bernoulli}(1 - p), \qquad \tilde{h} = \frac{m \odot h}{1 - p}
    where
        h \in \mathbb{R}^d
        m_i \sim \operatorname{Bernoulli}(1 - p), \ i = 1, \dots, d
        p \in [0, 1)
    gives
        \tilde{h} \in \mathbb{R}^d
    call
        dropout(h, mask, p=p)
    """
    d = len(h)
    return np.array([mask[i] * h[i] / (1 - p) for i in range(d)])


def mlp_params(widths, /):
    r"""Number of parameters of a fully connected network: weights and biases of all layers.

    Formula
    -------
    mlp-parameter-count
        P = \sum_{l=1}^{L} (n_{l-1} + 1)\, n_l
    where
        n_l \in \mathbb{N}, \ l = 0, \dots, L
    gives
        P \in \mathbb{N}
    """
    L = len(widths) - 1
    return sum((widths[l - 1] + 1) * widths[l] for l in range(1, L + 1))


def cross_validation(fit, loss, x, y, /, *, n_splits):
    r"""K-fold cross-validation: each fold is predicted by a model that has not seen it; the mean of the folds' mean losses.

    Formula
    -------
    k-fold-cross-validation
        \mathrm{CV} = \frac{1}{K} \sum_{k=1}^{K} \frac{1}{|D_k|} \sum_{i \in D_k} \ell\left(y_i, \hat{f}^{(-k)}(x_i)\right)
    where
        A : (\mathbb{R}^d \times \mathbb{R})^{*} \to (\mathbb{R}^d \to \mathbb{R})
        \ell : \mathbb{R} \times \mathbb{R} \to \mathbb{R}
        x_i \in \mathbb{R}^d, \ i = 1, \dots, n
        y_i \in \mathbb{R}, \ i = 1, \dots, n
        K \in \{2, \dots, n\}
    gives
        \mathrm{CV} \in \mathbb{R}
    with
        q = \lfloor n / K \rfloor
        r = n - K q
        D_k = \{i \mid (k - 1) q + \min(k - 1, r) < i \leq k q + \min(k, r)\}
        \hat{f}^{(-k)} = A(\{(x_i, y_i) \mid i \notin D_k\})
    call
        cross_validation(fit, loss, x, y, n_splits=K)
    """
    n, K = len(x), n_splits
    means = []
    for fold in kfold(range(n), n_splits=K):
        rest = [i for i in range(n) if i not in fold]
        f = fit(x[rest], y[rest])
        means.append(1 / len(fold) * sum(loss(y[i], f(x[i])) for i in fold))
    return 1 / K * sum(means)


def kfold(indices, /, *, n_splits):
    """Indices, cut into folds of equal length; where that does not come out even, the first folds have one more."""
    n, K = len(indices), n_splits
    folds, start = [], 0
    for k in range(K):
        stop = start + n // K + (1 if k < n % K else 0)
        folds.append([indices[i] for i in range(start, stop)])
        start = stop
    return folds
