import math

from dlref.regularize import l1_regularized

data_loss = 4.0
w = [1.0, -2.0, 0.0]
lam = 0.5
d = 3

# L_total = L_data + λ Σ_i |w_i|
penalty = 0.0
for i in range(d):
    penalty += abs(w[i])
total = data_loss + lam * penalty

result = l1_regularized(data_loss, w, lam=lam)
assert math.isclose(result, total)
print(result)

# Output:
# 5.5
