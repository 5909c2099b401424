import torch
from torch import nn

from dlref.skip import basic_block

torch.manual_seed(0)
conv1, conv2 = (nn.Conv2d(4, 4, kernel_size=3, padding=1, bias=False) for _ in range(2))
bn1, bn2 = nn.BatchNorm2d(4), nn.BatchNorm2d(4)  # in training: with the statistics of the batch
x = torch.randn(8, 4, 6, 6)

y = torch.relu(bn2(conv2(torch.relu(bn1(conv1(x))))) + x)

result = basic_block(x, conv1.weight, bn1.weight, bn1.bias, conv2.weight, bn2.weight, bn2.bias)
assert torch.allclose(result, y, atol=1e-5)
print(list(result.shape))

# Output:
# [8, 4, 6, 6]
