import torch

from dlref.linear import least_squares

x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, -1.0]], dtype=torch.float64)
y = torch.tensor([1.0, 3.0, 8.0, 4.0], dtype=torch.float64)

# torch.linalg.lstsq takes matrices on both sides, and has no intercept: the column of ones is ours to add.
augmented = torch.hstack([x, torch.ones(4, 1, dtype=torch.float64)])
solution = torch.linalg.lstsq(augmented, y[:, None]).solution[:, 0]

w, b = least_squares(x, y)
assert torch.allclose(w, solution[:2]) and torch.allclose(b, solution[2])
print([round(value, 4) for value in w.tolist()], round(b.item(), 4))

# Output:
# [2.1429, 1.8571] -0.1429
