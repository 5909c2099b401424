import torch

from dlref.optim import batch_gradient

x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
y = torch.tensor([3.0, 0.0, 2.0])
theta = torch.tensor([1.0, 0.5], requires_grad=True)

# MSELoss means over the samples, so that its gradient is the mean of theirs; it has no factor 1/2.
torch.nn.MSELoss()(x @ theta, y).div(2).backward()

grads = torch.func.vmap(torch.func.grad(lambda theta, x, y: (x @ theta - y) ** 2 / 2), (None, 0, 0))(theta.detach(), x, y)
result = batch_gradient(grads)
assert torch.allclose(result, theta.grad)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.1667, -0.6667]
