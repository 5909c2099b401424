"""The law that a function's result follows, against the law that a formula states.

A result that is affine in a normal input is normal, and its mean and covariance follow exactly from a few calls. A result that is a step function of a uniform input is
looked at on a fine grid of that input. Only functions with a generator of their own are sampled: fixed seed, bounds of five standard deviations.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dlref.latex.declared import Declarations, Declared
from dlref.latex.values import Array, Family, FiniteLaw, Identity, Law, Mismatch, Outside, Value, Zero, deviation, shape_name

if TYPE_CHECKING:
    from dlref.latex.claims import Trial

SAMPLES = 2000
GRID = 200
DRAWS = 3  # of the arguments, on which a law is looked at by many calls
EXACT = 1e-7


def parameters(law: Value, size: int | None) -> list[Any]:
    """The parameters of a law as arrays for a result of so many components (None: a number)."""
    if not isinstance(law, Law):
        raise Mismatch(f"expected a law, got {shape_name(law)}")
    if law.name != "normal":
        return [float(p) if isinstance(p, (int, float)) else p for p in law.parameters]
    mean, covariance = law.parameters
    if size is None:
        if not isinstance(mean, (int, float)) or not isinstance(covariance, (int, float)):
            raise Mismatch("a law of a number has a number as mean and variance")
        return [float(mean), float(covariance)]
    if isinstance(mean, Zero) or not isinstance(mean, np.ndarray) and mean == 0:
        mean = np.zeros((size, 1))
    if isinstance(covariance, Identity):
        if not isinstance(covariance.scale, (int, float)):
            raise Mismatch("the covariance is no matrix")
        covariance = covariance.scale * np.eye(size)
    if not isinstance(mean, np.ndarray) or mean.shape != (size, 1):
        raise Mismatch(f"expected a column of {size} as mean, got {shape_name(mean)}")
    if not isinstance(covariance, np.ndarray) or covariance.shape != (size, size):
        raise Mismatch(f"expected a {size}×{size} matrix as covariance, got {shape_name(covariance)}")
    return [mean[:, 0], covariance]


def same_law(claimed: Value, declared: Value) -> float:
    """How far two laws are apart; Mismatch where they are of different kinds."""
    if not isinstance(claimed, Law) or not isinstance(declared, Law) or claimed.name != declared.name:
        raise Outside("the declared law is another")
    size = None
    if declared.name == "normal" and isinstance(declared.parameters[1], np.ndarray):
        size = len(declared.parameters[1])
    one, two = parameters(claimed, size), parameters(declared, size)
    worst = max(deviation(np.asarray(a, dtype=float), np.asarray(b, dtype=float)) for a, b in zip(one, two, strict=True))
    if not worst <= EXACT:
        raise Outside("the declared law has other parameters")
    return worst


def check_law(trial: Trial, which: int, law: Value, found: Declarations, declared: Declared) -> float:
    """The largest deviation of a result's law from the stated one; Mismatch where they differ."""
    normal = next((d for d in found.where if d.kind == "law" and "\\mathcal{N}" in d.law_text), None)
    uniform = next((d for d in found.where if d.kind == "law" and "\\mathcal{U}" in d.law_text), None)
    if trial.again is None:
        raise Mismatch("the result is not random")
    if normal is not None:
        return affine(trial, which, law, normal)
    if trial.number >= DRAWS:
        return 0.0
    if uniform is not None:
        return inversion(trial, which, law, uniform)
    return sampled(trial, which, law)


def flat(result: Any) -> Array:
    data = result.data if isinstance(result, Family) else result
    return np.asarray(data, dtype=float).reshape(-1)


