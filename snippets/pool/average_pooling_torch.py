import torch

from dlref.pool import avg_pool2d

X = torch.tensor([[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]])
Y = torch.nn.functional.avg_pool2d(X[None], kernel_size=2)[0]

result = avg_pool2d(X, kernel_size=2, stride=2)
assert torch.allclose(result, Y)
print(result.tolist())

# Output:
# [[16.0, 28.0], [18.0, 17.0]]
