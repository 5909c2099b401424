import numpy as np

from dlref.optim import momentum_step

eta, alpha = 0.0625, 0.5


def gradient(theta):  # of L(θ) = (θ_1² + 25 θ_2²) / 2
    return [theta[0], 25 * theta[1]]


# v_t = α v_{t−1} − η ∇L(θ),  θ ← θ + v_t, from v_0 = 0
theta, v = [10.0, 1.0], [0.0, 0.0]
for t in range(1, 4):
    grad = gradient(theta)
    for j in range(2):
        v[j] = alpha * v[j] - eta * grad[j]
        theta[j] = theta[j] + v[j]

result, result_v = [10.0, 1.0], 0.0
for t in range(1, 4):
    result, result_v = momentum_step(result, gradient(result), result_v, eta=eta, alpha=alpha)
assert np.allclose(result, theta)
assert np.allclose(result_v, v)
print(np.round(result, 4).tolist(), np.round(result_v, 4).tolist())

# Output:
# [7.4976, 0.3103] [-0.979, 0.7751]
