import numpy as np

from dlref.linear import perceptron_update

x_i = [2.0, 1.0]
y_i = -1
w = [0.5, 0.0]
b = 0.0
eta = 0.5

# The sample is on the wrong side: y_i (wᵀ x_i + b) = −1 ≤ 0
# w ← w + η y_i x_i,  b ← b + η y_i
new_w = []
for j in range(2):
    new_w.append(w[j] + eta * y_i * x_i[j])
new_b = b + eta * y_i

result_w, result_b = perceptron_update(x_i, y_i, w, b, eta=eta)
assert np.allclose(result_w, new_w)
assert np.allclose(result_b, new_b)
print(result_w.tolist(), result_b)

# Output:
# [-0.5, -0.5] -0.5
