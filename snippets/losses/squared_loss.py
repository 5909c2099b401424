import numpy as np

from dlref.losses import squared

y = [1.0, 2.0, 3.0]
y_hat = [1.5, 2.0, 0.0]

# ℓ(y, ŷ) = (y − ŷ)²
losses = []
for i in range(3):
    losses.append((y[i] - y_hat[i]) ** 2)

result = squared(y, y_hat)
assert np.allclose(result, losses)
print(result.tolist())

# Output:
# [0.25, 0.0, 9.0]
