import numpy as np

from dlref.autoregressive import ancestral_sample

V, length, start = 3, 8, 0


def conditional(tokens):
    """Stay with the token before, or go to one of the others."""
    return np.array([0.6 if k == tokens[-1] else 0.2 for k in range(V)])


# x_t ~ p(x_t | x_{<t}): the first token at which the probabilities, added up, pass a uniform number
rng = np.random.default_rng(0)
x = [start]
for t in range(1, length + 1):
    p, u = conditional(x), rng.random()
    token, below = 0, p[0]
    while u >= below:
        token += 1
        below += p[token]
    x.append(token)

result = ancestral_sample(conditional, length=length, start=start, rng=np.random.default_rng(0))
assert result.tolist() == x[1:]
print(result.tolist())

# Output:
# [1, 1, 0, 0, 2, 2, 2, 2]
