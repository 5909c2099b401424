import torch

from dlref.init import xavier_variance

torch.manual_seed(0)
W = torch.empty(100, 300)  # (n_out, n_in), as here
torch.nn.init.xavier_normal_(W)

result = xavier_variance(300, 100)
assert abs(W.var().item() / result - 1) < 0.05  # 30 000 weights tell their variance to about a hundredth
print(result)

# Output:
# 0.005
