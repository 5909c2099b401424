import torch

from dlref.skip import dense_in_channels

k_0, k = 64, 32
x, C = torch.zeros(1, k_0, 1, 1), []
for l in range(1, 7):
    C.append(x.shape[1])
    x = torch.cat([x, torch.nn.Conv2d(C[-1], k, kernel_size=1)(x)], dim=1)

result = dense_in_channels(torch.arange(1, 7), in_channels=k_0, growth_rate=k)
assert result.tolist() == C
print(C)

# Output:
# [64, 96, 128, 160, 192, 224]
