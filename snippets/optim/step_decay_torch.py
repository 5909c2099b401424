import torch

from dlref.optim import step_decay

optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.8)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)

rates = []
for _ in range(8):
    rates += schedule.get_last_lr()
    optimizer.step()
    schedule.step()  # once an epoch

result = step_decay(torch.arange(8.0, dtype=torch.float64), eta0=0.8, gamma=0.5, period=3)
assert torch.allclose(result, torch.tensor(rates, dtype=torch.float64))
print(result.tolist())

# Output:
# [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]
