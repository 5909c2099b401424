import numpy as np

from dlref.vae import reparameterize

mu, sigma = [0.5, -1.0, 2.0], [0.5, 2.0, 1.0]
epsilon = [1.0, -0.5, 0.25]  # drawn from 𝒩(0, I)
J = 3

# z = μ + σ ⊙ ε
z = []
for j in range(J):
    z.append(mu[j] + sigma[j] * epsilon[j])

result = reparameterize(mu, sigma, epsilon)
assert np.allclose(result, z)
print(result.tolist())

# Output:
# [1.0, -2.0, 2.25]
