# %% [markdown] lang="ja"
# # 深さと活性化関数 { #experiment-activations }
#
# 層を重ねたネットワークが学習できるかどうかは、活性化関数と重みの初期値の組み合わせで決まる。ここでは七つの活性化関数（{sec:activation-functions}）と四つの初期値を組み合わせ、深さを変えて、手書き数字を学習させる。順伝播は `dlref` の関数、逆伝播は {sec:backpropagation} の式を並べた [`MLP`][dlref.backprop.MLP] で計算する。
#
# 見るのは**訓練データの正解率**である。新しいデータに当てはまるかどうかを問う前に、そもそも学習が進むかどうかを問うからである。

# %% [markdown] lang="en"
# # Depth and Activations { #experiment-activations }
#
# Whether a network of many layers can be trained depends on its activation function and on its initial weights, and on how well the two fit together. Here seven activation functions ({sec:activation-functions}) meet four kinds of initial weights, at growing depth, on handwritten digits. Forward passes are functions of `dlref`, and backward passes are the formulas of {sec:backpropagation}, one after another, in [`MLP`][dlref.backprop.MLP].
#
# What we look at is the **accuracy on the training data**. Before asking whether a network does well on new data, we ask whether it learns at all.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

from dlref.activations import elu, gelu, leaky_relu, relu, relu_grad, sigmoid, sigmoid_grad, swish, tanh
from dlref.backprop import MLP, gradient_norms_by_depth, hidden_delta, softmax_cross_entropy_grad
from dlref.init import he_normal, xavier_normal
from dlref.optim import MomentumSGD

language = "en"

# %% [markdown] lang="ja"
# ## 七つの関数、四つの初期値 { #choices }
#
# 逆伝播には、活性化関数の傾きも要る。GELU の傾きだけは、式を書かずに差分で近似した。
#
# 初期値は、Xavier 初期化 {eq:xavier-init}、He 初期化 {eq:he-init}、そして何も考えずに選んだ二つ、標準偏差 0.01 と 1 の正規分布である。隠れ層の幅はどれも 32 なので、Xavier 初期化と He 初期化の標準偏差は、隠れ層の間では 0.18 と 0.25 になる。どちらも、考えずに選んだ二つの間にある。

# %% [markdown] lang="en"
# ## Seven functions, four kinds of initial weights { #choices }
#
# A backward pass needs the slope of the activation function as well. That of GELU is approximated by a difference; all others are written out.
#
# Initial weights come from Xavier initialization {eq:xavier-init}, from He initialization {eq:he-init}, and from two normal distributions chosen without much thought, with standard deviations 0.01 and 1. All hidden layers have 32 units, so that the standard deviations of Xavier and He initialization between them are 0.18 and 0.25: both lie between the two thoughtless ones.


# %%
def gelu_grad(a, h=0.01):
    """Slope of the GELU: a central difference, right to four digits."""
    above, below = gelu(np.stack([a + h, a - h]))
    return (above - below) / (2 * h)


ACTIVATIONS = {
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, lambda a: 1 - tanh(a) ** 2),
    "ReLU": (relu, relu_grad),
    "Leaky ReLU": (leaky_relu, lambda a: relu_grad(a) + 0.01 * relu_grad(-a)),
    "ELU": (elu, lambda a: 1 + elu(-relu(-a))),  # 1 where a > 0, and the exponential of a elsewhere
    "Swish": (swish, lambda a: sigmoid(a) + a * sigmoid_grad(a)),
    "GELU": (gelu, gelu_grad),
}
INITS = {
    "0.01": lambda n_in, n_out, rng: 0.01 * rng.standard_normal((n_out, n_in)),
    "1": lambda n_in, n_out, rng: rng.standard_normal((n_out, n_in)),
    "Xavier": xavier_normal,
    "He": he_normal,
}


def digits(seed):
    """1000 images, drawn at random, of mean 0 and standard deviation 1 over all pixels; their labels."""
    x, y = load_digits(return_X_y=True)
    chosen = np.random.default_rng(seed).permutation(len(x))[:1000]
    x = x[chosen].astype(np.float32)
    return (x - x.mean()) / x.std(), y[chosen]


