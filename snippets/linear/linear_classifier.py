import numpy as np

from dlref.linear import sign_classifier

x = [[1.0, 2.0], [1.0, 1.0], [2.0, -0.5]]
w = [3.0, -1.0]
b = -2.0
n, d = 3, 2

# f(x) = sign(wᵀ x + b), with sign(0) = +1
labels = []
for i in range(n):
    total = b
    for j in range(d):
        total += w[j] * x[i][j]
    labels.append(1 if total >= 0 else -1)

result = sign_classifier(x, w, b)
assert np.allclose(result, labels)
print(result.tolist())

# Output:
# [-1.0, 1.0, 1.0]
