import math

import numpy as np

from dlref.transformer import pre_norm_sublayer

W = np.array([[0.5, 0.0, 1.0], [1.0, -0.5, 0.0], [0.0, 1.0, 1.0]])
x = np.array([2.0, -1.0, 0.5])
gamma, beta, eps, d = [1.0, 1.0, 2.0], [0.0, 0.5, 0.0], 1e-5, 3


def F(x):
    return np.array([sum(W[i, j] * x[j] for j in range(d)) for i in range(d)])


def normalize(v):
    mu = sum(v[i] for i in range(d)) / d
    variance = sum((v[i] - mu) ** 2 for i in range(d)) / d
    return [gamma[i] * (v[i] - mu) / math.sqrt(variance + eps) + beta[i] for i in range(d)]


# y = x + Sublayer(LayerNorm(x))
Fx = F(normalize(x))
y = [x[i] + Fx[i] for i in range(d)]

result = pre_norm_sublayer(F, x, gamma, beta, eps=eps)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [2.6124, 0.5871, -0.2247]
