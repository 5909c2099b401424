import math

import numpy as np

from dlref.transformer import seq2seq_log_likelihood

y = [[1, 0, 2], [2, 2, 0]]  # two output sequences of three tokens
p = np.array(  # at each position the probabilities of three tokens, given the true ones before it
    [
        [[0.2, 0.5, 0.3], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8]],
        [[0.25, 0.25, 0.5], [0.1, 0.3, 0.6], [0.4, 0.3, 0.3]],
    ]
)

# J(θ) = Σ_(x, y) Σ_t log p(y_t | y_<t, x)
J, log_p = 0.0, np.zeros((2, 3, 3))
for s in range(2):
    for t in range(3):
        for k in range(3):
            log_p[s, t, k] = math.log(p[s, t, k])
        J += log_p[s, t, y[s][t]]

result = seq2seq_log_likelihood(y, log_p)
assert np.isclose(result, J)
print(round(float(result), 4))

# Output:
# -3.5474
