import torch

from dlref.regularize import l2_regularized

data_loss = torch.tensor(4.0)
w = torch.tensor([1.0, -2.0, 0.0], requires_grad=True)
lam = 0.5

# The penalty is the squared norm, not the norm; its gradient is 2 λ w.
theirs = data_loss + lam * torch.linalg.vector_norm(w) ** 2
theirs.backward()
slopes = w.grad.clone()

w.grad = None
result = l2_regularized(data_loss, w, lam=lam)
result.backward()

assert torch.allclose(result, theirs) and torch.allclose(w.grad, slopes)
print(result.item(), w.grad.tolist())

# Output:
# 6.5 [1.0, -2.0, 0.0]
