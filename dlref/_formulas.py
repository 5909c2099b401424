"""Formulas as objects: their LaTeX, declarations, function and section; evaluated, checked, and typeset in a notebook.

Nothing is kept twice: the formulas are those of the docstrings, the sections those of ``docs/data/contents.toml``, which an installed package carries with it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from dlref.latex.calls import read_call
from dlref.latex.check import TRIALS, Formulas, Prepared, Verdict, check, function_of, no_cycle, prepare, with_functions
from dlref.latex.declarations import read_declarations
from dlref.latex.docstring import Block, FormulaError, scan
from dlref.latex.evaluation import arguments_of, evaluate

PACKAGE = Path(__file__).parent
CONTENTS = (PACKAGE / "contents.toml", PACKAGE.parent / "docs" / "data" / "contents.toml")  # installed, in a checkout


class Section(NamedTuple):
    """The section of the book in which a formula first appears."""

    number: str  # 1.3
    id: str  # loss-functions
    ja: str
    en: str


class Formula:
    """A formula of the book and the function that computes it; a notebook typesets it.

    Attributes
    ----------
    id
        Its name everywhere, such as hinge-loss.
    latex
        The formula as the page shows it.
    where
        What each argument is, in the order of the arguments.
    gives
        What each result is; empty where the left side says it.
    uses
        Other formulas that it uses, definitions, ranges and conditions.
    call
        How the function is called, where it is not all arguments in order.
    function
        The function that computes it.
    name
        Where the function is imported from, such as dlref.losses.hinge.
    arguments
        The names of the arguments, in the order of ``where``, with their defaults (``inspect.Parameter.empty`` where there is none).
    section
        Where the book first shows it (number, id, title in both languages); None where it does not.
    statement
        Whether it only says something, so that nothing computes it.
    """

    def __init__(self, block: Block) -> None:
        self._block = block

    @property
    def id(self) -> str:
        """Its name everywhere, such as hinge-loss."""
        return self._block.id

    @property
    def latex(self) -> str:
        """The formula as the page shows it."""
        return self._block.latex

    @property
    def where(self) -> tuple[str, ...]:
        """What each argument is, in the order of the arguments."""
        return self._block.where

    @property
    def gives(self) -> tuple[str, ...]:
        """What each result is; empty where the left side says it."""
        return self._block.gives

    @property
    def uses(self) -> tuple[str, ...]:
        """Other formulas that it uses, definitions, ranges and conditions."""
        return self._block.uses

    @property
    def call(self) -> str | None:
        """How the function is called, where it is not all arguments in order."""
        return self._block.call

    @property
    def name(self) -> str:
        """Where the function is imported from, such as dlref.losses.hinge."""
        return self._block.name

    @property
    def statement(self) -> bool:
        """Whether it only says something, so that nothing computes it."""
        return self._block.call == "statement"

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function that computes it."""
        return function_of(self._block)

    @property
    def section(self) -> Section | None:
        """Where the book first shows it; None where it does not."""
        return _sections().get(self.id)

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """The names of the arguments, in the order of ``where``, with their defaults (``inspect.Parameter.empty`` where there is none)."""
        if self.statement:
            return {}
        sizes = read_declarations(self._block, _all()).size_names
        call = read_call(self.call, self.function, len(self.where), list(sizes), f"{self._block.path}:{self._block.line}: {self.id}")
        return arguments_of(call, self.call, self.function)

    def evaluate(self, *arguments: Any, **named: Any) -> Any:
        """The value of the LaTeX itself at these arguments, given in the order of ``where`` or by name; the function is not asked.

        Sizes follow from the shapes of the arguments; one that no shape shows is given by its name. A result that is random is its law. ValueError where the arguments
        do not fit the declarations, and where the formula has no value: a statement, or a minimization, which says what its solution fulfills.
        """
        if self.statement:
            raise FormulaError(f"{self.id} is a statement: it is shown, and nothing computes it")
        return evaluate(self._prepared, *arguments, **named)

    def check(self, *, seed: int = 0, trials: int = TRIALS) -> Verdict:
        """Whether the LaTeX and the function agree on random arguments."""
        return check(self._block, self.function, _all(), seed=seed, trials=trials)

    @cached_property
    def _prepared(self) -> Prepared:
        return prepare(self._block, self.function, _all())

    def __repr__(self) -> str:
        return f"<Formula {self.id}: {self.latex}>"

    def __str__(self) -> str:
        """All that there is to know, for a terminal."""
        section = f" (section {self.section.number}, {self.section.en})" if self.section else ""
        rows = self.latex.replace(r"\\ ", "\\\\\n    ")
        lines = [f"{self.id}{section}", f"    {rows}"]
        names = list(self.arguments)
        wide = max(map(len, self.where), default=0)
        for title, declarations in (("where", self.where), ("gives", self.gives), ("with", self.uses)):
            if declarations:
                lines.append(title)
            for k, line in enumerate(declarations):
                lines.append(f"    {line:{wide}}    {names[k]}" if title == "where" and k < len(names) else f"    {line}")
        if self.statement:
            return "\n".join([*lines, f"stated at {self.name}"])
        call = self.call or f"{self._block.function}({', '.join(names)})"
        return "\n".join([*lines, f"computed by {self.name}", f"    {call}"])

    def _repr_latex_(self) -> str:
        """The formula and its declarations, typeset by a notebook."""
        where = r", \quad ".join(self.where)
        below = rf" \\[0.5em] \small \text{{where }} {where}" if where else ""
        return rf"$$\begin{{gathered}} {{{self.latex}}}{below} \end{{gathered}}$$"


