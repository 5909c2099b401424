# %% [markdown] lang="ja"
# # 深さとスキップ接続 { #experiment-skip-connections }
#
# 層を増やすと、訓練誤差まで悪くなる。{sec:skip-background} で述べたこの劣化問題を、手書き数字で起こしてみる。比べるのは、ふつうのネットワーク、残差接続のあるネットワーク、すべての層をつなぐネットワーク（{sec:densenet}）の三つである。順伝播も損失も `dlref` の関数をテンソルに使い、勾配は PyTorch の自動微分で求める。
#
# 測るのは**訓練データの損失**である。これが深さとともに増えるなら、過学習のせいではない。

# %% [markdown] lang="en"
# # Depth and Skip Connections { #experiment-skip-connections }
#
# With more layers, even the error on the training data gets worse. Here we bring about this degradation, of which {sec:skip-background} tells, on handwritten digits. We compare three kinds of networks: plain ones, ones with residual connections, and ones in which every layer is connected to all before it ({sec:densenet}). Forward passes and losses are functions of `dlref`, called with tensors; PyTorch's autograd supplies the gradients.
#
# What we measure is the **loss on the training data**. If it grows with depth, overfitting is not the reason.

# %%
from functools import lru_cache
from math import prod

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from tqdm import tqdm

from dlref.activations import relu, softmax
from dlref.backprop import dense
from dlref.init import he_normal, xavier_normal
from dlref.losses import cross_entropy
from dlref.norm import batch_norm, layer_norm
from dlref.optim import MomentumSGD
from dlref.skip import dense_block, plain, residual

language = "en"

# %% [markdown] lang="ja"
# ## 三つのネットワーク { #networks }
#
# 残差接続のあるネットワークは、残差ブロック {eq:residual-block} を、畳み込みの代わりに幅 32 の全結合層で作ったものである。一つのブロックに層が二つあり、どちらにもバッチ正規化が付く。ふつうのネットワークは、同じブロックから足し算 {eq:residual-connection} だけを除いたものである。パラメータの数も初期値も変わらない。
#
# すべての層をつなぐネットワークは Dense ブロック一つでできていて、各層 {eq:densenet-layer} が 8 個の出力を加えていく。どのネットワークにも、前に画像を幅 32 に写す層、後ろに 10 個のスコアを出す層がある。下で「層の数」と呼ぶのは、その間の層の数である。

# %% [markdown] lang="en"
# ## Three networks { #networks }
#
# The residual network is made of the residual block {eq:residual-block}, with fully connected layers of 32 units in the place of convolutions. A block has two layers, each followed by batch normalization. The plain network is the same without the addition {eq:residual-connection}: it has as many parameters, and the same initial values.
#
# The densely connected network is one dense block, to which each layer {eq:densenet-layer} adds 8 outputs. Each network has a layer in front, which takes the image to a width of 32, and one at the end for the 10 scores. What we call the number of layers below is that of the layers in between.

# %%
WIDTH, GROWTH = 32, 8


def digits(seed):
    """1000 images, drawn at random, of mean 0 and standard deviation 1 over all pixels; their labels."""
    x, y = load_digits(return_X_y=True)
    chosen = np.random.default_rng(seed).permutation(len(x))[:1000]
    x = torch.tensor(x[chosen], dtype=torch.float32)
    return (x - x.mean()) / x.std(), torch.tensor(y[chosen])


def shapes(kind, layers):
    """Shapes of the weights, and numbers of channels that the normalizations see."""
    if kind == "dense":
        seen = [WIDTH + GROWTH * layer for layer in range(layers + 1)]
        return [(WIDTH, 64), *[(GROWTH, n) for n in seen[:-1]], (10, seen[-1])], seen[:-1]
    return [(WIDTH, 64), *[(WIDTH, WIDTH)] * layers, (10, WIDTH)], [WIDTH] * layers


def initial(kind, layers, seed, draw=he_normal):
    """All parameters in one vector: weights, then scales of 1 and shifts of 0."""
    rng = np.random.default_rng(seed)
    weights, channels = shapes(kind, layers)
    drawn = [draw(n_in=n, n_out=m, rng=rng).ravel() for m, n in weights]
    return torch.tensor(np.concatenate([*drawn, np.ones(sum(channels)), np.zeros(sum(channels))]), dtype=torch.float32)


