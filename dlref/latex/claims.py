"""What a formula claims about a draw, and how a claim is compared with what the function returned."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlref.latex.declared import Declared
from dlref.latex.names import Name, Range, Span, Table
from dlref.latex.reader import LatexError
from dlref.latex.values import Array, Env, Expr, Identity, Mismatch, Value, deviation, is_number, shape_name
from dlref.latex.wanted import Wanted

COMMA = frozenset({","})
MARKS = frozenset({"=", r"\leq", r"\geq", "<", ">", r"\neq", r"\leftarrow", r"\sim", r"\in", ":", r"\iff"})
ORDER = frozenset({r"\leq", r"\geq", "<", ">"})
TOLERANCE = 1e-8
EQUAL = 1e-12  # where a bound is attained
SPECIAL = 8  # the draws with zeros, ties and ends, in which many places are looked at
FEW = 6
LOOSE = 1e-6  # of solvers, which stop before the exact optimum


@dataclass
class Trial:
    """One draw: the environment, what the function returned, and a generator for random steps."""

    env: Env
    results: list[Any]  # one for each line of `gives`, as the evaluator indexes them
    number: int
    rng: np.random.Generator
    again: Callable[[dict[str, Any]], list[Any]] | None = None  # the function with other random inputs
    samples: dict[int, Array] = field(default_factory=dict)
    steps: dict[tuple[int, ...], list[Array]] = field(default_factory=dict)
    every: bool = False  # whether all indices are looked at


@dataclass
class Plan:
    """What the formula as written fixes, and every other text of it has to keep."""

    gives: list[Declared]
    pins: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the marks between a function's arguments
    sides: list[Name] = field(default_factory=list)  # left sides that are pinned as tokens (densities)
    quantified: set[Name] | None = None
    read_off: set[int] = field(default_factory=set)  # results that are members of what the formula defines
    built: bool = False  # whether a left side is an expression of results
    sides_of: dict[int, int] = field(default_factory=dict)  # how many left sides each result has
    claims: set[Name] = field(default_factory=set)  # names whose domain, range or law the formula states
    result: str = "arrays"  # arrays, truth, slack
    law: bool = False  # the left side is an expression and the result its value


@dataclass
class State:
    """What is known after some draws."""

    deviation: float = 0.0
    attained: set[int] = field(default_factory=set)
    strict: set[int] = field(default_factory=set)


Step = Callable[[Trial, State], None]


@dataclass
class Formula:
    """The compiled text of a formula."""

    latex: str
    steps: list[Step]
    bounds: dict[int, int]  # bounds that must be attained in some draw, with their place
    orders: set[int]  # places of ≤, ≥ that must be strict in some draw
    table: Table
    gap: Expr | None = None  # of an inequality whose truth is the result: how far it is from equality
    unused: LatexError | None = None  # a declared name that the formula does not use

    def look(self, trial: Trial, state: State) -> None:
        """Every claim on one draw; LatexError at the first that does not hold."""
        trial.env["#running"] = set()
        trial.env["#text"] = {}
        for step in self.steps:
            step(trial, state)

    def finish(self, state: State) -> None:
        for number, at in self.bounds.items():
            if number not in state.attained:
                raise LatexError("numbers", self.latex, at, "the bound is attained in no draw")
        for at in self.orders:
            if at not in state.strict:
                raise LatexError("numbers", self.latex, at, "both sides are equal in every draw: expected '='")
        if self.unused is not None:
            raise self.unused


@dataclass
class Clause:
    """A clause: its members and the marks between them, as spans of tokens."""

    start: int
    end: int
    members: list[Span]
    marks: list[int]  # places of the relations
    guard: Span | None = None
    claim: bool = False


def compare(state: State, latex: str, at: int, value: Value, expected: Value, tolerance: float = TOLERANCE) -> None:
    """A value against what the function returned; where nothing was returned yet, the value is the result."""
    if isinstance(expected, Wanted):
        if expected.value is None:
            expected.value = value
            return
        expected = expected.value
    if isinstance(expected, bool) != isinstance(value, bool) and is_number(value) and is_number(expected):
        raise LatexError("shape", latex, at, f"expected {shape_name(expected)}, got {shape_name(value)}")
    if isinstance(value, Identity) and isinstance(expected, np.ndarray):
        value = value.scale * np.eye(len(expected))
    try:
        gap = deviation(value, expected)
    except Mismatch as problem:
        raise LatexError("shape", latex, at, str(problem)) from None
    if not gap <= tolerance:
        one, other = brief(value), brief(expected)
        raise LatexError("numbers", latex, at, f"the formula gives {one}, the function {other}", (one, other))
    state.deviation = max(state.deviation, gap)


def brief(value: Value) -> str:
    if isinstance(value, np.ndarray):
        return np.array2string(value.reshape(-1)[:6], precision=6, separator=", ") + ("…" if value.size > 6 else "")
    return f"{value:.10g}" if is_number(value) and not isinstance(value, bool) else str(value)


def ordered(latex: str, at: int, a: Value, mark: str, b: Value, state: State) -> None:
    """A relation between two numbers, rounding aside for ≤ and ≥."""
    if not (is_number(a) and is_number(b)):
        raise LatexError("shape", latex, at, f"cannot compare {shape_name(a)} with {shape_name(b)}")
    slack = 1e-9 * max(1.0, abs(a), abs(b))
    holds = {r"\leq": a <= b + slack, r"\geq": a >= b - slack, "<": a < b, ">": a > b}[mark]
    if not holds:
        raise LatexError("numbers", latex, at, f"{a:.10g} {mark} {b:.10g} does not hold")
    if deviation(a, b) > EQUAL:
        state.strict.add(at)


def choices(env: Env, ranges: Sequence[Range], trial: Trial) -> list[tuple[int, ...]]:
    """Index values to look at: all of a few; of many the corners, equal ones (ties) and one at random; in the later draws one place, in turn a corner or any."""
    lists = [list(r.values(env)) for r in ranges]
    if not all(lists):
        return []
    if trial.every:
        return list(itertools.product(*lists))
    rng = trial.rng
    anywhere = tuple(values[int(rng.integers(len(values)))] for values in lists)
    if trial.number >= SPECIAL:
        return [anywhere if trial.number % 2 else tuple(values[-int(rng.integers(2))] for values in lists)]
    if math.prod(len(values) for values in lists) <= FEW:
        return list(itertools.product(*lists))
    found = list(itertools.product(*[(values[0], values[-1]) for values in lists])) if len(lists) <= 3 else [tuple(values[-(trial.number % 2)] for values in lists)]
    shared = sorted(set(lists[0]).intersection(*lists[1:]))
    if shared and len(lists) > 1:
        found.append((shared[int(rng.integers(len(shared)))],) * len(lists))
    return [*found, anywhere]
