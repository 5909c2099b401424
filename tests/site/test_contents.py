"""``docs/data/contents.toml`` and the pages agree, and the navigation follows it: what the inventory of the book counts is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import Tag

from dlref.site.book import Book, directives
from dlref.site.labels import LABELS
from tests.site.html import article

ROOT = Path(__file__).parents[2]
LANGUAGES = ("ja", "en")
BOOK = Book.read(ROOT)
SECTIONS = [
    section
    for chapter in BOOK.contents["chapter"]
    for section in chapter["section"]
    if (ROOT / "docs" / "ja" / section["page"]).is_file()
]


def built(site: Path, language: str, page: str) -> Tag:
    folder = site if language == "ja" else site / "en"
    return article(folder / page.removesuffix(".md").removesuffix("index") / "index.html")


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, whose !ENV values do not matter here."""


_Loader.add_constructor("!ENV", lambda loader, node: None)


def navigation(language: str) -> list[Any]:
    path = ROOT / ("mkdocs.yml" if language == "ja" else "mkdocs.en.yml")
    return yaml.load(path.read_text(encoding="utf8"), _Loader)["nav"]  # type: ignore[no-any-return]  # noqa: S506


def leaves(nav: list[Any]) -> list[str]:
    found: list[str] = []
    for item in nav:
        if isinstance(item, str):
            found.append(item)
        else:
            for value in item.values():
                found += leaves(value) if isinstance(value, list) else [value]
    return found


def test_the_navigation_is_the_same_in_both_languages() -> None:
    assert leaves(navigation("ja")) == leaves(navigation("en"))


