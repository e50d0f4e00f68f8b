"""Printed NumPy without arrays that nobody needs: sums of products in one pass, and results where a dead array lies.

An array is written over only where that cannot be seen: this function made it, nothing uses it or a view of it
afterwards, it has the shape of the result, and its type is at least as wide as that of what it meets.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Shape = tuple[int | str, ...]

_FLOATS = ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh")
_OPERATIONS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"
}  # fmt: skip
_WORD = re.compile(r"[^\W\d]\w*")
_LONGEST = 2  # operations that are written over one array in one statement
_ANYTHING = "?"  # an argument that does not exist: what depends on it may have any type


@dataclass(frozen=True)
class Assignment:
    """`name = source`, with the shape of what is named, where that is known, and what is said about it.

    A line of another kind, of a loop, has no name: everything in it is needed for as long as it stands.
    """

    name: str
    source: str
    shape: Shape = ()
    comment: str = ""

    @property
    def line(self) -> str:
        """The statement."""
        return f"{self.name} = {self.source}" if self.name else self.source


def without_products(source: str, shapes: Mapping[str, Shape]) -> str:
    """The source in which a sum of a product of two whole arrays of one shape is one pass over both.

    >>> shapes = {"h": ("n", 3), "r": ("n", 3), "w": (3,)}
    >>> for text in ("(h * r).sum() / 2", "(h ** 2).sum(axis=1)", "(h * w).sum()"):
    ...     print(without_products(text, shapes))
    np.vdot(h, r) / 2
    np.einsum('ab,ab->a', h, h)
    (h * w).sum()
    """
    return ast.unparse(_Products(shapes).visit(ast.parse(source, mode="eval")))


class _Products(ast.NodeTransformer):
    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "sum" or node.args:
            return node
        match node.func.value:
            case ast.BinOp(left=ast.Name(id=first), op=ast.Mult(), right=ast.Name(id=second)):
                pass
            case ast.BinOp(left=ast.Name(id=first), op=ast.Pow(), right=ast.Constant(value=2)):
                second = first
            case _:
                return node
        own = self.shapes.get(first)
        if not own or own != self.shapes.get(second):
            return node
        if not node.keywords:
            return _parsed(f"np.vdot({first}, {second})")
        over = ast.literal_eval(node.keywords[0].value)
        places = {over} if isinstance(over, int) else set(over)
        letters = "abcdefgh"[: len(own)]
        kept = "".join(letter for place, letter in enumerate(letters) if place not in places)
        return _parsed(f"np.einsum('{letters},{letters}->{kept}', {first}, {second})")


def in_place(
    assignments: Sequence[Assignment],
    arguments: Collection[str],
    returned: Collection[str],
    whole: Collection[str] = (),
) -> list[Assignment]:
    """The assignments, some of which write over arrays that are not needed any more.

    `arguments` are never written over, nor is what is `returned`; `whole` are names of whole numbers.

    >>> both = [Assignment("e", "np.exp(x)", (3,)), Assignment("s", "e.sum()"), Assignment("p", "e / s", (3,))]
    >>> in_place(both, ["x"], ["p"])[-1].source, in_place(both, ["x"], ["p", "e"])[-1].source
    ('np.divide(e, s, out=e)', 'e / s')
    """
    trees = [_parsed(each.source) if each.name else None for each in assignments]
    uses = [
        Counter(_names(tree) if tree else _WORD.findall(each.source))
        for tree, each in zip(trees, assignments, strict=True)
    ]
    viewed = {
        name for tree, used in zip(trees, uses, strict=True) if tree is None or not _is_new(tree) for name in used
    }
    types = _Types(arguments, whole)
    made: dict[str, Shape] = {}
    found: list[Assignment] = []
    for place, (each, tree) in enumerate(zip(assignments, trees, strict=True)):
        if tree is None:
            found.append(each)
            continue
        later = {name for used in uses[place + 1 :] for name in used} | set(returned)
        new = each
        for name in _ends(tree):
            dead = name not in later and name not in viewed and uses[place][name] == 1
            if dead and each.shape and made.get(name) == each.shape and types.is_float(ast.Name(name)):
                written = _over(tree, name, types)
                if written is not None:
                    new = replace(each, source=written)
                    break
        found.append(new)
        types.learn(each.name, tree)
        if each.shape and _is_new(tree):
            made[each.name] = each.shape
    return found


def _ends(node: ast.expr) -> Iterator[str]:
    """The names at the ends of the operations that a statement consists of."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            yield from _ends(left)
            yield from _ends(right)
        case ast.Call(args=[argument]) if _function(node) in _FLOATS:
            yield from _ends(argument)


