"""Figure 1.1: bias and variance of polynomials fitted by least squares, by degree, in a fixed design."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from style import PALETTE, Picture, signed

from dlref.risk import bias_squared, expected_squared_error, fixed_design_predictions, variance

Floats = NDArray[np.float64]

N = 16  # points of the design
SIGMA = 0.3  # standard deviation of the noise
DEGREES = range(13)
N_REP = 20_000  # training sets

TEXT = {
    "ja": {
        "x": "モデルの複雑さ（多項式の次数 $d$）",
        "y": "誤差",
        "total": "期待二乗誤差",
        "bias": "バイアスの二乗",
        "variance": "バリアンス",
        "noise": "ノイズ $σ_ε^2$",
        "optimum": "最適な複雑さ",
        "under": "未学習",
        "over": "過学習",
        "description": (
            "横軸はモデルの複雑さ（多項式の次数 0 から {last}）、縦軸は誤差。{n} 個の固定した点でノイズを引き直した {n_rep} 組の訓練データに多項式を当てはめた結果である。"
            "バイアスの二乗は {bias_first} から 0 近くまで下がり、バリアンスは {variance_first} から {variance_last} まで直線的に上がる。"
            "二つに一定のノイズの分散 {noise} を加えた期待二乗誤差は U 字形で、次数 {best} で最小値 {total_best} をとる。"
            "その左が未学習（バイアスが大きい）、右が過学習（バリアンスが大きい）の領域である。"
        ),
    },
    "en": {
        "x": "model complexity (degree $d$ of the polynomial)",
        "y": "error",
        "total": "expected squared error",
        "bias": "bias squared",
        "variance": "variance",
        "noise": "noise $σ_ε^2$",
        "optimum": "optimal complexity",
        "under": "underfitting",
        "over": "overfitting",
        "description": (
            "Error over model complexity, the degree of a polynomial from 0 to {last}, fitted to {n_rep} training sets that differ in the noise at {n} "
            "fixed points. Bias squared falls from {bias_first} to almost 0; variance rises along a straight line from {variance_first} to "
            "{variance_last}. Their sum with the constant noise variance {noise}, the expected squared error, is U-shaped with its minimum {total_best} "
            "at degree {best}. To the left lies underfitting (high bias), to the right overfitting (high variance)."
        ),
    },
}


def truth(x: Floats) -> Floats:
    """A damped oscillation: no polynomial, and each further degree comes closer to it."""
    return np.exp(-4 * x) * np.cos(10 * x)


@cache
def experiment() -> dict[str, Floats]:
    """Bias squared, variance and expected squared error at each degree, averaged over the points of the design."""
    x = np.linspace(0, 1, N)
    f_star = truth(x)
    rows = []
    for degree in DEGREES:
        predictions = fixed_design_predictions(truth, x, degree=degree, sigma=SIGMA, n_rep=N_REP, rng=np.random.default_rng(degree))
        parts = bias_squared(predictions, f_star), variance(predictions), expected_squared_error(predictions, f_star, sigma=SIGMA)
        rows.append([float(np.mean(part)) for part in parts])
    return dict(zip(("bias", "variance", "total"), np.array(rows).T, strict=True))


def draw(language: str) -> str:
    text = TEXT[language]
    curves = experiment()
    best = int(np.argmin(curves["total"]))
    picture = Picture("bias-variance", 286, (40, 10, 66, 40))
    axes = picture.axes
    axes.set_xlim(-0.4, DEGREES[-1] + 0.4)
    axes.set_ylim(-0.012, 0.25)
    picture.ticks(x=range(0, len(DEGREES), 2), y=(0, 0.05, 0.1, 0.15, 0.2))
    axes.axvspan(best, DEGREES[-1] + 0.4, facecolor=PALETTE["tint"], edgecolor="none", gid="dl:overfitting", zorder=0)
    picture.rule("optimum", [best, best], [-0.012, 0.25], dashes=(5, 3))
    picture.series("4", "noise", [-0.4, DEGREES[-1] + 0.4], [SIGMA**2] * 2)
    for series, name in (("3", "variance"), ("2", "bias"), ("1", "total")):
        picture.series(series, name, DEGREES, curves[name], markers=True, clip_on=False)
    picture.legend([("1", text["total"], ""), ("2", text["bias"], "")], x=14, y=16, markers=True)
    picture.legend([("3", text["variance"], "")], x=208, y=16, markers=True)
    picture.legend([("4", text["noise"], "")], x=208, y=33)
    picture.text((best - 0.4) / 2, 0.23, text["under"], anchor="middle", halo=True)
    picture.text((best + DEGREES[-1] + 0.4) / 2, 0.23, text["over"], anchor="middle")
    picture.text(4, 58, text["y"], units=True)
    picture.text(40 + 308 * (best + 0.4) / (len(DEGREES) - 0.2), 58, text["optimum"], anchor="middle", units=True)
    picture.text(194, 281, text["x"], anchor="middle", units=True)
    return picture.svg()


def describe(language: str) -> str:
    curves = experiment()
    best = int(np.argmin(curves["total"]))
    return TEXT[language]["description"].format(
        n=N, n_rep=f"{N_REP:,}", last=DEGREES[-1], best=best, noise=signed(SIGMA**2), total_best=signed(curves["total"][best], 3),
        bias_first=signed(curves["bias"][0], 3), variance_first=signed(curves["variance"][0], 3), variance_last=signed(curves["variance"][-1], 3),
    )  # fmt: skip
