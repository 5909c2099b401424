"""The lines under ``with``: other formulas, definitions, ranges, laws of variables, conditions."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlref.latex.binding import RELATION, assign, lookup
from dlref.latex.calls import Missing, read_call, run_call
from dlref.latex.declared import Declarations, Formulas
from dlref.latex.docstring import Block, FormulaError
from dlref.latex.domains import read_domain
from dlref.latex.evaluate import Parser
from dlref.latex.names import Name, Pattern, Range, Span, Symbol, Table, atom_end, closing, grouped, head_of, key, match, pattern, split
from dlref.latex.reader import LatexError, Token, read
from dlref.latex.values import Env, Expr, Family, Function, Mismatch, Value, integer, to_python, to_value

COMMA = frozenset({","})
FORMULA_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:\((.*?)\)(_.*)?)?", re.DOTALL)


class UseReader:
    """Reads the lines of `with`; what is common to all lines of a block lives here too."""

    def __init__(self, block: Block, formulas: Formulas) -> None:
        self.block = block
        self.pending: list[tuple[Parser, Span]] = []  # bounds of ranges whose sizes are not known yet
        self.new_names: set[Name] = set()  # what `with` defines
        self.in_ranges: set[Name] = set()  # of these, what a range or a shape uses
        self.letters: set[Name] = set()  # indices that the formula binds itself
        self.found = Declarations(block, formulas)
        self.table = self.found.table

    def fail(self, line: str, message: str) -> FormulaError:
        return FormulaError(f"{self.found.place}: in '{line}': {message}")

    def lazy(self, parser: Parser, span: Span) -> Expr:
        """An expression that is read when it is first needed, after all names are known."""
        cache: list[Expr] = []

        def run(env: Env) -> Value:
            if not cache:
                cache.append(parser.sub(span).whole())
            return cache[0](env)

        self.pending.append((parser, span))
        return run

    # ---- with

    def prepare_use(self, line: str, tokens: tuple[Token, ...]) -> Callable[[], None] | None:
        """Register what a line of `with` names; the returned step reads its right side once all names are known."""
        parser = Parser(line, tokens, 0, len(tokens), self.table)
        if len(tokens) == 1 and tokens[0].text.startswith(r"\text{"):
            self.found.words = tokens[0].text[6:-1]
            return None
        parts = [(a, b) for a, b, _ in split(tokens, 0, len(tokens), COMMA)]
        dots = [[t.text for t in tokens[a:b]] == [r"\dots"] for a, b in parts]
        end = parts[0][1]
        if len(parts) == 3 and dots[1]:
            self.range_line(parser, line, parts)
            return None
        if len(parts) == 4 and dots[2]:  # a definition with the range of its index
            self.range_line(parser, line, parts[1:])
        elif len(parts) > 1:
            raise self.fail(line, "a comma outside brackets")
        parser.results = False
        sim = list(split(tokens, 0, end, frozenset({r"\sim"})))
        if len(sim) == 2:
            return self.random_variables(parser, sim[0][:2], sim[1][:2])
        sides = list(split(tokens, 0, end, frozenset({"="})))
        member = list(split(tokens, 0, end, frozenset({r"\in"})))
        if len(sides) == 1 and len(member) == 2 and tokens[member[1][0]].text in (r"\mathbb{N}", r"\mathbb{Z}", "2"):
            return lambda: self.found.conditions.append((line, self.membership(parser, member[0][:2], member[1][:2])))
        if len(sides) == 1 and len(list(split(tokens, 0, end, RELATION))) > 1:
            return lambda: self.found.conditions.append((line, parser.condition((0, end))))
        if len(sides) != 2:
            raise self.fail(line, "expected 'name = formula', 'name = expression', a range, a law or a condition")
        (a, b, _), (c, d, _) = sides
        name = tuple(t.text for t in tokens[a:b])
        raw = line.split("=", 1)[1].strip()
        formula = FORMULA_ID.fullmatch(raw)
        if formula and (formula[1] in self.found.formulas or "-" in formula[1] or len(formula[1]) > 3):  # no product of letters
            if formula[1] not in self.found.formulas:
                raise self.fail(line, f"there is no formula '{formula[1]}'")
            if formula[1] == self.block.id:
                raise self.fail(line, "a formula cannot be used in itself")
            return self.use_formula(line, name, formula[1], formula[2], formula[3])
        if tokens[d - 1].text == r"\text{otherwise}":
            return self.beyond(parser, line, name, (c, d - 1))
        if name[0] == "(" and len(parts) == 4:
            return self.joint(parser, line, (a, b), (c, d))
        base = self.table.find(tokens, a, b)
        if base is not None and base[1] == b and base[2]:
            symbol, _, spans = base
            if self.constant(parser, spans):

                def at_one_index() -> None:
                    places = tuple(parser.sub(span).whole() for span in spans)
                    symbol.bases.append((places, parser.sub((c, d)).whole()))

                return at_one_index
        return self.define(parser, line, name, (a, b), (c, d))

    def constant(self, parser: Parser, spans: Sequence[Span]) -> bool:
        """Whether index expressions name single indices: numbers and sizes."""
        try:
            for span in spans:
                parser.sub(span).whole()
        except LatexError:
            return False
        return not any(tuple(t.text for t in parser.tokens[x:y]) in self.table.indices() | self.letters for x, y in spans)

    def range_line(self, parser: Parser, line: str, parts: Sequence[Span]) -> None:
        """``j = 1, \\dots, n``: what an index runs over."""
        tokens = parser.tokens
        sides = list(split(tokens, *parts[0], frozenset({"="})))
        if len(sides) != 2:
            raise self.fail(line, "expected a range such as 'j = 1, \\dots, n'")
        (a, b, _), (c, d, _) = sides
        index = tuple(t.text for t in tokens[a:b])
        text = tuple(t.text for t in tokens[c : parts[2][1]])
        limit = Range(index, self.lazy(parser, (c, d)), self.lazy(parser, parts[2]), text, text[0] == "0")
        self.table.ranges.setdefault(index, []).append(limit)
        if self.table.named(index) is None:
            self.table.value(index, kind="index", mute=True, origin=0 if limit.starts_at_zero else 1)

    def membership(self, parser: Parser, left: Span, right: Span) -> Expr:
        value, domain = parser.sub(left).whole(), read_domain(parser, right)
        return lambda env: domain.base.contains(env, np.asarray(value(env)))

    def random_variables(self, parser: Parser, left: Span, right: Span) -> Callable[[], None]:
        tokens = parser.tokens
        a, b = left
        name = tuple(t.text for t in tokens[a:b])
        inside = (a + 1, b - 1) if tokens[a].text == "(" and closing(tokens, a, b) == b - 1 else (a, b)
        members = tuple(tuple(t.text for t in tokens[x:y]) for x, y, _ in split(tokens, *inside, COMMA))
        for member in members:
            self.letters.add(member)
            self.table.value(member, kind="index", mute=True)

        def step() -> None:
            self.table.laws.append((name, members, parser.sub(right).finite(right)))

        return step

    def beyond(self, parser: Parser, line: str, name: Name, right: Span) -> Callable[[], None]:
        for declared in self.found.where:
            if declared.name == name and declared.ranges:
                target = declared.key
                break
        else:
            raise self.fail(line, "expected a family on the left")

        def step() -> None:
            self.found.outside[target] = parser.sub(right).whole()

        return step

    def joint(self, parser: Parser, line: str, left: Span, right: Span) -> Callable[[], None]:
        """``(x, y) = (s, y^{(s)}), \\ s = 1, \\dots, N``: what a sum over pairs runs over."""
        tokens = parser.tokens
        (a, b), (c, d) = left, right
        if tokens[c].text != "(" or closing(tokens, c, d) != d - 1:
            raise self.fail(line, "expected a tuple on the right")
        names = tuple(tuple(t.text for t in tokens[x:y]) for x, y, _ in split(tokens, a + 1, b - 1, COMMA))
        parts = [(x, y) for x, y, _ in split(tokens, c + 1, d - 1, COMMA)]
        index = tuple(t.text for t in tokens[d + 1 : next(k for k in range(d + 1, len(tokens)) if tokens[k].text == "=")])

        def step() -> None:
            limit = self.table.ranges[index][-1]
            exprs = [self.argument_value(parser, part) for part in parts]

            def run(env: Env) -> list[tuple[Value, ...]]:
                return [tuple(expr(env) for expr in exprs) for _ in assign(env, [key(index)], ((k,) for k in limit.values(env)))]

            self.table.joint[tuple(t.text for t in tokens[a:b])] = (names, run)

        return step

    def argument_value(self, parser: Parser, span: Span) -> Expr:
        """A value, or part of a family by its first indices: ``y^{(s)}`` of ``y_t^{(s)}``."""
        for declared in self.found.where:
            if len(declared.ranges) == 2:
                found = match(without_subscript(declared.pattern), parser.tokens, *span)
                if found is not None and found[0] == span[1]:
                    place = parser.sub(found[1][0]).whole()
                    name = declared.key
                    for symbol in self.found.symbols:
                        if symbol.key == name:
                            symbol.used = True
                    return lambda env: to_value(env[name].data[integer(place(env)) - env[name].starts[0]])
        return parser.sub(span).whole()

    def define(self, parser: Parser, line: str, name: Name, left: Span, right: Span) -> Callable[[], None]:
        """``name = expression``; index letters on the left, or the arguments of a new function, are its variables."""
        tokens = parser.tokens
        a, b = left
        if b - a >= 4 and tokens[b - 1].text == ")" and name.count("(") == 1:
            opening = a + name.index("(")
            formals = [tuple(t.text for t in tokens[x:y]) for x, y, _ in split(tokens, opening + 1, b - 1, frozenset({",", ";", r"\mid"}))]
            unknown = self.unknown(parser, right)
            new = [f for f in formals if len(f) == 1 and self.table.named(f) is None and f[0] in unknown]
            if new and len(new) == len(formals):
                return self.define_function(parser, line, name[: opening - a], formals, right)
        counted = {d.name for d in self.found.where if not d.ranges and d.kind == "real" and d.text[:1] in ((r"\{",), (r"\mathbb{N}",)) and r"\dots" in d.text}
        shape = pattern(name, self.table.indices() | self.letters | counted)
        symbol = self.table.add(Symbol(name, shape, key(name), body=lambda env: None))
        self.found.symbols.append(symbol)
        head = head_of(shape) if symbol.slots and all(self.table.range_of(slot.index) for slot in symbol.slots) else ()
        if head and self.table.named(head) is None:
            self.table.add(Symbol(head, head, key(head), body=stacked(symbol, self.table), subscripted="_" in shape[len(head) :], needs=frozenset({id(symbol)}), mute=True))

        def step() -> None:
            scope = Table(self.table)
            for slot in symbol.slots:
                known = self.table.named(slot.index)
                scope.value(slot.index, kind="index", origin=known.origin if known is not None else 1)
            symbol.body = parser.sub(right, scope).whole()
            found = scope.find(tokens, *right)
            if found is not None and found[1] == right[1] and found[0].kind == "family" and found[2]:
                inner = parser.sub(right, scope)
                symbol.entries = (found[0], inner.indices(found[2])[0])

        return step

    def unknown(self, parser: Parser, span: Span) -> set[str]:
        """Tokens that belong to no declared name; the variable of a law (before its semicolon) does not count."""
        out, k = set(), span[0]
        while k < span[1]:
            found = self.table.find(parser.tokens, k, span[1])
            if found is not None:
                k = found[1]
                continue
            if not (k + 1 < span[1] and parser.tokens[k + 1].text == ";"):
                out.add(parser.tokens[k].text)
            k += 1
        return out

    def define_function(self, parser: Parser, line: str, name: Name, formals: list[Name], right: Span) -> Callable[[], None]:
        symbol = self.table.value(name, kind="function")
        self.found.symbols.append(symbol)

        def step() -> None:
            scope = Table(self.table)
            for formal in formals:
                scope.value(formal)
            body = parser.sub(right, scope).whole()
            keys = [key(formal) for formal in formals]

            def make(env: Env) -> Function:
                def call(*arguments: Value) -> Value:
                    inner = dict(env)
                    inner.update(zip(keys, arguments, strict=True))
                    return body(inner)

                return Function(call, (None,) * len(keys))

            symbol.body = make

        return step

    def use_formula(self, line: str, name: Name, id_: str, arguments: str | None, index: str | None) -> Callable[[], None]:
        """``\\sigma = sigmoid``, ``z_i = logistic-score``, ``u * v = convolution(v, u, padding=1)``."""
        block, function = self.found.formulas[id_]
        operator = 1 if len(name) == 3 and name[1] in ("*", r"\star", r"\circ", r"\odot") else None
        if arguments is not None:
            formals: list[Name] = []
            target: Name
            if operator is not None:
                formals = [name[:operator], name[operator + 1 :]]
                target = (name[operator],)
            elif name[-1] == ")" and "(" in name:
                opening = name.index("(")
                inside = " ".join(name[opening + 1 : -1]).split(" , ")
                formals = [tuple(part.split()) for part in inside]
                target = name[:opening]
                if any(self.table.named(f) is not None or len(f) != 1 for f in formals):
                    formals, target = [], name
            else:
                target = name
            return self.explicit(line, target, formals, function, block, arguments, index)
        left = left_side(block)
        if is_call(left):
            symbol = self.table.value(name, kind="function")
            self.found.symbols.append(symbol)
            return lambda: setattr(symbol, "body", self.formula_function(line, block, function, left))
        symbol = self.table.add(Symbol(name, pattern(name, self.table.indices()), key(name), body=lambda env: None))
        self.found.symbols.append(symbol)
        results = [tuple(t.text for t in left_of(line)) for line in block.gives]
        which = results.index(name) if len(results) > 1 and name in results else None
        if len(results) > 1 and which is None:
            raise self.fail(line, f"'{id_}' has several results, none of them called '{key(name)}'")
        return lambda: setattr(symbol, "body", self.formula_value(line, block, function, which))

    def formula_function(self, line: str, block: Block, function: Callable[..., Any], left: tuple[Token, ...]) -> Expr:
        """Another formula's function, its arguments in the order of that formula's left side."""
        opening = next(k for k, t in enumerate(left) if t.text in ("(", r"\{"))
        close = closing(left, opening, len(left))
        if left[opening].text == r"\{":
            made = Function(lambda condition: number_of(function(condition)), (None,), braces=True)
            return lambda env: made
        slots = [tuple(t.text for t in left[a:b]) for a, b, _ in split(left, opening + 1, close, frozenset({",", ";", r"\mid"}))]
        names, ranks = argument_names(block)
        order = [names.index(slot) if slot in names else k for k, slot in enumerate(slots)]
        rest = [self.table.named(name) if k not in order else None for k, name in enumerate(names)]
        for symbol in rest:
            if symbol is not None:
                symbol.used = True
        call = read_call(block.call, function, len(names), (), f"{block.path}:{block.line}: {block.id}")

        batches: dict[str, bool] = {}

        def make(env: Env) -> Function:
            def run(*arguments: Value) -> Value:
                given: list[Any] = [Missing] * len(names)
                for place, argument in zip(order, arguments, strict=False):
                    given[place] = to_python(argument)
                for k, symbol in enumerate(rest):
                    if symbol is not None and given[k] is Missing:
                        given[k] = env["#python"].get(symbol.key, env.get(symbol.key, Missing))
                try:
                    return to_value(run_call(call, given, {}))
                except Missing as missing:
                    raise Mismatch(f"'{block.id}' needs the argument {missing}") from None
                except (ValueError, TypeError, IndexError, AttributeError) as problem:
                    raise Mismatch(f"'{block.id}' does not take this: {problem}") from None

            return Function(run, tuple(ranks[k] for k in order), batches=batches)

        return make

    def formula_value(self, line: str, block: Block, function: Callable[..., Any], which: int | None = None) -> Expr:
        """Another formula's value, its names being taken from here."""
        names, _ = argument_names(block)
        exprs: list[Callable[[Env], Any] | None] = []
        for name in names:
            tokens = tuple(Token(t, 0) for t in name)
            found = self.table.find(tokens, 0, len(tokens))
            if found is None or found[1] != len(tokens):
                exprs.append(None)
                continue
            found[0].used = True
            exprs.append(self.argument(Parser(line, tokens, 0, len(tokens), self.table), (0, len(tokens))))
        call = read_call(block.call, function, len(names), (), f"{block.path}:{block.line}: {block.id}")

        def run(env: Env) -> Value:
            given = [Missing if expr is None else expr(env) for expr in exprs]
            try:
                result = run_call(call, given, {})
                return to_value(result if which is None else result[which])
            except Missing as missing:
                raise Mismatch(f"'{block.id}' needs '{missing}', which is not declared here") from None
            except (ValueError, TypeError, IndexError, AttributeError) as problem:
                raise Mismatch(f"'{block.id}' does not take this: {problem}") from None

        return run

    def argument(self, parser: Parser, span: Span) -> Callable[[Env], Any]:
        """An argument of Python code: a declared name as it was drawn, or the value of an expression."""
        found = self.table.find(parser.tokens, *span)
        if found is not None and found[1] == span[1] and not found[2]:
            found[0].used = True
            name, value = found[0].key, found[0]
            body = value.body
            if body is not None:
                return lambda env: to_python(body(env))
            return lambda env: env["#python"][name] if name in env["#python"] else to_python(env[name])
        expr = parser.sub(span).whole()
        return lambda env: to_python(expr(env))

    def explicit(self, line: str, target: Name, formals: list[Name], function: Callable[..., Any], block: Block, arguments: str, index: str | None) -> Callable[[], None]:
        """A call of another formula's Python function, arguments as written."""
        slots = pattern(target, self.table.indices()) if not formals else target
        symbol = self.table.add(Symbol(target, slots, key(target), kind="function" if formals else "value"))
        symbol.body = lambda env: None
        operator = target[0] in ("*", r"\star", r"\circ", r"\odot")
        if operator:
            symbol.mute = True
        self.found.symbols.append(symbol)

        def step() -> None:
            scope = Table(self.table)
            for formal in formals:
                scope.value(formal)
            positional: list[Callable[[Env], Any]] = []
            keywords: dict[str, Callable[[Env], Any]] = {}
            for part in split_text(arguments):
                found = re.match(r"\s*([a-z][a-z_0-9]*)=(.*)", part, re.DOTALL)
                text = found[2] if found else part
                tokens = read(text)
                parser = Parser(text, tokens, 0, len(tokens), scope)
                table, self.table = self.table, scope
                try:
                    value = self.argument(parser, (0, len(tokens)))
                finally:
                    self.table = table
                if found:
                    keywords[found[1]] = value
                else:
                    positional.append(value)
            places: list[Expr] = []
            if index is not None:
                tokens = read("x" + index)
                parser = Parser("x" + index, tokens, 0, len(tokens), self.table)
                places = [parser.sub((a, b)).whole() for a, b, _ in split(tokens, 3, len(tokens) - 1, COMMA)]
            starts = result_starts(block)

            def run(env: Env) -> Value:
                try:
                    result = function(*(p(env) for p in positional), **{name: value(env) for name, value in keywords.items()})
                except (ValueError, TypeError, IndexError, AttributeError) as problem:
                    raise Mismatch(f"'{block.id}' does not take this: {problem}") from None
                if places:
                    return Family(np.asarray(result), starts or (1,) * np.ndim(result))[tuple(integer(place(env)) for place in places)]
                return to_value(result)

            if not formals:
                symbol.body = run
                return
            keys = [key(formal) for formal in formals]

            def make(env: Env) -> Function:
                def call(*values: Value) -> Value:
                    inner = dict(env)
                    inner["#python"] = {k: v for k, v in env["#python"].items() if k not in keys}
                    inner.update(zip(keys, values, strict=True))
                    return run(inner)

                return Function(call, (None,) * len(keys))

            symbol.body = make

        return step


