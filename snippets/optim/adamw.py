import math

import numpy as np

from dlref.optim import adamw_step

eta, beta_1, beta_2, eps, lam = 0.5, 0.9, 0.999, 1e-8, 0.1


def gradient(theta):  # of L(θ) = (θ_1² + 25 θ_2²) / 2
    return [theta[0], 25 * theta[1]]


theta, m, v = [10.0, 1.0], [0.0, 0.0], [0.0, 0.0]
for t in range(1, 4):
    g = gradient(theta)
    for j in range(2):
        # m_t = β_1 m_{t−1} + (1 − β_1) g_t,  v_t = β_2 v_{t−1} + (1 − β_2) g_t ∘ g_t
        m[j] = beta_1 * m[j] + (1 - beta_1) * g[j]
        v[j] = beta_2 * v[j] + (1 - beta_2) * g[j] * g[j]
        # m̂_t = m_t / (1 − β_1^t),  v̂_t = v_t / (1 − β_2^t)
        m_hat = m[j] / (1 - beta_1**t)
        v_hat = v[j] / (1 - beta_2**t)
        # θ ← θ − η (m̂_t / (√v̂_t + ε) + λ θ)
        theta[j] = theta[j] - eta * (m_hat / (math.sqrt(v_hat) + eps) + lam * theta[j])

options = {"eta": eta, "beta1": beta_1, "beta2": beta_2, "eps": eps, "lam": lam}
state = ([10.0, 1.0], 0.0, 0.0)
for t in range(1, 4):
    state = adamw_step(state[0], gradient(state[0]), state[1], state[2], t, **options)
assert np.allclose(state, [theta, m, v])
for part in state:
    print(np.round(part, 4).tolist())

# Output:
# [7.1551, -0.3743]
# [2.4252, 2.9606]
# [0.2456, 0.7508]
