import math

import numpy as np

from dlref.activations import sigmoid_grad

x = [-6.0, -2.0, 0.0, 2.0, 6.0]

# σ'(x) = σ(x) (1 − σ(x)) ≤ 1/4
values = []
for i in range(5):
    sigma = 1 / (1 + math.exp(-x[i]))
    values.append(sigma * (1 - sigma))
assert max(values) <= 1 / 4

result = sigmoid_grad(x)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [0.0025, 0.105, 0.25, 0.105, 0.0025]
