import numpy as np

from dlref.conv import conv2d

rng = np.random.default_rng(0)
G, a, b, H, W, K = 2, 2, 3, 4, 4, 3  # each group: a channels of the image, b of the result
x = rng.normal(size=(G, a, H, W))
k = rng.normal(size=(G, b, a, K, K))

# y^(g) = k^(g) ⋆ x^(g): each group is a convolution by itself
y = np.zeros((G, b, H - K + 1, W - K + 1))
for g in range(G):
    for c in range(b):
        for i in range(H - K + 1):
            for j in range(W - K + 1):
                for c_ in range(a):
                    for m in range(K):
                        for n in range(K):
                            y[g, c, i, j] += k[g, c, c_, m, n] * x[g, c_, i + m, j + n]

# P = K² C_in C_out / G
P = K**2 * (G * a) * (G * b) // G

result = conv2d(x.reshape(G * a, H, W), k.reshape(G * b, a, K, K), groups=G)
assert np.allclose(result, y.reshape(G * b, H - K + 1, W - K + 1))
assert P == k.size
print(P, np.round(result[:, 0, 0], 3).tolist())

# Output:
# 108 [-0.945, 0.046, -1.081, -5.532, -2.135, -4.277]
