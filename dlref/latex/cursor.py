"""A place in a span of tokens, and the small steps of reading from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from dlref.latex.names import Span, Symbol, Table, closing
from dlref.latex.reader import CLOSING, LatexError, Token
from dlref.latex.values import PLAIN, Env, Expr, Mismatch, Value


class Cursor:
    """Reads tokens from a span; the names in scope say what they mean."""

    def __init__(self, latex: str, tokens: Sequence[Token], start: int, end: int, table: Table, pins: dict[str, tuple[str, ...]] | None = None) -> None:
        self.latex, self.tokens, self.start, self.end, self.table = latex, tokens, start, end, table
        self.pos = start
        self.bar = ""  # the bar that closes here, inside |…| or ‖…‖
        self.pins = {} if pins is None else pins  # the separators that each function is called with
        self.origin = 1  # 0 once a name that counts from 0 was used
        self.results = True  # whether the function's results may be named

    def sub(self, span: Span, table: Table | None = None) -> Self:
        inner = type(self)(self.latex, self.tokens, span[0], span[1], table or self.table, self.pins)
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

    def guard(self, pos: int, operation: Callable[..., Value], *parts: Expr, plain: Callable[[float, float], float] | None = None) -> Expr:
        """The operation on the parts' values, ``plain`` where both are numbers; where shapes do not allow it, the error names the place."""
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

            def numbers(env: Env) -> Value:
                try:
                    a, b = left(env), right(env)
                    return plain(a, b) if type(a) in PLAIN and type(b) in PLAIN else operation(a, b)  # type: ignore[misc]
                except Mismatch as problem:
                    raise LatexError(problem.kind, latex, at, str(problem)) from None

            if plain is not None:
                return numbers

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

    def placed(self, pos: int, function: Expr) -> Expr:
        """A value with the place of its errors."""
        latex, at = self.latex, self.at(pos)

        def run(env: Env) -> Value:
            try:
                return function(env)
            except Mismatch as problem:
                raise LatexError(problem.kind, latex, at, str(problem)) from None

        return run

    def indices(self, spans: Sequence[Span]) -> tuple[list[Expr], list[int]]:
        exprs, origins = [], []
        for span in spans:
            parser = self.sub(span)
            exprs.append(parser.whole())
            origins.append(parser.origin)
        return exprs, origins

    def inner(self, outer: Cursor) -> Expr:
        value = self.whole()
        outer.origin = min(outer.origin, self.origin)
        return value

    # ---- what the evaluator adds

    def whole(self) -> Expr:
        """The span as one expression."""
        raise NotImplementedError

    def product(self) -> Expr:
        """A product, up to the next + or −."""
        raise NotImplementedError
