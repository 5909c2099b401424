"""The page of results, ``/// data | verification``: what ``docs/data/verification.json`` says of each formula, and whether it still holds.

A result belongs to the sources that it was found with. ``source_hash`` is computed from text alone; where it differs from the one in the file, the row says so.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString

from dlref.latex.docstring import Block
from dlref.site.book import Book, BookError
from dlref.site.page import PageState, anchor, autoref

FILE = Path("docs") / "data" / "verification.json"
COLUMNS = ("draws", "deviation", "oracle", "killed", "code")
LIBRARIES = {"pytorch": "PyTorch", "scipy": "SciPy", "scikit_learn": "scikit-learn", "numpy": "NumPy", "jax": "JAX"}
# The name of a test that compares with an outside library: …_are_those_of_pytorch, …_finds_what_scipy_finds; not …_is_not_…, …_parts_from_….
AGAINST = re.compile(rf"(?:_is|_are|_has|_have|_finds|_gives)_.*(?:of|what|where)_(?:{'|'.join(LIBRARIES)})")


@dataclass(frozen=True)
class Result:
    """What was found about one formula."""

    block: Block
    found: dict[str, Any] | None  # its entry in the file; None where it has none
    oracles: tuple[str, ...]

    @property
    def statement(self) -> bool:
        return self.block.call == "statement"

    @cached_property
    def current(self) -> bool:
        """Whether the sources are those that the result was found with."""
        return self.found is not None and bool(self.found.get("source") == source_hash(self.block))

    def tally(self, *kinds: str) -> tuple[int, int]:
        """(killed, all) of the mutants of these kinds."""
        parts = [self.found[kind] for kind in kinds if self.found and kind in self.found]
        killed = sum(sum(part["killed"].values()) for part in parts)
        return killed, killed + sum(part["alive"] for part in parts)

    @property
    def survivors(self) -> list[dict[str, str]]:
        return list(self.found.get("survivors", [])) if self.found else []


def read_results(book: Book) -> dict[str, Any]:
    """The file, or an empty one where nothing has been verified yet."""
    path = book.root / FILE
    if not path.is_file():
        return {"formulas": {}}
    try:
        return dict(json.loads(path.read_text(encoding="utf8")))
    except json.JSONDecodeError as error:
        raise BookError(f"{path}:{error.lineno}: {error.msg}") from None


def results(book: Book) -> list[Result]:
    """The results in the order of the book; formulas that it does not show yet come last."""
    found, outside = read_results(book)["formulas"], oracles(book.root)
    order = {id_: k for k, id_ in enumerate(book.appearances)}

    def place(id_: str) -> int:
        shown = book.aliases.get(id_, id_)
        return order.get(shown, len(order))

    return [Result(book.formulas[id_], found.get(id_), outside.get(book.formulas[id_].name, ())) for id_ in sorted(book.formulas, key=place)]


def source_hash(block: Block) -> str:
    """A hash of all that a formula's results depend on, the checker aside: its block and the code behind it, without remarks and docstrings."""
    defined = _definitions(block.path, block.path.stat().st_mtime_ns)
    waiting = [block.function, *re.findall(r"\w+", block.call or "")]
    code: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in defined and name not in code:
            code[name] = defined[name].code
            waiting += defined[name].used
    parts = [block.id, block.latex, block.where, block.gives, block.uses, block.call, sorted(code.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Definition:
    """A function or a class of a file: its code without the docstring, and the names that it uses."""

    code: str
    used: list[str]
    is_class: bool


@lru_cache(maxsize=64)
def _definitions(path: Path, time: int) -> dict[str, Definition]:
    """The functions and classes of a file by name."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            used = names(node)
            node.body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            found[node.name] = Definition(ast.dump(node), used, isinstance(node, ast.ClassDef))
    return found


def oracles(root: Path) -> dict[str, tuple[str, ...]]:
    """The outside libraries whose values the tests compare each function's with, by the function's full name."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").glob("test_*.py")):
        module = path.stem.removeprefix("test_")
        source = root / "dlref" / f"{module}.py"
        defined = _definitions(source, source.stat().st_mtime_ns) if source.is_file() else {}
        for name, libraries in _comparisons(path, path.stat().st_mtime_ns):
            # A class is tested for the functions that it uses: an optimizer for its step.
            for each in [name, *(defined[name].used if name in defined and defined[name].is_class else [])]:
                known = found.setdefault(f"dlref.{module}.{each}", [])
                known += [library for library in libraries if library not in known]
    return {name: tuple(libraries) for name, libraries in found.items()}


