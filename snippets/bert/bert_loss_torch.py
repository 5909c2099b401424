import torch

from dlref.bert import pretraining_loss

torch.manual_seed(0)
words, logits = torch.tensor([2, 0, 1, 1]), torch.randn(4, 5)
chosen = torch.tensor([True, False, True, False])
relation, scores = torch.tensor(1), torch.randn(2)

cross_entropy = torch.nn.functional.cross_entropy
loss = cross_entropy(logits, words.masked_fill(~chosen, -100)) + cross_entropy(scores, relation)

result = pretraining_loss(words, logits, chosen, relation, scores)
assert torch.allclose(result, loss)
print(round(result.item(), 4))

# Output:
# 3.1367
