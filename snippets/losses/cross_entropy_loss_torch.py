import torch

from dlref.losses import cross_entropy

y = torch.tensor([1, 0])
logits = torch.tensor([[0.0, -1.0, 2.0], [1.0, 0.0, 0.5]], dtype=torch.float64)

# CrossEntropyLoss takes scores, not probabilities: the softmax is inside it. It also averages unless told otherwise.
from_scores = torch.nn.CrossEntropyLoss(reduction="none")(logits, y)
# NLLLoss takes the logarithms of the probabilities.
p_hat = torch.softmax(logits, dim=-1)
from_log_probabilities = torch.nn.NLLLoss(reduction="none")(torch.log(p_hat), y)

result = cross_entropy(y, p_hat)
assert torch.allclose(result, from_scores)
assert torch.allclose(result, from_log_probabilities)
print([round(loss, 4) for loss in result.tolist()])

# Output:
# [3.1698, 0.6803]
