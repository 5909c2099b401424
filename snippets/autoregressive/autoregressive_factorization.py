import math

from dlref.autoregressive import sequence_prob

# p(k | x_1, …, x_{t−1}) of a model that stays with the token before with probability 0.8; the first token is given nothing
x = [1, 1, 0]
conditionals = [[0.5, 0.5], [0.2, 0.8], [0.2, 0.8]]
T = 3

# p(x) = Π_{t=1}^T p(x_t | x_1, …, x_{t−1})
p = 1.0
for t in range(T):
    p *= conditionals[t][x[t]]

result = sequence_prob(x, conditionals)
assert math.isclose(result, p)
print(round(result, 4))

# Output:
# 0.08
