import torch

from dlref.transformer import ffn

torch.manual_seed(0)
first, second = torch.nn.Linear(4, 8), torch.nn.Linear(8, 4)
x = torch.randn(2, 5, 4)

y = second(torch.relu(first(x)))

# PyTorch keeps a weight as (out, in): here it is transposed
result = ffn(x, first.weight.T, first.bias, second.weight.T, second.bias)
assert torch.allclose(result, y, atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [0.1457, 0.26, 0.3516, 0.3132]
