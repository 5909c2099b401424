"""Every formula of the report and its additions is read, typed and evaluated."""

from __future__ import annotations

import pytest

from dlref.latex.check import check, no_cycle
from tests.latex.formulas import REPORT, formulas, prepared

IDS = (REPORT / "ids.txt").read_text(encoding="utf8").split()
NOT_EVALUATED = dict(line.split("\t") for line in (REPORT / "not_evaluated.tsv").read_text(encoding="utf8").splitlines())


@pytest.mark.parametrize("id_", formulas())
def test_a_formula_equals_its_function(id_: str) -> None:
    verdict = prepared(id_).judge(formulas()[id_][0].latex)
    assert verdict, verdict.message
    assert verdict.kind == ("statement" if id_ in NOT_EVALUATED else "ok")
    assert verdict.trials >= 16 or verdict.kind == "statement"


def test_the_formulas_are_those_of_the_report() -> None:
    assert len(IDS) == len(set(IDS)) == 171
    words = {id_ for id_, reason in NOT_EVALUATED.items() if "in words" in reason}
    assert set(formulas()) | words == set(IDS)


def test_at_most_eight_are_not_evaluated_each_with_its_reason() -> None:
    assert len(NOT_EVALUATED) <= 8
    assert all(len(reason) > 20 for reason in NOT_EVALUATED.values())
    statements = {id_ for id_, (block, _) in formulas().items() if block.call == "statement"}
    assert statements == {id_ for id_, reason in NOT_EVALUATED.items() if "in words" not in reason}


def test_no_formula_uses_itself_through_others() -> None:
    no_cycle(formulas())


@pytest.mark.parametrize("seed", [1])
def test_no_false_alarm_with_other_seeds(seed: int) -> None:
    alarms = {id_: verdict.message for id_, (block, function) in formulas().items() if not (verdict := check(block, function, formulas(), seed=seed))}
    assert alarms == {}


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 40))
def test_no_false_alarm_over_forty_seeds(seed: int) -> None:
    test_no_false_alarm_with_other_seeds(seed)
