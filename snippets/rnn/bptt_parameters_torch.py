import torch

from dlref.rnn import bptt_weight

torch.manual_seed(0)
layer = torch.nn.RNN(3, 4, batch_first=True).double()
xs = torch.randn(8, 10, 3, dtype=torch.float64)
hs, _ = layer(xs)

# The gradient of the states at all times, as it comes back through time: autograd keeps it for each state that is asked.
w_xh, w_hh, b_ih, b_hh = layer.parameters()
h, states = torch.zeros(8, 4, dtype=torch.float64), []
for t in range(10):
    h = torch.tanh(xs[:, t] @ w_xh.T + b_ih + h @ w_hh.T + b_hh)
    h.retain_grad()
    states.append(h)
torch.stack(states, dim=1).square().sum().backward()
dl_dh = torch.stack([state.grad for state in states], dim=1)

result = bptt_weight(1 - hs.detach() ** 2, dl_dh, xs)  # φ′(a_t) = 1 − tanh² a_t
assert torch.allclose(result, w_xh.grad)
print([round(value, 4) for value in result[0].tolist()])

# Output:
# [-9.1184, 22.6578, -25.477]
