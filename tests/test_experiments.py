"""The experiments: what they claim holds, fails with the baseline, and was computed by dlref; and the machinery that runs and shows them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from dlref.site import experiments
from dlref.site.book import LANGUAGES, BookError
from dlref.site.experiments import SEEDS, claimed, code, downloads, in_language, main, measured, notebook, read, results, script, state_of, store
from tests.sessions import build_site

ROOT = Path(__file__).parents[1]
EXPERIMENTS = {experiment["slug"]: experiment for experiment in claimed(ROOT)}


# --- What the experiments claim


def broken(experiment: dict[str, Any], measured: dict[str, list[dict[str, float]]]) -> list[str]:
    """Claims that do not hold for each seed, or that hold with the baseline as well."""
    found = []
    for claim in experiment["claim"]:
        name, margin = claim["quantity"], claim["at_least"]
        found += [f"{name}: {run[name]:g} < {margin:g}" for run in measured["method"] if not run[name] >= margin]
        if "mean_at_least" in claim:  # the claim is about the mean as well, and that is what the baseline misses
            method, baseline = (fmean(run[name] for run in measured[kind]) for kind in ("method", "baseline"))
            least = claim["mean_at_least"]
            found += [] if method >= least else [f"{name}: the mean {method:g} < {least:g}"]
            found += [] if baseline < least else [f"{name}: the mean of the baseline reaches {baseline:g}"]
        else:
            found += [f"{name}: the baseline reaches {run[name]:g}" for run in measured["baseline"] if not run[name] < margin]
    return found


def test_a_claim_that_does_not_hold_is_told() -> None:
    experiment = {"claim": [{"quantity": "gain", "at_least": 2}]}
    assert broken(experiment, {"method": [{"gain": 2.0}], "baseline": [{"gain": 1.9}]}) == []
    assert broken(experiment, {"method": [{"gain": 1.9}], "baseline": [{"gain": 0.0}]}) == ["gain: 1.9 < 2"]
    assert broken(experiment, {"method": [{"gain": 2.0}], "baseline": [{"gain": 2.0}]}) == ["gain: the baseline reaches 2"]
    assert len(broken(experiment, {"method": [{"gain": float("nan")}], "baseline": [{"gain": float("nan")}]})) == 2


def test_a_mean_that_is_claimed_is_held_to() -> None:
    experiment = {"claim": [{"quantity": "gain", "at_least": 2, "mean_at_least": 3}]}
    below = [{"gain": 2.0}, {"gain": 3.5}]
    assert broken(experiment, {"method": [{"gain": 2.0}, {"gain": 4.0}], "baseline": below}) == []
    assert broken(experiment, {"method": [{"gain": 1.0}, {"gain": 5.0}], "baseline": below}) == ["gain: 1 < 2"]
    assert broken(experiment, {"method": below, "baseline": below}) == ["gain: the mean 2.75 < 3"]
    assert broken(experiment, {"method": [{"gain": 3.0}], "baseline": [{"gain": 3.0}]}) == ["gain: the mean of the baseline reaches 3"]
    assert len(broken(experiment, {"method": [{"gain": float("nan")}], "baseline": [{"gain": float("nan")}]})) == 3


@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_the_recorded_numbers_keep_the_claims(slug: str) -> None:
    kept = measured(ROOT)[slug]
    assert tuple(kept["seeds"]) == SEEDS
    assert len(kept["method"]) == len(kept["baseline"]) == len(SEEDS)
    assert broken(EXPERIMENTS[slug], kept) == []


@pytest.mark.full
@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_the_claims_hold_for_five_seeds_and_fail_with_the_baseline(slug: str) -> None:
    found = experiments.execute(ROOT, slug, "measure", *map(str, SEEDS))
    assert broken(EXPERIMENTS[slug], found) == []


# --- Computed by dlref

# What would compute a layer, an activation function or a loss beside dlref.
COMPUTES = set("matmul dot einsum tensordot vecdot inner outer exp expm1 log log1p log2 tanh maximum minimum clip softmax sigmoid relu convolve square abs".split())


def beside(source: str) -> list[str]:
    """What a script computes without dlref: forbidden imports, products of matrices, functions of which layers and losses are made."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            room = name.partition(".")[0]
            if name.startswith(("torch.nn", "scipy")) or (room == "sklearn" and name != "sklearn.datasets"):
                found.append(f"imports {name}")
        if isinstance(node, ast.ImportFrom) and node.module == "torch" and "nn" in [a.name for a in node.names]:
            found.append("imports torch.nn")
        if isinstance(node, ast.Attribute) and node.attr in COMPUTES | {"nn"}:
            found.append(f"uses {ast.unparse(node)}")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.append("multiplies matrices with @")
    return found


