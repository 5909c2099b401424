"""The Transformer: values by hand, against torch.nn under a mapping of weights, gradients, the laws of its parts, and a model that learns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlref.attention import MultiHeadAttention, additive_mask, causal_mask, positional_encoding
from dlref.norm import layer_norm
from dlref.transformer import (
    Decoder,
    DecoderLayer,
    Encoder,
    EncoderLayer,
    FeedForward,
    LayerNorm,
    PreNormDecoder,
    PreNormDecoderLayer,
    PreNormEncoder,
    PreNormEncoderLayer,
    Transformer,
    embed,
    ffn,
    pre_norm_sublayer,
    seq2seq_log_likelihood,
    sublayer,
)
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.samples import normal, quarters
from tests.topics import Call

pytestmark = pytest.mark.ch7


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def square(x: Any) -> Any:
    return x * x


E, X, X2 = quarters(5, 4), [1.0, -2.0, 0.5], [0.25, 4.0, -1.5]
GAMMA, BETA = [1.5, -0.5, 2.0], [0.25, 1.0, -3.0]
W = (quarters(3, 4, seed=1), quarters(4, seed=2), quarters(4, 3, seed=3), quarters(3, seed=4))
LOG = [[[math.log(p) for p in row] for row in rows] for rows in ([[0.5, 0.5], [0.25, 0.75]], [[0.125, 0.875], [1.0, 1e-3]])]
LOG2 = [[[math.log(p) for p in row] for row in rows] for rows in ([[0.1, 0.9], [0.25, 0.75]], [[0.5, 0.5], [0.3, 0.7]])]

CALLS = {
    "embed": [Call([1, 0, 4], E), Call([2, 2, 3], E)],
    "ffn": [Call(X, *W), Call(X2, *W)],
    "pre_norm_sublayer": [Call(square, X, GAMMA, BETA, eps=0.125), Call(square, X2, GAMMA, BETA, eps=0.125)],
    "seq2seq_log_likelihood": [Call([[0, 1], [1, 0]], LOG), Call([[1, 1], [0, 1]], LOG2)],
    "sublayer": [Call(square, X, GAMMA, BETA, eps=0.125), Call(square, X2, GAMMA, BETA, eps=0.125)],
}


def at(name: str, place: int | str, bad: Any) -> tuple[Call, Call]:
    """A call to be refused for the argument at a position or of a name, and the call with this argument right."""
    good = CALLS[name][0]
    if isinstance(place, str):
        return Call(*good.args, **{**good.options, place: bad}), good
    return Call(*(bad if i == place else arg for i, arg in enumerate(good.args)), **good.options), good


def sublayers(name: str) -> dict[str, tuple[Call, Call]]:
    one = Call(square, [1.0], 1.0, 0.0)
    return {
        "If f is not a function.": at(name, 0, None),
        "If x is a scalar.": (Call(square, 1.0, 1.0, 0.0), one),
        "If f changes the shape.": at(name, 0, lambda x: x[..., :1]),
        "If gamma is neither a scalar nor one value a feature.": at(name, 2, [1.0, 2.0]),
        "If beta is neither a scalar nor one value a feature.": at(name, 3, [1.0, 2.0]),
        "If eps is not positive.": at(name, "eps", 0.0),
        "If eps is not finite.": at(name, "eps", math.inf),
    }


RAISES = {
    "embed": {
        "If embedding is not a matrix.": at("embed", 1, [0.0, 1.0]),
        "If the width of embedding is odd.": at("embed", 1, quarters(5, 3)),
        "If tokens is a scalar.": at("embed", 0, 1),
        "If a token is not a whole number.": at("embed", 0, [1.0, 0.5, 4.0]),
        "If a token is not one of 0, …, V-1.": at("embed", 0, [1, 0, 5]),
    },
    "ffn": {
        "If x is a scalar.": (Call(1.0, [[1.0]], [1.0], [[1.0]], [1.0]), Call([1.0], [[1.0]], [1.0], [[1.0]], [1.0])),
        "If w1 is not a matrix with one row for each feature of x.": at("ffn", 1, quarters(2, 4)),
        "If b1 does not have one entry for each column of w1.": at("ffn", 2, 1.0),
        "If w2 does not have the shape (d_ff, d_model).": at("ffn", 3, quarters(4, 2)),
        "If b2 does not have one entry for each feature of x.": at("ffn", 4, 1.0),
    },
    "pre_norm_sublayer": sublayers("pre_norm_sublayer"),
    "seq2seq_log_likelihood": {
        "If log_probs does not have three axes.": (Call([[0]], [[-1.0]]), Call([[0]], [[[-1.0]]])),
        "If the shape of y is not that of log_probs without its last axis.": at("seq2seq_log_likelihood", 0, [[0, 1]]),
        "If a token is not a whole number.": at("seq2seq_log_likelihood", 0, [[0.0, 0.5], [1.0, 0.0]]),
        "If a token is not one of 0, …, V-1.": at("seq2seq_log_likelihood", 0, [[0, 2], [1, 0]]),
        "If the logarithm of a probability is positive.": at("seq2seq_log_likelihood", 1, [[[0.5, -1.0], [-1.0, -1.0]], LOG[1]]),
    },
    "sublayer": sublayers("sublayer"),
}


def differences(function: Any, *args: Any) -> None:
    """Assert that PyTorch's gradients with respect to all arguments are the central differences, in double precision."""
    import torch

    assert torch.autograd.gradcheck(function, [torch.tensor(arg, dtype=torch.float64, requires_grad=True) for arg in args])


