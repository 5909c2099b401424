import torch

from dlref.pool import roi_pool

X = torch.tensor([[1.0, 2.0, 3.0, 0.0, 1.0], [4.0, 9.0, 5.0, 7.0, 0.0], [6.0, 0.0, 8.0, 2.0, 3.0]])
y_0, x_0, y_1, x_1 = 0, 1, 3, 5

# Adaptive pooling divides a whole image into the same bins; here it gets the rectangle as an image.
Y = torch.nn.functional.adaptive_max_pool2d(X[None, y_0:y_1, x_0:x_1], (2, 2))[0]

result = roi_pool(X, (y_0, x_0, y_1, x_1), out_size=(2, 2))
assert torch.equal(result, Y)
print(result.tolist())

# Output:
# [[9.0, 7.0], [9.0, 7.0]]
