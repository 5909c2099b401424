import math

import numpy as np

from dlref.rnn import RNN

# Two inputs, one unit, one output, two times; the loss is y_1 + 2 y_2
W_xh, W_hh, b_h, W_hy, b_y = [[1.0, -0.5]], [[0.5]], [0.25], [[2.0]], [0.0]
x, dL_dy = [[1.0, 0.5], [-0.5, 1.0]], [1.0, 2.0]
T = 2

h = [0.0]
for t in range(T):
    h.append(math.tanh(W_xh[0][0] * x[t][0] + W_xh[0][1] * x[t][1] + W_hh[0][0] * h[t] + b_h[0]))

# δ_t = φ′(a_t) ∂L/∂h_t
delta, coming = [0.0] * T, 0.0
for t in reversed(range(T)):
    delta[t] = (1 - h[t + 1] ** 2) * (W_hy[0][0] * dL_dy[t] + W_hh[0][0] * coming)
    coming = delta[t]

# sums over the times: Σ_t δ_t x_t^⊤, Σ_t δ_t, Σ_t ∂L/∂y_t h_t^⊤, Σ_t ∂L/∂y_t
dL_dW_xh = [sum(delta[t] * x[t][j] for t in range(T)) for j in range(2)]
dL_db_h = sum(delta[t] for t in range(T))
dL_dW_hy = sum(dL_dy[t] * h[t + 1] for t in range(T))
dL_db_y = sum(dL_dy[t] for t in range(T))

rnn = RNN(W_xh, W_hh, b_h, W_hy, b_y, phi=np.tanh, slope=lambda a: 1 - np.tanh(a) ** 2)
rnn.forward(x, [0.0])
grads = rnn.backward([[value] for value in dL_dy])
assert np.allclose(grads["w_xh"], [dL_dW_xh]) and np.allclose(grads["b_h"], dL_db_h)
assert np.allclose(grads["w_hy"], dL_dW_hy) and np.allclose(grads["b_y"], dL_db_y)
print(np.round(grads["w_xh"], 4).tolist(), np.round(grads["b_h"], 4).tolist())

# Output:
# [[-0.1753, 4.2883]] [5.0758]
