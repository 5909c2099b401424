import torch

from dlref.norm import batch_norm_inference

torch.manual_seed(0)
layer = torch.nn.BatchNorm1d(3, dtype=torch.float64)
for _ in range(5):
    layer(2 + 3 * torch.randn(16, 3, dtype=torch.float64))  # the running statistics move

layer.eval()  # from now on they stay, and are used
x = torch.randn(2, 3, dtype=torch.float64)
result = batch_norm_inference(x, layer.running_mean, layer.running_var, layer.weight, layer.bias)
assert torch.allclose(result, layer(x))
print([round(value, 4) for value in result[0].tolist()])

# Output:
# [-0.0828, 0.3485, -0.8632]
