import torch

from dlref.attention import causal_mask

mask = torch.nn.Transformer.generate_square_subsequent_mask(4)  # additive, too

result = causal_mask(4, like=mask)
assert torch.equal(result, mask)
print(result[1].tolist())

# Output:
# [0.0, 0.0, -inf, -inf]
