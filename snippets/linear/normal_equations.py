import numpy as np

from dlref.linear import least_squares

x = [[0.0], [1.0], [2.0]]
y = [1.0, 3.0, 8.0]
n = 3

# X̃ = [X 1];  X̃ᵀ X̃ and X̃ᵀ y
augmented = [[x[i][0], 1.0] for i in range(n)]
gram = [[0.0, 0.0], [0.0, 0.0]]
moments = [0.0, 0.0]
for j in range(2):
    for i in range(n):
        moments[j] += augmented[i][j] * y[i]
        for k in range(2):
            gram[j][k] += augmented[i][j] * augmented[i][k]

# (X̃ᵀ X̃)⁻¹, by the formula for 2 × 2 matrices
determinant = gram[0][0] * gram[1][1] - gram[0][1] * gram[1][0]
inverse = [
    [gram[1][1] / determinant, -gram[0][1] / determinant],
    [-gram[1][0] / determinant, gram[0][0] / determinant],
]

# (ŵ, b̂) = (X̃ᵀ X̃)⁻¹ X̃ᵀ y
solution = [0.0, 0.0]
for j in range(2):
    for k in range(2):
        solution[j] += inverse[j][k] * moments[k]

w, b = least_squares(x, y)
assert np.allclose([w[0], b], solution)
print(np.round(w, 4).tolist(), round(b, 4))

# Output:
# [3.5] 0.5