def network(activation, init, depth, rng):
    """A network of so many hidden layers of 32 units; biases begin at 0."""
    sizes = [64, *[32] * depth, 10]
    draw = INITS[init]
    weights = [draw(n_in=n, n_out=m, rng=rng).astype(np.float32) for n, m in zip(sizes, sizes[1:])]
    phi, slope = ACTIVATIONS[activation]
    return MLP(weights, [np.zeros(m, dtype=np.float32) for m in sizes[1:]], phi=phi, slope=slope)


# %% [markdown] lang="ja"
# ## 学習を始める前に { #start }
#
# 隠れ層が 20 ある、まだ何も学んでいないネットワークに、1000 枚の画像を通す。各層で二つのものを測る。一つは、ユニットの出力が画像によってどれだけ違うか（標準偏差）である。これが 0 なら、その層から先は画像を見分けられない。もう一つは、損失の勾配の長さである。

# %% [markdown] lang="en"
# ## Before training { #start }
#
# We send 1000 images through networks with 20 hidden layers that have learned nothing yet, and measure two things at each layer. One is how much the output of a unit differs from image to image (its standard deviation). Where it is 0, no later layer can tell the images apart. The other is the length of the gradient of the loss.


# %%
def signals(seed, activation, init, depth):
    """By layer, from the input on: spread of the outputs over the images, and length of the gradient there, both means."""
    x, y = digits(seed)
    mlp = network(activation, init, depth, np.random.default_rng(seed))
    delta = softmax_cross_entropy_grad(y, mlp.forward(x))
    grad = hidden_delta(mlp.weights[-1], delta, 1.0)
    lengths = gradient_norms_by_depth(mlp.phi, mlp.slope, mlp.weights[:-1], x, grad)
    return np.array([h.std(axis=0).mean() for h in mlp.h_[:-1]]), lengths.mean(axis=0)


# %% tags=["compute"]
PAIRS = [("sigmoid", "Xavier"), ("tanh", "Xavier"), ("ReLU", "Xavier"), ("ReLU", "He")]
found = [signals(0, *pair, depth=20) for pair in PAIRS]
for pair, (spread, length) in zip(PAIRS, found):
    print(f"{' + '.join(pair)}: spread in layer 20 {spread[-1]:.1e}, gradient at the input, of that in layer 20, {length[0] / length[-1]:.1e}")

# %% tags=["figure"] alt_ja="二つのグラフ。横軸は 0 から 20 までの層、縦軸は対数目盛りである。上は出力の違い、下は勾配の長さ。tanh と Xavier 初期化、ReLU と He 初期化では、どちらもゆるやかにしか変わらない。ReLU と Xavier 初期化では、一定の割合で小さくなる。シグモイドと Xavier 初期化では、はるかに急に小さくなる。" alt_en="Two graphs over the layers 0 to 20, with logarithmic scales: the spread of the outputs above, the length of the gradient below. For tanh with Xavier and ReLU with He initialization both change little. For ReLU with Xavier initialization they fall at a constant rate, and for sigmoid with Xavier initialization far more steeply."
titles = {"en": ["How much outputs differ between images", "Length of the gradient"], "ja": ["画像による出力の違い", "勾配の長さ"]}[language]
ticks = [{1: "1", 1e-2: "10⁻²", 1e-4: "10⁻⁴"}, {1: "1", 1e-4: "10⁻⁴", 1e-8: "10⁻⁸", 1e-12: "10⁻¹²"}]
figure, panels = plt.subplots(2, 1, figsize=(5, 6.4), sharex=True)
for panel, title, labels, curves in zip(panels, titles, ticks, zip(*found)):
    for pair, curve in zip(PAIRS, curves):
        panel.plot(curve, label=" + ".join(pair))
    panel.set_yscale("log")
    panel.set_yticks(list(labels), labels.values())
    panel.minorticks_off()
    panel.set_title(title)
panels[-1].set_xticks([0, 5, 10, 15, 20])
panels[-1].set_xlabel({"en": "layer (0: input)", "ja": "層（0 は入力）"}[language])
panels[-1].legend(loc="lower right")
plt.show()

