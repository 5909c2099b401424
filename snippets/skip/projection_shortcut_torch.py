import torch

from dlref.skip import projection_residual

torch.manual_seed(0)
layer = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU())
shortcut = torch.nn.Linear(4, 6, bias=False)  # for images ResNet has a convolution of 1 × 1 here
x = torch.randn(2, 4)

result = projection_residual(layer, x, shortcut.weight)
assert torch.allclose(result, layer(x) + shortcut(x))
print(list(shortcut.weight.shape), list(result.shape))

# Output:
# [6, 4] [2, 6]
