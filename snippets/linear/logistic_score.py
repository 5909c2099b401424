import numpy as np

from dlref.linear import score

x = [[1.0, 2.0], [0.0, 1.0], [2.0, -0.5]]
w = [3.0, -1.0]
b = 0.5
n, d = 3, 2

# z_i = wᵀ x_i + b
z = []
for i in range(n):
    total = b
    for j in range(d):
        total += w[j] * x[i][j]
    z.append(total)

result = score(x, w, b)
assert np.allclose(result, z)
print(result.tolist())

# Output:
# [1.5, -0.5, 7.0]
