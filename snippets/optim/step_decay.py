import math

import numpy as np

from dlref.optim import step_decay

eta_0, gamma, s = 0.8, 0.5, 3

# η_t = η_0 γ^⌊t/s⌋
eta = []
for t in range(8):
    eta.append(eta_0 * gamma ** math.floor(t / s))

result = step_decay(np.arange(8), eta0=eta_0, gamma=gamma, period=s)
assert np.allclose(result, eta)
print(result.tolist())

# Output:
# [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]
