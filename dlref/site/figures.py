"""The block ``/// figure | SLUG``: a drawing of ``docs/figures/SLUG.py`` set into the page, with caption and text alternative.

A script defines ``draw(language) -> str`` (SVG) and ``describe(language) -> str`` (what the picture shows, with a number that
the script computes). Colors are the theme's CSS variables, so one drawing serves light and dark. Drawings are kept under
``docs/theme/assets/figures`` until the script, ``docs/figures/style.py`` or ``dlref`` changes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from pymdownx.blocks.block import Block

from dlref.site.book import BookError
from dlref.site.page import PageState, anchor


def drawing(root: Path, slug: str, language: str) -> tuple[str, str]:
    """SVG and text alternative of a figure, from the store where its sources have not changed."""
    folder = root / "docs" / "figures"
    script = folder / f"{slug.replace('-', '_')}.py"
    if not script.is_file():
        raise BookError(f"no script {script} for the figure '{slug}'")
    sources = [script, *sorted(folder.glob("style*.py")), *sorted((root / "dlref").glob("*.py"))]
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    store = root / "docs" / "theme" / "assets" / "figures" / f"{slug}.{language}.json"
    if store.is_file():
        kept = json.loads(store.read_text(encoding="utf8"))
        if kept["stamp"] == stamp:
            return kept["svg"], kept["description"]
    spec = importlib.util.spec_from_file_location(f"dlref_figure_{script.stem}", script)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))  # for `import style`
    try:
        spec.loader.exec_module(module)
        svg, description = module.draw(language), module.describe(language)
    finally:
        sys.path.remove(str(folder))
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(json.dumps({"stamp": stamp, "svg": svg, "description": description}, ensure_ascii=False), encoding="utf8")
    return svg, description


class FigureBlock(Block):  # type: ignore[misc]
    """The picture, its number and caption (from ``contents.toml``) and its description for those who do not see it."""

    NAME = "figure"
    ARGUMENT = True

    @property
    def state(self) -> PageState:
        return self.md.dlref  # type: ignore[no-any-return]

    def on_markdown(self) -> str:
        return "raw"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "figure", {"class": "dl-figure"})

    def on_end(self, block: Element) -> None:
        block.text = None
        state, slug = self.state, self.argument
        known = state.book.figures.get(slug)
        if known is None:
            raise BookError(f"{state.place(f'/// figure | {slug}')}no figure '{slug}' in docs/data/contents.toml")
        svg, description = drawing(state.root, slug, state.language)
        anchor(block, f"fig-{slug}")
        attributes = {"class": "dl-figure__picture", "role": "img", "aria-label": description, "data-search-exclude": ""}
        SubElement(block, "div", attributes).text = self.md.htmlStash.store(svg)
        caption = SubElement(block, "figcaption")
        number = SubElement(caption, "strong")
        number.text = state.labels["figure"].format(known["number"])
        number.tail = f" {known[state.language]}"
