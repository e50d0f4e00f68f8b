"""Small edits of a person's code, as text in its place: to find the one that makes a wrong gradient right."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from chalkgrad.checking.code.source import Function, Source

_MOST = 700


@dataclass(frozen=True)
class SmallEdit:
    """A piece of the text, from one byte to another, and what would stand there.

    The kind is one of the catalogue of mistakes, or, of code alone: `brackets_missing`, `constant_wrong`,
    `gradients_exchanged`, `updated_before_use`.
    """

    start: int
    end: int
    text: str
    kind: str
    line: int

    def applied(self, source: str) -> str:
        """The whole text with the edit."""
        data = source.encode()
        return (data[: self.start] + self.text.encode() + data[self.end :]).decode()


def edits_of(source: Source, functions: Sequence[Function]) -> list[SmallEdit]:
    """The edits of some functions, the plainest slips first; of each place once.

    >>> text = "def f(x): return x.sum(axis=1)\\n"
    >>> tree = Source("f.py", text)
    >>> [edit.text for edit in edits_of(tree, tree.tree.body) if edit.kind == "sum_over_hidden_units"]
    ['0', '-1']
    """
    begins = [0]
    for line in source.text.encode().splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    writer = _Writer(source.text.encode(), begins)
    found: dict[tuple[int, int, str], SmallEdit] = {}
    for kinds in _ORDER:
        for function in functions:
            for edit in kinds(writer, function):
                key = (edit.start, edit.end, edit.text)
                if edit.text != writer.data[edit.start : edit.end].decode():
                    found.setdefault(key, edit)
    return list(found.values())[:_MOST]


@dataclass(frozen=True)
class _Writer:
    data: bytes
    begins: Sequence[int]

    def span(self, node: ast.AST) -> tuple[int, int]:
        begin = self.begins[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return begin, self.begins[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.data[start:end].decode()

    def edit(self, node: ast.AST, text: str, kind: str) -> SmallEdit:
        start, end = self.span(node)
        return SmallEdit(start, end, text, kind, node.lineno)  # type: ignore[attr-defined]


def _bracketed(writer: _Writer, node: ast.AST) -> str:
    text = writer.text(node)
    return f"({text})" if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.BoolOp) else text


def _values(function: Function) -> Iterator[ast.expr]:
    """The values that are assigned, returned, or put into a dictionary."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                yield value
            case ast.Return(value=ast.Tuple(elts=each) | ast.List(elts=each)):
                yield from each
            case ast.Return(value=ast.expr() as value):
                yield value
            case ast.Dict(values=each):
                yield from each


def _signs(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        match node:
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                swapped = f"{_bracketed(writer, right)} - {_bracketed(writer, left)}"
                yield writer.edit(node, swapped, "sign_flipped")
                yield writer.edit(node, f"{writer.text(left)} + {_bracketed(writer, right)}", "sign_flipped")
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield writer.edit(node, f"{writer.text(left)} - {_bracketed(writer, right)}", "sign_flipped")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                yield writer.edit(node, writer.text(operand), "sign_flipped")
            case ast.Call(args=[ast.BinOp() | ast.Name() | ast.Attribute() as given]):
                yield writer.edit(given, f"-{_bracketed(writer, given)}", "sign_flipped")
    for value in _values(function):
        if not isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.Dict):
            yield writer.edit(value, f"-{_bracketed(writer, value)}", "sign_flipped")


