import numpy as np

from dlref.losses import zero_one

y = [1, -1, 1, 1]
f = [2.0, 0.5, -0.1, 0.0]  # scores f(x)

# ŷ = sign f(x), with sign(0) = +1
y_hat = []
for i in range(4):
    y_hat.append(1 if f[i] >= 0 else -1)

# ℓ(y, ŷ) = 𝕀{y ≠ ŷ}
losses = []
for i in range(4):
    losses.append(1 if y[i] != y_hat[i] else 0)

result = zero_one(y, y_hat)
assert np.array_equal(result, losses)
print(result.tolist())

# Output:
# [0.0, 1.0, 1.0, 0.0]
