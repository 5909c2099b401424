# %% [markdown] lang="ja"
# # 記憶する、文章を書く { #experiment-recurrent-networks }
#
# 再帰型ニューラルネットワークは、読んだものを状態に書き留めながら系列を進む。ここでは二つのことを確かめる。一つは、どれだけ前のことを覚えていられるかである。長さ 100 の系列の最初の記号を、ふつうの RNN はうまく思い出せないが、LSTM と GRU は思い出せる。もう一つは、文字を一つずつ予測する LSTM が、この実験のために作った小さな言語の単語をつづれるようになることである。
#
# 順伝播、損失、時間を遡る勾配は、どれも `dlref` の関数で計算する。

# %% [markdown] lang="en"
# # Remembering and Writing { #experiment-recurrent-networks }
#
# A recurrent network goes through a sequence and notes what it reads in its state. Two things are shown here. The first is how far back it remembers: a plain RNN fails to recall the first symbol of a sequence of length 100, an LSTM and a GRU succeed. The second is an LSTM that predicts one character after another and learns to spell the words of a small language, which was made for this experiment.
#
# Every forward computation, every loss and the gradients back through time are functions of `dlref`.

# %%
import re

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from dlref.activations import softmax, tanh
from dlref.backprop import hidden_delta, softmax_cross_entropy_grad
from dlref.init import xavier_normal
from dlref.losses import cross_entropy
from dlref.optim import Adam, linear_decay
from dlref.rnn import GRU, LSTM, RNN, bptt_bias, bptt_weight, clip_gradient, rnn_output

language = "en"

# %% [markdown] lang="ja"
# ## 最初の記号を思い出す { #recall }
#
# 長さ $T$ の系列を読み、最後に、最初の記号が何だったかを答える。最初の記号は四つのうちの一つで、残りの $T - 1$ 個は、別の四つから選んだ無関係な記号である。でたらめに答えれば正解率は 25% になる。系列は毎回新しく作るので、丸暗記はできない。
#
# 比べるのは、状態が 24 次元の RNN {eq:rnn-hidden}、LSTM {eq:lstm-cell}、GRU {eq:gru-cell} である。ゲートのバイアスは、学習の前に、記憶を保ち、新しい入力をあまり書き込まない値にしておく。LSTM の忘却ゲートは 5、入力ゲートは −5、GRU の更新ゲートは −5 である。勾配は長さ 1 で切り詰める {eq:gradient-clipping}。

# %% [markdown] lang="en"
# ## Recalling the first symbol { #recall }
#
# A network reads a sequence of length $T$, and says in the end what the first symbol was. That is one of four; the other $T - 1$ symbols are drawn from four others, and mean nothing. Guessing is right in 25 % of the cases. All sequences are new, so that nothing can be learned by heart.
#
# We compare an RNN {eq:rnn-hidden}, an LSTM {eq:lstm-cell} and a GRU {eq:gru-cell}, each with a state of 24 numbers. Before training the biases of the gates are set so that the state is kept and little is written: 5 for the LSTM's forget gate and −5 for its input gate, −5 for the GRU's update gate. Gradients are clipped to the length 1 {eq:gradient-clipping}.


# %%
SYMBOLS = 4


def sequences(n, length, rng):
    """One-hot codes of n sequences, and the first symbol of each."""
    codes = rng.integers(SYMBOLS, 2 * SYMBOLS, size=(n, length))
    codes[:, 0] = rng.integers(SYMBOLS, size=n)
    return np.eye(2 * SYMBOLS)[codes], codes[:, 0]


def start(kind, d, n, m, rng):
    """Weights and biases before training: those of each gate, then those of the output."""
    theta = []
    for _ in range({"RNN": 1, "LSTM": 4, "GRU": 3}[kind]):
        theta += [xavier_normal(n_in=d, n_out=n, rng=rng), xavier_normal(n_in=n, n_out=n, rng=rng), np.zeros(n)]
    theta += [xavier_normal(n_in=n, n_out=m, rng=rng), np.zeros(m)]
    for place, bias in {"RNN": {}, "LSTM": {2: 5, 5: -5}, "GRU": {2: -5}}[kind].items():  # gates that keep
        theta[place] += bias
    return theta


