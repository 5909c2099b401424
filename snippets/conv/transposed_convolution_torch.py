import torch

from dlref.conv import conv_transpose2d

torch.manual_seed(0)
x = torch.randn(2, 3, 5, 5)
layer = torch.nn.ConvTranspose2d(3, 4, kernel_size=3, stride=2, padding=1, output_padding=1)

# PyTorch counts from the layer's own point of view: what goes in comes first, (3, 4, 3, 3).
# That is the kernel of the convolution from 4 channels to 3, as it is.
result = conv_transpose2d(x, layer.weight, layer.bias, stride=2, padding=1, output_padding=1)
assert torch.allclose(result, layer(x), atol=1e-6)
print(list(layer.weight.shape), list(result.shape))

# Output:
# [3, 4, 3, 3] [2, 4, 10, 10]
