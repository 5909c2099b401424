# %% [markdown] lang="ja"
# # 最適化手法を競わせる { #experiment-optimizers }
#
# 同じネットワーク、同じデータ、同じ初期値で、最適化手法だけを替えて学習させる。ネットワークは隠れ層が一つの多層パーセプトロンで、データは scikit-learn に付属する 8×8 画素の手書き数字である。勾配は {sec:backpropagation}の逆伝播をそのまま並べた [`MLP`][dlref.backprop.MLP] が求める。
#
# 手法の優劣は学習率で変わる。同じ学習率で比べても、どちらの学習率がたまたま合っていたかを比べることにしかならない。そこで、どの手法も学習率を 15 通り試し、手法ごとに最も良いもので比べる。

# %% [markdown] lang="en"
# # Optimizers, Raced { #experiment-optimizers }
#
# One network, one data set, one start, and only the optimizer changes. The network is a multilayer perceptron with one hidden layer; the data are handwritten digits of 8×8 pixels, which come with scikit-learn. The gradients are those of the backward pass of {sec:backpropagation}, which [`MLP`][dlref.backprop.MLP] has written out.
#
# Which optimizer is best depends on the learning rate. To compare them at one rate is to compare whom the rate happens to suit. So each of them is tried with 15 rates, and compared at its best.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

from dlref.activations import relu, relu_grad, softmax
from dlref.backprop import MLP, softmax_cross_entropy_grad
from dlref.init import he_normal
from dlref.losses import cross_entropy
from dlref.optim import AdaGrad, Adam, AdamW, GradientDescent, MomentumSGD, Nesterov, RMSProp
from dlref.optim import draw_batches, exponential_decay, linear_decay, step_decay

language = "en"

# %% [markdown] lang="ja"
# ## ネットワークと学習 { #network }
#
# 最適化手法はどれも成分ごとに計算するので、重みとバイアスを一本のベクトルにつないでおけば、一回の `step` で全部が更新される。1000 枚で学習し、残りの 797 枚でテストする。
#
# データはもう一通り用意する。画素ごとに 0.01 から 1 までの倍率を選び、その画素の値に掛けたものである。単位のばらばらな入力をそのまま使うと、このようになる。

# %% [markdown] lang="en"
# ## Network and training { #network }
#
# All of these optimizers work element by element. With the weights and biases joined to one vector, one `step` updates all of them. 1000 digits are for training, the other 797 for the test.
#
# There is a second version of the data, in which each pixel is multiplied by a factor of its own between 0.01 and 1. Inputs look like this when they are used as they are, in whatever units.


# %%
def digits(seed, *, uneven=False):
    """Images and labels for training and for the test; uneven: each pixel on a scale of its own."""
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    x, y = x[order] / 16, y[order]
    if uneven:
        x = x * 10.0 ** rng.uniform(-2, 0, size=64)
    return (x[:1000], y[:1000]), (x[1000:], y[1000:])


def start(seed):
    """The first parameters: weights of the hidden layer, its biases, weights of the output layer, its biases, in one vector."""
    rng = np.random.default_rng(seed)
    w1, w2 = he_normal(n_in=64, n_out=32, rng=rng), he_normal(n_in=32, n_out=10, rng=rng)
    return np.concatenate([w1.ravel(), np.zeros(32), w2.ravel(), np.zeros(10)])


def network(theta):
    """The network with these parameters."""
    w1, b1, w2, b2 = np.split(theta, [2048, 2080, 2400])
    return MLP([w1.reshape(32, 64), w2.reshape(10, 32)], [b1, b2], phi=relu, slope=relu_grad)


def gradient(theta, x, y):
    """Gradient of the mean cross-entropy, as one vector."""
    mlp = network(theta)
    (w1, w2), (b1, b2) = mlp.backward(softmax_cross_entropy_grad(y, mlp.forward(x)) / len(x))
    return np.concatenate([w1.ravel(), b1, w2.ravel(), b2])


def loss(theta, data):
    """Mean cross-entropy; infinite where training has run away."""
    x, y = data
    return float(cross_entropy(y, softmax(network(theta).forward(x))).mean()) if np.isfinite(theta).all() else np.inf


def accuracy(theta, data):
    """Share of the images whose digit gets the highest score."""
    x, y = data
    return float((network(theta).forward(x).argmax(axis=-1) == y).mean())


