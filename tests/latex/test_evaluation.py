"""A formula's LaTeX evaluated at given arguments: the numbers of its function, without the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlref.latex.check import Prepared, prepare
from dlref.latex.declared import python_name
from dlref.latex.docstring import FormulaError
from dlref.latex.evaluation import arguments_of, evaluate
from dlref.latex.names import key
from dlref.latex.values import FiniteLaw, Law, deviation, to_value
from tests.latex.formulas import block, formulas, prepared

# What has no value but a law, and what is fulfilled rather than computed.
LAWS = {"ancestral-sampling", "generative-sampling", "vae-posterior", "xavier-uniform", "he-uniform"}
LAWS |= {"diffusion-forward", "diffusion-reverse", "diffusion-closed-form", "diffusion-posterior"}
SOLVED = {"hard-margin-svm", "soft-margin-svm", "minimize-loss", "lasso", "ridge"}


def distance(value: Any, expected: Any) -> float:
    """How far a value is from a function's, shapes included."""
    if isinstance(value, (tuple, list)):
        assert isinstance(expected, (tuple, list)) and len(value) == len(expected)
        return max(distance(one, other) for one, other in zip(value, expected, strict=True))
    assert np.shape(value) == np.shape(expected)
    return deviation(to_value(np.asarray(value, dtype=float)), to_value(np.asarray(expected, dtype=float)))


@pytest.mark.parametrize("id_", [id_ for id_, (b, _) in formulas().items() if b.call != "statement"])
def test_the_latex_has_the_values_of_the_function(id_: str) -> None:
    made = prepared(id_)
    for trial in made.trials[:4]:
        arguments = made.found.python_arguments(trial.env)
        implied = {python_name(size): trial.env[key(size)] for size in made.found.sizes if python_name(size)}
        try:
            value = evaluate(made, *arguments)
        except FormulaError as error:
            if id_ in SOLVED:
                assert "not how to find it" in str(error)
                return
            assert "give it by its name" in str(error), error
            value = evaluate(made, *arguments, **implied)
        if id_ in LAWS:
            drawn = value[0] if isinstance(value, tuple) else value
            assert all(isinstance(law, (Law, FiniteLaw)) for law in (drawn.flat if isinstance(drawn, np.ndarray) else [drawn]))
            return
        assert distance(value, made.run(trial.env, trial.number)) < 1e-8


def made(latex: str, where: str, function: Callable[..., Any], **parts: Any) -> Prepared:
    return prepare(block(latex, where, **parts), function, {})


def scaled(x: Any, y: Any, *, delta: float = 2.0) -> Any:
    return delta * (np.asarray(x) @ np.asarray(y))


SCALED = (r"r = \delta x^\top y", "x \\in \\mathbb{R}^n\ny \\in \\mathbb{R}^n\n\\delta \\in \\mathbb{R}_{>0}")


def test_the_function_is_not_asked() -> None:
    count = 0

    def counted(x: float) -> float:
        nonlocal count
        count += 1
        return x * x

    formula = made("r = x^2", r"x \in \mathbb{R}", counted)
    drawn = count
    assert evaluate(formula, 3) == 9
    assert count == drawn


def test_arguments_come_by_place_by_name_or_by_default() -> None:
    formula = made(*SCALED, scaled, call="scaled(x, y, delta=delta)")
    assert arguments_of(formula.call, formula.block.call, scaled)["delta"] == 2.0
    assert evaluate(formula, [1, 2], [3, 4]) == 22
    assert evaluate(formula, [1, 2], [3, 4], delta=3.0) == 33
    assert evaluate(formula, y=[3, 4], x=[1, 2], delta=1) == 11


