import torch

from dlref.backprop import MLP

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)).double()
x, t = torch.randn(8, 4, dtype=torch.float64), torch.randn(8, 3, dtype=torch.float64)
h = net(x)
(((h - t) ** 2).sum() / 2).backward()  # a sum over the samples, as here; PyTorch's losses take the mean by default

with torch.no_grad():
    mlp = MLP(
        [net[0].weight, net[2].weight],
        [net[0].bias, net[2].bias],
        phi=torch.tanh,
        slope=lambda a: 1 - torch.tanh(a) ** 2,
    )
    weights, biases = mlp.backward(mlp.forward(x) - t)
assert torch.allclose(weights[0], net[0].weight.grad) and torch.allclose(weights[1], net[2].weight.grad)
assert torch.allclose(biases[0], net[0].bias.grad) and torch.allclose(biases[1], net[2].bias.grad)
print([round(value, 4) for value in biases[1].tolist()])

# Output:
# [4.3574, -1.6003, -2.067]
