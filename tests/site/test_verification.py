"""The page of results: a row a formula, what the file says of it, and whether that still holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from dlref.latex.docstring import scan
from dlref.site.book import Book
from dlref.site.labels import LABELS
from dlref.site.verification import oracles, read_results, results, source_hash, spaced
from tests.site.html import article, formulas, latex
from tests.site.miniature import build, edit, make

ROOT = Path(__file__).parents[2]
BOOK = Book.read(ROOT)


def page(site: Path, language: str) -> Tag:
    return article((site if language == "ja" else site / "en") / "verification" / "index.html")


def rows(root: Tag) -> dict[str, Tag]:
    """The row of each formula."""
    return {str(anchor["id"]).removeprefix("verify-"): anchor.find_parent("tr") for anchor in root.select("a[id^=verify-]")}  # type: ignore[misc]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_formula_has_its_row_with_what_is_known_of_it(site: Path, language: str) -> None:
    found = rows(page(site, language))
    known = {result.block.id: result for result in results(BOOK)}
    assert list(found) == list(known)
    assert set(found) == set(scan(ROOT / "dlref"))
    for id_, row in found.items():
        result = known[id_]
        assert row.select_one("th code").get_text() == id_  # type: ignore[union-attr]
        assert bool(row.select(".dl-stale")) == (not result.current)
        below = row.find_next_sibling("tr")
        unfolded = below if isinstance(below, Tag) and "dl-survivors" in (below.get("class") or []) else None
        assert bool(unfolded) == bool(result.survivors)
        if unfolded is not None:
            formulas = [latex(math) for math in unfolded.select(".dl-math")]
            assert formulas == [spaced(survivor["latex"]) for survivor in result.survivors if "latex" in survivor]
            assert len(unfolded.select("li")) == len(result.survivors)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_formula_block_links_to_its_row(site: Path, language: str) -> None:
    folder = site if language == "ja" else site / "en"
    linked = []
    for path in folder.rglob("index.html"):
        for block in formulas(path) if path.relative_to(folder).parts[0] != "en" else []:
            if block.select_one("a[id^=eq-]"):
                link = block.select(".dl-formula__links a")[-1]
                assert link.get_text() == LABELS[language]["verification"]
                linked.append(str(link["href"]).rpartition("verification/#verify-")[2])
    assert sorted(linked) == sorted(BOOK.appearances)
    assert set(linked) <= set(rows(page(site, language)))


def test_the_file_speaks_of_formulas_that_are_there() -> None:
    assert set(read_results(BOOK)["formulas"]) <= set(BOOK.formulas)


# ---- a miniature


def entry(root: Path, id_: str, **changes: Any) -> dict[str, Any]:
    """A result for the sources as they are."""
    found = {
        "source": source_hash(scan(root / "dlref")[id_]),
        "trials": 1600,
        "deviation": 2.2e-16,
        "mutants": {"killed": {"numbers": 20, "shape": 3}, "alive": 1},
        "edits": {"killed": {"grammar": 9}, "alive": 1},
        "code": {"killed": {"numbers": 7}, "alive": 1},
        "survivors": [{"latex": "q(x) = (-x)^2", "reason": "even function"}, {"code": "return x * x", "reason": "commuted"}],
    }
    return {**found, **changes}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A miniature checkout with results for one of its two formulas."""
    make(tmp_path)
    for language in ("ja", "en"):
        path = tmp_path / "docs" / language / "verification.md"
        path.write_text("# Verification { #verification }\n\n/// data | verification\n///\n", encoding="utf8")
    write(tmp_path, {"square": entry(tmp_path, "square")})
    return tmp_path


CODE = {"mutants": 1040, "formulas": 1030, "tests": 7, "alive": 3, "reasons": {"commuted": 1, "guard": 2}}


def write(root: Path, formulas: dict[str, Any]) -> None:
    (root / "docs" / "data" / "verification.json").write_text(json.dumps({"version": "0.9", "seed": 7, "code": CODE, "formulas": formulas}), encoding="utf8")


def built(root: Path, language: str = "en") -> Tag:
    done, said = build(root, language)
    assert done, said
    return BeautifulSoup((root / f"site-{language}" / "verification" / "index.html").read_text(encoding="utf8"), "lxml").article  # type: ignore[return-value]


def marks(root: Tag) -> dict[str, str]:
    """What is marked at each formula: out of date, not yet verified, nothing."""
    return {id_: "".join(mark.get_text() for mark in row.select(".dl-stale")) for id_, row in rows(root).items()}


