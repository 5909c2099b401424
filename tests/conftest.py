"""Options and fixtures of all tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("JAX_ENABLE_X64", "1")  # before anything imports JAX: values are compared in float64
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")  # JAX compiles more than it computes here
os.environ.setdefault("OMP_NUM_THREADS", "1")  # arrays are small, and tests run side by side
gc.set_threshold(50_000, 20, 10)  # JAX and PyTorch hold millions of objects: looking through them often takes a fifth of the time

from tests.libraries import LIBRARIES, Library  # noqa: E402
from tests.sessions import MAY_SKIP, NoSkips, site  # noqa: E402, F401  (a fixture is found by its name)

# The same examples in every run, and no deadline: the machine may be busy.
settings.register_profile("dlref", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("dlref")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-outputs", action="store_true", help="rewrite the printed outputs that the snippets show")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes run the tests: one a core for the whole suite, none for chosen files, which so start at once."""
    return min(os.cpu_count() or 1, 8) if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("DLREF_NO_SKIPS"):
        config.pluginmanager.register(NoSkips(MAY_SKIP), "no-skips")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless `-m` speaks of it. One test that needs the built site comes first, and the others last.

    So one process builds the site while the others run what does not need it, and nobody waits.
    """
    if "full" not in config.getoption("markexpr"):
        long = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in long]
        config.hook.pytest_deselected(items=long)
    on_site = [item for item in items if "site" in getattr(item, "fixturenames", ())]
    others = [item for item in items if "site" not in getattr(item, "fixturenames", ())]
    items[:] = [*on_site[:1], *others, *on_site[1:]]


@pytest.fixture(params=LIBRARIES)
def xp(request: pytest.FixtureRequest) -> Iterator[Library]:
    """Each array library in turn."""
    library = Library(request.param)
    with library.strictly():
        yield library
