import torch

from dlref.optim import exponential_decay

optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.8)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)

rates = []
for _ in range(5):
    rates += schedule.get_last_lr()
    optimizer.step()
    schedule.step()

result = exponential_decay(torch.arange(5.0, dtype=torch.float64), eta0=0.8, gamma=0.5)
assert torch.allclose(result, torch.tensor(rates, dtype=torch.float64))
print(result.tolist())

# Output:
# [0.8, 0.4, 0.2, 0.1, 0.05]
