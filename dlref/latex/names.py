"""Names: which run of tokens stands for which value.

A name is any run of tokens (``x``, ``\\hat{y}``, ``f(x)``, ``\\nabla_{\\theta} L(\\theta)``). Index letters inside it are slots: ``x_{i}`` with the index i
also matches ``x_{2j+1}``. Of several names that match at a place the one with most tokens wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dlref.latex.reader import CLOSING, Token
from dlref.latex.values import Env, Expr, Value

Name: TypeAlias = tuple[str, ...]
Span: TypeAlias = tuple[int, int]  # from, to in the token list
OPENING = frozenset(CLOSING) | {r"\begin{cases}", r"\begin{aligned}", r"\begin{pmatrix}"}
CLOSED = frozenset(CLOSING.values()) | {r"\end{cases}", r"\end{aligned}", r"\end{pmatrix}"}
NO_INDEX = frozenset({",", ";", ":", r"\mid", "=", "<", ">", r"\leq", r"\geq", r"\neq", r"\in", r"\sim", r"\leftarrow", r"\rightarrow", r"\dots", "|"})


@dataclass(frozen=True)
class Slot:
    """The place of an index inside a name."""

    index: Name


Pattern: TypeAlias = tuple[str | Slot, ...]


def pattern(name: Sequence[str], indices: Iterable[Name]) -> Pattern:
    """The name with its index letters as slots. The first token is never an index."""
    known = sorted(indices, key=len, reverse=True)
    out: list[str | Slot] = list(name[:1])
    k = 1
    while k < len(name):
        for index in known:
            # A letter with a script of its own (the x of x_{0,i}) is another name than the bare letter.
            if tuple(name[k : k + len(index)]) == index and (k + len(index) == len(name) or name[k + len(index)] not in ("_", "^")):
                out.append(Slot(index))
                k += len(index)
                break
        else:
            out.append(name[k])
            k += 1
    return tuple(out)


def match(pattern: Pattern, tokens: Sequence[Token], start: int, end: int) -> tuple[int, tuple[Span, ...]] | None:
    """Where a name that begins at ``start`` ends, with the spans of its slots; None where it is another name."""
    k = start
    spans: list[Span] = []
    last = len(pattern) - 1
    for p, part in enumerate(pattern):
        if k >= end:
            return None
        if isinstance(part, str):
            if tokens[k].text != part:
                return None
            k += 1
            continue
        follows = pattern[p + 1] if p < last else None
        stop = atom_end(tokens, k, end) if not isinstance(follows, str) else index_end(tokens, k, end, follows)
        if stop is None or stop == k:
            return None
        spans.append((k, stop))
        k = stop
    return k, tuple(spans)


def atom_end(tokens: Sequence[Token], start: int, end: int) -> int:
    """The end of one token with its scripts."""
    k = start + 1
    while k < end and tokens[k].text in ("_", "^"):
        k = closing(tokens, k + 1, end) + 1
    return k


def index_end(tokens: Sequence[Token], start: int, end: int, follows: str) -> int | None:
    """The end of an index expression: up to ``follows`` outside brackets."""
    depth = 0
    for k in range(start, end):
        text = tokens[k].text
        if depth == 0 and text == follows:
            return k
        if depth == 0 and text in NO_INDEX:
            return None
        if text in OPENING:
            depth += 1
        elif text in CLOSED:
            depth -= 1
            if depth < 0:
                return None
    return None


def closing(tokens: Sequence[Token], start: int, end: int) -> int:
    """The place of the bracket that closes the one at ``start``; ``end - 1`` where there is none."""
    depth = 0
    for k in range(start, end):
        if tokens[k].text in OPENING:
            depth += 1
        elif tokens[k].text in CLOSED:
            depth -= 1
            if depth == 0:
                return k
    return end - 1


def split(tokens: Sequence[Token], start: int, end: int, separators: frozenset[str]) -> Iterator[tuple[int, int, int]]:
    """(from, to, place of the separator before) of each part between separators outside brackets."""
    depth = 0
    begin, mark = start, -1
    for k in range(start, end):
        text = tokens[k].text
        if text in OPENING:
            depth += 1
        elif text in CLOSED:
            depth -= 1
        elif depth == 0 and text in separators:
            yield begin, k, mark
            begin, mark = k + 1, k
    yield begin, end, mark


@dataclass
class Symbol:
    """A name and how its value is found: stored under ``key``, or defined by ``body`` with the slots' indices bound."""

    name: Name
    pattern: Pattern
    key: str
    body: Expr | None = None  # a definition; its slots are bound while it runs
    kind: str = "value"  # value, family, function, index, result
    origin: int = 1  # what the first component is called, where this symbol is used as an index
    bases: list[tuple[tuple[Expr, ...], Expr]] = field(default_factory=list)  # values at single indices
    ranges: tuple[Range, ...] = ()
    used: bool = False
    mute: bool = False  # not missed when unused
    subscripted: bool = False  # the bare name of a family whose index is a subscript
    needs: frozenset[int] = frozenset()  # of a definition: the ids of the symbols that its body uses
    closed: bool = False  # of a definition: its value depends on its own indices only, not on others that are bound
    lasting: bool = False  # of a closed definition: it stands under `with`, so that its value is the same for every text of the formula
    axes: tuple[int, ...] = ()  # of a family: which slot gives the index of each axis
    entries: tuple[Symbol, list[Expr]] | None = None  # of a definition that is a family at other indices: the family, its indices

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(part for part in self.pattern if isinstance(part, Slot))

    @property
    def literals(self) -> int:
        return sum(isinstance(part, str) for part in self.pattern)


