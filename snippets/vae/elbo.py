import math

import numpy as np

from dlref.vae import elbo

p_x_given_z = [0.5, 0.125, 0.25]  # p(x | z) for the three values of z
prior = [0.25, 0.25, 0.5]  # p(z)
q = [0.5, 0.25, 0.25]  # q(z | x), what the encoder says
K = 3

# (1) E_q[log p(x | z)]
reconstruction = sum(q[z] * math.log(p_x_given_z[z]) for z in range(K))
# (2) D_KL(q(z | x) ‖ p(z))
divergence = sum(q[z] * math.log(q[z] / prior[z]) for z in range(K))
# log p(x) ≥ (1) − (2)
log_p = math.log(sum(p_x_given_z[z] * prior[z] for z in range(K)))

result = elbo(p_x_given_z, q, prior)
assert np.isclose(result, reconstruction - divergence)
assert log_p >= result
print(round(result, 4), round(log_p, 4))

# Output:
# -1.3863 -1.2685
