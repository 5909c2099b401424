import torch

from dlref.regularize import weight_decay_step

w = torch.tensor([2.0, -4.0], requires_grad=True)
w.grad = torch.tensor([1.0, 0.5])  # ∇L_data(w)
before = w.detach().clone()
eta, lam = 0.5, 0.25

# The weight_decay of SGD is 2λ: it adds weight_decay · w to the gradient.
torch.optim.SGD([w], lr=eta, weight_decay=2 * lam).step()

result = weight_decay_step(before, w.grad, eta=eta, lam=lam)
assert torch.allclose(result, w)
print(result.tolist())

# Output:
# [1.0, -3.25]
