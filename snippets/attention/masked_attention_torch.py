import torch

from dlref.attention import masked_attention

torch.manual_seed(0)
x = torch.randn(1, 4, 8)
allowed = torch.ones(4, 4, dtype=torch.bool).tril()  # True: may look
mask = torch.zeros(4, 4).masked_fill(~allowed, -torch.inf)  # ours: 0 may look, −∞ may not

# In scaled_dot_product_attention, True means "may look"; in MultiheadAttention it means "is hidden". An additive mask means one thing.
attention = torch.nn.functional.scaled_dot_product_attention
assert torch.allclose(attention(x, x, x, attn_mask=allowed), attention(x, x, x, attn_mask=mask), atol=1e-6)
heads = torch.nn.MultiheadAttention(8, 2, batch_first=True)
assert torch.allclose(heads(x, x, x, attn_mask=~allowed)[0], heads(x, x, x, attn_mask=mask)[0], atol=1e-6)

result = masked_attention(x, x, x, mask)
assert torch.allclose(result, attention(x, x, x, is_causal=True), atol=1e-6)
assert torch.allclose(result[0, 0], x[0, 0])  # the first position sees itself only
print([round(value, 4) for value in result[0, 1, :4].tolist()])

# Output:
# [-0.0729, -1.2331, 0.1861, 0.1056]
