import math

import numpy as np

from dlref.gan import gan_value

D_x = [0.9, 0.75, 0.6]  # D(x_i): answers on real inputs
D_G_z = [0.2, 0.5]  # D(G(z_i)): answers on generated inputs
n, m = 3, 2

# (1) E_{x ∼ p_data}[log D(x)]
real = 0
for i in range(n):
    real += 1 / n * math.log(D_x[i])
# (2) E_{z ∼ p_z}[log(1 − D(G(z)))]
fake = 0
for i in range(m):
    fake += 1 / m * math.log(1 - D_G_z[i])

result = gan_value(D_x, D_G_z)
assert np.allclose(result, real + fake)
print(round(result, 4))

# Output:
# -0.7594
