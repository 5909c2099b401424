"""A figure is drawn once, and again when the code behind it changes; not when a docstring or a comment does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from dlref.site.book import BookError
from dlref.site.figures import drawing
from tests.site import miniature
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
    svg, description, *_ = drawing(root, "nine", "en")
    return [svg, description, str((root / "docs/theme/assets/figures/nine.json").stat().st_mtime_ns)]


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


def test_changed_data_that_the_script_names_redraw(root: Path) -> None:
    data, script = root / "docs" / "nine.json", root / "docs" / "figures" / "nine.py"
    data.write_text("[3]")
    edit(script, "square(3)}</svg>", "square(json.loads(FILES[0].read_text())[0])}</svg>")
    edit(script, "from dlref", f"import json\nfrom pathlib import Path\n\nFILES = [Path({str(data)!r})]\nfrom dlref")
    first = drawn(root)
    assert drawn(root) == first and first[0] == "<svg>9</svg>"
    data.write_text("[4]")
    assert drawn(root)[0] == "<svg>16</svg>"


def test_a_change_elsewhere_does_not_redraw(root: Path) -> None:
    first = drawn(root)
    (root / "dlref" / "other.py").write_text("x = 1\n")
    assert drawn(root) == first
    kept = json.loads((root / "docs/theme/assets/figures/nine.json").read_text(encoding="utf8"))
    assert kept["sources"] == ["dlref/__init__.py", "dlref/powers.py", "docs/figures/nine.py"]


def test_controls_and_links_come_with_the_drawing(root: Path) -> None:
    assert drawing(root, "nine", "en")[2:] == (None, [])
    with (root / "docs" / "figures" / "nine.py").open("a", encoding="utf8") as file:
        file.write('\n\ndef interact(language):\n    return {"scenes": {"": [[language]]}}\n')
        file.write('\n\ndef links(language):\n    return [("part", "square", language)]\n')
    assert drawing(root, "nine", "ja")[2:] == ({"scenes": {"": [["ja"]]}}, [["part", "square", "ja"]])


def test_a_script_that_fails_is_named(root: Path) -> None:
    edit(root / "docs" / "figures" / "nine.py", "return f\"<svg>", "raise ValueError(3) or f\"<svg>")
    with pytest.raises(BookError, match=r"nine\.py: the figure cannot be drawn[\s\S]*ValueError: 3"):
        drawing(root, "nine", "en")
    with pytest.raises(BookError, match="no script .*ten.py for the figure 'ten'"):
        drawing(root, "ten", "en")


PICTURE = '''from dlref.powers import square


def draw(language):
    return f'<svg class="dl-fig"><g id="nine-part" data-part="part"><path d="M0,0h{square(3)}"/></g></svg>'


def describe(language):
    return "Nine"


def links(language):
    return [("part", "square", "the square"), ("part", "split", "its sum")]
'''


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A miniature book with a figure whose part stands for two formulas."""
    miniature.make(tmp_path)
    (tmp_path / "docs" / "figures").mkdir()
    (tmp_path / "docs" / "figures" / "nine.py").write_text(PICTURE)
    with (tmp_path / "docs" / "data" / "contents.toml").open("a", encoding="utf8") as file:
        file.write('figures = [{ slug = "nine", ja = "九", en = "Nine" }]\n')
    for language in ("ja", "en"):
        with (tmp_path / "docs" / language / "small" / "squares.md").open("a", encoding="utf8") as file:
            file.write("\n/// figure | nine\n///\n")
    return tmp_path


def test_parts_of_a_picture_are_linked_to_their_formulas(small: Path) -> None:
    built, said = miniature.build(small, "en")
    assert built, said
    page = BeautifulSoup((small / "site-en" / "small" / "squares" / "index.html").read_text(encoding="utf8"), "lxml")
    links = [(link["href"], link.get("data-part"), link.get_text()) for link in page.select(".dl-figure__links a")]
    assert links == [("#eq-square", "nine-part", "the square (1.1)"), ("#eq-split", "nine-part", "its sum (1.2)")]
    assert page.find(id="nine-part") is not None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('("part", "square"', '("pat", "square"', "the figure 'nine': the picture has no part 'pat' with an id"),
        ('"square", "the', '"sqare", "the', "the figure 'nine': no page shows the formula 'sqare'"),
        ("def links", 'def interact(language):\n    return {"scenes": {"": []}, "tracks": []}\n\n\ndef links', "the figure 'nine': scene ''"),
    ],
)
def test_a_link_or_a_control_to_nowhere_stops_the_build(small: Path, old: str, new: str, message: str) -> None:
    edit(small / "docs" / "figures" / "nine.py", old, new)
    built, said = miniature.build(small, "en")
    assert not built and message in said
