import torch

from dlref.density import sample_gaussian

mu, sigma = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])

# torch.distributions draws the noise itself; from the same seed it is the same noise
torch.manual_seed(0)
theirs = torch.distributions.Normal(mu, sigma).rsample()
torch.manual_seed(0)
noise = torch.normal(torch.zeros(2), torch.ones(2))

result = sample_gaussian(mu, sigma, noise)
assert torch.allclose(result, theirs)
print([round(value, 4) for value in result.tolist()])

# Output:
# [1.7705, -2.8803]
