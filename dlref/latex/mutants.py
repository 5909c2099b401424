"""Wrong versions of a formula and of a function, to see whether the check notices.

``latex_mutants`` applies each operator at each place of a formula, ``random_mutants`` edits tokens at random, ``code_mutants`` changes the body of a function
behind its checks of the arguments. Mutants are texts and functions; judging them is the business of :mod:`dlref.latex.check`.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlref.latex.reader import CLOSING, LatexError, texts

EXCHANGED = {
    r"\max": r"\min", r"\min": r"\max", r"\sum": r"\prod", r"\prod": r"\sum", r"\log": r"\exp", r"\exp": r"\log", r"\sin": r"\cos", r"\cos": r"\sin",
    r"\leq": r"\geq", r"\geq": r"\leq", "<": ">", ">": "<", r"\leftarrow": "=", "=": r"\leftarrow", r"\lfloor": r"\lceil", r"\rfloor": r"\rceil",
    r"\lceil": r"\lfloor", r"\rceil": r"\rfloor", r"\forall": r"\exists",
}  # fmt: skip
WEAKENED = {r"\leq": "<", r"\geq": ">", "<": r"\leq", ">": r"\geq", r"\neq": "=", r"\odot": "", r"\circ": "", r"\cdot": "+", r"\times": "+"}
FUNCTIONS = frozenset(r"\log \exp \sin \cos \tanh \max \min".split())
RELATIONS = frozenset(r"= \leq \geq < > \neq \leftarrow \sim \in \mid : ; , & \\ \text{if} \text{otherwise} \rightarrow \forall".split())
MARKS = frozenset("{ } _ ^ ( ) [ ]".split()) | {r"\{", r"\}", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil", "|", r"\|"} | RELATIONS


@dataclass(frozen=True)
class Mutant:
    """A changed formula and the operator that changed it."""

    operator: str
    latex: str


def latex_mutants(latex: str) -> list[Mutant]:
    """Every operator at every place: each text once, and none that reads as the formula itself."""
    tokens = texts(latex)
    found: dict[tuple[str, ...], str] = {}
    for operator, changed in _changes(tokens):
        if changed != tokens:
            found.setdefault(changed, operator)
    return [Mutant(operator, " ".join(changed)) for changed, operator in found.items() if _differs(changed, tokens)]


def random_mutants(latex: str, rng: np.random.Generator, count: int) -> list[Mutant]:
    """Seeded edits of one or two tokens: deleted, doubled, exchanged, replaced or inserted."""
    tokens = texts(latex)
    vocabulary = sorted(set(tokens) - {"{", "}"})
    found: dict[tuple[str, ...], str] = {}
    for _ in range(4 * count):
        if len(found) == count:
            break
        changed = list(tokens)
        for _ in range(int(rng.integers(1, 3))):
            i = int(rng.integers(len(changed)))
            edit = int(rng.integers(5))
            other = str(rng.choice(vocabulary))
            if edit == 0 and len(changed) > 1:
                del changed[i]
            elif edit == 1:
                changed.insert(i, changed[i])
            elif edit == 2:
                j = int(rng.integers(len(changed)))
                changed[i], changed[j] = changed[j], changed[i]
            elif edit == 3:
                changed[i] = other
            else:
                changed.insert(i, other)
        if tuple(changed) != tokens and _differs(changed, tokens):
            found.setdefault(tuple(changed), "random edit")
    return [Mutant(operator, " ".join(changed)) for changed, operator in found.items()]


def _differs(changed: Sequence[str], tokens: tuple[str, ...]) -> bool:
    """Whether a mutant is another formula for a reader; one that cannot be read is."""
    try:
        return texts(" ".join(changed)) != tokens
    except LatexError:
        return True


def _changes(tokens: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    def put(start: int, end: int, *new: str) -> tuple[str, ...]:
        return (*tokens[:start], *new, *tokens[end:])

    symbols = [i for i, token in enumerate(tokens) if _is_symbol(token)]
    names = sorted({tokens[i] for i in symbols if not tokens[i][0].isdigit()})
    for i, token in enumerate(tokens):
        if token in "+-" and token:
            yield "flip a sign", put(i, i + 1, "-" if token == "+" else "+")
            yield "drop a sign", put(i, i + 1)
            yield "drop a term", put(i, _term_end(tokens, i + 1))
        if token in EXCHANGED:
            yield "exchange an operator", put(i, i + 1, EXCHANGED[token])
        if token in WEAKENED:
            yield "weaken an operator", put(i, i + 1, *filter(None, [WEAKENED[token]]))
        if token in FUNCTIONS:
            yield "drop a function", put(i, i + 1)
        if token in ("_", "^") and token:
            yield "drop a script", put(i, _close(tokens, i + 1) + 1)
        if token == r"\sqrt":
            end = _close(tokens, i + 1)
            yield "drop a root", put(i, end + 1, "(", *tokens[i + 2 : end], ")")
        if token == r"\frac":
            middle = _close(tokens, i + 1)
            end = _close(tokens, middle + 1)
            yield "invert a fraction", put(i, end + 1, r"\frac", *tokens[middle + 1 : end + 1], *tokens[i + 1 : middle + 1])
            yield "drop a denominator", put(i, end + 1, *tokens[i + 2 : middle])
        if token in ("|", r"\|"):
            partner = next((j for j in range(i + 1, len(tokens)) if tokens[j] == token), None)
            if partner is not None:
                yield "drop a norm", (*tokens[:i], "(", *tokens[i + 1 : partner], ")", *tokens[partner + 1 :])
        if token[0].isdigit():
            value = float(token) if "." in token else int(token)
            yield "change a constant", put(i, i + 1, f"{value + 1}")
            yield "change a constant", put(i, i + 1, f"{value - 1}" if value >= 1 else f"{value + 2}")
        if i in symbols:
            yield "drop a factor", put(i, _atom_end(tokens, i))
            yield "drop a symbol", put(i, i + 1)
            others = [name for name in names if name != token]
            for k in range(min(2, len(others))):
                yield "replace a symbol", put(i, i + 1, others[(names.index(token) + k) % len(others)] if token in names else others[k])
            yield "add a transpose", put(i + 1, i + 1, "^", "{", r"\top", "}")
        if token in CLOSING and token != "{":
            end = _atom_end(tokens, i)
            if (tokens[i - 1] if i else "") not in ("_", "^"):
                yield "drop a factor", put(i, end)
    for i, j in zip(symbols, symbols[1:], strict=False):
        yield "swap two symbols", (*tokens[:i], tokens[j], *tokens[i + 1 : j], tokens[i], *tokens[j + 1 :])


def _is_symbol(token: str) -> bool:
    return token not in MARKS and token not in "+-*/." and not token.startswith((r"\begin", r"\end", r"\text"))


def _close(tokens: tuple[str, ...], start: int) -> int:
    """Index of the brace that closes the one at `start`."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += (tokens[i] == "{") - (tokens[i] == "}")
        if depth == 0:
            return i
    return len(tokens) - 1


