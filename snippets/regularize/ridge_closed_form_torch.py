import torch

from dlref.regularize import ridge

x = torch.tensor([[1.0, 2.0], [1.0, 0.0], [2.0, 1.0]], dtype=torch.float64)
y = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float64)
lam = 0.5
n, d = x.shape

# PyTorch has no ridge regression, but what solves its equations.
theirs = torch.linalg.solve(x.T @ x + 2 * n * lam * torch.eye(d, dtype=x.dtype), x.T @ y)

result = ridge(x, y, lam=lam)
assert torch.allclose(result, theirs)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.5714, 0.7143]
