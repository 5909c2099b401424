import math

import numpy as np

from dlref.bert import pretraining_loss

x, M = [2, 0, 1], [0, 2]  # the true words, and the chosen positions
z = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.5, 0.0, -0.5]])  # scores of the words
c, u = 1, [0.5, 2.0]  # NotNext, and the scores of IsNext and NotNext


def surprise(scores, k):
    return -math.log(math.exp(scores[k]) / sum(math.exp(score) for score in scores))


# L = L_MLM + L_NSP
L_MLM = 1 / len(M) * sum(surprise(z[i], x[i]) for i in M)
L_NSP = surprise(u, c)
L = L_MLM + L_NSP

result = pretraining_loss(x, z, [i in M for i in range(3)], c, u)
assert np.isclose(result, L)
print(round(L_MLM, 4), round(L_NSP, 4), round(float(result), 4))

# Output:
# 0.7939 0.2014 0.9954
