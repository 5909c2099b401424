import math

import numpy as np

from dlref.init import xavier_uniform

n_in, n_out = 4, 2
rng = np.random.default_rng(0)

# W_ij ∼ U(−a, a),  a = √(6 / (n_in + n_out))
a = math.sqrt(6 / (n_in + n_out))
W = np.empty((n_out, n_in))
for i in range(n_out):
    for j in range(n_in):
        W[i, j] = -a + 2 * a * rng.random()

result = xavier_uniform(n_in=n_in, n_out=n_out, rng=np.random.default_rng(0))
assert np.allclose(result, W)
print(a, np.round(result, 3).tolist())

# Output:
# 1.0 [[0.274, -0.46, -0.918, -0.967], [0.627, 0.826, 0.213, 0.459]]
