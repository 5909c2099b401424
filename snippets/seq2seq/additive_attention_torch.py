import torch

from dlref.seq2seq import additive_attention

torch.manual_seed(0)
W_a, U_a = torch.nn.Linear(4, 3, bias=False), torch.nn.Linear(5, 3, bias=False)
v_a = torch.nn.Linear(3, 1, bias=False)
s_prev, hs = torch.randn(8, 4), torch.randn(8, 10, 5)  # eight sequences of ten states

alpha = torch.softmax(v_a(torch.tanh(W_a(s_prev)[:, None, :] + U_a(hs))), dim=1)
c_t = (alpha * hs).sum(dim=1)

result = additive_attention(s_prev, hs, W_a.weight, U_a.weight, v_a.weight[0])
assert torch.allclose(result, c_t, atol=1e-6)
print(list(alpha.shape), list(result.shape))

# Output:
# [8, 10, 1] [8, 5]
