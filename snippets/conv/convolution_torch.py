import torch

from dlref.conv import conv2d

x = torch.tensor([[1.0, 2.0, 3.0, 0.0], [4.0, 5.0, 6.0, 1.0], [7.0, 8.0, 9.0, 2.0]])
k = torch.tensor([[1.0, 0.0], [2.0, -1.0]])

# PyTorch's convolution does not reverse the kernel, either.
y = torch.nn.functional.conv2d(x[None, None], k[None, None])[0, 0]

result = conv2d(x[None], k[None, None])[0]
assert torch.allclose(result, y)
print(result.tolist())

# Output:
# [[4.0, 6.0, 14.0], [10.0, 12.0, 22.0]]
