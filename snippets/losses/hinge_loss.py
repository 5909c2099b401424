import numpy as np

from dlref.losses import hinge

y = [1, 1, -1]
f = [2.0, 0.25, 0.5]  # scores f(x)

# ℓ(y, f(x)) = max(0, 1 − y f(x))
losses = []
for i in range(3):
    losses.append(max(0, 1 - y[i] * f[i]))

result = hinge(y, f)
assert np.allclose(result, losses)
print(result.tolist())

# Output:
# [0.0, 0.75, 1.5]
