import math

import numpy as np

from dlref.linear import hard_margin_svm

x = [[3.0, 0.0], [1.0, 0.0], [0.0, 5.0]]
y = [1, -1, -1]
n, d = 3, 2

# min ½ ‖w‖²  subject to  y_i (wᵀ x_i + b) ≥ 1 for all i:
# the best of a grid of w and b
least, best = math.inf, None
for w0 in np.linspace(-2, 2, 17).tolist():
    for w1 in np.linspace(-2, 2, 17).tolist():
        for b in np.linspace(-4, 4, 33).tolist():
            w = [w0, w1]
            feasible = True
            for i in range(n):
                score = b
                for j in range(d):
                    score += w[j] * x[i][j]
                feasible = feasible and y[i] * score >= 1
            objective = 0.0
            for j in range(d):
                objective += w[j] ** 2 / 2
            if feasible and objective < least:
                least, best = objective, (w, b)

result_w, result_b = hard_margin_svm(x, y)
assert np.allclose(result_w, best[0]) and np.allclose(result_b, best[1])
print((np.round(result_w, 4) + 0.0).tolist(), round(result_b, 4))

# Output:
# [1.0, 0.0] -2.0
