import math

import numpy as np

from dlref.attention import multi_head_attention

rng = np.random.default_rng(0)
n, m, d_model, h, d_k, d_v = 2, 3, 4, 2, 2, 2
Q, K, V = rng.normal(size=(n, d_model)), rng.normal(size=(m, d_model)), rng.normal(size=(m, d_model))
W_Q, W_K, W_V = rng.normal(size=(3, h, d_model, d_k))
W_O = rng.normal(size=(h * d_v, d_model))


def product(A, B):
    return [[sum(A[i][a] * B[a][j] for a in range(len(B))) for j in range(len(B[0]))] for i in range(len(A))]


def attention(Q, K, V):
    Y = []
    for q in Q:
        s = [sum(q[a] * k[a] for a in range(d_k)) / math.sqrt(d_k) for k in K]
        e = [math.exp(s[j]) for j in range(m)]
        Y.append([sum(e[j] * V[j][c] for j in range(m)) / sum(e) for c in range(d_v)])
    return Y


# head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V)
heads = [attention(product(Q, W_Q[i]), product(K, W_K[i]), product(V, W_V[i])) for i in range(h)]
# MultiHead(Q, K, V) = Concat(head_1, …, head_h) W^O
joined = [[heads[i][p][c] for i in range(h) for c in range(d_v)] for p in range(n)]
Y = product(joined, W_O)

result = multi_head_attention(Q, K, V, W_Q, W_K, W_V, W_O)
assert np.allclose(result, Y)
print(np.round(result, 4).tolist())

# Output:
# [[-3.1921, 5.6358, 0.1753, 3.0701], [-4.6534, 6.3786, 0.4742, 5.0513]]