def _axes(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        if name not in ("sum", "mean", "max", "min", "prod"):
            continue
        for place in [*(k.value for k in node.keywords if k.arg in ("axis", "dim")), *node.args]:
            if isinstance(place, ast.Constant) and type(place.value) is int:
                for other in (0, 1, -1):
                    yield writer.edit(place, str(other), "sum_over_hidden_units")
            elif isinstance(place, ast.UnaryOp):
                yield writer.edit(place, "0", "sum_over_hidden_units")
        text = writer.text(node)
        if not node.keywords and len(node.args) <= (writer.text(node.func.value) in ("np", "torch", "jnp", "numpy")):
            start = text.rstrip()[:-1]
            yield writer.edit(node, f"{start}{', ' if node.args else ''}axis=0)", "bias_gradient_not_summed")
        other_name = {"sum": "mean", "mean": "sum"}.get(name)
        if other_name:
            head = writer.text(node.func)
            kind = "mean_missing" if name == "sum" else "mean_doubled"
            yield writer.edit(node.func, head[: -len(name)] + other_name, kind)
    for value in _values(function):
        if isinstance(value, ast.Name | ast.BinOp):
            for more in ("", ", keepdims=True"):
                summed = f"{_bracketed(writer, value)}.sum(axis=0{more})"
                yield writer.edit(value, summed, "bias_gradient_not_summed")


def _factors(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                yield writer.edit(node, _bracketed(writer, left), "factor_of_two")
                yield writer.edit(node, _bracketed(writer, right), "factor_of_two")
                yield writer.edit(node, f"{writer.text(left)} / {_bracketed(writer, right)}", "factor_missing")
            case ast.BinOp(left=left, op=ast.Div()):
                yield writer.edit(node, _bracketed(writer, left), "mean_doubled")
                yield writer.edit(node, f"{writer.text(left)} * {_bracketed(writer, node.right)}", "factor_missing")
            case ast.BinOp(left=left, op=ast.Pow()):
                yield writer.edit(node, _bracketed(writer, left), "power_rule")
            case ast.BinOp(op=ast.Sub() | ast.Add(), right=ast.Name() | ast.Attribute() | ast.Subscript() as right):
                yield writer.edit(right, f"{writer.text(right)}**2", "tanh_derivative_slip")
    counts = [name for name in ("m", "n", "N", "batch_size", "num_train", "n_samples") if name in _names(function)]
    samples = [f"{name}.shape[0]" for name in ("X", "x") if name in _names(function)]
    for value in _values(function):
        if isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Subscript):
            continue
        inner = _bracketed(writer, value)
        yield writer.edit(value, f"2 * {inner}", "factor_of_two")
        yield writer.edit(value, f"{inner} / 2", "factor_of_two")
        for count in (counts or samples)[:1]:
            yield writer.edit(value, f"{inner} / {count}", "mean_missing")


def _brackets(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        match node:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=ast.BinOp(left=a, op=ast.Mult(), right=b)):
                sign = "+" if isinstance(op, ast.Add) else "-"
                yield writer.edit(
                    node, f"({writer.text(left)} {sign} {writer.text(a)}) * {_bracketed(writer, b)}", "brackets_missing"
                )
        match node:
            case ast.BinOp(left=ast.BinOp(left=a, op=ast.Mult(), right=b), op=ast.Add() | ast.Sub() as op, right=right):
                sign = "+" if isinstance(op, ast.Add) else "-"
                yield writer.edit(
                    node,
                    f"{_bracketed(writer, a)} * ({writer.text(b)} {sign} {writer.text(right)})",
                    "brackets_missing",
                )


def _transposes(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=value, attr="T", ctx=ast.Load()):
                yield writer.edit(node, writer.text(value), "transposed")
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                for side in (left, right):
                    yield writer.edit(side, f"{_bracketed(writer, side)}.T", "transposed")
                if isinstance(right, ast.Attribute):
                    yield writer.edit(node, f"{writer.text(right)} @ {_bracketed(writer, left)}", "order_of_product")
            case ast.Call(func=ast.Attribute(attr="dot"), args=[*_, last]):
                yield writer.edit(last, f"{_bracketed(writer, last)}.T", "transposed")
    for value in _values(function):
        if isinstance(value, ast.BinOp):
            yield writer.edit(value, f"({writer.text(value)}).T", "transposed")


def _comparisons(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    for node in ast.walk(function):
        match node:
            case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE() | ast.Lt() | ast.LtE() as op], comparators=[right]):
                other = "<" if isinstance(op, ast.Gt | ast.GtE) else ">"
                yield writer.edit(
                    node, f"{writer.text(left)} {other} {writer.text(right)}", "wrong_activation_derivative"
                )
            case ast.Constant(value=int() | float() as number) if type(number) is not bool and number in (0, 1, 2, -1):
                for other_number in {0, 1, 2} - {number}:
                    yield writer.edit(node, str(other_number), "constant_wrong")


