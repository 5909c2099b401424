import numpy as np

from dlref.optim import gd_step

x = [[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]
y = [3.0, 0.0, 2.0]
theta = [1.0, 0.5]
eta = 0.125
i = np.random.default_rng(0).integers(3)  # one sample, drawn at random

# ∇ℓ(y_i, f(x_i; θ)) for ℓ = (f(x_i; θ) − y_i)² / 2 and f(x_i; θ) = θᵀ x_i
f = 0.0
for j in range(2):
    f += theta[j] * x[i][j]
grad = [0.0, 0.0]
for j in range(2):
    grad[j] = (f - y[i]) * x[i][j]

# θ ← θ − η ∇ℓ(y_i, f(x_i; θ))
new_theta = [0.0, 0.0]
for j in range(2):
    new_theta[j] = theta[j] - eta * grad[j]

result = gd_step(theta, grad, eta=eta)
assert np.allclose(result, new_theta)
print(int(i), result.tolist())

# Output:
# 2 [0.8125, 0.5625]
