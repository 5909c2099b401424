"""The formulas of dlref, with the draws and values that the tests check them on."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import dlref
from dlref.latex.check import Formulas, Prepared, Verdict, load, prepare
from dlref.latex.docstring import Block

REPORT = Path(__file__).parent / "report"


@cache
def formulas() -> Formulas:
    return load(Path(dlref.__file__).parent)


@cache
def prepared(id_: str) -> Prepared:
    """A formula with its draws, once for all tests."""
    return prepare(*formulas()[id_], formulas())


def drawn(id_: str, draws: int) -> Prepared:
    """A formula with so many other draws."""
    return prepare(*formulas()[id_], formulas(), seed=1, trials=math.ceil(draws / prepared(id_).times))


def block(latex: str, where: str = "", *, gives: str = "", uses: str = "", call: str | None = None, id_: str = "test-formula") -> Block:
    """A block as a docstring would state it; lines are separated by line ends."""

    def lines(text: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in text.strip().splitlines() if line.strip())

    return Block(id_, latex, lines(where), lines(gives), lines(uses), call, "tests", "function", Path("test.py"), 7, 1, 9)


def judge(function: Callable[..., Any], latex: str, where: str, *, text: str | None = None, others: Formulas | None = None, **parts: Any) -> Verdict:
    """The verdict on a text (by default the formula itself) of a formula with this function."""
    return prepare(block(latex, where, **parts), function, others or {}).judge(latex if text is None else text)
