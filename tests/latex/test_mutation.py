"""Wrong formulas turn the check red: every operator at every place, and random edits. What survives is listed, each with its reason.

A mutant counts if KaTeX typesets it and if its tokens differ from the formula's. The normal run takes the formulas whose sources changed since
``docs/data/verification.json`` was written, and a sample of the others, chosen by their own text; ``-m full`` takes all.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from dlref.latex.mutants import latex_mutants
from dlref.latex.mutation import Tally, edit, mutate
from dlref.latex.reader import texts
from dlref.site.katex import katex
from dlref.site.verification import source_hash
from tests.latex.formulas import drawn, formulas, prepared

ROOT = Path(__file__).parents[2]
LISTS = {"latex": Path(__file__).with_name("survivors.tsv"), "edit": Path(__file__).with_name("edit_survivors.tsv")}
SEED = 0  # of the random edits that are listed
REASONS = {
    "commuted": "Terms, numbers in a product, the sides of = and ≠, orders of summation, arguments of max and of other symmetric functions may change places.",
    "even function": "A sign inside a square, an absolute value, a norm, a cosine or an even power is not seen.",
    "norm of a transpose": "A column and its row, a matrix and its transpose have the same norm.",
    "associative": "A product of matrices and a sum do not need these brackets.",
    "equal at the boundary": "Both cases have the same value where they meet.",
    "outside the domain": "The value at which the two differ is none of the declared ones.",
    "selected by an indicator": "The other summands are 0.",
    "idempotent": "min(0, min(0, x)) is min(0, x); the square of 0 or 1 is itself.",
    "square of a label": "The square of a label -1 or +1 is 1.",
}
SAMPLE = 7  # the normal run takes one formula in so many
STALE = 40  # and at most so many whose sources changed
DRAWS = 1000


def survivors(kind: str) -> dict[str, dict[str, str]]:
    """The listed survivors among the operators' mutants (``latex``) or the random edits (``edit``): by id, mutant → reason."""
    found: dict[str, dict[str, str]] = {}
    for line in LISTS[kind].read_text(encoding="utf8").splitlines()[1:]:
        id_, mutant, reason = line.split("\t")
        found.setdefault(id_, {})[mutant] = reason
    return found


@cache
def stale() -> list[str]:
    """The formulas of dlref whose sources are not those that the results on the page Verification were found with."""
    known = json.loads((ROOT / "docs" / "data" / "verification.json").read_text(encoding="utf8"))["formulas"]
    return [id_ for id_, (block, _) in formulas().items() if id_ not in known or known[id_]["source"] != source_hash(block)]


@cache
def sample() -> list[str]:
    chosen = [id_ for id_, (block, _) in formulas().items() if zlib.crc32(block.latex.encode()) % SAMPLE == 0]
    return list(dict.fromkeys([*chosen, *stale()[:STALE]]))


@cache
def verdicts(id_: str, kind: str) -> Tally:
    made, renders = prepared(id_), katex(ROOT).accepts
    return mutate(made, renders) if kind == "latex" else edit(made, SEED, renders=renders)


def unexpected(ids: list[str], kind: str) -> dict[str, list[str]]:
    """Mutants that live and are not listed, or are listed and die."""
    listed = survivors(kind)
    found = {id_: {mutant.latex for mutant in verdicts(id_, kind).alive} ^ set(listed.get(id_, {})) for id_ in ids}
    return {id_: sorted(mutants) for id_, mutants in found.items() if mutants}


def unequal(ids: list[str], draws: int) -> list[str]:
    """Listed survivors that differ from their formula on one of so many draws."""
    found = []
    for id_ in ids:
        mutants = [mutant for kind in LISTS for mutant in survivors(kind).get(id_, {})]
        if mutants:
            made = drawn(id_, draws)
            found += [f"{id_}: {mutant}: {verdict.message}" for mutant in mutants if not (verdict := made.judge(mutant))]
    return found


def test_no_more_formulas_changed_than_a_normal_run_can_mutate() -> None:
    assert len(stale()) <= STALE, "docs/data/verification.json is to be written again: python -m tests.latex.verify"


@pytest.mark.parametrize("kind", LISTS)
def test_the_survivors_of_a_sample_are_those_that_are_listed(kind: str) -> None:
    assert len(sample()) > 10
    assert unexpected(sample(), kind) == {}


@pytest.mark.full
@pytest.mark.parametrize("kind", LISTS)
def test_the_survivors_of_all_formulas_are_those_that_are_listed(kind: str) -> None:
    assert unexpected(list(formulas()), kind) == {}
    assert set(survivors(kind)) <= set(formulas())


def test_each_survivor_has_a_reason_of_the_list_and_other_tokens() -> None:
    listed = [(id_, mutant, reason) for kind in LISTS for id_, mutants in survivors(kind).items() for mutant, reason in mutants.items()]
    for id_, mutant, reason in listed:
        assert reason in REASONS
        original, changed = formulas()[id_][0].latex, texts(mutant)
        assert changed != texts(original)
        if reason == "commuted":
            assert Counter(changed) == Counter(texts(original))
    assert {reason for _, _, reason in listed} == set(REASONS)


def test_survivors_of_a_sample_equal_their_formulas_on_a_thousand_draws() -> None:
    assert unequal(["relu-derivative", "huber-loss", "squared-loss", "prelu", "cross-entropy-loss", "leaky-relu", "absolute-loss", "indicator"], DRAWS) == []


@pytest.mark.full
def test_all_survivors_equal_their_formulas_on_a_thousand_draws() -> None:
    assert unequal(list(formulas()), DRAWS) == []


def test_a_mutant_that_is_no_equivalent_is_told_from_its_formula_on_many_draws() -> None:
    made = drawn("huber-loss", DRAWS)
    assert not made.judge(formulas()["huber-loss"][0].latex.replace(r"\frac{\delta}{2}", r"\frac{\delta}{3}"))


@pytest.mark.full
def test_half_of_the_killed_die_by_numbers_or_by_shape() -> None:
    killed = sum((verdicts(id_, "latex").killed for id_ in formulas()), Counter[str]())
    assert killed["numbers"] + killed["shape"] > 0.5 * killed.total()


def test_random_edits_are_many() -> None:
    assert sum(verdicts(id_, "edit").mutants for id_ in sample()) > 14 * len(sample())


def test_a_mutant_is_no_spelling_of_the_formula_and_none_comes_twice() -> None:
    for id_ in sample():
        mutants = [mutant.latex for mutant in latex_mutants(prepared(id_))]
        assert len(mutants) == len(set(mutants))
        assert prepared(id_).block.latex not in mutants
