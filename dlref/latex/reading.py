"""What all readers of clauses share: the text, the names in scope, the plan, and the comparison with a result."""

from __future__ import annotations

from collections.abc import Sequence

from dlref.latex.binding import assign
from dlref.latex.claims import Plan, State, Step, Trial, choices, compare
from dlref.latex.declared import Declarations, Declared
from dlref.latex.evaluate import Parser
from dlref.latex.names import Name, Range, Slot, Span, Symbol, Table, key
from dlref.latex.reader import LatexError, read
from dlref.latex.values import Expr, Family, Mismatch, Zero, integer


class ClauseReader:
    """Reads clauses against declarations, and collects the steps that check them."""

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

    def fail(self, message: str, kind: str = "grammar", pos: int | None = None) -> LatexError:
        at = self.tokens[pos].at if pos is not None and pos < len(self.tokens) else len(self.latex)
        return LatexError(kind, self.latex, at, message)

    def parser(self, span: Span, results: bool = False, table: Table | None = None) -> Parser:
        parser = Parser(self.latex, self.tokens, span[0], span[1], table or self.table, self.plan.pins)
        parser.results = results
        return parser

    def text(self, span: Span) -> Name:
        return tuple(token.text for token in self.tokens[span[0] : span[1]])

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
