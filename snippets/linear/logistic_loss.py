import math

from dlref.linear import logistic_loss

x = [[1.0, 2.0], [1.0, 0.0], [-1.0, 0.5]]
y = [1, 1, 0]
w = [2.0, -1.0]
b = 0.0
n, d = 3, 2

# L(w, b) = −Σ_i [y_i log σ(z_i) + (1 − y_i) log(1 − σ(z_i))]
loss = 0.0
for i in range(n):
    z = b
    for j in range(d):
        z += w[j] * x[i][j]
    sigma = 1 / (1 + math.exp(-z))
    loss -= y[i] * math.log(sigma) + (1 - y[i]) * math.log(1 - sigma)

result = logistic_loss(x, y, w, b)
assert math.isclose(result, loss)
print(round(result, 4))

# Output:
# 0.899
