"""Labels of the figures, in the fonts of the page, on a telephone: inside the picture, apart from each other, large enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from dlref.site.book import Book, directives
from tests.browser import checks
from tests.browser.server import Server

ROOT = Path(__file__).parents[2]
SECTIONS = {s.page: [d.argument for d in directives(ROOT / "docs" / "ja" / s.page) if d.name == "figure"]
            for s in Book.read(ROOT).sections.values() if (ROOT / "docs" / "ja" / s.page).is_file()}  # fmt: skip
PAGES = {page: slugs for page, slugs in SECTIONS.items() if slugs}

# The widths of letters differ between machines: as they are here, and a twentieth of an em wider. Those of mathematics are the site's own.
WIDER = "svg.dl-fig { letter-spacing: 0.05em } .dl-fig-math, .dl-fig-sign { letter-spacing: 0 }"

# Each label that is not hidden: its width, its ink (from capitals to descenders), and the picture around it.
BOXES = """figure => [...(figure ?? document).querySelectorAll("svg.dl-fig text")].filter(text => text.getClientRects().length).map(text => {
  const svg = text.closest("svg"), frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
  const box = text.getBoundingClientRect();
  const sizes = [text, ...text.children].filter(part => part === text || part.classList.length)
    .map(part => parseFloat(getComputedStyle(part).fontSize) * scale);
  const base = frame.top + parseFloat(text.getAttribute("y")) * scale;
  return {
    slug: svg.closest("figure").querySelector("a[id]").id.slice(4), label: text.textContent, size: Math.min(...sizes),
    left: box.left, right: box.right, top: base - 0.74 * Math.max(...sizes), bottom: base + 0.22 * Math.max(...sizes),
    frame: [frame.left, frame.right, frame.top, frame.bottom],
  };
})"""


def misplaced(boxes: list[dict[str, Any]]) -> list[str]:
    """Labels that leave their picture, overlap with another one or are too small."""
    wrong = []
    for k, box in enumerate(boxes):
        left, right, top, bottom = box["frame"]
        if box["left"] < left or box["right"] > right or box["top"] < top or box["bottom"] > bottom:
            wrong.append(f"{box['slug']}: '{box['label']}' leaves the picture")
        if box["size"] < 11:
            wrong.append(f"{box['slug']}: '{box['label']}' has letters of {box['size']:g} px")
        for other in boxes[:k]:
            apart = box["right"] < other["left"] or other["right"] < box["left"] or box["bottom"] < other["top"] or other["bottom"] < box["top"]
            if not apart and box["slug"] == other["slug"]:
                wrong.append(f"{box['slug']}: '{box['label']}' overlaps '{other['label']}'")
    return wrong


@pytest.mark.parametrize("language", ["", "en/"], ids=["ja", "en"])
@pytest.mark.parametrize("section", PAGES)
def test_on_a_telephone_labels_stay_inside_the_picture_apart_and_legible_and_nothing_scrolls_sideways(
    plain: Page, server: Server, section: str, language: str
) -> None:
    plain.set_viewport_size({"width": 390, "height": 844})
    plain.goto(f"{server.address}{language}{section.removesuffix('.md')}/")
    plain.evaluate("() => document.fonts.ready")
    assert checks.sideways(plain) == []
    assert plain.evaluate("() => [...document.fonts].some(f => f.family.includes('KaTeX_Math') && f.status === 'loaded')")
    for style in ("svg {}", WIDER):
        plain.evaluate("css => document.head.append(Object.assign(document.createElement('style'), {textContent: css}))", style)
        boxes = plain.evaluate(BOXES)
        assert list(dict.fromkeys(box["slug"] for box in boxes)) == PAGES[section]
        assert misplaced(boxes) == []


def test_misplaced_labels_are_found() -> None:
    box = {"slug": "x", "label": "a", "size": 12, "left": 10, "right": 40, "top": 10, "bottom": 22, "frame": [0, 100, 0, 100]}
    assert misplaced([box, {**box, "top": 30, "bottom": 42}]) == []
    assert misplaced([box, {**box, "label": "b", "left": 39, "right": 60}]) == ["x: 'b' overlaps 'a'"]
    assert misplaced([{**box, "right": 101}]) == ["x: 'a' leaves the picture"]
    assert misplaced([{**box, "size": 10}]) == ["x: 'a' has letters of 10 px"]


LINKED = """<!doctype html><html lang="en"><head><title>Mini</title><link rel="icon" href="data:,"></head><body>
<figure class="dl-figure"><svg class="dl-fig" viewBox="0 0 100 50" width="400"><g id="x-part" data-part="part"><path d="M10,10h80v30h-80z"/></g></svg>
<p class="dl-figure__links"><a href="#eq-x" data-part="x-part">sum (1.1)</a></p></figure><p id="eq-x">x</p>
<script src="javascripts/interactive.js"></script></body></html>"""


def test_a_part_under_controls_is_lit_by_its_link_but_leads_nowhere(page: Page, server: Server) -> None:
    controls = '<fieldset class="dl-controls"><input type="range"><div class="dl-controls__says"></div><script type="application/json">{"tracks":[],"scenes":{}}</script></fieldset>'
    page.goto(server.page("controlled.html", LINKED.replace('class="dl-figure"', 'class="dl-figure dl-interactive"').replace("</figure>", f"{controls}</figure>")))
    page.locator(".dl-figure__links a").focus()
    assert page.locator("#x-part").get_attribute("data-lit") is not None
    page.locator("#x-part").click()
    assert page.url.endswith("controlled.html")


def test_a_part_and_the_link_to_its_formula_light_each_other_and_lead_there(page: Page, server: Server) -> None:
    page.goto(server.page("linked.html", LINKED))
    part, link = page.locator("#x-part"), page.locator(".dl-figure__links a")

    def lit() -> list[bool]:
        return [element.get_attribute("data-lit") is not None for element in (part, link)]

    assert lit() == [False, False]
    link.focus()
    assert lit() == [True, True]
    link.blur()
    assert lit() == [False, False]
    part.hover()
    assert lit() == [True, True]
    link.hover()
    assert lit() == [True, True]
    page.mouse.move(0, 0)
    assert lit() == [False, False]
    part.click()
    page.wait_for_url("**/linked.html#eq-x")
