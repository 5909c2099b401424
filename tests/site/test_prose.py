"""What the prose shows and no other test looks at: code in fences runs and prints what its comments say."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A piece of code, and the lines that it prints where they stand in a fence of their own right below.
FENCE = re.compile(r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.M | re.S)
PAGES = sorted(path.relative_to(ROOT / "docs" / "ja") for path in (ROOT / "docs" / "ja").rglob("*.md"))


def fences(language: str, page: Path) -> list[tuple[str, str]]:
    return FENCE.findall((ROOT / "docs" / language / page).read_text(encoding="utf8"))


def run(code: str, shown: str = "", names: dict[str, object] | None = None) -> tuple[list[str], list[str]]:
    """The lines that a piece of code prints, and those that the page says it prints: below it, or in comments behind its print calls."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<fence>", "exec"), {} if names is None else names)
    return printed.getvalue().splitlines(), shown.splitlines() or re.findall(r"^print\(.*\)  # (.*)$", code, re.M)


def test_the_home_page_has_an_example() -> None:
    assert len(fences("ja", Path("index.md"))) == 1


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_code_in_the_prose_is_the_same_in_both_languages_and_prints_what_it_says(page: Path) -> None:
    ja = fences("ja", page)
    assert ja == fences("en", page)
    names: dict[str, object] = {}  # a reader runs the pieces of a page one after the other
    for code, shown in ja:
        printed, said = run(code, shown, names)
        assert said and printed == said


def test_a_wrong_comment_is_told() -> None:
    assert run("print(1 + 1)  # 3\n") == (["2"], ["3"])
    assert run("print('a\\nb')\n", "a\nc\n") == (["a", "b"], ["a", "c"])
