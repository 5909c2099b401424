"""The worked numbers of chapter 6: what the pages print is what dlref computes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import relu, sigmoid, tanh
from dlref.conv import receptive_field
from dlref.rnn import (
    bidirectional,
    bptt_bias,
    bptt_hidden,
    bptt_weight,
    clip_gradient,
    gru_cell,
    gru_params,
    hidden_jacobian,
    jacobian_bound,
    lstm_cell,
    lstm_params,
    rnn_cell,
    rnn_output,
    rnn_params,
    spectral_norm,
)
from dlref.seq2seq import additive_attention, additive_attention_weights, sequence_log_prob
from tests.site.test_examples import box, gives, rounded
from tests.site.test_examples_skip import cells, page, says, shown_as

FOUNDATIONS, STRUCTURE, TRAINING, GATED, BOTH, APPLICATIONS = (
    Path("rnn") / f"{name}.md" for name in ("foundations", "structure", "training", "lstm-gru", "bidirectional", "applications")
)

pytestmark = [pytest.mark.ch6, pytest.mark.parametrize("language", ["ja", "en"])]


def numbers(cell: str) -> list[float]:
    """The numbers of a cell: 2, −0.75, $(4, -1)$ or 98,560."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", cell.replace("−", "-"))
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", plain)]


def rows(language: str, path: Path, id_: str) -> list[list[list[float]]]:
    """The numbers in the cells of the tables of a box, by row and column."""
    return [[numbers(cell) for cell in row] for row in cells(box(language, path, id_))]


