import torch

from dlref.risk import empirical_risk

x = torch.tensor([[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]])
y = torch.tensor([0.0, 2.5, 1.0])
model = torch.nn.Linear(2, 1)
loss = torch.nn.MSELoss()

# PyTorch calls the model with all inputs at once, and the loss with the prediction first; the loss takes the mean.
with torch.no_grad():
    risk = loss(model(x)[:, 0], y)
    result = empirical_risk(lambda x_i: model(x_i)[0], lambda y_i, y_hat: loss(y_hat, y_i), x, y)

assert torch.allclose(result, risk)
print(torch.allclose(result, risk))

# Output:
# True
