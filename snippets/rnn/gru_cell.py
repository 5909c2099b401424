import math

import numpy as np

from dlref.rnn import gru_cell

x_t, h_prev = [1.0, -0.5], [0.5, -1.0]
W_z, U_z, b_z = [[0.5, 1.0], [0.0, -1.0]], [[1.0, 0.0], [0.5, 0.5]], [0.0, 0.5]
W_r, U_r, b_r = [[-1.0, 0.5], [1.0, 1.0]], [[0.0, 0.5], [0.25, 0.0]], [0.0, 0.0]
W_h, U_h, b_h = [[1.0, 1.0], [2.0, 0.0]], [[0.0, 1.0], [-1.0, 0.5]], [0.0, 0.25]


def sigma(a):
    return 1 / (1 + math.exp(-a))


def affine(W, U, b, h, k):
    return sum(W[k][j] * x_t[j] for j in range(2)) + sum(U[k][j] * h[j] for j in range(2)) + b[k]


z_t = [sigma(affine(W_z, U_z, b_z, h_prev, k)) for k in range(2)]
r_t = [sigma(affine(W_r, U_r, b_r, h_prev, k)) for k in range(2)]
# h̃_t = tanh(W_h x_t + U_h (r_t ⊙ h_{t−1}) + b_h)
kept = [r_t[k] * h_prev[k] for k in range(2)]
h_new = [math.tanh(affine(W_h, U_h, b_h, kept, k)) for k in range(2)]
# h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t
h_t = [(1 - z_t[k]) * h_prev[k] + z_t[k] * h_new[k] for k in range(2)]

result = gru_cell(x_t, h_prev, W_z, U_z, b_z, W_r, U_r, b_r, W_h, U_h, b_h)
assert np.allclose(result, h_t)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.0953, 0.3256]
