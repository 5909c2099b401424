"""The check on what readers see: the LaTeX recovered from the built pages of both languages is evaluated against the functions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from dlref.latex.check import Verdict
from dlref.latex.docstring import scan
from tests.latex.formulas import prepared
from tests.site.html import blocks, formulas, katex, latex, pages
from tests.site.test_formulas import ALIASES, ROOT, same, typeset

IDS = [id_ for id_ in scan(ROOT / "dlref") if id_ not in ALIASES]


def identity(block: Tag) -> str | None:
    """Which formula a block shows: its anchor, or the link from its number to its first appearance."""
    anchor, link = block.select_one("a[id^=eq-]"), block.select_one(".dl-formula__number[href], .dl-formula__number a[href]")
    if anchor is not None:
        return str(anchor["id"]).removeprefix("eq-")
    return str(link["href"]).rpartition("#eq-")[2] if link is not None else None


def recovered(blocks: list[Tag]) -> list[tuple[str, str, bool]]:
    """(id, LaTeX, whether the reader sees that LaTeX typeset) of formula blocks."""
    blocks = [block for block in blocks if identity(block) is not None]
    found = [latex(block.select_one(".dl-formula__display")) for block in blocks]  # type: ignore[arg-type]
    htmls = typeset(found) if found else []
    return [(str(identity(block)), text, same(html, katex(block))) for block, text, html in zip(blocks, found, htmls, strict=True)]


@cache
def judge(id_: str, text: str) -> Verdict:
    return prepared(id_).judge(text)


def judged(blocks: list[Tag]) -> list[tuple[str, Verdict]]:
    """The verdict on each formula of a page as a reader sees it."""
    out = []
    for id_, text, seen in recovered(blocks):
        out.append((id_, judge(id_, text) if seen else Verdict(False, "typeset", "what is seen is not the LaTeX that the page carries")))
    return out


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_formula_that_a_reader_sees_agrees_with_its_function(site: Path, language: str) -> None:
    seen: dict[str, int] = {}
    found = [block for path in pages(site, language) for block in formulas(path)]
    for id_, verdict in judged(found):
        seen[id_] = seen.get(id_, 0) + 1
        assert verdict, f"{id_}: {verdict}"
        assert verdict.kind == ("statement" if prepared(id_).statement else "ok")
    shown = {id_ for id_ in IDS if id_ in seen}
    anchored = {a["id"].removeprefix("eq-") for block in found for a in block.select("a[id^=eq-]")}  # type: ignore[union-attr]
    assert shown == anchored == set(seen)
    assert sum(seen.values()) > len(seen), "repetitions are judged as well"


def page(site: Path, language: str) -> Path:
    """A page with many formulas."""
    return (site if language == "ja" else site / "en") / "principles" / "loss-functions" / "index.html"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("id_", "old", "new", "kind"),
    [
        ("hinge-loss", "1 - y f(x)", "1 + y f(x)", "numbers"),
        ("squared-loss", r"\hat{y})^2", r"\hat{y})", "numbers"),
        ("gaussian-nll", r"2\pi", r"2\rho", "unknown symbol"),
        ("absolute-loss", r"\ell(y, \hat{y})", r"\ell(\hat{y}, y)", "left-hand side"),
    ],
)
def test_a_formula_changed_on_the_page_is_noticed(site: Path, language: str, id_: str, old: str, new: str, kind: str) -> None:
    """The page is changed as a whole: its LaTeX, and what KaTeX makes of that."""
    found = blocks(page(site, language))
    assert dict(judged(found))[id_]
    block = next(block for block in found if identity(block) == id_)
    text = latex(block)
    assert old in text
    display = katex(block)
    display.replace_with(BeautifulSoup(typeset([text.replace(old, new)])[0], "lxml").body.find(True))  # type: ignore[union-attr, arg-type]
    assert [(name, verdict.kind) for name, verdict in judged(found) if not verdict] == [(id_, kind)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_rendering_that_is_not_of_the_latex_is_noticed(site: Path, language: str) -> None:
    """Only what is seen is changed: a minus sign becomes a plus sign."""
    found = blocks(page(site, language))
    block = next(block for block in found if identity(block) == "hinge-loss")
    sign = next(element for element in block.select(".katex-html .mbin") if element.get_text() == "−")
    sign.string = "+"
    assert [(name, verdict.kind) for name, verdict in judged(found) if not verdict] == [("hinge-loss", "typeset")]


def test_the_latex_stands_in_the_page_where_it_is_looked_for(site: Path) -> None:
    text = page(site, "en").read_text(encoding="utf8")
    assert re.search(r'<annotation encoding="application/x-tex">\\ell\(y, f\(x\)\) = \\max\(0, 1 - y f\(x\)\)</annotation>', text)
