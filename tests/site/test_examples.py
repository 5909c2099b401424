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

from dlref.linear import sign_classifier, squared_risk
from dlref.losses import zero_one
from dlref.risk import bias_squared, empirical_risk, expected_risk, expected_squared_error, variance
from tests.site.test_prose import fences, run

ROOT = Path(__file__).parents[2]
FOUNDATIONS, RISKS = Path("principles/foundations.md"), Path("principles/risk-minimization.md")

pytestmark = [pytest.mark.ch1, pytest.mark.parametrize("language", ["ja", "en"])]


def box(language: str, page: Path, id_: str) -> str:
    """The text of the box with an id."""
    text = (ROOT / "docs" / language / page).read_text(encoding="utf8")
    found = re.search(rf"^(/{{3,}}) .*\n    attrs: {{id: {id_}}}\n(.*?)^\1$", text, re.M | re.S)
    assert found, f"no box {id_}"
    return found[2]


def tables(language: str, page: Path, id_: str) -> list[list[list[float]]]:
    """The numbers in the tables of a box: a list a row, of whatever numbers its cells hold."""
    found: list[list[list[float]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", box(language, page, id_), re.M):
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
    code = next(code for code in fences(language, FOUNDATIONS) if "empirical_risk" in code)
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
    code = next(code for code in fences(language, RISKS) if "multinomial" in code)
    printed = [float(n) for n in re.findall(r"\d+\.\d+", run(code)[0][0])]
    assert printed == pytest.approx([empirical, real, missed], abs=0.0051)


def test_the_code_of_the_choice_has_the_numbers_of_the_mail_example(language: str) -> None:
    p, _ = mail(language)
    code = next(code for code in fences(language, RISKS) if "multinomial" in code)
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
