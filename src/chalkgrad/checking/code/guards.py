"""Small numbers that keep logarithms finite, `log(p + 1e-8)`: a gradient that leaves them out is not another one."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from chalkgrad.checking.code.source import Function

_SMALL = 1e-4


def without_guards(text: str, functions: Iterable[Function]) -> tuple[str, tuple[str, ...]]:
    """A file's text in which functions add no small number within a logarithm, and those numbers, as they are written.

    >>> tree = ast.parse("def f(p): return -log(p + 1e-8) + 1e-8")
    >>> without_guards(ast.unparse(tree), tree.body)
    ('def f(p):\\n    return -log(p + 0.0) + 1e-08', ('1e-08',))
    """
    wanted = {(each.name, each.lineno) for each in functions}
    tree = ast.parse(text)
    places = [each for each in ast.walk(tree) if isinstance(each, Function) and (each.name, each.lineno) in wanted]
    names = {name for place in places for name in _small_names(place)}
    found: dict[str, None] = {}
    for call in (each for place in places for each in ast.walk(place) if isinstance(each, ast.Call)):
        if ast.unparse(call.func).split(".")[-1] != "log":
            continue
        for addition in (each for each in ast.walk(call) if isinstance(each, ast.BinOp)):
            for side in ("left", "right"):
                term = getattr(addition, side)
                if isinstance(addition.op, ast.Add) and (_is_small(term) or ast.unparse(term) in names):
                    found[ast.unparse(term)] = None
                    setattr(addition, side, ast.copy_location(ast.Constant(0.0), term))
    return ast.unparse(tree) if found else text, tuple(found)


def _small_names(function: Function) -> Iterable[str]:
    """What a function calls a small number: `eps = 1e-8`."""
    for each in ast.walk(function):
        if isinstance(each, ast.Assign) and _is_small(each.value):
            yield from (ast.unparse(target) for target in each.targets)


def _is_small(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value <= _SMALL
