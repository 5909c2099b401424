"""``python -m dlref``: what it prints, and what it says to the shell."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlref
from dlref.__main__ import BAR, main, typesetter
from tests.site.miniature import MODULE, edit

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of dlref whose only topic module is a miniature."""
    folder = tmp_path / "dlref"
    folder.mkdir()
    for name in ("__init__.py", "__main__.py", "_backend.py", "_formulas.py"):
        shutil.copy(ROOT / "dlref" / name, folder)
    shutil.copytree(ROOT / "dlref" / "latex", folder / "latex", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "powers.py").write_text(MODULE, encoding="utf8")
    return folder


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on a copy of the package, in a process of its own."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-m", "dlref", *arguments], cwd=package.parent, env=env, capture_output=True, text=True, encoding="utf8", check=False)


# ---- check


def test_what_agrees_is_checked_and_the_totals_stand_in_the_last_line(package: Path) -> None:
    done = run(package, "check")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert [re.sub(r"\d\.\de[+-]\d+", "#", line) for line in lines] == [
        "ok     square  dlref.powers.square   64 draws  largest deviation #",
        "ok     split   dlref.powers.split    64 draws  largest deviation #",
    ]
    assert re.fullmatch(r"2 formulas, 128 draws, largest deviation \d\.\de[+-]\d+, all agree, \d+\.\d s", last)


@pytest.mark.parametrize(("old", "new"), [("q(x) = x^2", "q(x) = -x^2"), ("return x * x\n", "return x * abs(x)\n")], ids=["formula", "function"])
def test_drift_of_a_formula_or_of_its_function_exits_with_1(package: Path, old: str, new: str) -> None:
    assert run(package, "check", "square").returncode == 0
    edit(package / "powers.py", old, new)
    done = run(package, "check")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "DRIFT  square  dlref.powers.square"
    assert lines[1].strip().startswith("numbers: the formula gives")
    assert lines[3].strip() == "^" and lines[4].strip().startswith("at x = ")
    assert "ok     split" in done.stdout
    assert "1 formula disagrees" in lines[-1]
    assert run(package, "check", "split").returncode == 0


def test_a_wrong_declaration_is_drift_as_well(package: Path) -> None:
    edit(package / "powers.py", "        x \\in \\mathbb{R}\n\n    Parameters\n    ----------\n    x\n        A number.\n\n    Returns\n    -------\n    float\n        Its", "        z \\in \\mathbb{R}\n\n    Parameters\n    ----------\n    x\n        A number.\n\n    Returns\n    -------\n    float\n        Its")
    done = run(package, "check", "square")
    assert done.returncode == 1
    assert "unknown symbol: 'x' is not declared" in done.stdout


def test_a_docstring_that_cannot_be_read_is_an_error_with_file_and_line(package: Path) -> None:
    edit(package / "powers.py", "    square\n        q(x) = x^2\n", "    Square It\n        q(x) = x^2\n")
    done = run(package, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: \S+powers\.py:\d+: square: expected a formula id in kebab-case .*\n", done.stderr)


def test_formulas_that_use_one_another_in_a_circle_are_an_error(package: Path) -> None:
    edit(package / "powers.py", "        q(x) = x^2\n", "        q(x) = s(x)\n    with\n        s = split\n")
    edit(package / "powers.py", "\\underbrace{x^2}_{(2)}\n", "\\underbrace{q(x)}_{(2)}\n    with\n        q = square\n")
    done = run(package, "check")
    assert done.returncode == 2
    assert "the formulas use one another in a circle" in done.stderr


def test_seed_and_trials(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "mean-squared-error", "--trials", "40", "--seed", "5"]) == 0
    assert "40 draws" in capsys.readouterr().out
    assert main(["check", "mean-squared-error", "--trials", "0"]) == 2
    assert capsys.readouterr().err == "error: --trials must be at least 1, got 0\n"


def test_named_formulas_are_checked_once_each_and_statements_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "hinge-loss", "predictor-map", "hinge-loss"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["ok", "predictor-map", "dlref.risk.predict", "statement"]
    assert lines[-1].startswith("2 formulas (1 statement), 64 draws")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_and_leaves_nothing_of_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["check", "hinge-loss", "squared-loss"]) == 0
    shown = terminal.getvalue()
    assert f"{'░' * BAR} 0/2 hinge-loss" in shown
    assert f"{'█' * (BAR // 2)}{'░' * (BAR // 2)} 1/2 squared-loss" in shown
    assert shown.endswith("\r\x1b[K")
    assert "█" not in capsys.readouterr().out


# ---- list, show, errors


def test_the_list_has_a_line_for_each_formula(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [found.id for found in dlref.formulas()]
    assert "hinge-loss 1.3 dlref.losses.hinge".split() in [line.split() for line in lines]


def test_a_formula_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "hinge-loss", "squared-loss"]) == 0
    assert capsys.readouterr().out == f"{dlref.formula('hinge-loss')}\n\n{dlref.formula('squared-loss')}\n"


@pytest.mark.parametrize("command", ["show", "check", "mutate"])
def test_an_unknown_id_is_an_error(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "hinge-los"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"error: no formula 'hinge-los'; did you mean hinge-loss\b.*\?\n", captured.err)


@pytest.mark.parametrize("arguments", [[], ["show"], ["judge"], ["check", "--seed", "x"]])
def test_a_wrong_command_line_is_an_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m dlref" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"dlref {dlref.__version__}\n"


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    done = subprocess.run(f"{sys.executable} -m dlref list | head -n 1", shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


# ---- mutate


def test_mutants_are_counted_and_those_alive_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert typesetter() is not None
    assert main(["mutate", "hinge-loss", "squared-loss", "--edits", "5"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    rows = [re.match(r"(\S+) +(\d+) of +(\d+) killed  \d+ numbers, ", line) for line in lines if not line.startswith(" ")]
    assert [row[1] for row in rows if row] == ["hinge-loss", "squared-loss"]
    assert all(0.7 * int(row[3]) < int(row[2]) <= int(row[3]) for row in rows if row)
    alive = [line for line in lines if line.startswith("    alive (")]
    assert any(r"\max ( 1 - y f ( x ) , 0 )" in line for line in alive)
    assert re.fullmatch(r"\d+ mutants, \d+ killed \(.*\), \d+ alive, \d+\.\d s", last) and f"{len(alive)} alive" in last


def test_without_the_site_all_mutants_count_and_that_is_told(package: Path) -> None:
    done = run(package, "mutate", "square")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"square +\d+ of +\d+ killed", done.stdout)
    assert done.stdout.splitlines()[-1] == "KaTeX is not there: mutants that cannot be typeset are counted as well."


def test_a_formula_that_disagrees_has_no_mutants(package: Path) -> None:
    edit(package / "powers.py", "q(x) = x^2", "q(x) = x^3")
    done = run(package, "mutate", "square")
    assert done.returncode == 2
    assert "error: square disagrees with its function:" in done.stderr
