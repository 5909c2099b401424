import numpy as np

from dlref.training import dropout

rng = np.random.default_rng(3)
h = [1.0, 2.0, 3.0, 4.0]
p = 0.5
d = 4

# m_i ~ Bernoulli(1 − p)
m = []
for i in range(d):
    m.append(1 if rng.random() >= p else 0)

# h̃ = m ⊙ h / (1 − p)
h_tilde = []
for i in range(d):
    h_tilde.append(m[i] * h[i] / (1 - p))

result = dropout(h, m, p=p)
assert np.allclose(result, h_tilde)
print(m, result.tolist())

# Output:
# [0, 0, 1, 1] [0.0, 0.0, 6.0, 8.0]