def forward(kind, theta, xs):
    """The machine that read the sequences, its states, and its outputs at all times."""
    zeros = np.zeros((len(xs), len(theta[2])))
    if kind == "RNN":
        machine = RNN(*theta, phi=tanh, slope=lambda a: 1 - tanh(a) ** 2)
        y = machine.forward(xs, zeros)
        return machine, machine.h_, y
    if kind == "LSTM":
        machine = LSTM(*theta[:-2])
        h, _ = machine.forward(xs, zeros, zeros)
    else:
        machine = GRU(*theta[:-2])
        h = machine.forward(xs, zeros)
    return machine, h, rnn_output(h, *theta[-2:])


def backward(kind, theta, machine, h, dl_dy):
    """Gradients of the parameters, in their order, and of the inputs, from those of the outputs."""
    if kind == "RNN":
        found = machine.backward(dl_dy)
        return list(found.values())[:5], found["xs"]
    found = machine.backward(hidden_delta(theta[-2], dl_dy, 1.0))
    return [*list(found.values())[: len(theta) - 2], bptt_weight(1.0, dl_dy, h), bptt_bias(dl_dy)], found["xs"]


def at_the_end(y, first):
    """Gradients of the mean cross-entropy at the last time, and 0 at all others."""
    dl_dy = np.zeros_like(y)
    dl_dy[:, -1] = softmax_cross_entropy_grad(first, y[:, -1]) / len(y)
    return dl_dy


def descend(kind, theta, batches, error, *, steps, eta=0.01):
    """Parameters after so many steps of Adam, at a learning rate that falls to a tenth; error gives the gradients of the outputs."""
    optimizers = [Adam() for _ in theta]
    for step in tqdm(range(steps), desc=kind, disable=None):
        xs, targets = batches()
        machine, h, y = forward(kind, theta, xs)
        grads, _ = backward(kind, theta, machine, h, error(y, targets))
        for optimizer in optimizers:
            optimizer.eta = linear_decay(step, eta0=eta, eta_tau=eta / 10, tau=steps)
        grads = clip_gradient(grads, threshold=1.0)
        theta = [optimizer.step(value, grad) for optimizer, value, grad in zip(optimizers, theta, grads)]
    return theta


def remember(kind, length, seed):
    """Parameters after training on sequences of a length, and the accuracy on 500 new ones."""
    rng = np.random.default_rng(seed)
    theta = start(kind, 2 * SYMBOLS, 24, SYMBOLS, rng)
    theta = descend(kind, theta, lambda: sequences(32, length, rng), at_the_end, steps=200)
    xs, first = sequences(500, length, rng)
    _, _, y = forward(kind, theta, xs)
    return theta, float((y[:, -1].argmax(axis=1) == first).mean())


# %% tags=["compute"]
KINDS = ["RNN", "LSTM", "GRU"]
LENGTHS = [10, 30, 100]
trained = {(kind, length): remember(kind, length, 0) for kind in KINDS for length in LENGTHS}
for kind in KINDS:
    print(f"{kind}:", ", ".join(f"T = {length}: {trained[kind, length][1]:.2f}" for length in LENGTHS))

# %% tags=["figure"] alt_ja="系列の長さに対する正解率。LSTM と GRU は長さ 10、30、100 のどれでも 1 である。RNN は長さ 10 では 1 だが、30 では 0.5、100 では当て推量と同じ程度まで落ちる。" alt_en="Accuracy against the length of the sequences. LSTM and GRU are at 1 for the lengths 10, 30 and 100. The RNN is at 1 for length 10, at 0.5 for 30, and no better than guessing for 100."
figure, panel = plt.subplots(figsize=(5, 3.2))
for kind in KINDS:
    panel.plot(LENGTHS, [trained[kind, length][1] for length in LENGTHS], marker="o", label=kind)
panel.set_ylim(0, 1.05)
panel.set_xlabel({"en": "length $T$ of the sequence", "ja": "系列の長さ $T$"}[language])
panel.set_title({"en": "Accuracy", "ja": "正解率"}[language])
panel.legend()
plt.show()

# %% [markdown] lang="ja"
# ## 時間を遡る勾配 { #gradients }
#
# なぜ RNN は失敗するのか。最初の記号について学ぶには、最後の時刻の損失の勾配が、最初の時刻まで届かなければならない。そこで、各時刻の入力に届く勾配の長さ $\|\partial L / \partial x_t\|$ を、長さ 100 の系列で測る。最後の時刻での長さを 1 とする。学習前のネットワークは初期値によるばらつきが大きいので、11 通りの初期値での中央値をとる。学習後のものは、上で学習させたネットワークである。

