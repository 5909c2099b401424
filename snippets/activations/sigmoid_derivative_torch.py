import torch

from dlref.activations import sigmoid_grad

x = torch.tensor([-6.0, -2.0, 0.0, 2.0, 6.0], dtype=torch.float64, requires_grad=True)

torch.sigmoid(x).sum().backward()
assert torch.allclose(x.grad, sigmoid_grad(x))
print([round(value, 4) for value in x.grad.tolist()])

# Output:
# [0.0025, 0.105, 0.25, 0.105, 0.0025]
