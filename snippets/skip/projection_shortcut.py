import numpy as np

from dlref.skip import projection_residual

W_s = np.array([[1.0, 1.0], [0.0, -1.0], [2.0, 0.0]])
x = np.array([2.0, -1.0])


def F(x):  # from two numbers to three
    return np.array([x[0] * x[0], x[0] * x[1], x[1] * x[1]])


# y = 𝓕(x) + W_s x
Fx = F(x)
y = [Fx[i] + sum(W_s[i, j] * x[j] for j in range(2)) for i in range(3)]

result = projection_residual(F, x, W_s)
assert np.allclose(result, y)
print(result.tolist())

# Output:
# [5.0, -1.0, 5.0]
