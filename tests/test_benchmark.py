"""The benchmark measures what it says: both sides compute the same, and the file holds a row for each case. Times are no tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.benchmark import COLUMNS, NAME, SOURCES, cases, measure, row
from tests.topics import ROOT


def test_both_sides_of_a_case_compute_the_same_in_the_same_precision() -> None:
    for case in cases():
        for _ in range(2):
            ours, theirs = case.ours(), case.theirs()
            assert str(ours.dtype) == case.dtype and str(theirs.dtype) == f"torch.{case.dtype}"
            assert tuple(ours.shape) == tuple(theirs.shape)
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


# What a convolution of eight images with 64 channels adds to the memory of a fresh process beside its result, by the peak that Linux keeps.
MEMORY = """
import sys, numpy as np
rng = np.random.default_rng(0)
x, w = rng.standard_normal((8, 64, 56, 56)).astype("float32"), rng.standard_normal((64, 64, 3, 3)).astype("float32")
little = x[:1, :, :8, :8].copy()
if sys.argv[1] == "torch":
    import torch
    torch.set_num_threads(1)
    x, w, little = map(torch.from_numpy, (x, w, little))
    from torch.nn.functional import conv2d
else:
    from dlref.conv import conv2d


def status(key):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(key))


conv2d(little, w, padding=1)
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
y = conv2d(x, w, padding=1)
print(status("VmHWM") - before - y.nbytes)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is read from /proc")
def test_convolution_needs_at_most_twice_the_memory_of_pytorch() -> None:
    """One thread on both sides."""
    found = {}
    for side in ("dlref", "torch"):
        env = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")}
        done = subprocess.run([sys.executable, "-c", MEMORY, side], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        found[side] = int(done.stdout)
    assert 0 < found["dlref"] <= 2 * found["torch"], found
