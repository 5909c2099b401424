"""Formulas as objects: what an importer and a notebook see."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dlref
from dlref import _formulas
from dlref.latex.check import uses
from dlref.latex.docstring import scan
from dlref.site.book import Book
from tests.latex.referee import seen

ROOT = Path(__file__).parents[1]
BOOK = Book.read(ROOT)
IDS = [found.id for found in dlref.formulas()]


def waits(found: dlref.Formula) -> bool:
    """Whether a formula uses one whose chapter is still to come."""
    named = [line.split("=", 1)[1].strip().split("(")[0] for line in found.uses if re.fullmatch(r"[^=]*= *[a-z-]{4,}(\(.*)?", line)]
    return not set(named) <= set(IDS)


def test_a_formula_has_what_its_docstring_says() -> None:
    found = dlref.formula("huber-loss")
    assert isinstance(found, dlref.Formula)
    assert found.id == "huber-loss"
    assert found.latex == scan(ROOT / "dlref")["huber-loss"].latex
    assert found.where == (r"y \in \mathbb{R}", r"\hat{y} \in \mathbb{R}", r"\delta \in \mathbb{R}_{>0}")
    assert found.gives == () and found.uses == () and not found.statement
    assert found.call == "huber(y, y_hat, delta=delta)"
    assert found.name == "dlref.losses.huber"
    assert found.function is dlref.losses.huber
    assert found.arguments == {"y": inspect.Parameter.empty, "y_hat": inspect.Parameter.empty, "delta": 1.0}


def test_a_formula_knows_its_section_in_both_languages() -> None:
    section = dlref.formula("hinge-loss").section
    assert section == ("1.3", "loss-functions", "損失関数の種類と性質", "Kinds of Loss Functions and Their Properties")
    assert dlref.formula("perceptron-decision").section is not None, "an alias stands where its formula does"
    for id_, appearance in BOOK.appearances.items():
        found = dlref.formula(id_).section
        assert found is not None and (found.number, found.id) == (appearance.section.number, appearance.section.id)


def test_without_contents_formulas_have_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_formulas, "CONTENTS", ())
    _formulas._sections.cache_clear()
    try:
        assert dlref.formula("hinge-loss").section is None
        assert sorted(found.id for found in dlref.formulas()) == sorted(IDS)
        assert str(dlref.formula("hinge-loss")).startswith("hinge-loss\n")
    finally:
        _formulas._sections.cache_clear()


def test_the_formulas_come_in_the_order_of_the_book() -> None:
    assert sorted(IDS) == sorted(scan(ROOT / "dlref"))
    order = [id_ for id_ in BOOK.appearances if id_ in IDS]
    assert [id_ for id_ in IDS if id_ in BOOK.appearances] == order


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("hinge", "no formula 'hinge'; did you mean hinge-loss or ridge?"),
        ("hinge_loss", "no formula 'hinge_loss'; did you mean hinge-loss"),
        ("Huber-Loss", "no formula 'Huber-Loss'; did you mean huber-loss"),
        ("perceptron", "did you mean perceptron-decision or perceptron-update?"),
        ("qqq", "no formula 'qqq'"),
        ("", "no formula ''"),
    ],
)
def test_an_unknown_id_is_told_with_the_nearest(word: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        dlref.formula(word)
    assert message in str(caught.value)
    assert word not in ("qqq", "") or str(caught.value) == message


def test_a_terminal_shows_all_of_a_formula() -> None:
    assert repr(dlref.formula("hinge-loss")) == r"<Formula hinge-loss: \ell(y, f(x)) = \max(0, 1 - y f(x))>"
    assert str(dlref.formula("hinge-loss")).splitlines() == [
        "hinge-loss (section 1.3, Kinds of Loss Functions and Their Properties)",
        r"    \ell(y, f(x)) = \max(0, 1 - y f(x))",
        "where",
        r"    y \in \{-1, +1\}       y",
        r"    f(x) \in \mathbb{R}    score",
        "computed by dlref.losses.hinge",
        "    hinge(y, score)",
    ]
    lines = str(dlref.formula("soft-margin-svm")).splitlines()
    assert [line for line in lines if not line.startswith(" ")][1:] == ["where", "gives", "with", "computed by dlref.linear.soft_margin_svm"]
    assert str(dlref.formula("predictor-map")).splitlines()[-1] == "stated at dlref.risk.predict"


@pytest.mark.parametrize("id_", IDS)
def test_each_formula_is_shown_with_the_names_of_its_arguments(id_: str) -> None:
    found = dlref.formula(id_)
    assert found.statement or waits(found) or len(found.arguments) == len(found.where)
    if not waits(found):
        assert found.id in str(found)


def test_a_notebook_shows_what_katex_typesets() -> None:
    views = [found._repr_latex_() for found in dlref.formulas()]
    assert all(view.startswith("$$") and view.endswith("$$") and view.count("$") == 4 for view in views)
    refused = [id_ for id_, tokens in zip(IDS, seen([view.strip("$") for view in views]), strict=True) if tokens is None]
    assert refused == []
    hinge = dlref.formula("hinge-loss")
    assert all(part in hinge._repr_latex_() for part in (hinge.latex, *hinge.where))


def test_the_latex_is_evaluated_and_not_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dlref.formula("hinge-loss")
    assert found.evaluate(1, 0.25) == 0.75
    monkeypatch.setattr(found._prepared, "function", lambda y, score: 1 / 0)
    assert found.evaluate(y=-1, score=2.0) == 3.0


def test_a_hyperparameter_has_the_default_of_the_function() -> None:
    found = dlref.formula("huber-loss")
    assert found.evaluate(0.0, 3.0) == 2.5
    assert found.evaluate(0.0, 3.0, delta=2.0) == 4.0


def test_arrays_and_indexed_results() -> None:
    x, y = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 3.0], [4.0, 1.0]]), np.array([1.0, 2.0, 3.0, 5.0])
    weights, bias = dlref.formula("normal-equations").evaluate(x, y)
    expected = dlref.linear.least_squares(x, y)
    np.testing.assert_allclose(weights, expected[0], atol=1e-12)
    np.testing.assert_allclose(bias, expected[1], atol=1e-12)
    assert dlref.formula("mean-squared-error").evaluate([1.0, 2.0], [1.0, 4.0]) == 2.0


@pytest.mark.parametrize(
    ("id_", "arguments", "error", "message"),
    [
        ("hinge-loss", (2, 0.5), ValueError, r"hinge-loss: 2 is outside 'y \in \{-1, +1\}'"),
        ("hinge-loss", (1,), TypeError, "hinge-loss needs the argument score"),
        ("hinge-loss", ([1, 1], [1.0, 2.0]), ValueError, r"hinge-loss: 'y \in \{-1, +1\}' takes 0 axes, got the shape (2,)"),
        ("predictor-map", (), ValueError, "predictor-map is a statement"),
        ("hard-margin-svm", ([[1.0], [2.0]], [1, -1]), ValueError, "hard-margin-svm: the formula says what its solution fulfills"),
    ],
)
def test_what_cannot_be_evaluated_is_told(id_: str, arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        dlref.formula(id_).evaluate(*arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize("id_", IDS)
def test_each_formula_checks_itself(id_: str) -> None:
    found = dlref.formula(id_)
    verdict = found.check(seed=11)
    assert verdict or waits(found), verdict


def test_a_changed_function_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dlref.formula("hinge-loss")
    monkeypatch.setitem(found.__dict__, "function", lambda y, score: max(0.0, 1 + y * score))
    verdict = found.check()
    assert verdict.kind == "numbers"
    assert "at y = " in str(verdict) and "f(x) = " in str(verdict)


def test_formulas_are_loaded_when_they_are_first_asked_for() -> None:
    code = (
        "import sys, dlref; before = [m for m in sys.modules if m.startswith('dlref.')]; dlref.formula('hinge-loss'); "
        "print(before, 'dlref._formulas' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[] True False\n"


def test_used_formulas_are_those_of_the_package() -> None:
    blocks = _formulas._all()
    assert uses(blocks["zero-one-loss"][0], blocks) == ["indicator"]
