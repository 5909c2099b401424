"""The book as its sources tell it: sections, formulas, where each first appears and its number, snippets, data.

Nothing here imports a topic module: sources are read as text. Whatever is wrong in them stops the build with file and line.
"""

from __future__ import annotations

import ast
import csv
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from mkdocs.exceptions import BuildError

from dlref.latex.docstring import Block, FormulaError, scan
from dlref.site.snippet import Snippet, SnippetError, read_snippet

LANGUAGES = ("ja", "en")


class BookError(BuildError):
    """Something in the sources is wrong; the message begins with ``file:line:`` where there is a line."""


@dataclass(frozen=True)
class Section:
    """One page of the book proper: the opening page of a chapter (number "1") or a section (number "1.3")."""

    id: str
    number: str
    page: str  # principles/loss-functions.md, the same in both languages
    title: dict[str, str]

    @property
    def chapter(self) -> str:
        return self.number.partition(".")[0]


@dataclass(frozen=True)
class Directive:
    """A block ``/// name | argument`` of a page."""

    name: str
    argument: str
    lines: tuple[str, ...]
    path: Path
    line: int

    def error(self, message: str) -> BookError:
        return BookError(f"{self.path}:{self.line}: {message}")


@dataclass(frozen=True)
class Appearance:
    """Where a formula first appears: the section, and the number that it has everywhere."""

    section: Section
    number: str


def directives(path: Path) -> Iterator[Directive]:
    """The blocks of a page, outermost and nested, in order; code fences are passed over."""
    fence = ""
    open_: list[tuple[str, str, int, list[str]]] = []
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        begin = re.fullmatch(r"/{3,}\s*([\w-]+)\s*(?:\|\s*(.*?))?\s*", line)
        if fence or mark:
            continue
        if begin:
            open_.append((begin[1], begin[2] or "", number, []))
        elif re.fullmatch(r"/{3,}\s*", line) and open_:
            name, argument, at, lines = open_.pop()
            yield Directive(name, argument, tuple(lines), path, at)
        elif open_ and line.strip():
            open_[-1][3].append(line.strip())
    for name, _, at, _ in open_:
        raise BookError(f"{path}:{at}: the block '{name}' is not closed by ///")


def braces(latex: str) -> int:
    r"""How many labels a formula takes: its numbered braces ``\underbrace{…}_{(1)}``, otherwise its aligned rows."""
    numbered = re.findall(r"_\{\((\d+)\)\}", latex)
    if numbered:
        return len(numbered)
    return latex.count(r"\\") + 1 if r"\begin{aligned}" in latex else 0


