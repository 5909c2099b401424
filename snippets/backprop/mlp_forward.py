import math

import numpy as np

from dlref.backprop import dense_activation

W = np.array([[0.5, 1.0, -1.0], [2.0, 0.25, 0.0]])
b, h_prev = [0.25, -0.5], [1.0, -2.0, 0.5]
m, d = W.shape


def phi(a):
    return 1 / (1 + math.exp(-a))


# a^(l) = W^(l) h^(l−1) + b^(l), h^(l) = φ(a^(l))
a = [sum(W[i, j] * h_prev[j] for j in range(d)) + b[i] for i in range(m)]
h = [phi(a[i]) for i in range(m)]

result = dense_activation(lambda a: 1 / (1 + np.exp(-a)), h_prev, W, b)
assert np.allclose(result, h)
print(np.round(a, 4).tolist(), np.round(result, 4).tolist())

# Output:
# [-1.75, 1.0] [0.148, 0.7311]
