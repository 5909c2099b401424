import torch

from dlref.activations import tanh
from dlref.rnn import rnn_cell

torch.manual_seed(0)
cell = torch.nn.RNNCell(3, 4)  # inputs of three entries, states of four
x_t, h_prev = torch.randn(8, 3), torch.randn(8, 4)  # eight sequences side by side

# PyTorch has two biases, of which only the sum matters.
result = rnn_cell(tanh, x_t, h_prev, cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh)
assert torch.allclose(result, cell(x_t, h_prev), atol=1e-6)
print(list(result.shape))

# Output:
# [8, 4]
