import math

import numpy as np

from dlref.diffusion import ddpm_step

x_t, eps_hat, t = [1.5, -3.0], [0.8, 1.6], 2
z = [1.0, 4.0] if t > 1 else [0.0, 0.0]  # standard normal noise, none in the last step
betas, sigmas = [0.36, 0.4375], [0.6, 0.5]
d = 2

alpha_bar = 1.0
for s in range(1, t + 1):
    alpha_bar *= 1 - betas[s - 1]
beta, alpha, sigma = betas[t - 1], 1 - betas[t - 1], sigmas[t - 1]
# x_{t−1} = 1/√α_t (x_t − β_t/√(1 − ᾱ_t) ε_θ(x_t, t)) + σ_t z
x_prev = []
for j in range(d):
    x_prev.append(1 / math.sqrt(alpha) * (x_t[j] - beta / math.sqrt(1 - alpha_bar) * eps_hat[j]) + sigma * z[j])

result = ddpm_step(x_t, eps_hat, z, betas, sigmas, t=t)
assert np.allclose(result, x_prev)
print(np.round(result, 4).tolist())

# Output:
# [1.9167, -3.1667]
