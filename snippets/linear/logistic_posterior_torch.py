import torch

from dlref.linear import logistic_proba

x = torch.tensor([[1.0, 2.0], [1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
w = torch.tensor([2.0, -1.0], dtype=torch.float64)
b = torch.tensor(0.0, dtype=torch.float64)

probabilities = torch.sigmoid(torch.nn.functional.linear(x, w[None, :], b[None]))

result = logistic_proba(x, w, b)
assert torch.allclose(result, probabilities[:, 0])
print([round(p, 4) for p in result.tolist()])

# Output:
# [0.5, 0.8808, 0.1192]
