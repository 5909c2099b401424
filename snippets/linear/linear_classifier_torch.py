import torch

from dlref.linear import sign_classifier

x = torch.tensor([[1.0, 2.0], [1.0, 1.0], [2.0, -0.5]])
w = torch.tensor([3.0, -1.0])
b = torch.tensor(-2.0)

# torch.sign gives 0 on the hyperplane, which is no label.
signs = torch.sign(x @ w + b)
labels = torch.where(signs == 0, 1.0, signs)

result = sign_classifier(x, w, b)
assert torch.equal(result, labels)
print(signs.tolist(), "->", result.tolist())

# Output:
# [-1.0, 0.0, 1.0] -> [-1.0, 1.0, 1.0]
