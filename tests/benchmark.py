"""How long dlref takes on NumPy, as a multiple of what PyTorch takes for the same, or scikit-learn, both on one thread of one processor.

``python -m tests.benchmark`` measures and writes docs/data/benchmark.json, which the page Verification shows. The two sides take
turns, so that whatever else the machine does falls on both; what counts is the ratio of the medians. Times are no tests.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # before NumPy reads it

import numpy as np

from dlref.activations import sigmoid, softmax
from dlref.attention import scaled_dot_product_attention
from dlref.conv import conv2d, conv_transpose2d
from dlref.norm import batch_norm, layer_norm
from dlref.optim import Adam
from dlref.pool import avg_pool2d, max_pool2d, max_pool2d_with_indices
from dlref.regularize import lasso
from dlref.rnn import LSTM
from dlref.site.tables import write
from tests.topics import ROOT

SOURCES = [f"dlref/{name}.py" for name in ("_backend", "activations", "attention", "conv", "norm", "optim", "pool", "regularize", "rnn")]
NAME = "benchmark"


@dataclass(frozen=True)
class Case:
    """The same computation on both sides, with the ratio that it should not exceed where one is set."""

    name: str | dict[str, str]
    shape: tuple[int, ...]
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    goal: float | None = None
    dtype: str = "float32"


def cases() -> Iterator[Case]:
    """What is measured, in single precision unless something else is said: on some hundred thousand numbers, and on eight images."""
    import torch
    from torch.nn import functional

    rng = np.random.default_rng(0)

    def draw(*shape: int) -> tuple[Any, Any]:
        x = rng.standard_normal(shape).astype(np.float32)
        return x, torch.from_numpy(x)

    x, t = draw(1000, 100)
    yield Case("Softmax", x.shape, lambda x=x: softmax(x), lambda t=t: torch.softmax(t, -1), 2.5)
    x, t = draw(100_000)
    yield Case("Sigmoid", x.shape, lambda x=x: sigmoid(x), lambda t=t: torch.sigmoid(t), 5)
    for kind, shape in (
        ({"ja": "バッチ正規化（画像）", "en": "Batch normalization (images)"}, (32, 64, 7, 7)),
        ({"ja": "バッチ正規化（特徴）", "en": "Batch normalization (features)"}, (1000, 100)),
    ):
        (x, t), (g, gt), (b, bt) = draw(*shape), draw(shape[1]), draw(shape[1])
        yield Case(
            kind,
            shape,
            lambda x=x, g=g, b=b: batch_norm(x, g, b),
            lambda t=t, gt=gt, bt=bt: functional.batch_norm(t, None, None, gt, bt, training=True),
            1.5,
        )
    (x, t), (g, gt), (b, bt) = draw(1000, 100), draw(100), draw(100)
    yield Case(
        {"ja": "層正規化", "en": "Layer normalization"},
        x.shape,
        lambda x=x, g=g, b=b: layer_norm(x, g, b),
        lambda t=t, gt=gt, bt=bt: functional.layer_norm(t, (100,), gt, bt),
    )
    yield Case("Adam", (100_000,), *_adam(*draw(100_000), *draw(100_000)), 2)
    (q, qt), (k, kt), (v, vt) = (draw(8, 512, 64) for _ in range(3))
    heads = [tensor[None] for tensor in (qt, kt, vt)]  # with four axes PyTorch takes its fastest way
    yield Case(
        {"ja": "アテンション", "en": "Attention"},
        q.shape,
        lambda: scaled_dot_product_attention(q, k, v),
        lambda: functional.scaled_dot_product_attention(*heads)[0],
        1.5,
    )
    yield from _images(draw)
    yield from _sequences(draw)
    yield from _regressions(rng)


def _images(draw: Callable[..., tuple[Any, Any]]) -> Iterator[Case]:
    """Convolutions with 64 kernels of 3 × 3, and pooling, of eight images with 64 channels."""
    from torch.nn import functional

    (x, t), (w, wt) = draw(8, 64, 56, 56), draw(64, 64, 3, 3)
    w, wt = w / 24, wt / 24  # so that the sums of 576 products are about as large as the numbers of the images
    for dtype, goal in (("float32", 2.0), ("float64", 1.0)):
        as_ours = [array.astype(dtype) for array in (x, w)]
        as_theirs = [tensor.double() if dtype == "float64" else tensor for tensor in (t, wt)]
        yield Case(
            {"ja": f"畳み込み（{dtype}）", "en": f"Convolution ({dtype})"},
            x.shape,
            lambda args=as_ours: conv2d(*args, padding=1),
            lambda args=as_theirs: functional.conv2d(*args, padding=1),
            goal,
            dtype,
        )
    small, small_t = x[:, :, :28, :28].copy(), t[:, :, :28, :28].contiguous()
    yield Case(
        {"ja": "転置畳み込み（ストライド 2）", "en": "Transposed convolution (stride 2)"},
        small.shape,
        lambda: conv_transpose2d(small, w, stride=2, padding=1, output_padding=1),
        lambda: functional.conv_transpose2d(small_t, wt, stride=2, padding=1, output_padding=1),
        2,
    )
    size: dict[str, int] = {"kernel_size": 2, "stride": 2}
    yield Case(
        {"ja": "最大プーリング", "en": "Max pooling"},
        x.shape,
        lambda: max_pool2d(x, **size),
        lambda: functional.max_pool2d(t, **size),
        1.5,
    )
    yield Case(
        {"ja": "最大プーリング（位置つき）", "en": "Max pooling, with places"},
        x.shape,
        lambda: max_pool2d_with_indices(x, **size)[0],
        lambda: functional.max_pool2d(t, **size, return_indices=True)[0],
        1.5,
    )
    yield Case(
        {"ja": "平均プーリング", "en": "Average pooling"},
        x.shape,
        lambda: avg_pool2d(x, **size),
        lambda: functional.avg_pool2d(t, **size),
        1.5,
    )


def _sequences(draw: Callable[..., tuple[Any, Any]]) -> Iterator[Case]:
    """An LSTM with 256 units on 16 sequences of 100 inputs with 128 entries."""
    import torch

    n = 256
    (x, t), (w, wt), (u, ut), (b, bt) = draw(16, 100, 128), draw(4 * n, 128), draw(4 * n, n), draw(4 * n)
    for dtype, goal in (("float32", 3.0), ("float64", 2.0)):
        theirs = torch.nn.LSTM(128, n, batch_first=True, dtype=getattr(torch, dtype))
        with torch.no_grad():
            for parameter, value in zip(theirs.parameters(), (wt / 16, ut / 16, bt, 0 * bt), strict=True):
                parameter.copy_(value)
        # in the order i, f, c, o of PyTorch; here it is f, i, o, c
        gates = [array[n * k : n * (k + 1)].astype(dtype) for k in (1, 0, 3, 2) for array in (w / 16, u / 16, b)]
        ours, first = LSTM(*gates), np.zeros((16, n), dtype)
        yield Case(
            {"ja": f"LSTM（256 ユニット、{dtype}）", "en": f"LSTM (256 units, {dtype})"},
            x.shape,
            lambda ours=ours, x=x.astype(dtype), first=first: ours.forward(x, first, first)[0],
            lambda theirs=theirs, t=t.to(getattr(torch, dtype)): theirs(t)[0],
            goal,
            dtype,
        )


def _regressions(rng: np.random.Generator) -> Iterator[Case]:
    """The lasso of 1000 samples with 100 features, of which about half get a parameter; both sides solve it to ten digits or more."""
    import torch
    from sklearn.linear_model import Lasso

    x = rng.standard_normal((1000, 100))
    y = x[:, :30] @ rng.standard_normal(30) + rng.standard_normal(1000)
    theirs = Lasso(alpha=0.02, fit_intercept=False, tol=1e-12)
    yield Case(
        {"ja": "ラッソ（scikit-learn と比べて）", "en": "Lasso (against scikit-learn)"},
        x.shape,
        lambda: lasso(x, y, lam=0.02),
        lambda: torch.from_numpy(theirs.fit(x, y).coef_),
        10,
        "float64",
    )


def _adam(theta: Any, theta_t: Any, grad: Any, grad_t: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A step of either side, from where the last one ended."""
    import torch

    parameter = theta_t.clone().requires_grad_()
    parameter.grad = grad_t
    theirs, ours, state = torch.optim.Adam([parameter]), Adam(), {"theta": theta}

    def our_step() -> Any:
        state["theta"] = ours.step(state["theta"], grad)
        return state["theta"]

    def their_step() -> Any:
        theirs.step()
        return parameter

    return our_step, their_step


