import torch

from dlref.gan import non_saturating_generator_loss

torch.manual_seed(0)
fake = torch.randn(8)  # scores a of a discriminator on generated inputs, D = σ(a)

# the cross-entropy with the label of real inputs
loss = torch.nn.BCEWithLogitsLoss()(fake, torch.ones(8))

result = non_saturating_generator_loss(torch.sigmoid(fake))
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 0.9557
