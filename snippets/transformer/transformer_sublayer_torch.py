import torch

from dlref.transformer import sublayer

torch.manual_seed(0)
layer, norm = torch.nn.Linear(4, 4), torch.nn.LayerNorm(4)
x = torch.randn(2, 5, 4)

# What torch.nn.TransformerEncoderLayer does with norm_first=False, its default
y = norm(x + layer(x))

result = sublayer(layer, x, norm.weight, norm.bias)
assert torch.allclose(result, y, atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [-0.121, -0.688, -0.8575, 1.6664]
