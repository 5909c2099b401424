import math

import numpy as np

from dlref.losses import gaussian_nll

y = [0.0, 2.0, 2.0]
y_hat = [0.0, 0.0, 0.0]
sigma = [1.0, 1.0, 2.0]

# −log p(y | ŷ) = (y − ŷ)² / (2σ²) + ½ log(2πσ²)
losses = []
for i in range(3):
    error = (y[i] - y_hat[i]) ** 2 / (2 * sigma[i] ** 2)
    losses.append(error + math.log(2 * math.pi * sigma[i] ** 2) / 2)

result = gaussian_nll(y, y_hat, sigma)
assert np.allclose(result, losses)
print(np.round(result, 4).tolist())

# Output:
# [0.9189, 2.9189, 2.1121]
