import numpy as np

from dlref.init import he_variance

n_in = 200

# Var(W_ij) = 2 / n_in
variance = 2 / n_in

result = he_variance(n_in)
assert np.allclose(result, variance)
print(result)

# Output:
# 0.01
