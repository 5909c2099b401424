"""The reader: one normal form for what looks the same, errors that show the place, and never another exception."""

from __future__ import annotations

import random

import pytest

from dlref.latex.reader import LatexError, read, texts
from tests.latex.formulas import formulas, prepared

HARMLESS = {
    "spacing between tokens": ("a + b", "a+b"),
    "thin space": (r"x\, y", "x y"),
    "wide space": (r"a, \qquad b", "a, b"),
    "negative space": (r"a\!b", "a b"),
    "left and right": (r"\left( a \right)", "(a)"),
    "left and right bars": (r"\left| a \right|", "|a|"),
    "sized brackets": (r"\bigl( a \bigr)", "(a)"),
    "braces around one token": ("{x} + y", "x + y"),
    "braces around several tokens": ("{x + y} + z", "x + y + z"),
    "braced scripts": ("x_i^2", "x_{i}^{2}"),
    "order of scripts": ("x^2_i", "x_i^2"),
    "prime": ("x'", r"x^{\prime}"),
    "fraction without braces": (r"\frac12", r"\frac{1}{2}"),
    "display fraction": (r"\dfrac{a}{b}", r"\frac{a}{b}"),
    "text fraction": (r"\tfrac{a}{b}", r"\frac{a}{b}"),
    "norm bars": (r"\lVert x \rVert", r"\|x\|"),
    "absolute bars": (r"\lvert x \rvert", "|x|"),
    "le": (r"a \le b", r"a \leq b"),
    "ge": (r"a \ge b", r"a \geq b"),
    "ne": (r"a \ne b", r"a \neq b"),
    "to": (r"X \to Y", r"X \rightarrow Y"),
    "gets": (r"a \gets b", r"a \leftarrow b"),
    "dots": (r"1, \ldots, n", r"1, \dots, n"),
    "asterisk": (r"a \ast b", "a * b"),
    "display style": (r"\displaystyle a", "a"),
    "brace label": (r"\underbrace{a}_{(1)}", "a"),
    "alignment": (r"\begin{aligned} a &= b \end{aligned}", r"\begin{aligned} a = b \end{aligned}"),
    "font of one letter": (r"\mathbf x", r"\mathbf{x}"),
    "accent of one letter": (r"\hat x", r"\hat{x}"),
    "numeral with spaces": (r"1 2 x", "12 x"),
    "numeral in pieces": (r"1{2} \, x", "12 x"),
    "decimal with spaces": ("0 . 5 x", "0.5 x"),
    "end of the last row": (r"\begin{cases} a & b \\ \end{cases}", r"\begin{cases} a & b \end{cases}"),
}

WRONG = {
    r"\frac{1}{": ("expected '}'", 9),
    "x_{i}_j": ("a second '_'", 5),
    r"\left( x": (r"expected \right", 8),
    "a & b": ("'&' outside an environment", 2),
    r"a + \foo": (r"'\foo' is not read here", 4),
    "a + é": ("'é' is not read here", 4),
    "^2": ("a script needs something before it", 0),
    "(a]": None,  # half-open intervals exist; the evaluator refuses them elsewhere
    "a)": ("')' closes nothing", 1),
    r"\begin{array} a \end{array}": ("the environment 'array' is not read", 0),
    r"\text{a $x$}": (r"expected {words} without LaTeX after \text", 0),
    r"\sqrt[3]{x}": ("only square roots are read", 5),
    r"x^\sqrt{2}": (r"'\sqrt' needs braces to be a script", 2),
    r"\underbrace{a}_{(2)}": ("expected the label _{(1)} under the brace", 14),
    r"\begin{aligned} a &= b & c \end{aligned}": ("a second '&' in a row of aligned", 23),
    r"\sqrt(x)": ("'(' needs braces to be a radicand", 5),
    "x_(i)": ("'(' needs braces to be a script", 2),
    r"\frac\mathbf{a}b": (r"'\mathbf' needs braces to be a numerator", 5),
    r"\hat\frac12": (r"'\frac' needs braces to be something under the accent", 4),
    r"\begin{cases} a & x_{b \\ c} \end{cases}": (r"'\\' outside an environment", 23),
    r"\begin{cases} a & \left( b \\ c \right) \end{cases}": (r"'\\' outside an environment", 27),
    "{a b}^2": ("a script on a group; write brackets", 5),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_looks_the_same_has_the_same_tokens(name: str) -> None:
    one, other = HARMLESS[name]
    assert texts(one) == texts(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(r"\epsilon", r"\varepsilon"), ("x_{ij}", "x_{i,j}"), (r"a \mid b", "a | b"), (r"\hat{x}", "x"), (r"\mathbf{x}", "x"), ("x'", "x"), ("(a)", "[a]"), ("a, b", "a; b"), (r"\|a\|", "|a|")],
)
def test_what_looks_different_has_other_tokens(one: str, other: str) -> None:
    assert texts(one) != texts(other)


@pytest.mark.parametrize("latex", [latex for latex, expected in WRONG.items() if expected])
def test_an_error_shows_the_place_as_a_compiler_does(latex: str) -> None:
    message, column = WRONG[latex] or ("", 0)
    with pytest.raises(LatexError) as caught:
        read(latex)
    _, line, caret = str(caught.value).split("\n")
    assert message in str(caught.value)
    assert line == "  " + latex
    assert caret == " " * (column + 2) + "^"


def test_tokens_know_their_place() -> None:
    assert [(t.text, t.at) for t in read(r"x + \hat{y}")] == [("x", 0), ("+", 2), (r"\hat{y}", 4)]


def test_deep_nesting_is_an_error_and_no_recursion() -> None:
    for latex in ("(" * 5000, "{" * 5000, r"\left(" * 5000, r"\hat" * 5000 + "x", r"\sqrt{" * 5000, "x^{" * 5000, r"\frac" * 5000):
        with pytest.raises(LatexError):
            read(latex)


def test_no_text_makes_the_reader_or_the_evaluator_raise_anything_else() -> None:
    """Seeded edits of every formula, and noise."""
    rng = random.Random(1)
    pieces = sorted({piece for block, _ in formulas().values() for piece in texts(block.latex)}) + ["&", r"\\", "{", "}", "'", r"\left", r"\right", " "]
    for id_, (block, _) in formulas().items():
        for _ in range(6):
            letters = list(block.latex)
            for _ in range(rng.randrange(1, 4)):
                k = rng.randrange(len(letters))
                letters[k : k + rng.randrange(3)] = rng.choice(pieces) if rng.random() < 0.7 else chr(rng.randrange(32, 0x2FF))
            prepared(id_).judge("".join(letters))
        prepared(id_).judge(" ".join(rng.choice(pieces) for _ in range(rng.randrange(25))))
