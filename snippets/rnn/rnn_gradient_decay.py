import math

from dlref.rnn import hidden_jacobian

# One rotation by the angle with cos 0.6 and sin 0.8, times 0.9; slopes of tanh at four times
W_hh = [[0.54, -0.72], [0.72, 0.54]]  # ‖W_hh‖₂ = 0.9
slopes = [[1.0, 0.5], [0.75, 1.0], [0.5, 0.5], [1.0, 0.25]]

# ∂h_T/∂h_t = Π diag(φ′(a_s)) W_hh
J = [[1.0, 0.0], [0.0, 1.0]]
for s in range(4):
    J = [[slopes[s][i] * sum(W_hh[i][k] * J[k][j] for k in range(2)) for j in range(2)] for i in range(2)]

# (γ ‖W_hh‖₂)^(T−t), γ = sup |φ′|
gamma = max(slopes[s][i] for s in range(4) for i in range(2))
bound = (gamma * 0.9) ** 4

# ‖J‖₂ of a 2 × 2 matrix, from the trace and the determinant of J^⊤ J
trace = sum(J[i][j] ** 2 for i in range(2) for j in range(2))
det = (J[0][0] * J[1][1] - J[0][1] * J[1][0]) ** 2
norm = math.sqrt((trace + math.sqrt(trace**2 - 4 * det)) / 2)

result = hidden_jacobian(slopes, W_hh)
assert all(math.isclose(result[i, j], J[i][j]) for i in range(2) for j in range(2)) and norm <= bound
print(round(norm, 4), round(bound, 4))

# Output:
# 0.301 0.6561
