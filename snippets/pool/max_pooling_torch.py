import torch

from dlref.pool import max_pool2d_with_indices

X = torch.tensor([[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]])

# PyTorch's stride is kernel_size unless it is given; its layers of pooling take channels, too.
Y, places = torch.nn.functional.max_pool2d(X[None], kernel_size=2, return_indices=True)

result, indices = max_pool2d_with_indices(X, kernel_size=2, stride=2)
assert torch.equal(result, Y[0]) and torch.equal(indices, places[0])
print(result.tolist(), indices.tolist())

# Output:
# [[20.0, 32.0], [26.0, 22.0]] [[4, 3], [8, 15]]
