"""How close the activations come to their exact values, in units in the last place, over all exponents: measured against mpmath.

``python -m tests.accuracy`` writes what the pages of chapter 3 show: docs/data/activation-accuracy.json and
docs/data/activation-properties.json. Tests hold the measured errors to ``BOUNDS``, and the files to the code that they were made with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from dlref import activations
from dlref.site.tables import write
from tests.topics import ROOT

SOURCES = ["dlref/activations.py"]
FAR = 2000  # beyond, every exponential is 0 or infinite in float64

# The largest errors that are allowed, in units in the last place of the exact value.
BOUNDS = {"sigmoid": 4, "tanh": 4, "softmax": 4, "elu": 4, "swish": 4, "gelu": 8}
NAMES = {"sigmoid": "Sigmoid", "tanh": "tanh", "softmax": "Softmax", "elu": "ELU", "swish": "Swish", "gelu": "GELU"}
LIBRARIES = ("NumPy", "PyTorch")
DTYPES = ("float64", "float32")


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x)) if x > -FAR else mpmath.mpf(0)


EXACT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": _sigmoid,
    "tanh": lambda x: mpmath.tanh(x) if abs(x) < FAR else mpmath.sign(x),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x) if x > -FAR else mpmath.mpf(-1),
    "swish": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * mpmath.ncdf(x) if abs(x) < FAR else max(x, mpmath.mpf(0)),
}


@cache
def points(dtype: str) -> Any:
    """Arguments of either sign and of every exponent that the dtype has, and more of them where the functions bend and where they fade."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(0)
    exponents = np.arange(int(np.log2(float(info.smallest_subnormal))), info.maxexp)
    edge = 760 if dtype == "float64" else 110  # where e^x has become 0
    x = [np.ldexp(rng.uniform(1, 2, exponents.size), exponents), 2.0 ** exponents[::7]]
    x += [rng.uniform(0, top, 400) for top in (1, 3, 10, 40, edge)]
    positive = np.concatenate(x).astype(dtype)
    return np.concatenate([positive[np.isfinite(positive)] * np.dtype(dtype).type(sign) for sign in (-1, 1)] + [np.zeros(1, dtype)])


@cache
def scores(dtype: str) -> tuple[Any, ...]:
    """Tables of scores for softmax: two, one of them 0; ten; a hundred; a thousand; of very different sizes; far below 0."""
    rng = np.random.default_rng(0)
    x = points(dtype)[::3]
    tables = [np.stack([x, np.zeros_like(x)], axis=-1), rng.normal(size=(200, 10)) * rng.uniform(0, 200, (200, 1))]
    tables += [rng.normal(size=(5, 100)) * 10, rng.normal(size=(2, 1000)) * 5]
    tables += [np.ldexp(rng.normal(size=(100, 8)), rng.integers(-30, 10, (100, 8))), rng.normal(size=(50, 5)) * 20 - 1e5]
    # z − c is exact while no score is larger than this (see softmax)
    return tuple(np.minimum(table, 345 if dtype == "float64" else 36).astype(dtype) for table in tables)


def _exact_softmax(row: Any) -> list[Any]:
    values = [mpmath.mpf(float(score)) for score in row]
    top = max(values)
    terms = [mpmath.exp(value - top) if value - top > -FAR else mpmath.mpf(0) for value in values]
    total = mpmath.fsum(terms)
    return [term / total for term in terms]


@cache
def exact(name: str, dtype: str) -> tuple[list[Any], Any]:
    """The exact values at all points, and the distances of neighboring numbers of the dtype there."""
    with mpmath.workprec(120):
        if name == "softmax":
            values = [value for table in scores(dtype) for row in table for value in _exact_softmax(row)]
        else:
            values = [EXACT[name](mpmath.mpf(float(x))) for x in points(dtype)]
        return values, np.spacing(np.abs(np.array([float(value) for value in values])).astype(dtype)).astype(np.float64)


def computed(name: str, library: str, dtype: str) -> Any:
    """What dlref computes at all points, in this library and dtype."""
    import torch

    function = getattr(activations, name)
    found = []
    for given in scores(dtype) if name == "softmax" else (points(dtype),):
        found.append(np.asarray(function(torch.from_numpy(given) if library == "PyTorch" else given)).ravel())
        assert found[-1].dtype == dtype
    return np.concatenate(found)


