import torch

from dlref.backprop import softmax_cross_entropy_grad

z = torch.tensor([[2.0, 1.0, -1.0], [0.0, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
y = torch.tensor([1, 2])
# PyTorch's cross_entropy takes scores, and the mean over the samples unless it is told to add
torch.nn.functional.cross_entropy(z, y, reduction="sum").backward()

result = softmax_cross_entropy_grad(y, z.detach())
assert torch.allclose(result, z.grad)
print([round(value, 4) for value in result[0].tolist()])

# Output:
# [0.7054, -0.7405, 0.0351]
