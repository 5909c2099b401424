import numpy as np

from dlref.bert import embed

w = [0, 3, 1, 4, 1]  # [CLS] 3 [SEP] 4 [SEP]
s = [0, 0, 0, 1, 1]  # segments: the first sentence, the second one
T = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [2.0, -1.0], [-1.0, 2.0]])
S = np.array([[0.0, 0.0], [0.25, 0.25]])
P = np.array([[10.0, 0.0], [20.0, 0.0], [30.0, 0.0], [40.0, 0.0], [50.0, 0.0], [60.0, 0.0]])
n, d = 5, 2

# E = E_token + E_segment + E_position
E = np.zeros((n, d))
for i in range(n):
    for j in range(d):
        E[i, j] = T[w[i], j] + S[s[i], j] + P[i, j]

result = embed(w, s, T, S, P)
assert np.allclose(result, E)
for row in result.tolist():
    print(row)

# Output:
# [10.0, 1.0]
# [22.0, -1.0]
# [31.0, 0.0]
# [39.25, 2.25]
# [51.25, 0.25]
