import torch

from dlref.linear import perceptron_update

x_i = torch.tensor([2.0, 1.0])
y_i = torch.tensor(-1.0)
w = torch.tensor([0.5, 0.0], requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
eta = 0.5

# The update is a step of gradient descent on the perceptron's loss max(0, −y (wᵀ x + b)) of one sample.
loss = torch.relu(-y_i * (w @ x_i + b))
slope_w, slope_b = torch.autograd.grad(loss, (w, b))

result_w, result_b = perceptron_update(x_i, y_i, w.detach(), b.detach(), eta=eta)
assert torch.allclose(result_w, w - eta * slope_w)
assert torch.allclose(result_b, b - eta * slope_b)
print(result_w.tolist(), result_b.item())

# Output:
# [-0.5, -0.5] -0.5
