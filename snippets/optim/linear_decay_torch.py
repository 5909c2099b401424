import torch

from dlref.optim import linear_decay

eta_0, eta_tau, tau = 0.5, 0.125, 4
optimizer = torch.optim.SGD([torch.zeros(1)], lr=eta_0)

# LinearLR states both ends as factors of the rate that the optimizer was made with.
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=eta_tau / eta_0, total_iters=tau)

rates = []
for _ in range(7):
    rates += schedule.get_last_lr()
    optimizer.step()
    schedule.step()

result = linear_decay(torch.arange(7.0, dtype=torch.float64), eta0=eta_0, eta_tau=eta_tau, tau=tau)
assert torch.allclose(result, torch.tensor(rates, dtype=torch.float64))
print(result.tolist())

# Output:
# [0.5, 0.40625, 0.3125, 0.21875, 0.125, 0.125, 0.125]
