# %% [markdown] lang="ja"
# # 五つの生成モデルを比べる { #experiment-generative-models }
#
# {sec:generative-approaches} のモデルに同じデータを学ばせ、作られた標本を一つの物差しで測る。自己符号化器、VAE、GAN、自己回帰モデル、拡散モデルの五つである。順伝播も損失もすべて `dlref` の関数で計算し、勾配は PyTorch の自動微分で求める。
#
# データは二つある。一つは、円周上に並ぶ八つの正規分布を混ぜた平面上の分布である。どんな分布かがわかっているので、正解と見比べられる。もう一つは scikit-learn に付属する 8×8 画素の手書き数字である。
#
# ## 物差し { #metric }
#
# 標本の良し悪しは、学習に使わなかったデータとの**エネルギー距離**で測る。二つの標本を $x$、$y$ とすると、その 2 乗は $2\,\mathbb{E}\|x - y\| - \mathbb{E}\|x - x'\| - \mathbb{E}\|y - y'\|$ である（$x'$、$y'$ は同じ標本の別の点）。分布が同じなら 0 に近い。ただし標本の大きさは有限なので、データどうしでも 0 にはならない。そこで、データどうしの距離をモデルの標本の距離で割った値を**近さ**とする。本物と区別がつかない標本なら 1 の前後になり、離れているほど 0 に近づく。
#
# 手書き数字では、画像を 17 階調に丸め、訓練データの主成分のうち上位 10 個に移してから測る。画素をそのまま比べると、一画素ごとの細かな揺らぎばかりが効いて、字の形の違いが埋もれるからである。

# %% [markdown] lang="en"
# # Five Generative Models Compared { #experiment-generative-models }
#
# The models of {sec:generative-approaches} learn from the same data, and what they make is measured by one yardstick: an autoencoder, a VAE, a GAN, an autoregressive model, and a diffusion model. Every forward computation and every loss is a function of `dlref`; the gradients come from PyTorch's automatic differentiation.
#
# There are two kinds of data. One is a distribution in the plane, a mixture of eight Gaussians on a circle. Since we know it, we can see what is right and what is wrong. The other is the handwritten digits of 8×8 pixels that come with scikit-learn.
#
# ## The yardstick { #metric }
#
# Samples are judged by their **energy distance** from data that were not used in training. Its square, for two samples $x$ and $y$, is $2\,\mathbb{E}\|x - y\| - \mathbb{E}\|x - x'\| - \mathbb{E}\|y - y'\|$, where $x'$ and $y'$ are other points of the same samples. It is near 0 if the distributions are equal. As samples are finite, it is not quite 0 even between data and data. So we divide the distance between data and data by the distance of the samples, and call the result **closeness**. It is about 1 for samples that cannot be told from real data, and the nearer to 0 the farther away they are.
#
# Digits are rounded to 17 levels, and compared by their first 10 principal components, those of the training data. Compared pixel by pixel, small variations of single pixels would drown the differences in shape.

# %%
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from tqdm import tqdm

from dlref.activations import log_softmax, relu, sigmoid, softmax, tanh
from dlref.autoregressive import ancestral_sample, nll
from dlref.backprop import dense
from dlref.density import GaussianModel, sample_prior
from dlref.diffusion import ddpm_sample, simple_loss
from dlref.gan import discriminator_loss, modes_covered, non_saturating_generator_loss
from dlref.init import he_normal
from dlref.optim import Adam, linear_decay
from dlref.vae import autoencoder_loss, gaussian_elbo, reparameterize

language = "en"


# %%
class Data(NamedTuple):
    """What models learn from, and how their samples are compared with data that they have not seen."""

    x: torch.Tensor  # for training, a row each
    held_out: np.ndarray
    own: float  # how far new data are from the held-out ones
    levels: int  # of the tokens of the autoregressive model
    to_tokens: Callable
    from_tokens: Callable
    view: Callable  # of samples: the numbers that are compared
    hidden: int
    code: int


