import math

import numpy as np

from dlref.attention import causal_mask

n = 4

# M_ij = 0 where j ≤ i, −∞ where j > i
M = np.zeros((n, n))
for i in range(n):
    for j in range(n):
        M[i, j] = 0 if j <= i else -math.inf

result = causal_mask(n)
assert np.array_equal(result, M)
for row in result.tolist():
    print(row)

# Output:
# [0.0, -inf, -inf, -inf]
# [0.0, 0.0, -inf, -inf]
# [0.0, 0.0, 0.0, -inf]
# [0.0, 0.0, 0.0, 0.0]
