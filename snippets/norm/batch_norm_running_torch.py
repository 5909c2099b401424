import torch

from dlref.norm import batch_norm_running

torch.manual_seed(0)
layer = torch.nn.BatchNorm1d(3, dtype=torch.float64)  # momentum=0.1: the weight of the new value, as here

mean, variance = 0.0, 1.0
for _ in range(5):
    x = torch.randn(4, 3, dtype=torch.float64)
    layer(x)
    mu, sigma2 = x.mean(dim=0), x.var(dim=0, correction=0)
    mean, variance = batch_norm_running(mu, sigma2, mean, variance, n_values=4, momentum=0.1)

assert torch.allclose(mean, layer.running_mean)
assert torch.allclose(variance, layer.running_var)
print([round(value, 4) for value in variance.tolist()])

# Output:
# [0.9459, 1.0671, 1.1012]
