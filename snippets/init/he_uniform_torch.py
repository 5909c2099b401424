import torch

from dlref.init import he_bound

torch.manual_seed(0)
W = torch.empty(100, 150)  # (n_out, n_in), as here
torch.nn.init.kaiming_uniform_(W, nonlinearity="relu")  # torch.nn.Linear itself has another bound by default, √(1 / n_in)

a = he_bound(150)
assert 0.999 * a < W.abs().max().item() < a * (1 + 1e-6)
print(round(a, 4))

# Output:
# 0.2
