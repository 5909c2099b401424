import numpy as np

from dlref.density import sample_gaussian

mu, sigma = [1.0, -2.0], [0.5, 3.0]  # one Gaussian for all data
mu_k, sigma_k = [[0.0, 0.0], [4.0, 1.0]], [[1.0, 1.0], [0.5, 2.0]]  # and one for each of two classes
epsilon = [0.5, -1.0]  # drawn from the standard normal distribution
y, d = 1, 2

# x̂ ∼ p_θ(x) = 𝒩(μ, diag(σ²)):  x̂_j = μ_j + σ_j ε_j
of_all = [mu[j] + sigma[j] * epsilon[j] for j in range(d)]
# x̂ ∼ p_θ(x | y) = 𝒩(μ_y, diag(σ_y²))
of_class = [mu_k[y][j] + sigma_k[y][j] * epsilon[j] for j in range(d)]

result = sample_gaussian([mu, mu_k[y]], [sigma, sigma_k[y]], [epsilon, epsilon])
assert np.allclose(result, [of_all, of_class])
print(result.tolist())

# Output:
# [[1.25, -5.0], [4.25, -1.0]]
