"""What the docstring of a public function must hold, checked against the code, the test module and the bibliography."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlref.latex.docstring import section
from tests.topics import ROOT, Call, Topic, entries, parameters

SECTIONS = ["Formula", "Parameters", "Other Parameters", "Returns", "Raises", "Notes", "References", "Examples"]
UNDERLINED = re.compile(r"^(\S.*)\n-{3,}$", re.MULTILINE)


def reference_keys(path: Path = ROOT / "docs" / "data" / "references.bib") -> set[str]:
    """The keys of the bibliography."""
    return set(re.findall(r"^@\w+\{([^,\s]+),", path.read_text(encoding="utf8"), re.MULTILINE))


def faults(topic: Topic, references: set[str]) -> list[str]:
    """Everything that is wrong with the documentation of a topic module, one sentence each."""
    name = topic.module.__name__
    declared = list(getattr(topic.module, "__all__", []))
    found = [] if (topic.module.__doc__ or "").strip() else [f"{name}: the module has no docstring"]
    found += [f"{name}: {missing} is public but not in __all__" for missing in topic.public if missing not in declared]
    found += [
        f"{name}: __all__ names {extra}, which the module does not define" for extra in declared if extra not in topic.public
    ]
    if declared != sorted(declared):
        found.append(f"{name}: __all__ is not in alphabetical order")
    for kind, registry in (("CALLS", topic.calls), ("RAISES", topic.raises), ("HELPERS", topic.helpers)):
        found += [
            f"{name}: {kind} names {extra}, which the module does not define" for extra in registry if extra not in topic.public
        ]
    tested = _tested(topic)
    for function in topic.public:
        if inspect.isfunction(getattr(topic.module, function)):
            found += [f"{name}.{function}: {fault}" for fault in function_faults(topic, function, references, tested)]
    return found


def function_faults(topic: Topic, name: str, references: set[str], tested: set[str]) -> Iterator[str]:
    """What is wrong with the documentation of one function."""
    function = getattr(topic.module, name)
    docstring = inspect.getdoc(function) or ""
    yield from _section_faults(docstring, name in topic.helpers)
    yield from _signature_faults(function, docstring)
    yield from _reference_faults(docstring, references)
    yield from _raises_faults(function, name, docstring, topic.raises.get(name, {}))
    if not any(example.want for example in doctest.DocTestParser().get_examples(docstring)):
        yield "the Examples show no output"
    if name not in tested:
        yield "no test calls it"
    if len(topic.calls.get(name, [])) < 2:
        yield "CALLS of the test module must hold two calls or more"


def _section_faults(docstring: str, helper: bool) -> Iterator[str]:
    if not re.match(r"[A-Z][^\n]*\.(\n\n|$)", docstring):
        yield "the docstring does not begin with a sentence on a line of its own"
    titles = UNDERLINED.findall(docstring)
    required = [
        title
        for title in SECTIONS
        if title not in ("Other Parameters", "Notes", *(["Formula", "References"] if helper else []))
    ]
    yield from (f"the section {title} is missing" for title in required if title not in titles)
    yield from (f"the section {title} is unknown" for title in titles if title not in SECTIONS)
    yield from (
        f"the section {title} is empty"
        for title in titles
        if not any(line.strip() for line in (section(docstring, title) or (0, []))[1])
    )
    if helper and "Formula" in titles:
        yield "it is named in HELPERS but has a Formula"
    known = [title for title in titles if title in SECTIONS]
    if known != sorted(set(known), key=SECTIONS.index):
        yield f"the sections are not in the order {', '.join(SECTIONS)}"


def _signature_faults(function: Any, docstring: str) -> Iterator[str]:
    signature = inspect.signature(function)
    documented = [parameter.name for parameter in parameters(docstring)]
    if documented != list(signature.parameters):
        yield f"documented parameters are {documented}, the signature has {list(signature.parameters)}"
    yield from (
        f"the parameter {parameter.name} has no description" for parameter in parameters(docstring) if not parameter.text
    )
    for parameter in signature.parameters.values():
        if parameter.annotation is inspect.Parameter.empty:
            yield f"the parameter {parameter.name} is not annotated"
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            yield f"the parameter {parameter.name} is neither positional-only nor keyword-only"
    if signature.return_annotation is inspect.Signature.empty:
        yield "the result is not annotated"


def _reference_faults(docstring: str, references: set[str]) -> Iterator[str]:
    for line in (section(docstring, "References") or (0, []))[1]:
        key = re.fullmatch(r"\[([\w-]+)\]", line)
        if line and not key:
            yield f"a line of References is not one [key], got '{line}'"
        elif key and key[1] not in references:
            yield f"the bibliography has no key {key[1]}"


def _raises_faults(function: Any, name: str, docstring: str, registered: dict[str, tuple[Call, Call]]) -> Iterator[str]:
    documented = {
        sentence: exception
        for exception, text in entries(docstring, "Raises")
        for sentence in re.split(r"(?<=\.)\s+(?=If )", text)
    }
    for sentence, exception in documented.items():
        if not (sentence.startswith("If ") and sentence.endswith(".")):
            yield f"a sentence of Raises does not run from 'If' to a full stop: '{sentence}'"
        if sentence not in registered:
            yield f"no call is registered in RAISES for '{sentence}'"
            continue
        bad, good = registered[sentence]
        if len(bad.differences(good)) != 1:
            yield f"the calls for '{sentence}' must differ in one argument: {bad!r}, {good!r}"
        error = _error(function, bad)
        if error is None or type(error).__name__ != exception:
            yield f"{bad!r} should raise {exception} ('{sentence}'), got {type(error).__name__ if error else 'a result'}"
        elif not str(error).startswith(f"{name}: "):
            yield f"the message for '{sentence}' does not begin with '{name}: ': '{error}'"
        repaired = _error(function, good)
        if repaired is not None:
            yield f"the repaired call {good!r} for '{sentence}' raises {type(repaired).__name__}: {repaired}"
    yield from (
        f"RAISES registers a sentence that the docstring does not have: '{extra}'"
        for extra in registered
        if extra not in documented
    )


def _error(function: Any, call: Call) -> Exception | None:
    try:
        call(function)
    except Exception as error:  # whatever is raised is compared with what is documented
        return error
    return None


def _tested(topic: Topic) -> set[str]:
    """Names that the test functions of the test module use."""
    if topic.tests is None or topic.tests.__file__ is None:
        return set()
    tree = ast.parse(Path(topic.tests.__file__).read_text(encoding="utf8"))
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    inner = [node for test in tests for node in ast.walk(test)]
    return {node.id for node in inner if isinstance(node, ast.Name)} | {
        node.attr for node in inner if isinstance(node, ast.Attribute)
    }
