import torch

from dlref.norm import batch_norm

torch.manual_seed(0)
x = torch.randn(8, 3, 4, 4, dtype=torch.float64)  # 8 images of 3 channels
layer = torch.nn.BatchNorm2d(3, dtype=torch.float64)  # in training, as a new layer is
with torch.no_grad():
    layer.weight.copy_(torch.tensor([2.0, 1.0, 0.5]))
    layer.bias.copy_(torch.tensor([0.25, 0.5, -1.0]))

# γ is PyTorch's weight, β its bias; ε is 1e-5 in both
result = batch_norm(x, layer.weight, layer.bias)
assert torch.allclose(result, layer(x))
print([round(value, 4) for value in result.mean(dim=(0, 2, 3)).tolist()])  # the means are β

# Output:
# [0.25, 0.5, -1.0]
