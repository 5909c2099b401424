import math

import numpy as np

from dlref.pool import roi_pool

X = np.array([[1.0, 2.0, 3.0, 0.0, 1.0], [4.0, 9.0, 5.0, 7.0, 0.0], [6.0, 0.0, 8.0, 2.0, 3.0]])
y_0, x_0, y_1, x_1 = 0, 1, 3, 5  # rows 0, 1, 2 and columns 1, 2, 3, 4
h, w = 2, 2
H_r, W_r = y_1 - y_0, x_1 - x_0

# Y_ij = max over bin_ij, i = 1, …, h, j = 1, …, w
Y = np.zeros((h, w))
for i in range(1, h + 1):
    for j in range(1, w + 1):
        rows = range(y_0 + math.floor((i - 1) * H_r / h), y_0 + math.ceil(i * H_r / h))
        columns = range(x_0 + math.floor((j - 1) * W_r / w), x_0 + math.ceil(j * W_r / w))
        Y[i - 1, j - 1] = max(X[m, n] for m in rows for n in columns)

result = roi_pool(X, (y_0, x_0, y_1, x_1), out_size=(h, w))
assert np.allclose(result, Y)
print(result.tolist())

# Output:
# [[9.0, 7.0], [9.0, 7.0]]
