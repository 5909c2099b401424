import math

from dlref.risk import empirical_risk


def f(x):
    return 2 * x


def loss(y, y_hat):
    return (y - y_hat) ** 2


x = [1.0, 2.0, 3.0, 4.0]
y = [2.0, 6.0, 5.0, 9.0]
n = 4

# R̂(f) = (1/n) Σ_i ℓ(y_i, f(x_i))
total = 0.0
for i in range(n):
    total += loss(y[i], f(x[i]))
risk = total / n

result = empirical_risk(f, loss, x, y)
assert math.isclose(result, risk)
print(result)

# Output:
# 1.5
