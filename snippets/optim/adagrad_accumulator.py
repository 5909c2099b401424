import numpy as np

from dlref.optim import adagrad_accumulate

grads = [[3.0, 0.0], [0.0, 1.0], [4.0, 2.0]]  # ∇L(θ) at three steps

# G_t = G_{t−1} + ∇L(θ) ∘ ∇L(θ), from G_0 = 0
G = [0.0, 0.0]
for grad in grads:
    for j in range(2):
        G[j] = G[j] + grad[j] * grad[j]

result = 0.0
for grad in grads:
    result = adagrad_accumulate(result, grad)
assert np.allclose(result, G)
print(result.tolist())

# Output:
# [25.0, 5.0]
