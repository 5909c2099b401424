"""The ``call`` line: how a formula's function is called with the arrays that ``where`` declares.

The line is a small piece of Python (calls, names, numbers, tuples, arithmetic, comparisons, assignments with ``;``) that is walked here, not executed by Python.
"""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlref.latex.docstring import FormulaError

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.MatMult: operator.matmul, ast.USub: operator.neg, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


class Missing(Exception):
    """An argument that nobody gives."""


@dataclass
class Call:
    """A call line with the names that take the ``where`` lines in order."""

    statements: list[ast.stmt]
    names: list[str]
    random: bool  # whether it asks for a generator
    function: str  # what the line calls the formula's own function


def read_call(line: str | None, function: Callable[..., Any], lines: int, sizes: Sequence[str], where: str) -> Call:
    """The call line, or all positional arguments in order where there is none; FormulaError where names and ``where`` lines differ in number."""
    name = function.__name__ if function.__name__.isidentifier() else "function"
    text = line or f"{name}({', '.join(f'_{k}' for k in range(lines))})"
    try:
        statements = ast.parse(text, mode="exec").body
    except SyntaxError as error:
        raise FormulaError(f"{where}: the call '{text}' is no Python: {error.msg}") from None
    if not statements or not isinstance(statements[-1], ast.Expr):
        raise FormulaError(f"{where}: the call must end with an expression")
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    names: list[str] = []
    assigned: set[str] = set()
    random = False

    def visit(node: ast.AST) -> None:
        nonlocal random
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                assigned.add(node.id)
            elif node.id == "rng":
                random = True
            elif node.id in assigned or node.id in names or node.id in sizes or node.id == name or callable(scope.get(node.id)):
                pass
            else:
                names.append(node.id)
        elif isinstance(node, ast.Assign):
            visit(node.value)
            for target in node.targets:
                visit(target)
        elif isinstance(node, ast.Call):
            visit(node.func)
            for part in [*node.args, *(k.value for k in node.keywords)]:
                visit(part)
        else:
            for child in ast.iter_child_nodes(node):
                visit(child)

    for statement in statements:
        visit(statement)
    if len(names) != lines:
        raise FormulaError(f"{where}: the call '{text}' has {len(names)} arguments ({', '.join(names)}), 'where' has {lines} lines")
    return Call(statements, names, random, name)


def run_call(call: Call, function: Callable[..., Any], arguments: Sequence[Any], extra: Mapping[str, Any]) -> Any:
    """The value of the call's last expression. ``extra`` holds sizes and ``rng``; a keyword whose argument is Missing is left to its default."""
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    names = dict(extra) | dict(zip(call.names, arguments, strict=True))

    def value(node: ast.AST) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id in names:
                found = names[node.id]
                if found is Missing:
                    raise Missing(node.id)
                return found
            if node.id == call.function:
                return function
            if node.id in scope:
                return scope[node.id]
            raise FormulaError(f"the call names '{node.id}', which is neither an argument nor a function of the module")
        if isinstance(node, ast.Tuple | ast.List):
            items = elements(node.elts)
            return tuple(items) if isinstance(node, ast.Tuple) else items
        if isinstance(node, ast.Call):
            keywords = {}
            for keyword in node.keywords:
                try:
                    keywords[str(keyword.arg)] = value(keyword.value)
                except Missing:
                    continue
            return value(node.func)(*elements(node.args), **keywords)
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.operand))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return OPERATORS[type(node.ops[0])](value(node.left), value(node.comparators[0]))
        if isinstance(node, ast.Subscript):
            return value(node.value)[value(node.slice)]
        if isinstance(node, ast.Slice):
            return slice(*(None if part is None else value(part) for part in (node.lower, node.upper, node.step)))
        if isinstance(node, ast.Attribute) and not node.attr.startswith("_"):
            return getattr(value(node.value), node.attr)
        if isinstance(node, ast.Lambda):
            inner = [a.arg for a in node.args.args]

            def function_of(*given: Any) -> Any:
                saved = {name: names[name] for name in inner if name in names}
                names.update(zip(inner, given, strict=True))
                try:
                    return value(node.body)
                finally:
                    for name in inner:
                        names.pop(name, None)
                    names.update(saved)

            return function_of
        raise FormulaError(f"a call cannot hold {type(node).__name__}")

    def elements(nodes: Sequence[ast.expr]) -> list[Any]:
        out: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                out.extend(value(node.value))
            else:
                out.append(value(node))
        return out

    for statement in call.statements:
        if isinstance(statement, ast.Assign):
            result = value(statement.value)
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    names[target.id] = result
                elif isinstance(target, ast.Tuple):
                    for part, item in zip(target.elts, result, strict=True):
                        if not isinstance(part, ast.Name):
                            raise FormulaError("a call assigns to names only")
                        names[part.id] = item
        elif isinstance(statement, ast.Expr):
            last = value(statement.value)
        else:
            raise FormulaError(f"a call cannot hold {type(statement).__name__}")
    return last
