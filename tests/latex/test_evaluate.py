"""The evaluator: what an expression means, and what it refuses. Each rule has texts that keep it and texts that break it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlref.latex.check import Verdict, prepare
from dlref.latex.values import Function, to_python, to_value
from tests.latex.formulas import block

WHERE = """
    a \\in \\mathbb{R}
    x \\in \\mathbb{R}^d
    y \\in \\mathbb{R}^d
    A \\in \\mathbb{R}^{m \\times d}
    B \\in \\mathbb{R}^{d \\times d}
    z_i \\in \\mathbb{R}^d, \\ i = 1, \\dots, n
    p_k \\in \\Delta, \\ k = 0, \\dots, K - 1
    f : \\mathbb{R}^d \\to \\mathbb{R}
    g : \\mathbb{R}^d \\times \\mathbb{R} \\to \\mathbb{R}
    c \\in \\{0, \\dots, K - 1\\}
    M \\subseteq \\{1, \\dots, n\\}
    b \\in \\mathbb{R}_{>0}
"""
NAMES = ["a", "x", "y", "A", "B", "z", "p", "f", "g", "c", "M", "b"]
# Every declared name must be used: this sum of all of them is added to both sides.
ALL = r"a + x^\top y + x^\top x + y_1 + A_{1,1} + B_{1,1} + z_1^\top x + p_0 + f(x) + g(x, a) + c + |M| + b"


def value_of_all(v: dict[str, Any]) -> Any:
    x, y = v["x"], v["y"]
    return v["a"] + x @ y + x @ x + y[0] + v["A"][0, 0] + v["B"][0, 0] + v["z"][0] @ x + v["p"][0] + v["f"](x) + v["g"](x, v["a"]) + v["c"] + v["M"].sum() + v["b"]


def verdict(text: str, expected: Any, uses: str = "") -> Verdict:
    """Whether a scalar expression has the value that a Python function of the arguments gives."""

    def function(*arguments: Any) -> Any:
        values = dict(zip(NAMES, arguments, strict=True))
        return expected(values) + value_of_all(values)

    return prepare(block(rf"r = a + {ALL}", WHERE, uses=uses), function, {}).judge(rf"r = {text} + {ALL}")


MEANS: dict[str, tuple[str, Any]] = {
    "a sum takes the product to its right": (r"\sum_{i=1}^{n} z_i^\top x\, a + a", lambda v: sum(z @ v["x"] * v["a"] for z in v["z"]) + v["a"]),
    "a sum over a bare index takes its declared range": (r"\sum_{i} z_i^\top y", lambda v: sum(z @ v["y"] for z in v["z"])),
    "a sum over a set": (r"\sum_{i \in M} z_i^\top y", lambda v: sum(z @ v["y"] for z, m in zip(v["z"], v["M"], strict=True) if m)),
    "two indices under one sum": (r"\sum_{i, k} p_k z_i^\top y", lambda v: sum(z @ v["y"] * p for z in v["z"] for p in v["p"])),
    "a bound index shadows a declared name": (r"\sum_{a=1}^{3} a", lambda v: 6),
    "log takes one factor": (r"\log b\, a", lambda v: math.log(v["b"]) * v["a"]),
    "log takes the power of its factor": (r"\log b^2", lambda v: 2 * math.log(v["b"])),
    "minus is weaker than power": ("-a^2", lambda v: -(v["a"] ** 2)),
    "a fraction groups": (r"\frac{a + 1}{2 b}", lambda v: (v["a"] + 1) / (2 * v["b"])),
    "a slash divides by one factor": (r"a / b \cdot a", lambda v: v["a"] / v["b"] * v["a"]),
    "e is Euler's number": ("e^{a}", lambda v: math.e ** v["a"]),
    "pi": (r"2 \pi b", lambda v: 2 * math.pi * v["b"]),
    "juxtaposition is the matrix product": (r"x^\top B y", lambda v: v["x"] @ v["B"] @ v["y"]),
    "a norm of a column": (r"\|x\|^2 + \|x - y\|_1", lambda v: v["x"] @ v["x"] + abs(v["x"] - v["y"]).sum()),
    "the spectral norm of a matrix": (r"\|A\|_2", lambda v: np.linalg.norm(v["A"], 2)),
    "elementwise product": (r"x^\top (y \odot x)", lambda v: v["x"] @ (v["y"] * v["x"])),
    "functions of numbers act element by element": (r"x^\top \exp(y)", lambda v: v["x"] @ np.exp(v["y"])),
    "the power of a column acts element by element": (r"x^\top y^2", lambda v: v["x"] @ v["y"] ** 2),
    "a call of a declared function": ("f(x + y) b", lambda v: v["f"](v["x"] + v["y"]) * v["b"]),
    "a number before a bracket is a factor": ("a(b + 1)", lambda v: v["a"] * (v["b"] + 1)),
    "max of two numbers": (r"\max(a, b)", lambda v: max(v["a"], v["b"])),
    "max over an index": (r"\max_{i} z_i^\top x", lambda v: max(z @ v["x"] for z in v["z"])),
    "max of a number and a column acts element by element": (r"x^\top \max(0, y)", lambda v: v["x"] @ np.maximum(0, v["y"])),
    "arg max gives the first": (r"\arg\max_{i} z_i^\top x", lambda v: int(np.argmax([z @ v["x"] for z in v["z"]])) + 1),
    "floor and ceiling": (r"\lfloor a \rfloor - \lceil b \rceil", lambda v: math.floor(v["a"]) - math.ceil(v["b"])),
    "the sign of zero is one": (r"\operatorname{sign}(a)", lambda v: 1 if v["a"] >= 0 else -1),
    "a product of matrices keeps its order": (
        r"x^\top \left( \prod_{k=1}^{2} (B + k\, x y^\top) \right) y",
        lambda v: v["x"] @ (v["B"] + np.outer(v["x"], v["y"])) @ (v["B"] + 2 * np.outer(v["x"], v["y"])) @ v["y"],
    ),
    "an identity takes the size it needs": (r"x^\top (B + 2 \mathbf{I}) y", lambda v: v["x"] @ (v["B"] + 2 * np.eye(len(v["x"]))) @ v["y"]),
    "diag": (r"x^\top \operatorname{diag}(y) x", lambda v: v["x"] @ np.diag(v["y"]) @ v["x"]),
    "cases": (r"\begin{cases} a & \text{if } a > b \\ b & \text{otherwise} \end{cases}", lambda v: v["a"] if v["a"] > v["b"] else v["b"]),
    "a set by a condition and its size": (r"|\{i \mid i \leq 2\}|", lambda v: 2),
    "a column counts from one": ("x_1 + x_2", lambda v: v["x"][0] + v["x"][1]),
    "a label counts from zero": ("p_c", lambda v: v["p"][v["c"]]),
    "an index may be an expression": (r"\sum_{i=1}^{n-1} z_{i+1}^\top x", lambda v: sum(z @ v["x"] for z in v["z"][1:])),
    "the normal distribution function": (r"\Phi(a)", lambda v: 0.5 * (1 + math.erf(v["a"] / math.sqrt(2)))),
}
REFUSED: dict[str, tuple[str, str]] = {
    "two columns side by side": ("x y", "shape"),
    "inner dimensions that differ": (r"x^\top A^\top A A", "shape"),
    "a sum of different shapes": (r"f(x + A^\top)", "shape"),
    "a transposed number": (r"a^\top", "shape"),
    "⊙ of numbers": (r"a \odot b", "shape"),
    "⊙ of different shapes": (r"x^\top (y \odot 2)", "shape"),
    "a power of a matrix": (r"x^\top B^2 x", "shape"),
    "a matrix norm without its kind": (r"\|A\|", "shape"),
    "a column for a number": ("g(x, y)", "shape"),
    "a wrong number of arguments": ("g(x)", "grammar"),
    "another mark between arguments": ("g(x; a)", "grammar"),
    "a numeral behind a factor": ("a 2", "grammar"),
    "a factor 1": ("1 a", "grammar"),
    "a factor 0": (r"0 \cdot a", "grammar"),
    "a factor 1 at the end": (r"a \cdot 1", "grammar"),
    "a division by 1": ("a / 1", "grammar"),
    "a factor 1 in an index": (r"y_{1 c}", "grammar"),
    "a product behind a slash": ("a / b a", "grammar"),
    "a column times an identity": (r"(x I)^\top y", "shape"),
    "an identity times a row": (r"I x^\top y", "shape"),
    "a unary plus": (r"\exp(+a)", "grammar"),
    "an index that is not used": (r"\sum_{i=1}^{n} a", "grammar"),
    "a sum without its lower bound": (r"\sum^{n} a", "grammar"),
    "a sum without its upper bound": (r"\sum_{j=1} a j", "grammar"),
    "a number as index of a sum": (r"\sum_{2=1}^{n} a", "grammar"),
    "an index without a range": (r"\sum_{j} a j", "unknown symbol"),
    "an unknown name": ("q", "unknown symbol"),
    "an index outside its sum": ("z_i^\\top x", "unbound index"),
    "an index out of its range": (r"z_{n+1}^\top x", "numbers"),
    "an index that is no whole number": (r"z_{1/2}^\top x", "shape"),
    "cases that overlap": (r"\begin{cases} a & a \geq 0 \\ a & a \leq 0 \end{cases}", "numbers"),
    "cases that do not cover": (r"\begin{cases} a & a > 0 \\ a & a < 0 \end{cases}", "numbers"),
    "a NaN": (r"\frac{a - a}{b - b}", "numbers"),
    "an infinity": (r"\frac{1}{b - b}", "numbers"),
    "a bracket closed by another": ("f(x]", "grammar"),
    "a tuple where a concatenation is meant": ("f((x, y))", "shape"),
    "a family without its index": ("z", "shape"),
    "a function without its argument": ("f + a", "shape"),
    "a comparison of columns": (r"\begin{cases} a & x > y \\ a & \text{otherwise} \end{cases}", "shape"),
    "a function name without brackets": (r"\operatorname{sign} a", "grammar"),
    "a law with a semicolon and no variable": (r"\mathcal{N}(; a, b)", "grammar"),
    "what a power after brackets belongs to": (r"\log(b)^2", "grammar"),
}


@pytest.mark.parametrize("rule", MEANS)
def test_an_expression_means(rule: str) -> None:
    text, expected = MEANS[rule]
    found = verdict(text, expected)
    assert found, found.message
    assert not verdict(text, lambda v: expected(v) + 1)


@pytest.mark.parametrize("rule", REFUSED)
def test_an_expression_is_refused(rule: str) -> None:
    text, kind = REFUSED[rule]
    found = verdict(text, lambda v: v["a"])
    assert not found
    assert found.kind == kind, found.message


def test_a_tuple_is_not_its_concatenation() -> None:
    where = "x \\in \\mathbb{R}^d\ny \\in \\mathbb{R}^k"
    assert prepare(block("r = [x, y]", where), lambda x, y: np.append(x, y), {}).judge("r = [x, y]")
    assert prepare(block("r = (x, y)", where), lambda x, y: (x, y), {}).judge("r = (x, y)")
    assert not prepare(block("r = (x, y)", where), lambda x, y: (x, y), {}).judge("r = [x, y]")
    assert not prepare(block("r = [x, y]", where), lambda x, y: np.append(x, y), {}).judge("r = (x, y)")


def test_the_longest_declared_name_wins() -> None:
    where = "w \\in \\mathbb{R}^d\nw_1 \\in \\mathbb{R}\n\\nabla f(w) \\in \\mathbb{R}^d"
    made = prepare(block(r"r = w_1 + w^\top \nabla f(w)", where), lambda w, w1, grad: w1 + w @ grad, {})
    assert made.judge(r"r = w_1 + w^\top \nabla f(w)")
    assert made.judge(r"r = w_2 + w^\top \nabla f(w)").kind == "numbers"


def test_a_declared_e_is_no_constant() -> None:
    made = prepare(block("r = e^2", "e \\in \\mathbb{R}"), lambda e: e**2, {})
    assert made.judge("r = e^2")


def test_the_value_outside_a_range_is_an_error_unless_declared() -> None:
    where = "x_i \\in \\mathbb{R}, \\ i = 1, \\dots, n"
    text = r"r = \sum_{i=0}^{n} x_i"
    assert not prepare(block(r"r = \sum_{i=1}^{n} x_i", where), sum, {}).judge(text)
    assert prepare(block(text, where, uses="x_i = 0 \\ \\text{otherwise}"), lambda x: float(sum(x)), {}).judge(text)


def test_expectations_and_divergences_are_exact_sums() -> None:
    where = "x_k \\in \\mathbb{R}, \\ k = 1, \\dots, K\np_k \\in \\Delta, \\ k = 1, \\dots, K\nq_k \\in \\Delta, \\ k = 1, \\dots, K"
    uses = "P = \\sum_{k=1}^{K} p_k \\delta_{x_k}"

    def kl(p: Any, q: Any) -> float:
        return float(np.sum(p * np.log(p / q)))

    def function(x: Any, p: Any, q: Any) -> float:
        mean = p @ x
        middle = (p + q) / 2
        return float(p @ (x - mean) ** 2 + kl(p, q) + (kl(p, middle) + kl(q, middle)) / 2)

    text = r"r = \mathbb{E}_{x \sim P}[(x - \mathbb{E}_{x \sim P}[x])^2] + D_{\mathrm{KL}}(p_k \| q_k) + D_{\mathrm{JS}}(p \| q)"
    made = prepare(block(text, where, uses=uses), function, {})
    assert made.judge(text)
    assert not made.judge(text.replace(r"p_k \| q_k", r"q_k \| p_k"))
    assert not made.judge(text.replace("JS", "KL"))
    assert not made.judge(text.replace(r"\mathbb{E}_{x \sim P}[x]", "0"))
    assert made.judge(text.replace("x \\sim P}[x]", "x \\sim p}[x]")).kind == "numbers"


def test_a_definition_without_its_indices_is_the_matrix_of_its_values() -> None:
    where = "x_j \\in \\mathbb{R}, \\ j = 0, \\dots, n - 1\nk(m) \\in \\mathbb{R}, \\ m = 0, \\dots, K - 1"
    uses = "C_{i, j} = k(i - j)\ni = 0, \\dots, n + K - 2\nj = 0, \\dots, n - 1"

    def convolve(x: Any, k: Any) -> Any:
        return np.convolve(x, k)

    def found(text: str, uses: str) -> Verdict:
        made = prepare(block("y = C x", where, gives="y \\in \\mathbb{R}^{n + K - 1}", uses=uses), convolve, {})
        return made.judge(text)

    zero = r"k(m) = 0 \ \text{otherwise}"
    assert found("y = C x", f"{uses}\n{zero}")
    assert found("y = C x", f"C_{{i, j}} = k(i - j) + 0{uses.partition('k(i - j)')[2]}\n{zero}"), "one by one as well as at once"
    assert found(r"y = C^{\top} x", f"{uses}\n{zero}").kind == "shape"
    assert not found("y = C x", f"{uses.replace('i - j', 'i - j + 1')}\n{zero}")
    assert "out of its range" in found("y = C x", uses).message


def test_a_function_of_elements_or_rows_is_given_all_at_once_only_where_that_is_the_same() -> None:
    asked: list[Any] = []

    def make(python: Any, rank: int) -> Function:
        def call(a: Any) -> Any:
            asked.append(np.shape(a))
            return to_value(python(to_python(a)))

        return Function(call, (rank,), batches={})

    column, matrix = np.arange(3.0).reshape(-1, 1), np.arange(6.0).reshape(2, 3)
    for python, once in ((np.exp, True), (lambda a: a - np.mean(a), False), (lambda a: 1.0 if a > 0 else 0.0, False)):
        function, expected = make(python, 0), [python(a) for a in (0.0, 1.0, 2.0)]
        for _ in range(2):
            asked.clear()
            assert function(column)[:, 0].tolist() == pytest.approx(expected)
        assert asked == ([(3, 1)] if once else [()] * 3)
    for python, once in ((lambda a: a / a.sum(axis=-1, keepdims=True), True), (lambda a: a / a.sum(), False), (lambda a: a[: 3 if a.ndim == 1 else 1], False)):
        function = make(python, 1)
        for _ in range(2):
            asked.clear()
            assert function(matrix) == pytest.approx(np.stack([python(row) for row in matrix]))
        assert asked == ([(2, 3)] if once else [(3, 1)] * 2)


def test_a_definition_by_itself_ends() -> None:
    where = "x_i \\in \\mathbb{R}, \\ i = 1, \\dots, n"
    text = r"\begin{aligned} s_i &= s_{i-1} + x_i \\ r &= s_n \end{aligned}"
    made = prepare(block(text, where, gives="r \\in \\mathbb{R}", uses="s_0 = 0"), lambda x: float(sum(x)), {})
    assert made.judge(text)
    for wrong in ("s_{i}", "s_{i+1}", "s_{i-2}", "s_{1}", "s_{0}"):
        assert not made.judge(text.replace("s_{i-1}", wrong))