# --- The input


def test_embed_by_hand(xp: Library) -> None:
    x = embed(xp.array([1, 1], "int64"), xp.array([[0.0, 0.0], [1.0, 2.0]]))
    root = math.sqrt(2)
    xp.close(x, [[root, 2 * root + 1], [root + math.sin(1), 2 * root + math.cos(1)]])


def test_the_position_is_added_to_the_embedding_scaled_by_the_root_of_the_width() -> None:
    """And it is the same for all members of a batch."""
    tokens, table = rng().integers(0, 5, size=(2, 3, 6)), normal(5, 8)
    np.testing.assert_allclose(embed(tokens, table) - math.sqrt(8) * table[tokens], np.broadcast_to(positional_encoding(6, 8), (2, 3, 6, 8)), atol=1e-14)


def test_embed_is_a_lookup_of_pytorch() -> None:
    import torch

    tokens, table = rng().integers(0, 5, size=(2, 6)), normal(5, 8)
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(table))(torch.tensor(tokens)) * math.sqrt(8) + torch.tensor(positional_encoding(6, 8))
    np.testing.assert_allclose(embed(tokens, table), theirs.numpy(), rtol=1e-12, atol=1e-14)


def test_the_gradient_of_an_embedding_is_summed_over_its_appearances() -> None:
    assert_gradient(embed, [1, 0, 1], E, wrt=1)


# --- The network of each position


def test_ffn_by_hand(xp: Library) -> None:
    y = ffn(xp.array([[1.0, -2.0]]), xp.array([[1.0, 0.0], [0.0, 1.0]]), xp.array([0.5, 1.0]), xp.array([[2.0, 4.0], [1.0, 1.0]]), xp.array([0.0, 0.25]))
    xp.close(y, [[3.0, 6.25]])


def test_ffn_is_two_linear_layers_of_pytorch_with_transposed_weights() -> None:
    import torch

    theirs = torch.nn.Sequential(torch.nn.Linear(3, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3)).double()
    x = normal(2, 5, 3)
    first, second = theirs[0], theirs[2]
    ours = ffn(torch.tensor(x), first.weight.T, first.bias, second.weight.T, second.bias)
    np.testing.assert_allclose(ours.detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), rtol=1e-12, atol=1e-14)


def test_ffn_works_on_each_position_by_itself() -> None:
    x = normal(5, 3)
    np.testing.assert_allclose(ffn(x, *W), np.stack([ffn(row, *W) for row in x]), rtol=1e-12, atol=1e-14)


