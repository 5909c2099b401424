"""The blocks ``/// data | glossary`` (also notation, errata, references, verification, experiments, and any table of results) and ``/// erratum | SLUG``.

What they show stands in ``docs/data``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.exceptions import PybtexError
from pymdownx.blocks.block import Block

from dlref.site import experiments, tables, verification
from dlref.site.book import Book, BookError
from dlref.site.page import PageState, anchor


@lru_cache(maxsize=4)
def _parse(path: Path, _time: int) -> BibliographyData:
    try:
        return parse_file(str(path), "bibtex")
    except PybtexError as error:
        raise BookError(f"{path}: {error}") from None


def bibliography(root: Path) -> dict[str, Entry]:
    """Entries of ``docs/data/references.bib`` by key."""
    path = root / "docs" / "data" / "references.bib"
    return dict(_parse(path, path.stat().st_mtime_ns).entries)


def _surnames(entry: Entry) -> list[str]:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    return [_plain(" ".join([*p.prelast_names, *p.last_names])) for p in people]


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("--", "–")


def citations(root: Path) -> dict[str, str]:
    """How the text cites each work, by key."""
    path = root / "docs" / "data" / "references.bib"
    return _citations(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _citations(path: Path, time: int) -> dict[str, str]:
    return short_references(dict(_parse(path, time).entries))


def short_references(entries: dict[str, Entry]) -> dict[str, str]:
    """How the text cites each work: ``Huber (1964)``, ``Cortes & Vapnik (1995)``, ``He et al. (2016a)`` where two would be alike."""
    plain: dict[tuple[str, str], list[str]] = {}
    for key in sorted(entries):
        names = _surnames(entries[key])
        who = names[0] if len(names) == 1 else " & ".join(names) if len(names) == 2 else f"{names[0]} et al."
        plain.setdefault((who, entries[key].fields["year"]), []).append(key)
    return {
        key: f"{who} ({year}{chr(ord('a') + i) if len(keys) > 1 else ''})"
        for (who, year), keys in plain.items()
        for i, key in enumerate(keys)
    }


def full_reference(entry: Entry, year: str) -> list[tuple[str, str]]:
    """The pieces of an entry as (kind, text): authors, the year as it is cited, title, venue; and (href, address) for its link."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = []
    for person in people:
        given = " ".join([*person.first_names, *person.middle_names])
        family = " ".join([*person.prelast_names, *person.last_names, *person.lineage_names])
        names.append(_plain(f"{given} {family}".strip()))
    field = {key.lower(): _plain(value) for key, value in entry.fields.items()}
    venue = field.get("journal") or field.get("booktitle") or field.get("publisher") or field.get("school") or ""
    if "volume" in field:
        venue += f" {field['volume']}" + (f"({field['number']})" if "number" in field else "")
    if "edition" in field:
        venue += f", {field['edition']} ed"
    if "pages" in field:
        venue += f", {field['pages']}"
    if "note" in field:
        venue += f". {field['note']}" if venue else field["note"]
    pieces = [("authors", ", ".join(names)), ("year", year), ("title", field["title"]), ("venue", venue)]
    if "doi" in field:
        pieces.append((f"https://doi.org/{field['doi']}", f"doi:{field['doi']}"))
    elif "eprint" in field:
        pieces.append((f"https://arxiv.org/abs/{field['eprint']}", f"arXiv:{field['eprint']}"))
    elif "url" in field:
        pieces.append((field["url"], field["url"]))
    if "isbn" in field:
        pieces.append(("isbn", f"ISBN {field['isbn']}"))
    return [piece for piece in pieces if piece[1]]


class _StateBlock(Block):  # type: ignore[misc]
    @property
    def state(self) -> PageState:
        return self.md.dlref  # type: ignore[no-any-return]

    def on_markdown(self) -> str:
        return "raw"


class ErratumBlock(_StateBlock):
    """A box 訂正 / Erratum; its text stands once, in ``docs/data/errata.tsv``."""

    NAME = "erratum"
    ARGUMENT = True

    def on_create(self, parent: Element) -> Element:
        # The id makes a link target on the page; the entry of the errata page is the one that references resolve to.
        return SubElement(parent, "div", {"class": "admonition erratum", "id": f"err-{self.argument}"})

    def on_end(self, block: Element) -> None:
        block.text = None
        state = self.state
        row = state.book.errata.get(self.argument)
        if row is None:
            raise BookError(f"{state.place(f'/// erratum | {self.argument}')}no erratum '{self.argument}' in docs/data/errata.tsv")
        SubElement(block, "p", {"class": "admonition-title"}).text = state.labels["erratum"]
        SubElement(block, "p").text = row[state.language]
        if row["source"]:
            SubElement(block, "p", {"class": "dl-sources"}).text = f"{state.labels['sources']}{row['source']}"


