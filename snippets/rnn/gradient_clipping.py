import math

import numpy as np

from dlref.rnn import clip_gradient

grads = [[6.0, -2.0], [3.0]]  # of two parameters
theta = 3.5

# ‖∇𝓛‖: one length for all parameters
norm = math.sqrt(sum(g**2 for grad in grads for g in grad))
# if ‖∇𝓛‖ > θ, ∇𝓛 ← θ · ∇𝓛 / ‖∇𝓛‖
clipped = [[theta * g / norm if norm > theta else g for g in grad] for grad in grads]

result = clip_gradient(grads, threshold=theta)
assert all(np.allclose(part, grad) for part, grad in zip(result, clipped, strict=True))
print(norm, [np.round(part, 9).tolist() for part in result])

# Output:
# 7.0 [[3.0, -1.0], [1.5]]
