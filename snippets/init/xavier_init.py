import numpy as np

from dlref.init import xavier_variance

n_in, n_out = 300, 100

# Var(W_ij) = 2 / (n_in + n_out)
variance = 2 / (n_in + n_out)

result = xavier_variance(n_in, n_out)
assert np.allclose(result, variance)
print(result)

# Output:
# 0.005
