"""Arrays and functions that the tests of several topics are run with."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlref.activations import tanh
from tests.topics import Call


def quarters(*shape: int, seed: int = 0) -> Any:
    """Multiples of a quarter of both signs, as nested lists: single precision holds them exactly."""
    return (np.random.default_rng(seed).integers(-8, 9, size=shape) / 4).tolist()


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def drawn(*shapes: tuple[int, ...], seed: int = 0) -> list[Any]:
    """Several arrays from one source."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def distributions(k: int, n: int, *, seed: int) -> Any:
    """Distributions over k values, a row each."""
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=n)


def bend(a: Any) -> Any:
    """An activation function of any library."""
    return a - a * a * a / 16


def tanh_slope(a: Any) -> Any:
    return 1 - tanh(a) ** 2


def wrong(good: Call, place: int | str, bad: Any, right: Any) -> tuple[Call, Call]:
    """Two calls that differ in the argument at a position or of a name: one to be refused, one not."""

    def put(value: Any) -> Call:
        if isinstance(place, str):
            return Call(*good.args, **{**good.options, place: value})
        return Call(*(value if i == place else arg for i, arg in enumerate(good.args)), **good.options)

    return put(bad), put(right)
