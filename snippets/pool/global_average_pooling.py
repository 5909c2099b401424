import numpy as np

from dlref.pool import global_avg_pool

X = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]], [[0.0, 0.0, 6.0], [0.0, 0.0, 0.0]]])
C, H, W = X.shape

# y_c = 1/(H W) Σ_i Σ_j X_cij
y = [sum(X[c, i, j] for i in range(H) for j in range(W)) / (H * W) for c in range(C)]

result = global_avg_pool(X)
assert np.allclose(result, y)
print(result.tolist())

# Output:
# [4.0, 1.0]
