import torch

from dlref.gan import ascent_step

theta = torch.tensor([1.0, -2.0], requires_grad=True)
value = (theta**2).sum()  # stands for V(D, G)
value.backward()

result = ascent_step(theta.detach(), theta.grad, eta=0.1)

# an optimizer of PyTorch descends; maximize=True turns it round, as −V for the loss would
optimizer = torch.optim.SGD([theta], lr=0.1, maximize=True)
optimizer.step()
assert torch.allclose(result, theta)
print([round(value, 4) for value in result.tolist()])

# Output:
# [1.2, -2.4]
