import torch

from dlref.bert import classification_head

torch.manual_seed(0)
layer = torch.nn.Linear(4, 3)
h_cls = torch.randn(2, 4)

# In training PyTorch's cross_entropy takes the scores, without the softmax
p_hat = torch.softmax(layer(h_cls), dim=-1)

result = classification_head(h_cls, layer.weight, layer.bias)
assert torch.allclose(result, p_hat)
print([round(value, 4) for value in result[0].tolist()])

# Output:
# [0.237, 0.4225, 0.3405]
