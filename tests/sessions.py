"""Fixtures and rules of the whole test session: the built site, and which tests may be skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[1]

# Reasons for which a test may be skipped where DLREF_NO_SKIPS is set, as beginnings of their messages. Everything else fails.
MAY_SKIP: tuple[str, ...] = ("no NumPy for Pyodide",)


def build_site(folder: Path) -> Path:
    """Both languages, as `mkdocs build --strict` makes them."""
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SITE_URL": "https://example.org/dlref/"}
    for name in ("DLREF_ONE_LANGUAGE", "DLREF_PYODIDE"):
        env.pop(name, None)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the built site: Japanese at its root, English under ``en``. Processes that run tests side by side share it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build_site(tmp_path_factory.mktemp("site"))
    folder = tmp_path_factory.getbasetemp().parent / "site"
    with FileLock(folder.with_suffix(".lock")):
        return folder if folder.exists() else build_site(folder)


class NoSkips:
    """Turns a skipped test into a failed one, unless its reason is listed."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            if not reason.startswith(self.allowed or ("\0",)):
                report.outcome = "failed"
                report.longrepr = f"skipped, which DLREF_NO_SKIPS forbids: {reason}"
