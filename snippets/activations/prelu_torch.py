import torch

from dlref.activations import prelu

x = torch.tensor([[-2.0, 1.0], [-1.0, -4.0]], dtype=torch.float64)

# one α for each of the two channels, at first 0.25; for dlref it is spread over the samples
layer = torch.nn.PReLU(num_parameters=2, init=0.25, dtype=torch.float64)
result = layer(x)
assert torch.allclose(result, prelu(x, layer.weight.expand(2, 2)))

# an α that samples share gets the sum of their slopes, min(0, x)
result.sum().backward()
assert torch.allclose(layer.weight.grad, torch.clamp(x, max=0).sum(dim=0))
print(result.tolist(), layer.weight.grad.tolist())

# Output:
# [[-0.5, 1.0], [-0.25, -1.0]] [-3.0, -4.0]
