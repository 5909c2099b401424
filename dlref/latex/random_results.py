"""Laws: of a random argument, of a result, of a result that the left side names as a density."""

from __future__ import annotations

from collections.abc import Sequence

from dlref.latex.binding import assign
from dlref.latex.names import Name, Slot, Span, key
from dlref.latex.reader import LatexError
from dlref.latex.sampling import check_law, same_law
from dlref.latex.values import Env, Expr, FiniteLaw, Law, Mismatch, Value, integer
from dlref.latex.wanted import Wanted

COMMA = frozenset({","})
MARKS = frozenset({"=", r"\leq", r"\geq", "<", ">", r"\neq", r"\leftarrow", r"\sim", r"\in", ":", r"\iff"})
ORDER = frozenset({r"\leq", r"\geq", "<", ">"})
TOLERANCE = 1e-8
EQUAL = 1e-12  # where a bound is attained
LOOSE = 1e-6  # of solvers, which stop before the exact optimum


from dlref.latex.claims import Clause, State, Step, Trial, choices
from dlref.latex.reading import ClauseReader


class RandomResults(ClauseReader):
    """Reads ``\\sim`` and densities."""

    def random_arguments_used(self) -> None:
        """A result's law stands for the random arguments that it comes from."""
        for declared in self.found.where:
            symbol = self.found.table.named(declared.name)
            if declared.kind == "law" and symbol is not None:
                symbol.used = True

    def law_of_result(self, trial: Trial, which: int, law: Value, at: int, indices: Sequence[int] = ()) -> float:
        """How far the result is from its law. A result that is wanted is its law."""
        wanted = trial.results[which]
        if isinstance(wanted, Wanted):
            (wanted[tuple(indices)] if indices else wanted).value = law
            return 0.0
        try:
            return check_law(trial, which, law, self.found, self.plan.gives[which])
        except Mismatch as problem:
            raise LatexError(problem.kind, self.latex, at, str(problem)) from None

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
                    state.deviation = max(state.deviation, self.law_of_result(trial, which, law(env), at, env["#index"]))

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
