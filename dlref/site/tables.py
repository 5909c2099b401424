"""Numbered tables, ``/// table | SLUG``, and tables of computed results.

The block of a numbered table holds a Markdown table; number and caption come from ``docs/data/contents.toml``.

A table of results is ``/// data | NAME`` with ``docs/data/NAME.json``: columns, rows, and the sources that they were computed with.

A cell is a text for both languages or has one each, with inline Markdown and mathematics. Where the code of the sources is no longer
that of the stamp, docstrings and comments aside, the page says that the table is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from pymdownx.blocks.block import Block

import dlref
from dlref.site.book import BookError
from dlref.site.page import PageState, anchor
from dlref.site.sources import stamp


def table_file(root: Path, name: str) -> Path:
    """Where the table of this name is."""
    return root / "docs" / "data" / f"{name}.json"


def write(root: Path, name: str, sources: Sequence[str], columns: Sequence[Any], rows: Sequence[Sequence[Any]], **more: Any) -> None:
    """Write a table that was computed with these sources, and what else is to be known of it."""
    table = {"version": dlref.__version__, "sources": sources, "stamp": stamp(root, sources), **more, "columns": columns, "rows": rows}
    table_file(root, name).write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


def build(block: Element, state: PageState, name: str) -> None:
    """Put the table into a page."""
    path = table_file(state.root, name)
    try:
        table = json.loads(path.read_text(encoding="utf8"))
    except json.JSONDecodeError as error:
        raise BookError(f"{path}:{error.lineno}: {error.msg}") from None
    columns, rows, sources = (table.get(key) for key in ("columns", "rows", "sources"))
    if not (columns and rows and sources):
        raise BookError(f"{path}: no table with columns, rows and sources")
    if any(len(row) != len(columns) for row in rows):
        raise BookError(f"{path}: a row does not have {len(columns)} cells")

    def text(cell: Any) -> str:
        return str(cell if isinstance(cell, str) else cell[state.language])

    if stamp(state.root, sources) != table.get("stamp"):
        SubElement(SubElement(block, "p"), "strong", {"class": "dl-stale"}).text = state.labels["stale"]
    body = SubElement(SubElement(block, "div", {"class": "dl-table", "tabindex": "0", "role": "group"}), "table")
    head = SubElement(SubElement(body, "thead"), "tr")
    for column in columns:
        SubElement(head, "th", {"scope": "col"}).text = text(column)
    lines = SubElement(body, "tbody")
    for row in rows:
        line = SubElement(lines, "tr")
        for k, cell in enumerate(row):
            SubElement(line, "td" if k else "th", {} if k else {"scope": "row"}).text = text(cell)


class TableBlock(Block):  # type: ignore[misc]
    """A table with its number and caption above it."""

    NAME = "table"
    ARGUMENT = True

    def on_create(self, parent: Element) -> Element:
        state: PageState = self.md.dlref
        known = state.book.tables.get(self.argument)
        if known is None:
            raise BookError(f"{state.place(f'/// table | {self.argument}')}no table '{self.argument}' in docs/data/contents.toml")
        block = SubElement(parent, "figure", {"class": "dl-numbered"})
        anchor(block, f"tab-{self.argument}")
        caption = SubElement(block, "figcaption")
        number = SubElement(caption, "strong")
        number.text = state.labels["table"].format(known["number"])
        number.tail = f" {known[state.language]}"
        return block