@dataclass(frozen=True)
class Range:
    """The values an index takes: from ``first`` to ``last``, or listed by ``members``."""

    index: Name
    first: Expr
    last: Expr
    text: Name = ()  # its bounds as written, to tell two ranges apart
    starts_at_zero: bool = False

    def values(self, env: Env) -> range:
        return range(int(self.first(env)), int(self.last(env)) + 1)


def axes_of(pattern: Pattern, ranges: Sequence[Range]) -> tuple[int, ...]:
    """For each axis of a family the slot that holds its index."""
    slots = [part.index for part in pattern if isinstance(part, Slot)]
    return tuple(slots.index(r.index) for r in ranges)


def key(name: Sequence[str]) -> str:
    return " ".join(name)


class Table:
    """The names in scope, inner scopes over outer ones."""

    def __init__(self, outer: Table | None = None) -> None:
        self.outer = outer
        self.symbols: dict[str, list[Symbol]] = {}
        self.ranges: dict[Name, list[Range]] = {}  # what a bare index runs over
        self.laws: list[tuple[Name, tuple[Name, ...], Expr]] = []  # the variables of an expectation: tuple name, its members, law
        self.joint: dict[Name, tuple[tuple[Name, ...], Expr]] = {}  # what a bare tuple runs over

    def add(self, symbol: Symbol) -> Symbol:
        self.symbols.setdefault(symbol.pattern[0] if isinstance(symbol.pattern[0], str) else "", []).append(symbol)
        return symbol

    def value(self, name: Sequence[str], **options: Value) -> Symbol:
        """A new name without slots, stored under its own text."""
        return self.add(Symbol(tuple(name), tuple(name), key(name), **options))

    def scopes(self) -> Iterator[Table]:
        table: Table | None = self
        while table is not None:
            yield table
            table = table.outer

    def find(self, tokens: Sequence[Token], start: int, end: int, results: bool = True) -> tuple[Symbol, int, tuple[Span, ...]] | None:
        """The name with most tokens at this place; among equals the innermost, then the latest. Without ``results``, the function's results have no name."""
        best: tuple[Symbol, int, tuple[Span, ...]] | None = None
        rank = (0, 0)
        first = tokens[start].text
        for table in self.scopes():
            for symbol in reversed(table.symbols.get(first, ())):
                if symbol.kind == "result" and not results:
                    continue
                found = match(symbol.pattern, tokens, start, end)
                if found is not None and (found[0], symbol.literals) > rank:
                    best = (symbol, *found)
                    rank = (found[0], symbol.literals)
        return best

    def named(self, name: Sequence[str]) -> Symbol | None:
        """The symbol whose declared name is exactly this."""
        wanted = tuple(name)
        for table in self.scopes():
            for symbol in reversed(table.symbols.get(wanted[0], ()) if wanted else ()):
                if symbol.name == wanted:
                    return symbol
        return None

    def range_of(self, index: Name) -> Range | None:
        """What a bare index runs over; None where nothing says it."""
        for table in self.scopes():
            if index in table.ranges:
                return table.ranges[index][0]
        return None

    def ambiguous(self, index: Name) -> bool:
        """Whether declarations give an index different ranges."""
        return any(len({r.text for r in table.ranges.get(index, ())}) > 1 for table in self.scopes())

    def indices(self) -> set[Name]:
        return {index for table in self.scopes() for index in table.ranges}


def head_of(pattern: Pattern) -> Name:
    """The bare name of a family: x of x_i and x_{(i, j)}, k of k(m, n), E_{\\text{token}} of E_{\\text{token}, i}; empty where the indices stand elsewhere."""
    first = next((k for k, part in enumerate(pattern) if isinstance(part, Slot)), 0)
    if first < 2 or any(not isinstance(part, Slot) and part not in (",", "{", "}", "(", ")", "_", "^") for part in pattern[first:]):
        return ()
    cut = first
    while cut > 1 and pattern[cut - 1] in ("(", "{", "_"):
        cut -= 1
    if cut > 2 and pattern[cut - 1] == ",":
        return tuple(str(part) for part in pattern[: cut - 1]) + ("}",)
    return tuple(str(part) for part in pattern[:cut])


def grouped(pattern: Pattern) -> list[int]:
    """How many indices stand in each bracket of ``C_{(i, j), (p, q)}``; empty where they stand in none."""
    sizes, inside = [], False
    for k, part in enumerate(pattern):
        if part == "(" and k > 1 and pattern[k - 1] in ("{", ",") and isinstance(pattern[k + 1], Slot):
            inside = True
            sizes.append(0)
        elif part == ")":
            inside = False
        elif isinstance(part, Slot):
            if not inside:
                return []
            sizes[-1] += 1
    return sizes
