import numpy as np

from dlref.norm import batch_norm_running

mean, variance = [4.0, 2.0], [9.0, 3.0]  # of a batch: two channels, 4 values each
m, alpha = 4, 0.1

# μ_run ← (1 − α) μ_run + α μ, σ²_run ← (1 − α) σ²_run + α m/(m − 1) σ², from 0 and 1
mean_run, variance_run = [0.0, 0.0], [1.0, 1.0]
for c in range(2):
    mean_run[c] = (1 - alpha) * mean_run[c] + alpha * mean[c]
    variance_run[c] = (1 - alpha) * variance_run[c] + alpha * m / (m - 1) * variance[c]

result = batch_norm_running(mean, variance, 0.0, 1.0, n_values=m, momentum=alpha)
assert np.allclose(result, (mean_run, variance_run))
print(np.round(result, 4).tolist())

# Output:
# [[0.4, 0.2], [2.1, 1.3]]