def measure(first: Callable[[], Any], second: Callable[[], Any], *, rounds: int = 100, seconds: float = 2e-3) -> tuple[float, float]:
    """The median times of two functions that take turns, in seconds; in a turn each is called for so many seconds."""

    def turn(function: Callable[[], Any], calls: int) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            function()
        return (time.perf_counter() - start) / calls

    functions = (first, second)
    calls = [max(1, round(seconds / turn(function, 3))) for function in functions]
    times = [[turn(function, n) for function, n in zip(functions, calls, strict=True)] for _ in range(rounds)]
    found = [statistics.median(column) for column in zip(*times, strict=True)]
    return found[0], found[1]


COLUMNS = [
    {"ja": "関数", "en": "Function"},
    {"ja": "入力の形", "en": "Shape of the input"},
    {"ja": "NumPy 上の dlref（µs）", "en": "dlref on NumPy (µs)"},
    {"ja": "PyTorch か scikit-learn（µs）", "en": "PyTorch or scikit-learn (µs)"},
    {"ja": "比", "en": "Ratio"},
    {"ja": "目標", "en": "Goal"},
]


def row(case: Case, **options: Any) -> list[Any]:
    """The cells of one case."""
    ours, theirs = measure(case.ours, case.theirs, **options)
    shape = " × ".join(f"{n:,}".replace(",", " ") for n in case.shape)
    goal = "–" if case.goal is None else f"≤ {case.goal:g}"
    return [case.name, shape, f"{1e6 * ours:.0f}", f"{1e6 * theirs:.0f}", f"{ours / theirs:.2f}", goal]


def main() -> None:
    """Measure all cases and write the table."""
    import torch

    torch.set_num_threads(1)
    rows = []
    with torch.no_grad():
        for case in cases():
            rows.append(row(case))
            print(*(cell if isinstance(cell, str) else cell["en"] for cell in rows[-1]), sep="\t", flush=True)
    machine = {"processor": platform.machine(), "python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__}
    write(ROOT, NAME, SOURCES, COLUMNS, rows, machine=machine)


if __name__ == "__main__":
    main()
