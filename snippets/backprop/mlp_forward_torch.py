import torch

from dlref.backprop import dense_activation

torch.manual_seed(0)
layer = torch.nn.Linear(3, 2, dtype=torch.float64)  # its weight has the shape (2, 3): (out, in), as here
x = torch.randn(4, 3, dtype=torch.float64)  # 4 samples, one a row

result = dense_activation(torch.sigmoid, x, layer.weight, layer.bias)
assert torch.allclose(result, torch.sigmoid(layer(x)))
print([round(value, 4) for value in result[0].tolist()])

# Output:
# [0.3036, 0.3123]
