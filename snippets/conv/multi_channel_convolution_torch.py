import torch

from dlref.conv import conv2d

torch.manual_seed(0)
x = torch.randn(8, 3, 11, 9)  # images, channels, rows, columns
convolution = torch.nn.Conv2d(3, 4, kernel_size=(3, 2), stride=2, padding=1)

# The layer holds its kernels as (C_out, C_in, K, L). Its padding is the same at both ends of an axis.
result = conv2d(x, convolution.weight, convolution.bias, stride=2, padding=1)
assert torch.allclose(result, convolution(x), atol=1e-6)
print(list(result.shape))

# Output:
# [8, 4, 6, 5]
