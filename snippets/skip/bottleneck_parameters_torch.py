import torch
from torch import nn

from dlref.skip import bottleneck_params

C, r = 256, 4
bottleneck = nn.Sequential(
    nn.Conv2d(C, C // r, 1, bias=False), nn.Conv2d(C // r, C // r, 3, bias=False), nn.Conv2d(C // r, C, 1, bias=False)
)
P_bottleneck = torch.nn.utils.parameters_to_vector(bottleneck.parameters()).numel()

result = bottleneck_params(C, reduction=r)
assert result == P_bottleneck
print(result)

# Output:
# 69632
