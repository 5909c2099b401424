import torch

from dlref.gan import gan_value

torch.manual_seed(0)
real, fake = torch.randn(8), torch.randn(8)  # scores a of a discriminator, D = σ(a)

# BCEWithLogitsLoss takes scores, and labels 1 for real and 0 for generated; it is a loss, so that the value of the game is minus both
bce = torch.nn.BCEWithLogitsLoss()
loss = bce(real, torch.ones(8)) + bce(fake, torch.zeros(8))

result = gan_value(torch.sigmoid(real), torch.sigmoid(fake))
assert torch.allclose(result, -loss)
print(round(result.item(), 4))

# Output:
# -1.5717
