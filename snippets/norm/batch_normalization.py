import math

import numpy as np

from dlref.norm import batch_norm

x = np.array([[1.0, 10.0], [3.0, 40.0], [5.0, 10.0]])  # 3 samples, 2 features
gamma, beta, eps = [2.0, 1.0], [0.0, 0.5], 1e-5
m, d = x.shape

# x̂ = (x − μ) / √(σ² + ε), y = γ x̂ + β, for each feature by itself
y = np.empty((m, d))
for k in range(d):
    mu = 1 / m * sum(x[i, k] for i in range(m))
    variance = 1 / m * sum((x[i, k] - mu) ** 2 for i in range(m))
    for i in range(m):
        x_hat = (x[i, k] - mu) / math.sqrt(variance + eps)
        y[i, k] = gamma[k] * x_hat + beta[k]

result = batch_norm(x, gamma, beta, eps=eps)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [[-2.4495, -0.2071], [0.0, 1.9142], [2.4495, -0.2071]]
