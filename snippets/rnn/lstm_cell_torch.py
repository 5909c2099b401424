import torch

from dlref.rnn import LSTM

torch.manual_seed(0)
n = 4
layer = torch.nn.LSTM(3, n, batch_first=True)
xs, zeros = torch.randn(8, 10, 3), torch.zeros(8, n)  # eight sequences of ten inputs

# PyTorch holds the gates as one matrix, in the order i, f, c̃, o, and has two biases; here it is f, i, o, c̃.
w, u, b = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 + layer.bias_hh_l0
gates = [array[k * n : (k + 1) * n] for k in (1, 0, 3, 2) for array in (w, u, b)]

hs, cs = LSTM(*gates).forward(xs, zeros, zeros)
theirs, (h_T, c_T) = layer(xs)
assert torch.allclose(hs, theirs, atol=1e-6) and torch.allclose(cs[:, -1], c_T[0], atol=1e-6)
print(list(hs.shape), list(cs.shape))

# Output:
# [8, 10, 4] [8, 10, 4]
