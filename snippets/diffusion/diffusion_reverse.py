import math

import numpy as np

from dlref.diffusion import reverse_step

mu, sigma = [1.0, -2.0], 0.5  # of a model at (x_t, t)
epsilon = [0.5, 1.0]  # standard normal noise
d = 2

# x_{t−1} ~ N(μ, σ² I): the variance is the square of σ
x_prev = []
for j in range(d):
    mean, variance = mu[j], sigma**2
    x_prev.append(mean + math.sqrt(variance) * epsilon[j])

result = reverse_step(mu, sigma, epsilon)
assert np.allclose(result, x_prev)
print(result.tolist())

# Output:
# [1.25, -1.5]
