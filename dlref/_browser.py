"""What a page of the site runs in the reader's browser (docs/theme/javascripts/run-worker.js): code, and formulas against their functions.

Answers are JSON, since they go from Python to JavaScript.
"""

from __future__ import annotations

import json
import linecache
import random
import sys
import traceback
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlref.latex.check import Prepared

FILE = "snippet.py"  # what tracebacks call the reader's code


def prepare(keep: bool, /) -> None:
    """Import what every run needs, and where the start is to be kept for the next one, what checks need too, with the compiled code beside the sources."""
    random.seed()  # a start that was kept has the state that it was kept with
    sys.dont_write_bytecode = not keep
    if find_spec("numpy"):
        _import_libraries()
        if keep:
            from dlref._formulas import formulas

            for found in formulas():
                import_module(found.name.rpartition(".")[0])
    sys.dont_write_bytecode = True


def _import_libraries() -> None:
    """NumPy, completed by array_api_compat, which copies every name of NumPy. Names that NumPy loads on first use (testing, f2py…) would take longer than all else: they are hidden."""
    np: Any = import_module("numpy")
    names, listed = np.__all__, np.__dir__
    here = list(vars(np))
    np.__all__, np.__dir__ = [name for name in names if name in here], lambda: here
    try:
        import_module("array_api_compat.numpy")
    finally:
        np.__all__, np.__dir__ = names, listed


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

    The answer holds ``ok``, ``kind``, ``trials`` and ``deviation`` of the verdict; what is wrong as ``values``, those of formula and function on a draw, or as ``reason``, in English;
    ``place``, the line of LaTeX with a caret below the place; and ``draw``, the number of the draw that shows it, or 0, with its arguments as ``given``. The page puts it into words.
    """
    verdict = _prepared(id_).explain(latex.strip())
    return json.dumps(
        {
            "ok": verdict.ok,
            "kind": verdict.kind,
            "trials": verdict.trials,
            "deviation": f"{verdict.deviation:.1e}" if verdict.deviation else "0",
            "values": dict(zip(("formula", "function"), verdict.values, strict=True)) if verdict.values else None,
            "reason": "" if verdict.values else verdict.reason,
            "place": verdict.place,
            "draw": verdict.draw,
            "given": verdict.given,
        }
    )


@lru_cache(maxsize=8)
def _prepared(id_: str) -> Prepared:
    """A formula with its draws: the reader edits one again and again."""
    from dlref._formulas import formula

    return formula(id_)._prepared
