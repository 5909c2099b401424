"""The worked numbers of chapter 7: what the pages print is what dlref computes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import softmax
from dlref.attention import (
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    masked_attention,
    masked_attention_weights,
    multi_head_attention,
    multi_head_weights,
    positional_encoding,
    project,
    self_attention,
    shift_encoding,
)
from dlref.bert import classification_head, mlm_loss, nsp_loss, pack, pretraining_loss
from dlref.norm import layer_norm
from dlref.transformer import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    LayerNorm,
    Transformer,
    pre_norm_sublayer,
    seq2seq_log_likelihood,
    sublayer,
)
from tests.site.test_examples import box, gives, page
from tests.site.test_examples_skip import cells, says

TRANSFORMER, BERT, COMPARISON = (Path("transformer-bert") / f"{name}.md" for name in ("transformer", "bert", "comparison"))

pytestmark = [pytest.mark.ch7, pytest.mark.parametrize("language", ["ja", "en"])]


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-").replace(",", ", "))]


def count(cell: str) -> int:
    return int(cell.replace(",", ""))


def matrices(text: str) -> dict[str, Any]:
    """The matrices that a text defines, by name."""
    found = re.findall(r"([A-Z](?:\^[A-Z])?) = \\begin\{pmatrix\} (.*?) \\end\{pmatrix\}", text)
    return {name: np.array([[float(n) for n in row.split("&")] for row in rows.split(r"\\")]) for name, rows in found}


def example(language: str) -> tuple[Any, Any, Any, Any]:
    given = matrices(box(language, TRANSFORMER, "example-attention"))
    return given["X"], given["W^Q"], given["W^K"], given["W^V"]


def test_what_it_receives(language: str) -> None:
    x, w_q, w_k, w_v = example(language)
    q, k, v = (project(x, w) for w in (w_q, w_k, w_v))
    assert (q.shape[1], v.shape[1]) == (4, 2)
    text = box(language, TRANSFORMER, "example-attention")
    gives(text, "d_k = 4", "d_v = 2")
    printed = cells(text)
    for i, row in enumerate(printed[:3]):
        assert [numbers(cell) for cell in row[1:]] == [q[i].tolist(), k[i].tolist(), v[i].tolist()]
    scores, weights, out = q @ k.T / 2, attention_weights(q, k), self_attention(x, w_q, w_k, w_v)
    for i, row in enumerate(printed[3:]):
        assert [numbers(cell)[0] for cell in row[1:4]] == scores[i].tolist()
        assert [float(cell) for cell in row[4:7]] == weights[i].round(4).tolist()
        assert numbers(row[7]) == out[i].round(2).tolist()
    assert len(printed) == 6
    # the row of "it", step by step
    products = [np.array([a * b for a, b in zip(q[2], key, strict=True) if a * b]) for key in k]
    assert [p.tolist() for p in products] == [[1, 1, -2, -2], [2, 2], [1, 1]]
    gives(text, "1 + 1 - 2 - 2 = -2", "2 + 2 = 4", "1 + 1 = 2", r"\sqrt{d_k} = 2")
    says(language, text, "−1、2、1 になる", "they become −1, 2, and 1")
    e = np.exp(scores[2])
    assert [f"{n:.3f}" for n in (*e, e.sum())] == ["0.368", "7.389", "2.718", "10.475"]
    assert r"$e^{-1} \approx 0.368$" in text and r"$e^{2} \approx 7.389$" in text and r"$e^{1} \approx 2.718$" in text
    says(language, text, "和は 10.475 である。割り算をすると、0.0351、0.7054、0.2595 になる", "their sum is 10.475. Dividing gives 0.0351, 0.7054, and 0.2595")
    assert (0.0351 * v[0] + 0.7054 * v[1] + 0.2595 * v[2]).round(2).tolist() == [2.95, 9.65] == out[2].round(2).tolist()
    assert r"$0.0351 \cdot (10, 0) + 0.7054 \cdot (0, 10) + 0.2595 \cdot (10, 10) \approx (2.95, 9.65)$" in text
    says(language, text, "「それ」は「箱」を 2 点と見ているのに、「箱」は「それ」を 0 点", '"it" gives "box" a score of 2 while "box" gives "it" a score of 0')
    assert (scores[2, 1], scores[1, 2]) == (2, 0)
    says(language, text, "「それ」自身のバリューは (10, 10) で", 'The value of "it" itself was (10, 10)')
    says(language, text, "受け取ったのは (2.95, 9.65) で", "What it received is (2.95, 9.65)")


def test_with_and_without_the_division(language: str) -> None:
    text = box(language, TRANSFORMER, "example-scaling")
    assert "$d_k = 64$" in text and "$+8$" in text and "$-8$" in text
    says(language, text, "標準偏差は 8 である", "a standard deviation of 8")
    slopes = []
    for divisor, scores, weight, slope in cells(text):
        a = softmax(np.array([8.0, -8.0]) / numbers(divisor)[0])
        assert numbers(scores) == [8 / numbers(divisor)[0], -8 / numbers(divisor)[0]]
        digits = len(weight.split(".")[1])
        assert f"{a[0]:.{digits}f}" == weight and f"{a[0] * a[1]:.{len(slope.split('.')[1])}f}" == slope
        slopes.append(a[0] * a[1])
    assert [numbers(row[0])[0] for row in cells(text)] == [1, math.sqrt(64), 64]
    assert 0.9e6 < slopes[1] / slopes[0] < 1.1e6
    says(language, text, "およそ百万分の一", "about a million times smaller")


def test_hiding_the_future(language: str) -> None:
    x, w_q, w_k, w_v = example(language)
    q, k, v = (project(x, w) for w in (w_q, w_k, w_v))
    mask = causal_mask(3)
    weights, out = masked_attention_weights(q, k, mask), masked_attention(q, k, v, mask)
    text = box(language, TRANSFORMER, "example-mask")
    for i, row in enumerate(cells(text)):
        assert [float(cell) for cell in row[1:4]] == weights[i].round(4).tolist()
        assert numbers(row[4]) == out[i].round(2).tolist()
    assert [f"{n:.3f}" for n in (math.exp(-2), math.exp(2), math.exp(-2) + math.exp(2))] == ["0.135", "7.389", "7.524"]
    says(language, text, "点数は −2 と 2 で、指数は 0.135 と 7.389、和は 7.524", "The scores are −2 and 2, their exponentials 0.135 and 7.389 with sum 7.524")
    says(language, text, "重みは 0.0180 と 0.9820", "the weights are 0.0180 and 0.9820")


def test_two_heads(language: str) -> None:
    x = example(language)[0]
    text = box(language, TRANSFORMER, "example-heads")
    w_q, w_k, w_v = np.array([[[1.0], [1]], [[1], [0]]]), np.array([[[-1.0], [1]], [[1], [-1]]]), np.array([[[0.0], [10]], [[10], [0]]])
    w_o = matrices(text)["W^O"]
    gives(text, "h = 2", "d_k = d_v = 1", r"\sqrt{d_k} = 1")
    query, keys, scores, weights, values, outputs = cells(text)
    a = multi_head_weights(x, x, w_q, w_k)
    for i in range(2):
        q, k, v = (project(x, w[i])[:, 0] for w in (w_q, w_k, w_v))
        assert numbers(query[1 + i]) == [q[2]] and numbers(keys[1 + i]) == k.tolist() and numbers(scores[1 + i]) == (q[2] * k).tolist()
        assert numbers(weights[1 + i]) == a[i, 2].round(4).tolist()
        assert numbers(values[1 + i]) == v.tolist() and numbers(outputs[1 + i]) == [(a[i, 2] @ v).round(2)]
    out = multi_head_attention(x, x, x, w_q, w_k, w_v, w_o)[2]
    assert out.round(2).tolist() == [9.1, 9.84] and w_o.tolist() == [[0, 1], [1, 0]]
    says(language, text, "二つを並べた (9.84, 9.10) に", "Joined, they are (9.84, 9.10)")
    says(language, text, "(9.10, 9.84) になる", "their order: (9.10, 9.84)")
    says(language, text, "出力は (2.95, 9.65) で", "the output was (2.95, 9.65)")
    counts = {h: sum(w.size for w in MultiHeadAttention(d_model=16, n_heads=h, rng=np.random.default_rng(0)).arrays().values()) for h in (1, 2, 8)}
    assert set(counts.values()) == {4 * 16**2}
    gives(box(language, TRANSFORMER, "addition-multi-head"), "h = 8", r"d_{\text{model}} = 512", r"d_k = d_v = d_{\text{model}} / h = 64", r"4 d_{\text{model}}^2")
    assert 512 / 8 == 64


def test_in_another_order_it_receives_the_same(language: str) -> None:
    x, *weights = example(language)
    assert self_attention(x[[1, 0, 2]], *weights)[2].round(2).tolist() == [2.95, 9.65]
    says(language, page(language, TRANSFORMER), "「それ」の出力はやはり (2.95, 9.65) である", 'the output of "it" is again (2.95, 9.65)')


def test_vectors_of_positions(language: str) -> None:
    pe = positional_encoding(4, 4)
    text = box(language, TRANSFORMER, "example-positions")
    for pos, *printed in cells(text):
        assert [numbers(cell)[0] for cell in printed] == pe[int(pos)].round(4).tolist()
    gives(text, r"d_{\text{model}} = 4", "10000^{2/4} = 100", "pos / 100")
    assert len(cells(text)) == 4 and 10000 ** (2 / 4) == 100
    np.testing.assert_allclose(np.linalg.norm(pe, axis=1), math.sqrt(4 / 2), rtol=1e-12)
    assert r"$\sqrt{4 / 2} \approx 1.414$" in text and round(math.sqrt(2), 3) == 1.414
    text = box(language, TRANSFORMER, "addition-shift")
    assert r"$\cos 1 \cdot 0.8415 + \sin 1 \cdot 0.5403 \approx 0.9093$" in text
    assert round(math.cos(1) * 0.8415 + math.sin(1) * 0.5403, 4) == 0.9093 == shift_encoding(pe[1], offset=1)[0].round(4)
    text = page(language, TRANSFORMER)
    assert r"$2\pi \approx 6.28$" in text and round(2 * math.pi, 2) == 6.28
    says(language, text, "最後の針は 60611 進んで", "the last one takes 60611 positions")
    assert round(2 * math.pi * 10000 ** (510 / 512)) == 60611


def test_lengths_of_embeddings_and_positions(language: str) -> None:
    text = page(language, TRANSFORMER)
    says(language, text, "$d_{\\text{model}} = 512$ なら 16 もある", "as much as 16 for $d_{\\text{model}} = 512$")
    np.testing.assert_allclose(np.linalg.norm(positional_encoding(3, 512), axis=1), 16, rtol=1e-12)
    assert r"$\sqrt{512} \approx 22.6$" in text and round(math.sqrt(512), 1) == 22.6
    model = Transformer(n_source=200, n_target=2, n_layers=1, d_model=512, n_heads=1, d_ff=1, rng=np.random.default_rng(0))
    assert 0.98 < np.linalg.norm(model.source, axis=1).mean() < 1.02


def test_normalizing_after_and_before(language: str) -> None:
    text = box(language, TRANSFORMER, "example-sublayer")
    x = np.array([1.0, 2, 3, 4])
    gives(text, "x = (1, 2, 3, 4)", "(1, 2, 3, 4) + (0, 1, 2, 3) = (1, 3, 5, 7)", r"\gamma = 1", r"\beta = 0")
    says(language, text, "どの成分からも 1 を引くだけ", "nothing but subtract 1 from every component")
    assert (x + (x - 1)).tolist() == [1, 3, 5, 7] and np.var([1, 3, 5, 7]) == 5 and np.mean([1, 3, 5, 7]) == 4
    assert (x.mean(), x.var()) == (2.5, 1.25)
    says(language, text, "平均は 4、分散は 5", "Its mean is 4 and its variance 5")
    says(language, text, "平均は 2.5、分散は 1.25", "Its mean is 2.5 and its variance 1.25")
    normalized = "(−1.3416, −0.4472, 0.4472, 1.3416)"
    assert text.count(normalized) == 2
    assert numbers(normalized) == sublayer(lambda v: v - 1, x, 1.0, 0.0).round(4).tolist() == layer_norm(x, 1.0, 0.0).round(4).tolist()
    assert numbers("(−1.3416, 0.5528, 2.4472, 4.3416)") == pre_norm_sublayer(lambda v: v - 1, x, 1.0, 0.0).round(4).tolist()
    assert "(−1.3416, 0.5528, 2.4472, 4.3416)" in text


def test_weights_of_the_base_model(language: str) -> None:
    sizes: dict[str, Any] = {"d_model": 512, "n_heads": 8, "d_ff": 2048, "rng": np.random.default_rng(0)}
    encoder, decoder = EncoderLayer(**sizes), DecoderLayer(**sizes)
    network = FeedForward(d_model=512, d_ff=2048, rng=np.random.default_rng(0))
    norm = LayerNorm(d_model=512)
    text = box(language, TRANSFORMER, "example-sizes")
    gives(text, "N = 6", r"d_{\text{model}} = 512", "h = 8", r"d_{\text{ff}} = 2048")
    d, d_ff = r"d_{\text{model}}", r"d_{\text{ff}}"
    assert [row[1] for row in cells(text)[:3]] == [f"$4 {d}^2$", f"$2 {d} {d_ff} + {d_ff} + {d}$", f"$2 {d}$"]
    gives(box(language, TRANSFORMER, "addition-ffn"), r"d_{\text{ff}} = 2048")
    says(language, box(language, TRANSFORMER, "addition-ffn"), "$d_{\\text{model}}$ の 4 倍", "4 times $d_{\\text{model}}$")
    expected = [sum(a.size for a in part.arrays().values()) for part in (encoder.attention, network, norm, encoder, decoder)]
    expected.append(6 * (expected[3] + expected[4]))
    assert [count(row[2]) for row in cells(text)] == expected
    assert expected[:3] == [4 * 512**2, 2 * 512 * 2048 + 2048 + 512, 2 * 512]
    assert numbers(cells(text)[3][1]) == [1, 1, 2] and numbers(cells(text)[4][1]) == [2, 1, 3]
    assert 12 * expected[1] > expected[5] / 2  # more than half of the weights
    says(language, text, "重みの半分以上は、位置ごとのネットワークにある", "More than half of the weights are in the networks")


def test_the_price_of_a_square(language: str) -> None:
    text = box(language, TRANSFORMER, "example-cost")
    for n, memory in cells(text):
        size, unit = memory.split()
        assert 8 * count(n) ** 2 * 4 == int(size) * {"MiB": 2**20, "GiB": 2**30}[unit]
    lengths = [count(row[0]) for row in cells(text)]
    assert all(b == 4 * a for a, b in zip(lengths, lengths[1:], strict=False))
    says(language, text, "長さが 4 倍になると、記憶は 16 倍", "Sequences 4 times as long take 16 times as much memory")
    d, d_ff, n = 512, 4 * 512, 3072
    projections, network = n * sum(w.size for w in MultiHeadAttention(d_model=d, n_heads=8, rng=np.random.default_rng(0)).arrays().values()), 2 * n * d * d_ff
    assert (projections, network) == (4 * n * d**2, 8 * n * d**2) and 2 * n**2 * d == projections + network
    gives(text, "h = 8", r"8 \cdot n^2 \cdot 4", r"d_{\text{ff}} = 4 d", "d = 512")
    gives(text, "2 n^2 d", "4 n d^2", "8 n d^2", "2 n^2 d = 12 n d^2", "n = 6 d", "n = 3072")
    says(language, text, "4 バイトの数で", "a number of 4 bytes")


def test_two_sentences_as_one_input(language: str) -> None:
    positions, words, sentences, segments = (list(column) for column in zip(*cells(box(language, BERT, "example-input")), strict=True))
    ids = {word: 3 + i for i, word in enumerate(w for w in words if not w.startswith("["))} | {"[CLS]": 0, "[SEP]": 1}
    first = words.index("[SEP]")
    tokens, expected = pack([ids[w] for w in words[1:first]], [ids[w] for w in words[first + 1 : -1]], cls_id=0, sep_id=1)
    assert [ids[w] for w in words] == tokens.tolist() and [int(s) for s in segments] == expected.tolist()
    assert positions == [str(i) for i in range(1, 10)] and sentences == ["AB"[int(s)] for s in segments]
    assert '"the dog barked"' in box(language, BERT, "example-input") and '"it was loud"' in box(language, BERT, "example-input")
    assert words == "[CLS] the dog barked [SEP] it was loud [SEP]".split()


def test_how_many_tokens_are_chosen(language: str) -> None:
    text = box(language, BERT, "example-masking")
    printed = [int(row[2]) for row in cells(text)]
    assert printed == [round(1000 * share) for share in (0.85, 0.15 * 0.8, 0.15 * 0.1, 0.15 * 0.1)] and sum(printed) == 1000
    assert [sorted(numbers(row[1])) for row in cells(text)] == [[85], [15, 80], [10, 15], [10, 15]]
    says(language, text, "選んだ 150 個だけ", "Only the 150 that are chosen")
    assert sum(printed[1:]) == 150


def test_values_of_the_loss(language: str) -> None:
    text = box(language, BERT, "example-loss")
    uniform, given = cells(text)
    vocabulary = np.zeros((1, 30000))
    start = (float(mlm_loss([0], vocabulary, [True])), float(nsp_loss(0, [0.0, 0.0])))
    scores = np.log([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    later = (float(mlm_loss([0, 1], scores, [True, True])), float(nsp_loss(0, np.log([0.8, 0.2]))))
    for row, (mlm, nsp) in ((uniform, start), (given, later)):
        assert [row[2], row[4], row[5]] == [f"{mlm:.3f}", f"{nsp:.3f}", f"{mlm + nsp:.3f}"]
    assert r"$(\log 2 + \log 4) / 2 \approx 1.040$" in text and round((math.log(2) + math.log(4)) / 2, 3) == 1.040
    assert r"$-\log 0.8 \approx 0.223$" in text
    assert f"{pretraining_loss([0, 1], scores, [True, True], 0, np.log([0.8, 0.2])):.3f}" == "1.263"
    says(language, text, "合わせて 1.263 になる", "Together this is 1.263")


def test_weights_of_the_exit_and_of_the_body(language: str) -> None:
    text = page(language, BERT)
    assert r"$2 \cdot 768 + 2 = 1538$" in text and 2 * 768 + 2 == 1538
    assert classification_head(np.zeros(768), np.zeros((2, 768)), np.zeros(2)).tolist() == [0.5, 0.5]

    def parameters(layers: int, d: int, vocabulary: int = 30_000, positions: int = 512) -> int:
        """Those of the paper's model, which has biases in its projections and a layer before the exit."""
        layer = 4 * (d * d + d) + (2 * d * 4 * d + 4 * d + d) + 2 * 2 * d
        return (vocabulary + positions + 2) * d + 2 * d + layers * layer + d * d + d

    base, large = ([row[0], *map(int, row[1:4])] for row in cells(text) if row[0].startswith("BERT-") and len(row) == 5)
    assert round(parameters(base[1], base[2]), -7) == 110_000_000 and abs(parameters(large[1], large[2]) / 340e6 - 1) < 0.02
    says(language, text, "約 1 億 1000 万", "about 110 million")
    says(language, text, "約 3 億 4000 万", "about 340 million")


def test_four_probabilities_at_once(language: str) -> None:
    text = box(language, COMPARISON, "example-likelihood")
    given, wanted, printed = (row[1:] for row in cells(text))
    assert given[1:] == wanted[:-1]  # moved one place to the right
    p = [float(cell) for cell in printed]
    assert math.isclose(math.prod(p), 0.18)
    table = np.log([[[q if v == 0 else (1 - q) / 3 for v in range(4)] for q in p]])
    assert round(float(seq2seq_log_likelihood([[0, 0, 0, 0]], table)), 3) == -1.715 == round(math.log(0.18), 3)
    assert r"$0.5 \cdot 0.8 \cdot 0.5 \cdot 0.9 = 0.18$" in text and r"$\log 0.18 \approx -1.715$" in text
    says(language, text, "デコーダを四回動かす", "the decoder runs four times")
