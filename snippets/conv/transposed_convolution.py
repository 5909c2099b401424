import numpy as np

from dlref.conv import conv_transpose2d

x = np.array([[1.0, 2.0], [3.0, 4.0]])
k = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]])
S, P_start, P_end, P_out = 2, 1, 1, 1
I, J = x.shape
K = len(k)

# O = (I − 1) S − P_start − P_end + K + P_out
O = (I - 1) * S - P_start - P_end + K + P_out

# y = C^⊤ x: the convolution reads its image at p = iS + m − P_start; its transpose writes there
y = np.zeros((O, O))
for i in range(I):
    for j in range(J):
        for m in range(K):
            for n in range(K):
                p, q = i * S + m - P_start, j * S + n - P_start
                if 0 <= p < O and 0 <= q < O:
                    y[p, q] += k[m, n] * x[i, j]

result = conv_transpose2d(x[None], k[None, None], stride=S, padding=1, output_padding=P_out)[0]
assert np.allclose(result, y)
print(result.tolist())

# Output:
# [[1.0, 0.0, 2.0, 0.0], [0.0, 15.0, 0.0, 10.0], [3.0, 0.0, 4.0, 0.0], [0.0, 11.0, 0.0, 4.0]]
