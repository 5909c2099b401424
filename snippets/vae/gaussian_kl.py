import math

import numpy as np

from dlref.vae import gaussian_kl

mu, sigma = [0.5, -1.0, 2.0], [0.5, 2.0, 1.0]
J = 3

# D_KL(𝒩(μ, diag(σ²)) ‖ 𝒩(0, I)) = ½ Σ_j (μ_j² + σ_j² − log σ_j² − 1)
divergence = 0
for j in range(J):
    divergence += 1 / 2 * (mu[j] ** 2 + sigma[j] ** 2 - math.log(sigma[j] ** 2) - 1)

result = gaussian_kl(mu, sigma)
assert np.allclose(result, divergence)
print(round(result, 4))

# Output:
# 3.75