# %% [markdown] lang="en"
# ## Gradients back through time { #gradients }
#
# Why does the RNN fail? To learn anything about the first symbol, the gradient of the loss at the last time must reach the first. So we measure the length $\|\partial L / \partial x_t\|$ of the gradient that reaches the input of each time, for sequences of length 100, and divide it by that of the last time. Before training it depends much on the initial values: of 11 draws we take the median. After training, the networks are those from above.


# %%
def reach(kind, theta, rng):
    """Mean length, at each of 100 times, of the gradient in the input; the last is 1."""
    xs, first = sequences(200, 100, rng)
    machine, h, y = forward(kind, theta, xs)
    _, dl_dx = backward(kind, theta, machine, h, at_the_end(y, first))
    lengths = ((dl_dx**2).sum(axis=-1) ** 0.5).mean(axis=0)
    return lengths / lengths[-1]


def reach_before(kind, rng):
    """The same before training, as the median over 11 draws of the initial values."""
    return np.median([reach(kind, start(kind, 2 * SYMBOLS, 24, SYMBOLS, rng), rng) for _ in range(11)], axis=0)


# %% tags=["compute"]
rng = np.random.default_rng(0)
reached = {kind: (reach_before(kind, rng), reach(kind, trained[kind, 100][0], rng)) for kind in KINDS}
for kind, (before, after) in reached.items():
    print(f"{kind}: at the first time {before[0]:.1e} of the last before training, {after[0]:.1e} after it")

# %% tags=["figure"] alt_ja="各時刻の入力に届く勾配の長さ。縦軸は対数目盛りで、最後の時刻を 1 とする。RNN では、時刻を遡るほど直線的に、つまり指数的に小さくなり、学習前は 10 万分の 1 以下、学習後はさらに小さくなる。LSTM と GRU では、学習前は最初の時刻まで 0.1 以上の長さが残り、学習後は最初の時刻で 1 を超える。" alt_en="Length of the gradient in the input of each time, on a logarithmic axis, with 1 at the last time. That of the RNN falls along a straight line, that is exponentially, toward the first time: to less than a hundred-thousandth before training, and further after it. With LSTM and GRU at least 0.1 is left at the first time before training, and after it the length there exceeds 1."
names = {"en": ["before training", "after training"], "ja": ["学習前", "学習後"]}[language]
figure, panels = plt.subplots(2, 1, figsize=(5, 5), sharex=True)
for k, (panel, name) in enumerate(zip(panels, names)):
    for kind in KINDS:
        panel.plot(1 + np.arange(100), reached[kind][k], label=kind)
    panel.set_yscale("log")
    panel.minorticks_off()
    panel.set_title({"en": f"Length of the gradient, {name}", "ja": f"勾配の長さ、{name}"}[language])
panels[0].legend()
panels[1].set_xlabel({"en": "time $t$", "ja": "時刻 $t$"}[language])
panels[1].set_xticks([1, 25, 50, 75, 100])
plt.show()

# %% [markdown] lang="ja"
# 一時刻遡るたびに、勾配には状態のヤコビ行列が掛かり、その長さの上限は {eq:rnn-gradient-decay} である。RNN ではこの積が指数的に小さくなる。LSTM の記憶セルでは忘却ゲートの値が掛かるだけなので、ゲートが開いていれば勾配は残る。GRU の状態でも同じことが起こる。
#
# ## 文字を予測する { #characters }
#
# 次の言語モデルは、文字を一つ読むたびに、次の文字の確率を答える。学習させる文は、この実験のために作った小さな文法による。主語、それを修飾する関係節、動詞、目的語からなり、主語と動詞は数が一致しなければならない。主語と動詞の間に関係節が入るので、一致させるには、十数文字前を覚えている必要がある。400 文で学習させ、新しい 60 文でテストする。
#
# 比べる相手は**二文字組**（bigram）のモデルである。直前の一文字だけを見て、その後に来た文字を訓練データで数え、確率とする（見たことのない組が確率 0 にならないように、どの組にも 1 を足す）。

# %% [markdown] lang="en"
# Each step back multiplies the gradient by the Jacobian of the state, with the bound {eq:rnn-gradient-decay}. In the RNN this product shrinks exponentially. In the memory cell of an LSTM it is only the forget gate that multiplies, so that the gradient stays as long as the gate is open; the state of a GRU does the same.
#
# ## Predicting characters { #characters }
#
# The next model reads one character after another, and after each gives the probabilities of the next one. Its sentences come from a small grammar made for this experiment: a subject, perhaps with a relative clause, a verb, perhaps an object. Subject and verb must agree in number. With the clause between them, this takes a memory of a dozen characters and more. There are 400 sentences for training and 60 new ones for the test.
#
# The baseline is a **bigram** model. It sees the last character only, and counts which ones came behind it in the training data (one is added to each count, so that no pair has the probability 0).