class SourcesBlock(_StateBlock):
    """The references of a docstring, on one line."""

    NAME = "sources"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "p", {"class": "dl-sources"})

    def on_end(self, block: Element) -> None:
        block.text = f"{self.state.labels['sources']}{(block.text or '').strip()}"


class DataBlock(_StateBlock):
    """A page's table, made from a file of ``docs/data``."""

    NAME = "data"
    ARGUMENT = True

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "div", {"class": f"dl-data dl-{self.argument}"})

    def on_end(self, block: Element) -> None:
        block.text = None
        makers = {
            "notation": self._notation,
            "glossary": self._glossary,
            "errata": self._errata,
            "references": self._references,
            "verification": self._verification,
            "experiments": self._experiments,
        }
        if self.argument not in makers and tables.table_file(self.state.root, self.argument).is_file():
            tables.build(block, self.state, self.argument)
            return
        if self.argument not in makers:
            place = self.state.place(f"/// data | {self.argument}")
            raise BookError(f"{place}expected one of {', '.join(makers)}, or a table docs/data/{self.argument}.json, got '{self.argument}'")
        makers[self.argument](block, self.state.book)

    def _table(self, block: Element, *titles: str) -> Element:
        table = SubElement(SubElement(block, "div", {"class": "dl-table", "tabindex": "0", "role": "group"}), "table")
        row = SubElement(SubElement(table, "thead"), "tr")
        for title in titles:
            SubElement(row, "th", {"scope": "col"}).text = self.state.labels[title]
        return SubElement(table, "tbody")

    def _notation(self, block: Element, book: Book) -> None:
        body = self._table(block, "symbol", "meaning", "shape", "range", "argument", "scope")
        for row in book.symbols:
            line = SubElement(body, "tr")
            scope = ", ".join(f"{{sec:{id_}}}" for id_ in row["scope"].split())
            argument = " ".join(f"`{name}`" for name in row["argument"].split())
            for cell in (row["symbol"], row[self.state.language], row["shape"], row["range"], argument, scope):
                SubElement(line, "td").text = cell

    def _glossary(self, block: Element, book: Book) -> None:
        japanese = self.state.language == "ja"
        rows = sorted(book.terms.values(), key=lambda row: row["reading"] if japanese else row["en"].casefold())
        titles = ("term", "reading", "other", "definition") if japanese else ("term", "other", "definition")
        body = self._table(block, *titles)
        for row in rows:
            line = SubElement(body, "tr")
            first = SubElement(line, "th", {"scope": "row"})
            anchor(first, f"term-{row['slug']}").tail = row["ja"] if japanese else row["en"]
            if japanese:
                SubElement(line, "td").text = row["reading"]
            other = "en" if japanese else "ja"
            SubElement(line, "td", {"lang": other}).text = row[other]
            SubElement(line, "td").text = row[f"definition_{self.state.language}"]

    def _errata(self, block: Element, book: Book) -> None:
        state = self.state
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in book.errata.values():
            groups.setdefault(row["section"], []).append(row)
        order = [s for s in book.sections if s in groups]
        for section in [*(g for g in groups if g not in order), *order]:
            heading = SubElement(block, "h2", {"id": f"errata-{section}"})
            title = book.sections[section].title[state.language] if section in order else ""
            heading.text = f"{{sec:{section}}} {title}" if section in order else state.labels["general"]
            for row in groups[section]:
                item = SubElement(block, "div", {"class": "dl-erratum"})
                paragraph = SubElement(item, "p")
                anchor(paragraph, f"err-{row['slug']}")
                kind = SubElement(paragraph, "strong", {"class": f"dl-class-{row['class']}"})
                kind.text = state.labels[f"class {row['class']}"]
                kind.tail = f" {row[state.language]}"
                if row["source"]:
                    SubElement(item, "p", {"class": "dl-sources"}).text = f"{state.labels['sources']}{row['source']}"

    def _verification(self, block: Element, book: Book) -> None:
        verification.build(block, self.state, self.md.htmlStash.store)

    def _experiments(self, block: Element, book: Book) -> None:
        experiments.build(block, self.state)

    def _references(self, block: Element, book: Book) -> None:
        entries, cited = bibliography(self.state.root), citations(self.state.root)
        listing = SubElement(block, "ul", {"class": "dl-references"})
        for key in sorted(entries, key=lambda k: (_surnames(entries[k]), entries[k].fields["year"])):
            item = SubElement(listing, "li")
            anchor(item, f"ref-{key}")
            for kind, text in full_reference(entries[key], "(" + cited[key].rpartition("(")[2]):
                if kind.startswith("http"):
                    link = SubElement(item, "a", {"href": kind})
                    link.text = text
                    link.tail = " "
                else:
                    piece = SubElement(item, "cite" if kind == "title" else "span")
                    piece.text = text
                    piece.tail = ". " if kind in ("title", "venue") else " "
