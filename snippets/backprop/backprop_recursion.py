import math

import numpy as np

from dlref.backprop import MLP

# Two layers with tanh, and the loss (h^(2) − t)² / 2
W1, b1 = [[0.5, 1.0], [-1.0, 0.25], [0.75, -0.5]], [0.0, 0.5, -0.25]
W2, b2 = [[1.0, -2.0, 0.5]], [0.25]
x, t = [1.0, -0.5], 0.5


def phi(a):
    return math.tanh(a)


def slope(a):
    return 1 - math.tanh(a) ** 2


a1 = [sum(W1[i][j] * x[j] for j in range(2)) + b1[i] for i in range(3)]
h1 = [phi(a1[i]) for i in range(3)]
a2 = sum(W2[0][i] * h1[i] for i in range(3)) + b2[0]
h2 = phi(a2)

# δ^(L) = ∇𝓛 ⊙ φ′(a^(L)), δ^(l) = ((W^(l+1))^⊤ δ^(l+1)) ⊙ φ′(a^(l))
delta2 = (h2 - t) * slope(a2)
delta1 = [W2[0][i] * delta2 * slope(a1[i]) for i in range(3)]
# ∂𝓛/∂W^(l) = δ^(l) (h^(l−1))^⊤, ∂𝓛/∂b^(l) = δ^(l)
grad_W2, grad_b2 = [[delta2 * h1[i] for i in range(3)]], [delta2]
grad_W1, grad_b1 = [[delta1[i] * x[j] for j in range(2)] for i in range(3)], delta1


def each(f):
    return lambda a: np.array([f(value) for value in a])


mlp = MLP([W1, W2], [b1, b2], phi=each(phi), slope=each(slope), phi_out=each(phi), slope_out=each(slope))
weights, biases = mlp.backward(mlp.forward(x) - t)
assert np.allclose(weights[0], grad_W1) and np.allclose(weights[1], grad_W2)
assert np.allclose(biases[0], grad_b1) and np.allclose(biases[1], grad_b2)
print(np.round(weights[0], 4).tolist(), np.round(weights[1], 4).tolist())

# Output:
# [[0.0565, -0.0282], [-0.0782, 0.0391], [0.0168, -0.0084]] [[0.0, -0.0313, 0.0359]]
