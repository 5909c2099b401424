import math

import numpy as np

from dlref.activations import swish

beta = 1.0
x = [-2.0, 0.0, 2.0]

# Swish_β(x) = x σ(βx)
values = []
for i in range(3):
    values.append(x[i] * (1 / (1 + math.exp(-beta * x[i]))))

result = swish(x, beta=beta)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [-0.2384, 0.0, 1.7616]
