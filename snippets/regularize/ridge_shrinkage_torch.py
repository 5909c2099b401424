import torch

from dlref.regularize import ridge_shrinkage

x = torch.tensor([[3.0, 0.0], [4.0, 5.0]], dtype=torch.float64)
lam = 1.25
n = 2

# d_k are the singular values of X
d = torch.linalg.svdvals(x)
kappa = d**2 / (d**2 + 2 * n * lam)

result = ridge_shrinkage(x, lam=lam)
assert torch.allclose(result, kappa)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.9, 0.5]
