import torch

from dlref.activations import sigmoid

x = torch.tensor([-2.0, 0.0, 2.0])

result = torch.sigmoid(x)
assert torch.allclose(result, sigmoid(x))
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.1192, 0.5, 0.8808]
