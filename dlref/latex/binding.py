"""Values of names at run time: binding indices, looking up families and definitions, comparing numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from dlref.latex.names import Symbol, key
from dlref.latex.values import (
    Env,
    Family,
    Mismatch,
    Outside,
    Value,
    integer,
    is_number,
    shape_name,
)

RELATIONS: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda a, b: bool(a == b),
    r"\neq": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    r"\leq": lambda a, b: bool(a <= b),
    r"\geq": lambda a, b: bool(a >= b),
}
RELATION = frozenset(RELATIONS) | {r"\in", r"\notin"}


def is_plain(value: Value) -> bool:
    """A number or a tuple of numbers."""
    return all(map(is_number, value)) if isinstance(value, tuple) else is_number(value)


def related(mark: str, a: Value, b: Value) -> bool:
    """A relation between two numbers; tuples of numbers can be equal or not."""
    numbers = is_number(a) and is_number(b)
    tuples = isinstance(a, tuple) and isinstance(b, tuple) and is_plain(a) and is_plain(b) and mark in ("=", r"\neq")
    if not (numbers or tuples):
        raise Mismatch(f"cannot compare {shape_name(a)} with {shape_name(b)}")
    return RELATIONS[mark](a, b)


def assign(env: Env, keys: Sequence[str], items: Iterable[tuple[Value, ...]]) -> Iterator[tuple[Value, ...]]:
    """Bind the keys to one item after the other; afterwards the environment is as it was."""
    saved = [(name, env[name]) for name in keys if name in env]
    try:
        if len(keys) == 1:
            (name,) = keys
            for item in items:
                (env[name],) = item
                yield item
        else:
            for item in items:
                for name, value in zip(keys, item, strict=True):
                    env[name] = value
                yield item
    finally:
        for name in keys:
            env.pop(name, None)
        env.update(saved)


def lookup(symbol: Symbol) -> Callable[[Env, tuple[int, ...]], Value]:
    """The value of a declared or defined name at given indices."""
    slots = [key(slot.index) for slot in symbol.slots]
    repeated = [(k, slots.index(slot)) for k, slot in enumerate(slots) if slots.index(slot) < k]
    name = symbol.key
    straight = symbol.axes in ((), tuple(range(len(slots))))  # the slots are the axes in order

    def value(env: Env, indices: tuple[int, ...]) -> Value:
        if symbol.body is None and not symbol.bases and not repeated and name in env:  # the usual case
            return env[name][indices if straight else tuple([indices[axis] for axis in symbol.axes])]
        for places, base in symbol.bases:
            if tuple(integer(place(env)) for place in places) == indices:
                return base(env)
        if symbol.body is None:
            if symbol.key not in env:
                raise Outside(f"'{symbol.key}' has no value here")
            if any(indices[k] != indices[first] for k, first in repeated):
                raise Outside(f"one index of '{symbol.key}' has two values")
            family = env[symbol.key]
            return family[tuple(indices[axis] for axis in symbol.axes)] if symbol.axes else family[indices]
        mark = (id(symbol), indices)
        kept = symbol.closed and symbol.kind == "value"
        if kept:
            cache = env.setdefault("#draw" if symbol.lasting else "#text", {})
            if mark in cache:
                return cache[mark]
        for limit, index in zip(symbol.ranges, indices, strict=False):
            if not integer(limit.first(env)) <= index <= integer(limit.last(env)):
                raise Outside(f"the index {index} is out of its range")
        running = env.setdefault("#running", set())
        if mark in running:
            raise Outside(f"'{symbol.key}' is defined by itself")
        running.add(mark)
        try:
            for _ in assign(env, slots, [indices]):
                result = symbol.body(env)
        finally:
            running.discard(mark)
        if kept:
            cache[mark] = result
        return result

    return value


def component(value: Value, indices: Sequence[Value], origins: Sequence[int]) -> Value:
    """An entry of a column or matrix, a row of a matrix as a column."""
    if isinstance(value, Family):
        return value[tuple(integer(i) for i in indices)]
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        raise Mismatch(f"cannot take an index of {shape_name(value)}")
    places = [integer(i) - origin for i, origin in zip(indices, origins, strict=True)]
    column = value.shape[1] == 1
    if len(places) > (1 if column else 2):
        raise Mismatch(f"too many indices for {shape_name(value)}")
    for place, length in zip(places, value.shape, strict=False):
        if not 0 <= place < length:
            raise Outside(f"an index is out of range for {shape_name(value)}")
    if column:
        return value[places[0], 0].item()
    if len(places) == 2:
        return value[places[0], places[1]].item()
    return value[places[0]].reshape(-1, 1)
