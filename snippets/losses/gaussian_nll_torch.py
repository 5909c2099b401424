import torch

from dlref.losses import gaussian_nll

y = torch.tensor([0.0, 2.0, 2.0], dtype=torch.float64)
y_hat = torch.tensor([0.0, 0.0, 0.0], dtype=torch.float64)
sigma = torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)

# PyTorch takes the variance, and leaves out the constant ½ log(2π) unless full=True. It raises variances below eps to eps.
losses = torch.nn.GaussianNLLLoss(full=True, reduction="none")(y_hat, y, sigma**2)

result = gaussian_nll(y, y_hat, sigma)
assert torch.allclose(result, losses)
print([round(loss, 4) for loss in result.tolist()])

# Output:
# [0.9189, 2.9189, 2.1121]
