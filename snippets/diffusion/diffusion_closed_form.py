import math

import numpy as np

from dlref.diffusion import sample_xt

x_0, betas, t = [2.0, -1.0], [0.2, 0.55, 0.5], 2
epsilon = [0.5, 1.0]  # standard normal noise
d = 2

# ᾱ_t = Π_{s=1}^t (1 − β_s)
alpha_bar = 1.0
for s in range(1, t + 1):
    alpha_bar *= 1 - betas[s - 1]
# x_t ~ N(√ᾱ_t x_0, (1 − ᾱ_t) I)
x_t = []
for j in range(d):
    mean, variance = math.sqrt(alpha_bar) * x_0[j], 1 - alpha_bar
    x_t.append(mean + math.sqrt(variance) * epsilon[j])

result = sample_xt(x_0, epsilon, betas, t=t)
assert np.allclose(result, x_t)
print(round(alpha_bar, 4), np.round(result, 4).tolist())

# Output:
# 0.36 [1.6, 0.2]
