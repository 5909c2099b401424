import math

import numpy as np

from dlref.rnn import RNN

# One input, two units, one output, three times; the loss is Σ_t (y_t − d_t)² / 2
W_xh, W_hh, b_h = [[1.0], [-0.5]], [[0.5, -1.0], [0.25, 0.75]], [0.0, 0.25]
W_hy, b_y = [[1.0, 2.0]], [0.5]
x, d = [1.0, -0.5, 2.0], [0.0, 1.0, 0.5]
T, n = 3, 2

# 1. forwards, unrolled over the times
h, y = [[0.0, 0.0]], []
for t in range(T):
    a_t = [W_xh[i][0] * x[t] + sum(W_hh[i][j] * h[t][j] for j in range(n)) + b_h[i] for i in range(n)]
    h.append([math.tanh(a_t[i]) for i in range(n)])
    y.append(sum(W_hy[0][i] * h[t + 1][i] for i in range(n)) + b_y[0])

# 2. ∂L/∂h_t = W_hy^⊤ ∂L/∂y_t + W_hh^⊤ (φ′(a_{t+1}) ⊙ ∂L/∂h_{t+1}), from t = T to 1
dL_dy = [y[t] - d[t] for t in range(T)]
slope = [[1 - h[t + 1][i] ** 2 for i in range(n)] for t in range(T)]
delta_next, delta = [0.0] * n, []
for t in reversed(range(T)):
    dL_dh = [W_hy[0][j] * dL_dy[t] + sum(W_hh[i][j] * delta_next[i] for i in range(n)) for j in range(n)]
    delta_next = [slope[t][i] * dL_dh[i] for i in range(n)]
    delta.insert(0, delta_next)

# 3. ∂L/∂W_hh = Σ_t (φ′(a_t) ⊙ ∂L/∂h_t) h_{t−1}^⊤
dL_dW_hh = [[sum(delta[t][i] * h[t][j] for t in range(T)) for j in range(n)] for i in range(n)]

rnn = RNN(W_xh, W_hh, b_h, W_hy, b_y, phi=np.tanh, slope=lambda a: 1 - np.tanh(a) ** 2)
ys = rnn.forward([[x_t] for x_t in x], [0.0, 0.0])
grads = rnn.backward(ys - np.array([[d_t] for d_t in d]))
assert np.allclose(grads["w_hh"], dL_dW_hh)
print(np.round(grads["w_hh"], 4).tolist())

# Output:
# [[0.507, -0.1464], [0.8632, -0.0855]]
