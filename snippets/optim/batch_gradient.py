import numpy as np

from dlref.optim import batch_gradient

x = [[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]
y = [3.0, 0.0, 2.0]
theta = [1.0, 0.5]
n, d = 3, 2

# ∇ℓ(y_i, f(x_i; θ)) for ℓ = (f(x_i; θ) − y_i)² / 2 and f(x_i; θ) = θᵀ x_i
grads = np.zeros((n, d))
for i in range(n):
    f = 0.0
    for j in range(d):
        f += theta[j] * x[i][j]
    for j in range(d):
        grads[i, j] = (f - y[i]) * x[i][j]

# ∇L(θ) = (1/n) Σ_i ∇ℓ(y_i, f(x_i; θ))
grad = [0.0, 0.0]
for j in range(d):
    for i in range(n):
        grad[j] += grads[i, j] / n

result = batch_gradient(grads)
assert np.allclose(result, grad)
print(np.round(result, 4).tolist())

# Output:
# [0.1667, -0.6667]
