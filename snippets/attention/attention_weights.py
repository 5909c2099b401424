import math

import numpy as np

from dlref.attention import attention_weights

Q = np.array([[1.0, 0.0], [0.0, 2.0]])
K = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
n, m, d_k = 2, 3, 2

# A = Softmax(Q K^⊤ / √d_k)
A = np.zeros((n, m))
for i in range(n):
    s = [sum(Q[i, a] * K[j, a] for a in range(d_k)) / math.sqrt(d_k) for j in range(m)]
    for j in range(m):
        A[i, j] = math.exp(s[j]) / sum(math.exp(s[l]) for l in range(m))

result = attention_weights(Q, K)
assert np.allclose(result, A)
print(np.round(result, 4).tolist())  # each row sums to 1

# Output:
# [[0.4011, 0.1978, 0.4011], [0.1084, 0.4458, 0.4458]]
