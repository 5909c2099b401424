import torch

from dlref.activations import softmax

z = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])

# PyTorch wants to know the axis; here it is the last one
result = torch.softmax(z, dim=-1)
assert torch.allclose(result, softmax(z))
print([[round(value, 4) for value in row] for row in result.tolist()])

# Output:
# [[0.09, 0.2447, 0.6652], [0.3333, 0.3333, 0.3333]]