# %%
NOUNS = [("bird", "birds"), ("cat", "cats"), ("child", "children"), ("dog", "dogs"), ("fox", "foxes"), ("friend", "friends")]
ADJECTIVES = ["", "", "", "old ", "small ", "quiet ", "happy "]
ALONE = [("runs", "run"), ("sings", "sing"), ("sleeps", "sleep"), ("waits", "wait")]
WITH_OBJECT = [("follows", "follow"), ("hears", "hear"), ("likes", "like"), ("sees", "see")]


def sentence(rng):
    """One sentence of the language."""
    pick = lambda words: words[rng.integers(len(words))]
    noun = lambda number: f"the {pick(ADJECTIVES)}{pick(NOUNS)[number]}"
    action = lambda number: f" {pick(WITH_OBJECT)[number]} {noun(rng.integers(2))}"
    number = rng.integers(2)
    clause = f" that{action(number)}" if rng.random() < 0.5 else ""
    verb = f" {pick(ALONE)[number]}" if rng.random() < 0.5 else action(number)
    return f"{noun(number)}{clause}{verb}."


def grammar():
    """A pattern that all sentences of the language match, and no others."""
    one_of = lambda words: f"(?:{'|'.join(words)})"
    adjective = one_of(ADJECTIVES)
    phrase = f"the {adjective}{one_of(form for pair in NOUNS for form in pair)}"
    kinds = []
    for number in (0, 1):
        noun, alone, verb = (one_of(pair[number] for pair in words) for words in (NOUNS, ALONE, WITH_OBJECT))
        kinds.append(f"the {adjective}{noun}(?: that {verb} {phrase})? (?:{alone}|{verb} {phrase})")
    return re.compile(rf"{one_of(kinds)}\.")


def shares(said):
    """Of the words that are written, the share that the language has; of the sentences, the share that keep to the grammar."""
    known = {word for pair in NOUNS + ALONE + WITH_OBJECT for word in pair} | {word.strip() for word in ADJECTIVES} | {"the", "that"}
    words = [word for text in said for word in text.removesuffix(".").split()]
    pattern = grammar()
    return np.mean([word in known for word in words]), np.mean([pattern.fullmatch(text) is not None for text in said])


def texts(seed):
    """Texts for training and for the test, as numbers of characters, and the characters."""
    rng = np.random.default_rng(seed)
    train, test = (" ".join(sentence(rng) for _ in range(n)) + " " for n in (400, 60))
    alphabet = sorted(set(train))
    return *(np.array([alphabet.index(letter) for letter in text]) for text in (train, test)), alphabet


def everywhere(y, codes):
    """Gradients of the mean cross-entropy over all times."""
    return softmax_cross_entropy_grad(codes, y) / codes.size


def learn_to_write(codes, size, seed):
    """Parameters of an LSTM trained on pieces of 50 characters."""
    rng = np.random.default_rng(seed)

    def batches():
        pieces = codes[rng.integers(len(codes) - 50, size=16)[:, None] + np.arange(51)]
        return np.eye(size)[pieces[:, :-1]], pieces[:, 1:]

    return descend("LSTM", start("LSTM", size, 48, size, rng), batches, everywhere, steps=400, eta=0.02)


def bigram(codes, size):
    """Probabilities of the next character behind each character, from counts."""
    counts = np.ones((size, size))
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return counts / counts.sum(axis=1, keepdims=True)


BIT = cross_entropy(0, [0.5, 0.5])  # the loss of a fair coin


def bits(codes, p_hat):
    """Loss of probabilities of all characters but the first, in bits a character."""
    return cross_entropy(codes[1:], p_hat).mean() / BIT


def predicted(theta, codes, size):
    """What an LSTM predicts behind each character but the last."""
    _, _, y = forward("LSTM", theta, np.eye(size)[None, codes[:-1]])
    return softmax(y[0])


def write(step, n, alphabet, rng):
    """Sentences behind a full stop and up to the next: characters drawn from probabilities that step gives for the last ones."""
    codes = np.full(n, alphabet.index("."))
    said = [""] * n
    for _ in range(90):
        codes = (rng.random((n, 1)) < step(codes).cumsum(axis=1)).argmax(axis=1)
        said = [text + alphabet[code] for text, code in zip(said, codes)]
    return [text.partition(".")[0].strip() + "." for text in said]


