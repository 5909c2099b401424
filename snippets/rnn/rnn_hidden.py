import math

import numpy as np

from dlref.activations import tanh
from dlref.rnn import rnn_cell

x_t, h_prev = [1.0, -0.5, 2.0], [0.25, -1.0]
W_xh = [[0.5, 1.0, -0.25], [-1.0, 0.0, 0.75]]
W_hh = [[0.5, -0.5], [1.0, 0.25]]
b_h = [0.0, 0.5]

# a_t = W_xh x_t + W_hh h_{t−1} + b_h
a_t = []
for i in range(2):
    a_t.append(sum(W_xh[i][j] * x_t[j] for j in range(3)) + sum(W_hh[i][j] * h_prev[j] for j in range(2)) + b_h[i])
# h_t = φ(a_t)
h_t = [math.tanh(a_t[i]) for i in range(2)]

result = rnn_cell(tanh, x_t, h_prev, W_xh, W_hh, b_h)
assert np.allclose(result, h_t)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.1244, 0.7616]
