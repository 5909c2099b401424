import torch

from dlref.losses import huber

y = torch.tensor([0.0, 0.0, 0.0])
y_hat = torch.tensor([1.0, 2.0, 4.0])
delta = 2.0

# PyTorch takes the prediction first, and averages unless told otherwise.
losses = torch.nn.HuberLoss(reduction="none", delta=delta)(y_hat, y)
# SmoothL1Loss is the Huber loss divided by its threshold.
smooth = torch.nn.SmoothL1Loss(reduction="none", beta=delta)(y_hat, y)

result = huber(y, y_hat, delta=delta)
assert torch.allclose(result, losses)
assert torch.allclose(result, delta * smooth)
print(result.tolist())

# Output:
# [0.5, 2.0, 6.0]
