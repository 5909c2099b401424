import torch

from dlref.optim import adam_step

curvatures = torch.tensor([1.0, 25.0], dtype=torch.float64)
theta = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adam([theta], lr=0.5)  # ε in the same place, the same defaults

result, m, v = theta.detach().clone(), 0.0, 0.0
for t in range(1, 4):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result, m, v = adam_step(result, curvatures * result, m, v, t, eta=0.5)

assert torch.allclose(result, theta)
assert torch.allclose(m, optimizer.state[theta]["exp_avg"]) and torch.allclose(v, optimizer.state[theta]["exp_avg_sq"])
print([round(value, 4) for value in result.tolist()])

# Output:
# [8.5031, -0.3359]
