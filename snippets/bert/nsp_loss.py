import math

import numpy as np

from dlref.bert import nsp_loss

c = 1  # 0 is IsNext, 1 is NotNext
z = [0.5, 2.0]  # scores of the two, from the output at [CLS]

# L_NSP = −log p(c | h_[CLS])
p = [math.exp(z[k]) / sum(math.exp(z[l]) for l in range(2)) for k in range(2)]
L = -math.log(p[c])

result = nsp_loss(c, z)
assert np.isclose(result, L)
print(round(result, 4))

# Output:
# 0.2014
