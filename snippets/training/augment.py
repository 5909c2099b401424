import numpy as np

from dlref.training import augment


def flip(x):
    """T: the image as in a mirror."""
    return x[..., ::-1]


x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
y = 7

# x̃ = T(x),  ỹ = y
x_tilde, y_tilde = flip(x), y

result_x, result_y = augment(flip, x, y)
assert np.allclose(result_x, x_tilde) and result_y == y_tilde
print(result_x.tolist(), result_y.item())

# Output:
# [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]] 7.0
