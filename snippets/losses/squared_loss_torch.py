import torch

from dlref.losses import squared

y = torch.tensor([1.0, 2.0, 3.0])
y_hat = torch.tensor([1.5, 2.0, 0.0])

# PyTorch takes the prediction first, and averages unless told otherwise.
losses = torch.nn.MSELoss(reduction="none")(y_hat, y)

result = squared(y, y_hat)
assert torch.allclose(result, losses)
print(result.tolist())

# Output:
# [0.25, 0.0, 9.0]
