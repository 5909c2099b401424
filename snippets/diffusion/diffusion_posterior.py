import math

import numpy as np

from dlref.diffusion import posterior_mean

x_0, x_t, betas, t = [2.0, -1.0], [1.0, 0.5], [0.2, 0.55, 0.5], 2
d = 2


def alpha_bar(t):
    product = 1.0
    for s in range(1, t + 1):
        product *= 1 - betas[s - 1]
    return product


beta, alpha = betas[t - 1], 1 - betas[t - 1]
# √ᾱ_{t−1} β_t / (1 − ᾱ_t) x_0 + √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) x_t
mean = []
for j in range(d):
    of_data = math.sqrt(alpha_bar(t - 1)) * beta / (1 - alpha_bar(t)) * x_0[j]
    of_state = math.sqrt(alpha) * (1 - alpha_bar(t - 1)) / (1 - alpha_bar(t)) * x_t[j]
    mean.append(of_data + of_state)
# (1 − ᾱ_{t−1}) / (1 − ᾱ_t) β_t
variance = (1 - alpha_bar(t - 1)) / (1 - alpha_bar(t)) * beta

result = posterior_mean(x_0, x_t, betas, t=t)
assert np.allclose(result, mean)
print(np.round(result, 4).tolist(), round(variance, 4))

# Output:
# [1.7469, -0.6638] 0.1719
