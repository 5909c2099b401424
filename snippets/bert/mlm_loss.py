import math

import numpy as np

from dlref.bert import mlm_loss

x = [2, 0, 1]  # the true words
z = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.5, 0.0, -0.5]])  # scores of the words at each position
M = [0, 2]  # the chosen positions
n, V = 3, 3


def p(i, k):  # p(k | x̃) at position i
    return math.exp(z[i, k]) / sum(math.exp(z[i, l]) for l in range(V))


# L_MLM = −1/|M| Σ_(i ∈ M) log p(x_i | x̃)
L = -1 / len(M) * sum(math.log(p(i, x[i])) for i in M)

result = mlm_loss(x, z, [i in M for i in range(n)])
assert np.isclose(result, L)
print(round(float(result), 4))

# Output:
# 0.7939