def train(seed, data, optimizer, *, epochs=5, size=50, rates=None):
    """Loss in training after each epoch, and the parameters in the end. The learning rates of all steps can be given."""
    x, y = data
    rng = np.random.default_rng(seed)
    theta, losses = start(seed), []
    rates = iter([] if rates is None else np.asarray(rates).tolist())
    for _ in range(epochs):
        for batch in draw_batches(n=len(x), batch_size=size, rng=rng):
            optimizer.eta = next(rates, optimizer.eta)
            theta = optimizer.step(theta, gradient(theta, x[batch], y[batch]))
        losses.append(loss(theta, data))
        if losses[-1] == np.inf:
            break
    return losses, theta


# %% [markdown] lang="ja"
# ## 一歩に使う枚数 { #batches }
#
# 勾配降下法の三つの形を比べる。1000 枚すべての勾配で一歩進むバッチ勾配降下法 {eq:batch-gradient}、一枚ごとに進む確率的勾配降下法 {eq:sgd-update}、50 枚ごとに進むミニバッチ勾配降下法 {eq:mini-batch-update} である。どれも一エポックで見る枚数は同じで、歩数が 1、1000、20 と違う。学習率は、それぞれ三つのうちで最も良いものである。

# %% [markdown] lang="en"
# ## How many samples a step { #batches }
#
# Gradient descent comes in three forms: batch {eq:batch-gradient}, a step with the gradient of all 1000 images; stochastic {eq:sgd-update}, a step for each image; mini-batch {eq:mini-batch-update}, a step for 50 of them. An epoch shows each of them the same images, but it has 1, 1000 or 20 steps. Each uses the best of three learning rates.

# %%
SIZES = {1000: (0.3, 1, 3), 1: (0.01, 0.03, 0.1), 50: (0.3, 0.6, 1)}


def by_size(seed, size):
    """The best of three runs of gradient descent: losses, parameters, rate."""
    data, _ = digits(seed)
    runs = [(*train(seed, data, GradientDescent(eta=eta), size=size), eta) for eta in SIZES[size]]
    return min(runs, key=lambda run: run[0][-1])


# %% tags=["compute"]
test = digits(0)[1]
races = {size: by_size(0, size) for size in tqdm(SIZES, desc="sizes of a batch", disable=None)}
print("images a step  best η   loss  accuracy in the test")
for size, (losses, theta, eta) in races.items():
    print(f"{size:13}{eta:8}{losses[-1]:7.3f}{accuracy(theta, test):22.3f}")

# %% tags=["figure"] alt_ja="エポックに対する訓練データの損失。バッチ勾配降下法の損失は 5 エポックでもほとんど下がらない。確率的勾配降下法は 1 エポックで大きく下がり、ミニバッチ勾配降下法がそれに続く。" alt_en="Loss in training against the epoch. That of batch gradient descent hardly falls in 5 epochs; that of stochastic gradient descent falls far in the first epoch, and mini-batch gradient descent follows."
names = {"en": ["batch", "stochastic", "mini-batch"], "ja": ["バッチ", "確率的", "ミニバッチ"]}[language]
figure, panel = plt.subplots(figsize=(5, 3.2))
for name, (losses, _, _) in zip(names, races.values()):
    panel.plot(range(1, 6), losses, label=name)
panel.set_yscale("log")
panel.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
panel.minorticks_off()
panel.set_xticks(range(1, 6))
panel.set_xlabel({"en": "epoch", "ja": "エポック"}[language])
panel.set_title({"en": "Loss in training", "ja": "訓練データの損失"}[language])
panel.legend(loc="center right")
plt.show()

# %% [markdown] lang="ja"
# バッチ勾配降下法は、勾配は正確でも、5 エポックで 5 歩しか進めない。確率的勾配降下法は 5000 歩進むが、計算時間も最も長い。行列の積でまとめて計算できるミニバッチは、その間をとる。以下はすべてミニバッチである。
#
# ## 学習率を変える { #rates }
#
# 七つの手法を、学習率を 0.001 から 3 まで変えながら 5 エポックずつ学習させる。5 エポック後の損失が 0.5 を下回れば、その学習率は**使える**とする。使える学習率の範囲の広さを桁で数え、これを幅と呼ぶ。学習率は一桁に四つずつ調べるので、一つが 0.25 桁にあたる。

