import torch

from dlref.rnn import gru_params

d, h = 3, 4
counts = []
for kind, gates in ((torch.nn.RNN, 1), (torch.nn.LSTM, 4), (torch.nn.GRU, 3)):
    total = sum(parameter.numel() for parameter in kind(d, h).parameters())
    counts.append((total, total - gates * h))  # PyTorch has a second bias for each gate

result = gru_params(d, h)
assert result == counts[2][1]
print(counts)

# Output:
# [(36, 32), (144, 128), (108, 96)]
