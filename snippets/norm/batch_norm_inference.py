import math

import numpy as np

from dlref.norm import batch_norm_inference

x = np.array([[1.0, 2.0], [4.0, 5.0]])
mean_run, variance_run = [1.0, 4.0], [5.0, 0.0]
gamma, beta, eps = [2.0, 1.0], [0.5, 0.0], 4.0

# y = γ (x − μ_run) / √(σ²_run + ε) + β, for each feature k of each sample i
y = np.empty((2, 2))
for i in range(2):
    for k in range(2):
        y[i, k] = gamma[k] * (x[i, k] - mean_run[k]) / math.sqrt(variance_run[k] + eps) + beta[k]

result = batch_norm_inference(x, mean_run, variance_run, gamma, beta, eps=eps)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [[0.5, -1.0], [2.5, 0.5]]
