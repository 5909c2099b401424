"""Wrong versions of the functions that formulas stand at, to see whether the check notices.

``code_mutants`` changes one place of a function's body at a time; the statements that read and check the arguments are left alone. A mutant is the changed code of the
function: while it is ``applied``, everybody who calls the function gets the mutant.
"""

from __future__ import annotations

import __future__
import ast
import inspect
import signal
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, cast

from dlref.latex.docstring import Block

# Calls that read and check arguments (dlref._backend's helpers).
CHECKS = frozenset("arrays check counts entries fraction indices integers natural nonnegative number paired positive sizes truths whole".split())
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
CALLED = {
    "exp": "expm1", "expm1": "exp", "log": "log1p", "log1p": "log", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum", "sum": "mean",
    "mean": "sum", "prod": "sum", "floor": "ceil", "ceil": "floor", "sin": "cos", "cos": "sin", "argmax": "argmin", "argmin": "argmax", "sqrt": "square",
    "square": "sqrt", "any": "all", "all": "any", "sorted": "reversed", "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like",
}  # fmt: skip
DROPPED = frozenset("exp expm1 log log1p abs sqrt square tanh sin cos floor ceil sign round int float".split())


class TooLong(Exception):
    """A mutant that does not end."""


@dataclass(frozen=True)
class CodeMutant:
    """A function's code with one place changed."""

    operator: str
    function: FunctionType
    line: int  # in the function's file
    code: str  # the changed statement
    compiled: CodeType

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__qualname__}"

    @contextmanager
    def applied(self, seconds: float = 0) -> Iterator[None]:
        """The function is the mutant in here; TooLong after so many seconds (main thread only)."""
        original = self.function.__code__
        self.function.__code__ = self.compiled
        try:
            with within(seconds):
                yield
        finally:
            self.function.__code__ = original


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """TooLong when the block takes more than so many seconds of the processor, however busy the machine is; 0 is no limit."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    if not seconds:
        yield
        return
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def functions_of(block: Block, function: Callable[..., Any]) -> list[FunctionType]:
    """The functions behind a formula: its own, those that its call names, and those of the same module that they call."""
    first = cast(FunctionType, inspect.unwrap(function))
    scope = first.__globals__
    names = {node.id for node in ast.walk(ast.parse(block.call)) if isinstance(node, ast.Name)} if block.call else set()
    waiting = [first, *(scope[name] for name in sorted(names) if name in scope)]
    found: list[FunctionType] = []
    while waiting:
        plain = inspect.unwrap(waiting.pop(0))
        if isinstance(plain, FunctionType) and plain.__module__ == first.__module__ and plain not in found:
            found.append(plain)
            waiting += [scope[name] for name in _names(plain.__code__) if name in scope]
    return found


def _names(code: CodeType) -> list[str]:
    """The global names that code uses, those of inner functions included."""
    return [*code.co_names, *(name for inner in code.co_consts if isinstance(inner, CodeType) for name in _names(inner))]


def definition(function: FunctionType) -> ast.FunctionDef:
    """The function's syntax tree without its docstring and decorators; its lines are those of the file."""
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise TypeError(f"{function.__qualname__} is not defined by def")
    ast.increment_lineno(tree, first - 1)
    tree.decorator_list = []
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:] or [ast.Pass()]
    return tree


def code_mutants(function: FunctionType) -> list[CodeMutant]:
    """The function with one place of its body changed, for each operator and place; each text once."""
    tree = definition(function)
    original = ast.unparse(tree)
    seen = {original}
    found = []
    bound = {argument.arg for argument in [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]}
    for statement, parent, name, place, node in _places(tree, tree, _checks(tree)):
        for operator, new in _edits(node, bound):
            _put(parent, name, place, new)
            try:
                text = ast.unparse(ast.fix_missing_locations(tree))
                if text not in seen:
                    seen.add(text)
                    line = getattr(node, "lineno", statement.lineno)
                    found.append(CodeMutant(operator, function, line, _shown(statement, node, new), _compile(tree, function)))
            finally:
                _put(parent, name, place, node)
        if isinstance(node, ast.Assign):
            bound |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _shown(statement: ast.AST, node: ast.AST, new: ast.AST) -> str:
    """A changed statement on one line; of a loop or a condition its head."""
    if isinstance(new, ast.Pass):
        return f"without: {_head(node)}"
    if statement is node:
        return _head(new)
    first, *rest = ast.unparse(statement).splitlines()
    return f"{first} … {_head(node)} → {_head(new)}" if rest else first


