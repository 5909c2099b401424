import numpy as np

from dlref.activations import collapse_linear

W_1, b_1 = [[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]], [1.0, 0.0, -2.0]  # h = 3, d = 2
W_2, b_2 = [[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]], [0.5, -1.0]  # m = 2
x = [2.0, -3.0]

# W_2 (W_1 x + b_1) + b_2: layer by layer
h = [sum(W_1[k][j] * x[j] for j in range(2)) + b_1[k] for k in range(3)]
y = [sum(W_2[i][k] * h[k] for k in range(3)) + b_2[i] for i in range(2)]

# (W_2 W_1) x + (W_2 b_1 + b_2): in one go
W = [[sum(W_2[i][k] * W_1[k][j] for k in range(3)) for j in range(2)] for i in range(2)]
b = [sum(W_2[i][k] * b_1[k] for k in range(3)) + b_2[i] for i in range(2)]
once = [sum(W[i][j] * x[j] for j in range(2)) + b[i] for i in range(2)]

weight, bias = collapse_linear(W_1, b_1, W_2, b_2)
assert np.allclose(weight, W) and np.allclose(bias, b)
assert np.allclose(y, once) and np.allclose(weight @ np.array(x) + bias, y)
print(weight.tolist(), bias.tolist())
print(y)

# Output:
# [[-2.0, 1.0], [2.0, 3.0]] [3.5, 1.0]
# [-3.5, -4.0]
