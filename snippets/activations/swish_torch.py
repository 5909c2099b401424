import torch

from dlref.activations import swish

x = torch.tensor([-2.0, 0.0, 2.0])

# SiLU is Swish with β = 1
result = torch.nn.SiLU()(x)
assert torch.allclose(result, swish(x, beta=1.0))
print([round(value, 4) for value in result.tolist()])

# Output:
# [-0.2384, 0.0, 1.7616]
