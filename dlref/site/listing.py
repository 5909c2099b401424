"""The blocks ``/// source | dlref/losses.py`` and ``/// tests | tests/test_losses.py``: a file, with an anchor a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pymdownx.blocks.block import Block

from dlref.site.book import BookError
from dlref.site.page import PageState, anchor


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """A file cut in front of each top-level function and class; with the number of each piece's first line."""
    lines = text.splitlines(keepends=True)
    cuts = [1]
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            cuts.append(min([node.lineno, *(d.lineno for d in node.decorator_list)]))
    for start, end in zip(cuts, [*cuts[1:], len(lines) + 1], strict=True):
        if end > start:
            yield start, "".join(lines[start - 1 : end - 1])


_lexer = PythonLexer(stripnl=False)
_formatter = HtmlFormatter(linenos="inline", cssclass="highlight dl-listing__piece", wrapcode=True)


@cache  # both languages show the same
def colored(text: str, number: int) -> str:
    """Python as HTML, its lines numbered from this one."""
    _formatter.linenostart = number
    return highlight(text, _lexer, _formatter)


class _ListingBlock(Block):  # type: ignore[misc]
    ARGUMENT = True

    @property
    def state(self) -> PageState:
        return self.md.dlref  # type: ignore[no-any-return]

    def on_markdown(self) -> str:
        return "raw"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "section", {"class": "dl-listing", "lang": "en", "data-search-exclude": ""})

    def on_end(self, block: Element) -> None:
        path = self.state.root / self.argument
        if not path.is_file():
            raise BookError(f"{self.state.place(f'/// {self.NAME} | {self.argument}')}no file {self.argument}")
        functions = {f.function: f.name for f in self.state.book.formulas.values() if f.module == self.module(path)}
        parts = list(pieces(path.read_text(encoding="utf8")))
        places = {name: self.place(function, [text for _, text in parts]) for function, name in functions.items()}
        for i, (number, text) in enumerate(parts):
            for name in [name for name, place in places.items() if place == i]:
                anchor(block, f"{self.NAME}-{name}")
            SubElement(block, "div").text = self.md.htmlStash.store(colored(text, number))

    def module(self, path: Path) -> str:
        raise NotImplementedError

    def place(self, function: str, parts: list[str]) -> int | None:
        """Number of the part that a link to the function leads to."""
        raise NotImplementedError


class SourceBlock(_ListingBlock):
    """The source of a module; anchors ``#source-dlref.losses.hinge``."""

    NAME = "source"

    def module(self, path: Path) -> str:
        return f"dlref.{path.stem}"

    def place(self, function: str, parts: list[str]) -> int | None:
        return next((i for i, text in enumerate(parts) if re.search(rf"^def {function}\(", text, re.MULTILINE)), None)


class TestsBlock(_ListingBlock):
    """The tests of a module; the anchor ``#tests-dlref.losses.hinge`` stands where the function is first mentioned, in a test if in any."""

    NAME = "tests"

    def module(self, path: Path) -> str:
        return f"dlref.{path.stem.removeprefix('test_')}"

    def place(self, function: str, parts: list[str]) -> int | None:
        mentions = [i for i, text in enumerate(parts) if re.search(rf"\b{function}\b", text)]
        return next((i for i in mentions if re.search(r"^def test_", parts[i], re.MULTILINE)), mentions[0] if mentions else None)
