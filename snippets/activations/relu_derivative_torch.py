import torch

from dlref.activations import relu_grad

x = torch.tensor([-2.0, -0.5, 3.0, 0.0], requires_grad=True)

# PyTorch takes 0 at 0, too
torch.relu(x).sum().backward()
assert torch.allclose(x.grad, relu_grad(x))
print(x.grad.tolist())

# Output:
# [0.0, 0.0, 1.0, 0.0]
