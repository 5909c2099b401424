import torch

from dlref.diffusion import forward_step

x_prev, beta = torch.tensor([2.0, -1.0, 0.5]), 0.36

# PyTorch's Normal takes the standard deviation, where the third slot of 𝒩 holds the variance
torch.manual_seed(0)
x_t = torch.distributions.Normal((1 - beta) ** 0.5 * x_prev, beta**0.5).sample()
torch.manual_seed(0)
noise = torch.normal(torch.zeros(3), torch.ones(3))  # the same draws

result = forward_step(x_prev, noise, beta=beta)
assert torch.allclose(result, x_t)
print([round(value, 4) for value in result.tolist()])

# Output:
# [2.5246, -0.9761, -0.9073]
