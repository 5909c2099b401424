"""Runs the cells of one experiment: ``python -m dlref.site.execute page`` or ``… measure SEED …``, cells on stdin, results on stdout, as JSON.

``page`` runs all cells in order, and those that draw once more for each language; it counts the calls of each function that the cells
import from dlref. ``measure`` runs the cells that define, which are all that it gets, and calls ``measure`` with each seed and with its
baseline. ``dlref/site/experiments.py`` starts this in the checkout's folder, in a process of its own; progress bars go to stderr.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import io
import json
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

LANGUAGES = ("ja", "en")


def run(name: str, source: str, namespace: dict[str, Any]) -> str:
    """Run a cell; what it prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(source, name, "exec"), namespace)
    return said.getvalue()


def counted(namespace: dict[str, Any]) -> Counter[str]:
    """Calls, from now on, of each function of dlref that the namespace holds."""
    calls: Counter[str] = Counter()

    def counting(label: str, function: Any) -> Any:
        calls[label] = 0

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            calls[label] += 1
            return function(*args, **kwargs)

        return call

    for label, value in list(namespace.items()):
        if inspect.isfunction(value) and value.__module__.startswith("dlref."):
            namespace[label] = counting(label, value)
    return calls


def page(name: str, cells: list[dict[str, str]], look: Any) -> dict[str, Any]:
    """What each cell prints and draws, and the seconds that all of it took."""
    import matplotlib.pyplot as plt

    warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)  # letters are set in the font of the page
    warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive", category=UserWarning)
    plt.switch_backend("agg")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results: list[dict[str, Any]] = []
    calls: Counter[str] | None = None
    begin = time.perf_counter()
    with plt.rc_context(look.EXPERIMENT):
        for k, cell in enumerate(cells):
            result: dict[str, Any] = {"printed": "", "figures": {}}
            for language in LANGUAGES if cell["kind"] == "figure" else LANGUAGES[-1:]:
                if cell["kind"] == "figure":
                    namespace["language"] = language
                result["printed"] = run(f"{name}, cell {k + 1}", cell["source"], namespace)
                figures = [plt.figure(number) for number in plt.get_fignums()]
                result["figures"][language] = [look.embedded(f, f"{name}-{k}-{i}") for i, f in enumerate(figures)]
                plt.close("all")
            results.append(result)
            if calls is None and cell["kind"] == "code":  # the first cell, the one that imports
                calls = counted(namespace)
    return {"cells": results, "calls": calls, "seconds": round(time.perf_counter() - begin, 1)}


def measure(name: str, cells: list[dict[str, str]], seeds: list[int]) -> dict[str, Any]:
    """The measured quantities for each seed, with the method and with its baseline."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for k, cell in enumerate(cells):
        run(f"{name}, cell {k + 1}", cell["source"], namespace)
    begin = time.perf_counter()
    measured = {}
    for kind, baseline in (("method", False), ("baseline", True)):
        measured[kind] = [{key: float(value) for key, value in namespace["measure"](seed, baseline=baseline).items()} for seed in seeds]
    return {**measured, "seeds": seeds, "seconds": round(time.perf_counter() - begin, 1)}


def main() -> None:
    what, *seeds = sys.argv[1:]
    given = json.load(sys.stdin)
    root = Path(given["root"])
    sys.path.insert(0, str(root / "docs" / "figures"))
    try:
        if what == "page":
            done = page(given["name"], given["cells"], importlib.import_module("style"))
        else:
            done = measure(given["name"], given["cells"], [int(seed) for seed in seeds])
    except Exception:
        sys.exit(traceback.format_exc())
    files = [Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]  # type: ignore[arg-type]
    sources = [file.relative_to(root) for file in files if file.is_relative_to(root)]
    done["sources"] = sorted({str(file) for file in sources if file.parts[0] in ("dlref", "docs")})
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main()