def test_gradients_of_ffn() -> None:
    differences(ffn, [[1.03, -2.01, 0.52]], *(np.asarray(w) + 0.01 for w in W))


# --- A sublayer, in two orders


def test_sublayers_by_hand(xp: Library) -> None:
    """0 and 6 have the mean 3 and the variance 9."""
    xp.close(sublayer(lambda x: 2 * x, xp.array([0.0, 2.0]), 1.0, 0.0, eps=7.0), [-0.75, 0.75])
    xp.close(sublayer(lambda x: 2 * x, xp.array([0.0, 2.0]), 2.0, xp.array([0.0, 1.0]), eps=7.0), [-1.5, 2.5])
    xp.close(pre_norm_sublayer(lambda x: 2 * x, xp.array([0.0, 6.0]), 1.0, 0.0, eps=7.0), [-1.5, 7.5])


def test_post_norm_normalizes_the_sum_and_pre_norm_leaves_the_input_as_it_is() -> None:
    x = 5 + 3 * normal(4, 16)
    post, pre = sublayer(square, x, 1.0, 0.0), pre_norm_sublayer(square, x, 1.0, 0.0)
    np.testing.assert_allclose(post, layer_norm(x + x * x, 1.0, 0.0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(pre - x, square(layer_norm(x, 1.0, 0.0)), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(post.mean(axis=1), 0, atol=1e-14)
    assert np.abs(post - pre).max() > 1


def test_a_sublayer_that_gives_zero_is_the_identity_with_pre_norm_and_a_normalization_with_post_norm() -> None:
    x = normal(4, 16)
    np.testing.assert_array_equal(pre_norm_sublayer(lambda v: 0 * v, x, 1.0, 0.0), x)
    np.testing.assert_allclose(sublayer(lambda v: 0 * v, x, 1.0, 0.0), layer_norm(x, 1.0, 0.0), rtol=1e-12)


def test_the_defaults_of_eps_are_those_of_pytorch() -> None:
    import torch

    assert LayerNorm(d_model=2).eps == torch.nn.LayerNorm(2).eps == torch.nn.TransformerEncoderLayer(2, 1).norm1.eps == 1e-5
    x = 1e-3 * normal(4, 3)
    np.testing.assert_array_equal(sublayer(square, x, 1.0, 0.0), sublayer(square, x, 1.0, 0.0, eps=1e-5))
    np.testing.assert_array_equal(pre_norm_sublayer(square, x, 1.0, 0.0), pre_norm_sublayer(square, x, 1.0, 0.0, eps=1e-5))


def test_gradients_of_sublayers() -> None:
    differences(lambda *args: sublayer(square, *args, eps=0.125), X, GAMMA, BETA)
    differences(lambda *args: pre_norm_sublayer(square, *args, eps=0.125), X, GAMMA, BETA)


# --- Agreement with torch.nn

D, HEADS, FF = 6, 2, 8


def shuffled(model: Any, seed: int = 0) -> Any:
    """A model with other arrays of the same shapes, so that no scale is 1 and no shift is 0."""
    source = rng(seed)
    return model.map(lambda array: array + source.normal(scale=0.3, size=array.shape))


def heads_of(attention: MultiHeadAttention) -> dict[str, Any]:
    """Our weights as PyTorch keeps them: the heads joined, transposed, and stacked. Its biases, which ours does not have, are zero."""
    joined = [np.moveaxis(w, 0, 1).reshape(D, D).T for w in (attention.w_q, attention.w_k, attention.w_v)]
    return {
        "in_proj_weight": np.concatenate(joined), "in_proj_bias": np.zeros(3 * D),
        "out_proj.weight": attention.w_o.T, "out_proj.bias": np.zeros(D),
    }  # fmt: skip


def layer_of(layer: Any) -> dict[str, Any]:
    """The arrays of a layer by PyTorch's names."""
    found = {f"self_attn.{key}": value for key, value in heads_of(layer.attention).items()}
    if hasattr(layer, "cross_attention"):
        found |= {f"multihead_attn.{key}": value for key, value in heads_of(layer.cross_attention).items()}
    net = layer.feed_forward
    found |= {"linear1.weight": net.w1.T, "linear1.bias": net.b1, "linear2.weight": net.w2.T, "linear2.bias": net.b2}
    for name in ("norm1", "norm2", "norm3"):
        if hasattr(layer, name):
            found |= {f"{name}.weight": getattr(layer, name).gamma, f"{name}.bias": getattr(layer, name).beta}
    return found


def stack_of(stack: Any) -> dict[str, Any]:
    found = {f"layers.{i}.{key}": value for i, layer in enumerate(stack.layers) for key, value in layer_of(layer).items()}
    return found | ({"norm.weight": stack.norm.gamma, "norm.bias": stack.norm.beta} if hasattr(stack, "norm") else {})


def filled(theirs: Any, arrays: dict[str, Any]) -> Any:
    import torch

    theirs.load_state_dict({key: torch.tensor(value) for key, value in arrays.items()})  # strict: each of its arrays, and no other
    return theirs


def theirs_of(kind: str, pre: bool, n_layers: int | None = None) -> Any:
    """PyTorch's layer or stack; its defaults are dropout=0.1 and batch_first=False."""
    import torch

    single = {"encoder": torch.nn.TransformerEncoderLayer, "decoder": torch.nn.TransformerDecoderLayer}[kind]
    layer = single(D, HEADS, FF, dropout=0.0, batch_first=True, norm_first=pre, dtype=torch.float64)
    if n_layers is None:
        return layer
    norm = torch.nn.LayerNorm(D, dtype=torch.float64) if pre else None
    if kind == "encoder":
        return torch.nn.TransformerEncoder(layer, n_layers, norm=norm, enable_nested_tensor=False)
    return torch.nn.TransformerDecoder(layer, n_layers, norm=norm)


SIZES: dict[str, Any] = {"d_model": D, "n_heads": HEADS, "d_ff": FF}


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("kind", "pre"), [(EncoderLayer, False), (PreNormEncoderLayer, True)])
def test_an_encoder_layer_is_that_of_pytorch_with_norm_first_for_pre_norm(kind: Any, pre: bool) -> None:
    import torch

    layer = shuffled(kind(**SIZES, rng=rng()))
    theirs, other = (filled(theirs_of("encoder", first), layer_of(layer)) for first in (pre, not pre))
    x = normal(2, 5, D)
    close(layer.forward(x), theirs(torch.tensor(x)))
    mask = causal_mask(5)
    close(layer.forward(x, mask), theirs(torch.tensor(x), src_mask=torch.tensor(mask)))
    assert np.abs(layer.forward(x) - other(torch.tensor(x)).detach().numpy()).max() > 0.1


@pytest.mark.parametrize(("kind", "pre"), [(DecoderLayer, False), (PreNormDecoderLayer, True)])
def test_a_decoder_layer_is_that_of_pytorch_with_a_causal_mask(kind: Any, pre: bool) -> None:
    import torch

    layer = shuffled(kind(**SIZES, rng=rng()))
    theirs, other = (filled(theirs_of("decoder", first), layer_of(layer)) for first in (pre, not pre))
    x, h = normal(2, 5, D), normal(2, 7, D, seed=1)
    causal = torch.tensor(causal_mask(5))
    close(layer.forward(x, h), theirs(torch.tensor(x), torch.tensor(h), tgt_mask=causal))
    mask = additive_mask(normal(5, 7, seed=2) > -1)
    close(layer.forward(x, h, mask), theirs(torch.tensor(x), torch.tensor(h), tgt_mask=causal, memory_mask=torch.tensor(mask)))
    assert np.abs(layer.forward(x, h) - other(torch.tensor(x), torch.tensor(h), tgt_mask=causal).detach().numpy()).max() > 0.1


@pytest.mark.parametrize(("kind", "pre"), [(Encoder, False), (PreNormEncoder, True)])
def test_an_encoder_is_that_of_pytorch_with_a_last_normalization_for_pre_norm(kind: Any, pre: bool) -> None:
    import torch

    stack = shuffled(kind(n_layers=3, **SIZES, rng=rng()))
    theirs = filled(theirs_of("encoder", pre, 3), stack_of(stack))
    x = normal(2, 5, D)
    close(stack.forward(x), theirs(torch.tensor(x)))
    padding = np.array([[False] * 5, [False, False, False, True, True]])
    mask = additive_mask(np.repeat(~padding[:, None], 5, axis=1))
    close(stack.forward(x, mask), theirs(torch.tensor(x), src_key_padding_mask=torch.tensor(padding)))


@pytest.mark.parametrize(("kind", "pre"), [(Decoder, False), (PreNormDecoder, True)])
def test_a_decoder_is_that_of_pytorch(kind: Any, pre: bool) -> None:
    import torch

    stack = shuffled(kind(n_layers=2, **SIZES, rng=rng()))
    theirs = filled(theirs_of("decoder", pre, 2), stack_of(stack))
    x, h = normal(2, 5, D), normal(2, 7, D, seed=1)
    close(stack.forward(x, h), theirs(torch.tensor(x), torch.tensor(h), tgt_mask=torch.tensor(causal_mask(5))))
    mask = additive_mask(normal(5, 7, seed=2) > -1)
    close(stack.forward(x, h, mask), theirs(torch.tensor(x), torch.tensor(h), tgt_mask=torch.tensor(causal_mask(5)), memory_mask=torch.tensor(mask)))


@pytest.mark.parametrize(("kind", "pre"), [(Encoder, False), (PreNormEncoder, True)])
def test_gradients_of_all_arrays_of_an_encoder_are_those_of_pytorch(kind: Any, pre: bool) -> None:
    import torch

    stack = shuffled(kind(n_layers=2, **SIZES, rng=rng()))
    theirs = filled(theirs_of("encoder", pre, 2), stack_of(stack))
    ours = stack.map(lambda array: torch.tensor(array, requires_grad=True))
    x, g = torch.tensor(normal(2, 5, D)), torch.tensor(normal(2, 5, D, seed=1))
    (ours.forward(x) * g).sum().backward()
    (theirs(x) * g).sum().backward()
    expected = {name: parameter.grad.numpy() for name, parameter in theirs.named_parameters() if not name.endswith(("in_proj_bias", "out_proj.bias"))}
    found = stack_of(ours.map(lambda array: array.grad.numpy()))
    for name, grad in expected.items():
        np.testing.assert_allclose(found[name], grad, rtol=1e-8, atol=1e-11, err_msg=name)


# --- What layers and stacks do


def test_an_encoder_looks_both_ways_and_a_decoder_at_no_later_token_of_its_own_but_at_all_of_the_encoder() -> None:
    encoder, decoder = (shuffled(kind(n_layers=2, **SIZES, rng=rng())) for kind in (Encoder, Decoder))
    x, h = normal(5, D), normal(4, D, seed=1)
    before, decoded = encoder.forward(x), decoder.forward(x, h)
    for t in range(5):
        other = x.copy()
        other[t] += normal(D, seed=t)
        assert np.all(np.any(encoder.forward(other) != before, axis=1))
        assert np.any(decoder.forward(other, h) != decoded, axis=1).tolist() == [i >= t for i in range(5)]
    for t in range(4):
        other = h.copy()
        other[t] += normal(D, seed=t)
        assert np.all(np.any(decoder.forward(x, other) != decoded, axis=1))


def test_with_pre_norm_more_of_a_gradient_passes_deep_stacks_that_are_newly_drawn() -> None:
    """At the input of 24 layers: many times as much as with post-norm, where each normalization takes a part."""
    import torch

    norms: list[float] = []
    for kind in (Encoder, PreNormEncoder):
        stack = kind(n_layers=24, d_model=16, n_heads=2, d_ff=32, rng=rng()).map(torch.tensor)
        x = torch.tensor(normal(4, 16), requires_grad=True)
        h = x
        for layer in stack.layers:
            h = layer.forward(h)
        (h * torch.tensor(normal(4, 16, seed=1))).sum().backward()
        assert x.grad is not None
        norms.append(x.grad.norm().item())
    assert norms[1] > 3 * norms[0]


def test_models_begin_with_scales_of_one_shifts_and_biases_of_zero_and_weights_of_the_variance_that_keeps_signals() -> None:
    layer = DecoderLayer(d_model=60, n_heads=3, d_ff=240, rng=rng())
    arrays = layer.arrays()
    assert len(arrays) == 4 + 4 + 4 + 6
    for name, array in arrays.items():
        if name.endswith("gamma"):
            assert np.all(array == 1)
        elif name.endswith(("beta", "b1", "b2")):
            assert np.all(array == 0)
    assert arrays["feed_forward.w1"].shape == (60, 240) and arrays["feed_forward.w1"].var() == pytest.approx(2 / 60, rel=0.05)
    assert arrays["feed_forward.w2"].shape == (240, 60) and arrays["feed_forward.w2"].var() == pytest.approx(2 / 300, rel=0.05)
    assert FeedForward(d_model=60, d_ff=240, rng=rng()).forward(normal(3, 60)).shape == (3, 60)


def test_the_base_model_of_the_paper_has_44_million_weights_in_its_layers() -> None:
    """Six layers each, width 512, 2048 inside: 4 d² for an attention, 2 d d_ff + d + d_ff for the network, 2 d for a normalization; without embeddings."""
    d, d_ff = 8, 32  # the formula is checked here, and evaluated for the paper's sizes

    def count(d: int, d_ff: int, layers: int = 6) -> int:
        attention, network, norm = 4 * d * d, 2 * d * d_ff + d + d_ff, 2 * d
        return layers * (attention + network + 2 * norm) + layers * (2 * attention + network + 3 * norm)

    sizes: dict[str, Any] = {"n_layers": 6, "d_model": d, "n_heads": 2, "d_ff": d_ff, "rng": rng()}
    assert sum(array.size for stack in (Encoder(**sizes), Decoder(**sizes)) for array in stack.arrays().values()) == count(d, d_ff)
    assert count(512, 2048) == 44_101_632


def test_arrays_are_named_by_their_place() -> None:
    names = list(PreNormEncoder(n_layers=2, **SIZES, rng=rng()).arrays())
    assert names[0] == "layers.0.attention.w_q" and names[-1] == "norm.beta" and "layers.1.norm2.gamma" in names


@pytest.mark.parametrize("kind", [Encoder, PreNormEncoder, Decoder, PreNormDecoder])
def test_a_stack_has_a_layer_or_more(kind: Any) -> None:
    with pytest.raises(ValueError, match="n_layers must be > 0, got 0"):
        kind(n_layers=0, **SIZES, rng=rng())


OTHERS = pytest.mark.parametrize("name", ["torch", "array_api_strict"])  # the functions are tried on JAX, too, which compiles long


@OTHERS
def test_layers_serve_other_libraries(name: str) -> None:
    xp = Library(name)
    encoder, decoder = Encoder(n_layers=1, **SIZES, rng=rng()), PreNormDecoder(n_layers=1, **SIZES, rng=rng())
    x, h = normal(3, D), normal(4, D, seed=1)
    xp.close(encoder.map(xp.array).forward(xp.array(x)), encoder.forward(x), atol=1e-12)
    xp.close(decoder.map(xp.array).forward(xp.array(x), xp.array(h)), decoder.forward(x, h), atol=1e-12)


# --- The whole model


def test_log_likelihood_by_hand(xp: Library) -> None:
    log = xp.array([[[math.log(p) for p in row] for row in ([0.5, 0.5], [0.25, 0.75])]])
    xp.close(seq2seq_log_likelihood(xp.array([[0, 0]], "int64"), log), math.log(1 / 8))
    xp.close(seq2seq_log_likelihood(xp.array([[1, 1]], "int64"), log), math.log(3 / 8))


def test_the_log_likelihood_is_minus_the_summed_loss_of_pytorch() -> None:
    import torch

    y, z = rng().integers(0, 7, size=(3, 5)), normal(3, 5, 7)
    log_probs = torch.log_softmax(torch.tensor(z), -1)
    theirs = torch.nn.NLLLoss(reduction="sum")(log_probs.reshape(-1, 7), torch.tensor(y).reshape(-1))
    assert seq2seq_log_likelihood(y, log_probs.numpy()) == pytest.approx(-theirs.item(), rel=1e-12)
    assert_gradient(seq2seq_log_likelihood, y.tolist(), log_probs.tolist(), wrt=1)


def tiny(seed: int = 0) -> Transformer:
    return Transformer(n_source=6, n_target=7, n_layers=1, d_model=16, n_heads=2, d_ff=32, rng=rng(seed))


def test_the_model_gives_probabilities_that_depend_on_no_later_output_token() -> None:
    model, source, previous = tiny(), np.array([[0, 3, 5], [2, 2, 1]]), np.array([[6, 1, 0, 3], [6, 2, 2, 5]])
    log_probs = model.log_probs(source, previous)
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=-1), 1, rtol=1e-12)
    other = previous.copy()
    other[:, 2] = 4
    changed = np.any(model.log_probs(source, other) != log_probs, axis=-1)
    assert changed.tolist() == [[False, False, True, True]] * 2


