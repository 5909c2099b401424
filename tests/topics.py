"""The topic modules, their public functions, and the calls by which the general tests know them.

Each ``tests/test_<module>.py`` holds, beside its tests,

* ``CALLS``: two or more calls of every public function, with arguments of the shapes that the formula has (no batch axes), equal
  from call to call. Labels and indices are written as integers, data as floats, truth values as bools;
* ``RAISES``: for every sentence of the docstring's section Raises a call that raises for this reason only, and the same call
  with one argument repaired;
* ``HELPERS``: the names of the public functions that compute no formula, if there are any.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

import dlref
from dlref.latex.docstring import section

ROOT = Path(__file__).parent.parent


class Call:
    """Arguments of a call: ``Call(1, 0.25)(hinge)`` is ``hinge(1, 0.25)``. A source of randomness is copied, so that calls repeat."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.args = args
        self.options = options

    def __call__(self, function: Callable[..., Any]) -> Any:
        options = {
            key: copy.deepcopy(value) if isinstance(value, np.random.Generator) else value
            for key, value in self.options.items()
        }
        return function(*self.args, **options)

    def __repr__(self) -> str:
        given = [repr(arg) for arg in self.args] + [f"{key}={value!r}" for key, value in self.options.items()]
        return f"({', '.join(given)})"

    def map(self, convert: Callable[[Any], Any]) -> Call:
        """The call with its arrays (positional numbers and lists) converted; everything else stays."""
        return Call(*(convert(arg) if isinstance(arg, bool | int | float | list) else arg for arg in self.args), **self.options)

    def differences(self, other: Call) -> list[str]:
        """Which arguments of the two calls differ: their positions and names."""
        if len(self.args) != len(other.args):
            return [str(i) for i in range(max(len(self.args), len(other.args)))]
        here = {**dict(zip(map(str, range(len(self.args))), self.args, strict=True)), **self.options}
        there = {**dict(zip(map(str, range(len(other.args))), other.args, strict=True)), **other.options}
        return [key for key in {**here, **there} if repr(here.get(key)) != repr(there.get(key))]


@dataclass(frozen=True)
class Topic:
    """A topic module and what its test module says about it."""

    module: ModuleType
    tests: ModuleType | None
    calls: dict[str, list[Call]] = field(default_factory=dict)
    raises: dict[str, dict[str, tuple[Call, Call]]] = field(default_factory=dict)
    helpers: tuple[str, ...] = ()

    @classmethod
    def of(cls, module: ModuleType, tests: ModuleType | None) -> Topic:
        """Read the registries of a test module."""
        return cls(
            module, tests, getattr(tests, "CALLS", {}), getattr(tests, "RAISES", {}), tuple(getattr(tests, "HELPERS", ()))
        )

    @property
    def public(self) -> list[str]:
        """Names of the functions and classes that the module defines, without those that begin with an underscore."""
        return [
            name
            for name, value in vars(self.module).items()
            if isinstance(value, FunctionType | type) and value.__module__ == self.module.__name__ and not name.startswith("_")
        ]


def topics() -> list[Topic]:
    """All topic modules, with their test modules."""
    return [
        Topic.of(importlib.import_module(f"dlref.{name}"), importlib.import_module(f"tests.test_{name}"))
        for name in dlref.__all__
        if (ROOT / "tests" / f"test_{name}.py").exists()
    ]


@dataclass(frozen=True)
class Parameter:
    """One parameter as the docstring describes it."""

    name: str
    text: str

    @property
    def shape(self) -> list[str] | None:
        """The axes that the text states, ``shape (..., K)`` → ``["...", "K"]``; None where it states none."""
        found = re.search(r"shape \(([^()]*)\)", self.text)
        return None if found is None else [axis.strip() for axis in found[1].split(",") if axis.strip()]

    @property
    def batched(self) -> bool:
        """Whether the argument may have batch axes in front."""
        return bool(self.shape) and self.shape is not None and self.shape[0] == "..."


def parameters(docstring: str) -> list[Parameter]:
    """The parameters that the sections Parameters and Other Parameters describe, in order."""
    found = []
    for title in ("Parameters", "Other Parameters"):
        for names, text in entries(docstring, title):
            found += [Parameter(name.strip(), text) for name in names.split(",")]
    return found


def entries(docstring: str, title: str) -> Iterator[tuple[str, str]]:
    """The entries of a section: unindented head, and the indented lines below it joined by spaces."""
    head, body = "", []
    for line in (section(docstring, title) or (0, []))[1]:
        if line and not line.startswith(" "):
            if head:
                yield head, " ".join(body)
            head, body = line.partition(" : ")[0].strip(), []
        elif line.strip():
            body.append(line.strip())
    if head:
        yield head, " ".join(body)


def level(docstring: str) -> tuple[str, list[str]]:
    """The level that a docstring states under Notes, and what a function of level B goes without.

    ``Level B: without jit, because …`` → ``("B", ["jit"])``; no statement means level A.
    """
    text = " ".join((section(docstring, "Notes") or (0, []))[1])
    found = re.search(r"Level ([ABC]): (?:without ([\w ,]+?), because )?", text)
    if found is None:
        return "A", []
    return found[1], re.split(r", | and ", found[2]) if found[2] else []


def functions() -> list[Any]:
    """Every public function of every topic as pytest parameters ``(function, calls)``, with the marks of its tests."""
    import pytest

    return [
        pytest.param(
            getattr(topic.module, name),
            topic.calls.get(name, []),
            id=f"{topic.module.__name__.removeprefix('dlref.')}.{name}",
            marks=marks(topic),
        )
        for topic in topics()
        for name in topic.public
        if inspect.isfunction(getattr(topic.module, name))
    ]


def marks(topic: Topic) -> list[Any]:
    """The marks of a topic's tests, such as its chapter."""
    found = getattr(topic.tests, "pytestmark", [])
    return found if isinstance(found, list) else [found]


def parts(result: Any) -> list[Any]:
    """A result, or each member of a tuple, of tuples perhaps."""
    return [part for member in result for part in parts(member)] if isinstance(result, tuple) else [result]


def numbers(result: Any) -> list[np.ndarray[Any, Any]]:
    """A result, or each member of a tuple, as NumPy."""
    return [np.asarray(part) for part in parts(result)]
