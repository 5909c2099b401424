import math

import numpy as np

from dlref.norm import layer_norm

x = np.array([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 2.0, 2.0]])  # two positions, four features
gamma, beta, eps = [2.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.5], 1e-5
n, d = x.shape

# LN(x) = γ ⊙ (x − μ) / √(σ² + ε) + β, with μ and σ² over the features of each position
y = np.empty((n, d))
for t in range(n):
    mu = 1 / d * sum(x[t, i] for i in range(d))
    variance = 1 / d * sum((x[t, i] - mu) ** 2 for i in range(d))
    for i in range(d):
        y[t, i] = gamma[i] * (x[t, i] - mu) / math.sqrt(variance + eps) + beta[i]

result = layer_norm(x, gamma, beta, eps=eps)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [[-2.6833, -0.4472, 0.4472, 1.8416], [-2.0, -1.0, 1.0, 1.5]]
