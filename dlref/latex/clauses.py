"""A whole formula: its clauses, and what each of them claims about one draw.

A clause is an equation, an update, an inequality, a law, a membership, a range or a minimization. ``compile_formula`` reads them once; each becomes a step that
looks at a draw and raises LatexError where the claim does not hold.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from dlref.latex.binding import assign, related
from dlref.latex.chances import LAWS
from dlref.latex.claims import Clause, Formula, Plan, State, Step, Trial, choices, compare, ordered
from dlref.latex.declared import Declarations, Declared
from dlref.latex.domains import Domain, Finite, Integers
from dlref.latex.evaluate import CONSTANTS, Parser
from dlref.latex.minima import Minima
from dlref.latex.names import Name, Range, Slot, Span, Symbol, Table, closing, head_of, key, match, pattern, split
from dlref.latex.random_results import RandomResults
from dlref.latex.reader import LatexError, Token
from dlref.latex.values import Env, Expr, Value, deviation, integer, is_number, shape_name
from dlref.latex.wanted import Wanted, hand_out, known

COMMA = frozenset({","})
MARKS = frozenset({"=", r"\leq", r"\geq", "<", ">", r"\neq", r"\leftarrow", r"\sim", r"\in", ":", r"\iff"})
ORDER = frozenset({r"\leq", r"\geq", "<", ">"})
TOLERANCE = 1e-8
EQUAL = 1e-12  # where a bound is attained
LOOSE = 1e-6  # of solvers, which stop before the exact optimum


class Compiler(Minima, RandomResults):
    """Compiles one text against its declarations."""

    # ---- helpers

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
            symbol.closed = self.closed(symbol, clause.members[1])
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
        named_here = [which for which, declared in enumerate(self.plan.gives) if any(result.used and result.name == declared.name for result in named)]
        if self.planning:
            self.plan.built |= bool(named_here)
        elif named_here and not self.plan.built:
            raise self.fail("expected the result alone on the left", "left-hand side", left[0])
        for which in named_here:
            self.hit[which].append(())
        law = self.plan.law
        if self.planning and not self.plan.gives:
            self.plan.law = law = True
        self.steps.append(self.chain([], [], [whole, *members], marks, results=law, given=named_here))

    def closed(self, symbol: Symbol, span: Span) -> bool:
        """Whether a definition depends on its own indices only, so that each of its values is computed once."""
        own = {slot.index for slot in symbol.slots}
        for k in range(*span):
            found = self.table.find(self.tokens, k, span[1])
            if found is not None and (found[0].kind == "index" and found[0].name not in own or found[0].body is not None and not found[0].closed):
                return False
        return True

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

    def chain(self, names: list[str], ranges: list[Range], members: list[tuple[Expr, int]], marks: list[str], results: bool = False, given: Sequence[int] = ()) -> Step:
        """Members of a chain against their neighbors; the first may be built from results."""
        latex, tokens = self.latex, self.tokens
        self.orders |= {tokens[members[k + 1][1]].at for k, mark in enumerate(marks) if mark in (r"\leq", r"\geq")}

        def step(trial: Trial, state: State) -> None:
            env = trial.env
            if any(isinstance(trial.results[which], Wanted) for which in given):
                wanted = [(trial.results[which], self.plan.gives[which].key, self.plan.gives[which].shape(env)) for which in given]
                hand_out(env, members[0][0], members[1][0](env), wanted)
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
                value = known(found[tuple(integer(e(env)) for e in exprs)] if spans else found)
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
            ordered(latex, at_limit, known(trial.results[which]), mark, limit(trial.env), state)

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


def compile_formula(latex: str, found: Declarations, plan: Plan, planning: bool = False) -> Formula:
    """The formula's clauses as steps; LatexError where the text cannot be read or does not fit its declarations."""
    try:
        return Compiler(latex, found, plan, planning).compile()
    except RecursionError:
        raise LatexError("grammar", latex, 0, "nested too deeply") from None
