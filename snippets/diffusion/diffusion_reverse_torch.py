import torch

from dlref.diffusion import reverse_step

mu, sigma = torch.tensor([1.0, -2.0, 0.0]), 0.5

# MultivariateNormal takes the covariance σ² I, the third slot of 𝒩
torch.manual_seed(0)
x_prev = torch.distributions.MultivariateNormal(mu, sigma**2 * torch.eye(3)).sample()
torch.manual_seed(0)
noise = torch.normal(torch.zeros(3), torch.ones(3))  # the same draws

result = reverse_step(mu, sigma, noise)
assert torch.allclose(result, x_prev)
print([round(value, 4) for value in result.tolist()])

# Output:
# [1.7705, -2.1467, -1.0894]
