import numpy as np

from dlref.conv import conv2d

x = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0], [13.0, 14.0, 15.0, 16.0]])
k = np.array([[1.0, 10.0], [100.0, 1000.0]])
d = 2
H, W = x.shape
K = len(k)

# y(i, j) = Σ_m Σ_n k(m, n) x(i + d m, j + d n),  K_eff = K + (K − 1)(d − 1)
K_eff = K + (K - 1) * (d - 1)
y = np.zeros((H - K_eff + 1, W - K_eff + 1))
for i in range(H - K_eff + 1):
    for j in range(W - K_eff + 1):
        y[i, j] = sum(k[m, n] * x[i + d * m, j + d * n] for m in range(K) for n in range(K))

result = conv2d(x[None], k[None, None], dilation=d)[0]
assert np.allclose(result, y)
print(K_eff, result.tolist())

# Output:
# 3 [[11931.0, 13042.0], [16375.0, 17486.0]]
