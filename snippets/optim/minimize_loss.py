import math

import numpy as np

from dlref.optim import minimize


def loss(theta):
    return (theta[0] - 0.5) ** 2 + 3 * (theta[1] + 1) ** 2 + 2


def grad_fn(theta):
    return np.array([2 * (theta[0] - 0.5), 6 * (theta[1] + 1)])


# min_θ L(θ): the best of a grid
least, best = math.inf, None
for theta_1 in np.linspace(-2, 2, 41).tolist():
    for theta_2 in np.linspace(-2, 2, 41).tolist():
        if loss([theta_1, theta_2]) < least:
            least, best = loss([theta_1, theta_2]), [theta_1, theta_2]

result = minimize(loss, grad_fn, [2.0, 2.0])
assert np.allclose(result, best)
print(np.round(result, 4).tolist(), round(float(loss(result)), 4))

# Output:
# [0.5, -1.0] 2.0
