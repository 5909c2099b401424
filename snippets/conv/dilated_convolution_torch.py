import torch

from dlref.conv import conv2d

x = torch.arange(1.0, 17.0).reshape(1, 4, 4)
k = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])

y = torch.nn.functional.conv2d(x[None], k, dilation=2)[0]

result = conv2d(x, k, dilation=2)
assert torch.allclose(result, y)
print(result.tolist())

# Output:
# [[[11931.0, 13042.0], [16375.0, 17486.0]]]
