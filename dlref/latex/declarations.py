"""The lines under ``where``, ``gives`` and ``with``: what each name is, what it may be, and how a draw fills it.

The grammar is in the package's documentation; one declaration a line, LaTeX throughout.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlref.latex.calls import Call, Missing, read_call, run_call
from dlref.latex.docstring import Block, FormulaError
from dlref.latex.domains import Domain, Draw, Finite, FunctionDomain, Integers, Reals, read_domain, read_function
from dlref.latex.evaluate import RELATION, Parser, assign, lookup
from dlref.latex.names import Name, Pattern, Range, Slot, Span, Symbol, Table, atom_end, axes_of, closing, key, match, pattern, split
from dlref.latex.reader import LatexError, Token, read
from dlref.latex.values import Array, Env, Expr, Family, FiniteLaw, Function, Law, Members, Mismatch, Value, integer, shape_name, to_python, to_value

COMMA = frozenset({","})
FORMULA_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:\((.*?)\)(_.*)?)?", re.DOTALL)
GREEK = re.compile(r"\\[a-zA-Z]+")
NOT_SIZES = frozenset(
    r"\times \text \Delta \log \dots \in \sim \subseteq \rightarrow \setminus \cdot \lfloor \rfloor \lceil \rceil \frac \sqrt \min \max \infty \mid \leq \geq \neq \pi \prime \top \{ \} \delta".split()
)
Formulas = Mapping[str, tuple[Block, Callable[..., Any]]]
ATTEMPTS = 400


@dataclass
class Declared:
    """One name with its index ranges and its domain."""

    line: str
    name: Name
    pattern: Pattern
    ranges: tuple[Range, ...]
    kind: str  # real, function, subset, law, tuple
    domain: Domain | FunctionDomain | None = None
    law: Expr | None = None
    law_text: Name = ()
    universe: Expr | None = None  # of a subset
    members: tuple[tuple[Name, Domain], ...] = ()  # of a tuple
    samples: Name = ()  # gives: the density whose sample this is
    bound: tuple[str, Name] | None = None  # gives: the relation and the other side
    text: Name = ()  # the domain as written

    @property
    def key(self) -> str:
        return key(self.name)

    def draw(self, env: Env, draw: Draw) -> tuple[Any, Value]:
        """(what Python is handed, what the evaluator sees)."""
        if isinstance(self.domain, FunctionDomain):
            function = self.domain.draw(env, draw)
            return function.python, function
        if self.kind == "subset":
            assert self.universe is not None
            items = self.universe(env).items
            chosen = draw.rng.random(len(items)) < 0.5
            mode = draw.mode()
            if mode == "one":
                chosen[:] = True
            if mode == "zero" or not chosen.any():
                chosen[:] = False
                chosen[int(draw.rng.integers(len(items)))] = True
            return chosen, Members(tuple(item for item, take in zip(items, chosen, strict=True) if take))
        if self.kind == "tuple":
            values = []
            for name, domain in self.members:
                value = to_value(domain.draw(env, draw))
                env[key(name)] = value
                values.append(value)
            return tuple(values), tuple(values)
        lengths = [len(r.values(env)) for r in self.ranges]
        if min(lengths, default=1) < 1:
            raise Mismatch(f"the range of '{self.line}' is empty")
        starts = tuple(integer(r.first(env)) for r in self.ranges)
        if self.kind == "law":
            assert self.law is not None
            array = draw_law(self.law(env), tuple(lengths), draw)
        else:
            assert isinstance(self.domain, Domain)
            if self.ragged:
                return self.draw_ragged(env, draw, starts)
            array = self.domain.draw(env, draw, tuple(lengths))
        if self.ranges:
            return array, Family(array, starts, flat=bool(grouped(self.pattern)))
        plain = array.item() if array.ndim == 0 else array
        return plain, to_value(array)

    @property
    def ragged(self) -> bool:
        """Whether the shape of an element depends on its index."""
        if not self.ranges or not isinstance(self.domain, Domain) or not self.domain.dims:
            return False
        indices = {token for r in self.ranges for token in r.index}
        caret = self.text.index("^") if "^" in self.text else len(self.text)
        return any(token in indices for token in self.text[caret:])

    def draw_ragged(self, env: Env, draw: Draw, starts: tuple[int, ...]) -> tuple[Any, Value]:
        assert isinstance(self.domain, Domain)
        (index,) = self.ranges
        name = key(index.index)
        saved = env.get(name)
        out = []
        for value in index.values(env):
            env[name] = value
            out.append(self.domain.draw(env, draw))
        env.pop(name, None)
        if saved is not None:
            env[name] = saved
        return out, Family(out, starts)

    def shape(self, env: Env) -> tuple[int, ...]:
        lead = tuple(len(r.values(env)) for r in self.ranges)
        return lead + (self.domain.shape(env) if isinstance(self.domain, Domain) else ())


def draw_law(law: Value, lead: tuple[int, ...], draw: Draw) -> Array:
    """Values that follow a named law, with exact zeros and ends among them."""
    if not isinstance(law, Law):
        raise Mismatch(f"expected a law, got {shape_name(law)}")
    if law.name == "normal":
        mean, covariance = law.parameters
        shape = (len(covariance),) if isinstance(covariance, np.ndarray) else ()
        noise = Domain(Reals()).base.draw({}, draw, lead + shape)
        if isinstance(covariance, np.ndarray):
            return np.asarray(noise @ np.linalg.cholesky(covariance).T + (mean[:, 0] if isinstance(mean, np.ndarray) else mean))
        return np.asarray(mean + math.sqrt(covariance) * noise)
    if law.name == "uniform":
        low, high = law.parameters
        return Reals(float(low), float(high), False, True).draw({}, draw, lead)
    (p,) = law.parameters
    return np.asarray(draw.rng.random(lead) < p, dtype=float)


class Sizes(dict[Any, int]):
    """Sizes of ragged families, made distinct when they are asked for."""

    def __init__(self, pool: list[int], largest: int) -> None:
        super().__init__()
        self.pool = pool
        self.largest = largest

    def __missing__(self, name: Any) -> int:
        if not self.pool:
            self.largest += 1
            self.pool.append(self.largest)
        self[name] = self.pool.pop()
        return self[name]


@dataclass
class Declarations:
    """All that a block declares."""

    block: Block
    formulas: Formulas
    table: Table = field(default_factory=Table)
    where: list[Declared] = field(default_factory=list)
    gives: list[Declared] = field(default_factory=list)
    sizes: list[Name] = field(default_factory=list)
    size_arguments: set[str] = field(default_factory=set)  # arguments that are sizes of others
    conditions: list[tuple[str, Expr]] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)  # what must be used
    always: frozenset[int] = frozenset()  # what laws of variables need
    words: str = ""  # a condition in words: what the function refuses with ValueError is drawn anew
    outside: dict[str, Expr] = field(default_factory=dict)  # values of families beyond their ranges

    @property
    def place(self) -> str:
        return f"{self.block.path}:{self.block.line}: {self.block.id}"

    # ---- drawing

    def draw(self, rng: np.random.Generator, number: int) -> Env:
        """One environment: all sizes and arguments, with the conditions of `with` holding."""
        problem = "no draw was tried"
        for attempt in range(ATTEMPTS):
            # After many failures the special modes are given up for this draw.
            draw = Draw(rng, number if attempt < 40 else 1000 + attempt)
            env: Env = {"#python": {}}
            try:
                self.draw_sizes(env, rng, attempt)
                self.draw_arguments(env, draw)
                self.check_ranges(env)
                failed = next((text for text, condition in self.conditions if not condition(env)), None)
            except (Mismatch, LatexError) as error:
                problem = getattr(error, "reason", str(error))
                continue
            if failed is None:
                return env
            problem = f"'{failed}' never holds"
        raise FormulaError(f"{self.place}: no draw was found: {problem}")

    def check_ranges(self, env: Env) -> None:
        """Mismatch where a result would be empty; what depends on results is not known yet."""
        for declared in self.gives:
            for limit in declared.ranges:
                try:
                    if len(limit.values(env)) < 1:
                        raise Mismatch(f"the range of '{declared.line}' is empty")
                except LatexError:
                    continue

    def draw_sizes(self, env: Env, rng: np.random.Generator, attempt: int) -> None:
        names = [key(name) for name in self.sizes] + sorted(self.size_arguments)
        largest = len(names) + 4 + (3 if attempt > 20 else 0)
        pool = [int(size) for size in rng.permutation(np.arange(3, largest + 1))]
        for name in names:
            env[name] = pool.pop()
        env["#sizes"] = Sizes(pool, largest)
        for declared in self.where:
            if declared.key in self.size_arguments and isinstance(declared.domain, Domain) and isinstance(declared.domain.base, Integers):
                env[declared.key] *= declared.domain.base.step if declared.domain.base.step > 1 else 1
                env["#python"][declared.key] = env[declared.key]

    def draw_arguments(self, env: Env, draw: Draw) -> None:
        waiting = [declared for declared in self.where if declared.key not in self.size_arguments]
        # Whole numbers first: they are sizes and bounds of the others.
        waiting.sort(key=lambda d: not (isinstance(d.domain, Domain) and not d.domain.dims and not d.ranges and d.domain.base.whole))
        while waiting:
            later: list[Declared] = []
            error: LatexError | None = None
            for declared in waiting:
                try:
                    python, value = declared.draw(env, draw)
                except LatexError as problem:  # it needs a name that is drawn later
                    if problem.kind != "unbound index":
                        raise
                    later.append(declared)
                    error = problem
                    continue
                env[declared.key] = value
                env["#python"][declared.key] = python
            if len(later) == len(waiting):
                assert error is not None
                raise FormulaError(f"{self.place}: {error}")
            waiting = later
        for name, outside in self.outside.items():
            env[name].outside = outside(env)

    def python_arguments(self, env: Env) -> list[Any]:
        return [env["#python"][declared.key] for declared in self.where]

    def extra(self, env: Env) -> dict[str, Any]:
        """Sizes by the names that a call may use."""
        return {name: env[key(size)] for size in self.sizes for name in [python_name(size)] if name}


def python_name(name: Name) -> str:
    """A size's name in a call: ``n_{\\text{in}}`` is n_in."""
    letters = [re.sub(r"\\[a-z]+\{(\w+)\}", r"\1", token).lstrip("\\") for token in name if token not in "{}^"]
    joined = "".join("_prime" if letter == "prime" else letter for letter in letters)
    return joined if joined.isidentifier() else ""


