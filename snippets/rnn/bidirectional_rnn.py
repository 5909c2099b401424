import math

import numpy as np

from dlref.rnn import bidirectional

xs = [[1.0], [-0.5], [2.0]]
T = 3


def forward_cell(x, h):
    return np.array([math.tanh(x[0] + 0.5 * h[0])])


def backward_cell(x, h):
    return np.array([math.tanh(0.5 * x[0] - h[0]), math.tanh(h[1] + 1)])


h_first, h_last = [0.0], [0.0, 0.5]
forward, backward = [h_first], [h_last]
for t in range(T):
    # h⃗_t = RNN_forward(x_t, h⃗_{t−1})
    forward.append(forward_cell(xs[t], forward[t]))
for t in reversed(range(T)):
    # h⃖_t = RNN_backward(x_t, h⃖_{t+1})
    backward.insert(0, backward_cell(xs[t], backward[0]))
# y_t = concat(h⃗_t, h⃖_t)
y = [[*forward[t + 1], *backward[t]] for t in range(T)]

result = bidirectional(forward_cell, backward_cell, xs, h_first, h_last)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [[0.7616, 0.8528, 0.9608], [-0.1186, -0.7664, 0.9567], [0.9596, 0.7616, 0.9051]]
