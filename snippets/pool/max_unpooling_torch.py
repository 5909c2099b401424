import torch

from dlref.pool import max_unpool2d

X = torch.tensor([[11.0, 17.0, 23.0, 32.0], [20.0, 16.0, 28.0, 29.0], [26.0, 12.0, 15.0, 19.0], [21.0, 13.0, 12.0, 22.0]])
Y, places = torch.nn.functional.max_pool2d(X[None], kernel_size=2, return_indices=True)
X_hat = torch.nn.functional.max_unpool2d(Y, places, kernel_size=2)[0]

result = max_unpool2d(Y[0], places[0], out_shape=(4, 4))
assert torch.equal(result, X_hat)
print(result.tolist())

# Output:
# [[0.0, 0.0, 0.0, 32.0], [20.0, 0.0, 0.0, 0.0], [26.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 22.0]]
