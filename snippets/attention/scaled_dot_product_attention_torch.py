import torch

from dlref.attention import scaled_dot_product_attention

torch.manual_seed(0)
q = torch.randn(2, 5, 8)  # two members of a batch, five queries
k, v = torch.randn(2, 7, 8), torch.randn(2, 7, 3)  # seven keys, and their values

y = torch.nn.functional.scaled_dot_product_attention(q, k, v)

result = scaled_dot_product_attention(q, k, v)
assert torch.allclose(result, y, atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [0.4143, -0.0707, -0.0563]