def test_a_row_shows_numbers_and_survivors(root: Path) -> None:
    (root / "tests" / "test_powers.py").write_text("def test_square_is_that_of_scipy_and_pytorch():\n    square(3)\n\n\ndef test_split():\n    split(3)\n", encoding="utf8")
    found = built(root)
    cells = [cell.get_text() for cell in rows(found)["square"].select("td")]
    assert cells == ["1,600", "2.2 × 10−16", "PyTorch, SciPy", "32 / 34", "7 / 8"]
    items = found.select("tr.dl-survivors li")
    assert latex(items[0]) == "q(x) = (-x)^2" and items[0].span.get_text() and LABELS["en"]["reason even function"] in items[0].get_text()  # type: ignore[union-attr]
    assert items[1].code.get_text() == "return x * x"  # type: ignore[union-attr]
    assert [cell.get_text() for cell in rows(found)["split"].select("td")] == ["–", "–", "–", "–", "–"]
    said = found.select_one(".dl-verification ul").get_text()  # type: ignore[union-attr]
    assert "dlref 0.9, seed 7" in said and "Formulas: 2." in said and "1,600 in all" in said and "2.2 × 10−16." in said
    assert "23 of 24" in said and "9 of 10" in said and "7 of 8" in said and "numbers 20, shape 3." in said
    assert "there are 1,040. Formulas find 1,030, other tests 7; 3 live." in said
    assert said.index(f"{LABELS['en']['reason guard']} 2; ") < said.index(f"{LABELS['en']['reason commuted']} 1.")
    japanese = built(root, "ja")
    assert LABELS["ja"]["reason even function"] in japanese.select("tr.dl-survivors li")[0].get_text()


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        ("q(x) = x^2", "q(x) = x^3", "out of date"),
        ("x \\in \\mathbb{R}\n\n    Parameters\n    ----------\n    x\n        A number.\n\n    Returns\n    -------\n    float\n        Its", "x \\in (0, 1)\n\n    Parameters\n    ----------\n    x\n        A number.\n\n    Returns\n    -------\n    float\n        Its", "out of date"),
        ("    return x * x\n\n", "    return x**2\n\n", "out of date"),
        ("    return x * x\n\n", "    return helped(x)\n\n\ndef helped(x: float) -> float:\n    return x * x\n\n", "out of date"),
        ("    return x * x\n\n", "    # a remark\n    return x * x\n\n", ""),
        ("Square of a number.", "The square of a number.", ""),
        ("return x + x * x", "return x * x + x", ""),  # of the other function
    ],
)
def test_a_result_is_out_of_date_when_the_formula_or_its_code_has_changed(root: Path, old: str, new: str, mark: str) -> None:
    assert marks(built(root)) == {"square": "", "split": "not yet verified"}
    edit(root / "dlref" / "powers.py", old, new)
    assert marks(built(root)) == {"square": mark, "split": "not yet verified"}


def test_a_function_that_the_code_calls_belongs_to_it(root: Path) -> None:
    edit(root / "dlref" / "powers.py", "    return x * x\n\n", "    return helped(x)\n\n\ndef helped(x: float) -> float:\n    return x * x\n\n")
    write(root, {"square": entry(root, "square")})
    assert marks(built(root))["square"] == ""
    edit(root / "dlref" / "powers.py", "    return x * x\n\n", "    return x * x * 1\n\n")
    assert marks(built(root))["square"] == "out of date"


def test_without_results_the_page_says_so(root: Path) -> None:
    (root / "docs" / "data" / "verification.json").unlink()
    assert marks(built(root)) == {"square": "not yet verified", "split": "not yet verified"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{,", "verification.json:1: Expecting property name"),
        ("a reason", "verification.json: square: 'a reason' is no reason that dlref/site/labels.py knows"),
    ],
)
def test_what_is_wrong_in_the_file_stops_the_build(root: Path, text: str, message: str) -> None:
    if text.startswith("{"):
        (root / "docs" / "data" / "verification.json").write_text(text, encoding="utf8")
    else:
        write(root, {"square": entry(root, "square", survivors=[{"latex": "q(x) = x^2", "reason": text}])})
    done, said = build(root)
    assert not done and message in said


def test_a_formula_links_to_its_row_only_where_there_is_the_page(root: Path) -> None:
    def links() -> list[str]:
        done, said = build(root)
        assert done, said
        soup = BeautifulSoup((root / "site-en" / "small" / "squares" / "index.html").read_text(encoding="utf8"), "lxml")
        return [str(a["href"]).rpartition("#")[2] for a in soup.select(".dl-formula__links a")]

    assert [link for link in links() if link.startswith("verify")] == ["verify-square", "verify-split"]
    for language in ("ja", "en"):
        (root / "docs" / language / "verification.md").unlink()
    assert [link for link in links() if link.startswith("verify")] == []


# ---- witnesses


def test_the_witnesses_are_the_libraries_that_tests_compare_with() -> None:
    found = oracles(ROOT)
    assert found["dlref.losses.gaussian_nll"] == ("PyTorch", "SciPy")
    assert found["dlref.losses.hinge"] == ("scikit-learn",)
    assert found["dlref.optim.adam_step"] == ("PyTorch",), "through the class that the test names, in a constant"
    assert "dlref.losses.indicator" not in found


@pytest.mark.parametrize(
    ("name", "libraries"),
    [
        ("test_square_is_that_of_pytorch", ("PyTorch",)),
        ("test_powers_are_those_of_scipy_and_scikit_learn", ("SciPy", "scikit-learn")),
        ("test_square_finds_what_numpy_finds", ("NumPy",)),
        ("test_square_is_not_that_of_pytorch", ()),
        ("test_square_parts_from_that_of_pytorch", ()),
        ("test_square_of_pytorch", ()),
    ],
)
def test_the_name_of_a_test_says_what_it_compares_with(tmp_path: Path, name: str, libraries: tuple[str, ...]) -> None:
    make(tmp_path)
    (tmp_path / "tests" / "test_powers.py").write_text(f"CASES: list = [square]\n\n\ndef {name}():\n    CASES\n", encoding="utf8")
    assert oracles(tmp_path).get("dlref.powers.square", ()) == libraries
    assert "dlref.powers.split" not in oracles(tmp_path)
