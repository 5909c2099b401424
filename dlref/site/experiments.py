"""Experiments: ``/// experiment | SLUG`` in a page is the notebook ``docs/experiments/SLUG.py``; ``/// data | experiments`` what all of them reach.

A notebook is a Python file in jupytext's percent format. Its cells are of these kinds:

| cell | what it is |
|---|---|
| ``# %% [markdown] lang="ja"``, ``lang="en"`` | prose of a language, in the markup of a page, each line behind ``# `` |
| ``# %%`` | defines: imports, data, functions, among them ``measure(seed, *, baseline=False)``, a dictionary of quantities |
| ``# %% tags=["compute"]`` | computes what the page shows, and prints it |
| ``# %% tags=["figure"] alt_ja="…" alt_en="…"`` | draws with matplotlib; run once for each language, in the look of the site |

The first cell that defines has the line ``language = "en"``, the language of the labels; downloads have the reader's own in its place.
``docs/data/experiments.toml`` says what each experiment claims, with margins.

``python -m dlref.site.experiments`` runs what has changed, for the pages; with ``measure`` it calls ``measure`` for seeds 0 to 4, with the
method and with its baseline, and writes docs/data/experiments.json. Building the site runs nothing: where the results of a script's
present state are not there, its page shows the source, and says so.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from statistics import fmean
from subprocess import PIPE, run
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from dlref.site.book import LANGUAGES, BookError
from dlref.site.page import PageState
from dlref.site.sources import stamp

SEEDS = (0, 1, 2, 3, 4)
WRITING = Lock()  # experiments that run side by side share one file of measured numbers
LANGUAGE = 'language = "en"'
PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
COLORED = re.compile(r'^(language <span class="o">=</span> <span class="s2">(?:"|&quot;))en((?:"|&quot;)</span>)$', re.MULTILINE)
PLAIN = re.compile(r'<span class="[nw]">([^<]*)</span>')  # names and spaces, which have the color of the code: a third of its HTML
BLOCK = re.compile(r"/// experiment \| ([\w-]+)\s*")
REFERENCE = re.compile(r"\{(eq|ref|sec|fig|tab|term|err):([\w-]+)\}")
# matplotlib's own font has no Japanese letters.
FONTS = """from matplotlib import font_manager, rcParams

japanese = {"Hiragino Sans", "Yu Gothic", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic"}
rcParams["font.family"] = ["DejaVu Sans", *sorted(japanese & set(font_manager.get_font_names()))]"""


class Cell(NamedTuple):
    """Prose of a language (kind ``ja`` or ``en``) or code that defines (``code``), computes (``compute``) or draws (``figure``)."""

    kind: str
    source: str
    alt: dict[str, str]  # of a figure: the text alternative by language


def script(root: Path, slug: str) -> Path:
    """The notebook of an experiment."""
    return root / "docs" / "experiments" / f"{slug.replace('-', '_')}.py"


def claimed(root: Path) -> list[dict[str, Any]]:
    """The experiments of ``docs/data/experiments.toml`` with their claims, in the order of the chapters."""
    path = root / "docs" / "data" / "experiments.toml"
    try:
        return list(tomllib.loads(path.read_text(encoding="utf8"))["experiment"]) if path.is_file() else []
    except tomllib.TOMLDecodeError as error:
        raise BookError(f"{path}: {error}") from None


def read(root: Path, slug: str) -> list[Cell]:
    """The cells of an experiment."""
    path = script(root, slug)
    if not path.is_file():
        raise BookError(f"no script {path} for the experiment '{slug}'")
    return list(_read(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=32)
def _read(path: Path, _time: int) -> tuple[Cell, ...]:
    import jupytext

    cells = []
    for number, cell in enumerate(jupytext.read(path, fmt="py:percent").cells, 1):
        known, tags = cell.metadata, cell.metadata.get("tags", [])
        if cell.cell_type == "markdown" and known.get("lang") not in LANGUAGES:
            raise BookError(f'{path}: cell {number}: a prose cell has lang="ja" or lang="en"')
        if cell.cell_type == "markdown":
            cells.append(Cell(known["lang"], cell.source, {}))
            continue
        if tags not in ([], ["compute"], ["figure"]):
            raise BookError(f"{path}: cell {number}: a code cell has the tag compute, figure or none, got {tags}")
        alt = {language: known.get(f"alt_{language}", "") for language in LANGUAGES}
        if (tags == ["figure"]) != all(alt.values()):
            raise BookError(f"{path}: cell {number}: figures, and they only, have alt_ja and alt_en")
        cells.append(Cell(tags[0] if tags else "code", cell.source, alt if tags == ["figure"] else {}))
    first = next((cell.source for cell in cells if cell.kind == "code"), "")
    if first.splitlines().count(LANGUAGE) != 1:
        raise BookError(f"{path}: the first code cell has one line {LANGUAGE}")
    return tuple(cells)


def code(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that run."""
    return [cell for cell in cells if cell.kind not in LANGUAGES]


def in_language(source: str, language: str) -> str:
    """A cell as the reader of a language gets it."""
    return re.sub(rf"^{re.escape(LANGUAGE)}$", f'language = "{language}"', source, flags=re.MULTILINE)


# --- Running


def execute(root: Path, slug: str, *task: str) -> dict[str, Any]:
    """What ``dlref/site/execute.py`` finds, with the stamp of what it was made from."""
    cells = [{"kind": cell.kind, "source": cell.source} for cell in ran(root, slug, task[0])]
    given = {"root": str(root), "name": slug, "cells": cells}
    # In a process of its own, which holds no other modules; stderr shows the progress. With one thread sums do not depend on the
    # number of cores, and as many experiments can run side by side.
    command = [sys.executable, "-m", "dlref.site.execute", *task]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = run(command, cwd=root, env={**os.environ, **threads}, input=json.dumps(given), stdout=PIPE, text=True, check=False)
    if done.returncode:
        raise BookError(f"{script(root, slug)}: the experiment failed")
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"stamp": state_of(root, slug, task[0], found["sources"])}


