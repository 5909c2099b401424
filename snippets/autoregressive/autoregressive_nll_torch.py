import torch

from dlref.autoregressive import nll

torch.manual_seed(0)
log_probs, x = torch.log_softmax(torch.randn(6, 5), dim=-1), torch.randint(5, (6,))

# NLLLoss takes the mean over the places unless it is told to sum; its order is prediction, target
loss = torch.nn.NLLLoss(reduction="sum")(log_probs, x)

result = nll(x, log_probs)
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 8.227
