import torch

from dlref.activations import gelu

x = torch.tensor([-2.0, 0.0, 1.0])

# approximate="tanh" would be another function
result = torch.nn.GELU(approximate="none")(x)
assert torch.allclose(result, gelu(x))
print([round(value, 4) for value in result.tolist()])

# Output:
# [-0.0455, 0.0, 0.8413]
