"""Tables of computed results, ``/// data | NAME`` with ``docs/data/NAME.json``: columns, rows, and the sources that they were computed with.

A cell is a text for both languages or has one each, with inline Markdown and mathematics. Where the code of the sources is no longer
that of the stamp, docstrings and comments aside, the page says that the table is out of date.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from dlref.site.book import BookError
from dlref.site.page import PageState


def table_file(root: Path, name: str) -> Path:
    """Where the table of this name is."""
    return root / "docs" / "data" / f"{name}.json"


def stamp(root: Path, sources: Sequence[str]) -> str:
    """Hash of the code of these files."""
    found = hashlib.sha256()
    for source in sources:
        path = root / source
        tree = ast.parse(path.read_text(encoding="utf8") if path.is_file() else "")
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body[0] = ast.Pass()
        found.update(ast.dump(tree).encode())
    return found.hexdigest()[:16]


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
