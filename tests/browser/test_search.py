"""The search dialog finds Japanese in mixed scripts and English, the right page first, by key presses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import checks
from tests.browser.server import Server
from tests.browser.test_pages import KINDS
from tests.site.html import article

TERMS = {
    "": {
        "principles/loss-functions/": (
            "損失関数 交差エントロピー フーバー損失 ヒンジ損失 指数損失 二乗損失 絶対値損失 代理損失 0-1損失 分類タスク 回帰タスク SmoothL1"
        ).split(),
        "glossary/": ["用語集"],
        "errata/": ["正誤表"],
        "notation/": ["記号一覧"],
        "references/": ["参考文献"],
    },
    "en/": {
        "principles/loss-functions/": [
            "cross-entropy",
            "hinge loss",
            "Huber loss",
            "absolute loss",
            "exponential loss",
            "surrogate",
        ],
        "api/losses/": ["zero_one"],
        "glossary/": ["glossary"],
        "errata/": ["errata"],
        "notation/": ["notation"],
    },
}
# Terms of the glossary, whatever page comes first as the book grows.
GLOSSARY = "指示関数 経験リスク最小化 サポートベクターマシン 勾配消失 バッチ正規化 残差接続 過学習 Transformer バイアス・バリアンスのトレードオフ".split()


@pytest.fixture(scope="module", autouse=True)
def index(server: Server) -> Iterator[None]:
    server.with_index()
    yield
    server.without_index()


@pytest.fixture(scope="module", params=TERMS, ids=["ja", "en"])
def dialog(request: pytest.FixtureRequest, context: BrowserContext, server: Server) -> Iterator[tuple[Page, str]]:
    page = context.new_page()
    page.goto(f"{server.address}{request.param}")
    yield page, request.param
    page.close()


def test_terms_find_their_page_first(dialog: tuple[Page, str], server: Server) -> None:
    page, language = dialog
    wrong = {}
    for address, terms in TERMS[language].items():
        for term in terms:
            found = paths(page, term)
            if found[:1] != [f"{urlsplit(server.address).path}{language}{address}"]:
                wrong[term] = found[:3]
    assert wrong == {}


def test_terms_of_the_glossary_find_a_page_that_holds_them(dialog: tuple[Page, str], server: Server, site: Path) -> None:
    page, language = dialog
    if language:
        assert paths(page, "フーバー損失")  # the English glossary holds the Japanese names
        return
    wrong = {}
    for term in GLOSSARY:
        first = (paths(page, term) or ["none"])[0].removeprefix(urlsplit(server.address).path)
        file = site / first / "index.html"
        if not file.is_file() or term not in article(file).get_text():
            wrong[term] = first
    assert wrong == {}


def test_what_is_nowhere_is_not_found(dialog: tuple[Page, str]) -> None:
    assert paths(dialog[0], "蜜柑") == []


def test_a_result_opens_the_page_and_marks_the_term_but_no_formula(page: Page, server: Server) -> None:
    page.goto(server.address)
    checks.search(page, "フーバー損失")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.address}{KINDS['section']}**")
    marks = page.locator("article mark")
    marks.first.wait_for()
    # Material cuts a query at the words that stand in the index, so a mark may be a part of the term.
    assert marks.count() > 3
    assert all(text in "フーバー損失" for text in marks.all_inner_texts())
    assert "フーバー" in marks.all_inner_texts()
    assert page.locator(".katex mark").count() == 0
    assert checks.formulas(page) == []


@pytest.mark.parametrize("language", ["", "en"])
def test_the_index_is_of_one_language_and_free_of_formulas(site: Path, language: str) -> None:
    entries = json.loads((site / language / "search" / "search_index.json").read_text(encoding="utf8"))["docs"]
    text = "".join(entry["title"] + re.sub("<code>.*?</code>", "", entry["text"], flags=re.DOTALL) for entry in entries)
    assert len(entries) > 20
    for piece in ("\\ell", "\\hat", "\\mathbb", "\u200b", "f(x)="):  # of LaTeX, of KaTeX's accents, of its letters
        assert piece not in text
    home = next(entry["text"] for entry in entries if entry["location"] == "")
    assert any("ぁ" <= letter <= "ん" for letter in home) == (language == "")


def paths(page: Page, term: str) -> list[str]:
    """Paths of the results for a term, best first."""
    return [urlsplit(address).path for address in checks.search(page, term)]