def _over(node: ast.expr, name: str, types: _Types) -> str | None:
    """The operations that end in a name, each written over it; nothing where a type or the length forbids it."""
    done = 0

    def written(part: ast.expr) -> str | None:
        nonlocal done
        match part:
            case ast.Name(id=own):
                return name if own == name else None
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                done += 1
                for side, other, first in ((left, right, True), (right, left, False)):
                    if name in set(_ends(side)):
                        text = written(side)
                        if text is None or not types.of(other) <= types.of(ast.Name(name)):
                            return None
                        pair = (text, ast.unparse(other)) if first else (ast.unparse(other), text)
                        return f"np.{_OPERATIONS[type(op)]}({pair[0]}, {pair[1]}, out={name})"
            case ast.Call(args=[argument]):
                done += 1
                text = written(argument)
                return None if text is None else f"np.{_function(part)}({text}, out={name})"
        return None

    text = written(node)
    return text if text is not None and 0 < done <= _LONGEST else None


class _Types:
    """From which arguments the type of a name comes, and whether it is one of floating numbers for sure."""

    def __init__(self, arguments: Collection[str], whole: Collection[str]) -> None:
        self.sources: dict[str, frozenset[str]] = {name: frozenset([name]) for name in arguments}
        self.sources |= dict.fromkeys((*whole, "np", "math"), frozenset())
        self.every = frozenset(arguments)
        self.floats: set[str] = set()

    def learn(self, name: str, node: ast.expr) -> None:
        """Notes what a name stands for from now on."""
        self.sources[name] = self.of(node)
        if self.is_float(node):
            self.floats.add(name)

    def of(self, node: ast.AST) -> frozenset[str]:
        """The arguments that its type comes from: not those of a condition."""
        match node:
            case ast.Name(id=name):
                return self.every if name == "dtype" else self.sources.get(name, frozenset([_ANYTHING]))
            case ast.Compare():
                return frozenset()
            case ast.Call(func=ast.Name(), args=args):
                parts: list[ast.AST] = [*args]
            case _:
                parts = list(ast.iter_child_nodes(node))
        return frozenset().union(*(self.of(part) for part in parts))

    def is_float(self, node: ast.expr) -> bool:
        """Whether it is a floating number for sure."""
        match node:
            case ast.Name(id=name):
                return name in self.floats
            case ast.Constant(value=value):
                return isinstance(value, float)
            case ast.BinOp(left=left, op=op, right=right):
                return isinstance(op, ast.Div) or self.is_float(left) or self.is_float(right)
            case ast.UnaryOp(operand=operand):
                return self.is_float(operand)
            case ast.Call() if _function(node) in _FLOATS:
                return True
            case ast.Call(func=ast.Attribute(value=value, attr="sum" | "max" | "transpose" | "reshape")):
                return self.is_float(value)
            case ast.Subscript(value=value):
                return self.is_float(value)
        return False


def _names(node: ast.expr) -> list[str]:
    """The names that are used as values: of functions only what they are called on."""
    called = {
        id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and id(part) not in called]


def _function(node: ast.expr) -> str:
    """The name of a function of NumPy that is called."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), keywords=[]):
            return name
    return ""


def _is_new(node: ast.expr) -> bool:
    """Whether an expression makes an array of its own, no view of another."""
    match node:
        case ast.BinOp() | ast.UnaryOp():
            return True
        case ast.Call(func=ast.Attribute(attr="sum" | "max")):
            return True
    return _function(node) in (*_FLOATS, "where", "vdot", "einsum", "outer", "maximum")


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body
