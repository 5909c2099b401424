import numpy as np

from dlref.linear import sign_classifier

# A perceptron that computes the logical AND of two inputs
x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
w = [1.0, 1.0]
b = -1.5

# f(x) = sign(wᵀ x + b)
labels = []
for i in range(4):
    total = b
    for j in range(2):
        total += w[j] * x[i][j]
    labels.append(1 if total >= 0 else -1)

result = sign_classifier(x, w, b)
assert np.allclose(result, labels)
print(result.tolist())

# Output:
# [-1.0, -1.0, -1.0, 1.0]