def tensor(x):
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def energy_distance(x, y):
    """How far two samples are from each other; near 0 if they have one distribution."""
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    between, within = torch.cdist(x, y).mean(), (torch.cdist(x, x).mean() + torch.cdist(y, y).mean()) / 2
    return float((2 * (between - within)) ** 0.5)


def closeness(data, samples):
    """The distance of new data from the held-out ones, divided by that of the samples: 1 for a perfect model."""
    return data.own / energy_distance(data.view(samples), data.held_out)


ANGLES = np.arange(8) * np.pi / 4
CENTERS = 1.5 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
SPREAD = 0.15
EDGES = np.linspace(-2.5, 2.5, 51)  # bins of the autoregressive model


def points(n, rng):
    """Points of the mixture."""
    return CENTERS[rng.integers(8, size=n)] + SPREAD * rng.standard_normal((n, 2))


@lru_cache
def mixture(seed):
    """The mixture of eight as data."""
    rng = np.random.default_rng(seed)
    return Data(
        x=tensor(points(5000, rng)),
        held_out=points(1000, rng),
        own=np.mean([energy_distance(points(1000, rng), points(1000, rng)) for _ in range(10)]),
        levels=50,
        to_tokens=lambda x: np.digitize(x, EDGES[1:-1]),
        from_tokens=lambda tokens: EDGES[tokens] + 0.1 * rng.random(tokens.shape),
        view=lambda x: np.asarray(x, dtype=float),
        hidden=64,
        code=2,
    )


@lru_cache
def digits(seed):
    """The digits as data: 1000 images for training, the others held out."""
    rng = np.random.default_rng(seed)
    images = rng.permutation(load_digits().data)
    mean, scale = images[:1000].mean(axis=0), images[:1000].std(axis=0).mean()
    components = np.linalg.svd(images[:1000] - mean, full_matrices=False)[2][:10]
    to_tokens = lambda x: np.digitize(np.asarray(x) * scale + mean, np.arange(16) + 0.5)
    from_tokens = lambda tokens: (tokens - mean) / scale
    view = lambda x: dense(to_tokens(x).astype(float), components, np.zeros(10))
    x = from_tokens(images)
    halves = [np.split(view(rng.permutation(x)[:1594]), 2) for _ in range(5)]
    own = np.mean([energy_distance(*pair) for pair in halves])
    return Data(tensor(x[:1000]), view(x[1000:]), own, 17, to_tokens, from_tokens, view, hidden=128, code=8)


# %% [markdown] lang="ja"
# ## 学習の道具 { #training }
#
# どのモデルも、隠れ層が二つほどの小さなネットワークで足りる。パラメータは一本のベクトルにまとめ、Adam {eq:adam} で更新する。学習率は直線的に下げる {eq:linear-decay}。

# %% [markdown] lang="en"
# ## Tools for training { #training }
#
# Small networks, of about two hidden layers, are enough for all models. Their parameters are kept as one vector, which Adam {eq:adam} moves with a learning rate that falls on a straight line {eq:linear-decay}.


# %%
def layers(sizes, rng, gain=1.0):
    """Weights and biases of a network; the weights of the last layer are multiplied by the gain."""
    parts = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        parts += [tensor(he_normal(n_in=n_in, n_out=n_out, rng=rng)), torch.zeros(n_out)]
    parts[-2] = gain * parts[-2]
    return parts


def network(parts, x, phi=relu):
    """Outputs of a network, whose hidden layers have the activation function phi."""
    *hidden, w, b = parts
    for w_hidden, b_hidden in zip(hidden[::2], hidden[1::2]):
        x = phi(dense(x, w_hidden, b_hidden))
    return dense(x, w, b)