class DeclarationReader:
    """Reads the lines of one block."""

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

    def read(self) -> Declarations:
        try:
            heads = [self.head(line) for line in self.block.where]
            given = [self.head(line, gives=True) for line in self.block.gives]
            plain = {declared.name for declared, _, _ in heads if not declared.ranges}
            self.found.where = [declared for declared, _, _ in heads]
            self.found.gives = [declared for declared, _, _ in given]
            duplicates = [d.line for k, d in enumerate(self.found.where) if d.name in [e.name for e in self.found.where[:k]]]
            if duplicates:
                raise self.fail(duplicates[0], "declared twice")
            for declared, parser, spans in [*heads, *given]:
                self.ranges(declared, parser, spans, plain)
            for declared, _, _ in heads:
                self.register(declared)
            for declared, _, _ in given:
                if declared.name not in plain:
                    self.table.add(Symbol(declared.name, declared.pattern, declared.key, kind="result", ranges=declared.ranges, mute=True))
            self.minimized()
            lines = [(line, read(line)) for line in self.block.uses]
            self.new_names = {left for _, tokens in lines for left in [defined_name(tokens)] if left}
            ranges = [(line, tokens) for line, tokens in lines if is_range(tokens)]
            for line, tokens in ranges:
                self.prepare_use(line, tokens)
            for declared, parser, spans in [*heads, *given]:
                self.sizes_of(declared, parser, spans)
            lines.sort(key=lambda pair: not any(t.text == r"\sim" for t in pair[1]))  # random variables are indices of what follows
            waiting = [step for line, tokens in lines if (line, tokens) not in ranges for step in [self.prepare_use(line, tokens)] if step is not None]
            for declared, parser, spans in [*heads, *given]:
                self.domain(declared, parser, spans)
            for step in waiting:
                self.track(step)
            self.found.always |= {id(symbol) for symbol in self.found.symbols if symbol.name in self.in_ranges}
        except RecursionError:
            raise FormulaError(f"{self.found.place}: a declaration is nested too deeply") from None
        except LatexError as error:
            raise FormulaError(f"{self.found.place}: {error}") from error
        return self.found

    def minimized(self) -> None:
        """The variables of min and arg min, which `with` may use, are names."""
        tokens = read(self.block.latex)
        for k, token in enumerate(tokens[:-1]):
            if token.text in (r"\min", r"\max") and tokens[k + 1].text == "_":
                close = closing(tokens, k + 2, len(tokens))
                for a, b, _ in split(tokens, k + 3, close, COMMA):
                    name = tuple(t.text for t in tokens[a:b])
                    if r"\in" not in name and name and self.table.named(name) is None:
                        self.table.value(name, kind="index", mute=True)
            if token.text in (r"\sum", r"\prod", r"\max", r"\min") and tokens[k + 1].text == "_":
                sides = list(split(tokens, k + 3, closing(tokens, k + 2, len(tokens)), frozenset({"="})))
                name = tuple(t.text for t in tokens[sides[0][0] : sides[0][1]])
                if len(sides) == 2 and name and self.table.named(name) is None:
                    self.letters.add(name)
                    self.table.value(name, kind="index", mute=True, origin=0 if tokens[sides[1][0]].text == "0" else 1)

    def track(self, step: Callable[[], None]) -> None:
        """Run a step of `with`, and note which names each definition needs."""
        everything = [symbol for symbols in self.table.symbols.values() for symbol in symbols]
        before = {id(symbol): (symbol.body, len(symbol.bases)) for symbol in everything}
        laws, joint = len(self.table.laws), len(self.table.joint)
        for symbol in everything:
            symbol.used = False
        step()
        needed = frozenset(id(symbol) for symbol in everything if symbol.used)
        free = {symbol.name for symbol in everything if symbol.used and symbol.kind == "index"}
        deep = any(symbol.used and symbol.body is not None and not symbol.closed for symbol in everything)
        for symbol in everything:
            if before[id(symbol)] != (symbol.body, len(symbol.bases)):
                symbol.needs |= needed
                symbol.closed = not deep and free <= {slot.index for slot in symbol.slots} and symbol.kind == "value"
        if laws != len(self.table.laws) or joint != len(self.table.joint):
            self.found.always |= needed

    # ---- where and gives

    def head(self, line: str, gives: bool = False) -> tuple[Declared, Parser, list[Span]]:
        """The name of a line and the spans of its parts."""
        tokens = read(line)
        parser = Parser(line, tokens, 0, len(tokens), self.table)
        parts = [(a, b) for a, b, _ in split(tokens, 0, len(tokens), COMMA)]
        a, b = parts[0]
        for mark, kind in ((r"\in", "real"), (r"\subseteq", "subset"), (r"\sim", "law"), (":", "function")):
            sides = list(split(tokens, a, b, frozenset({mark})))
            if len(sides) == 2 and sides[0][1] > a:
                name = tuple(t.text for t in tokens[a : sides[0][1]])
                declared = Declared(line, name, name, (), kind, text=tuple(t.text for t in tokens[sides[1][0] : b]))
                equal = list(split(tokens, a, sides[0][1], frozenset({"="})))
                if kind == "real" and len(equal) == 2:
                    declared.name = tuple(t.text for t in tokens[a : equal[0][1]])
                    declared.pattern = declared.name
                    declared.kind = "tuple"
                if kind == "function" and name[-1] == ")":  # f(\cdot; \cdot)
                    opening = name.index("(")
                    declared.name = name[:opening]
                declared.pattern = declared.name
                return declared, parser, [(a, sides[0][1]), (sides[1][0], b), *parts[1:]]
        raise self.fail(line, "expected 'name \\in domain', 'name \\subseteq set', 'name \\sim law' or 'name : domain \\to domain'")

    def ranges(self, declared: Declared, parser: Parser, spans: list[Span], plain: set[Name]) -> None:
        """The index ranges after the domain; their letters become slots of the name."""
        tokens, rest = parser.tokens, spans[2:]
        found: list[Range] = []
        k = 0
        while k < len(rest):
            if k + 2 < len(rest) and [t.text for t in tokens[rest[k + 1][0] : rest[k + 1][1]]] == [r"\dots"]:
                sides = list(split(tokens, *rest[k], frozenset({"="})))
                if len(sides) != 2:
                    raise self.fail(declared.line, "expected a range such as 'i = 1, \\dots, n'")
                (a, b, _), (c, d, _) = sides
                index = tuple(t.text for t in tokens[a:b])
                first, last = self.lazy(parser, (c, d)), self.lazy(parser, rest[k + 2])
                text = tuple(t.text for t in tokens[c : rest[k + 2][1]])
                found.append(Range(index, first, last, text, text[0] == "0"))
                k += 3
            else:
                a, b = rest[k]
                sides = list(split(tokens, a, b, frozenset({r"\leq", r"\geq", r"\in"})))
                if len(sides) == 2 and declared in self.found.gives:
                    mark = tokens[sides[1][2]].text
                    other = tuple(t.text for t in tokens[sides[1][0] : b])
                    if mark == r"\in" and declared.kind == "law":  # x_t \sim q(x_t | x_{t-1}), x_t \in \mathbb{R}^d
                        declared.samples, declared.kind, declared.text = declared.text, "real", other
                        spans[1] = (sides[1][0], b)
                    elif mark != r"\in":
                        declared.bound = (mark, other)
                    k += 1
                    continue
                raise self.fail(declared.line, "expected a range such as 'i = 1, \\dots, n'")
        declared.ranges = tuple(found)
        for limit in found:
            self.table.ranges.setdefault(limit.index, []).append(limit)
            if limit.index not in plain and self.table.named(limit.index) is None:
                self.table.value(limit.index, kind="index", mute=True, origin=0 if limit.starts_at_zero else 1)
        declared.pattern = pattern(declared.name, [limit.index for limit in found])
        missing = [limit for limit in found if Slot(limit.index) not in declared.pattern]
        if missing:
            raise self.fail(declared.line, f"the index '{key(missing[0].index)}' is not in the name")

    def lazy(self, parser: Parser, span: Span) -> Expr:
        """An expression that is read when it is first needed, after all names are known."""
        cache: list[Expr] = []

        def run(env: Env) -> Value:
            if not cache:
                cache.append(parser.sub(span).whole())
            return cache[0](env)

        self.pending.append((parser, span))
        return run

    def register(self, declared: Declared) -> None:
        """The name in scope, and the bare head of a family."""
        kind = {"function": "function"}.get(declared.kind, "family" if declared.ranges else "value")
        axes = axes_of(declared.pattern, declared.ranges)
        symbol = self.table.add(Symbol(declared.name, declared.pattern, declared.key, kind=kind, ranges=declared.ranges, axes=axes))
        symbol.mute = declared.name[0] == r"\nabla" and declared.kind == "function"
        self.found.symbols.append(symbol)
        if declared.kind == "tuple":
            tokens = read(declared.line)
            opening = next(k for k, t in enumerate(tokens) if t.text == "=") + 1
            if tokens[opening].text != "(":
                raise self.fail(declared.line, "expected a tuple of names")
            close = closing(tokens, opening, len(tokens))
            for a, b, _ in split(tokens, opening + 1, close, COMMA):
                name = tuple(t.text for t in tokens[a:b])
                declared.members += ((name, Domain(Reals())),)
                self.found.symbols.append(self.table.value(name))
            symbol.mute = True
        if declared.ranges:
            head = head_of(declared.pattern)
            if head and self.table.named(head) is None and all(d.name != head for d in self.found.where):
                self.table.add(Symbol(head, head, declared.key, kind="family", mute=True, subscripted="_" in declared.pattern[len(head) :], needs=frozenset({id(symbol)})))

    def sizes_of(self, declared: Declared, parser: Parser, spans: list[Span]) -> None:
        """The sizes in the ranges and the domain of a line."""
        for waiting, span in self.pending:
            self.find_sizes(waiting, span)
        self.pending.clear()
        self.find_sizes(parser, spans[1])

    def domain(self, declared: Declared, parser: Parser, spans: list[Span]) -> None:
        """The domain, once all names are known."""
        span = spans[1]
        if declared.kind == "real":
            declared.domain = read_domain(parser, span)
            base = declared.domain.base
            if (isinstance(base, Finite) and base.zero) or (isinstance(base, Integers) and base.low == 0):
                for symbol in self.found.symbols:
                    if symbol.name == declared.name:
                        symbol.origin = 0
        elif declared.kind == "function":
            declared.domain = read_function(parser, span)
            name = [t.text for t in parser.tokens[spans[0][0] : spans[0][1]]]
            if name[-1] == ")":
                marks = tuple(t for t in name if t in (",", ";", r"\mid"))
                declared.domain.separators = marks
                parser.pins[declared.key] = ("(", *marks)
            if declared.name[0] == r"\nabla":
                of = tuple(t for t in declared.name[1:])
                if declared.name[1] == "_":
                    of = declared.name[closing([Token(t, 0) for t in declared.name], 2, len(declared.name)) + 1 :]
                declared.domain.gradient_of = key(of)
        elif declared.kind == "subset":
            declared.universe = parser.sub(span).whole()
            if any(t.text == "0" for t in parser.tokens[span[0] : span[0] + 2]):
                for symbol in self.found.symbols:
                    if symbol.name == declared.name:
                        symbol.origin = 0
        elif declared.kind == "law":
            declared.law = parser.sub(span).whole()
            declared.law_text = declared.text
        elif declared.kind == "tuple":
            parts = [(a, b) for a, b, _ in split(parser.tokens, *span, frozenset({r"\times"}))]
            domains = [read_domain(parser, part) for part in parts]
            if len(domains) == 1 and len(domains[0].dims) == 1:
                domains = [Domain(domains[0].base)] * len(declared.members)
            if len(domains) != len(declared.members):
                raise self.fail(declared.line, f"expected {len(declared.members)} domains")
            declared.members = tuple((name, domain) for (name, _), domain in zip(declared.members, domains, strict=True))

    def find_sizes(self, parser: Parser, span: Span) -> None:
        """Letters in shapes and ranges that nothing declares are sizes."""
        tokens = parser.tokens
        k, end = span
        while k < end:
            text = tokens[k].text
            letter = (len(text) == 1 and text.isalpha()) or (bool(GREEK.fullmatch(text)) and text not in NOT_SIZES)
            found = self.table.find(tokens, k, end) if letter else None
            if found is not None:
                symbol, k = found[0], found[1]
                for argument in self.found.where:
                    whole = argument.kind == "real" and argument.text[:1] in ((r"\mathbb{N}",), ("2",)) and "{" not in argument.text
                    if argument.name == symbol.name and whole:
                        self.found.size_arguments.add(symbol.key)
                        symbol.mute = True
                continue
            if not letter:
                k = closing(tokens, k + 1, end) + 1 if text == "_" and k > span[0] and tokens[k - 1].text.startswith(r"\mathbb") else k + 1
                continue
            stop = k + 1
            while stop < end and tokens[stop].text in ("_", "^"):
                close = closing(tokens, stop + 1, end)
                if tokens[stop].text == "^" and [t.text for t in tokens[stop + 2 : close]] != [r"\prime"]:
                    break
                stop = close + 1
            name = tuple(t.text for t in tokens[k:stop])
            if name in self.new_names:
                self.in_ranges.add(name)
                k = stop
                continue
            slots = pattern(name, self.table.indices())
            if any(isinstance(part, Slot) for part in slots):
                base = name[0]
                slot = next(part for part in slots if isinstance(part, Slot))
                shape: Pattern = (base, "_", "{", slot, "}")
                letters = key(slot.index)
                self.table.add(Symbol((base, "_", "{", *slot.index, "}"), shape, f"size {base}", body=lambda env, b=base, i=letters: env["#sizes"][b, env[i]], mute=True))  # type: ignore[misc]
                continue
            self.found.sizes.append(name)
            self.table.value(name, mute=True)
            k = stop

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
        if formula and (formula[1] in self.found.formulas or "-" in formula[1]):
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

        def make(env: Env) -> Function:
            def run(*arguments: Value) -> Value:
                given: list[Any] = [Missing] * len(names)
                for place, argument in zip(order, arguments, strict=False):
                    given[place] = to_python(argument)
                for k, symbol in enumerate(rest):
                    if symbol is not None and given[k] is Missing:
                        given[k] = env["#python"].get(symbol.key, env.get(symbol.key, Missing))
                try:
                    return to_value(run_call(call, function, given, {}))
                except Missing as missing:
                    raise Mismatch(f"'{block.id}' needs the argument {missing}") from None
                except (ValueError, TypeError, IndexError, AttributeError) as problem:
                    raise Mismatch(f"'{block.id}' does not take this: {problem}") from None

            return Function(run, tuple(ranks[k] for k in order))

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
                result = run_call(call, function, given, {})
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


