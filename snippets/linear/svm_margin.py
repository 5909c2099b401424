import math

from dlref.linear import margin_width

w = [3.0, 4.0]
d = 2

# m(w) = 2 / ‖w‖
total = 0.0
for j in range(d):
    total += w[j] ** 2
width = 2 / math.sqrt(total)

result = margin_width(w)
assert math.isclose(result, width)
print(result)

# Output:
# 0.4
