import math

import numpy as np

from dlref.optim import rmsprop_step

eta, rho, eps = 0.25, 0.75, 1e-8


def gradient(theta):  # of L(θ) = (θ_1² + 25 θ_2²) / 2
    return [theta[0], 25 * theta[1]]


# v_t = ρ v_{t−1} + (1 − ρ) g_t ∘ g_t,  θ ← θ − η / (√v_t + ε) ∘ g_t, from v_0 = 0
theta, v = [10.0, 1.0], [0.0, 0.0]
for t in range(1, 4):
    g = gradient(theta)
    for j in range(2):
        v[j] = rho * v[j] + (1 - rho) * g[j] * g[j]
        theta[j] = theta[j] - eta / (math.sqrt(v[j]) + eps) * g[j]

result, result_v = [10.0, 1.0], 0.0
for t in range(1, 4):
    result, result_v = rmsprop_step(result, gradient(result), result_v, eta=eta, rho=rho, eps=eps)
assert np.allclose(result, theta)
assert np.allclose(result_v, v)
print(np.round(result, 4).tolist(), np.round(result_v, 4).tolist())

# Output:
# [8.8134, 0.1113] [51.8258, 126.9531]
