"""The ``call`` line: how a formula's function is called with the arrays that ``where`` declares.

The line is a small piece of Python (calls, names, numbers, tuples, arithmetic, comparisons, assignments with ``;``) that is walked here, not executed by Python.
"""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from dlref.latex.docstring import FormulaError

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.MatMult: operator.matmul, ast.USub: operator.neg, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


class Missing(Exception):
    """An argument that nobody gives."""


Names: TypeAlias = dict[str, Any]
Part: TypeAlias = Callable[[Names], Any]  # a piece of a call, given the arguments by name


@dataclass
class Call:
    """A call line with the names that take the ``where`` lines in order."""

    statements: list[ast.stmt]
    parts: list[Part]  # what the statements do; the last one gives the call's value
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
    reader = CallReader(function, name, scope, where)
    return Call(statements, [reader.statement(statement) for statement in statements], names, random, name)


def run_call(call: Call, arguments: Sequence[Any], extra: Mapping[str, Any]) -> Any:
    """The value of the call's last expression. ``extra`` holds sizes and ``rng``; a keyword whose argument is Missing is left to its default."""
    names = dict(zip(call.names, arguments, strict=True))
    if extra:
        names = {**extra, **names}
    for part in call.parts:
        result = part(names)
    return result


@dataclass
class CallReader:
    """Makes functions of the names' values out of a call's syntax tree."""

    function: Callable[..., Any]
    name: str  # what the line calls the formula's own function
    scope: Mapping[str, Any]  # the names of its module
    where: str

    def fail(self, message: str) -> FormulaError:
        return FormulaError(f"{self.where}: {message}")

    def statement(self, node: ast.stmt) -> Part:
        if isinstance(node, ast.Expr):
            return self.value(node.value)
        if not isinstance(node, ast.Assign):
            raise self.fail(f"a call cannot hold {type(node).__name__}")
        found = self.value(node.value)
        targets = [target.elts if isinstance(target, ast.Tuple) else [target] for target in node.targets]
        if not all(isinstance(name, ast.Name) for target in targets for name in target):
            raise self.fail("a call assigns to names only")
        whole = [target.id for target in node.targets if isinstance(target, ast.Name)]
        split = [[name.id for name in target.elts if isinstance(name, ast.Name)] for target in node.targets if isinstance(target, ast.Tuple)]

        def assign(names: Names) -> None:
            result = found(names)
            names.update(dict.fromkeys(whole, result))
            for parts in split:
                names.update(zip(parts, result, strict=True))

        return assign

    def value(self, node: ast.expr | None) -> Part:
        if node is None:
            return lambda names: None
        if isinstance(node, ast.Constant):
            constant = node.value
            return lambda names: constant
        if isinstance(node, ast.Name):
            return self.named(node.id)
        if isinstance(node, ast.Tuple | ast.List):
            items, kind = self.elements(node.elts), tuple if isinstance(node, ast.Tuple) else list
            return lambda names: kind(items(names))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.BinOp | ast.Compare):
            pair = (node.left, node.right, type(node.op)) if isinstance(node, ast.BinOp) else (node.left, node.comparators[0], type(node.ops[0]))
            if pair[2] in OPERATORS and (isinstance(node, ast.BinOp) or len(node.ops) == 1):
                left, right, operation = self.value(pair[0]), self.value(pair[1]), OPERATORS[pair[2]]
                return lambda names: operation(left(names), right(names))
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            operand, sign = self.value(node.operand), OPERATORS[type(node.op)]
            return lambda names: sign(operand(names))
        if isinstance(node, ast.Subscript):
            whole, index = self.value(node.value), self.value(node.slice)
            return lambda names: whole(names)[index(names)]
        if isinstance(node, ast.Slice):
            bounds = [self.value(part) for part in (node.lower, node.upper, node.step)]
            return lambda names: slice(*[bound(names) for bound in bounds])
        if isinstance(node, ast.Attribute) and not node.attr.startswith("_"):
            owner, attribute = self.value(node.value), node.attr
            return lambda names: getattr(owner(names), attribute)
        if isinstance(node, ast.Lambda):
            formals, body = [argument.arg for argument in node.args.args], self.value(node.body)
            return lambda names: lambda *given: body({**names, **dict(zip(formals, given, strict=True))})
        raise self.fail(f"a call cannot hold {type(node).__name__}")

    def named(self, name: str) -> Part:
        """An argument, the formula's own function, or another name of its module."""

        def found(names: Names) -> Any:
            value = names.get(name, names)
            if value is Missing:
                raise Missing(name)
            if value is not names:
                return value
            if name == self.name:
                return self.function
            if name in self.scope:
                return self.scope[name]
            raise FormulaError(f"the call names '{name}', which is neither an argument nor a function of the module")

        return found

    def call(self, node: ast.Call) -> Part:
        function, arguments = self.value(node.func), self.elements(node.args)
        keywords = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}

        def run(names: Names) -> Any:
            if not keywords:
                return function(names)(*arguments(names))
            given = {}
            for name, value in keywords.items():
                try:
                    given[name] = value(names)
                except Missing:
                    continue
            return function(names)(*arguments(names), **given)

        return run

    def elements(self, nodes: Sequence[ast.expr]) -> Callable[[Names], list[Any]]:
        if not any(isinstance(node, ast.Starred) for node in nodes):
            values = [self.value(node) for node in nodes]
            return lambda names: [value(names) for value in values]
        parts = [(isinstance(node, ast.Starred), self.value(node.value if isinstance(node, ast.Starred) else node)) for node in nodes]
        return lambda names: [item for many, value in parts for item in (value(names) if many else [value(names)])]
