"""``python -m dlref``: the formulas of the package, listed, shown, checked, and mutated.

It judges the sources of the package that is imported, and needs neither PyTorch nor the documentation.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dlref
from dlref._formulas import Formula, checked_formulas, formula, formulas, prepared
from dlref.latex.check import TRIALS
from dlref.latex.docstring import FormulaError

if TYPE_CHECKING:
    from dlref.latex.mutation import Renders

DRIFT, ERROR = 1, 2
BAR = 24


def parser() -> argparse.ArgumentParser:
    """The command line."""
    epilog = "Exit status: 0 where all is well, 1 where a formula and its function disagree, 2 where a formula is not known or cannot be read."
    found = argparse.ArgumentParser(prog="python -m dlref", description="The formulas of dlref.", epilog=epilog)
    found.add_argument("--version", action="version", version=f"dlref {dlref.__version__}")
    commands = found.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("list", help="all formulas with their sections and functions")
    show = commands.add_parser("show", help="a formula's LaTeX, declarations and call")
    show.add_argument("ids", nargs="+", metavar="ID")
    check = commands.add_parser("check", help="evaluate formulas on random arguments and compare them with their functions", epilog=epilog)
    check.add_argument("ids", nargs="*", metavar="ID", help="all where none is named")
    check.add_argument("--seed", type=int, default=0, help="of the random arguments (0)")
    check.add_argument("--trials", type=int, default=TRIALS, help=f"draws of a formula, more where it takes numbers only ({TRIALS})")
    change = commands.add_parser("mutate", help="change formulas in every way that is a likely mistake, and see whether the check notices")
    change.add_argument("ids", nargs="*", metavar="ID", help="all where none is named")
    change.add_argument("--edits", type=int, default=0, help="random edits of each formula in addition (0)")
    change.add_argument("--seed", type=int, default=0, help="of draws and edits (0)")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "list":
            return list_all()
        chosen = [formula(id_) for id_ in dict.fromkeys(options.ids)] or formulas()
        if options.command == "show":
            print("\n\n".join(map(str, chosen)))
            return 0
        if options.command == "check":
            return check_all(chosen, options.seed, options.trials)
        return mutate_all(chosen, options.seed, options.edits)
    except (FormulaError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ERROR


def list_all() -> int:
    """One line a formula."""
    rows = [(found.id, found.section.number if found.section else "", found.name) for found in formulas()]
    for row in rows:
        print(columns(row, rows))
    return 0


def columns(row: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A row with its cells under those of the others."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def watched(chosen: Sequence[Formula]) -> Iterator[Formula]:
    """The formulas one by one, with a bar on a terminal."""
    terminal = sys.stderr.isatty()
    for number, found in enumerate(chosen):
        if terminal:
            done = BAR * number // len(chosen)
            print(f"\r\x1b[K{'█' * done}{'░' * (BAR - done)} {number}/{len(chosen)} {found.id}", end="", file=sys.stderr, flush=True)
        yield found
        if terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def check_all(chosen: Sequence[Formula], seed: int, trials: int) -> int:
    """One line a formula, the totals in the last line."""
    if trials < 1:
        raise ValueError(f"--trials must be at least 1, got {trials}")
    checked_formulas()
    started = time.perf_counter()
    names = [(found.id, found.name) for found in chosen]
    wide = [max(len(text) for text in column) for column in zip(*names, strict=True)]
    failed, statements, draws, largest = 0, 0, 0, 0.0
    for found in watched(chosen):
        verdict = found.check(seed=seed, trials=trials)
        name = f"{found.id:{wide[0]}}  {found.name:{wide[1]}}"
        if not verdict:
            failed += 1
            print(f"DRIFT  {name.rstrip()}\n{indented(str(verdict))}")
        elif verdict.kind == "statement":
            statements += 1
            print(f"ok     {name}  statement")
        else:
            draws, largest = draws + verdict.trials, max(largest, verdict.deviation)
            print(f"ok     {name}  {counted(verdict.trials, 'draw'):>9}  largest deviation {verdict.deviation:.1e}")
    said = f"{counted(failed, 'formula')} disagree{'s' * (failed == 1)}" if failed else "all agree"
    extra = f" ({counted(statements, 'statement')})" if statements else ""
    print(f"{counted(len(chosen), 'formula')}{extra}, {counted(draws, 'draw')}, largest deviation {largest:.1e}, {said}, {time.perf_counter() - started:.1f} s")
    return DRIFT if failed else 0


def indented(text: str) -> str:
    return "\n".join(f"       {line}" for line in text.splitlines())


def typesetter() -> Renders | None:
    """Which texts KaTeX typesets; None where the site's part of the package, or KaTeX itself, is not there."""
    root = Path(dlref.__file__).parents[1]
    if not (root / "docs" / "npm" / "package-lock.json").is_file():
        return None
    try:
        from dlref.site.katex import katex

        return katex(root).accepts
    except (ImportError, OSError):
        return None


def mutate_all(chosen: Sequence[Formula], seed: int, edits: int) -> int:
    """One line a formula, beneath it the mutants that the check does not notice, the totals in the last line."""
    from dlref.latex.mutation import Tally, edit, mutate

    renders = typesetter()
    started = time.perf_counter()
    wide = max(len(found.id) for found in chosen)
    total = Tally()
    for found in watched(chosen):
        made = prepared(found, seed)
        tally = mutate(made, renders)
        if edits:
            tally += edit(made, seed, edits, renders)
        total += tally
        print(f"{found.id:{wide}}  {tally.killed.total():5} of {tally.mutants:5} killed  {kinds(tally.killed)}".rstrip())
        for mutant in tally.alive:
            print(f"    alive ({mutant.operator}): {mutant.latex}")
    print(f"{counted(total.mutants, 'mutant')}, {total.killed.total():,} killed ({kinds(total.killed)}), {len(total.alive)} alive, {time.perf_counter() - started:.1f} s")
    if renders is None:
        print("KaTeX is not there: mutants that cannot be typeset are counted as well.")
    return 0


def kinds(killed: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in killed.most_common())


if __name__ == "__main__":
    gc.set_threshold(100_000)  # formulas become many small objects that stay: to search them for garbage time and again is for nothing
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `python -m dlref list | head` ends quietly
    sys.exit(main())