def stacked(symbol: Symbol, table: Table) -> Expr:
    """All members of a definition as one column or matrix: its value under the bare name."""
    value = lookup(symbol)
    ranges = [table.range_of(slot.index) for slot in symbol.slots]
    groups = grouped(symbol.pattern) or [1] * len(ranges)

    def once(env: Env) -> Value:
        """Built once a draw where it depends on nothing that is bound."""
        if not symbol.closed:
            return build(env)
        cache = env.setdefault("#draw", {})
        mark = (id(symbol), "all")
        if mark not in cache:
            cache[mark] = build(env)
        return cache[mark]

    def build(env: Env) -> Value:
        lists = [list(r.values(env)) for r in ranges if r is not None]
        items: list[Value] = gathered(symbol, lists, env) or [value(env, index) for index in itertools.product(*lists)]
        if all(isinstance(item, np.ndarray) and item.ndim == 2 and item.shape[1] == 1 for item in items) and len(lists) == 1:
            return np.concatenate([item.T for item in items])
        if len(groups) > 2 or any(not isinstance(item, (int, float)) for item in items):
            raise Mismatch(f"'{symbol.key}' needs its index")
        lengths = [len(values) for values in lists]
        rows = math.prod(lengths[: groups[0]])
        return np.asarray(items, dtype=float).reshape(rows, -1 if len(groups) > 1 else 1)

    return once


