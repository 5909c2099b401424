import torch

from dlref.norm import batch_variance

torch.manual_seed(0)
x = torch.randn(8, 3, 4, 4, dtype=torch.float64)  # 8 images of 3 channels

# PyTorch divides by m − 1 unless it is told not to
biased = torch.var(x, dim=(0, 2, 3), correction=0)
unbiased = torch.var(x, dim=(0, 2, 3))

result = batch_variance(x)
assert torch.allclose(result, biased)
m = 8 * 4 * 4
assert torch.allclose(m / (m - 1) * result, unbiased)
print([round(value, 4) for value in result.tolist()])

# Output:
# [1.1189, 0.8921, 0.8071]
