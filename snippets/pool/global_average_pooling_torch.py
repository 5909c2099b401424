import torch

from dlref.pool import global_avg_pool

X = torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]], [[0.0, 0.0, 6.0], [0.0, 0.0, 0.0]]])

# PyTorch has no name of its own for it: pooling to one row and one column, whose axes stay.
y = torch.nn.AdaptiveAvgPool2d(1)(X)

result = global_avg_pool(X)
assert list(y.shape) == [2, 1, 1] and torch.allclose(result, y[:, 0, 0])
print(result.tolist())

# Output:
# [4.0, 1.0]