def head_of(pattern: Pattern) -> Name:
    """The bare name of a family: x of x_i and x_{(i, j)}, k of k(m, n), E_{\\text{token}} of E_{\\text{token}, i}; empty where the indices stand elsewhere."""
    first = next((k for k, part in enumerate(pattern) if isinstance(part, Slot)), 0)
    if first < 2 or any(not isinstance(part, Slot) and part not in (",", "{", "}", "(", ")", "_", "^") for part in pattern[first:]):
        return ()
    cut = first
    while cut > 1 and pattern[cut - 1] in ("(", "{", "_"):
        cut -= 1
    if cut > 2 and pattern[cut - 1] == ",":
        return tuple(str(part) for part in pattern[: cut - 1]) + ("}",)
    return tuple(str(part) for part in pattern[:cut])


def grouped(pattern: Pattern) -> list[int]:
    """How many indices stand in each bracket of ``C_{(i, j), (p, q)}``; empty where they stand in none."""
    sizes, inside = [], False
    for k, part in enumerate(pattern):
        if part == "(" and k > 1 and pattern[k - 1] in ("{", ",") and isinstance(pattern[k + 1], Slot):
            inside = True
            sizes.append(0)
        elif part == ")":
            inside = False
        elif isinstance(part, Slot):
            if not inside:
                return []
            sizes[-1] += 1
    return sizes


