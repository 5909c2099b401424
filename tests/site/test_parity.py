"""The two languages' pages are peers: the same structure in the same order, the same inline formulas under each heading."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml.html import HtmlElement, fromstring

from tests.site.html import outline, pages, tree


def differences(ja: HtmlElement, en: HtmlElement) -> list[str]:
    """What parts two pages that should be peers, in words."""
    one, two = outline(ja), outline(en)
    found = []
    for i, (a, b) in enumerate(zip(one.items, two.items, strict=False)):
        if a != b:
            found.append(f"item {i}: Japanese has '{a}', English has '{b}'")
            break
    if not found and len(one.items) != len(two.items):
        longer, name = (one, "Japanese") if len(one.items) > len(two.items) else (two, "English")
        found.append(f"only {name} goes on with '{longer.items[min(len(one.items), len(two.items))]}'")
    for heading in {**one.math, **two.math}:
        a, b = one.math.get(heading, {}), two.math.get(heading, {})
        if a != b:
            only = {tex: (a.get(tex, 0), b.get(tex, 0)) for tex in {**a, **b} if a.get(tex, 0) != b.get(tex, 0)}
            found.append(f"inline formulas under #{heading} (Japanese, English): {only}")
    return found


def test_both_languages_have_the_same_pages(site: Path) -> None:
    ja = [str(p.relative_to(site)) for p in pages(site, "ja")]
    en = [str(p.relative_to(site / "en")) for p in pages(site, "en")]
    assert ja == en


def test_pages_are_peers(site: Path) -> None:
    wrong = {}
    for ja in pages(site, "ja"):
        relative = ja.relative_to(site)
        if relative.parts[0] in ("glossary",):
            continue  # sorted by each language's own order
        found = differences(tree(ja).find(".//article"), tree(site / "en" / relative).find(".//article"))
        if found:
            wrong[str(relative)] = found
    assert not wrong


GOOD = """<article><h1 id="a">A</h1><p>x <span class="dl-math"><span class="katex"><annotation
encoding="application/x-tex">x</annotation></span></span> <a href="../b/">b</a></p><div class="admonition point" id="p"></div><ul><li>1</li></ul></article>"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id="a"', 'id="b"', "Japanese has 'h1 #a', English has 'h1 #b'"),
        (">x</annotation>", ">-x</annotation>", "inline formulas under #a"),
        ("point", "summary", "box point #p"),
        ('<div class="admonition point" id="p"></div>', "", "English has 'ul of 1'"),
        ("<li>1</li>", "<li>1</li><li>2</li>", "'ul of 1', English has 'ul of 2'"),
        ("../b/", "../c/", "'link b/', English has 'link c/'"),
        ("<ul><li>1</li></ul>", "", "only Japanese goes on with 'ul of 1'"),
    ],
)
def test_a_difference_is_told(old: str, new: str, message: str) -> None:
    assert old in GOOD
    assert differences(fromstring(GOOD), fromstring(GOOD)) == []
    assert message in "\n".join(differences(fromstring(GOOD), fromstring(GOOD.replace(old, new))))
