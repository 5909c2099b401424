import numpy as np

from dlref.activations import prelu

x = [-2.0, 0.0, 3.0]


# PReLU(x) = max(0, x) + α min(0, x)
def values(alpha):
    return [max(0.0, x[i]) + alpha * min(0.0, x[i]) for i in range(3)]


# its slope in α is min(0, x): so much it grows where α grows by 1
slopes = [min(0.0, x[i]) for i in range(3)]
assert [values(1.25)[i] - values(0.25)[i] for i in range(3)] == slopes

result = prelu(x, 0.25)
assert np.allclose(result, values(0.25))
print(result.tolist(), slopes)

# Output:
# [-0.5, 0.0, 3.0] [-2.0, 0.0, 0.0]
