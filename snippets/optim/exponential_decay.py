import numpy as np

from dlref.optim import exponential_decay

eta_0, gamma = 0.8, 0.5

# η_t = η_0 γ^t
eta = []
for t in range(5):
    eta.append(eta_0 * gamma**t)

result = exponential_decay(np.arange(5), eta0=eta_0, gamma=gamma)
assert np.allclose(result, eta)
print(result.tolist())

# Output:
# [0.8, 0.4, 0.2, 0.1, 0.05]
