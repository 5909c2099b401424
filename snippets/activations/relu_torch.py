import torch

from dlref.activations import relu

x = torch.tensor([-2.0, 0.0, 3.0])

result = torch.relu(x)
assert torch.allclose(result, relu(x))
print(result.tolist())

# Output:
# [0.0, 0.0, 3.0]