class Learner:
    """Parameters, kept as one vector, with the optimizer that moves them. The learning rate falls to a twentieth."""

    def __init__(self, parts, *, eta, steps, beta1=0.9):
        self.shapes = [part.shape for part in parts]
        self.optimizer = Adam(eta=eta, beta1=beta1)
        self.rates = linear_decay(np.arange(steps), eta0=eta, eta_tau=eta / 20, tau=steps).tolist()
        self.set(torch.cat([part.reshape(-1) for part in parts]))

    def set(self, vector):
        self.vector = vector.requires_grad_()
        cut = vector.split([shape.numel() for shape in self.shapes])
        self.parts = [part.reshape(shape) for part, shape in zip(cut, self.shapes)]

    def step(self, loss):
        (grad,) = torch.autograd.grad(loss, self.vector)
        self.optimizer.eta = self.rates.pop(0)
        self.set(self.optimizer.step(self.vector.detach(), grad))


def learn(name, loss, parts, *, eta, steps):
    """Parameters that make a loss small."""
    learner = Learner(parts, eta=eta, steps=steps)
    for _ in tqdm(range(steps), desc=name, disable=None):
        learner.step(loss(learner.parts))
    return [part.detach() for part in learner.parts]


def drawn(x, size, rng):
    """Some rows, drawn at random."""
    return x[rng.integers(len(x), size=size)]


def noise(n, size, rng):
    """Standard normal noise, a row each."""
    return tensor(sample_prior(shape=(n, size), rng=rng))


# %% [markdown] lang="ja"
# ## 五つのモデル { #models }
#
# - **自己符号化器**は復元の損失 {eq:autoencoder-loss} だけで学ぶ。標本は、VAE と同じく $\mathcal{N}(0, \mathbf{I})$ から引いた符号を復号して作る。
# - **VAE** は下界 {eq:elbo} を大きくする。$z$ は再パラメータ化 {eq:reparameterization} で引く。標本には復号した平均を使う。
# - **GAN** は識別器と、飽和しない損失 {eq:non-saturating-loss} の生成器が、一回ずつ交代で学ぶ。
# - **自己回帰モデル**は、画像なら画素を左上から順に 17 階調の記号として、平面の点なら二つの座標を 50 の区間に分けた記号として、一つずつ当てる {eq:autoregressive-nll}。先の記号につながる重みには 0 を掛けておく。
# - **拡散モデル**は加えた雑音を当てる {eq:diffusion-loss}。標本は 50 ステップの {eq:ddpm-sampling} で作る。
#
# 比べる相手として、各成分が独立な**正規分布**も当てはめる（{sec:generative-foundations}）。

# %% [markdown] lang="en"
# ## Five models { #models }
#
# - The **autoencoder** learns from its reconstruction loss {eq:autoencoder-loss} alone. Samples are decoded from codes that are drawn as those of the VAE are, from $\mathcal{N}(0, \mathbf{I})$.
# - The **VAE** raises the bound {eq:elbo}, with $z$ drawn by reparameterization {eq:reparameterization}. Samples are the decoded means.
# - In the **GAN**, the discriminator and a generator with the loss that does not saturate {eq:non-saturating-loss} learn in turn, a step each.
# - The **autoregressive model** guesses one token after another {eq:autoregressive-nll}: the pixels of an image from the top left on, each one of 17 levels, or the two coordinates of a point, each one of 50 bins. Weights that would lead from later tokens are multiplied by 0.
# - The **diffusion model** guesses the noise that was added {eq:diffusion-loss}. Samples take 50 steps of {eq:ddpm-sampling}.
#
# To compare them with something simple, we also fit a **Gaussian** with independent entries ({sec:generative-foundations}).


# %%
@lru_cache
def autoencoder(load, seed):
    """Decoded codes: drawn as a VAE draws them, and from a Gaussian fitted to the codes of the data."""
    data, rng = load(seed), np.random.default_rng(seed)
    sizes = [data.x.shape[1], data.hidden, data.hidden, data.code]
    parts = layers(sizes, rng) + layers(sizes[::-1], rng)

    def loss(parts):
        x = drawn(data.x, 256, rng)
        return autoencoder_loss(x, network(parts[6:], network(parts[:6], x)))

    parts = learn("autoencoder", loss, parts, eta=0.005, steps=400)
    n = len(data.held_out)
    fitted = GaussianModel().fit(network(parts[:6], data.x).numpy())
    return network(parts[6:], noise(n, data.code, rng)), network(parts[6:], tensor(fitted.sample(n=n, rng=rng)))


