"""Wrong versions of a formula, to see whether the check notices.

``latex_mutants`` applies each operator at each place of a formula. The operators know what the names of the formula stand for, so that most mutants are mistakes which
somebody could make and not notice: another variable of the same kind, a factor less, two indices exchanged. ``random_mutants`` edits tokens without knowing anything.
Mutants are texts; judging them is the business of :mod:`dlref.latex.check`, the run over many of them that of :mod:`dlref.latex.mutation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dlref.latex.check import Prepared
from dlref.latex.names import CLOSED, OPENING, Span, Symbol, Table, closing
from dlref.latex.reader import ACCENTS, CLOSING, LatexError, Token, read, texts

SWAPPED = ((r"\max", r"\min"), (r"\sum", r"\prod"), (r"\log", r"\exp"), (r"\sin", r"\cos"), (r"\lfloor", r"\lceil"), (r"\rfloor", r"\rceil"))
EXCHANGED = {one: other for a, b in SWAPPED for one, other in ((a, b), (b, a))}
RELATIONS = {
    r"\leq": (r"\geq", "<"), r"\geq": (r"\leq", ">"), "<": (">", r"\leq"), ">": ("<", r"\geq"), r"\neq": ("=",), "=": (r"\leftarrow", r"\leq"), r"\leftarrow": ("=",),
    r"\in": (r"\notin",), r"\notin": (r"\in",), r"\sim": ("=",),
}  # fmt: skip
PRODUCTS = {r"\odot": ("", "+"), r"\circ": ("",), "*": (r"\odot",), r"\star": (r"\odot",), r"\cdot": ("+",), r"\times": ("+",), "/": ("",)}
FUNCTIONS = frozenset(r"\log \exp \sin \cos \tanh \det \Phi".split())
BIG = frozenset(r"\sum \prod \max \min \sup \inf \arg \forall \mathbb{E}".split())
SEPARATORS = frozenset({*RELATIONS, ":", ";", ",", "&", "!", r"\\", r"\mid", r"\rightarrow", r"\subseteq", r"\setminus", r"\iff", r"\dots", r"\exists"})
BARE = frozenset(r"\frac \sqrt \top \prime".split())  # no symbols, though they are spelled in letters
BARS = frozenset({"|", r"\|"})
FRESH = ("q", "v", r"\omega")  # symbols that a formula hardly has
OTHERS = 3  # how many other symbols are put in a symbol's place
EDITS = ("delete", "double", "exchange", "replace", "insert")


@dataclass(frozen=True)
class Mutant:
    """A changed formula and the operator that changed it."""

    operator: str
    latex: str


def latex_mutants(prepared: Prepared) -> list[Mutant]:
    """Every operator at every place: each text once, and none that reads as the formula itself."""
    return _distinct(Layout.of(prepared).changes(), prepared.tokens)


def random_mutants(prepared: Prepared, rng: np.random.Generator, count: int) -> list[Mutant]:
    """Seeded edits, one or two at a time: half of them of single tokens, half of whole pieces such as a fraction or a bracket."""

    def edits() -> Iterator[tuple[str, tuple[str, ...]]]:
        for number in range(4 * count):
            changed = prepared.tokens
            for _ in range(int(rng.integers(1, 3))):
                try:
                    changed = _edit_piece(Layout.of(prepared, changed), rng) if number % 2 else _edit_token(changed, rng)
                except LatexError:  # the first edit left nothing to lay out
                    break
            yield "random edit of pieces" if number % 2 else "random edit of tokens", changed

    return _distinct(edits(), prepared.tokens, count)


def _edit_token(tokens: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """One token deleted, doubled, exchanged with another, replaced or inserted."""
    changed = list(tokens)
    vocabulary = sorted(set(tokens) - {"{", "}"}) or ["x"]
    i, j = (int(k) for k in rng.integers(len(changed), size=2))
    edit, other = EDITS[int(rng.integers(len(EDITS)))], vocabulary[int(rng.integers(len(vocabulary)))]
    if edit == "delete" and len(changed) > 1:
        del changed[i]
    elif edit == "double":
        changed.insert(i, changed[i])
    elif edit == "exchange":
        changed[i], changed[j] = changed[j], changed[i]
    elif edit == "replace":
        changed[i] = other
    elif edit == "insert":
        changed.insert(i, other)
    return tuple(changed)


def _edit_piece(layout: Layout, rng: np.random.Generator) -> tuple[str, ...]:
    """One piece deleted, doubled, exchanged with another, replaced by another, or followed by another."""
    pieces = [piece for row in layout.rows for piece in row.pieces if piece.factor]
    one, other = (pieces[int(k)] for k in rng.integers(len(pieces), size=2))
    text = layout.text(other.start, other.end)
    edit = EDITS[int(rng.integers(len(EDITS)))]
    if edit == "delete":
        return layout.put(one.start, one.end)
    if edit == "double":
        return layout.put(one.end, one.end, *layout.text(one.start, one.end))
    if edit == "exchange" and (one.end <= other.start or other.end <= one.start):
        first, second = sorted((one, other), key=lambda piece: piece.start)
        return layout.exchange((first.start, first.end), (second.start, second.end))
    if edit == "insert":
        return layout.put(one.end, one.end, *text)
    return layout.put(one.start, one.end, *text)


def _distinct(changes: Iterator[tuple[str, tuple[str, ...]]], tokens: tuple[str, ...], count: int | None = None) -> list[Mutant]:
    """The changed texts that a reader can tell from the formula and from one another."""
    seen = {tokens}
    found: list[Mutant] = []
    for operator, changed in changes:
        latex = " ".join(changed)
        try:
            normal = texts(latex)
        except LatexError:  # what cannot be read is another formula
            normal = changed
        if normal not in seen:
            seen.add(normal)
            found.append(Mutant(operator, latex))
            if len(found) == count:
                break
    return found


# ---- the layout of a formula


@dataclass(frozen=True)
class Piece:
    """What stands side by side in a row: a name, a bracket, a fraction …, with its scripts."""

    kind: str  # name, number, call, function, big, group, bars, fraction, root, accent, environment, sign, product, mark
    start: int
    base: int  # end without the scripts that are no part of a name
    end: int
    symbol: Symbol | None = None
    slots: tuple[Span, ...] = ()

    @property
    def factor(self) -> bool:
        return self.kind not in ("sign", "product", "mark")


@dataclass(frozen=True)
class Row:
    """Pieces on one level: the formula, or the inside of a bracket, of a script, of a cell …"""

    kind: str  # formula, group, call, script, slot, fraction, environment
    pieces: tuple[Piece, ...]
    left: bool = False  # whether the row is part of a left side

    def segments(self) -> list[list[Piece]]:
        """The expressions between relations and separators."""
        out: list[list[Piece]] = [[]]
        for piece in self.pieces:
            if piece.kind == "mark":
                out.append([])
            else:
                out[-1].append(piece)
        return [segment for segment in out if segment]


def terms(segment: Sequence[Piece]) -> list[list[Piece]]:
    """The terms of an expression, each with its sign, if it has one, as first piece."""
    out: list[list[Piece]] = [[]]
    for piece in segment:
        if piece.kind == "sign" and out[-1]:
            out.append([])
        out[-1].append(piece)
    return out


@dataclass
class Layout:
    """The rows of a formula, and the operators on them."""

    tokens: tuple[Token, ...]
    table: Table
    ranks: dict[str, object] = field(default_factory=dict)  # what tells names of one kind from others
    rows: list[Row] = field(default_factory=list)
    commuting: set[tuple[Span, Span]] = field(default_factory=set)  # numbers beside one another in a product, terms in a sum: no mistake

    @classmethod
    def of(cls, prepared: Prepared, text: Sequence[str] = ()) -> Layout:
        """The layout of a formula, or of another text with the same names."""
        tokens = read(" ".join(text or prepared.tokens))
        if prepared.statement:
            layout = cls(tokens, Table())
        else:
            found = prepared.found
            ranks: dict[str, object] = {declared.key: getattr(declared.domain, "rank", declared.kind) for declared in [*found.where, *prepared.plan.gives]}
            ranks |= {" ".join(size): "size" for size in found.sizes}
            layout = cls(tokens, prepared.formula.table, ranks)
        layout.read((0, len(tokens)), "formula")
        return layout

    # ---- reading

    def text(self, start: int, end: int) -> tuple[str, ...]:
        return tuple(token.text for token in self.tokens[start:end])

    def close(self, start: int) -> int:
        """The place behind the bracket or group that opens here."""
        return closing(self.tokens, start, len(self.tokens)) + 1

    def read(self, span: Span, kind: str, left: bool = False) -> None:
        """The row of a span, and all rows inside."""
        pieces = self.pieces(span)
        row = Row(kind, pieces, left)
        self.rows.append(row)
        first = next((piece.start for piece in pieces if piece.kind == "mark"), -1)
        for piece in pieces:
            self.inside(piece, left or kind == "formula" and piece.start < first)

    def pieces(self, span: Span) -> tuple[Piece, ...]:
        out = []
        k = span[0]
        while k < span[1]:
            out.append(self.piece(k, span[1]))
            k = out[-1].end
        return tuple(out)

    def piece(self, k: int, end: int) -> Piece:
        """What begins at a place of a row."""
        text = self.tokens[k].text
        found = self.table.find(self.tokens, k, end, results=False) if text not in OPENING else None
        if text in SEPARATORS or text.startswith(r"\text{"):
            return Piece("mark", k, k + 1, k + 1)
        if text in ("+", "-"):
            return Piece("sign", k, k + 1, k + 1)
        if text in PRODUCTS:
            return Piece("product", k, k + 1, k + 1)
        if found is not None:
            symbol, stop, slots = found
            if symbol.kind == "function" and stop < end and self.tokens[stop].text in ("(", r"\{"):
                return self.scripted("call", k, self.close(stop), end, symbol, ((k, stop),))
            return self.scripted("name", k, stop, end, symbol, slots)
        if text in FUNCTIONS or text.startswith(r"\operatorname"):
            if k + 1 < end and self.tokens[k + 1].text == "(":
                return self.scripted("call", k, self.close(k + 1), end, None, ((k, k + 1),))
            return self.scripted("function", k, k + 1, end)
        if text in (r"\max", r"\min") and k + 1 < end and self.tokens[k + 1].text == "(":
            return self.scripted("call", k, self.close(k + 1), end, None, ((k, k + 1),))
        if text in BIG:
            return self.scripted("big", k, k + 1, end)
        if text in OPENING:
            return self.scripted("environment" if text.startswith(r"\begin") else "group", k, self.close(k), end)
        if text in BARS:
            depth = 0
            for j in range(k + 1, end):
                depth += (self.tokens[j].text in OPENING) - (self.tokens[j].text in CLOSED)
                if depth == 0 and self.tokens[j].text == text:
                    return self.scripted("bars", k, j + 1, end)
            return Piece("mark", k, k + 1, k + 1)
        if text == r"\frac":
            return self.scripted("fraction", k, self.close(self.close(k + 1)), end)
        if text == r"\sqrt" or text in ACCENTS:
            return self.scripted("root" if text == r"\sqrt" else "accent", k, self.close(k + 1), end)
        return self.scripted("number" if text[0].isdigit() else "name", k, k + 1, end)

    def scripted(self, kind: str, start: int, base: int, end: int, symbol: Symbol | None = None, slots: tuple[Span, ...] = ()) -> Piece:
        stop = base
        while stop < end and self.tokens[stop].text in ("_", "^"):
            stop = self.close(stop + 1)
        return Piece(kind, start, base, stop, symbol, slots)

    def inside(self, piece: Piece, left: bool) -> None:
        """The rows inside a piece."""
        start, base = piece.start, piece.base
        if piece.kind == "name":
            for slot in piece.slots:
                self.read(slot, "slot", left)
        elif piece.kind in ("group", "bars"):
            self.read((start + 1, base - 1), "group", left)
        elif piece.kind == "call":
            self.read((piece.slots[0][1] + 1, base - 1), "call", left)
        elif piece.kind == "fraction":
            middle = self.close(start + 1)
            self.read((start + 2, middle - 1), "fraction", left)
            self.read((middle + 1, base - 1), "fraction", left)
        elif piece.kind == "root":
            self.read((start + 2, base - 1), "group", left)
        elif piece.kind == "environment":
            self.read((start + 1, base - 1), "formula" if "aligned" in self.tokens[start].text else "environment", left)
        k = base
        while k < piece.end:
            stop = self.close(k + 1)
            self.read((k + 2, stop - 1), "script", left)
            k = stop

    # ---- changing

    def put(self, start: int, end: int, *new: str) -> tuple[str, ...]:
        """The formula with other tokens between two places."""
        return (*self.text(0, start), *new, *self.text(end, len(self.tokens)))

    def exchange(self, one: Span, other: Span) -> tuple[str, ...]:
        """The formula with two spans in each other's place, the first of them standing before the second."""
        return (*self.text(0, one[0]), *self.text(*other), *self.text(one[1], other[0]), *self.text(*one), *self.text(other[1], len(self.tokens)))

    def changes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in self.rows:
            yield from self.row(row)
            for piece in row.pieces:
                yield from self.change(piece, row)
        yield from self.names()
        yield from self.anywhere()

    def row(self, row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operators on terms, factors, arguments and clauses."""
        parts = self.parts(row)
        for (a, b), (c, d) in pairwise(parts):
            if row.kind in ("call", "group", "script", "environment"):
                yield "swap arguments", self.exchange((a, b), (c, d))
            else:
                yield "drop a clause", self.put(a, c)
                if (c, d) == parts[-1]:
                    yield "drop a clause", self.put(b, d)
        for segment in row.segments():
            found = terms(segment)
            if row.kind not in ("slot", "script") and not row.left and segment[0].kind not in ("sign", "environment") and self.text(segment[0].start, segment[-1].end) != ("0",):
                yield "flip a sign", self.put(segment[0].start, segment[0].start, "-")
            for k, term in enumerate(found):
                sign = term[0] if term[0].kind == "sign" else None
                if sign is not None:
                    yield "flip a sign", self.put(sign.start, sign.end, "-" if self.tokens[sign.start].text == "+" else "+") if k else self.put(sign.start, sign.end)
                    if k and len(term) > 1 and term[1].kind != "number":
                        yield "drop a sign", self.put(sign.start, sign.end)
                if len(found) > 1:
                    after = found[k + 1][0] if k + 1 < len(found) else None
                    plus = k == 0 and after is not None and self.tokens[after.start].text == "+"
                    yield "drop a term", self.put(term[0].start, after.end if plus and after is not None else term[-1].end)
                yield from self.term([piece for piece in term if piece.kind != "sign"], row)
            for one, other in pairwise(found):
                if [piece.kind for piece in (*one, *other)] in (["name", "sign", "name"], ["sign", "name", "sign", "name"]):
                    signs = [self.tokens[term[0].start].text if term[0].kind == "sign" else "+" for term in (one, other)]
                    if signs[0] == signs[1]:
                        self.commuting.add(((one[-1].start, one[-1].end), (other[-1].start, other[-1].end)))
                if self.tokens[other[0].start].text == "-" and one[0].kind != "sign" and len(other) > 1:
                    yield "swap operands", self.exchange((one[0].start, one[-1].end), (other[1].start, other[-1].end))

    def parts(self, row: Row) -> list[Span]:
        """The spans between commas and between rows; nothing where there is only one."""
        breaks = [p for p in row.pieces if p.kind == "mark" and self.tokens[p.start].text in (",", ";", r"\mid", r"\\", "&")]
        if not breaks or any(self.tokens[p.start].text == r"\dots" for p in row.pieces):
            return []
        starts = [row.pieces[0].start, *(p.end for p in breaks)]
        return [(a, b) for a, b in zip(starts, [*(p.start for p in breaks), row.pieces[-1].end], strict=True) if a < b]

    def term(self, term: list[Piece], row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operators on the factors of a term."""
        factors = [piece for piece in term if piece.factor and piece.kind != "big"]
        for k, piece in enumerate(term):
            before = term[k - 1] if k else None
            after = term[k + 1] if k + 1 < len(term) else None
            if piece.kind == "big" and after is not None and self.tokens[piece.start].text != r"\forall":
                yield "drop a function", self.put(piece.start, piece.end)
            elif piece.factor and len(factors) > 1 and not (before is not None and before.kind == "function"):
                # The mark of the product goes with the factor.
                end = after.end if after is not None and after.kind == "product" and (before is None or before.kind == "big") else piece.end
                start = before.start if before is not None and before.kind == "product" else piece.start
                yield "drop a factor", self.put(start, end)
            if piece.kind == "product":
                for new in PRODUCTS[self.tokens[piece.start].text]:
                    yield "exchange a product", self.put(piece.start, piece.end, *filter(None, [new]))
            if piece.factor and after is not None and after.factor and self.wide(piece) and self.wide(after) and row.kind != "slot":
                yield "exchange a product", self.put(piece.end, piece.end, r"\odot")
        for one, other in pairwise(factors):
            if self.number(one) or self.number(other):
                self.commuting.add(((one.start, one.end), (other.start, other.end)))
            elif "function" not in (one.kind, other.kind):
                yield "swap two factors", self.exchange((one.start, one.end), (other.start, other.end))

    def number(self, piece: Piece) -> bool:
        """Whether a piece is known to be a number, which may stand anywhere in a product."""
        if piece.kind == "name":
            return self.sort(piece) in (0, "size", "index")
        if piece.kind in ("fraction", "root", "group"):
            inside = (piece.start + 1, piece.base - (piece.kind == "group"))
            return all(self.number(inner) for inner in self.pieces(inside) if inner.factor)
        return piece.kind in ("number", "bars")

    def wide(self, piece: Piece) -> bool:
        """Whether a piece may be a column or a matrix."""
        return piece.kind in ("group", "call") or piece.kind == "name" and self.sort(piece) in (1, 2, None)

    def change(self, piece: Piece, row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operators on a single piece."""
        start, base, end = piece.start, piece.base, piece.end
        text = self.tokens[start].text
        if piece.kind == "mark" and row.kind != "script":
            for new in RELATIONS.get(text, ()):
                yield "exchange a relation", self.put(start, end, new)
        if piece.kind == "call":
            opening = piece.slots[0][1]
            yield "drop a function", self.put(start, opening)
            if text in (r"\max", r"\min"):
                yield "drop a function", self.put(start, base, *self.text(opening + 1, base - 1))
        if piece.kind == "function":
            yield "drop a function", self.put(start, base)
        if piece.kind == "fraction":
            middle = self.close(start + 1)
            yield "invert a fraction", self.exchange((start + 1, middle), (middle, base))
            yield "drop a denominator", self.put(start, base, "(", *self.text(start + 2, middle - 1), ")")
            yield "drop a numerator", self.put(start + 2, middle - 1, "1")
        if piece.kind == "root":
            yield "drop a root", self.put(start, base, "(", *self.text(start + 2, base - 1), ")")
        if piece.kind == "bars":
            yield "drop a norm", self.put(start, base, "(", *self.text(start + 1, base - 1), ")")
        if piece.kind == "group" and text == "(":
            yield "drop brackets", self.put(start, base, *self.text(start + 1, base - 1))
        if text in EXCHANGED and text not in CLOSING:
            yield "exchange a function", self.put(start, start + 1, EXCHANGED[text])
        if text in (r"\lfloor", r"\lceil"):
            yield "exchange a function", self.put(start, base, EXCHANGED[text], *self.text(start + 1, base - 1), EXCHANGED[self.tokens[base - 1].text])
            yield "drop a function", self.put(start, base, "(", *self.text(start + 1, base - 1), ")")
        if piece.kind == "big" and base < end and row.kind != "script":
            last = self.text(base, end)
            if "^" in last:
                yield "shift an index", self.put(end - 1, end - 1, "-", "1")
        if row.kind == "slot" and len(row.pieces) == 1 and piece.kind == "name":
            yield "shift an index", self.put(end, end, "+", "1")
            yield "shift an index", self.put(end, end, "-", "1")
        if piece.kind == "name" and len(piece.slots) > 1:
            for one, other in pairwise(piece.slots):
                yield "swap indices", self.exchange(one, other)
        if piece.kind == "accent" and "accent" not in row.kind:
            yield "drop an accent", self.put(start, base, *self.text(start + 2, base - 1))
        if piece.kind == "name" and self.sort(piece) in (1, 2, None) and self.tokens[base - 1].text != r"\top" and row.kind not in ("slot", "script"):
            yield "add a transpose", self.put(end, end, "^", "{", r"\top", "}")

    def sort(self, piece: Piece) -> object:
        """What tells a name from names of another kind: the rank of its value, or that it is an index, a size, a function."""
        symbol = piece.symbol
        if symbol is None:
            return "unknown"
        if symbol.kind in ("index", "function"):
            return symbol.kind
        return self.ranks.get(symbol.key.removesuffix(" (defined)"))

    def names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operators that put one name in the place of another."""
        places: list[tuple[Span, object, Row]] = []
        for row in self.rows:
            for piece in row.pieces:
                if piece.kind == "name" and piece.symbol is not None:
                    places.append(((piece.start, piece.base), self.sort(piece), row))
                elif piece.kind == "call" and piece.symbol is not None:
                    places.append((piece.slots[0], "function", row))
        places.sort(key=lambda place: place[0])
        known: dict[tuple[str, ...], object] = {}
        for span, sort, _ in places:
            known.setdefault(self.text(*span), sort)
        fresh = next(symbol for symbol in FRESH if symbol not in self.text(0, len(self.tokens)))
        last = {self.text(*span): span for span, _, _ in places}
        for k, (span, sort, row) in enumerate(places):
            mine = self.text(*span)
            others = [name for name, kind in known.items() if name != mine and kind == sort]
            if not others:
                near = ("index", "size", 0) if sort in ("index", "size") else (0, 1, 2, None)
                others = [name for name, kind in known.items() if name != mine and kind in near and sort != "function"]
            for j in range(min(OTHERS, len(others))):
                yield "replace a symbol", self.put(*span, *others[(k + j) % len(others)])
            if last[mine] == span:
                yield "put a fresh symbol", self.put(*span, fresh)
            alike = next((other for other, kind, _ in places[k + 1 :] if kind == sort and other[0] >= span[1] and self.text(*other) != mine), None)
            beside = next((other for other, _, around in places[k + 1 :] if around is row and other[0] >= span[1] and self.text(*other) != mine), None)
            for other in dict.fromkeys((alike, beside)):
                if other is not None and (span, other) not in self.commuting:
                    yield "swap two symbols", self.exchange(span, other)

    def anywhere(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operators on single tokens, wherever they stand."""
        for i, token in enumerate(self.tokens):
            text = token.text
            if text[0].isdigit():
                value = float(text) if "." in text else int(text)
                yield "change a constant", self.put(i, i + 1, f"{value + 1}")
                yield "change a constant", self.put(i, i + 1, f"{value - 1}" if value >= 1 else "2")
            if text in ("_", "^"):
                yield "drop a transpose" if self.text(i + 1, i + 4) == ("{", r"\top", "}") else "drop a script", self.put(i, self.close(i + 1))
            if len(text) > 5 and text.endswith("}") and text.split("{")[0] in ACCENTS:
                yield "drop an accent", self.put(i, i + 1, text[text.index("{") + 1 : -1])
            alone = i and self.tokens[i - 1].text in OPENING and i + 1 < len(self.tokens) and self.tokens[i + 1].text in CLOSED
            letter = text[0].isalpha() or text[0] == "\\" and text[1:].isalpha() and text not in {*SEPARATORS, *PRODUCTS, *FUNCTIONS, *BIG, *BARE}
            if letter and not alone:
                yield "drop a symbol", self.put(i, i + 1)
