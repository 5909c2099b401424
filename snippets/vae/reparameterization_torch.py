import torch

from dlref.vae import reparameterize

mu = torch.tensor([0.5, -1.0], requires_grad=True)
sigma = torch.tensor([0.5, 2.0], requires_grad=True)

# rsample of torch.distributions draws the same noise from the same seed, and gradients go through it; they stop at sample
torch.manual_seed(0)
theirs = torch.distributions.Normal(mu, sigma).rsample()
torch.manual_seed(0)
noise = torch.normal(torch.zeros(2), torch.ones(2))

z = reparameterize(mu, sigma, noise)
assert torch.allclose(z, theirs)
z.sum().backward()
assert torch.equal(sigma.grad, noise)  # ∂z/∂σ = ε
print([round(value, 4) for value in z.tolist()], mu.grad.tolist())

# Output:
# [1.2705, -1.5869] [1.0, 1.0]
