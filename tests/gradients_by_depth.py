"""How the gradient that reaches the first layer depends on the depth, without and with residual connections.

``python -m tests.gradients_by_depth`` writes docs/data/gradients-by-depth.json, which section 4.1 tabulates; a test computes it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parents[1] / "docs" / "data" / "gradients-by-depth.json"
WIDTH, RUNS, DISTANCE = 64, 100, 0.3
DEPTHS = (1, 5, 10, 20, 50, 100)
# Of each kind of network: whether it has residual connections, and the variance of its weights times the width.
KINDS = {"plain": (False, 1.0), "plain-he": (False, 2.0), "residual": (True, 1.0), "residual-small": (True, 0.01)}


def first_gradient(x: Any, weights: Any, grad: Any, skip: bool) -> Any:
    """What arrives at the input of layers ReLU(W h), or h + ReLU(W h), when a gradient enters at the output."""
    h, active = x, []
    for w in weights:
        z = w @ h
        active.append(z > 0)
        h = np.maximum(z, 0) + (h if skip else 0)
    for w, on in zip(weights[::-1], reversed(active), strict=True):
        grad = w.T @ (on * grad) + (grad if skip else 0)
    return grad


def results() -> dict[str, Any]:
    """By depth and kind: the norm of that gradient relative to the one at the output (the median over the runs), and its cosine with
    the gradient at an input nearby (the mean)."""
    norms = np.empty((len(DEPTHS), len(KINDS), RUNS))
    cosines = np.empty_like(norms)
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        x, step, grad = rng.normal(size=(3, WIDTH))
        layers = rng.normal(size=(max(DEPTHS), WIDTH, WIDTH)) / WIDTH**0.5
        for k, (skip, variance) in enumerate(KINDS.values()):
            weights = layers * variance**0.5
            for d, depth in enumerate(DEPTHS):
                here = first_gradient(x, weights[:depth], grad, skip)
                there = first_gradient(x + DISTANCE * step, weights[:depth], grad, skip)
                norms[d, k, run] = np.linalg.norm(here) / np.linalg.norm(grad)
                cosines[d, k, run] = here @ there / (np.linalg.norm(here) * np.linalg.norm(there))
    rows = [
        {
            "depth": depth,
            "norm": {kind: float(f"{value:.4g}") for kind, value in zip(KINDS, np.median(norms[d], axis=1), strict=True)},
            "cosine": {kind: round(float(value), 4) for kind, value in zip(KINDS, cosines[d].mean(axis=1), strict=True)},
        }
        for d, depth in enumerate(DEPTHS)
    ]
    return {"width": WIDTH, "runs": RUNS, "distance": DISTANCE, "rows": rows}


if __name__ == "__main__":
    FILE.write_text(json.dumps(results(), indent=1) + "\n", encoding="utf8")