@dataclass(frozen=True)
class Book:
    """The sources of a checkout."""

    root: Path
    formulas: dict[str, Block] = field(repr=False)

    @classmethod
    def read(cls, root: Path) -> Book:
        try:
            return cls(root, scan(root / "dlref"))
        except FormulaError as error:
            raise BookError(str(error)) from None

    @cached_property
    def contents(self) -> dict[str, Any]:
        path = self.root / "docs" / "data" / "contents.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf8"))
        except tomllib.TOMLDecodeError as error:
            raise BookError(f"{path}: {error}") from None

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Chapters and sections by id, in the order of the book."""
        found: dict[str, Section] = {}
        for chapter in self.contents.get("chapter", []):
            titles = {language: chapter[language] for language in LANGUAGES}
            found[chapter["id"]] = Section(chapter["id"], str(chapter["number"]), f"{chapter['folder']}/index.md", titles)
            for section in chapter["section"]:
                titles = {language: section[language] for language in LANGUAGES}
                found[section["id"]] = Section(section["id"], str(section["number"]), section["page"], titles)
        return found

    def written(self, id_: str) -> bool:
        """Whether a section has its page already; a reference to one that has not is no link."""
        return (self.root / "docs" / "ja" / self.sections[id_].page).is_file()

    @cached_property
    def figures(self) -> dict[str, dict[str, str]]:
        """Figures by slug: number and captions."""
        return self._numbered("figures")

    @cached_property
    def tables(self) -> dict[str, dict[str, str]]:
        """Tables by slug: number and captions."""
        return self._numbered("tables")

    def _numbered(self, kind: str) -> dict[str, dict[str, str]]:
        """Items of every section with their numbers: those of the report keep its own (1.2), additions count in letters (1.A)."""
        found = {}
        for chapter in self.contents.get("chapter", []):
            own, added = 0, 0
            for item in [item for section in chapter["section"] for item in section.get(kind, [])]:
                if item.get("addition"):
                    mark, added = chr(ord("A") + added), added + 1
                else:
                    own += 1
                    mark = str(own)
                found[item["slug"]] = {**item, "number": f"{chapter['number']}.{mark}"}
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Ids with the expression of another id: they show its formula and link to it."""
        return dict(self.contents.get("aliases", {}))

    @cached_property
    def appearances(self) -> dict[str, Appearance]:
        """Where each formula of the book first appears. Reads every page of both languages and checks their blocks."""
        found: dict[str, Appearance] = {}
        counts: dict[str, int] = {}
        for language in LANGUAGES:
            for path in sorted((self.root / "docs" / language).rglob("*.md")):
                for directive in directives(path):
                    if directive.name == "formula":
                        self._check_formula(directive)
        for section in self.sections.values():
            path = self.root / "docs" / "ja" / section.page
            for directive in directives(path) if path.is_file() else ():
                id_ = self.aliases.get(directive.argument, directive.argument)
                if directive.name == "formula" and id_ not in found:
                    counts[section.chapter] = counts.get(section.chapter, 0) + 1
                    found[id_] = Appearance(section, f"{section.chapter}.{counts[section.chapter]}")
        return found

    def _check_formula(self, directive: Directive) -> None:
        block = self.formula(directive.argument, directive)
        rows, labels = braces(block.latex), len(directive.lines)
        if labels and labels != rows:
            takes = f"{rows} labels or none" if rows else "no labels"
            raise directive.error(f"the formula '{block.id}' takes {takes}, got {labels}")
        self.snippets(block, directive)

    def formula(self, id_: str, directive: Directive | None = None) -> Block:
        """The formula of an id or of its alias."""
        block = self.formulas.get(self.aliases.get(id_, id_))
        if block is None:
            message = f"no formula '{id_}' in any docstring of dlref"
            raise directive.error(message) if directive else BookError(message)
        return block

    def snippets(self, block: Block, directive: Directive | None = None) -> list[tuple[str, Snippet]]:
        """The formula's snippets with their tab titles: NumPy always, unless the formula is a statement; PyTorch where there is one."""
        if block.call == "statement":
            return []
        stem = block.id.replace("-", "_")
        folder = self.root / "snippets" / block.module.rpartition(".")[2]
        paths = [("NumPy", folder / f"{stem}.py"), ("PyTorch", folder / f"{stem}_torch.py")]
        if not paths[0][1].is_file():
            message = f"the formula '{block.id}' has no snippet {paths[0][1].relative_to(self.root)}"
            raise directive.error(message) if directive else BookError(message)
        try:
            return [(title, read_snippet(path)) for title, path in paths if path.is_file()]
        except SnippetError as error:
            raise BookError(str(error)) from None

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of ``docs/data/NAME.tsv``."""
        path = self.root / "docs" / "data" / f"{name}.tsv"
        lines = path.read_text(encoding="utf8").splitlines()
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
        for number, row in enumerate(rows, 2):
            if None in row or None in row.values():
                raise BookError(f"{path}:{number}: expected {len(lines[0].split(chr(9)))} cells separated by tabs")
        return rows

    @cached_property
    def errata(self) -> dict[str, dict[str, str]]:
        return {row["slug"]: row for row in self.table("errata")}

    @cached_property
    def terms(self) -> dict[str, dict[str, str]]:
        return {row["slug"]: row for row in self.table("glossary")}

    @cached_property
    def symbols(self) -> list[dict[str, str]]:
        return self.table("notation")

    def parameters(self, block: Block) -> list[str]:
        """Names of the function's parameters, in order."""
        found = _parameters(block.path.read_text(encoding="utf8"))
        if block.function not in found:
            raise BookError(f"{block.path}: no function '{block.function}'")
        return found[block.function]


@cache
def _parameters(code: str) -> dict[str, list[str]]:
    """Names of the parameters of each function of a file."""
    functions = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    return {f.name: [a.arg for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)] for f in reversed(functions)}


_known: dict[Path, tuple[tuple[tuple[str, int], ...], Book]] = {}


def read_book(root: Path) -> Book:
    """The book of a checkout, read anew when any of its sources has changed."""
    state = []
    for folder in ("dlref", "docs/ja", "docs/en", "docs/data", "snippets"):
        for place, _, names in os.walk(root / folder):
            paths = [os.path.join(place, name) for name in names if name.endswith((".py", ".md", ".toml", ".tsv", ".bib"))]
            state += [(path, os.stat(path).st_mtime_ns) for path in paths]
    known = _known.get(root)
    if known is None or known[0] != tuple(state):
        known = _known[root] = tuple(state), Book.read(root)
    return known[1]
