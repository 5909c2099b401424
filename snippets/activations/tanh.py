import math

import numpy as np

from dlref.activations import tanh

x = [-2.0, 0.0, 0.5, 2.0]

# tanh(x) = (e^x − e^(−x)) / (e^x + e^(−x))
values = []
for i in range(4):
    values.append((math.exp(x[i]) - math.exp(-x[i])) / (math.exp(x[i]) + math.exp(-x[i])))

result = tanh(x)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [-0.964, 0.0, 0.4621, 0.964]
