"""What the site tests read off a built page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup, Tag

BOXES = ("point", "summary", "erratum", "addition", "convention")


def parse(path: Path) -> BeautifulSoup:
    """A page, without the colors of its code: they are half of all elements, and no test looks at them."""
    html = re.sub(r"<pre.*?</pre>", lambda pre: re.sub(r"</?span[^>]*>", "", pre[0]), path.read_text(encoding="utf8"), flags=re.DOTALL)
    return BeautifulSoup(html, "lxml")


soup = cache(parse)  # for the pages of the site, which do not change while tests run


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


def outline(root: Tag) -> Outline:
    """Headings, formulas, snippets, figures, boxes, lists, tables and links of an article, in order."""
    found = Outline()
    heading = ""
    for element in root.descendants:
        if not isinstance(element, Tag):
            continue
        classes = element.get("class") or []
        if element.name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            heading = str(element.get("id"))
            found.items.append(f"{element.name} #{heading}")
        elif "dl-formula" in classes:
            labels = element.select(".dl-formula__labels > li")
            found.items.append(f"formula {latex(element)} with {len(labels)} labels")
        elif "tabbed-set" in classes:
            found.items.append(f"snippet {element.get('data-tabs')} {element.get_text()[:0]}")
        elif "dl-figure" in classes:
            found.items.append("figure " + str(element.find("a")["id"]))  # type: ignore[index]
        elif "dl-numbered" in classes:
            found.items.append("numbered table " + str(element.find("a")["id"]))  # type: ignore[index]
        elif "admonition" in classes:
            found.items.append(f"box {' '.join(c for c in classes if c in BOXES)} #{element.get('id', '')}")
        elif element.name in ("table", "ul", "ol") and not _inside(element, "dl-data", "dl-formula"):
            rows = element.find_all(["tr"] if element.name == "table" else ["li"], recursive=element.name == "table")
            found.items.append(f"{element.name} of {len(rows)}")
        elif element.name == "a" and element.get("href") and "headerlink" not in classes:
            found.items.append("link " + _target(str(element["href"])))
        elif "dl-math" in classes and not _inside(element, "dl-formula"):
            found.math.setdefault(heading, Counter())[latex(element)] += 1
    return found


def _inside(element: Tag, *classes: str) -> bool:
    return any(c in classes for parent in element.parents for c in (parent.get("class") or []))


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
