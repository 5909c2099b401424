from dlref.linear import satisfies_margin

x = [[3.0, 0.0], [1.0, 0.0], [0.0, 5.0]]
y = [1, -1, -1]
w = [1.0, 0.0]
b = -2.0
n, d = 3, 2

# y_i (wᵀ x_i + b) ≥ 1 for all i
holds = True
for i in range(n):
    score = b
    for j in range(d):
        score += w[j] * x[i][j]
    if not y[i] * score >= 1:
        holds = False

result = satisfies_margin(x, y, w, b)
assert result == holds
print(result)

# Output:
# True
