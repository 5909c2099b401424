import torch
from torch import nn

from dlref.skip import dense_layer

torch.manual_seed(0)
k_0, k = 6, 4
xs = [torch.randn(2, k_0, 5, 5), torch.randn(2, k, 5, 5), torch.randn(2, k, 5, 5)]
H = nn.Sequential(nn.BatchNorm2d(14), nn.ReLU(), nn.Conv2d(14, k, kernel_size=3, padding=1, bias=False))

result = dense_layer(H, xs, axis=1)  # the axis of the channels
assert torch.allclose(result, H(torch.cat(xs, dim=1)))
print(list(result.shape))

# Output:
# [2, 4, 5, 5]
