import numpy as np

from dlref.losses import absolute

y = [1.0, 2.0, 3.0]
y_hat = [1.5, 2.0, 0.0]

# ℓ(y, ŷ) = |y − ŷ|
losses = []
for i in range(3):
    losses.append(abs(y[i] - y_hat[i]))

result = absolute(y, y_hat)
assert np.allclose(result, losses)
print(result.tolist())

# Output:
# [0.5, 0.0, 3.0]
