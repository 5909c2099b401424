"""A whole formula: its clauses, and what each of them claims about one draw.

A clause is an equation, an update, an inequality, a law, a membership, a range or a minimization. ``compile_formula`` reads them once; each becomes a step that
looks at a draw and raises LatexError where the claim does not hold.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlref.latex.declarations import Declarations, Declared, head_of
from dlref.latex.domains import Domain, Finite, Integers
from dlref.latex.evaluate import CONSTANTS, LAWS, Parser, assign, lookup, related
from dlref.latex.names import Name, Range, Slot, Span, Symbol, Table, closing, key, match, pattern, split
from dlref.latex.reader import LatexError, Token, read
from dlref.latex.sampling import check_law, same_law
from dlref.latex.values import Array, Env, Expr, Family, FiniteLaw, Identity, Law, Members, Mismatch, Value, Zero, deviation, integer, is_number, shape_name, to_value

COMMA = frozenset({","})
MARKS = frozenset({"=", r"\leq", r"\geq", "<", ">", r"\neq", r"\leftarrow", r"\sim", r"\in", ":", r"\iff"})
ORDER = frozenset({r"\leq", r"\geq", "<", ">"})
TOLERANCE = 1e-8
EQUAL = 1e-12  # where a bound is attained
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


@dataclass
class Plan:
    """What the formula as written fixes, and every other text of it has to keep."""

    gives: list[Declared]
    pins: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the marks between a function's arguments
    sides: list[Name] = field(default_factory=list)  # left sides that are pinned as tokens (densities)
    quantified: set[Name] | None = None
    read_off: set[int] = field(default_factory=set)  # results that are members of what the formula defines
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
        trial.env["#cache"] = {}
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


class Compiler:
    """Compiles one text against its declarations."""

    def __init__(self, latex: str, found: Declarations, plan: Plan, planning: bool = False) -> None:
        self.latex = latex
        self.tokens = read(latex)
        self.found = found
        self.plan = plan
        self.planning = planning  # the text as written: what it shows becomes the plan
        self.table = Table(found.table)
        self.steps: list[Step] = []
        self.bounds: dict[int, int] = {}
        self.orders: set[int] = set()
        self.gap: Expr | None = None
        self.claims: set[Name] = set()
        self.hit: dict[int, list[tuple[Name, ...]]] = {k: [] for k in range(len(plan.gives))}
        self.sides = list(plan.sides)
        self.defined: list[Symbol] = []
        self.quantifier: list[tuple[Name, Span | None]] = []
        self.minimum = False  # whether a clause minimizes
        for symbols in found.table.symbols.values():
            for symbol in symbols:
                symbol.used = False

    # ---- helpers

    def fail(self, message: str, kind: str = "grammar", pos: int | None = None) -> LatexError:
        at = self.tokens[pos].at if pos is not None and pos < len(self.tokens) else len(self.latex)
        return LatexError(kind, self.latex, at, message)

    def parser(self, span: Span, results: bool = False, table: Table | None = None) -> Parser:
        parser = Parser(self.latex, self.tokens, span[0], span[1], table or self.table, self.plan.pins)
        parser.results = results
        return parser

    def text(self, span: Span) -> Name:
        return tuple(token.text for token in self.tokens[span[0] : span[1]])

    # ---- the whole

    def compile(self) -> Formula:
        tokens = self.tokens
        if not tokens:
            raise self.fail("an empty formula")
        rows: list[Span] = [(0, len(tokens))]
        if tokens[0].text == r"\begin{aligned}":
            close = closing(tokens, 0, len(tokens))
            if close != len(tokens) - 1:
                raise self.fail("expected nothing after \\end{aligned}", pos=close + 1)
            rows = [(a, b) for a, b, _ in split(tokens, 1, close, frozenset({r"\\"}))]
        for row in rows:
            self.row(row)
        for number, places in self.hit.items():
            if not places and self.plan.result == "arrays" and not self.plan.law:
                self.read_off(number)
        self.keep()
        for symbol in self.defined:
            if not symbol.used:
                raise self.fail(f"'{key(symbol.name)}' is defined and not used", "left-hand side")
        if self.sides:
            raise self.fail(f"expected the left side '{key(self.sides[0])}'", "left-hand side", 0)
        reached = self.reached()
        unused = next((symbol for symbol in self.found.symbols if not (symbol.mute or id(symbol) in reached)), None)
        error = self.fail(f"the declared '{key(unused.name)}' is not used", "unused declaration") if unused is not None else None
        return Formula(self.latex, self.steps, self.bounds, self.orders, self.table, self.gap, error)

    def keep(self) -> None:
        """Every text makes the claims of the text as written: as many left sides of each result, a statement about each name that has one."""
        sides = {number: len(places) for number, places in self.hit.items()}
        if self.planning:
            self.plan.sides_of, self.plan.claims = sides, self.claims
            return
        for number, count in self.plan.sides_of.items():
            if sides[number] < count:
                raise self.fail(f"expected {count} left sides of '{key(self.plan.gives[number].name)}', got {sides[number]}", "left-hand side")
        for name in sorted(self.plan.claims - self.claims):
            raise self.fail(f"expected a clause about '{key(name)}'", "left-hand side")

    def reached(self) -> set[int]:
        """The names that the formula uses, itself or through definitions."""
        symbols = {id(symbol): symbol for symbols in self.found.table.symbols.values() for symbol in symbols}
        waiting = [i for i, symbol in symbols.items() if symbol.used] + list(self.found.always)
        done: set[int] = set()
        while waiting:
            i = waiting.pop()
            if i not in done:
                done.add(i)
                waiting.extend(symbols[i].needs if i in symbols else ())
        return done

    def read_off(self, number: int) -> None:
        """A result that is a member of what the formula defines: r_D of r_l; otherwise the formula does not give it."""
        declared = self.plan.gives[number]
        if declared.bound is not None or declared.name in ((r"\min",), (r"\max",)):
            if declared.bound is None and not self.minimum:
                raise self.fail(f"the formula minimizes nothing, 'gives' names '{key(declared.name)}'", "left-hand side", 0)
            return
        if self.planning:
            self.plan.read_off.add(number)
        elif number not in self.plan.read_off:
            raise self.fail(f"expected a left side '{key(declared.name)}'", "left-hand side", 0)
        name = tuple(Token(text, 0) for text in declared.name)
        found = self.table.find(name, 0, len(name), results=False)
        if found is None or found[1] != len(name) or (all(found[0] is not symbol for symbol in self.defined) and found[0].body is None):
            raise self.fail(f"expected a left side '{key(declared.name)}'", "left-hand side", 0)
        parser = Parser(self.latex, name, 0, len(name), self.table)
        parser.results = False
        expr = parser.whole()
        self.steps.append(self.comparison(number, declared, [], (), [(expr, 0)]))

    def row(self, row: Span) -> None:
        """The clauses of a row: names on the left first, so that a clause may use what a later one defines."""
        clauses = list(self.clauses(row))
        if not clauses:
            raise self.fail("expected a clause", pos=row[0])
        work = [(clause, self.announce(clause)) for clause in clauses]
        for clause, (number, symbol) in work:
            self.clause(clause, number, symbol)

    def clauses(self, row: Span) -> Iterator[Clause]:
        """Parts between commas; ∀ takes the rest of its row, ``i = 1, …, n`` is one clause."""
        tokens = self.tokens
        parts = [(a, b) for a, b, _ in split(tokens, *row, COMMA)]
        guard: Span | None = None
        k = 0
        while k < len(parts):
            a, b = parts[k]
            if a == b:
                raise self.fail("expected a clause", pos=a)
            first = tokens[a].text
            if first == r"\forall":
                if k == 0:
                    raise self.fail("∀ needs a claim before it", pos=a)
                self.forall((a, row[1]))
                return
            if first == r"\text{if}":
                if guard is not None or k:
                    raise self.fail("a second condition", pos=a)
                guard = (a + 1, b)
                k += 1
                continue
            if k + 2 < len(parts) and self.text(parts[k + 1]) == (r"\dots",):
                yield Clause(a, parts[k + 2][1], [], [], guard, claim=True)
                k += 3
                continue
            pieces = list(split(tokens, a, b, MARKS))
            yield Clause(a, b, [(x, y) for x, y, _ in pieces], [m for _, _, m in pieces[1:]], guard)
            k += 1
        if guard is not None and len(parts) < 2:
            raise self.fail("a condition without a clause", pos=row[0])

    def forall(self, span: Span) -> None:
        """``\\forall i``, ``\\forall \\theta_1, \\theta_2, \\lambda \\in [0, 1]``."""
        a, b = span
        for x, y, _ in split(self.tokens, a + 1, b, COMMA):
            sides = list(split(self.tokens, x, y, frozenset({r"\in"})))
            if x == y or len(sides) > 2:
                raise self.fail("expected a name after ∀", pos=x)
            self.quantifier.append((self.text(sides[0][:2]), sides[1][:2] if len(sides) == 2 else None))

    def target(self, span: Span, arrow: bool) -> tuple[int, tuple[Span, ...]] | None:
        """Which result a left side names."""
        arguments = {declared.name for declared in self.found.where}
        for number, declared in enumerate(self.plan.gives):
            found = match(declared.pattern, self.tokens, *span)
            if found is None or found[0] != span[1]:
                head = self.head(declared)
                if head is None or self.text(span) != head:
                    continue
                found = (span[1], ())
            if arrow != (declared.name in arguments):
                mark = "\\leftarrow" if not arrow else "="
                raise self.fail(f"'{key(declared.name)}' is {'no ' if arrow else ''}old value: expected '{mark}'", "left-hand side", span[1])
            spans = tuple(self.text(s) for s in found[1])
            if self.hit[number] and any(d.name == declared.name for d in self.plan.gives[number + 1 :]):
                continue
            if spans in self.hit[number]:
                raise self.fail(f"'{key(declared.name)}' has a second left side", "left-hand side", span[0])
            self.hit[number].append(spans)
            return number, found[1]
        return None

    def head(self, declared: Declared) -> Name | None:
        """The bare name of an indexed result, for left sides without its indices."""
        return head_of(declared.pattern) or None if declared.ranges else None

    def announce(self, clause: Clause) -> tuple[tuple[int, tuple[Span, ...]] | None, Symbol | None]:
        """The result or the new name that a clause defines, put in scope."""
        if clause.claim or not clause.marks:
            return None, None
        mark = self.tokens[clause.marks[0]].text
        left = clause.members[0]
        if left[0] == left[1]:
            raise self.fail("expected something on the left", pos=left[0])
        if mark == r"\leftarrow":
            found = self.target(left, arrow=True)
            if found is None:
                raise self.fail(f"'{key(self.text(left))}' is no result", "left-hand side", left[0])
            return found, None
        if mark != "=":
            return (self.target(left, arrow=False) if mark == r"\sim" else None), None
        found = self.target(left, arrow=False)
        if found is not None:
            declared = self.plan.gives[found[0]]
            bare = [self.text(span) for span in found[1]]
            if bare == [slot.index for slot in declared.pattern if isinstance(slot, Slot)]:
                symbol = self.table.add(Symbol(declared.name, declared.pattern, declared.key + " (defined)", body=lambda env: None, ranges=declared.ranges, used=True))
                self.inherit(symbol)
                return found, symbol
            return found, None
        if self.planning and self.tokens[clause.members[1][0]].text in LAWS:
            self.plan.sides.append(self.text(left))
            return None, None
        existing = self.table.find(self.tokens, *left, results=False)
        if existing is not None and existing[1] == left[1] and existing[2] and any(existing[0] is symbol for symbol in self.defined):
            return None, existing[0]  # r_0 = 1 after r_l = …
        if self.text(left) in self.sides or self.evaluable(left):
            return None, None
        name = self.text(left)
        if self.planning and not self.plan.gives and not self.plan.law and self.plan.result == "arrays":
            self.plan.gives.append(self.automatic(name))
            self.hit[0] = []
            return self.announce(clause)
        self.check_name(left)
        ranges = tuple(r for index in self.found.table.indices() if (r := self.found.table.range_of(index)) is not None)
        shape = pattern(name, [r.index for r in ranges])
        slots = [part.index for part in shape if isinstance(part, Slot)]
        symbol = self.table.add(Symbol(name, shape, key(name) + " (defined)", body=lambda env: None, ranges=tuple(r for s in slots for r in ranges if r.index == s)))
        self.inherit(symbol)
        self.defined.append(symbol)
        return None, symbol

    def inherit(self, symbol: Symbol) -> None:
        """Values at single indices that `with` or `where` declare: h_0 of h_t."""
        for symbols in self.found.table.symbols.values():
            for other in symbols:
                if other.pattern[0] != symbol.pattern[0] or not symbol.slots:
                    continue
                if other.bases and other.pattern == symbol.pattern:
                    symbol.bases.extend(other.bases)
                elif not other.slots and other.kind != "result":
                    name = tuple(Token(text, 0) for text in other.name)
                    found = match(symbol.pattern, name, 0, len(name))
                    if found is not None and found[0] == len(name):
                        other.used = True
                        places = tuple(Parser(self.latex, name, a, b, self.found.table).whole() for a, b in found[1])
                        symbol.bases.append((places, lambda env, k=other.key: env[k]) if other.body is None else (places, other.body))  # type: ignore[misc]

    def automatic(self, name: Name) -> Declared:
        """A result that `gives` does not declare, from the left side of the text as written."""
        table = self.found.table
        ranges = [r for index in sorted(table.indices()) if (r := table.range_of(index)) is not None]
        shape = pattern(name, [r.index for r in ranges])
        slots = [part.index for part in shape if isinstance(part, Slot)]
        mine = tuple(next(r for r in ranges if r.index == slot) for slot in slots)
        return Declared(" ".join(name), name, shape, mine, "real")

    def check_name(self, span: Span) -> None:
        text = self.tokens[span[0]].text
        if not (text.isalpha() or text.startswith("\\")) or text.startswith((r"\begin", r"\{", r"\|", r"\frac{")) or text in (r"\sum", r"\prod", r"\max", r"\min"):
            raise self.fail(f"'{key(self.text(span))}' cannot be a name", "left-hand side", span[0])

    def evaluable(self, span: Span) -> bool:
        """Whether all symbols of a left side are known, so that it has a value."""
        if self.tokens[span[0]].text in {*CONSTANTS, r"\delta"} and self.found.table.named((self.tokens[span[0]].text,)) is None:
            return False
        marks = [(symbol, symbol.used) for symbols in self.found.table.symbols.values() for symbol in symbols]
        try:
            self.parser(span, results=True).whole()
        except LatexError as error:
            for symbol, used in marks:
                symbol.used = used
            if error.kind == "unknown symbol" or not self.mentions(span):
                return False
            raise
        return True

    def mentions(self, span: Span) -> bool:
        """Whether a span begins with a declared name."""
        return self.table.find(self.tokens, *span) is not None

    # ---- clauses

    def clause(self, clause: Clause, number: tuple[int, tuple[Span, ...]] | None, symbol: Symbol | None) -> None:
        if clause.claim:
            self.steps.append(self.range_claim(clause))
            return
        if not clause.marks or self.tokens[clause.start].text in (r"\min", r"\max") and number is None:
            self.value_or_minimum(clause)
            return
        marks = [self.tokens[m].text for m in clause.marks]
        for span, mark in zip(clause.members[1:], clause.marks, strict=True):
            if span[0] == span[1]:
                raise self.fail("expected something on the right", pos=mark + 1)
        if r"\iff" in marks:
            raise self.fail("an equivalence is a statement", pos=clause.marks[marks.index(r"\iff")])
        if marks == [":"] or marks == [r"\in"]:
            self.repeats(clause, marks[0])
        elif marks == [r"\sim"]:
            self.steps.append(self.sampling(clause, number))
        elif all(m in ORDER for m in marks):
            self.inequality(clause)
        elif marks[0] in ("=", r"\leftarrow") and all(m == "=" or m in ORDER for m in marks[1:]):
            self.equation(clause, number, symbol)
        else:
            raise self.fail(f"'{key(tuple(marks))}' in one clause", pos=clause.marks[-1])

    def guarded(self, clause: Clause) -> Expr | None:
        return self.parser(clause.guard).condition(clause.guard) if clause.guard else None

    def equation(self, clause: Clause, number: tuple[int, tuple[Span, ...]] | None, symbol: Symbol | None) -> None:
        """Every member after the left side must have the value of the result, or of the left side itself."""
        marks = [self.tokens[m].text for m in clause.marks]
        if marks[0] == r"\leftarrow" and len(marks) > 1:
            raise self.fail("an update has one right side", pos=clause.marks[1])
        equals = 1 + sum(1 for _ in itertools.takewhile(lambda m: m in ("=", r"\leftarrow"), marks))
        if any(m in ("=", r"\leftarrow") for m in marks[equals - 1 :]):
            raise self.fail("'=' after an inequality", pos=clause.marks[-1])
        left = clause.members[0]
        for one, other in itertools.pairwise(clause.members):
            if self.text(one) == self.text(other):
                raise self.fail("both sides are the same", "left-hand side", other[0])
        if self.text(clause.members[1])[:2] in ((r"\arg", r"\min"), (r"\arg", r"\max")) and number is not None and len(marks) == 1:
            variables = self.arg_variables(clause.members[1])
            if variables is not None:
                self.minimization(clause.members[1][0] + 1, clause.members[1][1], variables, [number[0]])
                return
        density = self.text(left) in self.plan.sides
        scope, slots = self.table, []
        if symbol is not None and number is None and [s.index for s in symbol.slots] == self.slot_texts(symbol, left):
            scope = Table(self.table)
            known = [self.found.table.named(slot.index) for slot in symbol.slots]
            slots = [scope.value(s.index, kind="index", origin=k.origin if k is not None else 1) for s, k in zip(symbol.slots, known, strict=True)]
        members = [(self.parser(span, table=scope).whole(), span[0]) for span in clause.members[1:]]
        for slot in slots:
            if not slot.used:
                raise self.fail(f"the index '{key(slot.name)}' is not used", pos=left[0])
        values = members[: equals - 1]
        guard = self.guarded(clause)
        if density:
            self.density(clause, values)
            return
        if symbol is not None and number is None and symbol.slots and [s.index for s in symbol.slots] != self.slot_texts(symbol, left):
            found = match(symbol.pattern, self.tokens, *left)
            assert found is not None
            places = tuple(self.parser(span).whole() for span in found[1])
            symbol.bases.append((places, values[0][0]))
            return
        if symbol is not None:
            symbol.body = values[0][0]
        if number is not None:
            which, spans = number
            declared = self.plan.gives[which]
            if symbol is None and spans and declared.ranges:
                self.add_base(declared, spans, values[0][0])
            self.steps.append(self.comparison(which, declared, spans, clause.members[0], values, guard))
            if marks[0] == r"\leftarrow":
                self.table.add(Symbol(declared.name, declared.pattern, declared.key + " (new)", body=values[0][0], used=True))
            for k, (member, place) in enumerate(members[equals - 1 :]):
                self.bound(which, declared, spans, marks[equals - 1 + k], member, place)
            return
        if guard is not None:
            raise self.fail("a condition needs an update", pos=clause.start)
        if symbol is not None:
            if len(values) > 1 or len(marks) >= equals:
                names = [key(s.index) for s in symbol.slots]
                ranges = list(symbol.ranges)
                chain = [*values, *members[equals - 1 :]]
                self.steps.append(self.chain(names, ranges, chain, marks[1:]))
            return
        named = [symbol for symbols in self.found.table.symbols.values() for symbol in symbols if symbol.kind == "result"]
        for result in named:
            result.used = False
        whole = (self.parser(left, results=True).whole(), left[0])
        for which, declared in enumerate(self.plan.gives):
            if any(result.used and result.name == declared.name for result in named):
                self.hit[which].append(())
        law = self.plan.law
        if self.planning and not self.plan.gives:
            self.plan.law = law = True
        self.steps.append(self.chain([], [], [whole, *members], marks, results=law))

    def slot_texts(self, symbol: Symbol, left: Span) -> list[Name]:
        found = match(symbol.pattern, self.tokens, *left)
        return [self.text(span) for span in found[1]] if found is not None else []

    def add_base(self, declared: Declared, spans: tuple[Span, ...], value: Expr) -> None:
        """``\\bar{\\alpha}_0 = 1`` beside ``\\bar{\\alpha}_t = …``: the value at one index."""
        for symbols in self.table.symbols.values():
            for symbol in symbols:
                if symbol.key == declared.key + " (defined)":
                    try:
                        places = tuple(self.parser(span).whole() for span in spans)
                    except LatexError:
                        return
                    symbol.bases.append((places, value))

    def free(self, declared: Declared, spans: Sequence[Span]) -> tuple[list[Expr], list[str], list[Range]]:
        """The index expressions on a left side and the letters that are free in them."""
        arguments = {d.name for d in self.found.where}
        exprs: list[Expr] = []
        letters: list[str] = []
        ranges: list[Range] = []
        if not spans:
            return exprs, letters, ranges
        slots = [part.index for part in declared.pattern if isinstance(part, Slot)]
        for span, slot in zip(spans, slots, strict=True):
            exprs.append(self.parser(span).whole())
            text = self.text(span)
            k = span[0]
            while k < span[1]:
                found = self.found.table.find(self.tokens, k, span[1], results=False)
                if found is None:
                    k += 1
                    continue
                symbol, k, _ = found
                if symbol.kind != "index" or symbol.name in arguments or key(symbol.name) in letters:
                    continue
                own = next((r for r in declared.ranges if r.index == slot), None) if text == symbol.name else None
                limit = own or self.found.table.range_of(symbol.name)
                if limit is None:
                    raise self.fail(f"nothing says what '{key(symbol.name)}' runs over", "left-hand side", span[0])
                letters.append(key(symbol.name))
                ranges.append(limit)
        return exprs, letters, ranges

    def comparison(self, which: int, declared: Declared, spans: Sequence[Span], left: Span | tuple[()], values: list[tuple[Expr, int]], guard: Expr | None = None) -> Step:
        """The result at free indices against each member."""
        order = [part.index for part in declared.pattern if isinstance(part, Slot)]
        axes = [order.index(r.index) for r in declared.ranges] if spans else []
        exprs, letters, ranges = self.free(declared, spans)
        arrow = declared.name in {d.name for d in self.found.where}
        latex, tokens = self.latex, self.tokens
        place_left = tokens[left[0]].at if left else 0

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            for _ in assign(env, letters, choices(env, ranges, trial)):
                if spans:
                    indices = [integer(expr(env)) for expr in exprs]
                    try:
                        expected = trial.results[which][tuple(indices[axis] for axis in axes)]
                    except Mismatch as problem:
                        raise LatexError("left-hand side", latex, place_left, str(problem)) from None
                else:
                    found = trial.results[which]
                    expected = found.whole() if isinstance(found, Family) else found
                if guard is not None and not guard(env):
                    compare(state, latex, place_left, env[declared.key] if arrow else Zero(), expected)
                    continue
                for member, place in values:
                    compare(state, latex, tokens[place].at if place < len(tokens) else 0, member(env), expected)

        return step

    def chain(self, names: list[str], ranges: list[Range], members: list[tuple[Expr, int]], marks: list[str], results: bool = False) -> Step:
        """Members of a chain against their neighbors."""
        latex, tokens = self.latex, self.tokens
        self.orders |= {tokens[members[k + 1][1]].at for k, mark in enumerate(marks) if mark in (r"\leq", r"\geq")}

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            for _ in assign(env, names, choices(env, ranges, trial)):
                values = [(member(env), tokens[place].at) for member, place in members]
                for k, (value, at) in enumerate(values[1:]):
                    if marks[k] == "=":
                        compare(state, latex, at, value, values[k][0])
                    else:
                        ordered(latex, at, values[k][0], marks[k], value, state)
                if results:
                    compare(state, latex, values[0][1], values[0][0], trial.results[0])

        return step

    def bound(self, which: int, declared: Declared, spans: Sequence[Span], mark: str, member: Expr, place: int) -> None:
        """``… \\leq \\tfrac{1}{4}`` after the members of a result: true in all draws, attained in one."""
        number = len(self.bounds)
        self.bounds[number] = self.tokens[place].at
        exprs, letters, ranges = self.free(declared, spans)
        latex, at = self.latex, self.tokens[place].at
        if mark in (r"\leq", r"\geq"):
            self.orders.add(at)

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            for _ in assign(env, letters, choices(env, ranges, trial)):
                found = trial.results[which]
                value = found[tuple(integer(e(env)) for e in exprs)] if spans else found
                limit = member(env)
                ordered(latex, at, value, mark, limit, state)
                if deviation(value, limit) < EQUAL:
                    state.attained.add(number)

        self.steps.append(step)

    # ---- claims about arguments

    def repeats(self, clause: Clause, mark: str) -> None:
        """``z \\in \\mathbb{R}^K`` and ``f : X \\to Y`` must stand in the declarations as they are."""
        name, text = self.text(clause.members[0]), self.text(clause.members[1])
        self.claims.add(name)
        for declared in [*self.found.where, *self.plan.gives]:
            if declared.name == name and declared.text == text and (declared.kind == "function") == (mark == ":"):
                symbol = self.found.table.named(name)
                if symbol is not None:
                    symbol.used = True
                return
        raise self.fail(f"the declaration of '{key(name)}' is another", "left-hand side", clause.start)

    def range_claim(self, clause: Clause) -> Step:
        """``t = 1, \\dots, T`` must be the range that the declarations give t."""
        parser = self.parser((clause.start, clause.end))
        found = parser.counted((clause.start, clause.end))
        if found is None:
            raise self.fail("expected a range such as 'i = 1, \\dots, n'", pos=clause.start)
        declared = self.declared_values(found.index)
        if declared is None:
            raise self.fail(f"'{key(found.index)}' has no declared range", "unknown symbol", clause.start)
        self.claims.add(found.index)
        latex, at = self.latex, self.tokens[clause.start].at
        values = declared

        def step(trial: Trial, state: State) -> None:
            claimed = list(range(integer(found.first(trial.env)), integer(found.last(trial.env)) + 1))
            if claimed not in values(trial.env):
                raise LatexError("numbers", latex, at, "the declared range is another")

        return step

    def declared_values(self, name: Name) -> Callable[[Env], list[list[int]]] | None:
        """What a whole number or an index may be: each declaration of it as a list."""
        for declared in self.found.where:
            if declared.name == name and isinstance(declared.domain, Domain) and not declared.domain.dims:
                base = declared.domain.base
                if isinstance(base, Finite):
                    return lambda env: [sorted(int(v) for v in base.members(env))]
                if isinstance(base, Integers) and base.low is not None:
                    low, step = base.low, base.step
                    return lambda env: [list(range(low, low + 30 * step, step))]
        ranges = [r for d in self.plan.gives for r in d.ranges if r.index == name] + self.found.table.ranges.get(name, [])
        return (lambda env: [list(r.values(env)) for r in ranges]) if ranges else None

    def inequality(self, clause: Clause) -> None:
        """A claim about an index or whole number, the slack or truth that the function returns, or a bound of the result."""
        marks = [self.tokens[m].text for m in clause.marks]
        texts = [self.text(span) for span in clause.members]
        bounded = next((k for k, d in enumerate(self.plan.gives) if d.bound is not None), None)
        if bounded is not None:
            self.bound_of_result(clause, bounded, marks, texts)
            return
        about = [k for k, text in enumerate(texts) if self.declared_values(text) is not None]
        if self.plan.gives and not (self.planning and self.plan.result != "arrays"):
            if len(marks) == 2 and 1 in about:
                about = [1]  # 0 ≤ P < S speaks of P, though S is declared too
            if len(about) != 1:
                raise self.fail("an inequality that neither bounds the result nor describes an index", pos=clause.start)
            self.steps.append(self.set_claim(clause, about[0], marks))
            return
        self.relation_of_result(clause, marks)

    def set_claim(self, clause: Clause, about: int, marks: list[str]) -> Step:
        """``1 \\leq i \\leq h``: exactly the declared values fulfil it."""
        name = self.text(clause.members[about])
        values = self.declared_values(name)
        assert values is not None
        self.claims.add(name)
        symbol = self.found.table.named(name)
        if symbol is not None:
            symbol.used = True
        others = [None if k == about else self.parser(span).whole() for k, span in enumerate(clause.members)]
        latex, at = self.latex, self.tokens[clause.start].at

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            ends = [None if other is None else other(env) for other in others]
            declared = values(env)
            low, high = min(min(d, default=0) for d in declared) - 3, max(max(d, default=0) for d in declared) + 3
            fulfil = []
            for v in range(low, high + 1):
                chain = [v if end is None else end for end in ends]
                if all(related(m, x, y) for m, x, y in zip(marks, chain[:-1], chain[1:], strict=True)):
                    fulfil.append(v)
            if fulfil not in declared:
                raise LatexError("numbers", latex, at, f"'{key(name)}' has other declared values")

        return step

    def bound_of_result(self, clause: Clause, which: int, marks: list[str], texts: list[Name]) -> None:
        """``\\log p \\geq A - B`` with the function returning A − B."""
        declared = self.plan.gives[which]
        assert declared.bound is not None
        mark, other = declared.bound
        flipped = {r"\leq": r"\geq", r"\geq": r"\leq"}[mark]
        if len(texts) != 2 or (texts[0], marks[0]) != (other, flipped) and (texts[1], marks[0]) != (other, mark):
            raise self.fail(f"expected '{key(other)}' to bound the result by '{mark}'", "left-hand side", clause.start)
        side = 1 if texts[0] == other else 0
        value = self.parser(clause.members[side]).whole()
        limit = self.parser(clause.members[1 - side]).whole()
        self.hit[which].append(())
        latex, at, at_limit = self.latex, self.tokens[clause.members[side][0]].at, self.tokens[clause.members[1 - side][0]].at

        def step(trial: Trial, state: State) -> None:
            compare(state, latex, at, value(trial.env), trial.results[which])
            ordered(latex, at_limit, trial.results[which], mark, limit(trial.env), state)

        self.steps.append(step)

    def relation_of_result(self, clause: Clause, marks: list[str]) -> None:
        """An inequality whose truth, or whose slack, is the result."""
        if len(marks) != 1:
            raise self.fail("expected one inequality", pos=clause.start)
        a, b = (self.parser(span).whole() for span in clause.members)
        greater = marks[0] in (r"\geq", ">")
        arguments = {d.name: d for d in self.found.where}
        indices: list[Range] = []
        names = set()
        for name, domain in self.quantifier:
            names.add(name)
            declared = arguments.get(name)
            if declared is not None:
                if domain is not None and self.text(domain) != declared.text:
                    raise self.fail(f"the declaration of '{key(name)}' is another", "left-hand side", domain[0])
                continue
            limit = self.found.table.range_of(name)
            if limit is None or domain is not None:
                raise self.fail(f"'{key(name)}' is not declared", "unknown symbol", clause.end)
            indices.append(limit)
        if self.planning:
            self.plan.quantified = names
        elif names != self.plan.quantified:
            raise self.fail("∀ names other variables", "left-hand side", clause.start)
        letters = [key(r.index) for r in indices]
        latex, at, mark = self.latex, self.tokens[clause.marks[0]].at, marks[0]
        truth = self.plan.result == "truth"
        if not truth and mark not in (r"\leq", r"\geq"):
            raise self.fail("a slack belongs to ≤ or ≥", "left-hand side", clause.marks[0])

        def sides(env: Env) -> Iterator[tuple[Value, Value]]:
            for _ in assign(env, letters, itertools.product(*[r.values(env) for r in indices])):
                x, y = a(env), b(env)
                if not (is_number(x) and is_number(y)):
                    raise LatexError("shape", latex, at, f"cannot compare {shape_name(x)} with {shape_name(y)}")
                yield x, y

        def gap(env: Env) -> float:
            return float(min(x - y if greater else y - x for x, y in sides(env)))

        def step(trial: Trial, state: State) -> None:
            value = all(related(mark, x, y) for x, y in sides(trial.env)) if truth else gap(trial.env)
            compare(state, latex, at, value, trial.results[0])

        self.gap = gap

        self.steps.append(step)

    # ---- laws

    def density(self, clause: Clause, values: list[tuple[Expr, int]]) -> None:
        """``q(x_t \\mid x_{t-1}) = \\mathcal{N}(x_t; \\mu, \\Sigma)``: the law of the result x_t; the left side is pinned."""
        self.random_arguments_used()
        side = self.text(clause.members[0])
        if not self.planning:
            if side not in self.sides:
                raise self.fail("a second law of this kind", "left-hand side", clause.start)
            self.sides.remove(side)
        gives = self.plan.gives
        members = [member for member, _ in values]
        latex, at = self.latex, self.tokens[clause.members[1][0]].at
        for number, declared in enumerate(gives):
            opening = side.index("(") + 1 if "(" in side else 0
            if declared.name == side[opening : opening + len(declared.name)] or declared.samples == side:
                which, name = number, declared.name
                break
        else:
            raise self.fail("the left side is the law of no result", "left-hand side", clause.start)
        self.hit[which].append(())

        def step(trial: Trial, state: State) -> None:
            for member in members:
                law = member(trial.env)
                if not isinstance(law, Law) or (law.variable and law.variable != name):
                    raise LatexError("shape", latex, at, f"expected the law of '{key(name)}'")
                state.deviation = max(state.deviation, self.law_of_result(trial, which, law, at))

        self.steps.append(step)

    def random_arguments_used(self) -> None:
        """A result's law stands for the random arguments that it comes from."""
        for declared in self.found.where:
            symbol = self.found.table.named(declared.name)
            if declared.kind == "law" and symbol is not None:
                symbol.used = True

    def law_of_result(self, trial: Trial, which: int, law: Value, at: int) -> float:
        try:
            return check_law(trial, which, law, self.found, self.plan.gives[which])
        except Mismatch as problem:
            raise LatexError(problem.kind, self.latex, at, str(problem)) from None

    def sampling(self, clause: Clause, number: tuple[int, tuple[Span, ...]] | None) -> Step:
        """``x \\sim law``: of a random argument the declared law, of a result the law that it follows."""
        left, right = clause.members
        name = self.text(left)
        latex, at = self.latex, self.tokens[right[0]].at
        if number is not None:
            self.random_arguments_used()
            law = self.law_expression(right, name)
            which, spans = number
            if [self.text(s) for s in spans] != [part.index for part in self.plan.gives[which].pattern if isinstance(part, Slot)]:
                raise self.fail(f"expected '{key(self.plan.gives[which].name)}'", "left-hand side", left[0])
            exprs, letters, ranges = self.free(self.plan.gives[which], spans)

            def follows(trial: Trial, state: State) -> None:
                env = trial.env
                for _ in assign(env, letters, choices(env, ranges, trial)):
                    env["#index"] = [integer(expr(env)) for expr in exprs]
                    state.deviation = max(state.deviation, self.law_of_result(trial, which, law(env), at))

            return follows
        declared = next((d for d in self.found.where if d.name == name and d.kind == "law"), None)
        if declared is None or declared.law is None:
            raise self.fail(f"'{key(name)}' is no random argument and no result", "left-hand side", left[0])
        symbol = self.found.table.named(name)
        if symbol is not None:
            symbol.used = True
        self.claims.add(name)
        claimed = self.law_expression(right, name)
        expected = declared.law

        def states(trial: Trial, state: State) -> None:
            try:
                state.deviation = max(state.deviation, same_law(claimed(trial.env), expected(trial.env)))
            except Mismatch as problem:
                raise LatexError(problem.kind, latex, at, str(problem)) from None

        return states

    def law_expression(self, span: Span, variable: Name) -> Expr:
        """A law: 𝒩(μ, Σ), a name that `with` defines, or the probabilities p(x | …) of the variable itself."""
        found = self.table.find(self.tokens, *span, results=False)
        if found is not None and found[1] == span[1] and found[2]:
            symbol, _, spans = found
            moving = [k for k, s in enumerate(spans) if self.text(s) == variable]
            if len(moving) == 1 and symbol.body is None:
                symbol.used = True
                limit = next(r for r in symbol.ranges if r.index == symbol.slots[moving[0]].index)
                order = [slot.index for slot in symbol.slots]
                others = [None if k == moving[0] else self.parser(s).whole() for k, s in enumerate(spans)]
                name = symbol.key
                axes = [order.index(r.index) for r in symbol.ranges]

                def law(env: Env) -> FiniteLaw:
                    points = []
                    for v in limit.values(env):
                        indices = [v if other is None else integer(other(env)) for other in others]
                        points.append((v, float(env[name][tuple(indices[axis] for axis in axes)])))
                    return FiniteLaw(tuple(points))

                return law
        return self.parser(span).whole()

    # ---- minima

    def arg_variables(self, span: Span) -> list[Name] | None:
        """The variables of ``\\arg\\min_{w}``; None where they run over a finite set."""
        tokens = self.tokens
        if span[0] + 2 >= span[1] or tokens[span[0] + 2].text != "_":
            return None
        close = closing(tokens, span[0] + 3, span[1])
        inside = (span[0] + 4, close)
        names = [self.text((a, b)) for a, b, _ in split(tokens, *inside, COMMA)]
        known = all(self.found.table.range_of(name) is None for name in names) and not any(t.text in (r"\in", "=") for t in tokens[inside[0] : inside[1]])
        return names if known else None

    def value_or_minimum(self, clause: Clause) -> None:
        """A clause without relation: a minimization, or a value whose beginning `gives` names."""
        start, end = clause.start, clause.end
        text = self.text((start, end))
        gives = self.plan.gives
        if self.tokens[start].text in (r"\min", r"\max") and start + 1 < end and self.tokens[start + 1].text == "_":
            close = closing(self.tokens, start + 2, end)
            names = [self.text((a, b)) for a, b, _ in split(self.tokens, start + 3, close, COMMA)]
            numbers = [next((k for k, d in enumerate(gives) if d.name == name), None) for name in names]
            if all(n is not None for n in numbers) and any(d.name == (text[0],) for d in gives):
                found = [n for n in numbers if n is not None]
                for n in found:
                    self.hit[n].append(())
                self.minimization(start, end, names, found)
                return
        if clause.marks:
            raise self.fail("expected a minimization", pos=start)
        for number, declared in enumerate(gives):
            if declared.name[0] in (r"\min", r"\max") and text[: len(declared.name)] == declared.name and not self.hit[number]:
                self.hit[number].append(())
                value = (self.parser((start + len(declared.name), end)).whole(), start + len(declared.name))
                for token in declared.name:
                    symbol = self.found.table.named((token,))
                    if symbol is not None:
                        symbol.used = True
                self.steps.append(self.comparison(number, declared, (), (start, end), [value]))
                return
        raise self.fail("expected an equation or another relation", "left-hand side", start)

    def minimization(self, start: int, end: int, names: list[Name], numbers: list[int]) -> None:
        """No feasible step from the function's solution lowers the objective, and the objective's value there is the function's."""
        tokens = self.tokens
        sign = 1.0 if tokens[start].text == r"\min" else -1.0
        wanted = (tokens[start].text,)
        value_number = next((k for k, d in enumerate(self.plan.gives) if d.name == wanted), None)
        if value_number is None:
            raise self.fail(f"'gives' needs a line '{wanted[0]} \\in …': the solution alone does not show the scale", "left-hand side", start)
        self.minimum = True
        self.hit[value_number].append(())
        if tokens[start + 1].text != "_":
            raise self.fail("expected the variables below", pos=start)
        begin = closing(tokens, start + 2, end) + 1
        parts = list(split(tokens, begin, end, frozenset({r"\text{s.t.}"})))
        scope = Table(self.table)
        symbols = [scope.value(name) for name in names]
        body = self.parser(parts[0][:2], table=scope).whole()
        constraints: list[tuple[Expr, Expr, float]] = []
        if len(parts) > 1:
            for a, b, _ in split(tokens, parts[1][0], end, COMMA):
                sides = list(split(tokens, a, b, ORDER))
                if len(sides) != 2 or tokens[sides[1][2]].text not in (r"\leq", r"\geq"):
                    raise self.fail("expected a constraint with ≤ or ≥", pos=a)
                left, right = (self.parser(side[:2], table=scope).whole() for side in sides)
                constraints.append((left, right, 1.0 if tokens[sides[1][2]].text == r"\geq" else -1.0))
        for symbol in symbols:
            if not symbol.used:
                raise self.fail(f"'{key(symbol.name)}' is not used", pos=start)
            known = self.found.table.named(symbol.name)
            if known is not None:
                known.used = True
        indices: list[Range] = []
        for name, domain in self.quantifier:
            limit = self.found.table.range_of(name)
            if limit is None or domain is not None:
                raise self.fail(f"'{key(name)}' is no index", "unknown symbol", end - 1)
            indices.append(limit)
        if self.planning:
            self.plan.quantified = {r.index for r in indices}
        elif {r.index for r in indices} != self.plan.quantified:
            raise self.fail("∀ names other variables", "left-hand side", start)
        letters = [key(r.index) for r in indices]
        keys = [key(name) for name in names]
        latex, at = self.latex, tokens[start].at

        def feasible(env: Env, slack: float) -> bool:
            for _ in assign(env, letters, itertools.product(*[r.values(env) for r in indices])):
                for left, right, way in constraints:
                    a, b = left(env), right(env)
                    if not (is_number(a) and is_number(b)):
                        raise LatexError("shape", latex, at, f"cannot compare {shape_name(a)} with {shape_name(b)}")
                    if not way * (a - b) >= -slack:
                        return False
            return True

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            solution = [trial.results[n] for n in numbers]
            for _ in assign(env, keys, [tuple(solution)]):
                best = body(env)
                if not is_number(best) or not math.isfinite(best):
                    raise LatexError("numbers", latex, at, f"the objective is {shape_name(best)} at the solution")
                compare(state, latex, at, best, trial.results[value_number], LOOSE)
                if not feasible(env, LOOSE):
                    raise LatexError("numbers", latex, at, "the solution breaks a constraint")
            for move in moves(trial, numbers, solution):
                for _ in assign(env, keys, [tuple(move)]):
                    value = body(env)
                    if not is_number(value) or value != value:
                        raise LatexError("numbers", latex, at, "the objective is NaN near the solution")
                    if sign * (value - best) < -LOOSE * 1e-2 * max(1.0, abs(best)) and feasible(env, 0.0):
                        raise LatexError("numbers", latex, at, f"a step lowers the objective from {best:.6g} to {value:.6g}")

        self.steps.append(step)


