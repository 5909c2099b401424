import math

import numpy as np

from dlref.attention import positional_encoding

n, d_model = 3, 6

# PE_(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE_(pos, 2i+1) = cos(pos / 10000^(2i/d_model))
PE = np.zeros((n, d_model))
for pos in range(n):
    for i in range(d_model // 2):
        PE[pos, 2 * i] = math.sin(pos / 10000 ** (2 * i / d_model))
        PE[pos, 2 * i + 1] = math.cos(pos / 10000 ** (2 * i / d_model))

result = positional_encoding(n, d_model)
assert np.allclose(result, PE)
for row in np.round(result, 4).tolist():
    print(row)

# Output:
# [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
# [0.8415, 0.5403, 0.0464, 0.9989, 0.0022, 1.0]
# [0.9093, -0.4161, 0.0927, 0.9957, 0.0043, 1.0]
