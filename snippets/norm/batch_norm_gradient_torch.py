import torch

from dlref.norm import batch_norm_gradient

torch.manual_seed(0)
x = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
gamma = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64, requires_grad=True)
beta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
grad_y = torch.randn(8, 3, dtype=torch.float64)

y = torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True)
y.backward(grad_y)

with torch.no_grad():
    result = batch_norm_gradient(x, gamma, grad_y)
assert torch.allclose(result[0], x.grad)
assert torch.allclose(result[1], gamma.grad)
assert torch.allclose(result[2], beta.grad)
print([round(value, 4) for value in result[1].tolist()])

# Output:
# [-1.5326, 0.7611, -2.2855]
