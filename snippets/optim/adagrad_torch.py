import torch

from dlref.optim import adagrad_step

eta, eps = 0.5, 1e-8
curvatures = torch.tensor([1.0, 25.0], dtype=torch.float64)
theta = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)

# PyTorch divides by √G + ε, not by √(G + ε). A sum that starts at ε, and an ε of 0, give what the formula says.
optimizer = torch.optim.Adagrad([theta], lr=eta, initial_accumulator_value=eps, eps=0)

result, g_sum = theta.detach().clone(), 0.0
for _ in range(3):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result, g_sum = adagrad_step(result, curvatures * result, g_sum, eta=eta, eps=eps)

assert torch.allclose(result, theta)
assert torch.allclose(g_sum + eps, optimizer.state[theta]["sum"])
print([round(value, 4) for value in result.tolist()])

# Output:
# [8.8791, 0.1564]
