"""What an automatic mutant changes: the small edits of a function that a slip of the pen makes as well.

A sign: an operator, a comparison or a function is taken for its counterpart. An axis: another one, or two values in the
wrong order. An off by one. A dropped term: an operand, an argument, a condition, a step of a computation, a statement.
A constant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tinytorch.tito.splice import Definition

Edit = tuple[str, ast.AST, ast.AST]  # its kind, a part of the function, and what takes its place

SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
BOUNDS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

# Arguments that say where a result is written, or what is compared on the way: without them the result is the same.
SPARED = ("out", "strict")
AXES = ("axis", "axes", "dim")
# Names that turn a function into its counterpart.
TWINS = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "any": "all",
    "exp": "expm1",
    "log": "log1p",
    "sin": "cos",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "floor": "ceil",
}
TWINS |= {other: one for one, other in TWINS.items()}
# Calls whose arguments have no order, or are too different to be taken for each other.
UNORDERED = (
    *("add", "multiply", "maximum", "minimum", "max", "min", "isinstance", "getattr", "hasattr", "setattr"),
    *("zeros", "ones", "empty", "full", "random", "result_type", "promote_types"),
)
# Calls that may be forgotten: what they are given is of the sort that they return.
STEPS = (
    *("abs", "exp", "expm1", "log", "log1p", "sqrt", "sum", "mean", "max", "min"),
    *("copy", "astype", "reshape", "transpose", "reversed", "sorted"),
)
# Calls that take an axis without its name.
AXED = (
    *("sum", "mean", "max", "min", "argmax", "argmin", "any", "all", "reduce", "concatenate", "stack", "expand_dims"),
    *("squeeze", "swapaxes", "moveaxis", "transpose", "flip"),
)
NUMBERS = ("Array", "Tensor", "Any", "float", "int")


def of_operators(node: ast.AST) -> Iterator[Edit]:
    """Yield the edits of operators, comparisons and conditions."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in SWAPS:
            yield "sign", node, ast.BinOp(left, SWAPS[type(op)](), right)
            yield "sign", node, ast.BinOp(ast.UnaryOp(ast.USub(), left), op, right)
            if isinstance(op, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow):
                yield "sign", node, ast.BinOp(right, op, left)
            if isinstance(op, ast.MatMult):
                yield "axis", node, ast.BinOp(right, op, left)
            if not isinstance(op, ast.FloorDiv):
                yield "dropped term", node, left
            if isinstance(op, ast.Add | ast.Sub | ast.Mult):
                yield "dropped term", node, right
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield "sign", node, operand
        case ast.BoolOp(op, values):
            yield "sign", node, ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for place in range(len(values)):
                rest = values[:place] + values[place + 1 :]
                yield "dropped term", node, rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.Compare(left, ops, comparators):
            for kind, others in (("off by one", BOUNDS), ("sign", OPPOSITES)):
                for place, one in enumerate(ops):
                    if type(one) in others:
                        changed = [*ops[:place], others[type(one)](), *ops[place + 1 :]]
                        yield kind, node, ast.Compare(left, changed, comparators)
        case ast.IfExp(_, body, orelse):
            yield "dropped term", node, body
            yield "dropped term", node, orelse


def of_values(node: ast.AST, parent: ast.AST, axis: bool) -> Iterator[Edit]:
    """Yield the edits of names, constants, slices, tuples and calls."""
    match node:
        case ast.Attribute(value, name, ast.Load()) if name in TWINS:
            yield "sign", node, ast.Attribute(value, TWINS[name], ast.Load())
        case ast.Name(name, ast.Load()) if name in TWINS:
            yield "sign", node, ast.Name(TWINS[name], ast.Load())
        case ast.Constant(bool(value)):
            yield "constant", node, ast.Constant(not value)
        case ast.Constant(int(value)):
            for near in (value + 1, value - 1):
                yield "axis" if axis else "off by one", node, ast.Constant(near)
        case ast.Constant(float(value)):
            yield "constant", node, ast.Constant(2.0 * value or 1.0)
            yield "constant", node, ast.Constant(-value or -1.0)
        case ast.Slice(lower, upper, step):
            fewer = (ast.Slice(None, upper, step), ast.Slice(lower, None, step), ast.Slice(lower, upper))
            for bound, other in zip((lower, upper, step), fewer, strict=True):
                if bound is not None:
                    yield "dropped term", node, other
            yield from (*moved(lower), *moved(upper))
        case ast.Tuple(elements, ast.Load()) if not unordered(parent):
            yield from (("axis", node, ast.Tuple(other, ast.Load())) for other in exchanged(elements))
        case ast.Call():
            yield from of_call(node, parent)


def of_call(node: ast.Call, parent: ast.AST) -> Iterator[Edit]:
    """Yield the edits of a call: an argument left out, two in the wrong order, another axis, or no call at all."""
    name, arguments, keywords = called(node), node.args, node.keywords
    for place, keyword in enumerate(keywords):
        if keyword.arg not in SPARED:
            yield "dropped term", node, ast.Call(node.func, arguments, keywords[:place] + keywords[place + 1 :])
        if keyword.arg in AXES and not isinstance(keyword.value, ast.Constant | ast.UnaryOp):
            yield "axis", keyword.value, ast.Constant(0)
            yield "axis", keyword.value, ast.Constant(-1)
    if name not in UNORDERED and not any(isinstance(one, ast.Starred) for one in arguments):
        yield from (("axis", node, ast.Call(node.func, other, keywords)) for other in exchanged(arguments))
    if name == "range":
        for one in arguments:
            yield from moved(one)
    if name in STEPS and not isinstance(parent, ast.Expr):
        match node:
            case ast.Call(ast.Attribute(ast.Name("np" | "math")) | ast.Name(), [argument]):
                yield "dropped term", node, argument
            case ast.Call(ast.Attribute(value)) if not isinstance(value, ast.Name) or value.id not in ("np", "math"):
                yield "dropped term", node, value


