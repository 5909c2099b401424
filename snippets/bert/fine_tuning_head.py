import math

import numpy as np

from dlref.bert import classification_head

h_CLS = np.array([1.0, 2.0, -1.0])
W, b = np.array([[0.5, 0.0, 1.0], [0.0, 0.5, 0.0]]), [0.0, 0.25]
K, d = 2, 3

# p̂ = Softmax(W h_[CLS] + b)
z = [sum(W[k, j] * h_CLS[j] for j in range(d)) + b[k] for k in range(K)]
p_hat = [math.exp(z[k]) / sum(math.exp(z[l]) for l in range(K)) for k in range(K)]

result = classification_head(h_CLS, W, b)
assert np.allclose(result, p_hat)
print(np.round(result, 4).tolist())

# Output:
# [0.148, 0.852]
