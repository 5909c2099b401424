"""The block ``/// figure | SLUG``: a drawing of ``docs/figures/SLUG.py`` set into the page, with caption and text alternative.

A script defines ``draw(language) -> str`` (SVG) and ``describe(language) -> str`` (what the picture shows, with a number that
the script computes), ``interact(language) -> dict`` where the picture has controls (``dlref/site/interactive.py``), and ``links(language)`` where
parts of it stand for formulas: triples of a part (``data-part``, with the id ``SLUG-PART``), a formula and the words that name the part.
Colors are the theme's CSS variables, so one drawing serves light and dark. Drawings are kept under ``docs/theme/assets/figures`` until
the code of the script, or of what it imports from this checkout, changes, or a file that it reads and names in ``FILES``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from subprocess import run
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from pymdownx.blocks.block import Block

from dlref.site.book import LANGUAGES, BookError
from dlref.site.interactive import InteractionError, check, controls
from dlref.site.page import PageState, anchor, autoref
from dlref.site.sources import stamp

DRAW = """
import json, runpy, sys
from pathlib import Path
root, script, *languages = sys.argv[1:]
sys.path[:0] = [str(Path(script).parent), root]  # for `import style` and this checkout's dlref
figure = runpy.run_path(script)
drawings = {
    language: {
        "svg": figure["draw"](language), "description": figure["describe"](language),
        "interactive": figure["interact"](language) if "interact" in figure else None,
        "links": figure["links"](language) if "links" in figure else [],
    }
    for language in languages
}
files = [Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
files += figure.get("FILES", [])
sources = sorted({str(file.relative_to(root)) for file in [Path(script), *files] if file.is_relative_to(root)})
print(json.dumps({"drawings": drawings, "sources": sources}))
"""


class Drawing(NamedTuple):
    """The picture, its text alternative, what its controls choose from, if it has any, and which parts stand for formulas."""

    svg: str
    description: str
    interactive: dict[str, Any] | None
    links: list[list[str]]


def drawing(root: Path, slug: str, language: str) -> Drawing:
    """A figure, from the store where the code that draws it has not changed."""
    script = root / "docs" / "figures" / f"{slug.replace('-', '_')}.py"
    if not script.is_file():
        raise BookError(f"no script {script} for the figure '{slug}'")
    store = root / "docs" / "theme" / "assets" / "figures" / f"{slug}.json"
    kept = json.loads(store.read_text(encoding="utf8")) if store.is_file() else None
    if kept is None or kept["stamp"] != _stamp(root, kept["sources"]):
        # In a process of its own: under `mkdocs serve` this one would still hold the modules as they were before an edit.
        # Both languages at once: starting it takes longer than drawing.
        command = [sys.executable, "-c", DRAW, str(root), str(script), *LANGUAGES]
        done = run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BookError(f"{script}: the figure cannot be drawn\n{done.stderr}")
        kept = json.loads(done.stdout)
        kept["stamp"] = _stamp(root, kept["sources"])
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf8")
    return Drawing(**kept["drawings"][language])


def _stamp(root: Path, sources: list[str]) -> str:
    """Of what a drawing was made from, and of how: what ``DRAW`` stores."""
    return stamp(root, sources) + hashlib.sha256(DRAW.encode()).hexdigest()[:8]


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
        svg, description, interactive, links = drawing(state.root, slug, state.language)
        anchor(block, f"fig-{slug}")
        attributes = {"class": "dl-figure__picture", "role": "img", "aria-label": description, "data-search-exclude": ""}
        SubElement(block, "div", attributes).text = self.md.htmlStash.store(svg)
        if interactive is not None:
            try:
                check(interactive, svg)
            except InteractionError as error:
                raise BookError(f"the figure '{slug}': {error}") from None
            block.set("class", "dl-figure dl-interactive")
            held = self.md.htmlStash.store(controls(interactive, state.labels, known[state.language]))
            SubElement(block, "div").text = held
        caption = SubElement(block, "figcaption")
        number = SubElement(caption, "strong")
        number.text = state.labels["figure"].format(known["number"])
        number.tail = f" {known[state.language]}"
        if links:
            self._links(SubElement(block, "p", {"class": "dl-figure__links"}), slug, svg, links)

    def _links(self, line: Element, slug: str, svg: str, links: list[list[str]]) -> None:
        """Links from parts of the picture to the formulas that they stand for; interactive.js lights the part of a link."""
        book, labels = self.state.book, self.state.labels
        line.text = labels["parts"]
        for k, (part, formula, words) in enumerate(links):
            if f'id="{slug}-{part}"' not in svg:
                raise BookError(f"the figure '{slug}': the picture has no part '{part}' with an id")
            id_ = book.aliases.get(formula, formula)
            if id_ not in book.appearances:
                raise BookError(f"the figure '{slug}': no page shows the formula '{formula}'")
            link = autoref(line, f"eq-{id_}", f"{words} ({book.appearances[id_].number})", **{"data-part": f"{slug}-{part}"})
            link.tail = labels["comma"] if k < len(links) - 1 else ""
