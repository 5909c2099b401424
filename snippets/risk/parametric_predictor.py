import math

from dlref.risk import predict


def f(x, theta):
    """A line through the plane's inputs: two weights and an intercept."""
    return theta[0] * x[0] + theta[1] * x[1] + theta[2]


x = [1.0, 2.0]
theta = [0.5, -1.0, 2.0]

# ŷ = f(x; θ)
y_hat = f(x, theta)

result = predict(f, x, theta)
assert math.isclose(result, y_hat)
print(result)

# Output:
# 0.5
