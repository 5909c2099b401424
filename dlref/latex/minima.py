"""Minimizations: no feasible step lowers the objective, and its value is the function's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from dlref.latex.binding import assign
from dlref.latex.docstring import FormulaError
from dlref.latex.names import Name, Range, Span, Table, closing, key, split
from dlref.latex.reader import LatexError
from dlref.latex.values import Env, Expr, Value, is_number, shape_name
from dlref.latex.wanted import Wanted

COMMA = frozenset({","})
MARKS = frozenset({"=", r"\leq", r"\geq", "<", ">", r"\neq", r"\leftarrow", r"\sim", r"\in", ":", r"\iff"})
ORDER = frozenset({r"\leq", r"\geq", "<", ">"})
TOLERANCE = 1e-8
EQUAL = 1e-12  # where a bound is attained
LOOSE = 1e-6  # of solvers, which stop before the exact optimum


from dlref.latex.claims import Clause, State, Trial, compare
from dlref.latex.reading import ClauseReader


class Minima(ClauseReader):
    """Reads ``\\min``, ``\\arg\\min`` and a value whose beginning `gives` names."""

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
            if any(isinstance(part, Wanted) for part in solution):
                raise FormulaError("the formula says what its solution fulfills, not how to find it")
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
