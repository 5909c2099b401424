import torch

from dlref.risk import expected_squared_error

predictions = torch.tensor([[1.0, 0.0], [2.0, 0.0], [6.0, 3.0]], dtype=torch.float64)  # a row for each training set
f_star = torch.tensor([1.0, 1.0], dtype=torch.float64)
sigma = 0.5

# PyTorch divides the variance by m − 1 unless told otherwise; the mean over training sets divides by m.
variance, mean = torch.var_mean(predictions, dim=0, correction=0)
error = torch.square(mean - f_star) + variance + sigma**2

result = expected_squared_error(predictions, f_star, sigma=sigma)
assert torch.allclose(result, error)
print([round(value, 4) for value in result.tolist()])

# Output:
# [8.9167, 2.25]