def _variables(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    """Another name at a place: the most alike first."""
    names = sorted(_names(function))
    reads = [each for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    reads = [each for each in reads if each.id in names]
    pairs = [(_likeness(each.id, other), each, other) for each in reads for other in names if other != each.id]
    for _, each, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield writer.edit(each, other, "wrong_variable")
    keys = sorted({each.slice.value for each in ast.walk(function) if isinstance(each, ast.Subscript)
                   and isinstance(each.slice, ast.Constant) and isinstance(each.slice.value, str)})  # fmt: skip
    for node in ast.walk(function):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str() as key) as index, ctx=ast.Load()):
                for other in sorted(set(keys) - {key}, key=lambda name: -_likeness(key, name)):
                    yield writer.edit(index, repr(other), "wrong_variable")
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                attributes = [a for a in ast.walk(function) if isinstance(a, ast.Attribute)]
                held = {a.attr for a in attributes if writer.text(a.value) == "self"}
                for other in sorted(held - {name}, key=lambda one: -_likeness(name, one)):
                    yield writer.edit(node, f"self.{other}", "wrong_variable")


def _likeness(one: str, other: str) -> float:
    same_number = re.findall(r"\d+", one) == re.findall(r"\d+", other)
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio() + 0.3 * same_number


def _names(function: Function) -> set[str]:
    """The arguments and local names of a function that hold values."""
    found = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)} - {"self", "ctx"}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _slopes(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    """A factor more: the derivative of an activation, of each value that the function has."""
    names = sorted(name for name in _names(function) if re.match(r"[azhso]", name.casefold()) and len(name) <= 8)
    held = [writer.text(each) for each in ast.walk(function) if isinstance(each, ast.Subscript | ast.Attribute)
            and isinstance(getattr(each, "ctx", None), ast.Load) and re.search(r"[AZHazh]_?\d", writer.text(each))
            and len(writer.text(each)) < 16]  # fmt: skip
    for value in _values(function):
        if not isinstance(value, ast.BinOp | ast.Call | ast.Name):
            continue
        for name in [*names, *dict.fromkeys(held)][:8]:
            for slope in (f"({name} > 0)", f"{name} * (1 - {name})", f"(1 - {name}**2)"):
                yield writer.edit(value, f"{_bracketed(writer, value)} * {slope}", "activation_derivative_missing")


def _places(writer: _Writer, function: Function) -> Iterator[SmallEdit]:
    """Two entries of what is returned change places; two statements that follow each other, too."""
    for node in ast.walk(function):
        entries: list[ast.expr] = []
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple | ast.List):
            entries = node.value.elts
        elif isinstance(node, ast.Dict):
            entries = node.values
        for one, first in enumerate(entries):
            for second in entries[one + 1 :]:
                (start, end), (begin, stop) = writer.span(first), writer.span(second)
                between = writer.data[end:begin].decode()
                text = f"{writer.text(second)}{between}{writer.text(first)}"
                yield SmallEdit(start, stop, text, "gradients_exchanged", first.lineno)
    for block in [getattr(each, "body", []) for each in ast.walk(function)]:
        statements = block if isinstance(block, list) else []
        for number, each in enumerate(statements):
            if not isinstance(each, ast.AugAssign | ast.Assign):
                continue
            for after in statements[number + 1 : number + 6]:
                if isinstance(after, ast.AugAssign | ast.Assign):
                    (start, end), (begin, stop) = writer.span(each), writer.span(after)
                    between = writer.data[end:begin].decode()
                    moved = f"{between.lstrip()}{writer.text(after)}{_line_break(between)}{writer.text(each)}"
                    yield SmallEdit(start, stop, moved, "updated_before_use", each.lineno)


def _line_break(between: str) -> str:
    return "\n" + between.rpartition("\n")[2] if "\n" in between else "; "


_ORDER: tuple[Callable[[_Writer, Function], Iterator[SmallEdit]], ...] = (
    _signs, _axes, _brackets, _factors, _comparisons, _transposes, _places, _variables, _slopes,
)  # fmt: skip


def functions_in_reach(source: Source, name: str) -> list[Function]:
    """The functions that may hold the slip: the named one, or a class's methods; then what it needs of the file."""
    parts = name.split(".")
    chosen: list[Function] = []
    for number in source.needed(name):
        node = source.tree.body[number]
        if isinstance(node, Function):
            chosen.insert(0 if node.name == name else len(chosen), node)
        elif isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, Function) and each.name != "__init__"]
            wanted = [each for each in methods if each.name in (parts[-1], "backward", "backprop", "loss", "gradient")]
            chosen[:0] = [*wanted, *(each for each in methods if each not in wanted)]
    return chosen


def statement_of(source: Source, line: int) -> int:
    """Which statement of the file a line is in."""
    return next(k for k, each in enumerate(source.tree.body) if _first_line(each) <= line <= (each.end_lineno or line))


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return int(min([statement.lineno, *(each.lineno for each in decorators)]))
