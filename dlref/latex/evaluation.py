"""A formula's LaTeX at arguments that somebody gives: its value, without the function.

``evaluate`` takes the arguments in the order of the ``where`` lines, finds the sizes from their shapes, and asks the formula for its results.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dlref.latex.calls import Call
from dlref.latex.check import Prepared, short
from dlref.latex.claims import State, Trial
from dlref.latex.declared import Declarations, Declared, python_name
from dlref.latex.docstring import FormulaError
from dlref.latex.domains import Domain, FunctionDomain
from dlref.latex.names import Range, grouped, key
from dlref.latex.reader import LatexError
from dlref.latex.values import Env, Expr, Family, Identity, Members, Mismatch, Value, Zero, integer, to_python, to_value
from dlref.latex.wanted import Wanted

EMPTY = inspect.Parameter.empty


def arguments_of(call: Call, line: str | None, function: Callable[..., Any]) -> dict[str, Any]:
    """The names of the arguments in the order of the ``where`` lines, with their defaults (``inspect.Parameter.empty`` where there is none)."""
    known = inspect.signature(function).parameters
    if line is None:
        names = [name for name, p in known.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][: len(call.names)]
        return {name: known[name].default for name in names}
    found = dict.fromkeys(call.names, EMPTY)
    for statement in call.statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call.function:
                for keyword in node.keywords:
                    if isinstance(keyword.value, ast.Name) and keyword.value.id in found and str(keyword.arg) in known:
                        found[keyword.value.id] = known[str(keyword.arg)].default
    return found


def bind(prepared: Prepared, arguments: Sequence[Any], named: Mapping[str, Any]) -> tuple[list[Any], dict[str, int]]:
    """The arguments in the order of the ``where`` lines, and sizes that were given by name; TypeError as a Python call would raise it."""
    names = arguments_of(prepared.call, prepared.block.call, prepared.function)
    id_ = prepared.block.id
    sizes = {python_name(size): size for size in prepared.found.sizes}
    if len(arguments) > len(names):
        raise TypeError(f"{id_} takes {len(names)} arguments ({', '.join(names)}), got {len(arguments)}")
    given = dict(zip(names, arguments, strict=False))
    found_sizes = {}
    for name, value in named.items():
        if name in given:
            raise TypeError(f"{id_} got '{name}' twice")
        if name in names:
            given[name] = value
        elif name in sizes:
            found_sizes[key(sizes[name])] = value
        else:
            raise TypeError(f"{id_} has no argument '{name}', expected {', '.join([*names, *filter(None, sizes)])}")
    for name, default in names.items():
        if name not in given and default is not EMPTY:
            given[name] = default
    missing = [name for name in names if name not in given]
    if missing:
        raise TypeError(f"{id_} needs the argument{'s' * (len(missing) > 1)} {', '.join(missing)}")
    return [given[name] for name in names], found_sizes


def evaluate(prepared: Prepared, *arguments: Any, **named: Any) -> Any:
    """The value of a formula's LaTeX. TypeError for a wrong number of arguments, ValueError for wrong ones, and where the formula has no value: a statement, a minimization."""
    if prepared.statement:
        raise FormulaError(f"{prepared.block.id} is a statement: it is shown, and nothing computes it")
    values, sizes = bind(prepared, arguments, named)
    try:
        with np.errstate(all="ignore"):
            return results(prepared, environment(prepared.found, values, sizes))
    except Mismatch as problem:
        raise FormulaError(f"{prepared.block.id}: {problem}") from None
    except FormulaError as problem:
        raise FormulaError(f"{prepared.block.id}: {problem}") from None


