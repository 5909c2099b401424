import math

import numpy as np

from dlref.optim import adagrad_step

eta, eps = 0.5, 1e-8


def gradient(theta):  # of L(θ) = (θ_1² + 25 θ_2²) / 2
    return [theta[0], 25 * theta[1]]


# θ ← θ − η / √(G_t + ε) ∘ ∇L(θ), with the squared gradients summed up in G_t from G_0 = 0
theta, G = [10.0, 1.0], [0.0, 0.0]
for t in range(1, 4):
    grad = gradient(theta)
    for j in range(2):
        G[j] = G[j] + grad[j] * grad[j]
        theta[j] = theta[j] - eta / math.sqrt(G[j] + eps) * grad[j]

result, g_sum = [10.0, 1.0], 0.0
for t in range(1, 4):
    result, g_sum = adagrad_step(result, gradient(result), g_sum, eta=eta, eps=eps)
assert np.allclose(result, theta)
assert np.allclose(g_sum, G)
print(np.round(result, 4).tolist(), np.round(g_sum, 4).tolist())

# Output:
# [8.8791, 0.1564] [274.0755, 828.9958]
