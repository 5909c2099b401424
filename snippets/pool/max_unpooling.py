import numpy as np

from dlref.pool import max_unpool2d

X = np.array([[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]])
H, W = X.shape
K, S = 2, 2

# X̂_mn = Y_ij if (m, n) is where the window R_ij has its largest value (the first, row by row), and 0 otherwise
Y, places, X_hat = np.zeros((2, 2)), np.zeros((2, 2), dtype=int), np.zeros((H, W))
for i in range(2):
    for j in range(2):
        window = [(m, n) for m in range(i * S, i * S + K) for n in range(j * S, j * S + K)]
        m, n = max(window, key=lambda place: X[place])
        Y[i, j] = X[m, n]
        places[i, j] = m * W + n
        X_hat[m, n] = Y[i, j]

result = max_unpool2d(Y, places, out_shape=(H, W))
assert np.allclose(result, X_hat)
print(result.tolist())

# Output:
# [[0.0, 0.0, 0.0, 32.0], [20.0, 0.0, 0.0, 0.0], [26.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 22.0]]
