import math

from dlref.linear import squared_risk

x = [[2.0, 1.0], [1.0, 0.0], [-1.0, -1.0], [0.0, -2.0]]
y = [1, 1, -1, -1]
w = [0.5, 0.5]
b = 0.0
n, d = 4, 2

# R̂(f) = (1/n) Σ_i (y_i − (wᵀ x_i + b))²: the score is compared with the label, not its sign
total = 0.0
for i in range(n):
    score = b
    for j in range(d):
        score += w[j] * x[i][j]
    total += (y[i] - score) ** 2
risk = total / n

result = squared_risk(x, y, w, b)
assert math.isclose(result, risk)
print(result)

# Output:
# 0.125