@lru_cache
def vae(load, seed, sigma_x):
    """Decoded draws from the prior."""
    data, rng = load(seed), np.random.default_rng(seed)
    d, hidden, code = data.x.shape[1], data.hidden, data.code
    parts = layers([d, hidden, hidden, 2 * code], rng) + layers([code, hidden, hidden, d], rng, gain=0.0)

    def loss(parts):
        x = drawn(data.x, 256, rng)
        out = network(parts[:6], x)
        mu, sigma = out[:, :code], sigmoid(out[:, code:])
        z = reparameterize(mu, sigma, noise(256, code, rng))
        return -gaussian_elbo(x, network(parts[6:], z)[:, None], mu, sigma, sigma_x=sigma_x).mean()

    parts = learn("VAE", loss, parts, eta=0.01, steps=500)
    return network(parts[6:], noise(len(data.held_out), code, rng))


@lru_cache
def gan(load, seed, *, eta_d, eta_g, phi, turns=(1, 1), rounds=400):
    """Samples of the generator; turns: steps of the discriminator and steps of the generator in each round."""
    data, rng = load(seed), np.random.default_rng(seed)
    d, hidden, code = data.x.shape[1], data.hidden, data.code
    discriminator = Learner(layers([d, hidden, hidden, 1], rng), eta=eta_d, steps=rounds * turns[0], beta1=0.5)
    generator = Learner(layers([code, hidden, hidden, d], rng), eta=eta_g, steps=rounds * turns[1], beta1=0.5)
    answers = lambda x: sigmoid(network(discriminator.parts, x, phi)[:, 0])
    made = lambda n: network(generator.parts, noise(n, code, rng))
    for _ in tqdm(range(rounds), desc="GAN", disable=None):
        for _ in range(turns[0]):
            discriminator.step(discriminator_loss(answers(drawn(data.x, 128, rng)), answers(made(128).detach())))
        for _ in range(turns[1]):
            generator.step(non_saturating_generator_loss(answers(made(128))))
    return made(len(data.held_out)).detach()


@lru_cache
def autoregressive(load, seed):
    """Rows drawn token by token. Masks see to it that no weight leads from a token to itself or to an earlier one."""
    data, rng = load(seed), np.random.default_rng(seed)
    x = tensor(data.to_tokens(data.x))
    length, levels, hidden = x.shape[1], data.levels, data.hidden
    sees = 1 + np.arange(hidden) * (length - 1) // hidden  # how many tokens each hidden unit sees
    mask1 = tensor(np.arange(length) < sees[:, None])
    mask2 = tensor(np.repeat(sees <= np.arange(length)[:, None], levels, axis=0))
    scaled = lambda tokens: tokens * 2 / (levels - 1) - 1

    def loss(parts):
        w1, b1, w2, b2 = parts
        tokens = drawn(x, 256, rng)
        scores = dense(relu(dense(scaled(tokens), mask1 * w1, b1)), mask2 * w2, b2)
        return nll(tokens, log_softmax(scores.reshape(256, length, levels))).mean()

    parts = layers([length, hidden, length * levels], rng, gain=0.0)
    w1, b1, w2, b2 = learn("autoregressive model", loss, parts, eta=0.02, steps=300)

    def conditional(tokens):
        t = tokens.shape[1] - 1  # without the one that begins
        known = np.pad(scaled(tokens[:, 1:]), [(0, 0), (0, length - t)])
        place = slice(t * levels, (t + 1) * levels)
        return softmax(dense(relu(dense(tensor(known), mask1 * w1, b1)), (mask2 * w2)[place], b2[place])).numpy().astype(float)

    start = np.zeros(len(data.held_out), dtype=int)
    return data.from_tokens(ancestral_sample(conditional, length=length, start=start, rng=rng))