def of_statements(node: ast.AST, numeric: bool) -> Iterator[Edit]:
    """Yield the edits of statements; `numeric` is whether the function returns something that has a sign."""
    match node:
        case ast.AugAssign(target, op, value):
            yield "dropped term", node, ast.Pass()
            yield "dropped term", node, ast.Assign([target], value, lineno=node.lineno)
            if type(op) in SWAPS:
                yield "sign", node, ast.AugAssign(target, SWAPS[type(op)](), value)
        case ast.Expr(ast.Call()) | ast.Continue() | ast.Break():
            yield "dropped term", node, ast.Pass()
        case ast.Assign([ast.Subscript() | ast.Attribute()]):
            yield "dropped term", node, ast.Pass()
        case ast.Assign([ast.Name(name)], value) if any(
            isinstance(one, ast.Name) and one.id == name for one in ast.walk(value)
        ):
            yield "dropped term", node, ast.Pass()
        case ast.If(test, body):
            yield "dropped term", test, ast.Constant(False)
            if not isinstance(body[-1], ast.Raise):
                yield "dropped term", test, ast.Constant(True)
        case ast.While(test):
            yield "dropped term", test, ast.Constant(False)
        case ast.comprehension(ifs=tests):
            yield from (("dropped term", test, ast.Constant(True)) for test in tests)
        case ast.Return(ast.Tuple(elements) as several):
            for place, one in enumerate(elements):
                yield "dropped term", several, ast.Tuple(elements[:place] + elements[place + 1 :], ast.Load())
                yield from negated(one, numeric)
        case ast.Return(ast.expr() as value):
            yield from negated(value, numeric)


def negated(value: ast.expr, numeric: bool) -> Iterator[Edit]:
    """Yield a result with the other sign, if it is not one operator's."""
    if numeric and isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        yield "sign", value, ast.UnaryOp(ast.USub(), value)


def moved(bound: ast.expr | None) -> Iterator[Edit]:
    """Yield a bound that is not a number moved by one; numbers are edited as such."""
    if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp | ast.Starred):
        yield "off by one", bound, ast.BinOp(bound, ast.Add(), ast.Constant(1))
        yield "off by one", bound, ast.BinOp(bound, ast.Sub(), ast.Constant(1))


def exchanged(values: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yield a list with each two neighbours exchanged; not a text, which is no array, with what is one."""
    for place in range(len(values) - 1):
        one, other = values[place : place + 2]
        if ast.dump(one) != ast.dump(other) and is_text(one) == is_text(other):
            yield [*values[:place], other, one, *values[place + 2 :]]


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a string as it stands."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def unordered(node: ast.AST) -> bool:
    """Whether a tuple in a node is a set, as in ``x in (2, 3)`` and ``axis=(0, 1)``."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()]) | ast.ExceptHandler() | ast.keyword("axis"):
            return True
    return isinstance(node, ast.Call) and called(node) == "isinstance"


def called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    match node.func:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return ""


def has_sign(annotation: ast.expr | None) -> bool:
    """Whether a function so annotated returns a number, an array, or a tuple, which is of these nearly always."""
    match annotation:
        case ast.Name(name):
            return name in NUMBERS
        case ast.BinOp(left, _, right):
            return has_sign(left) or has_sign(right)
        case ast.Subscript(ast.Name("tuple")):
            return True
    return False


def places(definition: Definition) -> Iterator[tuple[ast.AST, ast.AST, bool]]:
    """Yield what in a body an edit can change, the node that it stands in, and whether a number there is an axis."""
    node: ast.AST = definition.node
    waiting: list[tuple[ast.AST, ast.AST, bool]] = [(one, node, False) for one in reversed(definition.statements)]
    while waiting:
        one, parent, axis = waiting.pop()
        if isinstance(one, ast.Raise | ast.JoinedStr | ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue  # what an error says, and what is a function of its own
        if isinstance(one, ast.keyword) and one.arg in SPARED:
            continue
        if isinstance(one, ast.AnnAssign):
            waiting += [(one.value, one, False)] if one.value else []
            continue
        yield one, parent, axis
        match one:
            case ast.keyword(name):
                inner = name in AXES
            case ast.Call():
                inner = called(one) in AXED
            case ast.Subscript(ast.Attribute(_, "shape") | ast.Name("shape")):
                inner = True
            case _:
                inner = axis and isinstance(one, ast.UnaryOp | ast.Tuple)
        waiting += [(child, one, inner) for child in ast.iter_child_nodes(one)]


def edits(definition: Definition) -> Iterator[Edit]:
    """Yield every edit of a function."""
    numeric = has_sign(definition.node.returns)
    for node, parent, axis in places(definition):
        yield from of_operators(node)
        yield from of_values(node, parent, axis)
        yield from of_statements(node, numeric)
