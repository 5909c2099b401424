import math

import numpy as np

from dlref.attention import scaled_dot_product_attention

Q = np.array([[1.0, 0.0], [0.0, 2.0]])  # n = 2 queries
K = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])  # m = 3 keys
V = np.array([[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]])  # one value a key
n, m, d_k, d_v = 2, 3, 2, 2

# Attention(Q, K, V) = Softmax(Q K^⊤ / √d_k) V
Y = np.zeros((n, d_v))
for i in range(n):
    s = [sum(Q[i, a] * K[j, a] for a in range(d_k)) / math.sqrt(d_k) for j in range(m)]
    for c in range(d_v):
        Y[i, c] = sum(math.exp(s[j]) * V[j, c] for j in range(m)) / sum(math.exp(s[l]) for l in range(m))

result = scaled_dot_product_attention(Q, K, V)
assert np.allclose(result, Y)
print(np.round(result, 4).tolist())

# Output:
# [[6.0167, 3.9833], [3.3129, 6.6871]]
