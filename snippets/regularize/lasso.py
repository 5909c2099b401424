import math

import numpy as np

from dlref.regularize import lasso

x = [[1.0, 2.0], [1.0, -2.0]]
y = [3.0, 2.0]
lam = 1.0
n, d = 2, 2

# argmin (1/2n) Σ_j (y_j − x_jᵀ w)² + λ Σ_i |w_i|: the best of a grid of w
least, best = math.inf, None
for w0 in np.linspace(-2, 2, 17).tolist():
    for w1 in np.linspace(-2, 2, 17).tolist():
        w = [w0, w1]
        objective = 0.0
        for j in range(n):
            error = y[j]
            for i in range(d):
                error -= x[j][i] * w[i]
            objective += error**2 / (2 * n)
        for i in range(d):
            objective += lam * abs(w[i])
        if objective < least:
            least, best = objective, w

result = lasso(x, y, lam=lam)
assert np.allclose(result, best)
print(np.round(result, 4).tolist())

# Output:
# [1.5, 0.0]
