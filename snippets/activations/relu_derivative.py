import numpy as np

from dlref.activations import relu_grad

x = [-2.0, -0.5, 3.0]  # at 0 there is no derivative

# ReLU'(x) = 1 where x > 0, and 0 where x < 0
values = []
for i in range(3):
    if x[i] > 0:
        values.append(1.0)
    elif x[i] < 0:
        values.append(0.0)

result = relu_grad(x)
assert np.allclose(result, values)
print(result.tolist())

# Output:
# [0.0, 0.0, 1.0]
