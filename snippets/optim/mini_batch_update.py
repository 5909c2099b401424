import numpy as np

from dlref.optim import minibatch_step

theta = [1.0, 1.0]
grads = [[4.0, 0.0], [0.0, -2.0], [8.0, 8.0], [2.0, -1.0]]  # ∇ℓ(y_i, f(x_i; θ)), a row for each sample
B = [0, 1, 3]
eta = 0.5

# θ ← θ − η/|B| Σ_{i∈B} ∇ℓ(y_i, f(x_i; θ))
new_theta = []
for j in range(2):
    total = 0.0
    for i in B:
        total += grads[i][j]
    new_theta.append(theta[j] - eta / len(B) * total)

result = minibatch_step(theta, [grads[i] for i in B], eta=eta)
assert np.allclose(result, new_theta)
print(np.round(result, 4).tolist())

# Output:
# [0.0, 1.5]
