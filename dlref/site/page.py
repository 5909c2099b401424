"""What the blocks of one page share, and the two elements that they all make."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from dlref.site.book import Book, BookError, read_book
from dlref.site.katex import KatexError, katex
from dlref.site.labels import LABELS


def anchor(parent: Element, id_: str) -> Element:
    """An anchor that autorefs registers. Without ``href`` MkDocs fails; hidden, since it has no text to announce."""
    return SubElement(parent, "a", {"id": id_, "href": "", "aria-hidden": "true", "tabindex": "-1"})


def autoref(parent: Element, identifier: str, text: str, **attributes: str) -> Element:
    """A link to an anchor anywhere in the site."""
    element = SubElement(parent, "autoref", {"identifier": identifier, **attributes})
    element.text = text
    return element


class PageState:
    """What the blocks of one page share: the book, the language, the section that is being converted."""

    def __init__(self, root: Path, language: str) -> None:
        self.root = root
        self.language = language
        self.labels = LABELS[language]
        self.section: str | None = None  # id of the page's section; None outside the book proper
        self.shown: set[str] = set()  # formulas shown on this page so far

    @cached_property
    def book(self) -> Book:
        """Read once a page: builders make a new converter for each."""
        return read_book(self.root)

    def typeset(self, tex: str, *, display: bool = False) -> str:
        try:
            return katex(self.root).render(tex, display=display)
        except KatexError as error:
            raise BookError(f"{self.place(tex)}{error}\n    {tex}") from None

    def place(self, text: str) -> str:
        """``file:line: `` where a text of the sources stands, for error messages; empty where it is not found."""
        folders = ("dlref", f"docs/{self.language}", "docs/data")
        for path in (path for folder in folders for path in sorted((self.root / folder).rglob("*.*"))):
            if path.suffix in (".py", ".md", ".tsv", ".toml"):
                source = path.read_text(encoding="utf8")
                if text in source:
                    return f"{path}:{source[: source.index(text)].count(chr(10)) + 1}: "
        return ""
