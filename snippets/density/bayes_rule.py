import numpy as np

from dlref.density import bayes_posterior

likelihood = [0.9, 0.1]  # p(x | y): a test is positive in the ill and in the healthy
prior = [0.01, 0.99]  # p(y): one person in a hundred is ill
K = 2

# p(y | x) = p(x | y) p(y) / Σ_y' p(x | y') p(y')
posterior = []
for y in range(K):
    evidence = 0
    for y_ in range(K):
        evidence += likelihood[y_] * prior[y_]
    posterior.append(likelihood[y] * prior[y] / evidence)

result = bayes_posterior(likelihood, prior)
assert np.allclose(result, posterior)
print(np.round(result, 4).tolist())

# Output:
# [0.0833, 0.9167]
