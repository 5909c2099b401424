import torch
from torch.distributions import Categorical, kl_divergence

from dlref.vae import elbo

p_x_given_z, prior = torch.tensor([0.5, 0.125, 0.25]), torch.tensor([0.25, 0.25, 0.5])
q = torch.tensor([0.5, 0.25, 0.25])

theirs = (q * p_x_given_z.log()).sum() - kl_divergence(Categorical(probs=q), Categorical(probs=prior))

result = elbo(p_x_given_z, q, prior)
assert torch.allclose(result, theirs)
print(round(result.item(), 4))

# Output:
# -1.3863
