"""What a page of the site runs in the reader's browser (docs/theme/javascripts/run-worker.js): code, and formulas against their functions.

Answers are JSON, since they go from Python to JavaScript.
"""

from __future__ import annotations

import json
import linecache
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlref.latex.check import Prepared

FILE = "snippet.py"  # what tracebacks call the reader's code


def run(code: str, /) -> str:
    """Run a reader's code as a program of its own; what it prints goes where print goes.

    The answer holds ``error``, a traceback that begins at the reader's code, empty where there is none, and ``line``, the last of the reader's lines in it, or 0.
    """
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)  # tracebacks show the lines
    try:
        exec(compile(code, FILE, "exec"), {"__name__": "__main__"})
    except SystemExit:
        pass
    except BaseException as error:
        return json.dumps(described(error))
    return json.dumps({"error": "", "line": 0})


def described(error: BaseException) -> dict[str, str | int]:
    """The traceback without the frames that ran the code, and the reader's line."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != FILE:
        frames = frames.tb_next
    error.__traceback__ = frames  # none for an error of syntax, which tells its place itself
    line = error.lineno or 0 if isinstance(error, SyntaxError) and error.filename == FILE else 0
    for frame, number in traceback.walk_tb(frames):
        line = number if frame.f_code.co_filename == FILE else line
    return {"error": "".join(traceback.format_exception(error)), "line": line}


def check(id_: str, latex: str, /) -> str:
    """Judge a text in the place of a formula's own LaTeX, on the draws of ``dlref.formula(id).check()``.

    The answer holds ``ok``, ``kind`` and ``message`` of the verdict, and ``draw``, the number of the draw that shows the difference, or 0.
    """
    verdict = _prepared(id_).explain(latex.strip())
    return json.dumps({"ok": verdict.ok, "kind": verdict.kind, "message": str(verdict), "draw": verdict.draw})


@lru_cache(maxsize=8)
def _prepared(id_: str) -> Prepared:
    """A formula with its draws: the reader edits one again and again."""
    from dlref._formulas import formula

    return formula(id_)._prepared
