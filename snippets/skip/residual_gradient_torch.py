import torch

from dlref.skip import residual_gradient

torch.manual_seed(0)
layer = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh())
x = torch.randn(3, requires_grad=True)
grad_y = torch.tensor([1.0, -2.0, 0.5])

(grad_x,) = torch.autograd.grad(layer(x) + x, x, grad_y)
J = torch.autograd.functional.jacobian(layer, x)

result = residual_gradient(J, grad_y)
assert torch.allclose(result, grad_x)
print([round(value, 3) for value in result.tolist()])

# Output:
# [1.568, -1.305, -0.016]
