import torch

from dlref.vae import autoencoder_loss

torch.manual_seed(0)
x, x_hat = torch.randn(8, 5), torch.randn(8, 5)

# MSELoss divides by the number of entries of an input as well
loss = x.shape[1] * torch.nn.MSELoss()(x_hat, x)

result = autoencoder_loss(x, x_hat)
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 10.5161