BETAS = tensor(np.linspace(0.002, 0.24, 50))


@lru_cache
def diffusion(load, seed, *, hidden, eta):
    """What 50 steps of DDPM make of noise."""
    data, rng = load(seed), np.random.default_rng(seed)
    d = data.x.shape[1]
    parts = [*layers([d, hidden, hidden, d], rng, gain=0.0), torch.zeros(len(BETAS) + 1, hidden)]

    def guess(parts):
        w, b, *others, times = parts
        return lambda x, t: network(others, relu(dense(x, w, b) + times[t]))

    def loss(parts):
        t = torch.as_tensor(rng.integers(1, len(BETAS) + 1, size=256))
        return simple_loss(guess(parts), drawn(data.x, 256, rng), noise(256, d, rng), t, BETAS)

    parts = learn("diffusion model", loss, parts, eta=eta, steps=800)
    return ddpm_sample(guess(parts), BETAS, BETAS**0.5, shape=(len(data.held_out), d), rng=rng)


@lru_cache
def gaussian(load, seed):
    """Samples of the Gaussian with independent entries that fits best; the little noise is for pixels that are always 0."""
    data, rng = load(seed), np.random.default_rng(seed)
    x = data.x + 0.01 * noise(*data.x.shape, rng)
    return GaussianModel().fit(x.numpy()).sample(n=len(data.held_out), rng=rng)


def models_of(load, *, sigma_x, game, chain):
    """Samples by the name of the model, for a seed; sigma_x of the VAE, settings of the GAN and of the diffusion model."""
    return {
        "Gaussian": lambda seed: gaussian(load, seed),
        "autoencoder": lambda seed: autoencoder(load, seed)[0],
        "VAE": lambda seed: vae(load, seed, sigma_x),
        "GAN": lambda seed: gan(load, seed, **game),
        "autoregressive": lambda seed: autoregressive(load, seed),
        "diffusion": lambda seed: diffusion(load, seed, **chain),
    }


MODELS = {
    mixture: models_of(mixture, sigma_x=0.2, game={"eta_d": 0.006, "eta_g": 0.003, "phi": tanh}, chain={"hidden": 64, "eta": 0.01}),
    digits: models_of(digits, sigma_x=0.9, game={"eta_d": 0.001, "eta_g": 0.001, "phi": relu}, chain={"hidden": 256, "eta": 0.003}),
}


# %% tags=["compute"]
NAMES = {
    "en": ["data", "autoencoder", "VAE", "GAN", "autoregressive", "diffusion"],
    "ja": ["データ", "自己符号化器", "VAE", "GAN", "自己回帰", "拡散"],
}
samples = {load: {name: np.asarray(model(0)) for name, model in models.items()} for load, models in MODELS.items()}
for load, made in samples.items():
    print(f"closeness to the {load.__name__}:", ", ".join(f"{name} {closeness(load(0), x):.2f}" for name, x in made.items()))
for load in MODELS:
    print(f"autoencoder of the {load.__name__}, codes from a fitted Gaussian: {closeness(load(0), autoencoder(load, 0)[1]):.2f}")

# %% tags=["figure"] alt_ja="六つの濃淡図。データは円周上の八つの塊である。自己符号化器の標本は広く散る。VAE と拡散モデルの標本は塊とそれをつなぐ橋になる。GAN の標本は塊に集まり、間に細い線が残る。自己回帰モデルの標本はデータとほとんど見分けがつかない。" alt_en="Six density maps. The data are eight clusters on a circle. Samples of the autoencoder are spread over a wide area; those of the VAE and the diffusion model form the clusters and bridges between them; those of the GAN gather at the clusters, with thin lines between; those of the autoregressive model can hardly be told from the data."
def density(panel, x, title, *, reach=2.4):
    """How many samples lie where."""
    counts = np.histogram2d(*x.T, bins=45, range=[(-reach, reach)] * 2)[0]
    panel.imshow(counts.T, interpolation="none", origin="lower", vmax=11, extent=(-reach, reach, -reach, reach))
    panel.set_title(title)
    panel.set_axis_off()


