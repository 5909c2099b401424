import numpy as np

from dlref.gan import train_gan

eta, n_steps = 0.5, 3


# A game with the value V = θ_D (1 − θ_G): the generator should come to 1
def grad_d(x, z, theta_d, theta_g):
    return 1 - theta_g


def grad_g(z, theta_d, theta_g):
    return -theta_d


theta_d, theta_g = 0.0, 0.0
for _ in range(n_steps):
    # θ_D ← θ_D + η ∇_{θ_D} V(D, G)
    theta_d = theta_d + eta * grad_d(None, None, theta_d, theta_g)
    # θ_G ← θ_G − η ∇_{θ_G} V(D, G)
    theta_g = theta_g - eta * grad_g(None, theta_d, theta_g)

options = {"eta": eta, "n_steps": n_steps, "batch_size": 1, "latent_size": 1, "rng": np.random.default_rng(0)}
result = train_gan(grad_d, grad_g, [0.0], 0.0, 0.0, **options)
assert np.allclose(result, [theta_d, theta_g])
print(result)

# Output:
# (1.03125, 1.203125)
