import numpy as np

from dlref.regularize import ridge

x = [[1.0, 2.0], [1.0, 0.0], [2.0, 1.0]]
y = [3.0, 1.0, 2.0]
lam = 0.5
n, d = 3, 2

# XᵀX + 2nλ I and Xᵀ y
a = [[2 * n * lam, 0.0], [0.0, 2 * n * lam]]
b = [0.0, 0.0]
for i in range(d):
    for j in range(n):
        b[i] += x[j][i] * y[j]
        for k in range(d):
            a[i][k] += x[j][i] * x[j][k]

# The inverse of a 2 × 2 matrix
determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0]
inverse = [[a[1][1] / determinant, -a[0][1] / determinant], [-a[1][0] / determinant, a[0][0] / determinant]]

# ŵ = (XᵀX + 2nλ I)⁻¹ Xᵀ y
w = [0.0, 0.0]
for i in range(d):
    for k in range(d):
        w[i] += inverse[i][k] * b[k]

result = ridge(x, y, lam=lam)
assert np.allclose(result, w)
print(np.round(result, 4).tolist())

# Output:
# [0.5714, 0.7143]
