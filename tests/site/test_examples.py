"""The numbers of the worked examples: the tables that the pages print hold what dlref computes."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlref.linear import (
    Perceptron,
    hard_margin_svm,
    least_squares,
    logistic_loss,
    logistic_proba,
    margin_width,
    perceptron_update,
    score,
    sign_classifier,
    soft_margin_svm,
    squared_risk,
)
from dlref.losses import hinge, zero_one
from dlref.risk import bias_squared, empirical_risk, expected_risk, expected_squared_error, variance
from tests.site.test_prose import fences, run

ROOT = Path(__file__).parents[2]
FOUNDATIONS, RISKS = Path("principles/foundations.md"), Path("principles/risk-minimization.md")
MODELS = Path("principles/basic-models.md")

pytestmark = [pytest.mark.ch1, pytest.mark.parametrize("language", ["ja", "en"])]


def page(language: str, path: Path) -> str:
    """The source of a page."""
    return (ROOT / "docs" / language / path).read_text(encoding="utf8")


def box(language: str, path: Path, id_: str) -> str:
    """The text of the box with an id."""
    found = re.search(rf"^(/{{3,}}) [^\n]*\n    attrs: {{id: {id_}}}\n(.*?)^\1$", page(language, path), re.M | re.S)
    assert found, f"no box {id_}"
    return found[2]


def gives(text: str, *formulas: str) -> None:
    """The formulas with numbers that a text has in both languages."""
    assert [formula for formula in formulas if f"${formula}$" not in text] == []


def tables(language: str, path: Path, id_: str) -> list[list[list[float]]]:
    """The numbers in the tables of a box: a list a row, of whatever numbers its cells hold."""
    found: list[list[list[float]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", box(language, path, id_), re.M):
        found.append([[float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", row)] for row in block.splitlines()[2:]])
    return found


def threshold(theta: int) -> Callable[[Any], float]:
    """The predictor "spam if there are at least theta links"."""
    return lambda x: 1.0 if x >= theta else -1.0


def mail(language: str) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], int]]:
    """Probabilities and counts of the example by number of links and label, from its two tables."""
    distribution, counts = tables(language, FOUNDATIONS, "example-mail")
    cells = [(int(row[0]), label, row[column]) for row in distribution for column, label in ((1, -1), (2, 1))]
    numbers = [(int(row[0]), label, int(row[column])) for row in counts for column, label in ((1, -1), (2, 1))]
    return {(x, y): p for x, y, p in cells}, {(x, y): n for x, y, n in numbers}


def risks(language: str, theta: int) -> tuple[float, float]:
    """Empirical and expected risk of a threshold."""
    p, counts = mail(language)
    samples = [point for point, n in counts.items() for _ in range(n)]
    x, y = zip(*samples, strict=True)
    empirical = empirical_risk(threshold(theta), zero_one, list(x), list(y))
    x, y = zip(*p, strict=True)
    return float(empirical), float(expected_risk(threshold(theta), zero_one, list(x), list(y), list(p.values())))


def multinomial(n: int, cells: int) -> Iterator[tuple[int, ...]]:
    """All ways to put n samples into some cells."""
    for bars in itertools.combinations(range(n + cells - 1), cells - 1):
        edges = (-1, *bars, n + cells - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(edges))


def training_sets(language: str, n: int) -> Iterator[tuple[float, list[float]]]:
    """Every training set of n messages: its probability, and the empirical risks of the four thresholds."""
    p, _ = mail(language)
    weights = [Fraction(str(value)) for value in p.values()]
    errors = [[int(threshold(theta)(x) != y) for x, y in p] for theta in range(4)]
    for counts in multinomial(n, len(weights)):
        ways = math.factorial(n) // math.prod(map(math.factorial, counts))
        probability = ways * math.prod(w**c for w, c in zip(weights, counts, strict=True))
        yield float(probability), [sum(e * c for e, c in zip(row, counts, strict=True)) / n for row in errors]


def test_the_risks_of_the_mail_example(language: str) -> None:
    p, counts = mail(language)
    assert math.fsum(p.values()) == pytest.approx(1) and sum(counts.values()) == 10
    assert risks(language, 1) == pytest.approx((0.1, 0.25))
    text = box(language, FOUNDATIONS, "example-mail")
    assert "0.25" in text and "0.1" in text


def test_the_code_of_the_mail_example_has_the_numbers_of_its_tables(language: str) -> None:
    p, counts = mail(language)
    code = next(code for code, _ in fences(language, FOUNDATIONS) if "empirical_risk" in code)
    lists = [[float(n) for n in found.split(",")] for found in re.findall(r"\[([^\]]*)\]", code)]
    x, y, weights, more_x, more_y = lists
    assert dict(zip(zip(x, y, strict=True), weights, strict=True)) == p
    assert sorted(zip(more_x, more_y, strict=True)) == sorted(point for point, n in counts.items() for _ in range(n))


def test_the_risks_of_the_four_thresholds(language: str) -> None:
    (rows,) = tables(language, RISKS, "example-selection")
    assert [row[0] for row in rows] == [0, 1, 2, 3]
    for theta, *printed in rows:
        assert risks(language, int(theta)) == pytest.approx(tuple(printed))


def test_no_predictor_of_the_number_of_links_has_a_smaller_risk_than_the_best_threshold(language: str) -> None:
    p, _ = mail(language)
    x, y = zip(*p, strict=True)
    every = [dict(enumerate(labels)) for labels in itertools.product([-1.0, 1.0], repeat=3)]
    found = [expected_risk(lambda point, f=f: f[int(point)], zero_one, list(x), list(y), list(p.values())) for f in every]
    assert min(found) == pytest.approx(0.2) and "0.2" in box(language, RISKS, "example-selection")


def test_the_simulation_of_the_choice_agrees_with_the_exact_expectations(language: str) -> None:
    """The empirical risk of the chosen threshold is too low, its expected risk too high, the choice mostly wrong."""
    expected = [risks(language, theta)[1] for theta in range(4)]
    empirical, real, missed = 0.0, 0.0, 0.0
    for probability, found in training_sets(language, 10):
        chosen = found.index(min(found))
        empirical += probability * found[chosen]
        real += probability * expected[chosen]
        missed += probability * (chosen != 2)
    code = next(code for code, _ in fences(language, RISKS) if "multinomial" in code)
    printed = [float(n) for n in re.findall(r"\d+\.\d+", run(code)[0][0])]
    assert printed == pytest.approx([empirical, real, missed], abs=0.0051)


def test_the_code_of_the_choice_has_the_numbers_of_the_mail_example(language: str) -> None:
    p, _ = mail(language)
    code = next(code for code, _ in fences(language, RISKS) if "multinomial" in code)
    names: dict[str, Any] = {}
    exec(code.split("\n\n\n")[0], names)
    assert names["p"].tolist() == list(p.values())
    assert names["wrong"].tolist() == [[int(threshold(theta)(x) != y) for x, y in p] for theta in range(4)]


def test_the_standard_deviations_of_an_error_rate(language: str) -> None:
    text = (ROOT / "docs" / language / RISKS).read_text(encoding="utf8")
    p, losses = np.array([0.75, 0.25]), np.array([0.0, 1.0])
    one = math.sqrt(p @ losses**2 - (p @ losses) ** 2)
    assert f"{one / math.sqrt(10):.3f}" == "0.137" and "0.137" in text
    assert f"{one / math.sqrt(1000):.3f}" == "0.014" and "0.014" in text


def test_the_bound_for_finitely_many_candidates_holds_and_has_the_printed_values(language: str) -> None:
    text = box(language, RISKS, "addition-uniform")
    bound = {n: math.sqrt(math.log(2 * 4 / 0.05) / (2 * n)) for n in (10, 1000)}
    assert f" {bound[10]:.2f}" in text and f" {bound[1000]:.3f}" in text
    expected = [risks(language, theta)[1] for theta in range(4)]
    for n in (5, 10):
        limit = math.sqrt(math.log(2 * 4 / 0.05) / (2 * n))
        inside = [
            probability
            for probability, found in training_sets(language, n)
            if max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= limit
        ]
        assert math.fsum(inside) >= 0.95


def test_the_steps_of_gradient_descent(language: str) -> None:
    x = np.array([[a, b] for a in (-2.0, -1.0, 1.0, 2.0) for b in (-1.0, 1.0)])
    y = np.sign(x[:, 0])
    for w_1 in (-1.0, 0.0, 0.4, 2.0):
        assert squared_risk(x, y, [w_1, 0.0], 0.0) == pytest.approx(0.1 + 2.5 * (w_1 - 0.6) ** 2)
    w, b = np.zeros(2), 0.0
    (rows,) = tables(language, FOUNDATIONS, "example-plane")
    assert [row[0] for row in rows] == [0, 1, 2, 3]
    for _, first, risk in rows:
        assert w[0] == pytest.approx(first, abs=1e-12) and w[1] == b == 0
        assert round(float(squared_risk(x, y, w, b)), 4) == pytest.approx(risk, abs=1.01e-4)  # half-way cases may go either way
        residual = y - (x @ w + b)
        w, b = w + 0.1 * 2 * x.T @ residual / 8, b + 0.1 * 2 * residual.mean()
    assert (sign_classifier(x, [0.6, 0.0], 0.0) == y).all()
    assert squared_risk(x, y, [0.6, 0.0], 0.0) == pytest.approx(0.1)


def test_the_cautious_prediction(language: str) -> None:
    (rows,) = tables(language, RISKS, "example-shrinkage")
    assert [row[0] for row in rows] == [0, 0.5, 1]
    for factor, *predictions, bias, spread, noise, total in rows:
        assert predictions == [0 * factor, 2 * factor]
        assert bias == pytest.approx(bias_squared(predictions, 1.0))
        assert spread == pytest.approx(variance(predictions))
        assert noise == 1
        assert total == pytest.approx(expected_squared_error(predictions, 1.0, sigma=1.0))


def test_what_the_text_says_about_the_figure_of_bias_and_variance(language: str) -> None:
    """Nothing but the degree and the sample sizes is put in here; the values are the laws of a fixed design."""
    text = (ROOT / "docs" / language / RISKS).read_text(encoding="utf8")
    x = np.linspace(0, 1, 16)
    f_star = np.exp(-4 * x) * np.cos(10 * x)
    totals = []
    for degree in range(13):
        fit = np.polynomial.Chebyshev.fit(x, f_star, degree)(x)
        totals.append(np.mean((fit - f_star) ** 2) + 0.3**2 * (degree + 1) / 16 + 0.3**2)
    best = int(np.argmin(totals))
    assert (f"次数 {best} で最小の {totals[best]:.3f}" if language == "ja" else f"degree {best}, where it is {totals[best]:.3f}") in text
    assert f"$0.09 \\times 4 / 16 = {0.3**2 * 4 / 16:.4f}$" in text


def points(language: str) -> tuple[Any, Any]:
    """The points A to D of section 1.4 and their labels, from their table."""
    rows = np.array(tables(language, MODELS, "example-points")[0])
    return rows[:, :2], rows[:, 2]


def rounded(value: Any, digits: int) -> Any:
    """Near enough to be printed so."""
    return pytest.approx(value, rel=0, abs=0.5001 * 10.0**-digits)


def test_the_updates_of_the_perceptron(language: str) -> None:
    x, y = points(language)
    text = box(language, MODELS, "example-perceptron")
    (printed,) = tables(language, MODELS, "example-perceptron")
    assert [row[0] for row in re.findall(r"^\| \d \| (\w)", text, re.MULTILINE)] == ["A", "C", "C"]
    w, b = np.zeros(2), 0.0
    found, last = [], []
    for turn in (1, 2, 3):
        last = []
        for x_i, y_i in zip(x, y, strict=True):
            before = float(y_i * score(x_i, w, b))
            last.append(before)
            if before <= 0:
                w, b = perceptron_update(x_i, y_i, w, b, eta=1.0)
                found.append([turn, before, *w, b])
    assert found == printed and len(printed) == 3
    assert last == [7, 9, 1, 3] and (w.tolist(), b) == ([2, 2], -1)
    assert re.search(r"7\D+9\D+1\D+3", text)
    for point, distance in ((x[2], 0.354), (x[0], 2.475)):
        assert abs(score(point, w, b)) / math.hypot(*w) == rounded(distance, 3) and f"{distance}" in text
    backwards = Perceptron(eta=1.0, max_epochs=100).fit(x[::-1], y[::-1])
    assert (backwards.w_.tolist(), backwards.b_) == ([3, 3], -1)


def test_the_bound_on_the_updates_of_the_perceptron(language: str) -> None:
    x, y = points(language)
    text = box(language, MODELS, "addition-novikoff")
    w, b = np.array([0.5, 0.5]), -1.0
    r2, gamma2 = max(x_i @ x_i + 1 for x_i in x), min(y * score(x, w, b)) ** 2 / (w @ w + b * b)
    assert (r2, gamma2, r2 / gamma2) == pytest.approx((18, 2 / 3, 27))
    assert all(printed in text for printed in ("R^2 = 18", "\\frac{2}{3}", " 27 ", " = 144$", " 233", " 17,690"))


def test_the_hours_of_study(language: str) -> None:
    text = box(language, MODELS, "example-logistic")
    (passed, probabilities) = tables(language, MODELS, "example-logistic")[0]
    hours = [[float(k)] for k in range(1, 7)]
    w, b = np.array([1.2140275672]), -4.2490964852
    p = logistic_proba(hours, w, b)
    assert [(p - passed).sum(), (p - passed) @ np.array(hours)[:, 0]] == pytest.approx([0, 0], abs=1e-7)
    assert p == rounded(probabilities, 4)
    assert sum(p) == pytest.approx(sum(passed)) and sum(passed) == 3
    printed = {
        "1.2140": w[0],
        "-4.2491": b,
        "2.4780": logistic_loss(hours, passed, w, b),
        "4.1589": logistic_loss(hours, passed, [0.0], 0.0),
    }
    for number, value in printed.items():
        assert number in text and float(number) == rounded(value, 4)
    assert -b / w[0] == pytest.approx(3.5) and math.exp(w[0]) == rounded(3.37, 2)


def test_the_loss_of_separable_data(language: str) -> None:
    x, y = points(language)
    ((*printed, smallest),) = tables(language, MODELS, "addition-separable")[0]
    found = [logistic_loss(x, (y + 1) / 2, [k / 2, k / 2], -float(k)) for k in (1, 2, 4, 8, 16)]
    assert found[:4] == rounded(printed, 4) and found[4] == rounded(smallest, 7)


def test_the_margin_of_the_four_points(language: str) -> None:
    x, y = points(language)
    (printed,) = tables(language, MODELS, "example-svm")
    w, b = hard_margin_svm(x, y)
    assert [*w, b] == pytest.approx([0.5, 0.5, -1])
    assert np.column_stack([score(x, w, b), y * score(x, w, b)]) == pytest.approx(np.array(printed))
    assert w == pytest.approx((x[0] - x[2]) / 4)
    assert margin_width(w) == pytest.approx(math.dist(x[0], x[2])) and margin_width(w) == rounded(2.828, 3)


def test_the_price_of_a_wrong_label(language: str) -> None:
    x, y = points(language)
    x, y = np.vstack([x, [4.0, 4.0]]), np.append(y, -1.0)
    text = box(language, MODELS, "example-soft-margin")
    (printed,) = tables(language, MODELS, "example-soft-margin")
    wrong = [row.split("|")[-2].strip() for row in text.splitlines() if re.match(r"\| [\d.]", row)]
    for (c, w_1, w_2, intercept, width, hinges), names in zip(printed, wrong, strict=True):
        w, b = soft_margin_svm(x, y, c=c)
        assert [*w, b] == rounded([w_1, w_2, intercept], 4)
        assert margin_width(w) == rounded(width, 3) and hinge(y, score(x, w, b)).sum() == rounded(hinges, 4)
        assert ", ".join(np.array(list("ABCDE"))[sign_classifier(x, w, b) != y]) == names
    larger, last = soft_margin_svm(x, y, c=1000.0), soft_margin_svm(x, y, c=printed[-1][0])
    assert [*larger[0], float(larger[1])] == pytest.approx([*last[0], float(last[1])])


def test_the_two_classes_of_scikit_learn(language: str) -> None:
    from sklearn.svm import SVC, LinearSVC

    x, y = points(language)
    x, y = np.vstack([x, [4.0, 4.0]]), np.append(y, -1.0)
    (printed,) = tables(language, MODELS, "convention-svc")
    options = {"C": 1.0, "tol": 1e-10, "max_iter": 10_000_000}
    models = [SVC(kernel="linear", **options), LinearSVC(loss="hinge", **options), LinearSVC(**options)]
    for model, numbers in zip(models, printed, strict=True):
        model.fit(x, y)
        assert [*model.coef_[0], *model.intercept_] == rounded(numbers, 4)


def test_the_four_examples_of_linear_regression(language: str) -> None:
    text = box(language, MODELS, "example-linear-regression")
    printed = np.array(tables(language, MODELS, "example-linear-regression")[0])
    x, y = printed[:, :1], printed[:, 1]
    w, b = least_squares(x, y)
    assert [*w, b] == pytest.approx([1.2, 0.7])
    assert np.column_stack([score(x, w, b), y - score(x, w, b)]) == pytest.approx(printed[:, 2:])
    augmented = np.column_stack([x, np.ones(4)])
    assert (augmented.T @ augmented).tolist() == [[14, 6], [6, 4]] and (augmented.T @ y).tolist() == [21, 10]
    assert squared_risk(x, y, w, b) == pytest.approx(0.45)
    assert all(number in text for number in ("14 & 6 \\\\ 6 & 4", "21 \\\\ 10", "= 1.2$", "= 0.7$", "= 0.45$"))
