"""What a reader must find on any page, as functions from a loaded page to the list of what is wrong with it.

An empty list means that nothing is. The tests run them on every kind of page of the built site, and on miniature pages
that are broken on purpose, for which the list must name the fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request

AXE = Path(__file__).parents[2] / "docs" / "npm" / "node_modules" / "axe-core" / "axe.min.js"


class Noise:
    """What a page says on the console and asks of the network, from before it loads."""

    def __init__(self, page: Page, address: str) -> None:
        self.console: list[str] = []
        self.outside: list[str] = []
        self.inside: list[str] = []
        self._address = address
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.console.append(f"exception: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}: {message.location['url']}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            (self.inside if request.url.startswith(self._address) else self.outside).append(request.url)


def formulas(page: Page) -> list[str]:
    """Formulas that are not seen, not set in KaTeX's fonts, or lack the MathML that a screen reader speaks."""
    page.evaluate("() => document.fonts.ready")
    return page.evaluate(
        """() => {
          const wrong = [];
          const loaded = new Set([...document.fonts].filter(f => f.status === "loaded").map(f => f.family.replaceAll('"', "")));
          const shown = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
          for (const katex of document.querySelectorAll(".katex")) {
            if (!shown(katex)) continue;  // in a closed tab or box
            const name = katex.querySelector("annotation")?.textContent ?? katex.textContent.slice(0, 60);
            const html = katex.querySelector(".katex-html");
            const box = html?.getBoundingClientRect();
            if (!katex.querySelector(".katex-mathml math")) wrong.push(`no MathML: ${name}`);
            if (!box || box.width === 0 || box.height === 0 || !shown(html)) wrong.push(`not visible: ${name}`);
            else for (const family of new Set([...html.querySelectorAll("*")].filter(e => e.childNodes.length === 1
                && e.firstChild.nodeType === Node.TEXT_NODE && e.textContent.trim() && !e.closest(".cjk_fallback"))
                .map(e => getComputedStyle(e).fontFamily.split(",")[0].replaceAll('"', "")))) {
              if (!family.startsWith("KaTeX_")) wrong.push(`set in ${family}: ${name}`);
              else if (!loaded.has(family)) wrong.push(`font ${family} not loaded: ${name}`);
            }
          }
          for (const font of document.fonts) if (font.status === "error") wrong.push(`font ${font.family} not found`);
          for (const error of document.querySelectorAll(".katex-error")) wrong.push(`error: ${error.title}`);
          return wrong;
        }"""
    )


def tabs(page: Page) -> list[str]:
    """Tabs whose label does not bring their content, and theirs alone."""
    wrong = []
    sets = page.locator(".tabbed-set")
    for i in range(sets.count()):
        labels = sets.nth(i).locator("> .tabbed-labels > label")
        blocks = sets.nth(i).locator("> .tabbed-content > .tabbed-block")
        names = labels.all_inner_texts()
        if len(names) != blocks.count():
            wrong.append(f"tabs {i + 1}: {len(names)} labels for {blocks.count()} contents")
            continue
        for k in [*range(1, len(names)), 0]:  # ends as it began
            labels.nth(k).click()
            shown = blocks.evaluate_all("blocks => [...blocks.keys()].filter(k => blocks[k].checkVisibility())")
            if shown != [k]:
                wrong.append(f"tabs {i + 1}: '{names[k]}' shows {shown}, not [{k}]")
    return wrong


