import numpy as np

from dlref.activations import leaky_relu

alpha = 0.01
x = [-2.0, 0.0, 3.0]

# LeakyReLU(x) = x where x ≥ 0, and α x where x < 0
values = []
for i in range(3):
    values.append(x[i] if x[i] >= 0 else alpha * x[i])

result = leaky_relu(x, alpha=alpha)
assert np.allclose(result, values)
print(result.tolist())

# Output:
# [-0.02, 0.0, 3.0]
