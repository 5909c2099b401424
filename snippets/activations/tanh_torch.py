import torch

from dlref.activations import tanh

x = torch.tensor([-2.0, 0.0, 0.5, 2.0])

result = torch.tanh(x)
assert torch.allclose(result, tanh(x))
print([round(value, 4) for value in result.tolist()])

# Output:
# [-0.964, 0.0, 0.4621, 0.964]
