"""How a person's files make objects of a class: with numbers, words, lists of layers, functions, in small sizes."""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalkgrad.checking.code.names import is_rate, size_meant
from chalkgrad.checking.code.source import Function, Source, bound, free
from chalkgrad.checking.code.trees import Written

_DEEPEST, _LARGE, _MOST = 6, 32, 4
_IN_TURN, _FOR_LARGE = (3, 5, 2, 4, 6, 7, 8), (5, 6, 7, 8, 9, 11)
_OF_SIZE = {"0": 3, "1": 5, "-1": 2, "count": 4}


@dataclass(frozen=True)
class Making:
    """The arguments with which an object is made; those that are no literals are expressions of the file."""

    given: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()

    @property
    def reads(self) -> set[str]:
        """The names of the file that the expressions read."""
        every = (*self.given, *(value for _, value in self.named))
        return {name for each in every if isinstance(each, Written) for name in free(ast.parse(each.text))}


def makings(source: Source, owner: str) -> list[Making]:
    """How the file, and the files that import it, make objects of a class: the smallest first.

    Names that stand for something else than functions and classes are written out; of large sizes small ones are made,
    once the numbers in turn, once the large ones alone.

    >>> source = Source("n.py", "class Net:\\n  pass\\nsizes = [784, 10]\\nnet = Net(sizes, rate=0.1)")
    >>> makings(source, "Net")[0]
    Making(given=([3, 5],), named=(('rate', 0.1),))
    """
    found: dict[str, Making] = {}
    for file in (source, *source.beside):
        calls = list(_calls(file, owner))[:_MOST]
        for call in calls:
            with contextlib.suppress(LookupError):
                written = _Written(file, call.scope, source).visit(copy.deepcopy(call.node))
                for numbers in _sized(written):
                    imports = () if file is source else _imports(file, numbers)
                    making = _making(numbers, imports)
                    found.setdefault(repr(making), making)
    return list(found.values())


@dataclass(frozen=True)
class _Call:
    node: ast.Call
    scope: tuple[
        ast.stmt, ...
    ]  # the statements before it: of its function, with its arguments' defaults, or of the file


def _calls(source: Source, owner: str) -> Iterator[_Call]:
    """The calls of a class by its name, each with the statements before it."""

    def inside(body: list[ast.stmt], before: tuple[ast.stmt, ...]) -> Iterator[_Call]:
        for number, each in enumerate(body):
            here = (*before, *body[:number])
            inner = [part for part in ("body", "orelse", "finalbody") if getattr(each, part, None)]
            if isinstance(each, Function | ast.ClassDef):
                yield from inside(each.body, ())
            elif inner:
                for part in inner:
                    yield from inside(getattr(each, part), here)
            else:
                for node in ast.walk(each):
                    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == owner:
                        yield _Call(node, here)

    yield from inside(source.tree.body, ())


class _Written(ast.NodeTransformer):
    """Writes out what names stand for, but those of functions, classes and modules."""

    def __init__(self, file: Source, scope: tuple[ast.stmt, ...], source: Source) -> None:
        self.scope = (*file.tree.body, *scope)
        own = [each for each in file.tree.body if isinstance(each, Function | ast.ClassDef)]
        self.kept = set(dir(builtins)) | {name for each in source.tree.body for name in bound(each)
                                          if isinstance(each, Function | ast.ClassDef)}  # fmt: skip
        self.kept |= {each.name for each in own} if file is source else set()
        self.kept |= {name for each in file.tree.body if isinstance(each, ast.Import | ast.ImportFrom)
                      for name in bound(each)}  # fmt: skip
        self.depth = 0

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name: itself, what was assigned to it last, or a size that it means. Raises `LookupError` for others."""
        if node.id in self.kept or self.depth > _DEEPEST:
            return node
        given = [each.value for each in self.scope if isinstance(each, ast.Assign)
                 and any(isinstance(one, ast.Name) and one.id == node.id for one in each.targets)]  # fmt: skip
        size = size_meant(node.id)
        if given and not (size and any(isinstance(each, ast.Call | ast.Attribute) for each in ast.walk(given[-1]))):
            self.depth += 1
            written: ast.expr = self.visit(copy.deepcopy(given[-1]))
            self.depth -= 1
            return ast.copy_location(written, node)
        if size or is_rate(node.id):
            return ast.copy_location(ast.Constant(_OF_SIZE[size] if size else 0.1), node)
        raise LookupError(node.id)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """A comprehension: with names of its own, so it stays as it is."""
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """A function without a name: as it is."""
        return node


def _sized(call: ast.Call) -> Iterator[ast.Call]:
    """The call with its whole numbers made small: in turn, then the large ones alone; as it is where all are small."""
    folded = _Folded().visit(copy.deepcopy(call))
    numbers = [each.value for each in ast.walk(folded) if isinstance(each, ast.Constant) and type(each.value) is int]
    several = list(dict.fromkeys(_in_order(folded)))
    large = sorted({each for each in numbers if each >= _LARGE})
    if not large:
        yield folded
    if several and len(several) <= len(_IN_TURN):
        yield _replaced(folded, dict(zip(several, _IN_TURN, strict=False)))
    if large and len(large) <= len(_FOR_LARGE):
        yield _replaced(folded, dict(zip(large, _FOR_LARGE, strict=False)))


def _in_order(call: ast.Call) -> Iterator[int]:
    """The whole numbers from 2 on, as they stand in the text."""
    found = [each for each in ast.walk(call) if isinstance(each, ast.Constant) and type(each.value) is int]
    for each in sorted(found, key=lambda one: (getattr(one, "lineno", 0), getattr(one, "col_offset", 0))):
        if isinstance(each.value, int) and each.value > 1:
            yield each.value


def _replaced(call: ast.Call, numbers: Mapping[int, int]) -> ast.Call:
    made = copy.deepcopy(call)
    for each in ast.walk(made):
        if isinstance(each, ast.Constant) and type(each.value) is int:
            each.value = numbers.get(each.value, each.value)
    return made


class _Folded(ast.NodeTransformer):
    """Products and sums of whole numbers as one number: 28 * 28."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """The number that both sides give."""
        self.generic_visit(node)
        match node.left, node.op, node.right:
            case ast.Constant(value=int() as one), ast.Mult(), ast.Constant(value=int() as other):
                return ast.copy_location(ast.Constant(one * other), node)
            case ast.Constant(value=int() as one), ast.Add(), ast.Constant(value=int() as other):
                return ast.copy_location(ast.Constant(one + other), node)
            case _:
                return node


def _imports(file: Source, call: ast.Call) -> tuple[str, ...]:
    """The imports of another file that a call of it needs."""
    names = free(call)
    return tuple(ast.unparse(each) for each in file.tree.body if isinstance(each, ast.Import | ast.ImportFrom)
                 and (bound(each) & names or "*" in bound(each)))  # fmt: skip


def _making(call: ast.Call, imports: tuple[str, ...]) -> Making:
    def value(node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError):
            return Written(ast.unparse(node), imports)

    given = tuple(value(each) for each in call.args)
    return Making(given, tuple((each.arg, value(each.value)) for each in call.keywords if each.arg is not None))
