import numpy as np

from dlref.skip import bottleneck_params

C, r = 256, 4

# P_bottleneck = C · C/r + 9 (C/r)² + C/r · C: kernels of 1 × 1, 3 × 3 and 1 × 1
narrow = C // r
P_bottleneck = 0
for c_in, c_out, k in ((C, narrow, 1), (narrow, narrow, 3), (narrow, C, 1)):
    P_bottleneck += c_out * c_in * k * k

# P_basic = 2 · 9 C²: two kernels of 3 × 3
P_basic = 0
for layer in range(2):
    P_basic += C * C * 3 * 3

result = bottleneck_params(C, reduction=r)
assert np.isclose(result, P_bottleneck)
print(result, P_basic)

# Output:
# 69632 1179648