def scores(kind, layers, theta, x, *, norm=batch_norm, without=None):
    """Scores of the classes, and what goes into and comes out of each block; ``without``: a block that is left out."""
    weights, channels = shapes(kind, layers)
    every = [*weights, *[(n,) for n in channels] * 2]
    parts = [part.reshape(shape) for part, shape in zip(theta.split([prod(shape) for shape in every]), every)]
    first, *inner, last = parts[: layers + 2]
    gammas, betas = parts[layers + 2 : 2 * layers + 2], parts[2 * layers + 2 :]

    def linear(h, w):
        # A shift follows in the normalization
        return dense(h, w, torch.zeros(len(w)))

    def dense_part(h, l):
        return linear(relu(norm(h, gammas[l], betas[l])), inner[l])

    def block(h, l):
        h = relu(norm(linear(h, inner[l]), gammas[l], betas[l]))
        return norm(linear(h, inner[l + 1]), gammas[l + 1], betas[l + 1])

    if kind == "dense":
        h = linear(x, first)
        return linear(relu(dense_block([lambda h, l=l: dense_part(h, l) for l in range(layers)], h)), last), []
    connection = {"plain": plain, "residual": residual}[kind]
    hs = [relu(linear(x, first))]
    for l in range(0, layers, 2):
        if l != without:
            hs.append(relu(connection(lambda h: block(h, l), hs[-1])))
    return linear(hs[-1], last), hs


def loss(kind, layers, theta, x, y, **options):
    """Mean cross-entropy; the normalizations use the statistics of the images given."""
    return cross_entropy(y, softmax(scores(kind, layers, theta, x, **options)[0])).mean()


@lru_cache(maxsize=None)
def train(seed, kind, layers, *, norm=batch_norm, eta=0.02, steps=100):
    """Parameters after training."""
    x, y = digits(seed)
    rng = np.random.default_rng(seed)
    theta, optimizer = initial(kind, layers, seed), MomentumSGD(eta=eta)
    for _ in range(steps):
        batch = torch.tensor(rng.integers(len(x), size=100))
        theta.requires_grad_()
        (grad,) = torch.autograd.grad(loss(kind, layers, theta, x[batch], y[batch], norm=norm), theta)
        theta = optimizer.step(theta.detach(), grad)
    return theta


# %% [markdown] lang="ja"
# ## 劣化を起こす { #degradation }
#
# 三つとも、同じ画像、同じ順序のミニバッチで、モメンタム {eq:momentum-sgd} を 100 歩進める。

# %% [markdown] lang="en"
# ## Degradation { #degradation }
#
# All three see the same images in the same mini-batches, and take 100 steps with momentum {eq:momentum-sgd}.

# %% tags=["compute"]
LAYERS = [2, 4, 8, 16, 32]
KINDS = ["plain", "residual", "dense"]
x, y = digits(0)
losses = {kind: [float(loss(kind, layers, train(0, kind, layers), x, y)) for layers in LAYERS] for kind in tqdm(KINDS, disable=None)}
for kind, values in losses.items():
    print(f"{kind}: " + ", ".join(f"{layers} layers {value:.3f}" for layers, value in zip(LAYERS, values)))

# %% tags=["figure"] alt_ja="層の数に対する訓練データの損失。ふつうのネットワークでは 8 層まで変わらず、そこから 32 層まで急に増える。残差接続のあるものと、すべての層をつなぐものでは、32 層まで小さいままである。" alt_en="The loss on the training data against the number of layers. That of plain networks stays the same up to 8 layers and rises steeply from there to 32. Those of residual and of densely connected networks stay small up to 32."
names = {"en": ["plain", "residual", "densely connected"], "ja": ["ふつう", "残差接続", "すべてをつなぐ"]}[language]
figure, panel = plt.subplots(figsize=(5, 3.6))
for name, values in zip(names, losses.values()):
    panel.plot(LAYERS, values, label=name)
panel.set_xscale("log")
panel.set_yscale("log")
panel.set_xticks(LAYERS, LAYERS)
panel.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
panel.minorticks_off()
panel.set_xlabel({"en": "layers", "ja": "層の数"}[language])
panel.set_title({"en": "Loss on the training data", "ja": "訓練データの損失"}[language])
panel.legend(loc="upper left")
plt.show()

# %% [markdown] lang="ja"
# ふつうのネットワークでは、8 層を過ぎると、深くするほど訓練データの損失が大きくなる。32 層のネットワークは、2 層のネットワークにできることを、余った層を恒等写像にすれば何でもできるはずである。それでも、そこへたどり着かない。足し算を一つ加えただけのネットワークは、32 層でも問題なく学習する。連結でつないだものも同じである。
#
# ## 勾配は消えているのか { #gradients }
#
# 犯人は勾配消失だろうか。学習を始める前のネットワークで、各ブロックに届く勾配の長さを測る。比べるために、バッチ正規化を層正規化 {eq:layer-normalization} に取り替えたふつうのネットワークも加える。

