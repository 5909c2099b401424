import math

import numpy as np

from dlref.linear import soft_margin_svm

x = [[4.0], [3.0], [2.0], [0.0]]
y = [1, -1, 1, -1]  # no point of the line separates them
c = 0.5
n, d = 4, 1

# min ½ ‖w‖² + C Σ_i max(0, 1 − y_i (wᵀ x_i + b)): the best of a grid of w and b
least, best = math.inf, None
for w0 in np.linspace(-2, 2, 33).tolist():
    for b in np.linspace(-4, 4, 65).tolist():
        w = [w0]
        objective = 0.0
        for j in range(d):
            objective += w[j] ** 2 / 2
        for i in range(n):
            score = b
            for j in range(d):
                score += w[j] * x[i][j]
            objective += c * max(0, 1 - y[i] * score)
        if objective < least:
            least, best = objective, (w, b)

result_w, result_b = soft_margin_svm(x, y, c=c)
assert np.allclose(result_w, best[0]) and np.allclose(result_b, best[1])
print(np.round(result_w, 4).tolist(), round(result_b, 4))

# Output:
# [0.5] -1.0
