import torch

from dlref.norm import layer_norm

torch.manual_seed(0)
x = torch.randn(2, 5, 4, dtype=torch.float64)  # two sequences of five positions
layer = torch.nn.LayerNorm(4, dtype=torch.float64)
with torch.no_grad():
    layer.weight.copy_(torch.tensor([2.0, 1.0, 1.0, 0.5]))

# γ is PyTorch's weight, β its bias; ε is 1e-5 in both
result = layer_norm(x, layer.weight, layer.bias)
assert torch.allclose(result, layer(x))
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [-2.7169, 0.2618, -0.3133, 0.705]