def test_all_positions_at_once_are_the_positions_one_after_the_other() -> None:
    """Teacher forcing in one pass gives what generation computes step by step."""
    model, source = tiny(), np.array([[0, 3, 5]])
    tokens = model.generate(source, start=6, length=5)
    assert tokens.shape == (1, 5) and tokens.dtype.kind == "i"
    previous = np.concatenate([[[6]], tokens[:, :-1]], axis=1)
    assert np.argmax(model.log_probs(source, previous), axis=-1).tolist() == tokens.tolist()


@OTHERS
def test_generation_serves_other_libraries(name: str) -> None:
    xp, model = Library(name), tiny()
    source = np.array([[0, 3, 5], [1, 1, 2]])
    found = model.map(xp.array).generate(xp.array(source, "int64"), start=6, length=3)
    assert xp.numpy(found).tolist() == model.generate(source, start=6, length=3).tolist()


def test_a_small_transformer_learns_to_reverse_sequences() -> None:
    """By maximizing the log-likelihood with teacher forcing; then it generates by itself."""
    import torch

    model = tiny().map(lambda array: torch.tensor(array, dtype=torch.float32, requires_grad=True))
    optimizer = torch.optim.Adam(model.arrays().values(), lr=1e-2)
    source = rng(1)

    def batch(n: int) -> tuple[Any, Any, Any]:
        x = source.integers(0, 6, size=(n, 3))
        y = x[:, ::-1]
        return torch.tensor(x), torch.tensor(y.copy()), torch.tensor(np.concatenate([np.full((n, 1), 6), y[:, :-1]], axis=1))

    losses = []
    for _ in range(150):
        x, y, previous = batch(32)
        loss = -seq2seq_log_likelihood(y, model.log_probs(x, previous)) / y.numel()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 1.5 and losses[-1] < 0.2
    x, y, _ = batch(200)
    with torch.no_grad():
        right = (model.generate(x, start=6, length=3) == y).all(dim=1).float().mean().item()
    assert right > 0.9


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"^sublayer: f must keep the shape \(3,\) of x, got \(1,\)"):
        sublayer(lambda x: x[:1], X, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"^pre_norm_sublayer: gamma must be a scalar or have shape \(3,\), one value a feature, got \(2,\)"):
        pre_norm_sublayer(square, X, [1.0, 2.0], 0.0)
    with pytest.raises(ValueError, match=r"^ffn: w2 must have shape \(4, 3\), got \(4, 2\)"):
        ffn(X, W[0], W[1], quarters(4, 2), W[3])
