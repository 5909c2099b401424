import torch

from dlref.skip import residual

torch.manual_seed(0)
layer = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 4))
x = torch.randn(2, 4)

# PyTorch has no module for it: one writes the sum, which would also stretch an output of shape (2, 1).
y = layer(x) + x

result = residual(layer, x)
assert torch.equal(result, y)
print(list(result.shape))

# Output:
# [2, 4]
