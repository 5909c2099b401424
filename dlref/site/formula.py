"""The block ``/// formula | ID``: the formula of a docstring with its number, declarations, code and links."""

from __future__ import annotations

import ast
import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from pymdownx.blocks.block import Block
from pymdownx.highlight import Highlight

from dlref.site.book import Appearance
from dlref.site.page import PageState, anchor, autoref

if TYPE_CHECKING:
    from dlref.latex.docstring import Block as Formula


class FormulaBlock(Block):  # type: ignore[misc]
    """On the page of its first appearance a formula has anchor, declarations, code and links; elsewhere a link to there."""

    NAME = "formula"
    ARGUMENT = True

    @property
    def state(self) -> PageState:
        return self.md.dlref  # type: ignore[no-any-return]

    def on_markdown(self) -> str:
        return "raw"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "div", {"class": "dl-formula"})

    def on_end(self, block: Element) -> None:
        state = self.state
        formula = state.book.formula(self.argument)
        appearance = state.book.appearances.get(formula.id)
        labels = [line.strip() for line in (block.text or "").splitlines() if line.strip()]
        block.text = None
        first = appearance is not None and state.section == appearance.section.id and formula.id not in state.shown
        state.shown.add(formula.id)
        self._display(block, formula, appearance, first)
        if labels:
            numbered = SubElement(block, "ol", {"class": "dl-formula__labels"})
            for label in labels:
                SubElement(numbered, "li").text = label
        if first:
            self._where(block, formula)
            self._code(block, formula)
            self._links(block, formula)

    def _display(self, block: Element, formula: Formula, appearance: Appearance | None, first: bool) -> None:
        body = SubElement(block, "div", {"class": "dl-formula__body"})
        if first:
            anchor(body, f"eq-{formula.id}")
        # The box scrolls by itself where the formula is wider than the page, so the keyboard must reach it.
        name = self.state.labels["scroll"]
        attributes = {"class": "dl-formula__display", "tabindex": "0", "role": "group", "aria-label": name}
        display = SubElement(body, "div", {**attributes, "data-search-exclude": ""})
        display.text = self.md.htmlStash.store(self.state.typeset(formula.latex, display=True))
        if appearance is None:
            return
        number = f"({appearance.number})"
        if first:
            SubElement(body, "a", {"class": "dl-formula__number", "href": f"#eq-{formula.id}"}).text = number
        else:
            autoref(SubElement(body, "span", {"class": "dl-formula__number"}), f"eq-{formula.id}", number)

    def _where(self, block: Element, formula: Formula) -> None:
        """The declarations; beside each the argument that it types and, from the notation table, what the symbol means."""
        if not formula.where:
            return
        box = SubElement(block, "div", {"class": "dl-formula__where"})
        SubElement(box, "p", {"class": "dl-formula__where-title"}).text = self.state.labels["where"]
        rows = SubElement(box, "ul")
        for declaration, argument in zip(formula.where, self._arguments(formula), strict=False):
            row = SubElement(rows, "li")
            math = SubElement(row, "var", {"class": "dl-math", "data-search-exclude": ""})
            math.text = self.md.htmlStash.store(self.state.typeset(self._in_words(declaration)))
            code = SubElement(row, "code")
            code.text = argument
            code.tail = self._meaning(declaration, argument)

    def _in_words(self, declaration: str) -> str:
        """The declaration with a remark such as "convex" in the page's language."""
        return re.sub(r"(?<=\\text\{)(of full rank|convex)(?=\})", lambda remark: self.state.labels[f"remark {remark[0]}"], declaration)

    def _arguments(self, formula: Formula) -> list[str]:
        """The arguments that the declarations type: the plain names of the call in the order of their first appearance."""
        if formula.call is None:
            return self.state.book.parameters(formula)
        tree = ast.parse(formula.call)
        calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        functions = {declaration.partition(":")[0].strip() for declaration in formula.where}  # D of gan_value(D(x), D(G(z))) is declared itself
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and (id(node) not in calls or node.id in functions)]
        assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        ordered = sorted(names, key=lambda node: (node.lineno, node.col_offset))
        return list(dict.fromkeys(node.id for node in ordered if node.id not in assigned and node.id != "rng"))

    def _meaning(self, declaration: str, argument: str) -> str:
        """The notation table on a symbol in this section; of several rows the one with the declared set and the argument."""
        symbol, *rest = (part.strip() for part in re.split(r"\\in\b|\\sim\b|\\subseteq\b|:", declaration))
        domain = re.split(r",\s*\\ ", rest[0])[0].strip() if rest else ""
        rows = [
            row
            for row in self.state.book.symbols
            if row["symbol"].strip("$").strip() == symbol and self.state.section in row["scope"].split()
        ]
        fit = [(f"${domain}$" in row["range"]) + (argument in row["argument"].split()) for row in rows]
        return rows[fit.index(max(fit))][self.state.language] if rows else ""

    def _code(self, block: Element, formula: Formula) -> None:
        """Tabs with the snippets, in the markup of pymdownx.tabbed, which works without JavaScript."""
        snippets = self.state.book.snippets(formula)
        if not snippets:
            return
        name = f"code-{formula.id}"
        highlight = Highlight(self.md, use_pygments=True, guess_lang=False)
        inputs, labels, blocks = [], [], []
        for i, (title, snippet) in enumerate(snippets):
            checked = " checked" if i == 0 else ""
            inputs.append(f'<input{checked} id="{name}-{i}" name="{name}" type="radio">')
            labels.append(f'<label for="{name}-{i}">{title}</label>')
            code = highlight.highlight(snippet.code, "python")
            output = f'<p class="dl-output__title">{self.state.labels["output"]}</p><pre><code>{escape(snippet.output)}\n</code></pre>'
            blocks.append(f'<div class="tabbed-block">{code}<div class="dl-output">{output}</div></div>')
        html = (
            f'<div class="tabbed-set tabbed-alternate dl-formula__code" data-tabs="{name}:{len(snippets)}">'
            f'{"".join(inputs)}<div class="tabbed-labels">{"".join(labels)}</div>'
            f'<div class="tabbed-content">{"".join(blocks)}</div></div>'
        )
        SubElement(block, "div").text = self.md.htmlStash.store(html)

    def _links(self, block: Element, formula: Formula) -> None:
        links = SubElement(block, "p", {"class": "dl-formula__links"})
        labels = self.state.labels
        api = autoref(links, formula.name, "")
        SubElement(api, "code").text = formula.name
        api.tail = " · "
        autoref(links, f"source-{formula.name}", labels["source"]).tail = " · "
        tests = autoref(links, f"tests-{formula.name}", labels["tests"])
        if (self.state.root / "docs" / self.state.language / "verification.md").is_file():
            tests.tail = " · "
            autoref(links, f"verify-{formula.id}", labels["verification"])