def results(prepared: Prepared, env: Env) -> Any:
    """What the formula gives in an environment, as Python code would return it."""
    gives = prepared.plan.gives
    wanted = [Wanted() for _ in gives] or [Wanted()]
    trial = Trial(env, list(wanted), 0, np.random.default_rng(0), every=True)
    env["#running"], env["#text"] = set(), {}
    waiting = prepared.formula.steps
    while waiting:
        later = []
        for step in waiting:
            try:
                step(trial, State())
            except LatexError as problem:
                if problem.kind != "unbound index":
                    raise
                last = problem
                later.append(step)
            for declared, result in zip(gives, wanted, strict=False):
                if isinstance(result.value, (int, float)):
                    env.setdefault(declared.key, result.value)  # ranges of other results may name it
        if len(later) == len(waiting):
            raise last
        waiting = later
    if not gives:
        return to_python(wanted[0].value)
    found = [gather(declared, result, env) for declared, result in zip(gives, wanted, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def gather(declared: Declared, wanted: Wanted, env: Env) -> Any:
    """One result, from its members where the formula gives these."""
    shape = declared.domain.shape(env) if isinstance(declared.domain, Domain) and not declared.ragged else None
    if not wanted.cells:
        whole = None if shape is None else tuple(len(r.values(env)) for r in declared.ranges) + shape
        return plain(declared, wanted.value, whole)
    lists = [r.values(env) for r in declared.ranges]
    missing = next((index for index in itertools.product(*lists) if index not in wanted.cells), None)
    if missing is not None:
        raise FormulaError(f"the formula gives no value to '{declared.line}' at {', '.join(map(str, missing))}")
    members = [plain(declared, wanted.cells[index].value, shape) for index in itertools.product(*lists)]
    if declared.ragged:
        return members
    numbers = all(isinstance(member, (int, float, np.ndarray)) for member in members)
    array = np.asarray(members) if numbers else np.fromiter(members, dtype=object)  # laws are objects
    return array.reshape(tuple(len(values) for values in lists) + array.shape[1:])


def plain(declared: Declared, value: Value, shape: tuple[int, ...] | None) -> Any:
    """A value of the evaluator as Python code would return it."""
    if value is None:
        raise FormulaError(f"the formula gives no value to '{declared.line}'")
    if isinstance(value, Zero):
        return np.zeros(shape) if shape else 0.0
    if isinstance(value, Identity):
        return value.scale * np.eye(shape[0]) if shape else value.scale
    found = to_python(value)
    if shape is not None and isinstance(found, (int, float, np.ndarray)) and np.shape(found) != shape:
        if np.size(found) != np.prod(shape, dtype=int) or np.ndim(found) == 0 and shape != (1,) * len(shape):
            raise FormulaError(f"the formula gives the shape {np.shape(found)} to '{declared.line}', expected {shape}")
        found = np.reshape(found, shape)
    return found


# ---- arguments


def environment(found: Declarations, arguments: Sequence[Any], sizes: Mapping[str, int]) -> Env:
    """The arguments under the names that ``where`` declares, with all sizes; FormulaError where they do not fit the declarations."""
    env: Env = {"#python": {}, "#sizes": {}, **sizes}
    given = [ready(declared, argument) for declared, argument in zip(found.where, arguments, strict=True)]
    for declared, argument in zip(found.where, given, strict=True):
        if isinstance(argument, (int, float)) and not declared.ranges:
            env[declared.key] = argument
        if declared.kind == "tuple":
            for (member, _), number in zip(declared.members, argument, strict=True):
                env[key(member)] = to_value(number)
    solve_sizes(found, given, env)
    waiting = list(zip(found.where, given, strict=True))
    while waiting:
        later = []
        for declared, argument in waiting:
            try:
                value = take(declared, argument, env)
            except LatexError as problem:  # it needs a name that comes later
                if problem.kind != "unbound index":
                    raise
                later.append((declared, argument))
                last = problem
                continue
            env[declared.key] = value
            env["#python"][declared.key] = argument
        if len(later) == len(waiting):
            raise last
        waiting = later
    for name, outside in found.outside.items():
        env[name].outside = outside(env)
    failed = next((text for text, condition in found.conditions if not condition(env)), None)
    if failed is not None:
        raise FormulaError(f"the condition '{failed}' does not hold")
    return env


def ready(declared: Declared, argument: Any) -> Any:
    """An argument as NumPy has it; a number as Python has it."""
    if isinstance(declared.domain, FunctionDomain):
        if not callable(argument):
            raise FormulaError(f"'{declared.line}' takes a function, got {short(argument)}")
        return argument
    if declared.kind == "tuple":
        if not isinstance(argument, (tuple, list)) or len(argument) != len(declared.members):
            raise FormulaError(f"'{declared.line}' takes {len(declared.members)} numbers, got {short(argument)}")
        return tuple(argument)
    if declared.ragged:
        return [np.asarray(part) for part in argument]
    try:
        array = np.asarray(argument)
    except (ValueError, TypeError, RuntimeError):  # lists of unequal lengths, tensors that keep a graph
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise FormulaError(f"'{declared.line}' takes numbers, got {short(argument)}")
    return array.item() if array.ndim == 0 else array


def take(declared: Declared, argument: Any, env: Env) -> Value:
    """What the evaluator sees of an argument, its shape and its members being checked."""
    if isinstance(declared.domain, FunctionDomain):
        return declared.domain.take(argument, env)
    if declared.kind == "subset":
        assert declared.universe is not None
        items = declared.universe(env).items
        if np.shape(argument) != (len(items),) or np.asarray(argument).dtype.kind != "b":
            raise FormulaError(f"'{declared.line}' takes {len(items)} truth values, got {short(argument)}")
        return Members(tuple(item for item, chosen in zip(items, argument, strict=True) if chosen))
    if declared.kind == "tuple":
        return tuple(to_value(member) for member in argument)
    starts = tuple(integer(r.first(env)) for r in declared.ranges)
    if declared.ragged:
        return Family(argument, starts)
    if isinstance(declared.domain, Domain):
        shape = declared.shape(env)
        if np.shape(argument) != shape:
            raise FormulaError(f"'{declared.line}' takes the shape {shape}, got {np.shape(argument)}")
        array = np.asarray(argument)
        if not np.isnan(array).any() and not declared.domain.base.contains(env, array):
            raise FormulaError(f"{short(argument)} is outside '{declared.line}'")
    if declared.ranges:
        return Family(np.asarray(argument), starts, flat=bool(grouped(declared.pattern)))
    return to_value(argument)


# ---- sizes


class Probe(dict[Any, Any]):
    """Names of which some have no value yet: these are noted, and stand for a number that no size is likely to be."""

    def __init__(self, known: Mapping[Any, Any], unknown: Callable[[Any], bool], value: int) -> None:
        super().__init__(known)
        self.unknown, self.value = unknown, value
        self.asked: list[Any] = []

    def __missing__(self, name: Any) -> int:
        if not self.unknown(name):
            raise KeyError(name)
        self.asked.append(name)
        return self.value


def lengths(declared: Declared, argument: Any) -> list[tuple[Expr, int, str]]:
    """(how an axis's length follows from the sizes, what it is, of which line)."""
    shape = (len(argument),) if declared.ragged else np.shape(argument)
    ranges, domain = declared.ranges, declared.domain
    dims = domain.dims if isinstance(domain, Domain) else ()
    if declared.kind in ("subset", "tuple") or isinstance(domain, FunctionDomain):
        return []
    if not declared.ragged and declared.kind != "law" and len(shape) != len(ranges) + len(dims):
        raise FormulaError(f"'{declared.line}' takes {len(ranges) + len(dims)} axes, got the shape {shape}")
    found: list[tuple[Expr, int, str]] = [(span_of(r), length, declared.line) for r, length in zip(ranges, shape, strict=False)]
    if declared.ragged:
        (index,) = ranges
        for k, part in enumerate(argument):
            found += [(at(index, k, dim), length, declared.line) for dim, length in zip(dims, part.shape, strict=True)]
    else:
        found += [(dim, length, declared.line) for dim, length in zip(dims, shape[len(ranges) :], strict=False)]
    return found


def span_of(limit: Range) -> Expr:
    return lambda env: integer(limit.last(env)) - integer(limit.first(env)) + 1


def at(limit: Range, k: int, dim: Expr) -> Expr:
    """An axis of the k-th member of a family of arrays of several shapes."""

    def run(env: Env) -> Value:
        env[key(limit.index)] = integer(limit.first(env)) + k
        try:
            return dim(env)
        finally:
            del env[key(limit.index)]

    return run


def solve_sizes(found: Declarations, arguments: Sequence[Any], env: Env) -> None:
    """The sizes that the shapes of the arguments imply, put into the environment; FormulaError where they contradict one another or leave one open."""
    names = [key(size) for size in found.sizes]
    waiting = [length for declared, argument in zip(found.where, arguments, strict=True) for length in lengths(declared, argument)]

    def asked(expr: Expr, value: int) -> tuple[list[tuple[str, Any]], int]:
        """The sizes that an expression needs and that are not known, and its value if these are all ``value``."""
        probe = Probe(env, names.__contains__, value)
        probe["#sizes"] = ragged = Probe(env["#sizes"], lambda name: True, value)
        result = integer(expr(probe))
        return list(dict.fromkeys([("", name) for name in probe.asked] + [("#sizes", name) for name in ragged.asked])), result

    while waiting:
        later = []
        for expr, length, line in waiting:
            unknown, result = asked(expr, length)
            if len(unknown) > 1:
                later.append((expr, length, line))
                continue
            if unknown:
                ((place, name),) = unknown
                # The length itself nearly always; otherwise the length is linear in the size, as in H - K + 1 and 2 n.
                slope = asked(expr, length + 1)[1] - result
                size = length if result == length or not slope else length + (length - result) // slope
                (env["#sizes"] if place else env)[name] = size
                result = asked(expr, length)[1]
            if result != length:
                raise FormulaError(f"an axis of '{line}' has the length {result} with the sizes of the other arguments, got {length}")
        if len(later) == len(waiting):
            break
        waiting = later
    missing = [size for size in found.sizes if key(size) not in env]
    if missing:
        raise FormulaError(f"the size {python_name(missing[0]) or key(missing[0])} does not follow from the arguments: give it by its name")
