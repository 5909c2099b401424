"""Lines of running text: punctuation stands on the line on which the formula before it ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.server import Server

WIDTHS = range(320, 440, 10)
# What KaTeX's own rule does, under which a line may end between a formula and its punctuation.
AS_KATEX = ".md-typeset .dl-hold .katex-base:last-child { display: inline-block !important }"

STRAY = r"""() => [...document.querySelectorAll("article var.dl-math")].flatMap(math => {
  const next = math.nextSibling, last = [...math.querySelectorAll(".katex-base")].pop();
  if (!last || next?.nodeType !== Node.TEXT_NODE || !/^[,.;:!?)\]’”、。，．：；！？）」』]/.test(next.data)) return [];
  const range = document.createRange();
  range.setStart(next, 0);
  range.setEnd(next, 1);
  const mark = range.getBoundingClientRect(), end = last.getBoundingClientRect();
  return mark.top > end.bottom - 2 || mark.left < end.left ? [math.querySelector("annotation").textContent + next.data[0]] : [];
})"""


def stray(page: Page) -> list[str]:
    """Formulas whose punctuation begins the next line, at the widths of telephones."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width} px: {formula}" for formula in page.evaluate(STRAY)]
    return found


@pytest.mark.parametrize("language", ["", "en/"], ids=["ja", "en"])
@pytest.mark.parametrize("address", ["principles/loss-functions/", "principles/basic-models/", "errata/"])
def test_no_line_begins_with_the_punctuation_of_a_formula(plain: Page, server: Server, address: str, language: str) -> None:
    plain.goto(f"{server.address}{language}{address}")
    plain.evaluate("() => document.fonts.ready")
    assert stray(plain) == []


def test_a_line_that_begins_with_punctuation_is_found(plain: Page, server: Server) -> None:
    plain.goto(f"{server.address}en/principles/basic-models/")
    plain.evaluate("() => document.fonts.ready")
    plain.evaluate("css => document.head.append(Object.assign(document.createElement('style'), {textContent: css}))", AS_KATEX)
    assert stray(plain)
