import torch

from dlref.diffusion import alpha_bars

betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)

# The cumulative product of PyTorch begins with time 1, where all of these begin with time 0
alpha_bar = torch.cumprod(1 - betas, dim=0)

result = alpha_bars(betas)
assert result[0] == 1 and torch.allclose(result[1:], alpha_bar)
print(len(betas), len(result), f"{result[-1].item():.1e}")

# Output:
# 1000 1001 4.0e-05
