import torch

from dlref.attention import project

torch.manual_seed(0)
layer = torch.nn.Linear(4, 2, bias=False)
x = torch.randn(2, 5, 4)

# PyTorch keeps a weight as (out, in): here it is transposed
result = project(x, layer.weight.T)
assert torch.allclose(result, layer(x), atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [-0.0085, 0.0414]
