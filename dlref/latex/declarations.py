"""The lines under ``where``, ``gives`` and ``with``: what each name is, what it may be, and how a draw fills it.

The grammar is in the package's documentation; one declaration a line, LaTeX throughout.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dlref.latex.declared import Declarations, Declared, Formulas
from dlref.latex.docstring import Block, FormulaError
from dlref.latex.domains import Domain, Finite, Integers, Reals, read_domain, read_function
from dlref.latex.evaluate import Parser
from dlref.latex.names import Name, Pattern, Range, Slot, Span, Symbol, axes_of, closing, head_of, key, pattern, split
from dlref.latex.reader import LatexError, Token, read
from dlref.latex.uses import UseReader, defined_name, is_range

COMMA = frozenset({","})
GREEK = re.compile(r"\\[a-zA-Z]+")
NOT_SIZES = frozenset(
    r"\times \text \Delta \log \dots \in \sim \subseteq \rightarrow \setminus \cdot \lfloor \rfloor \lceil \rceil \frac \sqrt \min \max \infty \mid \leq \geq \neq \pi \prime \top \{ \} \delta".split()
)


class DeclarationReader(UseReader):
    """Reads the lines of one block."""

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
                symbol.closed = symbol.lasting = not deep and free <= {slot.index for slot in symbol.slots}
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


def read_declarations(block: Block, formulas: Formulas) -> Declarations:
    """All declarations of a block; FormulaError with file and line where one cannot be read."""
    return DeclarationReader(block, formulas).read()
