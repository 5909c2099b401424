"""What a reader sees of a formula is the docstring's LaTeX, typeset by the pinned KaTeX; every formula has its place."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from dlref.latex.docstring import Block, scan
from dlref.site.book import Book
from dlref.site.npm import node
from tests.site import html
from tests.site.html import katex, latex, pages

ROOT = Path(__file__).parents[2]
LANGUAGES = ("ja", "en")


ALIASES = Book.read(ROOT).aliases
CONTENTS = Book.read(ROOT).contents
WRITTEN = [c["id"] for c in CONTENTS["chapter"] if (ROOT / "docs" / "ja" / c["folder"] / "index.md").is_file()]


@pytest.fixture(scope="module")
def formulas() -> dict[str, Block]:
    """Those that a reader sees: of chapters that are written; an alias shows the formula whose expression it has."""
    return {id_: block for id_, block in scan(ROOT / "dlref").items() if id_ not in ALIASES and chapter(block) in WRITTEN}


def chapter(block: Block) -> str:
    """The chapter that a formula's module belongs to."""
    return next(c["id"] for c in CONTENTS["chapter"] if block.module.removeprefix("dlref.") in c["modules"])


def test_every_module_with_formulas_belongs_to_a_chapter_and_chapter_1_is_written() -> None:
    assert {chapter(block) for block in scan(ROOT / "dlref").values()} >= {"principles"}
    assert "principles" in WRITTEN


def test_an_alias_has_the_expression_of_its_formula() -> None:
    every = scan(ROOT / "dlref")
    assert {id_: every[id_].latex for id_ in ALIASES} == {id_: every[of].latex for id_, of in ALIASES.items()}


def shown(site: Path, language: str) -> dict[str, Tag]:
    """The formula blocks that carry an anchor, by id."""
    found: dict[str, Tag] = {}
    for path in pages(site, language):
        for block in html.formulas(path):
            anchor = block.select_one("a[id^=eq-]")
            if anchor:
                id_ = str(anchor["id"]).removeprefix("eq-")
                assert id_ not in found, f"#eq-{id_} stands on two pages"
                found[id_] = block
    return found


def typeset(latex: list[str]) -> list[str]:
    """Display formulas by the official KaTeX, called as its documentation says and not by way of dlref.site."""
    program = """
        const katex = require(process.argv[1]);
        const all = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        console.log(JSON.stringify(all.map((tex) => katex.renderToString(tex, {displayMode: true, strict: 'error'}))));
    """
    packages = ROOT / "docs" / "npm" / "node_modules" / "katex"
    done = subprocess.run([node(), "-e", program, str(packages)], input=json.dumps(latex), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def same(html: str, element: Tag) -> bool:
    """Whether an element of a page is the HTML that KaTeX made, ignoring how a parser writes it out again."""
    return str(BeautifulSoup(html, "lxml").body.find(True, recursive=False)) == str(element)  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_formula_is_shown_once_with_its_anchor(site: Path, formulas: dict[str, Block], language: str) -> None:
    assert sorted(shown(site, language)) == sorted(formulas)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_latex_on_the_page_is_the_docstrings(site: Path, formulas: dict[str, Block], language: str) -> None:
    found = {id_: latex(block.select_one(".dl-formula__display")) for id_, block in shown(site, language).items()}  # type: ignore[arg-type]
    assert found == {id_: block.latex for id_, block in formulas.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_on_the_page_is_katexs(site: Path, formulas: dict[str, Block], language: str) -> None:
    blocks = shown(site, language)
    expected = dict(zip(formulas, typeset([block.latex for block in formulas.values()]), strict=True))
    wrong = [id_ for id_, block in blocks.items() if not same(expected[id_], katex(block))]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_has_its_code_beneath_unless_it_is_a_statement(site: Path, formulas: dict[str, Block], language: str) -> None:
    found = {id_: bool(block.select(".tabbed-set")) for id_, block in shown(site, language).items()}
    assert found == {id_: formulas[id_].call != "statement" for id_ in found}


def test_a_changed_rendering_is_noticed() -> None:
    html = typeset([r"x - y"])[0]
    parsed = BeautifulSoup(html, "lxml").body.find(True, recursive=False)  # type: ignore[union-attr]
    assert isinstance(parsed, Tag)
    assert same(html, parsed)
    parsed.find_all(class_="mord")[0].string = "z"
    assert not same(html, parsed)


def test_numbers_are_equal_in_both_languages_and_count_up(site: Path) -> None:
    numbers = {}
    for language in LANGUAGES:
        numbers[language] = {id_: b.select_one(".dl-formula__number").get_text() for id_, b in shown(site, language).items()}  # type: ignore[union-attr]
    assert numbers["ja"] == numbers["en"]
    chapters: dict[str, list[int]] = {}
    for text in numbers["ja"].values():
        chapter, count = text.strip("()").split(".")
        chapters.setdefault(chapter, []).append(int(count))
    for counts in chapters.values():
        assert sorted(counts) == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_has_declarations_code_output_and_links(site: Path, formulas: dict[str, Block], language: str) -> None:
    for id_, block in shown(site, language).items():
        rows = block.select(".dl-formula__where li")
        assert len(rows) == len(formulas[id_].where), id_
        assert all(row.select_one("code") for row in rows), id_
        assert all(str(row.code.next_sibling or "").strip() for row in rows), f"{id_}: a symbol without a meaning"
        if formulas[id_].call != "statement":
            assert block.select_one(".dl-formula__code pre code").get_text().strip(), id_  # type: ignore[union-attr]
            assert block.select_one(".dl-output pre").get_text().strip(), id_  # type: ignore[union-attr]
        links = [str(a["href"]) for a in block.select(".dl-formula__links a")]
        name = formulas[id_].name
        assert [link.partition("#")[2] for link in links[:3]] == [name, f"source-{name}", f"tests-{name}"], id_


@pytest.mark.parametrize("language", LANGUAGES)
def test_remarks_of_declarations_are_in_the_language_of_the_page(site: Path, language: str) -> None:
    text = shown(site, language)["normal-equations"].select_one(".dl-formula__where").get_text()  # type: ignore[union-attr]
    assert {"ja": "1 の列を並べてもフルランク", "en": "of full rank, a column of ones included"}[language] in text
