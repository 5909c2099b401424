import numpy as np

from dlref.pool import max_pool2d

X = np.array([[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]])
H, W = X.shape
K, S = 2, 2

# Y_ij = max over the window R_ij
Y = np.zeros(((H - K) // S + 1, (W - K) // S + 1))
for i in range((H - K) // S + 1):
    for j in range((W - K) // S + 1):
        Y[i, j] = max(X[m, n] for m in range(i * S, i * S + K) for n in range(j * S, j * S + K))

result = max_pool2d(X, kernel_size=K, stride=S)
assert np.allclose(result, Y)
print(result.tolist())

# Output:
# [[20.0, 32.0], [26.0, 22.0]]
