"""What the site tests read off a built page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import lxml.html
from bs4 import BeautifulSoup, Tag
from lxml import etree
from lxml.html import HtmlElement

BOXES = ("point", "summary", "erratum", "addition", "convention")


def parse(path: Path) -> BeautifulSoup:
    """A page, without the colors of its code: they are half of all elements, and no test looks at them."""
    html = re.sub(r"<pre.*?</pre>", lambda pre: re.sub(r"</?span[^>]*>", "", pre[0]), path.read_text(encoding="utf8"), flags=re.DOTALL)
    return BeautifulSoup(html, "lxml")


soup = cache(parse)  # for the pages of the site, which do not change while tests run


def read(path: Path) -> HtmlElement:
    """A page as `parse` gives it, for what looks at every page: in a tenth of the time."""
    root = lxml.html.parse(str(path), lxml.html.HTMLParser(encoding="utf8")).getroot()
    for pre in root.iter("pre"):
        etree.strip_tags(pre, "span")
    return root


tree = cache(read)


def classed(root: HtmlElement, name: str) -> list[HtmlElement]:
    """The elements of a class."""
    return root.xpath(".//*[contains(concat(' ', normalize-space(@class), ' '), $name)]", name=f" {name} ")  # type: ignore[no-any-return]


def blocks(path: Path) -> list[Tag]:
    """The formula blocks of a page's content."""
    found = classed(tree(path).find(".//article"), "dl-formula")
    return [BeautifulSoup(lxml.html.tostring(block, encoding="unicode", with_tail=False), "lxml").body.div for block in found]  # type: ignore[union-attr, misc]


formulas = cache(blocks)


def article(path: Path) -> Tag:
    """The content of a page, without navigation."""
    found = soup(path).find("article")
    assert isinstance(found, Tag), f"{path} has no article"
    return found


def latex(math: Tag) -> str:
    """The LaTeX that a typeset formula carries in its MathML."""
    annotation = math.find("annotation", attrs={"encoding": "application/x-tex"})
    assert isinstance(annotation, Tag), "a formula without MathML"
    return annotation.get_text()


def katex(math: Tag) -> Tag:
    """The outermost element that KaTeX made for a formula."""
    found = math.find(class_="katex-display") or math.find(class_="katex")
    assert isinstance(found, Tag)
    return found


@dataclass
class Outline:
    """The structure of a page: what must be the same in both languages, in order, and inline formulas by heading section."""

    items: list[str] = field(default_factory=list)
    math: dict[str, Counter[str]] = field(default_factory=dict)


def outline(root: HtmlElement) -> Outline:
    """Headings, formulas, snippets, figures, boxes, lists, tables and links of an article, in order."""
    found = Outline()
    heading = ""
    for element in root.iterdescendants(etree.Element):
        classes = element.get("class", "").split()
        if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            heading = str(element.get("id"))
            found.items.append(f"{element.tag} #{heading}")
        elif "dl-formula" in classes:
            labels = [item for labels in classed(element, "dl-formula__labels") for item in labels if item.tag == "li"]
            found.items.append(f"formula {_latex(element)} with {len(labels)} labels")
        elif "tabbed-set" in classes:
            found.items.append(f"snippet {element.get('data-tabs')}")
        elif "dl-figure" in classes:
            found.items.append("figure " + element.find(".//a").get("id"))
        elif "dl-numbered" in classes:
            found.items.append("numbered table " + element.find(".//a").get("id"))
        elif "admonition" in classes:
            found.items.append(f"box {' '.join(c for c in classes if c in BOXES)} #{element.get('id', '')}")
        elif element.tag in ("table", "ul", "ol") and not _inside(element, "dl-data", "dl-formula"):
            rows = element.findall(".//tr" if element.tag == "table" else "li")
            found.items.append(f"{element.tag} of {len(rows)}")
        elif element.tag == "a" and element.get("href") and "headerlink" not in classes:
            found.items.append("link " + _target(element.get("href")))
        elif "dl-math" in classes and not _inside(element, "dl-formula"):
            found.math.setdefault(heading, Counter())[_latex(element)] += 1
    return found


def _latex(math: HtmlElement) -> str:
    """As `latex`."""
    annotation = math.find(".//annotation[@encoding='application/x-tex']")
    assert annotation is not None, "a formula without MathML"
    return str(annotation.text_content())


def _inside(element: HtmlElement, *classes: str) -> bool:
    return any(c in classes for parent in element.iterancestors() for c in parent.get("class", "").split())


def _target(href: str) -> str:
    """A link without what differs by language: how far up the root lies, and the content of a file that it carries."""
    if href.startswith("data:"):
        return href.partition(";")[0]
    return href if ":" in href else "/".join(part for part in href.split("/") if part not in ("..", "."))


def pages(site: Path, language: str) -> Iterator[Path]:
    """Built pages of one language."""
    root = site if language == "ja" else site / "en"
    for path in sorted(root.rglob("index.html")):
        if language == "en" or (site / "en") not in path.parents:
            yield path
