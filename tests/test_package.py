"""The package as its importers see it: light, typed, pure, and answering to no oracle."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import array_api_compat
import numpy as np
import pytest

import dlref
from tests.topics import ROOT

PACKAGE = ROOT / "dlref"
STANDARD = sys.stdlib_module_names
FACE = {"__init__", "__main__", "_browser", "_formulas"}  # they bring topics and the formula language together
IMPORTS = {
    "topics": {"numpy", "array_api_compat", "dlref"},
    "latex": {"numpy", "dlref"},
}
# An oracle that computes the answer is no oracle: nothing here may be asked by a formula.
ORACLES = re.compile(r"\b(torch\.nn|nn\.functional|scipy|sklearn|jax\.nn|jax\.scipy|tensorflow|keras)\b")


def python(*arguments: str, cwd: Path = ROOT, **options: str) -> str:
    """Run the interpreter on its own; what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=options or None
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_import_is_quick_and_loads_no_torch() -> None:
    """Less than 0.25 s for the package with all of its topic modules: processor time, the best of five, on any busy machine."""
    modules = ", ".join(["dlref", *(f"dlref.{name}" for name in dlref.__all__)])
    code = (
        f"import sys, time; start = time.process_time(); import {modules}; seconds = time.process_time() - start; "
        "print(seconds, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    runs = [python("-c", code).split() for _ in range(5)]
    seconds = min(float(run[0]) for run in runs)
    assert seconds < 0.25, f"import takes {seconds:.3f} s"
    heavy = {
        "torch",
        "jax",
        "scipy",
        "sklearn",
        "mkdocs",
        "markdown",
        "griffe",
        "matplotlib",
        "array_api_strict",
        "array_api_extra",
    }
    assert heavy & set(runs[0][1:]) == set()


def test_a_topic_module_is_loaded_when_it_is_first_used() -> None:
    code = "import sys, dlref; before = 'dlref.losses' in sys.modules; dlref.losses.hinge; print(before, 'dlref.losses' in sys.modules)"
    assert python("-c", code).split() == ["False", "True"]


def test_topic_modules_are_attributes_and_are_listed() -> None:
    assert set(dlref.__all__) <= set(dir(dlref))
    for name in dlref.__all__:
        assert getattr(dlref, name).__name__ == f"dlref.{name}"
    with pytest.raises(AttributeError, match="module 'dlref' has no attribute 'loses'"):
        dlref.loses  # noqa: B018


def test_the_version_is_said_once_in_effect() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    assert project["version"] == dlref.__version__
    assert {re.split(r"[<>=\[; ]", line)[0] for line in project["dependencies"]} == {"numpy", "array-api-compat"}


def imports(path: Path) -> set[str]:
    """What a file imports, relative imports resolved."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("dlref." + (node.module or "") if node.level else node.module or "")
    return found


def faults(package: Path) -> list[str]:
    """Imports that the architecture forbids, and oracles that a formula asks."""
    found = []
    topics = {path.stem for path in package.glob("*.py")} - FACE - {"_backend"}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0] if path.parent != package else "topics"
        for name in sorted(imports(path)):
            first = name.partition(".")[0]
            if room in IMPORTS and first not in IMPORTS[room] and first not in STANDARD:
                found.append(f"{path.name}: imports {name}")
            inner = name.split(".")[1:2]
            if room == "topics" and path.stem not in FACE and first == "dlref" and inner in (["latex"], ["site"]):
                found.append(f"{path.name}: a topic module imports {name}")
            if room in ("latex", "site") and first == "dlref" and inner and inner[0] in topics:
                found.append(f"{path.name}: {room} imports the topic {name}")
        if room == "topics":
            code = ast.unparse(_without_docstrings(ast.parse(path.read_text(encoding="utf8"))))
            found += [f"{path.name}: asks the oracle {match}" for match in sorted(set(ORACLES.findall(code)))]
    return found


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_no_module_imports_what_its_room_forbids_and_no_formula_asks_an_oracle() -> None:
    assert faults(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("losses.py", "import torch", "losses.py: imports torch"),
        ("losses.py", "from scipy.special import erf", "losses.py: imports scipy.special"),
        ("losses.py", "def f(xp, x):\n    return xp.torch.nn.functional.relu(x)", "losses.py: asks the oracle torch.nn"),
        ("losses.py", "from dlref.latex import reader", "losses.py: a topic module imports dlref.latex"),
        ("losses.py", "from .site import labels", "losses.py: a topic module imports dlref.site"),
        ("latex/reader.py", "from dlref.losses import hinge", "reader.py: latex imports the topic dlref.losses"),
        ("latex/reader.py", "import sympy", "reader.py: imports sympy"),
        ("_formulas.py", "import mkdocs", "_formulas.py: imports mkdocs"),
        ("site/block.py", "import dlref.losses", "block.py: site imports the topic dlref.losses"),
    ],
)
def test_gate_names_a_forbidden_import(tmp_path: Path, file: str, line: str, fault: str) -> None:
    for name in ("losses.py", "latex/reader.py", "site/block.py", "_formulas.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('"""torch.nn.HuberLoss is named here, and that is all right."""\nimport math\n', encoding="utf8")
    assert faults(tmp_path) == []
    (tmp_path / file).write_text(line + "\n", encoding="utf8")
    assert fault in faults(tmp_path)


def test_the_package_is_typed_and_strictly_so() -> None:
    assert (PACKAGE / "py.typed").exists()
    python("-m", "mypy")


def test_the_type_checker_sees_the_signature_of_a_decorated_function(tmp_path: Path) -> None:
    file = tmp_path / "use.py"
    file.write_text(
        "from dlref.losses import huber\n\nhuber(1, 2, delta='x')\nhuber(1)\nhuber(1, 2, delta=2.0)\n", encoding="utf8"
    )
    done = subprocess.run([sys.executable, "-m", "mypy", str(file)], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = re.findall(r"use\.py:(\d+): error: (.*)", done.stdout)
    assert [line for line, _ in lines] == ["3", "4"], done.stdout
    assert '"delta"' in lines[0][1] and "Too few arguments" in lines[1][1]


def test_a_wheel_builds_installs_beside_numpy_and_the_array_api_helpers_alone_and_imports(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    assert wheel.name == f"dlref-{dlref.__version__}-py3-none-any.whl"  # pure Python

    python("-m", "venv", "--without-pip", str(tmp_path / "empty"))
    interpreter = tmp_path / "empty" / "bin" / "python"
    python("-m", "pip", "--python", str(interpreter), "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    needed = tmp_path / "needed"
    needed.mkdir()
    packages = [
        Path(np.__file__).parent,
        Path(array_api_compat.__file__).parent,
        Path(np.__file__).parent.parent / "numpy.libs",
    ]
    for package in packages:
        if package.exists():
            (needed / package.name).symlink_to(package)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(interpreter), *arguments], cwd=tmp_path, env={"PYTHONPATH": str(needed)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    code = "import dlref, dlref.losses; print(dlref.__file__, dlref.losses.hinge(1, 0.25), *dlref.__all__)"
    file, loss, *topics = run("-c", code).split()
    assert Path(file).is_relative_to(tmp_path / "empty") and loss == "0.75" and topics == dlref.__all__
    assert (Path(file).parent / "py.typed").exists()
    # Formulas know their sections and check themselves without the documentation.
    assert run("-c", "import dlref; print(dlref.formula('hinge-loss').section.number)").split() == ["1.3"]
    assert run("-m", "dlref", "check", "hinge-loss").splitlines()[-1].startswith("1 formula, 64 draws")
    assert "KaTeX is not there" in run("-m", "dlref", "mutate", "hinge-loss")


def test_the_metadata_of_an_installation_agree_where_there_is_one() -> None:
    try:
        version = importlib.metadata.version("dlref")
    except importlib.metadata.PackageNotFoundError:
        return
    assert version == dlref.__version__
