import numpy as np

from dlref.conv import separable_conv2d

rng = np.random.default_rng(0)
C_in, H, W, C_out, K, L = 2, 4, 4, 3, 3, 2
x = rng.normal(size=(C_in, H, W))
k = rng.normal(size=(C_in, K, L))
p = rng.normal(size=(C_out, C_in))

# y_c(i, j) = Σ_{c'} p_{c,c'} Σ_{m,n} k_{c'}(m, n) x_{c'}(i + m, j + n)
y = np.zeros((C_out, H - K + 1, W - L + 1))
for c in range(C_out):
    for i in range(H - K + 1):
        for j in range(W - L + 1):
            for c_ in range(C_in):
                y[c, i, j] += p[c, c_] * sum(k[c_, m, n] * x[c_, i + m, j + n] for m in range(K) for n in range(L))

result = separable_conv2d(x, k[:, None], p[:, :, None, None])
assert np.allclose(result, y)
print(np.round(result[:, 0], 3).tolist())

# Output:
# [[-0.678, 1.364, -0.222], [5.934, -2.87, 4.416], [4.431, -0.429, 3.764]]