figure, panels = plt.subplots(2, 3, figsize=(5, 3.7))
for panel, name, x in zip(panels.flat, NAMES[language], [mixture(0).held_out, *list(samples[mixture].values())[1:]]):
    density(panel, x, name)
plt.show()

# %% tags=["figure"] alt_ja="手書き数字の画像が 10 枚ずつ、六段に並ぶ。データ、自己符号化器、VAE、GAN、自己回帰モデル、拡散モデル。自己符号化器の画像は数字に見えない。VAE の画像はぼやけている。" alt_en="Six rows of 10 images of digits each: data, autoencoder, VAE, GAN, autoregressive model, diffusion model. Those of the autoencoder do not look like digits; those of the VAE are blurred."
figure, panels = plt.subplots(6, 1, figsize=(5, 5.2))
shown = [digits(0).x[:10], *[x[:10] for x in list(samples[digits].values())[1:]]]
for panel, name, x in zip(panels, NAMES[language], shown):
    images = digits(0).to_tokens(x).reshape(10, 8, 8)
    panel.imshow(np.pad(images, [(0, 0), (0, 0), (1, 1)]).transpose(1, 0, 2).reshape(8, 100), vmin=0, vmax=16)
    panel.set_title(name)
    panel.set_axis_off()
plt.show()

# %% [markdown] lang="ja"
# 混合の分布では、座標ごとの確率を表で持てる自己回帰モデルがデータと見分けがつかない。GAN も値は 1 に近いが、標本は塊をつなぐ細い線の上にも並ぶ。VAE と拡散モデルにも、塊の間に橋が残る。連続な関数で一つの塊を八つに分けるのは難しいのである。
#
# 手書き数字では、この小さなネットワークと短い学習では、どれも 1 に届かない。画素を一つずつ引く自己回帰モデルが最も近く、拡散モデルが続く。VAE の画像はぼやけ、GAN は正規分布をわずかに上回るだけである。
#
# 自己符号化器では、データの符号が $\mathcal{N}(0, \mathbf{I})$ のある所に集まっていない。後から符号に正規分布を当てはめ、そこから引くと近くなり、手書き数字では VAE に並ぶ。VAE は、その手間を学習の中で済ませている。
#
# どの学習も数秒である。ここでの順位は、それぞれのモデルが大きな規模で達する順位ではない。

# %% [markdown] lang="en"
# On the mixture, samples of the autoregressive model, which can hold a table of probabilities for each coordinate, cannot be told from data. The number of the GAN is near 1 too, but its samples also lie on thin lines between the clusters. The VAE and the diffusion model leave bridges as well. It is hard for a continuous function to tear one cluster into eight.
#
# On the digits, with such small networks and so little training, no model gets to 1. The autoregressive model, which draws one pixel after another, is nearest, and the diffusion model comes next. Images of the VAE are blurred, and the GAN is only a little better than the Gaussian.
#
# The codes of the data in the autoencoder do not lie where those of $\mathcal{N}(0, \mathbf{I})$ do. If a Gaussian is fitted to them afterwards, and codes are drawn from that, samples come closer; on the digits they are as close as those of the VAE. The VAE has this step within its training.
#
# Each model learned for a few seconds. Their order here is not their order at a large scale.

# %% [markdown] lang="ja"
# ## モード崩壊を起こし、直す { #mode-collapse }
#
# GAN の生成器が、識別器よりずっと速く学ぶとどうなるか。生成器にとってよいのは、いまの識別器が本物とみなす一点にすべての標本を集めることである。識別器が追いつく前に、生成器はそこへ行ってしまう。識別器が気づくころには、次の一点へ移る。これが {term:mode-collapse} である。
#
# そこで、識別器が 5 回更新するたびに生成器を 80 回更新する。ほかはすべて上の GAN のままである。標本を 100 個作り、中心から標準偏差の 3 倍以内に標本がある塊を数える（{sec:generative-approaches} の数え方）。一回ずつの交代に戻せば直る。

