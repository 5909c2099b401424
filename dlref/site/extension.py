"""The Markdown extension ``dlref.site``.

It puts the number in front of a section's title, typesets math, resolves references such as ``{eq:hinge-loss}``, and
registers the blocks. References across pages become ``<autoref>`` elements, which the plugin autorefs resolves.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pymdownx.blocks import BlocksExtension

from dlref.site import npm
from dlref.site.book import LANGUAGES, BookError
from dlref.site.data import DataBlock, ErratumBlock, SourcesBlock, citations
from dlref.site.experiments import REFERENCE, ExperimentPreprocessor
from dlref.site.figures import FigureBlock
from dlref.site.formula import FormulaBlock
from dlref.site.listing import SourceBlock, TestsBlock
from dlref.site.page import PageState
from dlref.site.tables import TableBlock

CLOSING = re.compile(r"[,.;:!?)\]’”、。，．：；！？）」』]+")
TITLE = re.compile(r"# (?P<text>.*?)\s*\{\s*#(?P<id>[\w-]+)[^}]*\}\s*")


class TitlePreprocessor(Preprocessor):
    """Finds the section of the page and puts its number in front of the title."""

    def __init__(self, md: Markdown, state: PageState) -> None:
        super().__init__(md)
        self.state = state

    def run(self, lines: list[str]) -> list[str]:
        self.state.section, self.state.shown = None, set()
        for i, line in enumerate(lines):
            title = TITLE.fullmatch(line)
            if title:
                section = self.state.book.sections.get(title["id"])
                if section:
                    self.state.section = section.id
                    lines[i] = f"# {section.number} {line[2:]}"
                break
        return lines


class MathTreeprocessor(Treeprocessor):
    """Typesets what arithmatex has found."""

    def __init__(self, md: Markdown, state: PageState) -> None:
        super().__init__(md)
        self.state = state

    def run(self, root: Element) -> None:
        for header in root.iter("th"):
            # Accessibility checkers take a header without a word for empty: MathML does not count, a title does.
            if len(header) == 1 and not (header.text or "").strip() and not (header[0].tail or "").strip():
                if "arithmatex" in header[0].get("class", "").split():
                    header[0].set("title", (header[0].text or "").strip())
        for element in root.iter():
            if "arithmatex" in element.get("class", "").split():
                html = self.state.typeset((element.text or "").strip(), display=element.tag == "div")
                # The search index skips to the first end of an equal tag: KaTeX makes spans, so a span would not do.
                element.tag = "var" if element.tag == "span" else element.tag
                element.set("class", "dl-math")
                element.set("data-search-exclude", "")
                element.text = self.md.htmlStash.store(html)
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "var" and child.get("class") == "dl-math":
                    self._hold(parent, child)

    def _hold(self, parent: Element, math: Element) -> None:
        """Hold punctuation to the formula that it follows: browsers break lines at the boxes that KaTeX makes."""
        punctuation = CLOSING.match(math.tail or "")
        if punctuation:
            held = Element("span", {"class": "dl-hold"})
            parent[list(parent).index(math)] = held
            held.append(math)
            math.tail, held.tail = punctuation[0], (math.tail or "")[punctuation.end() :]


class BoxTreeprocessor(Treeprocessor):
    """Says in words what kind a box is, since its color and icon do not speak to everyone."""

    def __init__(self, md: Markdown, state: PageState) -> None:
        super().__init__(md)
        self.state = state

    def run(self, root: Element) -> None:
        for box in root.iter("div"):
            kinds = [kind for kind in ("point", "addition", "convention") if kind in box.get("class", "").split()]
            title = box.find("p[@class='admonition-title']")
            if kinds and title is not None:
                kind = Element("span", {"class": "dl-kind"})
                kind.text = self.state.labels[kinds[0]]
                kind.tail, title.text = f" {title.text or ''}", None
                title.insert(0, kind)


class LanguageTreeprocessor(Treeprocessor):
    """Marks the English docstrings of the API pages, which mkdocstrings converts one by one."""

    def run(self, root: Element) -> None:
        if "mkdocstrings_headings" not in self.md.treeprocessors:
            return
        for element in list(root.iter()):
            if element.tag in ("p", "li", "dd", "td") and not element.get("lang"):
                inner = Element("span", {"lang": "en"})
                inner.text, element.text = element.text, None
                inner.extend(list(element))
                for child in list(element):
                    element.remove(child)
                element.append(inner)


class Reference(InlineProcessor):
    """``{eq:hinge-loss}``, ``{ref:huber1964}``, ``{sec:loss-functions}``, ``{fig:…}``, ``{tab:…}``, ``{term:…}``, ``{err:…}``."""

    def __init__(self, md: Markdown, state: PageState) -> None:
        super().__init__(REFERENCE.pattern, md)
        self.state = state

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        kind, id_ = m[1], m[2]
        text = self.text(kind, id_)
        if kind == "sec" and not self.state.book.written(id_):
            element = Element("span")
        elif kind == "sec":
            element = Element("autoref", {"identifier": id_})
        else:
            id_ = self.state.book.aliases.get(id_, id_) if kind == "eq" else id_
            element = Element("autoref", {"identifier": f"{kind}-{id_}"})
        element.text = text
        return element, m.start(0), m.end(0)

    def text(self, kind: str, id_: str) -> str:
        """What stands for a reference."""
        try:
            return str(getattr(self, f"_{kind}")(id_))
        except KeyError:
            reference = f"{{{kind}:{id_}}}"
            raise BookError(f"{self.state.place(reference)}unknown reference {reference}") from None

    def _eq(self, id_: str) -> str:
        book = self.state.book
        return f"({book.appearances[book.aliases.get(id_, id_)].number})"

    def _ref(self, key: str) -> str:
        return citations(self.state.root)[key]

    def _sec(self, id_: str) -> str:
        section = self.state.book.sections[id_]
        label = "section" if "." in section.number else "chapter"
        return self.state.labels[label].format(section.number)

    def _fig(self, slug: str) -> str:
        return self.state.labels["figure"].format(self.state.book.figures[slug]["number"])

    def _tab(self, slug: str) -> str:
        return self.state.labels["table"].format(self.state.book.tables[slug]["number"])

    def _term(self, slug: str) -> str:
        return self.state.book.terms[slug][self.state.language]

    def _err(self, slug: str) -> str:
        self.state.book.errata[slug]
        return self.state.labels["erratum"]


class BookExtension(BlocksExtension):  # type: ignore[misc]
    """Everything that turns a page of the book into HTML."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "language": ["ja", "language of the pages: ja or en"],
            "root": ["", "folder of the checkout; the one this package lies in where it is not given"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        language = self.getConfig("language")
        if language not in LANGUAGES:
            raise ValueError(f"dlref.site: language must be one of {', '.join(LANGUAGES)}, got {language!r}")
        root = Path(self.getConfig("root") or Path(__file__).parents[2]).resolve()
        npm.fetch(root)  # now, since builders list the theme's files before they convert a page
        md.dlref = state = PageState(root, language)  # type: ignore[attr-defined]
        md.preprocessors.register(TitlePreprocessor(md, state), "dlref-title", 40)
        reference = Reference(md, state)
        md.inlinePatterns.register(reference, "dlref-reference", 165)
        # After the whitespace is normalized, which would take the HTML that is set aside for control characters; before fences are read.
        md.preprocessors.register(ExperimentPreprocessor(md, state, reference.text), "dlref-experiment", 28)
        md.treeprocessors.register(MathTreeprocessor(md, state), "dlref-math", 18)
        md.treeprocessors.register(BoxTreeprocessor(md, state), "dlref-box", 17)
        if language != "en":
            md.treeprocessors.register(LanguageTreeprocessor(md), "dlref-language", 16)
        super().extendMarkdown(md)

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: Any) -> None:
        for block in (FormulaBlock, DataBlock, ErratumBlock, SourcesBlock, SourceBlock, TestsBlock, FigureBlock, TableBlock):
            block_mgr.register(block, self.getConfigs())
