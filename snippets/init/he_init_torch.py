import torch

from dlref.init import he_variance

torch.manual_seed(0)
W = torch.empty(8, 16, 5, 5)  # a convolution: n_in is 16 channels times 5 · 5
torch.nn.init.kaiming_normal_(W, nonlinearity="relu")  # by default it assumes a leaky ReLU, and counts inputs

result = he_variance(16 * 5 * 5)
assert abs(W.var().item() / result - 1) < 0.1  # 3200 weights tell their variance to a few hundredths
print(result)

# Output:
# 0.005
