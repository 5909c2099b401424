"""What the prose shows and no other test looks at: code in fences runs and prints what its comments say."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PAGES = sorted(path.relative_to(ROOT / "docs" / "ja") for path in (ROOT / "docs" / "ja").rglob("*.md"))


def fences(language: str, page: Path) -> list[str]:
    return FENCE.findall((ROOT / "docs" / language / page).read_text(encoding="utf8"))


def run(code: str) -> tuple[list[str], list[str]]:
    """The lines that a piece of code prints, and those that it says it prints, in comments behind its print calls."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<fence>", "exec"), {})
    return printed.getvalue().splitlines(), re.findall(r"^print\(.*\)  # (.*)$", code, re.M)


def test_the_home_page_has_an_example() -> None:
    assert len(fences("ja", Path("index.md"))) == 1


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_code_in_the_prose_is_the_same_in_both_languages_and_prints_what_it_says(page: Path) -> None:
    ja = fences("ja", page)
    assert ja == fences("en", page)
    for code in ja:
        printed, said = run(code)
        assert said and printed == said


def test_a_wrong_comment_is_told() -> None:
    assert run("print(1 + 1)  # 3\n") == (["2"], ["3"])