def moves(trial: Trial, numbers: Sequence[int], solution: list[Value]) -> list[list[Value]]:
    """Points around a solution: along each axis, towards zero, and at random; near and far."""
    mark = tuple(numbers)
    if mark not in trial.steps:
        sizes = [value.size if isinstance(value, np.ndarray) else 1 for value in solution]
        total = sum(sizes)
        flat = np.concatenate([np.reshape(value, -1) for value in solution]).astype(float)
        directions = [-flat, flat, *trial.rng.standard_normal((4, total))]
        if trial.number < 6:
            directions += [*np.eye(total), *-np.eye(total)]
        trial.steps[mark] = [flat + scale * d for scale in (0.3, 0.02) for d in directions]
    out = []
    for point in trial.steps[mark]:
        parts, k = [], 0
        for value in solution:
            size = value.size if isinstance(value, np.ndarray) else 1
            part = point[k : k + size]
            parts.append(part.reshape(value.shape) if isinstance(value, np.ndarray) else float(part[0]))
            k += size
        out.append(parts)
    return out


def compare(state: State, latex: str, at: int, value: Value, expected: Value, tolerance: float = TOLERANCE) -> None:
    """A value against what the function returned."""
    if isinstance(expected, bool) != isinstance(value, bool) and is_number(value) and is_number(expected):
        raise LatexError("shape", latex, at, f"expected {shape_name(expected)}, got {shape_name(value)}")
    if isinstance(value, Identity) and isinstance(expected, np.ndarray):
        value = value.scale * np.eye(len(expected))
    try:
        gap = deviation(value, expected)
    except Mismatch as problem:
        raise LatexError("shape", latex, at, str(problem)) from None
    if not gap <= tolerance:
        raise LatexError("numbers", latex, at, f"the formula gives {brief(value)}, the function {brief(expected)}")
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
    """Index values to look at: all of a few; of many an end, equal ones (ties), and one at random."""
    lists = [list(r.values(env)) for r in ranges]
    if not lists:
        return [()]
    if math.prod(len(values) for values in lists) <= 3:
        return list(itertools.product(*lists))
    rng, end = trial.rng, -(trial.number % 2)
    if trial.number >= 8:  # after the special draws one random place each
        return [tuple(values[int(rng.integers(len(values)))] for values in lists)]
    found = [tuple(values[end] for values in lists)]
    shared = sorted(set(lists[0]).intersection(*lists[1:]))
    if shared and len(lists) > 1:
        found.append((shared[int(rng.integers(len(shared)))],) * len(lists))
    found.append(tuple(values[int(rng.integers(len(values)))] for values in lists))
    return found


def compile_formula(latex: str, found: Declarations, plan: Plan, planning: bool = False) -> Formula:
    """The formula's clauses as steps; LatexError where the text cannot be read or does not fit its declarations."""
    try:
        return Compiler(latex, found, plan, planning).compile()
    except RecursionError:
        raise LatexError("grammar", latex, 0, "nested too deeply") from None


__all__ = ["Formula", "Plan", "State", "Trial", "compile_formula", "lookup", "to_value", "Members"]
