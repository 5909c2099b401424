import torch

from dlref.bert import nsp_loss

torch.manual_seed(0)
labels, logits = torch.tensor([0, 1, 1]), torch.randn(3, 2)

loss = torch.nn.functional.cross_entropy(logits, labels, reduction="none")  # one value a pair

result = nsp_loss(labels, logits)
assert torch.allclose(result, loss)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.1482, 0.0621, 0.8625]
