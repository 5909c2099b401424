import torch

from dlref.diffusion import simple_loss

torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.SiLU(), torch.nn.Linear(16, 2))
x0, noise, t = torch.randn(8, 2), torch.randn(8, 2), torch.randint(1, 51, (8,))
betas = torch.linspace(0.01, 0.3, 50)


def eps_theta(x_t, t):
    return network(torch.cat([x_t, t[:, None] / 50], dim=1))


alpha_bar = torch.cumprod(1 - betas, dim=0)[t - 1, None]
x_t = alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# MSELoss divides by the number of entries of a sample too, here 2
loss = 2 * torch.nn.MSELoss()(eps_theta(x_t, t), noise)

result = simple_loss(eps_theta, x0, noise, t, betas)
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 1.774
