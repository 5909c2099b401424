"""A formula against its function.

``check`` says whether the LaTeX of a block, evaluated on random inputs, equals the function it stands at. ``prepare`` does what depends on the block alone (the draws,
the function's values on them) once; ``Prepared.judge`` then judges any text of the formula against it, which is what mutation needs.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from dlref.latex.calls import Call, read_call, run_call
from dlref.latex.claims import Plan, State, Trial
from dlref.latex.clauses import compile_formula
from dlref.latex.declarations import read_declarations
from dlref.latex.declared import Declarations, Declared
from dlref.latex.docstring import Block, FormulaError, scan
from dlref.latex.domains import Base, Domain, Finite
from dlref.latex.names import grouped
from dlref.latex.reader import LatexError, texts
from dlref.latex.values import Env, Family, Mismatch, to_value

TRIALS = 16
SEARCH = 120
WANTED = 20  # more draws with each truth value
REFUSED = 200
Formulas = Mapping[str, tuple[Block, Callable[..., Any]]]


KINDS = (
    "grammar",
    "unknown symbol",
    "unbound index",
    "unused declaration",
    "left-hand side",
    "shape",
    "numbers",
    "declaration",
    "function",  # it does not do what its declarations say
)


@dataclass(frozen=True)
class Verdict:
    """What a check found: true where formula and function agree, and printed in words.

    ``kind`` is ok, statement, or what is wrong, one of ``KINDS``.
    """

    ok: bool
    kind: str
    message: str = ""
    trials: int = 0
    deviation: float = 0.0
    draw: int = 0  # the first draw that shows what is wrong, counted from 1; 0 where no single one does
    # The parts of the message, for who words it anew.
    reason: str = ""
    place: str = ""  # the line of LaTeX with a caret below the place
    values: tuple[str, str] | None = None  # of the formula and of the function, where they differ
    given: str = ""  # the arguments of the draw

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.kind == "statement" and self.ok:
            return "statement: its tokens are pinned"
        return f"ok: {self.trials} draws, largest deviation {self.deviation:.1e}" if self.ok else self.message


class Prepared:
    """A block with its draws and the function's values on them."""

    def __init__(self, block: Block, function: Callable[..., Any], formulas: Formulas, *, seed: int = 0, trials: int = TRIALS) -> None:
        self.block = block
        self.function = function
        self.statement = block.call == "statement"
        self.tokens = texts(block.latex)
        if self.statement:
            return
        if not block.where:
            raise FormulaError(f"{block.path}:{block.line}: {block.id}: 'where' is missing")
        self.found: Declarations = read_declarations(block, formulas)
        place = f"{block.path}:{block.line}: {block.id}"
        self.call: Call = read_call(block.call, function, len(block.where), list(self.found.size_names), place)
        self.plan = Plan(list(self.found.gives))
        self.trials: list[Trial] = []
        self.generator = np.random.default_rng(seed)  # what a sampler is handed as rng
        self.draw(seed, trials)

    # ---- draws

    def draw(self, seed: int, trials: int) -> None:
        rng = np.random.default_rng([seed, *self.block.id.encode()])
        env, result = self.accepted(rng, 0)
        self.plan_result(result)
        self.formula = compile_formula(self.block.latex, self.found, self.plan, planning=True)
        if self.formula.unused is not None:
            raise self.formula.unused
        self.trials.append(self.trial(env, result, 0, rng))
        for number in range(1, trials * self.times):
            env, result = self.accepted(rng, number)
            self.trials.append(self.trial(env, result, number, rng))
        if self.plan.result == "truth":
            self.both_truths(rng)

    @property
    def times(self) -> int:
        """How many times as many draws as were asked for."""
        times = 1
        if self.plan.gives and all(isinstance(one_number(declared), Finite) for declared in self.plan.gives):
            times *= 4  # two values tell little about the number behind them
        if all(map(one_number, self.found.where)):
            times *= 4  # numbers only: cheap
        return times

    def accepted(self, rng: np.random.Generator, number: int) -> tuple[Env, Any]:
        """A draw and the function's value on it. What the function refuses with ValueError is drawn anew only where `with` states a condition in words."""
        for attempt in range(REFUSED):
            env = self.found.draw(rng, number if attempt == 0 else 1000 + attempt)
            try:
                return env, self.run(env, number)
            except FunctionError as error:
                if not self.found.words or not isinstance(error.__cause__, ValueError):
                    raise
                refused = error
        raise FunctionError(f"{REFUSED} draws are refused one after the other, in spite of '{self.found.words}'") from refused

    def both_truths(self, rng: np.random.Generator) -> None:
        """More draws of both truth values: those nearest to equality, ties among them, of many that hold small whole and half numbers."""
        gap = self.formula.gap
        assert gap is not None
        near: dict[bool, list[tuple[float, int, Env]]] = {True: [], False: []}
        for number in range(len(self.trials), len(self.trials) + SEARCH):
            env = self.found.draw(rng, (1, 4, number)[number % 3])
            for declared in self.found.where:
                if declared.ranges and isinstance(declared.domain, Domain) and isinstance(declared.domain.base, Finite) and not declared.domain.dims:
                    choose_labels(env, declared, list(declared.domain.base.members(env)), gap)
            near[bool(self.run(env, number))].append((abs(gap(env)), number, env))
        for result, draws in near.items():
            for _, number, env in sorted(draws, key=lambda draw: draw[:2])[:WANTED]:
                self.trials.append(self.trial(env, result, number, rng))

    def plan_result(self, result: Any) -> None:
        """Without `gives`, an inequality's function returns its truth or its slack."""
        first = outer(self.tokens)
        first = first[: first.index(",")] if "," in first else first
        if not self.plan.gives and not {"=", r"\leftarrow"} & set(first) and {r"\leq", r"\geq", "<", ">"} & set(first):
            self.plan.result = "truth" if isinstance(result, (bool, np.bool_)) else "slack"

    def run(self, env: Env, number: int, other: Mapping[str, Any] | None = None) -> Any:
        """What the function returns on a draw."""
        arguments = self.found.python_arguments(env)
        if other:
            arguments = [other.get(declared.key, argument) for declared, argument in zip(self.found.where, arguments, strict=True)]
        extra = self.found.extra(env)
        if self.call.random:
            extra["rng"] = self.generator
        try:
            return run_call(self.call, arguments, extra)
        except FormulaError:
            raise
        except Exception as error:
            raise FunctionError(f"{self.function.__name__} raises {type(error).__name__}: {error}\n  at {self.given(arguments)}") from error

    def given(self, arguments: Sequence[Any]) -> str:
        """Arguments by the names that `where` declares, for messages."""
        names = [re.split(r"\\in\b|\\sim\b|\\subseteq\b|:", declared.line)[0].strip() for declared in self.found.where]
        return ", ".join(f"{name} = {shown(argument)}" for name, argument in zip(names, arguments, strict=True))

    def trial(self, env: Env, result: Any, number: int, rng: np.random.Generator) -> Trial:
        results = self.convert(env, result)
        random = self.call.random or any(declared.kind == "law" for declared in self.found.where)

        def again(other: dict[str, Any]) -> list[Any]:
            return self.convert(env, self.run(env, number, other))

        return Trial(env, results, number, rng, again if random else None)

    def convert(self, env: Env, result: Any) -> list[Any]:
        """The arrays returned as values of the evaluator, their shapes and domains checked against `gives`."""
        gives = self.plan.gives
        if not gives:
            return [to_value(result)]
        parts = [result] if len(gives) == 1 else list(result) if isinstance(result, (tuple, list)) else [result]
        if len(parts) != len(gives):
            raise FunctionError(f"{self.function.__name__} returns {len(parts)} arrays, 'gives' names {len(gives)}")
        for declared, part in zip(gives, parts, strict=True) if len(gives) > 1 else ():
            if not declared.ranges and isinstance(to_value(part), (int, float)):
                env.setdefault(declared.key, to_value(part))  # ranges of other results may name it
        found = [self.element(env, declared, part) for declared, part in zip(gives, parts, strict=True)]
        for declared, value in zip(gives, found, strict=True):
            if declared.key not in env["#python"]:  # an argument keeps its old value
                env[declared.key] = value
        return found

    def element(self, env: Env, declared: Declared, result: Any) -> Any:
        domain = declared.domain
        if declared.ragged:
            return Family([np.asarray(part) for part in result], tuple(int(r.first(env)) for r in declared.ranges))
        if isinstance(domain, Domain) or declared.ranges:
            array = np.asarray(result)
            if array.dtype.kind not in "biuf":
                raise FunctionError(f"{self.function.__name__} returns {short(result)} for '{declared.line}', expected numbers")
            if isinstance(domain, Domain):
                shape = declared.shape(env)
                if array.shape != shape:
                    raise FunctionError(f"{self.function.__name__} returns the shape {array.shape} for '{declared.line}', expected {shape}")
                if not domain.base.contains(env, array) and not np.all(np.isnan(array.astype(float))):
                    raise FunctionError(f"{self.function.__name__} returns {short(result)}, outside '{declared.line}'")
            if declared.ranges:
                return Family(array, tuple(int(r.first(env)) for r in declared.ranges), flat=bool(grouped(declared.pattern)))
            return to_value(array)
        return to_value(result)

    # ---- judging

    def judge(self, latex: str) -> Verdict:
        """Whether another text of the formula says what the function does. Stops at the first deviation; never raises on a text."""
        if self.statement:
            return self.pinned(latex)
        state = State()
        number = draw = 0
        note = ""
        try:
            formula = compile_formula(latex, self.found, self.plan)
            note = f"\n  {formula.unused.reason}" if formula.unused is not None else ""
            with np.errstate(all="ignore"):
                for number, trial in enumerate(self.trials, 1):
                    draw = number
                    formula.look(trial, state)
            note, draw = "", 0
            formula.finish(state)
        except LatexError as error:
            return Verdict(False, error.kind, f"{error}{note}", number, state.deviation, draw, error.reason, error.place + note, error.values)
        except RecursionError:
            reason = "the formula defines something by itself"
            return Verdict(False, "numbers", reason, number, state.deviation, draw, reason)
        except (Mismatch, ArithmeticError, np.linalg.LinAlgError) as error:
            kind = error.kind if isinstance(error, Mismatch) else "numbers"
            return Verdict(False, kind, f"{error}{note}", number, state.deviation, draw, str(error), note.lstrip("\n"))
        return Verdict(True, "ok", "", number, state.deviation)

    def explain(self, latex: str) -> Verdict:
        """As `judge`; where numbers differ, the message ends with the arguments of the first draw that shows it."""
        verdict = self.judge(latex)
        if verdict.kind != "numbers" or not verdict.draw:
            return verdict
        given = self.given(self.found.python_arguments(self.trials[verdict.draw - 1].env))
        return replace(verdict, message=f"{verdict.message}\n  at {given}", given=given)

    def pinned(self, latex: str) -> Verdict:
        try:
            same = texts(latex) == self.tokens
        except LatexError as error:
            return Verdict(False, error.kind, str(error), reason=error.reason, place=error.place)
        reason = "the tokens differ from the statement's"
        return Verdict(True, "statement") if same else Verdict(False, "statement", reason, reason=reason)