def matrices(text: str) -> list[np.ndarray]:
    """The matrices of a text with numbers as entries, in order."""
    found = re.findall(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", text)
    return [np.array([[float(entry) for entry in row.split("&")] for row in matrix.split(r"\\")]) for matrix in found]


def halving(x: Any, h: Any) -> Any:
    """The cell of the examples: halve the state and add the input."""
    return rnn_cell(lambda a: a, x, h, np.eye(1), 0.5 * np.eye(1), np.zeros(1))


def test_order_changes_the_last_state(language: str) -> None:
    printed = rows(language, FOUNDATIONS, "example-order")
    assert len(printed) == 3
    for inputs, *states in printed:
        h = np.zeros(1)
        for x, state in zip(inputs, states, strict=True):
            h = halving(np.array([x]), h)
            assert h.tolist() == state
        assert np.mean(inputs) == 1 / 3
    text = box(language, FOUNDATIONS, "example-order")
    says(language, text, "どれも 3 分の 1 で", "have the mean 1/3")
    says(language, text, "最後の状態は 0.25、0.5、1 と違う", "The last state of the RNN can: 0.25, 0.5, and 1.")


def test_parameters_of_a_window_and_of_a_recurrent_network(language: str) -> None:
    text = box(language, FOUNDATIONS, "addition-comparison")
    assert r"$200 \cdot (10 \cdot 100 + 1) = 200{,}200$" in text and 200 * (10 * 100 + 1) == 200_200
    says(
        language,
        text,
        "入力が 100 次元、隠れ状態または隠れ層が 200 次元",
        "inputs have 100 dimensions and the hidden state, or hidden layer, 200",
    )
    says(language, text, "窓の長さが 10 の FNN", "with a window of 10 has")
    says(language, text, "窓を 20 に延ばせば 400,200 個", "with a window of 20, it has 400,200")
    says(
        language, text, "長さ 2 のカーネルを、膨張率 1、2、4 と倍に", "kernels of length 2 and dilations 1, 2, 4, and so on, always doubled"
    )
    assert "400,200" in text and 200 * (20 * 100 + 1) == 400_200
    assert r"$200 \cdot (100 + 200 + 1) = 60{,}200$" in text and rnn_params(100, 200) == 60_200
    says(language, text, "10 層重ねれば、受容野は 1024", "Ten layers with kernels of length 2")
    assert text.count("1024") == 2 and receptive_field(np.full(10, 2), np.full(10, 1), 2 ** np.arange(10)) == 1024


def test_three_steps_of_the_network(language: str) -> None:
    text = box(language, STRUCTURE, "example-rnn")
    w_xh, w_hh, w_hy = matrices(text)
    b_h, b_y = np.zeros(2), np.array([0.5])
    assert "$b_h = (0, 0)$" in text and "$b_y = 0.5$" in text

    def outputs(xs: list[float]) -> list[list[list[float]]]:
        h, found = np.zeros(2), []
        for t, x in enumerate(xs, 1):
            a = w_xh @ [x] + w_hh @ h + b_h
            h = rnn_cell(relu, np.array([x]), h, w_xh, w_hh, b_h)
            found.append([[t], [x], a.tolist(), h.tolist(), rnn_output(h, w_hy, b_y).tolist()])
        return found

    assert rows(language, STRUCTURE, "example-rnn") == outputs([2.0, 1.0, 3.0])
    gives(text, "h_0 = (0, 0)", "t = 2", r"1 + 0.5 \cdot 2 = 2", "-1 + 2 = 1")
    says(language, text, "入力 2、1、3 を読むと", "the inputs 2, 1, 3 give")
    assert [1 + 0.5 * 2, -1 + 2] == outputs([2.0, 1.0, 3.0])[1][2]
    says(language, text, "最初の入力を 2 から 4 に変えると、出力は 4.5、0.5、5 となり", "from 2 to 4, and the outputs are 4.5, 0.5, and 5")
    assert [row[4] for row in outputs([4.0, 1.0, 3.0])] == [[4.5], [0.5], [5]]
    assert [row[4] for row in outputs([2.0, 1.0, 7.0])][:2] == [[2.5], [1.5]]


def test_what_is_left_after_twenty_steps(language: str) -> None:
    assert r"$0.5^{20} \approx 9.5 \times 10^{-7}$" in page(language, STRUCTURE)
    h = np.ones(1)
    for _ in range(20):
        h = halving(np.zeros(1), h)
    assert f"{h[0]:.1e}" == "9.5e-07"


def test_three_steps_back(language: str) -> None:
    text = box(language, TRAINING, "example-bptt")
    printed = np.array([[cell[0] for cell in row] for row in rows(language, TRAINING, "example-bptt")])
    t, x, h, dl_dy, dl_dh, shares = printed.T
    gives(text, "W_{xh} = 1", "W_{hh} = 0.5", "W_{hy} = 1", r"L = \frac{1}{2} (y_3 - 1)^2", "t = 1", "h_0 = 0", "y_3 = W_{hh}^2")
    gives(text, r"L = \frac{1}{2} (W_{hh}^2 - 1)^2", "2 W_{hh} (W_{hh}^2 - 1)")
    says(
        language,
        text,
        "バイアスは 0 である。入力 1、0、0 を読んだあとの最後の出力だけを 1 に",
        "the biases 0. After the inputs 1, 0, 0, only the last output matters, and it should come close to 1.",
    )
    says(language, text, "どちらも 0.5 を掛けながら進む", "each step multiplying by 0.5")
    says(
        language,
        text,
        "つまり −0.75 である。二回使われた重みの微分に 2 が",
        "which is −0.75. The derivative of a weight that is used twice has a factor of 2",
    )
    assert t.tolist() == [1, 2, 3]
    state, states = np.zeros(1), []
    for value in x:
        state = halving(np.array([value]), state)
        states.append(state[0])
    assert h.tolist() == states
    assert dl_dy.tolist() == [0, 0, states[-1] - 1]
    before = np.array([0, *h[:-1]])
    slopes, one = np.ones((3, 1)), np.eye(1)
    assert dl_dh.tolist() == bptt_hidden(slopes, dl_dy[:, None], one, 0.5 * one)[:, 0].tolist()
    assert shares.tolist() == (dl_dh * before).tolist()
    assert shares.sum() == bptt_weight(slopes, dl_dh[:, None], before[:, None])[0, 0] == -0.75
    says(language, text, "$W_{hh}$ の勾配は −0.75 になる", "the gradient of $W_{hh}$ is −0.75")
    assert 2 * 0.5 * (0.5**2 - 1) == -0.75
    ja = "$W_{xh}$ の勾配は −0.1875、$b_h$ の勾配は −1.3125"
    says(language, text, ja, "the gradient of $W_{xh}$ is −0.1875 and that of $b_h$ is −1.3125")
    assert bptt_weight(slopes, dl_dh[:, None], x[:, None])[0, 0] == -0.1875
    assert bptt_bias(slopes * dl_dh[:, None])[0] == -1.3125

    def loss(w_xh: float, w_hh: float, b_h: float) -> float:
        state = np.zeros(1)
        for value in x:
            state = rnn_cell(lambda a: a, np.array([value]), state, w_xh * one, w_hh * one, np.full(1, b_h))
        return float((state[0] - 1) ** 2 / 2)

    point, step = np.array([1, 0.5, 0]), 1e-6 * np.eye(3)
    differences = [(loss(*(point + e)) - loss(*(point - e))) / 2e-6 for e in step]
    assert differences == pytest.approx([-0.1875, -0.75, -1.3125])


def test_powers_of_the_factor_of_a_step(language: str) -> None:
    printed = cells(box(language, TRAINING, "addition-decay"))
    assert [row[0] for row in printed] == ["0.5", "0.9", "1", "1.1"]
    text = box(language, TRAINING, "addition-decay")
    says(language, text, "| 10 時刻 | 50 時刻 | 100 時刻 |", "| 10 steps | 50 steps | 100 steps |")
    for factor, *values in printed:
        assert all(shown_as(value.replace(",", ""), float(factor) ** steps) for value, steps in zip(values, (10, 50, 100), strict=True)), (
            factor
        )
    says(language, page(language, TRAINING), "tanh と ReLU では 1、シグモイドでは 0.25", "1 for tanh and ReLU, 0.25 for the sigmoid")


def test_a_large_bound_without_an_explosion(language: str) -> None:
    text = box(language, TRAINING, "example-decay")
    swap, square, grow = matrices(text)
    assert (swap @ swap).tolist() == square.tolist() == np.eye(2).tolist()
    assert spectral_norm(swap) == pytest.approx(2) and jacobian_bound(np.ones((10, 2)), swap) == pytest.approx(1024)
    assert "$2^{10} = 1024$" in text
    gives(text, r"W_{hh}^2 = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}")
    says(language, text, "このノルムは 2 なので、10 時刻での上限は", "Its norm is 2, which puts the bound for 10 steps at")
    says(
        language,
        text,
        "毎回 1.1 倍に伸びるので、100 時刻で上限どおり 13,781 倍",
        "by 1.1 every time, and 100 steps make a factor of 13,781",
    )
    assert spectral_norm(hidden_jacobian(np.ones((10, 2)), swap)) == pytest.approx(1)
    slopes = np.ones((100, 2))
    assert spectral_norm(hidden_jacobian(slopes, grow)) == pytest.approx(jacobian_bound(slopes, grow))
    assert "13,781" in text and round(float(jacobian_bound(slopes, grow))) == 13_781


def test_clipping_from_13_to_half(language: str) -> None:
    text = box(language, TRAINING, "example-clipping")
    assert r"$\sqrt{3^2 + 4^2 + 12^2} = 13$" in text and math.hypot(3, 4, 12) == 13
    assert all(part in text for part in ("$(3, 4)$", "$(12)$", "$(1.5, 2)$", "$(6)$", "6.5", "20"))
    says(language, text, "閾値を 6.5 とすれば、全体を半分に", "With a threshold of 6.5, all of it is halved")
    says(language, text, "閾値が 20 なら、13 はそれ以下", "With a threshold of 20, nothing changes, since 13 is below it")
    grads = [np.array([3.0, 4.0]), np.array([12.0])]
    assert [part.tolist() for part in clip_gradient(grads, threshold=6.5)] == [[1.5, 2], [6]]
    assert [part.tolist() for part in clip_gradient(grads, threshold=20.0)] == [[3, 4], [12]]


def number(value: float) -> np.ndarray:
    return np.full((1, 1), value)


def test_one_step_of_the_lstm(language: str) -> None:
    text = box(language, GATED, "example-lstm")
    ln2, ln3 = math.log(2), math.log(3)
    assert rounded([sigmoid(ln3), tanh(ln2)], 12) == [0.75, 0.6]
    gives(text, "x_t = 1", "h_{t-1} = 0", "c_{t-1} = 1", r"W_f = \ln 3", "W_i = 0", r"W_o = \ln 3", r"W_c = \ln 2")
    gives(text, "f_t = 0.75", "i_t = 0.5", "o_t = 0.75", r"\tilde{c}_t = 0.6")
    says(language, text, "ほかの重みとバイアスは 0 とする", "let all other weights and biases be 0")
    says(language, text, "前の記憶の 4 分の 3 が残り", "Three quarters of the old memory stayed")
    says(language, text, "1 を超えることができるが、$h_t$ は必ず −1 と 1 の間", "beyond 1, but $h_t$ is always between −1 and 1")
    assert r"$\sigma(\ln 3) = 0.75$" in text and r"$\tanh(\ln 2) = 0.6$" in text
    assert r"$c_t = 0.75 \cdot 1 + 0.5 \cdot 0.6 = 1.05$" in text and r"$h_t = 0.75 \tanh(1.05) \approx 0.5864$" in text
    b, zero = np.zeros(1), number(0)
    h, c = lstm_cell(np.ones(1), b, np.ones(1), number(ln3), zero, b, zero, zero, b, number(ln3), zero, b, number(ln2), zero, b)
    assert c[0] == pytest.approx(1.05) and round(float(h[0]), 4) == 0.5864


def test_what_a_constant_forget_gate_leaves(language: str) -> None:
    text = box(language, GATED, "addition-lstm-decay")
    printed = cells(text)
    assert [row[0] for row in printed] == ["0.5", "0.9", "0.99", "1"]
    says(language, text, "| 10 時刻 | 50 時刻 | 100 時刻 |", "| 10 steps | 50 steps | 100 steps |")
    for factor, *values, half in printed:
        f = float(factor)
        assert all(shown_as(value, f**steps) for value, steps in zip(values, (10, 50, 100), strict=True)), factor
        if f < 1:
            (n,) = numbers(half)
            assert float(f"{math.log(0.5) / math.log(f):.2g}") == n
        else:
            assert numbers(half) == []
    assert r"$\sigma(0) = 0.5$" in text and r"$\sigma(1) \approx 0.73$" in text
    assert sigmoid(0.0) == 0.5 and round(float(sigmoid(1.0)), 2) == 0.73


def test_one_step_of_the_gru(language: str) -> None:
    text = box(language, GATED, "example-gru")
    gives(text, "h_{t-1} = 1", "z_t = 0.25", "r_t = 0.5", r"U_h = 2 \ln 3", "r_t = 0", r"\tanh(0) = 0")
    ln3 = math.log(3)
    assert r"\tanh(2 \ln 3 \cdot 0.5 \cdot 1) = \tanh(\ln 3) = 0.8$" in text and tanh(ln3) == pytest.approx(0.8)
    assert r"$h_t = 0.75 \cdot 1 + 0.25 \cdot 0.8 = 0.95$" in text and "$h_t = 0.75$" in text
    zero, b = number(0), np.zeros(1)
    for b_r, state in ((0.0, 0.95), (-800.0, 0.75)):
        h = gru_cell(b, np.ones(1), zero, zero, np.full(1, -ln3), zero, zero, np.full(1, b_r), zero, number(2 * ln3), b)
        assert h[0] == pytest.approx(state)


def test_where_the_reset_gate_stands_matters(language: str) -> None:
    text = box(language, GATED, "convention-gru")
    (u_h,) = matrices(text)
    h, r = np.array([1.0, 1.0]), np.array([0.25, 0.75])
    assert "$h_{t-1} = (1, 1)$" in text and "$r_t = (0.25, 0.75)$" in text
    assert (u_h @ (r * h)).tolist() == [0.75, 0] and (r * (u_h @ h)).tolist() == [0.25, 0]
    assert "$(0.75, 0)$" in text and "$(0.25, 0)$" in text


def test_parameters_of_the_three_kinds(language: str) -> None:
    text = box(language, GATED, "addition-parameters")
    gives(text, "hd", "h^2", "h(d + h + 1)")
    printed = rows(language, GATED, "addition-parameters")
    assert len(printed) == 2
    for (d,), (h,), *counts in printed:
        sizes = int(d), int(h)
        assert counts == [[rnn_params(*sizes)], [lstm_params(*sizes)], [gru_params(*sizes)]]
    says(language, text, "一行目は 36、144、108", "the first row would be 36, 144, and 108")
    assert [4 * k + count for k, count in zip((1, 4, 3), (32, 128, 96), strict=True)] == [36, 144, 108]


def test_reading_from_both_sides(language: str) -> None:
    text = box(language, BOTH, "example-birnn")
    says(language, text, "はじめの状態は両方とも 0 とし、入力 1、0、2 を読む", "Both start from 0, and the inputs are 1, 0, 2.")
    says(
        language,
        text,
        "最後の入力を 2 から 4 に変えると、順方向で変わるのは $t = 3$ の",
        "Change the last input from 2 to 4: in the forward column only the entry at $t = 3$ changes",
    )
    printed = rows(language, BOTH, "example-birnn")
    xs = np.array([row[1] for row in printed])
    ys = bidirectional(halving, halving, xs, np.zeros(1), np.zeros(1))
    assert [row[0] for row in printed] == [[1], [2], [3]]
    assert [[*row[2], *row[3]] for row in printed] == [row[4] for row in printed] == ys.tolist()
    xs[2] = 4
    assert bidirectional(halving, halving, xs, np.zeros(1), np.zeros(1)).tolist() == [[1, 2], [0.5, 2], [4.25, 4]]
    says(language, text, "4.25 だけだが、逆方向は上から 2、2、4 となり", "to 4.25, but the backward column becomes 2, 2, 4")


def test_the_sentences_of_two_words(language: str) -> None:
    text = box(language, APPLICATIONS, "example-greedy")
    gives(text, r"\log 0.5 + \log 0.4 \approx -1.609", r"e^{-1.609} \approx 0.2")
    says(language, text, "選ばれて、確率 0.2 の文になる", "a sentence of probability 0.2.")
    first, after_a, after_b = [[n for cell in row[1:] for n in numbers(cell)] for row in cells(text)]
    assert all(sum(row) == pytest.approx(1) for row in (first, after_a, after_b))
    a = sequence_log_prob(np.array([0, 2]), np.log([first, after_a]))
    b = sequence_log_prob(np.array([1, 2]), np.log([first, after_b]))
    assert (round(float(a), 3), round(math.exp(a), 12), round(math.exp(b), 12)) == (-1.609, 0.2, 0.36)
    assert r"\approx -1.609$" in text and r"$0.5 \cdot 0.4 = 0.2$" in text and r"$0.4 \cdot 0.9 = 0.36$" in text
    assert np.argmax(first) == 0 and np.argmax(after_a) == 2  # greedily: A, then the end
    sentences = {"A": first[0] * after_a[2], "B": first[1] * after_b[2], "": first[2]}
    assert max(sentences, key=lambda key: sentences[key]) == "B"


def test_the_state_decides_where_to_look(language: str) -> None:
    text = box(language, APPLICATIONS, "example-attention")
    gives(text, r"q = \frac{1}{2} \ln 3", r"\tanh q = 0.5", r"\tanh 2q = 0.8", "h_1 = (1, 0)", "h_2 = (0, 1)")
    gives(
        text,
        r"W_a = \begin{pmatrix} 1 \\ -1 \end{pmatrix}",
        r"U_a = \begin{pmatrix} q & 0 \\ 0 & q \end{pmatrix}",
        r"v_a = (5 \ln 3, 5 \ln 3)",
    )
    gives(text, "s_{t-1} = q", "(2q, -q)", "(q, 0)", r"\ln 3")
    gives(text, r"e_{t,1} = 5 \ln 3 \cdot (0.8 - 0.5) = 1.5 \ln 3", r"e_{t,2} = 5 \ln 3 \cdot 0.5 = 2.5 \ln 3")
    says(language, text, "重みの比は 1 対 3", "the weights are in the ratio 1 to 3")
    q = math.log(3) / 2
    assert rounded([tanh(q), tanh(2 * q)], 12) == [0.5, 0.8]
    assert r"\cdot (0.8 - 0.5) = 1.5 \ln 3$" in text and r"\cdot 0.5 = 2.5 \ln 3$" in text
    hs, w_a, u_a, v_a = (np.eye(2), np.array([[1.0], [-1.0]]), q * np.eye(2), np.full(2, 5 * math.log(3)))
    scores = [v_a @ np.tanh(w_a @ [q] + u_a @ h) for h in hs]
    assert scores == pytest.approx([1.5 * math.log(3), 2.5 * math.log(3)])
    printed = cells(text)
    assert [row[0] for row in printed] == ["$q$", "$-q$"]
    for s, row in zip((q, -q), printed, strict=True):
        weights = additive_attention_weights(np.array([s]), hs, w_a, u_a, v_a)
        assert [numbers(cell)[0] for cell in row[1:3]] == rounded(weights.tolist(), 12)
        assert numbers(row[3]) == rounded(additive_attention(np.array([s]), hs, w_a, u_a, v_a).tolist(), 12)
