"""Expressions: tokens to closures that compute their value from an environment.

Precedence climbing, decided by what names are declared to be: ``f(x)`` is a call where f is a function and a product where it is a number. Juxtaposition is the
product of linear algebra. Σ takes the product to its right, ``\\log x`` one factor, a numeral only opens a product, and there is no unary plus.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from dlref.latex.names import Name, Range, Slot, Span, Symbol, Table, atom_end, closing, key, split
from dlref.latex.reader import CLOSING, LatexError, Token
from dlref.latex.values import (
    Env,
    Expr,
    Family,
    FiniteLaw,
    Function,
    Identity,
    Joined,
    Law,
    Members,
    Mismatch,
    Ones,
    Outside,
    Value,
    Zero,
    add,
    apply,
    diagonal,
    divide,
    elementwise,
    integer,
    is_number,
    join,
    log,
    multiply,
    negate,
    norm,
    power,
    shape_name,
    size_or_absolute,
    transpose,
)

COMMA = frozenset({","})
RELATIONS: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda a, b: bool(a == b),
    r"\neq": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    r"\leq": lambda a, b: bool(a <= b),
    r"\geq": lambda a, b: bool(a >= b),
}
RELATION = frozenset(RELATIONS) | {r"\in", r"\notin"}
ONE_ARGUMENT: dict[str, Callable[[Value], Value]] = {
    r"\exp": apply(math.exp, np.exp),
    r"\log": apply(log, np.log),
    r"\sin": apply(math.sin, np.sin),
    r"\cos": apply(math.cos, np.cos),
    r"\Phi": apply(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), lambda a: np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))(a)),
    r"\operatorname{sign}": apply(lambda x: 1 if x >= 0 else -1, lambda a: np.where(a >= 0, 1.0, -1.0)),
    r"\operatorname{diag}": diagonal,
    r"\operatorname{sv}": lambda a: np.linalg.svd(a, compute_uv=False).reshape(-1, 1),
}
SQUARE_ROOT = apply(math.sqrt, np.sqrt)
FLOOR = apply(math.floor, np.floor)
CEILING = apply(math.ceil, np.ceil)
LAWS = {r"\mathcal{N}": ("normal", 2), r"\mathcal{U}": ("uniform", 2), r"\operatorname{Bernoulli}": ("bernoulli", 1)}
CONSTANTS: dict[str, Value] = {
    "e": math.e,
    r"\pi": math.pi,
    r"\infty": math.inf,
    "I": Identity(),
    r"\mathbf{I}": Identity(),
    r"\mathbf{0}": Zero(),
    r"\mathbf{1}": Ones(),
}
BIG = frozenset({r"\sum", r"\prod", r"\max", r"\min", r"\sup"})
DIVERGENCES = {r"\mathrm{KL}": "KL", r"\mathrm{JS}": "JS"}


class Parser:
    """Reads expressions in a span of tokens; the names in scope say what a token means."""

    def __init__(self, latex: str, tokens: Sequence[Token], start: int, end: int, table: Table, pins: dict[str, tuple[str, ...]] | None = None) -> None:
        self.latex, self.tokens, self.start, self.end, self.table = latex, tokens, start, end, table
        self.pos = start
        self.bar = ""  # the bar that closes here, inside |…| or ‖…‖
        self.pins = {} if pins is None else pins  # the separators that each function is called with
        self.origin = 1  # 0 once a name that counts from 0 was used
        self.results = True  # whether the function's results may be named

    # ---- small steps

    def sub(self, span: Span, table: Table | None = None) -> Parser:
        inner = Parser(self.latex, self.tokens, span[0], span[1], table or self.table, self.pins)
        inner.results = self.results
        return inner

    def find(self, start: int, end: int) -> tuple[Symbol, int, tuple[Span, ...]] | None:
        return self.table.find(self.tokens, start, end, self.results)

    def peek(self, ahead: int = 0) -> str:
        k = self.pos + ahead
        return self.tokens[k].text if k < self.end else ""

    def at(self, pos: int | None = None) -> int:
        k = self.pos if pos is None else pos
        return self.tokens[k].at if k < len(self.tokens) else len(self.latex)

    def fail(self, message: str, kind: str = "grammar", pos: int | None = None) -> LatexError:
        return LatexError(kind, self.latex, self.at(pos), message)

    def expect(self, text: str) -> None:
        if self.peek() != text:
            raise self.fail(f"expected '{text}'" + (f", got '{self.peek()}'" if self.peek() else ""))
        self.pos += 1

    def bracket(self) -> Span:
        """The inside of the bracket that opens here; the bracket is taken."""
        if self.pos >= self.end:
            raise self.fail("expected a bracket")
        close = closing(self.tokens, self.pos, self.end)
        opens, closes = self.tokens[self.pos].text, self.tokens[close].text
        if closes != CLOSING.get(opens, opens.replace("begin", "end")):
            raise self.fail(f"'{opens}' is closed by '{closes}'", pos=close)
        span = (self.pos + 1, close)
        self.pos = close + 1
        return span

    def guard(self, pos: int, operation: Callable[..., Value], *parts: Expr) -> Expr:
        """The operation on the parts' values; where shapes do not allow it, the error names the place."""
        latex, at = self.latex, self.at(pos)
        if len(parts) == 1:
            (only,) = parts

            def one(env: Env) -> Value:
                try:
                    return operation(only(env))
                except Mismatch as problem:
                    raise LatexError(problem.kind, latex, at, str(problem)) from None

            return one
        if len(parts) == 2:
            left, right = parts

            def two(env: Env) -> Value:
                try:
                    return operation(left(env), right(env))
                except Mismatch as problem:
                    raise LatexError(problem.kind, latex, at, str(problem)) from None

            return two

        def many(env: Env) -> Value:
            try:
                return operation(*[part(env) for part in parts])
            except Mismatch as problem:
                raise LatexError(problem.kind, latex, at, str(problem)) from None

        return many

    # ---- sums and products

    def whole(self) -> Expr:
        """The span as one expression."""
        if self.start >= self.end:
            raise self.fail("expected an expression")
        value = self.sum()
        if self.pos < self.end:
            raise self.fail(f"'{self.peek()}' is not expected here")
        return value

    def sum(self) -> Expr:
        first = self.pos
        if self.peek() == "-":
            self.pos += 1
            value = self.guard(first, negate, self.product())
        else:
            value = self.product()
        while self.peek() in ("+", "-"):
            place = self.pos
            sign = 1 if self.peek() == "+" else -1
            self.pos += 1
            value = self.guard(place, (lambda a, b: add(a, b)) if sign > 0 else (lambda a, b: add(a, b, -1)), value, self.product())
        return value

    def product(self) -> Expr:
        value = self.chain()
        while self.peek() in (r"\odot", r"\circ", "*", r"\star"):
            place, text = self.pos, self.peek()
            operator = self.table.named((text,))
            self.pos += 1
            if operator is not None:
                operator.used = True
                function = operator.body
                if function is None:
                    raise self.fail(f"'{text}' is no operator", pos=place)
                value = self.guard(place, lambda f, a, b: f(a, b), function, value, self.chain())
            elif text in (r"\odot", r"\circ"):
                value = self.guard(place, elementwise, value, self.chain())
            else:
                raise self.fail(f"nothing says what '{text}' means", "unknown symbol", place)
        return value

    def chain(self) -> Expr:
        """Factors side by side, with \\cdot, \\times and / among them."""
        value = self.factor()
        while True:
            place, text = self.pos, self.peek()
            if text in (r"\cdot", r"\times"):
                self.pos += 1
                value = self.guard(place, multiply, value, self.factor())
            elif text == "/":
                self.pos += 1
                value = self.guard(place, divide, value, self.factor())
            elif self.opens_factor(text):
                if text[0].isdigit():
                    raise self.fail("a numeral only opens a product")
                value = self.guard(place, multiply, value, self.factor())
            else:
                return value

    def opens_factor(self, text: str) -> bool:
        if not text or text == self.bar:
            return False
        if text in ("|", r"\|") or text in ("(", "[", r"\{", "{", r"\lfloor", r"\lceil", r"\frac", r"\sqrt", r"\begin{cases}", r"\begin{pmatrix}", r"\hat", r"\tilde", r"\bar"):
            return True
        if text in RELATION or text in (r"\mid", r"\rightarrow", r"\leftarrow", r"\sim", r"\iff", r"\forall", r"\exists", r"\dots", r"\subseteq", r"\setminus", r"\top", r"\prime"):
            return False
        return text[0].isalnum() or (text[0] == "\\" and text[1].isalpha() and not text.startswith((r"\begin", r"\end", r"\text{if", r"\text{o", r"\text{s", r"\rfloor", r"\rceil")) and text not in (r"\cdot", r"\times", r"\odot", r"\circ", r"\star"))

    # ---- factors

    def factor(self) -> Expr:
        """One primary with its powers, transposes, indices."""
        value = self.primary()
        while self.peek() in ("^", "_"):
            place = self.pos
            mark = self.peek()
            self.pos += 1
            span = self.bracket()
            value = self.superscript(value, span, place) if mark == "^" else self.subscript(value, span, place)
        return value

    def superscript(self, value: Expr, span: Span, place: int) -> Expr:
        inside = [token.text for token in self.tokens[span[0] : span[1]]]
        if inside == [r"\top"]:
            return self.guard(place, transpose, value)
        return self.guard(place, power, value, self.sub(span).whole())

    def subscript(self, value: Expr, span: Span, place: int) -> Expr:
        """An index into a column, matrix or family."""
        parts = [(a, b) for a, b, _ in split(self.tokens, *span, COMMA)]
        pairs: list[Span] = []
        if len(parts) == 1:
            k = span[0]
            while k < span[1]:
                stop = atom_end(self.tokens, k, span[1])
                pairs.append((k, stop))
                k = stop
        indices, origins = self.indices(parts)
        if len(pairs) == 2 and all(self.find(*pair) or self.tokens[pair[0]].text.isdigit() for pair in pairs):
            two, two_origins = self.indices(pairs)
            return self.guard(
                place,
                lambda v, *k: component(v, k[1:], two_origins) if isinstance(v, np.ndarray) and v.shape[1] != 1 else component(v, k[:1], origins),
                value,
                indices[0],
                *two,
            )
        return self.guard(place, lambda v, *k: component(v, k, origins), value, *indices)

    def indices(self, spans: Sequence[Span]) -> tuple[list[Expr], list[int]]:
        exprs, origins = [], []
        for span in spans:
            parser = self.sub(span)
            exprs.append(parser.whole())
            origins.append(parser.origin)
        return exprs, origins

    def primary(self) -> Expr:
        text, place = self.peek(), self.pos
        if not text:
            raise self.fail("expected a value")
        found = self.find(self.pos, self.end)
        if found is not None:
            symbol, self.pos, spans = found
            return self.name(symbol, spans, place)
        if text[0].isdigit():
            self.pos += 1
            number: Value = float(text) if "." in text else int(text)
            return lambda env: number
        if text in ("(", "[", r"\{", "{"):
            return self.brackets(text)
        if text in ("|", r"\|"):
            return self.bars(text)
        if text in (r"\lfloor", r"\lceil"):
            return self.guard(place, FLOOR if text == r"\lfloor" else CEILING, self.sub(self.bracket()).whole())
        if text == r"\frac":
            self.pos += 1
            above = self.sub(self.bracket()).whole()
            below = self.sub(self.bracket()).whole()
            if self.peek() in ("^", "_"):
                raise self.fail("a script on a fraction; write brackets")
            return self.guard(place, divide, above, below)
        if text == r"\sqrt":
            self.pos += 1
            return self.guard(place, SQUARE_ROOT, self.sub(self.bracket()).whole())
        if text in (r"\max", r"\min") and self.peek(1) == "(":
            self.pos += 1
            arguments = self.items(self.bracket())
            return self.guard(place, largest if text == r"\max" else smallest, arguments)
        if text in BIG:
            return self.big(text)
        if text == r"\arg" and self.peek(1) in (r"\max", r"\min"):
            self.pos += 1
            return self.big(r"\arg" + self.peek())
        if text == r"\mathbb{E}":
            return self.expectation()
        if text == "D" and self.peek(1) == "_" and self.peek(3) in DIVERGENCES:
            return self.divergence()
        if text in (r"\operatorname{Concat}", r"\operatorname{concat}"):
            self.pos += 1
            if self.peek() != "(":
                raise self.fail("expected '('")
            return self.guard(place, lambda items: join(items), self.items(self.bracket()))
        if text in LAWS:
            return self.law()
        if text == r"\delta" and self.peek(1) == "_":
            self.pos += 2
            point = self.sub(self.bracket()).whole()
            return lambda env: FiniteLaw(((point(env), 1.0),))
        if text in ONE_ARGUMENT:
            self.pos += 1
            return self.one_argument(text, place)
        if text == r"\begin{cases}":
            return self.cases()
        if text == r"\begin{pmatrix}":
            return self.block()
        if text in CONSTANTS:
            self.pos += 1
            constant = CONSTANTS[text]
            if text in (r"\mathbf{I}", "I") and self.peek() == "_":
                self.pos += 1
                size = self.sub(self.bracket()).whole()
                return lambda env: np.eye(integer(size(env)))
            return lambda env: constant
        if text[0].isalpha() or text.startswith("\\"):
            raise self.fail(f"'{text}' is not declared", "unknown symbol")
        raise self.fail(f"expected a value, got '{text}'")

    def one_argument(self, text: str, place: int) -> Expr:
        function = ONE_ARGUMENT[text]
        if text == r"\operatorname{sv}" and self.peek() == "_":
            self.pos += 1
            index = self.sub(self.bracket()).whole()
            argument = self.factor()
            return self.guard(place, lambda a, k: component(function(a), (k,), (1,)), argument, index)
        if self.peek() == "(":
            span = self.bracket()
            if self.peek() == "^":
                raise self.fail("what the power belongs to is not clear; add brackets")
            return self.guard(place, function, self.sub(span).whole())
        if text in (r"\Phi", r"\operatorname{sign}"):
            raise self.fail("expected '('")
        return self.guard(place, function, self.factor())

    def brackets(self, text: str) -> Expr:
        """( ) and [ ] group one expression; (a, b) is a tuple, [a, b] a concatenation, { } a group or a set."""
        place = self.pos
        span = self.bracket()
        if text == r"\{":
            return self.set(span, place)
        if text == "{":
            return self.sub(span).inner(self)
        if any(t.text == "," for t in self.tokens[span[0] : span[1]]) and len(list(split(self.tokens, *span, COMMA))) > 1:
            items = self.items(span)
            if text == "(":
                return lambda env: tuple(items(env))
            return self.guard(place, lambda parts: Joined(join(parts)), items)
        return self.sub(span).inner(self)

    def inner(self, outer: Parser) -> Expr:
        value = self.whole()
        outer.origin = min(outer.origin, self.origin)
        return value

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

            return self.guard(place, lambda env: members(env), lambda env: env)
        one, two = self.sub(before).whole(), self.sub(after).whole()
        return self.guard(place, lambda a, b: list(range(integer(a) + 1, integer(b))), one, two)

    def bars(self, text: str) -> Expr:
        place = self.pos
        self.pos += 1
        outer, self.bar = self.bar, text
        inner = self.sum()
        self.bar = outer
        self.expect(text)
        if text == "|":
            return self.guard(place, size_or_absolute, inner)
        order: int | None = None
        if self.peek() == "_":
            self.pos += 1
            span = self.bracket()
            name = [token.text for token in self.tokens[span[0] : span[1]]]
            if name not in (["1"], ["2"]):
                raise self.fail("only the norms 1 and 2 are read", pos=span[0])
            order = int(name[0])
        return self.guard(place, lambda a: norm(a, order), inner)

    def cases(self) -> Expr:
        place = self.pos
        span = self.bracket()
        values: list[Expr] = []
        conditions: list[Expr | None] = []
        guards: list[str] = []
        for a, b, _ in split(self.tokens, *span, frozenset({r"\\"})):
            cells = [(c, d) for c, d, _ in split(self.tokens, a, b, frozenset({"&"}))]
            if len(cells) != 2:
                raise self.fail("expected 'value & condition' in each row of cases", pos=a)
            (c, d), (f, g) = cells
            if d > c and self.tokens[d - 1].text == ",":
                d -= 1
            values.append(self.sub((c, d)).whole())
            guards.append(self.tokens[f].text if self.tokens[f].text == r"\text{if}" and g > f else "")
            if guards[-1]:
                f += 1
            if g - f == 1 and self.tokens[f].text == r"\text{otherwise}":
                if None in conditions:
                    raise self.fail("a second 'otherwise'", pos=f)
                conditions.append(None)
            else:
                conditions.append(self.condition((f, g)))

        if self.pins.setdefault(f"{len(guards)} cases", tuple(guards)) != tuple(guards):
            raise self.fail("'if' stands before other cases", pos=place)

        def choose(env: Env) -> Value:
            true = [k for k, condition in enumerate(conditions) if condition is not None and condition(env)]
            if len(true) > 1:
                raise Outside("two cases hold at once")
            if not true and None not in conditions:
                raise Outside("no case holds")
            return values[true[0] if true else conditions.index(None)](env)

        return self.guard(place, choose, lambda env: env)

    def block(self) -> Expr:
        """A matrix of blocks; **1** is a column of ones of the height that its row needs."""
        place = self.pos
        span = self.bracket()
        rows = [[self.sub((c, d)).whole() for c, d, _ in split(self.tokens, a, b, frozenset({"&"}))] for a, b, _ in split(self.tokens, *span, frozenset({r"\\"}))]

        def build(env: Env) -> Value:
            lines = []
            for row in rows:
                cells = [cell(env) for cell in row]
                heights = {c.shape[0] for c in cells if isinstance(c, np.ndarray)} or {1}
                if len(heights) > 1 or any(not (is_number(c) or isinstance(c, (np.ndarray, Ones))) for c in cells):
                    raise Mismatch("the blocks of a row differ in height")
                height = heights.pop()
                lines.append(np.concatenate([np.ones((height, 1)) if isinstance(c, Ones) else np.full((1, 1), c) if is_number(c) else c for c in cells], axis=1))
            if len({line.shape[1] for line in lines}) > 1:
                raise Mismatch("the rows of a matrix differ in width")
            return np.concatenate(lines, axis=0)

        return self.guard(place, build, lambda env: env)

    # ---- names

    def name(self, symbol: Symbol, spans: tuple[Span, ...], place: int) -> Expr:
        symbol.used = True
        self.origin = min(self.origin, symbol.origin)
        if symbol.kind == "function" and self.peek() in ("(", r"\{"):
            return self.call(symbol, place)
        if symbol.subscripted and self.peek() == "_":
            raise self.fail(f"the index of '{symbol.key}' is written in another way", "left-hand side")
        if symbol.kind == "value" and symbol.body is not None and self.peek() == "(":
            return self.call_or_product(symbol, spans, place)
        if not spans:
            latex, at, name = self.latex, self.at(place), symbol.key
            if symbol.body is not None:
                return self.guard(place, lambda env: lookup(symbol)(env, ()), lambda env: env)

            def plain(env: Env) -> Value:
                try:
                    value = env[name]
                except KeyError:
                    raise LatexError("unbound index", latex, at, f"nothing gives '{name}' a value here") from None
                return value.whole() if isinstance(value, Family) else value

            return self.guard(place, plain, lambda env: env)
        indices, _ = self.indices(spans)
        value = lookup(symbol)
        return self.guard(place, lambda env, *_: value(env, tuple(integer(index(env)) for index in indices)), lambda env: env)

    def call_or_product(self, symbol: Symbol, spans: tuple[Span, ...], place: int) -> Expr:
        """A defined name before a bracket: a call where its value is a function."""
        indices, _ = self.indices(spans)
        value = lookup(symbol)
        factor = self.factor()

        def run(env: Env) -> Value:
            first = value(env, tuple(integer(index(env)) for index in indices))
            second = factor(env)
            if not isinstance(first, Function):
                return multiply(first, second)
            return first(*second) if isinstance(second, tuple) else first(second)

        return self.guard(place, run, lambda env: env)

    def call(self, symbol: Symbol, place: int) -> Expr:
        """A function with its arguments; the marks between them must be those of the formula as written."""
        opening = self.peek()
        span = self.bracket()
        parts = list(split(self.tokens, *span, frozenset({",", ";", r"\mid"})))
        marks = tuple(self.tokens[mark].text for _, _, mark in parts[1:])
        pinned = self.pins.setdefault(symbol.key, (opening, *marks))
        if pinned != (opening, *marks):
            raise self.fail(f"'{symbol.key}' is called with '{' '.join(pinned)}' elsewhere", "grammar", place)
        arguments = [self.condition((a, b)) if opening == r"\{" else self.argument((a, b)) for a, b, _ in parts]
        name = symbol.key
        body = symbol.body
        function: Expr = (lambda env: env[name]) if body is None else body

        def run(f: Value, *values: Value) -> Value:
            if not isinstance(f, Function):
                raise Mismatch(f"'{name}' is no function")
            if f.braces != (opening == r"\{"):
                raise Mismatch(f"'{name}' is called with other brackets")
            if f.ranks and len(values) > len(f.ranks):
                raise Mismatch(f"'{name}' takes {len(f.ranks)} arguments, got {len(values)}")
            return f(*values)

        return self.guard(place, run, function, *arguments)

    def argument(self, span: Span) -> Expr:
        """An argument of a function: a value, or another function by its bare name."""
        return self.sub(span).whole()

    # ---- conditions and sets

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

        return self.guard(span[0], holds, lambda env: env)

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

        return self.guard(place, build, lambda env: env)

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

    # ---- binders

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
        plain = (letter.isalpha() or (letter[0] == "\\" and letter[1:].isalpha()) or letter.startswith((r"\mathbf", r"\mathcal", r"\hat", r"\tilde", r"\boldsymbol", r"\bar"))) and atom_end(
            self.tokens, span[0], span[1]
        ) == span[1]
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
                if result is None:
                    result = value
                elif combine is add and type(value) is float and type(result) is float:
                    result += value
                else:
                    result = combine(result, value)
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

        return self.guard(place, total if text in (r"\sum", r"\prod") else extreme, lambda env: env)

    # ---- probability

    def law(self) -> Expr:
        place, text = self.pos, self.peek()
        name, count = LAWS[text]
        self.pos += 1
        if self.peek() != "(":
            raise self.fail("expected '('")
        span = self.bracket()
        parts = [(a, b) for a, b, _ in split(self.tokens, *span, frozenset({";"}))]
        if len(parts) > 2:
            raise self.fail("a second ';'", pos=parts[1][1])
        variable = tuple(token.text for token in self.tokens[parts[0][0] : parts[0][1]]) if len(parts) == 2 else ()
        spans = [(a, b) for a, b, _ in split(self.tokens, *parts[-1], COMMA)]
        if len(spans) != count:
            raise self.fail(f"{text} has {count} parameter{'s' * (count > 1)}", pos=place)
        parameters = [self.sub(part).whole() for part in spans]
        return lambda env: Law(name, tuple(p(env) for p in parameters), variable)

    def expectation(self) -> Expr:
        """𝔼 over finite laws, as the exact sum."""
        place = self.pos
        self.pos += 1
        below, above = self.scripts()
        if below is None or above is not None:
            raise self.fail("expected a subscript of 𝔼")
        names, run, must = self.random(below)
        scope, symbols = self.bind(names)
        if self.peek() not in ("[", "("):
            raise self.fail("expected '[' after 𝔼")
        span = self.bracket()
        body = self.sub(span, scope).whole()
        if must:
            self.all_used(symbols, below[0])
        keys = [key(name) for name in names]

        def mean(env: Env) -> Value:
            total: Value = Zero()
            pairs = run(env)
            weights = [weight for _, weight in pairs]
            for (_, weight), _ in zip(pairs, assign(env, keys, [item for item, _ in pairs]), strict=True):
                total = add(total, multiply(weight, body(env)))
            if abs(sum(weights) - 1) > 1e-9:
                raise Outside("the weights of 𝔼 do not add up to 1")
            return total

        return self.guard(place, mean, lambda env: env)

    def random(self, below: Span) -> tuple[tuple[Name, ...], Callable[[Env], list[tuple[tuple[Value, ...], float]]], bool]:
        """The variables of 𝔼 and the (values, weight) that they take."""
        parts = list(split(self.tokens, *below, frozenset({r"\sim"})))
        if len(parts) == 2:
            (a, b, _), (c, d, _) = parts
            inside = (a + 1, b - 1) if self.tokens[a].text == "(" and closing(self.tokens, a, b) == b - 1 else (a, b)
            names = tuple(self.variable((x, y)) for x, y, _ in split(self.tokens, *inside, COMMA))
            law = self.finite((c, d))
            tuples = inside != (a, b)

            def pairs(env: Env) -> list[tuple[tuple[Value, ...], float]]:
                out = []
                for value, weight in law(env):
                    if isinstance(value, tuple) != tuples or (tuples and len(value) != len(names)):
                        raise Mismatch("the law has values of another kind")
                    out.append((value if tuples else (value,), weight))
                return out

            return names, pairs, True
        density = self.find(*below)
        if density is not None and density[1] == below[1] and len(density[2]) == 1:  # q(z | x) with the index z
            symbol, _, (span,) = density
            symbol.used = True
            index = tuple(t.text for t in self.tokens[span[0] : span[1]])
            name = symbol.key
            if symbol.slots[0].index != index:
                raise self.fail(f"expected the index '{' '.join(symbol.slots[0].index)}'", pos=span[0])
            return (index,), lambda env: [((k,), env[name][(k,)]) for k in env[name].places()], False
        wanted = [tuple(t.text for t in self.tokens[a:b]) for a, b, _ in split(self.tokens, *below, COMMA)]
        laws = []
        for table in self.table.scopes():
            for _, members, body in table.laws:
                if all(member in wanted for member in members):
                    laws.append((members, body))
        covered = [member for members, _ in laws for member in members]
        if sorted(covered) != sorted(wanted):
            raise self.fail("nothing says what law these follow", "unknown symbol", below[0])

        def independent(env: Env) -> list[tuple[tuple[Value, ...], float]]:
            out = []
            for choice in itertools.product(*[list(body(env)) for _, body in laws]):
                values: list[Value] = []
                weight = 1.0
                for (members, _), (value, w) in zip(laws, choice, strict=True):
                    values.extend(value if len(members) > 1 else [value])
                    weight *= w
                out.append((tuple(values), weight))
            return out

        return tuple(covered), independent, False

    def finite(self, span: Span) -> Expr:
        """A law on finitely many values: one declared as such, or the probabilities of a family or column."""
        found = self.find(*span)
        if found is not None and found[1] == span[1] and not found[2]:
            found[0].used = True
            name, origin, body = found[0].key, found[0].origin, found[0].body

            def weights(env: Env) -> FiniteLaw:
                value = body(env) if body is not None else env[name]
                if isinstance(value, FiniteLaw):
                    return value
                if isinstance(value, Family) and value.data.ndim == 1:
                    return FiniteLaw(tuple((k, float(value[(k,)])) for k in value.places()))
                if isinstance(value, np.ndarray) and value.shape[1:] == (1,):
                    return FiniteLaw(tuple((k + origin, float(w)) for k, w in enumerate(value[:, 0])))
                raise Mismatch(f"expected a law, got {shape_name(value)}")

            return self.guard(span[0], weights, lambda env: env)
        value = self.sub(span).whole()

        def check(law: Value) -> Value:
            if not isinstance(law, FiniteLaw):
                raise Mismatch(f"expected a law, got {shape_name(law)}")
            return law

        return self.guard(span[0], check, value)

    def divergence(self) -> Expr:
        """D_KL(p ‖ q) and D_JS(p ‖ q) of finite laws."""
        place = self.pos
        kind = DIVERGENCES[self.peek(3)]
        self.pos += 2
        self.bracket()
        if self.peek() != "(":
            raise self.fail("expected '('")
        span = self.bracket()
        parts = [(a, b) for a, b, _ in split(self.tokens, *span, frozenset({r"\|"}))]
        if len(parts) != 2:
            raise self.fail("expected two laws with \\| between them", pos=span[0])
        (one, first), (two, second) = (self.density(part) for part in parts)
        if first != second:
            raise self.fail("expected both laws with their variable, or both without it", pos=span[0])

        def measure(p: Value, q: Value) -> float:
            if len(p) != len(q):
                raise Mismatch("the two laws differ in the number of values")
            if kind == "KL":
                return relative_entropy(p, q)
            middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
            return (relative_entropy(p, middle) + relative_entropy(q, middle)) / 2

        return self.guard(place, measure, one, two)

    def density(self, span: Span) -> tuple[Expr, bool]:
        """The weights of a law, as a list, and whether the law stands with its variable: p(x), not p."""
        found = self.find(*span)
        if found is None or found[1] != span[1]:
            raise self.fail("expected a declared law", "unknown symbol", span[0])
        symbol, _, spans = found
        symbol.used = True
        name = symbol.key
        if len(spans) == 1:
            index = tuple(t.text for t in self.tokens[spans[0][0] : spans[0][1]])
            if index != symbol.slots[0].index:
                raise self.fail(f"expected the index '{' '.join(symbol.slots[0].index)}'", pos=spans[0][0])
            if symbol.body is not None:
                raise self.fail("expected a declared law", pos=span[0])
            return lambda env: [float(w) for w in env[name].data], True
        law = self.finite(span)
        return lambda env: [weight for _, weight in law(env)], False


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