def ran(root: Path, slug: str, task: str) -> list[Cell]:
    """The cells that a task runs: ``measure`` those that define, ``page`` all."""
    return [cell for cell in code(read(root, slug)) if cell.kind == "code" or task == "page"]


def state_of(root: Path, slug: str, task: str, sources: Sequence[str]) -> str:
    """Stamp of the cells that a task runs and of the files that they import."""
    cells = json.dumps([[cell.kind, cell.source] for cell in ran(root, slug, task)])
    return stamp(root, sources) + hashlib.sha256(cells.encode()).hexdigest()[:8]


def current(root: Path, slug: str, task: str, found: dict[str, Any] | None) -> bool:
    """Whether results are there and of the present sources."""
    return found is not None and found["stamp"] == state_of(root, slug, task, found["sources"])


def store(root: Path, slug: str) -> Path:
    """Where the results for the page are kept."""
    return root / ".cache" / "experiments" / f"{slug}.json"


def results(root: Path, slug: str) -> dict[str, Any] | None:
    """The results for the page, if they are there and of the present sources."""
    path = store(root, slug)
    kept: dict[str, Any] | None = json.loads(path.read_text(encoding="utf8")) if path.is_file() else None
    return kept if current(root, slug, "page", kept) else None


def measured(root: Path) -> dict[str, dict[str, Any]]:
    """``docs/data/experiments.json``: by experiment the measured quantities for each seed, with the method and its baseline."""
    path = root / "docs" / "data" / "experiments.json"
    return dict(json.loads(path.read_text(encoding="utf8"))) if path.is_file() else {}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run experiments, those of whose results nothing has changed left out."""
    parser = argparse.ArgumentParser(prog="python -m dlref.site.experiments", description=main.__doc__)
    parser.add_argument("task", nargs="?", choices=["run", "measure"], default="run", help="for the pages, or the claims for seeds 0 to 4")
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="experiments of docs/data/experiments.toml; all by default")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help="folder of the checkout")
    given = parser.parse_args(arguments)
    root = given.root.resolve()
    slugs = [experiment["slug"] for experiment in claimed(root)]
    if unknown := [slug for slug in given.slugs if slug not in slugs]:
        parser.error(f"no experiment {', '.join(unknown)} in docs/data/experiments.toml, which has {', '.join(slugs)}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [said for said in pool.map(partial(_up_to_date, root, given.task), given.slugs or slugs) if said]
    if failed:
        sys.exit("\n".join(failed))


def _up_to_date(root: Path, task: str, slug: str) -> str:
    """Run one experiment unless nothing has changed; what went wrong."""
    if results(root, slug) is not None if task == "run" else current(root, slug, "measure", measured(root).get(slug)):
        print(f"{slug}: up to date", flush=True)
        return ""
    print(f"{slug}: running", flush=True)
    try:
        found = execute(root, slug, *(["page"] if task == "run" else ["measure", *map(str, SEEDS)]))
    except BookError as error:
        return str(error)
    if task == "run":
        store(root, slug).parent.mkdir(parents=True, exist_ok=True)
        store(root, slug).write_text(json.dumps(found, ensure_ascii=False), encoding="utf8")
    else:
        with WRITING:
            known = measured(root) | {slug: found}
            every = {experiment["slug"]: known[experiment["slug"]] for experiment in claimed(root) if experiment["slug"] in known}
            path = root / "docs" / "data" / "experiments.json"
            path.write_text(json.dumps(every, indent=1) + "\n", encoding="utf8")
    print(f"{slug}: {found['seconds']} s", flush=True)
    return ""


# --- Showing


def notebook(root: Path, slug: str, language: str, text: Callable[[str, str], str]) -> Any:
    """The notebook of a language as a reader downloads it; ``text`` says what stands for a reference."""
    from nbformat import v4

    cells: list[Any] = []
    for cell in read(root, slug):
        name = f"cell-{len(cells)}"
        if cell.kind == language:
            prose = re.sub(r"\s*\{ #[\w-]+ \}$", "", cell.source, flags=re.MULTILINE)
            cells.append(v4.new_markdown_cell(REFERENCE.sub(lambda m: text(m[1], m[2]), prose), id=name))
        elif cell.kind not in LANGUAGES:
            cells.append(v4.new_code_cell(in_language(cell.source, language), id=name))
    if language == "ja":
        last = max(k for k, cell in enumerate(cells) if cell.cell_type == "code" and 'language = "ja"' in cell.source)
        cells.insert(last + 1, v4.new_code_cell(FONTS, id="fonts"))
    return v4.new_notebook(cells=cells, metadata=PYTHON)


def downloads(root: Path, slug: str, language: str, text: Callable[[str, str], str]) -> dict[str, str]:
    """Name and content of the files that the page of an experiment gives away."""
    import jupytext
    import nbformat

    made, stem = notebook(root, slug, language, text), script(root, slug).stem
    return {f"{stem}.ipynb": nbformat.writes(made) + "\n", f"{stem}.py": jupytext.writes(made, fmt="py:percent")}


def rendered(root: Path, slug: str, found: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Of each cell that runs, its code in colors and what it printed, as mkdocs-jupyter makes HTML of them; the same for both languages."""
    from nbformat import v4, writes

    printed = [result["printed"] for result in found["cells"]] if found else [""] * len(code(read(root, slug)))
    cells = [
        v4.new_code_cell(cell.source, id=f"cell-{k}", outputs=[v4.new_output("stream", name="stdout", text=text)] if text else [])
        for k, (cell, text) in enumerate(zip(code(read(root, slug)), printed, strict=True))
    ]
    made = writes(v4.new_notebook(cells=cells, metadata=PYTHON))
    # It takes half a second, after seconds of loading it: kept for the other language and the next build.
    kept = store(root, slug).with_suffix(".html.json")
    known = json.loads(kept.read_text(encoding="utf8")) if kept.is_file() else {}
    if known.get("notebook") != made:
        known = {"notebook": made, "cells": _rendered(made)}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known, ensure_ascii=False), encoding="utf8")
    return [(PLAIN.sub(r"\1", colored), text) for colored, text in known["cells"]]


