"""The blocks ``/// source | dlref/losses.py`` and ``/// tests | tests/test_losses.py``: a file, with an anchor a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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


class _ListingBlock(Block):  # type: ignore[misc]
    ARGUMENT = True

    @property
    def state(self) -> PageState:
        return self.md.dlref  # type: ignore[no-any-return]

    def on_markdown(self) -> str:
        return "raw"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "div", {"class": "dl-listing", "lang": "en", "data-search-exclude": ""})

    def on_end(self, block: Element) -> None:
        path = self.state.root / self.argument
        if not path.is_file():
            raise BookError(f"{self.state.place(f'/// {self.NAME} | {self.argument}')}no file {self.argument}")
        functions = {f.function: f.name for f in self.state.book.formulas.values() if f.module == self.module(path)}
        for number, text in pieces(path.read_text(encoding="utf8")):
            for function in [f for f in functions if self.shows(f, text)]:
                anchor(block, f"{self.NAME}-{functions.pop(function)}")
            formatter = HtmlFormatter(linenos="inline", linenostart=number, cssclass="highlight dl-listing__piece", wrapcode=True)
            SubElement(block, "div").text = self.md.htmlStash.store(highlight(text, PythonLexer(stripnl=False), formatter))

    def module(self, path: Path) -> str:
        raise NotImplementedError

    def shows(self, function: str, text: str) -> bool:
        raise NotImplementedError


class SourceBlock(_ListingBlock):
    """The source of a module; anchors ``#source-dlref.losses.hinge``."""

    NAME = "source"

    def module(self, path: Path) -> str:
        return f"dlref.{path.stem}"

    def shows(self, function: str, text: str) -> bool:
        return re.search(rf"^def {function}\(", text, re.MULTILINE) is not None


class TestsBlock(_ListingBlock):
    """The tests of a module; the anchor ``#tests-dlref.losses.hinge`` stands at the first test that calls the function."""

    NAME = "tests"

    def module(self, path: Path) -> str:
        return f"dlref.{path.stem.removeprefix('test_')}"

    def shows(self, function: str, text: str) -> bool:
        return re.search(r"^def test_", text, re.MULTILINE) is not None and re.search(rf"\b{function}\b", text) is not None
