import torch

from dlref.optim import rmsprop_step

eta, rho, eps = 0.25, 0.75, 1e-8
curvatures = torch.tensor([1.0, 25.0], dtype=torch.float64)
theta = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.RMSprop([theta], lr=eta, alpha=rho, eps=eps)  # its alpha is ρ, by default 0.99

result, v = theta.detach().clone(), 0.0
for _ in range(3):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result, v = rmsprop_step(result, curvatures * result, v, eta=eta, rho=rho, eps=eps)

assert torch.allclose(result, theta)
assert torch.allclose(v, optimizer.state[theta]["square_avg"])
print([round(value, 4) for value in result.tolist()])

# Output:
# [8.8134, 0.1113]