# %% [markdown] lang="en"
# Batch gradient descent has an exact gradient, but only five steps in five epochs. Stochastic gradient descent takes 5000, and the longest to compute. Mini-batches, which are computed together as products of matrices, are a compromise. All that follows is with mini-batches.
#
# ## The learning rate { #rates }
#
# Seven optimizers learn for 5 epochs each, with rates from 0.001 to 3. A rate **works** if the loss after 5 epochs is below 0.5. How wide the range of rates is that work, we count in decades; there are four rates to a decade, so that each of them counts for 0.25.

# %%
OPTIMIZERS = {
    "gradient descent": GradientDescent,
    "momentum": MomentumSGD,
    "Nesterov": Nesterov,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
    "AdamW": AdamW,
}
RATES = 10.0 ** np.arange(-3, 0.75, 0.25)


def sweep(seed, data, make):
    """For each rate: the loss in training after 5 epochs, and the parameters."""
    runs = [train(seed, data, make(eta=eta)) for eta in RATES.tolist()]
    return np.array([losses[-1] for losses, _ in runs]), [theta for _, theta in runs]


def width(losses):
    """Decades of rates that work."""
    return 0.25 * (losses < 0.5).sum()


# %% tags=["compute"]
sweeps = {}
for uneven in (False, True):
    data, test = digits(0, uneven=uneven)
    print(f"pixels on {'different scales' if uneven else 'one scale':18}best η   loss  accuracy  width")
    for name, make in tqdm(OPTIMIZERS.items(), desc="optimizers", disable=None):
        losses, thetas = sweep(0, data, make)
        best = losses.argmin()
        sweeps[name, uneven] = losses
        print(f"  {name:26}{RATES[best]:6.3f}{losses[best]:7.3f}{accuracy(thetas[best], test):10.3f}{width(losses):7.2f}")

# %% tags=["figure"] alt_ja="学習率に対する 5 エポック後の損失を、勾配降下法、モメンタム、AdaGrad、Adam について描いた二つのグラフ。上のグラフは画素の倍率がそろったデータで、四つの谷は位置が違うだけで、深さも広さも似ている。下のグラフは倍率がばらばらなデータで、勾配降下法とモメンタムの谷は浅くなり、AdaGrad と、とりわけ Adam の谷はそれより深い。" alt_en="Two graphs of the loss after 5 epochs against the learning rate, for gradient descent, momentum, AdaGrad and Adam. Above, with pixels on one scale, four valleys lie at different places, but are alike in depth and width. Below, with pixels on different scales, the valleys of gradient descent and momentum are shallow; that of AdaGrad, and above all that of Adam, is deeper."
chosen = ["gradient descent", "momentum", "AdaGrad", "Adam"]
names = {"en": chosen, "ja": ["勾配降下法", "モメンタム", "AdaGrad", "Adam"]}[language]
titles = {"en": ["Pixels on one scale: loss", "Pixels on different scales: loss"], "ja": ["倍率のそろった画素：損失", "倍率のばらばらな画素：損失"]}[language]
figure, panels = plt.subplots(2, 1, figsize=(5, 6.4), sharex=True, sharey=True)
for panel, title, uneven in zip(panels, titles, (False, True)):
    for name, label in zip(chosen, names):
        panel.plot(RATES, sweeps[name, uneven], label=label)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    panel.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    panel.minorticks_off()
    panel.set_ylim(0.03, 4)
    panel.set_title(title)
panels[1].legend(loc="lower left")
panels[1].set_xlabel("$η$")
plt.show()

# %% [markdown] lang="ja"
# 倍率のそろった画素では、幅はどの手法も 1 桁から 2 桁ほどで、適応的な手法だけが広いわけではない。モメンタム {eq:momentum-sgd} の範囲は、勾配降下法のおよそ十分の一のところにある。同じ向きの勾配が続けば、速度は勾配の $1 / (1 - \alpha) = 10$ 倍まで育つからである。
#
# 画素の倍率がばらばらだと、差が開く。倍率の小さい画素の重みは勾配も小さいので、学習率をもっと大きくしたいのに、倍率の大きい画素の重みがそれを許さない。AdaGrad {eq:adagrad}、RMSProp {eq:rmsprop}、Adam {eq:adam} は、成分ごとに勾配の大きさで割るので、この板挟みを免れる。
#
# ## 競走 { #race }
#
# 倍率のばらばらな画素で、それぞれの最も良い学習率を使い、10 エポック学習させる。

