import torch

from dlref.optim import adamw_step

curvatures = torch.tensor([1.0, 25.0], dtype=torch.float64)
theta = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.AdamW([theta], lr=0.5, weight_decay=0.1)  # weight_decay is λ; a step shrinks θ by η λ θ

result, m, v = theta.detach().clone(), 0.0, 0.0
for t in range(1, 4):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result, m, v = adamw_step(result, curvatures * result, m, v, t, eta=0.5, lam=0.1)

assert torch.allclose(result, theta)
print([round(value, 4) for value in result.tolist()])

# Output:
# [7.1551, -0.3743]
