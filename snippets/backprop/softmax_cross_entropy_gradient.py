import math

import numpy as np

from dlref.backprop import softmax_cross_entropy_grad

z, y = [2.0, 1.0, -1.0], 1
K = len(z)

# ∂ℓ/∂z_k = p̂_k − 𝕀{y = k} with p̂ = Softmax(z)
p_hat = [math.exp(z[k]) / sum(math.exp(z[j]) for j in range(K)) for k in range(K)]
grad = [p_hat[k] - (1 if y == k else 0) for k in range(K)]

result = softmax_cross_entropy_grad(y, z)
assert np.allclose(result, grad)
print(np.round(result, 4).tolist())

# Output:
# [0.7054, -0.7405, 0.0351]
