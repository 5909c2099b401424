import torch

from dlref.bert import mlm_loss

torch.manual_seed(0)
labels, logits = torch.tensor([2, 0, 1, 1]), torch.randn(4, 5)
chosen = torch.tensor([True, False, True, False])

# PyTorch leaves out the positions whose label is ignore_index; where none is left its mean is NaN, here it is 0
loss = torch.nn.functional.cross_entropy(logits, labels.masked_fill(~chosen, -100), ignore_index=-100)

result = mlm_loss(labels, logits, chosen)
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 2.0881
