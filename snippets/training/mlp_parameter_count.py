from dlref.training import mlp_params

n = [784, 100, 10]
L = 2

# P = Σ_l (n_{l−1} + 1) n_l
P = 0
for l in range(1, L + 1):
    P += (n[l - 1] + 1) * n[l]

result = mlp_params(n)
assert result == P
print(result)

# Output:
# 79510