# %% [markdown] lang="en"
# Beyond 8 layers, the deeper a plain network, the greater its loss on the training data. A network of 32 layers could do whatever one of 2 layers can, if only its other layers became identity mappings; but training does not get there. With a mere addition, 32 layers are trained without trouble. So they are when layers are connected by concatenation.
#
# ## Do gradients vanish? { #gradients }
#
# Are vanishing gradients to blame? We measure the length of the gradient that reaches each block before training. For comparison there is one more plain network, with layer normalization {eq:layer-normalization} in the place of batch normalization.


# %%
def gradient_lengths(seed, kind, *, norm=batch_norm, draw=he_normal, layers=32):
    """Lengths of the gradient of the loss in front of each block and behind the last, before training."""
    x, y = digits(seed)
    theta = initial(kind, layers, seed, draw).requires_grad_()
    z, hs = scores(kind, layers, theta, x, norm=norm)
    grads = torch.autograd.grad(cross_entropy(y, softmax(z)).mean(), hs)
    return np.array([float(grad.norm()) for grad in grads])


# %% tags=["compute"]
lengths = {"plain": gradient_lengths(0, "plain"), "residual": gradient_lengths(0, "residual"), "plain, layer norm": gradient_lengths(0, "plain", norm=layer_norm)}
for name, values in lengths.items():
    print(f"{name}: the gradient in front of the first block is {values[0] / values[-1]:.2g} times that behind the last")
stuck = loss("plain", 32, train(0, "plain", 32, norm=layer_norm), x, y, norm=layer_norm)
print(f"plain, layer norm: loss after training {float(stuck):.2f}")

# %% tags=["figure"] alt_ja="ブロックの番号に対する勾配の長さ。縦軸は対数目盛りである。バッチ正規化のあるふつうのネットワークでは、入力に近いほど大きく、数百倍になる。残差接続では数十倍にとどまる。層正規化のあるふつうのネットワークでは、あまり変わらない。" alt_en="The length of the gradient against the number of the block, with a logarithmic scale. In the plain network with batch normalization it grows towards the input, by a factor of hundreds; with residual connections by tens; in the plain network with layer normalization it changes little."
names = {
    "en": ["plain, batch norm", "residual, batch norm", "plain, layer norm"],
    "ja": ["ふつう、バッチ正規化", "残差接続、バッチ正規化", "ふつう、層正規化"],
}[language]
figure, panel = plt.subplots(figsize=(5, 3.6))
for name, values in zip(names, lengths.values()):
    panel.plot(values, label=name)
panel.set_yscale("log")
panel.set_xticks([0, 4, 8, 12, 16])
panel.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
panel.minorticks_off()
panel.set_xlabel({"en": "behind block (0: before the first)", "ja": "ブロックの番号（0 は最初の前）"}[language])
panel.set_title({"en": "Length of the gradient", "ja": "勾配の長さ"}[language])
panel.legend(loc="upper right")
plt.show()

# %% [markdown] lang="ja"
# どのネットワークでも、勾配は消えていない。バッチ正規化のあるふつうのネットワークでは、逆に入力に近いほど大きい。では大きすぎるのがいけないのかというと、それだけでもない。層正規化に替えると、勾配の長さは 32 層を通して数倍の範囲に収まるのに、学習はまったく進まない。損失は、でたらめに答えるときの $\log 10 \approx 2.30$ のあたりにとどまる。長さが健全でも、劣化は起きる。{sec:skip-background} が、勾配の長さだけでなく向きを問題にしたのは、このためである。
#
# ## ブロックを抜いてみる { #removal }
#
# 残差接続の積 $(I + J_1)(I + J_2) \cdots (I + J_n)$ を展開すると、{sec:skip-background} で見たとおり、ブロックを通るか飛び越すかの $2^n$ 本の経路になる。ブロックを一つ抜いても、経路の半分は残る。それなら、学習を終えたネットワークから一つ抜いても、答えはあまり変わらないはずである。16 層、つまり八つのブロックで確かめよう。ふつうのネットワークでも、抜いたブロックの前の出力をそのまま次に渡す。

# %% [markdown] lang="en"
# In none of them does the gradient vanish. In the plain network with batch normalization it even grows towards the input. Is it too long, then? That is not all. With layer normalization its length stays within a factor of a few through 32 layers, and yet training makes no progress at all: the loss stays near $\log 10 \approx 2.30$, that of a blind guess. Networks degrade with gradients of sound length, too. That is why {sec:skip-background} looks at the direction of gradients, and not at their length alone.
#
# ## Blocks removed { #removal }
#
# Expand the product $(I + J_1)(I + J_2) \cdots (I + J_n)$ of {sec:skip-background}, and there are $2^n$ paths, each going through a block or past it. Without one of the blocks, half of the paths are left. So a network that has been trained should not suffer much if a block is taken out. We try it with 16 layers, which are eight blocks. In the plain network, too, what came before the block is handed on as it is.


