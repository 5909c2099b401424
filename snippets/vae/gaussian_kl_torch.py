import torch
from torch.distributions import Independent, Normal, kl_divergence

from dlref.vae import gaussian_kl

mu, sigma = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.5, 2.0, 1.0])

# Independent adds the divergences of the entries; code that has log σ² ("logvar") passes σ = exp(logvar / 2)
q = Independent(Normal(mu, sigma), 1)
prior = Independent(Normal(torch.zeros(3), torch.ones(3)), 1)

result = gaussian_kl(mu, sigma)
assert torch.allclose(result, kl_divergence(q, prior))
print(round(result.item(), 4))

# Output:
# 3.75