def _atom_end(tokens: tuple[str, ...], start: int) -> int:
    """Index behind a symbol or a bracketed group with its arguments and scripts."""
    token = tokens[start]
    end = start + 1
    if token in CLOSING:
        depth = 1
        while end < len(tokens) and depth:
            depth += (tokens[end] in CLOSING) - (tokens[end] in CLOSING.values())
            end += 1
    elif token in (r"\frac", r"\sqrt"):
        for _ in range(2 if token == r"\frac" else 1):
            end = _close(tokens, end) + 1
    while end < len(tokens) and tokens[end] in ("_", "^"):
        end = _close(tokens, end + 1) + 1
    return end


def _term_end(tokens: tuple[str, ...], start: int) -> int:
    """Index behind the term that begins at `start`: before the next sign, relation or closing bracket of the same depth."""
    depth = 0
    for i in range(start, len(tokens)):
        token = tokens[i]
        if depth == 0 and i > start and (token in "+-" or token in RELATIONS or token.startswith(r"\end")):
            return i
        depth += (token in CLOSING) - (token in CLOSING.values())
        if depth < 0:
            return i
    return len(tokens)


# ---- mutants of code

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
CALLED = {
    "exp": "expm1", "expm1": "exp", "log": "log1p", "log1p": "log", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum", "sum": "mean",
    "mean": "sum", "prod": "sum", "floor": "ceil", "ceil": "floor", "sin": "cos", "cos": "sin", "argmax": "argmin", "argmin": "argmax", "abs": "negative",
    "sqrt": "square", "square": "sqrt", "tanh": "exp", "sign": "abs", "cumsum": "sum", "where": "where",
}  # fmt: skip
CHECKS = frozenset({"arrays", "paired", "check", "number", "whole", "indices", "truths"})


