import math

import torch

from dlref.transformer import embed

torch.manual_seed(0)
layer = torch.nn.Embedding(5, 4)
w = torch.tensor([[3, 0, 3]])

# torch.nn.Transformer has no positions and no factor: one adds them
pos, i = torch.arange(3)[:, None], torch.arange(2)
angle = pos / 10000 ** (2 * i / 4)
x = math.sqrt(4) * layer(w) + torch.stack([angle.sin(), angle.cos()], -1).reshape(3, 4)

result = embed(w, layer.weight)
assert torch.allclose(result, x, atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [2.7787, 4.1727, 1.8926, -0.6874]
