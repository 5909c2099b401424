"""What a reader does on a page: switch tabs, copy code, change the language, read without JavaScript, come by a dead link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import checks
from tests.browser.server import Server
from tests.browser.test_pages import KINDS

SECTION = KINDS["section"]
SHORT = "skip-connections/densenet/"  # a section that loads in half the time
SNIPPETS = Path(__file__).parents[2] / "snippets"


@pytest.fixture(scope="module")
def section(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A section, loaded once for tests that leave it as it is but for the chosen tabs."""
    page = context.new_page()
    page.goto(f"{server.address}{SECTION}")
    yield page
    page.close()


def test_tabs_switch(section: Page) -> None:
    assert section.locator(".dl-formula .tabbed-set").count() >= 8
    assert checks.tabs(section) == []


def test_a_tab_chosen_once_is_chosen_everywhere(section: Page) -> None:
    both = section.locator(".tabbed-set", has=section.locator("label", has_text="PyTorch"))
    assert both.count() >= 2
    for title in ("NumPy", "PyTorch"):
        both.nth(0).locator("label", has_text=title).click()
    assert "import torch" in both.nth(1).locator(".tabbed-block").nth(1).inner_text()


@pytest.mark.parametrize("address", [f"en/{SECTION}", "api/risk/"])
def test_copy_buttons_copy_the_code(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.address}{address}")
    assert page.locator(".highlight pre").count() >= 3
    assert checks.copies(page, pressed=12) == []


def test_a_copied_snippet_is_the_file_without_its_output(section: Page) -> None:
    block = section.locator(".dl-formula", has=section.locator("#eq-huber-loss"))
    for label, file in (("NumPy", "losses/huber_loss.py"), ("PyTorch", "losses/huber_loss_torch.py")):
        block.locator(".tabbed-labels > label", has_text=label).click()
        block.locator(".highlight:visible button[data-md-type=copy]").click()
        code = (SNIPPETS / file).read_text(encoding="utf8").partition("\n# Output:\n")[0]
        assert section.evaluate("() => navigator.clipboard.readText()") == code.strip()


@pytest.mark.parametrize("address", ["", "glossary/"])
def test_language_link_leads_to_the_same_page_and_back(page: Page, server: Server, address: str) -> None:
    page.goto(server.address + address)
    for language, prefix in (("en", "en/"), ("ja", "")):
        page.locator(".dl-language").click()
        page.wait_for_url(f"{server.address}{prefix}{address}")
        assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("anchor", ["growth", "eq-densenet-layer", "summary"])
def test_language_link_keeps_the_anchor(page: Page, server: Server, anchor: str) -> None:
    page.goto(f"{server.address}{SHORT}#{anchor}")
    page.locator(".dl-language").click()
    page.wait_for_url(f"{server.address}en/{SHORT}#{anchor}")
    seen = "id => Math.abs(document.getElementById(id).getBoundingClientRect().top) < innerHeight / 2"
    assert page.evaluate(seen, anchor)
    page.locator(".dl-language").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.address}{SHORT}#{anchor}")
    assert page.evaluate(seen, anchor)


def test_language_link_follows_the_heading_in_view(page: Page, server: Server) -> None:
    page.goto(f"{server.address}{SHORT}")
    page.evaluate("() => document.getElementById('growth').scrollIntoView()")
    # The script listens once it is awake, and answers when the wheel has rested for a quarter of a second.
    page.wait_for_function("() => { scrollBy(0, 5); return location.hash === '#growth'; }", polling=500)
    page.locator(".dl-language").click()
    page.wait_for_url(f"{server.address}en/{SHORT}#growth")


@pytest.mark.parametrize("address", [*KINDS.values(), f"en/{SECTION}"])
def test_everything_is_readable_without_javascript(plain: Page, server: Server, address: str) -> None:
    plain.set_viewport_size({"width": 1280, "height": 900})
    plain.goto(server.address + address)
    assert plain.locator("html").get_attribute("class") == "no-js"
    assert checks.readable(plain) == []
    assert checks.formulas(plain) == []


def test_tabs_and_language_work_without_javascript(plain: Page, server: Server) -> None:
    plain.set_viewport_size({"width": 1280, "height": 900})
    plain.goto(f"{server.address}{SECTION}")
    assert checks.tabs(plain) == []
    plain.locator(".dl-language").click()
    plain.wait_for_url(f"{server.address}en/{SECTION}")


def test_long_formulas_and_listings_can_be_scrolled_by_keyboard(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.address}{SECTION}")
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll("article *")].filter(e => e.scrollWidth > e.clientWidth + 1
          && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.checkVisibility() && e.tabIndex !== 0)
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []


def test_the_first_stop_of_the_keyboard_skips_to_the_text(page: Page, server: Server) -> None:
    for address in ("glossary/", "no/such/page/"):
        page.goto(f"{server.address}{address}")
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        assert "md-skip" in (link.get_attribute("class") or "")
        assert link.evaluate("e => getComputedStyle(e).opacity") == "1"
        target = (link.get_attribute("href") or "").partition("#")[2]
        assert page.locator(f"article [id='{target}']").count() == 1


def test_colors_follow_the_system_and_the_toggle(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(server.address)
    scheme = "() => document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "slate"
    toggle = page.locator(".md-header__option label[for^=__palette]:visible")
    toggle.click()
    assert page.evaluate(scheme) == "default"
    page.reload()
    assert page.evaluate(scheme) == "default"  # remembered
    toggle.click()
    assert page.evaluate(scheme) == "slate"
    toggle.click()  # back to the system's
    page.emulate_media(color_scheme="light")
    page.wait_for_function("() => document.body.dataset.mdColorScheme === 'default'")
    page.evaluate("() => localStorage.clear()")


@pytest.mark.parametrize("address", ["no-such-page", "principles/no/such/page/", "en/no-such-page", "en/a/b/c.html"])
def test_a_dead_link_is_answered_in_both_languages(page: Page, server: Server, address: str) -> None:
    response = page.goto(f"{server.address}{address}")
    assert response and response.status == 404
    article = page.locator("article")
    assert "ページが見つかりません" in article.inner_text()
    assert "Page not found" in article.inner_text()
    homes = [link.get_attribute("href") for link in article.locator("li:first-child > a").all()]
    assert homes == ["/dlref/", "/dlref/en/"]
    assert page.locator(".md-header").evaluate("e => getComputedStyle(e).position") == "sticky"  # its styles were found
