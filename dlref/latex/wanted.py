"""Results that no function has given: a formula is evaluated by asking it for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlref.latex.docstring import FormulaError
from dlref.latex.values import Env, Expr, Value, to_value

FIRST = 2  # the first mark of an entry: no number that powers and factors leave as it is


class Wanted:
    """A result that is not known yet. The first value that the formula gives it is its value; all others are compared with that."""

    def __init__(self) -> None:
        self.value: Value = None
        self.cells: dict[tuple[int, ...], Wanted] = {}  # its members, where the formula gives them one by one

    def __getitem__(self, indices: tuple[int, ...]) -> Wanted:
        return self.cells.setdefault(indices, Wanted())


def known(result: Value) -> Value:
    """The value of a result, whether the function or the formula gave it."""
    return result.value if isinstance(result, Wanted) else result


def hand_out(env: Env, left: Expr, value: Value, results: Sequence[tuple[Wanted, str, tuple[int, ...]]]) -> None:
    """The entries of a value to the results (with their names and shapes) that the left side is built from: ŵ and b̂ of one column."""
    ends = np.cumsum([0, *(math.prod(shape) for _, _, shape in results)])
    total = int(ends[-1])
    for (_, name, shape), start in zip(results, ends[:-1], strict=True):
        env[name] = to_value(np.arange(start, start + math.prod(shape)).reshape(shape) + FIRST)
    places = np.reshape(left(env), -1) - FIRST  # where each entry of the left side comes from
    flat = np.reshape(value, -1)
    if sorted(places.tolist()) != list(range(total)) or len(flat) != total:
        raise FormulaError("the formula is an equation that its results fulfill, it does not say how to find them")
    ordered = np.empty(total)
    ordered[places.astype(int)] = flat
    for (wanted, name, shape), start in zip(results, ends[:-1], strict=True):
        wanted.value = env[name] = to_value(ordered[start : start + math.prod(shape)].reshape(shape))
