import math

from dlref.diffusion import simple_loss

x_0 = [[2.0, -1.0], [1.0, 0.0], [-0.5, 1.5]]  # three samples
epsilon = [[1.0, 1.5], [0.5, -1.0], [0.0, 0.25]]  # their noise
times, betas = [1, 2, 1], [0.36, 0.4375]
n, d = 3, 2


def eps_theta(x_t, t):
    return x_t / 2  # a guess that does not look at the time


# ‖ε − ε_θ(√ᾱ_t x_0 + √(1 − ᾱ_t) ε, t)‖²
errors = []
for i in range(n):
    alpha_bar = 1.0
    for s in range(1, times[i] + 1):
        alpha_bar *= 1 - betas[s - 1]
    error = 0.0
    for j in range(d):
        x_t = math.sqrt(alpha_bar) * x_0[i][j] + math.sqrt(1 - alpha_bar) * epsilon[i][j]
        error += (epsilon[i][j] - eps_theta(x_t, times[i])) ** 2
    errors.append(error)
# E_{t, x_0, ε}: the mean over the samples
loss = sum(errors) / n

result = simple_loss(eps_theta, x_0, epsilon, times, betas)
assert math.isclose(result, loss)
print(round(result, 4))

# Output:
# 0.8977
