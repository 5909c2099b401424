import math

from dlref.risk import expected_squared_error

predictions = [1.0, 2.0, 6.0]  # f̂_D(x) for three training sets D
f_star = 1.0
sigma = 0.5
m = 3

# E (y − f̂_D(x))² over the training sets and over the noise ε of
# y = f*(x) + ε, which is −σ or +σ
error = 0.0
for k in range(m):
    for noise in (-sigma, sigma):
        error += (f_star + noise - predictions[k]) ** 2 / (2 * m)

# (E_D f̂_D(x) − f*(x))²
mean = 0.0
for k in range(m):
    mean += predictions[k] / m
bias_squared = (mean - f_star) ** 2

# E_D (f̂_D(x) − E_D f̂_D(x))²
variance = 0.0
for k in range(m):
    variance += (predictions[k] - mean) ** 2 / m

result = expected_squared_error(predictions, f_star, sigma=sigma)
assert math.isclose(result, error)
assert math.isclose(result, bias_squared + variance + sigma**2)
terms = f"{bias_squared:.1f} + {variance:.4f} + {sigma**2}"
print(terms, "=", round(result, 4))

# Output:
# 4.0 + 4.6667 + 0.25 = 8.9167
