"""The worked numbers of chapter 9: what the pages print is what dlref computes."""

from __future__ import annotations

import math
import re
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.activations import sigmoid
from dlref.autoregressive import nll, sample_token, sequence_prob
from dlref.density import bayes_posterior, fit_gaussian_mle, gaussian_log_density, kl_divergence, mean_log_likelihood
from dlref.diffusion import alpha_bars, ddpm_step, forward_step, posterior_mean, posterior_variance, sample_xt
from dlref.gan import (
    ascent_step,
    discriminator_loss,
    gan_value,
    modes_covered,
    non_saturating_generator_loss,
    optimal_discriminator,
    optimal_value,
    saturating_generator_loss,
)
from dlref.linear import logistic_proba
from dlref.optim import gd_step
from dlref.vae import autoencoder_loss, elbo, gaussian_elbo, gaussian_kl, reparameterize
from tests.site.test_examples import ROOT, box, gives, page, rounded
from tests.site.test_examples_skip import cells, says
from tests.site.test_figures import script

FOUNDATIONS, APPROACHES = (Path("generative-models") / f"{name}.md" for name in ("foundations", "approaches"))

pytestmark = [pytest.mark.ch9, pytest.mark.parametrize("language", ["ja", "en"])]


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def number(cell: str) -> float:
    return float(cell.strip("$").replace("−", "-"))


def pair(cell: str) -> list[float]:
    """A printed vector such as $(0.25, 0.75)$."""
    return [float(n) for n in cell.strip("$()").split(",")]


def density(x: float, mu: float, sigma: float = 1.0) -> float:
    return math.exp(gaussian_log_density(a(x), a(mu), a(sigma)))


def test_classes_by_bayes_rule(language: str) -> None:
    text = box(language, FOUNDATIONS, "addition-bayes")
    gives(text, r"\mathcal{N}(0, 1)", r"\mathcal{N}(2, 1)", "x = 2", "x = 20", "2x - 2", r"\sigma(38)")
    likelihood = a(density(2, 0), density(2, 2))
    says(language, text, "密度は A が 0.0540、B が 0.3989 である", "The density is 0.0540 under A and 0.3989 under B")
    assert rounded([0.0540, 0.3989], 4) == likelihood.tolist()
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[:2] for row in printed] == [[0.5, 0.5], [0.9, 0.1]]
    for pa, pb, *rest in printed:
        posterior = bayes_posterior(likelihood, a(pa, pb))
        assert [*(likelihood * [pa, pb]), posterior[1]] == rounded(rest, 4)
    assert printed[1][4] < 0.5 and likelihood[1] > likelihood[0]
    says(language, text, "B が 10 個に 1 個しかなければ", "If only 1 in 10 is a B")
    for x in (-1.0, 0.0, 2.0, 20.0):
        equal = bayes_posterior(a(density(x, 0), density(x, 2)), a(0.5, 0.5))[1]
        assert equal == pytest.approx(logistic_proba(a(x), a(2.0), -2.0))
    assert sigmoid(2 * 20 - 2) == sigmoid(38.0) == 1
    both = [math.log((density(x, 0) + density(x, 2)) / 2) for x in (2.0, 20.0)]
    assert both == rounded([-1.49, -163.61], 2)
    says(language, text, "$x = 2$ で −1.49 なのに、$x = 20$ では −163.61", "which is −1.49 at $x = 2$, is down to −163.61 at $x = 20$")


def test_the_fit_of_four_data(language: str) -> None:
    text = box(language, FOUNDATIONS, "addition-maximum-likelihood")
    says(language, text, "四つのデータ 1、1、5、5 に", "four data, 1, 1, 5, 5")
    says(language, text, "最尤推定は、平均 3、標準偏差 2 である", "has mean 3 and standard deviation 2")
    x = a(1, 1, 5, 5)[:, None]
    assert [value.tolist() for value in fit_gaussian_mle(x)] == [[3], [2]]
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[:2] for row in printed] == [[3, 2], [2, 2], [3, 1], [3, 4]]
    for mu, sigma, value in printed:
        assert mean_log_likelihood(x, a(mu), a(sigma)) == rounded(value, 4)
    assert max(row[2] for row in printed) == printed[0][2] == -2.1121
    says(language, text, "−2.1121 には届かない", "No other pair gets to −2.1121")
    assert [density(3, 3, 2), density(1, 3, 2), density(5, 3, 2)] == rounded([0.1995, 0.1210, 0.1210], 4)
    says(language, text, "密度が最も高いのは 3 で 0.1995、データのある 1 や 5 では 0.1210", "highest at 3, where it is 0.1995; at 1 and at 5, where the data are, it is only 0.1210")