@lru_cache(maxsize=64)
def _comparisons(path: Path, time: int) -> list[tuple[str, list[str]]]:
    """(name, libraries) for each name that stands in a test against outside libraries, or in a constant that the test uses."""
    body = ast.parse(path.read_text(encoding="utf8")).body
    targets = [(target, node) for node in body if isinstance(node, ast.Assign | ast.AnnAssign) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    constants = {target.id: names(node) for target, node in targets if isinstance(target, ast.Name)}
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef) and AGAINST.search(node.name) and "_not_" not in node.name:
            libraries = [title for word, title in LIBRARIES.items() if word in node.name]
            used = names(node)
            found += [(name, libraries) for name in dict.fromkeys([*used, *(inner for name in used for inner in constants.get(name, []))])]
    return found


def names(node: ast.AST) -> list[str]:
    """The names in a piece of code."""
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]


# ---- the page


def build(block: Element, state: PageState, store: Callable[[str], str]) -> None:
    """The totals and the table; ``store`` keeps HTML out of Markdown's way."""
    found = results(state.book)
    _totals(SubElement(block, "ul"), state, found)
    labels = state.labels
    table = SubElement(SubElement(block, "div", {"class": "dl-table", "tabindex": "0", "role": "group", "aria-label": labels["verification"]}), "table")
    head = SubElement(SubElement(table, "thead"), "tr")
    for title in ("formula", *COLUMNS):
        SubElement(head, "th", {"scope": "col"}).text = labels[title]
    body = SubElement(table, "tbody")
    for result in found:
        _row(SubElement(body, "tr"), state, result)
        if result.survivors:
            below = SubElement(body, "tr", {"class": "dl-survivors", "data-search-exclude": ""})
            _survivors(SubElement(below, "td", {"colspan": str(1 + len(COLUMNS))}), state, result, store)


def _totals(listing: Element, state: PageState, found: list[Result]) -> None:
    """What the table adds up to, in sentences."""
    known = [result for result in found if result.found]
    killed, mutants = _sum(known, "mutants")
    killed_edits, edits = _sum(known, "edits")
    killed_code, code = _sum(known, "code")
    numbers = {
        "formulas": len(found),
        "statements": sum(result.statement for result in found),
        "draws": sum(result.found["trials"] for result in known if result.found),
        "deviation": max((result.found["deviation"] for result in known if result.found), default=0.0),
        "mutants": mutants,
        "killed": killed,
        "edits": edits,
        "killed_edits": killed_edits,
        "code": code,
        "killed_code": killed_code,
    }
    file = read_results(state.book)
    if "version" in file:
        SubElement(listing, "li").text = state.labels["total version"].format(**file)
    for key in ("total formulas", "total draws", "total mutants", "total edits", "total code"):
        item = SubElement(listing, "li")
        words = {name: f"{number:,}" for name, number in numbers.items() if isinstance(number, int)}
        item.text, mark, rest = state.labels[key].format(**words, deviation="\0").partition("\0")
        if mark:
            _power(item, float(numbers["deviation"]), rest)
    if "code" in file:
        once = file["code"]
        reasons = [f"{state.labels[f'reason {reason}']} {count:,}" for reason, count in sorted(once["reasons"].items(), key=lambda pair: -pair[1])]
        counts = {name: f"{count:,}" for name, count in once.items() if name != "reasons"}
        SubElement(listing, "li").text = state.labels["total once"].format(**counts) + state.labels["semicolon"].join(reasons) + state.labels["stop"]
    kinds: dict[str, int] = {}
    for result in known:
        for kind, count in (result.found or {}).get("mutants", {}).get("killed", {}).items():
            kinds[kind] = kinds.get(kind, 0) + count
    if kinds:
        item = SubElement(listing, "li")
        item.text = state.labels["total kinds"]
        for k, (kind, count) in enumerate(sorted(kinds.items(), key=lambda pair: -pair[1])):
            code_ = SubElement(item, "code")
            code_.text = kind
            code_.tail = f" {count:,}" + (state.labels["comma"] if k + 1 < len(kinds) else state.labels["stop"])