def gathered(symbol: Symbol, lists: Sequence[Sequence[int]], env: Env) -> list[float]:
    """The members of a definition whose body is a family at other indices, all at once; nothing where one by one is safer."""
    if symbol.entries is None or symbol.bases or symbol.entries[0].bases or symbol.entries[0].key not in env:
        return []
    source, exprs = symbol.entries
    grid = [axis.reshape(-1) for axis in np.meshgrid(*lists, indexing="ij")]
    family = env[source.key]
    try:
        for _ in assign(env, [key(slot.index) for slot in symbol.slots], [tuple(grid)]):
            indices = [np.broadcast_to(np.asarray(expr(env)), grid[0].shape) for expr in exprs]
    except (FormulaError, Mismatch):
        return []
    if not isinstance(family.data, np.ndarray) or family.data.ndim != len(exprs) or source.axes != tuple(range(len(exprs))) or any(i.dtype.kind != "i" for i in indices):
        return []
    places = [index - start for index, start in zip(indices, family.starts, strict=True)]
    inside = np.logical_and.reduce([(place >= 0) & (place < length) for place, length in zip(places, family.data.shape, strict=True)])
    if not inside.all() and not isinstance(family.outside, int | float):
        return []
    found = family.data[tuple(np.where(inside, place, 0) for place in places)]
    members: list[float] = (found if family.outside is None else np.where(inside, found, float(family.outside))).tolist()
    return members


