import numpy as np

from dlref.diffusion import alpha_bars

betas = [0.1, 0.2, 0.5]
T = 3

# α_t = 1 − β_t
alpha = [1 - betas[t - 1] for t in range(1, T + 1)]
# ᾱ_t = Π_{s=1}^t α_s, ᾱ_0 = 1
alpha_bar = []
for t in range(T + 1):
    product = 1.0
    for s in range(1, t + 1):
        product *= alpha[s - 1]
    alpha_bar.append(product)

result = alpha_bars(betas)
assert np.allclose(result, alpha_bar)
print(np.round(alpha, 4).tolist(), np.round(result, 4).tolist())

# Output:
# [0.9, 0.8, 0.5] [1.0, 0.9, 0.72, 0.36]
