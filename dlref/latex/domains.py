"""Domains: reading the right side of ``x \\in …`` and drawing from it.

Draws are not tame. Beside normal numbers there are draws of small whole and half numbers (ties and kinks between variables happen by themselves), of zeros, of ones
and of the closed ends of intervals; finite sets are gone through element by element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from dlref.latex.evaluate import Parser
from dlref.latex.names import Span, closing, split
from dlref.latex.values import Array, Env, Expr, Function, Members, Mismatch, Value, integer, is_number, shape_name, to_python, to_value

MODES = ("normal", "whole", "zero", "one", "half")
COMMA = frozenset({","})


@dataclass
class Draw:
    """The state of one draw: its generator, its number, and how many values the finite sets before had."""

    rng: np.random.Generator
    number: int
    stride: int = 1

    def mode(self) -> str:
        """The first draws and every third one have one mode for all names (ties need whole numbers on both sides), the others one for each."""
        if self.number < len(MODES):
            return MODES[self.number]
        if self.number % 3 == 0:
            return MODES[1 + self.number // 3 % (len(MODES) - 1)]
        chance = self.rng.random() / 0.6
        return MODES[int(chance * len(MODES))] if chance < 1 else "normal"


def whole(rng: np.random.Generator, low: int, high: int, shape: tuple[int, ...]) -> Any:
    """Whole numbers from ``low`` to below ``high``, as floats; much faster than the generator's own."""
    return np.floor(low + (high - low) * rng.random(shape))


class Base:
    """A set of numbers."""

    whole = False  # whether its members are whole numbers
    zero = False  # whether, as labels, they count from 0

    def draw(self, env: Env, draw: Draw, shape: tuple[int, ...]) -> Array:
        raise NotImplementedError

    def contains(self, env: Env, values: Array) -> bool:
        raise NotImplementedError

    def squash(self, value: Any) -> Any:
        """A real number moved into the set, for functions with values in it."""
        return value


@dataclass
class Reals(Base):
    """An interval of real numbers; infinite ends are open."""

    low: Expr | float = -math.inf
    high: Expr | float = math.inf
    low_open: bool = True
    high_open: bool = True
    nonzero: bool = False

    def ends(self, env: Env) -> tuple[float, float]:
        low = float(self.low(env)) if callable(self.low) else self.low
        high = float(self.high(env)) if callable(self.high) else self.high
        return low, high

    def draw(self, env: Env, draw: Draw, shape: tuple[int, ...]) -> Array:
        low, high = self.ends(env)
        rng, mode = draw.rng, draw.mode()
        if low == -math.inf and high == math.inf:
            if mode == "normal":
                return rng.standard_normal(shape)  # never 0
            if mode in ("whole", "half"):
                values = whole(rng, -2, 3, shape) if mode == "whole" else whole(rng, -4, 5, shape) / 2
            else:
                values = np.full(shape, float(mode == "one" or self.nonzero and not shape))
                if self.nonzero and shape and mode == "zero":
                    values[..., 0] = 1.0  # a column that is not 0, with zeros in it
            if self.nonzero and (not shape and values == 0 or shape and not values.any()):
                values = np.ones(shape)
            return np.asarray(values)
        if high == math.inf:
            if mode == "normal":
                return np.asarray(low + np.exp(rng.standard_normal(shape) * 0.7))
            if mode == "whole":
                return np.asarray(low + whole(rng, 1 if self.low_open else 0, 4, shape))
            if mode == "half":
                return np.asarray(low + whole(rng, 1, 5, shape) / 2)
            return np.full(shape, low + (1.0 if mode == "one" else 0.25 if self.low_open else 0.0))
        if low == -math.inf:
            return np.asarray(high - Reals(0.0, math.inf, self.high_open, True).draw(env, draw, shape))
        inner: Any
        if mode == "normal":
            inner = rng.uniform(0.05, 0.95, shape)
        elif mode == "whole":
            inner = whole(rng, 1, 4, shape) / 4
        elif mode == "half":
            inner = 0.5
        elif mode == "zero":
            inner = 0.125 if self.low_open else 0.0
        else:
            inner = 0.875 if self.high_open else 1.0
        return np.full(shape, low + (high - low) * inner)

    def contains(self, env: Env, values: Array) -> bool:
        low, high = self.ends(env)
        if low == -math.inf and high == math.inf and not self.nonzero:
            return not np.isnan(values).any()
        ok = (values > low) if self.low_open and low > -math.inf else (values >= low - 1e-12)
        ok &= (values < high) if self.high_open and high < math.inf else (values <= high + 1e-12)
        if self.nonzero:
            ok &= values != 0
        return bool(ok.all())

    def squash(self, value: Any) -> Any:
        low = self.low if not callable(self.low) else 0.0
        high = self.high if not callable(self.high) else 1.0
        if low == -math.inf and high == math.inf:
            return value
        if high == math.inf:
            return low + np.exp(value / 2)
        if low == -math.inf:
            return high - np.exp(value / 2)
        return low + (high - low) / (1 + np.exp(-value))


