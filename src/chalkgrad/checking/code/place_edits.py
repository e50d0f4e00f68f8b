"""Edits of what stands where: axes, transposes, indices, masks, other names, statements in another order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from chalkgrad.checking.code.spans import Body, SmallEdit, Text

_AXES = ("0", "1", "-1", "2", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "(2, 3)")


def axes(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Another axis; a mean for a sum, and the reverse; a sum over the samples that is missing."""
    for node in body.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        places = [k.value for k in node.keywords if k.arg in ("axis", "dim")]
        if name in ("sum", "mean", "max", "min", "prod"):
            places += node.args
            reduced = text.text(node)
            of_module = text.text(node.func.value) in ("np", "torch", "jnp", "numpy")
            if not node.keywords and len(node.args) <= of_module:
                start = reduced.rstrip()[:-1]
                yield text.edit(node, f"{start}{', ' if node.args else ''}axis=0)", "bias_gradient_not_summed")
            other_name = {"sum": "mean", "mean": "sum"}.get(name)
            if other_name:
                head = text.text(node.func)
                kind = "mean_missing" if name == "sum" else "mean_doubled"
                yield text.edit(node.func, head[: -len(name)] + other_name, kind)
        for place in places:
            if re.fullmatch(r"-?\d|\([-\d, ]+\)", ast.unparse(place)):
                for other in _AXES:
                    yield text.edit(place, other, "sum_over_hidden_units")
    for value in body.computed:
        if isinstance(value, ast.Name | ast.BinOp | ast.Subscript):
            for more in ("axis=0", "axis=0, keepdims=True", "axis=-1, keepdims=True"):
                yield text.edit(value, f"{text.bracketed(value)}.sum({more})", "bias_gradient_not_summed")


def transposes(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A transpose more or less, factors of a product in the other order."""
    for node in body.nodes:
        match node:
            case ast.Attribute(value=value, attr="T", ctx=ast.Load()):
                yield text.edit(node, text.text(value), "transposed")
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                for side in (left, right):
                    yield text.edit(side, f"{text.bracketed(side)}.T", "transposed")
                yield text.edit(node, f"{text.bracketed(right)} @ {text.bracketed(left)}", "order_of_product")
            case ast.Call(func=ast.Attribute(attr="dot" | "matmul" | "outer"), args=[*_, last]):
                for each in node.args:
                    yield text.edit(each, f"{text.bracketed(each)}.T", "transposed")
                if len(node.args) == 2:
                    (start, end), (begin, stop) = text.span(node.args[0]), text.span(last)
                    between = text.data[end:begin].decode()
                    swapped = f"{text.text(last)}{between}{text.text(node.args[0])}"
                    yield SmallEdit(start, stop, swapped, "order_of_product", node.lineno)
            case ast.Call(func=ast.Attribute(value=value, attr="transpose" | "swapaxes")):
                yield text.edit(node, text.text(value), "transposed")
    for value in body.values:
        if isinstance(value, ast.BinOp | ast.Call):
            yield text.edit(value, f"{text.bracketed(value)}.T", "transposed")


def indices(text: Text, body: Body) -> Iterator[SmallEdit]:
    """An index one further or one less, a range that begins or ends elsewhere."""
    for node in body.nodes:
        if isinstance(node, ast.Subscript):
            entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for each in entries:
                yield from _shifted(text, each)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            for each in node.args:
                yield from _shifted(text, each)
            if len(node.args) == 1:
                yield text.edit(node.args[0], f"1, {text.text(node.args[0])}", "index_shifted")
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name):
            if node.iter.func.id == "reversed":
                yield text.edit(node.iter, text.text(node.iter.args[0]), "index_shifted")
            elif node.iter.func.id == "range":
                yield text.edit(node.iter, f"reversed({text.text(node.iter)})", "index_shifted")


def _shifted(text: Text, index: ast.expr) -> Iterator[SmallEdit]:
    match index:
        case ast.Slice(lower=lower, upper=upper, step=None):
            for other in (":", "1:", ":-1", "::-1"):
                yield text.edit(index, other, "index_shifted")
            for part in (lower, upper):
                if part is not None:
                    yield from _shifted(text, part)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int())):
            yield text.edit(index, text.text(left), "index_shifted")
            turned = "-" if isinstance(op, ast.Add) else "+"
            yield text.edit(index, f"{text.text(left)} {turned} {text.text(index.right)}", "index_shifted")
        case ast.Name() | ast.Attribute() | ast.BinOp() | ast.Call():
            for more in ("- 1", "+ 1"):
                yield text.edit(index, f"{text.text(index)} {more}", "index_shifted")
        case ast.Constant(value=int() as number):
            for place in (number - 1, number + 1):
                yield text.edit(index, str(place), "index_shifted")


def masks(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Another comparison."""
    signs: dict[type[ast.cmpop], str] = {
        ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!="
    }  # fmt: skip
    for node in body.nodes:
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in signs:
                for other in signs.values():
                    yield text.edit(node, f"{text.text(left)} {other} {text.text(right)}", "mask_wrong")
            case ast.Call(func=ast.Attribute(attr="where"), args=[_, one, other_value]):
                (start, end), (begin, stop) = text.span(one), text.span(other_value)
                between = text.data[end:begin].decode()
                swapped = f"{text.text(other_value)}{between}{text.text(one)}"
                yield SmallEdit(start, stop, swapped, "mask_wrong", one.lineno)
            case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=operand):
                yield text.edit(node, text.text(operand), "mask_wrong")
            case ast.Subscript(slice=ast.Name() as index):
                yield text.edit(index, f"~{text.text(index)}", "mask_wrong")


