import numpy as np

from dlref.conv import output_size

I, K, S, P_start, P_end = 6, 3, 2, 0, 0

# O = ⌊(I − K + P_start + P_end) / S⌋ + 1: the windows that fit, counted one by one
O = 0
start = -P_start
while start + K <= I + P_end:
    O += 1
    start += S

result = output_size(I, K, stride=S, padding=(P_start, P_end))
assert np.isclose(result, O)
print(result, "and not", (I - K + P_start + P_end) / S + 1)

# Output:
# 2 and not 2.5
