import numpy as np

from dlref.conv import conv2d

rng = np.random.default_rng(0)
C_in, H, W, C_out, K, L, S = 3, 5, 6, 2, 3, 2, 2
x = rng.normal(size=(C_in, H, W))
k = rng.normal(size=(C_out, C_in, K, L))
b = np.array([0.5, -1.0])

# y_c(i, j) = b_c + Σ_{c'} Σ_m Σ_n k_{c,c'}(m, n) x_{c'}(iS + m, jS + n)
y = np.zeros((C_out, (H - K) // S + 1, (W - L) // S + 1))
for c in range(C_out):
    for i in range((H - K) // S + 1):
        for j in range((W - L) // S + 1):
            y[c, i, j] = b[c]
            for c_ in range(C_in):
                for m in range(K):
                    for n in range(L):
                        y[c, i, j] += k[c, c_, m, n] * x[c_, i * S + m, j * S + n]

result = conv2d(x, k, b, stride=S)
assert np.allclose(result, y)
print(np.round(result, 3).tolist())

# Output:
# [[[0.578, -1.513, 3.513], [-5.275, 2.449, -1.018]], [[-4.132, 4.265, 1.832], [4.306, 3.004, -0.568]]]
