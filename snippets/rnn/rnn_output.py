import numpy as np

from dlref.rnn import rnn_output

h_t = [0.5, -0.25]
W_hy = [[1.0, 2.0], [0.0, -4.0], [0.5, 0.5]]
b_y = [0.0, 1.0, -0.5]

# y_t = W_hy h_t + b_y
y_t = [sum(W_hy[i][j] * h_t[j] for j in range(2)) + b_y[i] for i in range(3)]

result = rnn_output(h_t, W_hy, b_y)
assert np.allclose(result, y_t)
print(result.tolist())

# Output:
# [0.0, 2.0, -0.375]