# %% [markdown] lang="en"
# With pixels on one scale the width is one to two decades for all of them; it is not the adaptive ones only that have a wide range. That of momentum {eq:momentum-sgd} lies at about a tenth of that of gradient descent: while gradients keep their direction, the velocity grows to $1 / (1 - \alpha) = 10$ times the gradient.
#
# With pixels on different scales there are differences. The weights of the faint pixels have small gradients and need a larger rate, which the weights of the others do not allow. AdaGrad {eq:adagrad}, RMSProp {eq:rmsprop} and Adam {eq:adam} divide each component by the size of its own gradients, and are spared the dilemma.
#
# ## The race { #race }
#
# With pixels on different scales, each optimizer learns for 10 epochs at its best rate.

# %% tags=["compute"]
data, test = digits(0, uneven=True)
ranking, curves = [], {}
for name, make in tqdm(OPTIMIZERS.items(), desc="optimizers", disable=None):
    curves[name], theta = train(0, data, make(eta=float(RATES[sweeps[name, True].argmin()])), epochs=10)
    ranking.append((curves[name][-1], accuracy(theta, test), name))
print("after 10 epochs    loss  accuracy in the test")
for last, right, name in sorted(ranking):
    print(f"{name:16}{last:7.3f}{right:22.3f}")

