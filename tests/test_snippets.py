"""Snippets run, are what they claim to be, and print what they show.

``pytest tests/test_snippets.py --update-outputs`` rewrites the outputs at the end of the snippets from what they print.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlref.latex.docstring import scan
from dlref.site.snippet import write_output
from tests.snippets import faults, run
from tests.topics import ROOT, marks, topics

SNIPPETS = sorted((ROOT / "snippets").glob("*/*.py"))
CHAPTERS = {topic.module.__name__.removeprefix("dlref."): marks(topic) for topic in topics()}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=f"{path.parent.name}/{path.stem}", marks=CHAPTERS.get(path.parent.name, [])) for path in SNIPPETS],
)
def test_snippet_prints_what_it_shows(path: Path, request: pytest.FixtureRequest) -> None:
    np.random.seed()  # no snippet relies on the seed of another
    if request.config.getoption("--update-outputs"):
        printed, error, _ = run(path)
        assert error is None, f"{path}: {error!r}"
        write_output(path, printed)
    found = faults(path)
    assert not found, "\n".join(found)


def test_every_formula_has_its_snippet_and_every_snippet_its_formula() -> None:
    formulas = {
        f"{block.module.removeprefix('dlref.')}/{block.id.replace('-', '_')}"
        for block in scan(ROOT / "dlref").values()
        if block.call != "statement"
    }
    snippets = {f"{path.parent.name}/{path.stem}" for path in SNIPPETS}
    assert formulas - snippets == set(), "formulas without a snippet"
    assert {name.removesuffix("_torch") for name in snippets} - formulas == set(), "snippets without a formula"


# The gate itself, on a miniature snippet that is broken in one place after the other.

SNIPPET = """
import numpy as np

from dlref.losses import squared

y = [1.0, 2.0]
y_hat = [1.5, 0.0]

# ℓ(y, ŷ) = (y − ŷ)²
losses = []
for i in range(2):
    losses.append((y[i] - y_hat[i]) ** 2)

result = squared(y, y_hat)
assert np.allclose(result, losses)
print(result.tolist())

# Output:
# [0.25, 4.0]
""".lstrip()

BREAKS = [
    ("# Output:\n# [0.25, 4.0]\n", "", "the snippet shows no output"),
    ("# [0.25, 4.0]", "# [0.25, 4.5]", "the output shown is not the one printed"),
    ("y[i] - y_hat[i]", "y[i] + y_hat[i]", "it raises AssertionError"),
    ("** 2)", "** 3)", "it raises AssertionError"),
    ("y = [1.0, 2.0]", "y = [1.0, -1.0]", "the output shown is not the one printed"),
    ("y = [1.0, 2.0]", "y = values", "it raises NameError"),
    ("import numpy as np\n", "import numpy as np\nimport scipy\n", ":2: it imports scipy; a reader needs numpy and dlref only"),
    ("import numpy as np\n", "import numpy as np\nimport torch\n", ":2: it imports torch"),
    ("y = [1.0, 2.0]", "y = [float(line) for line in open('y.txt')]", "it calls open"),
    (
        "losses.append((y[i] - y_hat[i]) ** 2)",
        "losses.append(np.square(y[i] - y_hat[i]))",
        "uses np.square, which hides the index",
    ),
    ("y = [1.0, 2.0]", "y = np.array([[1.0, 2.0]]) @ np.eye(2)", "uses @, which hides the index of the sum"),
    ("y = [1.0, 2.0]", "y = np.array([1.0, 2.0]).T", "uses .T, which hides the index"),
    ("assert np.allclose(result, losses)\n", "", "the two results are not compared by an assert"),
    ("losses = []\n", "losses = []\nsquared(1, 2)\n", "expected one call of dlref, got 2"),
    ("result = squared(y, y_hat)", "result = np.array(losses)", "expected one call of dlref, got 0"),
    ("from dlref.losses import squared", "import dlref\nfrom dlref.losses import squared", "it imports dlref as a whole"),
]


def test_gate_passes_the_miniature_snippet(tmp_path: Path) -> None:
    path = tmp_path / "squared_loss.py"
    path.write_text(SNIPPET, encoding="utf8")
    assert faults(path) == []


@pytest.mark.parametrize(("right", "wrong", "message"), BREAKS)
def test_gate_names_the_fault_of_a_broken_snippet(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    path = tmp_path / "squared_loss.py"
    assert SNIPPET.count(right) == 1
    path.write_text(SNIPPET.replace(right, wrong), encoding="utf8")
    assert any(message in fault for fault in faults(path)), faults(path)


def test_gate_stops_a_slow_snippet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.snippets.SECONDS", 0.05)
    path = tmp_path / "squared_loss.py"
    path.write_text(SNIPPET, encoding="utf8")
    assert faults(path) == []
    path.write_text(SNIPPET.replace("y_hat = [", "sum(range(10**7))\ny_hat = ["), encoding="utf8")
    assert any("s, more than 0.05 s" in fault for fault in faults(path)), faults(path)


def test_a_snippet_of_pytorch_may_import_torch(tmp_path: Path) -> None:
    path = tmp_path / "squared_loss_torch.py"
    path.write_text(SNIPPET.replace("import numpy as np\n", "import numpy as np\nimport torch\n"), encoding="utf8")
    assert faults(path) == []


def test_output_is_rewritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "squared_loss.py"
    path.write_text(SNIPPET.replace("[0.25, 4.0]\n", "[0]\n# old\n"), encoding="utf8")
    printed, error, _ = run(path)
    assert error is None
    write_output(path, printed)
    assert path.read_text(encoding="utf8") == SNIPPET
