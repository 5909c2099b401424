import torch

from dlref.activations import elu

x = torch.tensor([-2.0, 0.0, 3.0])

result = torch.nn.ELU(alpha=1.0)(x)
assert torch.allclose(result, elu(x, alpha=1.0))
print([round(value, 4) for value in result.tolist()])

# Output:
# [-0.8647, 0.0, 3.0]
