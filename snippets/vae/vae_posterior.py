import numpy as np

from dlref.vae import sample_diag_gaussian

mu, sigma = [0.5, -1.0], [0.1, 2.0]
J, S = 2, 10_000

z = sample_diag_gaussian(np.array([mu] * S), np.array([sigma] * S), rng=np.random.default_rng(0))

# z ∼ 𝒩(μ, diag(σ²)): entry j has mean μ_j and variance σ_j², and no entry tells of another
means, covariances = [], []
for j in range(J):
    means.append(sum(z[s, j] for s in range(S)) / S)
for j in range(J):
    row = []
    for k in range(J):
        row.append(sum((z[s, j] - means[j]) * (z[s, k] - means[k]) for s in range(S)) / S)
    covariances.append(row)

assert np.allclose(means, mu, atol=0.1)
assert np.allclose(covariances, [[sigma[0] ** 2, 0], [0, sigma[1] ** 2]], atol=0.1)
print(np.round(means, 2).tolist(), (np.round(covariances, 2) + 0.0).tolist())

# Output:
# [0.5, -0.99] [[0.01, 0.0], [0.0, 3.98]]
