# %% [markdown] lang="ja"
# # 手書き数字と畳み込み { #experiment-convolution }
#
# 畳み込みニューラルネットワークは、小さなカーネルを画像の上で滑らせる。ここでは 8×8 画素の手書き数字を小さな CNN に学習させ、線形分類器と、同じ数のパラメータをもつ全結合のネットワークと比べる。次に、学習したカーネルと特徴マップを絵にする。最後に、テストの画像を 1〜2 画素ずらし、プーリングで何が得られるのかを測る。
#
# データは scikit-learn に付属する 1797 枚で、1300 枚で学習し、残りでテストする。順伝播はすべて `dlref` の関数で、テンソルとその自動微分だけを PyTorch に任せる。

# %% [markdown] lang="en"
# # Digits and Convolution { #experiment-convolution }
#
# A convolutional network slides small kernels over an image. Here a small one learns handwritten digits of 8×8 pixels, next to a linear classifier and to a dense network with as many parameters. Then we look at the kernels it has learned and at its feature maps. In the end we move the images of the test by one or two pixels, and measure what pooling buys.
#
# The data are the 1797 images that come with scikit-learn: 1300 of them for training, the others for the test. Every forward computation is a function of `dlref`; PyTorch gives the tensors and their automatic differentiation.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from tqdm import tqdm

from dlref.activations import relu, softmax
from dlref.backprop import dense, softmax_cross_entropy_grad
from dlref.conv import conv2d, param_count_conv, param_count_fc
from dlref.init import he_normal
from dlref.losses import cross_entropy
from dlref.optim import Adam, linear_decay
from dlref.pool import max_pool2d
from dlref.training import dropout, dropout_mask, shift

language = "en"

# %% [markdown] lang="ja"
# ## 五つのネットワーク { #networks }
#
# 畳み込み {eq:multi-channel-convolution} を二層、活性化関数を ReLU {eq:relu} とし、最後は全結合の一層でまとめる。カーネルはどちらの層も 3×3 である。三つの CNN ではカーネルの形も数も同じで、画像を縮める方法だけが違う。
#
# - **strided**：プーリングをせず、一つ目の畳み込みのストライドを 2 にする。
# - **pooled**：一つ目の畳み込みの後に、2×2 の最大プーリング {eq:max-pooling} で縦横を半分にする。
# - **global**：途中では縮めず、最後に各チャンネルの最大値だけを残す。窓を画像全体に広げた最大プーリングである。途中で縮めない代わりに、二つ目の畳み込みを膨張 {eq:dilated-convolution} させて、広い範囲を見せる。
#
# 残る二つは畳み込みをしない。**dense** は隠れ層が一つの全結合のネットワークで、**linear** は最後の一層だけを画素に直接つないだ線形分類器である。

# %% [markdown] lang="en"
# ## Five networks { #networks }
#
# There are two convolutions {eq:multi-channel-convolution} with ReLU {eq:relu}, and a dense layer behind them. All kernels are of 3×3. Three networks have the same number of kernels, and differ only in how they make the image smaller:
#
# - **strided**: no pooling; the first convolution has a stride of 2.
# - **pooled**: after the first convolution, max pooling {eq:max-pooling} of 2×2 halves rows and columns.
# - **global**: nothing is halved; in the end only the largest value of each channel is kept. This is max pooling with a window as large as the image. The second convolution is dilated {eq:dilated-convolution} instead, so that it sees a wide region.
#
# The other two do without convolution: **dense** is a dense network with one hidden layer, and **linear** has the last layer only, right on the pixels.


