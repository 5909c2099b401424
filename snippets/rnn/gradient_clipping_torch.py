import torch

from dlref.rnn import clip_gradient

torch.manual_seed(0)
layer = torch.nn.Linear(4, 3)
(10 * layer(torch.randn(8, 4))).square().sum().backward()
grads = [parameter.grad.clone() for parameter in layer.parameters()]

norm = torch.nn.utils.clip_grad_norm_(layer.parameters(), max_norm=1.0)  # changes the gradients in place
result = clip_gradient(grads, threshold=1.0)
# PyTorch divides by the length + 10⁻⁶.
assert all(torch.allclose(part, p.grad, rtol=1e-5) for part, p in zip(result, layer.parameters(), strict=True))
print(bool(norm > 1), round(float(sum(part.square().sum() for part in result).sqrt()), 4))

# Output:
# True 1.0
