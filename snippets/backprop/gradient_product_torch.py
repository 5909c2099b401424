import torch

from dlref.backprop import gradient_product

torch.manual_seed(0)
weights = [torch.randn(4, 4, dtype=torch.float64) for _ in range(6)]
x = torch.randn(4, dtype=torch.float64, requires_grad=True)

h, slopes = x, []
for W in weights:
    h = torch.sigmoid(W @ h)
    slopes.append((h * (1 - h)).detach())  # σ′ = σ (1 − σ)
h.sum().backward()

result = gradient_product(weights, slopes, torch.ones(4, dtype=torch.float64))
assert torch.allclose(result, x.grad)
print(f"{result.norm().item():.1e}")

# Output:
# 3.2e-03
