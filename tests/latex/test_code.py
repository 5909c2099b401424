"""Wrong functions are seen: by their formulas, or by a test that is named, or they are listed with the reason why they are right.

The normal run takes a sample of the functions, ``-m full`` all. ``python -m tests.latex.hunt`` writes the lists anew.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zlib
from collections import Counter
from types import FunctionType

import pytest

from dlref.latex.code import code_mutants, definition
from dlref.latex.mutation import death
from tests.latex.formulas import drawn
from tests.latex.hunt import KILLERS, ROOT, SURVIVORS, differences, listed, name_of, unseen, users

REASONS = {
    "commuted": "Arguments of a symmetric function, terms and factors may change places.",
    "same default": "The value that is left out, or written out, is the default.",
    "one member": "The first of one member is its last, its only and its largest.",
    "not read": "What changes is replaced, multiplied by 0 or passed over before anybody reads it.",
    "guard": "What it guards against cannot happen behind the checks of the arguments, or would be told by the next line.",
    "same number": "Another type or another way to write the same number.",
    "same solution": "An iteration goes another way, or stops a little earlier or later, and ends at the same solution.",
    "same scale": "A factor that is taken out and put back, so that nothing overflows, may be another one.",
    "same branch": "The other branch computes the same value there.",
    "saturated": "Beyond either threshold the value is its limit, to rounding.",
    "square of a label": "The inverse of a label -1 or +1 is the label, since its square is 1.",
    "idempotent": "The largest of a value and itself is the value.",
    "equal at the boundary": "Both cases have the same value where they meet.",
}
WAITING: tuple[str, ...] = ()  # modules whose lists are still to be written: python -m tests.latex.hunt conv …
SAMPLE = 12  # the normal run takes one function in so many
MOST = 60  # mutants of a function of the sample
DRAWS = 1000


def functions() -> list[FunctionType]:
    return [function for function in users() if function.__module__.removeprefix("dlref.") not in WAITING]


def sample() -> list[FunctionType]:
    chosen = [function for function in functions() if zlib.crc32(name_of(function).encode()) % SAMPLE == 0]
    return [function for function in chosen if len(code_mutants(function)) <= MOST]


def unequal(chosen: list[FunctionType], draws: int) -> list[str]:
    """Listed survivors that one of so many draws of a formula tells from their function."""
    reasons = {(function, mutant) for function, mutant, _ in listed(SURVIVORS)}
    found = []
    for function in chosen:
        mutants = [mutant for mutant in code_mutants(function) if (mutant.name, mutant.code) in reasons]
        for id_ in users()[function] if mutants else []:
            made = drawn(id_, draws)
            found += [f"{mutant.name}: {mutant.code}: {id_} sees it" for mutant in mutants if death(mutant, made, patience=60)]
    return found


def words(code: str) -> Counter[str]:
    return Counter(re.findall(r"\w+|[^\w\s]", code))


def test_a_sample_of_functions_has_the_mutants_that_are_listed() -> None:
    assert len(sample()) >= 4
    found = Counter((mutant.name, mutant.code) for function in sample() for mutant in unseen(function))
    names = {name_of(function) for function in sample()}
    assert found == Counter((function, mutant) for function, mutant, _ in [*listed(KILLERS), *listed(SURVIVORS)] if function in names)


def test_survivors_of_a_sample_equal_their_functions_on_a_thousand_draws() -> None:
    chosen = [function for function in functions() if function.__module__ in ("dlref.losses", "dlref.density")]
    assert unequal(chosen, DRAWS) == []


def test_the_tests_that_are_named_see_mutants_of_a_sample() -> None:
    """In a process of its own, since it runs tests."""
    run = subprocess.run([sys.executable, "-m", "tests.latex.hunt", "--confirm", "killers", "dlref.losses.hinge"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stdout + run.stderr[-2000:]


def test_each_survivor_has_a_reason_of_the_list() -> None:
    for function, mutant, reason in listed(SURVIVORS):
        assert reason in REASONS, f"{function}: {mutant}: '{reason}'"
    assert {reason for _, _, reason in listed(SURVIVORS)} == set(REASONS)
    assert {function for function, _, _ in [*listed(KILLERS), *listed(SURVIVORS)]} <= {name_of(function) for function in functions()}


def test_what_is_commuted_has_the_same_words() -> None:
    for function in functions():
        commuted = [mutant for name, mutant, reason in listed(SURVIVORS) if name == name_of(function) and reason == "commuted"]
        lines = {tuple(sorted(words(line).items())) for line in source(function)} if commuted else set()
        for mutant in commuted:
            assert tuple(sorted(words(mutant.partition(" … ")[0]).items())) in lines, mutant


def source(function: FunctionType) -> list[str]:
    """The statements of a function, each on one line."""
    return [ast.unparse(node).splitlines()[0] for node in ast.walk(definition(function)) if isinstance(node, ast.stmt)]


def test_a_difference_from_the_lists_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (hinge,) = [function for function in functions() if name_of(function) == "dlref.losses.hinge"]
    monkeypatch.setattr("tests.latex.hunt.listed", lambda file: [("dlref.losses.hinge", "return 1", "a reason")] if file == SURVIVORS else [])
    one, other = differences([hinge], survivors=False)
    assert one == "dlref.losses.hinge: return xp.where(margin > 1, 0.0, 1 - margin): no formula sees it, and it is not listed"
    assert other == "dlref.losses.hinge: return 1: listed, though a formula sees it"


@pytest.mark.full
@pytest.mark.parametrize("module", sorted({function.__module__.removeprefix("dlref.") for function in functions()}))
def test_the_lists_are_what_the_formulas_and_the_tests_of_a_module_find(module: str) -> None:
    run = subprocess.run([sys.executable, "-m", "tests.latex.hunt", "--confirm", "all", module], cwd=ROOT, capture_output=True, text=True, timeout=3600)
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stdout + run.stderr[-2000:]


@pytest.mark.full
def test_all_survivors_equal_their_functions_on_a_thousand_draws() -> None:
    assert unequal(functions(), DRAWS) == []
