"""Griffe extension for the API pages: the docstring sections Formula and References become blocks of the site."""

from __future__ import annotations

import re
from typing import Any

import griffe

from dlref.latex.docstring import ID, PARTS, section


def _replace(docstring: str, title: str, text: str) -> str:
    found = section(docstring, title)
    if found is None:
        return docstring
    start, body = found
    lines = docstring.splitlines()
    return "\n".join([*lines[: start - 2], *text.splitlines(), "", *lines[start + len(body) :]])


def rewrite(docstring: str) -> str:
    """A docstring with its Formula section as ``/// formula`` blocks, followed by links to its references."""
    references = section(docstring, "References")
    sources = ""
    if references:
        keys = re.findall(r"\[([\w-]+)\]", "\n".join(references[1]))
        sources = "/// sources\n" + " · ".join(f"{{ref:{key}}}" for key in keys) + "\n///\n"
        docstring = _replace(docstring, "References", "")
    formulas = section(docstring, "Formula")
    if formulas:
        ids = [line for line in formulas[1] if ID.fullmatch(line) and line not in PARTS]
        blocks = "\n".join(f"/// formula | {id_}\n///\n" for id_ in ids)
        return _replace(docstring, "Formula", blocks + "\n" + sources)
    summary, _, rest = docstring.partition("\n\n")
    return f"{summary}\n\n{sources}\n{rest}"


class SiteBlocks(griffe.Extension):
    """Rewrites the docstring of every function and class before it is parsed."""

    def on_function(self, *, func: griffe.Function, **kwargs: Any) -> None:
        if func.docstring:
            func.docstring.value = rewrite(func.docstring.value)

    def on_class(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        if cls.docstring:
            cls.docstring.value = rewrite(cls.docstring.value)