def test_who_divides_by_n(language: str) -> None:
    import torch

    x = [1.0, 1.0, 5.0, 5.0]
    assert float(np.std(x)) == statistics.pstdev(x) == fit_gaussian_mle(a(*x)[:, None])[1]
    assert torch.std(torch.tensor(x, dtype=torch.float64)).item() == pytest.approx(statistics.stdev(x))
    text = box(language, FOUNDATIONS, "convention-mle")
    assert "`np.std`" in text and "`torch.std`" in text


def test_images_of_two_pixels(language: str) -> None:
    text = box(language, FOUNDATIONS, "example-completion")
    table = np.zeros((2, 2))
    for first, second, p in cells(text):
        table[int(first), int(second)] = float(p)
    assert table.sum() == 1
    given = table[1] / table[1].sum()
    assert given[1] == 0.8 and bayes_posterior(table[1] / table.sum(axis=0), table.sum(axis=0)) == pytest.approx(given)
    gives(text, "x_1 = 1", r"p(x_2 = 1 \mid x_1 = 1) = 0.4 / (0.1 + 0.4) = 0.8")
    assert table.sum(axis=0).tolist() == table.sum(axis=1).tolist() == [0.5, 0.5]
    says(language, text, "どちらの画素も白である確率は 0.5 で", "Each of the two is white with probability 0.5")
    says(language, text, "四つの画像がどれも 0.25 の確率で", "all four images would come out with probability 0.25")
    assert np.outer(table.sum(axis=1), table.sum(axis=0)).tolist() == [[0.25, 0.25], [0.25, 0.25]]


def test_two_numbers_into_one(language: str) -> None:
    text = box(language, APPROACHES, "example-autoencoder")
    x, x_hat = [], []
    for point, z, restored, error in cells(text):
        x.append(pair(point))
        x_hat.append(pair(restored))
        assert number(z) == sum(x[-1]) / 2 and x_hat[-1] == [number(z)] * 2
        assert number(error) == autoencoder_loss(a(*x[-1])[None], a(*x_hat[-1])[None])
    data = np.array(x)
    assert autoencoder_loss(data, np.array(x_hat)) == 2 and autoencoder_loss(data, data * [1, 0]) == 5
    says(language, text, "損失は 2 で", "The loss is 2,")
    says(language, text, r"$\hat{\mathbf{x}} = (x_1, 0)$ と復元すれば、損失は 5 になる", r"restore $\hat{\mathbf{x}} = (x_1, 0)$, and the loss is 5")
    assert np.linalg.eigvalsh(data.T @ data / 4).tolist() == pytest.approx([2, 8])  # the error of the first principal component: the smaller one
    assert [2, 2] in x_hat and [2, 2] not in x
    says(language, page(language, APPROACHES), "例の $z$ は ±2 だけで、その間の 0 を復元した $(0, 0)$", "In the example, $z$ was ±2 only. Decode 0, which lies between, and $(0, 0)$")
    assert sorted({sum(point) / 2 for point in x}) == [-2, 2]


def test_gradients_past_the_dice(language: str) -> None:
    text = box(language, APPROACHES, "example-reparameterization")
    gives(text, r"\mu = 1", r"\sigma = 0.5", r"(2\mu, 2\sigma) = (2, 1)", "(2, 1)", r"z^2 \epsilon / \sigma")
    *draws, mean = [[number(cell) for cell in row[1:]] for row in cells(text)]
    noise = [number(row[0]) for row in cells(text)[:-1]]
    assert noise == [1, -1]
    for eps, row in zip(noise, draws, strict=True):
        z = float(reparameterize(1.0, 0.5, eps))
        assert row == [z, 2 * z, 2 * z * eps]
    assert np.mean(draws, axis=0).tolist() == mean and mean[1:] == [2 * 1, 2 * 0.5]
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights /= weights.sum()
    z = 1 + 0.5 * nodes
    for estimate, printed in ((2 * z, 1), (z**2 * nodes / 0.5, 21.75)):
        assert weights @ estimate == pytest.approx(2) and weights @ (estimate - 2) ** 2 == pytest.approx(printed)
    says(language, text, "期待値は同じ 2 だが", "The expectation is the same, 2;")
    says(language, text, "再パラメータ化の $2z$ では 1、こちらでは 21.75", "1 for the $2z$ of reparameterization and 21.75 for the other")


