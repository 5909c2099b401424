import math

from dlref.regularize import regularized


def data_loss(w):
    return (w[0] - 3) ** 2 + (w[1] + 1) ** 2


def penalty(w):
    return abs(w[0]) + abs(w[1])


w = [1.0, -2.0]
lam = 0.5

# L_total(w) = L_data(w) + λ R(w)
total = data_loss(w) + lam * penalty(w)

result = regularized(data_loss, penalty, w, lam=lam)
assert math.isclose(result, total)
print(result)

# Output:
# 6.5
