import numpy as np

from dlref.activations import relu

x = [-2.0, 0.0, 3.0]

# ReLU(x) = max(0, x)
values = []
for i in range(3):
    values.append(max(0.0, x[i]))

result = relu(x)
assert np.allclose(result, values)
print(result.tolist())

# Output:
# [0.0, 0.0, 3.0]
