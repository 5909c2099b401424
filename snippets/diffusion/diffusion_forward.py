import math

import numpy as np

from dlref.diffusion import forward_step

x_prev, beta_t = [2.0, -1.0], 0.36
epsilon = [0.5, 1.0]  # standard normal noise
d = 2

# x_t ~ N(√(1 − β_t) x_{t−1}, β_t I): mean, and standard deviation √β_t times noise
x_t = []
for j in range(d):
    mean, variance = math.sqrt(1 - beta_t) * x_prev[j], beta_t
    x_t.append(mean + math.sqrt(variance) * epsilon[j])

result = forward_step(x_prev, epsilon, beta=beta_t)
assert np.allclose(result, x_t)
print(np.round(result, 4).tolist())

# Output:
# [1.9, -0.2]
