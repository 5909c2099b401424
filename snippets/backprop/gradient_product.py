import numpy as np

from dlref.backprop import gradient_product

# Three layers of two units; the slopes φ′(a^(l)) are those of a sigmoid, at most 1/4
W = np.array([[[1.0, -0.5], [0.5, 1.0]], [[0.5, 2.0], [1.0, 0.0]], [[1.0, 1.0], [-1.0, 0.5]]])
slopes = np.array([[0.25, 0.2], [0.1, 0.25], [0.24, 0.15]])
grad_out = [1.0, -1.0]

# ∂𝓛/∂h^(0) = Π_l (W^(l))^⊤ diag φ′(a^(l)) · ∂𝓛/∂h^(D): the last factor acts first
grad = grad_out
for l in (2, 1, 0):
    grad = [sum(W[l, i, j] * slopes[l, i] * grad[i] for i in range(2)) for j in range(2)]

result = gradient_product(W, slopes, grad_out)
assert np.allclose(result, grad)
print(np.round(result, 4).tolist())

# Output:
# [0.023, 0.008]
