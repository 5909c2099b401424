import math

import numpy as np

from dlref.seq2seq import teacher_forcing

# A context of two entries, and a decoder with three outputs that reads the output before it
h_T = [0.5, -1.0]
W_s, W_c, b = [[0.5, -1.0], [1.0, 0.25]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.5], [1.0, 0.0], [-1.0, 0.0]]
W_out = [[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]
y = [0, 2, 1]  # y_0 begins the sequence


def f(s_prev, y_prev, c):
    sums = []
    for i in range(2):
        sums.append(sum(W_s[i][j] * s_prev[j] + W_c[i][j] * c[j] for j in range(2)) + b[int(y_prev)][i])
    return [math.tanh(a) for a in sums]


def log_probs(s):
    z = [sum(W_out[k][i] * s[i] for i in range(2)) for k in range(3)]
    return [z[k] - math.log(sum(math.exp(z[j]) for j in range(3))) for k in range(3)]


# c = h_T, s_0 = h_T, s_t = f(s_{t−1}, y_{t−1}, c)
c, s, rows, log_p = h_T, h_T, [], 0.0
for t in range(1, 3):
    s = f(s, y[t - 1], c)
    rows.append(log_probs(s))
    # log Π p(y_t | c, y_{<t}) = Σ log p(y_t | c, y_{<t})
    log_p += rows[t - 1][y[t]]

result = teacher_forcing(lambda s, y, c: (np.array(f(s, y, c)), np.array(log_probs(f(s, y, c)))), y, h_T)
assert np.allclose(result, rows) and math.isclose(result[0, 2] + result[1, 1], log_p)
print(np.round(np.exp(result), 4).tolist(), round(math.exp(log_p), 4))

# Output:
# [[0.702, 0.2144, 0.0836], [0.4351, 0.3123, 0.2526]] 0.0261