def one_number(declared: Declared) -> Base | None:
    """The numbers of which a declaration takes one; None where it takes an array or something else."""
    domain = declared.domain
    return domain.base if isinstance(domain, Domain) and not domain.dims and not declared.ranges else None


def choose_labels(env: Env, declared: Declared, labels: Sequence[float], gap: Callable[[Env], float]) -> None:
    """Turns labels one by one so that an inequality holds, or fails at few places and by little; labels at random fail at many."""
    family = env[declared.key]
    best = gap(env)
    for place in np.ndindex(family.data.shape):
        for label in labels:
            before = family.data[place]
            if label != before:
                family.data[place] = label
                family.cells.clear()
                found = gap(env)
                if found > best:
                    best = found
                else:
                    family.data[place] = before
                    family.cells.clear()


class FunctionError(FormulaError):
    """A function that does not do what its declarations say."""


def outer(tokens: Sequence[str]) -> list[str]:
    """The tokens outside all brackets."""
    out, depth = [], 0
    for text in tokens:
        if text in ("{", "(", "[", r"\{") or text.startswith(r"\begin") and "aligned" not in text:
            depth += 1
        elif text in ("}", ")", "]", r"\}") or text.startswith(r"\end") and "aligned" not in text:
            depth -= 1
        elif depth == 0:
            out.append(text)
    return out


