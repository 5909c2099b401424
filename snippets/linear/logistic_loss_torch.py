import torch

from dlref.linear import logistic_loss

x = torch.tensor([[1.0, 2.0], [1.0, 0.0], [-1.0, 0.5]], dtype=torch.float64)
y = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
w = torch.tensor([2.0, -1.0], dtype=torch.float64)
b = torch.tensor(0.0, dtype=torch.float64)

# BCEWithLogitsLoss takes scores, not probabilities, and means unless told to sum; BCELoss takes probabilities.
z = torch.nn.functional.linear(x, w[None, :], b[None])
from_scores = torch.nn.BCEWithLogitsLoss(reduction="sum")(z[:, 0], y)
from_probabilities = torch.nn.BCELoss(reduction="sum")(torch.sigmoid(z[:, 0]), y)

result = logistic_loss(x, y, w, b)
assert torch.allclose(result, from_scores)
assert torch.allclose(result, from_probabilities)
print(round(result.item(), 4))

# Output:
# 0.899
