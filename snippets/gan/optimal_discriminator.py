import math

import numpy as np

from dlref.gan import optimal_discriminator

p_data, p_g = [0.5, 0.25, 0.25], [0.125, 0.625, 0.25]
K = 3

# D*(x) = p_data(x) / (p_data(x) + p_g(x))
D = []
for x in range(K):
    D.append(p_data[x] / (p_data[x] + p_g[x]))

# V(D*, G) = E_{x ∼ p_data}[log D*(x)] + E_{x ∼ p_g}[log(1 − D*(x))]
value = sum(p_data[x] * math.log(D[x]) + p_g[x] * math.log(1 - D[x]) for x in range(K))
# D_JS(p_data ‖ p_g): half of the divergences of both from their mean
js = 0
for x in range(K):
    mean = (p_data[x] + p_g[x]) / 2
    js += (p_data[x] * math.log(p_data[x] / mean) + p_g[x] * math.log(p_g[x] / mean)) / 2
# V(D*, G) = −log 4 + 2 D_JS(p_data ‖ p_g)
assert math.isclose(value, -math.log(4) + 2 * js)

result = optimal_discriminator(p_data, p_g)
assert np.allclose(result, D)
print(np.round(result, 4).tolist(), round(value, 4))

# Output:
# [0.8, 0.2857, 0.5] -1.1828
