import torch

from dlref.transformer import pre_norm_sublayer

torch.manual_seed(0)
layer, norm = torch.nn.Linear(4, 4), torch.nn.LayerNorm(4)
x = torch.randn(2, 5, 4)

# What torch.nn.TransformerEncoderLayer does with norm_first=True
y = x + layer(norm(x))

result = pre_norm_sublayer(layer, x, norm.weight, norm.bias)
assert torch.allclose(result, y, atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [0.0851, -0.9602, -0.9527, 2.0128]
