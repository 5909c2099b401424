"""Every kind of page, in both languages: formulas, console, network, accessibility, width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from dlref.site.book import Book
from tests.browser import checks
from tests.browser.server import Server
from tests.browser.test_figures import PAGES

# One page of each kind. What the rest of the site holds is of these kinds: see test_every_page_is_of_a_kind_that_is_looked_at.
KINDS = {
    "home": "",
    "preface": "preface/",
    "chapter": "principles/",
    "section": "principles/loss-functions/",
    "controls": "optimization/gradient-descent/",
    "notation": "notation/",
    "glossary": "glossary/",
    "errata": "errata/",
    "references": "references/",
    "verification": "verification/",
    "check-your-own": "check-your-own/",
    "experiments": "experiments/",
    "experiment": "experiments/regularization/",
    "api": "api/risk/",
    "missing": "no/such/page/",
}
# Folders whose pages are all of one kind.
LIKE = {"api": "api", "experiments": "experiment", **{chapter["folder"]: "section" for chapter in Book.read(Path(__file__).parents[2]).contents["chapter"]}}


@dataclass
class Visit:
    """A loaded page and what was heard while it loaded."""

    page: Page
    noise: checks.Noise
    kind: str


@pytest.fixture(
    scope="module",
    params=[(kind, language) for kind in KINDS for language in ("", "en/")],
    ids=lambda p: p[0] + (p[1] and "-en"),
)
def visit(request: pytest.FixtureRequest, context: BrowserContext, server: Server) -> Iterator[Visit]:
    kind, language = request.param
    page = context.new_page()
    noise = checks.Noise(page, server.address)
    page.goto(f"{server.address}{language}{KINDS[kind]}")
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")  # what loads late, loads now
    page.wait_for_function("() => document.fonts.status === 'loaded' && [...document.images].every(image => image.complete)")
    page.wait_for_timeout(100)
    page.evaluate("() => window.scrollTo(0, 0)")
    yield Visit(page, noise, kind)
    page.close()


def test_formulas_are_visible(visit: Visit) -> None:
    assert checks.formulas(visit.page) == []
    if visit.kind == "section":
        assert visit.page.locator(".dl-formula .katex").count() >= 8


def test_console_is_silent(visit: Visit) -> None:
    said = visit.noise.console
    if visit.kind == "missing":  # the browser reports the answer 404 for the address itself, and nothing else
        said = [line for line in said if not (line.startswith("error: Failed to load") and line.endswith(visit.page.url))]
    assert said == []


def test_no_request_leaves_the_site(visit: Visit) -> None:
    assert visit.noise.outside == []
    assert visit.noise.inside  # it listened


def test_axe_finds_nothing(visit: Visit) -> None:
    look(visit.page, "light", 1280)
    assert checks.axe(visit.page) == []


# A scheme changes colors only, a width the structure, and both languages have the same of them.
@pytest.mark.parametrize(("width", "scheme", "rules"), [(1280, "dark", "colors"), (390, "light", "structure")])
@pytest.mark.parametrize("visit", [(kind, "") for kind in KINDS], indirect=True, ids=list(KINDS))
def test_axe_finds_nothing_in_the_dark_and_on_a_telephone(visit: Visit, width: int, scheme: str, rules: str) -> None:
    look(visit.page, scheme, width)
    assert checks.axe(visit.page, rules) == []


def test_page_does_not_scroll_sideways(visit: Visit) -> None:
    look(visit.page, "light", 390)
    assert checks.sideways(visit.page) == []


def test_every_page_is_of_a_kind_that_is_looked_at(site: Path) -> None:
    strange = []
    for path in site.rglob("index.html"):
        parts = path.parent.relative_to(site).parts
        parts = parts[1:] if parts[:1] == ("en",) else parts
        if "/".join(parts) not in [address.rstrip("/") for address in KINDS.values()] and parts[0] not in LIKE:
            strange.append("/".join(parts))
    assert strange == [], "name a page of this kind in KINDS"


def other_pages(site: Path) -> list[str]:
    """Addresses of the pages that stand for no kind."""
    folders = (path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html"))
    return sorted(a for a in folders if a not in ("./", "en/") and a.removeprefix("en/") not in KINDS.values())


def test_no_other_page_scrolls_sideways(site: Path, server: Server, plain: Page) -> None:
    """Those with figures are looked at in test_figures.py."""
    plain.set_viewport_size({"width": 390, "height": 844})
    wide = {}
    for address in other_pages(site):
        if f"{address.removeprefix('en/').rstrip('/')}.md" in PAGES:
            continue
        plain.goto(server.address + address)
        if found := checks.sideways(plain):
            wide[address] = found
    assert wide == {}


@pytest.mark.full
def test_axe_finds_nothing_on_any_other_page(site: Path, server: Server, page: Page) -> None:
    wrong = {}
    for address in other_pages(site):
        page.goto(server.address + address)
        for scheme in ("light", "dark"):
            look(page, scheme, 1280)
            if found := checks.axe(page):
                wrong[address, scheme] = found
    assert wrong == {}


def look(page: Page, scheme: str, width: int) -> None:
    """Show the page in a color scheme and a width."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(
        "scheme => document.body.dataset.mdColorScheme === scheme", arg={"light": "default", "dark": "slate"}[scheme]
    )
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
