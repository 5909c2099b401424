import torch

from dlref.linear import score

x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [2.0, -0.5]])
model = torch.nn.Linear(2, 1)

# model.weight has the shape (1, d) and model.bias the shape (1,); ours are (d,) and a scalar.
with torch.no_grad():
    model.weight[:] = torch.tensor([[3.0, -1.0]])
    model.bias[:] = 0.5
    predictions = model(x)
    result = score(x, model.weight[0], model.bias[0])

assert torch.allclose(result, predictions[:, 0])
print(result.tolist())

# Output:
# [1.5, -0.5, 7.0]
