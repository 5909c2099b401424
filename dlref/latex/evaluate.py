"""Expressions: tokens to closures that compute their value from an environment.

Precedence climbing, decided by what names are declared to be: ``f(x)`` is a call where f is a function and a product where it is a number. Juxtaposition is the
product of linear algebra. Σ takes the product to its right, ``\\log x`` one factor, a numeral only opens a product, and there is no unary plus.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence

import numpy as np

from dlref.latex.binders import COMMA
from dlref.latex.binding import RELATION, component, lookup
from dlref.latex.chances import DIVERGENCES, LAWS, Chances
from dlref.latex.names import Span, Symbol, atom_end, split
from dlref.latex.reader import LatexError
from dlref.latex.values import (
    Env,
    Expr,
    Family,
    FiniteLaw,
    Function,
    Identity,
    Joined,
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
    size_or_absolute,
    subtract,
    transpose,
)

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


class Parser(Chances):
    """Reads expressions: sums, products, factors, names."""

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
            value = self.guard(place, add if sign > 0 else subtract, value, self.product(), plain=operator.add if sign > 0 else operator.sub)
        return value

    def product(self) -> Expr:
        value = self.chain()
        while self.peek() in (r"\odot", r"\circ", "*", r"\star"):
            place, text = self.pos, self.peek()
            symbol = self.table.named((text,))
            self.pos += 1
            if symbol is not None:
                symbol.used = True
                function = symbol.body
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
        value = self.telling()
        divided = False
        while True:
            place, text = self.pos, self.peek()
            if text in (r"\cdot", r"\times"):
                self.pos += 1
                value = self.guard(place, multiply, value, self.telling(True), plain=operator.mul)
                divided = False
            elif text == "/":
                self.pos += 1
                value = self.guard(place, divide, value, self.telling(True))
                divided = True
            elif self.opens_factor(text):
                if text[0].isdigit():
                    raise self.fail("a numeral only opens a product")
                if divided:
                    raise self.fail("what the slash divides by is not clear; write brackets")
                value = self.guard(place, multiply, value, self.factor(), plain=operator.mul)
            else:
                return value

    def telling(self, last: bool = False) -> Expr:
        """A factor that says something: no 0 or 1 beside others, ``last`` where one stands before it."""
        place, text = self.pos, self.peek()
        value = self.factor()
        if text in ("0", "1") and self.pos == place + 1 and (last or self.peek() in (r"\cdot", r"\times") or self.opens_factor(self.peek())):
            raise self.fail(f"a factor {text} says nothing", pos=place)
        return value

    def opens_factor(self, text: str) -> bool:
        if not text or text == self.bar:
            return False
        if text in ("|", r"\|") or text in ("(", "[", r"\{", "{", r"\lfloor", r"\lceil", r"\frac", r"\sqrt", r"\begin{cases}", r"\begin{pmatrix}", r"\hat", r"\tilde", r"\bar"):
            return True
        if text in RELATION or text in (r"\mid", r"\rightarrow", r"\leftarrow", r"\sim", r"\iff", r"\forall", r"\exists", r"\dots", r"\subseteq", r"\setminus", r"\top", r"\prime"):
            return False
        return text[0].isalnum() or (
            text[0] == "\\"
            and text[1].isalpha()
            and not text.startswith((r"\begin", r"\end", r"\text{if", r"\text{o", r"\text{s", r"\rfloor", r"\rceil"))
            and text not in (r"\cdot", r"\times", r"\odot", r"\circ", r"\star")
        )

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

    def primary(self) -> Expr:
        text, place = self.peek(), self.pos
        if not text:
            raise self.fail("expected a value")
        found = self.find(self.pos, self.end)
        if found is not None:
            symbol, self.pos, spans = found
            return self.name(symbol, spans, place)
        if text[0].isdigit():
            if text[0] == "0" and text[1:2].isdigit():
                raise self.fail("a numeral does not begin with 0")
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

        return self.placed(place, choose)

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

        return self.placed(place, build)

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
                defined = lookup(symbol)
                return self.placed(place, lambda env: defined(env, ()))

            def plain(env: Env) -> Value:
                try:
                    value = env[name]
                    return value.whole() if type(value) is Family else value
                except KeyError:
                    raise LatexError("unbound index", latex, at, f"nothing gives '{name}' a value here") from None
                except Mismatch as problem:
                    raise LatexError(problem.kind, latex, at, str(problem)) from None

            return plain
        indices, _ = self.indices(spans)
        value = lookup(symbol)
        latex, at = self.latex, self.at(place)

        def entry(env: Env) -> Value:
            try:
                return value(env, tuple([integer(index(env)) for index in indices]))
            except Mismatch as problem:
                raise LatexError(problem.kind, latex, at, str(problem)) from None

        return entry

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

        return self.placed(place, run)

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
