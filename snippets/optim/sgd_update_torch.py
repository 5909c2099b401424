import torch

from dlref.optim import gd_step

x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
y = torch.tensor([3.0, 0.0, 2.0])
theta = torch.tensor([1.0, 0.5], requires_grad=True)
optimizer = torch.optim.SGD([theta], lr=0.125)

# A loader that shuffles draws without replacement; with batches of one sample it gives stochastic gradient descent.
torch.manual_seed(0)
data = torch.utils.data.TensorDataset(x, y)
result = theta.detach().clone()
for x_i, y_i in torch.utils.data.DataLoader(data, batch_size=1, shuffle=True):
    optimizer.zero_grad()
    (x_i @ theta - y_i).square().div(2).sum().backward()
    optimizer.step()
    result = gd_step(result, (x_i[0] @ result - y_i[0]) * x_i[0], eta=0.125)

assert torch.allclose(result, theta)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.8906, 0.7246]
