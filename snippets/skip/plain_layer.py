import math

import numpy as np

from dlref.skip import plain

W = np.array([[0.5, 0.0], [1.0, -0.5], [0.0, 2.0]])
x = np.array([2.0, -1.0])


def F(x):  # the layer: tanh of sums
    return np.array([math.tanh(sum(W[i, j] * x[j] for j in range(2))) for i in range(3)])


# y = 𝓕(x)
y = F(x)

result = plain(F, x)
assert np.allclose(result, y)
print(np.round(result, 4).tolist())

# Output:
# [0.7616, 0.9866, -0.964]
