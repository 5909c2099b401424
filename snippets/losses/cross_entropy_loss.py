import math

import numpy as np

from dlref.losses import cross_entropy

y = [1, 0]  # labels count from 0
p_hat = [[0.5, 0.25, 0.25], [0.8, 0.1, 0.1]]

# ℓ(y, p̂) = −Σ_k 𝕀{y = k} log p̂_k
losses = []
for i in range(2):
    total = 0.0
    for k in range(3):
        if y[i] == k:
            total += math.log(p_hat[i][k])
    losses.append(-total)

result = cross_entropy(y, p_hat)
assert np.allclose(result, losses)
print(np.round(result, 4).tolist())

# Output:
# [1.3863, 0.2231]