def test_the_bound_and_the_gap(language: str) -> None:
    text = box(language, APPROACHES, "example-elbo")
    gives(text, r"p(\mathbf{x}) = 0.5", r"\log p(\mathbf{x}) = -0.6931", r"\mathbf{z} = 1", r"\mathbf{z} = 2")
    says(language, text, "$\\mathbf{z} = 1$ のとき 0.8、$\\mathbf{z} = 2$ のとき 0.2", "0.8 for $\\mathbf{z} = 1$ and 0.2 for $\\mathbf{z} = 2$")
    says(language, text, "真の事後確率は 0.8 と 0.2 になる", "The true posterior probabilities are 0.8 and 0.2")
    likelihood, prior = a(0.8, 0.2), a(0.5, 0.5)
    assert likelihood @ prior == 0.5 and math.log(0.5) == rounded(-0.6931, 4)
    posterior = bayes_posterior(likelihood, prior)
    assert posterior == pytest.approx([0.8, 0.2])
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[:2] for row in printed] == [[0.5, 0.5], [0.8, 0.2], [0.9, 0.1]]
    for q1, q2, *rest in printed:
        q = a(q1, q2)
        bound = elbo(likelihood, q, prior)
        assert [q @ np.log(likelihood), kl_divergence(q, prior), bound, math.log(0.5) - bound] == rounded(rest, 4)
        assert kl_divergence(q, posterior) == rounded(rest[-1], 4)


def test_the_regularization_term(language: str) -> None:
    text = box(language, APPROACHES, "addition-gaussian-kl")
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[:2] for row in printed] == [[0, 1], [1, 1], [0, 0.5], [0, 2]]
    for mu, sigma, value in printed:
        assert gaussian_kl(a(mu), a(sigma)) == rounded(value, 4)
    swapped = math.log(0.5) + 1 / (2 * 0.5**2) - 1 / 2  # KL of N(0, 1) from N(0, 0.25)
    assert swapped == rounded(0.8069, 4) and gaussian_kl(a(0), a(0.5)) == rounded(0.3181, 4)
    says(language, text, "のずれは 0.8069 で、三行目の 0.3181 ではない", "is 0.8069 and not the 0.3181 of the third row")
    gives(text, r"\mathcal{N}(0, 1)", r"\mathcal{N}(0, 0.5^2)")


def test_the_logarithm_of_the_variance(language: str) -> None:
    mu, log_variance = a(0.3, -1.2), a(-0.7, 0.4)
    theirs = -0.5 * (1 + log_variance - mu**2 - np.exp(log_variance)).sum()  # as programs write it
    assert gaussian_kl(mu, np.exp(log_variance / 2)) == pytest.approx(theirs)
    gives(box(language, APPROACHES, "convention-sigma"), r"\log \sigma^2", r"\sigma = \exp(\frac{1}{2} \log \sigma^2)")


def test_one_draw_is_no_bound(language: str) -> None:
    text = box(language, APPROACHES, "addition-one-sample")
    exact = float(gaussian_log_density(a(0), a(0), a(math.sqrt(2))))
    mu, sigma = a(0), a(math.sqrt(0.5))

    def one(z: float) -> float:
        return float(gaussian_elbo(a(0), a(z)[None], mu, sigma))

    assert exact == rounded(-1.2655, 4)
    for z in (0.0, 0.3, 0.8, -1.5):
        assert one(z) == rounded(-1.0155 - z * z / 2, 4)
        assert (one(z) > exact) == (z * z < 0.5)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    assert sum(w * one(math.sqrt(0.5) * x) for x, w in zip(nodes, weights / weights.sum(), strict=True)) == pytest.approx(exact)
    gives(text, r"\log p(0) = -1.2655", r"-1.0155 - \frac{1}{2} z^2", r"z^2 < \frac{1}{2}", r"\mathcal{N}(0, \frac{1}{2})", r"\mathcal{N}(0, 2)")
    assert 100 * math.erf(1 / math.sqrt(2)) == rounded(68.27, 2)
    says(language, text, "標準偏差一つ分の範囲だから、68.27% の確率", "within one standard deviation, it happens with probability 68.27%")


