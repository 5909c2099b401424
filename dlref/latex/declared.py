"""What a declaration declares, and how a draw fills it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from dlref.latex.docstring import Block, FormulaError
from dlref.latex.domains import Domain, Draw, FunctionDomain, Integers, Reals
from dlref.latex.names import Name, Pattern, Range, Symbol, Table, grouped, key
from dlref.latex.reader import LatexError
from dlref.latex.values import Array, Env, Expr, Family, Law, Members, Mismatch, Value, integer, shape_name, to_value

COMMA = frozenset({","})
FORMULA_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:\((.*?)\)(_.*)?)?", re.DOTALL)
Formulas = Mapping[str, tuple[Block, Callable[..., Any]]]
ATTEMPTS = 400


@dataclass
class Declared:
    """One name with its index ranges and its domain."""

    line: str
    name: Name
    pattern: Pattern
    ranges: tuple[Range, ...]
    kind: str  # real, function, subset, law, tuple
    domain: Domain | FunctionDomain | None = None
    law: Expr | None = None
    law_text: Name = ()
    universe: Expr | None = None  # of a subset
    members: tuple[tuple[Name, Domain], ...] = ()  # of a tuple
    samples: Name = ()  # gives: the density whose sample this is
    bound: tuple[str, Name] | None = None  # gives: the relation and the other side
    text: Name = ()  # the domain as written

    @cached_property
    def key(self) -> str:
        return key(self.name)

    def draw(self, env: Env, draw: Draw) -> tuple[Any, Value]:
        """(what Python is handed, what the evaluator sees)."""
        if isinstance(self.domain, FunctionDomain):
            function = self.domain.draw(env, draw)
            return function.python, function
        if self.kind == "subset":
            assert self.universe is not None
            items = self.universe(env).items
            chosen = draw.rng.random(len(items)) < 0.5
            mode = draw.mode()
            if mode == "one":
                chosen[:] = True
            if mode == "zero" or not chosen.any():
                chosen[:] = False
                chosen[int(draw.rng.integers(len(items)))] = True
            return chosen, Members(tuple(item for item, take in zip(items, chosen, strict=True) if take))
        if self.kind == "tuple":
            values = []
            for name, domain in self.members:
                value = to_value(domain.draw(env, draw))
                env[key(name)] = value
                values.append(value)
            return tuple(values), tuple(values)
        lengths = [len(r.values(env)) for r in self.ranges]
        if min(lengths, default=1) < 1:
            raise Mismatch(f"the range of '{self.line}' is empty")
        starts = tuple(integer(r.first(env)) for r in self.ranges)
        if self.kind == "law":
            assert self.law is not None
            array = draw_law(self.law(env), tuple(lengths), draw)
        else:
            assert isinstance(self.domain, Domain)
            if self.ragged:
                return self.draw_ragged(env, draw, starts)
            array = self.domain.draw(env, draw, tuple(lengths))
        if self.ranges:
            return array, Family(array, starts, flat=bool(grouped(self.pattern)))
        plain = array.item() if array.ndim == 0 else array
        return plain, to_value(array)

    @cached_property
    def ragged(self) -> bool:
        """Whether the shape of an element depends on its index."""
        if not self.ranges or not isinstance(self.domain, Domain) or not self.domain.dims:
            return False
        indices = {token for r in self.ranges for token in r.index}
        caret = self.text.index("^") if "^" in self.text else len(self.text)
        return any(token in indices for token in self.text[caret:])

    def draw_ragged(self, env: Env, draw: Draw, starts: tuple[int, ...]) -> tuple[Any, Value]:
        assert isinstance(self.domain, Domain)
        (index,) = self.ranges
        name = key(index.index)
        saved = env.get(name)
        out = []
        for value in index.values(env):
            env[name] = value
            out.append(self.domain.draw(env, draw))
        env.pop(name, None)
        if saved is not None:
            env[name] = saved
        return out, Family(out, starts)

    def shape(self, env: Env) -> tuple[int, ...]:
        lead = tuple(len(r.values(env)) for r in self.ranges)
        return lead + (self.domain.shape(env) if isinstance(self.domain, Domain) else ())


def draw_law(law: Value, lead: tuple[int, ...], draw: Draw) -> Array:
    """Values that follow a named law, with exact zeros and ends among them."""
    if not isinstance(law, Law):
        raise Mismatch(f"expected a law, got {shape_name(law)}")
    if law.name == "normal":
        mean, covariance = law.parameters
        shape = (len(covariance),) if isinstance(covariance, np.ndarray) else ()
        noise = Domain(Reals()).base.draw({}, draw, lead + shape)
        if isinstance(covariance, np.ndarray):
            return np.asarray(noise @ np.linalg.cholesky(covariance).T + (mean[:, 0] if isinstance(mean, np.ndarray) else mean))
        return np.asarray(mean + math.sqrt(covariance) * noise)
    if law.name == "uniform":
        low, high = law.parameters
        return Reals(float(low), float(high), False, True).draw({}, draw, lead)
    (p,) = law.parameters
    return np.asarray(draw.rng.random(lead) < p, dtype=float)


class Sizes(dict[Any, int]):
    """Sizes of ragged families, made distinct when they are asked for."""

    def __init__(self, pool: list[int], largest: int) -> None:
        super().__init__()
        self.pool = pool
        self.largest = largest

    def __missing__(self, name: Any) -> int:
        if not self.pool:
            self.largest += 1
            self.pool.append(self.largest)
        self[name] = self.pool.pop()
        return self[name]


@dataclass
class Declarations:
    """All that a block declares."""

    block: Block
    formulas: Formulas
    table: Table = field(default_factory=Table)
    where: list[Declared] = field(default_factory=list)
    gives: list[Declared] = field(default_factory=list)
    sizes: list[Name] = field(default_factory=list)
    size_arguments: set[str] = field(default_factory=set)  # arguments that are sizes of others
    conditions: list[tuple[str, Expr]] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)  # what must be used
    always: frozenset[int] = frozenset()  # what laws of variables need
    words: str = ""  # a condition in words: what the function refuses with ValueError is drawn anew
    outside: dict[str, Expr] = field(default_factory=dict)  # values of families beyond their ranges

    @property
    def place(self) -> str:
        return f"{self.block.path}:{self.block.line}: {self.block.id}"

    # ---- drawing

    def draw(self, rng: np.random.Generator, number: int) -> Env:
        """One environment: all sizes and arguments, with the conditions of `with` holding."""
        problem = "no draw was tried"
        for attempt in range(ATTEMPTS):
            # After many failures the special modes are given up for this draw.
            draw = Draw(rng, number if attempt < 40 else 1000 + attempt)
            env: Env = {"#python": {}}
            try:
                self.draw_sizes(env, rng, attempt)
                self.draw_arguments(env, draw)
                self.check_ranges(env)
                failed = next((text for text, condition in self.conditions if not condition(env)), None)
            except (Mismatch, LatexError) as error:
                problem = getattr(error, "reason", str(error))
                continue
            if failed is None:
                return env
            problem = f"'{failed}' never holds"
        raise FormulaError(f"{self.place}: no draw was found: {problem}")

    # What follows from the lines, once all are read.

    @cached_property
    def size_keys(self) -> list[str]:
        return [key(name) for name in self.sizes] + sorted(self.size_arguments)

    @cached_property
    def size_names(self) -> dict[str, str]:
        """The names that a call may use for sizes, and their keys."""
        return {name: key(size) for size in self.sizes for name in [python_name(size)] if name}

    @cached_property
    def drawn(self) -> list[Declared]:
        """The arguments in the order of drawing: whole numbers first, since they are sizes and bounds of the others."""
        others = [declared for declared in self.where if declared.key not in self.size_arguments]
        return sorted(others, key=lambda d: not (isinstance(d.domain, Domain) and not d.domain.dims and not d.ranges and d.domain.base.whole))

    def check_ranges(self, env: Env) -> None:
        """Mismatch where a result would be empty; what depends on results is not known yet."""
        for declared in self.gives:
            for limit in declared.ranges:
                try:
                    if len(limit.values(env)) < 1:
                        raise Mismatch(f"the range of '{declared.line}' is empty")
                except LatexError:
                    continue

    def draw_sizes(self, env: Env, rng: np.random.Generator, attempt: int) -> None:
        names = self.size_keys
        largest = max(6, len(names) + 2) + (3 if attempt > 20 else 0)  # small: arrays of four axes cost time
        pool: list[int] = (3 + np.argsort(rng.random(largest - 2))).tolist() if names or any(declared.ragged for declared in self.where) else []
        for name in names:
            env[name] = pool.pop()
        env["#sizes"] = Sizes(pool, largest)
        for declared in self.where if self.size_arguments else ():
            if declared.key in self.size_arguments and isinstance(declared.domain, Domain) and isinstance(declared.domain.base, Integers):
                env[declared.key] *= declared.domain.base.step if declared.domain.base.step > 1 else 1
                env["#python"][declared.key] = env[declared.key]

    def draw_arguments(self, env: Env, draw: Draw) -> None:
        waiting = self.drawn
        while waiting:
            later: list[Declared] = []
            error: LatexError | None = None
            for declared in waiting:
                try:
                    python, value = declared.draw(env, draw)
                except LatexError as problem:  # it needs a name that is drawn later
                    if problem.kind != "unbound index":
                        raise
                    later.append(declared)
                    error = problem
                    continue
                env[declared.key] = value
                env["#python"][declared.key] = python
            if len(later) == len(waiting):
                assert error is not None
                raise FormulaError(f"{self.place}: {error}")
            waiting = later
        for name, outside in self.outside.items():
            env[name].outside = outside(env)

    def python_arguments(self, env: Env) -> list[Any]:
        return [env["#python"][declared.key] for declared in self.where]

    def extra(self, env: Env) -> dict[str, Any]:
        """Sizes by the names that a call may use."""
        return {name: env[size] for name, size in self.size_names.items()}


@cache
def python_name(name: Name) -> str:
    """A size's name in a call: ``n_{\\text{in}}`` is n_in."""
    letters = [re.sub(r"\\[a-z]+\{(\w+)\}", r"\1", token).lstrip("\\") for token in name if token not in "{}^"]
    joined = "".join("_prime" if letter == "prime" else letter for letter in letters)
    return joined if joined.isidentifier() else ""