def short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "…"


def shown(value: Any) -> str:
    """An argument in a message, to a few digits."""
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, precision=4, separator=", ", threshold=12, edgeitems=3).split())
    return f"{value:.6g}" if isinstance(value, float) else short(value)


def prepare(block: Block, function: Callable[..., Any], formulas: Formulas, *, seed: int = 0, trials: int = TRIALS) -> Prepared:
    """The draws of a block and its function's values. FormulaError (with file and line) where a declaration is wrong, FunctionError where the function fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Prepared(block, function, formulas, seed=seed, trials=trials)


def check(block: Block, function: Callable[..., Any], formulas: Formulas, *, seed: int = 0, trials: int = TRIALS) -> Verdict:
    """Whether a formula's LaTeX and its function agree. Where they do not, the message ends with the arguments of the first draw that shows it."""
    try:
        prepared = prepare(block, function, formulas, seed=seed, trials=trials)
        return prepared.explain(block.latex)
    except LatexError as error:
        return Verdict(False, error.kind, f"{block.path}:{block.line}: {block.id}: {error}")
    except FunctionError as error:
        return Verdict(False, "function", f"{block.path}:{block.line}: {block.id}: {error}")
    except Mismatch as error:
        return Verdict(False, error.kind, f"{block.path}:{block.line}: {block.id}: {error}")
    except FormulaError as error:
        return Verdict(False, "declaration", str(error))


