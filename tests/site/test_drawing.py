"""A figure is drawn once, and again when the code behind it changes; not when a docstring or a comment does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlref.site.book import BookError
from dlref.site.figures import drawing
from tests.site.miniature import edit

SCRIPT = '''"""A drawing."""
from dlref.powers import square


def draw(language):
    return f"<svg>{square(3)}</svg>"


def describe(language):
    return f"{language}: {square(3)}"
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "figures").mkdir(parents=True)
    (tmp_path / "dlref").mkdir()
    (tmp_path / "dlref" / "__init__.py").write_text("")
    (tmp_path / "dlref" / "powers.py").write_text('def square(x):\n    """Square."""\n    return x * x  # x²\n')
    (tmp_path / "docs" / "figures" / "nine.py").write_text(SCRIPT)
    return tmp_path


def drawn(root: Path) -> list[str]:
    """What a figure shows and when it was drawn."""
    svg, description, _ = drawing(root, "nine", "en")
    return [svg, description, str((root / "docs/theme/assets/figures/nine.en.json").stat().st_mtime_ns)]


def test_a_figure_is_drawn_once(root: Path) -> None:
    first = drawn(root)
    assert first[:2] == ["<svg>9</svg>", "en: 9"]
    assert drawn(root) == first


@pytest.mark.parametrize(("old", "new"), [('"""Square."""', '"""The square."""'), ("# x²", "# x times x")])
def test_words_about_the_code_do_not_redraw(root: Path, old: str, new: str) -> None:
    first = drawn(root)
    edit(root / "dlref" / "powers.py", old, new)
    assert drawn(root) == first


def test_a_changed_function_or_script_redraws(root: Path) -> None:
    drawn(root)
    edit(root / "dlref" / "powers.py", "x * x", "x * x * x")
    assert drawn(root)[0] == "<svg>27</svg>"
    edit(root / "docs" / "figures" / "nine.py", "<svg>{square(3)}", "<svg>{square(2)}")
    assert drawn(root)[0] == "<svg>8</svg>"


def test_a_change_elsewhere_does_not_redraw(root: Path) -> None:
    first = drawn(root)
    (root / "dlref" / "other.py").write_text("x = 1\n")
    assert drawn(root) == first
    kept = json.loads((root / "docs/theme/assets/figures/nine.en.json").read_text(encoding="utf8"))
    assert kept["sources"] == ["dlref/__init__.py", "dlref/powers.py", "docs/figures/nine.py"]


def test_what_controls_choose_from_comes_with_the_drawing(root: Path) -> None:
    assert drawing(root, "nine", "en").interactive is None
    with (root / "docs" / "figures" / "nine.py").open("a", encoding="utf8") as file:
        file.write('\n\ndef interact(language):\n    return {"scenes": {"": [[language]]}}\n')
    assert drawing(root, "nine", "ja").interactive == {"scenes": {"": [["ja"]]}}


def test_a_script_that_fails_is_named(root: Path) -> None:
    edit(root / "docs" / "figures" / "nine.py", "return f\"<svg>", "raise ValueError(3) or f\"<svg>")
    with pytest.raises(BookError, match=r"nine\.py: the figure cannot be drawn[\s\S]*ValueError: 3"):
        drawing(root, "nine", "en")
    with pytest.raises(BookError, match="no script .*ten.py for the figure 'ten'"):
        drawing(root, "ten", "en")
