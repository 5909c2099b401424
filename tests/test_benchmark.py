"""The benchmark measures what it says: both sides compute the same, and the file holds a row for each case. Times are no tests."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from tests.benchmark import COLUMNS, NAME, SOURCES, cases, measure, row
from tests.topics import ROOT


def test_both_sides_of_a_case_compute_the_same_in_single_precision() -> None:
    for case in cases():
        for _ in range(2):
            ours, theirs = case.ours(), case.theirs()
            assert ours.dtype == np.float32 and theirs.dtype.is_floating_point and theirs.element_size() == 4
            assert tuple(ours.shape) == tuple(theirs.shape) == case.shape
            np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=2e-4, atol=2e-5)


def test_the_file_holds_a_row_for_each_case_with_its_goal() -> None:
    table = json.loads((ROOT / "docs" / "data" / f"{NAME}.json").read_text(encoding="utf8"))
    assert table["sources"] == SOURCES and table["columns"] == COLUMNS
    assert [(line[0], line[-1]) for line in table["rows"]] == [(case.name, "–" if case.goal is None else f"≤ {case.goal:g}") for case in cases()]
    for line in table["rows"]:
        assert len(line) == len(COLUMNS)
        assert float(line[4]) == pytest.approx(int(line[2]) / int(line[3]), rel=0.03)


def test_a_ratio_tells_how_much_longer_one_side_takes() -> None:
    short, long = measure(lambda: time.sleep(1e-3), lambda: time.sleep(6e-3), rounds=5)
    assert 1e-3 <= short < 5e-3 <= long


def test_a_row_shows_times_in_microseconds_and_their_ratio() -> None:
    case = next(iter(cases()))
    cells = row(case, rounds=3)
    assert cells[:2] == ["Softmax", "1 000 × 100"] and cells[-1] == "≤ 2.5"
    assert all(float(cell) > 0 for cell in cells[2:5])
