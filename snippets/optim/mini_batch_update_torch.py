import torch

from dlref.optim import minibatch_step

x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0], [1.0, 1.0]])
y = torch.tensor([3.0, 0.0, 2.0, -1.0])
theta = torch.tensor([1.0, 0.5], requires_grad=True)

# SGD takes the gradient as it is: that the batch is averaged, not summed, is the loss's doing.
optimizer = torch.optim.SGD([theta], lr=0.125)
batch = [0, 1, 3]
result = minibatch_step(theta.detach().clone(), (x[batch] @ theta.detach() - y[batch])[:, None] * x[batch], eta=0.125)

torch.nn.MSELoss(reduction="mean")(x[batch] @ theta, y[batch]).div(2).backward()
optimizer.step()

assert torch.allclose(result, theta)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.9375, 0.4583]