def defined_name(tokens: Sequence[Token]) -> Name:
    """The left side of ``name = …``."""
    marks = list(split(tokens, 0, len(tokens), RELATION | {r"\sim"}))
    return tuple(t.text for t in tokens[: marks[0][1]]) if len(marks) > 1 and tokens[marks[1][2]].text == "=" else ()


def is_range(tokens: Sequence[Token]) -> bool:
    parts = [(a, b) for a, b, _ in split(tokens, 0, len(tokens), COMMA)]
    return len(parts) == 3 and [t.text for t in tokens[parts[1][0] : parts[1][1]]] == [r"\dots"]


def without_subscript(pattern: Pattern) -> Pattern:
    """``y_t^{(s)}`` without its subscript."""
    if len(pattern) > 4 and pattern[1] == "_":
        close = pattern.index("}")
        return pattern[:1] + pattern[close + 1 :]
    return pattern


def left_of(line: str) -> tuple[Token, ...]:
    """The tokens before the first relation or comma of a line."""
    tokens = read(line)
    a, b, _ = next(split(tokens, 0, len(tokens), frozenset({r"\in", "=", r"\leq", r"\geq", r"\leftarrow", r"\sim", ","})))
    return tokens[a:b]


def left_side(block: Block) -> tuple[Token, ...]:
    """The left side of a formula: the name of its result."""
    return left_of(block.gives[0] if block.gives else block.latex)


