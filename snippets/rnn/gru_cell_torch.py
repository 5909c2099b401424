import torch

from dlref.rnn import gru_cell

torch.manual_seed(0)
n = 4
cell = torch.nn.GRUCell(3, n)
x_t, h_prev = torch.randn(8, 3), torch.randn(8, n)

# PyTorch's GRU has the reset gate behind the product with U_h, r ⊙ (U_h h + b). It is the same function only where U_h is
# diagonal and the second bias of the candidate is 0:
with torch.no_grad():
    cell.weight_hh[2 * n :] = torch.diag(torch.tensor([1.0, -1.0, 0.5, 2.0]))
    cell.bias_hh[2 * n :] = 0
w, u, b = cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh
r, z, h = ([array[k * n : (k + 1) * n] for array in (w, u, b)] for k in range(3))

# PyTorch's z is 1 − z here, and σ(−a) = 1 − σ(a).
result = gru_cell(x_t, h_prev, *(-array for array in z), *r, *h)
assert torch.allclose(result, cell(x_t, h_prev), atol=1e-6)
print(list(result.shape))

# Output:
# [8, 4]
