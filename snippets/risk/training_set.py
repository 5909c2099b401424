from dlref.risk import training_set

x = [[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]]
y = [1.0, -1.0, 1.0]
n = 3

# D = {(x_i, y_i) | i = 1, …, n}
pairs = []
for i in range(n):
    pairs.append((x[i], y[i]))

result = training_set(x, y)
assert [(x_i.tolist(), y_i) for x_i, y_i in result] == pairs
for x_i, y_i in result:
    print(x_i.tolist(), y_i)

# Output:
# [1.0, 2.0] 1.0
# [0.0, -1.0] -1.0
# [0.5, 0.5] 1.0
