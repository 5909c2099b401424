"""Mutants of functions against the tests of their modules: in one session each test that calls the function runs again for each mutant, until one fails.

For what no formula says: how values stay finite, what stands along further axes, what happens at a NaN. ``python -m tests.latex.hunt losses risk`` writes what was
found for the functions of these modules (for all where none is named): ``code_killers.tsv`` names for each mutant that no formula sees a test that sees it,
``code_survivors.tsv`` holds the others, with reasons that people write. With ``--confirm`` nothing is written: what is not as the lists say is told.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeAlias

import pytest
from _pytest.doctest import DoctestItem
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from dlref.latex.code import CodeMutant, TooLong, code_mutants, functions_of, within
from dlref.latex.mutation import death
from tests.latex.formulas import formulas, prepared

ROOT = Path(__file__).parents[2]
# Of the general tests, those that look at values; the others ask what becomes of libraries, and take long.
GENERAL = ("test_documentation_has_no_fault", "test_a_batch_is_the_stack_of_its_members", "test_values_dtype_and_device_are_kept_and_inputs_are_not_changed")
PATIENCE = 60.0  # seconds that a test may take

settings.register_profile("hunt", derandomize=True, deadline=None, max_examples=60, database=None, phases=[Phase.explicit, Phase.generate])


class Hunt:
    """A plugin that runs the session's tests once without a mutant, and then for each mutant; where a test is named for each mutant, only that one."""

    def __init__(self, mutants: Sequence[CodeMutant], tests: Sequence[str] | None = None, seconds: float = math.inf) -> None:
        self.mutants = mutants
        self.tests = tests
        self.seconds = seconds  # of tests that run for each mutant, the quick ones first
        self.killers: list[str] = []  # for each mutant the test that saw it; empty where none did
        self.red: list[str] = []  # tests that fail without a mutant
        self.names: dict[str, dict[str, Any]] = {}  # of doctests

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        settings.load_profile("hunt")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not item.nodeid.startswith(("tests/test_libraries.py", "tests/test_docstrings.py")) or self.concerns(item.nodeid)]

    def concerns(self, test: str) -> bool:
        """Whether a general test is about one of the modules, and about values."""
        modules = {mutant.function.__module__.removeprefix("dlref.") for mutant in self.mutants}
        mine = any(test.endswith(f"[{module}]") or f"[dlref.{module}]" in test or f"-{module}." in test for module in modules)
        return mine and test.split("::")[1].startswith(GENERAL) and not any(library in test for library in ("jax", "torch"))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        times: dict[str, float] = {}
        reached: dict[str, set[CodeType]] = {}
        self.names = {item.nodeid: dict(item.dtest.globs) for item in session.items if isinstance(item, DoctestItem) and item.dtest is not None}
        for item in session.items:
            started = time.process_time()
            with watched({mutant.function.__code__ for mutant in self.mutants}) as reached[item.nodeid]:
                if self.fails(item) or self.fails(item):  # twice: a test may be spent
                    self.red.append(item.nodeid)
            times[item.nodeid] = time.process_time() - started
        items = sorted((item for item in session.items if item.nodeid not in self.red), key=lambda item: times[item.nodeid])
        for number, mutant in enumerate(self.mutants):
            mine = [item for item in items if mutant.function.__code__ in reached[item.nodeid]]
            if self.tests is not None:
                mine = [item for item in mine if item.nodeid == self.tests[number]]
            spent = accumulate(times[item.nodeid] for item in mine)
            with mutant.applied():
                killer = next((item for item, seconds in zip(mine, spent, strict=True) if seconds <= self.seconds and self.fails(item)), None)
            self.killers.append("" if killer is None else killer.nodeid)
            print(f"{number + 1}/{len(self.mutants)} {mutant.name}: {mutant.code}: {self.killers[-1] or 'alive'}", file=sys.__stderr__, flush=True)
            if killer is not None:  # the next mutant of this function probably dies of the same
                items.remove(killer)
                items.insert(0, killer)
        return True

    def fails(self, item: pytest.Item) -> bool:
        if isinstance(item, DoctestItem) and item.dtest is not None:
            item.dtest.globs.update(self.names[item.nodeid])  # which a run takes away
        try:
            with within(PATIENCE):
                return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))
        except TooLong:
            return True