def test_the_navigation_lists_the_books_pages_in_the_books_order() -> None:
    order = [s.page for s in BOOK.sections.values() if (ROOT / "docs" / "ja" / s.page).is_file()]
    assert [page for page in leaves(navigation("ja")) if page in order] == order


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapters_are_named_as_the_contents_say(language: str) -> None:
    titles = [next(iter(item)) for item in navigation(language) if isinstance(item, dict)]
    numbered = [title for title in titles if re.match(r"\d", title)]
    known = [f"{c['number']} {c[language]}" for c in BOOK.contents["chapter"]]
    assert numbered == [title for title in known if title in numbered]
    assert numbered


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", BOOK.contents["page"], ids=lambda p: p["id"])
def test_pages_outside_the_chapters_have_their_titles(site: Path, language: str, page: dict[str, str]) -> None:
    if not (ROOT / "docs" / "ja" / page["page"]).is_file():
        return  # still to be written; the pages' parity and the navigation are tested elsewhere
    title = built(site, language, page["page"]).find("h1")
    assert isinstance(title, Tag)
    assert (title["id"], _text(title)) == (page["id"], page[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s["number"])
class TestSection:
    def test_title_and_headings(self, site: Path, language: str, section: dict[str, Any]) -> None:
        page = built(site, language, section["page"])
        found = [(h["id"], int(h.name[1]), _text(h)) for h in page.find_all(re.compile(r"h[1-6]"))]
        expected = [(section["id"], 1, f"{section['number']} {section[language]}")]
        expected += [(h["id"], h["level"], h[language]) for h in section["headings"]]
        assert found == expected

    def test_formulas(self, site: Path, language: str, section: dict[str, Any]) -> None:
        path = ROOT / "docs" / language / section["page"]
        shown = [d.argument for d in directives(path) if d.name == "formula"]
        assert shown == section.get("formulas", [])

    def test_figures(self, site: Path, language: str, section: dict[str, Any]) -> None:
        page = built(site, language, section["page"])
        found = [str(figure.find("a")["id"]) for figure in page.select("figure.dl-figure")]  # type: ignore[index]
        assert found == [f"fig-{figure['slug']}" for figure in section.get("figures", [])]
        captions = [figure.get_text() for figure in page.select("figure.dl-figure figcaption")]
        for caption, figure in zip(captions, section.get("figures", []), strict=True):
            assert figure[language] in caption

    def test_tables(self, site: Path, language: str, section: dict[str, Any]) -> None:
        found = built(site, language, section["page"]).select("figure.dl-numbered")
        assert [str(table.find("a")["id"]) for table in found] == [f"tab-{table['slug']}" for table in section.get("tables", [])]  # type: ignore[index]
        for numbered, table in zip(found, section.get("tables", []), strict=True):
            number = BOOK.tables[table["slug"]]["number"]
            assert numbered.figcaption is not None and numbered.figcaption.get_text() == f"{LABELS[language]['table'].format(number)} {table[language]}"
            assert len(numbered.find_all("table")) == 1

    def test_boxes(self, site: Path, language: str, section: dict[str, Any]) -> None:
        page = built(site, language, section["page"])
        points = [(str(box["id"]), _title(box)) for box in page.select(".admonition.point")]
        assert points == [(point["id"], point[language]) for point in section.get("points", [])]
        errata = [str(box["id"]) for box in page.select(".admonition.erratum")]
        assert sorted(errata) == sorted(f"err-{slug}" for slug in section.get("boxes", []))
        summary = page.find(id="summary")
        assert isinstance(summary, Tag) and summary.name == "h2"
        assert section["summary"] in ("report", "addition")

    def test_lists(self, site: Path, language: str, section: dict[str, Any]) -> None:
        page = built(site, language, section["page"])
        for known in section.get("lists", []):
            heading = page.find(id=known["heading"])
            assert isinstance(heading, Tag)
            items = heading.find_next(lambda e: e.name in ("ul", "ol") and not e.find_parent(class_="dl-formula"))
            assert isinstance(items, Tag)
            assert len(items.find_all("li", recursive=False)) == known["items"], known["id"]

    def test_errata_are_known_and_class_a_stands_in_a_box(self, site: Path, language: str, section: dict[str, Any]) -> None:
        for slug in section.get("errata", []):
            row = BOOK.errata[slug]
            assert row["section"] == section["id"]
            assert row["class"] in "BN" or slug in section["boxes"], f"{slug} is of class A and has no box"


def lacking(statements: list[dict[str, Any]]) -> list[str]:
    """Tests that statements name and that are not there, and statements without any."""
    found = [f"{statement['id']} has no test" for statement in statements if not statement["tests"]]
    for name in [name for statement in statements for name in statement["tests"]]:
        file, _, test = name.partition("::")
        path = ROOT / "tests" / file
        if not path.is_file() or not re.search(rf"^def {test}\(", path.read_text(encoding="utf8"), re.M):
            found.append(f"{name} is not there")
    return found


def test_every_statement_of_the_text_has_its_tests() -> None:
    statements = [statement for section in SECTIONS for statement in section.get("statements", [])]
    assert statements and lacking(statements) == []
    assert len({statement["id"] for statement in statements}) == len(statements)


def test_a_statement_without_its_test_is_told() -> None:
    gone = "test_losses.py::test_gone"
    assert lacking([{"id": "a", "tests": []}, {"id": "b", "tests": [gone]}]) == ["a has no test", f"{gone} is not there"]


def test_every_erratum_belongs_to_a_section() -> None:
    listed = [*BOOK.contents["errata"]["general"]]
    listed += [slug for c in BOOK.contents["chapter"] for s in c["section"] for slug in s.get("errata", [])]
    assert sorted(listed) == sorted(BOOK.errata)


def _text(heading: Tag) -> str:
    return "".join(str(part) for part in heading.find_all(string=True) if part.parent and "headerlink" not in (part.parent.get("class") or []))


def _title(box: Tag) -> str:
    """A box's title without the word for its kind, which the site puts in front."""
    title = box.find(class_="admonition-title")
    assert isinstance(title, Tag) and title.span is not None
    return title.get_text().removeprefix(title.span.get_text()).strip()
