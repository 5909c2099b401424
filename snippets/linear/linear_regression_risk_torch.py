import torch

from dlref.linear import squared_risk

x = torch.tensor([[0.0], [1.0], [2.0]])
y = torch.tensor([1.0, 3.0, 8.0])
w = torch.tensor([2.0])
b = torch.tensor(1.0)

# The output of a layer has the shape (n, 1). Beside targets of shape (n,) the loss would be that of an n × n table.
predictions = torch.nn.functional.linear(x, w[None, :], b[None])
risk = torch.nn.MSELoss()(predictions[:, 0], y)

result = squared_risk(x, y, w, b)
assert torch.allclose(result, risk)
print(result.item())

# Output:
# 3.0
