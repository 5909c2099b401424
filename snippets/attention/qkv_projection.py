import numpy as np

from dlref.attention import project

X = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])  # two tokens, one a row
W_Q = np.array([[1.0, 0.0], [0.5, 1.0], [0.0, -1.0]])
n, d_model, d_k = 2, 3, 2

# Q = X W^Q; so too K = X W^K and V = X W^V, each with a weight of its own
Q = np.zeros((n, d_k))
for i in range(n):
    for j in range(d_k):
        Q[i, j] = sum(X[i, a] * W_Q[a, j] for a in range(d_model))

result = project(X, W_Q)
assert np.allclose(result, Q)
print(result.tolist())

# Output:
# [[2.0, 2.0], [0.5, 2.0]]
