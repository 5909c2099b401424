import numpy as np

from dlref.conv import conv2d

x = np.array([[1.0, 2.0, 3.0, 0.0], [4.0, 5.0, 6.0, 1.0], [7.0, 8.0, 9.0, 2.0]])
k = np.array([[1.0, 0.0], [2.0, -1.0]])
H, W = x.shape
K, L = k.shape

# y(i, j) = Σ_m Σ_n k(m, n) x(i + m, j + n)
y = np.zeros((H - K + 1, W - L + 1))
for i in range(H - K + 1):
    for j in range(W - L + 1):
        y[i, j] = sum(k[m, n] * x[i + m, j + n] for m in range(K) for n in range(L))

result = conv2d(x[None], k[None, None])[0]  # one channel
assert np.allclose(result, y)
print(result.tolist())

# Output:
# [[4.0, 6.0, 14.0], [10.0, 12.0, 22.0]]
