"""Every page names itself, its partner and its language, and brings no script of our own in its text."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml.html import HtmlElement, tostring
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.site.html import classed, read, tree

ROOT = Path(__file__).parents[2]
BASE = "https://example.org/dlref/"
# What an inline script of Material for MkDocs begins with; there is no other.
MATERIAL = ("__md_scope=", "var palette=__md_get", "var tabs=__md_get", "var target=document.getElementById")


def wrong_heads(site: Path, base: str = BASE, read: Callable[[Path], HtmlElement] = read) -> list[str]:
    """What is wrong with the heads of a built site's pages and with their links to the other language."""
    found: list[str] = []
    titles: dict[tuple[str, str], str] = {}
    for path in sorted(site.rglob("index.html")):
        page = read(path)
        address = path.parent.relative_to(site).as_posix()
        address = "" if address == "." else f"{address}/"
        language, common = ("en", address.removeprefix("en/")) if address.startswith("en/") else ("ja", address)
        other = base + (common if language == "en" else f"en/{common}")

        def say(what: str, address: str = address) -> None:
            found.append(f"{address or 'home'}: {what}")

        if page.get("lang") != language:
            say(f"lang is not {language}")
        if links(page, "canonical") != [(None, base + address)]:
            say(f"canonical is {links(page, 'canonical')}")
        expected = [("ja", base + common), ("en", f"{base}en/{common}"), ("x-default", base + common)]
        if links(page, "alternate") != expected:
            say(f"hreflang says {links(page, 'alternate')}")
        if not (site / ("" if language == "en" else "en") / common / "index.html").is_file():
            say("has no partner")
        switch = next(iter(classed(page, "dl-language")), None)
        if switch is None or join(base + address, switch.get("href")) != other:
            say(f"language link leads to {None if switch is None else switch.get('href')}")
        elif switch.get("hreflang") == language or switch.get("hreflang") != switch.get("lang"):
            say("language link names its own language")
        if not any(page.xpath("//meta[@name='description']/@content")):
            say("has no description")
        title = page.findtext(".//title", "").strip()
        if not title:
            say("has no title")
        elif (language, title) in titles:
            say(f"has the title of {titles[language, title]}")
        titles[language, title] = address or "home"
        for script in page.xpath("//script[not(@src)]"):
            if script.get("type") != "application/json" and not (script.text or "").startswith(MATERIAL):
                say(f"inline script: {(script.text or '')[:40]}")
        for element in page.xpath("//*[@*[starts-with(name(), 'on')]]"):
            say(f"inline handler: {tostring(element, encoding='unicode')[:60]}")
        if page.xpath("//*[@data-md-component='source']"):
            say("asks the repository's host for its number of stars")
    return found


def links(page: HtmlElement, rel: str) -> list[tuple[str | None, str]]:
    """(hreflang, address) of the head's links of a relation."""
    return [
        (link.get("hreflang"), link.get("href"))
        for link in page.iter("link")
        if rel in link.get("rel", "").split()
    ]


def join(address: str, href: str) -> str:
    """Where a relative link of a page leads, without `index.html` and `..`."""
    parts = urlsplit(address)
    path = posixpath.normpath(posixpath.join(parts.path, href))
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}/"


def test_heads(site: Path) -> None:
    assert wrong_heads(site, read=tree) == []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages in two languages with the site's theme, for a host without a sub-path."""
    root = tmp_path_factory.mktemp("small")
    for language, prefix in (("ja", ""), ("en", "en/")):
        for name in ("index.md", "a/b.md"):
            page = root / language / name
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"---\ndescription: d\n---\n# {name} {{ #x }}\n", encoding="utf8")
        config = root / f"{language}.yml"
        config.write_text(
            f"site_name: small\nsite_url: https://example.org/{prefix}\ndocs_dir: {language}\n"
            f"theme: {{name: material, language: {language}, font: false, custom_dir: {ROOT / 'docs' / 'theme'}}}\n"
            "extra: {alternate: true}\nmarkdown_extensions: [attr_list]\nplugins: [search]\n",
            encoding="utf8",
        )
        build(load_config(str(config), site_dir=str(root / "site" / prefix)))
    return root / "site"


def test_heads_without_a_sub_path(small: Path) -> None:
    assert wrong_heads(small, "https://example.org/") == []


def test_the_404_page_has_absolute_links_and_no_partner(small: Path, site: Path) -> None:
    for folder, path in ((site, "/dlref/"), (small, "/")):
        for name in ("404.html", "en/404.html"):
            page = read(folder / name)
            assert set(page.xpath("//article//section/@lang")) == {"ja", "en"}
            addresses = page.xpath("//article//a/@href | //link[@rel='stylesheet']/@href | //script/@src")
            assert len(addresses) > 6
            assert [a for a in addresses if not a.startswith(path) or "/../" in a] == []
            assert links(page, "alternate") == links(page, "canonical") == []
            assert page.xpath("//meta[@name='robots'][@content='noindex']")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.replace('<html lang="en"', '<html lang="ja"'), "en/a/b/: lang is not en"),
        (lambda t: t.replace('rel="canonical" href="', 'rel="canonical" href="x'), "en/a/b/: canonical is"),
        (lambda t: t.replace('hreflang="x-default"', 'hreflang="de"'), "en/a/b/: hreflang says"),
        (
            lambda t: t.replace('hreflang="ja" href="https://example.org/a/b/"', 'hreflang="ja" href="https://example.org/"'),
            "hreflang",
        ),
        (lambda t: t.replace('/../a/b/"', '/../"'), "en/a/b/: language link leads to"),
        (lambda t: t.replace('hreflang="ja" lang="ja"', 'hreflang="en" lang="en"'), "language link names its own language"),
        (lambda t: t.replace('name="description"', 'name="other"'), "en/a/b/: has no description"),
        (lambda t: t.replace("<title>a/b.md - small", "<title>small"), "en/: has the title of en/a/b/"),
        (lambda t: t.replace("</head>", "<script>track()</script></head>"), "inline script: track()"),
        (lambda t: t.replace("<article", '<article onclick="x()"'), "inline handler: <article"),
        (lambda t: t.replace("<article", '<article data-md-component="source"'), "number of stars"),
    ],
)
def test_a_wrong_head_is_named(small: Path, edit: Callable[[str], str], message: str) -> None:
    path = small / "en" / "a" / "b" / "index.html"
    good = path.read_text(encoding="utf8")
    bad = edit(good)
    assert bad != good
    try:
        path.write_text(bad, encoding="utf8")
        assert any(message in line for line in wrong_heads(small, "https://example.org/"))
    finally:
        path.write_text(good, encoding="utf8")


def test_a_page_without_partner_is_named(small: Path) -> None:
    path = small / "en" / "a" / "b" / "index.html"
    away = path.rename(path.with_name("away.html"))
    try:
        assert "a/b/: has no partner" in wrong_heads(small, "https://example.org/")
    finally:
        away.rename(path)
