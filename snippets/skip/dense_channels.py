import numpy as np

from dlref.skip import dense_in_channels

k_0, k = 64, 32

# C_l = k_0 + k (l − 1): each layer adds k channels to those that the next one sees
C = [k_0]
for l in range(2, 7):
    C.append(C[-1] + k)

result = dense_in_channels([1, 2, 3, 4, 5, 6], in_channels=k_0, growth_rate=k)
assert np.allclose(result, C)
print(result.tolist())

# Output:
# [64, 96, 128, 160, 192, 224]
