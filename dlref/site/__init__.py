"""What MkDocs loads: the Python-Markdown extension ``dlref.site``, a griffe extension and a hook. Knows no topic.

| file | what it holds |
|---|---|
| book.py | sections, formulas, numbers, snippets, data: what the sources say, checked |
| extension.py | the Markdown extension: numbered titles, typeset math, references, the blocks below |
| formula.py | ``/// formula`` |
| data.py | ``/// data``: notation, glossary, errata, references; ``/// erratum`` |
| verification.py | ``/// data | verification``: what the check and its mutants say of each formula, and whether it still holds |
| listing.py | ``/// source`` and ``/// tests``: files with an anchor a function, for the API pages |
| figures.py | ``/// figure`` |
| experiments.py | ``/// experiment``: notebooks, their results, downloads; ``/// data | experiments``: what they claim and reach |
| execute.py | runs the cells of one experiment, in a process of its own |
| labels.py | the words that the blocks print, in both languages |
| api.py | griffe extension: docstring sections Formula and References on the API pages |
| hooks.py | builds English after Japanese |
| katex.py, katex.mjs, npm.py | KaTeX, run by Node; the npm packages |
| runtime.py | what pages run code with, in the reader's browser: Pyodide, these sources, an editor |
| snippet.py | a snippet file: code and output |
"""

from typing import Any


def makeExtension(**options: Any) -> Any:
    """Entry point of Python-Markdown."""
    from dlref.site.extension import BookExtension

    return BookExtension(**options)
