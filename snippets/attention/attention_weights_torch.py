import torch

from dlref.attention import attention_weights

torch.manual_seed(0)
q, k = torch.randn(2, 8), torch.randn(3, 8)

# scaled_dot_product_attention keeps its weights to itself; with the identity as values it shows them
weights = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], torch.eye(3)[None])[0]

result = attention_weights(q, k)
assert torch.allclose(result, weights, atol=1e-6)
print([[round(value, 4) for value in row] for row in result.tolist()])

# Output:
# [[0.4177, 0.4621, 0.1202], [0.3017, 0.561, 0.1373]]