def stacked(symbol: Symbol, table: Table) -> Expr:
    """All members of a definition as one column or matrix: its value under the bare name."""
    value = lookup(symbol)
    ranges = [table.range_of(slot.index) for slot in symbol.slots]
    groups = grouped(symbol.pattern) or [1] * len(ranges)

    def build(env: Env) -> Value:
        lists = [list(r.values(env)) for r in ranges if r is not None]
        items = [value(env, index) for index in itertools.product(*lists)]
        if all(isinstance(item, np.ndarray) and item.ndim == 2 and item.shape[1] == 1 for item in items) and len(lists) == 1:
            return np.concatenate([item.T for item in items])
        if len(groups) > 2 or any(not isinstance(item, (int, float)) for item in items):
            raise Mismatch(f"'{symbol.key}' needs its index")
        lengths = [len(values) for values in lists]
        rows = math.prod(lengths[: groups[0]])
        return np.asarray(items, dtype=float).reshape(rows, -1 if len(groups) > 1 else 1)

    return build


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
    indices = [
        tuple(t.text for t in tokens[a:b]) for x, y, _ in split(tokens, 0, len(tokens), COMMA) for a, b, _ in [next(split(tokens, x, y, frozenset({"="})))] if b < y
    ]
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


def read_declarations(block: Block, formulas: Formulas) -> Declarations:
    """All declarations of a block; FormulaError with file and line where one cannot be read."""
    return DeclarationReader(block, formulas).read()


__all__ = ["Declared", "Declarations", "read_declarations", "FiniteLaw", "lookup", "match"]