# %% [markdown] lang="ja"
# 順方向では左から右へ、逆方向では右から左へ読む。シグモイドでは、どの画像の出力もほとんど同じになり、勾配も途中で消える。傾きは最大でも 0.25 で、Xavier 初期化がそれを補わないからである。
#
# ReLU は二乗の平均を半分にする。Xavier 初期化はその分を補わないので、画像による違いも勾配も、層を通るたびに小さくなる。He 初期化は重みの分散を 2 倍にして補う。わずか $\sqrt{2}$ 倍の違いだが、20 層では $2^{10}$、およそ千倍になる。
#
# ## 深さごとに学習させる { #training }
#
# では学習させよう。50 枚ずつのミニバッチで、モメンタム {eq:momentum-sgd} を 100 歩進める。学習率は、ほかの種で試して多くの組み合わせに合った 0.01 に固定する。

# %% [markdown] lang="en"
# Read the forward pass from left to right, the backward pass from right to left. With the sigmoid all images come to give almost the same output, and the gradient fades away on its way back: the slope is 0.25 at most, and Xavier initialization does not make up for that.
#
# ReLU halves the mean square. Xavier initialization does not make up for this either, so the differences between images and the gradient shrink from layer to layer. He initialization does, by doubling the variance of the weights. A factor of only $\sqrt{2}$ to the weights becomes $2^{10}$, about a thousand, in 20 layers.
#
# ## Training at each depth { #training }
#
# Now they are trained, with momentum {eq:momentum-sgd}, by 100 steps on mini-batches of 50 images. The learning rate is 0.01, which suited most of them in trials with other seeds.


# %%
def train(seed, activation, init, depth, *, eta=0.01, steps=100):
    """Accuracy on the training data in the end."""
    x, y = digits(seed)
    rng = np.random.default_rng(seed)
    mlp = network(activation, init, depth, rng)
    optimizers = [MomentumSGD(eta=eta) for _ in range(2 * len(mlp.weights))]
    for _ in range(steps):
        batch = rng.integers(len(x), size=50)
        scores = mlp.forward(x[batch])
        if not np.isfinite(scores).all():  # it has diverged
            break
        weights, biases = mlp.backward(softmax_cross_entropy_grad(y[batch], scores) / len(batch))
        for_weights, for_biases = optimizers[: len(weights)], optimizers[len(weights) :]
        mlp.weights = [optimizer.step(w, grad) for optimizer, w, grad in zip(for_weights, mlp.weights, weights)]
        mlp.biases = [optimizer.step(b, grad) for optimizer, b, grad in zip(for_biases, mlp.biases, biases)]
    return float((mlp.forward(x).argmax(axis=1) == y).mean())


# %% tags=["compute"]
DEPTHS = [2, 5, 12]
accuracies = {
    init: np.array([[train(0, activation, init, depth) for depth in DEPTHS] for activation in ACTIVATIONS])
    for init in tqdm(INITS, desc="initial weights", disable=None)
}
for init, table in accuracies.items():
    learned = (table > 0.5).sum(axis=0)
    print(f"initial weights {init}: activation functions of 7 that get more than half right, at depths {DEPTHS}: {learned.tolist()}")

# %% tags=["figure"] alt_ja="四つの表。行は七つの活性化関数、列は隠れ層の数 2、5、12、欄は訓練データの正解率である。標準偏差 0.01 ではどの欄も 10% 前後で、標準偏差 1 では浅いところだけ学習できる。Xavier 初期化では tanh と ELU が、He 初期化ではシグモイドのほかが、深いところまで学習できる。" alt_en="Four tables of the accuracy on the training data: seven activation functions in rows, 2, 5 and 12 hidden layers in columns. With standard deviation 0.01 all are near 10%; with standard deviation 1 only shallow networks learn. With Xavier initialization tanh and ELU learn at great depth, with He initialization all but the sigmoid do at 5 layers."
names = {"en": ["std. deviation 0.01", "std. deviation 1", "Xavier", "He"], "ja": ["標準偏差 0.01", "標準偏差 1", "Xavier 初期化", "He 初期化"]}[language]
figure, panels = plt.subplots(2, 2, figsize=(5, 6.6), sharex=True, sharey=True)
for panel, name, table in zip(panels.flat, names, accuracies.values()):
    for (row, column), accuracy in np.ndenumerate(table):
        panel.bar(column, 0.94, 0.94, bottom=row - 0.47, color="C0", alpha=0.6 * accuracy, linewidth=0)
        panel.text(column, row, f"{100 * accuracy:.0f}", ha="center", va="center")
    panel.set_title(name)
    panel.set_xticks(range(len(DEPTHS)), DEPTHS)
    panel.set_yticks(range(len(ACTIVATIONS)), list(ACTIVATIONS))
    panel.tick_params(length=0)
    panel.grid(False)
    panel.spines[:].set_visible(False)
