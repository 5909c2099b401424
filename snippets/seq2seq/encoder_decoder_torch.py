import torch

from dlref.seq2seq import teacher_forcing

torch.manual_seed(0)
V, e, n = 6, 4, 5
embedding, encoder = torch.nn.Embedding(V, e), torch.nn.GRU(e, n, batch_first=True)
cell, output = torch.nn.GRUCell(e + n, n), torch.nn.Linear(n, V)  # PyTorch's form of the GRU
x, y = torch.randint(V, (8, 7)), torch.randint(V, (8, 4))  # from sequences of seven to such of three, behind their beginning
c = encoder(embedding(x))[1][0]  # the last state


def decoder(s_prev, y_prev, c):
    s_t = cell(torch.cat([embedding(y_prev), c], dim=1), s_prev)
    return s_t, torch.log_softmax(output(s_t), dim=1)


result = teacher_forcing(decoder, y, c)
loss = torch.nn.NLLLoss(reduction="sum")(result.reshape(-1, V), y[:, 1:].reshape(-1))
# the cross-entropy of PyTorch is −log p(y_1, …, y_T′ | x_{1:T})
s, total = c, 0.0
for t in range(1, 4):
    s, log_p = decoder(s, y[:, t - 1], c)
    total -= log_p[torch.arange(8), y[:, t]].sum()
assert torch.allclose(loss, total)
print(list(result.shape), round(loss.item(), 3))

# Output:
# [8, 3, 6] 45.894
