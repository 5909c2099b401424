"""Laws, expectations and divergences: over finitely many values they are exact sums."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from dlref.latex.binders import COMMA, Binders
from dlref.latex.binding import assign
from dlref.latex.names import Name, Span, closing, key, split
from dlref.latex.values import (
    Env,
    Expr,
    Family,
    FiniteLaw,
    Law,
    Mismatch,
    Outside,
    Value,
    Zero,
    add,
    multiply,
    shape_name,
)

LAWS = {r"\mathcal{N}": ("normal", 2), r"\mathcal{U}": ("uniform", 2), r"\operatorname{Bernoulli}": ("bernoulli", 1)}
DIVERGENCES = {r"\mathrm{KL}": "KL", r"\mathrm{JS}": "JS"}


class Chances(Binders):
    """Reads what is random."""

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
        if len(parts) == 2 and not variable:
            raise self.fail("expected the variable before ';'", pos=span[0])
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

        return self.placed(place, mean)

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

            return self.placed(span[0], weights)
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
        below = self.bracket()
        if below[1] - below[0] != 1 or self.peek() != "(":
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


def relative_entropy(p: Sequence[float], q: Sequence[float]) -> float:
    return sum(a * math.log(a / b) if a > 0 and b > 0 else math.inf if a > 0 else 0.0 for a, b in zip(p, q, strict=True))
