import torch

from dlref.conv import separable_conv2d

torch.manual_seed(0)
x = torch.randn(4, 8, 8)
depthwise = torch.nn.Conv2d(4, 4, kernel_size=3, padding=1, groups=4, bias=False)
pointwise = torch.nn.Conv2d(4, 6, kernel_size=1, bias=False)

result = separable_conv2d(x, depthwise.weight, pointwise.weight, padding=1)
assert torch.allclose(result, pointwise(depthwise(x)), atol=1e-6)
print(list(depthwise.weight.shape), list(pointwise.weight.shape), list(result.shape))

# Output:
# [4, 1, 3, 3] [6, 4, 1, 1] [6, 8, 8]
