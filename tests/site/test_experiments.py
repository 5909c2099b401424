"""Pages of experiments: prose of the language, code, results where there are any; nothing is run by a build."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from dlref.site.experiments import claimed, code, read, state_of, store
from tests.site import miniature

SCRIPT = '''# %% [markdown] lang="ja"
# # 実験 { #experiment-tiny }
#
# {eq:square} の $x$。
#
# ## 結果 { #results }

# %% [markdown] lang="en"
# # Experiment { #experiment-tiny }
#
# The $x$ of {eq:square}.
#
# ## Results { #results }

# %%
from dlref.powers import square

language = "en"

# %% tags=["compute"]
print("<", square(3))

# %% tags=["figure"] alt_ja="線" alt_en="a line"
plot(language == "en")
'''
CLAIMS = """[[experiment]]
slug = "tiny"
chapter = "small"
ja = "実験"
en = "Experiment"

[[experiment.claim]]
quantity = "gain"
at_least = 2
ja = "$x$ は大きい。"
en = "$x$ is large."
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    miniature.make(tmp_path)
    for language in ("ja", "en"):
        page = tmp_path / "docs" / language / "experiments" / "tiny.md"
        page.parent.mkdir()
        page.write_text("---\ndescription: d\n---\n\n/// experiment | tiny\n///\n", encoding="utf8")
        page.with_name("index.md").write_text("# All { #all }\n\n/// data | experiments\n///\n", encoding="utf8")
    (tmp_path / "docs" / "experiments").mkdir()
    (tmp_path / "docs" / "experiments" / "tiny.py").write_text(SCRIPT, encoding="utf8")
    (tmp_path / "docs" / "data" / "experiments.toml").write_text(CLAIMS, encoding="utf8")
    return tmp_path


def built(root: Path, language: str, page: str) -> BeautifulSoup:
    done, said = miniature.build(root, language)
    assert done, said
    return BeautifulSoup((root / f"site-{language}" / "experiments" / page / "index.html").read_text(encoding="utf8"), "lxml")


def test_without_results_a_page_shows_the_source_and_says_so(root: Path) -> None:
    page = built(root, "ja", "tiny")
    article = page.article
    assert article is not None
    assert "python -m dlref.site.experiments" in article.get_text() and article.select(".dl-stale")
    assert [h.get("id") for h in article.find_all(["h1", "h2"])] == ["experiment-tiny", "results"]
    assert article.select_one("p a[href$='#eq-square']") is not None and len(article.select("p .dl-math")) == 1
    assert [c.get_text() for c in article.select(".highlight code")] == [
        'from dlref.powers import square\n\nlanguage = "ja"\n', 'print("<", square(3))\n', 'plot(language == "en")\n',
    ]  # fmt: skip
    assert not article.select("svg.dl-fig, .dl-output")
    for link in article.select("a[download]"):
        text = base64.b64decode(str(link["href"]).partition("base64,")[2]).decode()
        assert "の $x$" in text and "(1.1)" in text and "The $x$" not in text and 'language = \\"ja\\"' in text.replace('= "ja"', '= \\"ja\\"')
    assert [link["download"] for link in article.select("a[download]")] == ["tiny.ipynb", "tiny.py"]


def test_results_stand_with_their_cells_until_the_code_changes(root: Path) -> None:
    cells = [{"printed": "", "figures": {}}, {"printed": "< 9\n", "figures": {}}]
    cells.append({"printed": "", "figures": {"ja": ['<svg class="dl-fig" viewBox="0 0 1 1"></svg>'], "en": []}})
    kept = {"cells": cells, "calls": {"square": 1234}, "seconds": 1.5, "sources": ["dlref/powers.py"], "stamp": state_of(root, "tiny", "page", ["dlref/powers.py"])}
    store(root, "tiny").parent.mkdir(parents=True)
    store(root, "tiny").write_text(json.dumps(kept), encoding="utf8")
    article = built(root, "ja", "tiny").article
    assert article is not None and not article.select(".dl-stale") and "1.5" in article.get_text() and "1,234" in article.get_text()
    assert [o.get_text() for o in article.select(".dl-output code")] == ["< 9\n"]
    assert len(article.select(".dl-figure__picture[role=img][aria-label=線] > svg")) == 1
    assert len(article.select("details .highlight")) == 1
    miniature.edit(root / "dlref" / "powers.py", "return x * x\n", "return x**2\n")
    article = built(root, "ja", "tiny").article
    assert article is not None and article.select(".dl-stale") and not article.select(".dl-output")


def test_the_table_of_claims(root: Path) -> None:
    article = built(root, "en", "").article
    assert article is not None and article.select(".dl-stale")
    runs = {"method": [{"gain": 2.5}, {"gain": 3.25}], "baseline": [{"gain": -0.5}, {"gain": -0.5}]}
    kept = {"tiny": runs | {"sources": ["dlref/powers.py"], "stamp": state_of(root, "tiny", "measure", ["dlref/powers.py"])}}
    (root / "docs" / "data" / "experiments.json").write_text(json.dumps(kept), encoding="utf8")
    article = built(root, "en", "").article
    assert article is not None and not article.select(".dl-stale")
    assert [cell.get_text() for cell in article.select("td")][1:] == ["≥ 2", "2.5 … 3.25", "−0.5"]
    assert len(article.select("td .dl-math")) == 1 and article.select("th a[href$='tiny/#experiment-tiny']")
    miniature.edit(root / "docs" / "data" / "experiments.toml", "at_least = 2\n", "at_least = 2\nmean_at_least = 2.75\n")
    article = built(root, "en", "").article
    assert article is not None
    assert [cell.get_text() for cell in article.select("td")][1:] == ["≥ 2, mean ≥ 2.75", "2.5 … 3.25, mean 2.88", "−0.5, mean −0.5"]


def test_pages_are_small(site: Path) -> None:
    for experiment in claimed(miniature.ROOT):
        for language in ("", "en"):
            page = site / language / "experiments" / experiment["slug"] / "index.html"
            assert len(page.read_bytes()) < 250_000
            assert len(BeautifulSoup(page.read_text(encoding="utf8"), "lxml").select("section.dl-cell")) == len(
                code(read(miniature.ROOT, experiment["slug"]))
            )