# %%
def digits(seed, *, margin=0):
    """Images and labels for training and for the test, with an empty margin of some pixels on all sides."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x = np.pad(x[order].reshape(-1, 1, 8, 8) / 4, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    x, y = torch.asarray(x, dtype=torch.float32), torch.asarray(y[order])
    return (x[:1300], y[:1300]), (x[1300:], y[1300:])


def features(kind, x, theta):
    """What a network hands to its last layer: the pixels, the outputs of the hidden layer, or the feature maps at the end."""
    if kind == "linear":
        return x.reshape(len(x), -1)
    if kind == "dense":
        return relu(dense(x.reshape(len(x), -1), *theta[:2]))
    h = relu(conv2d(x, *theta[:2], stride=2 if kind == "strided" else 1, padding=1))
    if kind == "pooled":
        h = max_pool2d(h, kernel_size=2, stride=2)
    dilation = 2 if kind == "global" else 1
    h = relu(conv2d(h, *theta[2:4], padding=dilation, dilation=dilation))
    if kind == "global":
        h = max_pool2d(h, kernel_size=h.shape[-1], stride=h.shape[-1])
    return h.reshape(len(x), -1)


def start(kind, size, rng, *, kernels, units):
    """Weights and biases before training, for images of a size."""
    first, second = kernels
    inputs = {"linear": size**2, "dense": units, "global": second}.get(kind, second * (size // 2) ** 2)
    shapes = {"linear": [], "dense": [(units, size**2)]}.get(kind, [(first, 1, 3, 3), (second, first, 3, 3)])
    theta = []
    for shape in [*shapes, (10, inputs)]:
        n_out, n_in = shape[0], int(np.prod(shape[1:]))
        weight = he_normal(n_in=n_in, n_out=n_out, rng=rng).reshape(shape)
        theta += [torch.asarray(weight, dtype=torch.float32), torch.zeros(n_out)]
    return theta


def train(kind, data, seed, *, epochs, eta, p, kernels=(16, 32), units=100, batch=50):
    """Parameters after training with the cross-entropy; features are dropped with probability p."""
    x, y = data
    rng = np.random.default_rng(seed)
    theta = start(kind, x.shape[-1], rng, kernels=kernels, units=units)
    optimizers = [Adam() for _ in theta]
    for epoch in tqdm(range(epochs), desc=kind, disable=None):
        for optimizer in optimizers:
            optimizer.eta = linear_decay(epoch, eta0=eta, eta_tau=eta / 20, tau=epochs)
        for chosen in rng.permutation(len(x)).reshape(-1, batch):
            theta = [value.requires_grad_() for value in theta]
            h = features(kind, x[chosen], theta)
            mask = torch.asarray(dropout_mask(tuple(h.shape), p=p, rng=rng), dtype=h.dtype)
            z = dense(dropout(h, mask, p=p), *theta[-2:])
            # The gradient of the loss in the scores is a formula; from there on backwards PyTorch finds the gradients
            z.backward(softmax_cross_entropy_grad(y[chosen], z.detach()) / batch)
            theta = [optimizer.step(value.detach(), value.grad) for optimizer, value in zip(optimizers, theta)]
    return theta


def scores(kind, theta, x):
    """Scores of the ten classes."""
    return dense(features(kind, x, theta), *theta[-2:])


def accuracy(kind, theta, data):
    """Share of the images that are classified correctly."""
    x, y = data
    return float((scores(kind, theta, x).argmax(dim=1) == y).double().mean())


# %% [markdown] lang="ja"
# ## 正解率 { #accuracy }
#
# カーネルの数は 32 と 64 である。最後の層に入る値を確率 0.5 で落とすドロップアウト {eq:dropout} を使い、Adam {eq:adam} で 12 エポック学習させる。学習率は直線的に下げる {eq:linear-decay}。損失は交差エントロピー {eq:cross-entropy-loss} である。全結合のネットワークの隠れ層は、パラメータの数が CNN とほぼ等しくなる大きさにした（{eq:parameter-counts}）。線形分類器はドロップアウトを使わず、学習率も大きくする（種 10〜14 で試した五つのうち、ほぼ最も良いもの）。

# %% [markdown] lang="en"
# ## Accuracy { #accuracy }
#
# There are 32 kernels and 64. Dropout {eq:dropout} drops what goes into the last layer with probability 0.5. Adam {eq:adam} runs for 12 epochs, with a learning rate that goes down on a straight line {eq:linear-decay}; the loss is the cross-entropy {eq:cross-entropy-loss}. The hidden layer of the dense network is as large as is needed for about the same number of parameters {eq:parameter-counts}. The linear classifier has no dropout and a larger learning rate, about the best of five that were tried with seeds 10 to 14.


# %%
def trained(kind, data, seed):
    """The network of the first part, trained on images without a margin."""
    eta, p = (0.05, 0.0) if kind == "linear" else (0.004, 0.5)
    return train(kind, data, seed, epochs=12, eta=eta, p=p, kernels=(32, 64), units=387)


# %% tags=["compute"]
print("parameters of pooled:", param_count_conv(3, 1, 32) + param_count_conv(3, 32, 64) + param_count_fc(4, 4, 64, 10))
print("parameters of dense:", param_count_fc(8, 8, 1, 387) + param_count_fc(1, 1, 387, 10))
data, test = digits(0)
theta = trained("pooled", data, 0)
for kind in ("pooled", "dense", "linear"):
    found = theta if kind == "pooled" else trained(kind, data, 0)
    loss = cross_entropy(test[1], softmax(scores(kind, found, test[0]))).mean()
    print(f"{kind}: accuracy in training {accuracy(kind, found, data):.4f}, in the test {accuracy(kind, found, test):.4f}, loss in the test {loss:.3f}")

# %% [markdown] lang="ja"
# CNN は線形分類器にはっきりと勝つ。だが、全結合のネットワークとの差は小さい。画像が小さく、数字がいつも中央にあるからである。畳み込みがほんとうに役立つのは、それが崩れたときで、下の「画像をずらす」で見る。
#
# ## カーネルと特徴マップ { #maps }
#
# 学習した一層目の 32 個のカーネルと、一枚の画像からそれらが作る特徴マップを並べる。

# %% [markdown] lang="en"
# The convolutional network is clearly better than the linear classifier. The dense network comes close to it, though: the images are small, and the digits always in the middle. Convolution is of real use where they are not, which we shall see when the images are moved.
#
# ## Kernels and feature maps { #maps }
#
# Here are the 32 kernels that the first layer has learned, and the feature maps that they make of one image.


# %%
def mosaic(tiles, columns=16):
    """Small pictures side by side in rows, with gaps of nothing between them."""
    tiles = np.pad(np.asarray(tiles, dtype=float), ((0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    rows = [np.concatenate(list(tiles[k : k + columns]), axis=1) for k in range(0, len(tiles), columns)]
    return np.concatenate(rows)[:-1, :-1]


# %% tags=["compute"]
image = test[0][int(np.flatnonzero(test[1] == 3)[0])]
maps = relu(conv2d(image, *theta[:2], padding=1))
pooled = max_pool2d(maps, kernel_size=2, stride=2)
print("image", tuple(image.shape), "feature maps", tuple(maps.shape), "after pooling", tuple(pooled.shape))

# %% tags=["figure"] alt_ja="四段の絵。手書きの 3。32 個の 3×3 のカーネルは、多くが片側で正、反対側で負である。32 枚の特徴マップには、3 の輪郭が向きごとに分かれて現れる。プーリングの後の 4×4 の特徴マップには、その大まかな場所が残る。" alt_en="Four rows of pictures. A handwritten 3. Of the 32 kernels of 3×3, many are positive on one side and negative on the other. The 32 feature maps show edges of the 3, each in other directions. The feature maps of 4×4 behind the pooling keep roughly where they are."
titles = {"en": ["An image", "Kernels (red: positive, blue: negative)", "Feature maps", "After max pooling"]}
titles["ja"] = ["画像", "カーネル（赤が正、青が負）", "特徴マップ", "最大プーリングの後"]
kernels = mosaic(theta[0][:, 0])
figure, panels = plt.subplots(4, 1, figsize=(5, 4.8), height_ratios=[1.2, 1, 1, 1])
for panel, picture, title in zip(panels, [image[0], kernels, mosaic(maps), mosaic(pooled)], titles[language]):
    limit = np.nanmax(kernels) if picture is kernels else None
    colors = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit} if limit else {}
    panel.imshow(picture, interpolation="nearest", **colors)
    panel.set_title(title)
    panel.set_anchor("W")
    panel.axis("off")
plt.show()

# %% [markdown] lang="ja"
# カーネルの多くは、片側が正で反対側が負である。これは隣り合う画素の差で、特定の向きの縁で大きな値を出す。特徴マップは、そうした縁がどこにあるかの地図である。最大プーリングの後には、縁があったことと、その大まかな場所だけが残る。
#
# ## 画像をずらす { #shifts }
#
# 今度は、画像の周りに 2 画素の余白を付けて学習させる。数字はいつも中央にある。時間を省くために、カーネルは 16 と 32、学習は 800 枚、テストは 200 枚にする。テストでは、その数字を上下左右に 2 画素までずらす。余白があるので、画素は一つも失われない。人の目には同じ数字である。学習のときに画像をずらすことはしない。

# %% [markdown] lang="en"
# Many kernels are positive on one side and negative on the other: a difference of neighboring pixels, which is large at an edge of one direction. A feature map is a map of where such edges are. Behind the max pooling it is only left that there is one, and roughly where.
#
# ## Moving the images { #shifts }
#
# Now the networks are trained on images with an empty margin of 2 pixels. The digits are always in the middle, and to save time there are 800 of them, 200 in the test, and 16 and 32 kernels. In the test they are moved by up to 2 pixels up, down, left and right. Thanks to the margin not a single pixel is lost, and for the eye they are the same digits. In training nothing is moved.


# %%
def shifted(kind, seed):
    """Accuracy on 200 images of the test, moved by -2 to 2 rows and columns, after training on 800 in the middle."""
    (x, y), (x_test, y_test) = digits(seed, margin=2)
    theta = train(kind, (x[:800], y[:800]), seed, epochs=10, eta=0.01, p=0.3)
    steps = range(-2, 3)
    return np.array([[accuracy(kind, theta, (shift(x_test[:200], dy=dy, dx=dx), y_test[:200])) for dx in steps] for dy in steps])


# %% tags=["compute"]
KINDS = ["dense", "strided", "pooled", "global"]
tables = {kind: shifted(kind, 0) for kind in KINDS}
for kind, table in tables.items():
    one = np.mean([table[1, 2], table[3, 2], table[2, 1], table[2, 3]])
    two = np.mean([table[0, 2], table[4, 2], table[2, 0], table[2, 4]])
    print(f"{kind}: accuracy in the middle {table[2, 2]:.2f}, moved by 1 pixel {one:.2f}, by 2 pixels {two:.2f}, all 24 shifts {(table.sum() - table[2, 2]) / 24:.2f}")

# %% tags=["figure"] alt_ja="四つのネットワークについて、ずらし方ごとの正解率を 5×5 の表に描く。dense と strided は中央だけが高い。pooled は中央の周りでも少し高い。global は 25 マスのどれもが高い。" alt_en="For each of the four networks a table of 5×5, with the accuracy for each shift. With dense and strided only the middle is high; with pooled its neighbors are a little higher; with global all 25 are high."
figure, panels = plt.subplots(2, 2, figsize=(5, 5.2))
for panel, (kind, table) in zip(panels.ravel(), tables.items()):
    blue = np.full((5, 5, 4), [0.2, 0.5, 0.9, 0.0])
    blue[..., 3] = table / 2  # the more, the less of the ground shines through
    panel.imshow(blue, interpolation="nearest")
    for (i, j), value in np.ndenumerate(table):
        panel.text(j, i, f"{100 * value:.0f}", ha="center", va="center")
    panel.set_title(kind)
    panel.set_xticks(range(5), ["−2", "−1", "0", "1", "2"])
    panel.set_yticks(range(5), ["−2", "−1", "0", "1", "2"])
    panel.grid(visible=False)
figure.supxlabel({"en": "pixels to the right (rows: pixels down); accuracy in %", "ja": "右へずらした画素数（縦は下へずらした画素数）。数は正解率（%）"}[language])
plt.show()

# %% [markdown] lang="ja"
# **dense** は画素ごとに別の重みをもつので、1 画素ずれただけで、見たことのない入力になる。**strided** も変わらない。畳み込みは同変であり、画像がずれれば特徴マップも同じだけずれる（{term:translation-equivariance}）。だが、その後の全結合層が位置ごとに別の重みを掛けるので、利点が失われる。**pooled** は、ずれの一部を窓の中で吸収する。窓の境を越えるずれは、次の層に残る。
#
# **global** は位置をすべて捨てるので、どこにあっても同じ特徴を見つける。正解率が少し下がるのは、端に寄った数字では、カーネルの届く範囲が画像からはみ出すからである。プーリングで得られる不変性は窓の大きさまでであり、その代償は位置の情報である。{ref:azulay2019} と {ref:zhang2019} は、大きな CNN でも、縮めるたびに不変性が損なわれることを示した。
#
# この実験の限界も述べておく。ずらした画像も学習に使えば、どのネットワークもずれに強くなる（{eq:augment}）。画像は 8×8 で数字しかない。大きな写真では、位置を捨てすぎると何がどこにあるのかが分からなくなる。
#
# ## 主張 { #claims }
#
# `measure` は二つの正解率を返す。余白のない画像での pooled のものと、ずらした画像での global のもの（24 通りの平均）である。`baseline=True` では、前者を linear に、後者を strided に替える。

# %% [markdown] lang="en"
# **dense** has a weight of its own for each pixel, so that a shift by one pixel makes an input that it has never seen. **strided** is no better. Convolution is equivariant: where the image moves, its feature maps move with it ({term:translation-equivariance}). But the dense layer behind it has other weights at each place, and the advantage is lost. **pooled** absorbs a part of the shift inside its windows; what crosses their borders reaches the next layer.
#
# **global** throws all places away, and finds the same features wherever they are. It loses a little where a digit comes so close to the border that the kernels reach beyond the image. What pooling buys is invariance up to the size of its windows, and what it costs is to know where. {ref:azulay2019} and {ref:zhang2019} show that large convolutional networks too lose some of their invariance each time that they make the image smaller.
#
# The limits of this experiment: with moved images in training, all of these networks would become robust {eq:augment}. And the images are small and hold a digit, nothing else; in a large photograph, a network that forgets all places does not know what stands where.
#
# ## The claims { #claims }
#
# `measure` returns two accuracies: that of pooled on images without a margin, and that of global on moved images (the mean of the 24 shifts). With `baseline=True`, linear takes the place of the first and strided that of the second.


# %%
def measure(seed, *, baseline=False):
    """Accuracy in the test, and on images of the test that were moved."""
    data, test = digits(seed)
    kind = "linear" if baseline else "pooled"
    table = shifted("strided" if baseline else "global", seed)
    return {
        "accuracy": accuracy(kind, trained(kind, data, seed), test),
        "moved": (table.sum() - table[2, 2]) / 24,
    }


# %% tags=["compute"]
for name, value in measure(0).items():
    print(f"{name}: {value:.4f}")