def calls(source: str) -> Counter[str]:
    """How often a script uses each name that it imports from dlref."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "dlref"
        for alias in node.names
    }
    used = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in imported)
    return Counter({name: used[name] for name in imported})


@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_what_is_computed_is_computed_by_dlref(slug: str) -> None:
    source = "\n".join(cell.source for cell in code(read(ROOT, slug)))
    assert beside(source) == []
    used = calls(source)
    assert used.total() >= 10 and min(used.values()) >= 1, used


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import torch.nn as nn", "imports torch.nn"),
        ("from torch import nn", "imports torch.nn"),
        ("from torch.nn.functional import relu", "imports torch.nn.functional"),
        ("torch.nn.Linear(1, 1)", "uses torch.nn"),
        ("from sklearn.linear_model import Lasso", "imports sklearn.linear_model"),
        ("h = w @ x", "multiplies matrices with @"),
        ("loss = -np.log(p)", "uses np.log"),
        ("h = np.maximum(a, 0)", "uses np.maximum"),
    ],
)
def test_what_is_computed_beside_dlref_is_told(line: str, message: str) -> None:
    assert beside("from sklearn.datasets import load_digits\nx = np.concatenate([a, b])") == []
    assert message in beside(line)


def test_a_name_of_dlref_that_is_not_used_counts_as_none() -> None:
    assert calls("from dlref.losses import hinge, huber\nhuber(huber(1, 2), 3)") == {"huber": 2, "hinge": 0}


# --- The machinery, on an experiment of a second

TINY = '''# %% [markdown] lang="ja"
# # 小さな実験 { #experiment-tiny }
#
# 損失は $|x|$ である。

# %% [markdown] lang="en"
# # A tiny experiment { #experiment-tiny }
#
# The loss is $|x|$.

# %%
from tqdm import tqdm

from dlref.losses import absolute

language = "en"


def measure(seed, *, baseline=False):
    """A number, and 0 with the baseline."""
    return {"loss": 0 if baseline else absolute(seed, 2 * seed + 3)}


# %% tags=["compute"]
count = globals().get("count", 0) + 1
print(sum(int(absolute(k, 0)) for k in tqdm(range(4), disable=None)))

# %% tags=["figure"] alt_ja="直線" alt_en="a line"
import matplotlib.pyplot as plt

plt.plot([0, 1], [0, 1], label={"en": "line", "ja": "直線"}[language])
plt.title("$x_1$")
plt.legend()
print(count)
plt.show()
'''
CLAIM = """[[experiment]]
slug = "tiny"
chapter = "principles"
ja = "小さな実験"
en = "A tiny experiment"

