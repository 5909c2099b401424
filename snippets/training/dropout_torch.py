import torch

from dlref.training import dropout

torch.manual_seed(0)
h = torch.tensor([1.0, 2.0, 3.0, 4.0])

theirs = torch.nn.functional.dropout(h, p=0.25, training=True)  # p is the probability of dropping here too
mask = theirs != 0

result = dropout(h, mask.to(h.dtype), p=0.25)
assert torch.allclose(result, theirs)
print([round(value, 4) for value in result.tolist()])

# Output:
# [0.0, 2.6667, 4.0, 0.0]
