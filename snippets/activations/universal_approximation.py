import math

import numpy as np

from dlref.activations import fit_one_hidden


def phi(a):
    return 1 / (1 + math.exp(-a))


def f(x):
    return abs(x[0])


K = [[-1 + i / 100] for i in range(201)]  # a grid on the compact set [-1, 1]
for N in (1, 4, 16, 64):
    v, w, b = fit_one_hidden(f, K, n_hidden=N, rng=np.random.default_rng(0))
    # Σ_i v_i φ(w_iᵀ x + b_i), and the largest distance from f(x) on the grid
    hidden = [[phi(w[i][0] * x[0] + b[i]) for i in range(N)] for x in K]
    approximation = [sum(v[i] * hidden[k][i] for i in range(N)) for k in range(201)]
    error = max(abs(f(K[k]) - approximation[k]) for k in range(201))
    # v comes from least squares
    best = np.linalg.lstsq(hidden, [f(x) for x in K], rcond=None)[0]
    assert np.allclose(approximation, hidden @ best, atol=1e-4)
    print(N, round(error, 3))

# Output:
# 1 0.906
# 4 0.152
# 16 0.028
# 64 0.008