def ulps(values: Any, name: str, dtype: str) -> Any:
    """How far values are from the exact ones, in units in the last place."""
    right, spacing = exact(name, dtype)
    with mpmath.workprec(120):
        return np.array([abs(float(mpmath.mpf(float(value)) - goal)) for value, goal in zip(values, right, strict=True)]) / spacing


def worst(name: str, library: str, dtype: str) -> float:
    """The largest error of a function."""
    return float(ulps(computed(name, library, dtype), name, dtype).max())


def accuracy() -> dict[str, Any]:
    """The table of the largest errors."""
    columns: list[dict[str, str]] = [{"ja": "関数", "en": "Function"}, {"ja": "上限", "en": "Bound"}]
    kinds = [(dtype, library) for dtype in DTYPES for library in LIBRARIES]
    columns += [{"ja": f"{library}, {dtype}", "en": f"{library}, {dtype}"} for dtype, library in kinds]
    rows = [[NAMES[name], str(BOUNDS[name]), *(f"{worst(name, library, dtype):.2f}" for dtype, library in kinds)] for name in BOUNDS]
    return {"columns": columns, "rows": rows}


# --- The table of properties


def _first_of_two(x: Any) -> Any:
    """The first of two softmax probabilities, as a function of its score; the other score is 0."""
    return activations.softmax(np.stack([x, np.zeros_like(x)], axis=-1))[..., 0]


ROWS: list[tuple[str | dict[str, str], Callable[[Any], Any]]] = [
    ("Sigmoid", activations.sigmoid),
    ("tanh", activations.tanh),
    ("ReLU", activations.relu),
    ("Leaky ReLU", activations.leaky_relu),
    ("ELU", activations.elu),
    ("Swish", activations.swish),
    ("GELU", activations.gelu),
    ({"ja": "Softmax（二つ）", "en": "Softmax of two"}, _first_of_two),
]


def tidy(value: float, digits: int = 2) -> str:
    """A number as LaTeX, with so many digits after the point, or fewer where they are zeros."""
    if np.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if abs(float(text) - value) < 1e-6 else text) or "0"


def row(found: activations.Properties) -> list[str | dict[str, str]]:
    """The cells of one activation: range, mean, the slopes at both ends, where it saturates, the largest slope, kinks."""
    left, right = "[" if found.low_reached else "(", "]" if found.high_reached else ")"
    sides = {(True, True): ("両側", "both"), (True, False): ("負", "negative"), (False, False): ("なし", "neither")}
    where = sides[found.slope_left == 0, found.slope_right == 0]
    return [
        f"${left}{tidy(found.low)}, {tidy(found.high)}{right}$",
        f"${tidy(found.mean)}$",
        f"${tidy(found.slope_left)}$",
        f"${tidy(found.slope_right)}$",
        {"ja": where[0], "en": where[1]},
        f"${tidy(found.steepest)}$",
        "".join(f"$x = {tidy(kink)}$" for kink in found.kinks) or {"ja": "なし", "en": "none"},
    ]


def properties_table() -> dict[str, Any]:
    """The table that compares activations, all of it computed."""
    columns = [
        {"ja": "関数", "en": "Function"},
        {"ja": "出力範囲", "en": "Range"},
        {"ja": "平均", "en": "Mean"},
        {"ja": r"$x \to -\infty$ の傾き", "en": r"Slope, $x \to -\infty$"},
        {"ja": r"$x \to \infty$ の傾き", "en": r"Slope, $x \to \infty$"},
        {"ja": "飽和する側", "en": "Saturates"},
        {"ja": "最大の傾き", "en": "Largest slope"},
        {"ja": "折れ目", "en": "Kink"},
    ]
    return {"columns": columns, "rows": [[name, *row(activations.properties(function))] for name, function in ROWS]}


TABLES = {"activation-accuracy": accuracy, "activation-properties": properties_table}


def main() -> None:
    """Write both tables."""
    for name, make in TABLES.items():
        table = make()
        write(ROOT, name, SOURCES, **table)
        for line in table["rows"]:
            print(*(cell if isinstance(cell, str) else cell["en"] for cell in line), sep="\t")


if __name__ == "__main__":
    main()
