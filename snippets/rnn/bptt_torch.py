import torch

from dlref.rnn import RNN

torch.manual_seed(0)
layer, output = torch.nn.RNN(3, 4, batch_first=True).double(), torch.nn.Linear(4, 2).double()
xs, ds = torch.randn(8, 10, 3, dtype=torch.float64), torch.randn(8, 10, 2, dtype=torch.float64)
ys = output(layer(xs)[0])
(((ys - ds) ** 2).sum() / 2).backward()

w_xh, w_hh, b_ih, b_hh = (parameter.detach() for parameter in layer.parameters())
rnn = RNN(
    w_xh,
    w_hh,
    b_ih + b_hh,
    output.weight.detach(),
    output.bias.detach(),
    phi=torch.tanh,
    slope=lambda a: 1 - torch.tanh(a) ** 2,
)
grads = rnn.backward(rnn.forward(xs, torch.zeros(8, 4, dtype=torch.float64)) - ds)
assert torch.allclose(grads["w_hh"], layer.weight_hh_l0.grad)
assert torch.allclose(grads["w_xh"], layer.weight_ih_l0.grad)
assert torch.allclose(grads["w_hy"], output.weight.grad)
print([round(value, 4) for value in grads["w_hh"][0].tolist()])

# Output:
# [-1.9214, -2.732, -3.4384, -0.9502]
