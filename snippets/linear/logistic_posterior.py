import math

import numpy as np

from dlref.linear import logistic_proba

x = [[1.0, 2.0], [1.0, 0.0], [-1.0, 0.0]]
w = [2.0, -1.0]
b = 0.0
n, d = 3, 2

# P(y = 1 | x_i) = σ(z_i) = 1 / (1 + exp(−z_i)),  z_i = wᵀ x_i + b
probabilities = []
for i in range(n):
    z = b
    for j in range(d):
        z += w[j] * x[i][j]
    probabilities.append(1 / (1 + math.exp(-z)))

result = logistic_proba(x, w, b)
assert np.allclose(result, probabilities)
print(np.round(result, 4).tolist())

# Output:
# [0.5, 0.8808, 0.1192]
