import numpy as np

from dlref.transformer import ffn

X = np.array([[1.0, -2.0], [0.5, 1.0]])  # two positions
W_1, b_1 = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]]), [0.5, 1.0, 0.0]
W_2, b_2 = np.array([[2.0, 4.0], [1.0, 1.0], [0.0, -1.0]]), [0.0, 0.25]
n, d_model, d_ff = 2, 2, 3

# FFN(x) = max(0, x W_1 + b_1) W_2 + b_2
Y = np.zeros((n, d_model))
for pos in range(n):
    x = X[pos]
    hidden = [max(0, sum(x[i] * W_1[i, k] for i in range(d_model)) + b_1[k]) for k in range(d_ff)]
    for j in range(d_model):
        Y[pos, j] = sum(hidden[k] * W_2[k, j] for k in range(d_ff)) + b_2[j]

result = ffn(X, W_1, b_1, W_2, b_2)
assert np.allclose(result, Y)
print(result.tolist())

# Output:
# [[3.0, 5.25], [4.0, 6.25]]
