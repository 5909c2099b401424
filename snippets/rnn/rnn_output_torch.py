import torch

from dlref.rnn import rnn_output

torch.manual_seed(0)
network = torch.nn.RNN(3, 4, batch_first=True)  # its outputs are the hidden states
output = torch.nn.Linear(4, 2)
xs = torch.randn(8, 10, 3)  # eight sequences of ten inputs

hs, _ = network(xs)
result = rnn_output(hs, output.weight, output.bias)
assert torch.allclose(result, output(hs), atol=1e-6)
print(list(hs.shape), list(result.shape))

# Output:
# [8, 10, 4] [8, 10, 2]
