"""Formulas and functions of one's own: any callable against any LaTeX, and messages that say what is wrong and where."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from dlref.latex import Verdict, check_formula

TRAPEZOID = r"T = \sum_{i=1}^{n-1} (x_{i+1} - x_i) \frac{y_i + y_{i+1}}{2}"
POINTS = [r"y \in \mathbb{R}^n", r"x \in \mathbb{R}^n"]


def test_a_function_of_numpy_agrees_with_its_formula() -> None:
    found = check_formula(np.trapezoid, TRAPEZOID, POINTS)
    assert isinstance(found, Verdict) and found
    assert str(found).startswith("ok: 16 draws, largest deviation ")


@pytest.mark.parametrize(
    ("right", "wrong", "message", "under"),
    [
        ("y_i + y", "y_i - y", "numbers: the formula gives", r"\sum"),
        ("n-1", "n", "numbers: an index is out of range for a column of ", "i+1"),
        ("y_i +", "y +", "shape: expected the number", r"\sum"),
        ("y_{i+1}", "z_{i+1}", "unknown symbol: 'z' is not declared", "z_"),
        ("{2}", "{2", "grammar: expected '}'", ""),
    ],
)
def test_a_wrong_formula_is_told_with_a_caret(right: str, wrong: str, message: str, under: str) -> None:
    text = TRAPEZOID.replace(right, wrong, 1)
    found = check_formula(np.trapezoid, text, POINTS)
    assert not found
    first, shown, caret, *rest = str(found).splitlines()
    assert first.startswith(message)
    assert shown == f"  {text}"
    assert caret == " " * (2 + (text.index(under) if under else len(text))) + "^"
    if message.startswith("numbers"):
        assert rest[0].startswith("  at y = [") and ", x = [" in rest[0]


def test_the_draw_that_is_named_shows_the_mistake() -> None:
    found = check_formula(lambda x: abs(x), "r = x", r"x \in \mathbb{R}")
    at = float(str(found).rpartition("x = ")[2])
    assert at < 0
    assert found.draw >= 1


def test_what_no_single_draw_shows_names_none() -> None:
    found = check_formula(lambda x: 2 * x, r"r = 2 x \leq 100", r"x \in [0, 1]", gives=r"r \in \mathbb{R}")
    assert found.kind == "numbers" and found.draw == 0
    assert "attained in no draw" in str(found) and " at x" not in str(found)


def test_definitions_and_calls() -> None:
    text, mean = r"s^2 = \frac{1}{n - 1} \sum_{i=1}^{n} (x_i - \bar{x})^2", r"\bar{x} = \frac{1}{n} \sum_{i=1}^{n} x_i"
    assert not check_formula(np.var, text, r"x \in \mathbb{R}^n", uses=mean), "NumPy divides by n unless it is told otherwise"
    assert check_formula(np.var, text, r"x \in \mathbb{R}^n", uses=mean, call="var(x, ddof=1)")


def test_indexed_results_and_conditions() -> None:
    where = "a_i \\in \\mathbb{R}, \\ i = 0, \\dots, n - 1\nb_j \\in \\mathbb{R}, \\ j = 0, \\dots, m - 1"
    beyond = [r"a_i = 0 \ \text{otherwise}", r"b_j = 0 \ \text{otherwise}"]
    assert check_formula(np.convolve, r"c_k = \sum_{i=0}^{k} a_i b_{k-i}", where, gives=r"c_k \in \mathbb{R}, \ k = 0, \dots, n + m - 2", uses=beyond)
    counts = r"b = \prod_{i=1}^{k} \frac{n - k + i}{i}"
    assert check_formula(math.comb, counts, [r"n \in \mathbb{N}_0", r"k \in \mathbb{N}_0"], uses=r"k \leq n")


class Halves:
    """A callable without a name."""

    def __call__(self, x: Any) -> Any:
        return x / 2


@pytest.mark.parametrize("function", [Halves(), functools.partial(np.multiply, 0.5), lambda x: x / 2, np.vectorize(lambda x: x / 2)])
def test_any_callable_will_do(function: Any) -> None:
    assert check_formula(function, r"r = \frac{x}{2}", r"x \in \mathbb{R}")
    assert check_formula(function, r"r = \frac{x}{2}", r"x \in \mathbb{R}", call="function(x)") or hasattr(function, "__name__")
    assert not check_formula(function, r"r = \frac{x}{3}", r"x \in \mathbb{R}")


@pytest.mark.parametrize(
    ("where", "function", "message"),
    [
        (r"x \in \mathbb{Nx}", math.exp, "grammar: expected a domain such as"),
        ("x", math.exp, "in 'x': expected 'name \\in domain'"),
        ("", math.exp, "'where' is missing"),
        (r"x \in \mathbb{R}", lambda x: 1 / 0, "raises ZeroDivisionError: division by zero\n  at x = "),
    ],
)
def test_mistakes_beside_the_formula_are_told_without_a_file(where: str, function: Any, message: str) -> None:
    found = check_formula(function, r"r = e^{x}", where)
    assert not found
    assert message in str(found)
    assert ":0:" not in str(found)


def test_the_same_seed_gives_the_same_verdict() -> None:
    wrong = TRAPEZOID.replace("+ y", "- y")
    assert check_formula(np.trapezoid, wrong, POINTS, seed=5) == check_formula(np.trapezoid, wrong, POINTS, seed=5)
    assert check_formula(np.trapezoid, wrong, POINTS, seed=5).message != check_formula(np.trapezoid, wrong, POINTS, seed=6).message


def test_the_package_offers_these_names_and_no_others() -> None:
    import dlref.latex

    with pytest.raises(AttributeError, match="has no attribute 'check_formulas'"):
        dlref.latex.check_formulas  # noqa: B018
