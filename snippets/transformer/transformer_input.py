import math

import numpy as np

from dlref.transformer import embed

w = [2, 0, 2]  # three tokens of a vocabulary of three
E = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5]])
n, d_model = 3, 4


def PE(pos, j):
    angle = pos / 10000 ** (2 * (j // 2) / d_model)
    return math.sin(angle) if j % 2 == 0 else math.cos(angle)


# x_pos = √d_model e_pos + PE_pos, with e_pos = E_(w_pos)
x = np.zeros((n, d_model))
for pos in range(n):
    for j in range(d_model):
        x[pos, j] = math.sqrt(d_model) * E[w[pos], j] + PE(pos, j)

result = embed(w, E)
assert np.allclose(result, x)
for row in np.round(result, 4).tolist():
    print(row)

# Output:
# [1.0, 2.0, 1.0, 2.0]
# [2.8415, 0.5403, 0.01, 1.0]
# [1.9093, 0.5839, 1.02, 1.9998]
