import numpy as np

from dlref.conv import true_convolve2d

x = np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 1.0]])
k = np.array([[1.0, 0.0], [2.0, -1.0]])
H, W = x.shape
K, L = k.shape

# (k ∗ x)(i, j) = Σ_m Σ_n k(m, n) x(i − m, j − n), where x is 0 outside of the image
y = np.zeros((H + K - 1, W + L - 1))
for i in range(H + K - 1):
    for j in range(W + L - 1):
        for m in range(K):
            for n in range(L):
                if 0 <= i - m < H and 0 <= j - n < W:
                    y[i, j] += k[m, n] * x[i - m, j - n]

result = true_convolve2d(x, k)
assert np.allclose(result, y)
print(result.tolist())

# Output:
# [[1.0, 2.0, 0.0, 0.0], [5.0, 7.0, -1.0, 0.0], [6.0, 5.0, -2.0, -1.0]]
