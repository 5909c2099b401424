import torch

from dlref.optim import gd_step

curvatures = torch.tensor([1.0, 4.0])
theta = torch.tensor([4.0, 1.0], requires_grad=True)
optimizer = torch.optim.SGD([theta], lr=0.125)  # whatever the samples behind the gradient

result = theta.detach().clone()
for _ in range(3):
    optimizer.zero_grad()
    (curvatures * theta**2).sum().div(2).backward()
    optimizer.step()
    result = gd_step(result, curvatures * result, eta=0.125)

assert torch.allclose(result, theta)
print(result.tolist())

# Output:
# [2.6796875, 0.125]
