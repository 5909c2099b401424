import numpy as np

from dlref.skip import dense_layer

xs = [np.array([1.0, 2.0]), np.array([3.0]), np.array([-1.0])]  # x_0, x_1, x_2
W = np.array([[1.0, 0.0, 1.0, 0.0], [0.5, 0.5, 0.0, -1.0]])


def H(x):  # a layer with k = 2 outputs
    return np.array([max(0, sum(W[i, j] * x[j] for j in range(len(x)))) for i in range(2)])


# x_l = H_l([x_0, x_1, …, x_{l−1}])
joined = []
for x in xs:
    for c in range(len(x)):
        joined.append(x[c])
x_l = H(joined)

result = dense_layer(H, xs)
assert np.allclose(result, x_l)
print([float(value) for value in joined], result.tolist())

# Output:
# [1.0, 2.0, 3.0, -1.0] [4.0, 2.5]