def relative_entropy(p: Sequence[float], q: Sequence[float]) -> float:
    return sum(a * math.log(a / b) if a > 0 and b > 0 else math.inf if a > 0 else 0.0 for a, b in zip(p, q, strict=True))


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
    repeated = [(k, slots.index(name)) for k, name in enumerate(slots) if slots.index(name) < k]

    def value(env: Env, indices: tuple[int, ...]) -> Value:
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
        if symbol.closed:
            cache = env.setdefault("#cache", {})
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
        if symbol.closed:
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


def largest(items: Sequence[Value]) -> Value:
    return extreme_of(items, max, np.maximum)


def smallest(items: Sequence[Value]) -> Value:
    return extreme_of(items, min, np.minimum)


def extreme_of(items: Sequence[Value], numbers: Callable[..., Value], arrays: Callable[[Value, Value], Value]) -> Value:
    """max or min of numbers; of a number and arrays element by element."""
    if len(items) < 2:
        raise Mismatch("max and min need two arguments or an index")
    shapes = {item.shape for item in items if isinstance(item, np.ndarray)}
    if len(shapes) > 1 or any(not (is_number(item) or isinstance(item, np.ndarray)) for item in items):
        raise Mismatch("max and min need numbers, or arrays of one shape")
    if not shapes:
        return math.nan if any(item != item for item in items) else numbers(*items)
    result = items[0]
    for item in items[1:]:
        result = arrays(result, item)
    return result


__all__ = ["Parser", "Slot", "component", "lookup", "assign"]