@pytest.mark.parametrize(
    ("arguments", "named", "error", "message"),
    [
        ((), {}, TypeError, "needs the arguments x, y"),
        (([1.0], [1.0], 1.0, 1.0), {}, TypeError, "takes 3 arguments (x, y, delta), got 4"),
        (([1.0],), {"x": [1.0]}, TypeError, "got 'x' twice"),
        (([1.0], [1.0]), {"lam": 1.0}, TypeError, "no argument 'lam', expected x, y, delta, n"),
        (([1.0], [1.0, 2.0]), {}, ValueError, r"an axis of 'y \in \mathbb{R}^n' has the length 1 with the sizes of the other arguments, got 2"),
        (([[1.0]], [1.0]), {}, ValueError, r"'x \in \mathbb{R}^n' takes 1 axes, got the shape (1, 1)"),
        ((["a"], [1.0]), {}, ValueError, "takes numbers, got ['a']"),
        (([[1.0], [1.0, 2.0]], [1.0]), {}, ValueError, "takes numbers, got [[1.0], [1.0, 2.0]]"),
        (([1.0], [1.0]), {"delta": -1.0}, ValueError, r"-1.0 is outside '\delta \in \mathbb{R}_{>0}'"),
    ],
)
def test_wrong_arguments_are_told(arguments: tuple[Any, ...], named: dict[str, Any], error: type[Exception], message: str) -> None:
    formula = made(*SCALED, scaled, call="scaled(x, y, delta=delta)")
    with pytest.raises(error) as caught:
        evaluate(formula, *arguments, **named)
    assert message in str(caught.value)


def test_a_nan_goes_through_the_formula() -> None:
    formula = made(r"r = x^2", r"x \in \mathbb{R}_{>0}", lambda x: x * x)
    assert np.isnan(evaluate(formula, np.nan))


def test_an_indexed_result_is_given_at_all_indices() -> None:
    where = "x_i \\in \\mathbb{R}, \\ i = 0, \\dots, n - 1"
    formula = made(
        r"r_{2i} = x_i, \quad r_{2i+1} = -x_i", where, lambda x: np.ravel(np.column_stack([x, -np.asarray(x)])), gives="r_j \\in \\mathbb{R}, \\ j = 0, \\dots, 2 n - 1"
    )
    assert evaluate(formula, [1.0, 5.0]).tolist() == [1, -1, 5, -5]


def test_a_size_follows_from_an_axis_that_is_linear_in_it() -> None:
    where = "x \\in \\mathbb{R}^{2 n + 1}\ny \\in \\mathbb{R}^n"
    formula = made(r"r = \sum_{i=1}^{n} (x_i + y_i)", where, lambda x, y: sum(x[: len(y)]) + sum(y))
    assert evaluate(formula, np.arange(5.0), np.ones(2)) == 3
    with pytest.raises(ValueError, match="has the length"):
        evaluate(formula, np.arange(6.0), np.ones(2))


def test_members_of_a_chain_are_compared_with_one_another() -> None:
    formula = made(r"r = (x - 1)^2 = x^2 - 2 x + 1", r"x \in \mathbb{R}", lambda x: (x - 1) ** 2)
    assert evaluate(formula, 3.0) == 4


def test_results_that_a_left_side_is_built_from_are_handed_out() -> None:
    text = r"\begin{pmatrix} t \\ s \end{pmatrix} = \begin{pmatrix} x + y \\ x - y \end{pmatrix}"
    formula = made(text, "x \\in \\mathbb{R}\ny \\in \\mathbb{R}", lambda x, y: (x - y, x + y), gives="s \\in \\mathbb{R}\nt \\in \\mathbb{R}")
    assert evaluate(formula, 3, 1) == (2, 4)


@pytest.mark.parametrize(("text", "function"), [("2 s = x", lambda x: x / 2), ("s^2 = x", np.sqrt), ("s + 1 = x", lambda x: x - 1)])
def test_an_equation_for_a_result_is_no_recipe(text: str, function: Callable[..., Any]) -> None:
    formula = made(text, r"x \in \mathbb{R}_{>0}", function, gives=r"s \in \mathbb{R}")
    with pytest.raises(ValueError, match="it does not say how to find them"):
        evaluate(formula, 1.0)


def test_functions_are_handed_over() -> None:
    formula = made(r"r = \phi(x)^\top \phi(x)", "\\phi : \\mathbb{R} \\to \\mathbb{R}\nx \\in \\mathbb{R}^n", lambda phi, x: float(phi(x) @ phi(x)))
    assert evaluate(formula, np.square, [1, 2]) == 17
    with pytest.raises(ValueError, match="takes a function, got 3"):
        evaluate(formula, 3, [1, 2])


def test_a_statement_has_no_value() -> None:
    with pytest.raises(ValueError, match="predictor-map is a statement"):
        evaluate(prepared("predictor-map"))
