import math

from dlref.backprop import chain

# L = sin y, y = z², at z = 0.5
z = 0.5
y = z**2
dL_dy = math.cos(y)
dy_dz = 2 * z

# ∂L/∂z = ∂L/∂y · ∂y/∂z
dL_dz = dL_dy * dy_dz

result = chain(dL_dy, dy_dz)
assert math.isclose(result, dL_dz)
step = 1e-6
slope = (math.sin((z + step) ** 2) - math.sin((z - step) ** 2)) / (2 * step)
assert math.isclose(result, slope, rel_tol=1e-8)
print(round(result, 4))

# Output:
# 0.9689
