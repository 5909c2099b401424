import math

from dlref.regularize import l2_regularized

data_loss = 4.0
w = [1.0, -2.0, 0.0]
lam = 0.5
d = 3

# L_total = L_data + λ Σ_i w_i²
penalty = 0.0
for i in range(d):
    penalty += w[i] ** 2
total = data_loss + lam * penalty

result = l2_regularized(data_loss, w, lam=lam)
assert math.isclose(result, total)
print(result)

# Output:
# 6.5
