import math

import numpy as np

from dlref.attention import masked_attention

Q = np.array([[1.0, 0.0], [0.0, 2.0]])
K = np.array([[1.0, 0.0], [0.0, 1.0]])
V = np.array([[10.0, 0.0], [0.0, 10.0]])
M = np.array([[0.0, -math.inf], [0.0, 0.0]])  # the first query may not look at the second key
n, m, d_k, d_v = 2, 2, 2, 2

# A = Softmax(Q K^⊤ / √d_k + M), MaskedAttention(Q, K, V, M) = A V
A, Y = np.zeros((n, m)), np.zeros((n, d_v))
for i in range(n):
    s = [sum(Q[i, a] * K[j, a] for a in range(d_k)) / math.sqrt(d_k) + M[i, j] for j in range(m)]
    for j in range(m):
        A[i, j] = math.exp(s[j]) / sum(math.exp(s[l]) for l in range(m))
    for c in range(d_v):
        Y[i, c] = sum(A[i, j] * V[j, c] for j in range(m))

result = masked_attention(Q, K, V, M)
assert np.allclose(result, Y)
print(np.round(A, 4).tolist())
print(np.round(result, 4).tolist())

# Output:
# [[1.0, 0.0], [0.1956, 0.8044]]
# [[10.0, 0.0], [1.9557, 8.0443]]
