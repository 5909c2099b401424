import torch

from dlref.losses import absolute

y = torch.tensor([1.0, 2.0, 3.0])
y_hat = torch.tensor([1.5, 2.0, 0.0])

# PyTorch takes the prediction first, and averages unless told otherwise.
losses = torch.nn.L1Loss(reduction="none")(y_hat, y)

result = absolute(y, y_hat)
assert torch.allclose(result, losses)
print(result.tolist())

# Output:
# [0.5, 0.0, 3.0]
