import numpy as np

from dlref.regularize import weight_decay_step

w = [2.0, -4.0]
grad = [1.0, 0.5]  # ∇L_data(w)
eta, lam = 0.5, 0.25
d = 2

# w ← (1 − 2ηλ) w − η ∇L_data(w)
new = []
for i in range(d):
    new.append((1 - 2 * eta * lam) * w[i] - eta * grad[i])

result = weight_decay_step(w, grad, eta=eta, lam=lam)
assert np.allclose(result, new)
print(result.tolist())

# Output:
# [1.0, -3.25]