[[experiment.claim]]
quantity = "loss"
at_least = 2.5
ja = "大きい。"
en = "It is large."
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one experiment, and a module of its own that the experiment imports."""
    (tmp_path / "docs" / "experiments").mkdir(parents=True)
    (tmp_path / "docs" / "data").mkdir()
    (tmp_path / "docs" / "figures").mkdir()
    (tmp_path / "dlref").symlink_to(ROOT / "dlref")
    (tmp_path / "docs" / "figures" / "style.py").write_bytes((ROOT / "docs" / "figures" / "style.py").read_bytes())
    (tmp_path / "docs" / "experiments" / "tiny.py").write_text(TINY, encoding="utf8")
    (tmp_path / "docs" / "data" / "experiments.toml").write_text(CLAIM, encoding="utf8")
    return tmp_path


def edit(root: Path, old: str, new: str) -> None:
    path = script(root, "tiny")
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf8")
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def test_everything_runs_once_and_figures_once_for_each_language(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert results(root, "tiny") is None
    main(["--root", str(root)])
    found = results(root, "tiny")
    assert found is not None
    definitions, computed, drawn = found["cells"]
    assert (definitions["printed"], computed["printed"], drawn["printed"]) == ("", "6\n", "1\n")
    assert found["calls"] == {"absolute": 4}
    assert [len(drawn["figures"][language]) for language in LANGUAGES] == [1, 1]
    ja, en = (drawn["figures"][language][0] for language in LANGUAGES)
    assert "直線" in ja and "直線" not in en and ">line<" in en
    assert "var(--dl-fig-1)" in en and "#00" not in en and "font-family" not in en
    main(["--root", str(root)])
    assert capsys.readouterr().out.splitlines()[-1] == "tiny: up to date"


def test_results_are_of_the_present_code_and_not_of_the_prose(root: Path) -> None:
    main(["--root", str(root)])
    edit(root, "The loss is", "Here the loss is")
    assert results(root, "tiny") is not None
    edit(root, "range(4)", "range(5)")
    assert results(root, "tiny") is None
    edit(root, "range(5)", "range(4)")
    assert (found := results(root, "tiny")) is not None
    assert {"dlref/losses.py", "docs/figures/style.py"} <= set(found["sources"])
    style = root / "docs" / "figures" / "style.py"
    style.write_text(style.read_text(encoding="utf8").replace("TEXT = 12.0", "TEXT = 13.0"), encoding="utf8")
    assert results(root, "tiny") is None


def test_measuring_writes_the_numbers_of_five_seeds(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["measure", "tiny", "--root", str(root)])
    kept = json.loads((root / "docs" / "data" / "experiments.json").read_text(encoding="utf8"))["tiny"]
    assert [run["loss"] for run in kept["method"]] == [3, 4, 5, 6, 7] and [run["loss"] for run in kept["baseline"]] == [0] * 5
    assert broken(claimed(root)[0], kept) == []
    assert kept["stamp"] == state_of(root, "tiny", "measure", kept["sources"])
    main(["measure", "--root", str(root)])
    assert capsys.readouterr().out.splitlines()[-1] == "tiny: up to date"


def test_an_experiment_that_fails_is_named(root: Path) -> None:
    edit(root, "range(4)", "range(1 // 0)")
    with pytest.raises(SystemExit, match=r"tiny\.py: the experiment failed"):
        main(["--root", str(root)])
    assert not store(root, "tiny").exists()


def test_an_unknown_experiment_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "tinny", "--root", str(root)])
    assert "no experiment tinny in docs/data/experiments.toml, which has tiny" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('[markdown] lang="ja"', "[markdown]", 'cell 1: a prose cell has lang="ja" or lang="en"'),
        ('tags=["compute"]', 'tags=["plot"]', r"cell 4: a code cell has the tag compute, figure or none, got \['plot'\]"),
        (' alt_en="a line"', "", "cell 5: figures, and they only, have alt_ja and alt_en"),
        ('language = "en"\n', "", 'the first code cell has one line language = "en"'),
    ],
)
def test_a_script_in_another_format_is_refused(root: Path, old: str, new: str, message: str) -> None:
    edit(root, old, new)
    with pytest.raises(BookError, match=message):
        read(root, "tiny")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_downloads_are_of_one_language(slug: str, language: str) -> None:
    made = notebook(ROOT, slug, language, lambda kind, id_: f"({id_})")
    prose = [cell.source for cell in made.cells if cell.cell_type == "markdown"]
    other = [cell.source for cell in read(ROOT, slug) if cell.kind == {"ja": "en", "en": "ja"}[language]]
    assert len(prose) == len(other) and not set(prose) & set(other)
    assert not any("{ #" in text or "{eq:" in text for text in prose)
    assert [f'language = "{language}"' in cell.source for cell in made.cells if cell.cell_type == "code"].count(True) == 1


@pytest.mark.parametrize(("language", "suffix"), [("en", ".py"), ("ja", ".ipynb")])
def test_downloads_run_as_they_are(root: Path, tmp_path: Path, language: str, suffix: str) -> None:
    text = downloads(root, "tiny", language, lambda kind, id_: id_)[f"tiny{suffix}"]
    if suffix == ".ipynb":  # as Jupyter would: its code cells in order
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    (tmp_path / "download.py").write_text(text, encoding="utf8")
    env = {**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "download.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "6\n1\n"), done.stderr


def test_the_language_of_the_labels_is_replaced_in_its_line_only() -> None:
    assert in_language('language = "en"\nprint(language == "en")', "ja") == 'language = "ja"\nprint(language == "en")'


@pytest.mark.full
def test_all_experiments_are_executed_and_stand_in_one_strict_build(tmp_path: Path) -> None:
    main([])
    found = {slug: results(ROOT, slug) for slug in EXPERIMENTS}
    assert sum(kept["seconds"] for kept in found.values() if kept) < 480
    assert all(kept and min(kept["calls"].values()) >= 1 for kept in found.values())
    site = build_site(tmp_path / "site")
    for slug in EXPERIMENTS:
        for language in ("", "en/"):
            html = (site / language / "experiments" / slug / "index.html").read_text(encoding="utf8")
            assert html.count('<svg class="dl-fig"') >= 1 and len(html.encode()) < 250_000
