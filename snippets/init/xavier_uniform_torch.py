import torch

from dlref.init import xavier_bound

torch.manual_seed(0)
W = torch.empty(100, 300)  # (n_out, n_in), as here
torch.nn.init.xavier_uniform_(W)

a = xavier_bound(300, 100)
assert 0.999 * a < W.abs().max().item() < a * (1 + 1e-6)
print(round(a, 4))

# Output:
# 0.1225
