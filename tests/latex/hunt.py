"""Mutants of functions against the tests of their modules: in one session each test that calls the function runs again for each mutant, until one fails.

For what no formula says: how values stay finite, what stands along further axes, what happens at a NaN.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.doctest import DoctestItem
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from dlref.latex.code import CodeMutant, TooLong, within

ROOT = Path(__file__).parents[2]
# Of the general tests, those that look at values; the others ask what becomes of libraries, and take long.
GENERAL = ("test_documentation_has_no_fault", "test_a_batch_is_the_stack_of_its_members", "test_values_dtype_and_device_are_kept_and_inputs_are_not_changed")
PATIENCE = 60.0  # seconds that a test may take

settings.register_profile("hunt", derandomize=True, deadline=None, max_examples=60, database=None, phases=[Phase.explicit, Phase.generate])


class Hunt:
    """A plugin that runs the session's tests once without a mutant, and then for each mutant."""

    def __init__(self, mutants: Sequence[CodeMutant]) -> None:
        self.mutants = mutants
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
        for mutant in self.mutants:
            mine = [item for item in items if mutant.function.__code__ in reached[item.nodeid]]
            with mutant.applied():
                killer = next((item for item in mine if self.fails(item)), None)
            self.killers.append("" if killer is None else killer.nodeid)
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


def hunt(mutants: Sequence[CodeMutant]) -> list[str]:
    """For each mutant the test of its module that sees it, or an empty text."""
    if not mutants:
        return []
    modules = sorted({mutant.function.__module__.removeprefix("dlref.") for mutant in mutants})
    paths = [str(path) for module in modules for path in (ROOT / "tests" / f"test_{module}.py", ROOT / "dlref" / f"{module}.py") if path.exists()]
    paths += [str(ROOT / "tests" / name) for name in ("test_docstrings.py", "test_libraries.py")]
    plugin = Hunt(mutants)
    pytest.main(["--numprocesses=0", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:terminal", "--rootdir", str(ROOT), *paths], plugins=[plugin])
    if plugin.red or len(plugin.killers) != len(mutants):
        raise RuntimeError("the tests are red without any mutant: " + ", ".join(plugin.red[:5]))
    return plugin.killers
