"""Each check of a page can fail: on a page broken on purpose it names the fault, on the repaired page it is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import checks, conftest
from tests.browser.server import Server

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mini</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}</head>
<body><main><article><h1>Mini</h1>{body}</article></main></body></html>"""

KATEX = '<link rel="stylesheet" href="/dlref/assets/katex/katex.min.css">'
FORMULA = (
    '<p><span class="katex"><span class="katex-mathml"><math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>y</mi>'
    '<annotation encoding="application/x-tex">y</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span class="mord mathnormal">y</span></span></span></p>'
)

TABS = """<div class="tabbed-set"><input type="radio" name="t" id="t1" checked><input type="radio" name="t" id="t2">
<div class="tabbed-labels"><label for="t1">One</label><label for="t2">Two</label></div>
<div class="tabbed-content"><div class="tabbed-block"><p>first</p></div>
<div class="tabbed-block"><p>second</p></div></div></div>"""
TABS_CSS = """<style>.tabbed-block {display: none}
#t1:checked ~ .tabbed-content > :nth-child(1), #t2:checked ~ .tabbed-content > :nth-child(2) {display: block}</style>"""

LISTING = """<div class="highlight"><pre><code><span class="linenos">1</span>x = 1
</code><button data-md-type="copy" onclick="navigator.clipboard.writeText(%s)">Copy</button></pre></div>"""

CODE = "<pre>a line of code that is wider than its box</pre>"

Check = Callable[[Page], list[str]]


def narrow(page: Page) -> list[str]:
    page.set_viewport_size({"width": 390, "height": 844})
    return checks.sideways(page)


# check, the broken page, the repaired page, what the check says of the broken one
BROKEN: dict[str, tuple[Check, tuple[str, str], tuple[str, str], str]] = {
    "formula without its stylesheet": (checks.formulas, ("", FORMULA), (KATEX, FORMULA), "set in Times New Roman: y"),
    "formula with a font that is not there": (
        checks.formulas,
        ("<style>@font-face {font-family: KaTeX_Math; src: url(gone.woff2)} .mord {font-family: KaTeX_Math}</style>", FORMULA),
        (KATEX, FORMULA),
        "font KaTeX_Math not loaded: y",
    ),
    "formula without MathML": (
        checks.formulas,
        (KATEX, FORMULA.replace("<math", "<span").replace("</math", "</span")),
        (KATEX, FORMULA),
        "no MathML: y",
    ),
    "formula that is not seen": (
        checks.formulas,
        (KATEX + "<style>.katex-html {opacity: 0}</style>", FORMULA),
        (KATEX, FORMULA),
        "not visible: y",
    ),
    "formula that KaTeX could not read": (
        checks.formulas,
        ("", '<span class="katex-error" title="ParseError: \\foo">\\foo</span>'),
        ("", ""),
        "error: ParseError: \\foo",
    ),
    "tab that shows nothing": (
        checks.tabs,
        (TABS_CSS.replace("#t2:checked", "#t3:checked"), TABS),
        (TABS_CSS, TABS),
        "tabs 1: 'Two' shows [], not [1]",
    ),
    "tabs that show all": (checks.tabs, ("", TABS), (TABS_CSS, TABS), "tabs 1: 'Two' shows [0, 1], not [1]"),
    "tab without a label": (
        checks.tabs,
        (TABS_CSS, TABS.replace('<label for="t2">Two</label>', "")),
        (TABS_CSS, TABS),
        "tabs 1: 1 labels for 2 contents",
    ),
    "copy with the line number": (
        checks.copies,
        ("", LISTING % "'1x = 1'"),
        ("", LISTING % "'x = 1'"),
        "copied '1x = 1', not 'x = 1'",
    ),
    "copy of nothing": (
        checks.copies,
        ("", LISTING % ""),
        ("", LISTING % "'x = 1'"),
        "copied 'nothing was copied', not 'x = 1'",
    ),
    "listing without a button": (
        checks.copies,
        ("", '<div class="highlight"><pre><code>x = 1</code></pre></div>'),
        ("", LISTING % "'x = 1'"),
        "0 copy buttons: 'x = 1'",
    ),
    "picture without alternative": (
        checks.axe,
        ("", '<img src="data:,">'),
        ("", '<img src="data:," alt="nothing">'),
        "image-alt: img: Element does not have an alt attribute",
    ),
    "text too pale": (
        checks.axe,
        ("", '<p style="color: #999; background: #fff">pale</p>'),
        ("", "<p>dark</p>"),
        "color-contrast: p: Element has insufficient color contrast of 2.84",
    ),
    "box that the keyboard cannot scroll": (
        checks.axe,
        ("", f'<div style="overflow: auto; width: 90px">{CODE}</div>'),
        ("", f'<div style="overflow: auto; width: 90px" tabindex="0">{CODE}</div>'),
        "scrollable-region-focusable: div: ",
    ),
    "page wider than the screen": (
        narrow,
        ("", '<p class="wide" style="width: 600px">wide text</p>'),
        ("", '<div style="overflow: auto"><p class="wide" style="width: 600px">wide text</p></div>'),
        '<p class="wide"> wide text',
    ),
}


@pytest.fixture(scope="module")
def sheet(context: BrowserContext) -> Iterator[Page]:
    """One page for all faults."""
    page = context.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_is_named_and_its_repair_accepted(sheet: Page, server: Server, fault: str) -> None:
    check, broken, repaired, message = BROKEN[fault]
    said = run(sheet, server, check, *broken)
    assert [line for line in said if line.startswith(message)], said
    assert run(sheet, server, check, *repaired) == []


def run(page: Page, server: Server, check: Check, head: str, body: str) -> list[str]:
    page.goto(server.page("mini", PAGE.format(head=head, body=body)))
    return check(page)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<div class="tabbed-set"><div class="tabbed-content"><div class="tabbed-block" style="display: none"><p>lost</p></div></div></div>', "closed for good: lost"),
        ('<p style="visibility: hidden">unseen</p>', "not visible: unseen"),
        ('<p class="late">waits for a script</p><style>.late {display: none}</style>', "not visible: waits for a script"),
    ],
)  # fmt: skip
def test_what_needs_javascript_is_named(plain: Page, server: Server, body: str, message: str) -> None:
    assert run(plain, server, checks.readable, "", body) == [message]
    assert run(plain, server, checks.readable, TABS_CSS, TABS + "<p>text</p>") == []


def test_noise_is_heard(page: Page, server: Server) -> None:
    noise = checks.Noise(page, server.address)
    outside = server.address.replace("127.0.0.1", "localhost") + "assets/katex/katex.min.css"
    body = '<script>console.error("oh")</script><script>nothing()</script><img src="gone.png" alt="x">'
    body += f'<link rel="stylesheet" href="{outside}">'
    page.goto(server.page("mini", PAGE.format(head="", body=body)))
    page.wait_for_load_state("networkidle")
    assert noise.outside == [outside]
    assert sorted(noise.console) == [
        f"error: Failed to load resource: the server responded with a status of 404 (Not Found): {server.address}gone.png",
        f"error: oh: {page.url}",
        "exception: nothing is not defined",
    ]


def test_a_missing_chromium_skips_and_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DLREF_CHROMIUM", raising=False)
    assert conftest.find_chromium() is None
    assert "apt-get install chromium" in conftest.MISSING
    monkeypatch.setenv("DLREF_CHROMIUM", "/opt/browser")
    assert conftest.find_chromium() == "/opt/browser"


def test_axe_is_the_pinned_one() -> None:
    assert Path(checks.AXE).is_file(), "docs/npm/node_modules is filled by `pip install -e .`"
