import math

import numpy as np

from dlref.losses import exponential

y = [1, 1, -1]
y_hat = [2.0, 0.0, 2.0]  # scores ŷ

# ℓ(y, ŷ) = exp(−y ŷ)
losses = []
for i in range(3):
    losses.append(math.exp(-y[i] * y_hat[i]))

result = exponential(y, y_hat)
assert np.allclose(result, losses)
print(np.round(result, 4).tolist())

# Output:
# [0.1353, 1.0, 7.3891]