def test_what_the_value_of_the_game_says(language: str) -> None:
    text = box(language, APPROACHES, "example-gan-value")
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[:2] for row in printed] == [[0.99, 0.01], [0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]
    for real, fake, value in printed:
        assert gan_value(a(real), a(fake)) == rounded(value, 4)
    assert printed[2][2] == rounded(-math.log(4), 4)
    gives(text, r"-\log 4 = -1.3863")


def test_the_best_discriminator(language: str) -> None:
    text = box(language, APPROACHES, "addition-optimal-discriminator")
    gives(text, r"p_{\text{data}} = (0.75, 0.25)")
    p_data = a(0.75, 0.25)
    rows = cells(text)
    assert [pair(row[0]) for row in rows] == [[0.25, 0.75], [0.5, 0.5], [0.75, 0.25]]
    for p_g, best, value, divergence in rows:
        found, q = optimal_discriminator(p_data, a(*pair(p_g))), a(*pair(p_g))
        assert found.tolist() == rounded(pair(best), 4)
        assert optimal_value(p_data, q) == rounded(number(value), 4)
        middle = (p_data + q) / 2
        js = (kl_divergence(p_data, middle) + kl_divergence(q, middle)) / 2
        assert js == rounded(number(divergence), 4) and -math.log(4) + 2 * js == rounded(number(value), 4)


def test_the_game_that_goes_around(language: str) -> None:
    text = box(language, APPROACHES, "addition-alternating")
    gives(text, r"V = \theta_D \theta_G", r"\eta = 1", "(1, 0)", "(0, 0)", r"\sqrt{1 + \eta^2}")
    ds, gs = ([number(cell) for cell in row[1:]] for row in cells(text))
    d, g = ds[0], gs[0]
    assert (d, g) == (1, 0) == (ds[6], gs[6])
    for k in range(1, 7):
        d = ascent_step(d, g, eta=1.0)
        g = gd_step(g, d, eta=1.0)
        assert (d, g) == (ds[k], gs[k])
    for eta in (0.1, 0.5):  # the conserved quantity of the circle, and the growth without taking turns
        d, g = 1.0, 0.0
        kept = []
        for _ in range(200):
            d = ascent_step(d, g, eta=eta)
            g = gd_step(g, d, eta=eta)
            kept.append(d * d + g * g + eta * d * g)
        assert kept == pytest.approx([kept[0]] * len(kept)) and kept[0] > 0.5
        d, g = 0.6, -0.8
        both = ascent_step(d, g, eta=eta), gd_step(g, d, eta=eta)
        assert math.hypot(*both) == pytest.approx(math.sqrt(1 + eta**2))
    says(language, text, "六回で元に戻る", "After six updates it is back where it was")


def test_derivatives_of_the_two_losses(language: str) -> None:
    text = box(language, APPROACHES, "addition-non-saturating")
    saturating, other = ([number(cell) for cell in row[1:]] for row in cells(text))
    heads = [cell.strip() for cell in text.splitlines() if cell.startswith("| $D(G(z))$")][0].strip("|").split("|")[1:]
    answers = [number(cell.strip()) for cell in heads]
    assert answers == [0.01, 0.1, 0.5, 0.9]
    h = 1e-6
    for answer, one, two in zip(answers, saturating, other, strict=True):
        score = math.log(answer / (1 - answer))
        up, down = sigmoid(a(score + h)), sigmoid(a(score - h))
        assert abs(saturating_generator_loss(up) - saturating_generator_loss(down)) / (2 * h) == pytest.approx(one, rel=1e-5)
        assert abs(non_saturating_generator_loss(up) - non_saturating_generator_loss(down)) / (2 * h) == pytest.approx(two, rel=1e-5)


def test_two_means_are_twice_one_mean(language: str) -> None:
    import torch

    real, fake = a(0.9, 0.6), a(0.2, 0.1)
    answers = torch.tensor([*real, *fake], dtype=torch.float64)
    labels = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    together = torch.nn.functional.binary_cross_entropy(answers, labels).item()
    assert discriminator_loss(real, fake) == pytest.approx(2 * together) == pytest.approx(-gan_value(real, fake))
    says(language, box(language, APPROACHES, "convention-gan"), "まとめた平均とは、2 倍違う", "the mean over one batch of real and fake data together is half of it")


def test_modes_that_are_covered(language: str) -> None:
    text = box(language, APPROACHES, "addition-mode-collapse")
    says(language, text, "$-4$、0、4 の三つの山", "three peaks, at $-4$, 0, and 4")
    says(language, text, "標本が −0.2、0.1、0.3、3.9 なら、二つの山", "Samples at −0.2, 0.1, 0.3, and 3.9 cover only two")
    says(language, text, "−4 のまわりは、まるごと抜けている", "Everything around −4 is missing")
    says(language, text, "中心から 1 以内", "within 1 of the center")
    assert modes_covered(a(-0.2, 0.1, 0.3, 3.9)[:, None], a(-4, 0, 4)[:, None], radius=1.0) == 2


FIRST, AFTER = a(0.6, 0.4), np.array([[0.8, 0.2], [0.4, 0.6]])


def conditionals(x: Any) -> Any:
    return np.stack([FIRST, *AFTER[x[:-1]]])


def test_three_days_of_weather(language: str) -> None:
    text = box(language, APPROACHES, "example-weather")
    printed = {tuple(int(day) for day in days.split()): float(p) for days, p in cells(text)}
    assert len(printed) == 8 and sum(printed.values()) == pytest.approx(1)
    for days, p in printed.items():
        x = np.array(days)
        assert sequence_prob(x, conditionals(x)) == rounded(p, 12)
    gives(text, r"0.6 \cdot 0.8 \cdot 0.2 = 0.096")
    says(language, text, "一日目は 0.6 の確率で晴れる。晴れの翌日は 0.8、雨の翌日は 0.4 の確率で晴れる", "with probability 0.6. A day after sun is sunny with probability 0.8, a day after rain with 0.4")
    x = np.array([0, 0, 1])
    loss = nll(x, np.log(conditionals(x)))
    assert loss == rounded(2.3434, 4) and math.exp(-2.3434) == rounded(0.096, 3)
    gives(box(language, APPROACHES, "addition-nll"), r"-\log 0.6 - \log 0.8 - \log 0.2 = 2.3434", "e^{-2.3434} = 0.096")


def test_weather_that_is_drawn(language: str) -> None:
    text = box(language, APPROACHES, "addition-ancestral")
    says(language, text, "$u$ が 0.5、0.9、0.3 と出た", "let $u$ come out as 0.5, 0.9, 0.3")
    p = FIRST
    for day, (number_of_day, sun, u, drawn) in enumerate(cells(text), start=1):
        assert (int(number_of_day), float(sun)) == (day, p[0])
        assert int(sample_token(p, np.array(float(u)))) == int(drawn)
        p = AFTER[int(drawn)]
    says(language, text, "一日目の 0.5 は 0.6 より小さいので、晴れ", "On the first day, 0.5 is below 0.6, so there is sun")
    says(language, text, "二日目の 0.9 は 0.8 を超えるので、雨", "On the second, 0.9 is above 0.8, so it rains")
    gives(page(language, APPROACHES), "0.99^{100} = 0.366")
    assert 0.99**100 == rounded(0.366, 3)


def test_the_schedule_and_two_steps_forward(language: str) -> None:
    text = box(language, APPROACHES, "addition-closed-form")
    betas = np.full(10, 0.36)
    bars = alpha_bars(betas)
    printed = [[number(cell) for cell in row] for row in cells(text)]
    assert [row[0] for row in printed] == [0, 1, 2, 5, 10]
    for t, bar, signal, noise in printed:
        assert [bars[int(t)], bars[int(t)] ** 0.5, (1 - bars[int(t)]) ** 0.5] == rounded([bar, signal, noise], 4)
        if t:
            assert sample_xt(a(1), a(0), betas, t=int(t))[0] == rounded(signal, 4)
    gives(text, r"\beta_t = 0.36", r"x_1 = 0.8 \cdot 1 + 0.6 \cdot (-1) = 0.2", r"x_2 = 0.8 \cdot 0.2 + 0.6 \cdot 0.5 = 0.46", r"\sqrt{1 - 0.36} = 0.8")
    says(language, text, "$x_0 = 1$ から始め、ノイズ $\\epsilon$ が −1、0.5 と出たなら", "From $x_0 = 1$, if the noise $\\epsilon$ comes out as −1 and 0.5")
    says(language, text, "$T = 1000$ とし、$\\beta_t$ を 0.0001 から 0.02 まで", "$T = 1000$ and let $\\beta_t$ grow linearly from 0.0001 to 0.02")
    x1 = forward_step(a(1), a(-1), beta=0.36)
    assert [x1[0], forward_step(x1, a(0.5), beta=0.36)[0]] == pytest.approx([0.2, 0.46])
    assert alpha_bars(np.linspace(0.0001, 0.02, 1000))[-1] == rounded(0.00004, 5)
    says(language, text, "$\\bar{\\alpha}_T$ は 0.00004 で", "Then $\\bar{\\alpha}_T$ is 0.00004")


def test_two_steps_back(language: str) -> None:
    text = box(language, APPROACHES, "addition-posterior")
    betas, sigmas = np.full(2, 0.36), np.full(2, 0.6)
    gives(text, "x_0 = 1", "x_2 = 0.46", r"0.8 \cdot 0.36 / 0.5904 = 0.4878", r"0.4878 \cdot (1 + 0.46) = 0.7122", r"0.36 \cdot 0.36 / 0.5904 = 0.2195")
    assert 1 - alpha_bars(betas)[2] == pytest.approx(0.5904)
    weights = [posterior_mean(a(x0), a(x2), betas, t=2)[0] for x0, x2 in ((1, 0), (0, 1))]
    assert weights == rounded([0.4878, 0.4878], 4)
    mean, variance = posterior_mean(a(1), a(0.46), betas, t=2)[0], posterior_variance(betas, t=2)
    assert [mean, variance] == rounded([0.7122, 0.2195], 4) and (mean - 0.2) / math.sqrt(variance) == rounded(1.1, 1)
    says(language, text, "平均から標準偏差 1.1 個分ほど離れている", "about 1.1 standard deviations from the mean")
    assert posterior_variance(betas, t=1) == 0 and posterior_mean(a(3), a(7), betas, t=1) == pytest.approx([3])
    says(language, text, "ほんとうの $x_1$ は 0.2 で", "The real $x_1$ was 0.2")
    text = box(language, APPROACHES, "addition-ddpm")
    says(language, text, "$x_2 = 0.46$ に含まれるノイズは", "The noise in $x_2 = 0.46$ is")
    says(language, text, "$x_1 = 0.2$ に含まれるノイズは −1 なので", "The noise in $x_1 = 0.2$ is −1")
    eps = (0.46 - 0.64) / math.sqrt(0.5904)
    assert [eps, math.sqrt(0.5904)] == rounded([-0.2343, 0.7684], 4)
    assert ddpm_step(a(0.46), a(eps), a(0), betas, sigmas, t=2)[0] == pytest.approx(mean)
    assert ddpm_step(a(0.2), a(-1), a(5), betas, sigmas, t=1)[0] == pytest.approx(1)
    gives(text, r"\epsilon = (0.46 - 0.64 \cdot 1) / 0.7684 = -0.2343", r"\frac{1}{0.8} (0.46 + \frac{0.36}{0.7684} \cdot 0.2343) = 0.7122", r"\frac{1}{0.8} (0.2 + \frac{0.36}{0.6} \cdot 1) = 1")


def test_the_circle_of_the_figure(language: str) -> None:
    figure = script("diffusion")
    assert (figure.N_POINTS, figure.N_STEPS) == (24, 40)
    text = page(language, APPROACHES)
    says(language, text, "円の上に並ぶ 24 個の点を、40 歩でノイズに", "turns 24 points on a circle into noise in 40 steps")
    says(language, text, "別の 24 点が、しだいに円の上に集まる", "another 24 points, drawn from the standard normal distribution, gather on the circle")


def moments(mean: float, variance: float, betas: Any, sigmas: Any) -> tuple[float, float]:
    """Mean and variance of the samples of DDPM for Gaussian data with the best guess of the noise, in closed form: each step is affine."""
    bars = alpha_bars(betas)
    ends = a(0, 1)
    m, v = 0.0, 1.0
    for t in range(len(betas), 0, -1):
        bar = bars[t]
        best = np.sqrt(1 - bar) * (ends - np.sqrt(bar) * mean) / (bar * variance + 1 - bar)
        zero, one = ddpm_step(ends, best, np.zeros(2), betas, sigmas, t=t)
        m, v = zero + (one - zero) * m, (one - zero) ** 2 * v + (sigmas[t - 1] ** 2 if t > 1 else 0)
    return m, v


def test_into_how_many_steps(language: str) -> None:
    text = box(language, APPROACHES, "addition-steps")
    gives(text, r"\mathcal{N}(2, 0.25)")
    rows = cells(text)
    assert [(row[0], row[3]) for row in rows] == [(n, s) for n in ("1000", "50", "50") for s in (r"$\beta_t$", r"$\tilde{\beta}_t$")]
    for steps, schedule, bar, kind, mean, variance in rows:
        low, high = (float(end) for end in schedule.split("&nbsp;…&nbsp;"))
        betas = np.linspace(low, high, int(steps))
        assert alpha_bars(betas)[-1] == rounded(float(bar), 5)
        tilde = np.array([posterior_variance(betas, t=t) for t in range(1, len(betas) + 1)])
        sigmas = np.sqrt(betas if kind == r"$\beta_t$" else tilde)
        assert moments(2.0, 0.25, betas, sigmas) == rounded((float(mean), float(variance)), 4)
    says(language, text, "データを 0.78 倍に縮めて", "ends at 0.78 times the data plus noise")
    assert math.sqrt(0.60295) == rounded(0.78, 2)


def test_what_the_four_had_to_reach(language: str) -> None:
    """The bounds that the page prints are those that the tests state before they run."""
    text = box(language, APPROACHES, "addition-learned")
    stated = {
        "vae": ("test_a_variational_autoencoder_learns_", "within 0.02 nats", "1.5 times the data's own"),
        "gan": ("test_a_game_is_played_until_", "𝒩(-1, 1.5²)", "0.02 of -log 4", "1.5 times the data's own"),
        "autoregressive": ("test_a_recurrent_network_learns_", "all 81 sequences", "at most 0.01 above", "at most 1.5 times"),
        "diffusion": ("test_a_network_learns_a_mixture_", "½ N(−2, 0.25) + ½ N(1, 1)", "at most 1.05 times", "at most 1.5 times"),
    }
    for module, (name, *bounds) in stated.items():
        source = (ROOT / "tests" / f"test_{module}.py").read_text(encoding="utf8")
        (told,) = re.findall(rf'^def {name}\w*\(\) -> None:\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
        assert [bound for bound in bounds if bound not in told] == []
    gives(text, r"\mathcal{N}(-1, 1.5^2)", r"-\log 4", r"\frac{1}{2} \mathcal{N}(-2, 0.25) + \frac{1}{2} \mathcal{N}(1, 1)")
    says(language, text, "対数尤度との差が 0.02 未満", "less than 0.02 below the largest log-likelihood")
    says(language, text, "$-\\log 4$ から 0.02 以内", "within 0.02 of $-\\log 4$")
    says(language, text, "長さ 4 の系列、81 通り | 損失とエントロピーとの差が 0.01 以下", "of length 4, of which there are 81 | the loss no more than 0.01 above the entropy")
    says(language, text, "最良の値の 1.05 倍以下", "at most 1.05 times the best one")
    says(language, text, "隔たりの 1.5 倍を超えない", "1.5 times the distance of data drawn anew")
