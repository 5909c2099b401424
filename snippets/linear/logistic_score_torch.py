import torch

from dlref.linear import score

x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [2.0, -0.5]])
w = torch.tensor([3.0, -1.0])
b = torch.tensor(0.5)

# A layer of PyTorch has a matrix with a row of weights for each output; its output keeps an axis of length 1.
z = torch.nn.functional.linear(x, w[None, :], b[None])

result = score(x, w, b)
assert torch.allclose(result, z[:, 0])
print(result.tolist())

# Output:
# [1.5, -0.5, 7.0]
