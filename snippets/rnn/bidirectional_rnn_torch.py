import torch

from dlref.rnn import bidirectional

torch.manual_seed(0)
layer = torch.nn.RNN(3, 4, batch_first=True, bidirectional=True)
xs, zeros = torch.randn(8, 10, 3), torch.zeros(8, 4)  # eight sequences of ten inputs
w, u, b, b2, w_back, u_back, b_back, b2_back = layer.parameters()

result = bidirectional(
    lambda x, h: torch.tanh(x @ w.T + h @ u.T + b + b2),
    lambda x, h: torch.tanh(x @ w_back.T + h @ u_back.T + b_back + b2_back),
    xs,
    zeros,
    zeros,
)
assert torch.allclose(result, layer(xs)[0], atol=1e-6)
print(list(result.shape))

# Output:
# [8, 10, 8]
