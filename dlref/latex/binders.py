"""Conditions, sets, and what runs over them: Σ, Π, max, min, arg max."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from dlref.latex.binding import RELATION, assign, is_plain, lookup, related
from dlref.latex.cursor import Cursor
from dlref.latex.names import Name, Range, Span, Symbol, Table, atom_end, closing, key, split
from dlref.latex.values import (
    Env,
    Expr,
    FiniteLaw,
    Members,
    Mismatch,
    Outside,
    Value,
    Zero,
    add,
    integer,
    is_number,
    multiply,
    shape_name,
)

COMMA = frozenset({","})


class Binders(Cursor):
    """Reads what binds an index."""

    def items(self, span: Span) -> Expr:
        """The values of a list ``a, b, …``; ``x_1, \\dots, x_n`` counts through the index."""
        parts = [(a, b) for a, b, _ in split(self.tokens, *span, COMMA)]
        exprs: list[Expr] = []  # each gives a list of values
        for number, (a, b) in enumerate(parts):
            if b - a == 1 and self.tokens[a].text == r"\dots":
                if not 0 < number < len(parts) - 1:
                    raise self.fail("… needs a first and a last member", pos=a)
                exprs.append(self.ellipsis(parts[number - 1], parts[number + 1], a))
                continue
            begin = a + 1 if self.tokens[a].text == "+" and b - a > 1 and self.tokens[a + 1].text[0].isdigit() else a
            value = self.sub((begin, b)).whole()
            exprs.append(lambda env, value=value: [value(env)])  # type: ignore[misc]
        return lambda env: [value for expr in exprs for value in expr(env)]

    def ellipsis(self, before: Span, after: Span, place: int) -> Expr:
        first = self.find(*before)
        last = self.find(*after)
        if first and last and first[0] is last[0] and first[0].slots and first[1] == before[1] and last[1] == after[1]:
            symbol = first[0]
            symbol.used = True
            low, _ = self.indices(first[2])
            high, _ = self.indices(last[2])
            value = lookup(symbol)

            def members(env: Env) -> Value:
                a, b = [integer(i(env)) for i in low], [integer(i(env)) for i in high]
                moving = [k for k in range(len(a)) if a[k] != b[k]]
                if len(moving) > 1:
                    raise Mismatch("the members around … differ in more than one index")
                if not moving:
                    raise Mismatch("the members around … are the same")
                k = moving[0]
                return [value(env, tuple(a[:k] + [i] + a[k + 1 :])) for i in range(a[k] + 1, b[k])]

            return self.placed(place, lambda env: members(env))
        one, two = self.sub(before).whole(), self.sub(after).whole()
        return self.guard(place, lambda a, b: list(range(integer(a) + 1, integer(b))), one, two)

    def condition(self, span: Span) -> Expr:
        """Relations between values, joined by commas: a truth value."""
        tests = [self.relation(part) for a, b, _ in split(self.tokens, *span, COMMA) for part in [(a, b)]]
        return lambda env: all(test(env) for test in tests)

    def relation(self, span: Span) -> Expr:
        parts = list(split(self.tokens, *span, RELATION))
        if len(parts) < 2:
            raise self.fail("expected a condition", pos=span[0])
        members = [self.sub((a, b)).whole() for a, b, _ in parts]
        marks = [self.tokens[mark].text for _, _, mark in parts[1:]]

        def holds(env: Env) -> bool:
            values = [member(env) for member in members]
            for k, mark in enumerate(marks):
                a, b = values[k], values[k + 1]
                if mark in (r"\in", r"\notin"):
                    if not isinstance(b, Members):
                        raise Mismatch(f"expected a set after ∈, got {shape_name(b)}")
                    if not is_plain(a) or not all(map(is_plain, b.items)):
                        raise Mismatch(f"{shape_name(a)} cannot be looked up in this set")
                    held = (a in b.items) == (mark == r"\in")
                else:
                    held = related(mark, a, b)
                if not held:
                    return False
            return True

        return self.placed(span[0], holds)

    def set(self, span: Span, place: int) -> Expr:
        parts = list(split(self.tokens, *span, frozenset({r"\mid"})))
        if len(parts) > 2:
            raise self.fail("a second '\\mid' in a set", pos=parts[2][2])
        if len(parts) == 1:
            if len(list(split(self.tokens, *span, COMMA))) == 1:
                return self.sub(span).inner(self)
            items = self.items(span)
            return lambda env: Members(tuple(items(env)))
        (a, b, _), (c, d, _) = parts
        counted = self.counted((c, d))
        if counted is not None:
            names: tuple[Name, ...] = (counted.index,)
            run = self.over_range(counted)
            scope, symbols = self.bind(names)
            condition: Expr | None = None
        else:
            inner = (a + 1, b - 1) if self.tokens[a].text == "(" and closing(self.tokens, a, b) == b - 1 else (a, b)
            if not all(self.table.range_of(tuple(t.text for t in self.tokens[x:y])) for x, y, _ in split(self.tokens, *inner, COMMA)):
                inner = self.condition_index((c, d))
            names, run = self.listed(inner)
            scope, symbols = self.bind(names)
            condition = self.sub((c, d), scope).condition((c, d))
        member = self.sub((a, b), scope).whole()
        self.all_used(symbols, a)
        keys = [key(name) for name in names]

        def build(env: Env) -> Value:
            out = []
            for _ in assign(env, keys, run(env)):
                if condition is None or condition(env):
                    out.append(member(env))
            return Members(tuple(out))

        return self.placed(place, build)

    def condition_index(self, span: Span) -> Span:
        """The index that the condition of a set speaks of first: i of ``i \\notin D_k``."""
        for k in range(*span):
            found = self.find(k, span[1])
            if found is not None and found[0].kind == "index" and self.table.range_of(found[0].name) is not None:
                return k, found[1]
        raise self.fail("expected a condition on an index", pos=span[0])

    def counted(self, span: Span) -> Range | None:
        """``i = 1, \\dots, n`` as a range; None where the span is something else."""
        parts = [(a, b) for a, b, _ in split(self.tokens, *span, COMMA)]
        if len(parts) != 3 or [t.text for t in self.tokens[parts[1][0] : parts[1][1]]] != [r"\dots"]:
            return None
        equal = list(split(self.tokens, *parts[0], frozenset({"="})))
        if len(equal) != 2:
            return None
        (a, b, _), (c, d, _) = equal
        index = self.variable((a, b))
        first, last = self.sub((c, d)).whole(), self.sub(parts[2]).whole()
        text = tuple(t.text for t in self.tokens[c : span[1]])
        return Range(index, first, last, text, text[0] == "0")

    def bind(self, names: Iterable[Name], origin: int = 1) -> tuple[Table, list[Symbol]]:
        """A scope in which the names are variables of their own."""
        scope = Table(self.table)
        return scope, [scope.value(name, kind="index", origin=origin) for name in names]

    def all_used(self, symbols: Sequence[Symbol], pos: int) -> None:
        for symbol in symbols:
            if not symbol.used:
                raise self.fail(f"the index '{symbol.key}' is not used", "grammar", pos)

    def variable(self, span: Span) -> Name:
        """A name that may be bound: one letter with its scripts, or a declared index."""
        name = tuple(token.text for token in self.tokens[span[0] : span[1]])
        if not name:
            raise self.fail("expected a name", pos=span[0])
        letter = name[0]
        plain = (
            letter.isalpha() or (letter[0] == "\\" and letter[1:].isalpha()) or letter.startswith((r"\mathbf", r"\mathcal", r"\hat", r"\tilde", r"\boldsymbol", r"\bar"))
        ) and atom_end(self.tokens, span[0], span[1]) == span[1]
        if not plain and name not in self.table.indices() and self.table.named(name) is None:
            raise self.fail(f"expected the name of an index, got '{' '.join(name)}'", pos=span[0])
        return name

    def over_range(self, found: Range) -> Callable[[Env], Iterable[tuple[Value, ...]]]:
        return lambda env: ((value,) for value in range(integer(found.first(env)), integer(found.last(env)) + 1))

    def listed(self, span: Span) -> tuple[tuple[Name, ...], Callable[[Env], Iterable[tuple[Value, ...]]]]:
        """``m, n``: names that run over their declared ranges; ``(x, y)``: a tuple that runs over what `with` says."""
        whole = tuple(token.text for token in self.tokens[span[0] : span[1]])
        for table in self.table.scopes():
            if whole in table.joint:
                names, values = table.joint[whole]
                return names, lambda env: values(env)
        names = tuple(self.variable((a, b)) for a, b, _ in split(self.tokens, *span, COMMA))
        ranges = []
        for name in names:
            found = self.table.range_of(name)
            if found is None:
                raise self.fail(f"nothing says what '{' '.join(name)}' runs over", "unknown symbol", span[0])
            if self.table.ambiguous(name):
                raise self.fail(f"'{' '.join(name)}' has different ranges; write its bounds", "grammar", span[0])
            ranges.append(found)
        return names, lambda env: itertools.product(*[range(integer(r.first(env)), integer(r.last(env)) + 1) for r in ranges])

    def binder(self, below: Span, above: Span | None) -> tuple[tuple[Name, ...], Callable[[Env], Iterable[tuple[Value, ...]]], int]:
        """What a sum and the like runs over: ``i=1`` to n, ``i \\in S``, ``m, n``; the last number is where its names count from."""
        for mark in (r"\in", "="):
            parts = list(split(self.tokens, *below, frozenset({mark})))
            if len(parts) == 1:
                continue
            if len(parts) > 2:
                raise self.fail(f"a second '{mark}' below the sum", pos=parts[2][2])
            (a, b, _), (c, d, _) = parts
            if mark == "=":
                if above is None:
                    raise self.fail("expected an upper bound", pos=below[0])
                index = self.variable((a, b))
                first, last = self.sub((c, d)).whole(), self.sub(above).whole()
                return (index,), self.over_range(Range(index, first, last)), 0 if self.tokens[c].text == "0" else 1
            if above is not None:
                raise self.fail("an upper bound after ∈", pos=above[0])
            inside = (a + 1, b - 1) if self.tokens[a].text == "(" and b > a and closing(self.tokens, a, b) == b - 1 else (a, b)
            names = tuple(self.variable((x, y)) for x, y, _ in split(self.tokens, *inside, COMMA))
            parser = self.sub((c, d))
            members = parser.whole()
            tuples = inside != (a, b)

            def elements(env: Env) -> Iterator[tuple[Value, ...]]:
                found = members(env)
                if not isinstance(found, Members):
                    raise Mismatch(f"expected a set after ∈, got {shape_name(found)}")
                for item in found.items:
                    if isinstance(item, tuple) != tuples or (tuples and len(item) != len(names)):
                        raise Mismatch("the set has members of another kind")
                    yield item if tuples else (item,)

            return names, elements, parser.origin
        if above is not None:
            raise self.fail("an upper bound without a lower one", pos=above[0])
        names, run = self.listed(below)
        found = self.table.range_of(names[0])
        return names, run, 0 if found is not None and found.starts_at_zero else 1

    def scripts(self) -> tuple[Span | None, Span | None]:
        below = above = None
        if self.peek() == "_":
            self.pos += 1
            below = self.bracket()
        if self.peek() == "^":
            self.pos += 1
            above = self.bracket()
        return below, above

    def big(self, text: str) -> Expr:
        """Σ, Π, max, min and arg max over what stands below; each takes the product to its right."""
        place = self.pos
        self.pos += 1
        below, above = self.scripts()
        if below is None:
            raise self.fail(f"expected a subscript of {text}")
        names, run, origin = self.binder(below, above)
        scope, symbols = self.bind(names, origin)
        outer, self.table = self.table, scope
        body = self.product()
        self.table = outer
        self.all_used(symbols, below[0])
        keys = [key(name) for name in names]
        single = len(keys) == 1

        def values(env: Env) -> Iterator[tuple[Value, Value]]:
            for item in assign(env, keys, run(env)):
                yield item, body(env)

        combine = add if text == r"\sum" else multiply

        def total(env: Env) -> Value:
            result: Value = None
            for _ in assign(env, keys, run(env)):
                value = body(env)
                if type(value) is float and type(result) is float:
                    result = result + value if combine is add else result * value
                else:
                    result = value if result is None else combine(result, value)
            if result is None:
                return 0 if text == r"\sum" else 1
            if not isinstance(result, FiniteLaw) and (isinstance(result, bool) or not isinstance(result, (int, float, np.ndarray, Zero))):
                raise Mismatch(f"cannot add {shape_name(result)}")
            return result

        def extreme(env: Env) -> Value:
            best: Value = None
            where: Value = None
            for item, value in values(env):
                if not is_number(value):
                    raise Mismatch(f"expected numbers, got {shape_name(value)}")
                if best is None or (value < best if r"\min" in text else value > best):
                    best, where = value, item
            if best is None:
                raise Outside("the largest of no values")
            if text.startswith(r"\arg"):
                return where[0] if single else where
            return best

        return self.placed(place, total if text in (r"\sum", r"\prod") else extreme)
