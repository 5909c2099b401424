import numpy as np

from dlref.linear import score

x = [[1.0, 2.0], [0.0, 1.0], [2.0, -0.5]]
w = [3.0, -1.0]
b = 0.5
n, d = 3, 2

# f(x) = wᵀ x + b
predictions = []
for i in range(n):
    total = b
    for j in range(d):
        total += w[j] * x[i][j]
    predictions.append(total)

result = score(x, w, b)
assert np.allclose(result, predictions)
print(result.tolist())

# Output:
# [1.5, -0.5, 7.0]
