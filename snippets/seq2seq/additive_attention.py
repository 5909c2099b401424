import math

import numpy as np

from dlref.seq2seq import additive_attention

s_prev = [1.0, -0.5]
h = [[1.0, 0.0], [0.0, 1.0], [-1.0, 2.0]]
W_a, U_a, v_a = [[1.0, 0.0], [0.5, -1.0]], [[0.5, 1.0], [-1.0, 0.0]], [2.0, -1.0]
T, K, n, m = 3, 2, 2, 2

# e_{t,i} = v_a^⊤ tanh(W_a s_{t−1} + U_a h_i)
e = []
for i in range(T):
    a = [sum(W_a[k][j] * s_prev[j] for j in range(n)) + sum(U_a[k][j] * h[i][j] for j in range(m)) for k in range(K)]
    e.append(sum(v_a[k] * math.tanh(a[k]) for k in range(K)))
# α_{t,i} = exp(e_{t,i}) / Σ_j exp(e_{t,j})
alpha = [math.exp(e[i]) / sum(math.exp(e[j]) for j in range(T)) for i in range(T)]
# c_t = Σ_i α_{t,i} h_i
c_t = [sum(alpha[i] * h[i][k] for i in range(T)) for k in range(m)]

result = additive_attention(s_prev, h, W_a, U_a, v_a)
assert np.allclose(result, c_t)
print(np.round(alpha, 4).tolist(), np.round(result, 4).tolist())

# Output:
# [0.5066, 0.2661, 0.2274] [0.2792, 0.7208]
