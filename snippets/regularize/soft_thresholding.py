import numpy as np

from dlref.regularize import soft_threshold

lam = 1.0
values = [3.0, -2.5, 0.5, -1.0]

# S_λ(u) = sign(u) max(|u| − λ, 0)
thresholded = []
for u in values:
    sign = 1 if u >= 0 else -1
    thresholded.append(sign * max(abs(u) - lam, 0))

result = soft_threshold(values, lam=lam)
assert np.allclose(result, thresholded)
print(result.tolist())

# Output:
# [2.0, -1.5, 0.0, 0.0]