panels[0, 0].invert_yaxis()
for panel in panels[1]:
    panel.set_xlabel({"en": "hidden layers", "ja": "隠れ層の数"}[language])
plt.show()

# %% [markdown] lang="ja"
# 欄の数字は訓練データの正解率（%）で、10 前後なら、でたらめに答えるのと変わらない。
#
# 標準偏差 0.01 では、二層でさえ動き出さない。標準偏差 1 では、浅ければ学習できるものもあるが、深くなると、ReLU の仲間は発散し、シグモイドと tanh は飽和する。考えて選んだ二つでは、He 初期化が ReLU とその仲間を深いところまで運ぶ。tanh は Xavier 初期化だけで足りる。シグモイドは、五層になると、どちらを使っても学習が進まない。
#
# 学習率が合っていないだけではないのか。それを確かめるため、三つの学習率で 3 倍の 300 歩を学習させ、最も良いものを選ぶ。

# %% [markdown] lang="en"
# The numbers are percentages of right answers on the training data. Near 10, a network does no better than guessing.
#
# With standard deviation 0.01 not even two layers get going. With standard deviation 1 some of the shallow networks learn; deeper ones with ReLU and its relatives diverge, and those with sigmoid and tanh saturate. Of the two that were chosen with thought, He initialization carries ReLU and its relatives to greater depths. For tanh, Xavier initialization is all it takes. The sigmoid makes no progress with either of them once there are five layers.
#
# Could it be that the learning rate is just not the right one? To find out, we train for three times as many steps, with three learning rates, and take the best.


# %%
def best(seed, activation, init, depth):
    """The best accuracy over three learning rates."""
    return max(train(seed, activation, init, depth, eta=eta, steps=300) for eta in (0.003, 0.01, 0.03))


# %% [markdown] lang="ja"
# 結果はページの終わりにあり、差は残る。ただし、これは関数の優劣を決める実験ではない。幅が 32 のネットワークを短く学習させただけで、{sec:optimization-difficulties} のバッチ正規化も、{sec:skip-background} の残差接続も使っていない。それらがあれば、ここで止まったものの多くが動き出す。分かるのは、関数と初期値は組で選ぶものだということである。
#
# ## 主張 { #claims }
#
# `measure` は、組み合わせの良いほうの値を返す。`baseline=True` では、活性化関数か初期値の一方だけを取り替える。

# %% [markdown] lang="en"
# The results stand at the end of the page: the differences remain. But this is no contest of functions. The networks are 32 units wide and were trained for a short time, without the batch normalization of {sec:optimization-difficulties} and without the residual connections of {sec:skip-background}, with which many that are stuck here would get going. What it shows is that an activation function and the initial weights have to be chosen as a pair.
#
# ## The claims { #claims }
#
# `measure` returns the values of pairs that fit. With `baseline=True` one half of each pair is replaced: the activation function, or the initial weights.


# %%
def measure(seed, *, baseline=False):
    """Accuracies at depth, and how much of the gradient comes back through 20 layers."""
    _, lengths = signals(seed, "ReLU", "Xavier" if baseline else "He", 20)
    return {
        "activation": best(seed, "sigmoid" if baseline else "tanh", "Xavier", 10),
        "initialization": best(seed, "ReLU", "Xavier" if baseline else "He", 20),
        "gradient": lengths[0] / lengths[-1],
    }


# %% tags=["compute"]
control = measure(0, baseline=True)
for name, value in measure(0).items():
    print(f"{name}: {value:.3f}, with the baseline {control[name]:.3f}")
