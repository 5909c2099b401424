import math

from dlref.regularize import elastic_net_regularized

data_loss = 4.0
w = [1.0, -2.0, 0.0]
lam1, lam2 = 0.5, 0.25
d = 3

# L_total = L_data + λ_1 Σ_i |w_i| + λ_2 Σ_i w_i²
absolute, square = 0.0, 0.0
for i in range(d):
    absolute += abs(w[i])
    square += w[i] ** 2
total = data_loss + lam1 * absolute + lam2 * square

result = elastic_net_regularized(data_loss, w, lam1=lam1, lam2=lam2)
assert math.isclose(result, total)
print(result)

# Output:
# 6.75
