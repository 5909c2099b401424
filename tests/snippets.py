"""What a snippet must be: runnable by whoever copies it, a transcription before the one call of dlref, the output beneath."""

from __future__ import annotations

import ast
import contextlib
import difflib
import importlib
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from dlref.site.snippet import SnippetError, read_snippet

# The standard library that formulas need, and NumPy for making arrays; nothing that opens a file or a connection.
IMPORTS = {"math", "itertools", "numpy", "dlref"}
# What the transcription may take from NumPy: making arrays and drawing inputs, no call that hides the index of the formula.
MAKERS = {"array", "asarray", "zeros", "ones", "empty", "full", "arange", "linspace", "eye", "zeros_like", "empty_like"}
MAKERS |= {
    "random",
    "default_rng",
    "normal",
    "uniform",
    "integers",
    "standard_normal",
    "permutation",
    "pi",
    "e",
    "inf",
    "newaxis",
}
SECONDS = 1.0


def faults(path: Path) -> list[str]:
    """Everything that is wrong with a snippet, one sentence each; it is run."""
    try:
        shown = read_snippet(path).output
    except SnippetError as error:
        return [str(error)]
    printed, error_, seconds = run(path)
    found = [f"{path}:{line}: {fault}" for line, fault in sorted(_code_faults(path))]
    if error_ is not None:
        found.append(f"{path}: it raises {type(error_).__name__}: {error_}")
    elif printed.rstrip("\n") != shown:
        difference = "\n".join(difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm=""))
        found.append(f"{path}: the output shown is not the one printed:\n{difference}")
    if seconds > SECONDS:
        found.append(f"{path}: it takes {seconds:.2f} s, more than {SECONDS} s")
    return found


def run(path: Path) -> tuple[str, Exception | None, float]:
    """Run a snippet in a namespace of its own: what it prints, what it raises, and how much processor time it takes after its imports."""
    tree = ast.parse(path.read_text(encoding="utf8"), str(path))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            with contextlib.suppress(ImportError):  # loaded before the clock starts; the snippet itself reports what is missing
                exec(compile(ast.Module([node], []), str(path), "exec"), {})
    if "torch" in sys.modules:
        importlib.import_module("torch._dynamo")  # which the first step of an optimizer loads, and which takes longer than any snippet
    printed = io.StringIO()
    error: Exception | None = None
    start = time.process_time()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(tree, str(path), "exec"), {"__name__": "__main__"})
        except Exception as raised:
            error = raised
    return printed.getvalue(), error, time.process_time() - start


def _code_faults(path: Path) -> Iterator[tuple[int, str]]:
    """What can be seen without running: imports, the transcription, the call, the comparison."""
    torch = path.stem.endswith("_torch")
    tree = ast.parse(path.read_text(encoding="utf8"))
    ours: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                if name.partition(".")[0] not in IMPORTS | ({"torch"} if torch else set()):
                    yield node.lineno, f"it imports {name}; a reader needs numpy and dlref only"
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "dlref":
                ours |= {alias.asname or alias.name for alias in node.names}
            elif "dlref" in names:
                yield node.lineno, "it imports dlref as a whole; import the function from its module"
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "input", "exec", "eval")
        ):
            yield node.lineno, f"it calls {node.func.id}"
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours
    ]
    if len(calls) != 1:
        yield 1, f"expected one call of dlref, got {len(calls)}"
    if not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
        yield 1, "the two results are not compared by an assert"
    if not torch:
        body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
        until = next((i for i, statement in enumerate(body) if _uses(statement, ours)), len(body))
        arrays = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.name == "numpy"
        }
        for statement in body[:until]:
            yield from _vectorized(statement, arrays)


def _uses(statement: ast.stmt, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(statement))


def _vectorized(statement: ast.stmt, arrays: set[str]) -> Iterator[tuple[int, str]]:
    """Calls of a transcription that hide an index: NumPy beyond making arrays, array methods, matrix products."""
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "the transcription uses @, which hides the index of the sum"
        elif isinstance(node, ast.Attribute):
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base.id in arrays and node.attr not in MAKERS:
                yield node.lineno, f"the transcription uses {ast.unparse(node)}, which hides the index"
            elif node.attr in ("sum", "mean", "dot", "max", "min", "var", "std", "prod", "cumsum", "T", "argmax", "argmin"):
                yield node.lineno, f"the transcription uses .{node.attr}, which hides the index"
