"""Docstrings say what the code does: sections, parameters, errors, references; and each public function is tested."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import dlref
from tests.documentation import faults, reference_keys
from tests.topics import ROOT, Topic, marks, topics


def test_every_topic_module_has_a_test_module_and_is_listed() -> None:
    files = {path.stem for path in (ROOT / "dlref").glob("*.py") if not path.stem.startswith("_")}
    assert files == set(dlref.__all__)
    assert {topic.module.__name__ for topic in topics()} == {f"dlref.{name}" for name in files}


@pytest.mark.parametrize("topic", [pytest.param(topic, id=topic.module.__name__, marks=marks(topic)) for topic in topics()])
def test_documentation_has_no_fault(topic: Topic) -> None:
    found = faults(topic, reference_keys())
    assert not found, "\n".join(found)


# The gate itself, on a miniature module that is broken in one place after the other.

MODULE = '''
"""A module."""
from dlref._backend import Array, array_function, arrays, check

__all__ = ["double"]


@array_function
def double(x: Array, /, *, by: float = 2.0) -> Array:
    """Twice a number.

    Formula
    -------
    double
        d(x) = 2 x
    where
        x \\\\in \\\\mathbb{R}

    Parameters
    ----------
    x
        A number; shape (...).
    by
        How many times.

    Returns
    -------
    Array
        The double; shape (...).

    Raises
    ------
    ValueError
        If by is not positive.

    References
    ----------
    [huber1964]

    Examples
    --------
    >>> double(2)
    4.0
    """
    check("double", by > 0, "be > 0", by=by)
    xp, x = arrays("double", x=x)
    return by * x
'''
TESTS = """
from tests.topics import Call

CALLS = {"double": [Call(1.0), Call(2.0)]}
RAISES = {"double": {"If by is not positive.": (Call(1.0, by=0.0), Call(1.0, by=1.0))}}


def test_double():
    assert double(1) == 2
"""
SECOND_RAISE = "        If by is not positive.\n        If by is too large.\n"

BREAKS = [
    ('__all__ = ["double"]', "__all__ = []", "mini: double is public but not in __all__"),
    ('__all__ = ["double"]', '__all__ = ["double", "triple"]', "mini: __all__ names triple, which the module does not define"),
    ('"""A module."""', "", "mini: the module has no docstring"),
    ("Twice a number.", "twice a number", "the docstring does not begin with a sentence on a line of its own"),
    ("    References\n    ----------\n    [huber1964]\n", "", "the section References is missing"),
    ("    Formula\n    -------\n", "    Formulas\n    --------\n", "the section Formulas is unknown"),
    ("    [huber1964]\n", "", "the section References is empty"),
    (
        "    Returns\n    -------\n",
        "    Notes\n    -----\n    None.\n\n    Returns\n    -------\n",
        "the sections are not in the order",
    ),
    (
        "    by\n        How many",
        "    times\n        How many",
        "documented parameters are ['x', 'times'], the signature has ['x', 'by']",
    ),
    ("        How many times.\n", "", "the parameter by has no description"),
    ("by: float = 2.0", "by=2.0", "the parameter by is not annotated"),
    ("/, *, ", "*, ", "the parameter x is neither positional-only nor keyword-only"),
    (") -> Array:", "):", "the result is not annotated"),
    ("[huber1964]", "[huber1946]", "the bibliography has no key huber1946"),
    ("[huber1964]", "Huber (1964)", "a line of References is not one [key], got 'Huber (1964)'"),
    (">>> double(2)\n    4.0", ">>> d = double(2)", "the Examples show no output"),
    ("        If by is not positive.\n", SECOND_RAISE, "no call is registered in RAISES for 'If by is too large.'"),
    (
        "        If by is not positive.\n",
        "        When by is not positive.\n",
        "a sentence of Raises does not run from 'If' to a full stop",
    ),
    (
        "        If by is not positive.\n",
        "        If by is zero.\n",
        "RAISES registers a sentence that the docstring does not have",
    ),
    ("    ValueError\n", "    TypeError\n", "(1.0, by=0.0) should raise TypeError ('If by is not positive.'), got ValueError"),
    ("by > 0", "by >= 0", "(1.0, by=0.0) should raise ValueError ('If by is not positive.'), got a result"),
    ("by > 0", "by > 1", "the repaired call (1.0, by=1.0) for 'If by is not positive.' raises ValueError"),
    ('check("double"', 'check("twice"', "does not begin with 'double: '"),
    ("Call(1.0, by=1.0)", "Call(2.0, by=1.0)", "must differ in one argument: (1.0, by=0.0), (2.0, by=1.0)"),
    ("assert double(1) == 2", "assert True", "no test calls it"),
    ("[Call(1.0), Call(2.0)]", "[Call(1.0)]", "CALLS of the test module must hold two calls or more"),
    ('CALLS = {"double"', 'CALLS = {"triple"', "mini: CALLS names triple, which the module does not define"),
    ("RAISES = ", 'HELPERS = ["double"]\nRAISES = ', "it is named in HELPERS but has a Formula"),
]


def miniature(folder: Path, module: str, tests: str) -> Topic:
    """The miniature module and its test module, imported from a folder."""

    def load(name: str, text: str) -> ModuleType:
        path = folder / f"{name}.py"
        path.write_text(text, encoding="utf8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded

    return Topic.of(load("mini", module), load("test_mini", tests))


def test_gate_passes_the_miniature_module(tmp_path: Path) -> None:
    assert faults(miniature(tmp_path, MODULE, TESTS), {"huber1964"}) == []


@pytest.mark.parametrize(("right", "wrong", "message"), BREAKS)
def test_gate_names_the_fault_of_a_broken_module(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert (right in MODULE) + (right in TESTS) == 1
    topic = miniature(tmp_path, MODULE.replace(right, wrong, 1), TESTS.replace(right, wrong, 1))
    assert any(message in fault for fault in faults(topic, {"huber1964"})), faults(topic, {"huber1964"})
