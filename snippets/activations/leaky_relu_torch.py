import torch

from dlref.activations import leaky_relu

x = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64)

# α is called negative_slope; its default is 0.01 as well
result = torch.nn.LeakyReLU(negative_slope=0.01)(x)
assert torch.allclose(result, leaky_relu(x, alpha=0.01))
print(result.tolist())

# Output:
# [-0.02, 0.0, 3.0]
