import numpy as np

from dlref.losses import indicator

y = [1, -1, 1]
y_hat = [1, 1, -1]

# 𝕀{y ≠ ŷ} = 1 where y ≠ ŷ, 0 where y = ŷ
values = []
for i in range(3):
    if y[i] != y_hat[i]:
        values.append(1)
    else:
        values.append(0)

result = indicator(np.not_equal(y, y_hat))
assert np.array_equal(result, values)
print(result.tolist())

# Output:
# [0.0, 1.0, 1.0]
