import math

import numpy as np

from dlref.activations import sigmoid

x = [-2.0, 0.0, 2.0]

# σ(x) = 1 / (1 + e^(−x))
values = []
for i in range(3):
    values.append(1 / (1 + math.exp(-x[i])))

result = sigmoid(x)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [0.1192, 0.5, 0.8808]
