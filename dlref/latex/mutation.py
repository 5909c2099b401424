"""The run of the check over many wrong formulas and wrong functions: what dies of what, and what lives.

A mutant counts if its text can be typeset, which a caller says who has KaTeX at hand, and if its tokens differ from the formula's. It is killed if the check is red; the
kind of the verdict tells by what. What lives has to be equivalent to the formula, which is for people to say and for a thousand draws to confirm.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np

from dlref.latex.check import FunctionError, Prepared
from dlref.latex.claims import State
from dlref.latex.code import CodeMutant, TooLong, code_mutants, definition, functions_of
from dlref.latex.docstring import Block
from dlref.latex.mutants import Mutant, latex_mutants, random_mutants
from dlref.latex.reader import LatexError
from dlref.latex.values import Mismatch

EDITS = 20  # random edits of a formula
PATIENCE = 2.0  # seconds that a mutated function may take

Renders = Callable[[Sequence[str]], Sequence[bool]]  # which of many formulas can be typeset


@dataclass
class Tally:
    """How many mutants there were, how many died of what, and which are alive."""

    killed: Counter[str] = field(default_factory=Counter)
    alive: list[Any] = field(default_factory=list)

    @property
    def mutants(self) -> int:
        return self.killed.total() + len(self.alive)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.killed + other.killed, self.alive + other.alive)


def mutate(prepared: Prepared, renders: Renders | None = None) -> Tally:
    """The verdicts on all mutants of a formula that can be typeset."""
    return judge_all(prepared, latex_mutants(prepared), renders)


def edit(prepared: Prepared, seed: int, count: int = EDITS, renders: Renders | None = None) -> Tally:
    """The verdicts on random edits of a formula."""
    rng = np.random.default_rng([seed, *prepared.block.id.encode()])
    return judge_all(prepared, random_mutants(prepared, rng, count), renders)


def judge_all(prepared: Prepared, mutants: Sequence[Mutant], renders: Renders | None = None) -> Tally:
    """The verdicts on mutants, those left out that cannot be typeset."""
    tally = Tally()
    counted = renders([mutant.latex for mutant in mutants]) if renders is not None else [True] * len(mutants)
    for mutant in compress(mutants, counted):
        verdict = prepared.judge(mutant.latex)
        if verdict:
            tally.alive.append(mutant)
        else:
            tally.killed[verdict.kind] += 1
    return tally


def mutate_code(prepared: Iterable[Prepared]) -> Tally:
    """The verdicts on all mutants of the functions behind some formulas: killed where one of the formulas turns red."""
    tally = Tally()
    users: dict[Any, list[Prepared]] = {}
    for made in prepared:
        if not made.statement:
            for function in functions_of(made.block, made.function):
                users.setdefault(function, []).append(made)
    for function, formulas in users.items():
        for mutant in code_mutants(function):
            kind = next(filter(None, (death(mutant, made) for made in formulas)), "")
            if kind:
                tally.killed[kind] += 1
            else:
                tally.alive.append(mutant)
    return tally


def death(mutant: CodeMutant, prepared: Prepared, patience: float = PATIENCE) -> str:
    """Of what a mutated function dies on the draws of a formula; empty where it lives."""
    try:
        with mutant.applied(patience):
            return recheck(prepared)
    except TooLong:
        return "time"


def recheck(prepared: Prepared) -> str:
    """What is wrong with the function as it is now, on the draws that were made before; empty where nothing is."""
    state = State()
    prepared.generator = np.random.default_rng(0)
    try:
        with np.errstate(all="ignore"):
            for before in prepared.trials:
                env = {name: value for name, value in before.env.items() if name not in ("#draw", "#text", "#running")}
                trial = prepared.trial(env, prepared.run(env, before.number), before.number, np.random.default_rng(before.number))
                prepared.formula.look(trial, state)
        prepared.formula.finish(state)
    except FunctionError:
        return "function"
    except (LatexError, Mismatch) as error:
        return error.kind
    except (ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return "numbers"
    return ""


def fingerprint(block: Block, function: Callable[..., Any]) -> str:
    """A hash of all that a formula's verdicts depend on, the reader aside: its block and the code behind it, without remarks and docstrings."""
    code = [] if block.call == "statement" else [ast.dump(definition(each)) for each in functions_of(block, function)]
    parts = [block.id, block.latex, block.where, block.gives, block.uses, block.call, code]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
