import numpy as np

from dlref.norm import batch_variance

x = np.array([1.0, 2.0, 6.0])
m = len(x)

# μ = 1/m Σ_i x_i, σ² = 1/m Σ_i (x_i − μ)²
mu = 1 / m * sum(x[i] for i in range(m))
variance = 1 / m * sum((x[i] - mu) ** 2 for i in range(m))

result = batch_variance(x)
assert np.isclose(result, variance)
print(round(float(mu), 4), round(float(result), 4))

# Output:
# 3.0 4.6667
