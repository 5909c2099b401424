"""Tables: numbered ones with their captions; those of computed results, shown in the page's language, and out of date where the code is no longer that which computed them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from dlref.site.sources import stamp
from tests.site.miniature import build, edit, make

SOURCES = ["dlref/powers.py"]


def write(root: Path, **changes: Any) -> None:
    table = {
        "sources": SOURCES,
        "stamp": stamp(root, SOURCES),
        "columns": [{"ja": "関数", "en": "Function"}, "$x$"],
        "rows": [["Square", "$x^2$"], [{"ja": "和", "en": "Sum"}, {"ja": "`大`", "en": "`big`"}]],
    }
    (root / "docs" / "data" / "some-table.json").write_text(json.dumps({**table, **changes}), encoding="utf8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A miniature checkout with a table."""
    make(tmp_path)
    for language in ("ja", "en"):
        (tmp_path / "docs" / language / "table.md").write_text("# Table { #table }\n\n/// data | some-table\n///\n", encoding="utf8")
    write(tmp_path)
    return tmp_path


def built(root: Path, language: str = "en") -> Tag:
    done, said = build(root, language)
    assert done, said
    found = BeautifulSoup((root / f"site-{language}" / "table" / "index.html").read_text(encoding="utf8"), "lxml").select_one(".dl-some-table")
    assert found is not None
    return found


@pytest.mark.parametrize(("language", "words"), [("ja", ["関数", "和", "大"]), ("en", ["Function", "Sum", "big"])])
def test_cells_are_in_the_language_of_the_page_with_markdown_and_mathematics(root: Path, language: str, words: list[str]) -> None:
    found = built(root, language)
    assert found.select_one("thead th").get_text() == words[0]  # type: ignore[union-attr]
    assert [cell.get_text() for cell in found.select("tbody th")] == ["Square", words[1]]
    assert found.select_one("td code").get_text() == words[2]  # type: ignore[union-attr]
    assert [cell["scope"] for cell in found.select("th")] == ["col", "col", "row", "row"]
    assert len(found.select(".katex, .arithmatex")) >= 2 and found.select_one(".dl-stale") is None


def test_a_table_of_other_code_is_out_of_date(root: Path) -> None:
    edit(root / "dlref" / "powers.py", "Square of a number.", "The square of a number.")
    assert built(root).select_one(".dl-stale") is None, "a docstring computes nothing"
    edit(root / "dlref" / "powers.py", "    return x * x\n", "    return x * x * 1\n")
    assert built(root).select_one(".dl-stale").get_text() == "out of date"  # type: ignore[union-attr]
    write(root)
    assert built(root).select_one(".dl-stale") is None
    (root / "dlref" / "powers.py").rename(root / "dlref" / "squares.py")
    assert stamp(root, SOURCES) != stamp(root, ["dlref/squares.py"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": [["Square"]]}, "some-table.json: a row does not have 2 cells"),
        ({"columns": None}, "some-table.json: no table with columns, rows and sources"),
    ],
)
def test_what_is_no_table_stops_the_build(root: Path, changes: dict[str, Any], message: str) -> None:
    write(root, **changes)
    done, said = build(root)
    assert not done and message in said


def test_a_table_that_is_not_there_stops_the_build(root: Path) -> None:
    (root / "docs" / "data" / "some-table.json").unlink()
    done, said = build(root)
    assert not done and "a table docs/data/some-table.json, got 'some-table'" in said


NUMBERED = """
{tab:roots} has one row.

/// table | roots
| $x^2$ | $x$ |
|---|---|
| 4 | 2 |
///
"""


def test_a_numbered_table_has_its_caption_and_is_found(root: Path) -> None:
    with (root / "docs" / "data" / "contents.toml").open("a", encoding="utf8") as contents:
        contents.write('tables = [{ slug = "roots", ja = "平方根", en = "Square roots" }]\n')
    with (root / "docs" / "en" / "small" / "squares.md").open("a", encoding="utf8") as page:
        page.write(NUMBERED)
    done, said = build(root)
    assert done, said
    shown = BeautifulSoup((root / "site-en" / "small" / "squares" / "index.html").read_text(encoding="utf8"), "lxml")
    assert [cell.get_text() for cell in shown.select("figure.dl-numbered td")] == ["4", "2"]
    assert shown.select_one("figure.dl-numbered figcaption").get_text() == "Table 1.1 Square roots"  # type: ignore[union-attr]
    assert shown.select_one('a[href="#tab-roots"]').get_text() == "Table 1.1"  # type: ignore[union-attr]
    assert shown.select_one("figure.dl-numbered a")["id"] == "tab-roots"  # type: ignore[index]


def test_a_numbered_table_without_caption_stops_the_build(root: Path) -> None:
    with (root / "docs" / "en" / "small" / "squares.md").open("a", encoding="utf8") as page:
        page.write(NUMBERED.replace("{tab:roots}", "It"))
    done, said = build(root)
    assert not done and "squares.md:18: no table 'roots' in docs/data/contents.toml" in said