@dataclass
class Integers(Base):
    """Whole numbers from ``low`` on, in steps."""

    low: int | None = 1
    step: int = 1
    whole = True

    @property
    def zero(self) -> bool:  # type: ignore[override]
        return self.low == 0

    def draw(self, env: Env, draw: Draw, shape: tuple[int, ...]) -> Array:
        mode = draw.mode()
        low = -4 if self.low is None else self.low
        if mode == "zero":
            return np.full(shape, 0 if self.low is None else self.low)
        if mode == "one":
            return np.full(shape, low + self.step if self.low != 1 else 2)
        return np.asarray(low + self.step * whole(draw.rng, 0, 7, shape)).astype(int)

    def contains(self, env: Env, values: Array) -> bool:
        low = self.low or 0
        return bool(((values - low) % self.step == 0).all() and (self.low is None or (values >= low).all()))


@dataclass
class Finite(Base):
    """Finitely many numbers, or names with the numbers 0, 1, … ."""

    members: Callable[[Env], Sequence[float]]
    zero: bool = False
    whole = True

    def draw(self, env: Env, draw: Draw, shape: tuple[int, ...]) -> Array:
        members = list(self.members(env))
        if not members:
            raise Mismatch("the set is empty")
        array = np.asarray(members)
        if shape:
            return array[draw.rng.integers(len(array), size=shape)]
        if draw.stride * len(members) <= 16:
            place = (draw.number // draw.stride) % len(members)
            draw.stride *= len(members)
        else:  # too many combinations to go through
            place = int(draw.rng.integers(len(members)))
        return np.asarray(array[place])

    def contains(self, env: Env, values: Array) -> bool:
        return set(values.reshape(-1).tolist()) <= set(self.members(env))


@dataclass
class Simplex(Base):
    """Positive numbers that add up to 1 over the last axis, or their logarithms."""

    logarithms: bool = False

    def draw(self, env: Env, draw: Draw, shape: tuple[int, ...]) -> Array:
        weights = draw.rng.uniform(0.2, 2.0, shape)
        if draw.mode() in ("zero", "one"):
            weights = np.ones(shape)
        weights = weights / weights.sum(axis=-1, keepdims=True)
        return np.asarray(np.log(weights) if self.logarithms else weights)

    def contains(self, env: Env, values: Array) -> bool:
        weights = np.exp(values) if self.logarithms else values
        return bool(np.all(weights >= 0) and np.allclose(weights.sum(axis=-1), 1))


@dataclass
class Domain:
    """A set of numbers with the shape of an element, and remarks such as "of full rank"."""

    base: Base
    dims: tuple[Expr, ...] = ()
    any_length: bool = False
    remark: str = ""
    text: tuple[str, ...] = ()

    def shape(self, env: Env) -> tuple[int, ...]:
        return tuple(integer(dim(env)) for dim in self.dims)

    @property
    def rank(self) -> int | None:
        """0 a number, 1 a column, 2 a matrix; None anything else."""
        return 1 if self.any_length else len(self.dims) if len(self.dims) < 3 else None

    def draw(self, env: Env, draw: Draw, before: tuple[int, ...] = ()) -> Array:
        """Elements with the leading axes ``before``."""
        shape = before + self.shape(env)
        if min(shape, default=1) < 1:
            raise Mismatch("an axis would be empty")
        values = self.base.draw(env, draw, shape)
        if self.remark == "of full rank":
            # A zero or repeated column would leave the formula undefined; so would one that a column of ones depends on.
            for _ in range(50):
                if np.linalg.cond(np.concatenate([values, np.ones((len(values), 1))], axis=1)) < 30:
                    return values
                values = draw.rng.standard_normal(shape)
        return values


REAL_SUBSETS: dict[tuple[str, ...], Callable[[], Base]] = {
    (">", "0"): lambda: Reals(0.0),
    (r"\geq", "0"): lambda: Reals(0.0, math.inf, False),
    ("<", "0"): lambda: Reals(-math.inf, 0.0),
    (r"\leq", "0"): lambda: Reals(-math.inf, 0.0, True, False),
}


def read_domain(parser: Parser, span: Span) -> Domain:
    """The set that a span of tokens names; LatexError where it names none."""
    tokens = parser.tokens
    start, end = span
    text = tuple(token.text for token in tokens[start:end])
    remark = ""
    if text and text[-1].startswith(r"\text{"):
        remark = text[-1][6:-1]
        if remark not in ("of full rank", "convex"):
            raise parser.fail(f"the remark '{remark}' is not known", pos=end - 1)
        end -= 1
    if end - start >= 4 and [t.text for t in tokens[end - 4 : end]] == [r"\setminus", r"\{", "0", r"\}"]:
        domain = read_domain(parser, (start, end - 4))
        if not isinstance(domain.base, Reals):
            raise parser.fail("only real numbers can leave out 0", pos=start)
        domain.base.nonzero = True
        domain.text, domain.remark = text, remark
        return domain
    base, k = read_base(parser, start, end)
    dims: tuple[Expr, ...] = ()
    any_length = False
    if k < end and tokens[k].text == "^":
        close = closing(tokens, k + 1, end)
        if close == k + 3 and tokens[k + 2].text == "*":
            any_length = True
        else:
            dims = tuple(parser.sub((a, b)).whole() for a, b, _ in split(tokens, k + 2, close, frozenset({r"\times"})))
        k = close + 1
    if k < end:
        raise parser.fail(f"'{tokens[k].text}' is not expected in a domain", pos=k)
    if isinstance(base, Simplex) and dims:
        if len(dims) > 1:
            raise parser.fail("Δ has one axis", pos=start)
        dims = (one_more(dims[0]),)  # Δ^{K-1} holds the K probabilities of K values
    return Domain(base, dims, any_length, remark, text)


def one_more(size: Expr) -> Expr:
    return lambda env: integer(size(env)) + 1


def read_base(parser: Parser, start: int, end: int) -> tuple[Base, int]:
    """The set of numbers that a domain begins with, and where it ends."""
    tokens = parser.tokens
    first = tokens[start].text if start < end else ""
    if first == r"\mathbb{R}":
        if start + 1 < end and tokens[start + 1].text == "_":
            close = closing(tokens, start + 2, end)
            which = tuple(t.text for t in tokens[start + 3 : close])
            if which not in REAL_SUBSETS:
                raise parser.fail("expected >0, \\ge 0, <0 or \\le 0", pos=start + 2)
            return REAL_SUBSETS[which](), close + 1
        return Reals(), start + 1
    if first == r"\mathbb{N}":
        if start + 4 < end + 1 and [t.text for t in tokens[start + 1 : start + 5]] == ["_", "{", "0", "}"]:
            return Integers(0), start + 5
        return Integers(1), start + 1
    if first == r"\mathbb{Z}":
        return Integers(None), start + 1
    if first == "2" and start + 1 < end and tokens[start + 1].text == r"\mathbb{N}":
        return Integers(2, 2), start + 2
    if first == r"\Delta":
        return Simplex(), start + 1
    if first == r"\log" and start + 1 < end and tokens[start + 1].text == r"\Delta":
        return Simplex(logarithms=True), start + 2
    if first in ("(", "["):
        close = closing(tokens, start, end)
        parts = [(a, b) for a, b, _ in split(tokens, start + 1, close, COMMA)]
        if len(parts) != 2 or tokens[close].text not in (")", "]"):
            raise parser.fail("expected an interval", pos=start)
        low, high = (parser.sub(part).whole() for part in parts)
        return Reals(fixed(low), fixed(high), first == "(", tokens[close].text == ")"), close + 1
    if first == r"\{":
        close = closing(tokens, start, end)
        inside = tokens[start + 1 : close]
        if inside and all(t.text.startswith((r"\mathrm{", r"\text{")) or t.text == "," for t in inside):
            count = sum(t.text != "," for t in inside)
            return Finite(lambda env: range(count), zero=True), close + 1
        members = parser.sub((start, close + 1)).whole()

        def numbers(env: Env) -> Sequence[float]:
            found = members(env)
            return list(dict.fromkeys(item for item in (found.items if isinstance(found, Members) else (found,)) if is_number(item)))

        return Finite(numbers, zero=bool(inside) and inside[0].text == "0"), close + 1
    raise parser.fail("expected a domain such as \\mathbb{R}^d, \\mathbb{N}, (0, 1) or \\{-1, +1\\}", pos=start)


def fixed(expr: Expr) -> Expr | float:
    """A bound as a number where it depends on nothing."""
    try:
        return float(expr({}))
    except Exception:  # it names a size
        return expr


# ---- functions


@dataclass
class FunctionDomain:
    """Functions from a product of domains into a domain."""

    arguments: tuple[Domain, ...]
    result: Domain
    separators: tuple[str, ...] | None = None
    convex: bool = False
    gradient_of: str = ""  # the key of the function whose gradient this is
    learner: bool = False
    text: tuple[str, ...] = ()
    same: bool = field(default=False)  # argument and result have one shape of two and more axes

    def draw(self, env: Env, draw: Draw) -> Function:
        if self.gradient_of:
            return wrap(env[self.gradient_of].python.gradient, self, env)
        seed = float(draw.rng.uniform(0, 6))
        if self.learner:
            return draw_learner(seed)
        if self.convex:
            return wrap(Quadratic(self.arguments[0].shape(env)[0], draw.rng), self, env)
        shapes = [None if a.any_length else a.shape(env) for a in self.arguments]
        if shapes == [()] and self.result.dims == () or self.same:
            scale = float(draw.rng.uniform(0.5, 1.5))

            def each(x: Any) -> Any:
                return self.result.base.squash(scale * x + np.cos(x + seed))

            return self.elementwise(each)
        shape = self.result.shape(env)
        rows = np.arange(math.prod(shape)).reshape(-1, 1)

        @cache
        def weights(place: int, size: int) -> tuple[Array, Array]:
            columns = np.arange(size)
            return np.cos(seed + 1.7 * rows + 2.3 * columns + place) / 2, np.sin(seed + 2.9 * rows + 1.1 * columns + 3 * place)

        def mix(*arguments: Any) -> Any:
            if len(arguments) != len(shapes):
                raise ValueError(f"expected {len(shapes)} arguments, got {len(arguments)}")
            inner: Any = seed
            linear: Any = 0.0
            for k, (argument, wanted) in enumerate(zip(arguments, shapes, strict=True)):
                flat = np.asarray(argument, dtype=float).reshape(-1)
                if wanted is not None and np.shape(argument) != wanted:
                    raise ValueError(f"expected an argument of shape {wanted}, got {np.shape(argument)}")
                one, two = weights(k, flat.size)
                linear = linear + one @ flat
                inner = inner + two @ flat
            out = self.result.base.squash(linear + np.cos(inner))
            return float(out[0]) if shape == () else out.reshape(shape)

        return wrap(mix, self, env)

    def elementwise(self, each: Callable[[Any], Any]) -> Function:
        """A Python function that takes arrays of any shape."""

        def call(x: Value) -> Value:
            if not (is_number(x) or isinstance(x, np.ndarray)):
                raise Mismatch(f"expected a number or an array, got {shape_name(x)}")
            return to_value(each(x)) if is_number(x) else each(x)

        return Function(call, (None,), self.separators, python=each)

    def take(self, python: Callable[..., Any], env: Env) -> Function:
        """A Python function that somebody hands over as one of this domain."""
        if self.learner:
            return learner(python)
        by_element = len(self.arguments) == 1 and not self.arguments[0].any_length and not self.arguments[0].dims and not self.result.dims
        return self.elementwise(python) if by_element or self.same else wrap(python, self, env)


def wrap(python: Callable[..., Any], domain: FunctionDomain, env: Env) -> Function:
    """A Python function on arrays as a function of the evaluator."""

    def call(*arguments: Value) -> Value:
        for argument, wanted in zip(arguments, domain.arguments, strict=True):
            if wanted.any_length:
                continue
            shape = wanted.shape(env)
            got = None if isinstance(argument, Function) else np.shape(to_python(argument))
            if got != shape:
                raise Mismatch(f"expected {shape_name(np.zeros(shape if len(shape) != 1 else (*shape, 1))) if shape else 'a number'}, got {shape_name(argument)}")
        return to_value(python(*(to_python(a) for a in arguments)))

    if len(domain.arguments) == 0:
        raise Mismatch("a function needs an argument")

    def checked(*arguments: Value) -> Value:
        if len(arguments) != len(domain.arguments):
            raise Mismatch(f"expected {len(domain.arguments)} arguments, got {len(arguments)}")
        return call(*arguments)

    return Function(checked, tuple(a.rank if a.rank == 1 else None for a in domain.arguments), domain.separators, python=python)


class Quadratic:
    """A strictly convex function with its gradient."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        root = rng.standard_normal((size, size)) / math.sqrt(size)
        self.matrix = root @ root.T + 0.5 * np.eye(size)
        self.center = rng.standard_normal(size)
        self.floor = float(rng.standard_normal())

    def __call__(self, x: Any) -> float:
        gap = np.asarray(x) - self.center
        return float(gap @ self.matrix @ gap) / 2 + self.floor

    def gradient(self, x: Any) -> Array:
        return np.asarray(self.matrix @ (np.asarray(x) - self.center))


def draw_learner(seed: float) -> Function:
    """A learner: from pairs to a predictor that depends on all of them and on their order in no way."""

    def fit(x: Any, y: Any) -> Callable[[Any], float]:
        points, labels = np.asarray(x, dtype=float), np.asarray(y, dtype=float)

        def predict(u: Any) -> float:
            if np.shape(u) != points.shape[1:]:
                raise Mismatch(f"the predictor takes the shape {points.shape[1:]}, got {np.shape(u)}")
            weights = np.cos(seed + (points - np.asarray(u, dtype=float)).reshape(len(points), -1).sum(axis=1))
            return float(weights @ labels) / (1 + len(labels)) + float(labels.mean())

        return predict

    return learner(fit)


def learner(fit: Callable[..., Any]) -> Function:
    """A Python function from pairs to a predictor as a function of the evaluator."""

    def call(pairs: Value, *more: Value) -> Value:
        if not isinstance(pairs, Members):
            raise Mismatch(f"expected a set of pairs, got {shape_name(pairs)}")
        x = [to_python(pair[0]) for pair in pairs.items]
        y = [to_python(pair[1]) for pair in pairs.items]
        predictor = fit(x, y)
        if more:
            return predictor(to_python(more[0]))
        return Function(lambda u: to_value(predictor(to_python(u))), (None,))

    return Function(call, (None, None), python=fit)


def read_function(parser: Parser, span: Span) -> FunctionDomain:
    r"""``\mathbb{R}^d \times \mathbb{R} \to \mathbb{R}``."""
    tokens = parser.tokens
    parts = [(a, b) for a, b, _ in split(tokens, *span, frozenset({r"\rightarrow"}))]
    if len(parts) != 2:
        raise parser.fail("expected one \\to", pos=span[0])
    text = tuple(token.text for token in tokens[span[0] : span[1]])
    (a, b), (c, d) = parts
    if tokens[c].text == "(" and any(t.text == r"\rightarrow" for t in tokens[c:d]):
        return FunctionDomain((), Domain(Reals()), learner=True, text=text)
    arguments = tuple(read_domain(parser, (x, y)) for x, y, _ in split(tokens, a, b, frozenset({r"\times"})))
    result = read_domain(parser, (c, d))
    convex = result.remark == "convex"
    same = len(arguments) == 1 and len(arguments[0].dims) >= 2 and arguments[0].text == result.text
    return FunctionDomain(arguments, result, convex=convex, text=text, same=same)
