import math

from dlref.autoregressive import nll

x = [1, 1, 0]
p = [[0.5, 0.5], [0.2, 0.8], [0.2, 0.8]]
log_probs = [[math.log(p[t][k]) for k in range(2)] for t in range(3)]
T = 3

# −Σ_{t=1}^T log p_θ(x_t | x_{<t})
loss = 0.0
for t in range(T):
    loss -= log_probs[t][x[t]]

result = nll(x, log_probs)
assert math.isclose(result, loss)
print(round(result, 4))

# Output:
# 2.5257
