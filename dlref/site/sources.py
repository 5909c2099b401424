"""What a computed result was made from: a stamp of source files by which the site sees that it is out of date."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path


def stamp(root: Path, sources: Sequence[str]) -> str:
    """Hash of the code of these files, docstrings and comments aside, or of their text; a file that is gone counts as empty."""
    found = hashlib.sha256()
    for source in sources:
        path = root / source
        found.update((_code(path, path.stat().st_mtime_ns) if path.is_file() else ast.dump(ast.parse(""))).encode())
    return found.hexdigest()[:16]


@lru_cache(maxsize=256)
def _code(path: Path, _time: int) -> str:
    text = path.read_text(encoding="utf8")
    if path.suffix != ".py":
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    return ast.dump(tree)
