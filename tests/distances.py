"""How far samples of a model are from samples of the data; the yardstick is how far samples of the data are from each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Sample = NDArray[np.float64]  # of shape (n, d)
Draw = Callable[[np.random.Generator, int], Sample]


def energy_distance(x: Sample, y: Sample) -> float:
    """Energy distance of two samples: 0 only if they are equal."""
    return float(np.sqrt(max(0.0, 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean())))


def mean_distance(draw: Draw, other: Draw, *, n: int = 200, pairs: int = 40, seed: int = 0) -> float:
    """The mean over pairs of fresh samples of n rows each. ``mean_distance(data, data)`` is the data's own resampling distance."""
    rng = np.random.default_rng(seed)
    return float(np.mean([energy_distance(draw(rng, n), other(rng, n)) for _ in range(pairs)]))
