import torch

from dlref.optim import momentum_step

eta, alpha = 0.0625, 0.5
curvatures = torch.tensor([1.0, 25.0], dtype=torch.float64)
theta = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([theta], lr=eta, momentum=alpha)

result, v = theta.detach().clone(), 0.0
for _ in range(3):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result, v = momentum_step(result, curvatures * result, v, eta=eta, alpha=alpha)

# PyTorch's velocity has the other sign and no learning rate: b ← α b + g, θ ← θ − η b. With a rate that changes, the two part.
assert torch.allclose(result, theta)
assert torch.allclose(v, -eta * optimizer.state[theta]["momentum_buffer"])
print([round(value, 4) for value in result.tolist()])

# Output:
# [7.4976, 0.3103]
