import numpy as np

from dlref.optim import convexity_gap


def bowl(theta):
    return theta[0] ** 2 + theta[1] ** 2


def saddle(theta):
    return theta[0] ** 2 - theta[1] ** 2


theta_1, theta_2 = [1.0, 2.0], [0.0, -1.0]
places = [0.0, 0.25, 0.5, 0.75, 1.0]

# λ L(θ_1) + (1 − λ) L(θ_2) − L(λ θ_1 + (1 − λ) θ_2), below 0 nowhere if L is convex
gaps = []
for L in (bowl, saddle):
    for lam in places:
        between = []
        for j in range(2):
            between.append(lam * theta_1[j] + (1 - lam) * theta_2[j])
        gaps.append(lam * L(theta_1) + (1 - lam) * L(theta_2) - L(between))

result = [convexity_gap(L, theta_1, theta_2, lam) for L in (bowl, saddle) for lam in places]
assert np.allclose(result, gaps)
print([round(float(gap), 4) for gap in result[:5]])
print([round(float(gap), 4) for gap in result[5:]])

# Output:
# [0.0, 1.875, 2.5, 1.875, 0.0]
# [0.0, -1.5, -2.0, -1.5, 0.0]
