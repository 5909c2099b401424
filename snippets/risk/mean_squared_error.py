import math

from dlref.risk import mean_squared_error

y = [1.0, 2.0, 3.0]
y_hat = [1.0, 2.0, 6.0]
n = 3

# MSE = (1/n) Σ_i (y_i − ŷ_i)²
total = 0.0
for i in range(n):
    total += (y[i] - y_hat[i]) ** 2
mse = total / n

result = mean_squared_error(y, y_hat)
assert math.isclose(result, mse)
print(result)

# Output:
# 3.0
