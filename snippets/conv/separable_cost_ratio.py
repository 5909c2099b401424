import numpy as np

from dlref.conv import separable_cost_ratio

K, C_in, C_out = 3, 32, 64

# (K² C_in + C_in C_out) / (K² C_in C_out) = 1 / C_out + 1 / K²
ratio = (K**2 * C_in + C_in * C_out) / (K**2 * C_in * C_out)
short = 1 / C_out + 1 / K**2

result = separable_cost_ratio(K, C_in, C_out)
assert np.isclose(result, ratio) and np.isclose(result, short)
print(round(result, 4))

# Output:
# 0.1267
