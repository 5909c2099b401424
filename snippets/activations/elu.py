import math

import numpy as np

from dlref.activations import elu

alpha = 1.0
x = [-2.0, 0.0, 3.0]

# ELU(x) = x where x > 0, and α (e^x − 1) where x ≤ 0
values = []
for i in range(3):
    values.append(x[i] if x[i] > 0 else alpha * (math.exp(x[i]) - 1))

result = elu(x, alpha=alpha)
assert np.allclose(result, values)
print(np.round(result, 4).tolist())

# Output:
# [-0.8647, 0.0, 3.0]
