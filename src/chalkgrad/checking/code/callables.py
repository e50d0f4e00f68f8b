"""What may stand for an argument that is called: functions and classes of the file, or those that everybody means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.source import Function, Source

_USUAL = ("tanh", "sigmoid", "relu")
_SLOPE = re.compile(r"prime|deriv|grad|slope|backward|(?:^|_)d(?:_|f|act|sig)", re.IGNORECASE)
_MOST = 4


def standing_for(source: Source, node: ast.ClassDef, name: str, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """Expressions that may be given for a constructor's argument which the class calls, or calls methods of.

    A function has to take what it is called with, an object to have the methods. Where another argument, `beside`, is
    the derivative of the one, both are chosen together: the first function whose derivative the file has too.

    >>> text = "def f(z, up=1): pass\\n"
    >>> text += "class A:\\n  def __init__(self, act): self.g = act\\n  def go(self, x): self.g(x, up=2)"
    >>> source = Source("a.py", text)
    >>> standing_for(source, source.tree.body[1], "act")
    ('f',)
    """
    kept = {name, *_kept_as(node, name)}
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    called = [each for each in calls if ast.unparse(each.func) in kept]
    asked = {each.func.attr for each in calls
             if isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) in kept}  # fmt: skip
    if called:
        own = [each.name for each in source.tree.body if isinstance(each, Function)
               and all(_takes(each, call) for call in called)]  # fmt: skip
        slopes = [each for each in beside if _SLOPE.search(each)]
        if _SLOPE.search(name) or slopes:
            return tuple(_paired(own, slope=bool(_SLOPE.search(name))))[:1]
        plain = [each for each in own if not _SLOPE.search(each)]
        usual = [each for each in _USUAL if all(len(c.args) == 1 and not c.keywords for c in called)]
        likely = [each for each in plain if any(word in bare(each) for word in (*_USUAL, "linear", "softplus"))]
        return tuple(dict.fromkeys((*likely, *usual) if usual else (*likely, *plain)))[:_MOST]
    if asked:
        others = [each for each in source.tree.body if isinstance(each, ast.ClassDef) and each is not node]
        return tuple(f"{each.name}()" for each in others if _has(source, each, asked))[:_MOST]
    return ()


def _kept_as(node: ast.ClassDef, name: str) -> Iterator[str]:
    """The attributes under which an object keeps an argument."""
    for each in (one for one in ast.walk(node) if isinstance(one, ast.Assign)):
        for target in each.targets:
            pairs = [(target, each.value)]
            if isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple):
                pairs = list(zip(target.elts, each.value.elts, strict=False))
            given = [one for one, value in pairs if isinstance(value, ast.Name) and value.id == name]
            yield from (ast.unparse(one) for one in given if isinstance(one, ast.Attribute))


def _takes(function: Function, call: ast.Call) -> bool:
    """Whether a function can be called so."""
    given = function.args
    plain = [each.arg for each in (*given.posonlyargs, *given.args)]
    needed = len(plain) - len(given.defaults)
    named = {each.arg for each in call.keywords}
    every = {*plain, *(each.arg for each in given.kwonlyargs)}
    enough = len(call.args) + len(named & set(plain[:needed])) >= needed
    return len(call.args) <= len(plain) and named <= every and enough


def _paired(names: Sequence[str], *, slope: bool) -> Iterator[str]:
    """The functions whose derivative is among them as well, or these derivatives."""
    stems = {bare(_SLOPE.sub("", each)): each for each in names if _SLOPE.search(each)}
    for each in names:
        if not _SLOPE.search(each) and bare(each) in stems:
            yield stems[bare(each)] if slope else each


def _has(source: Source, node: ast.ClassDef, asked: set[str]) -> bool:
    """Whether objects of a class can be made without arguments, and have these methods."""
    methods = source.methods(node)
    made = methods.get("__init__")
    needed = len(made.args.args) - 1 - len(made.args.defaults) if made is not None else 0
    return needed <= 0 and asked <= set(methods)