@dataclass(frozen=True)
class CodeMutant:
    """A changed function: the operator, the line in the file, the changed statement, and the function itself."""

    operator: str
    line: int
    code: str
    function: Callable[..., Any]


def code_mutants(function: Callable[..., Any]) -> list[CodeMutant]:
    """The function with one place of its body changed, for each operator and place; statements that check arguments are left alone."""
    plain = inspect.unwrap(function)
    lines, first = inspect.getsourcelines(plain)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    found = []
    for index, statement in enumerate(definition.body):
        if index == 0 and ast.get_docstring(definition) is not None or _is_check(statement):
            continue
        count = sum(1 for _ in ast.walk(statement))
        for place in range(count):
            for operator in ("operator", "constant", "call", "argument", "sign", "drop"):
                changed = copy.deepcopy(tree)
                body = changed.body[0].body  # type: ignore[attr-defined]
                node = list(ast.walk(body[index]))[place]
                if not _change(node, operator):
                    continue
                ast.fix_missing_locations(changed)
                mutated = _compile(changed, plain)
                if mutated is not None:
                    found.append(CodeMutant(operator, first + getattr(statement, "lineno", 1) - 1, ast.unparse(body[index]), mutated))
    return found


def _is_check(statement: ast.stmt) -> bool:
    """Whether a statement only reads or checks arguments, or raises."""
    if isinstance(statement, ast.If) and all(isinstance(inner, ast.Raise) for inner in statement.body):
        return True
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in CHECKS


def _change(node: ast.AST, operator: str) -> bool:
    """Change a node in place; False where the operator has nothing to do there."""
    if operator == "operator" and isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
    elif operator == "operator" and isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        node.ops[0] = OPERATORS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif operator == "constant" and isinstance(node, ast.Constant) and type(node.value) in (int, float):
        node.value = node.value + 1  # type: ignore[operator]
    elif operator == "call" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and CALLED.get(node.func.attr, node.func.attr) != node.func.attr:
        node.func.attr = CALLED[node.func.attr]
    elif operator == "argument" and isinstance(node, ast.Call) and len(node.args) >= 2:
        node.args[-1], node.args[-2] = node.args[-2], node.args[-1]
    elif operator == "sign" and isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    elif operator == "drop" and isinstance(node, ast.BinOp):
        node.op, node.right = (ast.Add(), ast.Constant(0.0)) if not isinstance(node.op, ast.Add | ast.Sub) else (ast.Mult(), ast.Constant(1.0))
    else:
        return False
    return True


def _compile(tree: ast.Module, plain: Callable[..., Any]) -> Callable[..., Any] | None:
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    try:
        code = compile(tree, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return None
    namespace = dict(plain.__globals__)  # type: ignore[attr-defined]
    exec(code, namespace)  # noqa: S102  (the code is this package's own)
    return namespace[definition.name]  # type: ignore[no-any-return]
