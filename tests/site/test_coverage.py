"""``docs/data/coverage.tsv``: every line of the report has its place in the book, in both languages, or its erratum.

A row says that the lines ``first`` to ``last`` of the report are retold at ``anchor``, and that ``erratum``, one slug or several, corrects
them. One of the two must be there. The report itself is not needed to check that no line is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dlref.site.book import LANGUAGES, Book
from tests.site.html import tree

ROOT = Path(__file__).parents[2]
BOOK = Book.read(ROOT)

# The lines of the report that the book retells: all, but for the title, the table of contents and the address of the last reference.
FIRST, LAST = 57, 1314

Row = dict[str, str]


class Anchors(Mapping[tuple[str, str], frozenset[str]]):
    """The ids of a built page's content, by language and page; a page that is not there has none."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.known: dict[tuple[str, str], frozenset[str]] = {}

    def __getitem__(self, key: tuple[str, str]) -> frozenset[str]:
        if key not in self.known:
            language, page = key
            path = (self.site if language == "ja" else self.site / language) / page.removesuffix(".md").removesuffix("index") / "index.html"
            self.known[key] = frozenset(tree(path).xpath("//article//@id") if path.is_file() else ())
        return self.known[key]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def faults(rows: list[Row], ids: Mapping[tuple[str, str], frozenset[str]], errata: set[str], first: int, last: int) -> list[str]:
    """What is wrong with a table of lines ``first`` to ``last``, in words."""
    found = []
    next_ = first
    for row in rows:
        begin, end = int(row["first"]), int(row["last"])
        name = f"{begin}-{end}"
        if end < begin:
            found.append(f"{name}: the range ends before it begins")
        if begin > next_:
            found.append(f"{name}: lines {next_} to {begin - 1} are left out")
        if begin < next_:
            found.append(f"{name}: line {begin} stands in two ranges, or outside the report")
        next_ = max(next_, end + 1)
        if not row["anchor"] and not row["erratum"]:
            found.append(f"{name}: neither an anchor nor an erratum")
        if row["anchor"]:
            page, _, anchor = row["anchor"].partition("#")
            found += [f"{name}: no #{anchor} in {language}/{page}" for language in LANGUAGES if anchor not in ids[language, page]]
        found += [f"{name}: no erratum '{slug}'" for slug in row["erratum"].split() if slug not in errata]
    if next_ != last + 1:
        found.append(f"the table ends with line {next_ - 1}, the report with {last}")
    return found


def missed(rows: list[Row]) -> list[str]:
    """Errata of the sections that the table leads to which stand beside no line."""
    pages = {row["anchor"].partition("#")[0] for row in rows}
    sections = [section for chapter in BOOK.contents["chapter"] for section in chapter["section"] if section["page"] in pages]
    assert sections
    listed = {slug for row in rows for slug in row["erratum"].split()}
    return [slug for section in sections for slug in section.get("errata", []) if slug not in listed]


def test_every_line_of_the_report_has_its_place(site: Path) -> None:
    assert faults(BOOK.table("coverage"), Anchors(site), set(BOOK.errata), FIRST, LAST) == []


def test_every_erratum_of_the_covered_sections_has_its_lines() -> None:
    rows = BOOK.table("coverage")
    assert missed(rows) == []
    assert missed([row for row in rows if row["erratum"] != "square-risk-score"]) == ["square-risk-score"]


IDS = {("ja", "a.md"): frozenset({"x", "y"}), ("en", "a.md"): frozenset({"x"})}
GOOD = [
    {"first": "5", "last": "7", "anchor": "a.md#x", "erratum": ""},
    {"first": "8", "last": "8", "anchor": "", "erratum": "slip"},
    {"first": "9", "last": "12", "anchor": "a.md#x", "erratum": "slip"},
]


def test_a_good_table_has_no_faults() -> None:
    assert faults(GOOD, IDS, {"slip"}, 5, 12) == []


@pytest.mark.parametrize(
    ("row", "change", "message"),
    [
        (1, {"first": "9", "last": "9"}, "9-9: lines 8 to 8 are left out"),
        (0, {"first": "6"}, "6-7: lines 5 to 5 are left out"),
        (2, {"first": "8"}, "8-12: line 8 stands in two ranges, or outside the report"),
        (0, {"first": "4"}, "4-7: line 4 stands in two ranges, or outside the report"),
        (2, {"last": "11"}, "the table ends with line 11, the report with 12"),
        (2, {"last": "13"}, "the table ends with line 13, the report with 12"),
        (1, {"last": "7"}, "8-7: the range ends before it begins"),
        (0, {"anchor": "a.md#y"}, "5-7: no #y in en/a.md"),
        (0, {"anchor": "a.md#z"}, "5-7: no #z in ja/a.md"),
        (1, {"erratum": "slop"}, "8-8: no erratum 'slop'"),
        (1, {"erratum": "slip slop"}, "8-8: no erratum 'slop'"),
        (1, {"erratum": ""}, "8-8: neither an anchor nor an erratum"),
    ],
)
def test_a_fault_is_told(row: int, change: Row, message: str) -> None:
    rows = [dict(r) for r in GOOD]
    rows[row].update(change)
    assert message in faults(rows, IDS, {"slip"}, 5, 12)


def test_a_page_that_is_not_built_has_no_anchors(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<article><h1 id="x">A</h1></article>', encoding="utf8")
    assert anchors["ja", "a.md"] == {"x"}
    assert anchors["en", "a.md"] == frozenset()
