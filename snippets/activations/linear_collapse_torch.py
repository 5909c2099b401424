import torch

from dlref.activations import collapse_linear

torch.manual_seed(0)
first, second = torch.nn.Linear(2, 3), torch.nn.Linear(3, 2)

# nn.Linear holds its weight as (out, in), as here
weight, bias = collapse_linear(first.weight, first.bias, second.weight, second.bias)
both = torch.nn.Linear(2, 2)
both.load_state_dict({"weight": weight.detach(), "bias": bias.detach()})

x = torch.tensor([[2.0, -3.0], [0.5, 1.0]])
assert torch.allclose(second(first(x)), both(x), atol=1e-6)
print(tuple(weight.shape), tuple(bias.shape))

# Output:
# (2, 2) (2,)