# %% [markdown] lang="en"
# ## Mode collapse, provoked and repaired { #mode-collapse }
#
# What if the generator of a GAN learns much faster than the discriminator? The best thing it can do is to gather all samples where the present discriminator takes them for real. It is there before the discriminator can follow, and by the time the discriminator has noticed, the generator moves on to the next such place. This is {term:mode-collapse}.
#
# So we make 80 steps of the generator to every 5 of the discriminator, and leave all else as in the GAN above. We draw 100 samples, and count the clusters that have a sample within three standard deviations of their center, as in {sec:generative-approaches}. Going back to a step each repairs it.


# %%
def collapsed(seed):
    """The GAN of the mixture, with 80 steps of the generator to 5 of the discriminator."""
    return gan(mixture, seed, eta_d=0.006, eta_g=0.003, phi=tanh, turns=(5, 80), rounds=6)


def modes(samples):
    """How many of the eight modes 100 samples reach, within three standard deviations."""
    return int(modes_covered(np.asarray(samples[:100], dtype=float), CENTERS, radius=3 * SPREAD))


# %% tags=["compute"]
pair = [np.asarray(collapsed(0)), samples[mixture]["GAN"]]
for name, x in zip(["80 steps to 5", "a step each"], pair):
    print(f"{name}: {modes(x)} of 8 modes")

# %% tags=["figure"] alt_ja="二つの濃淡図。八つの中心に印がある。生成器だけを多く更新すると、標本は一か所に固まる。一回ずつ交代すると、八つの中心に分かれる。" alt_en="Two density maps with the eight centers marked. With many steps of the generator the samples are all in one place; with a step each they split among the eight centers."
titles = {"en": ["80 steps to 5", "a step each"], "ja": ["80 回対 5 回", "一回ずつ"]}[language]
figure, panels = plt.subplots(1, 2, figsize=(5, 2.7))
for panel, title, x in zip(panels, titles, pair):
    density(panel, x, title, reach=4)
    panel.plot(*CENTERS.T, "+", markersize=4)
plt.show()

# %% [markdown] lang="ja"
# 生成器だけを多く更新すると、標本は一か所に固まった。しかもそこは、データのある所とは限らない。識別器がまだ本物とみなしていれば、生成器にはそれで足りるからである。

# %% [markdown] lang="en"
# With many steps of the generator, the samples end up in one place. It need not even be where the data are: it is enough for the generator that the discriminator still takes the place for real.

# %% [markdown] lang="ja"
# ## 主張 { #claims }
#
# `measure` は、近さと、塊の数を返す。`baseline=True` では、VAE の代わりに自己符号化器、GAN・自己回帰モデル・拡散モデルの代わりに正規分布を使い、二つの GAN を入れ替える。

# %% [markdown] lang="en"
# ## The claims { #claims }
#
# `measure` returns closeness and numbers of clusters. With `baseline=True` the autoencoder stands in for the VAE, the Gaussian for the GAN, the autoregressive model, and the diffusion model, and the two GANs change places.


# %%
def measure(seed, *, baseline=False):
    """The closeness of each model, and modes of the GANs; the baseline is a simpler model, and the other GAN."""
    simpler = {"VAE": "autoencoder", "GAN": "Gaussian", "autoregressive": "Gaussian", "diffusion": "Gaussian"}
    found = {}
    for load, models in MODELS.items():
        for name, other in simpler.items():
            samples = models[other if baseline else name](seed)
            found[f"{name}, {load.__name__}"] = closeness(load(seed), samples)
    repaired, provoked = modes(MODELS[mixture]["GAN"](seed)), modes(collapsed(seed))
    if baseline:
        repaired, provoked = provoked, repaired
    return found | {"modes covered": repaired, "modes missing": 8 - provoked}


# %% tags=["compute"]
for name, value in measure(0).items():
    print(f"{name}: {value:.2f}")