def variables(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Another name at a place: the most alike first."""
    reads = [each for each in body.nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    pairs = [
        (_likeness(each.id, other), each, other)
        for each in reads
        if each.id in body.names
        for other in body.names
        if other != each.id
    ]
    held = [each for each in body.nodes if isinstance(each, ast.Attribute | ast.Subscript)
            and isinstance(each.ctx, ast.Load) and ast.unparse(each) in body.held]  # fmt: skip
    pairs += [(_likeness(ast.unparse(each), other), each, other) for each in held  # type: ignore[misc]
              for other in [*body.held, *body.names] if other != ast.unparse(each)]  # fmt: skip
    pairs += [(_likeness(each.id, other) - 0.2, each, other) for each in reads if each.id in body.names
              for other in body.held if "self" in other or "[" in other]  # fmt: skip
    for _, each, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield text.edit(each, other, "wrong_variable")


def _likeness(one: str, other: str) -> float:
    same_number = re.findall(r"\d+", one) == re.findall(r"\d+", other)
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio() + 0.3 * same_number


def order(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Two entries of what is returned, or two values, change places; a statement stands further down."""
    for block in [getattr(each, "body", []) for each in [body.function, *body.nodes]]:
        statements = block if isinstance(block, list) else []
        for number, each in enumerate(statements):
            for after in statements[number + 1 : number + 6]:
                if isinstance(each, ast.Assign) and isinstance(after, ast.Assign):
                    yield _exchanged(text, each.value, after.value)
                if isinstance(each, ast.AugAssign | ast.Assign) and isinstance(after, ast.AugAssign | ast.Assign):
                    (start, end), (begin, stop) = text.span(each), text.span(after)
                    between = text.data[end:begin].decode()
                    moved = f"{between.lstrip()}{text.text(after)}{_line_break(between)}{text.text(each)}"
                    yield SmallEdit(start, stop, moved, "updated_before_use", each.lineno)
    for node in body.nodes:
        entries: list[ast.expr] = []
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple | ast.List):
            entries = node.value.elts
        elif isinstance(node, ast.Dict):
            entries = node.values
        for one, first in enumerate(entries):
            for second in entries[one + 1 :]:
                yield _exchanged(text, first, second)


def _exchanged(text: Text, first: ast.expr, second: ast.expr) -> SmallEdit:
    (start, end), (begin, stop) = text.span(first), text.span(second)
    between = text.data[end:begin].decode()
    swapped = f"{text.text(second)}{between}{text.text(first)}"
    return SmallEdit(start, stop, swapped, "gradients_exchanged", first.lineno)


def _line_break(between: str) -> str:
    return "\n" + between.rpartition("\n")[2] if "\n" in between else "; "


def overwritten(text: Text, body: Body) -> Iterator[SmallEdit]:
    """What is set is added up, and the reverse."""
    stored = [each.id for each in body.nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    for node in body.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            again = isinstance(target, ast.Name) and stored.count(target.id) > 1
            if again or isinstance(target, ast.Subscript):
                start, end = text.between(target, node.value)
                yield SmallEdit(start, end, text.data[start:end].decode().replace("=", "+=", 1), "overwritten",
                                target.lineno)  # fmt: skip
        elif isinstance(node, ast.AugAssign):
            start, end = text.between(node.target, node.value)
            plain = re.sub(r"[-+*/]=", "=", text.data[start:end].decode(), count=1)
            yield SmallEdit(start, end, plain, "overwritten", node.lineno)