def check_all(formulas: Formulas, *, seed: int = 0, trials: int = TRIALS) -> dict[str, Verdict]:
    """Every formula's verdict, by id; a cycle among the formulas that use one another is a FormulaError."""
    no_cycle(formulas)
    return {id_: check(block, function, formulas, seed=seed, trials=trials) for id_, (block, function) in formulas.items()}


def load(folder: Path, package: str = "dlref") -> dict[str, tuple[Block, Callable[..., Any]]]:
    """The formulas of a folder of modules with their functions, by id."""
    return with_functions(scan(folder, package))


def with_functions(blocks: Mapping[str, Block]) -> dict[str, tuple[Block, Callable[..., Any]]]:
    """Blocks with the functions that they stand at."""
    return {id_: (block, function_of(block)) for id_, block in blocks.items()}


def function_of(block: Block) -> Callable[..., Any]:
    """The function that a formula stands at."""
    return cast(Callable[..., Any], getattr(importlib.import_module(block.module), block.function))


def uses(block: Block, formulas: Formulas) -> list[str]:
    """The ids of the formulas that a block names under `with`."""
    out = []
    for line in block.uses:
        right = line.split("=", 1)[-1].strip().split("(")[0]
        if right in formulas:
            out.append(right)
    return out


def no_cycle(formulas: Formulas) -> None:
    """FormulaError where formulas use one another in a circle, or one uses its own function."""
    done: set[str] = set()

    def visit(id_: str, path: tuple[str, ...]) -> None:
        block = formulas[id_][0]
        if id_ in path:
            raise FormulaError(f"{block.path}:{block.line}: the formulas use one another in a circle: {' → '.join([*path[path.index(id_) :], id_])}")
        if id_ in done:
            return
        for other in uses(block, formulas):
            if formulas[other][1] is formulas[id_][1] and block.call is None:
                raise FormulaError(f"{block.path}:{block.line}: {id_} uses its own function through '{other}'")
            visit(other, (*path, id_))
        done.add(id_)

    for id_ in formulas:
        visit(id_, ())
