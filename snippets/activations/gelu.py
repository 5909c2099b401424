import math

import numpy as np

from dlref.activations import gelu

x = [-2.0, 0.0, 1.0]

# GELU(x) = x Φ(x), where Φ(x) = (1 + erf(x / √2)) / 2
values = []
for i in range(3):
    values.append(x[i] * (1 + math.erf(x[i] / math.sqrt(2))) / 2)

result = gelu(x)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [-0.0455, 0.0, 0.8413]