@contextmanager
def watched(codes: set[CodeType]) -> Iterator[set[CodeType]]:
    """Which of these functions are called in here."""
    found: set[CodeType] = set()

    def call(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            found.add(frame.f_code)

    sys.setprofile(call)
    try:
        yield found
    finally:
        sys.setprofile(None)


def hunt(mutants: Sequence[CodeMutant], tests: Sequence[str] | None = None, seconds: float = math.inf) -> list[str]:
    """For each mutant the test of its module that sees it, or an empty text; only the named test of each is tried where tests are named."""
    if not mutants:
        return []
    modules = sorted({mutant.function.__module__.removeprefix("dlref.") for mutant in mutants})
    paths = [str(path) for module in modules for path in (ROOT / "tests" / f"test_{module}.py", ROOT / "dlref" / f"{module}.py") if path.exists()]
    paths += [str(ROOT / "tests" / name) for name in ("test_docstrings.py", "test_libraries.py")]
    if tests is not None:
        paths = sorted({str(ROOT / test) for test in tests})
    plugin = Hunt(mutants, tests, seconds)
    pytest.main(["--assert=plain", "-p", "no:cacheprovider", "-p", "no:terminal", "--numprocesses=0", "--rootdir", str(ROOT), *paths], plugins=[plugin])
    if plugin.red or len(plugin.killers) != len(mutants):
        raise RuntimeError("the tests are red without any mutant: " + ", ".join(plugin.red[:5]))
    return plugin.killers


# ---- the lists

KILLERS, SURVIVORS = (Path(__file__).with_name(f"code_{name}.tsv") for name in ("killers", "survivors"))
Line: TypeAlias = tuple[str, str, str]  # function, mutant, and the test or the reason


def listed(file: Path) -> list[Line]:
    """The lines of a list."""
    if not file.exists():
        return []
    return [(function, mutant, last) for line in file.read_text(encoding="utf8").splitlines()[1:] for function, mutant, last in [line.split("\t")]]


@cache
def users() -> dict[FunctionType, list[str]]:
    """The functions behind dlref's formulas, each with the formulas that stand on it."""
    found: dict[FunctionType, list[str]] = {}
    for id_, (block, function) in formulas().items():
        if block.call != "statement":
            for each in functions_of(block, function):
                found.setdefault(each, []).append(id_)
    return found


def name_of(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def unseen(function: FunctionType) -> list[CodeMutant]:
    """The mutants of a function that no formula sees."""
    return [mutant for mutant in code_mutants(function) if not any(death(mutant, prepared(id_)) for id_ in users()[function])]


def differences(functions: Sequence[FunctionType], survivors: bool) -> list[str]:
    """What is not as the lists say of some functions; ``survivors`` says whether all tests run on the mutants that are listed to live."""
    killers, living = listed(KILLERS), listed(SURVIVORS)
    names = {name_of(function) for function in functions}
    mutants = [mutant for function in functions for mutant in unseen(function)]
    found = Counter((mutant.name, mutant.code) for mutant in mutants)
    known = Counter((function, mutant) for function, mutant, _ in [*killers, *living] if function in names)
    told = [f"{function}: {mutant}: no formula sees it, and it is not listed" for function, mutant in (found - known).elements()]
    told += [f"{function}: {mutant}: listed, though a formula sees it" for function, mutant in (known - found).elements()]
    tests: dict[tuple[str, str], list[str]] = {}
    for function, mutant, test in killers:
        tests.setdefault((function, mutant), []).append(test)
    named = [(mutant, tests[mutant.name, mutant.code].pop()) for mutant in mutants if tests.get((mutant.name, mutant.code))]
    for (wrong, test), killer in zip(named, hunt([wrong for wrong, _ in named], [test for _, test in named]), strict=True):
        told += [] if killer else [f"{wrong.name}: {wrong.code}: {test} does not see it"]
    if survivors:
        alive = {(function, mutant) for function, mutant, _ in living} - set(tests)
        mine = [mutant for mutant in mutants if (mutant.name, mutant.code) in alive]
        told += [f"{mutant.name}: {mutant.code}: listed as alive, {killer} sees it" for mutant, killer in zip(mine, hunt(mine), strict=True) if killer]
    return told


def write(functions: Sequence[FunctionType], seconds: float = math.inf) -> None:
    """The lists anew for some functions; reasons that are known stay, and functions that are gone go."""
    mutants = [mutant for function in functions for mutant in unseen(function)]
    found = list(zip(mutants, hunt(mutants, seconds=seconds), strict=True))
    reasons = {(function, mutant): reason for function, mutant, reason in listed(SURVIVORS)}
    others = {name_of(function) for function in users()} - {name_of(function) for function in functions}
    killers = [line for line in listed(KILLERS) if line[0] in others] + [(m.name, m.code, test) for m, test in found if test]
    living = [line for line in listed(SURVIVORS) if line[0] in others] + [(m.name, m.code, reasons.get((m.name, m.code), "")) for m, test in found if not test]
    for file, last, lines in ((KILLERS, "test", killers), (SURVIVORS, "reason", living)):
        file.write_text("\n".join("\t".join(line) for line in [("function", "mutant", last), *sorted(lines)]) + "\n", encoding="utf8")


def main(arguments: Sequence[str] | None = None) -> int:
    found = argparse.ArgumentParser(prog="python -m tests.latex.hunt", description="Mutants of functions that no formula sees, against the tests.")
    found.add_argument("names", nargs="*", help="modules, or functions such as dlref.losses.huber")
    found.add_argument("--confirm", choices=["killers", "all"], help="write nothing: tell what is not as listed; with all, the tests also run on what is listed to live")
    found.add_argument("--seconds", type=float, default=math.inf, help="of tests that run for each mutant, the quick ones first (all)")
    options = found.parse_args(arguments)
    chosen = [f for f in users() if not options.names or name_of(f) in options.names or f.__module__.removeprefix("dlref.") in options.names]
    if options.confirm is None:
        write(chosen, options.seconds)
        return 0
    told = differences(chosen, survivors=options.confirm == "all")
    print("\n".join(told))
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
