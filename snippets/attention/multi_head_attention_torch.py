import torch

from dlref.attention import multi_head_attention

torch.manual_seed(0)
d, h = 6, 2
layer = torch.nn.MultiheadAttention(d, h, bias=False, batch_first=True)
q, k, v = torch.randn(2, 5, d), torch.randn(2, 7, d), torch.randn(2, 7, d)

# PyTorch stacks the three weights, each as (out, in) with the heads one below the other: cut and transposed here
w_q, w_k, w_v = layer.in_proj_weight.reshape(3, h, d // h, d).transpose(2, 3)
w_o = layer.out_proj.weight.T

result = multi_head_attention(q, k, v, w_q, w_k, w_v, w_o)
assert torch.allclose(result, layer(q, k, v)[0], atol=1e-6)
print([round(value, 4) for value in result[0, 0].tolist()])

# Output:
# [0.3091, 0.1586, -0.1653, -0.1295, -0.0976, 0.1149]
