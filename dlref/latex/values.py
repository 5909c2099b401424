"""What a formula computes with, and the operations that its shapes allow.

A number is a Python int, float or bool; a column is ``(n, 1)``, a row ``(1, n)``, a matrix ``(m, n)``; arrays of three and more axes are opaque tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = Any  # int | float | bool | Array | tuple | Family | Function | Members | a law | Identity | Zero | Ones | Joined
Env: TypeAlias = dict[str, Value]
Expr: TypeAlias = Callable[[Env], Value]


PLAIN = frozenset({int, float})  # the short way for numbers, which most values are


class Mismatch(Exception):
    """An operation that the shapes or kinds of its arguments do not allow."""

    kind = "shape"


class Outside(Mismatch):
    """A value outside what an operation is defined for: an index out of range, a case that is not covered."""

    kind = "numbers"


@dataclass(frozen=True)
class Identity:
    """A multiple of the identity matrix whose size the context gives."""

    scale: Value = 1


class Zero:
    """A zero of any shape."""


@dataclass(frozen=True)
class Ones:
    """A column of ones whose length the context gives."""


@dataclass(frozen=True)
class Joined:
    """A concatenation ``[a, b]`` of columns along their axis; not a tuple."""

    column: Array


@dataclass(frozen=True)
class Members:
    """A finite set in order: numbers, tuples of numbers or of other values."""

    items: tuple[Value, ...]


@dataclass
class Family:
    """Indexed values: leading axes are indices that count from ``starts``, the rest is the element."""

    data: Any  # an array, or a list of arrays of different shapes
    starts: tuple[int, ...]
    flat: bool = False  # under its bare name one column, whatever the number of indices
    outside: Value = None  # the value beyond the ranges, None where that is an error
    cells: dict[tuple[int, ...], Value] = field(default_factory=dict, repr=False, compare=False)  # members that were asked for

    def __getitem__(self, index: tuple[int, ...]) -> Value:
        try:
            return self.cells[index]
        except KeyError:
            found = self.cells[index] = self.member(index)
            return found

    def member(self, index: tuple[int, ...]) -> Value:
        """A member, taken from the array."""
        place = []
        lengths = (len(self.data),) if isinstance(self.data, list) else self.data.shape
        for i, start, length in zip(index, self.starts, lengths, strict=False):
            k = (i if type(i) is int else integer(i)) - start
            if not 0 <= k < length:
                if self.outside is not None:
                    return self.outside
                raise Outside(f"the index {i} is out of its range {start} … {start + length - 1}")
            place.append(k)
        if isinstance(self.data, list):
            return to_value(self.data[place[0]])
        found = self.data[tuple(place)]
        return found.item() if isinstance(found, np.generic) else to_value(found)

    def whole(self) -> Value:
        """The family under its bare name: a column or a matrix where its elements are numbers."""
        if self.flat:
            return to_value(self.data.reshape(-1))
        if isinstance(self.data, list) or self.data.ndim != len(self.starts) or self.data.ndim > 2:
            raise Mismatch("a family of columns or matrices needs its index")
        return to_value(self.data)

    def places(self) -> range:
        """The values of the first index."""
        return range(self.starts[0], self.starts[0] + len(self.data))


@dataclass
class Function:
    """A function with the rank of each argument: 0 acts element by element on arrays, 1 row by row on matrices, None takes anything."""

    call: Callable[..., Value]
    ranks: tuple[int | None, ...]
    separators: tuple[str, ...] | None = None  # between arguments; None: commas
    braces: bool = False  # called as 𝕀{…}
    python: Callable[..., Any] | None = None  # what is handed to Python code
    batches: dict[str, bool] | None = None  # whether Python code does for a whole array what it does for its elements or rows, once that is known

    def __call__(self, *arguments: Value) -> Value:
        first = arguments[0] if arguments else None
        if isinstance(first, np.ndarray) and self.ranks:
            rank = self.ranks[0]
            if rank == 0:
                if any(isinstance(a, np.ndarray) and a.shape != first.shape for a in arguments[1:]):
                    raise Mismatch("the arguments differ in shape")
                return self.batch("elements", self.elements, arguments)
            if rank == 1 and first.ndim == 2 and first.shape[1] != 1:
                if first.shape[0] == 1:
                    raise Mismatch("expected a column, got a row")
                return self.batch("rows", self.rows, arguments)
        for rank, argument in zip(self.ranks, arguments, strict=False):
            if rank == 1 and not (isinstance(argument, Joined) or (isinstance(argument, np.ndarray) and argument.ndim == 2)):
                raise Mismatch(f"expected a column, got {shape_name(argument)}")
            if rank == 2 and not (isinstance(argument, np.ndarray) and argument.ndim == 2):
                raise Mismatch(f"expected a matrix, got {shape_name(argument)}")
        return self.call(*arguments)


    def elements(self, *arguments: Value) -> Value:
        """The function of each element."""
        first = arguments[0]
        found = [self.call(*(a.flat[k].item() if isinstance(a, np.ndarray) else a for a in arguments)) for k in range(first.size)]
        return np.asarray(found, dtype=float).reshape(first.shape)

    def rows(self, first: Array, *rest: Value) -> Value:
        """The function of each row."""
        return np.stack([np.asarray(self.call(row.reshape(-1, 1), *rest)).reshape(-1) for row in first])

    def batch(self, kind: str, singly: Callable[..., Value], arguments: tuple[Value, ...]) -> Value:
        """All elements or rows: at once where that was seen to be the same, otherwise one by one."""
        known = self.batches
        if known is not None and known.get(kind):
            return self.call(*arguments)
        found = singly(*arguments)
        if known is not None and kind not in known and arguments[0].size > 1:
            try:
                whole = self.call(*arguments)
                known[kind] = np.shape(whole) == np.shape(found) and bool(np.allclose(whole, found, rtol=1e-13, atol=0, equal_nan=True))
            except (Mismatch, ArithmeticError, TypeError, ValueError):
                known[kind] = False
        return found


@dataclass(frozen=True)
class FiniteLaw:
    """A law on finitely many values with their weights."""

    points: tuple[tuple[Value, float], ...]

    def __iter__(self) -> Iterator[tuple[Value, float]]:
        return iter(self.points)


@dataclass(frozen=True)
class Law:
    """A named law and its parameters: normal(mean, covariance), uniform(low, high), bernoulli(p)."""

    name: str
    parameters: tuple[Value, ...] = field(default=())
    variable: tuple[str, ...] = ()  # the tokens before the semicolon of 𝒩(x; μ, Σ)


def integer(value: Value) -> int:
    """An index as an int; Mismatch where it is no whole number."""
    if type(value) is int:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Mismatch(f"expected a whole number as index, got {shape_name(value)}")


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float))


def shape_name(value: Value) -> str:
    """How an error message calls a value."""
    if isinstance(value, bool):
        return "a condition"
    if is_number(value):
        return f"the number {value:.6g}"
    if isinstance(value, np.ndarray):
        if value.ndim == 2 and value.shape[1] == 1:
            return f"a column of {value.shape[0]}"
        if value.ndim == 2 and value.shape[0] == 1:
            return f"a row of {value.shape[1]}"
        return "an array of shape " + "×".join(map(str, value.shape))
    names = {tuple: "a tuple", Family: "a family without its index", Function: "a function without its argument", Members: "a set", Joined: "a concatenation"}
    return names.get(type(value), f"{type(value).__name__.lower()}")


def to_value(result: Any) -> Value:
    """What Python code returned, as the evaluator sees it: a one-dimensional array is a column."""
    if isinstance(result, (bool, np.bool_)):
        return bool(result)
    if isinstance(result, (int, float)):
        return result
    if isinstance(result, np.generic):
        return result.item()
    if isinstance(result, np.ndarray):
        if result.ndim == 0:
            return result.item()
        return result.reshape(-1, 1) if result.ndim == 1 else result
    if isinstance(result, (tuple, list)):
        return tuple(to_value(item) for item in result)
    return result


def to_python(value: Value) -> Any:
    """What Python code is handed: a column as a one-dimensional array."""
    if isinstance(value, np.ndarray):
        return value[:, 0] if value.ndim == 2 and value.shape[1] == 1 else value
    if isinstance(value, Joined):
        return value.column[:, 0]
    if isinstance(value, Family):
        return value.data
    if isinstance(value, Function):
        return value.python or (lambda *arguments: to_python(value(*(to_value(a) for a in arguments))))
    if isinstance(value, Members):
        return [to_python(item) for item in value.items]
    if isinstance(value, tuple):
        return tuple(to_python(item) for item in value)
    return value


def add(a: Value, b: Value, sign: int = 1) -> Value:
    """a + b or a − b: equal shapes, or a number with anything."""
    if type(a) in PLAIN and type(b) in PLAIN or type(a) is type(b) is np.ndarray and a.shape == b.shape:
        return a + b if sign > 0 else a - b
    if isinstance(a, Zero) or isinstance(b, Zero):
        return negate(b) if isinstance(a, Zero) and sign < 0 else b if isinstance(a, Zero) else a
    if isinstance(a, Identity) and isinstance(b, Identity):
        return Identity(add(a.scale, b.scale, sign))
    if isinstance(b, Identity) and square(a):
        return a + sign * b.scale * np.eye(len(a))
    if isinstance(a, Identity) and square(b):
        return a.scale * np.eye(len(b)) + sign * b
    if isinstance(a, FiniteLaw) and isinstance(b, FiniteLaw) and sign > 0:
        return FiniteLaw(a.points + b.points)
    numeric(a, b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape != b.shape:
        raise Mismatch(f"cannot add {shape_name(a)} and {shape_name(b)}")
    return a + b if sign > 0 else a - b


def subtract(a: Value, b: Value) -> Value:
    return add(a, b, -1)


def square(value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[0] == value.shape[1]


def numeric(*values: Value) -> None:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.ndarray)):
            raise Mismatch(f"expected a number, column or matrix, got {shape_name(value)}")


def negate(a: Value) -> Value:
    if isinstance(a, Zero):
        return a
    numeric(a)
    return -a


def multiply(a: Value, b: Value) -> Value:
    """The product of linear algebra: a number with anything, arrays by their inner dimension."""
    if type(a) in PLAIN and type(b) in PLAIN:
        return a * b
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return inner(a, b)
    if isinstance(a, Zero) or isinstance(b, Zero):
        return Zero()
    if isinstance(b, FiniteLaw) and is_number(a):
        return FiniteLaw(tuple((value, weight * a) for value, weight in b.points))
    if isinstance(b, Identity):
        if is_number(a):
            return Identity(a * b.scale)
        numeric(a)
        if a.ndim != 2 or a.shape[1] == 1:
            raise Mismatch(f"cannot multiply {shape_name(a)} by an identity")
        return a * b.scale
    if isinstance(a, Identity):
        numeric(b)
        if isinstance(b, np.ndarray) and (b.ndim != 2 or b.shape[0] == 1):
            raise Mismatch(f"cannot multiply an identity by {shape_name(b)}")
        return Identity(a.scale * b) if is_number(b) else a.scale * b
    numeric(a, b)
    return a * b


def inner(a: Array, b: Array) -> Value:
    """The product of two arrays by their inner dimension; a number where it has one entry."""
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        hint = "; write a^\\top b or a \\odot b" if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[1] == 1 else ""
        raise Mismatch(f"cannot multiply {shape_name(a)} by {shape_name(b)}{hint}")
    product = a @ b
    return product.item() if product.size == 1 else product


def elementwise(a: Value, b: Value) -> Value:
    """a ⊙ b: two arrays of one shape."""
    if isinstance(a, Zero) or isinstance(b, Zero):
        return Zero()
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape):
        raise Mismatch(f"⊙ needs two arrays of one shape, got {shape_name(a)} and {shape_name(b)}")
    return a * b


def divide(a: Value, b: Value) -> Value:
    """a / b: by a number, or element by element where the shapes agree or a is a number."""
    if isinstance(a, Zero):
        return a
    if isinstance(a, Identity) and is_number(b):
        return Identity(divide(a.scale, b))
    numeric(a, b)
    if is_number(a) and is_number(b):
        if b == 0:
            return math.nan if a == 0 or a != a else math.copysign(math.inf, a)
        return a / b
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape != b.shape:
        raise Mismatch(f"cannot divide {shape_name(a)} by {shape_name(b)}")
    return a / b


def power(a: Value, b: Value) -> Value:
    """a^b: numbers; a column element by element; a square matrix only to the power −1."""
    if not is_number(b) or isinstance(b, bool):
        raise Mismatch(f"expected a number as exponent, got {shape_name(b)}")
    if square(a) and b == -1:
        try:
            return np.linalg.inv(a)
        except np.linalg.LinAlgError:
            raise Outside("the matrix has no inverse") from None
    numeric(a)
    if isinstance(a, np.ndarray):
        if a.ndim == 2 and a.shape[1] != 1:
            raise Mismatch(f"a power needs a number or a column, got {shape_name(a)}")
        return a**float(b)
    try:
        result = a**b if b >= 0 or a else math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(result, complex) else result


def transpose(a: Value) -> Value:
    if isinstance(a, np.ndarray) and a.ndim == 2:
        return a.T
    raise Mismatch(f"only a column, row or matrix has a transpose, got {shape_name(a)}")


def apply(scalar: Callable[[float], float], array: Callable[[Array], Array]) -> Callable[[Value], Value]:
    """A built-in function of one argument, element by element."""

    def call(a: Value) -> Value:
        numeric(a)
        if isinstance(a, np.ndarray):
            return array(a)
        try:
            return scalar(a)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return call


def log(a: float) -> float:
    return -math.inf if a == 0 else math.log(a)


def norm(a: Value, order: int | None = None) -> float:
    """Norm of a column, Euclidean unless the order is 1; spectral norm ‖A‖_2 of a matrix, or its largest column sum ‖A‖_1."""
    if not isinstance(a, np.ndarray) or a.ndim != 2:
        raise Mismatch(f"a norm needs a column or a matrix, got {shape_name(a)}")
    if min(a.shape) == 1:
        return float(np.abs(a).sum()) if order == 1 else math.sqrt(float((a * a).sum()))
    if order is None:
        raise Mismatch("a matrix has several norms; write which one")
    return float(np.linalg.norm(a, order))


def size_or_absolute(a: Value) -> Value:
    """|a|: the number of members of a set, otherwise the absolute value."""
    if isinstance(a, Members):
        return len(a.items)
    numeric(a)
    return abs(a)


def diagonal(a: Value) -> Value:
    if isinstance(a, np.ndarray) and a.ndim == 2 and a.shape[1] == 1:
        return np.diag(a[:, 0])
    raise Mismatch(f"diag needs a column, got {shape_name(a)}")


def join(parts: Sequence[Value], beside: bool = False) -> Value:
    """Columns below one another, matrices beside one another."""
    arrays = [p.column if isinstance(p, Joined) else p for p in parts]
    if not arrays or any(not isinstance(p, np.ndarray) or p.ndim != 2 for p in arrays):
        raise Mismatch("a concatenation needs columns or matrices")
    axis = 1 if beside or arrays[0].shape[1] != 1 else 0
    if len({p.shape[1 - axis] for p in arrays}) != 1:
        raise Mismatch("the parts of a concatenation differ in the other axis")
    return np.concatenate(arrays, axis=axis)


def deviation(a: Value, b: Value) -> float:
    """How far two values are apart, relative to their size; inf where one is NaN or both differ at infinity. Mismatch where their shapes differ."""
    if isinstance(a, Joined):
        a = a.column
    if isinstance(a, Zero):
        a = np.zeros_like(b) if isinstance(b, np.ndarray) else 0
    if isinstance(b, Zero):
        b = np.zeros_like(a) if isinstance(a, np.ndarray) else 0
    if isinstance(a, Members):
        a = a.items
    if isinstance(b, Members):
        b = b.items
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return max((deviation(x, y) for x, y in zip(a, b, strict=True)), default=0.0)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape:
        with np.errstate(all="ignore"):
            gap = np.abs(a - b) / np.maximum(1e-3, np.maximum(np.abs(a), np.abs(b)))
        gap = np.where(a == b, 0.0, np.where(np.isnan(gap), math.inf, gap))
        return float(gap.max()) if gap.size else 0.0
    if isinstance(a, bool) and isinstance(b, bool):
        return 0.0 if a == b else math.inf
    if is_number(a) and is_number(b) and isinstance(a, bool) == isinstance(b, bool):
        if a == b:
            return 0.0
        return abs(a - b) / max(1e-3, abs(a), abs(b)) if math.isfinite(a) and math.isfinite(b) else math.inf
    raise Mismatch(f"expected {shape_name(b)}, got {shape_name(a)}")