def copies(page: Page, *, pressed: int = 1000) -> list[str]:
    """Listings without a copy button, or whose button copies anything but the code; line numbers are no code.

    At most about `pressed` of the buttons, spread over the page, are pressed.
    """
    wrong = []
    listings = page.locator(".highlight pre:visible")
    found: list[tuple[str, int]] = listings.evaluate_all(
        """listings => listings.map(listing => {
          const code = listing.querySelector("code").cloneNode(true);
          for (const number of code.querySelectorAll(".linenos")) number.remove();
          return [code.textContent.trimEnd(), listing.querySelectorAll("button[data-md-type=copy]").length];
        })"""
    )
    for i, (code, buttons) in enumerate(found):
        if buttons != 1:
            wrong.append(f"{buttons} copy buttons: {code[:60]!r}")
        elif i % max(1, len(found) // pressed) == 0:
            page.evaluate("() => navigator.clipboard.writeText('nothing was copied')")
            listings.nth(i).locator("button[data-md-type=copy]").click()
            copied = page.evaluate("() => navigator.clipboard.readText()")
            if copied != code:
                wrong.append(f"copied {copied[:60]!r}, not {code[:60]!r}")
    return wrong


def axe(page: Page, rules: str = "all", within: str = ":root") -> list[str]:
    """Violations of axe-core's rules, best practices among them: of all rules, only of the one on `colors`, or of all but that; in parts of the page.

    Of a file that is listed whole, in thousands of colored words, axe sees the first three pieces, and of a table the first
    forty rows: the others are alike.
    The drawn half of a formula, which is hidden from screen readers, steps aside: it has the color of the text around it. Only
    displayed formulas stay whole, since their boxes scroll.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf8"))
    options: dict[str, Any] = {
        "colors": {"runOnly": ["color-contrast"]},
        "structure": {"rules": {"color-contrast": {"enabled": False}}},
    }
    if rules == "all":
        return axe(page, "structure", within) + axe(page, "colors", within)
    spare = ".dl-listing > div:nth-of-type(n + 4), tbody > tr:nth-of-type(n + 41), " + (
        ".katex-html" if rules == "colors" else "var .katex-html"
    )
    return page.evaluate(
        """async ([options, spare, within]) => {
          const places = [...document.querySelectorAll(spare)].map(piece => {
            const place = document.createComment("");
            piece.replaceWith(place);
            return [place, piece];
          });
          const {violations} = await axe.run(document.querySelectorAll(within), {resultTypes: ["violations"], ...options});
          for (const [place, piece] of places) place.replaceWith(piece);
          return violations.flatMap(v => v.nodes.map(n =>
            `${v.id}: ${n.target.join(" ")}: ${n.any.concat(n.all, n.none)[0]?.message ?? v.help}`));
        }""",
        [options[rules], spare, within],
    )


def sideways(page: Page) -> list[str]:
    """Elements that make the page scroll sideways; boxes that scroll by themselves do not."""
    return page.evaluate(
        """() => {
          const root = document.documentElement;
          const width = root.clientWidth;
          if (Math.max(root.scrollWidth, document.body.scrollWidth) <= width) return [];
          const clipped = element => {
            for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
              if (getComputedStyle(e).overflowX !== "visible") return true;
            return false;
          };
          const beyond = element => element.getBoundingClientRect().right > width + 0.5;
          const wide = [...document.body.querySelectorAll("*")].filter(e => beyond(e) && !clipped(e));
          const name = e => `<${e.tagName.toLowerCase()} class="${e.className}"> ${e.textContent.trim().slice(0, 40)}`;
          return [`the page is ${root.scrollWidth} pixels wide, not ${width}`,
                  ...wide.slice(0, 10).map(name)];
        }"""
    )


def readable(page: Page) -> list[str]:
    """Content that a page loaded without JavaScript keeps from the reader."""
    return page.evaluate(
        """() => {
          const wrong = [];
          const shown = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
            && element.getBoundingClientRect().height > 0;
          const text = element => element.textContent.trim().slice(0, 60);
          const article = document.querySelector("article");
          if (!article || !shown(article)) return ["no text"];
          for (const element of article.querySelectorAll("p, li, h1, h2, h3, td, pre, .katex-html")) {
            const folded = element.closest("details:not([open])");
            if (folded && !element.closest("summary")) {
              // What is folded away is one click on its summary away, which needs no script.
              if (!shown(folded.querySelector("summary"))) wrong.push(`folded for good: ${text(element)}`);
              continue;
            }
            const block = element.closest(".tabbed-block");
            if (block && !shown(block)) {
              // A closed tab is one click on a radio button away.
              const place = [...block.parentElement.children].indexOf(block);
              const set = block.closest(".tabbed-set");
              const button = set.querySelectorAll(":scope > input[type=radio]")[place];
              const label = button && set.querySelector(`label[for="${button.id}"]`);
              if (!label || !shown(label)) wrong.push(`closed for good: ${text(element)}`);
              continue;
            }
            if (text(element) && !shown(element)) wrong.push(`not visible: ${text(element)}`);
          }
          return wrong;
        }"""
    )


def search(page: Page, term: str) -> list[str]:
    """Addresses of the search's results, best first, for a term put into the dialog at once, so that there is one answer."""
    if not page.locator(".md-search__input:focus").count():
        page.keyboard.press("f")
    page.locator(".md-search__input:focus").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    answered = """answered => {
      const words = JSON.parse(document.querySelector("#__config").textContent).translations;
      const waiting = document.querySelector(".md-search-result__meta").textContent === words["search.result.placeholder"];
      return waiting !== answered;
    }"""
    page.wait_for_function(answered, arg=False)
    page.keyboard.insert_text(term)
    page.keyboard.press("Shift")  # the dialog listens to keyup, which inserting a text does not send
    page.wait_for_function(answered, arg=True)
    return page.locator(".md-search-result__item > a").evaluate_all("all => all.map(a => a.href)")  # type: ignore[no-any-return]
