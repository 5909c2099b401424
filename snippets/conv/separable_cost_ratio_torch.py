import torch

from dlref.conv import separable_cost_ratio

K, C_in, C_out = 3, 32, 64
depthwise = torch.nn.Conv2d(C_in, C_in, K, groups=C_in, bias=False)
pointwise = torch.nn.Conv2d(C_in, C_out, 1, bias=False)
ordinary = torch.nn.Conv2d(C_in, C_out, K, bias=False)
ratio = (depthwise.weight.numel() + pointwise.weight.numel()) / ordinary.weight.numel()

result = separable_cost_ratio(K, C_in, C_out)
assert abs(result - ratio) < 1e-12
print(round(result, 4))

# Output:
# 0.1267
