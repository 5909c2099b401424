import torch

from dlref.regularize import l1_regularized

data_loss = torch.tensor(4.0)
w = torch.tensor([1.0, -2.0, 0.0], requires_grad=True)
lam = 0.5

# PyTorch has no such objective; the penalty is the norm of order 1, whose slope at 0 is 0 too.
theirs = data_loss + lam * torch.linalg.vector_norm(w, ord=1)
theirs.backward()
slopes = w.grad.clone()

w.grad = None
result = l1_regularized(data_loss, w, lam=lam)
result.backward()

assert torch.allclose(result, theirs) and torch.allclose(w.grad, slopes)
print(result.item(), w.grad.tolist())

# Output:
# 5.5 [0.5, -0.5, 0.0]
