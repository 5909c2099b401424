import numpy as np

from dlref.skip import residual

W = np.array([[0.5, 0.0], [1.0, -0.5]])
x = np.array([2.0, -1.0])


def F(x):
    return np.array([sum(W[i, j] * x[j] for j in range(2)) for i in range(2)])


# y = 𝓕(x) + x
Fx = F(x)
y = [Fx[i] + x[i] for i in range(2)]

result = residual(F, x)
assert np.allclose(result, y)
print(Fx.tolist(), result.tolist())

# Output:
# [1.0, 2.5] [3.0, 1.5]
