import math

import numpy as np

from dlref.rnn import lstm_cell

x_t, h_prev, c_prev = [1.0, -0.5], [0.25, 0.5], [1.0, -2.0]
W_f, U_f, b_f = [[0.5, 1.0], [0.0, -1.0]], [[1.0, 0.0], [0.5, 0.5]], [1.0, 1.0]
W_i, U_i, b_i = [[-1.0, 0.5], [1.0, 1.0]], [[0.0, 0.5], [0.25, 0.0]], [0.0, 0.0]
W_o, U_o, b_o = [[0.25, 0.0], [0.5, -0.5]], [[0.5, 0.5], [1.0, -1.0]], [0.0, 0.5]
W_c, U_c, b_c = [[1.0, 1.0], [2.0, 0.0]], [[0.0, 1.0], [-1.0, 0.0]], [0.0, 0.0]


def sigma(a):
    return 1 / (1 + math.exp(-a))


def affine(W, U, b, k):
    return sum(W[k][j] * x_t[j] for j in range(2)) + sum(U[k][j] * h_prev[j] for j in range(2)) + b[k]


f_t = [sigma(affine(W_f, U_f, b_f, k)) for k in range(2)]
i_t = [sigma(affine(W_i, U_i, b_i, k)) for k in range(2)]
o_t = [sigma(affine(W_o, U_o, b_o, k)) for k in range(2)]
c_new = [math.tanh(affine(W_c, U_c, b_c, k)) for k in range(2)]
# c_t = f_t ⊙ c_{t−1} + i_t ⊙ c̃_t
c_t = [f_t[k] * c_prev[k] + i_t[k] * c_new[k] for k in range(2)]
# h_t = o_t ⊙ tanh(c_t)
h_t = [o_t[k] * math.tanh(c_t[k]) for k in range(2)]

h, c = lstm_cell(x_t, h_prev, c_prev, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_c, U_c, b_c)
assert np.allclose(h, h_t) and np.allclose(c, c_t)
print(np.round(h, 4).tolist(), np.round(c, 4).tolist())

# Output:
# [0.4911, -0.594] [0.9821, -1.1344]
