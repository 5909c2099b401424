import torch

from dlref.transformer import seq2seq_log_likelihood

torch.manual_seed(0)
y = torch.tensor([[1, 0, 2], [2, 2, 0]])
log_probs = torch.log_softmax(torch.randn(2, 3, 4), -1)

# NLLLoss takes the classes along the second axis, and has the opposite sign
loss = torch.nn.NLLLoss(reduction="sum")(log_probs.transpose(1, 2), y)

result = seq2seq_log_likelihood(y, log_probs)
assert torch.allclose(result, -loss)
print(round(result.item(), 4))

# Output:
# -6.2967
