"""Declarations: what is drawn, and which declarations are refused with file and line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlref.latex.check import prepare
from dlref.latex.declarations import read_declarations
from dlref.latex.docstring import FormulaError
from tests.latex.formulas import block


def draws(where: str, uses: str = "", count: int = 24) -> list[dict[str, Any]]:
    """What Python is handed in so many draws, by name."""
    found = read_declarations(block("x", where, uses=uses), {})
    rng = np.random.default_rng(0)
    return [found.draw(rng, number)["#python"] for number in range(count)]


def test_sizes_are_distinct_and_at_least_three() -> None:
    for drawn in draws("A \\in \\mathbb{R}^{m \\times n}\nB \\in \\mathbb{R}^{k \\times l}"):
        sizes = {*drawn["A"].shape, *drawn["B"].shape}
        assert len(sizes) == 4
        assert min(sizes) >= 3


def test_real_draws_hold_zeros_ties_and_halves() -> None:
    drawn = draws("x \\in \\mathbb{R}\ny \\in \\mathbb{R}", count=256)
    assert any(d["x"] == d["y"] == 0 for d in drawn)
    assert any(d["x"] == d["y"] != 0 for d in drawn)
    assert any(d["x"] == -d["y"] != 0 for d in drawn)
    assert any(d["x"] % 1 == 0.5 for d in drawn)
    assert any(d["x"] % 0.5 for d in drawn)


@pytest.mark.parametrize(
    ("domain", "ends", "inside"),
    [
        ("[0, 1]", {0.0, 1.0}, lambda v: 0 <= v <= 1),
        ("[0, 1)", {0.0}, lambda v: 0 <= v < 1),
        ("(0, 1)", set(), lambda v: 0 < v < 1),
        ("[-1, 2]", {-1.0, 2.0}, lambda v: -1 <= v <= 2),
        (r"\mathbb{R}_{\ge 0}", {0.0}, lambda v: v >= 0),
        (r"\mathbb{R}_{>0}", {1.0}, lambda v: v > 0),
        (r"\mathbb{R}_{<0}", {-1.0}, lambda v: v < 0),
        (r"\mathbb{R}_{\le 0}", {0.0}, lambda v: v <= 0),
        (r"\mathbb{R} \setminus \{0\}", {1.0}, lambda v: v != 0),
        (r"\mathbb{N}", {1, 2}, lambda v: v >= 1 and v == int(v)),
        (r"\mathbb{N}_0", {0, 1}, lambda v: v >= 0 and v == int(v)),
        (r"2\mathbb{N}", {2, 4}, lambda v: v >= 2 and v % 2 == 0),
        (r"\mathbb{Z}", {0}, lambda v: v == int(v)),
        (r"\{-1, +1\}", {-1, 1}, lambda v: v in (-1, 1)),
        (r"\{0, \dots, 4\}", {0, 1, 2, 3, 4}, lambda v: v in range(5)),
        (r"\{\mathrm{IsNext}, \mathrm{NotNext}\}", {0, 1}, lambda v: v in (0, 1)),
    ],
)
def test_draws_lie_in_the_domain_and_reach_its_ends(domain: str, ends: set[float], inside: Any) -> None:
    values = [d["v"] for d in draws(rf"v \in {domain}")]
    assert all(inside(v) for v in values)
    assert ends <= set(values)


def test_two_label_sets_are_exhausted_together() -> None:
    pairs = {(d["y"], d["z"]) for d in draws("y \\in \\{-1, +1\\}\nz \\in \\{0, \\dots, 3\\}", count=16)}
    assert len(pairs) == 8


def test_probabilities_add_up_and_stay_positive() -> None:
    for drawn in draws("p \\in \\Delta^{K - 1}\nq_k \\in \\log \\Delta, \\ k = 1, \\dots, K"):
        assert drawn["p"].shape == drawn["q _ { k }"].shape
        assert drawn["p"].min() > 0
        assert np.isclose(drawn["p"].sum(), 1)
        assert np.isclose(np.exp(drawn["q _ { k }"]).sum(), 1)


def test_a_family_has_the_axes_of_its_ranges_in_their_order() -> None:
    for drawn in draws("x_c(i, j) \\in \\mathbb{R}^d, \\ j = 0, \\dots, W - 1, \\ c = 1, \\dots, C, \\ i = 0, \\dots, 1\nA \\in \\mathbb{R}^{W \\times C}\nv \\in \\mathbb{R}^d"):
        (x,) = [array for name, array in drawn.items() if name.startswith("x")]
        assert x.shape == (*drawn["A"].shape, 2, *drawn["v"].shape)


def test_a_ragged_family_is_a_chain_of_shapes() -> None:
    for drawn in draws("W^{(l)} \\in \\mathbb{R}^{n_l \\times n_{l-1}}, \\ l = 1, \\dots, D", count=6):
        (matrices,) = drawn.values()
        assert all(a.shape[0] == b.shape[1] for a, b in zip(matrices[:-1], matrices[1:], strict=True))
        assert len({m.shape[0] for m in matrices}) == len(matrices)


def test_an_index_set_is_a_mask_that_is_never_empty() -> None:
    masks = [d["M"] for d in draws("M \\subseteq \\{1, \\dots, n\\}")]
    assert all(mask.dtype == bool and mask.any() for mask in masks)
    assert any(mask.all() for mask in masks)
    assert any(mask.sum() == 1 for mask in masks)


def test_conditions_hold_in_every_draw() -> None:
    for drawn in draws("A \\in \\mathbb{R}^{m \\times n}\na \\in \\mathbb{R}\nb \\in \\mathbb{R}", "m \\leq n\na < b"):
        assert drawn["A"].shape[0] <= drawn["A"].shape[1]
        assert drawn["a"] < drawn["b"]


def test_a_matrix_of_full_rank_stays_so_with_a_column_of_ones() -> None:
    for drawn in draws(r"X \in \mathbb{R}^{n \times d} \ \text{of full rank}", "d + 1 \\leq n"):
        x = drawn["X"]
        assert np.linalg.matrix_rank(np.column_stack([x, np.ones(len(x))])) == x.shape[1] + 1


def test_functions_depend_on_every_argument_and_keep_their_shapes() -> None:
    for drawn in draws("f : \\mathbb{R}^d \\times \\mathbb{R} \\to (0, 1)^k\nx \\in \\mathbb{R}^d\ny \\in \\mathbb{R}^k", count=4):
        f, x = drawn["f"], drawn["x"]
        value = f(x, 0.3)
        assert value.shape == drawn["y"].shape
        assert np.all((value > 0) & (value < 1))
        assert not np.allclose(value, f(x + 1, 0.3))
        assert not np.allclose(value, f(x, 0.4))
        with pytest.raises(ValueError, match="shape"):
            f(np.append(x, 1.0), 0.3)


def test_a_gradient_is_that_of_its_function() -> None:
    for drawn in draws("L : \\mathbb{R}^d \\to \\mathbb{R} \\ \\text{convex}\n\\nabla L : \\mathbb{R}^d \\to \\mathbb{R}^d\nx \\in \\mathbb{R}^d", count=4):
        loss, gradient, x = drawn["L"], drawn[r"\nabla L"], drawn["x"]
        step = 1e-6 * np.eye(len(x))
        numeric = [(loss(x + s) - loss(x - s)) / 2e-6 for s in step]
        assert np.allclose(gradient(x), numeric, atol=1e-6)


@pytest.mark.parametrize(
    ("where", "uses", "call", "message"),
    [
        ("", "", None, "'where' is missing"),
        ("x = 3", "", None, r"expected 'name \in domain'"),
        ("x \\in \\mathbb{R}\nx \\in \\mathbb{R}", "", None, "declared twice"),
        (r"x \in \mathbb{R}_{>1}", "", None, "expected >0"),
        (r"x \in \mathbb{Q}", "", None, "expected a domain"),
        (r"x \in \mathbb{R}^d, \ i = 1, \dots, n", "", None, "the index 'i' is not in the name"),
        (r"x \in \mathbb{R}", "y = no-such-formula", None, "there is no formula 'no-such-formula'"),
        (r"x \in \mathbb{R}", "y = test-formula", None, "a formula cannot be used in itself"),
        (r"x \in \mathbb{R}", "x < x", None, "no draw was found: 'x < x' never holds"),
        (r"x \in \mathbb{R}", "", "function(x, y)", "has 3 arguments (function, x, y), 'where' has 1 lines"),
        (r"x \in \mathbb{R}", "", "function(x", "is no Python"),
        (r"x \in \mathbb{R} \ \text{nice}", "", None, "the remark 'nice' is not known"),
    ],
)
def test_a_wrong_declaration_is_told_with_file_and_line(where: str, uses: str, call: str | None, message: str) -> None:
    wrong = block("y = x", where, uses=uses, call=call)
    with pytest.raises(FormulaError) as caught:
        prepare(wrong, abs, {"test-formula": (wrong, abs)})
    assert str(caught.value).startswith("test.py:7: test-formula")
    assert message in str(caught.value)
