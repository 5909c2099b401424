"""The formula language: LaTeX read, typed by its declarations, evaluated, and compared with the function that it stands at.

:func:`check_formula` is for formulas of your own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlref.latex.check import Verdict as Verdict
    from dlref.latex.own import check_formula as check_formula

__all__ = ["Verdict", "check_formula"]
_HOMES = {"Verdict": "check", "check_formula": "own"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
