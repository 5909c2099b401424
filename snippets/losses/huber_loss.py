import numpy as np

from dlref.losses import huber

y = [0.0, 0.0, 0.0]
y_hat = [1.0, 2.0, 4.0]
delta = 2.0

losses = []
for i in range(3):
    r = abs(y[i] - y_hat[i])
    if r <= delta:
        # ½ (y − ŷ)² if |y − ŷ| ≤ δ
        losses.append((y[i] - y_hat[i]) ** 2 / 2)
    else:
        # δ (|y − ŷ| − δ/2) otherwise
        losses.append(delta * (r - delta / 2))

result = huber(y, y_hat, delta=delta)
assert np.allclose(result, losses)
print(result.tolist())

# Output:
# [0.5, 2.0, 6.0]