def affine(trial: Trial, which: int, law: Value, noise: Declared) -> float:
    """The mean and covariance of a result that is affine in a standard normal input."""
    assert trial.again is not None
    if which not in trial.samples:
        shape = np.shape(trial.env["#python"][noise.key])
        size = int(np.prod(shape))

        def at(values: Array) -> Array:
            assert trial.again is not None
            given = values.reshape(shape)
            return flat(trial.again({noise.key: given if shape else float(given)})[which])

        center = at(np.zeros(size))
        matrix = np.stack([at(unit) - center for unit in np.eye(size)], axis=1)
        probe = trial.rng.standard_normal(size)
        if not np.allclose(at(probe), center + matrix @ probe, rtol=1e-7, atol=1e-9):
            raise Outside("the function's result is not affine in its normal input")
        trial.samples[which] = np.concatenate([center[:, None], matrix @ matrix.T], axis=1)
    moments = trial.samples[which]
    number = not isinstance(trial.results[which], (np.ndarray, Family))
    if not isinstance(law, Law) or law.name != "normal":
        raise Outside("the function's result is normal, the formula states another law")
    mean, covariance = parameters(law, None if number else len(moments))
    worst = max(deviation(np.reshape(mean, -1), moments[:, 0]), deviation(np.reshape(covariance, (len(moments), -1)), moments[:, 1:]))
    if not worst <= EXACT:
        raise Outside("the function's result has another mean or covariance")
    return worst


def inversion(trial: Trial, which: int, law: Value, uniform: Declared) -> float:
    """How often a step function of a uniform input takes each value, on a fine grid."""
    assert trial.again is not None
    if not isinstance(law, FiniteLaw):
        raise Outside(f"expected probabilities, got {shape_name(law)}")
    if which not in trial.samples:
        shape = np.shape(trial.env["#python"][uniform.key])
        rows = []
        for k in range(GRID):
            u = (k + 0.5) / GRID
            result = trial.again({uniform.key: np.full(shape, u) if shape else u})[which]
            rows.append(flat(result))
        trial.samples[which] = np.stack(rows)
    samples = trial.samples[which]
    # The index of the result that the formula speaks of is bound in the environment.
    index = 0
    result = trial.results[which]
    if isinstance(result, Family):
        index = trial.env["#index"][0] - result.starts[0]
    total = sum(weight for _, weight in law)
    worst = abs(total - 1)
    for value, weight in law:
        worst = max(worst, abs(float(np.mean(samples[:, index] == value)) - weight) - 2 / GRID)
    if worst > 1e-9:
        raise Outside("the function's result takes its values with other frequencies")
    return 0.0


def sampled(trial: Trial, which: int, law: Value) -> float:
    """A sample's mean and covariance within five standard deviations of the stated law's."""
    assert trial.again is not None
    if which not in trial.samples:
        rows = [flat(trial.again({})[which])]
        while len(rows) * rows[0].size < SAMPLES:
            rows.append(flat(trial.again({})[which]))
        trial.samples[which] = np.stack(rows)
    samples = trial.samples[which]
    if not isinstance(law, Law):
        raise Mismatch(f"expected a law, got {shape_name(law)}")
    if law.name == "normal":
        size = samples.shape[1]
        mean, covariance = parameters(law, size if isinstance(trial.results[which], np.ndarray) else None)
        variance = np.diag(covariance) if isinstance(covariance, np.ndarray) else np.asarray([covariance])
        if np.any(variance < 0) or isinstance(covariance, np.ndarray) and np.any(covariance != np.diag(variance)):
            raise Outside("only laws with independent components are sampled")
        count = len(samples)
        off = np.abs(samples.mean(axis=0) - mean) - 5 * np.sqrt(variance / count)
        spread = np.abs(samples.var(axis=0) - variance) - 5 * variance * math.sqrt(2 / count)
        if not (np.all(off <= 1e-12) and np.all(spread <= 1e-12)):
            raise Outside("the sample has another mean or variance")
        return 0.0
    if law.name == "uniform":
        values = samples.reshape(-1)
        low, high = (float(p) for p in law.parameters)
        width = high - low
        if not (low < high and values.min() >= low and values.max() <= high):
            raise Outside("the sample leaves the interval")
        mean_gap = abs(values.mean() - (low + high) / 2) / (width * math.sqrt(1 / 12 / values.size))
        spread_gap = abs(values.var() - width**2 / 12) / (width**2 * math.sqrt(1 / 180 / values.size))
        end_gap = (width - (values.max() - values.min())) * values.size / width
        if mean_gap > 5 or spread_gap > 5 or end_gap > 30:
            raise Outside("the sample has another mean, variance or range")
        return 0.0
    values = samples.reshape(-1)
    (p,) = law.parameters
    if not 0 <= p <= 1 or abs(values.mean() - p) > 5 * math.sqrt(max(p * (1 - p), 0) / values.size) + 1e-12:
        raise Outside("the sample has another frequency")
    return 0.0