def writer(theta, n, size):
    """A step that carries the state of an LSTM on, for n sentences side by side."""
    machine = LSTM(*theta[:-2])
    state = [np.zeros((n, len(theta[2])))] * 2

    def step(codes):
        state[:] = [value[:, 0] for value in machine.forward(np.eye(size)[codes][:, None], *state)]
        return softmax(rnn_output(state[0], *theta[-2:]))

    return step


def language_model(seed, *, baseline=False):
    """Loss in the test, and 100 sentences that are written."""
    train, test, alphabet = texts(seed)
    rng, size = np.random.default_rng(seed + 1), len(alphabet)
    if baseline:
        table = bigram(train, size)
        return bits(test, table[test[:-1]]), write(lambda codes: table[codes], 100, alphabet, rng)
    theta = learn_to_write(train, size, seed)
    return bits(test, predicted(theta, test, size)), write(writer(theta, 100, size), 100, alphabet, rng)


# %% tags=["compute"]
rng = np.random.default_rng(0)
print("from the grammar:", *(sentence(rng) for _ in range(3)), sep="\n  ")
for name, baseline in (("bigram", True), ("LSTM", False)):
    loss, said = language_model(0, baseline=baseline)
    words, sentences = shares(said)
    print(f"{name}: {loss:.2f} bits a character; of the language: {words:.0%} of the words, {sentences:.0%} of the sentences", *said[:5], sep="\n  ")

# %% [markdown] lang="ja"
# 二文字組のモデルが書くものは、文字の並びがそれらしいだけで、ほとんど単語にならない。LSTM は、たいていの単語を正しくつづり、文を終わらせる。しかし、文法に合う文は少ない。動詞が抜けたり、主語と動詞の数が合わなかったりする。これだけの学習では、一文字先の予測は良くなっても、文全体のつじつまは合わない。なお、一文字あたりの損失は 0 にはならない。次の単語が文法で一つに決まらないからである。
#
# ほかにも限界がある。言語は小さく、単語は 30 余りしかない。長さ 100 で RNN が失敗するのも、この学習の進め方での話である。種によっては、長さ 60 の系列でも RNN は思い出せた。再帰の重みの初期値を単位行列にするなどの工夫をすれば、RNN の記憶は長くなりうる。LSTM がここで成功するのも、ゲートのバイアスを選んだからである。忘却ゲートのバイアスだけを大きくしたときは、学習に失敗する種があった。
#
# ## 主張 { #claims }
#
# `measure` は四つの数を返す。長さ 100 の系列での LSTM と GRU の正解率、テストの文章で正しい次の文字に与える確率（幾何平均）、書いた単語のうち言語にある単語の割合である。`baseline=True` では、前の二つを RNN に、後の二つを二文字組のモデルに替える。

# %% [markdown] lang="en"
# What the bigram model writes looks a little like English, and hardly contains a word. The LSTM spells most words, and ends its sentences. But few of these keep to the grammar: a verb is missing, or does not agree with its subject. After so little training the next character is predicted well, and a whole sentence still does not hold together. The loss cannot go to 0 in any case, since the grammar leaves the next word open.
#
# There are other limits. The language is small, and has some thirty words. That a plain RNN fails at length 100 is true for this way of training; with some seeds it recalled the symbol over a length of 60, and with other initial values, such as the identity for the recurrent weight, it may remember longer. The LSTM, in turn, owes its success to the biases of its gates: with a large bias of the forget gate alone, training failed with some seeds.
#
# ## The claims { #claims }
#
# `measure` returns four numbers: the accuracy of LSTM and GRU for sequences of length 100; the probability that is given to the true next character of the test (the geometric mean); the share of written words that the language has. With `baseline=True`, the plain RNN takes the place of the first two, the bigram model that of the others.


# %%
def measure(seed, *, baseline=False):
    """How well networks remember over 100 steps, predict characters and write."""
    recalled = {kind: remember(kind, 100, seed)[1] for kind in (["RNN"] if baseline else ["LSTM", "GRU"])}
    if baseline:
        recalled = dict.fromkeys(["LSTM", "GRU"], recalled["RNN"])
    loss, said = language_model(seed, baseline=baseline)
    return {**recalled, "probability": 2**-loss, "words": shares(said)[0]}
