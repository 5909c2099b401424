import torch

from dlref.training import mlp_params

model = torch.nn.Sequential(torch.nn.Linear(784, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10))
theirs = sum(parameter.numel() for parameter in model.parameters())

result = mlp_params([784, 100, 10])
assert result == theirs
print(result)

# Output:
# 79510
