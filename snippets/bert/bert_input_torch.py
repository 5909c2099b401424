import torch

from dlref.bert import embed

torch.manual_seed(0)
token, segment, position = torch.nn.Embedding(9, 4), torch.nn.Embedding(2, 4), torch.nn.Embedding(16, 4)
tokens = torch.tensor([[0, 3, 1, 4, 1]])
segments = torch.tensor([[0, 0, 0, 1, 1]])

e = token(tokens) + segment(segments) + position(torch.arange(5))

result = embed(tokens, segments, token.weight, segment.weight, position.weight)
assert torch.allclose(result, e)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [-3.8944, 0.6238, -0.7446, -0.8168]
