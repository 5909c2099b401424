import torch

from dlref.autoregressive import sequence_prob

torch.manual_seed(0)
conditionals = torch.softmax(torch.randn(4, 6, 5), dim=-1)  # four sequences of six tokens, of a vocabulary of five
x = torch.randint(5, (4, 6))

# Categorical gives the logarithm of one token's probability; those of a sequence are added
p = torch.distributions.Categorical(conditionals).log_prob(x).sum(dim=1).exp()

result = sequence_prob(x, conditionals)
assert torch.allclose(result, p)
print(list(result.shape), f"{result[0].item():.2e}")

# Output:
# [4] 5.27e-06
