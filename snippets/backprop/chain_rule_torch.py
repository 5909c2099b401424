import torch

from dlref.backprop import chain

z = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
y = z**2
y.retain_grad()  # PyTorch forgets the gradients of intermediate values unless it is told to keep them
L = torch.sin(y)
L.backward()

result = chain(y.grad, 2 * z.detach())
assert torch.isclose(result, z.grad)
print(round(result.item(), 4))

# Output:
# 0.9689