def _rendered(made: str) -> list[tuple[str, str]]:
    from mkdocs_jupyter import convert

    with TemporaryDirectory() as folder:
        path = Path(folder) / "notebook.ipynb"
        path.write_text(made, encoding="utf8")
        html = convert.nb2html(str(path))
    found = []
    # Nine tenths of this HTML are style sheets of Jupyter; the page has the site's own for the two parts that are wanted.
    for cell in re.split(r'<div class="jp-Cell-inputWrapper"', html)[1:]:
        colored = re.search(r'<div class="highlight-ipynb[^>]*><pre>(?:<span></span>)?(.*?)</pre>', cell, re.DOTALL)
        printed = re.search(r'<div class="jp-RenderedText[^>]*>\s*<pre>(.*?)</pre>', cell, re.DOTALL)
        assert colored
        found.append((colored[1].strip("\n"), printed[1].strip("\n") if printed else ""))
    return found


class ExperimentPreprocessor(Preprocessor):
    """Puts the cells of a notebook in the place of ``/// experiment | SLUG``: prose to be converted with the page, the rest as HTML."""

    def __init__(self, md: Markdown, state: PageState, text: Callable[[str, str], str]) -> None:
        super().__init__(md)
        self.state = state
        self.text = text

    def run(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        for k, line in enumerate(lines):
            block = BLOCK.fullmatch(line)
            if block and lines[k + 1 : k + 2] == ["///"]:
                out += self._cells(block[1])
            elif not (k and line == "///" and BLOCK.fullmatch(lines[k - 1])):
                out.append(line)
        return out

    def _cells(self, slug: str) -> list[str]:
        root, language = self.state.root, self.state.language
        found = results(root, slug)
        cells = read(root, slug)
        parts = iter(rendered(root, slug, found))
        figures = iter([result["figures"] for result in found["cells"]] if found else [{}] * len(code(cells)))
        out: list[str] = []
        head = self._head(slug, found)
        number = 0
        for cell in cells:
            if cell.kind == language:
                out += ["", *cell.source.splitlines(), ""]
                if head:
                    out += [self.md.htmlStash.store(head), ""]
                    head = ""
            elif cell.kind not in LANGUAGES:
                number += 1
                html = self._cell(f"cell-{number}", cell, *next(parts), next(figures).get(language, []))
                out += ["", self.md.htmlStash.store(html), ""]
        return out

    def _head(self, slug: str, found: dict[str, Any] | None) -> str:
        labels = self.state.labels
        links = labels["comma"].join(
            f'<a download="{name}" href="data:{kind};base64,{base64.b64encode(text.encode()).decode()}">{name}</a>'
            for (name, text), kind in zip(
                downloads(self.state.root, slug, self.state.language, self.text).items(),
                ("application/x-ipynb+json", "text/x-python"),
                strict=True,
            )
        )
        said = f'<strong class="dl-stale">{labels["not computed"]}</strong>'
        if found:
            said = labels["computed"].format(found["seconds"], sum(found["calls"].values()), len(found["calls"]))
        return f'<p class="dl-experiment">{labels["download"]}{links}<br>{said}</p>'

    def _cell(self, name: str, cell: Cell, colored: str, printed: str, figures: list[str]) -> str:
        labels = self.state.labels
        colored = COLORED.sub(rf"\g<1>{self.state.language}\g<2>", colored)
        html = f'<div class="highlight" lang="en"><pre><code>{colored}\n</code></pre></div>'
        if cell.kind == "figure":
            html = f"<details><summary>{labels['drawing']}</summary>{html}</details>"
        if printed:
            html += f'<div class="dl-output"><p class="dl-output__title">{labels["output"]}</p><pre><code>{printed}\n</code></pre></div>'
        for k, svg in enumerate(figures):
            alt = escape(cell.alt[self.state.language])
            picture = f'<div class="dl-figure__picture" role="img" aria-label="{alt}">{svg}</div>'
            place = f'<a id="{name}-{k}" href="" aria-hidden="true" tabindex="-1"></a>'
            html = f'<figure class="dl-figure">{place}{picture}</figure>{html}'
        return f'<section class="dl-cell" data-search-exclude>{html}</section>'


def build(block: Element, state: PageState) -> None:
    """Put the table of all claims into a page: margins, and what was reached over the seeds."""
    labels, known = state.labels, measured(state.root)
    table = SubElement(SubElement(block, "div", {"class": "dl-table", "tabindex": "0", "role": "group"}), "table")
    head = SubElement(SubElement(table, "thead"), "tr")
    for title in ("claim", "margin", "reached", "baseline"):
        SubElement(head, "th", {"scope": "col"}).text = labels[title]
    body = SubElement(table, "tbody")
    for experiment in claimed(state.root):
        slug = experiment["slug"]
        found = known.get(slug)
        line = SubElement(SubElement(body, "tr"), "th", {"scope": "rowgroup", "colspan": "4"})
        line.text = f"[{experiment[state.language]}][experiment-{slug}]{labels['comma']}{{sec:{experiment['chapter']}}}"
        if not current(state.root, slug, "measure", found):
            SubElement(line, "strong", {"class": "dl-stale"}).text = labels["stale"]
        for claim in experiment["claim"]:
            line = SubElement(body, "tr")
            SubElement(line, "td").text = claim[state.language]
            mean = claim.get("mean_at_least")
            SubElement(line, "td").text = f"≥ {claim['at_least']:g}" + (f"{labels['comma']}{labels['mean']} ≥ {mean:g}" if mean else "")
            for kind in ("method", "baseline"):
                values = [run[claim["quantity"]] for run in found[kind]] if found else []
                said = span(values) if found else "–"
                SubElement(line, "td").text = said + (f"{labels['comma']}{labels['mean']} {span([fmean(values)])}" if found and mean else "")


def span(values: Sequence[float]) -> str:
    """The least and the greatest of some numbers, as they are printed."""
    low, high = (f"{value:.3g}".replace("-", "−") for value in (min(values), max(values)))
    return low if low == high else f"{low} … {high}"


if __name__ == "__main__":
    main()
