import numpy as np

from dlref.vae import autoencoder_loss

x = [[1.0, 2.0], [0.0, 0.0], [-1.0, 0.5]]
x_hat = [[1.0, 4.0], [3.0, 1.0], [-1.0, 0.0]]
N, d = 3, 2

# L(x, x̂) = (1/N) Σ_i ‖x_i − x̂_i‖²
loss = 0
for i in range(N):
    squared_distance = 0
    for j in range(d):
        squared_distance += (x[i][j] - x_hat[i][j]) ** 2
    loss += 1 / N * squared_distance

result = autoencoder_loss(x, x_hat)
assert np.allclose(result, loss)
print(round(result, 4))

# Output:
# 4.75