def _sum(found: list[Result], kind: str) -> tuple[int, int]:
    tallies = [result.tally(kind) for result in found]
    return sum(killed for killed, _ in tallies), sum(total for _, total in tallies)


def _row(row: Element, state: PageState, result: Result) -> None:
    block, labels = result.block, state.labels
    first = SubElement(row, "th", {"scope": "row"})
    anchor(first, f"verify-{block.id}")
    target = state.book.aliases.get(block.id, block.id)
    appearance = state.book.appearances.get(target)
    if appearance is not None:
        autoref(first, f"eq-{target}", f"({appearance.number})").tail = " "
    SubElement(first, "code").text = block.id
    if not result.current:
        SubElement(first, "strong", {"class": "dl-stale"}).text = labels["stale" if result.found else "unverified"]
    # Where the page is narrow, each number stands with its title.
    draws, deviation, oracle, killed, code = (SubElement(row, "td", {"data-title": labels[title]}) for title in COLUMNS)
    oracle.text = "" if result.oracles else "–"
    for k, library in enumerate(result.oracles):
        name = SubElement(oracle, "span", {"class": "dl-hold"})
        name.text, name.tail = library, labels["comma"] if k + 1 < len(result.oracles) else ""
    if result.found is None or result.statement:
        draws.text = labels["statement"] if result.statement else "–"
        deviation.text = killed.text = code.text = "–"
    if result.found is None:
        return
    if not result.statement:
        draws.text = f"{result.found['trials']:,}"
        _power(deviation, float(result.found["deviation"]))
        dead, total = result.tally("code")
        code.text = f"{dead:,} / {total:,}"
    dead, total = result.tally("mutants", "edits")
    killed.text = f"{dead:,} / {total:,}"


def _power(cell: Element, number: float, rest: str = "") -> None:
    """A number as 1.1 × 10⁻¹⁶."""
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    if not number:
        cell.text = f"{cell.text or ''}0{rest}"
        return
    cell.text = f"{cell.text or ''}{mantissa} × 10"
    power = SubElement(cell, "sup")
    power.text, power.tail = str(int(exponent)).replace("-", "−"), rest


def spaced(latex: str) -> str:
    """The text of a mutant with the space that its words had."""
    return latex.replace(r"\text{if}", r"\text{if }")


def _survivors(cell: Element, state: PageState, result: Result, store: Callable[[str], str]) -> None:
    """The mutants that are alive, and why that is no fault of the check."""
    details = SubElement(cell, "details")
    summary = SubElement(details, "summary")
    summary.text = state.labels["survivors"].format(len(result.survivors))
    code = SubElement(summary, "code")
    code.text = result.block.id
    listing = SubElement(details, "ul")
    for survivor in result.survivors:
        reason = f"reason {survivor['reason']}"
        if reason not in state.labels:
            raise BookError(f"{state.root / FILE}: {result.block.id}: '{survivor['reason']}' is no reason that dlref/site/labels.py knows")
        item = SubElement(listing, "li")
        if "latex" in survivor:
            math = SubElement(item, "var", {"class": "dl-math"})
            math.text = store(state.typeset(spaced(survivor["latex"])))
        else:
            SubElement(item, "code").text = AtomicString(survivor["code"])
        SubElement(item, "span").text = state.labels[reason]
