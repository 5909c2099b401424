import math

import numpy as np

from dlref.gan import non_saturating_generator_loss

D_G_z = [0.2, 0.5, 0.05]  # D(G(z_i)): answers on generated inputs
m = 3

# L_G = −E_{z ∼ p_z}[log D(G(z))]
loss = 0
for i in range(m):
    loss -= 1 / m * math.log(D_G_z[i])

result = non_saturating_generator_loss(D_G_z)
assert np.allclose(result, loss)
print(round(result, 4))

# Output:
# 1.7661
