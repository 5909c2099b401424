"""Mutants of functions against the tests of their modules: in one session each test runs again for each mutant, until one fails.

For what no formula says: how values stay finite, what stands along further axes, what happens at a NaN.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
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
SLOW = 3.0  # seconds from which on a test comes last

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
        general = ("tests/test_libraries.py", "tests/test_docstrings.py")
        items[:] = [item for item in items if not item.nodeid.startswith(general) or item.nodeid.split("::")[1].startswith(GENERAL) and "jax" not in item.nodeid]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        times: dict[str, float] = {}
        self.names = {item.nodeid: dict(item.dtest.globs) for item in session.items if isinstance(item, DoctestItem) and item.dtest is not None}
        for item in session.items:
            started = time.perf_counter()
            if self.fails(item) or self.fails(item):  # twice: a test may be spent
                self.red.append(item.nodeid)
            times[item.nodeid] = time.perf_counter() - started
        items = sorted((item for item in session.items if item.nodeid not in self.red), key=lambda item: times[item.nodeid] > SLOW)
        for mutant in self.mutants:
            module = mutant.function.__module__.removeprefix("dlref.")
            mine = [item for item in items if self.concerns(item, module)]
            with mutant.applied():
                killer = next((item for item in mine if self.fails(item)), None)
            self.killers.append("" if killer is None else killer.nodeid)
            if killer is not None:  # the next mutant of this function probably dies of the same
                items.remove(killer)
                items.insert(0, killer)
        return True

    def concerns(self, item: pytest.Item, module: str) -> bool:
        """Whether a test is one of the module's own."""
        return f"test_{module}.py" in item.nodeid or f"dlref/{module}.py" in item.nodeid or f"-{module}." in item.nodeid or item.nodeid.endswith(f"[{module}]")

    def fails(self, item: pytest.Item) -> bool:
        if isinstance(item, DoctestItem) and item.dtest is not None:
            item.dtest.globs.update(self.names[item.nodeid])  # which a run takes away
        try:
            with within(PATIENCE):
                return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))
        except TooLong:
            return True


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