def _head(node: ast.AST) -> str:
    """The first line of a piece of code."""
    first, *rest = ast.unparse(node).splitlines()
    return f"{first} …" if rest else first


def _compile(tree: ast.FunctionDef, function: FunctionType) -> CodeType:
    module = compile(ast.Module([tree], []), function.__code__.co_filename, "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True)
    return next(code for code in module.co_consts if isinstance(code, CodeType) and code.co_name == tree.name)


def _put(parent: ast.AST, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[place] = node


def _places(parent: ast.AST, statement: ast.AST, checks: set[ast.AST]) -> Iterator[tuple[Any, ast.AST, str, int | None, ast.AST]]:
    """(statement, parent, field, index in the field, node) of all nodes of the body, checks left out."""
    for name, value in ast.iter_fields(parent):
        if isinstance(parent, ast.FunctionDef) and name != "body":
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and node not in checks:
                inner = node if isinstance(node, ast.stmt) else statement
                yield inner, parent, name, place, node
                yield from _places(node, inner, checks)


def _checks(tree: ast.FunctionDef) -> set[ast.AST]:
    """The statements that read or check arguments, and those that compute what only checks look at."""
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    checks: set[ast.AST] = {node for node in statements if _is_check(node)}
    while True:
        looked_at = {id(inner) for check in checks for inner in ast.walk(check)}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in looked_at}
        more = {
            node for node in statements if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id not in used for t in node.targets)
        } - checks  # fmt: skip
        if not more:
            return checks
        checks |= more


def _is_check(node: ast.AST) -> bool:
    """Whether a node only reads or checks arguments, or raises."""
    if isinstance(node, ast.Raise | ast.Assert):
        return True
    if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise) and all(isinstance(inner, ast.Assign) for inner in node.body[:-1]):  # what it got, for the message
        return True
    value = getattr(node, "value", None) if isinstance(node, ast.Expr | ast.Assign) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return False
    return isinstance(node, ast.Expr) or value.func.id in CHECKS  # a call whose result nobody uses


def _edits(node: ast.AST, bound: set[str]) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in OPERATORS:
            yield "exchange an operator", ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
        yield "drop an operand", node.left
        yield "drop an operand", node.right
    elif isinstance(node, ast.AugAssign):
        if type(node.op) in OPERATORS:
            yield "exchange an operator", ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value, lineno=node.lineno)
        yield "drop a statement", ast.Pass(lineno=node.lineno)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield "drop a sign", node.operand
    elif isinstance(node, ast.Compare):
        for new in COMPARISONS[type(node.ops[0])]:
            yield "exchange a comparison", ast.Compare(node.left, [new(), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield "exchange a condition", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "change a constant", ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield "change a constant", ast.Constant(node.value + 1)
            yield "change a constant", ast.Constant(node.value - 1)
    elif isinstance(node, ast.IfExp):
        yield "exchange a condition", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.If):
        yield "exchange a condition", ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse, lineno=node.lineno)
    elif isinstance(node, ast.Call):
        yield from _call_edits(node)
    elif isinstance(node, ast.Expr) or isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id in bound for t in node.targets):
        yield "drop a statement", ast.Pass(lineno=node.lineno)


def _call_edits(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    if name in CALLED:
        new = CALLED[name]
        func: ast.expr = ast.Attribute(node.func.value, new, ast.Load()) if isinstance(node.func, ast.Attribute) else ast.Name(new, ast.Load())
        if isinstance(func, ast.Attribute) or name in ("max", "min", "any", "all"):
            yield "exchange a function", ast.Call(func, node.args, node.keywords)
    if name in DROPPED and len(node.args) == 1:
        yield "drop a function", node.args[0]
    if len(node.args) >= 2 and not any(isinstance(argument, ast.Starred) for argument in node.args):
        yield "swap arguments", ast.Call(node.func, [*node.args[:-2], node.args[-1], node.args[-2]], node.keywords)
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield "drop an option", ast.Call(node.func, node.args, [other for other in node.keywords if other is not keyword])
