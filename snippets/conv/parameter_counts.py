import numpy as np

from dlref.conv import param_count_conv

H, W, C_in, N = 32, 32, 3, 16
K, C_out = 3, 16

# P_fc = (H W C_in + 1) N: each unit has a weight for each number of the image, and a bias
P_fc = 0
for unit in range(N):
    for c in range(C_in):
        for i in range(H):
            P_fc += W
    P_fc += 1

# P_conv = (K² C_in + 1) C_out: each kernel has a weight for each number of a window, and a bias
P_conv = 0
for kernel in range(C_out):
    for c in range(C_in):
        P_conv += K * K
    P_conv += 1

result = param_count_conv(K, C_in, C_out)
assert np.isclose(result, P_conv)
print(P_fc, result)

# Output:
# 49168 448
