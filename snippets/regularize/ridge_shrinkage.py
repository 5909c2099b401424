import math

import numpy as np

from dlref.regularize import ridge_shrinkage

x = [[3.0, 0.0], [4.0, 5.0]]
lam = 1.25
n = 2

# XᵀX, whose eigenvalues are d_k², here of a 2 × 2 matrix
gram = [[0.0, 0.0], [0.0, 0.0]]
for i in range(2):
    for k in range(2):
        for j in range(n):
            gram[i][k] += x[j][i] * x[j][k]
mean = (gram[0][0] + gram[1][1]) / 2
spread = math.hypot((gram[0][0] - gram[1][1]) / 2, gram[0][1])
squares = [mean + spread, mean - spread]

# κ_k = d_k² / (d_k² + 2nλ)
kappa = []
for k in range(2):
    kappa.append(squares[k] / (squares[k] + 2 * n * lam))

result = ridge_shrinkage(x, lam=lam)
assert np.allclose(result, kappa)
print(np.round(result, 4).tolist())

# Output:
# [0.9, 0.5]
