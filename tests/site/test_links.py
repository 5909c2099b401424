"""Every link and every anchor of the built site leads somewhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from lxml import etree

from tests.site.html import tree

BASE = "https://example.org/dlref/"


def broken(site: Path) -> list[str]:
    """Links of a built site that lead to no file or to no anchor, and whatever a page would load from another host."""
    found = []
    ids = {path: set(tree(path).xpath("//@id")) for path in site.rglob("*.html")}
    for page in ids:
        name = page.relative_to(site)
        seen: set[str] = set()
        for element in tree(page).iter(etree.Element):
            id_ = element.get("id")
            if id_ and element.tag != "svg":
                if id_ in seen:
                    found.append(f"{name}: the id '{id_}' stands twice")
                seen.add(id_)
            loads = element.get("src") or (element.get("href") if element.tag == "link" and _loads(element.get("rel", "")) else None)
            if loads and "://" in loads:
                found.append(f"{name}: loads {loads} from elsewhere")
            href = element.get("href") or element.get("src")
            if not href or element.tag == "base" or href.startswith(("mailto:", "data:", "javascript:")):
                continue
            if href.startswith(BASE):
                target = site / unquote(href.removeprefix(BASE).partition("#")[0])
            elif "://" in href:
                continue
            elif href.startswith("/"):
                target = site / unquote(href.removeprefix("/dlref/").partition("#")[0])
            else:
                target = page.parent / unquote(urldefrag(href).url) if urldefrag(href).url else page
            target = target / "index.html" if target.is_dir() else target
            fragment = unquote(urldefrag(href).fragment)
            target = Path(*target.parts[:1], *_normal(target.parts[1:]))
            if not target.is_file():
                found.append(f"{name}: {href} leads to no file")
            elif fragment and target.suffix == ".html" and fragment not in ids[target]:
                found.append(f"{name}: {href} leads to no anchor")
    return found


def _loads(rel: str) -> bool:
    return bool({"stylesheet", "icon", "preload", "modulepreload", "manifest"} & set(rel.split()))


def _normal(parts: tuple[str, ...]) -> list[str]:
    out: list[str] = []
    for part in parts:
        if part == "..":
            out.pop()
        elif part != ".":
            out.append(part)
    return out


def test_links_lead_somewhere(site: Path) -> None:
    assert broken(site) == []


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ('<a href="missing/">x</a>', "missing/ leads to no file"),
        ('<a href="#nowhere">x</a>', "#nowhere leads to no anchor"),
        ('<a href="other/#nowhere">x</a>', "other/#nowhere leads to no anchor"),
        ('<script src="https://cdn.example.com/a.js"></script>', "loads https://cdn.example.com/a.js from elsewhere"),
        ('<link rel="stylesheet" href="https://cdn.example.com/a.css">', "from elsewhere"),
        ('<p id="a"></p><p id="a"></p>', "the id 'a' stands twice"),
        ('<img src="missing.png">', "missing.png leads to no file"),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, html: str, message: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<p id="here">x</p>', encoding="utf8")
    page = tmp_path / "index.html"
    page.write_text('<a href="other/#here">x</a><a href="https://example.org/dlref/other/">x</a>', encoding="utf8")
    assert broken(tmp_path) == []
    tree.cache_clear()
    page.write_text(html, encoding="utf8")
    assert message in "\n".join(broken(tmp_path))
