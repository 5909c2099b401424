"""What is wrong in the sources stops the build, with file and line; the repaired sources build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site import miniature

# (what is broken, file, old text, new text, message)
BREAKS = [
    ("unknown id", "docs/en/small/squares.md", "| square\n", "| sqare\n", r"squares\.md:8: no formula 'sqare' in any docstring"),
    ("too few labels", "docs/en/small/squares.md", "linear term\n", "", r"squares\.md:11: the formula 'split' takes 2 labels or none, got 1"),
    ("needless label", "docs/en/small/squares.md", "| square\n", "| square\na label\n", r"squares\.md:8: .*'square' takes no labels, got 1"),
    ("no snippet", "snippets/powers/square.py", None, None, r"squares\.md:8: the formula 'square' has no snippet snippets/powers/square\.py"),
    ("no output", "snippets/powers/square.py", "# Output:\n# 9\n", "", r"square\.py:1: the snippet shows no output"),
    ("stray output", "snippets/powers/square.py", "# 9\n", "# 9\n10\n", r"square\.py:5: expected the printed output as a comment, got '10'"),
    ("open block", "docs/en/small/squares.md", "term\nquadratic term\n///", "term\nquadratic term", r"squares\.md:11: the block 'formula' is not closed"),
    ("unknown reference", "docs/en/small/squares.md", "{eq:square}", "{eq:sqare}", r"squares\.md:6: unknown reference \{eq:sqare\}"),
    ("bad math in prose", "docs/en/small/squares.md", "$x^2$", "$\\foo x$", r"squares\.md:6: KaTeX parse error: Undefined control sequence: \\foo"),
    ("bad math in a docstring", "dlref/powers.py", "x^2\n    where", "x^{2\n    where", r"powers\.py:10: KaTeX parse error"),
    ("taken id", "dlref/powers.py", "    split\n", "    square\n", r"powers\.py:\d+: the id 'square' is taken by .*powers\.py:9"),
    ("empty where", "dlref/powers.py", "    where\n        x \\in \\mathbb{R}\n\n", "    where\n\n", r"powers\.py:9: square: the 'where' of 'square' is empty"),
    ("broken anchor", "docs/en/index.md", "{sec:squares}", "[x](small/squares.md#nowhere)", r"small/squares.md#nowhere"),
    ("missing source", "docs/en/api.md", "| dlref/powers.py", "| dlref/power.py", r"api\.md:5: no file dlref/power\.py"),
    ("short row", "docs/data/errata.tsv", "source\n", "source\nslug\tA\n", r"errata\.tsv:2: expected 6 cells"),
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return miniature.make(tmp_path)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_miniature_builds(small: Path, language: str) -> None:
    built, said = miniature.build(small, language)
    assert built, said
    page = (small / f"site-{language}" / "small" / "squares" / "index.html").read_text(encoding="utf8")
    assert 'id="eq-square"' in page and ">(1.1)</a>" in page and ">(1.2)</a>" in page
    assert "1.1 Squares" in page or "1.1 平方" in page
    api = (small / f"site-{language}" / "api" / "index.html").read_text(encoding="utf8")
    assert 'href="../small/squares/#eq-square"' in api, "the API entry does not link back to its section"
    assert ('<span lang="en">A number.</span>' in api) == (language == "ja")


@pytest.mark.parametrize(("file", "old", "new", "message"), [b[1:] for b in BREAKS], ids=[b[0] for b in BREAKS])
def test_a_broken_source_stops_the_build(small: Path, file: str, old: str | None, new: str | None, message: str) -> None:
    if file == "docs/data/errata.tsv":
        miniature.edit(small / "docs/en/index.md", "{sec:squares}", "/// erratum | slug\n///")
    if old is None:
        (small / file).unlink()
    else:
        assert new is not None
        miniature.edit(small / file, old, new)
    built, said = miniature.build(small)
    assert not built, "the build went through"
    assert re.search(message, said), said


def test_the_site_builds_strictly(site: Path) -> None:
    """The fixture has built it with --strict; here are both languages."""
    assert (site / "index.html").is_file() and (site / "en" / "index.html").is_file()


def test_no_unprocessed_markup(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not unprocessed(page.read_text(encoding="utf8")), page


def unprocessed(html: str) -> list[str]:
    """Markup of ours that no extension has turned into HTML (code listings aside)."""
    text = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.findall(r"\{(?:eq|ref|sec|fig|tab|term|err):[^}]*\}|(?:^|>)\s*/{3,}.*", text, flags=re.MULTILINE)


@pytest.mark.parametrize("text", ["<p>/// formula | x</p>", "<p>see {eq:x}</p>", "<p>a</p>\n///\n"])
def test_unprocessed_markup_is_found(text: str) -> None:
    assert unprocessed(text)
    assert not unprocessed(f"<p>fine</p><pre>{text}</pre>")
