import torch

from dlref.attention import cross_attention

torch.manual_seed(0)
d = 4
layer = torch.nn.MultiheadAttention(d, num_heads=1, bias=False, batch_first=True)
with torch.no_grad():
    layer.out_proj.weight.copy_(torch.eye(d))  # one head, and nothing behind it
x, h = torch.randn(2, 5, d), torch.randn(2, 7, d)  # of the decoder, of the encoder

w_q, w_k, w_v = layer.in_proj_weight.reshape(3, d, d).transpose(1, 2)

result = cross_attention(x, h, w_q, w_k, w_v)
assert torch.allclose(result, layer(x, h, h)[0], atol=1e-6)
print(list(result.shape))

# Output:
# [2, 5, 4]
