import torch

from dlref.rnn import hidden_jacobian

torch.manual_seed(0)
layer = torch.nn.RNN(3, 4, batch_first=True).double()
xs, h_t = torch.randn(10, 3, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
w_hh = layer.weight_hh_l0.detach()

jacobian = torch.autograd.functional.jacobian(lambda h: layer(xs, h[None])[0][-1], h_t)  # of the last state in the first one
slopes = 1 - layer(xs, h_t[None])[0].detach() ** 2
result = hidden_jacobian(slopes, w_hh)
assert torch.allclose(result, jacobian)
norm, bound = torch.linalg.matrix_norm(result, 2), torch.linalg.matrix_norm(w_hh, 2) ** 10  # sup |φ′| ≤ 1
assert norm <= bound
print(f"{norm:.1e} {bound:.1e}")

# Output:
# 4.1e-03 1.7e-01
