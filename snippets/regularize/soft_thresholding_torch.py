import torch

from dlref.regularize import soft_threshold

u = torch.tensor([3.0, -2.5, 0.5, -1.0])

theirs = torch.nn.functional.softshrink(u, lambd=1.0)  # lambd is λ

result = soft_threshold(u, lam=1.0)
assert torch.allclose(result, theirs)
print(result.tolist())

# Output:
# [2.0, -1.5, 0.0, 0.0]
