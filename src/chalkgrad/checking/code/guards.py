"""What makes a gradient differ in its last digits only: small numbers that keep logarithms finite, and float32.

A gradient that leaves out the former, `log(p + 1e-8)`, is not another one; one that is computed in float32 has its
rounding, also where the values that it is compared with have not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from chalkgrad.checking.code.source import Function, Source

_SMALL = 1e-4
SINGLE_WORDS = "it is right to the digits of float32, in which the code computes; to more of them"
_SINGLE = re.compile(r"float32|FloatTensor|\bf4\b|\.float\(\)|\.single\b|torch\.float\b")


def without_guards(text: str, functions: Iterable[Function]) -> tuple[str, tuple[str, ...]]:
    """A file's text in which functions add no small number within a logarithm, and those numbers, as they are written.

    >>> tree = ast.parse("def f(p): return -log(p + 1e-8) + 1e-8")
    >>> without_guards(ast.unparse(tree), tree.body)
    ('def f(p):\\n    return -log(p + 0.0) + 1e-08', ('1e-08',))
    """
    wanted = {(each.name, each.lineno) for each in functions}
    tree = ast.parse(text)
    places = [each for each in ast.walk(tree) if isinstance(each, Function) and (each.name, each.lineno) in wanted]
    of_file: list[ast.stmt] = [each for each in tree.body if isinstance(each, ast.Assign)]
    names = {name for place in (*places, ast.Module(of_file, [])) for name in _small_names(place)}
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


def is_single(source: Source) -> bool:
    """Whether a file's own code takes numbers of single precision anywhere.

    >>> is_single(Source("f.py", "def f(x): return x.astype(np.float32)"))
    True
    """
    return bool(_SINGLE.search(source.text))


def _small_names(place: ast.AST) -> Iterable[str]:
    """What a function, or a file, calls a small number: `eps = 1e-8`, also as what an argument is by default."""
    for each in ast.walk(place):
        if isinstance(each, ast.arguments):
            plain = [*each.posonlyargs, *each.args]
            by_default = zip(reversed(plain), reversed(each.defaults), strict=False)
            yield from (argument.arg for argument, value in by_default if _is_small(value))
        if isinstance(each, ast.Assign) and _is_small(each.value):
            yield from (ast.unparse(target) for target in each.targets)


def _is_small(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value <= _SMALL
