import torch

from dlref.skip import plain

torch.manual_seed(0)
layer = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh())  # any module is a function
x = torch.randn(2, 4)

result = plain(layer, x)
assert torch.equal(result, layer(x))
print(list(result.shape))

# Output:
# [2, 3]
