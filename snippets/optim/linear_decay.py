import numpy as np

from dlref.optim import linear_decay

eta_0, eta_tau, tau = 0.5, 0.125, 4

# η_t = (1 − α) η_0 + α η_τ,  α = min(t/τ, 1)
eta = []
for t in range(7):
    alpha = min(t / tau, 1)
    eta.append((1 - alpha) * eta_0 + alpha * eta_tau)

result = linear_decay(np.arange(7), eta0=eta_0, eta_tau=eta_tau, tau=tau)
assert np.allclose(result, eta)
print(result.tolist())

# Output:
# [0.5, 0.40625, 0.3125, 0.21875, 0.125, 0.125, 0.125]
