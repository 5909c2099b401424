import numpy as np

from dlref.skip import residual_gradient

J = np.array([[0.5, 0.0], [1.0, -0.5]])  # ∂𝓕/∂x of 𝓕(x) = J x
grad_y = np.array([1.0, -2.0])

# ∂L/∂x = (I + ∂𝓕/∂x)^⊤ ∂L/∂y
grad_x = []
for j in range(2):
    grad_x.append(sum(((1 if i == j else 0) + J[i, j]) * grad_y[i] for i in range(2)))

result = residual_gradient(J, grad_y)
assert np.allclose(result, grad_x)
print(result.tolist())

# Output:
# [-0.5, -1.0]
