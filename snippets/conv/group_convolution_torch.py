import torch

from dlref.conv import conv2d

torch.manual_seed(0)
x = torch.randn(4, 5, 5)
convolution = torch.nn.Conv2d(4, 6, kernel_size=3, groups=2, bias=False)

result = conv2d(x, convolution.weight, groups=2)
assert torch.allclose(result, convolution(x), atol=1e-6)
assert convolution.weight.numel() == 3**2 * 4 * 6 / 2
print(list(convolution.weight.shape), list(result.shape))

# Output:
# [6, 2, 3, 3] [6, 3, 3]