# %% tags=["figure"] alt_ja="倍率のばらばらな画素での訓練データの損失をエポックに対して描く。上は勾配降下法、モメンタム、ネステロフ、下は AdaGrad、RMSProp、Adam、AdamW。勾配降下法が最も遅く、RMSProp、Adam、AdamW が速い。" alt_en="Loss in training against the epoch, with pixels on different scales: gradient descent, momentum and Nesterov above; AdaGrad, RMSProp, Adam and AdamW below. Gradient descent is the slowest; RMSProp, Adam and AdamW are fast."
labels = dict(zip(OPTIMIZERS, {"en": list(OPTIMIZERS), "ja": ["勾配降下法", "モメンタム", "ネステロフ", "AdaGrad", "RMSProp", "Adam", "AdamW"]}[language]))
figure, panels = plt.subplots(2, 1, figsize=(5, 6), sharex=True, sharey=True)
for k, (name, losses) in enumerate(curves.items()):
    panels[k // 3 if k < 6 else 1].plot(range(1, len(losses) + 1), losses, label=labels[name])
for panel, corner in zip(panels, ("lower left", "upper right")):
    panel.set_yscale("log")
    panel.set_yticks([0.1, 0.3, 1], ["0.1", "0.3", "1"])
    panel.minorticks_off()
    panel.legend(loc=corner)
panels[1].set_xlabel({"en": "epoch", "ja": "エポック"}[language])
panels[0].set_title({"en": "Loss in training", "ja": "訓練データの損失"}[language])
plt.show()

# %% [markdown] lang="ja"
# ## 学習率を下げていく { #schedules }
#
# 一歩に使う枚数が少ないと、勾配は大きくばらつく。学習率が大きいままでは、最小点の周りを跳ね回るだけで、近づけない。はじめは大きく、後で小さくすればよい。
#
# 倍率のそろった画素に戻り、10 枚ごとのモメンタムで 8 エポック学習させる。学習率は 0.1 から始めて、階段状 {eq:step-decay}、指数 {eq:exponential-decay}、線形 {eq:linear-decay} の三通りに下げる。一定の学習率も 0.01 から 0.1 まで四つ試し、そのうち最も良いものも描く。はじめから小さくしておけば済むのかどうかを確かめるためである。

# %% [markdown] lang="en"
# ## Rates that decay { #schedules }
#
# With few images a step, gradients spread widely. At a large rate the parameters keep jumping around a minimum and come no closer. So the rate is large at first, and small later.
#
# We go back to pixels on one scale, and let momentum learn for 8 epochs with 10 images a step. The rate starts at 0.1 and falls in three ways: in steps {eq:step-decay}, exponentially {eq:exponential-decay} and linearly {eq:linear-decay}. Four constant rates from 0.01 to 0.1 are tried as well, and the best of them is drawn: would a small rate from the beginning do as well?

# %%
TIMES = np.arange(800)
SCHEDULES = {
    "in steps": step_decay(TIMES, eta0=0.1, gamma=0.3, period=200),
    "exponential": exponential_decay(TIMES, eta0=0.1, gamma=0.02 ** (1 / 800)),
    "linear": linear_decay(TIMES, eta0=0.1, eta_tau=0.002, tau=800),
}
CONSTANT = [0.01, 0.02, 0.05, 0.1]


def scheduled(seed, rates):
    """Losses in training after each of 8 epochs with 10 images a step, and the parameters."""
    data, _ = digits(seed)
    return train(seed, data, MomentumSGD(eta=0.1), epochs=8, size=10, rates=rates)


def constant(seed):
    """The losses with each constant rate."""
    return [scheduled(seed, np.full(800, eta))[0] for eta in CONSTANT]


# %% tags=["compute"]
decays = {name: scheduled(0, rates)[0] for name, rates in tqdm(SCHEDULES.items(), desc="schedules", disable=None)}
constants = constant(0)
for eta, losses in zip(CONSTANT, constants):
    print(f"constant rate {eta:<10} loss in training {losses[-1]:.3f}")
for name, losses in decays.items():
    print(f"from 0.1, {name:14} loss in training {losses[-1]:.3f}")

# %% tags=["figure"] alt_ja="エポックに対する訓練データの損失。四本の線は絡み合いながら下がる。終わりには、線形に下げる方法の損失が最も小さく、最も良い一定の学習率がそれに続く。" alt_en="Loss in training against the epoch. Four lines fall side by side and cross. In the end the loss is smallest with linear decay; the best constant rate follows."
names = {"en": ["in steps", "exponential", "linear", "best constant rate"], "ja": ["階段状", "指数", "線形", "最も良い一定の学習率"]}[language]
figure, panel = plt.subplots(figsize=(5, 3.4))
for name, losses in zip(names, [*decays.values(), min(constants, key=lambda losses: losses[-1])]):
    panel.plot(range(1, 9), losses, label=name)
panel.set_yscale("log")
panel.set_yticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
panel.minorticks_off()
panel.set_xlabel({"en": "epoch", "ja": "エポック"}[language])
panel.set_title({"en": "Loss in training", "ja": "訓練データの損失"}[language])
panel.legend(loc="lower left")
plt.show()

# %% [markdown] lang="ja"
# 0.1 のまま下げなければ、パラメータは跳ね回り続け、損失は四つの一定の学習率のうちで最も大きい。小さな一定の学習率のなかには良いものもあるが、どれが良いかは試してみなければ分からない。0.1 から線形に下げれば、探さなくても、その最も良いものとほぼ同じか、それより良いところまで届く。
#
# ## 主張 { #claims }
#
# `measure` は主張する量を返す。`baseline=True` では、ミニバッチの代わりに全部の画像で一歩進み、Adam の代わりに勾配降下法を使い、学習率は 0.1 のまま下げない。勾配降下法の学習率も、同じ 15 通りから最も良いものを選ぶ。ここで分かるのは小さなネットワーク一つ、データ一つのことである。どの手法がいつも最も良いかは、これだけでは言えない。

# %% [markdown] lang="en"
# At a rate that stays at 0.1 the parameters keep jumping, and the loss is the largest of the four constant rates. Among the smaller ones there is a good one, but which it is, only trials can tell. Linear decay from 0.1 comes about as far as the best of them, or farther, without a search.
#
# ## The claims { #claims }
#
# `measure` returns the quantities that are claimed. With `baseline=True` a step takes all images instead of a mini-batch, gradient descent stands in for Adam, and the rate remains 0.1. The rate of gradient descent, too, is the best of the same 15. All of this is about one small network and one data set; it does not say which optimizer is always best.


# %%
def measure(seed, *, baseline=False):
    """Accuracy with mini-batches, accuracy and width with pixels on different scales, gain by a rate that decays."""
    _, theta, _ = by_size(seed, 1000 if baseline else 50)
    data, test = digits(seed, uneven=True)
    losses, thetas = sweep(seed, data, OPTIMIZERS["gradient descent" if baseline else "Adam"])
    constants = [found[-1] for found in constant(seed)]
    decayed = constants[-1] if baseline else scheduled(seed, SCHEDULES["linear"])[0][-1]
    return {
        "mini-batch": accuracy(theta, digits(seed)[1]),
        "scales": accuracy(thetas[losses.argmin()], test),
        "width": width(losses),
        "schedule": min(constants) / decayed,
    }


# %% tags=["compute"]
for name, value in measure(0).items():
    print(f"{name}: {value:.2f}")
