import math

import numpy as np

from dlref.norm import batch_norm_gradient

x, gamma, eps = [1.0, 3.0, 5.0, 7.0], 3.0, 4.0
grad_y = [1.0, 0.0, 0.0, 0.0]  # ∂L/∂y_i
m = len(x)

mu = 1 / m * sum(x[i] for i in range(m))
variance = 1 / m * sum((x[i] - mu) ** 2 for i in range(m))
x_hat = [(x[i] - mu) / math.sqrt(variance + eps) for i in range(m)]

# ∂L/∂β = Σ_i ∂L/∂y_i, ∂L/∂γ = Σ_i ∂L/∂y_i x̂_i
grad_beta = sum(grad_y[i] for i in range(m))
grad_gamma = sum(grad_y[i] * x_hat[i] for i in range(m))
# ∂L/∂x_i = γ / √(σ² + ε) (∂L/∂y_i − 1/m ∂L/∂β − x̂_i/m ∂L/∂γ)
grad_x = [gamma / math.sqrt(variance + eps) * (grad_y[i] - grad_beta / m - x_hat[i] / m * grad_gamma) for i in range(m)]

result = batch_norm_gradient(x, gamma, grad_y, eps=eps)
assert all(np.allclose(ours, written) for ours, written in zip(result, (grad_x, grad_gamma, grad_beta)))
print([np.round(grad, 4).tolist() for grad in result])

# Output:
# [[0.5, -0.3333, -0.1667, 0.0], -1.0, 1.0]
