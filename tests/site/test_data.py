"""The pages made from ``docs/data``: references, glossary, errata, notation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pybtex.database import parse_string

from dlref.site.book import Book
from dlref.site.data import bibliography, full_reference, short_references
from tests.site.html import article, pages, tree

ROOT = Path(__file__).parents[2]
BOOK = Book.read(ROOT)


def entry(fields: str, kind: str = "article", key: str = "k") -> str:
    return f"@{kind}{{{key}, title={{T}}, year={{2016}}, {fields}}}\n"


@pytest.mark.parametrize(
    ("authors", "cited"),
    [
        ("Huber, Peter J.", "Huber (2016)"),
        ("Cortes, Corinna and Vapnik, Vladimir", "Cortes & Vapnik (2016)"),
        ("He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing", "He et al. (2016)"),
        ("van den Oord, Aaron", "van den Oord (2016)"),
    ],
)
def test_a_work_is_cited_by_its_authors(authors: str, cited: str) -> None:
    entries = parse_string(entry(f"author={{{authors}}}"), "bibtex").entries
    assert short_references(dict(entries)) == {"k": cited}


def test_works_that_would_be_cited_alike_get_letters() -> None:
    text = entry("author={He, K. and Z, X. and R, S.}", key="b") + entry("author={He, K. and X, S. and Y, J.}", key="a")
    assert short_references(dict(parse_string(text, "bibtex").entries)) == {"a": "He et al. (2016a)", "b": "He et al. (2016b)"}


def test_a_reference_is_printed_in_full() -> None:
    fields = "author={Huber, Peter J.}, journal={Ann. Math. Stat.}, volume={35}, number={1}, pages={73--101}, doi={10.1214/x}"
    pieces = full_reference(parse_string(entry(fields), "bibtex").entries["k"], "(2016a)")
    assert [text for _, text in pieces] == ["Peter J. Huber", "(2016a)", "T", "Ann. Math. Stat. 35(1), 73–101", "doi:10.1214/x"]
    assert pieces[-1][0] == "https://doi.org/10.1214/x"


def test_every_work_that_is_cited_is_listed_and_every_listed_one_is_cited(site: Path) -> None:
    cited = set()
    for language in ("ja", "en"):
        for page in pages(site, language):
            cited |= {href.partition("#ref-")[2] for href in tree(page).xpath("//article//a/@href[contains(., '#ref-')]")}
    for folder in (ROOT / "docs" / "data").glob("*.tsv"):
        cited |= set(re.findall(r"\{ref:([\w-]+)\}", folder.read_text(encoding="utf8")))
    unlisted = cited - set(bibliography(ROOT))
    assert not unlisted


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_glossary_page_has_every_term_once(site: Path, language: str) -> None:
    page = article((site if language == "ja" else site / "en") / "glossary" / "index.html")
    anchors = [str(a["id"]) for a in page.select("a[id^=term-]")]
    assert sorted(anchors) == sorted(f"term-{slug}" for slug in BOOK.terms)
    assert len(anchors) == len(set(anchors)) > 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_errata_page_has_every_erratum(site: Path, language: str) -> None:
    page = article((site if language == "ja" else site / "en") / "errata" / "index.html")
    assert sorted(str(a["id"]) for a in page.select("a[id^=err-]")) == sorted(f"err-{slug}" for slug in BOOK.errata)


def test_terms_have_both_names_a_reading_and_both_definitions() -> None:
    for slug, row in BOOK.terms.items():
        assert all(row[cell].strip() for cell in ("ja", "reading", "en", "definition_ja", "definition_en")), slug
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug), slug
        assert re.search(r"[ぁ-んァ-ヶ一-龠A-Za-z]", row["ja"]), slug


def test_symbols_belong_to_sections_of_the_book() -> None:
    for row in BOOK.symbols:
        for id_ in row["scope"].split():
            assert id_ in BOOK.sections, f"{row['symbol']}: no section '{id_}'"
        assert row["ja"] and row["en"], row["symbol"]


def test_every_declared_symbol_stands_in_the_notation_table() -> None:
    """The symbols that formulas declare are explained for the section in which the formula first appears."""
    missing = undeclared(BOOK)
    assert not missing


def undeclared(book: Book) -> list[str]:
    """Declared symbols of shown formulas that the notation table does not explain in their section."""
    known = {(symbol_of(row["symbol"]), id_) for row in book.symbols for id_ in row["scope"].split()}
    found = []
    for id_, appearance in book.appearances.items():
        for declaration in book.formulas[id_].where:
            symbol = symbol_of(re.split(r"\\in\b|\\sim\b|\\subseteq\b|:", declaration)[0])
            if (symbol, appearance.section.id) not in known:
                found.append(f"{symbol} of {id_} in section {appearance.section.id}")
    return found


def symbol_of(text: str) -> str:
    return re.sub(r"[\s$]", "", text)


def test_an_unexplained_symbol_is_found() -> None:
    book = Book.read(ROOT)
    assert undeclared(book) == []
    object.__setattr__(book, "symbols", [row for row in book.symbols if symbol_of(row["symbol"]) != r"\delta"])
    assert any(r"\delta of huber-loss" in line for line in undeclared(book))