def formula(id_: str, /) -> Formula:
    """The formula with this id, such as ``"hinge-loss"``; ValueError with the nearest ids where there is none.

    Examples
    --------
    >>> formula("hinge-loss").evaluate(1, 0.25)
    0.75
    """
    known = _objects()
    if id_ not in known:
        raise ValueError(f"no formula '{id_}'{nearest(id_)}")
    return known[id_]


def formulas() -> list[Formula]:
    """All formulas, in the order of the book.

    Examples
    --------
    >>> len(formulas()) > 30
    True
    """
    order = {id_: k for k, id_ in enumerate(_sections())}
    return sorted(_objects().values(), key=lambda found: order.get(found.id, len(order)))


def prepared(found: Formula, seed: int) -> Prepared:
    """A formula with its draws, for mutation; FormulaError where formula and function disagree, so that no mutant would tell anything."""
    verdict = found.check(seed=seed)
    if not verdict:
        raise FormulaError(f"{found.id} disagrees with its function:\n{verdict}")
    return prepare(found._block, found.function, _all(), seed=seed)


def checked_formulas() -> None:
    """FormulaError where formulas use one another in a circle."""
    no_cycle(_all())


def nearest(id_: str) -> str:
    """The ids that somebody may have meant."""
    known = list(_objects())
    word = id_.lower().replace("_", "-").replace(" ", "-")
    holds = [other for other in known if word and word in other]
    near = list(dict.fromkeys([*holds, *difflib.get_close_matches(word, known, n=3, cutoff=0.6)]))[:3]
    return f"; did you mean {' or '.join(filter(None, [', '.join(near[:-1]), near[-1]]))}?" if near else ""


@cache
def _blocks() -> dict[str, Block]:
    return scan(PACKAGE, __package__)


@cache
def _objects() -> dict[str, Formula]:
    return {id_: Formula(block) for id_, block in _blocks().items()}


@cache
def _all() -> Formulas:
    """The formulas with their functions, which those that use others need."""
    return with_functions(_blocks())


@cache
def _sections() -> dict[str, Section]:
    """The section in which each formula first appears, in the order of the book; nothing where there are no contents."""
    path = next((path for path in CONTENTS if path.is_file()), None)
    contents = tomllib.loads(path.read_text(encoding="utf8")) if path else {}
    found: dict[str, Section] = {}
    for chapter in contents.get("chapter", []):
        for section in chapter["section"]:
            for id_ in section.get("formulas", []):
                found.setdefault(id_, Section(section["number"], section["id"], section["ja"], section["en"]))
    for id_, of in contents.get("aliases", {}).items():
        if of in found:
            found.setdefault(id_, found[of])
    return found
