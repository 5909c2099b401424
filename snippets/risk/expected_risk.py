import math

from dlref.risk import expected_risk


def f(x):
    return 2 * x


def loss(y, y_hat):
    return (y - y_hat) ** 2


# A distribution P on three pairs (x_k, y_k) with probabilities p_k
x = [1.0, 2.0, 3.0]
y = [2.0, 6.0, 5.0]
p = [0.5, 0.25, 0.25]

# R(f) = E ℓ(y, f(x)) = Σ_k p_k ℓ(y_k, f(x_k))
risk = 0.0
for k in range(3):
    risk += p[k] * loss(y[k], f(x[k]))

result = expected_risk(f, loss, x, y, p)
assert math.isclose(result, risk)
print(result)

# Output:
# 1.25
