import itertools
import math

import numpy as np

from dlref.skip import basic_block

rng = np.random.default_rng(0)
N, C, H, W = 2, 2, 3, 3
x = rng.normal(size=(N, C, H, W))
W_1, W_2 = rng.normal(size=(2, C, C, 3, 3))
gamma_1, beta_1, gamma_2, beta_2 = [1.0, 0.5], [0.0, 0.1], [1.5, 1.0], [-0.2, 0.0]


def convolve(kernel, x):  # with a row and a column of zeros on each side
    y = np.zeros((N, C, H, W))
    for s, c, i, j, c_, m, n in itertools.product(*map(range, (N, C, H, W, C, 3, 3))):
        if 0 <= i + m - 1 < H and 0 <= j + n - 1 < W:
            y[s, c, i, j] += kernel[c, c_, m, n] * x[s, c_, i + m - 1, j + n - 1]
    return y


def normalize(x, gamma, beta, eps=1e-5):  # each channel over all images and places
    y = np.zeros((N, C, H, W))
    for c in range(C):
        values = [x[s, c, i, j] for s in range(N) for i in range(H) for j in range(W)]
        mu = sum(values) / len(values)
        variance = sum((value - mu) ** 2 for value in values) / len(values)
        for s in range(N):
            for i in range(H):
                for j in range(W):
                    y[s, c, i, j] = gamma[c] * (x[s, c, i, j] - mu) / math.sqrt(variance + eps) + beta[c]
    return y


def relu(x):
    return np.array([max(0, value) for value in x.ravel()]).reshape(x.shape)


# y = ReLU(BN(W_2 ∗ ReLU(BN(W_1 ∗ x))) + x)
h = relu(normalize(convolve(W_1, x), gamma_1, beta_1))
y = relu(normalize(convolve(W_2, h), gamma_2, beta_2) + x)

result = basic_block(x, W_1, gamma_1, beta_1, W_2, gamma_2, beta_2)
assert np.allclose(result, y)
print(np.round(result[0, 0], 3).tolist())

# Output:
# [[0.273, 0.276, 0.0], [0.155, 0.0, 0.0], [1.186, 0.228, 0.0]]
