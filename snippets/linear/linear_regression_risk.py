import math

from dlref.linear import squared_risk

x = [[0.0], [1.0], [2.0]]
y = [1.0, 3.0, 8.0]
w = [2.0]
b = 1.0
n, d = 3, 1

# R̂(f) = (1/n) Σ_i (y_i − (wᵀ x_i + b))²
total = 0.0
for i in range(n):
    prediction = b
    for j in range(d):
        prediction += w[j] * x[i][j]
    total += (y[i] - prediction) ** 2
risk = total / n

result = squared_risk(x, y, w, b)
assert math.isclose(result, risk)
print(result)

# Output:
# 3.0
