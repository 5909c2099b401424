import math

import numpy as np

from dlref.attention import cross_attention

rng = np.random.default_rng(0)
n, m, d_model, d_k, d_v = 2, 3, 4, 2, 2
X, H = rng.normal(size=(n, d_model)), rng.normal(size=(m, d_model))  # of the decoder, of the encoder
W_Q, W_K, W_V = rng.normal(size=(3, d_model, d_k))


def product(A, B):
    return [[sum(A[i][a] * B[a][j] for a in range(len(B))) for j in range(len(B[0]))] for i in range(len(A))]


# CrossAttention(X, H) = Attention(X W^Q, H W^K, H W^V)
Q, K, V = product(X, W_Q), product(H, W_K), product(H, W_V)
Y = np.zeros((n, d_v))
for i in range(n):
    e = [math.exp(sum(Q[i][a] * K[j][a] for a in range(d_k)) / math.sqrt(d_k)) for j in range(m)]
    for c in range(d_v):
        Y[i, c] = sum(e[j] * V[j][c] for j in range(m)) / sum(e)

result = cross_attention(X, H, W_Q, W_K, W_V)
assert np.allclose(result, Y)
print(np.round(result, 4).tolist())

# Output:
# [[1.0177, -1.5819], [1.465, -2.2117]]
