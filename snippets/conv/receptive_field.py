import numpy as np

from dlref.conv import receptive_field

kernel_sizes, strides, dilations = [7, 3, 3], [2, 2, 1], [1, 1, 2]

# r_l = r_{l−1} + (K_l − 1) d_l ∏_{i<l} S_i,  r_0 = 1
r = [1]
for l in range(1, 4):
    product = 1
    for i in range(1, l):
        product *= strides[i - 1]
    r.append(r[l - 1] + (kernel_sizes[l - 1] - 1) * dilations[l - 1] * product)

result = receptive_field(kernel_sizes, strides, dilations)
assert np.isclose(result, r[3])
print(r)

# Output:
# [1, 7, 11, 27]
