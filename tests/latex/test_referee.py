"""Pinned KaTeX referees our reader: what a reader sees of a formula are the tokens that the check judges."""

from __future__ import annotations

import numpy as np
import pytest

from dlref.latex.mutants import latex_mutants, random_mutants
from dlref.latex.reader import LatexError, texts
from tests.latex.formulas import formulas, prepared
from tests.latex.referee import seen

EDITS = 6  # random edits of each formula


def differences(sources: list[str]) -> list[str]:
    """Texts that our reader takes for something else than KaTeX shows. Refusing what KaTeX shows is no mistake: then the check is red."""
    found = []
    for source, shown in zip(sources, seen(sources), strict=True):
        try:
            ours = texts(source)
        except LatexError:
            continue
        if ours != shown:
            found.append(f"{source}\n  ours:  {' '.join(ours)}\n  KaTeX: {' '.join(shown or ['refused'])}")
    return found


def test_every_formula_and_declaration_has_the_same_tokens() -> None:
    sources = [line for block, _ in formulas().values() for line in (block.latex, *block.where, *block.gives)]
    assert len(sources) > 800
    for source in sources:
        texts(source)  # our reader refuses none of them
    assert differences(sources) == []


def mutants(step: int) -> list[str]:
    """Random edits of all formulas, and the mutants of every ``step``-th."""
    found = []
    for k, id_ in enumerate(formulas()):
        rng = np.random.default_rng([7, *id_.encode()])
        found += [mutant.latex for mutant in random_mutants(prepared(id_), rng, EDITS)]
        if k % step == 0:
            found += [mutant.latex for mutant in latex_mutants(prepared(id_))]
    return found


def test_a_sample_of_mutants_has_the_same_tokens_wherever_both_read_them() -> None:
    sources = mutants(step=11)
    read = 0
    for source in sources:
        try:
            read += bool(texts(source))
        except LatexError:
            continue
    assert read > 1000
    assert differences(sources) == []


@pytest.mark.full
def test_all_mutants_have_the_same_tokens_wherever_both_read_them() -> None:
    assert differences(mutants(step=1)) == []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\frac12 x", r"\frac { 1 } { 2 } x"),
        (r"x'_i \leq \left( y \right]", r"x _ { i } ^ { \prime } \leq ( y ]"),
        (r"\underbrace{a b}_{(1)} \mid \hat{\mathbf{w}}", r"a b \mid \hat{\mathbf{w}}"),
        (r"\begin{cases} 1 & \text{if } x \ne 0.5 \\ 0 & \text{otherwise} \end{cases}", r"\begin{cases} 1 & \text{if} x \neq 0.5 \\ 0 & \text{otherwise} \end{cases}"),
        (r"\sqrt[3]{x}", "KaTeX typesets it, as a root of another order"),
        (r"\foo", None),
    ],
)
def test_what_the_referee_sees(source: str, shown: str | None) -> None:
    (found,) = seen([source])
    assert (None if found is None else " ".join(found)) == shown


def test_another_reading_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert differences([r"x - y", r"\frac{1}{2}"]) == []
    read = texts
    monkeypatch.setattr("tests.latex.test_referee.texts", lambda source: read(source.replace("-", "+")))
    (told,) = differences([r"x - y"])
    assert "ours:  x + y" in told and "KaTeX: x - y" in told
