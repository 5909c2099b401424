import math

import numpy as np

from dlref.attention import shift_encoding

d_model, pos, k = 4, 5, 3


def PE(pos, j):
    angle = pos / 10000 ** (2 * (j // 2) / d_model)
    return math.sin(angle) if j % 2 == 0 else math.cos(angle)


# PE_(pos+k, 2i)   =  cos(k ω_i) PE_(pos, 2i) + sin(k ω_i) PE_(pos, 2i+1)
# PE_(pos+k, 2i+1) = −sin(k ω_i) PE_(pos, 2i) + cos(k ω_i) PE_(pos, 2i+1)
turned = np.zeros(d_model)
for i in range(d_model // 2):
    omega = 1 / 10000 ** (2 * i / d_model)
    turned[2 * i] = math.cos(k * omega) * PE(pos, 2 * i) + math.sin(k * omega) * PE(pos, 2 * i + 1)
    turned[2 * i + 1] = -math.sin(k * omega) * PE(pos, 2 * i) + math.cos(k * omega) * PE(pos, 2 * i + 1)

result = shift_encoding([PE(pos, j) for j in range(d_model)], offset=k)
assert np.allclose(result, turned)
assert np.allclose(turned, [PE(pos + k, j) for j in range(d_model)])
print(np.round(result, 4).tolist())

# Output:
# [0.9894, -0.1455, 0.0799, 0.9968]
