import numpy as np

from dlref.optim import gd_step

eta = 0.125


def gradient(theta):  # of L(θ) = (θ_1² + 4 θ_2²) / 2
    return [theta[0], 4 * theta[1]]


# θ ← θ − η ∇L(θ), three times
theta = [4.0, 1.0]
for _ in range(3):
    grad = gradient(theta)
    for j in range(2):
        theta[j] = theta[j] - eta * grad[j]

result = [4.0, 1.0]
for _ in range(3):
    result = gd_step(result, gradient(result), eta=eta)
assert np.allclose(result, theta)
print(result.tolist())

# Output:
# [2.6796875, 0.125]
