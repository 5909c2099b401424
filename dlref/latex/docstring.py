"""Read the ``Formula`` sections of docstrings from source text, without importing anything.

The grammar::

    Formula
    -------
    hinge-loss                                  an id begins a block
        \\ell(y, f(x)) = \\max(0, 1 - y f(x))   LaTeX; its lines are joined by a space
    where                                       one declaration a line, in the order of the call's parameters
        y \\in \\{-1, +1\\}
        f(x) \\in \\mathbb{R}
    gives                                       optional: one line for each array returned
        \\ell(y, f(x)) \\in \\mathbb{R}
    with                                        optional: symbols that are other formulas; sizes and ranges
        \\sigma = sigmoid
    call                                        optional: where the call is not "all positional parameters in order"
        hinge(y, score)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
PARTS = ("where", "gives", "with", "call")


class FormulaError(ValueError):
    """A formula that cannot be read; the message begins with ``file:line:``."""


@dataclass(frozen=True)
class Block:
    """One formula as its docstring states it."""

    id: str
    latex: str
    where: tuple[str, ...]
    gives: tuple[str, ...]
    uses: tuple[str, ...]  # the lines of `with`
    call: str | None
    module: str  # dlref.losses
    function: str  # hinge
    path: Path
    line: int  # of the id, in the file
    first: int  # lines of the function, in the file
    last: int

    @property
    def name(self) -> str:
        """Where the function is imported from: ``dlref.losses.hinge``."""
        return f"{self.module}.{self.function}"


def section(docstring: str, title: str) -> tuple[int, list[str]] | None:
    """Lines of a numpydoc section and the index of the first of them; None where the docstring has no such section."""
    lines = docstring.splitlines()
    for i in range(len(lines) - 1):
        if lines[i] == title and re.fullmatch("-{3,}", lines[i + 1]):
            end = i + 2
            while end < len(lines) and not (end + 1 < len(lines) and re.fullmatch("-{3,}", lines[end + 1]) and lines[end].strip()):
                end += 1
            return i + 2, lines[i + 2 : end]
    return None


def scan(folder: Path, package: str = "dlref") -> dict[str, Block]:
    """All formulas of the modules in a folder (subpackages are left out), by id, in the order of files and lines."""
    found: dict[str, Block] = {}
    for path in sorted(folder.glob("*.py")):
        module = package if path.stem == "__init__" else f"{package}.{path.stem}"
        for block in scan_file(path, module):
            if block.id in found:
                other = found[block.id]
                raise FormulaError(f"{path}:{block.line}: the id '{block.id}' is taken by {other.path}:{other.line}")
            found[block.id] = block
    return found


def scan_file(path: Path, module: str) -> Iterator[Block]:
    """Formulas of one file, top to bottom."""
    text = path.read_text(encoding="utf8")
    if "Formula\n" not in text:
        return  # a syntax tree takes long
    for node in _functions(ast.parse(text, str(path))):
        docstring = ast.get_docstring(node)
        if docstring is None:
            continue
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        # The opening quotes stand on the summary's line, so line k of the docstring is line `lineno + k` of the file.
        yield from _blocks(docstring, path, node.body[0].lineno, module, node.name, start, node.end_lineno or start)


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """All functions below a node; only statements hold some."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        if isinstance(child, ast.stmt):
            yield from _functions(child)


def _blocks(docstring: str, path: Path, offset: int, module: str, function: str, first: int, last: int) -> Iterator[Block]:
    found = section(docstring, "Formula")
    if found is None:
        return
    start, lines = found

    def fail(index: int, message: str) -> FormulaError:
        return FormulaError(f"{path}:{offset + start + index}: {function}: {message}")

    heads: list[tuple[int, str]] = []  # (line, id) of each block
    parts: list[dict[str, list[str]]] = []
    part = ""
    for i, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if not line.startswith(" "):
            if text in PARTS:
                if not heads:
                    raise fail(i, f"'{text}' stands before any formula id")
                if text in parts[-1]:
                    raise fail(i, f"'{text}' appears twice in '{heads[-1][1]}'")
                part = text
            elif ID.fullmatch(text):
                heads.append((i, text))
                parts.append({})
                part = "latex"
            else:
                raise fail(i, f"expected a formula id in kebab-case or one of {', '.join(PARTS)}, got '{text}'")
            parts[-1][part] = []
        elif not heads:
            raise fail(i, "expected a formula id before the LaTeX")
        else:
            parts[-1][part].append(text)
    if not heads:
        raise fail(0, "the section Formula is empty")
    for (i, id_), block in zip(heads, parts, strict=True):
        for name, content in block.items():
            if not content:
                what = "LaTeX" if name == "latex" else f"'{name}'"
                raise fail(i, f"the {what} of '{id_}' is empty")
        calls = block.get("call", [])
        yield Block(
            id=id_,
            latex=" ".join(block["latex"]),
            where=tuple(block.get("where", [])),
            gives=tuple(block.get("gives", [])),
            uses=tuple(block.get("with", [])),
            call=" ".join(calls) or None,
            module=module,
            function=function,
            path=path,
            line=offset + start + i,
            first=first,
            last=last,
        )
