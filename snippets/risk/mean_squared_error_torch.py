import torch

from dlref.risk import mean_squared_error

y = torch.tensor([1.0, 2.0, 3.0])
y_hat = torch.tensor([1.0, 2.0, 6.0])

# PyTorch takes the prediction first; its mean goes over all elements, ours over the last axis.
mse = torch.nn.MSELoss()(y_hat, y)

result = mean_squared_error(y, y_hat)
assert torch.allclose(result, mse)
print(result.item())

# Output:
# 3.0