# %%
def accuracies_without(seed, kind, layers=16):
    """Accuracy on the training data, of the whole network and without each of its blocks."""
    x, y = digits(seed)
    theta = train(seed, kind, layers)
    found = [scores(kind, layers, theta, x, without=block)[0].argmax(dim=1) == y for block in [None, *range(0, layers, 2)]]
    return np.array([float(right.float().mean()) for right in found])


# %% tags=["compute"]
removed = {kind: accuracies_without(0, kind) for kind in ("plain", "residual")}
for kind, (whole, *rest) in removed.items():
    print(f"{kind}: whole {whole:.0%}, without one block {min(rest):.0%} to {max(rest):.0%}")

# %% tags=["figure"] alt_ja="抜いたブロックの番号に対する訓練データの正解率。残差接続では、どれを抜いても 9 割ほどか、それより高い。ふつうのネットワークでは、どれを抜いても 3 割に届かない。" alt_en="Accuracy on the training data against the block that is removed. With residual connections it stays at about 90% or above whichever is removed; that of the plain network falls below 30% with each of them."
names = {"en": ["plain", "residual"], "ja": ["ふつう", "残差接続"]}[language]
figure, panel = plt.subplots(figsize=(5, 3.2))
for shift, name, values in zip((-0.2, 0.2), names, removed.values()):
    panel.bar(np.arange(len(values)) + shift, 100 * values, width=0.38, label=name, linewidth=0)
panel.set_xticks(range(9), [{"en": "none", "ja": "なし"}[language], *range(1, 9)])
panel.set_ylim(0, 130)
panel.set_yticks([0, 50, 100])
panel.set_xlabel({"en": "block removed", "ja": "抜いたブロック"}[language])
panel.set_title({"en": "Accuracy on the training data (%)", "ja": "訓練データの正解率（%）"}[language])
panel.legend(ncols=2, loc="upper right")
plt.show()

# %% [markdown] lang="ja"
# 残差接続のあるネットワークは、浅いネットワークをいくつも束ねたもののようにふるまう。ふつうのネットワークは鎖であり、どの一つを抜いても切れてしまう。
#
# 限界もある。小さな画像、全結合層、100 歩だけの学習である。もっと長く学習させれば、ふつうのネットワークも追いつくかもしれない。ここで示したのは、同じ手間をかけたときの差である。また、訓練データの損失だけを見ているので、深いほどテストで良くなるとは言えない（{sec:resnet}）。
#
# ## 主張 { #claims }
#
# `measure` は、次のものを返す。ふつうのネットワークを 4 層から 32 層にしたときに増える損失、32 層での残差接続と連結の正解率、層正規化のあるふつうのネットワークの勾配の比、ブロックを一つ抜いた後の正解率の平均。`baseline=True` では、残差接続とふつうのネットワークを入れ替える。勾配の比では、正規化をやめて Xavier 初期化にする。

# %% [markdown] lang="en"
# A residual network behaves like many shallow networks bundled together. A plain one is a chain, which breaks whichever link is taken out.
#
# There are limits. The images are small, the layers fully connected, and training is 100 steps. With longer training plain networks might catch up: what is shown here is the difference for equal effort. And since only the loss on the training data is looked at, nothing says that deeper networks do better in the test ({sec:resnet}).
#
# ## The claims { #claims }
#
# `measure` returns by how much the loss of a plain network grows from 4 layers to 32, the accuracies of 32 layers with residual connections and with concatenation, the ratio of gradients in the plain network with layer normalization, and the mean accuracy with one block removed. With `baseline=True`, plain networks and skip connections change places; for the ratio of gradients, there is no normalization, and Xavier initialization.


# %%
def measure(seed, *, baseline=False):
    """What depth does to plain networks, what skip connections do about it, gradients, and blocks removed."""
    x, y = digits(seed)

    def final(kind, layers):
        return float(loss(kind, layers, train(seed, kind, layers), x, y))

    def accuracy(kind):
        return float((scores(kind, 32, train(seed, kind, 32), x)[0].argmax(dim=1) == y).float().mean())

    kind = "residual" if baseline else "plain"
    bare = {"norm": lambda h, gamma, beta: h, "draw": xavier_normal}
    lengths = gradient_lengths(seed, "plain", **(bare if baseline else {"norm": layer_norm}))
    return {
        "degradation": final(kind, 32) - final(kind, 4),
        "residual": accuracy("plain" if baseline else "residual"),
        "dense": accuracy("plain" if baseline else "dense"),
        "gradient": lengths[0] / lengths[-1],
        "removal": accuracies_without(seed, "plain" if baseline else "residual")[1:].mean(),
    }


# %% tags=["compute"]
control = measure(0, baseline=True)
for name, value in measure(0).items():
    print(f"{name}: {value:.3g}, with the baseline {control[name]:.3g}")
