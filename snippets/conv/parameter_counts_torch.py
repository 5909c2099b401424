import torch

from dlref.conv import param_count_conv

H, W, C_in, N = 32, 32, 3, 16
K, C_out = 3, 16

fc = torch.nn.Linear(H * W * C_in, N)
conv = torch.nn.Conv2d(C_in, C_out, K)  # the size of the image is not asked for
P_fc = sum(weight.numel() for weight in fc.parameters())
P_conv = sum(weight.numel() for weight in conv.parameters())

result = param_count_conv(K, C_in, C_out)
assert result == P_conv and (H * W * C_in + 1) * N == P_fc
print(P_fc, result)

# Output:
# 49168 448
