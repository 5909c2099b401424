"""What a page's worker asks of Python: code of a reader is run, a formula is checked as the reader has written it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

import dlref
from dlref import _browser

# Five formulas, twenty mistakes in each: five of each kind, as (text, mistake).
MISTAKES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "huber-loss": {
        "signs": [
            (r"\frac{1}{2}(y - \hat{y})", r"\frac{1}{2}(y + \hat{y})"),
            (r"|y - \hat{y}| \leq", r"|y + \hat{y}| \leq"),
            (r"|y - \hat{y}| - \frac", r"|y + \hat{y}| - \frac"),
            (r"| - \frac{\delta}", r"| + \frac{\delta}"),
            (r"\begin{cases} \frac", r"\begin{cases} -\frac"),
        ],
        "symbols": [
            (r"\frac{1}{2}(y", r"\frac{1}{3}(y"),
            (r"(y - \hat{y})^2", r"(y - \delta)^2"),
            (r"\leq \delta", r"\leq 2"),
            (r"\leq \delta", r"\geq \delta"),
            (r"\frac{\delta}{2}", r"\frac{\hat{y}}{2}"),
        ],
        "structure": [
            (r"(y - \hat{y})^2", r"(y - \hat{y}^2)"),
            (r"(y - \hat{y})^2", r"(y - \hat{y})^3"),
            (r"\delta\left(|y - \hat{y}| - \frac{\delta}{2}\right)", r"\delta |y - \hat{y}| - \frac{\delta}{2}"),
            (r"\frac{\delta}{2}", r"\frac{2}{\delta}"),
            (r"|y - \hat{y}| - \frac", r"(y - \hat{y}) - \frac"),
        ],
        "unreadable": [
            (r"\frac{1}{2}", r"\frac{1}{2"),
            (r"\left(|", r"\left|"),
            (r"\end{cases}", ""),
            (r"\frac{\delta}{2}", r"\fraction{\delta}{2}"),
            (r"(y - \hat{y})^2", r"(y - \hat{y})^^2"),
        ],
    },
    "gaussian-kl": {
        "signs": [
            (r"\mu_j^2 + \sigma", r"\mu_j^2 - \sigma"),
            (r"- \log", r"+ \log"),
            ("- 1", "+ 1"),
            (r"= \frac", r"= -\frac"),
            (r"\mu_j^2 +", r"-\mu_j^2 +"),
        ],
        "symbols": [
            (r"\frac{1}{2}", r"\frac{1}{3}"),
            (r"\mu_j^2 + \sigma", r"\sigma_j^2 + \sigma"),
            (r"\log \sigma_j", r"\log \mu_j"),
            (r"\sum_{j=1}", r"\sum_{j=2}"),
            (r"\log", r"\exp"),
        ],
        "structure": [
            (r"\mu_j^2", r"\mu_j"),
            (r"\log \sigma_j^2", r"\log \sigma_j"),
            (r"\left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 \right)", r"\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1"),
            (r"^{J} \left", r"^{J-1} \left"),
            (r"\frac{1}{2}", r"\frac{2}{1}"),
        ],
        "unreadable": [
            (r"\frac{1}{2}", r"\frac{1}{"),
            (r"- 1 \right)", "- 1"),
            (r"\sum_{j=1}", r"\sum_{j=1"),
            (r"\log \sigma", r"\logarithm \sigma"),
            (r"\mu_j^2 +", r"\mu_j^ +"),
        ],
    },
    "batch-normalization": {
        "signs": [
            (r"x - \mu", r"x + \mu"),
            (r"\sigma^2 +", r"\sigma^2 -"),
            (r"\hat{x} + \beta", r"\hat{x} - \beta"),
            (r"y = \gamma", r"y = -\gamma"),
            (r"\hat{x} = \frac", r"\hat{x} = -\frac"),
        ],
        "symbols": [
            (r"x - \mu", r"x - \beta"),
            (r"y = \gamma", r"y = \beta"),
            (r"+ \beta", r"+ \gamma"),
            (r"+ \epsilon", r"+ \gamma"),
            (r"\gamma \hat{x}", r"\gamma x"),
        ],
        "structure": [
            (r"\sqrt{\sigma^2 + \epsilon}", r"\sigma^2 + \epsilon"),
            (r"\sigma^2 + \epsilon", r"\sigma^2"),
            (r"\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}", r"(x - \mu) \sqrt{\sigma^2 + \epsilon}"),
            (r"\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}", r"x - \frac{\mu}{\sqrt{\sigma^2 + \epsilon}}"),
            (r"\gamma \hat{x} + \beta", r"\gamma (\hat{x} + \beta)"),
        ],
        "unreadable": [
            (r"\sqrt{\sigma^2 + \epsilon}}", r"\sqrt{\sigma^2 + \epsilon}"),
            (r"\frac{x - \mu}", r"\frac{x - \mu"),
            (r"\sigma^2", r"\sigma^"),
            (r"y = \gamma", r"y = \gama"),
            (r"\hat{x} + \beta", r"\hat{x} + \beta)"),
        ],
    },
    "adam": {
        "signs": [
            (r"m_{t-1} + (1", r"m_{t-1} - (1"),
            (r"(1 - \beta_1)", r"(1 + \beta_1)"),
            (r"(1 - \beta_2)", r"(1 + \beta_2)"),
            (r"\theta - \eta", r"\theta + \eta"),
            (r"\frac{m_t}{1 - \beta", r"\frac{m_t}{1 + \beta"),
        ],
        "symbols": [
            (r"\beta_1 m", r"\beta_2 m"),
            (r"\beta_2 v", r"\beta_1 v"),
            (r"\frac{m_t}{1", r"\frac{g_t}{1"),
            (r"\beta_1^t", r"\beta_2^t"),
            (r"+ \epsilon", r"+ \eta"),
        ],
        "structure": [
            (r"g_t \circ g_t", r"g_t"),
            (r"\sqrt{\hat{v}_t} + \epsilon", r"\sqrt{\hat{v}_t + \epsilon}"),
            (r"\sqrt{\hat{v}_t}", r"\hat{v}_t"),
            (r"1 - \beta_2^t", r"(1 - \beta_2)^t"),
            (r"\hat{m}_t}{\sqrt", r"m_t}{\sqrt"),
        ],
        "unreadable": [
            (r"\begin{aligned}", ""),
            (r"\sqrt{\hat{v}_t}", r"\sqrt{\hat{v}_t"),
            (r"(1 - \beta_1)", r"(1 - \beta_1"),
            (r"\leftarrow", r"\leftarow"),
            (r"\frac{m_t}", r"\frac m_t}"),
        ],
    },
    "lstm-cell": {
        "signs": [
            ("+ b_f", "- b_f"),
            ("x_t + U_i", "x_t - U_i"),
            (r"o_t &= \sigma(W", r"o_t &= \sigma(-W"),
            (r"c_{t-1} + i_t", r"c_{t-1} - i_t"),
            (r"h_t &= o_t", r"h_t &= -o_t"),
        ],
        "symbols": [
            ("W_f x_t", "W_i x_t"),
            ("U_o h_{t-1}", "U_c h_{t-1}"),
            ("b_c)", "b_o)"),
            (r"f_t \odot c_{t-1}", r"i_t \odot c_{t-1}"),
            (r"f_t \odot c_{t-1}", r"f_t \odot h_{t-1}"),
        ],
        "structure": [
            (r"o_t \odot \tanh(c_t)", r"o_t \odot c_t"),
            (r"\tilde{c}_t &= \tanh(", r"\tilde{c}_t &= \sigma("),
            (r"o_t \odot \tanh(c_t)", r"\tanh(o_t \odot c_t)"),
            (r"f_t \odot c_{t-1} + i_t", r"c_{t-1} + i_t"),
            ("U_f h_{t-1}", r"U_f^\top h_{t-1}"),
        ],
        "unreadable": [
            ("+ b_f)", "+ b_f"),
            ("h_{t-1} + b_i", "h_{t-1 + b_i"),
            (r"\end{aligned}", ""),
            (r"\odot c_{t-1}", r"\odott c_{t-1}"),
            (r"\tilde{c}_t \\", r"\tilde{c}_t \\ \\ ="),
        ],
    },
}
# Five ways to write each that say the same.
REWRITTEN: dict[str, list[tuple[str, str]]] = {
    "huber-loss": [
        (r"(y - \hat{y})^2", r"(\hat{y} - y)^2"),
        (r"\frac{1}{2}(y - \hat{y})^2", r"\frac{(y - \hat{y})^2}{2}"),
        (r"\leq \delta", "< \\delta"),
        (r"\left(|y - \hat{y}| - \frac{\delta}{2}\right)", r"(|y - \hat{y}| - \frac{\delta}{2})"),
        (r"\\ ", "\\\\\n"),
    ],
    "gaussian-kl": [
        (r"\mu_j^2 + \sigma_j^2", r"\sigma_j^2 + \mu_j^2"),
        (r"\log \sigma_j^2", r"2 \log \sigma_j"),
        (r"\sum_{j=1}^{J}", r"\sum_{j=1}^J"),
        (r"\frac{1}{2} \sum", r"\frac12 \sum"),
        (r"- \log \sigma_j^2 - 1", r"- 1 - \log \sigma_j^2"),
    ],
    "batch-normalization": [
        (r"\gamma \hat{x} + \beta", r"\beta + \gamma \hat{x}"),
        (r"\sigma^2 + \epsilon", r"\epsilon + \sigma^2"),
        (r"\gamma \hat{x}", r"\hat{x} \gamma"),
        (r"\frac{x - \mu}{", r"\frac{-\mu + x}{"),
        (r", \quad", r", \qquad"),
    ],
    "adam": [
        (r"g_t \circ g_t", r"g_t \odot g_t"),
        (r"\beta_1 m_{t-1} + (1 - \beta_1)\, g_t", r"(1 - \beta_1) g_t + \beta_1 m_{t-1}"),
        (r"\theta - \eta\, \frac", r"\theta - \eta \frac"),
        (r"\sqrt{\hat{v}_t} + \epsilon", r"\epsilon + \sqrt{\hat{v}_t}"),
        (r"\qquad", r"\quad"),
    ],
    "lstm-cell": [
        (r"W_f x_t + U_f h_{t-1}", r"U_f h_{t-1} + W_f x_t"),
        (r"f_t \odot c_{t-1}", r"c_{t-1} \odot f_t"),
        (r"\odot \tanh(c_t)", r"\circ \tanh(c_t)"),
        (r"\sigma(W_i x_t + U_i h_{t-1} + b_i)", r"\sigma\left(W_i x_t + U_i h_{t-1} + b_i\right)"),
        (r"\\ ", "\\\\\n"),
    ],
}


def check(id_: str, latex: str) -> dict[str, Any]:
    return json.loads(_browser.check(id_, latex))  # type: ignore[no-any-return]


def run(code: str) -> dict[str, Any]:
    return json.loads(_browser.run(code))  # type: ignore[no-any-return]


@pytest.mark.parametrize("id_", MISTAKES)
def test_twenty_mistakes_in_a_formula_are_told(id_: str) -> None:
    latex = dlref.formula(id_).latex
    assert check(id_, latex)["ok"]
    for kind, edits in MISTAKES[id_].items():
        assert len(set(edits)) == 5
        for text, mistake in edits:
            assert text in latex, text
            said = check(id_, latex.replace(text, mistake, 1))
            assert not said["ok"], (kind, mistake)
            if kind == "unreadable":
                assert said["kind"] in ("grammar", "unknown symbol"), (mistake, said)
                assert said["reason"] and said["place"].endswith("^"), said


@pytest.mark.parametrize("id_", REWRITTEN)
def test_five_other_ways_to_write_a_formula_agree(id_: str) -> None:
    latex = dlref.formula(id_).latex
    for text, other in REWRITTEN[id_]:
        assert text in latex, text
        said = check(id_, latex.replace(text, other))
        assert said["ok"], said


def test_numbers_that_differ_are_told_with_the_draw() -> None:
    said = check("hinge-loss", r"\ell(y, f(x)) = \max(0, 1 + y f(x))")
    assert said["kind"] == "numbers"
    assert said["draw"] >= 1
    assert set(said["values"]) == {"formula", "function"} and all(float(value) >= 0 for value in said["values"].values())
    assert said["given"].startswith("y = ") and said["place"].endswith("^")
    assert said["reason"] == ""


def test_arrays_that_differ_are_told_with_their_numbers() -> None:
    said = check("lstm-cell", dlref.formula("lstm-cell").latex.replace("U_f h_{t-1}", r"U_f^\top h_{t-1}"))
    assert all(re.fullmatch(r"\[[-\d., ]+\]", value) for value in said["values"].values()), said["values"]


def test_values_of_several_lines_stay_whole() -> None:
    said = check("training-set", r"\mathcal{D} = \{ (x_i, -y_i) \mid i = 1, \dots, n \}")
    assert said["values"]["formula"].endswith(")") and said["values"]["function"].endswith(")") and "\n" in said["values"]["formula"]
    assert [line.strip() for line in said["place"].splitlines()] == [r"\mathcal{D} = \{ (x_i, -y_i) \mid i = 1, \dots, n \}", "^"]


LIBRARIES = """
import sys
from types import ModuleType
from dlref import _browser
_browser.prepare(%s)
import numpy as np, array_api_compat.numpy as xp
loaded = set(sys.modules)
print(sorted(name for name in np.__all__ if not hasattr(xp, name) and not isinstance(getattr(np, name), ModuleType)))
print("numpy.testing" in loaded, "numpy.f2py" in loaded, "dlref.losses" in loaded, "testing" in np.__all__, "testing" in dir(np), sys.dont_write_bytecode)
"""


@pytest.mark.parametrize("keep", [False, True])
def test_libraries_are_imported_without_the_parts_that_load_on_first_use(keep: bool) -> None:
    done = subprocess.run([sys.executable, "-c", LIBRARIES % keep], capture_output=True, text=True, check=True)
    # `test` runs NumPy's own tests: it is no part of the array API
    assert done.stdout.splitlines() == ["[]", f"False False {keep} True True True"]


def test_a_statement_is_compared_by_its_symbols() -> None:
    statement = next(found for found in dlref.formulas() if found.statement)
    said = check(statement.id, statement.latex)
    assert (said["ok"], said["kind"], said["deviation"], said["place"], said["draw"]) == (True, "statement", "0", "", 0)
    assert not check(statement.id, statement.latex + " + 1")["ok"]


def test_a_program_prints_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("print(1 + 1)", "print(__name__)", "print(2); exit()"):
        assert run(code) == {"error": "", "line": 0}
    assert capsys.readouterr().out == "2\n__main__\n2\n"


@pytest.mark.parametrize(
    ("code", "line", "last"),
    [
        ("def f():\n    raise ValueError('x')\n\nf()", 2, "ValueError: x"),
        ("import json\njson.loads('{')", 2, "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("x = 1\nx = = 2", 2, "SyntaxError: invalid syntax"),
        ("def f():\n    f()\nf()", 2, "RecursionError: maximum recursion depth exceeded"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt"),
    ],
)
def test_an_error_is_told_from_the_readers_code_on(code: str, line: int, last: str) -> None:
    said = run(code)
    assert said["line"] == line
    assert last in said["error"].splitlines()[-1]
    assert "_browser" not in said["error"]


def test_a_program_knows_nothing_of_the_one_before() -> None:
    assert run("x = 1") == {"error": "", "line": 0}
    assert "NameError: name 'x' is not defined" in run("print(x)")["error"]