def is_call(left: Sequence[Token]) -> bool:
    """Whether a left side is a function with its arguments: σ(x), Softmax(z)_i, 𝕀{…}."""
    stop = atom_end(left, 0, len(left)) if left else 0
    if stop >= len(left) or left[stop].text not in ("(", r"\{"):
        return False
    close = closing(left, stop, len(left))
    return close == len(left) - 1 or left[close + 1].text == "_"


def argument_names(block: Block) -> tuple[list[Name], list[int | None]]:
    """The names under another formula's `where` and their ranks."""
    names: list[Name] = []
    ranks: list[int | None] = []
    for line in block.where:
        tokens = read(line)
        a, b, _ = next(split(tokens, 0, len(tokens), COMMA))
        mark = next((k for k in range(a, b) if tokens[k].text in (r"\in", r"\sim", ":", r"\subseteq")), b)
        name = tuple(t.text for t in tokens[a:mark])
        domain = tokens[mark:b]
        family = b < len(tokens)
        caret = next((k for k, t in enumerate(domain) if t.text == "^" and k + 1 < len(domain)), None)
        inside = domain[caret + 2 : closing(domain, caret + 1, len(domain))] if caret is not None else ()
        rank: int | None = 0 if caret is None else 1 + sum(t.text == r"\times" for t in inside)
        if family:
            indices = sum(t.text == r"\dots" for t in tokens[b:])
            rank = (rank or 0) + indices
        if domain and domain[0].text in (":", r"\subseteq"):
            rank = None
        if any(t.text.startswith(r"\mathbf{I}") for t in domain):
            rank = 1
        names.append(name)
        ranks.append(rank)
    # A family x_i is called x on a left side.
    return [family_head(line, name) for line, name in zip(block.where, names, strict=True)], ranks


def family_head(line: str, name: Name) -> Name:
    tokens = read(line)
    indices = [tuple(t.text for t in tokens[a:b]) for x, y, _ in split(tokens, 0, len(tokens), COMMA) for a, b, _ in [next(split(tokens, x, y, frozenset({"="})))] if b < y]
    return head_of(pattern(name, indices)) or name if indices else name


def result_starts(block: Block) -> tuple[int, ...]:
    """Where the indices of a result count from."""
    if not block.gives:
        return ()
    tokens = read(block.gives[0])
    parts = [(a, b) for a, b, _ in split(tokens, 0, len(tokens), COMMA)]
    return tuple(int(tokens[b - 1].text) for a, b in parts[1:] if any(t.text == "=" for t in tokens[a:b]) and tokens[b - 1].text.isdigit())


def split_text(text: str) -> list[str]:
    """Parts of a source text between commas outside brackets."""
    out, depth, part = [], 0, ""
    for letter in text:
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == "," and depth == 0:
            out.append(part)
            part = ""
        else:
            part += letter
    return [*out, part] if part.strip() else out


def number_of(value: Any) -> Value:
    """A truth value as the number that an indicator is."""
    found = to_value(value)
    return int(found) if isinstance(found, bool) else found
