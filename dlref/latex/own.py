"""Check a formula and a function of your own: any callable, any LaTeX of the subset that the reader reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlref.latex.check import TRIALS, Verdict, check
from dlref.latex.docstring import Block


def check_formula(
    function: Callable[..., Any],
    latex: str,
    where: str | Sequence[str],
    *,
    gives: str | Sequence[str] = (),
    uses: str | Sequence[str] = (),
    call: str | None = None,
    seed: int = 0,
    trials: int = TRIALS,
) -> Verdict:
    r"""Whether a formula, evaluated on random arguments, equals a function.

    Parameters
    ----------
    function
        Any callable that takes and returns numbers and NumPy arrays.
    latex
        The formula, such as ``r"c^2 = a^2 + b^2"``.
    where
        One declaration for each argument, in order: ``r"x \in \mathbb{R}^n"``.
    gives
        One declaration for each array returned; needed where the formula has several left sides or an index on its left.
    uses
        Definitions, ranges of indices and conditions: ``r"\bar{x} = \frac{1}{n} \sum_{i=1}^{n} x_i"``.
    call
        The call, where it is not all arguments in order: ``"var(x, ddof=1)"``.
    seed
        Of the random arguments.
    trials
        The number of draws; of numbers only there are more.

    Returns
    -------
    Verdict
        True where they agree; printed, it says how well, or what is wrong and where.

    Examples
    --------
    >>> import math
    >>> where = [r"a \in \mathbb{R}", r"b \in \mathbb{R}"]
    >>> bool(check_formula(math.hypot, r"c = \sqrt{a^2 + b^2}", where))
    True
    >>> print(check_formula(math.hypot, r"c = \sqrt{a^2 + b}", where).kind)
    numbers
    """
    name = getattr(function, "__name__", "")

    def named(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    named.__name__ = name if name.isidentifier() else "function"
    id_ = "own-formula"
    block = Block(id_, latex, lines(where), lines(gives), lines(uses), call, "", named.__name__, Path(named.__name__), 0, 0, 0)
    verdict = check(block, named, {}, seed=seed, trials=trials)
    return replace(verdict, message=verdict.message.removeprefix(f"{block.path}:{block.line}: {id_}: "))


def lines(text: str | Sequence[str]) -> tuple[str, ...]:
    """Declarations, one a line or one an item."""
    return tuple(line.strip() for line in (text.splitlines() if isinstance(text, str) else text) if line.strip())
