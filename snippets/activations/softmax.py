import math

import numpy as np

from dlref.activations import softmax

z = [1.0, 2.0, 3.0]
K = len(z)

# Softmax(z)_i = e^(z_i) / Σ_j e^(z_j)
values = []
for i in range(K):
    values.append(math.exp(z[i]) / sum(math.exp(z[j]) for j in range(K)))

result = softmax(z)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [0.09, 0.2447, 0.6652]
